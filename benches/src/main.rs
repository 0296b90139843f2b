//! Measures the core alone. `cargo run --release -p levelring-bench`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints a table")]

use clap::{Parser, Subcommand};
use levelring_bench::allocator::Counting;
use levelring_bench::work::{Operation, Work};
use levelring_bench::{SIZES, instructions, timing};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What levelring's core costs, without any system call.
#[derive(Debug, Parser)]
struct Arguments {
    /// Writes the same as JSON.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Measure>,
}

#[derive(Debug, Subcommand)]
enum Measure {
    /// Nanoseconds and allocations per operation (without a subcommand: this).
    Time,
    /// Instructions per operation, by running valgrind on this program.
    Instructions,
    /// Does one operation so many times, and nothing else: to be run under valgrind
    /// --tool=callgrind with two counts, whose difference is what the operations cost.
    Callgrind {
        /// What to do.
        operation: Operation,
        /// How often.
        times: usize,
        /// Among so many registrations.
        #[arg(long, default_value_t = 1000)]
        registrations: usize,
    },
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let rows = match arguments.command.unwrap_or(Measure::Time) {
        Measure::Time => time(),
        Measure::Instructions => count_instructions()?,
        Measure::Callgrind { operation, times, registrations } => {
            Work::new(operation, registrations.max(1)).run(times);
            return Ok(());
        }
    };
    match arguments.json {
        Some(file) => write(&file, &json!({ "rows": rows })),
        None => Ok(()),
    }
}

fn time() -> Vec<Value> {
    println!(
        "{:<16} {:>13} {:>8} {:>17} {:>11}",
        "", "registrations", "ns", "spread", "allocations"
    );
    let mut rows = Vec::new();
    for (operation, registrations) in cells() {
        let timing = timing::measure(operation, registrations);
        let (least, most) = timing.spread;
        println!(
            "{:<16} {registrations:>13} {:>8.1} {:>17} {:>11}",
            operation.name(),
            timing.ns,
            format!("{least:.1} - {most:.1}"),
            timing.allocations
        );
        rows.push(json!({
            "operation": operation.name(),
            "registrations": registrations,
            "ns": timing.ns,
            "spread": [least, most],
            "allocations": timing.allocations,
        }));
    }
    rows
}

fn count_instructions() -> io::Result<Vec<Value>> {
    if !instructions::is_available() {
        println!("valgrind is not installed: instructions cannot be counted");
        return Ok(Vec::new());
    }
    let program = std::env::current_exe()?;
    println!("{:<16} {:>13} {:>12}", "", "registrations", "instructions");
    let mut rows = Vec::new();
    for (operation, registrations) in cells() {
        let count = instructions::measure(&program, operation, registrations)?;
        println!("{:<16} {registrations:>13} {count:>12.1}", operation.name());
        rows.push(json!({
            "operation": operation.name(),
            "registrations": registrations,
            "instructions": count,
        }));
    }
    Ok(rows)
}

fn cells() -> impl Iterator<Item = (Operation, usize)> {
    Operation::ALL.into_iter().flat_map(|operation| SIZES.map(|size| (operation, size)))
}

fn write(file: &Path, value: &Value) -> io::Result<()> {
    std::fs::write(file, format!("{value:#}\n"))?;
    eprintln!("written to {}", file.display());
    Ok(())
}
