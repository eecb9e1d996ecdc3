//! The terminal: real time, real chance, a line for each thing worth telling and a bar for each job at work. Lines and bars
//! share the screen; where there is no screen there are only lines. Not here: what is worth telling, which the loop knows.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use throng_bridge::outcome::Settled;
use throng_bridge::{Chance, Clock, Kind, Logbook, Note, Watch};
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Often enough to look alive, seldom enough to cost nothing.
const BAR_INTERVAL: Duration = Duration::from_millis(100);

/// The shell of a worker at a terminal, or in a log.
#[derive(Clone)]
pub(crate) struct Terminal {
    begun: Instant,
    bars: MultiProgress,
    lanes: Arc<Mutex<HashMap<u32, Lane>>>,
}

/// One job at work.
struct Lane {
    bar: ProgressBar,
    follower: JoinHandle<()>,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), bars: MultiProgress::new(), lanes: Arc::default() }
    }

    /// Sends log lines to the error output, above the bars.
    pub(crate) fn start_logging(&self, filter: &str) -> Result<(), Box<dyn std::error::Error>> {
        let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log: {error}"))?;
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_target(false)
            .with_ansi(stderr().is_terminal())
            .with_writer(self.clone())
            .try_init()
            .map_err(|error| error.to_string().into())
    }

    fn show(&self, lane: u32, summary: String, watch: Arc<Watch>) {
        let style = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len} {elapsed}");
        let bar = self.bars.add(ProgressBar::new(0).with_message(summary));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let shown = bar.clone();
        let follower = tokio::spawn(async move {
            loop {
                let (step, of) = watch.read();
                shown.set_length(u64::from(of));
                shown.set_position(u64::from(step));
                shown.tick();
                tokio::time::sleep(BAR_INTERVAL).await;
            }
        });
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner).insert(lane, Lane { bar, follower });
    }

    fn hide(&self, lane: u32) {
        if let Some(lane) = self.lanes.lock().unwrap_or_else(PoisonError::into_inner).remove(&lane) {
            lane.follower.abort();
            lane.bar.finish_and_clear();
        }
    }
}

impl Clock for Terminal {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Chance for Terminal {
    fn fraction(&self) -> f64 {
        rand::random()
    }
}

impl Logbook for Terminal {
    fn note(&self, note: &Note<'_>) {
        match note {
            Note::Began { lane, kind, model, summary, generations: _, watch } => {
                tracing::debug!("{}", job_line(*kind, model, summary));
                if stderr().is_terminal() {
                    self.show(*lane, job_line(*kind, model, summary), Arc::clone(watch));
                }
            }
            Note::Ended { lane } => self.hide(*lane),
            Note::Delivered { kind, model, summary, generation, settled, time } => {
                let line =
                    format!("{}: {:.1} s, {}", job_line(*kind, model, summary), time.as_secs_f64(), paid(settled));
                tracing::info!(generation, "{line}");
            }
            Note::Faulted { kind, model, generation, fault, told } => {
                let told = if *told { "reported" } else { "NOT reported, the server will see when its lease ends" };
                tracing::error!(generation, "{} {model}: faulted ({told}): {fault}", kind.as_str());
            }
            Note::Nothing { kind, skipped } => {
                let reasons: Vec<String> = skipped
                    .iter()
                    .filter(|(_, count)| **count > 0)
                    .map(|(reason, count)| format!("{reason} {count}"))
                    .collect();
                if reasons.is_empty() {
                    tracing::debug!("no {} job waits", kind.as_str());
                } else {
                    tracing::info!("{} jobs wait for others: {}", kind.as_str(), reasons.join(", "));
                }
            }
            Note::Message(message) => tracing::warn!("the operators say: {message}"),
            Note::Trouble { doing, why, wait } => {
                tracing::warn!("{doing}: {why}; again in {:.1} s", wait.as_secs_f64());
            }
            Note::Maintenance { kind, message } => tracing::warn!("{} worker in maintenance: {message}", kind.as_str()),
            Note::Resting { faults, wait } => {
                tracing::warn!("{faults} failed in a row; resting {:.0} s", wait.as_secs_f64());
            }
            Note::Paused => tracing::info!("paused"),
            Note::Resumed => tracing::info!("resumed"),
        }
    }
}

fn job_line(kind: Kind, model: &str, summary: &str) -> String {
    format!("{} {model} {summary}", kind.as_str())
}

fn paid(settled: &Settled) -> String {
    match settled {
        Settled::Paid(kudos) => format!("{kudos:.2} kudos"),
        Settled::Already => "had been submitted already".to_owned(),
        Settled::Stale => "too late, nobody waits for it any more".to_owned(),
    }
}

/// Writes log lines while the bars step aside.
pub(crate) struct LineWriter(MultiProgress);

impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| stderr().write_all(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Terminal {
    type Writer = LineWriter;

    fn make_writer(&'a self) -> LineWriter {
        LineWriter(self.bars.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_kind_model_size_and_pay() {
        assert_eq!(job_line(Kind::Image, "throng-shapes", "64×64, 20 steps"), "image throng-shapes 64×64, 20 steps");
        assert_eq!(paid(&Settled::Paid(12.5)), "12.50 kudos");
    }
}
