-- Where grave reports came from, and a way from a shared key to the styles it goes with.

alter table problem add column address text;
create index problem_address on problem (address, at) where address is not null;
comment on column problem.address is 'where the request came from: an address, or the network of whoever holds one; none of older reports';

create index style_shared_key on style (shared_key_id) where shared_key_id is not null;
