-- What has to happen outside the database because of something inside it, written in the same transaction, done at least once.

create table outbox (
    id uuid primary key,
    topic text not null check (topic in ('forget_images')),
    payload json not null,
    created_at timestamptz not null,
    due_at timestamptz not null,
    tries integer not null check (tries >= 0)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index outbox_due on outbox (due_at);
comment on table outbox is 'errands: deleted when done';
comment on column outbox.id is 'derived from its cause, so that a resent batch adds nothing';
comment on column outbox.topic is 'what kind of errand';
comment on column outbox.payload is 'what the errand needs to know';
comment on column outbox.created_at is 'when it was written';
comment on column outbox.due_at is 'when it is tried next';
comment on column outbox.tries is 'how often it was tried in vain';

create table idempotency (
    user_id bigint not null,
    key text not null,
    fingerprint bytea not null check (length(fingerprint) = 32),
    status smallint not null check (status between 100 and 599),
    body text not null,
    created_at timestamptz not null,
    primary key (user_id, key)
) with (fillfactor = 100, autovacuum_vacuum_scale_factor = 0.02);
create index idempotency_created on idempotency (created_at);
comment on table idempotency is 'answers to calls that carried an Idempotency-Key, given again to the same call';
comment on column idempotency.user_id is 'who called: users.id';
comment on column idempotency.key is 'the value of the header';
comment on column idempotency.fingerprint is 'SHA-256 of method, path and body: the same key with another call is a mistake of the caller';
comment on column idempotency.status is 'the status of the answer';
comment on column idempotency.body is 'the body of the answer';
comment on column idempotency.created_at is 'when it was given; forgotten after a day';
