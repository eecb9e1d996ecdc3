-- Hot tables: written by the journal alone. A request expands into jobs; each attempt at a job is a generation, whose id is the lease.
-- Mostly inserted and soon deleted: vacuum early, and leave room in the pages for the one or two updates of a row's life.

create table request (
    id uuid primary key,
    user_id bigint not null,
    kind text not null check (kind in ('image', 'text')),
    created_at timestamptz not null,
    priority bigint not null,
    price bigint not null check (price >= 0),
    requester_trusted boolean not null,
    covered boolean not null,
    expires_at timestamptz not null,
    faulted boolean not null,
    cancelled boolean not null,
    consumed bigint not null check (consumed >= 0),
    faults integer not null check (faults >= 0),
    payload json not null
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);
comment on table request is 'one ask of a requester';
comment on column request.id is 'told to the requester; version 7, so that rows of one time lie together';
comment on column request.user_id is 'who asks and pays: users.id';
comment on column request.kind is 'what is wanted';
comment on column request.created_at is 'when it was admitted';
comment on column request.priority is 'its place in the queue at admission, in whole kudos; waiting adds to it by formula, never by writing';
comment on column request.price is 'what one result earns a worker, in hundredths of a kudos';
comment on column request.requester_trusted is 'whether the requester was trusted at admission';
comment on column request.covered is 'whether at admission the requester was trusted or could have paid for all of it';
comment on column request.expires_at is 'when it is forgotten';
comment on column request.faulted is 'whether it was given up after too many failed attempts';
comment on column request.cancelled is 'whether the requester wants no more results';
comment on column request.consumed is 'what the requester has paid so far, in hundredths of a kudos';
comment on column request.faults is 'how many attempts have failed';
comment on column request.payload is 'what was asked for, as the rules see it; json and not jsonb, because it is only read back whole and may hold escaped NUL';

create table job (
    request_id uuid not null,
    slot smallint not null check (slot >= 0),
    attempts integer not null check (attempts >= 0),
    state text not null check (state in ('waiting', 'leased', 'done', 'cancelled', 'faulted')),
    generation_id uuid,
    primary key (request_id, slot),
    check ((state in ('leased', 'done')) = (generation_id is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table job is 'one wanted result';
comment on column job.request_id is 'the request that wants it: request.id';
comment on column job.slot is 'which of its results, counted from 0';
comment on column job.attempts is 'how many attempts were begun';
comment on column job.state is 'where it stands';
comment on column job.generation_id is 'the lease that is at it, or the generation that did it: generation.id';

create table generation (
    id uuid primary key,
    request_id uuid not null,
    slot smallint not null check (slot >= 0),
    attempt integer not null check (attempt >= 1),
    worker_id uuid not null,
    model text not null,
    seed bigint not null,
    leased_at timestamptz not null,
    lease_ends_at timestamptz not null,
    state text not null check (state in ('leased', 'done', 'faulted', 'expired')),
    ended_at timestamptz,
    reward bigint,
    product json,
    -- The last line of defence against handing one attempt out twice.
    unique (request_id, slot, attempt),
    check ((state = 'leased') = (ended_at is null)),
    check ((state = 'done') = (product is not null)),
    check ((state = 'done') = (reward is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table generation is 'one attempt of one worker at one job; the id is the lease';
comment on column generation.id is 'told to the worker at pop and sent back at submit';
comment on column generation.request_id is 'the job: job.request_id';
comment on column generation.slot is 'the job: job.slot';
comment on column generation.attempt is 'the how-manieth attempt at the job, from 1';
comment on column generation.worker_id is 'who is at it: worker.id';
comment on column generation.model is 'with which model';
comment on column generation.seed is 'with which seed; the 64 bits of an unsigned number';
comment on column generation.leased_at is 'when the worker took it';
comment on column generation.lease_ends_at is 'when it is taken back';
comment on column generation.state is 'where it stands; it moves once, from leased to its end';
comment on column generation.ended_at is 'when it ended';
comment on column generation.reward is 'what the worker was told it earned, in hundredths of a kudos';
comment on column generation.product is 'the result: a text itself, or what is known of a picture, whose bytes are in the store of images';
