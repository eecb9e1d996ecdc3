//! `GET /users/{id}`: one user, by number.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode;
use throng_domain::UserId;

use super::super::styles::of_users;
use super::view::{Sight, shown};
use crate::app::App;
use crate::auth::{Call, recognise};
use crate::error::Error;
use crate::wire::ok;

/// Shows the user; with the user's own key, more of it.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let not_found = || Error::refused_with(ReturnCode::UserNotFound, "User with that ID not found.");
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_found());
    }
    let user = UserId(id.parse().map_err(|_| not_found())?);
    let viewer = match call.key_if_any() {
        Some(key) => Some(recognise(&app, key).ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))?.user()),
        None => None,
    };
    let sight = if viewer == Some(user) { Sight::Own } else { Sight::Public };
    let found = app.desk.read_at(move |desk, now| desk.user(user).map(|view| shown(&view, sight, now))).await?;
    let mut found = found.ok_or_else(not_found)?;
    of_users::fill(&app, std::slice::from_mut(&mut found), sight != Sight::Public).await?;
    Ok(ok(&found))
}
