//! `POST /filters`: what the filters say of a prompt, without asking for anything.

use axum::extract::State;
use axum::response::Response;
use throng_api::filters::{Suspicion, Test};

use super::super::rights::moderator;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::filters::normal::{normalise, split};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok};

/// Tries a prompt, for moderators.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::FILTER_TEST, &body)?;
    call.key()?;
    validation::need(&body, "prompt", "The prompt to check.")?;
    let test: Test = validation::typed(body)?;
    moderator(&app, &call).await?;
    let (positive, _) = split(&test.prompt);
    let only = test.filter_type.map(|filter_type| i16::try_from(filter_type).unwrap_or(i16::MAX));
    let findings = app.filters.rules().look(positive, &normalise(positive), only);
    Ok(ok(&Suspicion { suspicion: findings.suspicion.to_string(), matches: findings.matches }))
}
