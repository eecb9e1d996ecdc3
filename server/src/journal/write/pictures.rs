//! Errands for the pictures of forgotten requests: to be deleted, or, where they were shared, to be kept for a while. Not here: running
//! them (`tasks/outbox.rs`).

use sqlx::PgConnection;
use throng_domain::Timestamp;
use uuid::Uuid;

use super::super::rows::{Pictures, Rows};
use super::{json, time};
use crate::store::outbox::{SharedPictures, Topic};

pub(super) async fn errands(connection: &mut PgConnection, rows: &Rows, at: Timestamp) -> Result<(), sqlx::Error> {
    let with_pictures: Vec<_> = rows.forgotten.iter().filter(|(_, pictures)| !pictures.all.is_empty()).collect();
    if with_pictures.is_empty() {
        return Ok(());
    }
    let errands = with_pictures.iter().map(|(request, pictures)| errand(request.0, pictures));
    let errands = errands.collect::<Result<Vec<_>, _>>()?;
    sqlx::query!(
        "insert into outbox (id, topic, payload, created_at, due_at, tries) \
         select id, topic, payload::json, $4, $4, 0 from unnest($1::uuid[], $2::text[], $3::text[]) as t (id, topic, payload) \
         on conflict (id) do nothing",
        &errands.iter().map(|(id, _, _)| *id).collect::<Vec<_>>(),
        &errands.iter().map(|(_, topic, _)| topic.as_str().to_owned()).collect::<Vec<_>>(),
        &errands.iter().map(|(_, _, payload)| payload.clone()).collect::<Vec<_>>(),
        time(at),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One errand a request, named by it.
fn errand(request: Uuid, pictures: &Pictures) -> Result<(Uuid, Topic, String), sqlx::Error> {
    if pictures.shared.is_empty() {
        return Ok((request, Topic::ForgetImages, json(&pictures.all)?));
    }
    let (keep, forget) = pictures.all.iter().partition(|picture| pictures.shared.contains(picture));
    Ok((request, Topic::ShareImages, json(&SharedPictures { keep, forget })?))
}
