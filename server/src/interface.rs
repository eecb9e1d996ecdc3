//! The interface described for programs: `/api/swagger.json` in Swagger 2.0, which workers read before they offer what they can do, and
//! `/api/openapi.json` in OpenAPI 3.1. Both are made from the facts of the contract (`interface/facts.json`: names, types, bounds; the
//! summaries are ours) and from what this server really answers: an operation without a handler is not in them.

mod openapi;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

use crate::app::App;
use crate::error::{Error, internal};
use crate::wire::JSON;

const FACTS: &str = include_str!("interface/facts.json");

/// What clients look for to know which interface it is.
const TITLE: &str = "AI Horde";
const DESCRIPTION: &str = "A crowdsourced network that makes pictures and texts, run by Throng. Clients and workers of the AI Horde can be used with it.";

/// A method that no handler has: whoever answers it tells which methods it has.
const PROBE: &[u8] = b"PROBE";

/// The table of routes to be described, and its descriptions once they were made.
struct Described {
    table: Router,
    documents: OnceCell<Option<Documents>>,
}

#[derive(Clone)]
struct Documents {
    swagger: Bytes,
    openapi: Bytes,
}

/// The routes of the descriptions of a table.
pub fn routes(table: Router) -> Router<App> {
    let described = Arc::new(Described { table, documents: OnceCell::new() });
    let other = Arc::clone(&described);
    Router::new()
        .route("/api/swagger.json", get(move || async move { described.answer(|documents| documents.swagger).await }))
        .route("/api/openapi.json", get(move || async move { other.answer(|documents| documents.openapi).await }))
}

impl Described {
    async fn answer(&self, pick: impl FnOnce(Documents) -> Bytes) -> Response {
        let made = self.documents.get_or_init(|| async {
            match self.make().await {
                Ok(documents) => Some(documents),
                Err(error) => {
                    tracing::error!(%error, "the interface cannot be described");
                    None
                }
            }
        });
        match made.await.clone() {
            Some(documents) => (StatusCode::OK, [(header::CONTENT_TYPE, JSON)], pick(documents)).into_response(),
            None => internal(),
        }
    }

    async fn make(&self) -> Result<Documents, Error> {
        let facts: Value = serde_json::from_str(FACTS).map_err(Error::internal)?;
        let mut served = BTreeMap::new();
        for path in facts["paths"].as_object().into_iter().flat_map(Map::keys) {
            served.insert(path.clone(), self.methods(path).await);
        }
        let swagger = swagger(&facts, |path, method| {
            served.get(path).is_some_and(|methods| methods.iter().any(|one| one.eq_ignore_ascii_case(method)))
        });
        let openapi = openapi::of(&swagger);
        let write = |document: &Value| serde_json::to_vec(document).map(Bytes::from).map_err(Error::internal);
        Ok(Documents { swagger: write(&swagger)?, openapi: write(&openapi)? })
    }

    /// Asks the table which methods it has on a path.
    async fn methods(&self, path: &str) -> Vec<String> {
        let filled = throng_api::endpoint::fill(path, &["x", "x", "x"]);
        let mut request = Request::new(Body::empty());
        let (Ok(method), Ok(uri)) = (Method::from_bytes(PROBE), format!("/api{filled}").parse()) else {
            return Vec::new();
        };
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let Ok(response) = self.table.clone().oneshot(request).await;
        let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok()).unwrap_or_default();
        allowed.split(',').map(|method| method.trim().to_owned()).collect()
    }
}

/// The description in Swagger 2.0 of those operations that are served.
fn swagger(facts: &Value, is_served: impl Fn(&str, &str) -> bool) -> Value {
    let mut paths = Map::new();
    for (path, item) in facts["paths"].as_object().into_iter().flatten() {
        let mut item = item.clone();
        if let Value::Object(members) = &mut item {
            members.retain(|name, _| name == "parameters" || is_served(path, name));
            for (method, operation) in members.iter_mut().filter(|(name, _)| *name != "parameters") {
                operation["operationId"] = json!(operation_id(method, path));
                operation["tags"] = json!(["v2"]);
                for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                    response["description"] = json!(meaning(status));
                }
            }
            if members.keys().any(|name| name != "parameters") {
                paths.insert(path.clone(), item);
            }
        }
    }
    json!({
        "swagger": "2.0",
        "basePath": "/api",
        "info": {"title": TITLE, "version": throng_api::API_VERSION, "description": DESCRIPTION},
        "tags": [{"name": "v2", "description": "The AI Horde API, version 2"}],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": paths,
        "definitions": facts["definitions"],
        "responses": {
            "ParseError": {"description": "The mask cannot be read."},
            "MaskError": {"description": "The mask does not fit."},
        },
    })
}

/// Names an operation by its method and path.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/v2").split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).fold(method.to_owned(), |id, word| format!("{id}_{word}"))
}

/// What a status means.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "It is done.",
        "201" => "It was made.",
        "202" => "It was accepted and will be done.",
        "400" => "Something is wrong with the request.",
        "401" => "The API key is not known.",
        "402" | "403" => "The caller may not do this.",
        "404" => "There is no such thing.",
        "410" => "It is gone.",
        "423" => "It is in use.",
        "429" => "Too much at once.",
        _ => "The network cannot do this now.",
    }
}
