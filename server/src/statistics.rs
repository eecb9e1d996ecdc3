//! What statistics count by, and the windows they look back through. Not here: writing them (`journal/write/chronicle.rs`), summing them
//! (`store/statistics.rs`).

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound as _, NaiveDate, TimeDelta, Utc};

/// By which means a generation was made: for each kind of means, those that were used.
pub type Facets = BTreeMap<String, Vec<String>>;

/// The kinds of means.
#[expect(missing_docs, reason = "each name says it")]
pub mod facet {
    pub const CLIENT: &str = "client";
    pub const BRIDGE: &str = "bridge";
    /// The power of two that the prompt has no more characters than.
    pub const PROMPT_CHARS: &str = "prompt_chars";
    pub const NEGATIVE: &str = "negative";
    pub const LENGTH: &str = "max_length";
    pub const CONTEXT: &str = "max_context_length";
    pub const SOFTPROMPT: &str = "softprompt";
    pub const SIZE: &str = "size";
    pub const STEPS: &str = "steps";
    pub const CFG: &str = "cfg";
    pub const SAMPLER: &str = "sampler";
    pub const NSFW: &str = "nsfw";
    pub const HIRES_FIX: &str = "hires_fix";
    pub const TILING: &str = "tiling";
    pub const KARRAS: &str = "karras";
    pub const SOURCE: &str = "source";
    pub const CONTROL: &str = "control_type";
    pub const POST_PROCESSOR: &str = "post_processor";
    pub const LORA: &str = "lora";
    pub const LORA_VERSION: &str = "lora_version";
    pub const TEXTUAL_INVERSION: &str = "textual_inversion";
}

/// Days of the window called a month.
const MONTH_DAYS: i64 = 30;

/// The windows, which all end with the last full minute; so each holds what the shorter ones hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Where they end: not included.
    pub end: DateTime<Utc>,
    /// Where the minute begins.
    pub minute: DateTime<Utc>,
    /// Where the hour begins.
    pub hour: DateTime<Utc>,
    /// Where the day begins.
    pub day: DateTime<Utc>,
    /// Where the month begins.
    pub month: DateTime<Utc>,
    /// The first of the days that lie wholly in the month ...
    pub whole_from: NaiveDate,
    /// ... and the first behind them. The day before today is not one of them: the window of a day begins in it.
    pub whole_until: NaiveDate,
}

impl Windows {
    /// The windows as they are now.
    pub fn at(now: DateTime<Utc>) -> Self {
        let end = now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now);
        let month = end - TimeDelta::days(MONTH_DAYS);
        Self {
            end,
            minute: end - TimeDelta::minutes(1),
            hour: end - TimeDelta::hours(1),
            day: end - TimeDelta::days(1),
            month,
            whole_from: month.date_naive() + TimeDelta::days(1),
            whole_until: (end - TimeDelta::days(1)).date_naive(),
        }
    }

    /// The first day of the month's days, today being the last.
    pub fn month_days_from(&self) -> NaiveDate {
        self.end.date_naive() - TimeDelta::days(MONTH_DAYS - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_the_last_full_minute_and_whole_days_lie_inside() {
        let windows = Windows::at("2026-11-22T18:59:42.5Z".parse().unwrap());
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!((windows.end, windows.minute), (at("2026-11-22T18:59:00Z"), at("2026-11-22T18:58:00Z")));
        assert_eq!((windows.day, windows.month), (at("2026-11-21T18:59:00Z"), at("2026-10-23T18:59:00Z")));
        assert_eq!(windows.whole_from.to_string(), "2026-10-24");
        assert_eq!(windows.whole_until.to_string(), "2026-11-21");
    }
}
