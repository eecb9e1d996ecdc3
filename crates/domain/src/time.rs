//! A point in time, as a number that is handed in. Reading a clock is not here: the rules never do.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Microseconds since the start of 1970, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in whole microseconds; never negative in the rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

impl Span {
    /// Makes a span of whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * MICROS)
    }

    /// Makes a span of whole minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// Tells the whole seconds in it, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0 / MICROS
    }
}

impl Timestamp {
    /// Makes a time from whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * MICROS)
    }

    /// Tells how long ago `earlier` was; zero if it is in the future.
    pub fn since(self, earlier: Self) -> Span {
        Span((self.0 - earlier.0).max(0))
    }

    /// Tells the whole seconds since 1970, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0 + span.0)
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self(self.0 - span.0)
    }
}
