//! `GET /teams/{id}`: one team. No key is needed; one that is sent must be a moderator's, as at the AI Horde.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;

use super::super::rights::moderator;
use super::team_id;
use super::view::shown;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Shows it.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let team = team_id(&id)?;
    if call.key_if_any().is_some() {
        moderator(&app, &call).await?;
    }
    let found = app.desk.team(team).await?;
    Ok(ok(&shown(&found.ok_or_else(|| Error::refused(ReturnCode::TeamNotFound))?)))
}
