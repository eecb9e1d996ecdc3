//! `GET /users/{id}`: one user, by number.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::Desk;

use super::super::rights::{authority, no_user, user_id};
use super::super::styles::of_users;
use super::view::{Sight, shown, shown_to_moderators};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Shows the user; with the user's own key more of it, and with a moderator's all.
pub async fn get(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let user = user_id(&id)?;
    let viewer = match call.key_if_any() {
        Some(_) => Some(authority(&app, &call).await?),
        None => None,
    };
    let secret = app.secret.clone();
    let look = move |desk: &Desk, now| {
        let view = desk.user(user)?;
        let is_moderator = |id| desk.user(id).is_some_and(|view| view.record.roles.moderator);
        Some(match viewer {
            Some(by) if by.admin || is_moderator(by.caller) => (shown_to_moderators(&view, &secret, now), true),
            Some(by) if by.caller == user => (shown(&view, Sight::Own, now), true),
            _ => (shown(&view, Sight::Public, now), false),
        })
    };
    let found = app.desk.read_at(look).await?;
    let (mut found, sees_all) = found.ok_or_else(no_user)?;
    of_users::fill(&app, std::slice::from_mut(&mut found), sees_all).await?;
    Ok(ok(&found))
}
