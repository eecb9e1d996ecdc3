//! [`App`]: what every handler and every background task is handed; and how it is put together at start and taken apart at stop.
//! Not here: reading the command line (`main.rs`) and the table of routes (`routes.rs`).

use std::sync::Arc;

use sqlx::PgPool;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgConnectOptions;
use throng_domain::desk::Settings;
use throng_domain::desk::restore::KeyHash;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::addresses::{Addresses, OpenError};
use crate::board::Board;
use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::desk::{DeskHandle, DeskTask};
use crate::filters::{Filters, LoadError};
use crate::front::Front;
use crate::images::Images;
use crate::keys::KeyRing;
use crate::leader::Claim;
use crate::models::KnownModels;
use crate::secret::{Secret, SecretError};
use crate::store::{settings, setup};
use crate::tasks;
use crate::watching::{Watching, push};
use crate::weights::Weights;

/// The key that everyone without one of their own uses, as the wire knows it.
pub const ANONYMOUS_KEY: &str = "0000000000";

/// The setting that tells whether this secret is the one the stored keys were hashed with.
const SECRET_CHECK: &str = "secret_check";

/// Everything a handler may use. Cheap to clone: all of it is shared.
#[derive(Debug, Clone)]
pub struct App {
    /// The hot state: requests, leases, workers, balances. Acts and reads go through it.
    pub desk: DeskHandle,
    /// Whose key is it.
    pub keys: KeyRing,
    /// What of the desk many calls need to know.
    pub board: Board,
    /// What is known of models.
    pub models: KnownModels,
    /// The filters in force.
    pub filters: Filters,
    /// The database, for cold things, through `store` alone.
    pub pool: PgPool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids, keys, seeds.
    pub ids: Arc<Ids>,
    /// Which addresses are in a timeout, and which hide who is behind them.
    pub addresses: Addresses,
    /// Pictures: signed uploads and downloads.
    pub images: Images,
    /// The models that tabs may load.
    pub weights: Weights,
    /// Hashes keys, signs links.
    pub secret: Secret,
    /// The way to the leader while it is another server.
    pub front: Front,
    /// Whoever watches requests, or waits for work.
    pub watching: Watching,
    /// What the operator set.
    pub config: Arc<Config>,
    /// Cancelled when the server begins to stop: long polls answer at once.
    pub stopping: CancellationToken,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The tables could not be brought up to date.
    #[error("cannot bring the tables up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// There is no usable secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret is not the one the stored keys were hashed with.
    #[error(
        "the secret in {} is not the one this database was begun with, so no stored key would be recognised: put the right file there",
        .0.display()
    )]
    OtherSecret(std::path::PathBuf),
    /// There is a database, but not its secret.
    #[error(
        "there is no secret in {}, but this database was begun with one: copy it from the server that has it, or name it with --secret-file",
        .0.display()
    )]
    NoSecret(std::path::PathBuf),
    /// Nothing can be forwarded.
    #[error("no client could be made to reach other servers with: {0}")]
    Front(reqwest::Error),
    /// Nothing can be told to the edge.
    #[error("no client could be made to tell the edge with: {0}")]
    Edge(reqwest::Error),
    /// Addresses cannot be looked at.
    #[error(transparent)]
    Addresses(#[from] OpenError),
    /// The filters cannot be used.
    #[error(transparent)]
    Filters(#[from] LoadError),
    /// The store of pictures cannot be used.
    #[error("cannot use the store of pictures: {0}")]
    Images(String),
    /// The data folder cannot be used.
    #[error("cannot use the data folder {}: {source}", path.display())]
    Data {
        /// Which folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What runs behind an [`App`] and has to be stopped in order.
#[derive(Debug)]
pub struct House {
    app: App,
    desk: JoinHandle<()>,
    desk_stop: CancellationToken,
    household: TaskTracker,
}

impl App {
    /// Starts everything behind the routes: tables, desk, household. Returns before this server leads: see [`DeskHandle::ready`].
    pub async fn start(
        config: Config,
        options: PgConnectOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<Ids>,
        settings: Settings,
    ) -> Result<(Self, House), StartError> {
        let (app, house) = Self::open(config, options, clock, ids, settings).await?;
        tasks::start(&app, &house.household);
        if let Some(edge) = app.config.edge_url.clone() {
            house.household.spawn(push::run(app.clone(), push::client().map_err(StartError::Edge)?, edge));
        }
        match app.config.tab_models_dir() {
            // Large models take minutes to hash: nobody waits for that.
            Some(models) => {
                let (weights, stopping) = (app.weights.clone(), app.stopping.clone());
                house.household.spawn_blocking(move || weights.fill(&models, &stopping));
            }
            None => app.weights.stay_empty(),
        }
        house.household.close();
        Ok((app, house))
    }

    /// Starts the same without the household: nothing happens because time passes.
    pub(crate) async fn open(
        config: Config,
        options: PgConnectOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<Ids>,
        settings: Settings,
    ) -> Result<(Self, House), StartError> {
        let data = config.data_dir();
        std::fs::create_dir_all(&data).map_err(|source| StartError::Data { path: data.clone(), source })?;
        setup::migrate(&options).await?;
        let pool = setup::pool(options.clone(), config.pool_connections).await?;
        let secret = open_secret(&config.secret_file(), &pool, &ids, &*clock).await?;
        let images = Images::open(&config).map_err(|error| StartError::Images(error.to_string()))?;
        let addresses = Addresses::open(&config, &pool).await?;
        let filters = Filters::default();
        filters.load(&pool).await?;
        let (keys, board, desk_stop) = (KeyRing::default(), Board::default(), CancellationToken::new());
        let watching = Watching::new(config.edge_url.is_some());
        let models = KnownModels::new(Arc::clone(&settings.models));
        let (leader, sight) = watch::channel(String::new());
        let front = Front::new(sight, secret.clone()).map_err(StartError::Front)?;
        let task = DeskTask {
            options,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            keys: keys.clone(),
            board: board.clone(),
            models: models.clone(),
            watching: watching.clone(),
            anonymous_key: KeyHash(secret.key_hash(ANONYMOUS_KEY)),
            settings,
            claim: Claim { holder: holder(&config), address: config.peer_url() },
            leader,
            stop: desk_stop.clone(),
        };
        let (handle, desk) = task.start();
        let stopping = CancellationToken::new();
        let config = Arc::new(config);
        let app = Self {
            desk: handle,
            keys,
            board,
            models,
            filters,
            pool,
            clock,
            ids,
            addresses,
            images,
            weights: Weights::default(),
            secret,
            front,
            watching,
            config,
            stopping,
        };
        let household = TaskTracker::new();
        Ok((app.clone(), House { app, desk, desk_stop, household }))
    }
}

/// Opens the secret and makes sure that it belongs to this database: another one would lock every user out.
pub async fn open_secret(
    path: &std::path::Path,
    pool: &PgPool,
    ids: &Ids,
    clock: &dyn Clock,
) -> Result<Secret, StartError> {
    use base64::Engine as _;
    // A second server with a folder of its own would otherwise make up a secret that opens nothing.
    if !path.exists() && settings::get(pool, SECRET_CHECK).await?.is_some() {
        return Err(StartError::NoSecret(path.to_owned()));
    }
    let secret = Secret::open(path, ids)?;
    let check = base64::engine::general_purpose::STANDARD.encode(secret.sign(SECRET_CHECK, b""));
    let stored = settings::get_or_set(pool, SECRET_CHECK, &check, clock.now()).await?;
    if stored == check { Ok(secret) } else { Err(StartError::OtherSecret(path.to_owned())) }
}

/// Says who leads, for people who look into the database.
fn holder(config: &Config) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("process {} on {}, listening on {}", std::process::id(), host.trim(), config.listen)
}

impl House {
    /// Waits until the desk has stopped by itself: a bug, after which the process must not go on.
    pub async fn desk_ended(&mut self) {
        let _ = (&mut self.desk).await;
    }

    /// Stops in order: no more errands, everything applied is written, the lead is given back, connections are closed.
    pub async fn stop(self) {
        self.app.stopping.cancel();
        self.household.close();
        self.household.wait().await;
        self.desk_stop.cancel();
        self.app.desk.stopped().await;
        if !self.desk.is_finished() && self.desk.await.is_err() {
            tracing::error!("the desk ended abruptly");
        }
        self.app.pool.close().await;
    }
}
