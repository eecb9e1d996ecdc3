//! `GET /collection_by_name/{name}`: one collection, or the style of that name if there is no collection.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;

use super::super::styles::find::{Found, collection_by_name};
use super::view::{shown, shown_style};
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows what the name is the name of.
pub async fn get(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    let found = collection_by_name(&app, &name).await?.ok_or_else(|| Error::refused(Rc::CollectionNotFound))?;
    Ok(ok(&match found {
        Found::Collection(collection) => shown(collection),
        Found::Style(style) => shown_style(*style),
    }))
}
