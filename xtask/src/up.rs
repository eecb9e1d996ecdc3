//! `cargo xtask up`: the whole network on this machine. Gets what is missing, builds, starts server and worker,
//! says how to use it, and stops everything on Ctrl-C.

mod child;
mod first_user;
mod options;

use crate::{house, install, page, run};
use anyhow::{Context as _, Result, bail};
use child::Child;
use options::Options;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A fresh cluster takes 2 s on a quiet machine; a crashed one recovers in under 10 s.
const START_SECONDS_MAX: u64 = 90;
/// A worker finishes its job before it leaves; the slowest built-in job takes 10 s.
const WORKER_STOP_SECONDS_MAX: u64 = 20;
/// The server writes its last batch and stops the database.
const SERVER_STOP_SECONDS_MAX: u64 = 30;

/// Starts everything and stays until it is told to stop.
pub(crate) fn up(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments, |name| house::variable(name).and_then(|value| value.into_string().ok()))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second Ctrl-C changes nothing: every child has a bounded time to finish and is ended after it.
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let base = options.base();
    if first_user::is_throng(&base) {
        bail!("a Throng is already running at {base}; stop it first, or choose another address with --listen");
    }
    if options.database_url.is_some() {
        run::say("database: one of yours is named, so no private one is needed");
        install::for_page()?;
    } else {
        install::for_up(Some(&options.data))?;
    }
    page::build_if_stale()?;
    run::step("building server and worker");
    run::run("cargo", &["build", "--package", "throng-server", "--package", "throng-worker"])?;
    if stop.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut server = start_server(&options)?;
    let outcome = with_server(&base, &options, &stop, &mut server);
    run::step("stopping the server and the database");
    server.stop(Duration::from_secs(SERVER_STOP_SECONDS_MAX))?;
    outcome
}

fn with_server(base: &str, options: &Options, stop: &AtomicBool, server: &mut Child) -> Result<()> {
    wait_for_heartbeat(base, stop, server)?;
    if stop.load(Ordering::Relaxed) {
        return Ok(());
    }
    let user = first_user::find_or_register(base, &options.data)?;
    let mut worker = start_worker(&options.for_worker(), &user.key)?;
    tell(base, &user);
    let outcome = watch(stop, server, &mut worker);
    run::step("stopping the worker (it finishes its job first)");
    worker.stop(Duration::from_secs(WORKER_STOP_SECONDS_MAX))?;
    outcome
}

fn start_server(options: &Options) -> Result<Child> {
    let database = if options.database_url.is_some() { "" } else { " and its private database" };
    run::step(&format!("starting the server{database}"));
    let mut command = run::command(&house::binary("throng-server")?.to_string_lossy())?;
    command.args(["serve", "--listen", &options.listen.to_string(), "--page"]).arg(house::root().join("dist"));
    command.arg("--data").arg(&options.data).args(&options.server);
    // By the environment, not by a flag: flags are readable by every user of the machine.
    match &options.database_url {
        Some(url) => command.env("DATABASE_URL", url),
        None => command.env_remove("DATABASE_URL"),
    };
    Child::start("the server", command)
}

fn start_worker(server: &str, key: &str) -> Result<Child> {
    run::step("starting a worker with the built-in models");
    let mut command = run::command(&house::binary("throng-worker")?.to_string_lossy())?;
    command.args(["--url", server, "--name", "built-in", "--models-dir"]).arg(house::root().join("models"));
    // By the environment for the same reason as the database's address.
    command.env("THRONG_WORKER_KEY", key);
    Child::start("the worker", command)
}

fn wait_for_heartbeat(base: &str, stop: &AtomicBool, server: &mut Child) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(START_SECONDS_MAX) && !stop.load(Ordering::Relaxed) {
        if first_user::is_throng(base) {
            return Ok(());
        }
        if let Some(status) = server.ended()? {
            bail!("the server ended with {status}; its last lines above say why");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    if stop.load(Ordering::Relaxed) { Ok(()) } else { bail!("the server did not answer within {START_SECONDS_MAX} s") }
}

fn watch(stop: &AtomicBool, server: &mut Child, worker: &mut Child) -> Result<()> {
    let mut worker_told = false;
    while !stop.load(Ordering::Relaxed) {
        if let Some(status) = server.ended()? {
            bail!("the server ended with {status}");
        }
        if let Some(status) = worker.ended()?
            && !worker_told
        {
            worker_told = true;
            run::complain(&format!("the worker ended with {status}; the network goes on without it"));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn tell(base: &str, user: &first_user::FirstUser) {
    let key = &user.key;
    let name = &user.name;
    run::say(&format!(
        r#"
  Throng is up:  {base}

  your user:     {name}
  your API key:  {key}
  (anyone may also ask without an account: the key 0000000000)

  a picture:
    id=$(curl -s {base}/api/v2/generate/async -H 'apikey: {key}' -H 'Content-Type: application/json' \
      -d '{{"prompt": "a red circle left of a blue square", "models": ["throng-shapes"]}}' | sed 's/.*"id": *"\([^"]*\)".*/\1/')
    curl -s {base}/api/v2/generate/check/$id
    curl -s {base}/api/v2/generate/status/$id

  a story:
    id=$(curl -s {base}/api/v2/generate/text/async -H 'apikey: {key}' -H 'Content-Type: application/json' \
      -d '{{"prompt": "Write a fable about a fox and a crow.", "params": {{"max_length": 200}}, "models": ["throng-fables"]}}' | sed 's/.*"id": *"\([^"]*\)".*/\1/')
    curl -s {base}/api/v2/generate/text/status/$id

  Ctrl-C stops everything.
"#
    ));
}

/// The context of an error that only a broken installation can cause.
fn broken<T>(what: std::io::Result<T>, name: &str) -> Result<T> {
    what.with_context(|| format!("cannot start {name}"))
}
