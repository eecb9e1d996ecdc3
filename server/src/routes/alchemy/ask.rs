//! `POST /interrogate/async`: asks for forms of a picture. The wire's body becomes the rules' request; the desk decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use throng_api::alchemy::{Accepted, Ask};
use throng_domain::alchemy::{AlchemyWork, Form};
use throng_domain::desk::answer;
use throng_domain::request::{Name, Request, Work};
use throng_domain::{RequestId, UserId};

use super::super::asked::{check_webhook, network, shared};
use super::super::screen::check_open;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::images::source::Tiled;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, refuse_nul, reply};

/// The help that stands before "missing", as for every parameter.
const SOURCE_HELP: &str = "The public URL of the image to interrogate, or the image in base64.";

/// Admits a request for forms.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::alchemy::ALCHEMY_ASK, &body)?;
    call.key()?;
    validation::need(&body, "source_image", SOURCE_HELP)?;
    refuse_nul(&body)?;
    let ask: Ask = validation::typed(body)?;
    check_open(&app)?;
    check_webhook(&app, ask.webhook.as_deref())?;
    let user = call.caller(&app)?.user();
    let count = u32::try_from(ask.forms.len()).unwrap_or(u32::MAX);
    let safe = app.is_safe(call.address).await;
    // Too many are refused before the picture is fetched and read, which is the costly part.
    app.desk.read(move |desk| desk.may_ask_for_forms(user, count, safe)).await?.map_err(Error::from)?;
    let source = app.take_alchemy_source(&ask.source_image).await?;
    let mut request = request(ask, user, &call, source);
    request.safe_address = safe;
    let ask = answer::Ask { request, allow_downgrade: false, id: call.cause.map(RequestId) };
    let asked = app.desk.ask(ask).await?;
    Ok(reply(StatusCode::ACCEPTED, &Accepted { id: asked.request.to_string(), message: None }))
}

/// Makes the request. What the wire cannot say of alchemy stands as it does for a request that says nothing.
fn request(ask: Ask, user: UserId, call: &Call, source: Tiled) -> Request {
    let payload = |members: BTreeMap<String, Value>| Arc::new(Value::from_iter(members));
    let forms: Vec<Form> = ask
        .forms
        .into_iter()
        .map(|form| Form { name: Name::from(form.name), payload: form.payload.map(payload) })
        .collect();
    Request {
        user,
        prompt: Arc::from(""),
        payload: Arc::new(Value::Object(serde_json::Map::new())),
        models: Vec::new(),
        n: u16::try_from(forms.len()).unwrap_or(u16::MAX),
        nsfw: false,
        trusted_workers: ask.trusted_workers,
        validated_backends: false,
        slow_workers: ask.slow_workers,
        extra_slow_workers: false,
        disable_batching: false,
        targeting: None,
        safe_address: true,
        shared: false,
        client_agent: Arc::from(call.agent.as_str()),
        webhook: shared(ask.webhook.as_deref()),
        proxied_account: None,
        shared_key: None,
        key_of_style: false,
        style_owner: None,
        address: Some(network(call.address)),
        work: Work::Alchemy(AlchemyWork { source: source.name.into(), tiles: source.tiles, forms }),
    }
}
