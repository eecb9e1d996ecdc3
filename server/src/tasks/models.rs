//! Takes up models that were imported from a command line while this server leads. Not here: importing them (`models.rs`), reading them
//! when a server begins to lead (`desk/task.rs`).

use std::sync::Arc;
use std::time::Duration;

use super::Done;
use crate::app::App;
use crate::models::Table;
use crate::store::settings;

/// Looking costs one row, and whoever imports models wants to use them.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

pub(super) async fn run(app: App) -> Done {
    match renew(&app).await {
        Ok(done) => done,
        Err(error) => Done::failed("read the models", error),
    }
}

async fn renew(app: &App) -> Result<Done, sqlx::Error> {
    let import = settings::get(&app.pool, settings::MODELS).await?;
    if app.models.is_of(import.as_deref()) {
        return Ok(Done::Nothing);
    }
    let table = Table::read(&mut *app.pool.acquire().await?).await?;
    let known = app.models.with(&table);
    let count = known.images.len() + known.texts.len();
    // First whoever decides, then those who look at calls. A desk that is not there now is told the next time.
    if app.desk.know_models(Arc::clone(&known)).await.is_err() {
        return Ok(Done::Nothing);
    }
    app.models.set(known, table);
    Ok(Done::Did(format!("{count} models are known now")))
}
