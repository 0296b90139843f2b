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
            processor: named(&processor_of(&processors)),
            cores: thread::available_parallelism().map_or(1, usize::from),
            features: levelring::features(),
        }
    }
}

fn named(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }
}

/// Its name, and its family and model: a hypervisor may name all of a maker's processors alike, and
/// what a system call costs differs between them.
fn processor_of(cpuinfo: &str) -> String {
    let field = |name: &str| {
        let fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        fields.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name)
    };
    match ["model name", "cpu family", "model"].map(field) {
        [Some((_, name)), Some((_, family)), Some((_, model))] => {
            format!("{name} (family {family}, model {model})")
        }
        [name, ..] => name.map_or_else(String::new, |(_, name)| name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named() {
        assert_eq!(processor_of("processor\t: 0\nmodel name\t: A b: C\nflags\t: x\n"), "A b: C");
        let whole = "cpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n";
        assert_eq!(processor_of(whole), "AMD EPYC (family 26, model 2)");
        assert_eq!(processor_of("processor\t: 0\n"), "");
    }
}
