//! `/register`: becoming a user. A plain form for people, with or without scripts, and JSON for programs; the key is shown once.

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use throng_api::ReturnCode as Rc;
use throng_api::register::{Register, Registered};
use throng_domain::desk::answer;
use throng_domain::desk::restore::KeyHash;
use throng_domain::limits::USER_NAME_CHARS_MAX;
use throng_domain::request::Name;
use throng_domain::standing::Identity;

use crate::app::App;
use crate::error::Error;
use crate::page::guard;
use crate::secret::draw_key;
use crate::texts::is_foul;
use crate::validation::{self, Rule};
use crate::wire::{JsonBody, reply};

const FORM: &str = include_str!("register/form.html");
const WELCOME: &str = include_str!("register/welcome.html");
const SORRY: &str = include_str!("register/sorry.html");

/// Characters with a meaning in `name#number`, in addresses or in markup.
const NOT_IN_NAMES: [char; 6] = ['#', '<', '>', '&', '"', '/'];

/// Shows the form.
pub async fn get() -> Response {
    html(StatusCode::OK, FORM.to_owned())
}

/// Registers a user: from JSON with JSON, from a form with a page.
pub async fn post(State(app): State<App>, request: Request) -> Response {
    let declared =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if declared.starts_with("application/x-www-form-urlencoded") {
        return match from_form(&app, request).await {
            Ok(user) => {
                html(StatusCode::OK, fill(WELCOME, &[("{username}", &user.username), ("{key}", &user.api_key)]))
            }
            Err(error) => sorry(error),
        };
    }
    match from_json(&app, request).await {
        Ok(user) => secret(reply(StatusCode::OK, &user)),
        Err(error) => error.into_response(),
    }
}

async fn from_json(app: &App, request: Request) -> Result<Registered, Error> {
    let JsonBody(body) = JsonBody::from_request(request, app).await?;
    validation::check(&Rule::Object(&[]), &body)?;
    validation::need(&body, "username", "The name to be known by.")?;
    let wish: Register = validation::typed(body)?;
    register(app, &wish.username).await
}

async fn from_form(app: &App, request: Request) -> Result<Registered, Error> {
    let body = Bytes::from_request(request, app)
        .await
        .map_err(|rejection| Error::Plain(rejection.status(), rejection.body_text().into()))?;
    let fields: Register = serde_urlencoded::from_bytes(&body).map_err(|_| Error::refused(Rc::BadRequest))?;
    register(app, &fields.username).await
}

async fn register(app: &App, name: &str) -> Result<Registered, Error> {
    if app.config.invite_only {
        return Err(Error::refused_with(Rc::Forbidden, "This network takes no new users at the moment."));
    }
    if app.board.modes().raid {
        return Err(Error::refused_with(
            Rc::Forbidden,
            "This network takes no strangers at the moment. Please try again later.",
        ));
    }
    let name = acceptable(name)?;
    if is_foul(name) {
        return Err(Error::refused(Rc::ProfaneUserName));
    }
    let key = draw_key(&app.ids);
    let hash = KeyHash(app.secret.key_hash(&key));
    let register = answer::Register { name: Name::from(name), identity: Identity::Pseudonymous, key: hash };
    let id = app.desk.register(register).await?;
    Ok(Registered { username: format!("{name}#{id}"), api_key: key })
}

/// Refuses names that would mislead.
pub(super) fn acceptable(name: &str) -> Result<&str, Error> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::refused_with(Rc::BadRequest, "Please choose a user name."));
    }
    if name.chars().count() > USER_NAME_CHARS_MAX {
        return Err(Error::refused(Rc::TooLongUserName));
    }
    if name.chars().any(|letter| letter.is_control() || NOT_IN_NAMES.contains(&letter)) {
        return Err(Error::refused_with(
            Rc::BadRequest,
            "A user name cannot hold any of # < > & \" / or control characters.",
        ));
    }
    Ok(name)
}

fn sorry(error: Error) -> Response {
    let message = match &error {
        Error::Refused(_, message) | Error::RefusedAs(_, _, message) => message.to_string(),
        Error::Unavailable(why) => why.to_string(),
        Error::Invalid(_) | Error::Plain(..) => "This form cannot be understood.".to_owned(),
        Error::Internal(_) => "Something went wrong here. Please try again later.".to_owned(),
    };
    // The status and the line in the log are the error's own.
    let status = error.into_response().status();
    html(status, fill(SORRY, &[("{message}", &message)]))
}

fn html(status: StatusCode, text: String) -> Response {
    let mut response = secret((status, Html(text)).into_response());
    guard(response.headers_mut());
    response
}

/// Keeps a key out of every cache.
fn secret(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Puts texts into a page, with what could be read as markup made harmless.
fn fill(page: &str, texts: &[(&str, &str)]) -> String {
    texts.iter().fold(page.to_owned(), |page, (place, text)| page.replace(place, &escaped(text)))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_must_not_mislead() {
        assert_eq!(acceptable("  Ada Lovelace ").unwrap(), "Ada Lovelace");
        assert_eq!(acceptable("Žofie 💫").unwrap(), "Žofie 💫");
        assert!(acceptable(&"ü".repeat(30)).is_ok());
        for (name, code) in [
            ("", Rc::BadRequest),
            (" \n", Rc::BadRequest),
            ("a#1", Rc::BadRequest),
            ("<b>", Rc::BadRequest),
            ("a\u{0}", Rc::BadRequest),
        ] {
            assert!(matches!(acceptable(name), Err(Error::Refused(found, _)) if found == code), "{name:?}");
        }
        assert!(matches!(acceptable(&"ü".repeat(31)), Err(Error::Refused(Rc::TooLongUserName, _))));
    }

    #[test]
    fn a_page_cannot_be_broken_by_what_is_put_into_it() {
        let page = fill(SORRY, &[("{message}", "<script>\"&")]);
        assert!(page.contains("&lt;script&gt;&quot;&amp;") && !page.contains("<script>"));
    }

    #[test]
    fn the_key_stands_where_programs_look_for_it() {
        let page = fill(WELCOME, &[("{username}", "ada#1"), ("{key}", "0123456789abcdefghijkl")]);
        assert!(page.contains(r#"class="ah-api-key">0123456789abcdefghijkl<"#), "{page}");
    }
}
