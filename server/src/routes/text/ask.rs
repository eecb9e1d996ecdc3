//! `POST /generate/text/async`: asks for text. The wire's body becomes the rules' request; the desk decides.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode;
use throng_api::text::Ask;
use throng_domain::desk::answer;
use throng_domain::{Kind, RequestId};

use super::super::asked::{accepted, check_extra_sources, check_proxied, check_webhook, priced};
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
    check_open(&app)?;
    check_webhook(&app, ask.webhook.as_deref())?;
    let by = call.requester(&app, ask.allow_downgrade).await?;
    let user = by.user;
    let style = apply::to_text(&app, &mut ask).await?;
    check_proxied(&app, user, ask.proxied_account.as_deref()).await?;
    check_extra_sources(&app, user, &ask.extra_source_images).await?;
    if ask.prompt.is_empty() {
        return Err(Error::refused(ReturnCode::MissingPrompt));
    }
    app.gate(call.address)?;
    ask.prompt = screen::text(&app, &call, user, &ask.prompt).await?.into_owned();
    check(&ask)?;
    let mut request = request(&ask, by, &call.agent)?;
    if ask.dry_run {
        return Ok(priced(app.desk.quote(request).await?));
    }
    request.safe_address = call.is_from_safe_address(&app).await;
    request.style_owner = style.as_ref().map(|style| style.owner);
    let asked = app
        .desk
        .ask(answer::Ask { request, allow_downgrade: ask.allow_downgrade, id: call.cause.map(RequestId) })
        .await?;
    apply::count(&app, style.as_ref()).await;
    Ok(accepted(&app, &asked, Kind::Text))
}
