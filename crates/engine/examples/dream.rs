//! Draws a prompt with a model folder and says how long it took:
//! `cargo run -p throng-engine --example dream -- FOLDER "PROMPT" [OUT.png] [SEEDS] [STEPS] [SIDE] [DEVICE]`.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use throng_engine::dreamer::{Dream, Dreamer};
use throng_engine::{Device, Flow};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |index: usize, default: &str| words.get(index).map_or(default, String::as_str).to_owned();
    let mut out = std::io::stdout();
    let device = Device::open(word(6, "cpu").parse()?)?;
    let begun = Instant::now();
    let dreamer = Dreamer::load(Path::new(&word(0, "models/throng-shapes")), &device)?;
    let loaded = begun.elapsed().as_secs_f64();
    writeln!(out, "{}: {} parameters loaded in {loaded:.2} s", device.describe(), dreamer.parameters())?;
    let side: usize = word(5, "512").parse()?;
    let seeds: u64 = word(3, "1").parse()?;
    let mut dream =
        Dream { karras: true, cfg_scale: 5.0, width: side, height: side, ..Dream::new(&word(1, "a red circle")) };
    dream.steps = word(4, "30").parse()?;
    let path = word(2, "dream.png");
    let mut sheet = image::RgbImage::new((side as u32) * seeds as u32, side as u32);
    for seed in 0..seeds {
        dream.seeds = vec![seed];
        let begun = Instant::now();
        let latents = pollster::block_on(dreamer.latents(&dream, &mut |_| Flow::Continue))?;
        device.wait()?;
        let walked = begun.elapsed().as_secs_f64();
        drop(latents);
        let begun = Instant::now();
        let pictures = pollster::block_on(dreamer.dream(&dream, &mut |_| Flow::Continue))?;
        let whole = begun.elapsed().as_secs_f64();
        writeln!(out, "seed {seed}: steps alone {walked:.2} s, whole picture {whole:.2} s")?;
        image::imageops::replace(&mut sheet, &pictures[0], i64::from(seed as u32) * side as i64, 0);
    }
    sheet.save(&path)?;
    writeln!(out, "{path}")?;
    Ok(())
}
