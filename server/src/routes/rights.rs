//! In whose name a call is made, and whom a path means. What that permits is decided by the desk.

use throng_api::ReturnCode;
use throng_domain::UserId;
use throng_domain::desk::answer::Authority;

use super::users::alias;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

/// Finds in whose name a call is made: a user's, with an administrator's rights if the operator named it as one.
pub(super) async fn authority(app: &App, call: &Call) -> Result<Authority, Error> {
    let caller = call.caller(app)?.user();
    Ok(Authority { caller, admin: is_admin(app, caller).await? })
}

async fn is_admin(app: &App, caller: UserId) -> Result<bool, Error> {
    let admins = &app.config.admins;
    if admins.is_empty() || caller.is_anonymous() {
        return Ok(false);
    }
    let view = app.desk.user(caller).await?;
    Ok(view.is_some_and(|view| admins.contains(&alias(&view.record))))
}

/// Reads the number of a user in a path; what is none names nobody.
pub(super) fn user_id(text: &str) -> Result<UserId, Error> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).map(UserId).ok_or_else(no_user)
}

/// There is no such user.
pub(super) fn no_user() -> Error {
    Error::refused_with(ReturnCode::UserNotFound, "User with that ID not found.")
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
