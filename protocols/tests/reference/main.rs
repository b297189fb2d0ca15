//! Runs cases recorded from other implementations: what was fed in, what must come out.
//!
//! The environment variable `NETSIM_TCP_CASES` names a folder of such files, or one file; without it the copies beside
//! this test are run (`tests/data/tcp`, see `SOURCES.md` there). A file's format is told by its keys:
//!
//! | module | what is recorded | what is run |
//! | --- | --- | --- |
//! | `packetdrill` | segments and calls fed to a stack, segments it must send | one endpoint with the peer scripted |
//! | `linux_traces` | every segment and ACK of transfers with chosen drops | the sender with these ACKs; then both ends |
//! | `ns2` | send times of Tahoe, Reno, NewReno, SACK | both ends over Fall & Floyd's path |
//! | `ns3` | send times of NewReno | the same |
//! | `udp` | loss and delay of datagrams through a full queue | a simulation of one link |
//!
//! What a file says and the reader does not know is an error that names the place. A case that does not apply to the
//! model, or a part of one, is printed with the reason.

mod fields;
mod folder;
mod linux_traces;
mod ns2;
mod ns3;
mod packetdrill;
mod path;
mod stack;
mod udp;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use fields::Fault;
use folder::files;

/// What came of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// All of it agrees.
    Agrees,
    /// What was compared agrees; these parts were not compared, each with the reason.
    AgreesBut(Vec<String>),
    /// The model does not have what the case is about.
    DoesNotApply(String),
    /// It does not agree, or cannot be read.
    Fails(Fault),
}

/// What came of all cases of a file.
pub(crate) type Outcomes = Vec<(String, Outcome)>;

fn default_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tcp")
}

/// Runs the cases of a file, whatever its format.
fn run(file: &Value) -> Result<Outcomes, Fault> {
    let first = match &file["cases"] {
        Value::Array(cases) => cases.first(),
        Value::Object(cases) => cases.values().next(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    let has = |key: &str| first.is_some_and(|case| case.get(key).is_some());
    if file.get("rows").is_some() {
        udp::run(file)
    } else if has("first_24") {
        ns3::run(file)
    } else if has("sends") {
        ns2::run(file)
    } else if has("events") && has("drop_first_copy_of_segments") {
        linux_traces::run(file)
    } else if has("events") {
        packetdrill::run(file)
    } else {
        Err("no known format: neither `rows` nor `cases` with `events`, `sends` or `first_24`".to_owned())
    }
}

fn read_and_run(path: &Path) -> Outcomes {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let value = text.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    match value.and_then(|value: Value| run(&value)) {
        Ok(outcomes) => outcomes,
        Err(fault) => vec![("whole file".to_owned(), Outcome::Fails(fault))],
    }
}

/// Written past the test harness, which swallows what a passing test prints.
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}

#[test]
fn all_cases_agree_or_are_listed_with_the_reason() {
    let place = std::env::var_os("NETSIM_TCP_CASES").map_or_else(default_folder, PathBuf::from);
    let files = files(&place);
    assert!(!files.is_empty(), "{} has no .json files", place.display());
    let (mut agree, mut partly, mut not, mut faults) = (0, 0, 0, Vec::new());
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (case, outcome) in read_and_run(&path) {
            match outcome {
                Outcome::Agrees => agree += 1,
                Outcome::AgreesBut(parts) => {
                    partly += 1;
                    parts.iter().for_each(|part| say(&format!("{name}: {case}: not compared: {part}")));
                }
                Outcome::DoesNotApply(reason) => {
                    not += 1;
                    say(&format!("{name}: {case}: does not apply: {reason}"));
                }
                Outcome::Fails(fault) => faults.push(format!("{name}: {case}: {fault}")),
            }
        }
    }
    say(&format!(
        "{agree} cases agree, {partly} agree but for a part that is not compared, {not} do not apply, {} fail",
        faults.len()
    ));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What a file that is not as it should be says.
fn fault_of(file: &Value) -> String {
    match run(file) {
        Err(fault) => fault,
        Ok(outcomes) => {
            let faults = outcomes.into_iter().filter_map(|(case, outcome)| match outcome {
                Outcome::Fails(fault) => Some(format!("{case}: {fault}")),
                Outcome::Agrees | Outcome::AgreesBut(_) | Outcome::DoesNotApply(_) => None,
            });
            faults.collect::<Vec<_>>().join("\n")
        }
    }
}

/// One of the copies.
fn copy(name: &str) -> Value {
    let text = std::fs::read_to_string(default_folder().join(name)).expect("the copy is there");
    serde_json::from_str(&text).expect("the copy is JSON")
}

#[test]
fn a_file_of_no_known_format_is_an_error() {
    let file = serde_json::json!({ "cases": [{ "id": "x", "steps": [] }] });
    assert!(fault_of(&file).contains("no known format"));
}

/// Changes a copy in one place, and wants the fault to name it.
#[track_caller]
fn check_spoiled(name: &str, spoil: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut file = copy(name);
    spoil(&mut file);
    let fault = fault_of(&file);
    for part in expected {
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}

#[test]
fn unknown_fields_events_and_expectations_are_named_with_their_case() {
    let file = "packetdrill_cases.json";
    let case = "slow-start-ack-per-1pkt";
    check_spoiled(file, |file| file["cases"][0]["events"][0]["urgent"] = 3.into(), &[case, "events[0]", "`urgent`"]);
    check_spoiled(file, |file| file["cases"][0]["events"][3]["app"] = "sing".into(), &[case, "events[3]", "`sing`"]);
    check_spoiled(
        file,
        |file| file["cases"][0]["events"][5]["expect"]["mood"] = 1.into(),
        &[case, "events[5]", "`mood`"],
    );
    check_spoiled(file, |file| file["cases"][0]["settings"][0] = "tcp_x=1".into(), &[case, "tcp_x"]);
    check_spoiled(file, |file| file["cases"][0]["events"][4]["flags"] = "AQ".into(), &[case, "events[4]", "`Q`"]);
    check_spoiled(file, |file| file["cases"][0]["colour"] = 1.into(), &[case, "`colour`"]);
    check_spoiled("ns2_fall_floyd.json", |file| file["cases"][0]["variant"] = "vegas2".into(), &["vegas2"]);
    check_spoiled("linux_loss_traces.json", |file| file["cases"][0]["events"][0][1] = "Z".into(), &["`Z`"]);
    check_spoiled("linux_loss_traces.json", |file| file["cases"][0]["ack_loss"] = 1.into(), &["`ack_loss`"]);
    check_spoiled("ns3_newreno_loss.json", |file| file["cases"]["0"]["x"] = 1.into(), &["`x`"]);
    check_spoiled("linux_udp_cbr.json", |file| file["rows"][0]["x"] = 1.into(), &["`x`"]);
}

#[test]
fn another_time_range_flag_or_value_is_noticed() {
    let file = "packetdrill_cases.json";
    let case = "slow-start-ack-per-1pkt";
    check_spoiled(file, |file| file["cases"][0]["events"][7]["t"] = 0.35.into(), &[case, "events[7]"]);
    check_spoiled(file, |file| file["cases"][0]["events"][7]["seq"][1] = 12_002.into(), &[case, "events[7]"]);
    check_spoiled(file, |file| file["cases"][0]["events"][7]["seq"][1] = 11_001.into(), &[case, "12001"]);
    check_spoiled(file, |file| file["cases"][0]["events"][7]["flags"] = "FA".into(), &[case, "events[7]"]);
    check_spoiled(file, |file| file["cases"][0]["events"][7]["ack"] = 2.into(), &[case, "events[7]"]);
    check_spoiled(file, |file| file["cases"][0]["events"][5]["expect"]["cwnd"] = 11.into(), &[case, "cwnd"]);
    check_spoiled("linux_udp_cbr.json", |file| file["rows"][3]["lost_percent"] = 19.2.into(), &["lost"]);
    check_spoiled("ns3_newreno_loss.json", |file| file["cases"]["1"]["retransmissions"][0]["t"] = 1.29.into(), &["14"]);
    check_spoiled("ns2_fall_floyd.json", |file| file["cases"][0]["sends"][20][2] = 25.into(), &["onedrop_newreno"]);
    check_spoiled(
        "linux_loss_traces.json",
        |file| file["cases"][0]["events"][60][2] = 33.into(),
        &["b0_drop_25_nosack"],
    );
}
