//! Where this runs: no number means anything without it.

use std::{fs, thread};

use crate::levelring;

/// The kernel, the processor, and what of io_uring is used.
#[derive(Debug)]
pub(crate) struct Machine {
    /// The kernel's release, such as 6.18.2.
    pub(crate) kernel: String,
    /// The processor's name.
    pub(crate) processor: String,
    /// How many cores may be used.
    pub(crate) cores: usize,
    /// What levelring says of the kernel and of its choice.
    pub(crate) features: String,
}

impl Machine {
    /// Asks the kernel.
    pub(crate) fn ask() -> Self {
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            kernel: named(kernel.trim()),
            processor: named(processor_of(&processors)),
            cores: thread::available_parallelism().map_or(1, usize::from),
            features: levelring::features(),
        }
    }
}

fn named(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }
}

fn processor_of(cpuinfo: &str) -> &str {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        assert_eq!(processor_of("processor\t: 0\nmodel name\t: A b: C\nflags\t: x\n"), "A b: C");
        assert_eq!(processor_of("processor\t: 0\n"), "");
    }
}
