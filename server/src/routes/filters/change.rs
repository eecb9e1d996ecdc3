//! `PATCH /filters/{filter_id}`: changes a filter.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::filters::Change;
use throng_domain::desk::moderation::Act;

use super::super::acts::act;
use super::super::rights::moderator;
use super::{check, details, found, shown_whole, take_effect};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters::{self, Row};
use crate::store::moderator_acts;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Changes what is given, for moderators.
pub async fn patch(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::FILTER_CHANGE, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let change: Change = validation::typed(body)?;
    let moderator = moderator(&app, &call).await?;
    let before = found(&app, &id).await?;
    if change == Change::default() {
        return Err(Error::refused(Rc::NoFilterModSelected));
    }
    let row = Row {
        id: before.id,
        filter_type: change.filter_type.map_or(before.filter_type, |filter_type| filter_type as i16),
        regex: change.regex.unwrap_or(before.regex),
        description: change.description.or(before.description),
        replacement: change.replacement.unwrap_or(before.replacement),
        user_id: moderator.id.0,
    };
    check(&app, &row).await?;
    if !changed(&app, &row).await.map_err(Error::internal)? {
        return Err(Error::refused_with(Rc::BadRequest, "Another filter of this type has this regular expression."));
    }
    take_effect(&app).await?;
    tracing::info!(filter = row.id, moderator = %moderator.id, "a filter was changed");
    Ok(ok(&shown_whole(&app, row).await?))
}

/// Changes it and writes it down; false if another has become the same.
async fn changed(app: &App, row: &Row) -> Result<bool, sqlx::Error> {
    let mut transaction = app.pool.begin().await?;
    if !filters::change(&mut transaction, row, app.clock.now()).await? {
        return Ok(false);
    }
    let noted = act(app, filters::user(row), Act::FilterChange, row.id, None, details(row));
    moderator_acts::note(&mut transaction, [&noted]).await?;
    transaction.commit().await?;
    Ok(true)
}
