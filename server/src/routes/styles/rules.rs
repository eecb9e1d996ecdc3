//! What a style may be, and who may make or change it. Not here: the shapes of bodies (`validation/bodies/styles.rs`).

use serde_json::{Map, Value};
use throng_api::ReturnCode as Rc;
use throng_api::image::Warning;
use throng_api::{image, text};
use throng_domain::model::ModelReference;
use throng_domain::standing::Roles;
use throng_domain::style::StyleKind;
use throng_domain::{SharedKeyId, UserId};
use uuid::Uuid;

use super::super::asked::{Who, roles};
use super::super::image::rules::Look;
use super::super::image::warnings::warnings;
use super::super::text::parse;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::store::styles::Made;
use crate::texts::is_foul;
use crate::validation::{known, typed};

/// Models of a style.
const MODELS_MAX: usize = 5;
/// Tags of a style.
const TAGS_MAX: usize = 10;

fn refuse_if(condition: bool, refusal: impl FnOnce() -> Error) -> Result<(), Error> {
    if condition { Err(refusal()) } else { Ok(()) }
}

fn bad(sentence: impl Into<String>) -> Error {
    Error::refused_with(Rc::BadRequest, sentence.into())
}

/// Refuses too few or too many models or tags.
pub(super) fn counts(models: &[String], tags: &[String]) -> Result<(), Error> {
    let models_fit = (1..=MODELS_MAX).contains(&models.len());
    refuse_if(!models_fit, || bad(format!("A style needs 1 to {MODELS_MAX} models.")))?;
    refuse_if(tags.len() > TAGS_MAX, || bad(format!("A style can have {TAGS_MAX} tags.")))
}

/// Refuses a prompt without its places.
fn prompt(kind: StyleKind, prompt: &str) -> Result<(), Error> {
    let missing = kind.places().iter().find(|place| !prompt.contains(**place));
    match missing {
        Some(place) => Err(bad(format!("A style's prompt for {} must hold {place}.", kind.as_str()))),
        None => Ok(()),
    }
}

/// Reads the id of a shared key.
pub(super) fn shared_key(text: Option<&str>) -> Result<Option<Uuid>, Error> {
    text.map(|text| Uuid::try_parse(text).map_err(|_| bad("This shared key is not valid."))).transpose()
}

/// Refuses a shared key that could pay for nothing, and one of somebody else: whoever was lent a key must not lend it to everybody, past its
/// limits.
pub(super) async fn check_key(app: &App, maker: UserId, key: Option<Uuid>) -> Result<(), Error> {
    let Some(id) = key.map(SharedKeyId) else { return Ok(()) };
    let found = app.desk.read_at(move |desk, now| desk.shared_key(id).map(|view| (view.record, now))).await?;
    let good = found.is_some_and(|(key, now)| key.owner == maker && !key.is_expired(now) && !key.is_empty());
    refuse_if(!good, || bad("This shared key is not valid."))
}

/// Refuses foul words in what everybody reads.
pub(in crate::routes) fn decent<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<(), Error> {
    refuse_if(texts.into_iter().any(is_foul), || bad("This holds words that are not acceptable."))
}

/// All texts of a style that everybody reads.
pub(super) fn read_by_all(made: &Made) -> impl Iterator<Item = &str> {
    let lists = made.tags.iter().chain(&made.models).map(String::as_str);
    [made.name.as_str()].into_iter().chain(made.info.as_deref()).chain(lists)
}

/// Tells what is odd about a style that is made all the same.
pub(super) fn odd(kind: StyleKind, made: &Made, models: &ModelReference) -> Result<Vec<Warning>, Error> {
    if kind == StyleKind::Text {
        return Ok(Vec::new());
    }
    let params: image::Params = typed(Value::Object(made.params.clone()))?;
    Ok(warnings(&params, &made.models, models))
}

/// Keeps of the parameters what a style of the kind can set.
pub(super) fn kept(kind: StyleKind, params: Map<String, Value>) -> Map<String, Value> {
    let rule = crate::validation::bodies::styles::style_params(kind);
    match known(rule, &Value::Object(params)) {
        Value::Object(params) => params,
        _ => Map::new(),
    }
}

/// Refuses what no request may say either, so that a style is never refused when it is used.
pub(super) fn check(kind: StyleKind, made: &Made, maker: &Who, models: &ModelReference) -> Result<(), Error> {
    prompt(kind, &made.prompt)?;
    match kind {
        StyleKind::Image => {
            let params = typed(Value::Object(made.params.clone()))?;
            let ask = image::Ask { params, models: made.models.clone(), ..image::Ask::new(made.prompt.as_str()) };
            // Who made it is known by name, so somebody in particular.
            let (anonymous, init_as_image) = (false, false);
            Look { ask: &ask, who: maker, anonymous, init_as_image, agent: "", models }.check_style()
        }
        StyleKind::Text => {
            let params = typed(Value::Object(made.params.clone()))?;
            let ask = text::Ask { params, models: made.models.clone(), ..text::Ask::new(made.prompt.as_str()) };
            parse::check(&ask)
        }
    }
}

/// Refuses whoever may not make anything of the kind: nobody in particular can own a style, and who has left makes no more.
pub(in crate::routes) async fn may_make(app: &App, call: &Call) -> Result<(UserId, Roles), Error> {
    let user = call.caller(app)?.user();
    refuse_if(user.is_anonymous(), || Error::refused(Rc::StylesAnonForbidden))?;
    let roles = roles(app, user).await?;
    refuse_if(roles.deleted, || Error::refused(Rc::DeletedUser))?;
    Ok((user, roles))
}

/// Refuses whoever may not make styles.
pub(super) async fn may_make_styles(app: &App, call: &Call) -> Result<(UserId, Roles), Error> {
    let user = call.caller(app)?.user();
    let roles = roles(app, user).await?;
    refuse_if(!roles.customizer && !roles.trusted, || Error::refused(Rc::StylesRequiresCustomizer))?;
    may_make(app, call).await
}

/// Refuses whoever neither owns it nor keeps order.
pub(in crate::routes) async fn owner_or_moderator(app: &App, caller: UserId, owner: UserId) -> Result<(), Error> {
    let allowed = caller == owner || roles(app, caller).await?.moderator;
    refuse_if(!allowed, || Error::refused(Rc::Forbidden))
}
