//! Puts a style over a request that names one: its models and parameters replace the requester's, its prompt is filled. Only how many
//! results are wanted, and sizes that a style leaves open, stay the requester's. The filters see the prompt as the style has filled it, and
//! the shared key that goes with a style pays. How prompts are filled is in `throng_domain::style`; the tip is the desk's.

use serde_json::Value;
use throng_api::{image, text};
use throng_domain::style::{self, StyleKind};
use throng_domain::{SharedKeyId, UserId};
use uuid::Uuid;

use super::find::{self, Found};
use crate::app::App;
use crate::auth::Requester;
use crate::error::Error;
use crate::store::styles::{self, Style, write};
use crate::validation::typed;

/// A style was put over a request.
#[derive(Debug)]
pub(in crate::routes) struct Applied {
    /// Who made it.
    pub owner: UserId,
    /// The shared key that goes with it.
    shared_key: Option<Uuid>,
    style: Uuid,
    collection: Option<Uuid>,
}

/// Puts the style that a request for images names over it.
pub(in crate::routes) async fn to_image(app: &App, ask: &mut image::Ask) -> Result<Option<Applied>, Error> {
    let Some(named) = &ask.style else { return Ok(None) };
    let (style, applied) = choose(app, named, StyleKind::Image).await?;
    over_image(style, ask)?;
    Ok(Some(applied))
}

/// Puts the style that a request for texts names over it.
pub(in crate::routes) async fn to_text(app: &App, ask: &mut text::Ask) -> Result<Option<Applied>, Error> {
    let Some(named) = &ask.style else { return Ok(None) };
    let (style, applied) = choose(app, named, StyleKind::Text).await?;
    over_text(style, ask)?;
    Ok(Some(applied))
}

/// Finds who pays: the owner of the shared key that goes with the style, as long as that is good for anything, else whoever asks.
pub(in crate::routes) async fn payer(app: &App, by: Requester, applied: Option<&Applied>) -> Result<Requester, Error> {
    let Some(id) = applied.and_then(|applied| applied.shared_key).map(SharedKeyId) else { return Ok(by) };
    let found = app.desk.read_at(move |desk, now| desk.shared_key(id).map(|view| (view.record, now))).await?;
    Ok(match found {
        Some((key, now)) if !key.is_expired(now) && !key.is_empty() => {
            Requester { user: key.owner, shared_key: Some(id), of_style: true }
        }
        _ => by,
    })
}

/// Counts the use of a style whose request was admitted. A count that cannot be written is no reason to tell the requester no.
pub(in crate::routes) async fn count(app: &App, applied: Option<&Applied>) {
    let Some(applied) = applied else { return };
    if let Err(error) = write::count_use(&app.pool, applied.style, applied.collection).await {
        tracing::warn!(%error, style = %applied.style, "the use of a style was not counted");
    }
}

/// Finds the style that is named, or draws one from the collection that is.
async fn choose(app: &App, named: &str, kind: StyleKind) -> Result<(Style, Applied), Error> {
    let (style, collection) = match find::anything(app, named, Some(kind)).await?.ok_or_else(find::not_found)? {
        Found::Style(style) => (*style, None),
        Found::Collection(collection) => {
            find::expect_kind(collection.kind, kind)?;
            let drawn = draw(&collection.made.styles, app.ids.number()).ok_or_else(find::not_found)?;
            let style = styles::get(&app.pool, drawn).await.map_err(Error::internal)?.ok_or_else(find::not_found)?;
            (style, Some(collection.id))
        }
    };
    find::expect_kind(style.kind, kind)?;
    let applied = Applied { owner: style.user, shared_key: style.made.shared_key, style: style.id, collection };
    Ok((style, applied))
}

fn draw(styles: &[Uuid], chance: u64) -> Option<Uuid> {
    let count = u64::try_from(styles.len()).ok().filter(|count| *count > 0)?;
    styles.get(usize::try_from(chance % count).ok()?).copied()
}

fn over_image(style: Style, ask: &mut image::Ask) -> Result<(), Error> {
    let mut params = style.made.params;
    params.insert("n".to_owned(), ask.params.n.into());
    params.entry("width").or_insert_with(|| ask.params.width.into());
    params.entry("height").or_insert_with(|| ask.params.height.into());
    ask.params = typed(Value::Object(params))?;
    ask.models = style.made.models;
    ask.prompt = style::image_prompt(&style.made.prompt, &ask.prompt);
    Ok(())
}

fn over_text(style: Style, ask: &mut text::Ask) -> Result<(), Error> {
    let params: text::Params = typed(Value::Object(style.made.params))?;
    // No style can say how long a text shall be.
    let text::Params { n, max_length, max_context_length, .. } = ask.params;
    ask.params = text::Params { n, max_length, max_context_length, ..params };
    ask.models = style.made.models;
    ask.prompt = style::text_prompt(&style.made.prompt, &ask.prompt);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::styles::Made;

    fn style(kind: StyleKind, prompt: &str, params: &Value) -> Style {
        let made = Made {
            name: "oil".to_owned(),
            info: None,
            prompt: prompt.to_owned(),
            params: params.as_object().unwrap().clone(),
            public: true,
            nsfw: false,
            tags: Vec::new(),
            models: vec!["painter".to_owned()],
            shared_key: None,
        };
        Style { id: Uuid::nil(), kind, user: UserId(1), use_count: 0, made, examples: Vec::new() }
    }

    #[test]
    fn a_picture_keeps_its_count_and_the_sizes_that_the_style_leaves_open() {
        let body = json!({"prompt": "cat###dog", "models": ["other"], "nsfw": false,
            "params": {"n": 3, "width": 128, "height": 192, "steps": 99, "seed": "5", "hires_fix": true, "karras": true}});
        let mut ask: image::Ask = serde_json::from_value(body).unwrap();
        let params = json!({"width": 1024, "steps": 8, "karras": false});
        over_image(style(StyleKind::Image, "{p} in oil{np}", &params), &mut ask).unwrap();
        assert_eq!((ask.prompt.as_str(), ask.models.as_slice()), ("cat in oil###dog", &["painter".to_owned()][..]));
        let expected =
            image::Params { n: 3, width: 1024, height: 192, steps: Some(8), karras: false, ..image::Params::default() };
        assert_eq!(ask.params, expected);
        assert!(!ask.nsfw, "only models, parameters and prompt are the style's");
    }

    #[test]
    fn a_text_keeps_its_count_and_its_length() {
        let body = json!({"prompt": "a fox", "params": {"n": 2, "max_length": 32, "temperature": 2.0, "top_k": 5}});
        let mut ask: text::Ask = serde_json::from_value(body).unwrap();
        over_text(style(StyleKind::Text, "Fable of {p}:", &json!({"temperature": 0.5})), &mut ask).unwrap();
        assert_eq!((ask.prompt.as_str(), ask.models.as_slice()), ("Fable of a fox:", &["painter".to_owned()][..]));
        let expected =
            text::Params { n: Some(2), max_length: Some(32), temperature: Some(0.5), ..text::Params::default() };
        assert_eq!(ask.params, expected);
    }

    #[test]
    fn every_style_of_a_collection_can_be_drawn() {
        let styles = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
        let drawn: Vec<_> = (0..4).map(|chance| draw(&styles, chance)).collect();
        assert_eq!(drawn, [Some(styles[0]), Some(styles[1]), Some(styles[2]), Some(styles[0])]);
        assert_eq!(draw(&[], 7), None);
    }
}
