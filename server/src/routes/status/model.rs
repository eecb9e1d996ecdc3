//! `GET /status/models/{name}`: one model, as a list of one or of none. Names hold slashes, so they come percent-encoded, from some
//! clients twice.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_domain::Kind;

use super::models::shown;
use crate::app::App;
use crate::error::Error;
use crate::wire::ok;

/// Shows it, whichever kind it is of.
pub async fn get(State(app): State<App>, Path(name): Path<String>) -> Result<Response, Error> {
    let twice = decoded(&name);
    let found = app
        .desk
        .read_at(move |desk, now| {
            let named =
                |kind| desk.models(kind, now).into_iter().find(|load| *load.name == *name || *load.name == *twice);
            [Kind::Image, Kind::Text].into_iter().find_map(|kind| named(kind).map(|load| (kind, load)))
        })
        .await?;
    Ok(ok(&found.iter().map(|(kind, load)| shown(*kind, load)).collect::<Vec<_>>()))
}

/// Decodes once more; what cannot be decoded stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let pair = behind.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_were_encoded_twice_are_understood() {
        for (text, expected) in
            [("maker%2FTale", "maker/Tale"), ("a%20b%", "a b%"), ("100%", "100%"), ("%zz", "%zz"), ("%ff", "%ff")]
        {
            assert_eq!(decoded(text), expected);
        }
    }
}
