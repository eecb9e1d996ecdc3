//! The page's files, from Cloudflare's assets, with the headers that the server would put on them. Where none are
//! bound, the server's own page is passed on. Not here: what the headers say (`throng_policy::page`).

use throng_policy::page::{GUARDS, cache_control, is_file};
use worker::{EncodeBody, Fetcher, Headers, Response, ResponseBuilder, Result};

use crate::call::Call;
use crate::doorman::Door;

/// The page itself.
const INDEX: &str = "/index.html";

/// Files that the build also packs with Brotli, and what they are.
const PACKED: [(&str, &str); 5] = [
    (".wasm", "application/wasm"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".html", "text/html; charset=utf-8"),
    (".svg", "image/svg+xml"),
];

/// Answers with a file, or with the page: it has routes of its own.
pub(crate) async fn answer(call: &mut Call, door: &Door) -> Result<Response> {
    let Ok(assets) = door.env.assets("ASSETS") else { return door.ask(call).await };
    let path = if is_file(&call.path) { call.path.clone() } else { INDEX.to_owned() };
    let found = file(call, &assets, &path).await?;
    let headers = found.headers().clone();
    let is_found = matches!(found.status_code(), 200 | 206 | 304);
    headers.set("cache-control", cache_control(&path, is_found))?;
    for (name, value) in GUARDS {
        headers.set(name, value)?;
    }
    Ok(found.with_headers(headers))
}

async fn file(call: &Call, assets: &Fetcher, path: &str) -> Result<Response> {
    let kind = PACKED.iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, kind)| *kind);
    if let Some(kind) = kind.filter(|_| takes_brotli(call)) {
        let mut packed = fetch(call, assets, &format!("{path}.br")).await?;
        if matches!(packed.status_code(), 200 | 304) {
            let headers = Headers::new();
            headers.set("content-type", kind)?;
            headers.set("content-encoding", "br")?;
            headers.set("vary", "accept-encoding")?;
            if let Some(tag) = packed.headers().get("etag")? {
                headers.set("etag", &tag)?;
            }
            let response = ResponseBuilder::new().with_status(packed.status_code()).with_headers(headers);
            if packed.status_code() == 304 {
                return Ok(response.empty());
            }
            // Packed already: the runtime must not pack it once more.
            let bytes = packed.bytes().await?;
            return Ok(response.with_encode_body(EncodeBody::Manual).fixed(bytes));
        }
    }
    fetch(call, assets, path).await
}

async fn fetch(call: &Call, assets: &Fetcher, path: &str) -> Result<Response> {
    let init = worker::RequestInit::new();
    for name in ["if-none-match", "range"] {
        if let Some(value) = call.header(name) {
            init.headers.set(name, value)?;
        }
    }
    assets.fetch(format!("{}{path}", call.place), Some(init)).await
}

fn takes_brotli(call: &Call) -> bool {
    call.encodings().split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "br"))
}
