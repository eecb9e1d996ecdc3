//! Kudos: whole hundredths, exact. No float is allowed in this file; the wire's numbers are made from decimal text.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

/// An amount of kudos in hundredths. Balances may be negative; amounts of transfers never are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kudos(i64);

/// Hundredths in one kudos.
const HUNDREDTHS: i64 = 100;

impl Kudos {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Makes an amount of whole kudos.
    pub const fn whole(kudos: i64) -> Self {
        Self(kudos * HUNDREDTHS)
    }

    /// Makes an amount from hundredths.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// Tells the hundredths.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// Tells the whole kudos, rounded half away from zero, as balances are shown.
    pub const fn rounded(self) -> i64 {
        let half = if self.0 < 0 { -50 } else { 50 };
        (self.0 + half) / HUNDREDTHS
    }

    /// Splits off half, rounded to the even hundredth, as escrow takes it.
    #[must_use]
    pub const fn half(self) -> Self {
        let down = self.0.div_euclid(2);
        let odd = self.0.rem_euclid(2);
        Self(down + odd * down.rem_euclid(2))
    }

    /// Multiplies by `numerator / denominator`, rounded half up to a hundredth.
    #[must_use]
    pub const fn scaled(self, numerator: i64, denominator: i64) -> Self {
        let doubled = 2 * self.0 * numerator + denominator;
        Self(doubled.div_euclid(2 * denominator))
    }

    /// Multiplies by a count.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0 * count)
    }

    /// Tells the smaller of two.
    #[must_use]
    pub fn at_most(self, other: Self) -> Self {
        self.min(other)
    }

    /// Takes away, stopping at nothing.
    #[must_use]
    pub fn minus_or_zero(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// Tells whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Makes the wire's number, with one or two decimals (`12.0`, `12.5`, `12.34`).
    pub fn to_number(self) -> serde_json::Number {
        // Two decimals of an i64 always read back as a JSON number; zero stands in where they could not.
        serde_json::from_str(&self.to_string()).unwrap_or_else(|_| serde_json::Number::from(0))
    }

    /// Reads a decimal number with at most two decimals, as text.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > 2 {
            return None;
        }
        let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
        let total = whole.parse::<i64>().ok()?.checked_mul(HUNDREDTHS)?.checked_add(cents)?;
        Some(Self(if negative { -total } else { total }))
    }
}

impl fmt::Display for Kudos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let (whole, cents) = (size / 100, size % 100);
        if cents % 10 == 0 { write!(f, "{sign}{whole}.{}", cents / 10) } else { write!(f, "{sign}{whole}.{cents:02}") }
    }
}

impl Add for Kudos {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Kudos {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Kudos {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Kudos {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Kudos {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Kudos {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kudos_read_and_write_at_most_two_decimals() {
        for (text, hundredths) in [("0.0", 0), ("12.0", 1200), ("12.5", 1250), ("12.34", 1234), ("-0.05", -5)] {
            assert_eq!(Kudos::parse(text), Some(Kudos(hundredths)), "{text}");
            assert_eq!(Kudos(hundredths).to_string(), text);
            assert_eq!(Kudos(hundredths).to_number().to_string(), text);
        }
        for text in ["", ".5", "1.234", "1e3", "--1", "1.-1", "99999999999999999999"] {
            assert_eq!(Kudos::parse(text), None, "{text}");
        }
    }

    #[test]
    fn halves_go_to_the_even_hundredth_and_lose_nothing() {
        for (whole, half) in [(0, 0), (1, 0), (2, 1), (3, 2), (5, 2), (7, 4), (1901, 950)] {
            assert_eq!(Kudos(whole).half(), Kudos(half), "{whole}");
        }
    }

    #[test]
    fn scaling_rounds_half_up() {
        assert_eq!(Kudos(761).scaled(3, 4), Kudos(571));
        assert_eq!(Kudos(5).scaled(1, 2), Kudos(3));
        assert_eq!(Kudos(-250).rounded(), -3);
        assert_eq!(Kudos(1522).rounded(), 15);
    }
}
