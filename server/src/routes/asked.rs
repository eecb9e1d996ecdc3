//! What asking for images, for texts and for alchemy have in common: targeting, webhooks, whom a service may speak for, and the answers.
//! Not here: what only one kind has (`image/`, `text/`).

use std::net::IpAddr;
use std::sync::Arc;

use axum::response::Response;
use http::{HeaderValue, StatusCode};
use throng_api::ReturnCode as Rc;
use throng_api::image::{Accepted, ExtraSourceImage, Progress, Warning};
use throng_api::watch::SEQUENCE_HEADER;
use throng_domain::desk::answer::{self, Asked};
use throng_domain::request::{Name, Targeting};
use throng_domain::standing::Roles;
use throng_domain::{Kind, Kudos, RequestId, UserId, WorkerId};
use throng_policy::refusal::no_request;
use uuid::Uuid;

use super::users::alias;
use crate::addresses::network::Network;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::reply;

/// Extra source images of one request.
const EXTRA_SOURCES_MAX: usize = 5;
/// Those of a requester who is not trusted.
const EXTRA_SOURCES_UNTRUSTED_MAX: usize = 1;
/// Models that a request may name: as many as one worker may serve. It waits under the name of each.
const MODELS_MAX: usize = 300;
/// Workers that a request may name. Only the first few count, but all of them have to be there.
const WORKERS_MAX: usize = 300;

/// Said when nobody online can do what was asked.
const NO_WORKER: &str =
    "Warning: No available workers can fulfill this request. It will expire in 20 minutes unless a worker appears.";

/// Who asks, as far as it matters to what may be asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    /// What they are.
    pub roles: Roles,
    /// What they are called: `name#number`.
    pub alias: String,
}

/// Looks up who a user is.
pub(super) async fn who(app: &App, user: UserId) -> Result<Who, Error> {
    let found = app.desk.user(user).await?.map(|view| view.record);
    Ok(found.map(|record| Who { roles: record.roles, alias: alias(&record) }).unwrap_or_default())
}

/// Looks up what a user is: only for requests that need to be somebody in particular.
pub(super) async fn roles(app: &App, user: UserId) -> Result<Roles, Error> {
    Ok(app.desk.user(user).await?.map(|view| view.record.roles).unwrap_or_default())
}

/// Refuses webhooks that would travel in the open, unless the operator permits it.
pub(super) fn check_webhook(app: &App, webhook: Option<&str>) -> Result<(), Error> {
    match webhook {
        Some(url) if !url.starts_with("https://") && !app.config.private_webhooks => {
            Err(Error::refused_with(Rc::BadRequest, "Webhook URLs must start with https://"))
        }
        _ => Ok(()),
    }
}

/// Refuses names of proxied accounts from whoever is no service.
pub(super) async fn check_proxied(app: &App, user: UserId, proxied: Option<&str>) -> Result<(), Error> {
    if proxied.is_some() && !roles(app, user).await?.service {
        return Err(Error::refused(Rc::OnlyServiceAccountProxy));
    }
    Ok(())
}

/// Refuses more extra source images than the requester may send.
pub(super) async fn check_extra_sources(app: &App, user: UserId, images: &[ExtraSourceImage]) -> Result<(), Error> {
    if images.len() > EXTRA_SOURCES_MAX {
        return Err(Error::refused(Rc::TooManyExtraSourceImagesDotted));
    }
    if images.len() > EXTRA_SOURCES_UNTRUSTED_MAX && !roles(app, user).await?.trusted {
        return Err(Error::refused(Rc::MoreThanMinExtraSourceImageDotted));
    }
    Ok(())
}

/// Refuses lists that only somebody makes who wants to keep the desk busy.
pub(super) fn check_lists(models: &[String], workers: &[String]) -> Result<(), Error> {
    for (name, list, most) in [("models", models, MODELS_MAX), ("workers", workers, WORKERS_MAX)] {
        if list.len() > most {
            return Err(Error::invalid(name, format!("{} entries are more than the maximum of {most}", list.len())));
        }
    }
    Ok(())
}

/// Welcomes many calls from where an esteemed user asks for something itself.
pub(super) fn welcome(app: &App, call: &Call, user: UserId) {
    if !call.is_for_visitor() && app.board.is_esteemed(user) {
        app.addresses.listed.note(call.address, app.clock.now());
    }
}

/// Reads which workers may serve, or may not.
pub(super) fn targeting(workers: &[String], deny: bool) -> Result<Option<Targeting>, Error> {
    if workers.is_empty() {
        return Ok(None);
    }
    let unknown = |id: &String| Error::refused_with(Rc::WorkerNotFound, format!("Worker with ID {id} not found."));
    let read = |id: &String| Uuid::try_parse(id).map(WorkerId).map_err(|_| unknown(id));
    let workers = workers.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Some(Targeting { deny, workers }))
}

/// Shares names.
pub(super) fn names(names: &[String]) -> Vec<Name> {
    names.iter().map(|name| Name::from(name.as_str())).collect()
}

/// Shares a text that may be absent.
pub(super) fn shared(text: Option<&str>) -> Option<Arc<str>> {
    text.map(Arc::from)
}

/// Where a request came from, as grave reports name it.
pub(super) fn network(address: IpAddr) -> Name {
    Network::of_holder(address).to_string().into()
}

/// A price as the wire's number.
pub(crate) fn number(kudos: Kudos) -> f64 {
    kudos.hundredths() as f64 / 100.0
}

/// The answer to an admitted request, with what is odd about it. Only images have warnings; under a raid nobody is told how the house is
/// doing.
pub(super) fn accepted(app: &App, asked: &Asked, kind: Kind, mut warnings: Vec<Warning>) -> Response {
    let impossible = !asked.possible && !app.board.modes().raid;
    if impossible && kind == Kind::Image {
        warnings.push(Warning { code: "NoAvailableWorker".to_owned(), message: NO_WORKER.to_owned() });
    }
    let body = Accepted {
        id: Some(asked.request.to_string()),
        kudos: number(asked.price),
        message: impossible.then(|| NO_WORKER.to_owned()),
        warnings: (!warnings.is_empty()).then_some(warnings),
    };
    reply(StatusCode::ACCEPTED, &body)
}

/// The answer to a dry run.
pub(super) fn priced(price: Kudos) -> Response {
    reply(StatusCode::OK, &Accepted { id: None, kudos: number(price), message: None, warnings: None })
}

/// Reads a request's id. What is no id names no request.
pub(super) fn request_id(text: &str) -> Result<RequestId, Error> {
    Uuid::try_parse(text).map(RequestId).map_err(|_| not_found(text))
}

/// There is no such request.
pub(super) fn not_found(id: &str) -> Error {
    Error::refused_with(Rc::RequestNotFound, no_request(id))
}

/// Tells from which look an answer is, so that of two answers the newer is known.
pub(super) fn numbered(sequence: u64, mut response: Response) -> Response {
    response.headers_mut().insert(SEQUENCE_HEADER, HeaderValue::from(sequence));
    response
}

/// How far a request is, in the wire's words.
pub(crate) fn progress(progress: &answer::Progress) -> Progress {
    Progress {
        finished: progress.finished,
        processing: progress.processing,
        restarted: progress.restarted,
        waiting: progress.waiting,
        done: progress.done,
        faulted: progress.faulted,
        wait_time: progress.wait_seconds,
        queue_position: u64::from(progress.queue_position),
        kudos: number(progress.consumed),
        is_possible: progress.possible,
    }
}
