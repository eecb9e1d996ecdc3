//! `GET /generate/check/{id}`: how far an image request is, without its images.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::{ClientAgent, ReturnCode};
use throng_domain::Kind;

use super::super::asked::{not_found, numbered, progress, request_id};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Tells how far it is. Whoever knows the id may know, but not from an address in a timeout without a name.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    if call.agent == ClientAgent::UNKNOWN && app.gate(call.origin).is_err() {
        return Err(Error::refused(ReturnCode::Forbidden));
    }
    let request = request_id(&id)?;
    match app.desk.read_numbered(move |desk, now| desk.check(request, Kind::Image, now)).await? {
        (sequence, Ok(found)) => Ok(numbered(sequence, ok(&progress(&found)))),
        (_, Err(_)) => Err(not_found(&id)),
    }
}
