//! How much may travel: a cap a day on what a lent tab loads and sends.

use serde::{Deserialize, Serialize};

/// What travelled on one day, kept in the browser from visit to visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Travelled {
    /// The day, counted from 1970 in universal time.
    pub day: u32,
    /// Bytes, both ways.
    pub bytes: u64,
}

impl Travelled {
    /// Adds bytes on a day; a new day begins at nothing.
    #[must_use]
    pub fn and(self, day: u32, bytes: u64) -> Self {
        let before = if self.day == day { self.bytes } else { 0 };
        Self { day, bytes: before.saturating_add(bytes) }
    }

    /// What is left on a day of a cap; none when there is no cap.
    pub fn left(self, day: u32, cap: Option<u64>) -> Option<u64> {
        let used = if self.day == day { self.bytes } else { 0 };
        cap.map(|cap| cap.saturating_sub(used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_day_begins_at_nothing() {
        let today = Travelled::default().and(5, 100).and(5, 20);
        assert_eq!(today.bytes, 120);
        assert_eq!(today.left(5, Some(150)), Some(30));
        assert_eq!(today.left(6, Some(150)), Some(150));
        assert_eq!(today.left(5, None), None);
        assert_eq!(today.and(6, 1), Travelled { day: 6, bytes: 1 });
    }

    #[test]
    fn a_cap_that_was_lowered_leaves_nothing_rather_than_a_debt() {
        assert_eq!(Travelled { day: 1, bytes: 10 }.left(1, Some(5)), Some(0));
    }
}
