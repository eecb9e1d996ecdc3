//! `POST /collections`: any registered user gathers styles, of whomever, under a name.

use axum::extract::State;
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::collections::CollectionInput;
use throng_api::styles::StyleModified;

use super::super::styles::{OWNED_MAX, decent, may_make};
use super::members::{named, taken};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::collections::{self, Made};
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Makes a collection.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::styles::COLLECTION, &body)?;
    call.key()?;
    validation::need(&body, "name", "The name of the collection.")?;
    validation::need(&body, "styles", "The styles of the collection.")?;
    refuse_nul(&body)?;
    let input: CollectionInput = validation::typed(body)?;
    let (user, _) = may_make(&app, &call).await?;
    decent(input.name.as_deref().into_iter().chain(input.info.as_deref()))?;
    let (kind, styles) = named(&app, &input.styles.unwrap_or_default(), None).await?;
    if collections::count(&app.pool, user).await.map_err(Error::internal)? >= OWNED_MAX {
        return Err(Error::refused_with(Rc::Forbidden, format!("A user can have {OWNED_MAX} collections.")));
    }
    let name = input.name.unwrap_or_default();
    let made = Made { name, info: input.info, public: input.public.unwrap_or(true), styles };
    let id = app.ids.uuid();
    let inserted = collections::insert(&app.pool, id, kind, user, &made, app.clock.now()).await;
    if !inserted.map_err(Error::internal)? {
        return Err(taken(&made.name));
    }
    Ok(ok(&StyleModified::new(&id)))
}
