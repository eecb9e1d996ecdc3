//! Writes a text from the terminal: `cargo run -p throng-engine --example write -- FOLDER "Once a fox" [SEED [LENGTH]]`.
//!
//! Shows the pieces as they come, then how fast they came. `THRONG_DEVICE` chooses cpu (the default), vulkan or cuda.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use throng_engine::scribe::{Scribe, Script};
use throng_engine::{Device, Flow};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: write FOLDER PROMPT [SEED [LENGTH]]";
    let (folder, prompt) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let seed = arguments.next().map_or(Ok(0), |seed| seed.parse())?;
    let max_length = arguments.next().map_or(Ok(200), |length| length.parse())?;
    let processor = std::env::var("THRONG_DEVICE").unwrap_or_default();
    let device = if processor.is_empty() { Device::cpu() } else { Device::open(processor.parse()?)? };

    let begun = now();
    let scribe = Scribe::load(Path::new(&folder), &device)?;
    let mut out = std::io::stdout();
    writeln!(out, "{} weights on {} in {:.1?}", scribe.parameters(), device.describe(), begun.elapsed())?;
    write!(out, "{prompt}")?;
    let script = Script { seed, max_length, sampling: scribe.sampling().clone(), ..Script::new(prompt) };
    let begun = now();
    let mut first = None;
    let written = pollster::block_on(scribe.write(&script, &mut |piece, _| {
        first.get_or_insert_with(now);
        match write!(out, "{piece}").and_then(|()| out.flush()) {
            Ok(()) => Flow::Continue,
            Err(_) => Flow::Stop,
        }
    }))?;
    let prompt_seconds = first.map_or(0.0, |first| (first - begun).as_secs_f64());
    let rate = (written.tokens - 1) as f64 / (begun.elapsed().as_secs_f64() - prompt_seconds);
    writeln!(
        out,
        "\n{} tokens, {rate:.0} a second, after {} of prompt in {prompt_seconds:.3} s; ended by {:?}",
        written.tokens, written.prompt_tokens, written.stop
    )?;
    Ok(())
}

fn now() -> Instant {
    Instant::now()
}
