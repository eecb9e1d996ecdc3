//! `PUT /filters`: adds a filter. The same pattern of the same type is not added twice, but shown as it is.

use axum::extract::State;
use axum::response::Response;
use throng_api::filters::NewFilter;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{check, details, shown_whole, take_effect};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters::{self, Row};
use crate::store::moderator_acts;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Adds it, for moderators.
pub async fn put(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::NEW_FILTER, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let wish: NewFilter = validation::typed(body)?;
    let moderator = moderator(&app, &call).await?;
    let row = Row {
        id: 0,
        filter_type: wish.filter_type as i16,
        regex: wish.regex,
        description: wish.description,
        replacement: wish.replacement,
        user_id: moderator.id.0,
    };
    if let Some(same) = same(&app, &row).await.map_err(Error::internal)? {
        return Ok(ok(&shown_whole(&app, same).await?));
    }
    check(&app, &row).await?;
    let added = added(&app, &row).await.map_err(Error::internal)?;
    let added = added.ok_or_else(|| Error::internal("no number was free for a filter"))?;
    take_effect(&app).await?;
    tracing::info!(filter = added.id, moderator = %moderator.id, "a filter was added");
    Ok(ok(&shown_whole(&app, added).await?))
}

async fn same(app: &App, row: &Row) -> Result<Option<Row>, sqlx::Error> {
    filters::find_same(&mut *app.pool.acquire().await?, row.filter_type, &row.regex).await
}

/// Adds it and writes it down.
async fn added(app: &App, row: &Row) -> Result<Option<Row>, sqlx::Error> {
    let mut transaction = app.pool.begin().await?;
    let added = filters::add(&mut transaction, row, app.clock.now()).await?;
    if let Some(added) = &added {
        let noted = act(app, filters::user(row), Act::FilterAdd, added.id, None, details(added));
        moderator_acts::note(&mut transaction, [&noted]).await?;
    }
    transaction.commit().await?;
    Ok(added)
}
