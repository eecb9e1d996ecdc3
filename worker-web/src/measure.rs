//! How fast this device is with a model, and so what it may offer: a picture's size, a text's length.

use std::time::Duration;

use throng_bridge::task::{Task, Work};
use throng_bridge::{Engine as _, EngineFailure, Watch};
use throng_lend::fit;

use crate::browser;
use crate::studio::Studio;

/// The side of the picture measured: the default of a request.
const SIDE_PIXELS: u32 = 512;
/// Steps of the second measurement; the first takes one, and their difference is the price of the steps between.
const STEPS_MEASURED: u32 = 3;
/// Enough tokens to forget the prompt's share.
const TOKENS_MEASURED: u32 = 24;
/// Steps told to people: what most requests ask for.
const STEPS_TOLD: u32 = 30;

/// What a model may be offered for here, and how fast it is in words.
pub(crate) struct Measured {
    /// The largest picture in pixels, or the longest text in tokens.
    pub(crate) most: u32,
    /// For people.
    pub(crate) words: String,
}

/// Measures a picture model.
pub(crate) async fn pictures(studio: &Studio, model: &str, duty: u8) -> Result<Measured, String> {
    // The first run compiles what later ones use.
    run(studio, model, Work::sample_picture(SIDE_PIXELS, 1)).await?;
    let one = run(studio, model, Work::sample_picture(SIDE_PIXELS, 1)).await?;
    let some = run(studio, model, Work::sample_picture(SIDE_PIXELS, STEPS_MEASURED)).await?;
    let step = some.saturating_sub(one) / (STEPS_MEASURED - 1);
    let whole = one + step * (STEPS_TOLD - 1);
    let words = format!("{:.1} s a picture of {SIDE_PIXELS}×{SIDE_PIXELS} in {STEPS_TOLD} steps", whole.as_secs_f64());
    let most = fit::pixels_max(whole / STEPS_TOLD, SIDE_PIXELS * SIDE_PIXELS, duty);
    most.map(|most| Measured { most, words })
        .ok_or_else(|| format!("this device is too slow for it ({:.0} s a step)", step.as_secs_f64()))
}

/// Measures a text model.
pub(crate) async fn stories(studio: &Studio, model: &str, duty: u8) -> Result<Measured, String> {
    run(studio, model, Work::sample_text(2)).await?;
    let time = run(studio, model, Work::sample_text(TOKENS_MEASURED)).await?;
    let speed = f64::from(TOKENS_MEASURED) / time.as_secs_f64().max(f64::EPSILON);
    let words = format!("{speed:.0} tokens a second");
    let most = fit::length_max(time, TOKENS_MEASURED, duty);
    most.map(|most| Measured { most, words })
        .ok_or_else(|| format!("this device is too slow for it ({speed:.1} tokens a second)"))
}

async fn run(studio: &Studio, model: &str, work: Work) -> Result<Duration, String> {
    let task = Task { model: model.to_owned(), work };
    let begun = browser::now();
    studio.run(&task, &Watch::new()).await.map_err(|failure| match failure {
        EngineFailure::Unfit(why) | EngineFailure::Failed(why) => why,
    })?;
    Ok(browser::now().saturating_sub(begun))
}
