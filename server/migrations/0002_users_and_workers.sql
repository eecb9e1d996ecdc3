-- Hot tables: written by the journal alone, read at start. Foreign keys are left out on purpose: each would cost a lock and a log record
-- on the parent for every row of a batch; `throng-server audit` checks the same by query.

-- "user" is a reserved word of SQL, hence the one plural name.
create table users (
    id bigint primary key check (id >= 0),
    name text not null,
    identity text not null check (identity in ('anonymous', 'pseudonymous', 'verified')),
    key_hash bytea not null unique check (length(key_hash) = 32),
    created_at timestamptz not null,
    roles json not null,
    concurrency bigint not null check (concurrency >= 0),
    worker_invited bigint not null check (worker_invited >= 0),
    public_workers boolean not null,
    counts json not null,
    check ((id = 0) = (identity = 'anonymous'))
) with (fillfactor = 80);
comment on table users is 'whoever can ask and be paid; number 0 is the anonymous user';
comment on column users.id is 'the number after the # of the alias; given out by the desk, not by a sequence';
comment on column users.name is 'the name before the # of the alias';
comment on column users.identity is 'how much is known of who it is';
comment on column users.key_hash is 'HMAC-SHA-256 of the API key under the secret of the server; the key itself is nowhere';
comment on column users.created_at is 'when it registered';
comment on column users.roles is 'what it is and may: trusted, moderator, flagged ... as an object of booleans';
comment on column users.concurrency is 'how many results it may await at once, for each kind';
comment on column users.worker_invited is 'how many workers it was invited to bring';
comment on column users.public_workers is 'whether the owner of its workers is shown';
comment on column users.counts is 'what it has done, in running totals; absolute, so that writing them twice changes nothing';

create table worker (
    id uuid primary key,
    owner_id bigint not null,
    name text not null unique,
    created_at timestamptz not null,
    info text,
    paused boolean not null,
    maintenance text,
    profile json not null,
    counts json not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table worker is 'a machine that generates, owned by a user';
comment on column worker.id is 'made by the server at its first pop';
comment on column worker.owner_id is 'the user who owns it: users.id';
comment on column worker.name is 'unique among all workers';
comment on column worker.created_at is 'when it first came';
comment on column worker.info is 'what its owner says about it';
comment on column worker.paused is 'it gets no job, because the house does not trust its work';
comment on column worker.maintenance is 'why it serves only its owner; null if it serves all';
comment on column worker.profile is 'what it said at its last check-in: models, abilities, address';
comment on column worker.counts is 'what it has done, in running totals; absolute, so that writing them twice changes nothing';
