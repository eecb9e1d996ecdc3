//! Payloads made from the contract's schemas: inside the bounds, just outside, of the wrong type, and of no type at all.
//! Not here: whom they are sent to (`hostile.rs`).

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::contract::Contract;

/// Members nested deeper than this are left out: schemas of the contract nest to four.
const DEPTH_MAX: u32 = 6;
/// Levels of brackets that no reader should follow.
const BRACKETS: usize = 20_000;

/// Makes payloads.
pub(super) struct Payloads<'c> {
    pub(super) contract: &'c Contract,
    pub(super) chance: ChaCha8Rng,
    /// Names and ids of things that are there, so that some payloads get far.
    pub(super) known: Vec<String>,
}

impl Payloads<'_> {
    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn happens(&mut self, times: u32) -> bool {
        self.chance.random_range(0..100) < times
    }

    /// One of these.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        of.choose(&mut self.chance).expect("something to choose from")
    }

    /// A body for a schema as bytes: mostly JSON that nearly fits, sometimes none at all. It may begin with a good one.
    pub(super) fn body(&mut self, schema: &Value, good: Option<Value>) -> Vec<u8> {
        match self.chance.random_range(0..100) {
            0..=4 => self.no_json(),
            5..=9 => self.odd().to_string().into_bytes(),
            kind => {
                let wildness = *self.one(&[0, 0, 3, 10, 40]);
                let mut body = self.value(schema, wildness, 0);
                if let (Value::Object(members), Some(Value::Object(good)), true) = (&mut body, good, kind < 60) {
                    // What is good takes the place of most of what is not: the rest gets further in.
                    good.into_iter().filter(|_| !self.happens(wildness)).for_each(|(name, value)| {
                        members.insert(name, value);
                    });
                }
                body.to_string().into_bytes()
            }
        }
    }

    /// A value for a schema that goes astray so many times in a hundred, at every member anew.
    pub(super) fn value(&mut self, schema: &Value, wildness: u32, depth: u32) -> Value {
        if self.happens(wildness) {
            return if self.happens(50) { self.odd() } else { self.beyond(schema) };
        }
        let (schema, _) = self.contract.meant(schema, "");
        if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            return self.object(schema, wildness, depth);
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.one(words).clone();
        }
        match schema["type"].as_str() {
            Some("boolean") => json!(self.happens(50)),
            Some("integer") => {
                json!(self.chance.random_range(whole(schema, "minimum", -3)..=whole(schema, "maximum", 3000)))
            }
            Some("number") => {
                let (least, most) = (whole(schema, "minimum", -3), whole(schema, "maximum", 300).max(1));
                json!((self.chance.random_range(least as f64..=most as f64) * 100.0).round() / 100.0)
            }
            Some("array") => {
                let count = *self.one(&[0, 1, 1, 2, 3, 12]);
                (0..count).map(|_| self.value(&schema["items"], wildness, depth + 1)).collect()
            }
            Some("string") => json!(self.text(schema)),
            _ => json!({"caption": "a cat"}),
        }
    }

    fn object(&mut self, schema: &Value, wildness: u32, depth: u32) -> Value {
        let (members, required) = self.contract.members(schema);
        let mut object = Map::new();
        // Few members or all: refusals of one hide what the others do.
        let share = *self.one(&[0, 10, 30, 90]);
        for (name, one) in members {
            if depth < DEPTH_MAX && (required.contains(&name) || self.happens(share)) {
                object.insert(name.to_owned(), self.value(one, wildness, depth + 1));
            }
        }
        if self.happens(wildness) {
            object.insert(self.odd_text(), self.odd());
        }
        Value::Object(object)
    }

    fn text(&mut self, schema: &Value) -> String {
        let least = usize::try_from(whole(schema, "minLength", 0)).unwrap_or_default();
        let most = usize::try_from(whole(schema, "maxLength", 40)).unwrap_or_default();
        if self.happens(50) && !self.known.is_empty() {
            let known = self.known.clone();
            return self.one(&known).clone();
        }
        let length = self.chance.random_range(least..=most.max(least).min(least + 60));
        (0..length)
            .map(|_| *self.one(&['a', 'b', 'Z', '0', '9', ' ', '#', '-', 'é', '∑', '🦊', '{', '<', '\'', '\\']))
            .collect()
    }

    /// A value next to the bounds of a schema, on the wrong side.
    fn beyond(&mut self, schema: &Value) -> Value {
        let (schema, _) = self.contract.meant(schema, "");
        let bounds = ["minimum", "maximum", "minLength", "maxLength"];
        let stated: Vec<&str> = bounds.into_iter().filter(|word| schema.get(*word).is_some()).collect();
        if stated.is_empty() {
            return Value::Null;
        }
        let bound = *self.one(&stated);
        let value = whole(schema, bound, 0);
        match bound {
            "minimum" => json!(value - 1),
            "maximum" => json!(value + 1),
            "minLength" => json!("x".repeat(usize::try_from(value - 1).unwrap_or_default())),
            _ => json!("x".repeat(usize::try_from(value + 1).unwrap_or_default())),
        }
    }

    /// Any value, fitting nothing in particular.
    pub(super) fn odd(&mut self) -> Value {
        match self.chance.random_range(0..14) {
            0 => Value::Null,
            1 => json!(i64::MAX),
            2 => json!(i64::MIN),
            3 => json!(u64::MAX),
            4 => json!(1e308),
            5 => json!(-0.0),
            6 => json!(5e-324),
            7 => json!(0.1 + 0.2),
            8 => json!([]),
            9 => json!({}),
            10 => json!([[[[{"a": [null]}]]]]),
            11 => json!(vec![self.odd_text(); 400]),
            12 => json!({"\u{0}": {"": self.odd_text()}}),
            _ => json!(self.odd_text()),
        }
    }

    /// A text that somebody stumbles over.
    pub(super) fn odd_text(&mut self) -> String {
        let odd = [
            "",
            "\u{0}",
            "a\u{0}b",
            " ",
            "\n",
            "-1",
            "0",
            "1e999",
            "NaN",
            "null",
            "true",
            "../../etc/passwd",
            "%00",
            "%",
            "'; DROP TABLE users; --",
            "\u{202e}abc",
            "\u{feff}",
            "{p}{np}",
            "###",
            "a###",
            "((((",
            "(a+)+$",
            "[",
            "\\",
            "(?P<x>",
            "a{999999999}",
            "https://",
            "https://127.0.0.1/a",
            "http://[::1",
            "ftp://x",
            "https://nowhere.invalid/a",
            "0000000000",
            "00000000-0000-0000-0000-000000000000",
            "style::x",
            "collection::x",
            "x::y::z",
            "#",
            "a#",
            "#0",
            "a#1",
            "a#99999999999999999999",
            "0.0.0.0",
            "0.0.0.0/0",
            "::",
            "::/0",
            "999.1.1.1",
            "1.2.3.4/33",
            "fe80::1%eth0",
            "data:image/png;base64,AAAA",
            "AAAA",
            "iVBORw0KGgo=",
            "<script>",
            "&amp;",
            "2038-01-19",
            "9999999-99-99",
        ];
        match self.chance.random_range(0..10) {
            0 => "a".repeat(100_000),
            1 => "🦊".repeat(*self.one(&[1, 30, 256, 5000])),
            2 => "9".repeat(400),
            _ => (*self.one(&odd)).to_owned(),
        }
    }

    /// Bytes that are no JSON.
    fn no_json(&mut self) -> Vec<u8> {
        match self.chance.random_range(0..9) {
            0 => Vec::new(),
            1 => b"{".to_vec(),
            2 => "[".repeat(BRACKETS).into_bytes(),
            3 => format!("{}1{}", "{\"a\":".repeat(BRACKETS), "}".repeat(BRACKETS)).into_bytes(),
            4 => b"{\"prompt\": \"\\ud800\", \"name\": \"\\ud800\"}".to_vec(),
            5 => vec![0xff, 0xfe, 0x00, 0x7b],
            6 => b"{\"prompt\": NaN, \"amount\": 1e999}".to_vec(),
            7 => "\u{feff}{}".as_bytes().to_vec(),
            _ => format!("{{\"amount\": {}, \"params\": {{\"n\": 1e400}}}}", "9".repeat(5000)).into_bytes(),
        }
    }
}

/// A bound as a whole number, or what stands for none.
fn whole(schema: &Value, word: &str, otherwise: i64) -> i64 {
    schema[word].as_f64().map_or(otherwise, |bound| bound as i64)
}
