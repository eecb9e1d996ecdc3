//! Users, workers, and the modes of the house. Not here: what they did (`write.rs`) and what they own (`money.rs`).

use sqlx::PgConnection;
use throng_domain::Timestamp;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{json, text, time};
use crate::store::settings;

pub(super) async fn users(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.users.is_empty() {
        return Ok(());
    }
    let users = || rows.users.values();
    sqlx::query!(
        "insert into users (id, name, identity, key_hash, created_at, roles, concurrency, worker_invited, public_workers, counts, profile) \
         select id, name, identity, key_hash, created_at, roles::json, concurrency, worker_invited, public_workers, counts::json, profile::json \
         from unnest($1::bigint[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[], $7::bigint[], $8::bigint[], \
                     $9::boolean[], $10::text[], $11::text[]) \
              as t (id, name, identity, key_hash, created_at, roles, concurrency, worker_invited, public_workers, counts, profile) \
         on conflict (id) do update \
         set name = excluded.name, identity = excluded.identity, key_hash = excluded.key_hash, roles = excluded.roles, \
             concurrency = excluded.concurrency, worker_invited = excluded.worker_invited, public_workers = excluded.public_workers, \
             counts = excluded.counts, profile = excluded.profile",
        &users().map(|u| u.id.0).collect::<Vec<_>>(),
        &users().map(|u| text(&u.name)).collect::<Vec<_>>(),
        &users().map(|u| u.identity.as_str().to_owned()).collect::<Vec<_>>(),
        &users().map(|u| u.key.0.to_vec()).collect::<Vec<_>>(),
        &users().map(|u| time(u.created)).collect::<Vec<_>>(),
        &users().map(|u| json(&u.roles)).collect::<Result<Vec<_>, _>>()?,
        &users().map(|u| i64::from(u.concurrency)).collect::<Vec<_>>(),
        &users().map(|u| i64::from(u.worker_invited)).collect::<Vec<_>>(),
        &users().map(|u| u.public_workers).collect::<Vec<_>>(),
        &users().map(|u| json(&u.counts)).collect::<Result<Vec<_>, _>>()?,
        &users().map(|u| json(&u.profile)).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn user_counts(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.user_counts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update users set counts = t.counts::json from unnest($1::bigint[], $2::text[]) as t (id, counts) where users.id = t.id",
        &rows.user_counts.keys().map(|id| id.0).collect::<Vec<_>>(),
        &rows.user_counts.values().map(json).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn workers(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.workers.is_empty() {
        return Ok(());
    }
    let workers = || rows.workers.values();
    sqlx::query!(
        "insert into worker (id, owner_id, name, created_at, info, paused, maintenance, profile, counts, team_id) \
         select id, owner_id, name, created_at, info, paused, maintenance, profile::json, counts::json, team_id \
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::boolean[], $7::text[], $8::text[], $9::text[], \
                     $10::uuid[]) \
              as t (id, owner_id, name, created_at, info, paused, maintenance, profile, counts, team_id) \
         on conflict (id) do update \
         set owner_id = excluded.owner_id, name = excluded.name, info = excluded.info, paused = excluded.paused, \
             maintenance = excluded.maintenance, profile = excluded.profile, counts = excluded.counts, team_id = excluded.team_id",
        &workers().map(|w| w.id.0).collect::<Vec<_>>(),
        &workers().map(|w| w.owner.0).collect::<Vec<_>>(),
        &workers().map(|w| text(&w.name)).collect::<Vec<_>>(),
        &workers().map(|w| time(w.created)).collect::<Vec<_>>(),
        &workers().map(|w| w.info.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
        &workers().map(|w| w.paused).collect::<Vec<_>>(),
        &workers().map(|w| w.maintenance.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
        &workers().map(|w| json(&w.profile)).collect::<Result<Vec<_>, _>>()?,
        &workers().map(|w| json(&w.counts)).collect::<Result<Vec<_>, _>>()?,
        &workers().map(|w| w.team.map(|team| team.0)).collect::<Vec<_>>() as &[Option<Uuid>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn worker_counts(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.worker_counts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update worker set counts = t.counts::json from unnest($1::uuid[], $2::text[]) as t (id, counts) where worker.id = t.id",
        &rows.worker_counts.keys().map(|id| id.0).collect::<Vec<_>>(),
        &rows.worker_counts.values().map(json).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn modes(connection: &mut PgConnection, rows: &Rows, at: Timestamp) -> Result<(), sqlx::Error> {
    let Some(modes) = rows.modes else { return Ok(()) };
    sqlx::query!(
        "insert into setting (name, value, changed_at) values ($1, $2, $3) \
         on conflict (name) do update set value = excluded.value, changed_at = excluded.changed_at",
        settings::MODES,
        json(&modes)?,
        time(at),
    )
    .execute(connection)
    .await?;
    Ok(())
}
