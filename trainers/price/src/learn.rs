//! Learning how long pictures take. Several networks learn from the same rows, each from its own beginning; each makes its own mistakes
//! between the rows, and their mean, which is what prices rest on, makes fewer. The networks themselves are in `learn/pupil.rs`;
//! evaluation is not here but in `throng-domain`.

mod pupil;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use throng_domain::price::recorded::Recorded;
use throng_domain::price::{Inputs, Network};

use crate::{measure, table};
use pupil::Pupil;

/// Rows that one step looks at.
const BATCH: usize = 256;
/// Steps in which the rate grows to its first height.
const WARM_UP: f64 = 200.0;
/// How often an epoch shows the golden values, which are few and must be met.
const GOLDEN_TIMES: usize = 8;

/// What is learned from, and how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Lesson {
    /// The table to learn from.
    #[arg(long, default_value = "../shared/data/image-prices.csv")]
    data: PathBuf,
    /// Decides which rows are set aside, the first weights and the order of the rows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many networks learn.
    #[arg(long, default_value_t = 3)]
    members: u32,
    /// How often each of them sees each row.
    #[arg(long, default_value_t = 100)]
    epochs: u32,
    /// At most so long in all. What is cut short learns as evenly as what is not, but is not repeatable.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    /// The widths of the layers between.
    #[arg(long, value_delimiter = ',', default_values_t = [192, 192, 128])]
    widths: Vec<usize>,
    /// Where the network goes.
    #[arg(long, default_value = "crates/domain/src/price/network.safetensors")]
    out: PathBuf,
}

/// What all of them learn from.
struct School<'a> {
    lesson: &'a Lesson,
    rows: Vec<(Inputs, f32)>,
    aside: Vec<Recorded<'a>>,
    chance: ChaCha8Rng,
    start: Instant,
}

/// Learns, measures on the rows set aside, and writes the network.
pub(crate) fn learn(lesson: &Lesson) -> Result<()> {
    ensure!(lesson.members > 0 && lesson.epochs > 0 && lesson.minutes > 0.0, "learning takes time");
    let text = table::read(&lesson.data)?;
    let (known, aside) = table::split(table::rows(&text)?, lesson.seed);
    let golden = table::rows(table::GOLDEN)?;
    tell(&format!("learning from {} rows, {} set aside", known.len(), aside.len()))?;
    let repeated = std::iter::repeat_n(&golden, GOLDEN_TIMES).flatten();
    let mut rows = Vec::new();
    for row in known.iter().chain(repeated) {
        ensure!(row.seconds > 0.0, "a picture takes time: {row}");
        // What the network is not asked for cannot teach it.
        if let Some(inputs) = row.payload.inputs() {
            rows.push((inputs, row.seconds as f32));
        }
    }
    ensure!(rows.len() >= BATCH, "{} rows are too few to learn from", rows.len());
    let chance = ChaCha8Rng::seed_from_u64(lesson.seed);
    let mut school = School { lesson, rows, aside, chance, start: Instant::now() };
    let mut members = Vec::new();
    for number in 1..=lesson.members {
        tell(&format!("network {number} of {}", lesson.members))?;
        members.push(school.pupil(lesson.minutes * f64::from(number) / f64::from(lesson.members))?);
        tell(&format!("mean of {number}: {}", school.report(&members)?))?;
    }
    std::fs::write(&lesson.out, file(&members, lesson)?)
        .with_context(|| format!("cannot write {}", lesson.out.display()))?;
    tell(&format!("written to {}", lesson.out.display()))
}

impl School<'_> {
    /// Teaches a network until it has seen all rows often enough or so many minutes have passed.
    fn pupil(&mut self, until: f64) -> Result<Pupil> {
        let mut pupil = Pupil::new(&self.lesson.widths, &mut self.chance);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let (epochs, batches) = (self.lesson.epochs, order.len() / BATCH);
        let steps = f64::from(epochs) * batches as f64;
        let (begun, limit) = (self.start.elapsed().as_secs_f64(), until * 60.0);
        let (mut done, mut progress) = (0.0, 0.0);
        for epoch in 1..=epochs {
            order.shuffle(&mut self.chance);
            let mut sum = 0.0;
            for chosen in order.chunks_exact(BATCH) {
                let passed = (self.start.elapsed().as_secs_f64() - begun) / (limit - begun).max(1.0);
                progress = f64::max(done / steps, passed).min(1.0);
                let inputs: Vec<Inputs> = chosen.iter().map(|at| self.rows[*at].0).collect();
                let seconds: Vec<f32> = chosen.iter().map(|at| self.rows[*at].1).collect();
                sum += pupil.step(&inputs, &seconds, (1.0 - progress) * f64::min(1.0, (done + 1.0) / WARM_UP));
                done += 1.0;
            }
            let over = progress >= 1.0 || epoch == epochs;
            if epoch % 20 == 0 || over {
                let loss = sum / batches as f32;
                tell(&format!("epoch {epoch}, {} s, loss {loss:.5}", self.start.elapsed().as_secs()))?;
            }
            if over {
                break;
            }
        }
        Ok(pupil)
    }

    fn report(&self, members: &[Pupil]) -> Result<String> {
        let network = Network::parse(&file(members, self.lesson)?)?;
        let golden = measure::golden(Some(&network))?.worst * 100.0;
        Ok(format!("{}; golden worst {golden:.2} %", measure::figures(&self.aside, Some(&network))))
    }
}

fn file(members: &[Pupil], lesson: &Lesson) -> Result<Vec<u8>> {
    let Lesson { seed, epochs, .. } = lesson;
    pupil::file(members, &format!("seed {seed}, {} networks of {epochs} epochs", members.len()))
}

fn tell(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
