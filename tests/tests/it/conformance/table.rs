//! THE TABLE: each operation of the contract with a good request, who may make it and who may not. An operation may have several
//! lines. `<things>` in bodies and parameters of paths are made anew for each call (`scene.rs`).

/// Nothing if a role may, else the status and code of its refusal.
pub(super) type Verdict = Option<(u16, &'static str)>;
/// By role: anonymous, user, shared key, owner, moderator, administrator.
pub(super) type Verdicts = [Verdict; 6];

/// An operation, its body (empty if it has none), and the verdicts.
pub(super) type Line = (&'static str, &'static str, Verdicts);

const MAY: Verdict = None;
/// A shared key opens nothing but asking.
const KEY: Verdict = Some((401, "InvalidAPIKey"));

#[expect(clippy::unnecessary_wraps, reason = "a verdict may also be that a role may")]
const fn no(rc: &'static str) -> Verdict {
    Some((403, rc))
}

/// Anybody, with any key.
const OPEN: Verdicts = [MAY, MAY, MAY, MAY, MAY, MAY];
/// Moderators.
const KEEPERS: Verdicts = [no("NotModerator"), no("NotModerator"), KEY, no("NotModerator"), MAY, MAY];
/// Whoever may own a worker.
const WORKING: Verdicts = [no("AnonForbiddenWorker"), MAY, KEY, MAY, MAY, MAY];
/// Its owner alone.
const ITS_OWNER: Verdicts = [no("Forbidden"), no("Forbidden"), KEY, MAY, no("Forbidden"), no("Forbidden")];
/// Its owner and moderators.
const OWNER_AND_KEEPERS: Verdicts = [no("Forbidden"), no("Forbidden"), KEY, MAY, MAY, MAY];
/// Anybody with a key of their own.
const KEYED: Verdicts = [MAY, MAY, KEY, MAY, MAY, MAY];
/// Whoever holds the lease.
const LESSEE: Verdicts =
    [no("WrongCredentials"), no("WrongCredentials"), KEY, MAY, no("WrongCredentials"), no("WrongCredentials")];
/// Its owner and moderators; strangers are told why not.
const REMOVING_STYLES: Verdicts = [no("StylesAnonForbidden"), no("Forbidden"), KEY, MAY, MAY, MAY];
/// The owner of a worker and moderators.
const RIG_AND_KEEPERS: Verdicts = [no("AnonForbiddenWorker"), no("NotModerator"), KEY, MAY, MAY, MAY];
/// Moderators, over accounts.
const ACCOUNTS: Verdicts = [no("AnonForbiddenUserMod"), no("NotModerator"), KEY, no("NotModerator"), MAY, MAY];
/// Whoever may make styles.
const STYLISTS: Verdicts = [no("StylesRequiresCustomizer"), no("StylesRequiresCustomizer"), KEY, MAY, MAY, MAY];

/// All of them.
pub(super) const TABLE: &[Line] = &[
    // Requesters
    ("POST /api/v2/generate/async", r#"{"prompt": "p", "models": ["throng-shapes"]}"#, OPEN),
    ("POST /api/v2/generate/async", r#"{"prompt": "p", "models": ["throng-shapes"], "dry_run": true}"#, OPEN),
    ("GET /api/v2/generate/check/{id}", "", OPEN),
    ("GET /api/v2/generate/status/{id}", "", OPEN),
    ("DELETE /api/v2/generate/status/{id}", "", OPEN),
    (
        "POST /api/v2/generate/rate/{id}",
        r#"{"ratings": [{"id": "<shared picture>", "rating": 7, "artifacts": 1}]}"#,
        OPEN,
    ),
    ("POST /api/v2/generate/text/async", r#"{"prompt": "p", "models": ["throng-fables"]}"#, OPEN),
    ("GET /api/v2/generate/text/status/{id}", "", OPEN),
    ("DELETE /api/v2/generate/text/status/{id}", "", OPEN),
    ("POST /api/v2/interrogate/async", r#"{"source_image": "<picture>", "forms": [{"name": "caption"}]}"#, KEYED),
    ("GET /api/v2/interrogate/status/{id}", "", OPEN),
    ("DELETE /api/v2/interrogate/status/{id}", "", OPEN),
    // Workers
    (
        "POST /api/v2/generate/pop",
        r#"{"name": "<role> dreams", "models": ["throng-shapes"], "max_pixels": 4194304}"#,
        WORKING,
    ),
    (
        "POST /api/v2/generate/pop",
        r#"{"name": "<role> dreams", "models": ["throng-shapes"], "max_pixels": 4096}"#,
        WORKING,
    ),
    (
        "POST /api/v2/generate/text/pop",
        r#"{"name": "<role> writes", "models": ["throng-fables"], "max_length": 512}"#,
        WORKING,
    ),
    (
        "POST /api/v2/generate/text/pop",
        r#"{"name": "<role> writes", "models": ["throng-fables"], "max_length": 16}"#,
        WORKING,
    ),
    ("POST /api/v2/interrogate/pop", r#"{"name": "<role> distils", "forms": ["caption"]}"#, WORKING),
    ("POST /api/v2/interrogate/pop", r#"{"name": "<role> distils", "forms": ["nsfw"]}"#, WORKING),
    ("POST /api/v2/generate/submit", r#"{"id": "<image job>", "generation": "R2", "seed": 1, "state": "ok"}"#, LESSEE),
    ("POST /api/v2/generate/text/submit", r#"{"id": "<text job>", "generation": "a tale", "state": "ok"}"#, LESSEE),
    ("POST /api/v2/interrogate/submit", r#"{"id": "<form>", "result": {"caption": "a cat"}, "state": "ok"}"#, LESSEE),
    ("GET /api/v2/workers", "", OPEN),
    ("GET /api/v2/workers/name/{worker_name}", "", OPEN),
    ("GET /api/v2/workers/{worker_id}", "", OPEN),
    ("PUT /api/v2/workers/{worker_id}", r#"{"name": "<new>"}"#, RIG_AND_KEEPERS),
    (
        "PUT /api/v2/workers/{worker_id}",
        r#"{"info": "quick"}"#,
        [no("AnonForbiddenWorker"), no("NotOwner"), KEY, MAY, MAY, MAY],
    ),
    (
        "PUT /api/v2/workers/{worker_id}",
        r#"{"paused": true}"#,
        [no("AnonForbiddenWorker"), no("NotModerator"), KEY, no("NotModerator"), MAY, MAY],
    ),
    ("DELETE /api/v2/workers/{worker_id}", "", RIG_AND_KEEPERS),
    ("GET /api/v2/workers/messages", "", KEYED),
    (
        "POST /api/v2/workers/messages",
        r#"{"worker_id": "<worker>", "message": "well done"}"#,
        [no("AnonForbidden"), no("MessagesOnlyOwnWorkers"), KEY, MAY, MAY, MAY],
    ),
    ("GET /api/v2/workers/messages/{message_id}", "", OPEN),
    ("DELETE /api/v2/workers/messages/{message_id}", "", OWNER_AND_KEEPERS),
    ("GET /api/v2/teams", "", OPEN),
    (
        "POST /api/v2/teams",
        r#"{"name": "<new>"}"#,
        [no("AnonForbidden"), no("UntrustedTeamCreation"), KEY, MAY, MAY, MAY],
    ),
    ("GET /api/v2/teams/{team_id}", "", KEEPERS),
    (
        "PATCH /api/v2/teams/{team_id}",
        r#"{"info": "we make dark"}"#,
        [no("NotOwner"), no("NotOwner"), KEY, MAY, MAY, MAY],
    ),
    ("DELETE /api/v2/teams/{team_id}", "", [no("NotModerator"), no("NotModerator"), KEY, MAY, MAY, MAY]),
    // People
    ("GET /api/v2/find_user", "", OPEN),
    ("GET /api/v2/users", "", OPEN),
    ("GET /api/v2/users/{user_id}", "", KEYED),
    ("PUT /api/v2/users/{user_id}", r#"{"contact": "ada@example.org"}"#, ACCOUNTS),
    ("PUT /api/v2/users/{user_id}", r#"{"trusted": true}"#, ACCOUNTS),
    (
        "PUT /api/v2/users/{user_id}",
        r#"{"usage_multiplier": 1.5}"#,
        [no("AnonForbiddenUserMod"), no("NotAdmin"), KEY, no("NotAdmin"), no("NotAdmin"), MAY],
    ),
    (
        "DELETE /api/v2/users/{user_id}",
        "",
        [no("AnonForbiddenUser"), no("NotUserOrMod"), KEY, no("NotUserOrMod"), MAY, MAY],
    ),
    (
        "POST /api/v2/kudos/transfer",
        r#"{"username": "<spare user>", "amount": 1}"#,
        [Some((400, "KudosTransferFromAnon")), MAY, KEY, MAY, MAY, MAY],
    ),
    (
        "POST /api/v2/kudos/award",
        r#"{"username": "<spare user>", "amount": 1}"#,
        [no("NotAllowedAwards"), no("NotAllowedAwards"), KEY, no("NotAllowedAwards"), no("NotAllowedAwards"), MAY],
    ),
    (
        "PUT /api/v2/sharedkeys",
        r#"{"name": "for friends", "kudos": 5}"#,
        [no("AnonForbidden"), MAY, KEY, MAY, MAY, MAY],
    ),
    ("GET /api/v2/sharedkeys/{sharedkey_id}", "", OPEN),
    ("PATCH /api/v2/sharedkeys/{sharedkey_id}", r#"{"kudos": 6}"#, ITS_OWNER),
    ("DELETE /api/v2/sharedkeys/{sharedkey_id}", "", ITS_OWNER),
    // Styles
    ("GET /api/v2/styles/image", "", OPEN),
    (
        "POST /api/v2/styles/image",
        r#"{"name": "<new>", "prompt": "{p} in oil{np}", "models": ["throng-shapes"]}"#,
        STYLISTS,
    ),
    ("GET /api/v2/styles/image/{style_id}", "", OPEN),
    ("PATCH /api/v2/styles/image/{style_id}", r#"{"info": "paints in oil"}"#, ITS_OWNER),
    ("DELETE /api/v2/styles/image/{style_id}", "", REMOVING_STYLES),
    ("GET /api/v2/styles/image_by_name/{style_name}", "", OPEN),
    (
        "POST /api/v2/styles/image/{style_id}/example",
        r#"{"url": "https://a.example/<new>.webp", "primary": true}"#,
        OWNER_AND_KEEPERS,
    ),
    ("PATCH /api/v2/styles/image/{style_id}/example/{example_id}", r#"{"primary": true}"#, OWNER_AND_KEEPERS),
    ("DELETE /api/v2/styles/image/{style_id}/example/{example_id}", "", OWNER_AND_KEEPERS),
    ("GET /api/v2/styles/text", "", OPEN),
    (
        "POST /api/v2/styles/text",
        r#"{"name": "<new>", "prompt": "{p} quickly", "models": ["throng-fables"]}"#,
        STYLISTS,
    ),
    ("GET /api/v2/styles/text/{style_id}", "", OPEN),
    ("PATCH /api/v2/styles/text/{style_id}", r#"{"info": "tells quickly"}"#, ITS_OWNER),
    ("DELETE /api/v2/styles/text/{style_id}", "", REMOVING_STYLES),
    ("GET /api/v2/styles/text_by_name/{style_name}", "", OPEN),
    ("GET /api/v2/collections", "", OPEN),
    (
        "POST /api/v2/collections",
        r#"{"name": "<new>", "styles": ["<image style>"]}"#,
        [no("StylesAnonForbidden"), MAY, KEY, MAY, MAY, MAY],
    ),
    ("GET /api/v2/collections/{collection_id}", "", OPEN),
    ("PATCH /api/v2/collections/{collection_id}", r#"{"public": false}"#, ITS_OWNER),
    ("DELETE /api/v2/collections/{collection_id}", "", REMOVING_STYLES),
    ("GET /api/v2/collection_by_name/{collection_name}", "", OPEN),
    // Order
    ("GET /api/v2/filters", "", KEEPERS),
    ("POST /api/v2/filters", r#"{"prompt": "a harmless prompt"}"#, KEEPERS),
    ("PUT /api/v2/filters", r#"{"regex": "<new>", "filter_type": 11}"#, KEEPERS),
    ("GET /api/v2/filters/regex", "", KEEPERS),
    ("GET /api/v2/filters/{filter_id}", "", KEEPERS),
    ("PATCH /api/v2/filters/{filter_id}", r#"{"description": "odd words"}"#, KEEPERS),
    ("DELETE /api/v2/filters/{filter_id}", "", KEEPERS),
    ("GET /api/v2/operations/ipaddr", "", KEEPERS),
    ("POST /api/v2/operations/ipaddr", r#"{"ipaddr": "198.51.100.7", "hours": 1}"#, KEEPERS),
    ("DELETE /api/v2/operations/ipaddr", r#"{"ipaddr": "<address>"}"#, KEEPERS),
    ("GET /api/v2/operations/ipaddr/{ipaddr}", "", KEEPERS),
    ("PUT /api/v2/operations/block_worker_ipaddr/{worker_id}", r#"{"days": 1}"#, KEEPERS),
    ("DELETE /api/v2/operations/block_worker_ipaddr/{worker_id}", "", KEEPERS),
    ("GET /api/v2/status/modes", "", KEEPERS),
    ("PUT /api/v2/status/modes", r#"{"raid_mode": false}"#, KEEPERS),
    (
        "PUT /api/v2/status/modes",
        r#"{"maintenance_mode": false}"#,
        [no("NotAdmin"), no("NotAdmin"), KEY, no("NotAdmin"), no("NotAdmin"), MAY],
    ),
    // Whoever looks
    ("GET /api/v2/documents/privacy", "", OPEN),
    ("GET /api/v2/documents/sponsors", "", OPEN),
    ("GET /api/v2/documents/terms", "", OPEN),
    ("GET /api/v2/stats/img/models", "", OPEN),
    ("GET /api/v2/stats/img/totals", "", OPEN),
    ("GET /api/v2/stats/text/models", "", OPEN),
    ("GET /api/v2/stats/text/totals", "", OPEN),
    ("GET /api/v2/status/heartbeat", "", OPEN),
    ("GET /api/v2/status/models", "", OPEN),
    ("GET /api/v2/status/models/{model_name}", "", OPEN),
    ("GET /api/v2/status/news", "", OPEN),
    ("GET /api/v2/status/performance", "", OPEN),
];
