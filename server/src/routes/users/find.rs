//! `GET /find_user`: whom a key belongs to. Carries no `message`: some clients take that for failure.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode;
use throng_api::users::UserDetails;
use throng_domain::{Desk, SharedKeyId, Timestamp};

use super::super::asked::number;
use super::super::styles::of_users;
use super::view::{Sight, shown};
use crate::app::App;
use crate::auth::{Call, recognise, shared_key_id};
use crate::error::Error;
use crate::wire::ok;

/// Shows the owner of the key.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    let not_found = || Error::refused_with(ReturnCode::UserNotFound, "No user found with this API key.");
    let key = call.key_if_any().ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))?;
    if let Some(id) = shared_key_id(key) {
        let found = app.desk.read_at(move |desk, now| of_shared_key(desk, id, now)).await?;
        return Ok(ok(&found.ok_or_else(not_found)?));
    }
    let user = recognise(&app, key).ok_or_else(not_found)?.user();
    let extensions = call.extensions;
    let found = app.desk.read_at(move |desk, now| {
        let view = desk.user(user)?;
        // At the AI Horde only moderators see what is held back; here its owner does, who asks for it.
        let evaluating_kudos = extensions.then(|| number(view.escrow));
        Some(UserDetails { evaluating_kudos, ..shown(&view, Sight::Own, now) })
    });
    let mut found = found.await?.ok_or_else(not_found)?;
    of_users::fill(&app, std::slice::from_mut(&mut found), true).await?;
    Ok(ok(&found))
}

/// Shows the owner of a shared key as everybody sees it, with the key's name.
fn of_shared_key(desk: &Desk, id: SharedKeyId, now: Timestamp) -> Option<UserDetails> {
    let key = desk.shared_key(id)?.record;
    let mut details = shown(&desk.user(key.owner)?, Sight::Public, now);
    details.username += &key.name.as_ref().map_or(" (Shared Key)".to_owned(), |name| format!(" (Shared Key: {name})"));
    Some(details)
}
