//! `GET /status/modes`: which modes are on. `PUT /status/modes`: switches them, at once and for every caller.

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::status::Modes;
use throng_domain::Desk;
use throng_domain::desk::modes::{self, ModesChange};

use super::super::rights::{is_admin, known, moderator};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, Rule};
use crate::wire::{JsonBody, ok};

/// Tells them; with a key, to moderators alone, because they see more.
pub async fn get(State(app): State<App>, call: Call) -> Result<Response, Error> {
    let sees_more = call.key_if_any().is_some();
    if sees_more {
        moderator(&app, &call).await?;
    }
    let modes = app.desk.read(Desk::modes).await?;
    Ok(ok(&shown(modes, sees_more)))
}

/// Switches those that are given: maintenance for administrators, the others for moderators.
pub async fn put(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&Rule::Object(&[]), &body)?;
    let caller = known(&app, &call).await?;
    let change = ModesChange {
        maintenance: said(&body, "maintenance_mode"),
        invite_only: said(&body, "invite_only_mode"),
        raid: said(&body, "raid_mode"),
    };
    if change.maintenance.is_some() && !is_admin(&app, &caller) {
        return Err(Error::refused(Rc::NotAdmin));
    }
    if (change.invite_only.is_some() || change.raid.is_some()) && !caller.roles.moderator {
        return Err(Error::refused(Rc::NotModerator));
    }
    if change.is_empty() {
        return Err(Error::refused(Rc::NoHordeModSelected));
    }
    let modes = app.desk.set_modes(caller.id, change, switched(change)).await?;
    tracing::warn!(by = %caller.id, ?modes, "the modes were switched");
    Ok(ok(&shown(modes, true)))
}

/// What is written down of a switch.
fn switched(change: ModesChange) -> Value {
    let modes = [
        ("maintenance_mode", change.maintenance),
        ("invite_only_mode", change.invite_only),
        ("raid_mode", change.raid),
    ];
    modes.into_iter().filter_map(|(name, on)| Some((name.to_owned(), Value::Bool(on?)))).collect()
}

fn shown(modes: modes::Modes, sees_more: bool) -> Modes {
    Modes {
        maintenance_mode: modes.maintenance,
        invite_only_mode: modes.invite_only,
        raid_mode: sees_more.then_some(modes.raid),
    }
}

/// Reads a flag as the AI Horde does here: whatever is neither empty nor zero is a yes.
fn said(body: &Value, name: &str) -> Option<bool> {
    Some(match body.get(name)? {
        Value::Null => return None,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    })
}
