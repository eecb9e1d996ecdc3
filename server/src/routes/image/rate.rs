//! `POST /generate/rate/{id}`: rates the pictures of a shared request. No key is asked for: whoever knows the id may, and its requester
//! is rewarded.

use std::net::IpAddr;

use axum::extract::{Path, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use throng_api::ratings::{AestheticRating, Aesthetics};
use throng_api::submit::Submitted;
use throng_domain::GenerationId;
use throng_domain::rating::{Opinion, Rating};
use throng_domain::refusal::RatingRefusal;
use throng_domain::request::Name;
use uuid::Uuid;

use super::super::asked::{not_found, number, request_id};
use crate::addresses::network::Network;
use crate::app::App;
use crate::auth::Call;
use crate::desk::DeskError;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok};

/// Keeps the marks of places apart from every other use of the secret.
const PLACE: &str = "place-of-rating";
/// Bytes of such a mark: places do not collide by chance, and nobody needs more.
const PLACE_BYTES: usize = 16;

/// Takes an opinion in, once, and tells the reward.
pub async fn post(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::RATING, &body)?;
    let said: Aesthetics = validation::typed(body)?;
    let opinion = Opinion {
        ratings: said.ratings.iter().map(rating).collect(),
        best: said.best.as_deref().map(generation),
        client_agent: call.agent.as_str().into(),
        place: place(&app, call.origin),
    };
    match app.desk.rate(request_id(&id)?, opinion).await {
        Ok(reward) => Ok(ok(&Submitted { reward: number(reward) })),
        Err(DeskError::Refused(RatingRefusal::NotFound)) => Err(not_found(&id)),
        Err(other) => Err(other.into()),
    }
}

fn rating(said: &AestheticRating) -> Rating {
    Rating { generation: generation(&said.id), rating: said.rating, artifacts: said.artifacts }
}

/// Reads a picture's id. What is no id names no picture of any request.
fn generation(id: &str) -> GenerationId {
    GenerationId(Uuid::try_parse(id).unwrap_or_default())
}

/// Marks where an opinion comes from, so that many from one place can be told without anybody knowing which place it is.
fn place(app: &App, address: IpAddr) -> Name {
    let signed = app.secret.sign(PLACE, Network::of_holder(address).to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(&signed[..PLACE_BYTES]).into()
}
