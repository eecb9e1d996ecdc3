//! `GET /status/modes`: which modes are on. None can be switched on yet, so none is.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode;
use throng_api::status::Modes;

use crate::app::App;
use crate::auth::{Call, recognise};
use crate::error::Error;
use crate::wire::ok;

/// Tells them; with a key, to moderators alone, because they see more.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    let mut modes = Modes { invite_only_mode: false, ..Modes::default() };
    if let Some(key) = call.key_if_any() {
        let caller = recognise(&app, key).ok_or_else(|| Error::refused(ReturnCode::InvalidAPIKey))?;
        let view = app.desk.user(caller.user()).await?;
        if !view.is_some_and(|view| view.record.roles.moderator) {
            return Err(Error::refused(ReturnCode::NotModerator));
        }
        modes.raid_mode = Some(false);
    }
    Ok(ok(&modes))
}
