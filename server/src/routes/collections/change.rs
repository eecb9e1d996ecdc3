//! `PATCH /collections/{id}`: its maker changes a collection. What is not said stays; the styles are replaced, by others of the same kind.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::collections::CollectionInput;
use throng_api::styles::StyleModified;

use super::super::styles::decent;
use super::members::{by_id, named, taken};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::collections::{self, Made};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Changes the collection.
pub async fn patch(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::styles::COLLECTION, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let change: CollectionInput = validation::typed(body)?;
    let user = call.caller(&app)?.user();
    let collection = by_id(&app, &id).await?;
    if collection.user != user {
        return Err(Error::refused(Rc::Forbidden));
    }
    decent(change.name.as_deref().into_iter().chain(change.info.as_deref()))?;
    let styles = match &change.styles {
        Some(names) => named(&app, names, Some(collection.kind)).await?.1,
        None => collection.made.styles,
    };
    let made = Made {
        name: change.name.unwrap_or(collection.made.name),
        info: change.info.or(collection.made.info),
        public: change.public.unwrap_or(collection.made.public),
        styles,
    };
    if !collections::update(&app.pool, collection.id, &made, app.clock.now()).await.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    Ok(ok(&StyleModified::new(&collection.id)))
}
