//! The numbers that a server tells at `/metrics`, as they stood at one moment.

use crate::wire::Wire;
use anyhow::{Result, ensure};

/// All of them.
#[derive(Debug)]
pub struct Numbers(String);

impl Numbers {
    /// Asks for them.
    pub async fn read(wire: &mut Wire) -> Result<Numbers> {
        let answer = wire.get("/metrics").await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(answer.status.is_success(), "no numbers: {} {text}", answer.status);
        Ok(Numbers(text))
    }

    /// The sum of all that is told under a name, or of the part with this label; 0 as long as nothing was counted.
    pub fn sum(&self, name: &str, label: Option<(&str, &str)>) -> f64 {
        let label = label.map(|(label, value)| format!("{label}=\"{value}\""));
        let number = |line: &str| -> Option<f64> {
            let (told, number) = line.rsplit_once(' ')?;
            let (known, labels) = told.split_once('{').unwrap_or((told, ""));
            let fits = known == name && label.as_ref().is_none_or(|label| labels.contains(label.as_str()));
            if fits { number.parse().ok() } else { None }
        };
        self.0.lines().filter_map(number).fold(0.0, |sum, number| sum + number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summed_by_name_and_label() {
        let numbers = Numbers(
            "# TYPE calls_total counter\n\
             calls_total{route=\"/check/{id}\",method=\"GET\",status=\"200\"} 40\n\
             calls_total{route=\"/check/{id}\",method=\"GET\",status=\"404\"} 2\n\
             calls_total{route=\"/pop\",method=\"POST\",status=\"200\"} 7\n\n\
             # TYPE waiting gauge\nwaiting 0.5\n"
                .to_owned(),
        );
        let sums = [
            ("calls_total", None, 49.0),
            ("calls_total", Some(("route", "/check/{id}")), 42.0),
            ("calls_total", Some(("route", "/check")), 0.0),
            ("calls", None, 0.0),
            ("waiting", None, 0.5),
        ];
        for (name, label, expected) in sums {
            assert!((numbers.sum(name, label) - expected).abs() < 1e-9, "{name} {label:?}");
        }
    }
}
