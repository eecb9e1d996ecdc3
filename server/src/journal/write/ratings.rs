//! Ratings: the sets and the pictures in them. Not here: taking them out again (`store/ratings.rs`).

use serde_json::{Value, json as object};
use sqlx::PgConnection;
use throng_domain::rating::{RatedPicture, RatingSet};
use throng_domain::request::Request;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{json, text, time};

pub(super) async fn sets(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.ratings.is_empty() {
        return Ok(());
    }
    let sets = || rows.ratings.values().map(|set| &**set);
    sqlx::query!(
        "insert into rating_set (request_id, rated_at, user_id, trusted, account_seconds, kudos, accumulated, client_agent, place, \
                                 best_generation_id, reward, asked) \
         select request_id, rated_at, user_id, trusted, account_seconds, kudos, accumulated, client_agent, place, best_generation_id, \
                reward, asked::json \
         from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], \
                     $9::text[], $10::uuid[], $11::bigint[], $12::text[]) \
              as t (request_id, rated_at, user_id, trusted, account_seconds, kudos, accumulated, client_agent, place, \
                    best_generation_id, reward, asked) \
         on conflict (request_id) do nothing",
        &sets().map(|set| set.request_id.0).collect::<Vec<_>>(),
        &sets().map(|set| time(set.at)).collect::<Vec<_>>(),
        &sets().map(|set| set.user.0).collect::<Vec<_>>(),
        &sets().map(|set| set.trusted).collect::<Vec<_>>(),
        &sets().map(|set| set.account_seconds).collect::<Vec<_>>(),
        &sets().map(|set| set.balance.hundredths()).collect::<Vec<_>>(),
        &sets().map(|set| set.accumulated.hundredths()).collect::<Vec<_>>(),
        &sets().map(|set| text(&set.client_agent)).collect::<Vec<_>>(),
        &sets().map(|set| text(&set.place)).collect::<Vec<_>>(),
        &sets().map(|set| set.best.map(|best| best.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &sets().map(|set| set.reward.hundredths()).collect::<Vec<_>>(),
        &sets().map(|set| json(&asked(&set.request))).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn pictures(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let of = |set: &RatingSet| -> Vec<(Uuid, RatedPicture)> {
        set.pictures.iter().map(|picture| (set.request_id.0, picture.clone())).collect()
    };
    let pictures: Vec<(Uuid, RatedPicture)> = rows.ratings.values().flat_map(|set| of(set)).collect();
    if pictures.is_empty() {
        return Ok(());
    }
    let each = || pictures.iter().map(|(_, picture)| picture);
    sqlx::query!(
        "insert into rating (generation_id, request_id, model, seed, censored, rating, artifacts) \
         select generation_id, request_id, model, seed, censored, rating, artifacts \
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::boolean[], $6::smallint[], $7::smallint[]) \
              as t (generation_id, request_id, model, seed, censored, rating, artifacts) \
         on conflict (generation_id) do nothing",
        &each().map(|picture| picture.generation.0).collect::<Vec<_>>(),
        &pictures.iter().map(|(request, _)| *request).collect::<Vec<_>>(),
        &each().map(|picture| text(&picture.model)).collect::<Vec<_>>(),
        &each().map(|picture| picture.seed).collect::<Vec<_>>(),
        &each().map(|picture| picture.censored).collect::<Vec<_>>(),
        &each().map(|picture| picture.rating.map(i16::from)).collect::<Vec<_>>() as &[Option<i16>],
        &each().map(|picture| picture.artifacts.map(i16::from)).collect::<Vec<_>>() as &[Option<i16>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was asked for, in the names of the wire. What would tell who asked is not in it, nor is the picture it began with.
fn asked(request: &Request) -> Value {
    let mut params = (*request.payload).clone();
    if let (Some(image), Value::Object(members)) = (request.image(), &mut params) {
        members.insert("width".to_owned(), object!(image.width));
        members.insert("height".to_owned(), object!(image.height));
        members.insert("steps".to_owned(), object!(image.steps));
    }
    let begun_with_picture = request.image().is_some_and(|image| image.source.is_some());
    object!({"prompt": &*request.prompt, "nsfw": request.nsfw, "from_picture": begun_with_picture, "params": params})
}
