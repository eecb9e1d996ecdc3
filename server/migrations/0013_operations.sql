-- Several servers on one database, and what is known of models. Ordinary SQL only, as everywhere.

alter table leader add column address text not null default '';
comment on column leader.address is 'base address at which other servers reach the leader; empty while a command of the operator leads for a moment';

create table known_model (
    kind text not null check (kind in ('image', 'text')),
    name text not null,
    facts text not null,
    primary key (kind, name)
);
comment on table known_model is 'what the operator imported of the community''s model reference';
comment on column known_model.kind is 'whether it makes images or texts';
comment on column known_model.name is 'the name by which requests and workers know it';
comment on column known_model.facts is 'what rules and prices look at, as JSON: family, size, limits';
