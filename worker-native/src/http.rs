//! The server over HTTP: the wire of `throng-api`, spoken with reqwest. Each call is one try with a time limit; the loop
//! of `throng-bridge` repeats. Which foreign addresses may be visited is in `http/address.rs`, hearing that there may be work in
//! `http/ear.rs`.

mod address;
mod ear;

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, Url, redirect};
use serde::Serialize;
use throng_api::auth::{API_KEY_HEADER, CLIENT_AGENT_HEADER};
use throng_api::pop::image::PostImagePop;
use throng_api::pop::text::PostTextPop;
use throng_api::submit::{PostImageSubmit, PostTextSubmit, Submitted};
use throng_api::users::{GetFindUser, UserDetails};
use throng_api::watch::GetWake;
use throng_api::{ApiKey, BASE_PATH, Endpoint};
use throng_bridge::horde::{Account, Pop};
use throng_bridge::outcome::Submission;
use throng_bridge::{Horde, HordeError, Kind, Offer, wire};

use self::ear::Ear;

/// A server that does not even shake hands within this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For calls that carry little; a busy server may still take its time.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// For pictures, over a slow line.
const PICTURE_TIMEOUT: Duration = Duration::from_mins(1);
/// A pop may carry a source picture and a mask inside, each in base64.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A source picture; servers refuse larger ones long before.
const SOURCE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Said where only a fault of this program could lead.
const NO_ALCHEMY: &str = "this worker makes no alchemy";

/// A server.
pub(crate) struct HttpHorde {
    client: Client,
    /// For addresses of others: no key, no redirects that could lead to somewhere private.
    stranger: Client,
    base: Url,
    host: Option<String>,
    ear: Ear,
}

impl HttpHorde {
    /// Prepares to talk to a server; nothing is sent yet.
    pub(crate) fn new(url: &str, key: &ApiKey, agent: &str) -> Result<Self, HordeError> {
        let base = base(url)?;
        let mut headers = HeaderMap::new();
        let value = |text: &str| HeaderValue::from_str(text).map_err(|error| unusable(&format!("a header ({error})")));
        let mut secret = value(key.reveal())?;
        secret.set_sensitive(true);
        headers.insert(API_KEY_HEADER, secret);
        headers.insert(CLIENT_AGENT_HEADER, value(agent)?);
        let builder = || Client::builder().connect_timeout(CONNECT_TIMEOUT).user_agent(agent);
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(network);
        let host = base.host_str().map(str::to_owned);
        Ok(Self {
            client: build(builder().default_headers(headers).timeout(CALL_TIMEOUT))?,
            stranger: build(builder().redirect(redirect::Policy::none()).timeout(PICTURE_TIMEOUT))?,
            base,
            host,
            ear: Ear::default(),
        })
    }

    fn url(&self, path: &str) -> Result<Url, HordeError> {
        self.base.join(path.trim_start_matches('/')).map_err(|error| unusable(&error.to_string()))
    }

    async fn post<E: Endpoint>(&self, body: &impl Serialize) -> Result<Vec<u8>, HordeError> {
        call(self.client.post(self.url(E::PATH)?).json(body), ANSWER_BYTES_MAX).await
    }
}

impl Horde for HttpHorde {
    async fn pop(&self, offer: &Offer) -> Result<Pop, HordeError> {
        match offer.kind {
            Kind::Image => wire::read_image_pop(&self.post::<PostImagePop>(&wire::image_pop(offer)).await?),
            Kind::Text => wire::read_text_pop(&self.post::<PostTextPop>(&wire::text_pop(offer)).await?),
            Kind::Alchemy => Err(unusable(NO_ALCHEMY)),
        }
    }

    async fn submit(&self, submission: &Submission) -> Result<f64, HordeError> {
        let body = wire::submit(submission);
        let answer = match submission.kind {
            Kind::Image => self.post::<PostImageSubmit>(&body).await?,
            Kind::Text => self.post::<PostTextSubmit>(&body).await?,
            Kind::Alchemy => return Err(unusable(NO_ALCHEMY)),
        };
        Ok(read::<Submitted>(&answer)?.reward)
    }

    async fn upload(&self, address: &str, webp: &[u8]) -> Result<(), HordeError> {
        let url = address::parse(address)?;
        // The key stays here: the address may belong to a store that is none of the server's.
        let request = self.stranger.put(url).header(CONTENT_TYPE, "image/webp").body(webp.to_vec());
        call(request, ANSWER_BYTES_MAX).await.map(drop)
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, HordeError> {
        let url = address::parse(address)?;
        address::check_public(&url, self.host.as_deref()).await?;
        call(self.stranger.get(url), SOURCE_BYTES_MAX).await
    }

    async fn find_user(&self) -> Result<Account, HordeError> {
        let answer = call(self.client.get(self.url(GetFindUser::PATH)?), ANSWER_BYTES_MAX).await?;
        Ok(wire::account(&read::<UserDetails>(&answer)?))
    }

    async fn woken(&self, offers: &[Offer]) {
        if let Ok(url) = self.url(GetWake::PATH) {
            self.ear.listen(&self.client, url, offers);
        }
        self.ear.rung().await;
    }

    fn is_listening(&self) -> bool {
        self.ear.is_listening()
    }
}

/// People write a server's address in many ways: with or without `/api`, `/api/v2` and a slash at the end.
fn base(url: &str) -> Result<Url, HordeError> {
    let url = url.trim().trim_end_matches('/');
    let url = url.strip_suffix(BASE_PATH).or_else(|| url.strip_suffix("/api")).unwrap_or(url);
    let url = if url.contains("://") { format!("{url}/") } else { format!("https://{url}/") };
    let parsed = Url::parse(&url).map_err(|error| unusable(&format!("{url}: {error}")))?;
    match parsed.scheme() {
        "http" | "https" => Ok(parsed),
        other => Err(unusable(&format!("{url}: {other} is neither http nor https"))),
    }
}

async fn call(request: RequestBuilder, bytes_max: usize) -> Result<Vec<u8>, HordeError> {
    let response = request.send().await.map_err(network)?;
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = body(response, bytes_max).await?;
    if status.is_success() { Ok(body) } else { Err(wire::error_of(status.as_u16(), retry_after, &body)) }
}

async fn body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, HordeError> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(network)? {
        if bytes.len() + piece.len() > bytes_max {
            return Err(HordeError::Unreadable(format!("it is larger than {bytes_max} bytes")));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.into())
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, HordeError> {
    serde_json::from_slice(body).map_err(|error| HordeError::Unreadable(error.to_string()))
}

/// Seconds; the other form, a date, is not used by servers of this kind.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Tells the whole chain of causes, without the address: it may carry a signature.
fn network(error: reqwest::Error) -> HordeError {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    HordeError::Network(words)
}

/// An address or a header that can never work.
fn unusable(what: &str) -> HordeError {
    HordeError::Refused { status: 400, code: None, message: format!("it cannot be used: {what}") }
}

#[cfg(test)]
mod tests;
