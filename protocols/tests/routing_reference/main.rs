//! Runs cases recorded from real routing daemons: a network, what happened to it, and the tables that came out.
//!
//! The environment variable `NETSIM_ROUTING_CASES` names a folder of such files, or one file; without it the copies
//! beside this test are run (`tests/data/routing`, see `SOURCES.md` there). A file's format is told by its keys:
//!
//! | module | told by | what is run |
//! | --- | --- | --- |
//! | `bgp_gadgets` | `runs` with `mrai_s` | path vector: where it comes to rest, or that it never does |
//! | `bgp_policy` | `cases` with `relationships` | path vector: best paths by relationships, and under hijacks |
//! | `ospf` | `cases` with `table` | link state: tables before and after each failure, by carrier and by silence |
//! | `rip` | `runs` with `before` | distance vector: tables before and after, how estimates change between |
//!
//! What a file says and the reader does not know is an error that names the place.

mod bgp_gadgets;
mod bgp_policy;
#[path = "../reference/fields.rs"]
#[allow(dead_code, reason = "shared with the runner of TCP's cases")]
mod fields;
#[path = "../reference/folder.rs"]
mod folder;
mod ospf;
mod rip;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use fields::Fault;
use folder::files;

/// What came of all cases of a file: the name of each, and what is wrong with it.
pub(crate) type Outcomes = Vec<(String, Result<(), Fault>)>;

fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/routing")
}

/// Whether the first of a list, or of an object's values, has a field.
fn first_has(list: &Value, field: &str) -> bool {
    let first = match list {
        Value::Array(items) => items.first(),
        Value::Object(items) => items.values().next(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    first.is_some_and(|item| item.get(field).is_some())
}

/// Runs the cases of a file, whatever its format.
fn run(file: &Value) -> Result<Outcomes, Fault> {
    let (cases, runs) = (&file["cases"], &file["runs"]);
    if first_has(cases, "table") {
        ospf::run(file)
    } else if first_has(runs, "before") {
        rip::run(file)
    } else if first_has(cases, "relationships") {
        bgp_policy::run(file)
    } else if first_has(runs, "mrai_s") {
        bgp_gadgets::run(file)
    } else {
        let known = "`cases` with `table` or `relationships`, `runs` with `before` or `mrai_s`";
        Err(format!("no known format: there are none of {known}"))
    }
}

fn read_and_run(path: &Path) -> Outcomes {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let value = text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    match value.and_then(|value: Value| run(&value)) {
        Ok(outcomes) => outcomes,
        Err(fault) => vec![("whole file".to_owned(), Err(fault))],
    }
}

#[test]
fn all_cases_agree() {
    let place = std::env::var_os("NETSIM_ROUTING_CASES").map_or_else(default_folder, PathBuf::from);
    let files = files(&place);
    assert!(!files.is_empty(), "{} has no .json files", place.display());
    let (mut agree, mut faults) = (0, Vec::new());
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (case, outcome) in read_and_run(&path) {
            match outcome {
                Ok(()) => agree += 1,
                Err(fault) => faults.push(format!("{name}: {case}: {fault}")),
            }
        }
    }
    // Past the test harness, which swallows what a passing test prints.
    writeln!(std::io::stderr(), "{agree} cases agree, {} fail", faults.len()).expect("standard error takes a line");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_file_of_no_known_format_is_an_error() {
    let file = serde_json::json!({ "cases": [{ "id": "x", "steps": [] }] });
    assert!(run(&file).expect_err("an unknown format").contains("no known format"));
}

/// Changes a copy in one place, and wants the fault to name it.
#[track_caller]
pub(crate) fn check_spoiled(name: &str, spoil: impl FnOnce(&mut Value), expected: &[&str]) {
    let text = std::fs::read_to_string(default_folder().join(name)).expect("the copy is there");
    let mut file: Value = serde_json::from_str(&text).expect("the copy is JSON");
    spoil(&mut file);
    let fault = match run(&file) {
        Err(fault) => fault,
        Ok(outcomes) => {
            let faults = outcomes.into_iter().filter_map(|(case, outcome)| Some(format!("{case}: {}", outcome.err()?)));
            faults.collect::<Vec<_>>().join("\n")
        }
    };
    for part in expected {
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}
