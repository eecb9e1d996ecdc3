//! What bodies about workers, teams, messages and addresses must look like.

use super::super::{Rule, TEXT, may, must, text, whole};

/// Characters of an address or a range.
const ADDRESS: Rule = text(7, 40);

/// The body of `PUT /workers/{id}`.
pub const MODIFY_WORKER: Rule = Rule::Object(&[
    may("maintenance", Rule::Flag),
    may("maintenance_msg", TEXT),
    may("paused", Rule::Flag),
    may("info", text(0, 1000)),
    may("name", text(5, 100)),
    may("team", text(0, 36)),
]);

/// The body of `POST /workers/messages`.
pub const WORKER_MESSAGE: Rule = Rule::Object(&[
    may("worker_id", text(36, 36)),
    must("message", text(1, 10_240)),
    may("origin", text(1, 255)),
    may("expiry", whole(1, 720)),
]);

/// The body of `POST /teams`.
pub const CREATE_TEAM: Rule = Rule::Object(&[must("name", text(3, 100)), may("info", text(3, 1000))]);

/// The body of `PATCH /teams/{id}`.
pub const MODIFY_TEAM: Rule = Rule::Object(&[may("name", text(3, 100)), may("info", text(3, 1000))]);

/// The body of `POST /operations/ipaddr`.
pub const ADD_TIMEOUT: Rule = Rule::Object(&[must("ipaddr", ADDRESS), must("hours", whole(1, 720))]);

/// The body of `DELETE /operations/ipaddr`.
pub const DELETE_TIMEOUT: Rule = Rule::Object(&[must("ipaddr", ADDRESS)]);

/// The body of `PUT /operations/block_worker_ipaddr/{worker_id}`.
pub const WORKER_TIMEOUT: Rule = Rule::Object(&[must("days", whole(1, 30))]);
