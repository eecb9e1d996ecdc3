//! What a restore does around `pg_restore`: it sets the old tables aside and lets them go only when the new ones are there.
//! Not here: the lock that keeps every server away meanwhile (`leader.rs`), the programs (`backup/programs.rs`).

use sqlx::{Connection as _, PgConnection};

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
