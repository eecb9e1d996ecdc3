//! How often the page may look where it is not told: once a second while all is well, ever more rarely when the server asks for
//! patience. Whether it is told is decided in `watching.rs`; what is looked at is in `run.rs`.

/// First look after asking: a small picture on an idle network is there in a second or two.
const FIRST_LOOK_MS: u32 = 400;
/// Pictures: `check` may be called ten times a second; once is enough for a person.
const PICTURE_LOOK_MS: u32 = 1_000;
/// Stories: their status may be read 60 times a minute, so stay just below.
const STORY_LOOK_MS: u32 = 1_100;
/// The longest pause between two looks, however often the server refused.
const LONGEST_PAUSE_MS: u32 = 15_000;
/// Looks that may fail in a row before the page gives up: about two minutes of silence.
const FAILURES_MAX: u32 = 10;

/// The rhythm of looking at one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    first_ms: u32,
    calm_ms: u32,
    failures: u32,
    looked: bool,
}

impl Pace {
    /// Begins the rhythm for a picture.
    pub const fn for_picture() -> Self {
        Self { first_ms: FIRST_LOOK_MS, calm_ms: PICTURE_LOOK_MS, failures: 0, looked: false }
    }

    /// Begins the rhythm for a story.
    pub const fn for_story() -> Self {
        Self { first_ms: FIRST_LOOK_MS, calm_ms: STORY_LOOK_MS, failures: 0, looked: false }
    }

    /// Begins with a look right now, for results that are known to be there.
    pub const fn at_once() -> Self {
        Self { first_ms: 0, ..Self::for_picture() }
    }

    /// Says how long to wait before the next look.
    pub fn pause_ms(&self) -> u32 {
        if self.failures > 0 {
            // 2, 4, 8 ... times the calm pause.
            let doubled = self.calm_ms.saturating_mul(1 << self.failures.min(8));
            return doubled.min(LONGEST_PAUSE_MS);
        }
        if self.looked { self.calm_ms } else { self.first_ms }
    }

    /// Notes a look that was answered.
    pub fn answered(&mut self) {
        self.looked = true;
        self.failures = 0;
    }

    /// Notes a look that was refused or lost; false when it is time to give up.
    #[must_use]
    pub fn failed(&mut self) -> bool {
        self.looked = true;
        self.failures += 1;
        self.failures <= FAILURES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_look_is_quick_and_the_rest_are_calm() {
        let mut pace = Pace::for_picture();
        assert_eq!(pace.pause_ms(), 400);
        pace.answered();
        assert_eq!(pace.pause_ms(), 1_000);
    }

    #[test]
    fn sixty_looks_at_a_story_take_longer_than_a_minute() {
        let mut pace = Pace::for_story();
        let mut spent = 0;
        for _ in 0..60 {
            spent += pace.pause_ms();
            pace.answered();
        }
        assert!(spent > 60_000, "{spent} ms");
    }

    #[test]
    fn refusals_double_the_pause_up_to_a_limit_and_an_answer_heals_it() {
        let mut pace = Pace::for_picture();
        let mut pauses = vec![];
        for _ in 0..6 {
            assert!(pace.failed());
            pauses.push(pace.pause_ms());
        }
        assert_eq!(pauses, [2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
        pace.answered();
        assert_eq!(pace.pause_ms(), 1_000);
    }

    #[test]
    fn it_gives_up_after_about_two_minutes_of_silence() {
        let mut pace = Pace::for_picture();
        let mut spent = 0;
        while pace.failed() {
            spent += pace.pause_ms();
        }
        assert!((90_000..200_000).contains(&spent), "{spent} ms");
    }
}
