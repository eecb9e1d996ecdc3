//! Where the interface, as real servers speak it, is not what its contract documents. Everything here was checked against the
//! description of the reference's behaviour; whatever is not here has to fit the contract to the letter.

use serde_json::{Value, json};

use super::contract::Operation;

/// Members that are told as null although the contract knows no null: most answers leave out what is empty, these do not.
pub(super) const NULLS: &[&str] = &[
    // Pops have every member always: some bridges fail on one that is missing.
    "GenerationPayloadStable.extra_source_images",
    "GenerationPayloadStable.id",
    "GenerationPayloadStable.model",
    "GenerationPayloadStable.r2_upload",
    "GenerationPayloadStable.r2_uploads",
    "GenerationPayloadStable.source_image",
    "GenerationPayloadStable.source_mask",
    "GenerationPayloadStable.ttl",
    "GenerationPayloadKobold.extra_source_images",
    "GenerationPayloadKobold.id",
    "GenerationPayloadKobold.model",
    "GenerationPayloadKobold.softprompt",
    "GenerationPayloadKobold.ttl",
    "InterrogationPopPayload.forms",
    // Objects inside others keep their empty members. The old counters of users are always empty.
    "ContributionsDetails.fulfillments",
    "ContributionsDetails.megapixelsteps",
    "UsageDetails.megapixelsteps",
    "UsageDetails.requests",
    "MonthlyKudos.last_received",
    "WorkerKudosDetails.generated",
    "WorkerKudosDetails.uptime",
    "TeamDetailsLite.id",
    "TeamDetailsLite.name",
    // The list of users shows what is hidden as null; one user alone leaves it out.
    "UserDetails.active_generations",
    "UserDetails.admin_comment",
    "UserDetails.contact",
    "UserDetails.evaluating_kudos",
    "UserDetails.monthly_kudos",
    "UserDetails.proxy_passkey",
    "UserDetails.sharedkey_ids",
    "UserDetails.special",
    "UserDetails.suspicious",
    "UserDetails.vpn",
    "UserDetails.worker_ids",
    // A collection's description is never told.
    "ResponseModelCollection.info",
    // Adding and changing a filter shows all of it; looking leaves out what is empty.
    "FilterDetails.description",
];

/// What is sent as a number of hours is told as a date.
pub(super) const DATES: &[&str] = &["ResponseModelMessage.expiry"];

/// Members that are told although the contract does not declare them.
pub(super) const UNDECLARED: &[&str] = &[
    // The contract describes a message as it is sent; it is told with its number, its author and its dates.
    "ResponseModelMessage.created",
    "ResponseModelMessage.id",
    "ResponseModelMessage.user_id",
];

/// Codes of refusals that the contract's list lacks.
pub(super) const CODES: &[&str] = &["AnonForbiddenUser"];

/// Refusals that are given although the contract does not document their status: by a part of the operation's name.
const REFUSALS: &[(&str, u16, &str)] = &[
    ("/styles/", 403, "StylesRequiresCustomizer"),
    ("/styles/", 403, "StylesAnonForbidden"),
    ("/styles/", 403, "Forbidden"),
    ("/collections", 403, "StylesAnonForbidden"),
    ("/collections/", 403, "Forbidden"),
    ("/workers/messages/", 401, "InvalidAPIKey"),
    ("/workers/messages/", 403, "Forbidden"),
    ("DELETE /api/v2/sharedkeys/", 401, "InvalidAPIKey"),
    ("DELETE /api/v2/sharedkeys/", 403, "Forbidden"),
    // Whoever shows a key here wants to see what only moderators see.
    ("GET /api/v2/status/modes", 401, "InvalidAPIKey"),
    ("GET /api/v2/status/modes", 403, "NotModerator"),
];

/// Whether an operation may refuse with this status and code.
pub(super) fn may_refuse(operation: &Operation<'_>, status: u16, rc: &str) -> bool {
    let name = operation.name();
    let known = |(part, known, code): &(&str, u16, &str)| name.contains(part) && (*known, *code) == (status, rc);
    operation.answer(status).is_some() || REFUSALS.iter().any(known)
}

/// The schema of an answer as it really is, if its status is documented: `null` if there is none.
pub(super) fn answer_schema(operation: &Operation<'_>, status: u16) -> Option<Value> {
    let documented = operation.answer(status).cloned();
    match (operation.name().as_str(), status) {
        // A dry run admits nothing, so nothing is accepted: 200 with the price alone.
        ("POST /api/v2/generate/async" | "POST /api/v2/generate/text/async", 200) => operation.answer(202).cloned(),
        // Adding a filter is documented as 201 and answered by 200.
        ("PUT /api/v2/filters", 200) => operation.answer(201).cloned(),
        // A list is documented as its item, and an item as a list of it.
        ("GET /api/v2/users", 200) => documented.map(|schema| json!({"type": "array", "items": schema})),
        ("GET /api/v2/filters/{filter_id}", 200) => documented.map(|schema| schema["items"].clone()),
        _ => documented,
    }
}
