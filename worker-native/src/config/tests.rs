//! Settings from flags and file, checked and completed. The environment is tested with the real program in `tests/`.

use super::*;

fn parse(arguments: &[&str]) -> Settings {
    let program = std::iter::once(&"throng-worker");
    Arguments::try_parse_from(program.chain(arguments)).unwrap().settings
}

/// A folder of models with one of each family, as far as their configurations.
fn models() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("painter/model_index.json", r#"{"_class_name":"StableDiffusionPipeline"}"#),
        ("teller/config.json", r#"{"model_type":"llama"}"#),
    ] {
        let file = folder.path().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder
}

fn resolve(arguments: &[&str], file: &str) -> Result<Config, ConfigError> {
    let models = models();
    let folder = Settings { models_dir: Some(models.path().to_owned()), ..Settings::default() };
    Config::resolve(parse(arguments).over(toml::from_str(file).unwrap()).over(folder))
}

#[test]
fn flags_beat_the_file_and_the_file_beats_the_defaults() {
    let config =
        resolve(&["--key", "k", "--max-pixels", "4096"], "max_pixels = 100\nthreads = 3\nnsfw = false").unwrap();
    assert_eq!((config.terms.pixels_max, config.terms.threads, config.terms.nsfw), (4096, 3, false));
    assert_eq!((config.url.as_str(), config.terms.length_max), (URL, LENGTH_MAX));
}

#[test]
fn switches_may_stand_alone_or_with_a_word() {
    assert_eq!(parse(&["--nsfw"]).nsfw, Some(true));
    assert_eq!(parse(&["--nsfw", "false"]).nsfw, Some(false));
    assert_eq!(parse(&[]).nsfw, None);
    assert_eq!(resolve(&["--key", "k", "--once"], "").unwrap().jobs_max, Some(1));
}

#[test]
fn lists_are_separated_by_commas() {
    assert_eq!(parse(&["--blacklist", "a,b c"]).blacklist.unwrap(), ["a", "b c"]);
}

#[test]
fn every_model_of_the_folder_is_taken_unless_some_are_named() {
    let names = |config: Config| config.models.into_iter().map(|model| model.name).collect::<Vec<_>>();
    assert_eq!(names(resolve(&["--key", "k"], "").unwrap()), ["painter", "teller"]);
    assert_eq!(names(resolve(&["--key", "k", "--models", "teller"], "").unwrap()), ["teller"]);
    let models = models();
    let path = models.path().join("painter/.");
    assert_eq!(names(resolve(&["--key", "k", "--models", path.to_str().unwrap()], "").unwrap()), ["painter"]);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let wrong = |arguments: &[&str], file: &str| resolve(arguments, file).unwrap_err().to_string();
    assert!(wrong(&[], "").starts_with("no API key"));
    assert!(wrong(&["--key", "k", "--models", "x"], "").contains("is a model folder"));
    assert!(wrong(&["--key", "k", "--threads", "0"], "").contains("not between 1 and 50"));
    assert!(wrong(&["--key", "k", "--priority-usernames", "ada"], "").contains("name#number"));
    assert!(wrong(&["--key", "k", "--name", ""], "").contains("1 to 100 letters"));
    assert!(wrong(&["--key", "k", "--device", "tpu"], "").contains("cpu, vulkan or cuda"));
}

#[test]
fn a_misspelt_setting_in_the_file_is_an_error_that_names_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "max_pixel = 1").unwrap();
    let error = read_file(file.path()).unwrap_err().to_string();
    assert!(error.contains("max_pixel") && error.contains("max_pixels"), "{error}");
}

#[test]
fn a_worker_of_two_kinds_has_two_names() {
    let config = resolve(&["--key", "k", "--name", "rig"], "").unwrap();
    assert_eq!((config.terms.name.as_str(), config.terms.text_name.as_str()), ("rig", "rig text"));
}

#[test]
fn the_worker_names_itself_in_three_parts_and_invents_none() {
    let agent = resolve(&["--key", "k"], "").unwrap().terms.agent;
    let parts: Vec<&str> = agent.splitn(3, ':').collect();
    let address = option_env!("CARGO_PKG_REPOSITORY").filter(|address| !address.is_empty()).unwrap_or("unknown");
    assert_eq!(parts, ["Throng Worker", env!("CARGO_PKG_VERSION"), address]);
}

#[test]
fn the_help_of_every_flag_tells_its_default() {
    use clap::CommandFactory as _;
    for argument in Arguments::command().get_arguments() {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let told = help.contains("[default: ") || help.contains("[required]");
        assert!(told, "--{}: {help}", argument.get_id());
    }
}
