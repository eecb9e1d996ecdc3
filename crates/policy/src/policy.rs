//! THE POLICY: what is to become of a call, by its method, path, query and headers. One line, one path. Nothing that
//! carries a key is kept, and nothing that changes anything; how long the rest may be kept stands beside it with its
//! reason.
//!
//! It is asked for every call of the house, so it looks at bytes where they lie and allocates only to refuse.

#[cfg(test)]
mod tests;

use throng_api::auth::{
    API_KEY_HEADER, CLIENT_AGENT_HEADER, FIELDS_HEADER, IDEMPOTENCY_HEADER, PASSKEY_HEADER, PROXIED_FOR_HEADER,
};
use throng_api::endpoint::Endpoint;
use throng_api::register::PostRegister;
use throng_api::{
    ClientAgent, alchemy, collections, documents, filters, image, kudos, messages, operations, pop, ratings,
    shared_keys, stats, status, styles, submit, teams, text, users, watch, webhooks, weights, workers,
};

use crate::bodies::{PLAIN_BYTES_MAX as PLAIN, RESULT_BYTES_MAX as RESULT, SOURCES_BYTES_MAX as SOURCES};
use crate::id::Id;
use crate::keep::Keep;
use crate::key::decode;
use crate::limits::{ASKING, CHANGING, LOOKING, POLLING, STRAYING, WORKING};
use crate::push::Kind;
use crate::refusal::{self, Refusal};
use crate::verdict::{Answer, Bucket, Cached, Verdict, Watch};

/// Headers that may make an answer one for somebody in particular.
const PERSONAL: [&str; 5] = [API_KEY_HEADER, PASSKEY_HEADER, PROXIED_FOR_HEADER, "authorization", "cookie"];

/// Parameters of a query that are keys, wherever somebody puts them.
const KEYS_IN_QUERIES: [&str; 2] = ["apikey", "api_key"];

/// Some clients name themselves with an underscore.
const CLIENT_AGENT_UNDERSCORED: &str = "client_agent";

/// One path.
#[derive(Debug)]
struct Route {
    path: &'static str,
    /// Bytes of the path before its first placeholder.
    fixed: usize,
    /// What `OPTIONS` is told.
    allow: &'static str,
    look: Look,
    acts: &'static [Act],
}

/// What a GET of a path is.
#[derive(Debug, Clone, Copy)]
enum Look {
    /// There is none, or only for the server to answer: with a key, with a signed link, or because it has to be true now.
    Ask,
    /// Like that, and never refused for coming too often.
    Free,
    /// The same for everybody without a key, for so long, by these parameters.
    Keep(Keep, &'static [&'static str]),
    /// How far a request is.
    Request(Kind, Answer),
    /// Whether there is work.
    Work,
}

/// A method that changes something.
#[derive(Debug, Clone, Copy)]
struct Act {
    method: &'static str,
    /// How large its JSON may be; none where the body is no JSON, or there is none.
    json: Option<usize>,
    /// What its path ends in.
    names: Names,
    bucket: Bucket,
}

/// What an id in a path is the id of, as far as a wrong one can be refused unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Anything,
    /// A request, and the id is the first thing the server looks at.
    Request,
}

const fn on(path: &'static str, allow: &'static str, look: Look, acts: &'static [Act]) -> Route {
    let bytes = path.as_bytes();
    let mut fixed = 0;
    while fixed < bytes.len() && bytes[fixed] != b'{' {
        fixed += 1;
    }
    Route { path, fixed, allow, look, acts }
}

/// Takes JSON.
const fn json(method: &'static str, bytes_max: usize, bucket: Bucket) -> Act {
    Act { method, json: Some(bytes_max), names: Names::Anything, bucket }
}

/// Takes a change of something in plain JSON.
const fn change(method: &'static str) -> Act {
    json(method, PLAIN, CHANGING)
}

/// Takes whatever it takes.
const fn plain(method: &'static str) -> Act {
    Act { method, json: None, names: Names::Anything, bucket: CHANGING }
}

/// Takes a request back.
const CANCEL: Act = Act { method: "DELETE", json: None, names: Names::Request, bucket: CHANGING };

/// Takes a picture in by a signed link: as often as there are results.
const PICTURE: Act = Act { method: "PUT", json: None, names: Names::Anything, bucket: WORKING };

/// What many paths allow.
const GET: &str = "GET, HEAD, OPTIONS";
const POST: &str = "POST, OPTIONS";
const GET_POST: &str = "GET, HEAD, POST, OPTIONS";
const GET_DELETE: &str = "GET, HEAD, DELETE, OPTIONS";
const GET_PUT_DELETE: &str = "GET, HEAD, PUT, DELETE, OPTIONS";
const GET_PATCH_DELETE: &str = "GET, HEAD, PATCH, DELETE, OPTIONS";

/// How busy the network is: it moves with every job, and pages look every few seconds. As at the AI Horde.
const BUSY: Keep = Keep::seconds(2);
/// One model: whoever asks for one waits for it.
const ONE_MODEL: Keep = Keep::seconds(1);
/// Modes take effect at once; their telling may lag by a look of a page.
const MODES: Keep = Keep::seconds(2);
/// Workers come and go by the minute, and their makers watch them come; the AI Horde tells them half a minute late.
const WORKERS: Keep = Keep::seconds(10);
/// Whoever changes a worker looks whether it worked.
const ONE_WORKER: Keep = Keep::seconds(5);
/// A ranking: nobody's place changes while they look. As at the AI Horde.
const RANKING: Keep = Keep::seconds(10);
/// As at the AI Horde.
const TEAMS: Keep = Keep::seconds(10);
/// As at the AI Horde.
const ONE_TEAM: Keep = Keep::seconds(3);
/// Styles change seldom; whoever makes one looks whether it is there.
const STYLES: Keep = Keep::seconds(10);
/// Totals of minutes to years, told a minute late at most. As at the AI Horde.
const TOTALS: Keep = Keep::seconds(50);
/// Written by people, now and then.
const NEWS: Keep = Keep::seconds(60);
/// Written by people, once.
const DOCUMENTS: Keep = Keep::seconds(300);

const MODEL_PARAMETERS: &[&str] = &["type", "model_state", "min_count", "max_count"];
const STYLE_PARAMETERS: &[&str] = &["sort", "page", "tag", "model"];

/// All paths. The busiest come first, because the first that fits is taken; a word stands before a placeholder in its place.
const ROUTES: &[Route] = &[
    // Workers
    on(pop::image::PostImagePop::PATH, POST, Look::Ask, &[json("POST", PLAIN, WORKING)]),
    on(pop::text::PostTextPop::PATH, POST, Look::Ask, &[json("POST", PLAIN, WORKING)]),
    on(image::GetImageCheck::PATH, GET, Look::Request(Kind::Image, Answer::Check), &[]),
    on(text::GetTextStatus::PATH, GET_DELETE, Look::Request(Kind::Text, Answer::Status), &[CANCEL]),
    on(image::GetImageStatus::PATH, GET_DELETE, Look::Request(Kind::Image, Answer::Status), &[CANCEL]),
    on(submit::PostImageSubmit::PATH, POST, Look::Ask, &[json("POST", RESULT, WORKING)]),
    on(submit::PostTextSubmit::PATH, POST, Look::Ask, &[json("POST", PLAIN, WORKING)]),
    on(image::PostImageAsk::PATH, POST, Look::Ask, &[json("POST", SOURCES, ASKING)]),
    on(text::PostTextAsk::PATH, POST, Look::Ask, &[json("POST", PLAIN, ASKING)]),
    on(pop::alchemy::PostAlchemyPop::PATH, POST, Look::Ask, &[json("POST", PLAIN, WORKING)]),
    on(submit::PostAlchemySubmit::PATH, POST, Look::Ask, &[json("POST", PLAIN, WORKING)]),
    on(alchemy::GetAlchemyStatus::PATH, GET_DELETE, Look::Request(Kind::Alchemy, Answer::Status), &[CANCEL]),
    on(alchemy::PostAlchemyAsk::PATH, POST, Look::Ask, &[json("POST", SOURCES, ASKING)]),
    on(ratings::PostRating::PATH, POST, Look::Ask, &[change("POST")]),
    // Whoever watches. Streams are one call each, however long they last.
    on(watch::GetImageWatch::PATH, GET, Look::Request(Kind::Image, Answer::Events), &[]),
    on(watch::GetTextWatch::PATH, GET, Look::Request(Kind::Text, Answer::Events), &[]),
    on(watch::GetAlchemyWatch::PATH, GET, Look::Request(Kind::Alchemy, Answer::Events), &[]),
    on(watch::GetWake::PATH, GET, Look::Work, &[]),
    // Whoever looks
    on(status::GetModels::PATH, GET, Look::Keep(BUSY, MODEL_PARAMETERS), &[]),
    on(status::GetModel::PATH, GET, Look::Keep(ONE_MODEL, &[]), &[]),
    on(status::GetPerformance::PATH, GET, Look::Keep(BUSY, &[]), &[]),
    // Whether the server lives is asked of the server.
    on(status::GetHeartbeat::PATH, GET, Look::Free, &[]),
    on(status::GetModes::PATH, "GET, HEAD, PUT, OPTIONS", Look::Keep(MODES, &[]), &[change("PUT")]),
    on(documents::GetNews::PATH, GET, Look::Keep(NEWS, &[]), &[]),
    on(workers::GetWorkers::PATH, GET, Look::Keep(WORKERS, &["type", "name"]), &[]),
    on(workers::GetWorkerByName::PATH, GET, Look::Keep(ONE_WORKER, &[]), &[]),
    on(stats::GetImageTotals::PATH, GET, Look::Keep(TOTALS, &[]), &[]),
    on(stats::GetImageModels::PATH, GET, Look::Keep(TOTALS, &["model_state"]), &[]),
    on(stats::GetLoras::PATH, GET, Look::Keep(TOTALS, &[]), &[]),
    on(stats::GetTextTotals::PATH, GET, Look::Keep(TOTALS, &[]), &[]),
    on(stats::GetTextModels::PATH, GET, Look::Keep(TOTALS, &["model_state"]), &[]),
    on(documents::GetTerms::PATH, GET, Look::Keep(DOCUMENTS, &["format"]), &[]),
    on(documents::GetPrivacy::PATH, GET, Look::Keep(DOCUMENTS, &["format"]), &[]),
    on(documents::GetSponsors::PATH, GET, Look::Keep(DOCUMENTS, &["format"]), &[]),
    on("/api/swagger.json", GET, Look::Keep(DOCUMENTS, &[]), &[]),
    on("/api/openapi.json", GET, Look::Keep(DOCUMENTS, &[]), &[]),
    on("/.well-known/serviceinfo", GET, Look::Keep(DOCUMENTS, &[]), &[]),
    // Workers and teams. A message's id is its key.
    on(messages::GetWorkerMessages::PATH, GET_POST, Look::Ask, &[change("POST")]),
    on(messages::GetWorkerMessage::PATH, GET_DELETE, Look::Ask, &[plain("DELETE")]),
    on(workers::GetWorker::PATH, GET_PUT_DELETE, Look::Keep(ONE_WORKER, &[]), &[change("PUT"), plain("DELETE")]),
    on(teams::GetTeams::PATH, GET_POST, Look::Keep(TEAMS, &[]), &[change("POST")]),
    on(teams::GetTeam::PATH, GET_PATCH_DELETE, Look::Keep(ONE_TEAM, &[]), &[change("PATCH"), plain("DELETE")]),
    // People, their kudos and their keys. A shared key's id is the key itself.
    on(webhooks::GetWebhookSecret::PATH, GET, Look::Ask, &[]),
    on(PostRegister::PATH, GET_POST, Look::Free, &[plain("POST")]),
    on(users::GetFindUser::PATH, GET, Look::Ask, &[]),
    on(users::GetUsers::PATH, GET, Look::Keep(RANKING, &["sort", "page"]), &[]),
    on(kudos::GetStatement::PATH, GET, Look::Ask, &[]),
    on(users::GetUser::PATH, GET_PUT_DELETE, Look::Keep(RANKING, &[]), &[change("PUT"), plain("DELETE")]),
    on(kudos::PostTransfer::PATH, POST, Look::Ask, &[change("POST")]),
    on(kudos::PostAward::PATH, POST, Look::Ask, &[change("POST")]),
    on(shared_keys::PutSharedKey::PATH, "PUT, OPTIONS", Look::Ask, &[change("PUT")]),
    on(shared_keys::GetSharedKey::PATH, GET_PATCH_DELETE, Look::Ask, &[change("PATCH"), plain("DELETE")]),
    // Styles
    on(styles::GetImageStyles::PATH, GET_POST, Look::Keep(STYLES, STYLE_PARAMETERS), &[change("POST")]),
    on(styles::GetTextStyles::PATH, GET_POST, Look::Keep(STYLES, STYLE_PARAMETERS), &[change("POST")]),
    on(styles::GetImageStyle::PATH, GET_PATCH_DELETE, Look::Keep(STYLES, &[]), &[change("PATCH"), plain("DELETE")]),
    on(styles::GetTextStyle::PATH, GET_PATCH_DELETE, Look::Keep(STYLES, &[]), &[change("PATCH"), plain("DELETE")]),
    on(styles::GetImageStyleByName::PATH, GET, Look::Keep(STYLES, &[]), &[]),
    on(styles::GetTextStyleByName::PATH, GET, Look::Keep(STYLES, &[]), &[]),
    on(styles::PostStyleExample::PATH, POST, Look::Ask, &[change("POST")]),
    on(styles::PatchStyleExample::PATH, "PATCH, DELETE, OPTIONS", Look::Ask, &[change("PATCH"), plain("DELETE")]),
    on(collections::GetCollections::PATH, GET_POST, Look::Keep(STYLES, &["type", "sort", "page"]), &[change("POST")]),
    on(
        collections::GetCollection::PATH,
        GET_PATCH_DELETE,
        Look::Keep(STYLES, &[]),
        &[change("PATCH"), plain("DELETE")],
    ),
    on(collections::GetCollectionByName::PATH, GET, Look::Keep(STYLES, &[]), &[]),
    // Moderators
    on(filters::GetFilters::PATH, "GET, HEAD, PUT, POST, OPTIONS", Look::Ask, &[change("PUT"), change("POST")]),
    on(filters::GetFilterRegex::PATH, GET, Look::Ask, &[]),
    on(filters::GetFilter::PATH, GET_PATCH_DELETE, Look::Ask, &[change("PATCH"), plain("DELETE")]),
    on(
        operations::GetTimeouts::PATH,
        "GET, HEAD, POST, DELETE, OPTIONS",
        Look::Ask,
        &[change("POST"), change("DELETE")],
    ),
    on(operations::GetTimeout::PATH, GET, Look::Ask, &[]),
    on(operations::PutWorkerTimeout::PATH, "PUT, DELETE, OPTIONS", Look::Ask, &[change("PUT"), plain("DELETE")]),
    // What is kept by those who fetch it: signed links, and pieces of weights named by what is in them.
    on("/images/{name}", "GET, HEAD, PUT, OPTIONS", Look::Free, &[PICTURE]),
    on(weights::GetWeights::PATH, GET, Look::Free, &[]),
    on(weights::GetPiece::PATH, GET, Look::Free, &[]),
    on("/metrics", GET, Look::Free, &[]),
];

/// Says what is to become of a call. `query` is without its question mark; `header` gives the bytes of a header by its
/// name in small letters.
pub fn verdict<'h>(
    method: &str,
    path: &str,
    query: &str,
    header: impl Fn(&'static str) -> Option<&'h [u8]>,
) -> Verdict {
    let path = tidied(path);
    let Some((route, name)) = ROUTES.iter().find_map(|route| Some((route, route.matches(path)?))) else {
        // The page's files are nobody's limit; what is no path of the interface today may be one of a newer server's.
        return if path.starts_with("/api") { Verdict::Limit(STRAYING) } else { Verdict::Pass };
    };
    match method {
        "GET" => looking(route.look, name, query, header),
        "HEAD" if !matches!(route.look, Look::Free) => Verdict::Limit(LOOKING),
        "OPTIONS" => Verdict::Permit(route.allow),
        _ => match route.acts.iter().find(|act| act.method == method) {
            Some(act) => acting(act, name, header),
            // A method that a newer server may know.
            None => Verdict::Pass,
        },
    }
}

/// Whether the body of a call is JSON that the server reads before anything else, so that a broken one may be refused
/// unasked ([`Refusal::of_body`]).
pub fn reads_json<'h>(method: &str, path: &str, header: impl Fn(&'static str) -> Option<&'h [u8]>) -> bool {
    let path = tidied(path);
    let route = ROUTES.iter().find(|route| route.matches(path).is_some());
    let act = route.and_then(|route| route.acts.iter().find(|act| act.method == method));
    act.is_some_and(|act| act.json.is_some()) && is_plain(&header)
}

/// What comes twice is answered from memory, and a mask may be wrong itself: the server says so before it looks at
/// anything else.
fn is_plain<'h>(header: &impl Fn(&'static str) -> Option<&'h [u8]>) -> bool {
    header(IDEMPOTENCY_HEADER).is_none() && header(FIELDS_HEADER).is_none()
}

/// Takes the slash off the end of a path of the interface: many clients build one.
pub(crate) fn tidied(path: &str) -> &str {
    if path.starts_with("/api/") { path.trim_end_matches('/') } else { path }
}

impl Route {
    /// Whether a path is this one; then, what stands for its first placeholder.
    fn matches<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (pattern, fixed) = (self.path, self.fixed);
        if fixed == pattern.len() {
            return (path == pattern).then_some("");
        }
        let rest = path.as_bytes().starts_with(&pattern.as_bytes()[..fixed]).then(|| path.get(fixed..))??;
        let mut segments = rest.split('/');
        let mut name = None;
        for part in pattern[fixed..].split('/') {
            let segment = segments.next()?;
            if part.starts_with('{') {
                if segment.is_empty() {
                    return None;
                }
                name.get_or_insert(segment);
            } else if part != segment {
                return None;
            }
        }
        if segments.next().is_some() { None } else { name }
    }
}

fn looking<'h>(look: Look, name: &str, query: &str, header: impl Fn(&'static str) -> Option<&'h [u8]>) -> Verdict {
    match look {
        Look::Free => Verdict::Pass,
        Look::Ask => Verdict::Limit(LOOKING),
        Look::Keep(..) if PERSONAL.iter().any(|&personal| header(personal).is_some()) || holds_key(query) => {
            Verdict::Limit(LOOKING)
        }
        Look::Keep(keep, parameters) => Verdict::Cache(Cached { keep, parameters }),
        Look::Request(kind, answer) => watching(kind, answer, name, header),
        Look::Work => Verdict::Wake,
    }
}

/// Somebody looks how far a request is. Whoever does not say who they are may be refused by the server for where they
/// are, and what of an answer is wanted only the server can cut out: both are the server's. So is a picture's status: it
/// holds links or the picture itself, by who asks. Streams begin with a question to the server anyway.
fn watching<'h>(kind: Kind, answer: Answer, name: &str, header: impl Fn(&'static str) -> Option<&'h [u8]>) -> Verdict {
    let is_masked = header(FIELDS_HEADER).is_some();
    let is_servers = match (kind, answer) {
        (_, Answer::Events) => false,
        (Kind::Image, Answer::Check) => is_masked || !is_named(&header),
        _ => is_masked,
    };
    match Id::parse(name) {
        _ if is_servers => Verdict::Limit(POLLING),
        Some(_) if (kind, answer) == (Kind::Image, Answer::Status) => Verdict::Limit(POLLING),
        Some(id) => Verdict::Watch(Watch { kind, answer, id }),
        None if is_masked => Verdict::Limit(POLLING),
        None => no_request(name).unwrap_or(Verdict::Limit(POLLING)),
    }
}

fn acting<'h>(act: &Act, name: &str, header: impl Fn(&'static str) -> Option<&'h [u8]>) -> Verdict {
    let is_plain = is_plain(&header);
    if is_plain && let Some(bytes_max) = act.json {
        let declared = header("content-type").and_then(visible);
        if !declared.is_some_and(refusal::is_json) {
            return Verdict::Refuse(Refusal::unreadable());
        }
        let length = header("content-length").and_then(visible).and_then(|text| text.parse::<u64>().ok());
        if length.is_some_and(|length| length > bytes_max as u64) {
            return Verdict::Refuse(Refusal::too_large());
        }
    }
    if is_plain && act.names == Names::Request && Id::parse(name).is_none() {
        return no_request(name).unwrap_or(Verdict::Limit(act.bucket));
    }
    // A service calls for many people, whom only the server can tell apart.
    if header(PASSKEY_HEADER).is_some() { Verdict::Pass } else { Verdict::Limit(act.bucket) }
}

/// Refuses an id that is none; not if it is not even text, which the server says in other words. An id that is encoded
/// may still be one.
fn no_request(name: &str) -> Option<Verdict> {
    let decoded = decode(name, false)?;
    Id::parse(&decoded).is_none().then(|| Verdict::Refuse(Refusal::no_request(&decoded)))
}

/// Whether a client says what it is.
fn is_named<'h>(header: &impl Fn(&'static str) -> Option<&'h [u8]>) -> bool {
    let said = header(CLIENT_AGENT_HEADER).and_then(visible);
    let agent = said.or_else(|| header(CLIENT_AGENT_UNDERSCORED).and_then(visible));
    agent.is_some_and(|agent| agent != ClientAgent::UNKNOWN)
}

/// Whether somebody put a key where none belongs.
fn holds_key(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        KEYS_IN_QUERIES.iter().any(|key| name.eq_ignore_ascii_case(key))
    })
}

/// A header as text, if it is such text as the server reads.
fn visible(bytes: &[u8]) -> Option<&str> {
    let is_visible = bytes.iter().all(|byte| matches!(byte, b'\t' | 32..=126));
    if is_visible { std::str::from_utf8(bytes).ok() } else { None }
}

/// The paths of the interface, each with what `OPTIONS` is told about it: so that the server can be held to them.
pub fn paths() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.path, route.allow))
}
