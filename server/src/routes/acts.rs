//! What a moderator did to what is cold, as it is written down with it. What is hot is written down at the desk.

use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use throng_domain::desk::moderation::{Act, ModeratorAct};
use throng_domain::{Timestamp, UserId};

use crate::app::App;
use crate::error::Error;

/// Makes the line for an act that happens now. `whom` is the user it belongs to, if any.
pub(super) fn act(
    app: &App,
    by: UserId,
    act: Act,
    target: impl Display,
    whom: Option<UserId>,
    details: Value,
) -> ModeratorAct {
    let at = Timestamp(app.clock.now().timestamp_micros());
    let (target, details) = (target.to_string().into(), Arc::new(details));
    ModeratorAct { id: app.ids.uuid(), at, by, act, target, whom, details }
}

/// What was asked for, as it is written down.
pub(super) fn asked(wish: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(wish).map_err(Error::internal)
}
