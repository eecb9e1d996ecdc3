//! What time it is. At Cloudflare time stands still while a program computes, and moves on when it waits.

/// Milliseconds since 1970.
pub(crate) fn millis() -> i64 {
    i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(crate) fn seconds() -> i64 {
    millis() / 1000
}
