//! Teams and messages to workers, read back. Not here: the workers (`people.rs`).

use futures::TryStreamExt as _;
use sqlx::PgConnection;
use throng_domain::desk::restore::{MessageRecord, TeamRecord};
use throng_domain::{MessageId, TeamId, UserId, WorkerId};

use super::{RebuildError, json, stamp};

pub(super) async fn teams(connection: &mut PgConnection) -> Result<Vec<TeamRecord>, RebuildError> {
    let mut rows =
        sqlx::query!(r#"select id, owner_id, name, info, created_at, counts::text as "counts!" from team order by id"#)
            .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        records.push(TeamRecord {
            id: TeamId(row.id),
            owner: UserId(row.owner_id),
            name: row.name.into(),
            info: row.info.map(Into::into),
            created: stamp(row.created_at),
            counts: json("team", row.id, &row.counts)?,
        });
    }
    Ok(records)
}

pub(super) async fn messages(connection: &mut PgConnection) -> Result<Vec<MessageRecord>, RebuildError> {
    let mut rows = sqlx::query!(
        "select id, worker_id, author_id, message, origin, created_at, expires_at from worker_message order by id"
    )
    .fetch(connection);
    let mut records = Vec::new();
    while let Some(row) = rows.try_next().await? {
        records.push(MessageRecord {
            id: MessageId(row.id),
            worker: row.worker_id.map(WorkerId),
            author: UserId(row.author_id),
            text: row.message.into(),
            origin: row.origin.into(),
            created: stamp(row.created_at),
            expires: stamp(row.expires_at),
        });
    }
    Ok(records)
}
