//! The native worker: lends this machine's processor or graphics card to a Throng, or to any AI Horde.
//!
//! Order of events: settings, models, device, key, speed, then the loop of `throng-bridge` until a signal ends it.
//! `config` reads the settings, `http` is the network, `studio` the engine, `shell` the terminal, `signals` the owner's
//! hand. Not here: the loop itself, and neural networks.

mod config;
mod http;
mod memory;
mod shell;
mod signals;
mod speed;
mod studio;

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use throng_bridge::horde::Account;
use throng_bridge::wire::{AfterPop, after_pop};
use throng_bridge::{Backoff, Bridge, Clock as _, Control, Ended, Engine as _, Horde as _, HordeError};

use crate::config::Config;
use crate::http::HttpHorde;
use crate::shell::Terminal;
use crate::studio::Studio;

/// Why the worker did not start, in a sentence for its owner.
type Sorry = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match start() {
        Ok(Ended::Drained | Ended::JobsDone) => ExitCode::SUCCESS,
        Ok(Ended::Aborted | Ended::NothingToOffer | Ended::Refused(_) | Ended::Broken(..)) => ExitCode::FAILURE,
        Err(sorry) => {
            // The only way left to tell; if even that fails there is nobody to tell.
            let _ = writeln!(stderr(), "throng-worker: {sorry}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<Ended, Sorry> {
    let config = Config::from_process()?;
    let terminal = Terminal::new();
    terminal.start_logging(&config.log)?;
    // A second install could only fail by finding the first one in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work(config, terminal))
}

async fn work(config: Config, terminal: Terminal) -> Result<Ended, Sorry> {
    let mut studio = Studio::open(&config)?;
    tracing::info!("computing on {}", studio.device());
    let abilities = studio.abilities();
    let names: Vec<&str> = abilities.iter().map(|ability| ability.model.as_str()).collect();
    tracing::info!("offering {} as \"{}\"", names.join(", "), config.terms.name);

    let control = Control::new();
    signals::listen(control.clone())?;
    let horde = HttpHorde::new(&config.url, &config.key, &config.terms.agent)?;
    let Some(account) = check_key(&horde, &terminal, &control).await? else { return Ok(Ended::Drained) };
    tracing::info!("working at {} for {}, who has {:.2} kudos", config.url, account.username, account.kudos);
    if !config.benchmark_skipped {
        let failed = tokio::select! {
            failed = speed::measure(&studio, &abilities, &config.terms) => failed,
            () = control.draining() => Vec::new(),
        };
        studio.withdraw(&failed);
    }

    let bridge = Bridge::new(horde, studio, terminal, config.terms, control).with_jobs_max(config.jobs_max);
    let ended = bridge.run().await;
    match &ended {
        Ended::Drained | Ended::JobsDone => tracing::info!("{ended}"),
        Ended::Aborted | Ended::NothingToOffer | Ended::Refused(_) | Ended::Broken(..) => tracing::error!("{ended}"),
    }
    Ok(ended)
}

/// Asks whose key it is, again and again while the server is out of reach; none when the owner did not want to wait.
async fn check_key(horde: &HttpHorde, terminal: &Terminal, control: &Control) -> Result<Option<Account>, Sorry> {
    let mut backoff = Backoff::new(std::time::Duration::from_secs(1), std::time::Duration::from_secs(30));
    loop {
        let error = match horde.find_user().await {
            Ok(account) => return Ok(Some(account)),
            Err(error) => error,
        };
        if let HordeError::Refused { status: 404, .. } = error {
            // Also what a server says that speaks another language.
            return Err(format!("the server knows no such key, or is no Throng and no AI Horde: {error}").into());
        }
        if after_pop(&error) == AfterPop::Stop {
            return Err(format!("the server does not accept this key: {error}").into());
        }
        let wait = backoff.next(terminal, error.retry_after());
        tracing::warn!("cannot check the key yet ({error}); trying again in {:.0} s", wait.as_secs_f64());
        tokio::select! {
            () = terminal.sleep(wait) => {}
            () = control.draining() => return Ok(None),
        }
    }
}
