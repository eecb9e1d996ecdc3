//! Users and workers, read back. Not here: what they asked for and made (`rebuild.rs`).

use futures::TryStreamExt as _;
use sqlx::PgConnection;
use throng_domain::desk::restore::{KeyHash, SharedKeyRecord, UserRecord, WorkerRecord};
use throng_domain::standing::Identity;
use throng_domain::{Kudos, SharedKeyId, TeamId, UserId, WorkerId};

use super::{RebuildError, count, json, stamp};

pub(super) async fn users(connection: &mut PgConnection) -> Result<Vec<UserRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        r#"select id, name, identity, key_hash, created_at, roles::text as "roles!", concurrency, worker_invited, public_workers,
                  counts::text as "counts!", profile::text as "profile!"
           from users order by id"#
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let key: [u8; 32] = row
            .key_hash
            .try_into()
            .map_err(|_| RebuildError::row("users", row.id, "the key hash has a wrong length"))?;
        records.push(UserRecord {
            id: UserId(row.id),
            name: row.name.into(),
            identity: Identity::parse(&row.identity)
                .ok_or_else(|| RebuildError::row("users", row.id, "no such identity"))?,
            key: KeyHash(key),
            created: stamp(row.created_at),
            roles: json("users", row.id, &row.roles)?,
            concurrency: count("users", row.id, row.concurrency)?,
            worker_invited: count("users", row.id, row.worker_invited)?,
            public_workers: row.public_workers,
            profile: json("users", row.id, &row.profile)?,
            counts: json("users", row.id, &row.counts)?,
        });
    }
    Ok(records)
}

pub(super) async fn shared_keys(connection: &mut PgConnection) -> Result<Vec<SharedKeyRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        "select id, owner_id, created_at, name, expires_at, allowance, utilized, max_image_pixels, max_image_steps, max_text_tokens \
         from shared_key order by id"
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let small = |value: Option<i64>| value.map(|value| count("shared_key", row.id, value)).transpose();
        records.push(SharedKeyRecord {
            id: SharedKeyId(row.id),
            owner: UserId(row.owner_id),
            created: stamp(row.created_at),
            name: row.name.map(Into::into),
            expires: row.expires_at.map(stamp),
            allowance: row.allowance.map(Kudos::from_hundredths),
            utilized: Kudos::from_hundredths(row.utilized),
            max_image_pixels: row.max_image_pixels.map(i64::unsigned_abs),
            max_image_steps: small(row.max_image_steps)?,
            max_text_tokens: small(row.max_text_tokens)?,
        });
    }
    Ok(records)
}

pub(super) async fn workers(connection: &mut PgConnection) -> Result<Vec<WorkerRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        r#"select id, owner_id, name, created_at, info, paused, maintenance, profile::text as "profile!", counts::text as "counts!", team_id
           from worker order by id"#
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        records.push(WorkerRecord {
            id: WorkerId(row.id),
            owner: UserId(row.owner_id),
            name: row.name.into(),
            created: stamp(row.created_at),
            info: row.info.map(Into::into),
            paused: row.paused,
            maintenance: row.maintenance.map(Into::into),
            team: row.team_id.map(TeamId),
            profile: json("worker", row.id, &row.profile)?,
            counts: json("worker", row.id, &row.counts)?,
        });
    }
    Ok(records)
}
