-- Who may write. Ordinary SQL only: no triggers, no sequences, no enum types, so that other engines than PostgreSQL can hold it.

create table leader (
    id smallint primary key check (id = 1),
    epoch bigint not null check (epoch >= 0),
    holder text not null,
    taken_at timestamptz not null
);
comment on table leader is 'one row: the server that may write the hot tables';
comment on column leader.id is 'always 1';
comment on column leader.epoch is 'the number of the reign; every batch of the journal first checks that it is still its own';
comment on column leader.holder is 'process and machine of the leader, for people to read';
comment on column leader.taken_at is 'when the lead was last taken';

insert into leader (id, epoch, holder, taken_at) values (1, 0, 'nobody', timestamptz '1970-01-01 00:00:00+00');

create table setting (
    name text primary key,
    value text not null,
    changed_at timestamptz not null
);
comment on table setting is 'what an operator sets while the network runs';
comment on column setting.name is 'which setting';
comment on column setting.value is 'its value, as text';
comment on column setting.changed_at is 'when it was last set';
