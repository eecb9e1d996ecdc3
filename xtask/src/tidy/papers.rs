//! The papers: they exist, and the index of decisions lists every decision.

use std::path::Path;

const PAPERS: [&str; 7] =
    ["README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs/adr/README.md"];

pub(super) fn check(root: &Path) -> Vec<String> {
    let mut complaints: Vec<String> =
        PAPERS.iter().filter(|paper| !root.join(paper).is_file()).map(|paper| format!("{paper}: missing")).collect();
    let index = std::fs::read_to_string(root.join("docs/adr/README.md")).unwrap_or_default();
    for entry in std::fs::read_dir(root.join("docs/adr")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "README.md" && !index.contains(&name) {
            complaints.push(format!("docs/adr/{name}: not in docs/adr/README.md"));
        }
    }
    if !root.join(".sqlx").is_dir() {
        complaints.push(".sqlx: missing; `cargo xtask sqlx` writes it".to_owned());
    }
    complaints
}
