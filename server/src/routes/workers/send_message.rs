//! `POST /workers/messages`: an owner says something to a worker, or a moderator to any or all.

use axum::extract::State;
use axum::response::Response;
use throng_api::messages::NewWorkerMessage;
use throng_domain::Span;
use throng_domain::desk::answer::NewMessage;

use super::messages::shown;
use super::worker_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Minutes in an hour.
const MINUTES: i64 = 60;

/// Sends it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::fleet::WORKER_MESSAGE, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let said: NewWorkerMessage = validation::typed(body)?;
    let caller = call.caller(&app)?.user();
    let new = NewMessage {
        worker: said.worker_id.as_deref().map(worker_id).transpose()?,
        text: said.message.into(),
        origin: said.origin.map(Into::into),
        life: said.expiry.map(|hours| Span::minutes(i64::from(hours) * MINUTES)),
    };
    let sent = app.desk.send_message(caller, new).await?;
    Ok(ok(&shown(&sent)))
}
