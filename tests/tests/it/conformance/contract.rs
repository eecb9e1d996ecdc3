//! The contract as data: its operations, and what a body has to be to fit one of its schemas. It knows the part of Swagger 2.0
//! that the contract uses. Not here: what is sent (`table.rs`, `hostile.rs`).

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::Value;

use super::differences::{DATES, NULLS, UNDECLARED};

/// Members of a schema that are checked, or say nothing about a body. Any other is a gap in this reader.
const KNOWN: [&str; 16] = [
    "type",
    "properties",
    "required",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "items",
    "allOf",
    "$ref",
    "additionalProperties",
    "uniqueItems",
    "format",
    "default",
    "description",
];

/// The contract.
pub(super) struct Contract(Value);

/// One operation of it.
pub(super) struct Operation<'c> {
    /// The method.
    pub(super) method: Method,
    /// The path with its parameters in braces.
    pub(super) path: &'c str,
    /// What the contract says about it.
    pub(super) says: &'c Value,
}

impl Operation<'_> {
    /// `METHOD /path`, as the contract spells it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The schema of the answer with this status, if it is documented; `null` if the answer has no schema.
    pub(super) fn answer(&self, status: u16) -> Option<&Value> {
        self.says["responses"].get(status.to_string()).map(|response| &response["schema"])
    }

    /// The schema of the body, if there is one.
    pub(super) fn body(&self) -> Option<&Value> {
        self.parameters().find(|parameter| parameter["in"] == "body").map(|parameter| &parameter["schema"])
    }

    /// What may be said in the query.
    pub(super) fn query(&self) -> impl Iterator<Item = &Value> {
        self.parameters().filter(|parameter| parameter["in"] == "query")
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.says["parameters"].as_array().into_iter().flatten()
    }
}

impl Contract {
    /// Reads the contract of this repository.
    pub(super) fn read() -> Contract {
        let contract = Contract(
            serde_json::from_str(include_str!("../../../contract/horde-v2.json")).expect("the contract is JSON"),
        );
        for (name, schema) in contract.0["definitions"].as_object().expect("definitions") {
            Self::understands(name, schema);
        }
        contract
    }

    /// Fails on a word of Swagger that this reader would pass over in silence.
    fn understands(at: &str, schema: &Value) {
        for (word, inner) in schema.as_object().into_iter().flatten() {
            assert!(KNOWN.contains(&word.as_str()) || word == "example" || word == "title", "{at}: unread word {word}");
            match word.as_str() {
                "properties" => {
                    inner.as_object().into_iter().flatten().for_each(|(name, one)| Self::understands(name, one));
                }
                "items" | "additionalProperties" => Self::understands(at, inner),
                "allOf" => inner.as_array().into_iter().flatten().for_each(|one| Self::understands(at, one)),
                _ => {}
            }
        }
    }

    /// All operations, in the contract's order.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"].as_object().expect("paths") {
            for (method, says) in methods.as_object().expect("methods").iter().filter(|(name, _)| *name != "parameters")
            {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
                operations.push(Operation { method, path, says });
            }
        }
        operations
    }

    /// Follows references to the schema meant, and names it.
    pub(super) fn meant<'c>(&'c self, mut schema: &'c Value, name: &str) -> (&'c Value, String) {
        let mut name = name.to_owned();
        while let Some(target) = schema["$ref"].as_str() {
            target.rsplit('/').next().unwrap_or_default().clone_into(&mut name);
            schema = self.0.pointer(&target[1..]).unwrap_or_else(|| panic!("{target} leads nowhere"));
        }
        (schema, name)
    }

    /// The members of an object's schema, and which have to be there.
    pub(super) fn members<'c>(&'c self, schema: &'c Value) -> (BTreeMap<&'c str, &'c Value>, Vec<&'c str>) {
        let (schema, _) = self.meant(schema, "");
        let mut all = BTreeMap::new();
        let mut required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (inherited, needed) = self.members(part);
            all.extend(inherited);
            required.extend(needed);
        }
        all.extend(schema["properties"].as_object().into_iter().flatten().map(|(name, one)| (name.as_str(), one)));
        (all, required)
    }

    /// What is wrong with a body, in words; nothing if it fits.
    pub(super) fn faults(&self, schema: &Value, body: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, "(inline)", body, "", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, name: &str, body: &Value, at: &str, faults: &mut Vec<String>) {
        let (schema, name) = self.meant(schema, name);
        if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            self.check_object(schema, &name, body, at, faults);
            return;
        }
        if let Some(kind) = schema["type"].as_str()
            && !is(kind, body)
        {
            faults.push(format!("{at}: {body} is no {kind}"));
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(body)
        {
            faults.push(format!("{at}: {body} is not among the words of the contract"));
        }
        faults.extend(out_of_bounds(schema, body).map(|fault| format!("{at}: {body} is {fault}")));
        for (index, item) in body.as_array().into_iter().flatten().enumerate() {
            if schema.get("items").is_some() {
                self.check(&schema["items"], &name, item, &format!("{at}[{index}]"), faults);
            }
        }
    }

    fn check_object(&self, schema: &Value, name: &str, body: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(given) = body.as_object() else {
            faults.push(format!("{at}: {body} is no {name}"));
            return;
        };
        let (members, required) = self.members(schema);
        for missing in required.iter().filter(|member| !given.contains_key(**member)) {
            faults.push(format!("{at}: {name}.{missing} is missing"));
        }
        for (member, value) in given {
            let place = format!("{name}.{member}");
            match members.get(member.as_str()) {
                Some(_) if value.is_null() && NULLS.contains(&place.as_str()) => {}
                Some(_) if value.is_null() => faults.push(format!("{at}: {place} is null")),
                Some(_) if value.is_string() && DATES.contains(&place.as_str()) => {}
                Some(one) => self.check(one, &place, value, &format!("{at}.{member}"), faults),
                None if members.contains_key("*") || UNDECLARED.contains(&place.as_str()) => {}
                None => faults.push(format!("{at}: {place} is not in the contract")),
            }
        }
    }
}

fn is(kind: &str, body: &Value) -> bool {
    match kind {
        "object" => body.is_object(),
        "array" => body.is_array(),
        "string" => body.is_string(),
        "boolean" => body.is_boolean(),
        "integer" => body.is_i64() || body.is_u64(),
        "number" => body.is_number(),
        other => panic!("the contract has a type {other}"),
    }
}

/// Which bound a value is beyond, if any.
fn out_of_bounds(schema: &Value, body: &Value) -> Option<&'static str> {
    let bound = |word: &str| schema[word].as_f64();
    let length = body.as_str().map(|text| text.chars().count() as f64);
    let beyond = |value: Option<f64>, least: &str, most: &str| {
        value.is_some_and(|value| {
            bound(least).is_some_and(|bound| value < bound) || bound(most).is_some_and(|bound| value > bound)
        })
    };
    if beyond(body.as_f64(), "minimum", "maximum") {
        return Some("out of its bounds");
    }
    if beyond(length, "minLength", "maxLength") {
        return Some("too short or too long");
    }
    let items = body.as_array().filter(|_| schema["uniqueItems"] == true)?;
    items.iter().enumerate().any(|(at, item)| items[..at].contains(item)).then_some("repeating itself")
}

#[test]
fn a_body_that_does_not_fit_is_found_out() {
    let contract = Contract::read();
    let award = serde_json::json!({"$ref": "#/definitions/FilterDetails"});
    let fits = serde_json::json!({"id": "x", "user": "u", "regex": "r", "filter_type": 10});
    assert_eq!(contract.faults(&award, &fits), Vec::<String>::new());
    for (member, value) in [
        ("filter_type", serde_json::json!(9)),
        ("filter_type", serde_json::json!(10.5)),
        ("regex", serde_json::json!(7)),
        ("regex", Value::Null),
        ("surprise", serde_json::json!(1)),
    ] {
        let mut wrong = fits.clone();
        wrong[member] = value;
        assert_eq!(contract.faults(&award, &wrong).len(), 1, "{wrong}");
    }
    assert_eq!(contract.faults(&award, &serde_json::json!({"id": "x", "user": "u", "regex": "r"})).len(), 1);
    assert_eq!(contract.faults(&award, &serde_json::json!([])).len(), 1);
}
