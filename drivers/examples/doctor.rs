//! What the kernel offers a loop, what levelring makes of it, and why.
//!
//! ```text
//! cargo run -p levelring --example doctor
//! cargo run -p levelring --example doctor -- --driver uring --way poll-add --forbid defer_taskrun
//! ```

use core::error::Error;
use core::time::Duration;
use std::io::{self, IsTerminal, PipeReader, Read, Write};
use std::process::ExitCode;
use std::{env, fs};

use clap::Parser;
use levelring::kernel::{Counts, Feature, FeatureMask};
use levelring::{Builder, DRIVER_VARIABLE, DriverKind, EventLoop, Fired, Interest, Report, Way};

/// What the kernel offers a loop, what levelring makes of it, and why.
#[derive(Parser)]
struct Options {
    /// Demand a driver: uring, epoll or poll
    #[arg(long)]
    driver: Option<DriverKind>,
    /// Watch in this way: auto, poll-add, poll-add-multishot, epoll-on-ring or epoll-outside
    #[arg(long, value_parser = way)]
    way: Option<Way>,
    /// Do without a feature of io_uring, as if the kernel had it not; may be given several times
    #[arg(long, value_parser = feature)]
    forbid: Vec<Feature>,
}

fn way(name: &str) -> Result<Way, String> {
    let found = Way::ALL.into_iter().find(|way| way.to_string() == name);
    found.ok_or_else(|| one_of(Way::ALL.iter().map(Way::to_string)))
}

fn feature(name: &str) -> Result<Feature, String> {
    Feature::from_name(name).ok_or_else(|| one_of(Feature::ALL.iter().map(|known| known.name())))
}

fn one_of(names: impl Iterator<Item = impl Into<String>>) -> String {
    let names: Vec<String> = names.map(Into::into).collect();
    format!("there are {}", names.join(", "))
}

fn main() -> io::Result<ExitCode> {
    let options = Options::parse();
    let forbidden: FeatureMask = options.forbid.iter().copied().collect();
    let mut builder = Builder::default().way(options.way.unwrap_or_default()).forbid(forbidden);
    if let Some(driver) = options.driver {
        builder = builder.driver(driver);
    }
    let ink = if io::stdout().is_terminal() { COLOURED } else { PLAIN };
    let loop_you_get = builder.build();
    let mut page = heading(ink, "this machine") + &machine() + &heading(ink, "the loop you get");
    match &loop_you_get {
        Ok(events) => page += &indented(ink, events.report()),
        Err(error) => page += &format!("  none: {error}\n"),
    }
    page += &heading(ink, "all there are, with ten bytes through a pipe for each");
    for driver in DriverKind::ALL {
        let ways = if driver == DriverKind::Uring { &Way::ALL[..] } else { &[Way::Auto] };
        page.extend(ways.iter().map(|way| row(ink, driver, *way, forbidden)));
    }
    io::stdout().write_all(page.as_bytes())?;
    Ok(if loop_you_get.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What switches letters, or nothing where nobody would see it.
#[derive(Clone, Copy)]
struct Ink {
    bold: &'static str,
    dim: &'static str,
    good: &'static str,
    bad: &'static str,
    end: &'static str,
}

const COLOURED: Ink =
    Ink { bold: "\x1b[1m", dim: "\x1b[2m", good: "\x1b[32m", bad: "\x1b[31m", end: "\x1b[0m" };
const PLAIN: Ink = Ink { bold: "", dim: "", good: "", bad: "", end: "" };

fn heading(Ink { bold, end, .. }: Ink, text: &str) -> String {
    format!("\n{bold}{text}{end}\n\n")
}

/// What decides beside the kernel's version.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let release = read("/proc/sys/kernel/osrelease");
    let io_uring = match read("/proc/sys/kernel/io_uring_disabled").trim() {
        "0" => "allowed to all (kernel.io_uring_disabled = 0)",
        "1" => "for the privileged and kernel.io_uring_group (kernel.io_uring_disabled = 1)",
        "2" => "forbidden to all (kernel.io_uring_disabled = 2)",
        _ => "without a switch (before Linux 6.6), or absent",
    };
    let status = read("/proc/self/status");
    let filter = status.lines().find_map(|line| line.strip_prefix("Seccomp:"));
    let filter = match filter.map(str::trim) {
        Some("0") => "no filter",
        Some("2") => "this process has a filter, which may forbid more",
        Some(_) | None => "unknown",
    };
    let demand = match env::var_os(DRIVER_VARIABLE) {
        Some(name) => format!("{DRIVER_VARIABLE} = {}", name.display()),
        None => format!("{DRIVER_VARIABLE} is not set"),
    };
    format!(
        "  Linux:    {}\n  io_uring: {io_uring}\n  seccomp:  {filter}\n  variable: {demand}\n",
        release.trim()
    )
}

/// The report, with what is missing in dim letters.
fn indented(ink: Ink, report: &Report) -> String {
    let mut text = String::new();
    for line in report.to_string().lines() {
        let missing = line.contains(" absent ") || line.contains(" forced off ");
        let (dim, end) = if missing { (ink.dim, ink.end) } else { ("", "") };
        for (index, part) in wrapped(line, 96).into_iter().enumerate() {
            let indent = if index == 0 { 2 } else { 12 };
            text += &format!("{:indent$}{dim}{part}{end}\n", "");
        }
    }
    text
}

/// A long line, cut between words.
fn wrapped(line: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while rest.len() > width {
        let Some(cut) = rest.get(..width).and_then(|part| part.rfind(' ')) else { break };
        parts.push(&rest[..cut]);
        rest = &rest[cut + 1..];
    }
    parts.push(rest);
    parts
}

fn row(ink: Ink, driver: DriverKind, way: Way, forbidden: FeatureMask) -> String {
    let name = match driver {
        DriverKind::Uring => format!("{driver} {way}"),
        DriverKind::Epoll | DriverKind::Poll => driver.to_string(),
    };
    let builder = Builder::default().driver(driver).way(way).forbid(forbidden);
    let Ink { good, bad, end, .. } = ink;
    match builder.build().map_err(Into::into).and_then(exercise) {
        Ok(counts) => format!("  {good}✓{end} {name:<26}{}\n", described(counts)),
        Err(error) => format!("  {bad}✗{end} {name:<26}{error}\n"),
    }
}

/// Ten bytes through a pipe, one per event.
fn exercise(mut events: EventLoop<'_>) -> Result<Counts, Box<dyn Error>> {
    let (reader, mut writer) = io::pipe()?;
    let take = |_: &mut EventLoop<'_>, Fired { mut source, .. }: Fired<'_, PipeReader>| {
        // If nothing comes, the next turn shows it.
        let _ = source.read(&mut [0]);
    };
    events.add(reader, Interest::READ, take)?;
    let before = events.counts();
    writer.write_all(b"ten bytes.")?;
    for _ in 0..10 {
        if !events.turn(Some(Duration::from_secs(1)))? {
            return Err("no event within a second".into());
        }
    }
    Ok(events.counts() - before)
}

fn described(counts: Counts) -> String {
    let parts = [
        (counts.polls, "poll"),
        (counts.epoll_waits, "epoll_wait"),
        (counts.epoll_ctls, "epoll_ctl"),
        (counts.enters, "io_uring_enter"),
        (counts.others, "other"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, name)| format!("{count} {name}")).collect();
    format!("10 events, {:>2} system calls: {}", counts.total(), parts.join(", "))
}
