//! Every setting, with its flag, its variable, its name in the file, and its help. Not here: defaults and checks.

use std::path::PathBuf;

use serde::Deserialize;

/// What the owner set; what is `None` was not set here.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The server to work for, a Throng or an AI Horde [default: http://127.0.0.1:7001].
    #[arg(long, value_name = "ADDRESS", env = "THRONG_WORKER_URL")]
    pub(crate) url: Option<String>,
    /// Your API key; better in the variable or the file, flags are readable by every user of the machine [required].
    #[arg(long, value_name = "KEY", env = "THRONG_WORKER_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
    /// The worker's name, unique in the network [default: "worker at" and the machine's name].
    #[arg(long, value_name = "NAME", env = "THRONG_WORKER_NAME")]
    pub(crate) name: Option<String>,
    /// The name for text jobs: one name serves one kind [default: the name and "text"].
    #[arg(long, value_name = "NAME", env = "THRONG_WORKER_TEXT_NAME")]
    pub(crate) text_name: Option<String>,
    /// Models to serve, separated by commas: folders, or names in the folder of models [default: all in that folder].
    #[arg(long, value_name = "MODEL", value_delimiter = ',', env = "THRONG_WORKER_MODELS")]
    pub(crate) models: Option<Vec<String>>,
    /// The folder of models [default: "models" in the current folder, else beside the program].
    #[arg(long, value_name = "FOLDER", env = "THRONG_WORKER_MODELS_DIR")]
    pub(crate) models_dir: Option<PathBuf>,
    /// What to compute on: cpu, vulkan or cuda (the last if the program was built for it) [default: cpu].
    #[arg(long, value_name = "DEVICE", env = "THRONG_WORKER_DEVICE")]
    pub(crate) device: Option<String>,
    /// How many jobs at once; above 1, one is fetched and sent while another is computed [default: 1].
    #[arg(long, value_name = "COUNT", env = "THRONG_WORKER_THREADS")]
    pub(crate) threads: Option<u32>,
    /// How many processor cores to compute on [default: all].
    #[arg(long, value_name = "COUNT", env = "THRONG_WORKER_CPU_THREADS")]
    pub(crate) cpu_threads: Option<usize>,
    /// How much memory loaded models may take, in MiB; the least recently used goes first [default: half of all].
    #[arg(long, value_name = "MIB", env = "THRONG_WORKER_MEMORY_MIB")]
    pub(crate) memory_mib: Option<u64>,
    /// The largest picture to make, width times height [default: 262144, which is 512 by 512].
    #[arg(long, value_name = "PIXELS", env = "THRONG_WORKER_MAX_PIXELS")]
    pub(crate) max_pixels: Option<u32>,
    /// The longest text to make, in tokens [default: 512].
    #[arg(long, value_name = "TOKENS", env = "THRONG_WORKER_MAX_LENGTH")]
    pub(crate) max_length: Option<u32>,
    /// The longest prompt and text together, in tokens [default: 2048].
    #[arg(long, value_name = "TOKENS", env = "THRONG_WORKER_MAX_CONTEXT_LENGTH")]
    pub(crate) max_context_length: Option<u32>,
    /// Whether to take requests that may be for adults; most requests say they may [default: true].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "THRONG_WORKER_NSFW")]
    pub(crate) nsfw: Option<bool>,
    /// Users who go first, as name#number, separated by commas [default: none; you always go first].
    #[arg(long, value_name = "USER", value_delimiter = ',', env = "THRONG_WORKER_PRIORITY_USERNAMES")]
    pub(crate) priority_usernames: Option<Vec<String>>,
    /// Words whose requests are not taken, separated by commas [default: none].
    #[arg(long, value_name = "WORD", value_delimiter = ',', env = "THRONG_WORKER_BLACKLIST")]
    pub(crate) blacklist: Option<Vec<String>>,
    /// Whether to serve only requesters who can pay at once [default: false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        env = "THRONG_WORKER_REQUIRE_UPFRONT_KUDOS")]
    pub(crate) require_upfront_kudos: Option<bool>,
    /// Whether to serve requesters whose address the server doubts [default: true].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        env = "THRONG_WORKER_ALLOW_UNSAFE_ADDRESSES")]
    pub(crate) allow_unsafe_addresses: Option<bool>,
    /// Do this many jobs, then leave [default: no limit].
    #[arg(long, value_name = "COUNT", env = "THRONG_WORKER_MAX_JOBS")]
    pub(crate) max_jobs: Option<u64>,
    /// Do one job, then leave; the same as --max-jobs 1 [default: false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", env = "THRONG_WORKER_ONCE")]
    pub(crate) once: Option<bool>,
    /// Do not measure the models' speed at the start [default: false].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
        env = "THRONG_WORKER_SKIP_BENCHMARK")]
    pub(crate) skip_benchmark: Option<bool>,
    /// How much to tell: error, warn, info, debug, or a filter such as throng_bridge=debug [default: info].
    #[arg(long, value_name = "LEVEL", env = "THRONG_WORKER_LOG")]
    pub(crate) log: Option<String>,
}

impl Settings {
    /// These settings, and where they say nothing, those below.
    pub(crate) fn over(self, below: Self) -> Self {
        Self {
            url: self.url.or(below.url),
            key: self.key.or(below.key),
            name: self.name.or(below.name),
            text_name: self.text_name.or(below.text_name),
            models: self.models.or(below.models),
            models_dir: self.models_dir.or(below.models_dir),
            device: self.device.or(below.device),
            threads: self.threads.or(below.threads),
            cpu_threads: self.cpu_threads.or(below.cpu_threads),
            memory_mib: self.memory_mib.or(below.memory_mib),
            max_pixels: self.max_pixels.or(below.max_pixels),
            max_length: self.max_length.or(below.max_length),
            max_context_length: self.max_context_length.or(below.max_context_length),
            nsfw: self.nsfw.or(below.nsfw),
            priority_usernames: self.priority_usernames.or(below.priority_usernames),
            blacklist: self.blacklist.or(below.blacklist),
            require_upfront_kudos: self.require_upfront_kudos.or(below.require_upfront_kudos),
            allow_unsafe_addresses: self.allow_unsafe_addresses.or(below.allow_unsafe_addresses),
            max_jobs: self.max_jobs.or(below.max_jobs),
            once: self.once.or(below.once),
            skip_benchmark: self.skip_benchmark.or(below.skip_benchmark),
            log: self.log.or(below.log),
        }
    }
}
