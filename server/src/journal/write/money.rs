//! Holds, transfers, balances. Not here: why kudos move (the desk).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use throng_domain::AccountId;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{slot, time};

pub(super) async fn holds(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.holds.is_empty() {
        return Ok(());
    }
    let holds = || rows.holds.values();
    sqlx::query!(
        "insert into hold (request_id, slot, account_id, amount, state, posted, placed_at, ended_at) \
         select request_id, slot, account_id, amount, state, posted, placed_at, ended_at \
         from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[]) \
              as t (request_id, slot, account_id, amount, state, posted, placed_at, ended_at) \
         on conflict (request_id, slot) do update \
         set state = excluded.state, posted = excluded.posted, ended_at = excluded.ended_at",
        &holds().map(|h| h.job.request.0).collect::<Vec<_>>(),
        &holds().map(|h| slot(h.job.slot)).collect::<Vec<_>>(),
        &holds().map(|h| h.account.0).collect::<Vec<_>>(),
        &holds().map(|h| h.amount.hundredths()).collect::<Vec<_>>(),
        &holds().map(|h| h.state.as_str().to_owned()).collect::<Vec<_>>(),
        &holds().map(|h| h.posted.hundredths()).collect::<Vec<_>>(),
        &holds().map(|h| time(h.placed)).collect::<Vec<_>>(),
        &holds().map(|h| h.ended.map(time)).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes the transfers, and sums per account those that were not there before: only they move balances.
pub(super) async fn transfers(
    connection: &mut PgConnection,
    rows: &Rows,
) -> Result<BTreeMap<AccountId, i64>, sqlx::Error> {
    let mut moved = BTreeMap::new();
    if rows.transfers.is_empty() {
        return Ok(moved);
    }
    let transfers = || rows.transfers.values();
    let written = sqlx::query!(
        "insert into transfer (cause, leg, debit_account_id, credit_account_id, amount, code, at, request_id, generation_id) \
         select cause, leg, debit_account_id, credit_account_id, amount, code, at, request_id, generation_id \
         from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::timestamptz[], $8::uuid[], $9::uuid[]) \
              as t (cause, leg, debit_account_id, credit_account_id, amount, code, at, request_id, generation_id) \
         on conflict (cause, leg) do nothing \
         returning debit_account_id, credit_account_id, amount",
        &transfers().map(|t| t.id.cause).collect::<Vec<_>>(),
        &transfers().map(|t| t.id.leg).collect::<Vec<_>>(),
        &transfers().map(|t| t.debit.0).collect::<Vec<_>>(),
        &transfers().map(|t| t.credit.0).collect::<Vec<_>>(),
        &transfers().map(|t| t.amount.hundredths()).collect::<Vec<_>>(),
        &transfers().map(|t| t.code.as_str().to_owned()).collect::<Vec<_>>(),
        &transfers().map(|t| time(t.at)).collect::<Vec<_>>(),
        &transfers().map(|t| t.request.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &transfers().map(|t| t.generation.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
    )
    .fetch_all(connection)
    .await?;
    for row in written {
        *moved.entry(AccountId(row.debit_account_id)).or_default() -= row.amount;
        *moved.entry(AccountId(row.credit_account_id)).or_default() += row.amount;
    }
    Ok(moved)
}

/// Moves each balance once, however often its account appears in the batch: a hot account is one row update.
pub(super) async fn balances(
    connection: &mut PgConnection,
    moved: &BTreeMap<AccountId, i64>,
) -> Result<(), sqlx::Error> {
    if moved.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into account (id, balance) select id, balance from unnest($1::bigint[], $2::bigint[]) as t (id, balance) \
         on conflict (id) do update set balance = account.balance + excluded.balance",
        &moved.keys().map(|id| id.0).collect::<Vec<_>>(),
        &moved.values().copied().collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
