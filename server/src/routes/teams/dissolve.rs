//! `DELETE /teams/{id}`: its founder or a moderator dissolves a team. Its workers go on without one.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::teams::DeletedTeam;

use super::team_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Dissolves it.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let caller = call.caller(&app)?.user();
    let team = app.desk.dissolve_team(caller, team_id(&id)?).await?;
    Ok(ok(&DeletedTeam { deleted_id: team.id.to_string(), deleted_name: team.name.to_string() }))
}
