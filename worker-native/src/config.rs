//! The worker's settings: flags beat the environment, the environment beats the file, the file beats the defaults.
//! The settings one by one, with their help, are in `config/settings.rs`. Not here: what a setting does.

mod settings;

use std::path::{Path, PathBuf};

use clap::Parser;
use throng_api::ClientAgent;
use throng_bridge::Terms;
use throng_engine::Processor;
use throng_engine::registry::{self, Model};

pub(crate) use settings::Settings;

/// Where a server on this machine listens.
const URL: &str = "http://127.0.0.1:7001";
/// 512 × 512, the side every Stable Diffusion 1 model is made for, and what a request asks for by default.
const PIXELS_MAX: u32 = 512 * 512;
/// What a text request asks for at most when it follows the published defaults of a worker.
const LENGTH_MAX: u32 = 512;
/// What a text request looks back when it does not say.
const CONTEXT_LENGTH_MAX: u32 = 2048;
/// The wire's own bounds.
const THREADS: std::ops::RangeInclusive<u32> = 1..=50;
/// The wire cuts longer names.
const NAME_LETTERS_MAX: usize = 100;

/// Lends this machine to a Throng, or to any AI Horde: takes jobs, runs them, sends the results.
///
/// Each setting is taken from its flag, else from its environment variable, else from the file, else from its default.
/// SIGTERM or Ctrl-C finishes the job at hand and leaves; a second one leaves at once. SIGUSR1 pauses and resumes.
#[derive(Debug, Parser)]
#[command(name = "throng-worker", version, max_term_width = 110)]
struct Arguments {
    /// A TOML file with settings, named like the flags with `_` for `-`, such as `max_pixels = 262144` [default: none].
    #[arg(long, value_name = "FILE", env = "THRONG_WORKER_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Everything the worker needs to know, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) url: String,
    pub(crate) key: throng_api::ApiKey,
    pub(crate) terms: Terms,
    pub(crate) models: Vec<Model>,
    pub(crate) processor: Processor,
    pub(crate) cpu_threads: Option<usize>,
    pub(crate) memory_mib: u64,
    pub(crate) jobs_max: Option<u64>,
    pub(crate) benchmark_skipped: bool,
    pub(crate) log: String,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{}: {why}", file.display())]
    File { file: PathBuf, why: String },
    #[error("no API key: give THRONG_WORKER_KEY, --key, or `key` in the file; the page of {0} makes one")]
    NoKey(String),
    #[error("--{flag}: {why}")]
    Bad { flag: &'static str, why: String },
    #[error("no models: {}", .0)]
    NoModels(String),
    #[error(transparent)]
    Engine(#[from] throng_engine::EngineError),
}

impl Config {
    /// Reads flags, environment and file of this process; `--help` and mistakes in flags end it here.
    pub(crate) fn from_process() -> Result<Self, ConfigError> {
        let arguments = Arguments::parse();
        let below = match &arguments.config {
            Some(file) => read_file(file)?,
            None => Settings::default(),
        };
        Self::resolve(arguments.settings.over(below))
    }

    fn resolve(settings: Settings) -> Result<Self, ConfigError> {
        let bad = |flag, why: String| ConfigError::Bad { flag, why };
        let url = settings.url.clone().unwrap_or_else(|| URL.to_owned());
        let key = settings.key.clone().filter(|key| !key.is_empty()).ok_or_else(|| ConfigError::NoKey(url.clone()))?;
        let models = find_models(settings.models.as_deref(), settings.models_dir.as_deref())?;
        let processor = match &settings.device {
            Some(word) => word.parse::<Processor>()?,
            None => Processor::Cpu,
        };
        let threads = settings.threads.unwrap_or(1);
        if !THREADS.contains(&threads) {
            return Err(bad("threads", format!("{threads} is not between {} and {}", THREADS.start(), THREADS.end())));
        }
        for user in settings.priority_usernames.iter().flatten() {
            if user.rsplit_once('#').is_none_or(|(_, number)| number.parse::<u64>().is_err()) {
                return Err(bad("priority-usernames", format!("{user} is not of the form name#number")));
            }
        }
        let once = settings.once.unwrap_or(false).then_some(1);
        Ok(Self {
            terms: terms(&settings, threads)?,
            url,
            key: throng_api::ApiKey::new(key),
            models,
            processor,
            cpu_threads: settings.cpu_threads,
            memory_mib: settings.memory_mib.unwrap_or_else(crate::memory::default_mib),
            jobs_max: settings.max_jobs.or(once),
            benchmark_skipped: settings.skip_benchmark.unwrap_or(false),
            log: settings.log.unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn terms(settings: &Settings, threads: u32) -> Result<Terms, ConfigError> {
    let name = settings.name.clone().unwrap_or_else(host_name);
    let text_name = settings.text_name.clone().unwrap_or_else(|| format!("{name} text"));
    for (flag, name) in [("name", &name), ("text-name", &text_name)] {
        let letters = name.chars().count();
        if name.trim().is_empty() || letters > NAME_LETTERS_MAX {
            let why = format!("a name has 1 to {NAME_LETTERS_MAX} letters, this one has {letters}");
            return Err(ConfigError::Bad { flag, why });
        }
    }
    Ok(Terms {
        name,
        text_name,
        agent: agent(),
        threads,
        nsfw: settings.nsfw.unwrap_or(true),
        pixels_max: settings.max_pixels.unwrap_or(PIXELS_MAX),
        length_max: settings.max_length.unwrap_or(LENGTH_MAX),
        context_length_max: settings.max_context_length.unwrap_or(CONTEXT_LENGTH_MAX),
        priority_usernames: settings.priority_usernames.clone().unwrap_or_default(),
        blacklist: settings.blacklist.clone().unwrap_or_default(),
        upfront_kudos_required: settings.require_upfront_kudos.unwrap_or(false),
        unsafe_addresses: settings.allow_unsafe_addresses.unwrap_or(true),
    })
}

/// This program as `name:version:address`. The address is the manifest's `repository`; without one stands the wire's word for that.
fn agent() -> String {
    let manifest = concat!("Throng Worker:", env!("CARGO_PKG_VERSION"), ":", env!("CARGO_PKG_REPOSITORY"));
    let Ok(agent) = manifest.parse::<ClientAgent>();
    agent.to_string()
}

fn read_file(file: &Path) -> Result<Settings, ConfigError> {
    let wrong = |why: String| ConfigError::File { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// The machine's name, so that two machines of one owner do not claim one worker.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "throng-worker".to_owned() } else { format!("worker at {name}") }
}

/// Each entry is a folder, or a name in the folder of models; without entries everything in that folder is taken.
fn find_models(wanted: Option<&[String]>, folder: Option<&Path>) -> Result<Vec<Model>, ConfigError> {
    let folder = folder.map_or_else(default_folder, Path::to_owned);
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        let found = if folder.is_dir() { registry::list(&folder)? } else { Vec::new() };
        if found.is_empty() {
            return Err(ConfigError::NoModels(format!(
                "there is none in {}; give --models or --models-dir",
                folder.display()
            )));
        }
        return Ok(found);
    };
    wanted.iter().map(|word| find_model(word, &folder)).collect()
}

fn find_model(word: &str, folder: &Path) -> Result<Model, ConfigError> {
    let places = [PathBuf::from(word), folder.join(word)];
    for place in places.iter().filter(|place| place.is_dir()) {
        // Through the real path, so that `.` and links have a name too.
        let Ok(place) = place.canonicalize() else { continue };
        let Some(name) = place.file_name().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
        if let Some(family) = registry::inspect(&place)? {
            return Ok(Model::on_disc(name, family, &place));
        }
    }
    let [here, there] = places.map(|place| place.display().to_string());
    Err(ConfigError::NoModels(format!("neither {here} nor {there} is a model folder")))
}

/// The models that come with the program: in the current folder, else beside the program.
fn default_folder() -> PathBuf {
    let here = PathBuf::from("models");
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("models")));
    match beside {
        Some(beside) if !here.is_dir() && beside.is_dir() => beside,
        _ => here,
    }
}

#[cfg(test)]
mod tests;
