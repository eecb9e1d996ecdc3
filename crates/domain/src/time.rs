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

    /// Tells the same time of the same day one calendar month later; of the month's last day, where it is shorter.
    #[must_use]
    pub fn a_month_later(self) -> Self {
        let (days, of_day) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let first = day_number(year, month);
        let day = day.min(day_number(next_year, next_month) - first);
        Self((first + day - 1) * DAY + of_day)
    }
}

/// Microseconds in a day.
const DAY: i64 = 24 * 3600 * MICROS;

/// Tells the first day of a month as days since 1970. Years are counted from March, so that the leap day comes last.
fn day_number(year: i64, month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Tells year, month and day of so many days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_later_is_the_same_day_or_the_last() {
        // Seconds since 1970, as `date -u -d ... +%s` tells them.
        for (from, to) in [
            (1_769_904_000, 1_772_323_200), // 2026-02-01 → 2026-03-01
            (1_769_817_600, 1_772_236_800), // 2026-01-31 → 2026-02-28
            (1_706_659_200, 1_709_164_800), // 2024-01-31 → 2024-02-29
            (1_798_675_200, 1_801_353_600), // 2026-12-31 → 2027-01-31
            (1_793_404_799, 1_796_083_199), // 2026-10-30T23:59:59 → 2026-11-30T23:59:59
        ] {
            assert_eq!(Timestamp::from_seconds(from).a_month_later(), Timestamp::from_seconds(to), "{from}");
        }
    }
}
