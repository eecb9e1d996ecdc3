//! What the house thinks of addresses: which are in a timeout, and which hide who is behind them. Networks are in
//! `addresses/network.rs`, timeouts in `addresses/timeouts.rs`, the judgement with its cache in `addresses/safety.rs`, the service that is
//! asked in `addresses/checker.rs`, from where many calls are welcome in `addresses/listed.rs`. Not here: what follows for a worker (the
//! desk) or a requester (the routes).

pub mod checker;
pub mod listed;
pub mod network;
pub mod safety;
pub mod services;
pub mod timeouts;

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use throng_api::ReturnCode as Rc;
use throng_domain::desk::moderation::ModeratorAct;
use throng_domain::offer::Address;

use self::checker::{Checker, CheckerError, HttpChecker};
use self::listed::Listed;
use self::network::Network;
use self::safety::Safety;
use self::services::Services;
use self::timeouts::Timeouts;
use crate::app::App;
use crate::config::Config;
use crate::error::Error;
use crate::store::{moderator_acts, timeouts as store};

/// A timeout longer than this is told without its length, as the AI Horde does.
const TOLD_SECONDS_MAX: i64 = 4 * 24 * 3600;

/// What is known of addresses. Cheap to clone: all of it is shared.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Which are in a timeout.
    pub timeouts: Timeouts,
    /// Which hide who is behind them.
    pub safety: Safety,
    /// From which many calls are welcome.
    pub listed: Listed,
    /// Through which services corrupt prompts came.
    pub services: Services,
}

impl Addresses {
    /// Begins with what the operator set and what the table holds.
    pub async fn open(config: &Config, pool: &PgPool) -> Result<Self, OpenError> {
        let checker: Option<Arc<dyn Checker>> = match &config.ip_checker {
            Some(template) => Some(Arc::new(HttpChecker::new(template)?)),
            None => None,
        };
        let addresses = Self {
            timeouts: Timeouts::default(),
            safety: Safety::new(checker, config.ip_unknown, config.safe_ranges.clone()),
            listed: Listed::new(config.many_calls_from.clone()),
            services: Services::default(),
        };
        addresses.timeouts.fill(store::all(pool).await?, addresses.timeouts.changes());
        Ok(addresses)
    }
}

/// Why the house cannot look at addresses.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operator's template is no good.
    #[error(transparent)]
    Checker(#[from] CheckerError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl App {
    /// Refuses an address that is in a timeout.
    pub fn gate(&self, address: IpAddr) -> Result<(), Error> {
        match self.addresses.timeouts.seconds_left(address, self.clock.now()) {
            Some(seconds) => Err(timed_out(seconds)),
            None => Ok(()),
        }
    }

    /// Whether an address hides nobody, as far as the operator wants to know.
    pub async fn is_safe(&self, address: IpAddr) -> bool {
        self.addresses.safety.judge(address, self.clock.now()).await == Address::Safe
    }

    /// Puts a network into a timeout: in the table first, with the act of whoever does it, then here.
    pub async fn block(&self, network: Network, ends: DateTime<Utc>, act: &ModeratorAct) -> Result<(), Error> {
        let timeout = self.addresses.timeouts.renewed(network, ends);
        let mut transaction = self.pool.begin().await.map_err(Error::internal)?;
        store::save(&mut transaction, &timeout).await.map_err(Error::internal)?;
        moderator_acts::note(&mut transaction, [act]).await.map_err(Error::internal)?;
        transaction.commit().await.map_err(Error::internal)?;
        self.addresses.timeouts.set(timeout);
        Ok(())
    }

    /// Ends a network's timeout, and forgets what led to it.
    pub async fn unblock(&self, network: Network, act: &ModeratorAct) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await.map_err(Error::internal)?;
        store::delete(&mut transaction, network).await.map_err(Error::internal)?;
        moderator_acts::note(&mut transaction, [act]).await.map_err(Error::internal)?;
        transaction.commit().await.map_err(Error::internal)?;
        self.addresses.timeouts.remove(network);
        Ok(())
    }

    /// Punishes the address that a corrupt prompt came from: each time for longer.
    pub async fn punish(&self, address: IpAddr) -> Result<(), Error> {
        let timeout = self.addresses.timeouts.punished(address, self.clock.now());
        let mut connection = self.pool.acquire().await.map_err(Error::internal)?;
        store::save(&mut connection, &timeout).await.map_err(Error::internal)?;
        self.addresses.timeouts.set(timeout);
        Ok(())
    }
}

/// The refusal of an address in a timeout.
pub fn timed_out(seconds: i64) -> Error {
    let sentence = if seconds <= TOLD_SECONDS_MAX {
        format!("Due to abuse prevention, your address has been put into timeout for {seconds} more seconds.")
    } else {
        "Due to abuse prevention, your address has been put into timeout. Please ask the house why.".to_owned()
    };
    Error::refused_with(Rc::TimeoutIP, sentence)
}
