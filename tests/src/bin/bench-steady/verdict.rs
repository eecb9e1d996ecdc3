//! The verdicts: memory does not grow, nothing fails, latencies stay.

use crate::book::{Book, Slot, counts, latencies, median};
use crate::plan::{Plan, SLOTS_PER_MINUTE};
use crate::report::mebibytes;
use throng_domain::limits::REQUEST_LIFE;
use throng_tests::bench::latencies::CALLS;
use throng_tests::bench::verdict::Verdict;

/// Memory may grow so far from the second minute to the last: what an allocator does not give back at once, and no more.
const GROWTH_PERCENT_MAX: f64 = 10.0;
/// The p99 of the last third may be so many times that of the first ...
const P99_TIMES_MAX: f64 = 1.5;
/// ... or anything, while both stay below this: nobody feels a difference between such waits.
const P99_UNFELT_MS: f64 = 50.0;

/// All verdicts but that on the books.
pub(crate) fn all(book: &Book, plan: &Plan) -> Vec<Verdict> {
    let measured = &book.slots[plan.settling_slots()..];
    let mut verdicts = vec![memory(measured, plan.settle), errors(book)];
    verdicts.extend(CALLS.iter().enumerate().map(|(at, call)| steadiness(measured, at, call)));
    verdicts
}

fn memory(measured: &[Slot], settled: u64) -> Verdict {
    let mut minutes = measured.chunks(SLOTS_PER_MINUTE);
    let (second, last) = (minutes.nth(1), minutes.next_back());
    let resident = |slots: Option<&[Slot]>| median(slots?, |sample| sample.resident);
    let (Some(before), Some(after)) = (resident(second), resident(last)) else {
        return Verdict { passed: false, line: "memory: there are not enough minutes to compare".to_owned() };
    };
    let growth = growth_percent(before, after);
    let (before, after) = (mebibytes(before), mebibytes(after));
    let life = REQUEST_LIFE.as_seconds() / 60;
    // When the second minute begins, the first requests of this load must have been forgotten.
    let is_settled = i64::try_from(settled).is_ok_and(|settled| settled + 1 >= life);
    let doubt = if is_settled {
        String::new()
    } else {
        let enough = life + 1;
        format!("; requests are remembered for {life} minutes and fill memory so long: --settle {enough} tells more")
    };
    let line = format!(
        "memory: {before:.0} MiB in the second minute, {after:.0} MiB in the last, {growth:+.1} % (at most {GROWTH_PERCENT_MAX} %){doubt}"
    );
    Verdict { passed: growth <= GROWTH_PERCENT_MAX, line }
}

fn growth_percent(before: u64, after: u64) -> f64 {
    (after as f64 / before.max(1) as f64 - 1.0) * 100.0
}

fn errors(book: &Book) -> Verdict {
    let (cycles, errors) = counts(&book.slots);
    let mut lines = vec![format!("errors: {errors} beside {cycles} cycles that went well")];
    lines.extend(book.complaints.iter().map(|complaint| format!("         {complaint}")));
    Verdict { passed: errors == 0, line: lines.join("\n") }
}

fn steadiness(measured: &[Slot], at: usize, call: &str) -> Verdict {
    let third = measured.len() / 3;
    let mut first = latencies(&measured[..third], at);
    let mut last = latencies(&measured[measured.len() - third..], at);
    let seen = first.count() > 0 && last.count() > 0;
    let (first, last) = (first.percentile_ms(0.99), last.percentile_ms(0.99));
    let line = format!("p99 of {call}: {first:.1} ms in the first third, {last:.1} ms in the last");
    Verdict { passed: seen && is_steady(first, last), line }
}

/// To become quicker is no fault.
fn is_steady(first: f64, last: f64) -> bool {
    last <= first * P99_TIMES_MAX || first.max(last) < P99_UNFELT_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Sample;
    use std::time::{Duration, Instant};

    /// A run of ten minutes in which memory is so large in each minute, and each call takes so long.
    fn book(resident: impl Fn(usize) -> u64, millis: impl Fn(usize) -> u64) -> Book {
        let mut book = Book::new(10 * SLOTS_PER_MINUTE);
        for slot in 0..book.slots.len() {
            let minute = slot / SLOTS_PER_MINUTE;
            book.slots[slot].sample = Some(Sample { resident: resident(minute) << 20, database: 0 });
            book.done(slot, &[Duration::from_millis(millis(minute)); 5]);
        }
        book
    }

    fn failed(book: &Book, settle: u64) -> Vec<String> {
        let slots = Plan { begin: Instant::now(), rate: 1.0, settle, minutes: 10 - settle };
        let verdicts = all(book, &slots).into_iter().filter(|verdict| !verdict.passed);
        verdicts.map(|verdict| verdict.line).collect()
    }

    #[test]
    fn a_house_that_stays_as_it_is_passes() {
        assert_eq!(failed(&book(|_| 100, |_| 80), 0), Vec::<String>::new());
        assert_eq!(failed(&book(|minute| 100 + minute as u64, |minute| 80 - minute as u64), 0), Vec::<String>::new());
    }

    #[test]
    fn memory_is_judged_from_the_second_measured_minute_to_the_last() {
        let grown = failed(&book(|minute| if minute == 9 { 112 } else { 100 }, |_| 80), 0);
        assert!(grown.len() == 1 && grown[0].starts_with("memory: 100 MiB"), "{grown:?}");
        assert!(grown[0].contains("+12.0 %") && grown[0].contains("--settle 21"), "{grown:?}");
        let filling = book(|minute| if minute < 5 { 10 } else { 100 }, |_| 80);
        assert_eq!(failed(&filling, 0).len(), 1);
        assert_eq!(failed(&filling, 4), Vec::<String>::new(), "the fifth minute is the first that is measured");
    }

    #[test]
    fn latencies_may_not_grow_by_half_unless_nobody_feels_it() {
        let slower = |millis: u64| book(|_| 100, move |minute| if minute > 6 { millis } else { 40 });
        assert_eq!(failed(&slower(49), 0), Vec::<String>::new());
        assert_eq!(failed(&slower(60), 0), Vec::<String>::new());
        assert_eq!(failed(&slower(61), 0).len(), CALLS.len());
    }

    #[test]
    fn one_error_is_too_many_wherever_it_was() {
        let mut book = book(|_| 100, |_| 80);
        book.failed(0, &anyhow::anyhow!("the connection broke"));
        let failed = failed(&book, 3);
        assert!(failed.len() == 1 && failed[0].ends_with("the connection broke"), "{failed:?}");
    }

    #[test]
    fn a_run_without_calls_passes_nothing() {
        let empty = Book::new(10 * SLOTS_PER_MINUTE);
        assert_eq!(failed(&empty, 0).len(), 1 + CALLS.len());
    }
}
