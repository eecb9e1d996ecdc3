//! `GET /find_user`: whom a key belongs to. Carries no `message`: some clients take that for failure.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode;

use super::super::styles::of_users;
use super::view::{Sight, shown};
use crate::app::App;
use crate::auth::{Call, recognise};
use crate::error::Error;
use crate::wire::ok;

/// Shows the owner of the key.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    let not_found = || Error::refused_with(ReturnCode::UserNotFound, "No user found with this API key.");
    let key = call.key_if_any().ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))?;
    let user = recognise(&app, key).ok_or_else(not_found)?.user();
    let found = app.desk.read_at(move |desk, now| desk.user(user).map(|view| shown(&view, Sight::Own, now))).await?;
    let mut found = found.ok_or_else(not_found)?;
    of_users::fill(&app, std::slice::from_mut(&mut found), true).await?;
    Ok(ok(&found))
}
