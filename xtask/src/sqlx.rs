//! Regenerates `.sqlx/`: the metadata with which the queries are checked when no database is there.

use crate::{house, install, run};
use anyhow::{Context as _, Result};

/// Migrates an empty database of its own and checks every query against it, writing `.sqlx/`.
pub(crate) fn regenerate() -> Result<()> {
    install::for_up(None)?;
    let scratch = std::env::temp_dir().join("throng-sqlx");
    let _ = std::fs::remove_dir_all(&scratch);
    run::step("building the server with the queries as they were");
    run::run("cargo", &["build", "--package", "throng-server"])?;
    let mut server = run::command(&house::binary("throng-server")?.to_string_lossy())?;
    server
        .args(["database", "--data"])
        .arg(&scratch)
        // Migrations and queries are tried on a database of their own, never on one that somebody uses.
        .env_remove("DATABASE_URL")
        .stdout(std::process::Stdio::piped())
        .stdin(std::process::Stdio::piped());
    let mut server = server.spawn().context("cannot start throng-server")?;
    let outcome = prepare(&mut server);
    drop(server.stdin.take());
    server.wait()?;
    let _ = std::fs::remove_dir_all(&scratch);
    outcome
}

/// `throng-server database` prints the address of a migrated private database and stays until its input closes.
fn prepare(server: &mut std::process::Child) -> Result<()> {
    use std::io::BufRead as _;
    let out = server.stdout.take().context("no output of throng-server")?;
    let mut address = String::new();
    std::io::BufReader::new(out).read_line(&mut address)?;
    let folder = house::root().join(".sqlx");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    run::step("checking the queries against the database");
    // A touched file makes cargo look again: the macros run only when the crate is compiled.
    let lib = house::root().join("server/src/lib.rs");
    std::fs::write(&lib, std::fs::read(&lib)?)?;
    let mut check = run::command("cargo")?;
    check.args(["check", "--package", "throng-server"]);
    check
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder)
        .env("SQLX_TMP", house::target()?.join("sqlx-tmp"));
    check.env("DATABASE_URL", address.trim());
    run::finish(check)
}
