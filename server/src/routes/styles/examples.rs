//! `POST /styles/image/{id}/example`, `PATCH` and `DELETE /styles/image/{id}/example/{example_id}`: pictures that show what an image style
//! makes. Its maker, or a moderator, chooses them.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use throng_api::ReturnCode as Rc;
use throng_api::styles::{Done, StyleExampleInput, StyleModified};
use throng_domain::UserId;
use throng_domain::desk::moderation::Act;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use super::super::acts::act;
use super::{find, owner_or_moderator};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::moderator_acts;
use crate::store::styles::Style;
use crate::store::styles::examples::{self, Example};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Examples of one style.
const EXAMPLES_MAX: usize = 4;
/// Characters of an address: what browsers are sure to take.
const URL_CHARS_MAX: usize = 2000;

/// Adds an example.
pub async fn post(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::styles::EXAMPLE, &body)?;
    call.key()?;
    validation::need(&body, "url", "The URL of the example image.")?;
    validation::need(&body, "primary", "Whether this is the primary example of the style.")?;
    refuse_nul(&body)?;
    let input: StyleExampleInput = validation::typed(body)?;
    let (style, user) = own(&app, &call, &id).await?;
    let url = good_url(input.url.unwrap_or_default())?;
    if style.examples.len() >= EXAMPLES_MAX {
        return Err(Error::refused_with(Rc::Forbidden, format!("A style can have {EXAMPLES_MAX} examples.")));
    }
    let example = Example { id: app.ids.uuid(), url, primary: input.primary.unwrap_or_default() };
    let mut transaction = app.pool.begin().await.map_err(Error::internal)?;
    if !examples::insert(&mut transaction, style.id, &example, app.clock.now()).await.map_err(Error::internal)? {
        return Err(already_there());
    }
    finish(&app, transaction, user, &style, json!({"added": example.url})).await.map_err(Error::internal)?;
    Ok(ok(&StyleModified::new(&example.id)))
}

/// Changes an example. The primary one stays so until another one becomes it.
pub async fn patch(
    State(app): State<App>,
    call: Call,
    Path((id, example)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::styles::EXAMPLE, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let input: StyleExampleInput = validation::typed(body)?;
    let (style, user) = own(&app, &call, &id).await?;
    let mut example = of(&style, &example)?.clone();
    if let Some(url) = input.url {
        example.url = good_url(url)?;
    }
    example.primary = input.primary.unwrap_or(example.primary);
    let mut transaction = app.pool.begin().await.map_err(Error::internal)?;
    if !examples::update(&mut transaction, style.id, &example).await.map_err(Error::internal)? {
        return Err(already_there());
    }
    finish(&app, transaction, user, &style, json!({"changed": example.url})).await.map_err(Error::internal)?;
    Ok(ok(&StyleModified::new(&example.id)))
}

/// Removes an example.
pub async fn delete(
    State(app): State<App>,
    call: Call,
    Path((id, example)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (style, user) = own(&app, &call, &id).await?;
    let example = of(&style, &example)?;
    let mut transaction = app.pool.begin().await.map_err(Error::internal)?;
    examples::delete(&mut transaction, style.id, example.id).await.map_err(Error::internal)?;
    finish(&app, transaction, user, &style, json!({"removed": example.url})).await.map_err(Error::internal)?;
    Ok(ok(&Done::default()))
}

/// Commits a change to the examples of a style, and writes down whose they are if they are not the caller's.
async fn finish(
    app: &App,
    mut transaction: Transaction<'_, Postgres>,
    by: UserId,
    style: &Style,
    details: Value,
) -> Result<(), sqlx::Error> {
    if style.user != by {
        let noted = act(app, by, Act::StyleExample, style.id, Some(style.user), details);
        moderator_acts::note(&mut transaction, [&noted]).await?;
    }
    transaction.commit().await
}

/// Finds the style and makes sure that the caller may choose its examples; tells who that is.
async fn own(app: &App, call: &Call, id: &str) -> Result<(Style, UserId), Error> {
    let user = call.caller(app)?.user();
    let style = find::by_id(app, id, StyleKind::Image).await?;
    owner_or_moderator(app, user, style.user).await?;
    Ok((style, user))
}

fn of<'a>(style: &'a Style, id: &str) -> Result<&'a Example, Error> {
    let id = Uuid::try_parse(id).ok();
    let found = style.examples.iter().find(|example| Some(example.id) == id);
    found.ok_or_else(|| Error::refused(Rc::StyleExampleNotFound))
}

fn good_url(url: String) -> Result<String, Error> {
    if !url.starts_with("https://") {
        return Err(Error::refused_with(Rc::BadRequest, "The URL of an example must start with https://"));
    }
    if url.chars().count() > URL_CHARS_MAX {
        let sentence = format!("The URL of an example can have {URL_CHARS_MAX} characters.");
        return Err(Error::refused_with(Rc::BadRequest, sentence));
    }
    Ok(url)
}

fn already_there() -> Error {
    Error::refused_with(Rc::BadRequest, Rc::ExampleURLAlreadyInUse.message())
}
