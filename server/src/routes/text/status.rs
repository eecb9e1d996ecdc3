//! `GET /generate/text/status/{id}`: how far a text request is, with its texts. There is no check without them.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::text::{Generation, Status};
use throng_domain::Kind;
use throng_domain::desk::answer;
use throng_domain::offer::{Product, TextOutcome};

use super::super::asked::{not_found, numbered, progress, request_id};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Tells how far it is, as often as anybody asks. Whoever knows the id may know.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let request = request_id(&id)?;
    match app.desk.read_numbered(move |desk, now| desk.status(request, Kind::Text, now)).await? {
        (sequence, Ok(found)) => Ok(numbered(sequence, ok(&shown(&found)))),
        (_, Err(_)) => Err(not_found(&id)),
    }
}

/// Shows a status.
pub(crate) fn shown(status: &answer::Status) -> Status {
    let generations = status.results.iter().filter_map(|outcome| match &outcome.finished.product {
        Product::Text(product) => Some(Generation {
            text: product.text.to_string(),
            seed: product.seed,
            gen_metadata: serde_json::from_value((*product.metadata).clone()).unwrap_or_default(),
            worker_id: outcome.worker.to_string(),
            worker_name: outcome.worker_name.to_string(),
            model: outcome.model.to_string(),
            state: word(product.outcome).to_owned(),
        }),
        Product::Image(_) | Product::Form(_) => None,
    });
    Status { generations: generations.collect(), progress: progress(&status.progress) }
}

/// How a text came out, in the wire's word.
pub(crate) fn word(outcome: TextOutcome) -> &'static str {
    match outcome {
        TextOutcome::Ok => "ok",
        TextOutcome::Censored => "censored",
        TextOutcome::Csam => "csam",
    }
}
