//! How fast this machine is with its models: measured once at the start, told in seconds per picture and tokens per second.

use std::time::{Duration, Instant};

use throng_bridge::task::{Task, Work};
use throng_bridge::{Ability, Engine, EngineFailure, Kind, Piece, Terms, Watch};

use crate::studio::Studio;

/// The steps most requests ask for; what is told is for a picture of so many.
const STEPS_TOLD: u32 = 30;
/// Steps of the second measurement; the first takes one, and their difference is the price of the steps between.
const STEPS_MEASURED: u32 = 4;
/// A first step slower than this is told as it is: a second measurement would keep the owner waiting.
const PATIENCE: Duration = Duration::from_secs(5);
/// The side of the picture measured: the default of a request, unless the owner allows less.
const SIDE_PIXELS: u32 = 512;
/// Enough tokens to forget the prompt's share.
const TOKENS_MEASURED: u32 = 48;

/// Measures every model, and tells; returns the models that failed, which had better not be offered.
pub(crate) async fn measure(studio: &Studio, abilities: &[Ability], terms: &Terms) -> Vec<String> {
    let mut failed = Vec::new();
    for ability in abilities {
        let said = match ability.kind {
            Kind::Image => picture(studio, &ability.model, terms).await,
            Kind::Text => text(studio, &ability.model).await,
            // No engine makes alchemy yet.
            Kind::Alchemy => continue,
        };
        match said {
            Ok(words) => tracing::info!("{}: {words}", ability.model),
            Err(failure) => {
                tracing::error!("{} is not offered: {failure}", ability.model);
                failed.push(ability.model.clone());
            }
        }
    }
    failed
}

async fn picture(studio: &Studio, model: &str, terms: &Terms) -> Result<String, EngineFailure> {
    let side = SIDE_PIXELS.min(terms.pixels_max.isqrt() / 64 * 64).max(64);
    studio.load(model).await?;
    // The first run builds and tunes what later ones use.
    let first = run(studio, model, Work::sample_picture(side, 1)).await?.0;
    if first > PATIENCE {
        return Ok(format!("one step of a picture of {side}×{side} takes {:.1} s", first.as_secs_f64()));
    }
    let one = quickest(studio, model, Work::sample_picture(side, 1)).await?;
    let some = quickest(studio, model, Work::sample_picture(side, STEPS_MEASURED)).await?;
    let seconds = extrapolate(one, some).as_secs_f64();
    Ok(format!("{seconds:.1} seconds per picture of {side}×{side} in {STEPS_TOLD} steps"))
}

async fn text(studio: &Studio, model: &str) -> Result<String, EngineFailure> {
    studio.load(model).await?;
    run(studio, model, Work::sample_text(1)).await?;
    let (time, tokens) = run(studio, model, Work::sample_text(TOKENS_MEASURED)).await?;
    Ok(format!("{:.0} tokens per second", f64::from(tokens) / time.as_secs_f64().max(f64::EPSILON)))
}

/// The time for all steps, from the time for one and for some.
fn extrapolate(one: Duration, some: Duration) -> Duration {
    let step = some.saturating_sub(one) / (STEPS_MEASURED - 1);
    one + step * (STEPS_TOLD - 1)
}

/// The better of two runs: whatever else the machine did meanwhile is not the model's speed.
async fn quickest(studio: &Studio, model: &str, work: Work) -> Result<Duration, EngineFailure> {
    let first = run(studio, model, work.clone()).await?.0;
    Ok(first.min(run(studio, model, work).await?.0))
}

async fn run(studio: &Studio, model: &str, work: Work) -> Result<(Duration, u32), EngineFailure> {
    let task = Task { model: model.to_owned(), work };
    let begun = Instant::now();
    let made = studio.run(&task, &Watch::new()).await?;
    let tokens = made.pieces.iter().map(|piece| match piece {
        Piece::Text { tokens, .. } => *tokens,
        Piece::Picture { .. } => 0,
    });
    Ok((begun.elapsed(), tokens.sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_told_counts_what_happens_once_only_once() {
        // A tenth of a second for each step, one second for everything around.
        let time = |steps: u64| Duration::from_millis(1000 + 100 * steps);
        assert_eq!(extrapolate(time(1), time(4)), time(30));
    }
}
