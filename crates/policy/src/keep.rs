//! How long an answer is good for. The ages are told in milliseconds by whoever has a clock. Not here: which answers
//! may be kept at all (`policy.rs`), where they are kept.

/// How long an old answer is better than none, in seconds: a server that is being replaced is back within seconds, one
/// that is being repaired within minutes; older figures than that would mislead more than an error.
pub const ON_ERROR_SECONDS: u32 = 600;

/// For how long after a failure the old answer is given without asking again, in seconds: a server in trouble is not
/// asked by everybody at once whether it is better.
pub const AFTER_FAILURE_SECONDS: u32 = 2;

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Seconds for which it is as good as new.
    pub fresh: u32,
    /// Seconds after that for which it is given once more while a new one is fetched.
    pub stale: u32,
}

/// What an answer of an age is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// For anybody.
    Fresh,
    /// For anybody, but somebody has to fetch a new one meanwhile.
    Stale,
    /// Only if no new one can be had.
    Spare,
    /// For nobody.
    Gone,
}

impl Keep {
    /// Good for some seconds, and once more for as long again: whoever looks less often than that gets a new one.
    pub const fn seconds(fresh: u32) -> Self {
        Self { fresh, stale: fresh }
    }

    /// Tells what an answer is good for that is so many milliseconds old. One from the future was made by another
    /// clock: it is a spare.
    pub fn standing(self, age_millis: i64) -> Standing {
        let until = |seconds: u32| i64::from(seconds) * 1000;
        let (fresh, stale) = (until(self.fresh), until(self.fresh) + until(self.stale));
        match age_millis {
            age if age < 0 => Standing::Spare,
            age if age < fresh => Standing::Fresh,
            age if age < stale => Standing::Stale,
            age if age < stale.max(until(ON_ERROR_SECONDS)) => Standing::Spare,
            _ => Standing::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ages_from_fresh_to_gone() {
        let keep = Keep { fresh: 2, stale: 3 };
        for (age, standing) in [
            (0, Standing::Fresh),
            (1_999, Standing::Fresh),
            (2_000, Standing::Stale),
            (4_999, Standing::Stale),
            (5_000, Standing::Spare),
            (599_999, Standing::Spare),
            (600_000, Standing::Gone),
            (-1, Standing::Spare),
        ] {
            assert_eq!(keep.standing(age), standing, "{age}");
        }
    }

    #[test]
    fn what_is_good_for_long_is_a_spare_for_no_shorter() {
        let keep = Keep::seconds(1_000);
        assert_eq!(keep.standing(1_999_999), Standing::Stale);
        assert_eq!(keep.standing(2_000_000), Standing::Gone);
    }
}
