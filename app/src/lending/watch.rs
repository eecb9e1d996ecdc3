//! Watching a worker by the clock: whether it still says something, how long its job was held back, when to try another one, and for
//! how long the tab has been lent. Time comes in with each look; looks may come late, because browsers slow down the clocks of pages
//! that nobody sees.

/// A worker with a job at hand that says nothing for this long hangs: even one slow step on a processor is quicker.
const SILENCE_MS_MAX: f64 = 120_000.0;
/// Between two looks no more than this is believed: a machine that slept for an hour did not watch for an hour.
const GAP_MS_MAX: f64 = 60_000.0;
/// Failures in a row without one finished job, after which it would only go on failing.
pub const FAILURES_MAX: u32 = 5;
/// After the first failure; doubled after each further one.
const PAUSE_MS_FIRST: f64 = 2_000.0;
/// No pause is longer.
const PAUSE_MS_MAX: f64 = 60_000.0;

/// How long to wait before another worker is tried after so many failures in a row; none when it is time to give up.
pub fn pause_ms(failures: u32) -> Option<f64> {
    (failures < FAILURES_MAX).then(|| nth_pause_ms(failures))
}

fn nth_pause_ms(failures: u32) -> f64 {
    let doublings = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
    (PAUSE_MS_FIRST * 2.0_f64.powi(doublings)).min(PAUSE_MS_MAX)
}

/// What was seen of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Watch {
    looked_ms: Option<f64>,
    silent_ms: f64,
    held_ms: f64,
}

impl Watch {
    /// Looks: whether a job is at hand, and whether it is held back.
    pub fn look(&mut self, now_ms: f64, job: bool, held: bool) {
        let gap = self.looked_ms.map_or(0.0, |before| (now_ms - before).clamp(0.0, GAP_MS_MAX));
        self.looked_ms = Some(now_ms);
        self.silent_ms = if job { self.silent_ms + gap } else { 0.0 };
        if job && held {
            self.held_ms += gap;
        }
    }

    /// The worker said something.
    pub fn heard(&mut self) {
        self.silent_ms = 0.0;
    }

    /// A new job has its own patience.
    pub fn job_began(&mut self) {
        self.held_ms = 0.0;
    }

    /// Whether it has said nothing for too long while a job was at hand.
    pub fn is_silent(&self) -> bool {
        self.silent_ms >= SILENCE_MS_MAX
    }

    /// How long the job at hand was held back.
    pub fn held_ms(&self) -> f64 {
        self.held_ms
    }
}

/// A clock that runs only while the tab is lent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Clock {
    before_ms: f64,
    since_ms: Option<f64>,
}

impl Clock {
    /// Lets it run.
    pub fn start(&mut self, now_ms: f64) {
        self.since_ms.get_or_insert(now_ms);
    }

    /// Stops it.
    pub fn stop(&mut self, now_ms: f64) {
        self.before_ms = self.at(now_ms);
        self.since_ms = None;
    }

    /// What it shows.
    pub fn at(&self, now_ms: f64) -> f64 {
        self.before_ms + self.since_ms.map_or(0.0, |since| (now_ms - since).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_after_five_failures_it_is_enough() {
        let pauses: Vec<_> = (1..=FAILURES_MAX).map(pause_ms).collect();
        assert_eq!(pauses, [Some(2_000.0), Some(4_000.0), Some(8_000.0), Some(16_000.0), None]);
        assert_eq!([nth_pause_ms(6) as u64, nth_pause_ms(u32::MAX) as u64], [60_000; 2]);
    }

    #[test]
    fn silence_counts_only_while_a_job_is_at_hand_and_ends_with_a_word() {
        let mut watch = Watch::default();
        for second in 0..300 {
            watch.look(f64::from(second) * 1_000.0, false, false);
        }
        assert!(!watch.is_silent());
        for second in 300..419 {
            watch.look(f64::from(second) * 1_000.0, true, false);
        }
        assert!(!watch.is_silent());
        watch.heard();
        watch.look(500_000.0, true, false);
        assert!(!watch.is_silent());
        watch.look(560_000.0, true, false);
        assert!(watch.is_silent());
    }

    #[test]
    fn a_machine_that_slept_did_not_watch() {
        let mut watch = Watch::default();
        watch.look(0.0, true, false);
        watch.look(9_000_000.0, true, false);
        assert!(!watch.is_silent());
        watch.look(1_000.0, true, false);
        assert!(!watch.is_silent(), "a clock that was set back");
    }

    #[test]
    fn each_job_is_held_back_for_itself() {
        let mut watch = Watch::default();
        watch.look(0.0, false, true);
        watch.look(5_000.0, false, true);
        assert_eq!(watch.held_ms() as u64, 0);
        watch.look(6_000.0, true, true);
        watch.look(7_000.0, true, false);
        assert_eq!(watch.held_ms() as u64, 1_000);
        watch.job_began();
        assert_eq!(watch.held_ms() as u64, 0);
    }

    #[test]
    fn the_clock_stands_still_while_nothing_is_lent() {
        let mut clock = Clock::default();
        assert_eq!(clock.at(50.0) as u64, 0);
        clock.start(100.0);
        clock.start(150.0);
        assert_eq!(clock.at(160.0) as u64, 60);
        clock.stop(200.0);
        assert_eq!(clock.at(900.0) as u64, 100);
        clock.start(1_000.0);
        assert_eq!(clock.at(1_005.0) as u64, 105);
    }
}
