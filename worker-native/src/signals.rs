//! The owner's hand as signals: SIGINT and SIGTERM drain, a second one aborts; SIGUSR1 pauses and resumes. Not here: what
//! that means to the loop.

use std::io;

use throng_bridge::Control;
use tokio::signal::unix::{SignalKind, signal};

/// Listens for as long as the runtime lives.
pub(crate) fn listen(control: Control) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut pause = signal(SignalKind::user_defined1())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => leave(&control),
                _ = interrupt.recv() => leave(&control),
                _ = pause.recv() => turn(&control),
            }
        }
    });
    Ok(())
}

fn turn(control: &Control) {
    if control.toggle_pause() {
        tracing::info!("pausing when what was begun is finished; SIGUSR1 resumes");
    } else {
        tracing::info!("no longer pausing");
    }
}

fn leave(control: &Control) {
    if control.is_draining() {
        tracing::warn!("stopping at once; what runs is given up and reported as faulted");
        control.abort();
    } else {
        tracing::info!("finishing what was begun, then leaving; once more to stop at once");
        control.drain();
    }
}
