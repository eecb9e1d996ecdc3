//! `GET /sharedkeys/{id}`: a shared key, to whoever holds it.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::refusal::SharedKeyRefusal;

use super::view::{key_id, shown};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows the key.
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Error> {
    let found = app.desk.shared_key(key_id(&id)?).await?;
    Ok(ok(&shown(&found.ok_or(SharedKeyRefusal::NotFound)?)))
}
