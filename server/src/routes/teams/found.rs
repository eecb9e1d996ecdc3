//! `POST /teams`: a trusted user founds a team.

use axum::extract::State;
use axum::response::Response;
use throng_api::teams::{NewTeam, TeamModified};
use throng_domain::desk::answer;

use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::texts::said;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Founds it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::fleet::CREATE_TEAM, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let new: NewTeam = validation::typed(body)?;
    let caller = call.caller(&app)?.user();
    let new = answer::NewTeam { name: said(&new.name), info: new.info.as_deref().map(said) };
    let team = app.desk.found_team(caller, new).await?;
    Ok(ok(&TeamModified {
        id: team.id.to_string(),
        name: Some(team.name.to_string()),
        info: team.info.as_deref().map(str::to_owned),
    }))
}
