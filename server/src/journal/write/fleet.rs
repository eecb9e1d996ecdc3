//! Workers that go, teams, and messages to workers. Not here: workers that come and change (`people.rs`).

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::rows::Rows;
use super::{json, text, time};

/// Deletes workers. Before others are written: somebody may have taken a name that became free.
pub(super) async fn workers_gone(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.workers_gone.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = rows.workers_gone.iter().map(|id| id.0).collect();
    sqlx::query!("delete from worker where id = any($1)", &ids).execute(connection).await?;
    Ok(())
}

/// Takes the old name off each worker that is renamed, for another may get that name in the same batch. What stands there meanwhile
/// begins with a mark that no name holds.
pub(super) async fn names_given_up(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.workers.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update worker set name = '<' || worker.id::text \
         from unnest($1::uuid[], $2::text[]) as t (id, name) where worker.id = t.id and worker.name <> t.name",
        &rows.workers.keys().map(|id| id.0).collect::<Vec<_>>(),
        &rows.workers.values().map(|worker| text(&worker.name)).collect::<Vec<_>>(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes and deletes teams.
pub(super) async fn teams(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if !rows.teams.is_empty() {
        let teams = || rows.teams.values();
        sqlx::query!(
            "insert into team (id, owner_id, name, info, created_at, counts) \
             select id, owner_id, name, info, created_at, counts::json \
             from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) \
                  as t (id, owner_id, name, info, created_at, counts) \
             on conflict (id) do update \
             set owner_id = excluded.owner_id, name = excluded.name, info = excluded.info, counts = excluded.counts",
            &teams().map(|team| team.id.0).collect::<Vec<_>>(),
            &teams().map(|team| team.owner.0).collect::<Vec<_>>(),
            &teams().map(|team| text(&team.name)).collect::<Vec<_>>(),
            &teams().map(|team| team.info.as_deref().map(text)).collect::<Vec<_>>() as &[Option<String>],
            &teams().map(|team| time(team.created)).collect::<Vec<_>>(),
            &teams().map(|team| json(&team.counts)).collect::<Result<Vec<_>, _>>()?,
        )
        .execute(&mut *connection)
        .await?;
    }
    if !rows.teams_gone.is_empty() {
        let ids: Vec<Uuid> = rows.teams_gone.iter().map(|id| id.0).collect();
        sqlx::query!("delete from team where id = any($1)", &ids).execute(connection).await?;
    }
    Ok(())
}

pub(super) async fn team_counts(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if rows.team_counts.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update team set counts = t.counts::json from unnest($1::uuid[], $2::text[]) as t (id, counts) where team.id = t.id",
        &rows.team_counts.keys().map(|id| id.0).collect::<Vec<_>>(),
        &rows.team_counts.values().map(json).collect::<Result<Vec<_>, _>>()?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes and deletes messages.
pub(super) async fn messages(connection: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if !rows.messages.is_empty() {
        let messages = || rows.messages.values();
        sqlx::query!(
            "insert into worker_message (id, worker_id, author_id, message, origin, created_at, expires_at) \
             select id, worker_id, author_id, message, origin, created_at, expires_at \
             from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) \
                  as t (id, worker_id, author_id, message, origin, created_at, expires_at) \
             on conflict (id) do nothing",
            &messages().map(|message| message.id.0).collect::<Vec<_>>(),
            &messages().map(|message| message.worker.map(|worker| worker.0)).collect::<Vec<_>>() as &[Option<Uuid>],
            &messages().map(|message| message.author.0).collect::<Vec<_>>(),
            &messages().map(|message| text(&message.text)).collect::<Vec<_>>(),
            &messages().map(|message| text(&message.origin)).collect::<Vec<_>>(),
            &messages().map(|message| time(message.created)).collect::<Vec<_>>(),
            &messages().map(|message| time(message.expires)).collect::<Vec<_>>(),
        )
        .execute(&mut *connection)
        .await?;
    }
    if !rows.messages_gone.is_empty() {
        let ids: Vec<Uuid> = rows.messages_gone.iter().map(|id| id.0).collect();
        sqlx::query!("delete from worker_message where id = any($1)", &ids).execute(connection).await?;
    }
    Ok(())
}
