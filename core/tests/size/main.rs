//! How large the core is: a slot, the rest, and the machine code. `--nocapture` prints it.
#![allow(clippy::print_stdout, reason = "the sizes are there to be read")]

mod elf;

use levelring_core::{Core, Event, Key, Slot, Submission};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of machine code that the core may have: what a small microcontroller can spare.
const CODE: u64 = 16 * 1024;

#[test]
fn in_memory() {
    let sizes = [
        ("a slot", size_of::<Slot>(), 64),
        ("a core without its slots", size_of::<Core<[Slot; 0]>>(), 128),
        ("a core with 1000 slots", size_of::<Core<[Slot; 1000]>>(), 64 * 1000 + 128),
        ("a key", size_of::<Key>(), 8),
        ("a submission", size_of::<Submission>(), 48),
        ("an event", size_of::<Event>(), 24),
    ];
    for (what, size, limit) in sizes {
        println!("{what}: {size} bytes");
        assert!(size <= limit, "{what} has {size} bytes, over {limit}");
    }
}

/// What does not depend on the storage's type is compiled once, and is all but a few wrappers.
#[test]
fn machine_code() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("size");
    let built = Command::new(env!("CARGO"))
        .args(["rustc", "--release", "--lib", "--quiet", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "--emit=obj", "-Ccodegen-units=1", "-Cdebuginfo=0"])
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the core is built for release");

    let object = newest_object(&target.join("release/deps"));
    let bytes = std::fs::read(&object).expect("the object file is there to be read");
    let code = elf::code_size(&bytes).expect("an ELF object of 64 bits");
    println!("machine code of the core: {code} bytes");
    assert!(code > 1000, "{code} bytes cannot be all of it");
    assert!(code <= CODE, "the core has {code} bytes of machine code, over {CODE}");
}

/// Older ones are of other compilers, or other flags.
fn newest_object(directory: &Path) -> PathBuf {
    let entries = std::fs::read_dir(directory).expect("cargo has put something there");
    let objects = entries.map(|entry| entry.expect("an entry").path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("levelring_core-") && name.ends_with(".o")
    });
    objects
        .max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok())
        .expect("an object file of the core")
}
