//! Statements: transfers read back, by whom they touched and by what caused them. Not here: writing them (the journal alone).

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use throng_domain::{AccountId, Kudos, UserId};
use uuid::Uuid;

/// A transfer as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What caused it.
    pub cause: Uuid,
    /// Which movement of that cause.
    pub leg: i16,
    /// The account that gave.
    pub debit: AccountId,
    /// The account that got.
    pub credit: AccountId,
    /// How much.
    pub amount: Kudos,
    /// Why.
    pub code: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The request it was for.
    pub request: Option<Uuid>,
    /// The generation it was for.
    pub generation: Option<Uuid>,
}

/// Where a page begins: behind this transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When it was.
    pub at: DateTime<Utc>,
    /// What caused it.
    pub cause: Uuid,
    /// Which movement of that cause.
    pub leg: i16,
}

impl Cursor {
    /// Before everything: the latest transfer of all would follow it.
    pub const LATEST: Self = Self { at: DateTime::<Utc>::MAX_UTC, cause: Uuid::max(), leg: i16::MAX };
}

/// Reads at most `most` transfers of a user, latest first, behind the cursor. Each of the four selections walks one index backwards.
pub async fn page(pool: &PgPool, user: UserId, behind: Cursor, most: i64) -> Result<Vec<Line>, sqlx::Error> {
    // The calendar of the database ends before ours does.
    let at = behind.at.min(DateTime::from_timestamp(32_503_680_000, 0).unwrap_or_default());
    let rows = sqlx::query!(
        r#"select cause as "cause!", leg as "leg!", debit_account_id as "debit!", credit_account_id as "credit!", amount as "amount!",
                  code as "code!", at as "at!", request_id, generation_id
           from ((select * from transfer where debit_account_id = $1 and (at, cause, leg) < ($3, $4, $5)
                  order by at desc, cause desc, leg desc limit $6)
                 union
                 (select * from transfer where credit_account_id = $1 and (at, cause, leg) < ($3, $4, $5)
                  order by at desc, cause desc, leg desc limit $6)
                 union
                 (select * from transfer where debit_account_id = $2 and (at, cause, leg) < ($3, $4, $5)
                  order by at desc, cause desc, leg desc limit $6)
                 union
                 (select * from transfer where credit_account_id = $2 and (at, cause, leg) < ($3, $4, $5)
                  order by at desc, cause desc, leg desc limit $6)) as line
           order by at desc, cause desc, leg desc limit $6"#,
        AccountId::of(user).0,
        AccountId::escrow_of(user).0,
        at,
        behind.cause,
        behind.leg,
        most
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            cause: row.cause,
            leg: row.leg,
            debit: AccountId(row.debit),
            credit: AccountId(row.credit),
            amount: Kudos::from_hundredths(row.amount),
            code: row.code,
            at: row.at,
            request: row.request_id,
            generation: row.generation_id,
        })
        .collect())
}

/// Reads the transfers of a cause, in order: whether an act happened is whether they are there.
pub async fn of_cause(pool: &PgPool, cause: Uuid) -> Result<Vec<Line>, sqlx::Error> {
    let rows = sqlx::query!(
        "select cause, leg, debit_account_id, credit_account_id, amount, code, at, request_id, generation_id \
         from transfer where cause = $1 order by leg",
        cause
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            cause: row.cause,
            leg: row.leg,
            debit: AccountId(row.debit_account_id),
            credit: AccountId(row.credit_account_id),
            amount: Kudos::from_hundredths(row.amount),
            code: row.code,
            at: row.at,
            request: row.request_id,
            generation: row.generation_id,
        })
        .collect())
}
