//! How much memory models may take when the owner does not say.

/// When the machine does not tell how much memory it has: enough for one Stable Diffusion 1 model in 32-bit numbers.
const UNKNOWN_MIB: u64 = 8 * 1024;

/// Half of the machine's memory: the other half is for the pictures in work, and for whoever else lives here.
pub(crate) fn default_mib() -> u64 {
    std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_mib(&text)).map_or(UNKNOWN_MIB, |all| all / 2)
}

fn total_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_believed() {
        assert_eq!(total_mib("MemTotal:       24575412 kB\nMemFree: 1 kB\n"), Some(23999));
        assert_eq!(total_mib("nonsense"), None);
    }
}
