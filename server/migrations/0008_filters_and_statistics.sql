-- What keeps order and what informs: filters of prompts, grave reports, what was made and by which means, news, and errands to webhooks.

create table filter (
    id bigint primary key check (id >= 1),
    filter_type smallint not null check (filter_type between 10 and 29),
    regex text not null,
    description text,
    replacement text not null,
    user_id bigint not null,
    changed_at timestamptz not null,
    unique (filter_type, regex)
);
comment on table filter is 'patterns that prompts are searched for; the server compiles them and looks again every few seconds';
comment on column filter.id is 'the next free number when it was written';
comment on column filter.filter_type is '10 and 11 raise suspicion together once, 20 once more; 10 is also what is replaced; others are kept unused';
comment on column filter.regex is 'the pattern, of a dialect whose time is linear in the prompt';
comment on column filter.description is 'what it is for, for moderators';
comment on column filter.replacement is 'what stands for a match in a rewritten prompt; plain text';
comment on column filter.user_id is 'the moderator who last changed it: users.id';
comment on column filter.changed_at is 'when that was';

create table problem (
    generation_id uuid primary key,
    request_id uuid not null,
    user_id bigint not null,
    worker_id uuid not null,
    proxied_account text,
    at timestamptz not null
);
create index problem_at on problem (at);
comment on table problem is 'results that a worker withheld as abuse of children; written with the result by the journal';
comment on column problem.generation_id is 'the generation: generation.id; it outlives it';
comment on column problem.request_id is 'the request: request.id; it outlives it';
comment on column problem.user_id is 'who asked: users.id';
comment on column problem.worker_id is 'who said so: worker.id';
comment on column problem.proxied_account is 'on whose behalf a service account asked';
comment on column problem.at is 'when the result came in';

-- Hot: written by the journal, one row for each generation that ended, keyed by it, so that a resent batch adds nothing. Folded into the
-- three tables below, and deleted, in one transaction, long after its batch can be resent: sums of all four are exact at any time.
create table statistic (
    generation_id uuid primary key,
    kind text not null check (kind in ('image', 'text')),
    model text not null,
    ended_at timestamptz not null,
    outcome text not null check (outcome in ('ok', 'censored', 'faulted')),
    things bigint not null check (things >= 0),
    details json not null
) with (fillfactor = 100, autovacuum_vacuum_scale_factor = 0.02);
create index statistic_ended on statistic (ended_at);
comment on table statistic is 'generations that ended lately';
comment on column statistic.generation_id is 'the generation: generation.id; it outlives it';
comment on column statistic.kind is 'what was wanted';
comment on column statistic.model is 'with which model';
comment on column statistic.ended_at is 'when it ended';
comment on column statistic.outcome is 'how it ended';
comment on column statistic.things is 'what was asked for: width x height x steps, or tokens';
comment on column statistic.details is 'the means: size, sampler, LoRAs, programs ...';

create table statistic_minute (
    kind text not null check (kind in ('image', 'text')),
    model text not null,
    minute timestamptz not null,
    finished bigint not null check (finished >= 0),
    censored bigint not null check (censored >= 0),
    faulted bigint not null check (faulted >= 0),
    things bigint not null check (things >= 0),
    primary key (minute, kind, model)
);
comment on table statistic_minute is 'generations by the minute; kept for a month and a day, because the past month ends at any minute';
comment on column statistic_minute.kind is 'what was wanted';
comment on column statistic_minute.model is 'with which model';
comment on column statistic_minute.minute is 'the minute in which they ended';
comment on column statistic_minute.finished is 'how many came to a good end';
comment on column statistic_minute.censored is 'how many results were withheld';
comment on column statistic_minute.faulted is 'how many attempts failed';
comment on column statistic_minute.things is 'what was asked for in all of them';

create table statistic_day (
    kind text not null check (kind in ('image', 'text')),
    model text not null,
    day date not null,
    finished bigint not null check (finished >= 0),
    censored bigint not null check (censored >= 0),
    faulted bigint not null check (faulted >= 0),
    things bigint not null check (things >= 0),
    primary key (day, kind, model)
);
comment on table statistic_day is 'the same by the day of UTC; kept for ever';
comment on column statistic_day.kind is 'what was wanted';
comment on column statistic_day.model is 'with which model';
comment on column statistic_day.day is 'the day in which they ended';
comment on column statistic_day.finished is 'how many came to a good end';
comment on column statistic_day.censored is 'how many results were withheld';
comment on column statistic_day.faulted is 'how many attempts failed';
comment on column statistic_day.things is 'what was asked for in all of them';

create table statistic_facet (
    kind text not null check (kind in ('image', 'text')),
    day date not null,
    facet text not null,
    value text not null,
    times bigint not null check (times > 0),
    primary key (day, kind, facet, value)
);
create index statistic_facet_lookup on statistic_facet (facet, day);
comment on table statistic_facet is 'by which means: how often each was used on a day; rare ones of past days are summed up under the empty value';
comment on column statistic_facet.kind is 'what was wanted';
comment on column statistic_facet.day is 'the day of UTC';
comment on column statistic_facet.facet is 'which means: sampler, lora, client ...';
comment on column statistic_facet.value is 'which one of them; empty for all rare ones';
comment on column statistic_facet.times is 'in how many generations';

create table news (
    id uuid primary key,
    published_on date not null,
    title text not null,
    body text not null,
    importance text not null,
    tags text[] not null,
    urls text[] not null
);
comment on table news is 'what the operator has to say, beside the news that come with the program';
comment on column news.id is 'made by the server';
comment on column news.published_on is 'the day it is dated';
comment on column news.title is 'its heading';
comment on column news.body is 'what it says';
comment on column news.importance is 'Information, Crisis, Integration, Upcoming or Workers';
comment on column news.tags is 'what it is about';
comment on column news.urls is 'where to read on';

alter table outbox drop constraint outbox_topic_check;
alter table outbox add constraint outbox_topic_check check (topic in ('forget_images', 'webhook'));
drop index outbox_due;
create index outbox_due on outbox (topic, due_at);
