//! The id of a request in a path, in every spelling that the server takes, as one spelling. Not here: whether there is
//! such a request.

/// Bytes of the one spelling: five groups of lower-case digits with hyphens between them.
const LENGTH: usize = 36;
/// Where the hyphens stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
/// What may stand before an id.
const URN: &[u8] = b"urn:uuid:";

/// An id in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id([u8; LENGTH]);

impl Id {
    /// Reads an id as the server would: with hyphens or without, in braces, as a URN, in capitals or not.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let bytes = match bytes.len() {
            32 => return Self::from_digits(bytes.iter().copied()),
            LENGTH => bytes,
            38 => bytes.strip_prefix(b"{")?.strip_suffix(b"}")?,
            45 if bytes[..URN.len()].eq_ignore_ascii_case(URN) => &bytes[URN.len()..],
            _ => return None,
        };
        if HYPHENS.iter().any(|at| bytes[*at] != b'-') {
            return None;
        }
        let digits = bytes.iter().enumerate().filter(|(at, _)| !HYPHENS.contains(at));
        Self::from_digits(digits.map(|(_, digit)| *digit))
    }

    fn from_digits(mut digits: impl Iterator<Item = u8>) -> Option<Self> {
        let mut id = [b'-'; LENGTH];
        for (at, place) in id.iter_mut().enumerate() {
            if !HYPHENS.contains(&at) {
                *place = digits.next().filter(u8::is_ascii_hexdigit)?.to_ascii_lowercase();
            }
        }
        Some(Self(id))
    }

    /// The one spelling.
    pub fn as_str(&self) -> &str {
        // It was made of ASCII alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190b6f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

    #[test]
    fn every_spelling_is_one_id() {
        let simple = ID.replace('-', "");
        let spellings = [
            ID.to_owned(),
            ID.to_uppercase(),
            simple,
            format!("{{{ID}}}"),
            format!("urn:uuid:{ID}"),
            format!("URN:UUID:{ID}"),
        ];
        for spelling in spellings {
            assert_eq!(Id::parse(&spelling).unwrap().as_str(), ID, "{spelling}");
        }
    }

    #[test]
    fn whatever_else_is_none() {
        let shifted = ID.replacen('-', "", 1) + "-";
        let short = &ID[1..];
        for text in ["", "x", short, &shifted, &ID.replace('a', "g"), &ID.replace('-', "_"), &format!("{{{ID}")] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
        assert_eq!(Id::parse(&"é".repeat(18)), None, "as many bytes, but no digits");
    }
}
