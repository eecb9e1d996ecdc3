//! What was measured, minute by minute.

use crate::book::{Book, Slot, counts, latencies, median};
use crate::plan::{Plan, SLOTS_PER_MINUTE};
use std::time::Duration;
use throng_tests::bench::latencies::CALLS;

/// Bytes in mebibytes.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

/// What a minute is called: those that are measured are numbered, those before them are settling.
pub(crate) fn minute_name(plan: &Plan, minute: usize) -> String {
    let settling = plan.settle as usize;
    if minute < settling { format!("settling {}", minute + 1) } else { format!("minute {}", minute - settling + 1) }
}

/// The table: p50 and p99 of each call in milliseconds, with the medians of memory and database.
pub(crate) fn table(book: &Book, plan: &Plan) -> String {
    let calls: Vec<String> = CALLS.iter().map(|call| format!("{call:>7}     p99")).collect();
    let mut rows =
        vec![format!("{:>11} |  cycles | errors | {} | memory MiB | database MiB", "p50, p99 ms", calls.join(" | "))];
    let minutes = book.slots.chunks(SLOTS_PER_MINUTE).enumerate();
    rows.extend(minutes.map(|(minute, slots)| row(&minute_name(plan, minute), slots)));
    rows.join("\n")
}

fn row(name: &str, slots: &[Slot]) -> String {
    let (cycles, errors) = counts(slots);
    let call = |call: usize| {
        let mut latencies = latencies(slots, call);
        format!("{:>7.1} {:>7.1}", latencies.percentile_ms(0.5), latencies.percentile_ms(0.99))
    };
    let calls: Vec<String> = (0..CALLS.len()).map(call).collect();
    let resident = mebibytes(median(slots, |sample| sample.resident).unwrap_or(0));
    let database = mebibytes(median(slots, |sample| sample.database).unwrap_or(0));
    format!("{name:>11} | {cycles:>7} | {errors:>6} | {} | {resident:>10.0} | {database:>12.0}", calls.join(" | "))
}

/// How busy everybody was, load included: all of them share the cores.
pub(crate) fn cpu(before: [f64; 3], after: [f64; 3], elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let [server, database, load]: [f64; 3] = std::array::from_fn(|at| (after[at] - before[at]) / seconds);
    format!("\ncores in use: server {server:.2}, database {database:.2}, load {load:.2}")
}
