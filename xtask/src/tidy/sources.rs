//! What each file of ours must keep to. Generated and third-party files are not read.

use anyhow::Result;
use std::path::{Path, PathBuf};

/// A file longer than this has two stories.
const LINES_MAX: usize = 400;
const ENDINGS: [&str; 7] = ["rs", "sql", "css", "py", "mjs", "html", "toml"];
const PROSE: [&str; 1] = ["md"];
const FOLDERS: [&str; 13] = [
    "app",
    "crates",
    "docs",
    "edge",
    "models",
    "public",
    "server",
    "tests",
    "trainers",
    "worker-native",
    "worker-web",
    "xtask",
    ".ci",
];

/// Folders that a build or a run fills.
const GENERATED: [&str; 2] = ["edge/build", "edge/.wrangler"];

/// One file of ours.
pub(super) struct Source {
    /// Relative to the root, with `/`.
    name: String,
    text: String,
}

impl Source {
    fn ends(&self, ending: &str) -> bool {
        Path::new(&self.name).extension().is_some_and(|end| end == ending)
    }

    fn complain(&self, what: &str) -> Vec<String> {
        vec![format!("{}: {what}", self.name)]
    }

    fn lines_with(&self, what: &str, mut fault: impl FnMut(&str) -> bool) -> Vec<String> {
        let lines = self.text.lines().enumerate().filter(|(_, line)| fault(line));
        lines.map(|(at, line)| format!("{}:{}: {what}: {}", self.name, at + 1, line.trim())).collect()
    }
}

pub(super) fn read(root: &Path) -> Result<Vec<Source>> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir()
                && !matches!(name.as_str(), "node_modules" | "target" | "golden" | "__pycache__" | "snapshots")
                && !GENERATED.iter().any(|generated| path == root.join(generated))
            {
                folders.push(path);
            } else if path.extension().is_some_and(|end| ENDINGS.iter().chain(&PROSE).any(|known| end == *known)) {
                files.push(Source {
                    name: path.strip_prefix(root)?.to_string_lossy().replace('\\', "/"),
                    text: std::fs::read_to_string(&path)?,
                });
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

pub(super) fn length(file: &Source) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !file.ends("md") {
        file.complain(&format!("{lines} lines, more than {LINES_MAX}"))
    } else {
        Vec::new()
    }
}

pub(super) fn opening(file: &Source) -> Vec<String> {
    let missing = file.ends("rs") && !file.text.starts_with("//!") && !file.text.starts_with("#![doc");
    if missing { file.complain("does not open with `//!` and what it is for") } else { Vec::new() }
}

pub(super) fn no_mod_rs(file: &Source) -> Vec<String> {
    if file.name.ends_with("/mod.rs") { file.complain("modules are name.rs + name/") } else { Vec::new() }
}

/// SQL lives in the store, the journal, the rebuild, and what guards and checks them.
pub(super) fn sql_in_its_place(file: &Source) -> Vec<String> {
    const PLACES: [&str; 10] = [
        "server/src/store",
        "server/src/journal",
        "server/src/rebuild",
        "server/src/leader",
        "server/src/audit",
        "server/src/cluster",
        "server/tests/",
        "tests/",
        "xtask/",
        "server/src/main.rs",
    ];
    if !file.ends("rs") || PLACES.iter().any(|place| file.name.starts_with(place)) {
        return Vec::new();
    }
    file.lines_with("SQL outside its place", |line| {
        line.contains("sqlx::query") || line.contains("query!(") || line.contains("query_as!(")
    })
}

pub(super) fn no_floats_near_kudos(file: &Source) -> Vec<String> {
    let guarded =
        ["crates/domain/src/kudos.rs", "crates/domain/src/ledger"].iter().any(|guarded| file.name.starts_with(guarded));
    if !guarded {
        return Vec::new();
    }
    file.lines_with("a float near kudos", |line| {
        !line.trim_start().starts_with("//") && (line.contains("f64") || line.contains("f32"))
    })
}

/// The field's other words for our things stay outside (GLOSSARY.md); the wire's live in `api`.
pub(super) fn one_word_per_thing(file: &Source) -> Vec<String> {
    const BANNED: [&str; 4] = ["procgen", "waiting_prompt", "WaitingPrompt", "ProcessingGeneration"];
    if !file.ends("rs") || file.name.starts_with("crates/api/") || file.name.starts_with("xtask/") {
        return Vec::new();
    }
    file.lines_with("a word that GLOSSARY.md replaces", |line| BANNED.iter().any(|word| line.contains(word)))
}

/// Nothing names one machine's folders or a registry's host: the project is built anywhere.
pub(super) fn nothing_of_one_machine(file: &Source) -> Vec<String> {
    if file.name == "xtask/src/tidy/sources.rs" {
        return Vec::new();
    }
    const BANNED: [&str; 6] =
        ["/root/", "/var/tmp/", "/work/", "registry.npmjs", "files.pythonhosted", "static.crates.io"];
    file.lines_with("names one machine or a registry's host", |line| BANNED.iter().any(|word| line.contains(word)))
}

pub(super) fn no_orphan_todo(file: &Source) -> Vec<String> {
    if file.name == "xtask/src/tidy/sources.rs" || !file.ends("rs") {
        return Vec::new();
    }
    file.lines_with("a TODO without an issue", |line| line.contains("TODO") && !line.contains("TODO(#"))
}
