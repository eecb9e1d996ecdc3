//! `GET /teams`: all teams.

use axum::extract::State;
use axum::response::Response;

use super::view::shown;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Lists them in the order they were founded.
pub async fn get(State(app): State<App>) -> Result<Response, Error> {
    Ok(ok(&app.desk.teams().await?.iter().map(shown).collect::<Vec<_>>()))
}
