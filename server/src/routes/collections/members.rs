//! Which collection is meant, and which styles it is to hold.

use throng_api::ReturnCode as Rc;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use super::super::styles::find::{self, expect_kind};
use crate::app::App;
use crate::error::Error;
use crate::store::collections::{self, Collection};

/// Styles of one collection: each is looked up by itself.
const STYLES_MAX: usize = 200;

/// Finds a collection by the id in a path.
pub(super) async fn by_id(app: &App, id: &str) -> Result<Collection, Error> {
    let not_found = || Error::refused(Rc::CollectionNotFound);
    let id = Uuid::try_parse(id).map_err(|_| not_found())?;
    collections::get(&app.pool, id).await.map_err(Error::internal)?.ok_or_else(not_found)
}

/// Finds the styles that are named, all of one kind: the wanted one, or the kind of the first.
pub(super) async fn named(
    app: &App,
    names: &[String],
    wanted: Option<StyleKind>,
) -> Result<(StyleKind, Vec<Uuid>), Error> {
    if names.len() > STYLES_MAX {
        let sentence = format!("A collection can have {STYLES_MAX} styles.");
        return Err(Error::refused_with(Rc::BadRequest, sentence));
    }
    let mut kind = wanted;
    let mut styles = Vec::with_capacity(names.len());
    for name in names {
        let style = find::member(app, name, kind).await?;
        expect_kind(style.kind, *kind.get_or_insert(style.kind))?;
        if !styles.contains(&style.id) {
            styles.push(style.id);
        }
    }
    let kind = kind.filter(|_| !styles.is_empty());
    kind.map(|kind| (kind, styles))
        .ok_or_else(|| Error::refused_with(Rc::BadRequest, "A collection needs at least one style."))
}

/// The user has a collection of this name already.
pub(super) fn taken(name: &str) -> Error {
    Error::refused_with(Rc::BadRequest, format!("You have a collection named '{name}' already."))
}
