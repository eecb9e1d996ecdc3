//! The server over the browser's fetch: the wire of `throng-api` as `throng-bridge` speaks it. Each call is one try with a time
//! limit; the loop repeats. Hearing that there may be work is in `ear.rs`.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use throng_api::auth::{API_KEY_HEADER, CLIENT_AGENT_HEADER};
use throng_api::endpoint::{Endpoint, Method, fill};
use throng_api::pop::image::PostImagePop;
use throng_api::pop::text::PostTextPop;
use throng_api::submit::{PostImageSubmit, PostTextSubmit, Submitted};
use throng_api::users::{GetFindUser, UserDetails};
use throng_api::watch::GetWake;
use throng_bridge::horde::{Account, Pop};
use throng_bridge::listening::ANSWER_WAIT;
use throng_bridge::outcome::Submission;
use throng_bridge::{Control, Horde, HordeError, Kind, Offer, wire};

use crate::ear::Ear;
use crate::exchange::stream::Stream;
use crate::exchange::{Call, Purse, exchange};
use crate::studio::Studio;

/// How the worker names itself.
pub(crate) const AGENT: &str = concat!("Throng Web Worker:", env!("CARGO_PKG_VERSION"), ":unknown");

/// For calls that carry little; a busy server may still take its time.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// For pictures, over a slow line.
const PICTURE_TIMEOUT: Duration = Duration::from_mins(1);
/// A pop may carry a source picture and a mask inside, each in base64.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A source picture; servers refuse larger ones long before.
const SOURCE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A server, as one user's worker sees it.
pub(crate) struct Server {
    base: String,
    key: String,
    purse: Rc<Purse>,
}

impl Server {
    /// Prepares to talk to a server; nothing is sent yet.
    pub(crate) fn new(base: &str, key: &str, purse: Rc<Purse>) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), key: key.to_owned(), purse }
    }

    /// How much may travel still.
    pub(crate) fn purse(&self) -> &Purse {
        &self.purse
    }

    /// Reads an endpoint.
    pub(crate) async fn get<E>(&self) -> Result<E::Response, HordeError>
    where
        E: Endpoint<Request = ()>,
        E::Response: DeserializeOwned,
    {
        read(&self.call(E::METHOD, E::PATH, None, CALL_TIMEOUT).await?)
    }

    /// Brings the bytes of an endpoint.
    pub(crate) async fn bytes<E: Endpoint>(
        &self,
        values: &[&str],
        time_limit: Duration,
    ) -> Result<Vec<u8>, HordeError> {
        self.call(E::METHOD, &fill(E::PATH, values), None, time_limit).await
    }

    async fn post<E: Endpoint>(&self, body: &impl Serialize) -> Result<Vec<u8>, HordeError> {
        let body = serde_json::to_vec(body).map_err(|error| HordeError::Unreadable(error.to_string()))?;
        self.call(E::METHOD, E::PATH, Some(&body), CALL_TIMEOUT).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&[u8]>,
        time_limit: Duration,
    ) -> Result<Vec<u8>, HordeError> {
        let headers =
            [(API_KEY_HEADER, self.key.as_str()), (CLIENT_AGENT_HEADER, AGENT), ("content-type", "application/json")];
        let headers = if body.is_some() { &headers[..] } else { &headers[..2] };
        let address = format!("{}{path}", self.base);
        let method = method.as_str();
        let call = Call { method, address: &address, headers, body, time_limit, answer_bytes_max: ANSWER_BYTES_MAX };
        exchange(call, &self.purse).await
    }

    /// Opens the stream that says when there may be work for whoever serves what the query names.
    pub(crate) async fn wake(&self, query: &str) -> Result<Stream<'_>, HordeError> {
        let headers = [(API_KEY_HEADER, self.key.as_str()), (CLIENT_AGENT_HEADER, AGENT)];
        let address = format!("{}{}?{query}", self.base, GetWake::PATH);
        let (method, time_limit) = (GetWake::METHOD.as_str(), ANSWER_WAIT);
        // It is read as it comes, and nothing of it is kept.
        let answer_bytes_max = usize::MAX;
        let call = Call { method, address: &address, headers: &headers, body: None, time_limit, answer_bytes_max };
        Stream::open(&call, &self.purse).await
    }

    /// A call to a signed address that may belong to others: the key stays here.
    async fn stranger(&self, method: &'static str, address: &str, body: Option<&[u8]>) -> Result<Vec<u8>, HordeError> {
        let headers: &[(&str, &str)] = if body.is_some() { &[("content-type", "image/webp")] } else { &[] };
        let time_limit = PICTURE_TIMEOUT;
        let call = Call { method, address, headers, body, time_limit, answer_bytes_max: SOURCE_BYTES_MAX };
        exchange(call, &self.purse).await
    }
}

/// The server, asked for jobs only while the device is well and something may still travel.
pub(crate) struct CarefulServer {
    pub(crate) server: Rc<Server>,
    pub(crate) studio: Rc<Studio>,
    pub(crate) control: Control,
    pub(crate) ear: Ear,
}

impl Horde for CarefulServer {
    async fn pop(&self, offer: &Offer) -> Result<Pop, HordeError> {
        if self.server.purse.is_empty() {
            self.control.drain();
            return Ok(nothing());
        }
        if !self.studio.is_well().await {
            self.control.drain();
            return Ok(nothing());
        }
        // The person is using the page: a job would only wait.
        if self.studio.is_held() {
            return Ok(nothing());
        }
        match offer.kind {
            Kind::Image => wire::read_image_pop(&self.server.post::<PostImagePop>(&wire::image_pop(offer)).await?),
            Kind::Text => wire::read_text_pop(&self.server.post::<PostTextPop>(&wire::text_pop(offer)).await?),
            Kind::Alchemy => Ok(nothing()),
        }
    }

    async fn submit(&self, submission: &Submission) -> Result<f64, HordeError> {
        let body = wire::submit(submission);
        let answer = match submission.kind {
            Kind::Text => self.server.post::<PostTextSubmit>(&body).await?,
            // No alchemy is ever popped.
            Kind::Image | Kind::Alchemy => self.server.post::<PostImageSubmit>(&body).await?,
        };
        Ok(read::<Submitted>(&answer)?.reward)
    }

    async fn upload(&self, address: &str, webp: &[u8]) -> Result<(), HordeError> {
        self.server.stranger("PUT", address, Some(webp)).await.map(drop)
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, HordeError> {
        // Where a page may not reach, a browser does not let it: nothing private can be read this way.
        self.server.stranger("GET", address, None).await
    }

    async fn find_user(&self) -> Result<Account, HordeError> {
        let details: UserDetails = self.server.get::<GetFindUser>().await?;
        Ok(wire::account(&details))
    }

    async fn woken(&self, offers: &[Offer]) {
        self.ear.listen(&self.server, offers);
        self.ear.rung().await;
    }

    fn is_listening(&self) -> bool {
        // Held back, it hears and does not ask. So that it asks soon when it is let go, it relies on nothing that it hears.
        self.ear.is_listening() && !self.studio.is_held()
    }
}

fn nothing() -> Pop {
    Pop { popped: None, skipped: std::collections::BTreeMap::new(), messages: Vec::new() }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, HordeError> {
    serde_json::from_slice(body).map_err(|error| HordeError::Unreadable(error.to_string()))
}
