//! A process that `up` owns: in a group of its own, so that Ctrl-C reaches only `up`, which then stops
//! its children in the right order.

use crate::run;
use anyhow::Result;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A child process with a name for messages.
pub(super) struct Child {
    name: &'static str,
    process: std::process::Child,
}

impl Child {
    /// Starts the process.
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Child> {
        let process = super::broken(command.stdin(Stdio::null()).process_group(0).spawn(), name)?;
        Ok(Child { name, process })
    }

    /// Returns the exit status if the process has ended.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// Asks the process to finish, and ends it if it has not within `patience`.
    pub(super) fn stop(&mut self, patience: Duration) -> Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        self.signal("TERM");
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.ended()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        run::complain(&format!("{} did not finish within {} s and is ended", self.name, patience.as_secs()));
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    fn signal(&self, signal: &str) {
        // The shell's own `kill`: a program of that name is not on every machine, and a call of ours would count as unsafe.
        let id = self.process.id().to_string();
        let _ = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &id]).status();
    }
}

impl Drop for Child {
    /// A child must not outlive an `up` that failed halfway.
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            self.signal("TERM");
        }
    }
}
