//! `GET /workers/messages`: what was said to workers. Moderators see all of it, others what they said and what was said to all.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_domain::UserId;
use throng_domain::desk::answer::{MessageFilter, Validity};

use super::messages::shown;
use super::worker_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Lists them.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Error> {
    let caller = call.caller(&app)?.user();
    let found = app.desk.messages(caller, filter(&query)?).await?;
    Ok(ok(&found.iter().map(|message| shown(message)).collect::<Vec<_>>()))
}

fn filter(query: &BTreeMap<String, String>) -> Result<MessageFilter, Error> {
    let said = |name: &str| query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let validity = match said("validity") {
        None | Some("active") => Validity::Active,
        Some("expired") => Validity::Expired,
        Some("all") => Validity::All,
        Some(_) => {
            let sentence = "'validity' needs to be one of ['active', 'expired', 'all']";
            return Err(Error::refused_with(Rc::BadRequest, sentence));
        }
    };
    let number = |text: &str| text.rsplit('#').next().and_then(|number| number.parse().ok()).map(UserId);
    let author =
        said("user_id").map(|text| number(text).ok_or_else(|| Error::refused(Rc::UserNotFound))).transpose()?;
    let page: usize = match said("page").map(str::parse) {
        None => 1,
        Some(Ok(page)) => page,
        Some(Err(_)) => return Err(Error::refused_with(Rc::BadRequest, "'page' needs to be a number")),
    };
    Ok(MessageFilter {
        author,
        worker: said("worker_id").map(worker_id).transpose()?,
        validity,
        // A page begins one message after the last, not a page after it: as at the AI Horde.
        skip: page.saturating_sub(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_from_what_is_said() {
        let query = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(filter(&query(&[("page", ""), ("user_id", "")])).unwrap(), MessageFilter::default());
        let found = filter(&query(&[("user_id", "ada#7"), ("validity", "all"), ("page", "3")])).unwrap();
        assert_eq!((found.author, found.validity, found.skip), (Some(UserId(7)), Validity::All, 2));
        for (name, wrong, code) in [
            ("validity", "some", Rc::BadRequest),
            ("page", "x", Rc::BadRequest),
            ("user_id", "ada", Rc::UserNotFound),
            ("worker_id", "rig", Rc::WorkerNotFound),
        ] {
            assert!(
                matches!(filter(&query(&[(name, wrong)])), Err(Error::Refused(found, _)) if found == code),
                "{name}"
            );
        }
    }
}
