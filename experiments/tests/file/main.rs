//! The experiment file as a user meets it: what is accepted, what is said about mistakes, and the command line.

mod bad_inputs;
mod cli;
mod effective;
mod fuzz;
mod rules;
mod schema;
mod sweeps;

use std::path::{Path, PathBuf};

use experiments::file::diagnostic::Diagnostics;
use experiments::file::{Checked, Overrides, load_text, render};

/// The templates of `netsim new` and the gallery: every experiment file that we ship.
fn shipped() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root.to_path_buf(), root.join("templates"), root.join("bench")] {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn load(text: &str) -> Result<Checked, Diagnostics> {
    load_with(text, &Overrides::default())
}

fn load_with(text: &str, overrides: &Overrides) -> Result<Checked, Diagnostics> {
    load_text("test.json", "test", text.into(), overrides)
}

/// Remarks as `line:column field: message, did you mean x?`, one a line.
fn lines(diagnostics: &Diagnostics) -> Vec<String> {
    let line = |one: &experiments::file::diagnostic::Diagnostic| {
        let place = render::location(diagnostics, one).trim_start_matches("test.json:").to_owned();
        let meant = one.suggestion.as_ref().map_or(String::new(), |name| format!(", did you mean `{name}`?"));
        format!("{place} {}: {}{meant}", one.path, one.message)
    };
    diagnostics.list.iter().map(line).collect()
}

/// A valid experiment with the parts of a test in place.
fn experiment(topology: &str, rest: &str) -> String {
    format!("{{\"title\": \"t\", \"duration\": \"10 s\", \"topology\": {topology},\n{rest}}}")
}

/// Two hosts and a link, and the parts of a test on line 2.
fn pair(rest: &str) -> String {
    experiment(r#"{ "links": [ { "from": "a", "to": "b" } ] }"#, rest)
}
