//! Learning how long pictures take, in two stages. First several networks learn from the table alone; each makes its own mistakes between
//! the rows, and their mean makes fewer. Then one network learns from the rows and, for ever new payloads mixed from them, from that
//! mean: it is as small as each and nearly as good as all. The networks themselves are in `learn/pupil.rs`; evaluation is not here but
//! in `throng-domain`.

mod pupil;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use throng_domain::price::recorded::Recorded;
use throng_domain::price::{Inputs, Network, Payload};

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
    /// How many networks learn first.
    #[arg(long, default_value_t = 6)]
    teachers: u32,
    /// How often each of them sees each row.
    #[arg(long, default_value_t = 100)]
    epochs: u32,
    /// How often the one that is kept does.
    #[arg(long, default_value_t = 200)]
    last_epochs: u32,
    /// At most so long in all. What is cut short learns as evenly as what is not, but is not repeatable.
    #[arg(long, default_value_t = 60.0)]
    minutes: f64,
    /// The widths of the layers between.
    #[arg(long, value_delimiter = ',', default_values_t = [79, 101, 104])]
    widths: Vec<usize>,
    /// How strongly teachers' matrices are pulled towards zero.
    #[arg(long, default_value_t = 0.0)]
    decay: f32,
    /// Where the network goes.
    #[arg(long, default_value = "crates/domain/src/price/network.safetensors")]
    out: PathBuf,
}

/// Everything that both stages share.
struct School<'a> {
    lesson: &'a Lesson,
    rows: Vec<(Payload<'a>, Inputs, f32)>,
    aside: Vec<Recorded<'a>>,
    chance: ChaCha8Rng,
    start: Instant,
}

/// Learns, measures on the rows set aside, and writes the network.
pub(crate) fn learn(lesson: &Lesson) -> Result<()> {
    ensure!(lesson.epochs > 0 && lesson.last_epochs > 0 && lesson.minutes > 0.0, "learning takes time");
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
            rows.push((row.payload.clone(), inputs, row.seconds as f32));
        }
    }
    ensure!(rows.len() >= BATCH, "{} rows are too few to learn from", rows.len());
    let chance = ChaCha8Rng::seed_from_u64(lesson.seed);
    let mut school = School { lesson, rows, aside, chance, start: Instant::now() };
    let mut teachers = Vec::new();
    let steps = f64::from(lesson.epochs * lesson.teachers) + f64::from(lesson.last_epochs);
    for number in 1..=lesson.teachers {
        tell(&format!("teacher {number}"))?;
        let until = lesson.minutes * f64::from(lesson.epochs * number) / steps;
        let teacher = school.pupil(&[], lesson.epochs, until)?;
        teachers.push(teacher);
    }
    tell("the one that is kept")?;
    let pupil = school.pupil(&teachers, lesson.last_epochs, lesson.minutes)?;
    std::fs::write(&lesson.out, file(&pupil, lesson)?)
        .with_context(|| format!("cannot write {}", lesson.out.display()))?;
    tell(&format!("written to {}", lesson.out.display()))
}

impl School<'_> {
    /// Teaches a network from the rows and, if there are teachers, as many mixed payloads again; until so many minutes have passed.
    fn pupil(&mut self, teachers: &[Pupil], epochs: u32, until: f64) -> Result<Pupil> {
        let decay = if teachers.is_empty() { self.lesson.decay } else { 0.0 };
        let mut pupil = Pupil::new(&self.lesson.widths, decay, &mut self.chance);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        let own = if teachers.is_empty() { BATCH } else { BATCH / 2 };
        let steps = f64::from(epochs) * (order.len() / own) as f64;
        let (begun, limit) = (self.start.elapsed().as_secs_f64(), until * 60.0);
        let (mut done, mut progress) = (0.0, 0.0);
        for epoch in 1..=epochs {
            order.shuffle(&mut self.chance);
            let mut sum = 0.0;
            for chosen in order.chunks_exact(own) {
                let passed = (self.start.elapsed().as_secs_f64() - begun) / (limit - begun).max(1.0);
                progress = f64::max(done / steps, passed).min(1.0);
                let mut inputs: Vec<Inputs> = chosen.iter().map(|at| self.rows[*at].1).collect();
                let mut seconds: Vec<f32> = chosen.iter().map(|at| self.rows[*at].2).collect();
                if !teachers.is_empty() {
                    let mixed: Vec<Inputs> = (own..BATCH).filter_map(|_| self.mixed()).collect();
                    seconds.extend(mean(teachers, &mixed)?);
                    inputs.extend(mixed);
                }
                sum += pupil.step(&inputs, &seconds, (1.0 - progress) * f64::min(1.0, (done + 1.0) / WARM_UP));
                done += 1.0;
            }
            let over = progress >= 1.0 || epoch == epochs;
            if epoch % 20 == 0 || over {
                let loss = sum / (order.len() / own) as f32;
                tell(&format!(
                    "epoch {epoch}, {} s, loss {loss:.5}: {}",
                    self.start.elapsed().as_secs(),
                    self.report(&pupil)?
                ))?;
            }
            if over {
                break;
            }
        }
        Ok(pupil)
    }

    /// A payload with the measures of one row, the sampler of another, the source of a third and the post-processors of a fourth.
    fn mixed(&mut self) -> Option<Inputs> {
        let mut row = || self.rows[self.chance.random_range(0..self.rows.len())].0.clone();
        let (size, sampler, source, last) = (row(), row(), row(), row());
        let payload = Payload {
            sampler: sampler.sampler,
            karras: sampler.karras,
            source: source.source,
            mask: source.mask,
            denoising: source.denoising,
            control_type: source.control_type,
            control_strength: source.control_strength,
            hires_fix: last.hires_fix,
            post_processing: last.post_processing,
            ..size
        };
        payload.inputs()
    }

    fn report(&self, pupil: &Pupil) -> Result<String> {
        let network = Network::parse(&file(pupil, self.lesson)?)?;
        let golden = measure::golden(Some(&network))?.worst * 100.0;
        Ok(format!("{}; golden worst {golden:.2} %", measure::figures(&self.aside, Some(&network))))
    }
}

/// What teachers foresee on average.
fn mean(teachers: &[Pupil], inputs: &[Inputs]) -> Result<Vec<f32>> {
    let mut mean = vec![0.0; inputs.len()];
    for teacher in teachers {
        for (mean, seconds) in mean.iter_mut().zip(teacher.seconds(inputs)?) {
            *mean += seconds / teachers.len() as f32;
        }
    }
    // An extreme mixture may be foreseen to take no time at all, which nothing does.
    Ok(mean.into_iter().map(|seconds: f32| seconds.max(1.0)).collect())
}

fn file(pupil: &Pupil, lesson: &Lesson) -> Result<Vec<u8>> {
    let Lesson { seed, teachers, epochs, last_epochs, .. } = lesson;
    pupil.file(&format!("seed {seed}, {teachers} teachers of {epochs} epochs, {last_epochs} epochs"))
}

fn tell(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
