//! The three figures that a price network is judged by.

use std::fmt;

use anyhow::Result;
use throng_domain::price::recorded::Recorded;
use throng_domain::price::{Network, image_worth, worth_of_time};

use crate::table;

/// A price that is off by no more than this share is near enough.
const NEAR: f64 = 0.04;

/// How well prices are foreseen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Figures {
    /// How many prices were compared.
    pub(crate) prices: usize,
    /// The share of them that was near enough.
    pub(crate) near: f64,
    /// The error that half of them stay below.
    pub(crate) median: f64,
}

/// The largest error among the golden values.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Golden {
    pub(crate) worst: f64,
    /// The line that it is off at.
    pub(crate) line: String,
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prices, near, median } = self;
        write!(out, "{prices} prices: {:.2} % within 4 %, median error {:.2} %", near * 100.0, median * 100.0)
    }
}

impl fmt::Display for Golden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "golden values: worst error {:.2} % ({})", self.worst * 100.0, self.line)
    }
}

/// Compares a table's prices with a network's, or with those that the house asks.
pub(crate) fn figures(rows: &[Recorded<'_>], network: Option<&Network>) -> Figures {
    let mut errors: Vec<f64> = rows.iter().map(|row| error(row, network)).collect();
    errors.sort_by(f64::total_cmp);
    let near = errors.iter().filter(|error| **error <= NEAR).count() as f64 / errors.len().max(1) as f64;
    Figures { prices: errors.len(), near, median: errors.get(errors.len() / 2).copied().unwrap_or_default() }
}

/// Compares the golden values.
pub(crate) fn golden(network: Option<&Network>) -> Result<Golden> {
    let rows = table::rows(table::GOLDEN)?;
    let errors = rows.iter().map(|row| (error(row, network), row));
    let worst = errors.max_by(|one, other| one.0.total_cmp(&other.0));
    Ok(worst.map_or(Golden { worst: 0.0, line: String::new() }, |(worst, row)| Golden { worst, line: row.to_string() }))
}

fn error(row: &Recorded<'_>, network: Option<&Network>) -> f64 {
    let price = match network.zip(row.payload.inputs()) {
        Some((network, inputs)) => worth_of_time(network.seconds(&inputs)),
        None => image_worth(&row.payload),
    };
    let wanted = row.price.hundredths() as f64;
    (price.hundredths() as f64 - wanted).abs() / wanted.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_count_what_is_near() {
        let text = table::GOLDEN.to_owned();
        let mut rows = table::rows(&text).expect("the golden table");
        for row in &mut rows {
            row.price = image_worth(&row.payload);
        }
        assert_eq!(figures(&rows, None), Figures { prices: 49, near: 1.0, median: 0.0 });
        for row in rows.iter_mut().take(7) {
            row.price = row.price.times(2);
        }
        assert_eq!(figures(&rows, None), Figures { prices: 49, near: 42.0 / 49.0, median: 0.0 });
    }
}
