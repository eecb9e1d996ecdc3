//! PostgreSQL's own `pg_dump` and `pg_restore`, of the version the database has. Not here: where they are looked for (`cluster.rs`).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::Url;

use super::BackupError;
use crate::cluster::tail;

/// The programs, and the database they work on.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    /// The address without its password: arguments of a program can be read by everybody on the machine.
    address: String,
    password: Option<String>,
}

impl Programs {
    pub(super) fn new(folder: PathBuf, address: &str) -> Result<Self, BackupError> {
        let mut url = Url::parse(address).map_err(|_| BackupError::Address)?;
        let password = url.password().map(decoded);
        if password.is_some() {
            url.set_password(None).map_err(|()| BackupError::Address)?;
        }
        Ok(Self { folder, address: url.into(), password })
    }

    /// Writes the whole database into `out`.
    pub(super) fn dump(&self, out: &mut dyn Write) -> Result<(), BackupError> {
        let mut child = self.start("pg_dump", &["--format=custom", "--no-owner", "--no-privileges"])?;
        let copied = child.stdout.take().map_or(Ok(0), |mut said| std::io::copy(&mut said, out));
        finish(child, "pg_dump")?;
        copied.map(drop).map_err(|source| BackupError::File { path: PathBuf::from("pg_dump"), source })
    }

    /// Makes the tables anew from a dump: all of it, or nothing.
    pub(super) fn restore(&self, dump: &mut dyn Read) -> Result<(), BackupError> {
        let whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public"];
        let mut child = self.start("pg_restore", &whole)?;
        // A program that gave up says why itself; that the pipe broke is no news then.
        let copied = child.stdin.take().map_or(Ok(0), |mut into| std::io::copy(dump, &mut into));
        finish(child, "pg_restore")?;
        copied.map(drop).map_err(|source| BackupError::File { path: PathBuf::from("pg_restore"), source })
    }

    fn start(&self, program: &'static str, arguments: &[&str]) -> Result<Child, BackupError> {
        let mut command = Command::new(self.folder.join(program));
        command.args(arguments).arg("--dbname").arg(&self.address);
        for name in ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE"] {
            command.env_remove(name);
        }
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let path = self.folder.join(program);
        command.spawn().map_err(|source| BackupError::File { path, source })
    }
}

/// Waits for a program; what it said is told if it failed.
fn finish(child: Child, program: &'static str) -> Result<(), BackupError> {
    let failed = |source| BackupError::File { path: Path::new(program).to_owned(), source };
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    Err(BackupError::Program { program, said: tail(&String::from_utf8_lossy(&output.stderr)) })
}

/// Takes the percent signs out of a password.
fn decoded(password: &str) -> String {
    let form = format!("p={}", password.replace('+', "%2B").replace('&', "%26"));
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&form).unwrap_or_default();
    pairs.into_iter().next().map(|(_, password)| password).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_no_argument() {
        let programs = Programs::new(PathBuf::new(), "postgres://ada:a%2Bb%40c+d@db.example:5433/throng").unwrap();
        assert_eq!(programs.address, "postgres://ada@db.example:5433/throng");
        assert_eq!(programs.password.as_deref(), Some("a+b@c+d"));
        let socket = Programs::new(PathBuf::new(), "postgres://throng@%2ftmp%2fx:5432/throng").unwrap();
        assert_eq!((socket.address.as_str(), socket.password), ("postgres://throng@%2ftmp%2fx:5432/throng", None));
    }
}
