//! Who may do what keeps order: moderators, and administrators, whom the operator names. Not here: what users may do with their own.

use std::sync::Arc;

use throng_api::ReturnCode as Rc;
use throng_domain::desk::restore::UserRecord;

use crate::app::App;
use crate::auth::Call;
use crate::error::Error;

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
    let alias = alias(user);
    app.config.admins.contains(&alias)
}

/// A user as others write it.
pub(super) fn alias(user: &UserRecord) -> String {
    format!("{}#{}", user.name, user.id)
}
