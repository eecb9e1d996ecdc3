-- People: what is said about users, the keys they share, more reasons for kudos to move, and statements.

alter table users add column profile json not null default '{}';
comment on column users.profile is 'what it and moderators say about it: contact, comment, monthly kudos, passkey; an object whose absent members have their defaults';

-- Hot, as the tables before it: written by the journal alone, read at start.
create table shared_key (
    id uuid primary key,
    owner_id bigint not null,
    created_at timestamptz not null,
    name text,
    expires_at timestamptz,
    allowance bigint check (allowance >= 0),
    utilized bigint not null check (utilized >= 0),
    max_image_pixels bigint check (max_image_pixels >= 0),
    max_image_steps bigint check (max_image_steps >= 0),
    max_text_tokens bigint check (max_text_tokens >= 0)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table shared_key is 'a key that lets others ask at the cost of its owner';
comment on column shared_key.id is 'the key itself: all chance, shown to whoever holds it';
comment on column shared_key.owner_id is 'who pays: users.id';
comment on column shared_key.created_at is 'when it was made';
comment on column shared_key.name is 'what its owner calls it';
comment on column shared_key.expires_at is 'from when it is refused; null is never';
comment on column shared_key.allowance is 'what may still be spent with it, in hundredths of a kudos; null is all its owner has';
comment on column shared_key.utilized is 'what was spent with it, in hundredths of a kudos';
comment on column shared_key.max_image_pixels is 'pixels of a picture asked for with it; null is any';
comment on column shared_key.max_image_steps is 'steps of a picture asked for with it; null is any';
comment on column shared_key.max_text_tokens is 'tokens of a text asked for with it; null is any';

alter table transfer drop constraint transfer_code_check;
alter table transfer add constraint transfer_code_check check (
    code in (
        'generation', 'surcharge', 'subsidy', 'tax', 'forgiveness', 'uptime', 'promotion', 'gift', 'grant', 'award', 'monthly'
    )
);

-- Statements read one user's transfers, latest first. The house's own accounts, where half of all transfers end, have none.
create index transfer_debit on transfer (debit_account_id, at, cause, leg) where debit_account_id >= 16;
create index transfer_credit on transfer (credit_account_id, at, cause, leg) where credit_account_id >= 16;
