//! `GET /wake`, a path of our own: a worker says what it serves, and is told when there may be work. Getting it is a
//! pop, as ever. Not here: who is told, and when (`watching/sleepers.rs`).

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode;
use throng_domain::limits::{FORMS_OFFERED_MAX, IMAGE_MODELS_MAX, TEXT_MODELS_MAX};
use throng_domain::request::Name;
use throng_domain::{Kind, UserId};

use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::watching::stream::Waiting;

/// What one worker may wait for: as much as it may offer in its pops.
const WANTS_MAX: usize = IMAGE_MODELS_MAX + TEXT_MODELS_MAX + FORMS_OFFERED_MAX;

/// Characters of a model's name, as in a pop.
const NAME_CHARS_MAX: usize = 255;

/// Waits. Whoever may not work is not woken.
pub async fn get(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Error> {
    if call.caller(&app)?.user() == UserId::ANONYMOUS {
        return Err(Error::refused(ReturnCode::AnonForbiddenWorker));
    }
    let sleeper = app.watching.sleepers().lie_down(call.address, wants(&query)?)?;
    Ok(Waiting::new(app, sleeper).response())
}

/// Reads what somebody serves; what else is said is passed over.
fn wants(query: &[(String, String)]) -> Result<Vec<(Kind, Name)>, Error> {
    let mut wants = Vec::new();
    for (kind, name) in query {
        let Some(kind) = Kind::parse(kind) else { continue };
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            let told = format!("A model's name has 1 to {NAME_CHARS_MAX} characters.");
            return Err(Error::invalid(kind.as_str(), told));
        }
        wants.push((kind, Name::from(name.as_str())));
    }
    if wants.is_empty() {
        return Err(Error::invalid(
            "image",
            "Say what you serve: image=MODEL, text=MODEL, alchemy=FORM, as often as needed.",
        ));
    }
    if wants.len() > WANTS_MAX {
        return Err(Error::invalid("image", format!("No more than {WANTS_MAX} models can be waited for.")));
    }
    Ok(wants)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Vec<(Kind, Name)>, Error> {
        let query: Vec<_> = pairs.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect();
        wants(&query)
    }

    #[test]
    fn a_worker_says_what_it_serves_by_kind() {
        let wants = read(&[("image", "a,b"), ("text", "c"), ("image", "d"), ("since", "7")]).unwrap();
        let expected = [(Kind::Image, "a,b"), (Kind::Text, "c"), (Kind::Image, "d")];
        assert_eq!(wants, expected.map(|(kind, name)| (kind, Name::from(name))));
    }

    #[test]
    fn whoever_serves_nothing_or_too_much_is_refused() {
        let much: Vec<(&str, &str)> = vec![("text", "a"); WANTS_MAX + 1];
        let long = "é".repeat(NAME_CHARS_MAX + 1);
        let cases: [&[(&str, &str)]; 5] = [&[], &[("dream", "a")], &[("image", "")], &[("text", &long)], &much];
        for pairs in cases {
            assert!(matches!(read(pairs), Err(Error::Invalid(_))), "{} pairs", pairs.len());
        }
    }
}
