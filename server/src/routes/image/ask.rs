//! `POST /generate/async`: asks for images. The wire's body becomes the rules' request; the desk decides.

use axum::extract::State;
use axum::response::Response;
use throng_api::image::Ask;
use throng_domain::desk::answer;
use throng_domain::standing::Roles;
use throng_domain::{Kind, RequestId};

use super::super::asked::{accepted, check_extra_sources, check_proxied, check_webhook, priced, roles};
use super::super::screen::{self, check_open};
use super::super::styles::apply;
use super::parse::{Sources, request};
use super::rules::{Look, names_lewd_model, needs_roles};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, refuse_nul};

/// Admits a request for images, or tells its price.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::IMAGE_ASK, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let mut ask: Ask = validation::typed(body)?;
    check_open(&app)?;
    check_webhook(&app, ask.webhook.as_deref())?;
    let by = call.requester(&app, ask.allow_downgrade).await?;
    let user = by.user;
    let style = apply::to_image(&app, &mut ask).await?;
    check_proxied(&app, user, ask.proxied_account.as_deref()).await?;
    check_extra_sources(&app, user, &ask.extra_source_images).await?;
    app.gate(call.address)?;
    let models = app.models.reference();
    ask.prompt = screen::image(&app, &call, user, &ask, names_lewd_model(&ask, &models)).await?.into_owned();
    let known = if needs_roles(&ask) { roles(&app, user).await? } else { Roles::default() };
    Look { ask: &ask, roles: known, agent: &call.agent, models: &models }.check()?;
    if ask.dry_run {
        let request = request(&ask, by, &call.agent, named(&ask))?;
        return Ok(priced(app.desk.quote(request).await?));
    }
    let sources = take_sources(&app, &ask).await?;
    let mut request = request(&ask, by, &call.agent, sources)?;
    request.safe_address = call.is_from_safe_address(&app).await;
    request.style_owner = style.as_ref().map(|style| style.owner);
    let asked = app
        .desk
        .ask(answer::Ask { request, allow_downgrade: ask.allow_downgrade, id: call.cause.map(RequestId) })
        .await?;
    apply::count(&app, style.as_ref()).await;
    Ok(accepted(&app, &asked, Kind::Image))
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
    let Some(image) = &ask.source_image else { return Ok(Sources::default()) };
    // Inpainting without a mask paints where the picture is transparent.
    let needs_alpha = ask.source_processing == "inpainting" && ask.source_mask.is_none();
    let mut sources = Sources { image: Some(app.take_source(image, needs_alpha).await?), ..Sources::default() };
    if let Some(mask) = &ask.source_mask {
        sources.mask = Some(app.take_source(mask, false).await?);
    }
    for extra in &ask.extra_source_images {
        sources.extra.push(app.take_source(&extra.image, false).await?);
    }
    Ok(sources)
}
