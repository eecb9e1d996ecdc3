//! What is wrong with a value, in the words of the AI Horde's validator, which people have learnt to search for.

use std::collections::BTreeSet;

use serde_json::{Number, Value};

/// Characters of a wrong value that are repeated to its sender.
const SHOWN_CHARS_MAX: usize = 200;

pub(super) fn wrong_type(value: &Value, expected: &str) -> String {
    format!("{} is not of type '{expected}'", shown(value))
}

pub(super) fn length(text: &str, min: usize, max: usize) -> Option<String> {
    // A text has at least a quarter as many characters as bytes, so most need no counting.
    let short = text.len() < min.saturating_mul(4) && text.chars().count() < min;
    let long = text.len() > max && text.chars().count() > max;
    let value = || shown(&Value::String(text.to_owned()));
    match (short, long) {
        (true, _) if min == 1 => Some(format!("{} should be non-empty", value())),
        (true, _) => Some(format!("{} is too short", value())),
        (_, true) => Some(format!("{} is too long", value())),
        (false, false) => None,
    }
}

pub(super) fn word(words: &[&str], value: &Value) -> Option<String> {
    match value {
        Value::String(word) if words.contains(&word.as_str()) => None,
        Value::String(_) => {
            let list: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            Some(format!("{} is not one of [{}]", shown(value), list.join(", ")))
        }
        _ => Some(wrong_type(value, "string")),
    }
}

pub(super) fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

pub(super) fn whole(value: &Value, min: i64, max: i64, step: i64) -> Option<String> {
    // Beyond i64 there are only numbers above every bound.
    let number = value.as_i64().unwrap_or(i64::MAX);
    if number < min {
        Some(format!("{number} is less than the minimum of {min}"))
    } else if number > max {
        Some(format!("{number} is greater than the maximum of {max}"))
    } else if number % step != 0 {
        Some(format!("{number} is not a multiple of {step}"))
    } else {
        None
    }
}

pub(super) fn bounds(number: &Number, min: f64, max: f64) -> Option<String> {
    let value = number.as_f64().unwrap_or(f64::INFINITY);
    if value < min {
        Some(format!("{number} is less than the minimum of {min}"))
    } else if value > max {
        Some(format!("{number} is greater than the maximum of {max}"))
    } else {
        None
    }
}

pub(super) fn unique(items: &[Value]) -> Option<String> {
    // By their text, so that a list of a million takes no more than its length allows.
    let mut seen = BTreeSet::new();
    let repeated = !items.iter().all(|item| seen.insert(item.to_string()));
    repeated.then(|| format!("{} has non-unique elements", shown(&Value::Array(items.to_vec()))))
}

/// Shows a value as the AI Horde's validator does, cut to a bearable length.
fn shown(value: &Value) -> String {
    let mut text = String::new();
    show(value, &mut text);
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn show(value: &Value, out: &mut String) {
    if out.len() > SHOWN_CHARS_MAX * 4 {
        return;
    }
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => {
            out.push('\'');
            out.extend(text.chars().take(SHOWN_CHARS_MAX));
            out.push('\'');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                show(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "'" } else { ", '" });
                out.push_str(name);
                out.push_str("': ");
                show(member, out);
            }
            out.push('}');
        }
    }
}
