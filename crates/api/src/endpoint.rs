//! What an endpoint is: one definition of every method and path, used by server and clients alike. The endpoints themselves are
//! declared beside their types, in the files of their subject.

/// The HTTP methods the wire uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces or modifies.
    Put,
    /// Modifies.
    Patch,
    /// Removes or cancels.
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One method on one path, with what goes in and what comes out when all is well.
pub trait Endpoint {
    /// The method.
    const METHOD: Method;
    /// The whole path, with `{name}` where a value stands.
    const PATH: &'static str;
    /// The body; `()` where there is none.
    type Request;
    /// The answer.
    type Response;

    /// The path with its placeholders filled, in order.
    fn path(values: &[&str]) -> String {
        fill(Self::PATH, values)
    }
}

/// Replaces each `{name}` by the next value, percent-encoded. A placeholder without a value stays as it is.
pub fn fill(path: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut filled = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        filled.push_str(before);
        match values.next() {
            Some(value) => encode_into(&mut filled, value),
            None => filled.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// Writes a value as it may stand in a path or in a query.
pub(crate) fn encode_into(target: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(char::from(HEX[usize::from(byte >> 4)]));
            target.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Declares an endpoint: `endpoint!(/// doc  Name, Method, "path", Request => Response)`.
macro_rules! endpoint {
    ($(#[$doc:meta])* $name:ident, $method:ident, $path:literal, $request:ty => $response:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;
        impl $crate::endpoint::Endpoint for $name {
            const METHOD: $crate::endpoint::Method = $crate::endpoint::Method::$method;
            const PATH: &'static str = concat!("/api/v2", $path);
            type Request = $request;
            type Response = $response;
        }
    };
}
pub(crate) use endpoint;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::GetWorkerByName;

    #[test]
    fn placeholders_are_filled_and_encoded() {
        assert_eq!(GetWorkerByName::path(&["a b/ü"]), "/api/v2/workers/name/a%20b%2F%C3%BC");
        assert_eq!(fill("/x/{id}/y", &[]), "/x/{id}/y");
    }
}
