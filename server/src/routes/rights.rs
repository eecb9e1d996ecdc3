//! In whose name a call is made, whom a path means, and who keeps order: moderators, and administrators, whom the operator names.
//! What a user may do with their own is decided by the desk.

use std::sync::Arc;

use throng_api::ReturnCode as Rc;
use throng_domain::UserId;
use throng_domain::desk::answer::Authority;
use throng_domain::desk::restore::UserRecord;

use super::users::alias;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Finds in whose name a call is made: a user's, with an administrator's rights if the operator named it as one.
pub(super) async fn authority(app: &App, call: &Call) -> Result<Authority, Error> {
    let caller = call.caller(app)?.user();
    if app.config.admins.is_empty() || caller.is_anonymous() {
        return Ok(Authority { caller, admin: false });
    }
    let view = app.desk.user(caller).await?;
    Ok(Authority { caller, admin: view.is_some_and(|view| is_admin(app, &view.record)) })
}

/// The caller's record; a key has to be there and known.
pub(super) async fn known(app: &App, call: &Call) -> Result<Arc<UserRecord>, Error> {
    let user = call.caller(app)?.user();
    app.desk.user(user).await?.map(|view| view.record).ok_or_else(|| Error::refused(Rc::InvalidAPIKey))
}

/// The caller's record, if it is a moderator's.
pub(super) async fn moderator(app: &App, call: &Call) -> Result<Arc<UserRecord>, Error> {
    let caller = known(app, call).await?;
    if caller.roles.moderator { Ok(caller) } else { Err(Error::refused(Rc::NotModerator)) }
}

/// Whether the operator named this user as an administrator.
pub(super) fn is_admin(app: &App, user: &UserRecord) -> bool {
    !user.id.is_anonymous() && app.config.admins.contains(&alias(user))
}

/// Reads the number of a user in a path; what is none names nobody.
pub(super) fn user_id(text: &str) -> Result<UserId, Error> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(UserId).ok_or_else(no_user)
}

/// There is no such user.
pub(super) fn no_user() -> Error {
    Error::refused_with(Rc::UserNotFound, "User with that ID not found.")
}

/// Reads whom a name means: only the number after the last `#` counts, and it may stand alone.
pub(super) fn user_of_alias(alias: &str) -> Option<UserId> {
    let number = alias.rsplit('#').next()?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| digits).map(UserId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_of_a_name_counts() {
        for (alias, expected) in [
            ("ada#3", Some(3)),
            ("a#b#12", Some(12)),
            ("7", Some(7)),
            ("ada", None),
            ("ada#", None),
            ("ada#-1", None),
            ("", None),
        ] {
            assert_eq!(user_of_alias(alias), expected.map(UserId), "{alias}");
        }
    }
}
