//! Logs: who writes them, and how. Not here: what is worth a line (where it happens).

use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Starts logging to standard error, as much as `RUST_LOG` says, or else what an operator wants to see.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start, in tests, is no reason to stop.
    let _ = if config.log_json { builder.json().try_init() } else { builder.try_init() };
}
