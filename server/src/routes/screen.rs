//! Prompts go through the filters before anything else is made of them. Not here: the verdict itself (`filters/verdict.rs`).

use std::borrow::Cow;

use throng_api::ReturnCode as Rc;
use throng_api::{image, text};
use throng_domain::UserId;

use super::asked::roles;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::filters::adult::COUNTS_PEOPLE;
use crate::filters::verdict::{Asker, Verdict, judge};

/// Refuses new requests while the house is in maintenance: before anything else is said about them.
pub(super) fn check_open(app: &App) -> Result<(), Error> {
    if app.board.modes().maintenance { Err(Error::refused(Rc::MaintenanceMode)) } else { Ok(()) }
}

/// The prompt of an image request as workers may see it. `lewd_model`: a model is named that makes lewd pictures unasked.
pub(super) async fn image<'a>(
    app: &App,
    call: &Call,
    user: UserId,
    ask: &'a image::Ask,
    lewd_model: bool,
) -> Result<Cow<'a, str>, Error> {
    if app.config.no_filters {
        return Ok(Cow::Borrowed(&ask.prompt));
    }
    let mut asker = Asker {
        takes_rewriting: ask.replacement_filter,
        flagged: app.board.is_flagged(user),
        lewd_model,
        counted: matches!(&ask.models[..], [only] if only == COUNTS_PEOPLE),
        unsearched: false,
    };
    let rules = app.filters.rules();
    let mut verdict = judge(&rules, &ask.prompt, asker);
    // Schools' prompts are rewritten even where they would rather be refused; asked only then, because it costs a turn at the desk.
    if verdict == Verdict::Corrupt && !asker.takes_rewriting && roles(app, user).await?.education {
        asker.takes_rewriting = true;
        verdict = judge(&rules, &ask.prompt, asker);
    }
    settled(app, call, user, &ask.prompt, verdict).await
}

/// The prompt of a text request. It is not searched; what flagged users say is rewritten, and what names the young to a model that writes
/// lewd texts unasked.
pub(super) async fn text<'a>(app: &App, call: &Call, user: UserId, ask: &'a text::Ask) -> Result<Cow<'a, str>, Error> {
    if app.config.no_filters {
        return Ok(Cow::Borrowed(&ask.prompt));
    }
    let models = app.models.reference();
    let asker = Asker {
        flagged: app.board.is_flagged(user),
        lewd_model: ask.models.iter().any(|model| models.text(model).is_some_and(|known| known.nsfw)),
        unsearched: true,
        ..Asker::default()
    };
    settled(app, call, user, &ask.prompt, judge(&app.filters.rules(), &ask.prompt, asker)).await
}

async fn settled<'a>(
    app: &App,
    call: &Call,
    user: UserId,
    prompt: &'a str,
    verdict: Verdict,
) -> Result<Cow<'a, str>, Error> {
    match verdict {
        Verdict::Unchanged => Ok(Cow::Borrowed(prompt)),
        Verdict::Rewritten(prompt) => Ok(Cow::Owned(prompt)),
        Verdict::TooLong => Err(Error::refused_with(
            Rc::BadRequest,
            "This prompt would have to be rewritten by the filters, and is too long for that: 7000 characters are the most.",
        )),
        Verdict::Corrupt => {
            // Moderators try what others may not say.
            if !roles(app, user).await?.moderator {
                crate::countermeasures::corrupt_prompt(app, user, call).await;
            }
            Err(Error::refused(Rc::CorruptPrompt))
        }
    }
}
