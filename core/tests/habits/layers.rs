//! The layers of the core: a module imports from layers below its own, never sideways or up.

use crate::source::Source;

/// The modules of `core/src`, lowest layer first. `lib` is above them all and is not imported.
const LAYERS: [&[&str]; 11] = [
    &["planted"],
    &[
        "bits",
        "errno",
        "error",
        "freshness",
        "key",
        "lane",
        "list",
        "plan",
        "progress",
        "streak",
        "watch",
    ],
    &["arm", "interest", "rotation", "tag"],
    &["readiness"],
    &["completion", "event", "registration"],
    &["operation", "turn"],
    &["slot", "submission"],
    &["state", "storage"],
    &["candidates", "machine"],
    &["check", "image"],
    &["dispatch"],
];

pub(crate) fn upward_imports(source: &Source) -> Vec<(usize, String)> {
    let Some(module) = source.path.strip_prefix("core/src/").map(module_of) else {
        return Vec::new();
    };
    if module == "lib" {
        return Vec::new();
    }
    let Some(own) = layer_of(module) else {
        return vec![(1, format!("`{module}` has no layer yet: give it one"))];
    };
    let mut complaints = Vec::new();
    for (line, import) in imports(source) {
        let complaint = match layer_of(import) {
            _ if import == module => continue,
            Some(layer) if layer < own => continue,
            Some(layer) => format!("`{module}` of layer {own} imports `{import}` of {layer}"),
            None => format!("`{import}` is imported from no module that has a layer"),
        };
        complaints.push((line, complaint));
    }
    complaints
}

/// A module in a directory is part of the directory's.
fn module_of(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or(path)
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The first name of every path from the crate's root, tests at the end of the file left out.
fn imports(source: &Source) -> Vec<(usize, &str)> {
    // In a directory's file, and in a module within a file, `super` is the module itself.
    let is_top_level = source.path.matches('/').count() == 2;
    let mut depth = 0_usize;
    let tests = source.find(&["cfg", "(", "test", ")", "]", "mod"]).next();
    let end = tests.unwrap_or(source.tokens.len());
    let mut imports = Vec::new();
    for (at, token) in source.tokens[..end].iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_super = token.text == "super" && is_top_level && depth == 0;
        let is_root = token.text == "crate" || is_super;
        if is_root && source.reads(at + 1, &[":", ":"]) {
            imports.extend(first_names(source, at + 3).map(|name| (token.line, name)));
        }
    }
    imports
}

/// The name there, or the first ones of each path of a group: `{a, b::{c, d}}` has a and b.
fn first_names(source: &Source, at: usize) -> impl Iterator<Item = &str> {
    let mut names = vec![source.word(at)];
    if source.reads(at, &["{"]) {
        names.clear();
        let mut depth = 0_usize;
        for inner in at.. {
            match source.word(inner) {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 || source.word(inner).is_empty() {
                break;
            }
            let begins_a_path = matches!(source.word(inner), "{" | ",") && depth == 1;
            if begins_a_path && source.word(inner + 1) != "}" {
                names.push(source.word(inner + 1));
            }
        }
    }
    names.into_iter()
}

#[test]
fn an_upward_or_sideways_import_is_found() {
    for (path, text, expected) in [
        ("core/src/arm.rs", "use crate::lane::Lane;", None),
        ("core/src/arm.rs", "use crate::arm::Arm;", None),
        ("core/src/arm.rs", "/// [`Core`](crate::dispatch::Core)\nuse core::fmt;", None),
        ("core/src/arm.rs", "\nuse crate::slot::Slot;", Some(2)),
        ("core/src/arm.rs", "fn a() -> crate::slot::Slot {}", Some(1)),
        ("core/src/arm.rs", "use super::slot::Slot;", Some(1)),
        ("core/src/arm.rs", "mod inner {\n    use super::Arm;\n}", None),
        ("core/src/arm.rs", "mod inner {}\nuse super::slot::Slot;", Some(2)),
        ("core/src/arm.rs", "use crate::{lane::Lane, slot::{Slot, key}};", Some(1)),
        ("core/src/arm.rs", "use crate::{lane::{self, Lane}, key::Key,};", None),
        ("core/src/arm.rs", "use crate::Key;", Some(1)),
        ("core/src/arm.rs", "#[cfg(test)]\nmod tests {\n    use crate::slot::Slot;\n}", None),
        ("core/src/lane.rs", "use crate::key::Key;", Some(1)),
        ("core/src/novel.rs", "use core::fmt;", Some(1)),
        ("core/src/machine/rotation.rs", "use super::Machine;\nuse crate::key::Key;", None),
        ("core/src/machine/rotation.rs", "use crate::dispatch::Core;", Some(1)),
        ("core/src/lib.rs", "pub use crate::dispatch::Core;", None),
        ("drivers/src/turn.rs", "use crate::anything::Thing;", None),
    ] {
        let lines = upward_imports(&Source::new(path, text));
        let lines: Vec<usize> = lines.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, Vec::from_iter(expected), "{path}: {text}");
    }
}

#[test]
fn no_module_has_two_layers() {
    let mut modules = LAYERS.concat();
    modules.sort_unstable();
    assert!(modules.is_sorted_by(|one, next| one < next), "{modules:?}");
}
