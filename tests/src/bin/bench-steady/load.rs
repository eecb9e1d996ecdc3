//! The load: cycles begin when they are due, over a bounded number of connections. Each connection takes the next cycle of the plan, waits
//! until it is due and makes it. While all are busy the next cycle is late, and its lateness is part of its latency.

use crate::book::{Book, open};
use crate::crowd::Crowd;
use crate::cycle;
use crate::plan::Plan;
use anyhow::{Result, anyhow};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use throng_tests::wire::Wire;

/// So long after the end, cycles that have not begun are given up: the server does not keep up.
const LATE_MAX: Duration = Duration::from_mins(1);

/// Runs the plan to its end.
pub(crate) async fn run(
    plan: Plan,
    crowd: Arc<Crowd>,
    address: SocketAddr,
    connections: u32,
    book: Arc<Mutex<Book>>,
) -> Result<()> {
    let load = Arc::new(Load { plan, crowd, address, book, next: AtomicU64::new(0) });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..connections {
        running.spawn(drive(Arc::clone(&load)));
    }
    while let Some(finished) = running.join_next().await {
        finished?;
    }
    Ok(())
}

/// What the connections share.
struct Load {
    plan: Plan,
    crowd: Arc<Crowd>,
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    /// The first cycle that no connection has taken.
    next: AtomicU64,
}

async fn drive(load: Arc<Load>) {
    let plan = load.plan;
    let given_up = plan.begin + plan.length() + LATE_MAX;
    let mut wire = Wire::new(load.address, "");
    loop {
        let cycle = load.next.fetch_add(1, Ordering::Relaxed);
        if cycle >= plan.cycles() {
            return;
        }
        let slot = plan.slot(plan.due(cycle));
        let due = plan.begin + plan.due(cycle);
        if Instant::now() > given_up {
            open(&load.book).failed(slot, &anyhow!("a cycle had not begun {LATE_MAX:?} after the end"));
            continue;
        }
        tokio::time::sleep_until(due.into()).await;
        match cycle::run(&mut wire, load.crowd.cast(cycle), due).await {
            Ok(took) => open(&load.book).done(slot, &took),
            Err(error) => {
                open(&load.book).failed(slot, &error);
                // An answer that still comes must not be taken for another call's.
                wire = Wire::new(load.address, "");
            }
        }
    }
}
