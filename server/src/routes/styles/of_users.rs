//! The styles of users, in what is shown of the users.

use throng_api::users::{StyleOfUser, UserDetails};

use crate::app::App;
use crate::error::Error;
use crate::store::styles::of_users;

/// Puts into each user the styles it made: the public ones, or all.
pub(in crate::routes) async fn fill(app: &App, users: &mut [UserDetails], private_too: bool) -> Result<(), Error> {
    let ids: Vec<i64> = users.iter().map(|user| user.id).collect();
    for style in of_users(&app.pool, &ids, private_too).await.map_err(Error::internal)? {
        let made = StyleOfUser { name: style.name, id: style.id.to_string(), kind: style.kind.as_str().to_owned() };
        if let Some(user) = users.iter_mut().find(|user| user.id == style.user.0) {
            user.styles.get_or_insert_default().push(made);
        }
    }
    Ok(())
}
