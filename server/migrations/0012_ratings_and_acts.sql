-- What requesters think of the pictures they shared, as a data set; and what moderators did. Both outlive what they speak of, so nothing
-- here refers to hot tables by a foreign key.

alter table request add column rated boolean not null default false;
comment on column request.rated is 'whether its pictures were rated; that happens once';

create table rating_set (
    request_id uuid primary key,
    rated_at timestamptz not null,
    user_id bigint not null,
    trusted boolean not null,
    account_seconds bigint not null check (account_seconds >= 0),
    kudos bigint not null,
    accumulated bigint not null,
    client_agent text not null,
    place text not null,
    best_generation_id uuid,
    reward bigint not null check (reward >= 0),
    asked json not null
);
comment on table rating_set is 'requests whose pictures were rated; written by the journal with the reward';
comment on column rating_set.request_id is 'the request: request.id; it outlives it';
comment on column rating_set.rated_at is 'when it was rated';
comment on column rating_set.user_id is 'whose request it was, and who was rewarded: users.id';
comment on column rating_set.trusted is 'whether that user was trusted then';
comment on column rating_set.account_seconds is 'how old the account was then';
comment on column rating_set.kudos is 'the balance then, in hundredths of a kudos';
comment on column rating_set.accumulated is 'what the user had earned by generating less what it had spent, in hundredths of a kudos';
comment on column rating_set.client_agent is 'the program the rating came from';
comment on column rating_set.place is 'the address it came from, hashed: the same place has the same mark, and nobody learns where it is';
comment on column rating_set.best_generation_id is 'which picture is the best of them, if that was said or follows: rating.generation_id';
comment on column rating_set.reward is 'what was paid for it, in hundredths of a kudos';
comment on column rating_set.asked is 'what was asked for: the prompt and the parameters, in the names of the wire';

create table rating (
    generation_id uuid primary key,
    request_id uuid not null,
    model text not null,
    seed bigint not null,
    censored boolean not null,
    rating smallint check (rating between 1 and 10),
    artifacts smallint check (artifacts between 0 and 5)
);
create index rating_request on rating (request_id);
comment on table rating is 'each picture of a rated request, whether it was rated itself or only beside others';
comment on column rating.generation_id is 'the picture: generation.id; it outlives it';
comment on column rating.request_id is 'of which request: rating_set.request_id';
comment on column rating.model is 'with which model it was made';
comment on column rating.seed is 'with which seed';
comment on column rating.censored is 'whether its worker blanked it';
comment on column rating.rating is 'how beautiful it is, from 1 to 10; null if nobody said';
comment on column rating.artifacts is 'how flawed it is, from 0 (not at all) to 5; null if nobody said';

create table moderator_act (
    id uuid primary key,
    at timestamptz not null,
    moderator_id bigint not null,
    act text not null,
    target text not null,
    user_id bigint,
    details json not null
);
create index moderator_act_at on moderator_act (at);
comment on table moderator_act is 'what moderators and administrators did to what is not theirs; written in one transaction with the act, never changed';
comment on column moderator_act.id is 'made by the server';
comment on column moderator_act.at is 'when';
comment on column moderator_act.moderator_id is 'who: users.id';
comment on column moderator_act.act is 'what was done: user_edit, worker_delete, address_block ...';
comment on column moderator_act.target is 'to what: the id of a user, worker, team, filter, style ..., an address, or the network';
comment on column moderator_act.user_id is 'whom it belongs to, if anybody: users.id';
comment on column moderator_act.details is 'what was asked for';

alter table outbox drop constraint outbox_topic_check;
alter table outbox add constraint outbox_topic_check check (topic in ('forget_images', 'share_images', 'webhook'));
