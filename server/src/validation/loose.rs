//! The loose reading of bodies: a few endpoints of the AI Horde do not check a body's shape but take what they find for what they need.
//! Numbers may be texts, texts may be numbers, `null` is absent. Not here: the strict check (`validation.rs`).

use serde_json::Value;

use crate::error::Error;

/// Reads a whole number; fractions are cut off.
pub fn whole(body: &Value, name: &str) -> Result<Option<i64>, Error> {
    let found = match body.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Bool(flag)) => Some(i64::from(*flag)),
        Some(Value::Number(number)) => number.as_i64().or_else(|| number.as_f64().and_then(truncated)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Array(_) | Value::Object(_)) => None,
    };
    found.map(Some).ok_or_else(|| Error::invalid(name, "This is not a whole number."))
}

/// Cuts the fraction off, where what is left is a number that counts exactly.
fn truncated(number: f64) -> Option<i64> {
    (number.abs() < 9e15).then_some(number.trunc() as i64)
}

/// Reads a text.
pub fn text(body: &Value, name: &str) -> Result<Option<String>, Error> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Error::invalid(name, "This is not a text.")),
    }
}

/// Refuses a number outside its bounds.
pub fn within(name: &str, number: Option<i64>, min: i64, max: i64) -> Result<Option<i64>, Error> {
    match number {
        Some(number) if number < min => {
            Err(Error::invalid(name, format!("{number} is less than the minimum of {min}")))
        }
        Some(number) if number > max => {
            Err(Error::invalid(name, format!("{number} is greater than the maximum of {max}")))
        }
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_taken_for_what_they_mean() {
        let body = json!({"a": 7, "b": "8", "c": 9.9, "d": -1.5, "e": true, "f": null, "g": "x", "h": [], "i": 1e300});
        let read = |name| whole(&body, name).map_err(|_| ());
        assert_eq!(["a", "b", "c", "d", "e"].map(read), [7, 8, 9, -1, 1].map(|number| Ok(Some(number))));
        assert_eq!(["f", "z"].map(read), [Ok(None), Ok(None)]);
        assert_eq!(["g", "h", "i"].map(read), [Err(()), Err(()), Err(())]);
    }
}
