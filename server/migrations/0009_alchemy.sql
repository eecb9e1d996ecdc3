-- Alchemy: a third kind of request. Its jobs are forms of one picture; a generation names its form where the others name their model.

alter table request drop constraint request_kind_check;
alter table request add constraint request_kind_check check (kind in ('image', 'text', 'alchemy'));
comment on column request.price is 'what one result earns a worker, in hundredths of a kudos; 0 for alchemy, where each form has a price of its own';
comment on column generation.model is 'with which model; for alchemy, which form';
comment on column generation.product is 'the result: a text or what was told of a picture itself, or what is known of a picture, whose bytes are in the store of images';
