//! Prompts go through the filters before anything else is made of them. Not here: the verdict itself (`filters/verdict.rs`).

use std::borrow::Cow;

use throng_api::ReturnCode as Rc;
use throng_api::image::Ask;
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
    ask: &'a Ask,
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

/// The prompt of a text request: only those of flagged users are looked at.
pub(super) async fn text<'a>(app: &App, call: &Call, user: UserId, prompt: &'a str) -> Result<Cow<'a, str>, Error> {
    if app.config.no_filters || !app.board.is_flagged(user) {
        return Ok(Cow::Borrowed(prompt));
    }
    let asker = Asker { takes_rewriting: true, flagged: true, ..Asker::default() };
    settled(app, call, user, prompt, judge(&app.filters.rules(), prompt, asker)).await
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
                crate::countermeasures::corrupt_prompt(app, user, call.address).await;
            }
            Err(Error::refused(Rc::CorruptPrompt))
        }
    }
}
