//! `PUT /workers/{id}`: its owner or a moderator changes a worker.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::workers::{ModifyWorker, WorkerModified};
use throng_domain::TeamId;
use throng_domain::desk::answer::{TeamChoice, WorkerEdit, WorkerEdited};
use throng_domain::limits::WORKER_NAME_CHARS_MAX;
use uuid::Uuid;

use super::super::acts::asked;
use super::worker_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::texts::{clean, said};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// What the wire says of a worker without a team.
const NO_TEAM: &str = "None";

/// Changes it.
pub async fn put(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::fleet::MODIFY_WORKER, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let modify: ModifyWorker = validation::typed(body)?;
    let caller = call.caller(&app)?.user();
    let edited = app.desk.edit_worker(caller, worker_id(&id)?, edit(&modify)?, asked(&modify)?).await?;
    Ok(ok(&modified(edited)))
}

fn edit(modify: &ModifyWorker) -> Result<WorkerEdit, Error> {
    let name = modify.name.as_deref().map(said);
    // What is made harmless may have grown longer.
    if name.as_ref().is_some_and(|name| name.text.chars().count() > WORKER_NAME_CHARS_MAX) {
        return Err(Error::refused(Rc::TooLongWorkerName));
    }
    let team = |text: &str| match text {
        "" => TeamChoice::Leave,
        text => Uuid::try_parse(text).map_or(TeamChoice::Unknown, |id| TeamChoice::Join(TeamId(id))),
    };
    Ok(WorkerEdit {
        maintenance: modify.maintenance,
        maintenance_message: modify.maintenance_msg.as_deref().map(|message| clean(message).into()),
        paused: modify.paused,
        info: modify.info.as_deref().map(said),
        name,
        team: modify.team.as_deref().map(team),
    })
}

fn modified(edited: WorkerEdited) -> WorkerModified {
    WorkerModified {
        maintenance: edited.maintenance,
        paused: edited.paused,
        info: edited.info.as_deref().map(str::to_owned),
        name: edited.name.as_deref().map(str::to_owned),
        team: edited.team.map(|team| if team.is_empty() { NO_TEAM.to_owned() } else { team.to_string() }),
    }
}
