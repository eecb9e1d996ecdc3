//! Which crate may use which: the arrows of ARCHITECTURE.md, read from `cargo metadata`.

use crate::run;
use anyhow::{Context as _, Result};

/// Every allowed edge between our crates. Tests may use everything; the one tool uses nothing of ours.
const ALLOWED: [(&str, &[&str]); 14] = [
    ("throng-domain", &[]),
    ("throng-api", &["throng-domain"]),
    ("throng-policy", &["throng-api"]),
    ("throng-server", &["throng-api", "throng-domain", "throng-policy"]),
    ("throng-app", &["throng-api", "throng-domain", "throng-lend"]),
    ("throng-bridge", &["throng-api", "throng-domain"]),
    ("throng-edge", &["throng-api", "throng-policy"]),
    ("throng-engine", &["throng-bridge", "throng-domain"]),
    ("throng-lend", &[]),
    ("throng-worker", &["throng-api", "throng-bridge", "throng-domain", "throng-engine"]),
    ("throng-worker-web", &["throng-api", "throng-bridge", "throng-engine", "throng-lend"]),
    ("throng-price-trainer", &["throng-domain"]),
    (
        "throng-tests",
        &["throng-api", "throng-bridge", "throng-domain", "throng-engine", "throng-policy", "throng-server"],
    ),
    ("xtask", &[]),
];

/// What `domain` may never import: anything that can fail, wait, or differ between two runs.
const DOMAIN_MAY_USE: [&str; 5] = ["aho-corasick", "serde", "serde_json", "thiserror", "uuid"];

pub(super) fn check() -> Result<Vec<String>> {
    let text = run::output("cargo", &["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .context("cargo metadata failed")?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().context("no packages")? {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            complaints.push(format!("{name}: not in the table of crates (xtask/src/tidy/arrows.rs)"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            let ours = dependency["path"].is_string();
            let normal = dependency["kind"].is_null();
            if ours && !allowed.contains(&to) {
                complaints.push(format!("{name} → {to}: an arrow that ARCHITECTURE.md does not allow"));
            }
            if name == "throng-domain" && normal && !DOMAIN_MAY_USE.contains(&to) {
                complaints
                    .push(format!("throng-domain → {to}: the rules import nothing that can fail, wait or differ"));
            }
        }
    }
    Ok(complaints)
}
