//! What is asked for.

use levelring_core::planted::{Bug, Net};

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) bugs: Vec<Bug>,
    pub(crate) seeds: Option<u64>,
    pub(crate) net: Option<Net>,
    pub(crate) jobs: usize,
    pub(crate) write: bool,
    /// This process hunts one bug for another process.
    pub(crate) child: bool,
}

impl Options {
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options =
            Self { bugs: Vec::new(), seeds: None, net: None, jobs: 2, write: false, child: false };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--all" => options.bugs = Bug::ALL.to_vec(),
                "--only" => options.bugs = bugs(&value()?)?,
                "--seeds" => options.seeds = Some(number(&value()?)?),
                "--net" => options.net = Some(net(&value()?)?),
                "--jobs" => options.jobs = usize::try_from(number(&value()?)?).unwrap_or(1).max(1),
                "--write" => options.write = true,
                "--child" => options.child = true,
                _ => return Err(format!("unknown: {argument}")),
            }
        }
        if options.bugs.is_empty() {
            return Err("--all, or --only NAME,NAME?".to_owned());
        }
        Ok(options)
    }

    /// How a bug is to be hunted: by which net, within how many seeds.
    pub(crate) fn hunt_of(&self, bug: Bug) -> (Net, u64) {
        let (net, seeds) = bug.stated();
        (self.net.unwrap_or(net), self.seeds.unwrap_or(seeds))
    }
}

fn bugs(names: &str) -> Result<Vec<Bug>, String> {
    names.split(',').map(|name| Bug::named(name).ok_or(format!("no such bug: {name}"))).collect()
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

pub(crate) fn net(name: &str) -> Result<Net, String> {
    match name {
        "property" => Ok(Net::Property),
        "storm" => Ok(Net::Storm),
        "forge" => Ok(Net::Forge),
        "loops" => Ok(Net::Loops),
        "operations" => Ok(Net::Operations),
        _ => Err(format!("no such net: {name}")),
    }
}

pub(crate) const fn name_of(net: Net) -> &'static str {
    match net {
        Net::Property => "property",
        Net::Storm => "storm",
        Net::Forge => "forge",
        Net::Loops => "loops",
        Net::Operations => "operations",
    }
}
