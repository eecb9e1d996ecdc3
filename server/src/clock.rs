//! Where time and chance enter the server: the [`Clock`] and the [`Ids`]. Everything else receives them as arguments.
//! Not here: what is done when time passes (`tasks/clock.rs`).

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Returns the present moment.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's time enters the house")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<DateTime<Utc>>,
}

impl ManualClock {
    /// Stands at `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }

    /// Sets the clock, backward too: real clocks do that.
    pub fn set(&self, to: DateTime<Utc>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl Default for ManualClock {
    /// Stands at the first second of 2026.
    fn default() -> Self {
        Self::new(DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes ids and other chance: UUIDv7 from a clock and one random source.
#[derive(Debug)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    chance: Mutex<ChaCha20Rng>,
}

impl Ids {
    /// Draws its chance from the operating system.
    pub fn from_os(clock: Arc<dyn Clock>) -> Self {
        Self { clock, chance: Mutex::new(ChaCha20Rng::from_os_rng()) }
    }

    /// Draws the same chance for the same seed: for tests and simulations.
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self { clock, chance: Mutex::new(ChaCha20Rng::seed_from_u64(seed)) }
    }

    /// Makes a UUIDv7: sortable by time, unguessable to the extent of 74 random bits.
    pub fn uuid(&self) -> Uuid {
        self.uuid_at(self.clock.now().timestamp_millis())
    }

    /// Makes a UUIDv7 that sorts by the given milliseconds since 1970.
    pub fn uuid_at(&self, millis: i64) -> Uuid {
        let millis = u64::try_from(millis).unwrap_or_default();
        let bytes: [u8; 10] = self.bytes();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    /// Fills an array with random bytes: keys, secrets, seeds.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// Draws one random number.
    pub fn number(&self) -> u64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let clock = Arc::new(ManualClock::default());
        let ids = Ids::seeded(clock.clone(), 1);
        let first = ids.uuid();
        clock.advance(TimeDelta::milliseconds(1));
        assert!(first < ids.uuid());
        assert_eq!(first.get_version_num(), 7);
    }

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let clock = Arc::new(ManualClock::default());
        let (a, b) = (Ids::seeded(clock.clone(), 7), Ids::seeded(clock, 7));
        assert_eq!(a.uuid(), b.uuid());
        assert_eq!(a.number(), b.number());
    }
}
