//! A style as the wire shows it.

use std::collections::HashMap;

use throng_api::styles::{self as wire, StyleSharedKey};
use throng_domain::UserId;
use throng_domain::style::StyleKind;

use super::super::users::alias;
use crate::app::App;
use crate::error::Error;
use crate::store::styles::Style;

/// Shows styles, each with the name of whoever made it.
pub(super) async fn shown(app: &App, styles: Vec<Style>) -> Result<Vec<wire::Style>, Error> {
    let mut makers: Vec<UserId> = styles.iter().map(|style| style.user).collect();
    makers.sort_unstable();
    makers.dedup();
    let aliases: HashMap<UserId, String> = app
        .desk
        .read(move |desk| makers.into_iter().filter_map(|user| Some((user, alias(&desk.user(user)?.record)))).collect())
        .await?;
    Ok(styles.into_iter().map(|style| one(&aliases, style)).collect())
}

fn one(aliases: &HashMap<UserId, String>, style: Style) -> wire::Style {
    let example = |example: crate::store::styles::examples::Example| wire::StyleExample {
        id: example.id.to_string(),
        url: example.url,
        primary: example.primary,
    };
    let made = style.made;
    wire::Style {
        id: style.id.to_string(),
        name: made.name,
        info: made.info,
        prompt: made.prompt,
        params: made.params,
        public: made.public,
        nsfw: made.nsfw,
        tags: made.tags,
        models: made.models,
        use_count: style.use_count,
        creator: aliases.get(&style.user).cloned(),
        // Texts have no pictures to show.
        examples: (style.kind == StyleKind::Image).then(|| style.examples.into_iter().map(example).collect()),
        shared_key: made.shared_key.map(|id| StyleSharedKey { id: id.to_string() }),
    }
}

/// Shows one style.
pub(super) async fn shown_one(app: &App, style: Style) -> Result<wire::Style, Error> {
    let gone = || Error::internal("a style was lost on the way to its viewer");
    shown(app, vec![style]).await?.pop().ok_or_else(gone)
}
