//! Which models suit a device, and how large a job it may take: told by the device's limits before anything is loaded, and by its
//! measured speed after.

use std::time::Duration;

/// Weights are kept in 32-bit numbers, and files hold them in 16.
const GROWTH: u64 = 2;
/// Beside its weights a model needs room for what it computes: half as much again.
const ROOM_PERCENT: u64 = 150;
/// A WebAssembly program has 4 GiB; what is not ours alone must fit, too.
const PROGRAM_BYTES_MAX: u64 = 2 << 30;
/// A job must be done in this time: a third of the shortest lease, because the machine may be twice as slow a minute later.
const JOB_TIME: Duration = Duration::from_secs(50);
/// The steps most requests ask for.
const STEPS_USUAL: u32 = 30;
/// No picture that may be asked for is smaller.
const PIXELS_LEAST: u32 = 64 * 64;
/// The wire's largest picture.
const PIXELS_MOST: u32 = 3072 * 3072;
/// The shortest text worth offering, in tokens; the wire asks for 16 at least.
const TOKENS_LEAST: u32 = 16;
/// The longest text the wire lets anybody ask for.
const TOKENS_MOST: u32 = 1024;

/// What a device can do, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest piece of memory one tensor may have, in bytes.
    pub tensor_bytes_max: u64,
    /// All the memory there may be, in bytes; none where the browser does not say.
    pub memory_bytes: Option<u64>,
    /// Whether tensors live in the program's own memory: no graphics card.
    pub in_program: bool,
}

/// What a model asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// All its files, in bytes.
    pub bytes: u64,
    /// Its largest tensor as 32-bit numbers, in bytes.
    pub tensor_bytes: u64,
}

/// Why a model does not suit a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// One tensor is larger than the device lets any be.
    Tensor {
        /// What it needs, in bytes.
        needs: u64,
        /// What there is.
        has: u64,
    },
    /// All of it together is too much.
    Memory {
        /// What it needs, in bytes.
        needs: u64,
        /// What there is.
        has: u64,
    },
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, needs, has) = match self {
            Self::Tensor { needs, has } => ("one of its parts is too large for this device", needs, has),
            Self::Memory { needs, has } => ("it needs more memory than there is", needs, has),
        };
        write!(formatter, "{what} ({} of {})", size(*needs), size(*has))
    }
}

/// A size for people: `12 MB`, `1.7 GB`.
pub fn size(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    match mega {
        _ if mega >= 1_000.0 => format!("{:.1} GB", mega / 1_000.0),
        _ if mega >= 10.0 => format!("{mega:.0} MB"),
        _ => format!("{mega:.1} MB"),
    }
}

/// Tells whether a model suits a device, before anything of it is loaded.
pub fn suits(needs: Needs, limits: Limits) -> Result<(), Misfit> {
    if needs.tensor_bytes > limits.tensor_bytes_max {
        return Err(Misfit::Tensor { needs: needs.tensor_bytes, has: limits.tensor_bytes_max });
    }
    let whole = needs.bytes.saturating_mul(GROWTH).saturating_mul(ROOM_PERCENT) / 100;
    let has = limits.memory_bytes.unwrap_or(u64::MAX);
    let has = if limits.in_program { has.min(PROGRAM_BYTES_MAX) } else { has };
    if whole > has { Err(Misfit::Memory { needs: whole, has }) } else { Ok(()) }
}

/// The largest picture to offer, in pixels, when one step of one of `pixels` took this long; none when even the smallest is too slow.
///
/// The time of a step is taken to grow with the pixels, which attention makes a little too hopeful; [`JOB_TIME`] leaves room for that.
pub fn pixels_max(step: Duration, pixels: u32, duty: u8) -> Option<u32> {
    let working = JOB_TIME.as_secs_f64() * f64::from(duty.clamp(1, 100)) / 100.0;
    let per_pixel = step.as_secs_f64() * f64::from(STEPS_USUAL) / f64::from(pixels.max(1));
    let most = (working / per_pixel.max(f64::MIN_POSITIVE)).min(f64::from(PIXELS_MOST)) as u32;
    (most >= PIXELS_LEAST).then_some(most)
}

/// The longest text to offer, in tokens, when so many tokens took this long; none when even the shortest is too slow.
pub fn length_max(time: Duration, tokens: u32, duty: u8) -> Option<u32> {
    let working = JOB_TIME.as_secs_f64() * f64::from(duty.clamp(1, 100)) / 100.0;
    let per_token = time.as_secs_f64() / f64::from(tokens.max(1));
    let most = (working / per_token.max(f64::MIN_POSITIVE)).min(f64::from(TOKENS_MOST)) as u32;
    (most >= TOKENS_LEAST).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPU: Limits = Limits { tensor_bytes_max: 128 << 20, memory_bytes: None, in_program: false };

    #[test]
    fn a_tensor_beyond_the_limit_is_told_with_both_numbers() {
        let needs = Needs { bytes: 1 << 20, tensor_bytes: 200_000_000 };
        let words = suits(needs, GPU).unwrap_err().to_string();
        assert_eq!(words, "one of its parts is too large for this device (200 MB of 134 MB)");
        assert_eq!(suits(Needs { tensor_bytes: 1 << 20, ..needs }, GPU), Ok(()));
    }

    #[test]
    fn memory_counts_where_it_is_known_and_a_program_never_has_more_than_its_own() {
        let needs = Needs { bytes: 1_700_000_000, tensor_bytes: 1 };
        assert_eq!(suits(needs, GPU), Ok(()));
        assert!(suits(needs, Limits { memory_bytes: Some(4 << 30), ..GPU }).is_err());
        assert!(suits(needs, Limits { in_program: true, ..GPU }).is_err());
    }

    #[test]
    fn a_fast_device_offers_all_and_a_slow_one_what_it_can_finish() {
        assert_eq!(pixels_max(Duration::from_micros(10), 128 * 128, 100), Some(PIXELS_MOST));
        let second = Duration::from_secs(1);
        assert_eq!(pixels_max(second, 512 * 512, 100), Some((512.0 * 512.0 * 50.0 / 30.0) as u32));
        assert_eq!(pixels_max(second, 512 * 512, 50), Some((512.0 * 512.0 * 25.0 / 30.0) as u32));
        assert_eq!(pixels_max(Duration::from_mins(10), 512 * 512, 100), None);
        assert_eq!(length_max(second, 10, 100), Some(500));
        assert_eq!(length_max(Duration::from_secs(4), 1, 100), None);
    }
}
