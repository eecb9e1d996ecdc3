-- Hot tables: written by the journal alone. Double entry: every transfer has two accounts, so all balances sum to zero at all times.

create table account (
    id bigint primary key,
    balance bigint not null
) with (fillfactor = 50);
comment on table account is 'holds kudos; 1 is the treasury, 2 is the burn, from 16 on each user has two (spendable, escrow)';
comment on column account.id is 'given by rule from the id of the user';
comment on column account.balance is 'the sum of its transfers, in hundredths of a kudos; moved only by transfers, once per batch';

create table transfer (
    cause uuid not null,
    leg smallint not null,
    debit_account_id bigint not null,
    credit_account_id bigint not null,
    amount bigint not null check (amount > 0),
    code text not null check (
        code in ('generation', 'surcharge', 'subsidy', 'tax', 'forgiveness', 'uptime', 'promotion', 'gift', 'grant')
    ),
    at timestamptz not null,
    request_id uuid,
    generation_id uuid,
    primary key (cause, leg),
    check (debit_account_id <> credit_account_id)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
comment on table transfer is 'one movement of kudos; never changed, corrected by another one';
comment on column transfer.cause is 'what caused it: a generation, a request, or an id made for the occasion; with leg it makes a resend harmless';
comment on column transfer.leg is 'which movement of that cause';
comment on column transfer.debit_account_id is 'the account that gives: account.id';
comment on column transfer.credit_account_id is 'the account that gets: account.id';
comment on column transfer.amount is 'how much, in hundredths of a kudos';
comment on column transfer.code is 'why';
comment on column transfer.at is 'when';
comment on column transfer.request_id is 'the request it was for, if any; it outlives the request';
comment on column transfer.generation_id is 'the generation it was for, if any; it outlives the generation';

create table hold (
    request_id uuid not null,
    slot smallint not null check (slot >= 0),
    account_id bigint not null,
    amount bigint not null check (amount >= 0),
    state text not null check (state in ('pending', 'posted', 'voided', 'expired')),
    posted bigint not null check (posted >= 0),
    placed_at timestamptz not null,
    ended_at timestamptz,
    primary key (request_id, slot),
    check ((state = 'pending') = (ended_at is null)),
    check (state = 'posted' or posted = 0)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table hold is 'kudos reserved for one job; ended once, forgotten with the request';
comment on column hold.request_id is 'the job it is for: job.request_id';
comment on column hold.slot is 'the job it is for: job.slot';
comment on column hold.account_id is 'whose kudos: account.id';
comment on column hold.amount is 'how many, in hundredths of a kudos';
comment on column hold.state is 'whether it still holds, or how it ended';
comment on column hold.posted is 'how much of it was paid out, in hundredths of a kudos';
comment on column hold.placed_at is 'when it was placed';
comment on column hold.ended_at is 'when it ended';
