//! A call, with what is looked at more than once read out of it.

use js_sys::Reflect;
use worker::{Request, Result};

/// A call.
pub(crate) struct Call {
    pub(crate) request: Request,
    /// In capitals.
    pub(crate) method: String,
    /// Where it was made to: scheme and host, without a slash at the end.
    pub(crate) place: String,
    pub(crate) path: String,
    /// Without its question mark.
    pub(crate) query: String,
    headers: Vec<(String, String)>,
}

impl Call {
    /// Reads a call.
    pub(crate) fn new(request: Request) -> Self {
        let url = request.inner().url();
        let (place, path, query) = parts(&url);
        let (place, path, query) = (place.to_owned(), path.to_owned(), query.to_owned());
        // Names come in small letters.
        let headers = request.headers().entries().collect();
        Self { method: request.inner().method(), place, path, query, headers, request }
    }

    /// A header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same, as the policy wants it.
    pub(crate) fn bytes_of(&self, name: &'static str) -> Option<&[u8]> {
        self.header(name).map(str::as_bytes)
    }

    /// A parameter of the query, as it stands there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name))
            .map(|(_, value)| value)
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Whether it changes nothing.
    pub(crate) fn is_look(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// Whether the caller wants a WebSocket.
    pub(crate) fn wants_socket(&self) -> bool {
        self.header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
    }

    /// The encodings that the caller takes, in the words of `Accept-Encoding`. Cloudflare puts its own in the place of that header,
    /// and says here what stood there.
    pub(crate) fn encodings(&self) -> String {
        let cf = Reflect::get(self.request.inner(), &"cf".into()).unwrap_or_default();
        let said = Reflect::get(&cf, &"clientAcceptEncoding".into()).ok().and_then(|said| said.as_string());
        said.or_else(|| self.header("accept-encoding").map(str::to_owned)).unwrap_or_default()
    }

    /// How long the body says it is.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header("content-length").and_then(|length| length.trim().parse().ok())
    }

    /// The same call without its body: for whoever goes on after it was answered.
    pub(crate) fn again(&self) -> Result<Self> {
        let init = web_sys::RequestInit::new();
        init.set_method(&self.method);
        init.set_headers(&self.request.inner().headers());
        let request = web_sys::Request::new_with_str_and_init(&self.request.inner().url(), &init)?;
        Ok(Self::new(request.into()))
    }

    /// Reads the whole body. It can be read once.
    pub(crate) async fn bytes(&mut self) -> Result<Vec<u8>> {
        self.request.bytes().await
    }
}

/// Takes an absolute address apart: place, path, query.
fn parts(url: &str) -> (&str, &str, &str) {
    let behind = url.find("://").map_or(0, |at| at + 3);
    let at = url[behind..].find(['/', '?', '#']).map_or(url.len(), |at| behind + at);
    let (place, rest) = url.split_at(at);
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (place, if path.is_empty() { "/" } else { path }, query)
}
