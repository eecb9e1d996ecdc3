//! The filters in force, compiled, in memory: read from the table at start, after every change, and every few seconds, so that what a
//! command line changed takes effect too. An empty table is as good as any: the last filter of a type that goes takes its effect along.
//! Not here: the table (`store/filters.rs`), who may change it (`routes/filters`).

pub mod adult;
pub mod normal;
pub mod rules;
pub mod verdict;

use std::sync::{Arc, PoisonError, RwLock};

use sqlx::PgPool;

pub use self::rules::{Line, Ruleset};
use crate::store::filters;

/// Why the filters could not be taken up; those in force stay.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The table could not be read.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A row is no pattern of ours, so it was not written by this program.
    #[error("the filters cannot be compiled: {0}")]
    Pattern(#[from] rules::PatternError),
}

/// The filters in force. Cheap to clone: all clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Filters(Arc<RwLock<Arc<Ruleset>>>);

impl Filters {
    /// Tells the filters in force.
    pub fn rules(&self) -> Arc<Ruleset> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up what the table holds now.
    pub async fn load(&self, pool: &PgPool) -> Result<(), LoadError> {
        let lines = filters::lines(pool).await?;
        if self.rules().is_of(&lines) {
            return Ok(());
        }
        let rules = compiled(lines).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        Ok(())
    }
}

/// Compiles filters away from the threads that answer calls: thousands of patterns take their time.
pub async fn compiled(lines: Vec<Line>) -> Result<Ruleset, rules::PatternError> {
    let compile = tokio::task::spawn_blocking(move || Ruleset::of(lines));
    compile.await.unwrap_or_else(|_| Err(rules::PatternError::Refused("compiling it failed".to_owned())))
}
