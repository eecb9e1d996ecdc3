//! Which style is meant: by id, or by a name, which may say what it is the name of and whose: `name`, `alias#id::name`, `style::name`,
//! `style::alias#id::name`, and the same with `collection`.

use throng_api::ReturnCode as Rc;
use throng_domain::UserId;
use throng_domain::style::StyleKind;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::store::collections::{self, Collection};
use crate::store::styles::{self, Order, Style};

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Either,
    Style,
    Collection,
}

/// A name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named<'a> {
    of: Of,
    owner: Option<UserId>,
    name: &'a str,
}

impl<'a> Named<'a> {
    fn read(text: &'a str) -> Self {
        let (of, rest) = match text.split_once("::") {
            Some(("style", rest)) => (Of::Style, rest),
            Some(("collection", rest)) => (Of::Collection, rest),
            _ => (Of::Either, text),
        };
        // Names may hold colons too, so an owner is only what ends in a number.
        let whose = |(at, colons): (usize, &str)| Some((number(&rest[..at])?, &rest[at + colons.len()..]));
        match rest.match_indices("::").find_map(whose) {
            Some((owner, name)) => Self { of, owner: Some(owner), name },
            None => Self { of, owner: None, name: rest },
        }
    }

    /// The database holds no NUL in text, and does not take one in a question either.
    fn can_be_stored(self) -> bool {
        !self.name.contains('\0')
    }
}

/// The number in `name#number`. The name before it may have changed since somebody wrote it down.
fn number(alias: &str) -> Option<UserId> {
    let (_, digits) = alias.rsplit_once('#')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok().map(UserId)).flatten()
}

/// Reads an order of a list.
pub(in crate::routes) fn order(text: Option<&String>) -> Result<Order, Error> {
    match text.map_or("popular", String::as_str) {
        "popular" => Ok(Order::Popular),
        "age" => Ok(Order::Age),
        _ => Err(Error::refused_with(Rc::BadRequest, "'sort' needs to be one of ['popular', 'age']")),
    }
}

/// Reads how many rows a page passes over: the AI Horde counts pages in rows, not in pages, from 1.
pub(in crate::routes) fn skip(page: Option<&String>) -> Result<i64, Error> {
    let read = |page: &String| {
        page.parse::<i64>().map_err(|_| Error::invalid("page", format!("invalid literal for a page: '{page}'")))
    };
    Ok(page.map_or(Ok(1), read)?.max(1) - 1)
}

fn no_such(kind: StyleKind) -> Error {
    Error::refused(match kind {
        StyleKind::Image => Rc::ImageStyleNotFound,
        StyleKind::Text => Rc::TextStyleNotFound,
    })
}

/// There is nothing of this name or id that could be used as a style.
pub(in crate::routes) fn not_found() -> Error {
    Error::refused(Rc::StyleNotFound)
}

/// Refuses a kind that is not the wanted one.
pub(in crate::routes) fn expect_kind(found: StyleKind, wanted: StyleKind) -> Result<(), Error> {
    if found == wanted {
        return Ok(());
    }
    let sentence = format!("This is a style for {}, not for {}.", found.as_str(), wanted.as_str());
    Err(Error::refused_with(Rc::BadRequest, sentence))
}

/// Finds a style of a kind by the id in a path.
pub(in crate::routes) async fn by_id(app: &App, id: &str, kind: StyleKind) -> Result<Style, Error> {
    let id = Uuid::try_parse(id).map_err(|_| no_such(kind))?;
    let style = styles::get(&app.pool, id).await.map_err(Error::internal)?.ok_or_else(|| no_such(kind))?;
    expect_kind(style.kind, kind)?;
    Ok(style)
}

/// Finds a style of a kind by the name in a path.
pub(in crate::routes) async fn by_name(app: &App, text: &str, kind: StyleKind) -> Result<Style, Error> {
    let style = named_style(app, Named::read(text), Some(kind)).await?.ok_or_else(not_found)?;
    expect_kind(style.kind, kind)?;
    Ok(style)
}

async fn named_style(app: &App, named: Named<'_>, kind: Option<StyleKind>) -> Result<Option<Style>, Error> {
    if named.of == Of::Collection || !named.can_be_stored() {
        return Ok(None);
    }
    styles::find(&app.pool, named.name, named.owner, kind).await.map_err(Error::internal)
}

async fn named_collection(app: &App, named: Named<'_>, kind: Option<StyleKind>) -> Result<Option<Collection>, Error> {
    if named.of == Of::Style || !named.can_be_stored() {
        return Ok(None);
    }
    collections::find(&app.pool, named.name, named.owner, kind).await.map_err(Error::internal)
}

/// Something that can be named where a style is wanted.
#[derive(Debug)]
pub(in crate::routes) enum Found {
    /// A style.
    Style(Box<Style>),
    /// A collection of styles.
    Collection(Collection),
}

/// Finds whatever a request, or a path, names: by id or name, a style before a collection.
pub(in crate::routes) async fn anything(
    app: &App,
    text: &str,
    kind: Option<StyleKind>,
) -> Result<Option<Found>, Error> {
    if let Ok(id) = Uuid::try_parse(text) {
        if let Some(style) = styles::get(&app.pool, id).await.map_err(Error::internal)? {
            return Ok(Some(Found::Style(Box::new(style))));
        }
        if let Some(collection) = collections::get(&app.pool, id).await.map_err(Error::internal)? {
            return Ok(Some(Found::Collection(collection)));
        }
    }
    let named = Named::read(text);
    let (style, collection) = (named_style(app, named, kind).await?, named_collection(app, named, kind).await?);
    Ok(match (style, collection) {
        // A style of the wrong kind does not stand before a collection of the right one.
        (Some(style), Some(collection)) if kind.is_some_and(|kind| style.kind != kind && collection.kind == kind) => {
            Some(Found::Collection(collection))
        }
        (Some(style), _) => Some(Found::Style(Box::new(style))),
        (None, collection) => collection.map(Found::Collection),
    })
}

/// Finds a collection, or failing that a style, by the name in a path.
pub(in crate::routes) async fn collection_by_name(app: &App, text: &str) -> Result<Option<Found>, Error> {
    let named = Named::read(text);
    match named_collection(app, named, None).await? {
        Some(collection) => Ok(Some(Found::Collection(collection))),
        None => Ok(named_style(app, named, None).await?.map(|style| Found::Style(Box::new(style)))),
    }
}

/// Finds a style that is to be put into a collection.
pub(in crate::routes) async fn member(app: &App, text: &str, kind: Option<StyleKind>) -> Result<Style, Error> {
    if let Ok(id) = Uuid::try_parse(text)
        && let Some(style) = styles::get(&app.pool, id).await.map_err(Error::internal)?
    {
        return Ok(style);
    }
    let missing = || Error::refused_with(Rc::StyleNotFound, format!("There is no style '{}'.", shortened(text)));
    named_style(app, Named::read(text), kind).await?.ok_or_else(missing)
}

/// What a caller wrote, cut to a bearable length.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_and_whose_they_are() {
        let ada = Some(UserId(7));
        for (text, of, owner, name) in [
            ("oil", Of::Either, None, "oil"),
            ("ada#7::oil", Of::Either, ada, "oil"),
            ("style::oil", Of::Style, None, "oil"),
            ("style::ada#7::oil", Of::Style, ada, "oil"),
            ("collection::ada#7::oil", Of::Collection, ada, "oil"),
            ("a#b::c#7::oil", Of::Either, ada, "oil"),
            ("oil::canvas", Of::Either, None, "oil::canvas"),
            ("ada#7::oil::canvas", Of::Either, ada, "oil::canvas"),
            ("ada#::oil", Of::Either, None, "ada#::oil"),
            ("style::", Of::Style, None, ""),
        ] {
            assert_eq!(Named::read(text), Named { of, owner, name }, "{text}");
        }
    }

    #[test]
    fn pages_are_counted_in_rows() {
        let skip = |page: &str| skip(Some(&page.to_owned())).ok();
        assert_eq!([skip("1"), skip("3"), skip("0"), skip("-4")], [Some(0), Some(2), Some(0), Some(0)]);
        assert_eq!(skip("two"), None);
    }
}
