//! What the operator says: which servers stand behind, and the key that they speak with.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use throng_policy::sign::KEY_BYTES;
use worker::Env;

/// How long a server has for the first byte of an answer to a look, in seconds, if nobody says otherwise.
const WAIT_SECONDS: u64 = 15;

/// How long it has at most where something old can be given instead.
const WAIT_SHORT: Duration = Duration::from_secs(3);

/// What the operator says.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Where the servers are, in order of preference, without a slash at the end.
    pub(crate) origins: Vec<String>,
    /// How long one has for the first byte of an answer to a look.
    pub(crate) wait: Duration,
    /// The key that they speak with; without it nothing that anybody tells is believed.
    pub(crate) key: Option<[u8; KEY_BYTES]>,
}

impl Setup {
    /// Reads it.
    pub(crate) fn read(env: &Env) -> Self {
        let said = |name: &str| env.var(name).ok().map(|value| value.to_string());
        let origins = said("ORIGINS").unwrap_or_default();
        let origins = origins.split(',').map(|origin| origin.trim().trim_end_matches('/').to_owned());
        let seconds = said("ORIGIN_WAIT_SECONDS").and_then(|seconds| seconds.parse::<f64>().ok());
        let wait = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self {
            origins: origins.filter(|origin| !origin.is_empty()).collect(),
            wait: wait.unwrap_or(Duration::from_secs(WAIT_SECONDS)),
            key: key(env),
        }
    }

    /// The same, for whoever does not have to wait.
    pub(crate) fn impatient(&self) -> Self {
        Self { wait: self.wait.min(WAIT_SHORT), ..self.clone() }
    }
}

fn key(env: &Env) -> Option<[u8; KEY_BYTES]> {
    let text = env.secret("EDGE_KEY").ok()?.to_string();
    URL_SAFE_NO_PAD.decode(text.trim()).ok()?.try_into().ok()
}
