//! `POST /interrogate/pop`: an alchemist asks for work, and gets forms, each with its picture and, if it makes one, where to put it.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::pop::alchemy::{Pop, Popped, PoppedForm};
use throng_api::pop::{Skipped, Terms};
use throng_domain::alchemy::{USUAL_FORM, makes_picture};
use throng_domain::desk::answer::FormAssignment;
use throng_domain::limits::FORMS_PER_POP_MAX;
use throng_domain::offer::{Ability, Alchemist};

use super::offer::{Common, NAME_HELP, priority_users, skipped};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::images::links::{Permit, result_name};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Characters of a form's name: longer ones are none, and are not kept.
const FORM_CHARS_MAX: usize = 30;

/// Gives work, or says why there is none.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::alchemy::ALCHEMY_POP, &body)?;
    call.key()?;
    validation::need(&body, "name", NAME_HELP)?;
    refuse_nul(&body)?;
    let pop: Pop = validation::typed(body)?;
    let first = priority_users(&pop.worker.priority_usernames).map_err(as_bad_request)?;
    let owner = call.caller(&app)?.user();
    let terms = terms(&pop);
    let common = Common { worker: &pop.worker, terms: &terms, blacklist: &[], allow_unsafe_ipaddr: true };
    let ability = Ability::Alchemist(Alchemist { max_tiles: pop.max_tiles });
    let offer = common.offer(&app, owner, call.address, first, ability).await?;
    let popped = app.desk.pop(offer).await?;
    if popped.forms.is_empty() {
        return Ok(ok(&Popped::nothing(&skipped(&popped.skipped))));
    }
    let mut forms = Vec::with_capacity(popped.forms.len());
    for form in &popped.forms {
        forms.push(handed(&app, form).await?);
    }
    Ok(ok(&Popped { forms: Some(forms), skipped: Skipped::new() }))
}

/// The wire has another code for this mistake here than for other workers.
fn as_bad_request(error: Error) -> Error {
    match error {
        Error::Refused(Rc::InvalidPriorityUsername, message) => Error::Refused(Rc::BadRequest, message),
        other => other,
    }
}

fn forms(pop: &Pop) -> Vec<String> {
    if pop.forms.is_empty() {
        return vec![USUAL_FORM.to_owned()];
    }
    pop.forms.iter().filter(|form| form.chars().count() <= FORM_CHARS_MAX).cloned().collect()
}

/// What the others are asked and an alchemist is not: its forms stand where they have models.
fn terms(pop: &Pop) -> Terms {
    Terms {
        nsfw: false,
        models: forms(pop),
        amount: u32::try_from(pop.amount.clamp(1, i64::from(FORMS_PER_POP_MAX))).unwrap_or(1),
        ..Terms::default()
    }
}

/// One form on its way out.
async fn handed(app: &App, assignment: &FormAssignment) -> Result<PoppedForm, Error> {
    let work = assignment.request.alchemy().ok_or_else(|| Error::internal("an alchemist was given no alchemy"))?;
    let form = work.form(assignment.slot).ok_or_else(|| Error::internal("an alchemist was given no form"))?;
    let payload = form.payload.as_ref().and_then(|payload| serde_json::from_value((**payload).clone()).ok());
    let r2_upload = if makes_picture(&form.name) {
        Some(app.link(Permit::Upload, &result_name(assignment.generation)).await?)
    } else {
        None
    };
    Ok(PoppedForm {
        id: assignment.generation.to_string(),
        form: form.name.to_string(),
        payload,
        source_image: app.link(Permit::Download, &work.source).await?,
        r2_upload,
    })
}
