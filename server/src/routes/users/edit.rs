//! `PUT /users/{id}`: changes a user. What is asked for is told back as it is now, and nothing else.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;
use throng_api::users::{EditUser, EditedUser};
use throng_domain::desk::answer::{FoulText, UserEdit, UserView};
use throng_domain::desk::restore::{KeyHash, Passkey};
use throng_domain::request::Name;
use throng_domain::{Kudos, UserId};

use super::super::acts::asked;
use super::super::asked::{number, shared};
use super::super::register::acceptable;
use super::super::rights::{authority, no_user, user_id};
use super::view::{alias, multiplier, suspicion};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::idempotency::Secretive;
use crate::store::statement;
use crate::texts::is_foul;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok, refuse_nul};

/// Kudos in one edit: more than there are, and few enough to be counted in hundredths.
const KUDOS_MAX: f64 = 1e12;

/// Changes a user.
pub async fn put(
    State(app): State<App>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    validation::check(&bodies::USER_EDIT, &body)?;
    call.key()?;
    refuse_nul(&body)?;
    let wish: EditUser = validation::typed(body)?;
    let user = user_id(&id)?;
    if app.desk.user(user).await?.is_none() {
        return Err(no_user());
    }
    let by = authority(&app, &call).await?;
    let (edit, details) = (edit(&app, user, &wish)?, details(&wish)?);
    let makes_passkey = edit.passkey.is_some();
    let view = if done_before(&app, &call).await? {
        app.desk.user(user).await?.ok_or_else(no_user)?
    } else {
        app.desk.edit_user(by, user, edit, call.cause, details).await?
    };
    let mut response = ok(&edited(&app, &wish, &view));
    if makes_passkey {
        response.extensions_mut().insert(Secretive);
    }
    Ok(response)
}

/// Whether this call came before, moved kudos, and was not remembered. All of an edit happens at once, so then all of it has happened.
async fn done_before(app: &App, call: &Call) -> Result<bool, Error> {
    let Some(cause) = call.cause else { return Ok(false) };
    let lines = statement::of_cause(&app.pool, cause).await.map_err(Error::internal)?;
    Ok(!lines.is_empty())
}

/// What is written down of an edit by somebody else: all but how to reach the user, which must not outlive it.
fn details(wish: &EditUser) -> Result<Value, Error> {
    let mut details = asked(wish)?;
    if let Some(contact) = details.get_mut("contact") {
        *contact = Value::Bool(true);
    }
    Ok(details)
}

/// Reads what shall be changed.
fn edit(app: &App, user: UserId, wish: &EditUser) -> Result<UserEdit, Error> {
    Ok(UserEdit {
        kudos: wish.kudos.map(|amount| kudos("kudos", amount)).transpose()?,
        monthly: wish.monthly_kudos.map(|amount| kudos("monthly_kudos", amount as f64)).transpose()?,
        usage_hundredths: wish.usage_multiplier.map(|times| (times * 100.0).round() as u32),
        moderator: wish.moderator,
        concurrency: wish.concurrency,
        worker_invited: wish.worker_invited.map(|count| u32::try_from(count.max(0)).unwrap_or(u32::MAX)),
        trusted: wish.trusted,
        flagged: wish.flagged,
        customizer: wish.customizer,
        vpn: wish.vpn,
        service: wish.service,
        special: wish.special,
        education: wish.education,
        reset_suspicion: wish.reset_suspicion.is_some(),
        admin_comment: shared(wish.admin_comment.as_deref()),
        public_workers: wish.public_workers,
        name: wish.username.as_deref().map(acceptable).transpose()?.map(Name::from),
        contact: shared(wish.contact.as_deref()),
        passkey: (wish.generate_proxy_passkey == Some(true)).then(|| draw_passkey(app, user)),
        undelete: wish.undelete == Some(true),
        foul: foul(wish),
    })
}

/// Finds the first text that others read and nobody should have to.
fn foul(wish: &EditUser) -> Option<FoulText> {
    let texts = [
        (&wish.username, FoulText::Name),
        (&wish.contact, FoulText::Contact),
        (&wish.admin_comment, FoulText::Comment),
    ];
    texts.into_iter().find(|(text, _)| text.as_deref().is_some_and(is_foul)).map(|(_, which)| which)
}

/// Whole kudos, as administrators give them.
fn kudos(name: &str, amount: f64) -> Result<Kudos, Error> {
    if amount.abs() > KUDOS_MAX {
        return Err(Error::invalid(name, format!("{amount} is more kudos than there are")));
    }
    Ok(Kudos::whole(amount.trunc() as i64))
}

fn draw_passkey(app: &App, user: UserId) -> Passkey {
    let seed = app.ids.number();
    Passkey { seed, hash: KeyHash(app.secret.passkey_hash(&app.secret.passkey(user, seed))) }
}

/// Tells back what was touched.
fn edited(app: &App, wish: &EditUser, view: &UserView) -> EditedUser {
    let (user, profile) = (&view.record, &view.record.profile);
    let touched = |wish: Option<bool>, now: bool| wish.map(|_| now);
    let passkey = || profile.passkey.map(|passkey| app.secret.passkey(user.id, passkey.seed));
    EditedUser {
        new_kudos: wish.kudos.map(|_| number(view.balance)),
        concurrency: wish.concurrency.map(|_| user.concurrency),
        usage_multiplier: wish.usage_multiplier.map(|_| multiplier(user)),
        worker_invited: wish.worker_invited.map(|_| user.worker_invited),
        moderator: touched(wish.moderator, user.roles.moderator),
        public_workers: touched(wish.public_workers, user.public_workers),
        username: wish.username.as_ref().map(|_| alias(user)),
        monthly_kudos: wish.monthly_kudos.map(|_| profile.monthly.rounded()),
        trusted: touched(wish.trusted, user.roles.trusted),
        flagged: touched(wish.flagged, user.roles.flagged),
        customizer: touched(wish.customizer, user.roles.customizer),
        vpn: touched(wish.vpn, user.roles.vpn),
        service: touched(wish.service, user.roles.service),
        education: touched(wish.education, user.roles.education),
        special: touched(wish.special, user.roles.special),
        undeleted: (wish.undelete == Some(true)).then_some(true),
        new_suspicion: wish.reset_suspicion.map(|_| suspicion(user)),
        contact: wish.contact.as_ref().and(profile.contact.as_deref().map(str::to_owned)),
        admin_comment: wish.admin_comment.as_ref().and(profile.admin_comment.as_deref().map(str::to_owned)),
        proxy_passkey: wish.generate_proxy_passkey.filter(|wish| *wish).and_then(|_| passkey()),
    }
}
