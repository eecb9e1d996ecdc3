//! The policy over the whole contract: every operation of it, and every path of ours, has a verdict; nothing that
//! carries a key is kept, and nothing that changes anything.

#![allow(clippy::expect_used, reason = "tests end where they cannot go on")]

use std::collections::BTreeSet;

use serde_json::Value;
use throng_policy::{Verdict, policy, verdict};

/// What an operation's placeholders are filled with, so that it is an id where one is wanted.
const ID: &str = "0190b6f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

/// Every operation of the contract: method and path.
fn operations() -> Vec<(String, String)> {
    let contract: Value = serde_json::from_str(include_str!("../../../tests/contract/horde-v2.json")).expect("JSON");
    let mut operations = Vec::new();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys().filter(|name| *name != "parameters") {
            operations.push((method.to_uppercase(), path.clone()));
        }
    }
    operations
}

/// A path with its placeholders filled.
fn filled(path: &str) -> String {
    throng_api::endpoint::fill(path, &[ID, ID])
}

type Headers<'a> = &'a [(&'static str, &'a str)];

fn said(method: &str, path: &str, headers: Headers<'_>) -> Verdict {
    verdict(method, path, "", |name| {
        headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_bytes())
    })
}

/// A call of this method without a key.
const PLAIN: Headers<'_> = &[("content-type", "application/json"), ("client-agent", "a:1:b")];

#[test]
fn every_operation_of_the_contract_is_known() {
    let operations = operations();
    assert_eq!(operations.len(), 90);
    for (method, path) in operations {
        let verdict = said(&method, &filled(&path), PLAIN);
        let stray = matches!(&verdict, Verdict::Limit(bucket) if bucket.name == "straying");
        // Only the heartbeat is neither kept nor counted.
        let passes = verdict == Verdict::Pass && path != "/api/v2/status/heartbeat";
        assert!(!stray && !passes && !matches!(verdict, Verdict::Refuse(_)), "{method} {path}: {verdict:?}");
    }
}

#[test]
fn every_path_of_the_contract_tells_browsers_its_methods_and_no_others() {
    let paths: BTreeSet<String> = operations().into_iter().map(|(_, path)| path).collect();
    for path in paths {
        let documented: BTreeSet<String> =
            operations().into_iter().filter(|(_, other)| *other == path).map(|(method, _)| method).collect();
        let Verdict::Permit(allow) = said("OPTIONS", &filled(&path), &[]) else { panic!("{path}: no permission") };
        let told = allow.split(", ").filter(|method| !matches!(*method, "HEAD" | "OPTIONS"));
        assert_eq!(told.map(str::to_owned).collect::<BTreeSet<_>>(), documented, "{path}");
        assert_eq!(allow.contains("HEAD"), documented.contains("GET"), "{path}");
    }
}

#[test]
fn nothing_that_carries_a_key_is_kept() {
    let personal = ["apikey", "proxy-authorization", "proxied-for", "authorization", "cookie"];
    for (path, _) in policy::paths() {
        for header in personal {
            for value in ["", "0000000000", "a key of somebody"] {
                let verdict = said("GET", &filled(path), &[(header, value), ("client-agent", "a:1:b")]);
                assert!(!matches!(verdict, Verdict::Cache(_)), "{path} with {header}: {verdict:?}");
            }
        }
    }
}

#[test]
fn nothing_that_changes_anything_is_kept_or_answered_from_what_was_pushed() {
    for (path, _) in policy::paths() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "PROBE"] {
            for headers in [PLAIN, &[]] {
                let verdict = said(method, &filled(path), headers);
                let good = matches!(verdict, Verdict::Pass | Verdict::Limit(_) | Verdict::Refuse(_));
                assert!(good, "{method} {path}: {verdict:?}");
            }
        }
    }
}

#[test]
fn every_mutating_operation_of_the_contract_is_counted() {
    for (method, path) in operations().into_iter().filter(|(method, _)| method != "GET") {
        let verdict = said(&method, &filled(&path), PLAIN);
        assert!(matches!(verdict, Verdict::Limit(_)), "{method} {path}: {verdict:?}");
    }
}

#[test]
fn no_two_lines_are_about_one_path() {
    let all: Vec<&str> = policy::paths().map(|(path, _)| path).collect();
    let different: BTreeSet<String> = all.iter().map(|path| shape(path)).collect();
    assert_eq!(different.len(), all.len());
}

/// A path with its placeholders nameless.
fn shape(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn every_line_is_reached_by_its_own_path() {
    for (path, allow) in policy::paths() {
        assert_eq!(said("OPTIONS", &filled(path), &[]), Verdict::Permit(allow), "{path}");
    }
}
