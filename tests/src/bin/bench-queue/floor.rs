//! What the database can do alone: pgbench with one inserted row a commit, so that it shows how far the journal is
//! from the floor.

use crate::stage::Stage;
use std::process::Command;

const SECONDS: &str = "5";

/// Runs pgbench with 1, 8 and 32 connections, or says that it is not there.
pub(crate) fn measure(stage: &Stage) -> String {
    let Some((program, place)) = stage.server.database_program("pgbench") else {
        return "pgbench is not installed beside the database's binaries; skipped".to_owned();
    };
    let table = "create table if not exists bench_floor (filler text)";
    let made = Command::new(program.with_file_name("psql")).args(&place).args(["-d", "postgres", "-c", table]).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return "cannot make pgbench's table; skipped".to_owned();
    }
    let script = stage.server.folder().join("insert.sql");
    let row = "insert into bench_floor (filler) values (repeat('x', 300));\n";
    if std::fs::write(&script, row).is_err() {
        return "cannot write pgbench's script".to_owned();
    }
    let mut lines = Vec::new();
    for clients in ["1", "8", "32"] {
        let mut command = Command::new(&program);
        command
            .args(["-n", "-M", "prepared", "-T", SECONDS, "-c", clients, "-j", "1", "-f"])
            .arg(&script)
            .args(&place)
            .arg("postgres");
        let told =
            command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let rate = told.lines().find(|line| line.starts_with("tps")).unwrap_or("no figure").to_owned();
        lines.push(format!("{clients:>3} connections: {rate}"));
    }
    lines.join("\n")
}
