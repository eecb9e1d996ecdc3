//! `throng-server backup FILE` and `restore FILE`: the whole database and the secret in one file, beside a running server or without one, and
//! back, where no server runs. A restored house is audited at once. Pictures are copied to a store of their own where the operator names
//! one (`--pictures`): results live a day at most, but those that were shared are kept for the data set. The file has their names, so that
//! a restore can say what is missing.

mod bundle;
mod programs;

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::Utc;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};

use self::bundle::{Bundle, Manifest};
use self::programs::Programs;
use crate::app::{StartError, open_secret};
use crate::audit::{self, Fault};
use crate::clock::{Clock, Ids};
use crate::cluster;
use crate::config::Config;
use crate::images::{BUCKET, Images};
use crate::leader;
use crate::rebuild::RebuildError;
use crate::store::{restoring, setup};

/// Why there is no backup, or why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or a program could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is something at the place of the backup.
    #[error("{} is there already: name another file", .0.display())]
    Exists(PathBuf),
    /// The file is something else.
    #[error("{} is no backup of throng-server", .0.display())]
    Foreign(PathBuf),
    /// The file is not as it was written.
    #[error("{} is damaged: its checksum does not fit", .0.display())]
    Damaged(PathBuf),
    /// The programs are not there.
    #[error(
        "pg_dump and pg_restore of PostgreSQL {0} or newer were not found: install them (on Debian or Ubuntu: apt install postgresql-client), \
         or name their folder with --pg-bin"
    )]
    NoPrograms(u32),
    /// One of the programs failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Which one.
        program: &'static str,
        /// The end of what it said.
        said: String,
    },
    /// The address of the database is none that can be taken apart.
    #[error("the database's address must look like postgres://user:password@host/database")]
    Address,
    /// There is something in the database.
    #[error("the database is not empty: to put the backup in the place of all that is in it, say --replace")]
    NotEmpty,
    /// There is another secret.
    #[error("{} holds another secret than the backup: to replace it, say --replace", .0.display())]
    OtherSecret(PathBuf),
    /// A server is running.
    #[error("a server is running on this database: stop it first")]
    Leading,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The restored tables could not be brought up to date.
    #[error("cannot bring the tables up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// The restored tables could not be read.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The secret is not there, or not this database's.
    #[error(transparent)]
    Start(#[from] Box<StartError>),
    /// The store of pictures could not be read.
    #[error("cannot use the store of pictures: {0}")]
    Images(String),
    /// Pictures would be copied onto themselves.
    #[error("{0} is where this server keeps its pictures, in part or in whole: name another place for their copies")]
    SamePictures(String),
}

impl From<object_store::Error> for BackupError {
    fn from(error: object_store::Error) -> Self {
        Self::Images(error.to_string())
    }
}

/// Which house.
#[derive(Debug)]
pub struct Place<'a> {
    /// What the operator set.
    pub config: &'a Config,
    /// How to connect to its database.
    pub options: PgConnectOptions,
    /// The same as an address.
    pub url: &'a str,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The size of the file.
    pub bytes: u64,
    /// How many pictures were copied; none if nobody wanted them.
    pub pictures: Option<usize>,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// When the backup was made.
    pub made: chrono::DateTime<Utc>,
    /// Pictures that were there then, and are not now.
    pub pictures_missing: usize,
    /// What the audit found.
    pub faults: Vec<Fault>,
}

impl Place<'_> {
    /// Writes a backup, and copies the pictures to a store of their own if one is named.
    pub async fn backup(
        &self,
        file: &Path,
        pictures: Option<&str>,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Written, BackupError> {
        let aside = pictures.map(|place| self.store_aside(place)).transpose()?;
        setup::migrate(&self.options).await?;
        let pool = setup::pool(self.options.clone(), 2).await?;
        // A backup with another secret would open nothing.
        let secret_file = self.config.secret_file();
        open_secret(&secret_file, &pool, ids, clock).await.map_err(Box::new)?;
        pool.close().await;
        let secret = std::fs::read_to_string(&secret_file)
            .map_err(|source| BackupError::File { path: secret_file.clone(), source })?;
        let own = Images::open(self.config)?;
        let images = own.names().await?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let secret = secret.trim().to_owned();
        let manifest = Manifest { made: clock.now(), version, secret, images: images.clone() };
        let programs = self.programs().await?;
        let file = file.to_owned();
        let bytes = blocking(move || bundle::write(&file, &manifest, |out| programs.dump(out))).await?;
        let pictures = match aside {
            Some(aside) => Some(own.copy(&images, &aside).await?),
            None => None,
        };
        Ok(Written { bytes, pictures })
    }

    /// Puts a backup into an empty database, or, with `replace`, in the place of all that is there; all of it or nothing. Pictures come back
    /// from where they were copied, if that is named.
    pub async fn restore(&self, file: &Path, replace: bool, pictures: Option<&str>) -> Result<Restored, BackupError> {
        let place = file.to_owned();
        let bundle = blocking(move || Bundle::open(&place)).await?;
        let manifest = bundle.manifest.clone();
        self.check_secret(&manifest, replace)?;
        let aside = pictures.map(|place| self.found_aside(place)).transpose()?;
        let programs = self.programs().await?;
        // Held until all is done: no server can begin to lead a house that is being rebuilt.
        let mut lock = leader::lock(&self.options).await?.ok_or(BackupError::Leading)?;
        restoring::undo_interrupted(&mut lock).await?;
        if restoring::tables(&mut lock).await? > 0 && !replace {
            return Err(BackupError::NotEmpty);
        }
        let own = Images::open(self.config)?;
        if let Some(aside) = aside {
            // Before the tables: should it fail, the house that is there is as it was.
            aside.copy(&manifest.images, &own).await?;
        }
        self.fill(&mut lock, programs, bundle).await?;
        let faults = audit::check(&mut setup::connection(&self.options).await?).await?;
        lock.close().await?;
        let there = own.names().await?;
        let pictures_missing = manifest.images.iter().filter(|name| !there.contains(name)).count();
        Ok(Restored { made: manifest.made, pictures_missing, faults })
    }

    /// Sets the old tables aside, makes the new ones with all that belongs to them, and only then lets the old ones go.
    async fn fill(&self, lock: &mut PgConnection, programs: Programs, bundle: Bundle) -> Result<(), BackupError> {
        let reign = restoring::reign(lock).await?;
        restoring::set_aside(lock).await?;
        if let Err(error) = self.renew(lock, programs, bundle, reign.unwrap_or_default()).await {
            restoring::bring_back(lock).await?;
            return Err(error);
        }
        Ok(restoring::let_go(lock).await?)
    }

    /// Makes the tables of a backup, brings them up to date, and puts the secret where it belongs.
    async fn renew(
        &self,
        lock: &mut PgConnection,
        programs: Programs,
        mut bundle: Bundle,
        reign: i64,
    ) -> Result<(), BackupError> {
        let manifest = bundle.manifest.clone();
        let filled = blocking(move || {
            let failed = |source| BackupError::File { path: PathBuf::from("the backup"), source };
            programs.restore(&mut bundle.dump().map_err(failed)?)
        });
        filled.await?;
        // Whoever led before the restore, and does not know of it, must never find its own number again.
        restoring::outrank(lock, reign).await?;
        // A backup of a newer program is refused here, before anything is lost.
        setup::migrate(&self.options).await?;
        self.put_secret(&manifest)
    }

    fn check_secret(&self, manifest: &Manifest, replace: bool) -> Result<(), BackupError> {
        let file = self.config.secret_file();
        match std::fs::read_to_string(&file) {
            Ok(there) if there.trim() != manifest.secret && !replace => Err(BackupError::OtherSecret(file)),
            _ => Ok(()),
        }
    }

    /// Puts the secret where the server looks for it; another one that is there is kept beside it.
    fn put_secret(&self, manifest: &Manifest) -> Result<(), BackupError> {
        use std::io::Write as _;
        let file = self.config.secret_file();
        let failed = |source| BackupError::File { path: file.clone(), source };
        match std::fs::read_to_string(&file) {
            Ok(there) if there.trim() == manifest.secret => return Ok(()),
            Ok(_) => {
                let mut aside = file.as_os_str().to_owned();
                aside.push(format!(".replaced-{}", manifest.made.timestamp()));
                std::fs::rename(&file, PathBuf::from(aside)).map_err(failed)?;
            }
            Err(_) => {}
        }
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut out =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(failed)?;
        out.write_all(manifest.secret.as_bytes()).map_err(failed)?;
        out.sync_all().map_err(failed)
    }

    async fn programs(&self) -> Result<Programs, BackupError> {
        let mut connection = setup::connection(&self.options).await?;
        let major = restoring::server_major(&mut connection).await?;
        connection.close().await?;
        let brought = self.config.data_dir().join("postgres/programs/bin");
        let folder = cluster::client_programs(self.config.pg_bin.as_deref(), &brought, major).await;
        Programs::new(folder.ok_or(BackupError::NoPrograms(major))?, self.url)
    }

    /// Opens a store for copies of pictures.
    fn store_aside(&self, place: &str) -> Result<Images, BackupError> {
        let real = |place: &str| std::fs::canonicalize(place).unwrap_or_else(|_| PathBuf::from(place));
        let (aside, own) = (real(place), real(&self.config.images_location()));
        if aside.starts_with(&own) || own.starts_with(&aside) {
            return Err(BackupError::SamePictures(place.to_owned()));
        }
        Ok(Images::at(place)?)
    }

    /// Opens a store that copies of pictures are in. A folder that is not there holds none.
    fn found_aside(&self, place: &str) -> Result<Images, BackupError> {
        if !place.starts_with(BUCKET) {
            std::fs::metadata(place).map_err(|source| BackupError::File { path: PathBuf::from(place), source })?;
        }
        self.store_aside(place)
    }
}

/// Runs what waits for files and programs away from everything else.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(BackupError::File { path: PathBuf::from("the backup"), source: std::io::Error::other(error) })
    })
}
