//! The files of scenarios.

use std::fs;
use std::path::PathBuf;

use levelring_sim::conformance::Scenario;

/// One file, and what stands in it.
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    /// What stands before the first scenario.
    head: String,
    pub(crate) scenarios: Vec<Scenario>,
}

/// All of them, in order.
pub(crate) fn all() -> Vec<File> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = fs::read_dir(directory).expect("the directory of scenarios");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a file of scenarios").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> File {
    let text = fs::read_to_string(&path).expect("scenarios are UTF-8");
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let scenarios = Scenario::read_all(&text);
    let scenarios = scenarios.unwrap_or_else(|error| panic!("{name}, {error}"));
    let head = text.split("== ").next().unwrap_or_default().to_owned();
    File { path, name, head, scenarios }
}

impl File {
    /// Writes it anew.
    pub(crate) fn write(&self) {
        let scenarios: Vec<String> = self.scenarios.iter().map(Scenario::to_string).collect();
        let text = format!("{}{}", self.head, scenarios.join("\n"));
        fs::write(&self.path, text).expect("the file can be written");
    }
}
