-- Teams and messages are hot: the journal alone writes them, with the work that a team counts. Timeouts of addresses are cold.

alter table worker add column team_id uuid;
comment on column worker.team_id is 'the team it works for: team.id';

-- Names are unique whatever the case of their letters. The desk sees to it and the audit checks it; a constraint would refuse a batch in
-- which two teams swap names.
create table team (
    id uuid primary key,
    owner_id bigint not null,
    name text not null,
    info text,
    created_at timestamptz not null,
    counts json not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table team is 'workers that count together';
comment on column team.id is 'made by the server';
comment on column team.owner_id is 'who founded it, and may change it: users.id';
comment on column team.name is 'unique, whatever the case of its letters';
comment on column team.info is 'what its founder says about it';
comment on column team.created_at is 'when it was founded';
comment on column team.counts is 'what its workers did while they were members, in running totals; absolute, so that writing them twice changes nothing';

create table worker_message (
    id uuid primary key,
    worker_id uuid,
    author_id bigint not null,
    message text not null,
    origin text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    check (expires_at > created_at)
);
comment on table worker_message is 'what moderators and owners say to workers; told at every pop until it expires';
comment on column worker_message.id is 'made by the server; version 7, so that it sorts by time';
comment on column worker_message.worker_id is 'for which worker: worker.id; null is for all';
comment on column worker_message.author_id is 'who wrote it: users.id';
comment on column worker_message.message is 'what it says';
comment on column worker_message.origin is 'in whose name';
comment on column worker_message.created_at is 'when it was written';
comment on column worker_message.expires_at is 'until when it is told; forgotten thirty days later';

create table address_timeout (
    network text primary key,
    ends_at timestamptz not null,
    offences integer not null check (offences >= 0),
    offended_at timestamptz
);
comment on table address_timeout is 'addresses and ranges that may neither ask nor work for a while; deleted when nothing of it holds any more';
comment on column address_timeout.network is 'an address, or a range as address/prefix, in its shortest form';
comment on column address_timeout.ends_at is 'until when it holds';
comment on column address_timeout.offences is 'how many corrupt prompts came from there lately; each makes the next timeout longer';
comment on column address_timeout.offended_at is 'when the last of them came; the count is forgotten a day later';
