//! Typed calls over the wire's endpoints, from the page to the server it came from. Every failure becomes a `Trouble` in plain
//! words here; what to do about it is decided by whoever called. Calls that stay open are in `client/stream.rs`.

pub mod stream;

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use throng_api::endpoint::{Endpoint, Method, fill};
use throng_api::{ApiKey, ErrorBody, auth};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::trouble::Trouble;

/// How the page names itself to the server.
const CLIENT_AGENT: &str = concat!("throng-page:", env!("CARGO_PKG_VERSION"), ":unknown");

/// One call, until it is sent.
pub struct Call<'a> {
    values: &'a [&'a str],
    query: &'a str,
    key: Option<&'a ApiKey>,
}

impl<'a> Call<'a> {
    /// A call that needs nobody's key, with values for the placeholders of the path.
    pub fn to(values: &'a [&'a str]) -> Self {
        Self { values, query: "", key: None }
    }

    /// Adds a query, without its question mark.
    #[must_use]
    pub fn query(self, query: &'a str) -> Self {
        Self { query, ..self }
    }

    /// Calls on behalf of a key's owner.
    #[must_use]
    pub fn by(self, key: &'a ApiKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Sends it without a body and reads the answer.
    pub async fn get<E>(self) -> Result<E::Response, Trouble>
    where
        E: Endpoint<Request = ()>,
        E::Response: DeserializeOwned,
    {
        self.get_part::<E, E::Response>().await
    }

    /// Sends it without a body and reads only that part of the answer which the page uses.
    pub async fn get_part<E: Endpoint<Request = ()>, T: DeserializeOwned>(self) -> Result<T, Trouble> {
        read(&exchange(E::METHOD, self.address(E::PATH), self.key, None).await?)
    }

    /// Sends it with a body and reads the answer.
    pub async fn post<E>(self, body: &E::Request) -> Result<E::Response, Trouble>
    where
        E: Endpoint,
        E::Request: Serialize,
        E::Response: DeserializeOwned,
    {
        let body = serde_json::to_string(body).map_err(|_| Trouble::unreadable())?;
        read(&exchange(E::METHOD, self.address(E::PATH), self.key, Some(body)).await?)
    }

    fn address(&self, path: &str) -> String {
        let mut address = fill(path, self.values);
        if !self.query.is_empty() {
            address.push('?');
            address.push_str(self.query);
        }
        address
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|_| Trouble::unreadable())
}

/// Sends a call and brings the text of its answer. Knows no types, so that the program holds it once and not once for each endpoint.
async fn exchange(
    method: Method,
    address: String,
    key: Option<&ApiKey>,
    body: Option<String>,
) -> Result<String, Trouble> {
    let mut call = RequestBuilder::new(&address)
        .method(http_method(method))
        .header(auth::CLIENT_AGENT_HEADER, CLIENT_AGENT)
        .header(auth::EXTENSIONS_HEADER, "1")
        .header("accept", "application/json");
    if let Some(key) = key {
        call = call.header(auth::API_KEY_HEADER, key.reveal());
    }
    let call = match body {
        Some(body) => call.header("content-type", "application/json").body(body),
        None => call.build(),
    };
    let response = call.map_err(|_| Trouble::unreadable())?.send().await.map_err(|_| Trouble::unreachable())?;
    let text = response.text().await.map_err(|_| Trouble::unreachable())?;
    if response.ok() {
        return Ok(text);
    }
    let body = serde_json::from_str(&text).unwrap_or_else(|_| ErrorBody::message(""));
    Err(Trouble::refused(response.status(), &body.message, body.rc.as_deref(), &body.errors.unwrap_or_default()))
}

fn http_method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Patch => HttpMethod::PATCH,
        Method::Delete => HttpMethod::DELETE,
    }
}

/// Brings the bytes behind a link, for pictures whose link will run out before the person has looked enough.
pub async fn bytes(link: &str) -> Result<Vec<u8>, Trouble> {
    let response = RequestBuilder::new(link).send().await.map_err(|_| Trouble::unreachable())?;
    if !response.ok() {
        return Err(Trouble::refused(response.status(), "", None, &std::collections::BTreeMap::new()));
    }
    response.binary().await.map_err(|_| Trouble::unreachable())
}

/// A call that is on its way and arrives even if the page is closed now.
pub struct Sent(Option<js_sys::Promise>);

impl Sent {
    /// Waits for its answer, of which only success or failure counts.
    pub async fn arrived(self) -> Result<(), Trouble> {
        let promise = self.0.ok_or_else(Trouble::unreadable)?;
        let answer = JsFuture::from(promise).await.map_err(|_| Trouble::unreachable())?;
        let response: web_sys::Response = answer.dyn_into().map_err(|_| Trouble::unreadable())?;
        if response.ok() {
            return Ok(());
        }
        Err(Trouble::refused(response.status(), "", None, &std::collections::BTreeMap::new()))
    }
}

/// Sends a body at once, before anything is awaited, in such a way that the browser delivers it after the page is gone.
/// A beacon would do that, too, but it cannot carry a key.
pub fn send_lasting<E>(body: &E::Request, key: &ApiKey) -> Sent
where
    E: Endpoint,
    E::Request: Serialize,
{
    Sent(serde_json::to_string(body).ok().and_then(|body| fetch_lasting(E::METHOD, E::PATH, &body, key)))
}

fn fetch_lasting(method: Method, path: &str, body: &str, key: &ApiKey) -> Option<js_sys::Promise> {
    let headers = web_sys::Headers::new().ok()?;
    headers.set(auth::API_KEY_HEADER, key.reveal()).ok()?;
    headers.set(auth::CLIENT_AGENT_HEADER, CLIENT_AGENT).ok()?;
    headers.set("content-type", "application/json").ok()?;
    let options = web_sys::RequestInit::new();
    options.set_method(method.as_str());
    options.set_headers_headers(&headers);
    options.set_body(&JsValue::from_str(body));
    // A member that the bindings do not know yet.
    js_sys::Reflect::set(&options, &JsValue::from_str("keepalive"), &JsValue::TRUE).ok()?;
    Some(web_sys::window()?.fetch_with_str_and_init(path, &options))
}
