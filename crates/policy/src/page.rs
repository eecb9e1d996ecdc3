//! The page's files: what a page may do, how long a file may be kept, and which paths are files at all. The same at the
//! server and at the edge. Not here: where the files are.

use std::path::Path;

/// What the page may do: run its own program, show pictures from wherever the store of pictures is, talk to its server.
pub const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob: http: https:; connect-src 'self' http: https:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// The headers that keep a page from being misused; every file carries them.
pub const GUARDS: [(&str, &str); 4] = [
    ("content-security-policy", CONTENT_POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

/// How long files may be kept that never change, in the words of `Cache-Control`.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// All others are asked for anew, at the cost of a "not modified".
pub const ASK_AGAIN: &str = "no-cache";

/// Hexadecimal digits of the hash that the build puts into names.
const HASH_DIGITS: usize = 16;

/// How long a file may be kept, in the words of `Cache-Control`; `is_found` says that there is one.
pub fn cache_control(path: &str, is_found: bool) -> &'static str {
    if is_found && has_hash(path) { FOR_EVER } else { ASK_AGAIN }
}

/// Whether a file says in its name what is in it: such a file never changes.
pub fn has_hash(path: &str) -> bool {
    name(path)
        .split(['-', '.', '_'])
        .any(|part| part.len() == HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a path can only be a file's. A missing file must not be answered by the page, because a browser would run
/// HTML as a program; every other path is the page itself, which has routes of its own.
pub fn is_file(path: &str) -> bool {
    let is_html = Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html"));
    name(path).contains('.') && !is_html
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_a_hash_in_their_name_are_kept() {
        for path in ["/app-0123456789abcdef.js", "/0123456789ABCDEF.wasm", "/a/b_0123456789abcdef_bg.wasm"] {
            assert_eq!(cache_control(path, true), FOR_EVER, "{path}");
            assert_eq!(cache_control(path, false), ASK_AGAIN, "{path} that is missing");
        }
        for path in
            ["/", "/index.html", "/app-0123456789abcde.js", "/app-0123456789abcdeg.js", "/0123456789abcdef/a.js"]
        {
            assert_eq!(cache_control(path, true), ASK_AGAIN, "{path}");
        }
    }

    #[test]
    fn paths_without_a_file_are_the_pages_own() {
        for path in ["/app.js", "/a/b.wasm", "/.well-known/.x", "/app-0123456789abcdef.js"] {
            assert!(is_file(path), "{path}");
        }
        for path in ["/", "", "/request/12", "/index.html", "/a.HTML", "/v1.2/about"] {
            assert!(!is_file(path), "{path}");
        }
    }

    #[test]
    fn the_page_may_run_nothing_but_its_own_program() {
        assert!(CONTENT_POLICY.contains("script-src 'self' 'wasm-unsafe-eval';"), "{CONTENT_POLICY}");
        assert!(!CONTENT_POLICY.contains("  ") && !CONTENT_POLICY.contains('\n'), "{CONTENT_POLICY}");
    }
}
