//! Suspicion: odd things that workers and users did, counted by reason. Too many pause a worker and make a user suspicious.
//! When something is odd is not here, but where it is noticed: `desk/check_in.rs`, `desk/suspect.rs`, `desk/fault.rs`, the routes.

use serde::{Deserialize, Serialize};

/// What was odd. The numbers are the AI Horde's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A worker's name was longer than is kept.
    WorkerNameLong = 0,
    /// A worker's name was longer than anybody types.
    WorkerNameExtreme = 1,
    /// Foul words were to be said of a worker.
    WorkerProfanity = 2,
    /// A worker came from an address that hides who is behind it.
    UnsafeAddress = 3,
    /// A worker claims an absurd size of pictures. Nothing counts this; the number is taken.
    ExtremeMaxPixels = 4,
    /// A result came faster than any machine makes it.
    UnreasonablyFast = 5,
    /// A user's name was longer than is kept.
    UserNameLong = 6,
    /// A user's name was foul.
    UserNameProfane = 7,
    /// A prompt was refused by the filters.
    CorruptPrompt = 8,
    /// Too many of a worker's attempts failed within an hour.
    TooManyAborts = 9,
}

/// The odd things somebody did. Most reasons count once, as they tell the same again; speed and failures count each time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Suspicions {
    /// The reasons that count once, by bit.
    once: u16,
    /// How often a result came too fast.
    fast: u32,
    /// How often too many attempts failed.
    aborts: u32,
}

impl Suspicions {
    /// Adds one; tells whether it counts.
    pub fn add(&mut self, reason: Reason) -> bool {
        match reason {
            Reason::UnreasonablyFast => self.fast = self.fast.saturating_add(1),
            Reason::TooManyAborts => self.aborts = self.aborts.saturating_add(1),
            once => {
                let bit = 1 << once as u16;
                if self.once & bit != 0 {
                    return false;
                }
                self.once |= bit;
            }
        }
        true
    }

    /// Tells how many there are.
    pub fn total(&self) -> u32 {
        self.once.count_ones().saturating_add(self.fast).saturating_add(self.aborts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_reasons_count_once_and_two_count_each_time() {
        let mut suspicions = Suspicions::default();
        assert!(suspicions.add(Reason::WorkerNameLong) && suspicions.add(Reason::WorkerNameExtreme));
        assert!(!suspicions.add(Reason::WorkerNameLong));
        for _ in 0..3 {
            assert!(suspicions.add(Reason::UnreasonablyFast) && suspicions.add(Reason::TooManyAborts));
        }
        assert_eq!(suspicions.total(), 8);
    }
}
