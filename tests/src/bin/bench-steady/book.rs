//! What is written down of a run: cycles, errors and latencies by the time at which the cycle was due, and what was seen of memory and
//! database.

use crate::cycle::Took;
use std::sync::{Mutex, MutexGuard, PoisonError};
use throng_tests::bench::latencies::Latencies;

/// Errors that are told in full; the others are only counted.
const COMPLAINTS_MAX: usize = 5;

/// A slot of time.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Cycles that were due in it and went well.
    pub(crate) cycles: u64,
    /// Cycles that were due in it and failed.
    pub(crate) errors: u64,
    /// Of the cycles that went well, call by call.
    pub(crate) latencies: [Latencies; 5],
    /// What was seen at its end.
    pub(crate) sample: Option<Sample>,
}

/// A look at the server from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Bytes of memory in which the server resides.
    pub(crate) resident: u64,
    /// Bytes of its database.
    pub(crate) database: u64,
}

/// The whole run.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) slots: Vec<Slot>,
    /// The first errors.
    pub(crate) complaints: Vec<String>,
}

/// Opens a book that several write in.
pub(crate) fn open(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Book {
    /// A book of so many empty slots.
    pub(crate) fn new(slots: usize) -> Book {
        Book { slots: std::iter::repeat_with(Slot::default).take(slots).collect(), complaints: Vec::new() }
    }

    /// Notes a cycle that went well.
    pub(crate) fn done(&mut self, slot: usize, took: &Took) {
        let slot = &mut self.slots[slot];
        slot.cycles += 1;
        for (latencies, took) in slot.latencies.iter_mut().zip(took) {
            latencies.note(*took);
        }
    }

    /// Notes a cycle that failed.
    pub(crate) fn failed(&mut self, slot: usize, error: &anyhow::Error) {
        self.slots[slot].errors += 1;
        if self.complaints.len() < COMPLAINTS_MAX {
            self.complaints.push(format!("{error:#}"));
        }
    }
}

/// Cycles that went well, and errors.
pub(crate) fn counts(slots: &[Slot]) -> (u64, u64) {
    slots.iter().fold((0, 0), |(cycles, errors), slot| (cycles + slot.cycles, errors + slot.errors))
}

/// All latencies of one call.
pub(crate) fn latencies(slots: &[Slot], call: usize) -> Latencies {
    let mut all = Latencies::default();
    for slot in slots {
        all.merge(&slot.latencies[call]);
    }
    all
}

/// The middle of what was seen; the lower one of two.
pub(crate) fn median(slots: &[Slot], seen: impl Fn(&Sample) -> u64) -> Option<u64> {
    let mut values: Vec<u64> = slots.iter().filter_map(|slot| slot.sample.as_ref()).map(seen).collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_what_was_seen() {
        let seen = |resident| Slot { sample: Some(Sample { resident, database: 0 }), ..Slot::default() };
        assert_eq!(median(&[Slot::default()], |sample| sample.resident), None);
        let slots = [seen(9), Slot::default(), seen(1), seen(5), seen(7)];
        assert_eq!(median(&slots, |sample| sample.resident), Some(5));
        assert_eq!(median(&slots[2..], |sample| sample.resident), Some(5));
    }

    #[test]
    fn every_error_is_counted_and_the_first_are_told() {
        let mut book = Book::new(2);
        for number in 0..9 {
            book.failed(1, &anyhow::anyhow!("error {number}"));
        }
        book.done(0, &Took::default());
        assert_eq!(counts(&book.slots), (1, 9));
        assert_eq!(book.complaints.last().map(String::as_str), Some("error 4"));
        assert_eq!((latencies(&book.slots, 4).count(), latencies(&book.slots[1..], 4).count()), (1, 0));
    }
}
