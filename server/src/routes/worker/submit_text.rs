//! `POST /generate/text/submit`: a scribe hands a text in, or says that it failed.

use axum::extract::State;
use axum::response::Response;
use throng_api::submit::{Metadata, State as Outcome, Submit};
use throng_domain::Kind;
use throng_domain::offer::{Product, TextOutcome, TextProduct};

use super::submit_image::{GENERATION_HELP, Handed, generation, remarks, without_nul};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::JsonBody;

/// Takes a text in and pays for it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::TEXT_SUBMIT, &body)?;
    call.key()?;
    validation::need(&body, "generation", GENERATION_HELP)?;
    let mut submit: Submit = validation::typed(body)?;
    let handed = Handed { app: &app, generation: generation(&submit.id)?, id: &submit.id };
    let caller = handed.caller(&call).await?;
    let outcome = match submit.state {
        Outcome::Faulted => return handed.fault(caller, Kind::Text).await,
        Outcome::Ok => TextOutcome::Ok,
        Outcome::Censored => TextOutcome::Censored,
        Outcome::Csam => TextOutcome::Csam,
    };
    if outcome == TextOutcome::Csam && !submit.gen_metadata.iter().any(|entry| entry.value == Metadata::CSAM) {
        let entry =
            Metadata { kind: Metadata::CENSORSHIP.to_owned(), value: Metadata::CSAM.to_owned(), reference: None };
        submit.gen_metadata.push(entry);
    }
    let product = TextProduct {
        text: without_nul(&submit.generation).into(),
        seed: submit.seed.unwrap_or_default(),
        metadata: remarks(&submit.gen_metadata)?,
        outcome,
    };
    handed.settle(caller, Product::Text(product)).await
}
