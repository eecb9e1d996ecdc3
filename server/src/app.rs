//! [`App`]: what every handler and every background task is handed; and how it is put together at start and taken apart at stop.
//! Not here: reading the command line (`main.rs`) and the table of routes (`routes.rs`).

use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Ids};
use crate::config::Config;
use crate::desk::{DeskHandle, DeskTask};
use crate::images::Images;
use crate::secret::Secret;
use crate::{desk, store, tasks};

/// Everything a handler may use. Cheap to clone: all of it is shared.
#[derive(Debug, Clone)]
pub struct App {
    /// The hot state: requests, leases, workers, balances. Acts and reads go through it.
    pub desk: DeskHandle,
    /// The database, for cold things, through `store` alone.
    pub pool: PgPool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids, keys, seeds.
    pub ids: Arc<Ids>,
    /// Pictures: signed uploads and downloads.
    pub images: Images,
    /// Hashes keys, signs links.
    pub secret: Secret,
    /// What the operator set.
    pub config: Arc<Config>,
    /// Cancelled when the server begins to stop: long polls answer at once.
    pub stopping: CancellationToken,
}
