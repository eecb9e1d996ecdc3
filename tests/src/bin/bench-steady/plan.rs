//! The plan of a run: when each cycle is due, and in which slot of time it is counted.

use std::time::{Duration, Instant};

/// What is looked at together: the calls of so long, with one look at memory and database at its end.
pub(crate) const SLOT: Duration = Duration::from_secs(10);
/// Slots of a minute.
pub(crate) const SLOTS_PER_MINUTE: usize = 6;

/// When what is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// When the first cycle is due.
    pub(crate) begin: Instant,
    /// Cycles a second.
    pub(crate) rate: f64,
    /// Minutes before those that are measured.
    pub(crate) settle: u64,
    /// Minutes that are measured.
    pub(crate) minutes: u64,
}

impl Plan {
    /// How many slots there are.
    pub(crate) fn slots(&self) -> usize {
        (self.settle + self.minutes) as usize * SLOTS_PER_MINUTE
    }

    /// How many slots pass before those that are measured.
    pub(crate) fn settling_slots(&self) -> usize {
        self.settle as usize * SLOTS_PER_MINUTE
    }

    /// How long the load comes.
    pub(crate) fn length(&self) -> Duration {
        SLOT * self.slots() as u32
    }

    /// How many cycles there are.
    pub(crate) fn cycles(&self) -> u64 {
        (self.length().as_secs_f64() * self.rate).floor() as u64
    }

    /// When a cycle is due: so long after the begin.
    pub(crate) fn due(&self, cycle: u64) -> Duration {
        Duration::from_secs_f64(cycle as f64 / self.rate)
    }

    /// In which slot something is counted that is due then.
    pub(crate) fn slot(&self, due: Duration) -> usize {
        let slot = (due.as_secs() / SLOT.as_secs()) as usize;
        slot.min(self.slots().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_is_due_in_time_and_every_slot_has_its_share() {
        let plan = Plan { begin: Instant::now(), rate: 2.5, settle: 1, minutes: 3 };
        let mut shares = vec![0; plan.slots()];
        for cycle in 0..plan.cycles() {
            assert!(plan.due(cycle) < plan.length(), "{cycle}");
            shares[plan.slot(plan.due(cycle))] += 1;
        }
        assert_eq!(shares, vec![25; 24]);
        assert_eq!(plan.settling_slots(), 6);
    }
}
