//! What a restore does around `pg_restore`: it sets the old tables aside and lets them go only when the new ones are there.
//! Not here: the lock that keeps every server away meanwhile (`leader.rs`), the programs (`backup/programs.rs`).

use sqlx::{Connection as _, PgConnection};

use crate::leader;

/// The major version of the database.
pub async fn server_major(connection: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let number = sqlx::query_scalar!(r#"select current_setting('server_version_num')::integer as "number!""#)
        .fetch_one(connection)
        .await?;
    Ok(number.unsigned_abs() / 10_000)
}

/// How many tables there are.
pub async fn tables(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "tables!" from pg_catalog.pg_tables where schemaname = 'public'"#)
        .fetch_one(connection)
        .await
}

/// The number of the last reign, if there was one.
pub async fn reign(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let known = sqlx::query_scalar!(r#"select to_regclass('public.leader') is not null as "known!""#)
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(None);
    }
    sqlx::query_scalar!("select epoch from leader where id = 1").fetch_optional(connection).await
}

/// Moves all tables out of the way.
pub async fn set_aside(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    in_one(
        connection,
        &[
            "drop schema if exists throng_set_aside cascade",
            "alter schema public rename to throng_set_aside",
            "create schema public",
        ],
    )
    .await
}

/// Moves them back: nothing has happened.
pub async fn bring_back(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    in_one(connection, &["drop schema public cascade", "alter schema throng_set_aside rename to public"]).await
}

/// Where a restore is at work, waits for its end; where one was interrupted, undoes it. Else nothing would be found where the tables were,
/// and a new house begun in the place of the one that stands aside.
pub async fn mend(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if !are_all_aside(connection).await? {
        return Ok(());
    }
    tracing::warn!("a restore is at work on this database, or was interrupted: waiting until nobody is at it");
    // Whoever restores holds the lock of the lead.
    leader::wait(connection).await?;
    let undone = undo_interrupted(connection).await;
    leader::give_back(connection).await?;
    undone
}

/// Undoes a restore that was interrupted before it had made anything. Only for whoever holds the lock of the lead.
pub async fn undo_interrupted(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if are_all_aside(connection).await? {
        bring_back(connection).await?;
        tracing::warn!("a restore was interrupted: what was there before it is back");
    }
    Ok(())
}

/// Whether what was there stands aside and nothing is in its place.
async fn are_all_aside(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // Not checked while compiling: the schema it asks for is there only while a restore is at work.
    sqlx::query_scalar::<_, bool>(
        "select exists (select from pg_catalog.pg_namespace where nspname = 'throng_set_aside') \
            and not exists (select from pg_catalog.pg_tables where schemaname = 'public')",
    )
    .fetch_one(connection)
    .await
}

/// Drops what was set aside.
pub async fn let_go(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    in_one(connection, &["drop schema throng_set_aside cascade"]).await
}

/// Makes the next reign a later one than any before the restore.
pub async fn outrank(connection: &mut PgConnection, reign: i64) -> Result<(), sqlx::Error> {
    // Not checked while compiling: a backup may be older than a column.
    sqlx::query("update public.leader set epoch = greatest(epoch, $1) + 1, holder = 'a restored backup' where id = 1")
        .bind(reign)
        .execute(connection)
        .await?;
    Ok(())
}

async fn in_one(connection: &mut PgConnection, statements: &[&'static str]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    for statement in statements {
        sqlx::query(*statement).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
