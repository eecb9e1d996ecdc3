//! Takes up filters that were changed behind this server's back: by a command line, or by the server that led before.

use std::time::Duration;

use super::Done;
use crate::app::App;

/// Reading a small table costs little, and whoever changed it looks at once whether it helps.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

pub(super) async fn run(app: App) -> Done {
    match app.filters.load(&app.pool).await {
        Ok(()) => Done::Nothing,
        // Those in force stay.
        Err(error) => Done::failed("read the filters", error),
    }
}
