//! `netsim run` from outside: files, exit codes, and what is left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value as Json;

/// A folder with an experiment `small.json` in it, which runs in a moment.
struct Place {
    folder: tempfile::TempDir,
}

const SMALL: &str = r#"{
  "title": "Two flows share a link",
  "duration": "5 s",
  "topology": {
    "shape": "dumbbell", "pairs": 2,
    "access": { "bandwidth": "100 Mbps", "delay": "1 ms" },
    "bottleneck": { "bandwidth": "5 Mbps", "delay": "10 ms", "queue": { "drop_tail": "20 packets" } }
  },
  "flows": [
    { "name": "A", "from": "left1", "to": "right1", "tcp": { "congestion_control": "new_reno" } },
    { "name": "B", "from": "left2", "to": "right2", "start": "1 s", "tcp": { "congestion_control": "new_reno" } }
  ],
  "expect": [ { "link": "r1->r2", "utilization": { "at_least": 0.5 } } ]
}"#;

impl Place {
    fn new() -> Self {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("small.json", SMALL);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn netsim(&self, arguments: &[&str]) -> Assert {
        Command::cargo_bin("netsim").unwrap().current_dir(self.folder.path()).arg("run").args(arguments).assert()
    }

    fn json(&self, name: &str) -> Json {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// The names in a folder.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// All files below a folder, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.into_iter().map(|(path, bytes)| (path.strip_prefix(folder).unwrap_or(&path).to_owned(), bytes)).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_run_leaves_its_results_and_tells_of_them() {
    let place = Place::new();
    let ran = place.netsim(&["small.json"]).code(0);
    let said = text(&ran.get_output().stdout);
    assert!(said.contains("Two flows share a link") && said.contains("✓ utilization at_least 0.5"), "{said}");
    assert!(said.contains("results/small: summary.json"), "{said}");
    assert_eq!(place.names("results"), ["small"]);
    let expected = [
        "charts",
        "flows.csv",
        "links.csv",
        "manifest.json",
        "report.html",
        "routes.csv",
        "series.csv",
        "summary.json",
    ];
    assert_eq!(place.names("results/small"), expected);
    let charts = [
        "cwnd.svg",
        "fairness.svg",
        "ladder.svg",
        "phase_plot.svg",
        "queue.svg",
        "rtt.svg",
        "throughput.svg",
        "time_sequence.svg",
        "utilization.svg",
    ];
    assert_eq!(place.names("results/small/charts"), charts);
    assert_eq!(place.json("results/small/summary.json")["experiment"], "small");
    assert!(place.json("results/small/manifest.json")["wall_clock_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn two_runs_differ_in_their_manifest_alone() {
    let place = Place::new();
    let sweep =
        ["--set", "sweep={\"grid\": {\"topology.bottleneck.delay\": [\"1 ms\", \"20 ms\"]}}", "--repetitions", "2"];
    for out in ["one", "two"] {
        place.netsim(&["small.json", "--png", "--out", out]).code(0);
        let swept = format!("{out}-swept");
        place.netsim(&[&["small.json", "--out", &swept], &sweep[..]].concat()).code(0);
    }
    for (one, two) in [("one", "two"), ("one-swept", "two-swept")] {
        let (mut one, mut two) = (files(&place.path(one)), files(&place.path(two)));
        assert_ne!(one.remove(Path::new("manifest.json")), two.remove(Path::new("manifest.json")));
        assert!(one.len() > 10 && one.keys().eq(two.keys()), "{:?}", one.keys());
        for (path, bytes) in &one {
            assert!(two[path] == *bytes, "{} differs", path.display());
        }
    }
}

#[test]
fn a_sweep_leaves_a_folder_for_each_run_and_a_summary_of_all() {
    let place = Place::new();
    let grid = "sweep={\"grid\": {\"topology.bottleneck.bandwidth\": [\"2 Mbps\", \"20 Mbps\"]}}";
    let ran = place.netsim(&["small.json", "--set", grid, "--repetitions", "2", "--no-charts"]).code(0);
    let said = text(&ran.get_output().stdout);
    assert!(said.contains("met in 4 of 4 runs"), "{said}");
    let expected = ["flows.csv", "links.csv", "manifest.json", "report.html", "runs", "summary.json"];
    assert_eq!(place.names("results/small"), expected);
    assert_eq!(place.names("results/small/runs"), ["000", "001", "002", "003"]);
    let expected = ["flows.csv", "links.csv", "routes.csv", "series.csv", "summary.json"];
    assert_eq!(place.names("results/small/runs/003"), expected);
    let summary = place.json("results/small/summary.json");
    let run = &summary["runs"][3];
    assert_eq!(run["run"], "003");
    assert_eq!(run["parameters"]["topology.bottleneck.bandwidth"], "20 Mbps");
    assert_eq!((&run["seed"], &run["repetition"]), (&Json::from(2), &Json::from(1)));
    assert_eq!(run["fingerprint"], place.json("results/small/runs/003/summary.json")["fingerprint"]);
    let flows = text(&fs::read(place.path("results/small/flows.csv")).unwrap());
    assert!(flows.starts_with("run,repetition,seed,topology.bottleneck.bandwidth,flow,"), "{flows}");
    assert_eq!(flows.lines().count(), 1 + 4 * 2);
}

#[test]
fn a_missed_expectation_ends_with_one_and_keeps_the_results() {
    let place = Place::new();
    let missed = ["small.json", "--set", "expect=[{\"jain\": {\"at_least\": 1.0}}]"];
    let ran = place.netsim(&missed).code(1);
    assert!(text(&ran.get_output().stdout).contains("✗ jain at_least 1"));
    assert_eq!(place.json("results/small/summary.json")["expectations"][0]["met"], false);
    let quiet = place.netsim(&[&missed[..], &["--quiet"]].concat()).code(1);
    assert_eq!(text(&quiet.get_output().stdout), "");
    assert!(text(&quiet.get_output().stderr).contains("✗ jain at_least 1"));
}

#[test]
fn invalid_files_end_with_three_before_anything_runs() {
    let place = Place::new();
    place.write("broken.json", "{ \"title\": 1 }");
    let ran = place.netsim(&["small.json", "broken.json"]).code(3);
    assert!(text(&ran.get_output().stderr).contains("broken.json"));
    assert!(!place.path("results").exists());
    let ran = place.netsim(&["broken.json", "--json"]).code(3);
    let document: Json = serde_json::from_slice(&ran.get_output().stdout).unwrap();
    assert_eq!(document["files"][0]["ok"], false);
}

#[test]
fn a_folder_of_somebody_else_is_refused_before_anything_runs() {
    let place = Place::new();
    fs::create_dir(place.path("photos")).unwrap();
    place.write("photos/cat.jpg", "");
    place.write("notes", "");
    for (out, why) in [("photos", "no manifest.json of ours"), ("notes", "is a file"), ("notes/deep", "is a file")] {
        let ran = place.netsim(&["small.json", "--out", out]).code(4);
        let said = text(&ran.get_output().stderr);
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(place.names("photos"), ["cat.jpg"]);
    assert_eq!(place.names("."), ["notes", "photos", "small.json"]);
    let ran = place.netsim(&["small.json", "--out", "photos", "--json"]).code(4);
    let document: Json = serde_json::from_slice(&ran.get_output().stdout).unwrap();
    assert!(document["error"].as_str().unwrap().contains("photos"));
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let place = Place::new();
    let ran = place.netsim(&["small.json", "--json", "--no-charts"]).code(0);
    assert_eq!(ran.get_output().stdout, fs::read(place.path("results/small/summary.json")).unwrap());
    place.write("other.json", SMALL);
    let ran = place.netsim(&["small.json", "other.json", "--json", "--no-charts", "--out", "both"]).code(0);
    let document: Json = serde_json::from_slice(&ran.get_output().stdout).unwrap();
    assert_eq!(document["other"], place.json("both/other/summary.json"));
    assert_eq!(document["small"]["fingerprint"], document["other"]["fingerprint"]);
}

#[test]
fn two_files_of_one_name_are_refused() {
    let place = Place::new();
    fs::create_dir(place.path("deep")).unwrap();
    place.write("deep/small.json", SMALL);
    place.netsim(&["small.json", "deep/small.json"]).code(2);
    assert!(!place.path("results").exists());
}

#[test]
fn a_chart_asked_for_in_vain_is_named() {
    let place = Place::new();
    let ran = place.netsim(&["small.json", "--set", "flows=[]", "--set", "charts=[\"cwnd\"]", "--set", "expect=[]"]);
    let said = text(&ran.get_output().stderr);
    assert!(said.contains("`cwnd` has nothing to show"), "{said}");
}

#[cfg(unix)]
#[test]
fn results_that_cannot_be_written_leave_nothing_behind() {
    let place = Place::new();
    let netsim = assert_cmd::cargo::cargo_bin("netsim");
    // No file may be larger than a few kilobytes: as on a full disk, writing fails half-way.
    let script = format!("trap '' XFSZ; ulimit -f 4; exec '{}' run small.json", netsim.display());
    let ran = Command::new("sh").current_dir(place.folder.path()).args(["-c", &script]).assert().code(4);
    let said = text(&ran.get_output().stderr);
    assert!(said.contains("cannot write results/small/"), "{said}");
    assert_eq!(place.names("."), ["small.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_summary_that_cannot_be_printed_is_a_failure() {
    let place = Place::new();
    let netsim = assert_cmd::cargo::cargo_bin("netsim");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(netsim)
        .current_dir(place.folder.path())
        .args(["run", "small.json"])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(4));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_it_had_as_partial() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let place = Place::new();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("netsim"))
        .current_dir(place.folder.path())
        .args(["run", "small.json", "--no-charts", "--set", "duration=1000000 s", "--set", "sample_interval=100 s"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of progress says that the run is under way.
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    messages.read_line(&mut line).unwrap();
    assert!(line.contains("events/s"), "{line}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = messages.lines().map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_eq!(place.names("results"), ["small.partial"]);
    let summary = place.json("results/small.partial/summary.json");
    assert_eq!(summary["interrupted"], true);
    assert!(summary["simulated_s"].as_f64().unwrap() < 1e6);
}
