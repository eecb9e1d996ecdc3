//! What a lent tab earned, exactly: hundredths of a kudos, each from a settled submit. The sum equals the ledger's, because it is made
//! of the same rewards; a submit whose answer was lost is counted apart, without an amount.

use crate::messages::Pay;

/// One settled generation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earned {
    /// When, in milliseconds since lending began.
    pub at_ms: f64,
    /// Hundredths of a kudos.
    pub hundredths: i64,
    /// From pop to settlement, in milliseconds.
    pub took_ms: u64,
}

/// Everything earned since lending began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Earnings {
    paid: Vec<Earned>,
    unknown: u32,
    wasted: u32,
}

impl Earnings {
    /// Adds what became of a submit.
    pub fn add(&mut self, at_ms: f64, pay: Pay, took_ms: u64) {
        match pay {
            Pay::Hundredths(hundredths) => self.paid.push(Earned { at_ms, hundredths, took_ms }),
            Pay::Already => self.unknown += 1,
            Pay::Stale => self.wasted += 1,
        }
    }

    /// All that was paid, in hundredths of a kudos.
    pub fn total(&self) -> i64 {
        self.paid.iter().map(|earned| earned.hundredths).sum()
    }

    /// How many generations were paid.
    pub fn jobs(&self) -> usize {
        self.paid.len()
    }

    /// Generations that were taken, but whose reward was lost on its way here.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Generations that came too late for anybody.
    pub fn wasted(&self) -> u32 {
        self.wasted
    }

    /// Hundredths of a kudos for each job, on average; none before the first.
    pub fn per_job(&self) -> Option<i64> {
        let jobs = i64::try_from(self.paid.len()).ok().filter(|jobs| *jobs > 0)?;
        Some(self.total() / jobs)
    }

    /// Hundredths of a kudos an hour, over the time since lending began; none in the first ten seconds, when it would only mislead.
    pub fn per_hour(&self, now_ms: f64) -> Option<i64> {
        const HOUR_MS: f64 = 3_600_000.0;
        const TOO_SOON_MS: f64 = 10_000.0;
        (now_ms >= TOO_SOON_MS).then(|| (self.total() as f64 * HOUR_MS / now_ms).round() as i64)
    }

    /// The average time of a job, in milliseconds.
    pub fn time_of_a_job(&self) -> Option<u64> {
        let jobs = u64::try_from(self.paid.len()).ok().filter(|jobs| *jobs > 0)?;
        Some(self.paid.iter().map(|earned| earned.took_ms).sum::<u64>() / jobs)
    }

    /// The last `count` stretches of time, oldest first, and what each earned; the last one ends now.
    pub fn bars(&self, now_ms: f64, stretch_ms: f64, count: usize) -> Vec<i64> {
        let mut bars = vec![0; count];
        // Stretches begin at whole multiples, so that a bar stands still while it grows.
        let last = (now_ms / stretch_ms).floor();
        for earned in &self.paid {
            let back = last - (earned.at_ms / stretch_ms).floor();
            if back >= 0.0 && (back as usize) < count {
                bars[count - 1 - back as usize] += earned.hundredths;
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Earnings {
        let mut earnings = Earnings::default();
        earnings.add(1_000.0, Pay::Hundredths(150), 900);
        earnings.add(61_000.0, Pay::Hundredths(250), 1_100);
        earnings.add(62_000.0, Pay::Already, 5);
        earnings.add(63_000.0, Pay::Stale, 5);
        earnings
    }

    #[test]
    fn only_what_was_paid_is_summed() {
        let earnings = some();
        assert_eq!((earnings.total(), earnings.jobs()), (400, 2));
        assert_eq!((earnings.unknown(), earnings.wasted()), (1, 1));
        assert_eq!(earnings.per_job(), Some(200));
        assert_eq!(earnings.time_of_a_job(), Some(1_000));
        assert_eq!(Earnings::default().per_job(), None);
    }

    #[test]
    fn an_hour_is_foretold_only_after_a_while() {
        assert_eq!(some().per_hour(5_000.0), None);
        assert_eq!(some().per_hour(1_800_000.0), Some(800));
    }

    #[test]
    fn bars_begin_at_whole_stretches_and_forget_what_is_too_old() {
        let earnings = some();
        assert_eq!(earnings.bars(119_000.0, 60_000.0, 3), [0, 150, 250]);
        assert_eq!(earnings.bars(185_000.0, 60_000.0, 3), [250, 0, 0]);
        assert_eq!(earnings.bars(119_000.0, 60_000.0, 3).iter().sum::<i64>(), earnings.total());
    }
}
