//! `POST /styles/image` and `POST /styles/text`: makes a style. Mistakes are told in the order in which the AI Horde looks.

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::styles::{StyleInput, StyleModified};
use throng_domain::style::StyleKind;

use super::super::asked::who;
use super::{OWNED_MAX, rules};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::styles::{self, Made, write};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Makes an image style.
pub async fn post_image(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    create(&app, &call, body, StyleKind::Image).await
}

/// Makes a text style.
pub async fn post_text(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    create(&app, &call, body, StyleKind::Text).await
}

async fn create(app: &App, call: &Call, body: Value, kind: StyleKind) -> Result<Response, Error> {
    validation::check(bodies::styles::style(kind), &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let input: StyleInput = validation::typed(body)?;
    rules::counts(&input.models, &input.tags)?;
    let (user, _) = rules::may_make_styles(app, call).await?;
    let made = made(kind, input)?;
    rules::decent(rules::read_by_all(&made))?;
    rules::check_key(app, user, made.shared_key).await?;
    if styles::is_taken(&app.pool, user, &made.name).await.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    let models = app.models.reference();
    rules::check(kind, &made, &who(app, user).await?, &models)?;
    if styles::count(&app.pool, user).await.map_err(Error::internal)? >= OWNED_MAX {
        return Err(Error::refused_with(Rc::Forbidden, format!("A user can have {OWNED_MAX} styles.")));
    }
    let id = app.ids.uuid();
    if !write::insert(&app.pool, id, kind, user, &made, app.clock.now()).await.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    Ok(ok(&StyleModified { warnings: rules::odd(kind, &made, &models)?, ..StyleModified::new(&id) }))
}

fn made(kind: StyleKind, input: StyleInput) -> Result<Made, Error> {
    Ok(Made {
        // A shared key is for images alone; in a text style the member means nothing.
        shared_key: rules::shared_key(input.sharedkey.as_deref().filter(|_| kind == StyleKind::Image))?,
        name: input.name,
        info: input.info,
        prompt: input.prompt.unwrap_or_else(|| kind.plain_prompt().to_owned()),
        params: rules::kept(kind, input.params),
        public: input.public,
        nsfw: input.nsfw,
        tags: input.tags,
        models: input.models,
    })
}

/// The user has a style of this name already.
pub(super) fn taken(name: &str) -> Error {
    Error::refused_with(Rc::BadRequest, format!("You have a style named '{name}' already."))
}
