//! Which answers are the same: the one name of all calls that get one answer. It holds everything the answer depends
//! on: the path, those parameters of the query that its path knows, in one order, and what headers ask for. What the
//! path does not know is left out, so that nobody makes a cache miss by adding nonsense. Not here: which calls have
//! answers that may be kept (`policy.rs`).

use throng_api::auth::{EXTENSIONS_HEADER, FIELDS_HEADER};

/// Bytes of what a name is made from: longer calls are not kept.
const CALL_BYTES_MAX: usize = 1_024;

/// Makes the name; none where the query or a header is no text, or all is too long.
pub(crate) fn of<'h>(
    parameters: &[&str],
    path: &str,
    query: &str,
    header: impl Fn(&'static str) -> Option<&'h [u8]>,
) -> Option<String> {
    let said = |name| header(name).map_or(Some(""), |bytes| std::str::from_utf8(bytes).ok().map(str::trim));
    let (fields, extensions) = (said(FIELDS_HEADER)?, said(EXTENSIONS_HEADER)?);
    if path.len() + query.len() + fields.len() + extensions.len() > CALL_BYTES_MAX {
        return None;
    }
    let pairs = pairs(query)?;
    let mut key = String::with_capacity(path.len() + query.len() + fields.len() + 8);
    key.push_str(path);
    for parameter in parameters {
        // Said twice, the last one counts, as it does for the server.
        if let Some((_, value)) = pairs.iter().rev().find(|(name, _)| name == parameter) {
            key.push('?');
            key.push_str(parameter);
            key.push('=');
            encode(value, &mut key);
        }
    }
    for header in [fields, extensions] {
        key.push('\n');
        key.push_str(header);
    }
    Some(key)
}

/// The parameters of a query, decoded; none if one of them is no text.
pub(crate) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name, true)?, decode(value, true)?))
    });
    decoded.collect()
}

/// Decodes percent signs, and in queries pluses; none if what comes out is no text.
pub(crate) fn decode(text: &str, pluses: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        match (*first, behind) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            (b'+', _) if pluses => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The value of a hexadecimal digit.
fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

/// Encodes whatever could be read as something else.
fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["type", "model_state"];

    fn key(query: &str) -> Option<String> {
        of(&KNOWN, "/models", query, |_| None)
    }

    #[test]
    fn calls_with_one_answer_have_one_name() {
        let one = key("type=image&model_state=all").unwrap();
        for query in [
            "model_state=all&type=image",
            "type=image&&model_state=all&",
            "type=%69mage&model_state=all",
            "type=text&type=image&model_state=all",
            "utm=x&type=image&model_state=all&_=17",
        ] {
            assert_eq!(key(query).as_ref(), Some(&one), "{query}");
        }
    }

    #[test]
    fn calls_with_different_answers_have_different_names() {
        let with = |fields: &'static str| {
            of(&KNOWN, "/models", "", move |name| (name == "x-fields").then_some(fields.as_bytes()))
        };
        let names = [
            key(""),
            key("type="),
            key("type=image"),
            key("type=image%3Fmodel_state%3Dall"),
            key("type=image&model_state=all"),
            key("type=a+b"),
            key("type=a%2Bb"),
            with("{name}"),
            with("{count}"),
            of(&KNOWN, "/models", "", |name| (name == "throng-extensions").then_some(b"1".as_slice())),
            of(&KNOWN, "/other", "", |_| None),
        ];
        for (at, name) in names.iter().enumerate() {
            assert!(name.is_some() && !names[..at].contains(name), "{name:?}");
        }
    }

    #[test]
    fn what_cannot_be_put_in_order_has_no_name() {
        assert_eq!(key("type=%ff"), None);
        assert_eq!(key(&"x".repeat(2_000)), None);
        assert_eq!(of(&KNOWN, "/models", "", |name| (name == "x-fields").then_some(b"\xff".as_slice())), None);
    }

    #[test]
    fn what_only_looks_encoded_stays_as_it_is() {
        assert_eq!(decode("100%&%zz%4", true).as_deref(), Some("100%&%zz%4"));
        assert_eq!(decode("a+b%20c", false).as_deref(), Some("a+b c"));
        assert_eq!(decode("%C3%bc", true).as_deref(), Some("ü"));
    }
}
