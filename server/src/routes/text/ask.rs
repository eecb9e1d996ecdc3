//! `POST /generate/text/async`: asks for text. The wire's body becomes the rules' request; the desk decides.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode;
use throng_api::text::Ask;
use throng_domain::desk::answer;
use throng_domain::{Kind, RequestId};

use super::super::asked::{accepted, check_extra_sources, check_lists, check_proxied, check_webhook, priced, welcome};
use super::super::screen::{self, check_open};
use super::super::styles::apply;
use super::parse::{check, request};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, refuse_nul};

/// Admits a request for text, or tells its price.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::TEXT_ASK, &body)?;
    call.key()?;
    validation::need(&body, "prompt", "The prompt which will be sent to generate text.")?;
    refuse_nul(&body)?;
    let mut ask: Ask = validation::typed(body)?;
    check_lists(&ask.models, &ask.workers)?;
    check_open(&app)?;
    check_webhook(&app, ask.webhook.as_deref())?;
    let by = call.requester(&app, ask.allow_downgrade).await?;
    let user = by.user;
    let style = apply::to_text(&app, &mut ask).await?;
    let payer = apply::payer(&app, by, style.as_ref()).await?;
    check_proxied(&app, user, ask.proxied_account.as_deref()).await?;
    check_extra_sources(&app, user, &ask.extra_source_images).await?;
    welcome(&app, &call, user);
    if ask.prompt.is_empty() {
        return Err(Error::refused(ReturnCode::MissingPrompt));
    }
    app.gate(call.origin)?;
    ask.prompt = screen::text(&app, &call, user, &ask).await?.into_owned();
    check(&ask)?;
    let mut request = request(&ask, payer, &call)?;
    request.safe_address = app.is_safe(call.origin).await;
    request.style_owner = style.as_ref().map(|style| style.owner);
    let wish = answer::Ask { request, allow_downgrade: ask.allow_downgrade, id: call.cause.map(RequestId) };
    if ask.dry_run {
        return Ok(priced(app.desk.try_ask(wish).await?));
    }
    let asked = app.desk.ask(wish).await?;
    apply::count(&app, style.as_ref()).await;
    Ok(accepted(&app, &asked, Kind::Text, Vec::new()))
}
