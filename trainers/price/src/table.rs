//! Tables of payloads with their seconds and prices: reading them, and setting a part aside. What a line means is in `throng-domain`.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use throng_domain::price::recorded::{COLUMNS, Recorded};

/// The documented prices of chosen payloads, in the same columns.
pub(crate) const GOLDEN: &str = include_str!("../../../crates/domain/src/price/golden.csv");
/// One line in so many is set aside.
#[cfg(feature = "learn")]
const SET_ASIDE: u64 = 10;

/// Reads a file whole.
pub(crate) fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Reads the lines of a table. Its head may come again, since tables are appended to one another.
pub(crate) fn rows(text: &str) -> Result<Vec<Recorded<'_>>> {
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    ensure!(head.trim_end() == COLUMNS, "the first line must be {COLUMNS}");
    let numbered = lines.enumerate().filter(|(_, line)| !line.trim().is_empty() && line.trim_end() != COLUMNS);
    numbered
        .map(|(at, line)| {
            Recorded::parse(line).map_err(|column| anyhow::anyhow!("line {}: cannot read {column}", at + 2))
        })
        .collect()
}

/// Splits a table into the rows to learn from and the tenth that is set aside. Chance decides by what was asked for, so that the same
/// payload is never on both sides.
#[cfg(feature = "learn")]
pub(crate) fn split<'a>(rows: Vec<Recorded<'a>>, seed: u64) -> (Vec<Recorded<'a>>, Vec<Recorded<'a>>) {
    rows.into_iter().partition(|row| hash(&format!("{:?}", row.payload), seed) % SET_ASIDE != 0)
}

/// FNV-1a, finished with a stir, since its low bits alone are weak.
#[cfg(feature = "learn")]
fn hash(text: &str, seed: u64) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), fold);
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_table_reads_and_writes_alike() {
        let rows = rows(GOLDEN).expect("the golden table");
        assert_eq!(rows.len(), 49);
        for row in &rows {
            let line = row.to_string();
            assert_eq!(&Recorded::parse(&line).expect("its own line"), row);
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let text = format!("{COLUMNS}\n512,512,many,5,k_euler,1,0,txt2img,0,0,1,None,1,,4.6,7.84\n");
        assert_eq!(super::rows(&text).expect_err("no steps").to_string(), "line 2: cannot read steps");
        assert!(super::rows("a,b\n1,2\n").is_err());
    }
}
