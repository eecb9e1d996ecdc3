//! A style as the wire shows it.

use std::collections::HashMap;

use throng_api::shared_keys::SharedKeyDetails;
use throng_api::styles as wire;
use throng_domain::style::StyleKind;
use throng_domain::{Desk, SharedKeyId, UserId};
use uuid::Uuid;

use super::super::shared_keys;
use super::super::users::alias;
use crate::app::App;
use crate::error::Error;
use crate::store::styles::Style;

/// What the desk knows of what styles speak of.
struct Known {
    aliases: HashMap<UserId, String>,
    keys: HashMap<Uuid, SharedKeyDetails>,
}

/// Shows styles, each with the name of whoever made it and the shared key that goes with it.
pub(super) async fn shown(app: &App, styles: Vec<Style>) -> Result<Vec<wire::Style>, Error> {
    let mut makers: Vec<UserId> = styles.iter().map(|style| style.user).collect();
    makers.sort_unstable();
    makers.dedup();
    let keys: Vec<Uuid> = styles.iter().filter_map(|style| style.made.shared_key).collect();
    let look = move |desk: &Desk| Known {
        aliases: makers.into_iter().filter_map(|user| Some((user, alias(&desk.user(user)?.record)))).collect(),
        keys: keys
            .into_iter()
            .filter_map(|id| Some((id, shared_keys::shown(&desk.shared_key(SharedKeyId(id))?))))
            .collect(),
    };
    let known = app.desk.read(look).await?;
    Ok(styles.into_iter().map(|style| one(&known, style)).collect())
}

fn one(known: &Known, style: Style) -> wire::Style {
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
        creator: known.aliases.get(&style.user).cloned(),
        // Texts have no pictures to show.
        examples: (style.kind == StyleKind::Image).then(|| style.examples.into_iter().map(example).collect()),
        // One that was deleted since pays for nothing any more.
        shared_key: made.shared_key.and_then(|id| known.keys.get(&id).cloned()),
    }
}

/// Shows one style.
pub(super) async fn shown_one(app: &App, style: Style) -> Result<wire::Style, Error> {
    let gone = || Error::internal("a style was lost on the way to its viewer");
    shown(app, vec![style]).await?.pop().ok_or_else(gone)
}
