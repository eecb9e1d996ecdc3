//! CPU time, memory and files of processes, and what they run on, from `/proc`.

use anyhow::{Context as _, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::path::Path;

/// Clock ticks per second of `/proc/*/stat` on every Linux we run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds spent so far by the server, by PostgreSQL's processes of our cluster, and by this program.
pub fn cpu_seconds(server: Option<u32>, cluster: &Path) -> [f64; 3] {
    let postmaster = std::fs::read_to_string(cluster.join("postmaster.pid"))
        .ok()
        .and_then(|text| text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()));
    let mut sums = [0.0; 3];
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_string_lossy().parse::<u32>().ok() else { continue };
        let Some((parent, spent, children)) = stat(id) else { continue };
        if Some(id) == server {
            sums[0] += spent;
        } else if Some(id) == postmaster {
            sums[1] += spent + children;
        } else if postmaster.is_some() && Some(parent) == postmaster {
            sums[1] += spent;
        } else if id == std::process::id() {
            sums[2] += spent;
        }
    }
    sums
}

/// CPU seconds spent so far by one process; 0 if it is gone.
pub fn spent(process: u32) -> f64 {
    stat(process).map_or(0.0, |(_, spent, _)| spent)
}

/// What this runs on: what the processor calls itself, and how many cores this program may use.
pub fn machine() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", name.unwrap_or("a processor without a name"))
}

/// Lets this process, and those that it starts, open as many files and connections as the system permits.
pub fn open_many() -> Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// Parent, own CPU seconds, and CPU seconds of children that have ended.
fn stat(id: u32) -> Option<(u32, f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in brackets may hold spaces; the numbers begin behind it.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0) / TICKS_PER_SECOND;
    Some((fields.get(1)?.parse().ok()?, ticks(11) + ticks(12), ticks(13) + ticks(14)))
}

/// Bytes of memory in which a process resides. An error means that the process has ended.
pub fn resident_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .with_context(|| format!("process {process} is gone"))?;
    // A process that has ended and was not waited for has a status without memory.
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB"));
    let kibibytes: u64 = size.with_context(|| format!("process {process} has ended"))?.trim().parse()?;
    Ok(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_resides_in_memory_and_a_missing_one_does_not() {
        let before = resident_bytes(std::process::id()).unwrap();
        assert!(before > 100_000, "{before}");
        let held = std::hint::black_box(vec![1_u8; 64 << 20]);
        let after = resident_bytes(std::process::id()).unwrap();
        assert!(after > before + (48 << 20), "{after} after {before}, with {} more", held.len());
        // No process has this number: Linux counts to 2^22.
        assert!(resident_bytes(1 << 30).is_err());
    }
}
