//! Ratings, read back as a data set. Not here: writing them (`journal/write/ratings.rs`).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgPool;
use throng_domain::{GenerationId, Kudos, RequestId, UserId};
use uuid::Uuid;

/// A request that was rated.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// Which request.
    pub request: RequestId,
    /// When it was rated.
    pub at: DateTime<Utc>,
    /// Whose request it was.
    pub user: UserId,
    /// Whether that user was trusted.
    pub trusted: bool,
    /// How old the account was.
    pub account_seconds: i64,
    /// The balance.
    pub kudos: Kudos,
    /// What had been earned less what had been spent.
    pub accumulated: Kudos,
    /// The program the rating came from.
    pub client_agent: String,
    /// A mark of the place it came from.
    pub place: String,
    /// The best picture.
    pub best: Option<GenerationId>,
    /// What was paid for it.
    pub reward: Kudos,
    /// What was asked for.
    pub asked: Value,
    /// All pictures of the request.
    pub pictures: Vec<Picture>,
}

/// A picture of a request that was rated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Which.
    pub generation: GenerationId,
    /// With which model it was made.
    pub model: String,
    /// With which seed.
    pub seed: i64,
    /// Whether its worker blanked it.
    pub censored: bool,
    /// How beautiful it is.
    pub rating: Option<i16>,
    /// How flawed it is.
    pub artifacts: Option<i16>,
}

/// Reads at most `most` rated requests behind this one, in the order they were asked for.
pub async fn page(pool: &PgPool, behind: RequestId, most: i64) -> Result<Vec<Set>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select request_id, rated_at, user_id, trusted, account_seconds, kudos, accumulated, client_agent, place, best_generation_id,
                  reward, asked::text as "asked!"
           from rating_set where request_id > $1 order by request_id limit $2"#,
        behind.0,
        most
    )
    .fetch_all(pool)
    .await?;
    let mut pictures = pictures(pool, &rows.iter().map(|row| row.request_id).collect::<Vec<_>>()).await?;
    let mut sets = Vec::with_capacity(rows.len());
    for row in rows {
        sets.push(Set {
            pictures: pictures.remove(&row.request_id).unwrap_or_default(),
            request: RequestId(row.request_id),
            at: row.rated_at,
            user: UserId(row.user_id),
            trusted: row.trusted,
            account_seconds: row.account_seconds,
            kudos: Kudos::from_hundredths(row.kudos),
            accumulated: Kudos::from_hundredths(row.accumulated),
            client_agent: row.client_agent,
            place: row.place,
            best: row.best_generation_id.map(GenerationId),
            reward: Kudos::from_hundredths(row.reward),
            asked: serde_json::from_str(&row.asked).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        });
    }
    Ok(sets)
}

async fn pictures(pool: &PgPool, requests: &[Uuid]) -> Result<HashMap<Uuid, Vec<Picture>>, sqlx::Error> {
    let rows = sqlx::query!(
        "select generation_id, request_id, model, seed, censored, rating, artifacts from rating \
         where request_id = any($1) order by request_id, generation_id",
        requests
    )
    .fetch_all(pool)
    .await?;
    let mut found: HashMap<Uuid, Vec<Picture>> = HashMap::new();
    for row in rows {
        found.entry(row.request_id).or_default().push(Picture {
            generation: GenerationId(row.generation_id),
            model: row.model,
            seed: row.seed,
            censored: row.censored,
            rating: row.rating,
            artifacts: row.artifacts,
        });
    }
    Ok(found)
}
