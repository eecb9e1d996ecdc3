//! The peak: so many cycles are under way at any time, and each begins as soon as another has ended.

use crate::crowd::Crowd;
use crate::cycle;
use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use throng_tests::wire::Wire;

/// Cycles under way at any time, each on a connection of its own: beyond it only the waits grow.
pub(crate) const UNDER_WAY: usize = 256;

/// Measures whole cycles a second. One that fails ends the measurement.
pub(crate) async fn measure(crowd: &Arc<Crowd>, address: SocketAddr, window: Duration) -> Result<f64> {
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..UNDER_WAY {
        running.spawn(drive(Arc::clone(crowd), address, Arc::clone(&next), begun + window));
    }
    let mut cycles = 0;
    while let Some(finished) = running.join_next().await {
        cycles += finished??;
    }
    Ok(f64::from(cycles) / begun.elapsed().as_secs_f64())
}

async fn drive(crowd: Arc<Crowd>, address: SocketAddr, next: Arc<AtomicU64>, until: Instant) -> Result<u32> {
    let mut wire = Wire::new(address, "");
    let mut cycles = 0;
    while Instant::now() < until {
        let cast = crowd.cast(next.fetch_add(1, Ordering::Relaxed));
        cycle::run(&mut wire, cast, Instant::now()).await?;
        cycles += 1;
    }
    Ok(cycles)
}
