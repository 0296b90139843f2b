//! The house's habits, kept by every `.rs` file of the workspace.
//!
//! A number is a hint that a concept is missing, not a target: split where the new half has a name.

mod layers;
mod sizes;
mod source;
mod words;

use source::Source;
use std::fs;
use std::path::{Path, PathBuf};

/// Looks at one file and says, per line, what is against the habits.
type Check = fn(&Source) -> Vec<(usize, String)>;

const CHECKS: [Check; 6] = [
    sizes::long_lines,
    sizes::long_functions,
    sizes::long_file,
    words::unsafe_out_of_place,
    words::left_standing,
    layers::upward_imports,
];

#[test]
fn the_workspace_keeps_its_habits() {
    let mut complaints = Vec::new();
    for source in workspace() {
        for (line, what) in CHECKS.iter().flat_map(|check| check(&source)) {
            complaints.push(format!("{}:{line}: {what}", source.path));
        }
    }
    assert!(complaints.is_empty(), "against the habits:\n{}", complaints.join("\n"));
}

#[test]
fn the_walk_sees_every_package_and_nothing_built() {
    let paths: Vec<String> = workspace().into_iter().map(|source| source.path).collect();
    for package in ["core/src/", "core/tests/", "core/no-std/", "drivers/src/", "benches/src/"] {
        assert!(paths.iter().any(|path| path.starts_with(package)), "{package} in {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.contains("target/")), "{paths:?}");
}

fn workspace() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files.iter().map(|file| read(&root, file)).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of the workspace") {
        let path = entry.expect("an entry of the workspace").path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if path.is_symlink() || name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let text = fs::read_to_string(file).expect("Rust source is UTF-8");
    let path = file.strip_prefix(root).expect("the walk began at the root");
    Source::new(&path.to_string_lossy(), &text)
}
