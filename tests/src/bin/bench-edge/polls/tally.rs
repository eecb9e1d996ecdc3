//! What became of the polls. Not here: the verdict on how many were passed on, which is the server's to tell.

use crate::state::State;
use std::time::Duration;
use throng_tests::bench::latencies::Latencies;
use throng_tests::bench::verdict::Verdict;

/// Errors that are told in full; the others are only counted.
const COMPLAINTS_MAX: usize = 5;

/// What became of them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Of those that were answered, by what the answer said.
    rows: [Row; State::ALL.len()],
    /// From when they were due.
    pub(crate) latencies: Latencies,
    /// Those that were not made, because the one before was still awaited.
    pub(crate) missed: u64,
    failed: u64,
    /// The first errors.
    complaints: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Row {
    looks: u64,
    /// Those that the edge says it answered from what it was told.
    told: u64,
}

impl Tally {
    /// Notes an answer.
    pub(crate) fn looked(&mut self, state: State, by_edge: bool, took: Duration) {
        let row = &mut self.rows[state as usize];
        row.looks += 1;
        row.told += u64::from(by_edge);
        self.latencies.note(took);
    }

    /// Notes a call that failed.
    pub(crate) fn failed(&mut self, error: &anyhow::Error) {
        self.failed += 1;
        self.complain(format!("{error:#}"));
    }

    /// Takes over what became of another's.
    pub(crate) fn merge(&mut self, other: Tally) {
        for (row, more) in self.rows.iter_mut().zip(other.rows) {
            row.looks += more.looks;
            row.told += more.told;
        }
        self.latencies.merge(&other.latencies);
        self.missed += other.missed;
        self.failed += other.failed;
        for complaint in other.complaints {
            self.complain(complaint);
        }
    }

    fn complain(&mut self, complaint: String) {
        if self.complaints.len() < COMPLAINTS_MAX {
            self.complaints.push(complaint);
        }
    }

    /// How many there were that were answered.
    pub(crate) fn polls(&self) -> u64 {
        self.rows.iter().map(|row| row.looks).sum()
    }

    /// The rows of the report.
    pub(crate) fn table(&self) -> String {
        let mut rows = vec!["a request that is | polls   | told by the edge | passed on | share".to_owned()];
        let mut row = |name: &str, Row { looks, told }: Row| {
            let passed_on = looks.saturating_sub(told);
            let percent = passed_on as f64 * 100.0 / looks.max(1) as f64;
            rows.push(format!("{name:<17} | {looks:>7} | {told:>16} | {passed_on:>9} | {percent:>5.2} %"));
        };
        for (state, found) in State::ALL.iter().zip(self.rows) {
            row(state.name(), found);
        }
        let told = self.rows.iter().map(|row| row.told).sum();
        row("all", Row { looks: self.polls(), told });
        rows.join("\n")
    }

    /// One error is too many.
    pub(crate) fn errors(&self) -> Verdict {
        let mut lines = vec![format!("polls: {} errors beside {} answers (none)", self.failed, self.polls())];
        lines.extend(self.complaints.iter().map(|complaint| format!("         {complaint}")));
        Verdict { passed: self.failed == 0, line: lines.join("\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_counted_by_what_they_found_and_by_who_answered() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        one.looked(State::Waiting, true, Duration::from_millis(1));
        one.looked(State::Waiting, false, Duration::from_millis(3));
        other.looked(State::Done, true, Duration::from_millis(1));
        one.merge(other);
        assert_eq!(one.polls(), 3);
        let table = one.table();
        let shares: Vec<&str> = table.lines().filter_map(|line| line.rsplit('|').next()).map(str::trim).collect();
        assert_eq!(shares, ["share", "50.00 %", "0.00 %", "0.00 %", "33.33 %"], "{table}");
        assert!(one.errors().passed);
        one.failed(&anyhow::anyhow!("the connection broke"));
        assert!(!one.errors().passed && one.errors().line.ends_with("the connection broke"));
    }
}
