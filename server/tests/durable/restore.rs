//! A restore is all or nothing: one that fails midway, or is interrupted, leaves the house that was there. And pictures come back.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use throng_server::backup::{BackupError, Place};
use throng_server::cluster::throwaway::Throwaway;
use throng_server::config::Config;
use throng_server::images::Images;
use throng_server::leader;
use throng_server::store::{restoring, setup};

use crate::fixture::Fixture;

/// Bytes of the sum at the end of a backup.
const SUM_BYTES: usize = 32;

/// A database and a data folder, with what was done in the house that they are.
struct Ground {
    url: String,
    options: PgConnectOptions,
    data: PathBuf,
    folder: TempDir,
    fixtures: u64,
}

impl Ground {
    async fn new() -> Self {
        let url = Throwaway::shared().await.unwrap().database_url().await.unwrap();
        let options = url.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        Self { url, options, data, folder, fixtures: 0 }
    }

    /// Opens the house, lets somebody register, and closes it.
    async fn gains(&mut self, name: &str) {
        self.fixtures += 1;
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::at(self.options.clone(), self.config(), folder, self.fixtures).await;
        fixture.user(name, 30).await;
        fixture.audit().await;
        fixture.house.stop().await;
    }

    /// Opens the house, and tells who is in it besides the anonymous user.
    async fn has(&mut self) -> Vec<String> {
        self.fixtures += 1;
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::at(self.options.clone(), self.config(), folder, self.fixtures).await;
        fixture.audit().await;
        let users = fixture.stored().await.users;
        fixture.house.stop().await;
        users.iter().skip(1).map(|user| user.name.to_string()).collect()
    }

    fn config(&self) -> Config {
        let pg_bin = std::env::var_os("THRONG_PG_BIN").map(PathBuf::from);
        Config { data: Some(self.data.clone()), pg_bin, ..Config::default() }
    }

    fn images(&self) -> Images {
        Images::open(&self.config()).unwrap()
    }

    async fn backs_up(&self, file: &Path, pictures: Option<&str>) -> Result<Option<usize>, BackupError> {
        let clock = throng_server::clock::SystemClock;
        let ids = throng_server::clock::Ids::from_os(std::sync::Arc::new(clock));
        let config = self.config();
        let place = Place { config: &config, options: self.options.clone(), url: &self.url };
        place.backup(file, pictures, &ids, &clock).await.map(|written| written.pictures)
    }

    async fn restores(&self, file: &Path, pictures: Option<&str>) -> Result<usize, BackupError> {
        let config = self.config();
        let place = Place { config: &config, options: self.options.clone(), url: &self.url };
        let restored = place.restore(file, true, pictures).await?;
        assert_eq!(restored.faults, []);
        Ok(restored.pictures_missing)
    }

    async fn connection(&self) -> PgConnection {
        setup::connection(&self.options).await.unwrap()
    }

    async fn has_something_aside(&self) -> bool {
        let aside = "select exists (select from pg_namespace where nspname = 'throng_set_aside')";
        sqlx::query_scalar(aside).fetch_one(&mut self.connection().await).await.unwrap()
    }
}

/// Cuts the end off the dump in a backup and sums up what is left, as if it had been written so.
fn cut_short(file: &Path) {
    let whole = std::fs::read(file).unwrap();
    let mut short = whole[..whole.len() - SUM_BYTES - 64].to_vec();
    let sum = Sha256::digest(&short);
    short.extend_from_slice(&sum);
    std::fs::write(file, short).unwrap();
}

#[tokio::test]
async fn a_restore_that_fails_midway_leaves_the_house_that_was_there() {
    let mut ground = Ground::new().await;
    ground.gains("ada").await;
    let file = ground.folder.path().join("house.backup");
    ground.backs_up(&file, None).await.unwrap();
    ground.gains("bob").await;
    let whole = std::fs::read(&file).unwrap();
    cut_short(&file);
    let failed = ground.restores(&file, None).await.unwrap_err();
    assert!(matches!(failed, BackupError::Program { program: "pg_restore", .. }), "{failed}");
    assert!(!ground.has_something_aside().await);
    assert_eq!(ground.has().await, ["ada", "bob"]);
    // The same with a sound file, so that it is the cut that made the difference.
    std::fs::write(&file, whole).unwrap();
    ground.restores(&file, None).await.unwrap();
    assert!(!ground.has_something_aside().await);
    assert_eq!(ground.has().await, ["ada"]);
}

#[tokio::test]
async fn what_an_interrupted_restore_set_aside_comes_back() {
    let mut ground = Ground::new().await;
    ground.gains("ada").await;
    // As far as a restore gets that is killed while it makes the new tables.
    restoring::set_aside(&mut ground.connection().await).await.unwrap();
    assert_eq!(ground.has().await, ["ada"], "a server that starts finds the house");
    let file = ground.folder.path().join("house.backup");
    ground.backs_up(&file, None).await.unwrap();
    ground.gains("bob").await;
    restoring::set_aside(&mut ground.connection().await).await.unwrap();
    cut_short(&file);
    assert!(ground.restores(&file, None).await.is_err());
    assert_eq!(ground.has().await, ["ada", "bob"], "a second restore does not drop what the first one set aside");
}

#[tokio::test]
async fn whoever_starts_while_a_restore_is_at_work_waits_for_its_end() {
    let mut ground = Ground::new().await;
    ground.gains("ada").await;
    let mut lock = leader::lock(&ground.options).await.unwrap().unwrap();
    restoring::set_aside(&mut lock).await.unwrap();
    let options = ground.options.clone();
    // On a thread of its own: its future holds a borrowed connection, which tasks may not take along.
    let runtime = tokio::runtime::Handle::current();
    let starting = tokio::task::spawn_blocking(move || runtime.block_on(setup::migrate(&options)));
    let waits = "select exists (select from pg_locks where locktype = 'advisory' and not granted \
                 and database = (select oid from pg_database where datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut lock).await.unwrap() {
        assert!(!starting.is_finished(), "tables were made in the middle of a restore");
        tokio::task::yield_now().await;
    }
    restoring::bring_back(&mut lock).await.unwrap();
    lock.close().await.unwrap();
    starting.await.unwrap().unwrap();
    assert_eq!(ground.has().await, ["ada"]);
}

#[tokio::test]
async fn pictures_are_copied_beside_a_backup_once_and_come_back_with_it() {
    let mut ground = Ground::new().await;
    ground.gains("ada").await;
    let names = ["a.webp", "shared/b.webp"];
    for name in names {
        ground.images().put(name, Bytes::from_static(b"webp")).await.unwrap();
    }
    let at = |name: &str| ground.folder.path().join(name);
    let aside = at("pictures").display().to_string();
    let own = ground.config().images_location();
    let on_themselves = ground.backs_up(&at("none"), Some(&own)).await;
    assert!(matches!(on_themselves, Err(BackupError::SamePictures(_))));
    assert_eq!(ground.backs_up(&at("first"), Some(&aside)).await.unwrap(), Some(2));
    ground.images().put("c.webp", Bytes::from_static(b"webp")).await.unwrap();
    assert_eq!(ground.backs_up(&at("second"), Some(&aside)).await.unwrap(), Some(1), "each is copied once");
    assert_eq!(ground.backs_up(&at("third"), None).await.unwrap(), None);

    let other = Ground::new().await;
    let nowhere = at("nowhere").display().to_string();
    assert!(matches!(other.restores(&at("first"), Some(&nowhere)).await, Err(BackupError::File { .. })));
    assert_eq!(other.restores(&at("first"), None).await.unwrap(), 2, "they are missing, and that is told");
    assert_eq!(other.restores(&at("first"), Some(&aside)).await.unwrap(), 0);
    for name in names {
        assert_eq!(other.images().get(name).await.unwrap().as_deref(), Some(&b"webp"[..]), "{name}");
    }
    assert_eq!(other.images().get("c.webp").await.unwrap(), None, "it came after the first backup");
}
