//! How large a body may be, by what it carries. The server reads no more than this; the edge does not even pass more on.

/// Bytes of a body that holds no picture: a prompt of 7 500 words with everything around it has a tenth of that.
pub const PLAIN_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a body with pictures in base64: five extra source images, the source and its mask.
pub const SOURCES_BYTES_MAX: usize = 48 * 1024 * 1024;

/// Bytes of a picture that a worker hands in: 3072 × 3072 pixels enlarged fourfold still fit as WebP.
pub const PICTURE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a result that a worker hands in as base64, with the members around it.
pub const RESULT_BYTES_MAX: usize = PICTURE_BYTES_MAX / 3 * 4 + 64 * 1024;

/// Bytes of a body that the edge reads in order to see whether it is JSON: most are smaller, and larger ones cost more
/// to read than they spare the server.
pub const READ_BYTES_MAX: usize = 64 * 1024;
