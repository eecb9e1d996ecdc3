//! Checks a body's shape before it is parsed: types, bounds, enumerations, required members, no null, no coercion, unknown members
//! ignored. A small declarative language; what each body must look like is in `validation/bodies.rs`. Not here: rules that need more
//! than the body itself.

pub mod bodies;
pub mod loose;
mod say;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;

/// Mistakes told at most: a client that makes more has understood nothing yet.
const MISTAKES_MAX: usize = 50;

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// True or false.
    Flag,
    /// Text, counted in characters.
    Text {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Whole {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
        /// What it must be a multiple of.
        step: i64,
    },
    /// Any number.
    Number {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
    },
    /// A list of such things.
    List {
        /// What each must be.
        item: &'static Rule,
        /// Whether no two may be the same.
        unique: bool,
    },
    /// An object with these members, and any others.
    Object(&'static [Field]),
    /// An object whose members are objects.
    ObjectOfObjects,
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    name: &'static str,
    rule: Rule,
    required: bool,
}

/// A member that may be absent.
const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: false }
}

/// A member that must be there.
const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: true }
}

/// Text of any length.
const TEXT: Rule = Rule::Text { min: 0, max: usize::MAX };

/// A whole number of any size.
const WHOLE: Rule = Rule::Whole { min: i64::MIN, max: i64::MAX, step: 1 };

const fn text(min: usize, max: usize) -> Rule {
    Rule::Text { min, max }
}

const fn whole(min: i64, max: i64) -> Rule {
    Rule::Whole { min, max, step: 1 }
}

const fn number(min: f64, max: f64) -> Rule {
    Rule::Number { min, max }
}

const fn list(item: &'static Rule) -> Rule {
    Rule::List { item, unique: false }
}

/// Checks a body against a rule.
pub fn check(rule: &Rule, body: &Value) -> Result<(), Error> {
    let mut mistakes = BTreeMap::new();
    look(rule, body, &mut String::new(), &mut mistakes);
    if mistakes.is_empty() { Ok(()) } else { Err(Error::Invalid(mistakes)) }
}

/// Parses a body that was checked. What the rules let through and the type does not (a number too large for its field) is still
/// the sender's mistake.
pub fn typed<T: DeserializeOwned>(body: Value) -> Result<T, Error> {
    serde_json::from_value(body).map_err(|error| Error::invalid("", error.to_string()))
}

/// Keeps of a checked value only what the rule names, so that nothing unknown is stored.
pub fn known(rule: &Rule, value: &Value) -> Value {
    match (rule, value) {
        (Rule::Object(fields), Value::Object(members)) => {
            let kept = fields.iter().filter_map(|field| {
                let value = members.get(field.name)?;
                Some((field.name.to_owned(), known(&field.rule, value)))
            });
            Value::Object(kept.collect())
        }
        (Rule::List { item, .. }, Value::Array(items)) => items.iter().map(|entry| known(item, entry)).collect(),
        (_, value) => value.clone(),
    }
}

/// Refuses a body without a member that clients must send although its published shape does not say so.
pub fn need(body: &Value, name: &str, help: &str) -> Result<(), Error> {
    if body.get(name).is_some() {
        return Ok(());
    }
    Err(Error::invalid(name, format!("{help} Missing required parameter in the JSON body")))
}

type Mistakes = BTreeMap<String, String>;

fn look(rule: &Rule, value: &Value, path: &mut String, mistakes: &mut Mistakes) {
    if mistakes.len() >= MISTAKES_MAX {
        return;
    }
    let mistake = match (rule, value) {
        (Rule::Flag, Value::Bool(_)) => None,
        (Rule::Text { min, max }, Value::String(text)) => say::length(text, *min, *max),
        (Rule::OneOf(words), value) => say::word(words, value),
        (Rule::Whole { min, max, step }, Value::Number(_)) if say::is_whole(value) => {
            say::whole(value, *min, *max, *step)
        }
        (Rule::Number { min, max }, Value::Number(number)) => say::bounds(number, *min, *max),
        (Rule::List { item, unique }, Value::Array(items)) => {
            for (at, entry) in items.iter().enumerate() {
                within(path, &at.to_string(), |path| look(item, entry, path, mistakes));
            }
            if *unique { say::unique(items) } else { None }
        }
        (Rule::Object(fields), Value::Object(_)) => {
            look_inside(fields, value, path, mistakes);
            None
        }
        (Rule::ObjectOfObjects, Value::Object(members)) => {
            for (name, member) in members {
                within(path, name, |path| look(&Rule::Object(&[]), member, path, mistakes));
            }
            None
        }
        (rule, value) => Some(say::wrong_type(value, rule.type_name())),
    };
    if let Some(mistake) = mistake {
        mistakes.insert(path.clone(), mistake);
    }
}

fn look_inside(fields: &[Field], object: &Value, path: &mut String, mistakes: &mut Mistakes) {
    for field in fields {
        match object.get(field.name) {
            Some(value) => within(path, field.name, |path| look(&field.rule, value, path, mistakes)),
            None if field.required => within(path, field.name, |path| {
                mistakes.insert(path.clone(), format!("'{}' is a required property", field.name));
            }),
            None => {}
        }
    }
}

fn within(path: &mut String, step: &str, look: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(step);
    look(path);
    path.truncate(length);
}

impl Rule {
    /// The type's name in the published schema.
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Text { .. } | Self::OneOf(_) => "string",
            Self::Whole { .. } => "integer",
            Self::Number { .. } => "number",
            Self::List { .. } => "array",
            Self::Object(_) | Self::ObjectOfObjects => "object",
        }
    }
}
