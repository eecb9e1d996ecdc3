//! Says of every call what is to become of it, and has it done.

use throng_policy::links::FOLDER;
use throng_policy::{Bucket, Refusal, Verdict, bodies, push, verdict};
use worker::{Context, Env, Request, Response, Result, console_error};

use crate::answers;
use crate::call::Call;
use crate::origin::{self, Nobody};
use crate::setup::Setup;
use crate::{changes, page, pictures, shelf, waking, walls, watching};

/// Paths below which everything is the server's, whatever it is.
const SERVERS: [&str; 6] = ["/api", FOLDER, "/weights", "/watch/", "/wake", "/.well-known/"];
/// Single paths that are the server's.
const SERVERS_TOO: [&str; 2] = ["/register", "/metrics"];

/// Said where the edge itself is at fault.
const TROUBLE: &str = "Something went wrong at the edge of this network. Please try again.";

/// What stands around a call.
pub(crate) struct Door {
    pub(crate) env: Env,
    pub(crate) context: Context,
    pub(crate) setup: Setup,
}

/// Answers a call.
pub(crate) async fn answer(request: Request, env: Env, context: Context) -> Result<Response> {
    let mut call = Call::new(request);
    let door = Door { setup: Setup::read(&env), env, context };
    let answered = door.answer(&mut call).await;
    let response = match answered {
        Ok(response) => response,
        Err(error) => {
            console_error!("{} {}: {error}", call.method, call.path);
            answers::plain(500, TROUBLE)?
        }
    };
    // Whoever shakes hands for a WebSocket gets the handshake as it is.
    if response.status_code() == 101 { Ok(response) } else { answers::dressed(response) }
}

impl Door {
    async fn answer(&self, call: &mut Call) -> Result<Response> {
        if call.path == push::PATH {
            return changes::take(call, self).await;
        }
        let said = {
            let header = |name: &'static str| call.bytes_of(name);
            verdict(&call.method, &call.path, &call.query, header)
        };
        self.act(call, said).await
    }

    async fn act(&self, call: &mut Call, said: Verdict) -> Result<Response> {
        match said {
            Verdict::Permit(allow) => answers::permission(allow),
            Verdict::Refuse(refusal) => answers::refused(refusal),
            Verdict::Pass => self.pass(call).await,
            Verdict::Limit(bucket) => self.limit(call, bucket).await,
            Verdict::Cache(cached) => shelf::answer(call, self, cached).await,
            Verdict::Watch(watch) => watching::answer(call, self, watch).await,
            Verdict::Wake => waking::answer(call, self).await,
        }
    }

    /// What nobody counts: pictures by signed links, the page, and what the server alone knows.
    async fn pass(&self, call: &mut Call) -> Result<Response> {
        if call.path.starts_with(FOLDER) {
            return pictures::answer(call, self).await;
        }
        let is_servers = SERVERS.iter().any(|start| call.path.starts_with(start)) || SERVERS_TOO.contains(&&*call.path);
        if !is_servers && call.is_look() {
            return page::answer(call, self).await;
        }
        self.ask(call).await
    }

    async fn limit(&self, call: &mut Call, bucket: Bucket) -> Result<Response> {
        if walls::is_too_many(call, &self.env, bucket).await {
            return answers::too_often(bucket);
        }
        if call.path.starts_with(FOLDER) {
            return pictures::answer(call, self).await;
        }
        self.ask(call).await
    }

    /// Asks the server, unless what it would be asked is no JSON.
    pub(crate) async fn ask(&self, call: &mut Call) -> Result<Response> {
        let is_short = call.length().is_some_and(|length| length <= bodies::READ_BYTES_MAX as u64);
        let asked = if is_short && is_json(call) {
            let body = call.bytes().await?;
            if let Some(refusal) = Refusal::of_body(&body) {
                return answers::refused(refusal);
            }
            origin::ask_with(call, &self.setup, &body).await?
        } else {
            origin::ask(call, &self.setup).await?
        };
        answered(asked)
    }
}

/// The server's answer, or that there is none.
pub(crate) fn answered(asked: std::result::Result<Response, Nobody>) -> Result<Response> {
    match asked {
        Ok(response) | Err(Nobody(Some(response))) => Ok(response),
        Err(Nobody(None)) => answers::nobody(),
    }
}

/// Whether a call carries JSON that the server would read before anything else.
fn is_json(call: &Call) -> bool {
    throng_policy::policy::reads_json(&call.method, &call.path, |name| call.bytes_of(name))
}
