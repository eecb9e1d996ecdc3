//! `PATCH /styles/image/{id}` and `PATCH /styles/text/{id}`: its maker changes a style. What is not said stays; lists are replaced.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::styles::{StyleChange, StyleModified};
use throng_domain::style::StyleKind;

use super::super::asked::who;
use super::create::taken;
use super::{find, rules};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::styles::{self, Made, write};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Changes an image style.
pub async fn patch_image(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    change(&app, &call, &id, body, StyleKind::Image).await
}

/// Changes a text style.
pub async fn patch_text(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    change(&app, &call, &id, body, StyleKind::Text).await
}

async fn change(app: &App, call: &Call, id: &str, body: Value, kind: StyleKind) -> Result<Response, Error> {
    validation::check(bodies::styles::style_change(kind), &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let change: StyleChange = validation::typed(body)?;
    let user = call.caller(app)?.user();
    let style = find::by_id(app, id, kind).await?;
    if style.user != user {
        return Err(Error::refused(Rc::Forbidden));
    }
    let key = change.sharedkey.as_deref().filter(|_| kind == StyleKind::Image);
    rules::check_key(app, user, rules::shared_key(key)?).await?;
    let renamed = change.name.as_ref().is_some_and(|name| *name != style.made.name);
    let made = changed(kind, style.made, change)?;
    rules::counts(&made.models, &made.tags)?;
    rules::decent(rules::read_by_all(&made))?;
    if renamed && styles::is_taken(&app.pool, user, &made.name).await.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    let models = app.models.reference();
    rules::check(kind, &made, &who(app, user).await?, &models)?;
    if !write::update(&app.pool, style.id, &made, app.clock.now()).await.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    Ok(ok(&StyleModified { warnings: rules::odd(kind, &made, &models)?, ..StyleModified::new(&style.id) }))
}

fn changed(kind: StyleKind, made: Made, change: StyleChange) -> Result<Made, Error> {
    let shared_key = rules::shared_key(change.sharedkey.as_deref().filter(|_| kind == StyleKind::Image))?;
    Ok(Made {
        name: change.name.unwrap_or(made.name),
        info: change.info.or(made.info),
        prompt: change.prompt.unwrap_or(made.prompt),
        params: change.params.map_or(made.params, |params| rules::kept(kind, params)),
        public: change.public.unwrap_or(made.public),
        nsfw: change.nsfw.unwrap_or(made.nsfw),
        tags: change.tags.unwrap_or(made.tags),
        models: change.models.unwrap_or(made.models),
        shared_key: shared_key.or(made.shared_key),
    })
}
