//! `PUT /filters`: adds a filter. The same pattern of the same type is not added twice, but shown as it is.

use axum::extract::State;
use axum::response::Response;
use throng_api::filters::NewFilter;

use super::super::rights::moderator;
use super::{check, shown_whole, take_effect};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::filters::{self, Row};
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
    let same = filters::find_same(&app.pool, row.filter_type, &row.regex).await.map_err(Error::internal)?;
    if let Some(same) = same {
        return Ok(ok(&shown_whole(&app, same).await?));
    }
    check(&app, &row).await?;
    let added = filters::add(&app.pool, &row, app.clock.now()).await.map_err(Error::internal)?;
    let added = added.ok_or_else(|| Error::internal("no number was free for a filter"))?;
    take_effect(&app).await?;
    tracing::info!(filter = added.id, moderator = %moderator.id, "a filter was added");
    Ok(ok(&shown_whole(&app, added).await?))
}
