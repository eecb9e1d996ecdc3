//! Takes up filters that were changed behind this server's back: by a command line, or by the server that led before.

use std::time::Duration;

use crate::app::App;

/// Reading a small table costs little, and whoever changed it looks at once whether it helps.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

pub(super) async fn run(app: App) {
    if let Err(error) = app.filters.load(&app.pool).await {
        tracing::error!(%error, "the filters stay as they are");
    }
}
