//! The times that pictures took here, as a table that the price network can learn from. Not here: learning (`trainers/price`), and
//! keeping the table, since requests are soon forgotten: an operator appends what this prints to a file, as often as it likes.

use std::collections::HashMap;

use throng_domain::desk::restore::{GenerationRecord, GenerationState, Records};
use throng_domain::price::recorded::Recorded;
use throng_domain::price::{Payload, foreseen_seconds, worth_of_time};
use throng_domain::{Timestamp, WorkerId};

/// With fewer pictures by a worker and a model, nobody knows how fast these are.
const PICTURES_MIN: usize = 5;

/// One picture's time.
struct Time<'a> {
    payload: Payload<'a>,
    seconds: f64,
    foreseen: f64,
}

/// Writes the pictures that were finished since a time as lines of the table. Machines and models differ, prices do not: the times of each
/// worker with each model are divided by how slow these two are together, the median of taken over foreseen, so that a network learns
/// what costs more than what, in the seconds it was first taught.
pub fn lines(records: &Records, since: Timestamp) -> Vec<String> {
    let requests: HashMap<_, _> = records.requests.iter().map(|request| (request.id, &request.request)).collect();
    let mut leases: HashMap<(WorkerId, Timestamp), usize> = HashMap::new();
    for generation in &records.generations {
        *leases.entry((generation.worker, generation.leased)).or_default() += 1;
    }
    // What was taken together was made together, and nobody says how long each took.
    let alone = |generation: &&GenerationRecord| leases.get(&(generation.worker, generation.leased)) == Some(&1);
    let mut times: HashMap<(WorkerId, &str), Vec<Time<'_>>> = HashMap::new();
    for generation in records.generations.iter().filter(alone) {
        let GenerationState::Done(done) = &generation.state else { continue };
        let image = requests.get(&generation.job.request).and_then(|request| request.image());
        let Some(payload) = image.map(Payload::of).filter(|_| done.at >= since) else { continue };
        let Some(foreseen) = foreseen_seconds(&payload).filter(|seconds| *seconds > 0.0) else { continue };
        let seconds = done.at.since(generation.leased).0 as f64 / 1e6;
        if seconds > 0.0 {
            let both = (generation.worker, &*generation.model);
            times.entry(both).or_default().push(Time { payload, seconds, foreseen });
        }
    }
    let mut lines: Vec<String> =
        times.into_values().filter(|times| times.len() >= PICTURES_MIN).flat_map(even).collect();
    lines.sort();
    lines
}

/// Divides times by how slow they are as a whole.
fn even(times: Vec<Time<'_>>) -> Vec<String> {
    let mut slowness: Vec<f64> = times.iter().map(|time| time.seconds / time.foreseen).collect();
    slowness.sort_by(f64::total_cmp);
    let median = slowness[slowness.len() / 2];
    let line = |time: Time<'_>| {
        let seconds = time.seconds / median;
        Recorded { payload: time.payload, seconds, price: worth_of_time(seconds) }.to_string()
    };
    times.into_iter().map(line).collect()
}
