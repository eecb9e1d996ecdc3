//! `GET /interrogate/status/{id}`: where each form stands, with what came of those that are finished.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;
use throng_api::alchemy::{FormStatus, State as Stage, Status};
use throng_api::submit::Submit;
use throng_domain::GenerationId;
use throng_domain::desk::answer::{self, AlchemyState, AlchemyStatus, FormState};

use super::super::asked::{not_found, numbered, request_id};
use crate::app::App;
use crate::error::Error;
use crate::images::links::{Permit, result_name};
use crate::wire::ok;

/// Tells how far it is, as often as anybody asks. Whoever knows the id may know.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let request = request_id(&id)?;
    match app.desk.read_numbered(move |desk, _| desk.forms(request)).await? {
        (sequence, Ok(found)) => Ok(numbered(sequence, shown(&app, &found).await?)),
        (_, Err(_)) => Err(not_found(&id)),
    }
}

/// Shows a status.
pub(super) async fn shown(app: &App, status: &AlchemyStatus) -> Result<Response, Error> {
    Ok(ok(&described(app, status).await?))
}

/// A status in the wire's words.
pub(crate) async fn described(app: &App, status: &AlchemyStatus) -> Result<Status, Error> {
    let mut forms = Vec::with_capacity(status.forms.len());
    for form in &status.forms {
        forms.push(form_shown(app, form).await?);
    }
    let state = match status.state {
        AlchemyState::Waiting => Stage::Waiting,
        AlchemyState::Processing => Stage::Processing,
        AlchemyState::Done => Stage::Done,
        AlchemyState::Faulted => Stage::Faulted,
        AlchemyState::Partial => Stage::Partial,
    };
    Ok(Status { state, forms })
}

async fn form_shown(app: &App, form: &answer::FormStatus) -> Result<FormStatus, Error> {
    let (state, result) = match &form.state {
        FormState::Waiting => (Stage::Waiting, None),
        FormState::Processing => (Stage::Processing, None),
        FormState::Done { generation, result } => (Stage::Done, Some(linked(app, *generation, Some(result)).await?)),
        FormState::Cancelled => (Stage::Cancelled, None),
        FormState::Faulted => (Stage::Faulted, None),
    };
    Ok(FormStatus { form: form.name.to_string(), state, result })
}

/// The worker's object with a link wherever it says that a picture was uploaded.
pub(crate) async fn linked(app: &App, generation: GenerationId, result: Option<&Value>) -> Result<Value, Error> {
    let mut result = result.cloned().unwrap_or_default();
    for value in result.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        if value.as_str() == Some(Submit::UPLOADED) {
            *value = Value::String(app.link(Permit::Download, &result_name(generation)).await?);
        }
    }
    Ok(result)
}
