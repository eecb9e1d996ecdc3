//! When a lent tab may work: not against the person who sits there, not on an empty battery, not beyond what it may load.
//!
//! The page tells what it sees; this tells what follows. A pause lets the job at hand be finished; a hold makes it rest between two
//! steps, and only for moments, because its lease runs on.

/// A person who did something this recently is busy with the page, in milliseconds: longer than the pause between two keystrokes.
pub const BUSY_MS: f64 = 1_500.0;
/// A job is held back no longer than this in all, in milliseconds: the requester waits, and the lease of the smallest job is 150 s.
pub const HOLD_MOST_MS: f64 = 20_000.0;

/// What the owner wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// Whether to pause while the machine runs on its battery.
    pub spare_battery: bool,
    /// Whether to make way while the person uses the page.
    pub make_way: bool,
}

/// What the page sees now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sight {
    /// Whether the machine runs on its battery; none where the browser does not say.
    pub on_battery: Option<bool>,
    /// Milliseconds since the person last typed, clicked or scrolled outside the lending panel; none when never.
    pub idle_ms: Option<f64>,
    /// Milliseconds that the job at hand was already held back.
    pub held_ms: f64,
    /// Whether the owner pressed Pause.
    pub paused_by_owner: bool,
    /// Whether the browser says that there is no network.
    pub offline: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Work.
    Work,
    /// Rest between two steps for a moment, and ask for no job.
    Hold,
    /// Finish the job at hand, then rest, for this reason.
    Pause(Reason),
}

/// Why a lent tab rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The owner said so.
    Owner,
    /// The machine runs on its battery.
    Battery,
    /// There is no network.
    Offline,
}

/// Tells how to behave.
pub fn manner(wishes: Wishes, sight: Sight) -> Manner {
    if sight.paused_by_owner {
        return Manner::Pause(Reason::Owner);
    }
    if wishes.spare_battery && sight.on_battery == Some(true) {
        return Manner::Pause(Reason::Battery);
    }
    if sight.offline {
        return Manner::Pause(Reason::Offline);
    }
    let busy = sight.idle_ms.is_some_and(|idle| idle < BUSY_MS);
    if wishes.make_way && busy && sight.held_ms < HOLD_MOST_MS {
        return Manner::Hold;
    }
    Manner::Work
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISHES: Wishes = Wishes { spare_battery: true, make_way: true };
    const SIGHT: Sight =
        Sight { on_battery: Some(false), idle_ms: None, held_ms: 0.0, paused_by_owner: false, offline: false };

    #[test]
    fn nothing_in_the_way_means_work() {
        assert_eq!(manner(WISHES, SIGHT), Manner::Work);
        assert_eq!(manner(WISHES, Sight { on_battery: None, ..SIGHT }), Manner::Work);
    }

    #[test]
    fn the_battery_counts_only_where_it_is_known_and_wanted() {
        let on_battery = Sight { on_battery: Some(true), ..SIGHT };
        assert_eq!(manner(WISHES, on_battery), Manner::Pause(Reason::Battery));
        assert_eq!(manner(Wishes { spare_battery: false, ..WISHES }, on_battery), Manner::Work);
    }

    #[test]
    fn a_busy_person_goes_first_but_not_for_ever() {
        let busy = Sight { idle_ms: Some(100.0), ..SIGHT };
        assert_eq!(manner(WISHES, busy), Manner::Hold);
        assert_eq!(manner(WISHES, Sight { idle_ms: Some(BUSY_MS), ..busy }), Manner::Work);
        assert_eq!(manner(WISHES, Sight { held_ms: HOLD_MOST_MS, ..busy }), Manner::Work);
        assert_eq!(manner(Wishes { make_way: false, ..WISHES }, busy), Manner::Work);
    }

    #[test]
    fn what_the_owner_says_is_told_first() {
        let everything = Sight { paused_by_owner: true, on_battery: Some(true), offline: true, ..SIGHT };
        assert_eq!(manner(WISHES, everything), Manner::Pause(Reason::Owner));
        assert_eq!(manner(WISHES, Sight { offline: true, ..SIGHT }), Manner::Pause(Reason::Offline));
    }
}
