//! How hard a lent device works: after each piece of work it rests for as long as its duty asks.

use std::time::Duration;

/// The least that may be chosen, in percent: below it a lease would run out before a job is done.
pub const DUTY_LEAST: u8 = 10;
/// Always at work.
pub const DUTY_MOST: u8 = 100;
/// One rest is never longer: the person must see that it goes on.
const REST_LONGEST: Duration = Duration::from_secs(10);

/// How long to rest after working for a while, so that work is `duty` percent of both together.
pub fn rest_after(work: Duration, duty: u8) -> Duration {
    let duty = u32::from(duty.clamp(DUTY_LEAST, DUTY_MOST));
    (work * (100 - duty) / duty).min(REST_LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_duty_is_a_rest_as_long_as_the_work() {
        let work = Duration::from_millis(300);
        assert_eq!(rest_after(work, 50), work);
        assert_eq!(rest_after(work, 25), work * 3);
        assert_eq!(rest_after(work, 100), Duration::ZERO);
    }

    #[test]
    fn impossible_duties_are_brought_into_bounds() {
        assert_eq!(rest_after(Duration::from_millis(100), 0), Duration::from_millis(900));
        assert_eq!(rest_after(Duration::from_millis(100), 250), Duration::ZERO);
        assert_eq!(rest_after(Duration::from_secs(60), 10), REST_LONGEST);
    }
}
