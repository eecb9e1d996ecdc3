//! The real program, as far as it goes without a server: settings from the environment, help, and sentences of regret.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect, helpers included")]

use std::process::{Command, Output};

fn worker(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng-worker"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    command.output().unwrap()
}

fn regret(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = worker(arguments, variables);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn flags_beat_the_environment_and_the_environment_beats_the_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "url = 'http://file'").unwrap();
    let file = ["--config", file.path().to_str().unwrap()];
    let variable = [("THRONG_WORKER_URL", "http://variable")];
    let flags = [file[0], file[1], "--url", "http://flag"];
    // Without a key the program names the server it would have asked.
    assert!(regret(&file, &[]).contains("http://file"));
    assert!(regret(&file, &variable).contains("http://variable"));
    assert!(regret(&flags, &variable).contains("http://flag"));
    assert!(regret(&[], &[]).contains("http://127.0.0.1:7001"));
}

#[test]
fn the_help_names_every_variable_and_never_shows_the_key() {
    let output = worker(&["--help"], &[("THRONG_WORKER_KEY", "secret-key")]);
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for word in ["--url", "--models-dir", "THRONG_WORKER_MAX_PIXELS", "SIGUSR1", "[default: 512]"] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    assert!(!help.contains("secret-key"));
}

#[test]
fn a_worker_without_models_says_where_it_looked() {
    let empty = tempfile::tempdir().unwrap();
    let folder = empty.path().to_str().unwrap();
    let said = regret(&["--models-dir", folder], &[("THRONG_WORKER_KEY", "k")]);
    assert!(said.contains(folder), "{said}");
}
