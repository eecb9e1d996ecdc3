//! `GET /status/news`: what is new, newest first.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::documents::news;
use crate::error::Error;
use crate::wire::ok;

/// Lists the news.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    Ok(ok(&news::all(&app.pool).await.map_err(Error::internal)?))
}
