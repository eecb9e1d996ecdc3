//! Before the first query: databases, connections, migrations. Not here: starting PostgreSQL (`cluster.rs`).

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};

use super::restoring;

/// The tables, embedded in the program.
static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// How long a handler waits for a connection before it answers "busy": longer only makes the queue longer.
const ACQUIRE_WAIT_MAX: Duration = Duration::from_secs(5);

/// A connection is replaced after this long, so that a backend's memory cannot grow for ever.
const CONNECTION_AGE_MAX: Duration = Duration::from_mins(30);

/// Returns the settings every connection of ours uses.
pub fn tuned(options: PgConnectOptions) -> PgConnectOptions {
    // A generic plan took 967 ms where one for the actual values took 3 ms; compiling queries cost up to 880 ms.
    options.application_name("throng-server").options([("plan_cache_mode", "force_custom_plan"), ("jit", "off")])
}

/// Opens the pool for everything but the journal.
pub async fn pool(options: PgConnectOptions, connections: u32) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .min_connections(connections.min(2))
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_WAIT_MAX)
        .max_lifetime(CONNECTION_AGE_MAX)
        // The test costs a round trip for every query; a dead connection shows itself just as well when it is used.
        .test_before_acquire(false)
        .connect_with(tuned(options))
        .await
}

/// Opens the writer's connection. Its few statements always look rows up by key: pinning that once saves planning ten statements for
/// every batch, and no plan made while a table was empty can turn into a walk through all of it when it has filled.
pub async fn writer(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let pinned = [
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        // A leader whose machine vanished without a word must lose its lock within seconds: a standby waits for it.
        ("tcp_keepalives_idle", "1"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "2"),
        ("tcp_user_timeout", "3000"),
    ];
    tuned(options.clone()).options(pinned).connect().await
}

/// Opens one connection outside the pool.
pub async fn connection(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    tuned(options.clone()).connect().await
}

/// Brings the tables up to date. Where a restore is at work its end is waited for; of one that was interrupted nothing is left.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), MigrateError> {
    let mut connection = connection(options).await?;
    restoring::mend(&mut connection).await?;
    MIGRATOR.run(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Makes a database unless it is there.
pub async fn create_database(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = server.clone().database("postgres").connect().await?;
    let exists: bool =
        sqlx::query_scalar!(r#"select exists (select from pg_database where datname = $1) as "exists!""#, name)
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        // Names come from this program alone; quotes are doubled all the same.
        let name = name.replace('"', "\"\"");
        sqlx::query(AssertSqlSafe(format!("create database \"{name}\""))).execute(&mut connection).await?;
    }
    connection.close().await
}
