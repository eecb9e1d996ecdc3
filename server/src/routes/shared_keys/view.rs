//! A shared key as the wire says and shows it. The body is read loosely, but within the bounds that the contract publishes; a name may
//! be shorter than those.

use serde_json::Value;
use throng_api::shared_keys::SharedKeyDetails;
use throng_domain::desk::answer::{SharedKeyChange, SharedKeyView};
use throng_domain::refusal::SharedKeyRefusal;
use throng_domain::request::Name;
use throng_domain::{Kudos, SharedKeyId, Span};
use uuid::Uuid;

use super::super::users::alias;
use crate::error::Error;
use crate::validation::loose;
use crate::wire::date;

/// What stands for "no limit".
const NO_LIMIT: i64 = -1;
/// The contract's bounds.
const KUDOS_MAX: i64 = 50_000_000;
const PIXELS_MAX: i64 = 4_194_304;
const STEPS_MAX: i64 = 500;
const TOKENS_MAX: i64 = 500;
const NAME_CHARS_MAX: usize = 255;
/// Days a key may live, if not for ever: ten years are as good as that, and every date can be written.
const DAYS_MAX: i64 = 3_650;
const DAY_SECONDS: i64 = 24 * 3600;

/// Reads what a shared key shall be.
pub(super) fn change(body: &Value) -> Result<SharedKeyChange, Error> {
    if !body.is_object() {
        return Err(Error::invalid("", "This is not an object."));
    }
    let limit = |name: &str, max: i64| -> Result<Option<Option<i64>>, Error> {
        let number = loose::within(name, loose::whole(body, name)?, NO_LIMIT, max)?;
        Ok(number.map(|number| (number != NO_LIMIT).then_some(number)))
    };
    let small = |limit: Option<Option<i64>>| limit.map(|limit| limit.and_then(|limit| u32::try_from(limit).ok()));
    let name = loose::text(body, "name")?;
    let chars = name.as_ref().map_or(1, |name| name.chars().count());
    if chars == 0 || chars > NAME_CHARS_MAX {
        return Err(Error::invalid("name", format!("A name has 1 to {NAME_CHARS_MAX} characters.")));
    }
    Ok(SharedKeyChange {
        name: name.map(Name::from),
        life: limit("expiry", DAYS_MAX)?.map(|days| days.map(|days| Span::seconds(days * DAY_SECONDS))),
        allowance: limit("kudos", KUDOS_MAX)?.map(|kudos| kudos.map(Kudos::whole)),
        max_image_pixels: limit("max_image_pixels", PIXELS_MAX)?.map(|most| most.map(i64::unsigned_abs)),
        max_image_steps: small(limit("max_image_steps", STEPS_MAX)?),
        max_text_tokens: small(limit("max_text_tokens", TOKENS_MAX)?),
    })
}

/// Shows a shared key.
pub(in crate::routes) fn shown(view: &SharedKeyView) -> SharedKeyDetails {
    let key = &view.record;
    let limit = |limit: Option<i64>| limit.unwrap_or(NO_LIMIT);
    SharedKeyDetails {
        id: key.id.to_string(),
        username: alias(&view.owner),
        name: key.name.as_deref().map(str::to_owned),
        kudos: limit(key.allowance.map(Kudos::rounded)),
        expiry: key.expires.map(date),
        utilized: key.utilized.rounded(),
        max_image_pixels: limit(key.max_image_pixels.and_then(|most| i64::try_from(most).ok())),
        max_image_steps: limit(key.max_image_steps.map(i64::from)),
        max_text_tokens: limit(key.max_text_tokens.map(i64::from)),
    }
}

/// Reads a shared key's id in a path; what is none is no key.
pub(super) fn key_id(text: &str) -> Result<SharedKeyId, Error> {
    Uuid::try_parse(text).map(SharedKeyId).map_err(|_| SharedKeyRefusal::NotFound.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn minus_one_is_no_limit_and_absent_is_no_change() {
        let read = |body| change(&body).unwrap();
        assert_eq!(read(json!({})), SharedKeyChange::default());
        let wish = read(json!({"kudos": -1, "expiry": "2", "max_image_pixels": -1, "max_text_tokens": 80.0}));
        assert_eq!((wish.allowance, wish.life), (Some(None), Some(Some(Span::seconds(172_800)))));
        assert_eq!((wish.max_image_pixels, wish.max_text_tokens), (Some(None), Some(Some(80))));
        assert_eq!(wish.max_image_steps, None);
    }

    #[test]
    fn what_is_beyond_the_bounds_is_refused() {
        for body in [
            json!({"kudos": -2}),
            json!({"kudos": 50_000_001}),
            json!({"expiry": -2}),
            json!({"max_image_steps": 501}),
            json!({"name": ""}),
            json!({"name": "a".repeat(256)}),
            json!({"max_text_tokens": "many"}),
        ] {
            assert!(matches!(change(&body), Err(Error::Invalid(_))), "{body}");
        }
    }
}
