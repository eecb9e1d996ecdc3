//! `PATCH /teams/{id}`: its founder or a moderator changes a team.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::teams::{ModifyTeam, TeamModified};
use throng_domain::desk::answer::TeamEdit;

use super::super::acts::asked;
use super::team_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::texts::said;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Changes it.
pub async fn patch(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::fleet::MODIFY_TEAM, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let modify: ModifyTeam = validation::typed(body)?;
    let caller = call.caller(&app)?.user();
    let edit = TeamEdit { name: modify.name.as_deref().map(said), info: modify.info.as_deref().map(said) };
    let edited = app.desk.edit_team(caller, team_id(&id)?, edit, asked(&modify)?).await?;
    Ok(ok(&TeamModified {
        id: edited.id.to_string(),
        name: edited.name.as_deref().map(str::to_owned),
        info: edited.info.as_deref().map(str::to_owned),
    }))
}
