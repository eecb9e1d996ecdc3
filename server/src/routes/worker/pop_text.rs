//! `POST /generate/text/pop`: a scribe asks for work, and gets a payload that a Kobold server takes as it is.

use axum::extract::State;
use axum::response::Response;
use throng_api::pop::Skipped;
use throng_api::pop::text::{Payload, Pop, Popped};
use throng_api::text::Params;
use throng_domain::desk::answer::Assignment;
use throng_domain::offer::{Ability, Scribe};
use throng_domain::request::Name;

use super::offer::{Common, NAME_HELP, messages, priority_users, skipped};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Gives work, or says why there is none.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::TEXT_POP, &body)?;
    call.key()?;
    validation::need(&body, "name", NAME_HELP)?;
    refuse_nul(&body)?;
    let pop: Pop = validation::typed(body)?;
    let first = priority_users(&pop.worker.priority_usernames)?;
    let owner = call.caller(&app)?.user();
    let offer = common(&pop).offer(&app, owner, call.address, first, Ability::Scribe(ability(&pop))).await?;
    let popped = app.desk.pop(offer).await?;
    let messages = messages(&popped.messages);
    match &popped.assignment {
        Some(assignment) => Ok(ok(&Popped { messages, ..work(assignment)? })),
        None => Ok(ok(&Popped::nothing(&skipped(&popped.skipped), messages))),
    }
}

fn common(pop: &Pop) -> Common<'_> {
    Common { worker: &pop.worker, terms: &pop.terms, blacklist: &[], allow_unsafe_ipaddr: true }
}

fn ability(pop: &Pop) -> Scribe {
    Scribe {
        max_length: pop.max_length,
        max_context_length: pop.max_context_length,
        softprompts: pop.softprompts.iter().map(|name| Name::from(name.as_str())).collect(),
    }
}

fn work(assignment: &Assignment) -> Result<Popped, Error> {
    let request = &assignment.request;
    let work = request.text().ok_or_else(|| Error::internal("a scribe was given a picture"))?;
    let stored: Params = serde_json::from_value((*request.payload).clone()).map_err(Error::internal)?;
    let params = Params {
        n: Some(1),
        max_length: Some(work.max_length),
        max_context_length: Some(work.max_context_length),
        ..stored
    };
    let ids: Vec<String> = assignment.generations.iter().map(ToString::to_string).collect();
    Ok(Popped {
        payload: Payload { prompt: Some(request.prompt.to_string()), params: params.published() },
        id: ids.first().cloned(),
        ids,
        messages: Vec::new(),
        ttl: Some(assignment.lease_seconds),
        extra_source_images: None,
        skipped: Skipped::new(),
        softprompt: work.softprompt.as_deref().map(str::to_owned),
        model: Some(assignment.model.to_string()),
    })
}
