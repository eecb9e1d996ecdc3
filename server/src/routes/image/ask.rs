//! `POST /generate/async`: asks for images. The wire's body becomes the rules' request; the desk decides.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use throng_api::image::Ask;
use throng_domain::desk::answer;
use throng_domain::{Kind, RequestId};

use super::super::asked::{
    Who, accepted, check_extra_sources, check_lists, check_proxied, check_webhook, priced, welcome, who,
};
use super::super::screen::{self, check_open};
use super::super::styles::apply;
use super::parse::{Sources, request};
use super::rules::{Look, compare, names_lewd_model, needs_who};
use super::warnings::warnings;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, refuse_nul};
use throng_policy::bodies::PLAIN_BYTES_MAX;

/// Members that hold no picture and go on to a worker, or to the desk.
const WORDS: [&str; 4] = ["prompt", "params", "models", "workers"];

/// Admits a request for images, or tells its price.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::IMAGE_ASK, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    refuse_many_words(&body)?;
    let init_as_image = body["params"]["init_as_image"] == true;
    let mut ask: Ask = validation::typed(body)?;
    check_lists(&ask.models, &ask.workers)?;
    check_open(&app)?;
    check_webhook(&app, ask.webhook.as_deref())?;
    let by = call.requester(&app, ask.allow_downgrade).await?;
    let user = by.user;
    let style = apply::to_image(&app, &mut ask).await?;
    let payer = apply::payer(&app, by, style.as_ref()).await?;
    check_proxied(&app, user, ask.proxied_account.as_deref()).await?;
    check_extra_sources(&app, user, &ask.extra_source_images).await?;
    welcome(&app, &call, user);
    app.gate(call.origin)?;
    let models = app.models.reference();
    ask.prompt = screen::image(&app, &call, user, &ask, names_lewd_model(&ask, &models)).await?.into_owned();
    let who = if needs_who(&ask) { who(&app, user).await? } else { Who::default() };
    let anonymous = user.is_anonymous();
    Look { ask: &ask, who: &who, anonymous, init_as_image, agent: &call.agent, models: &models }.check()?;
    compare(&mut ask);
    let sources = if ask.dry_run { named(&ask) } else { take_sources(&app, &ask).await? };
    let mut request = request(&ask, payer, &call, sources)?;
    request.safe_address = app.is_safe(call.origin).await;
    request.style_owner = style.as_ref().map(|style| style.owner);
    let wish = answer::Ask { request, allow_downgrade: ask.allow_downgrade, id: call.cause.map(RequestId) };
    if ask.dry_run {
        return Ok(priced(app.desk.try_ask(wish).await?));
    }
    let asked = app.desk.ask(wish).await?;
    apply::count(&app, style.as_ref()).await;
    Ok(accepted(&app, &asked, Kind::Image, warnings(&ask.params, &ask.models, &models)))
}

/// Refuses a body that is large because of anything else than its pictures: what goes on to others is kept in memory until it is made.
fn refuse_many_words(body: &Value) -> Result<(), Error> {
    let bytes: usize = WORDS.iter().filter_map(|name| body.get(name)).map(weight).sum();
    if bytes <= PLAIN_BYTES_MAX {
        return Ok(());
    }
    let sentence = "The request is larger than this server takes.";
    Err(Error::Plain(StatusCode::PAYLOAD_TOO_LARGE, sentence.into()))
}

/// About how many bytes a value takes.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        Value::Object(members) => members.iter().map(|(name, member)| name.len() + weight(member)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// Stands in for sources where only their presence counts: in a price.
fn named(ask: &Ask) -> Sources {
    let present = |source: &Option<String>| source.as_ref().map(|_| String::new());
    Sources {
        image: present(&ask.source_image),
        mask: present(&ask.source_mask),
        extra: vec![String::new(); ask.extra_source_images.len()],
    }
}

/// Takes the request's pictures in.
async fn take_sources(app: &App, ask: &Ask) -> Result<Sources, Error> {
    let mut sources = Sources::default();
    if let Some(image) = &ask.source_image {
        // Inpainting without a mask paints where the picture is transparent.
        let needs_alpha = ask.source_processing == "inpainting" && ask.source_mask.is_none();
        sources.image = Some(app.take_source(image, needs_alpha).await?);
    }
    if let Some(mask) = &ask.source_mask {
        sources.mask = Some(app.take_source(mask, false).await?);
    }
    for extra in &ask.extra_source_images {
        sources.extra.push(app.take_source(&extra.image, false).await?);
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_pictures_may_make_a_body_large() {
        let large = "x".repeat(PLAIN_BYTES_MAX);
        assert!(
            refuse_many_words(&json!({"prompt": "p", "source_image": large, "extra_source_images": [large]})).is_ok()
        );
        assert!(refuse_many_words(&json!({"prompt": large})).is_ok());
        let extra_texts = json!([{"text": large, "reference": "qr_code"}]);
        for body in [
            json!({"prompt": "p", "params": {"extra_texts": extra_texts}}),
            json!({"prompt": large, "models": ["m"]}),
            json!({"prompt": "p", "workers": vec![""; PLAIN_BYTES_MAX + 1]}),
        ] {
            assert!(matches!(refuse_many_words(&body), Err(Error::Plain(StatusCode::PAYLOAD_TOO_LARGE, _))));
        }
    }
}
