//! The command line: texts and exit codes.

use std::path::Path;

use assert_cmd::Command;

fn netsim() -> Command {
    Command::cargo_bin("netsim").unwrap()
}

fn template(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(name).display().to_string()
}

/// Exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = netsim().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_valid_file_is_said_to_be() {
    let (code, out, err) = run(&["check", &template("dumbbell.json")]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("ok: 6 nodes, 5 cables, 2 flows, 60 s simulated, 1 run\n"), "{out}");
}

#[test]
fn an_invalid_file_ends_with_three_and_a_missing_one_with_four() {
    let (code, out, err) = run(&["check", &template("dumbbell.json"), "--set", "flows.A.to=nowhere"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("unknown node `nowhere`") && err.contains("--set flows.A.to=nowhere"), "{err}");
    assert!(!err.contains('\u{1b}'), "no colours off a terminal");
    assert_eq!(run(&["check", "no_such_file.json"]).0, 4);
    assert_eq!(run(&["check", &template("dumbbell.json"), "no_such_file.json"]).0, 4);
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    for arguments in [&["chekc"][..], &["check"], &["run"], &["list", "quques"], &["check", "x", "--seed", "-1"], &[]] {
        assert_eq!(run(arguments).0, 2, "{arguments:?}");
    }
    assert!(run(&["chekc"]).2.contains("check"), "a similar command is suggested");
    assert_eq!(run(&["run", "x.json", "--threads", "0"]).0, 2);
    assert_eq!(run(&["run", "x.json", "--repetitions", "0"]).0, 2);
    assert_eq!(run(&["--help"]).0, 0);
    assert_eq!(run(&["--version"]).0, 0);
}

#[test]
fn a_setting_that_is_none_is_a_wrong_command_line() {
    for setting in ["seed", "=5", "a..b=1"] {
        for command in ["check", "run"] {
            let (code, out, err) = run(&[command, &template("dumbbell.json"), "--set", setting]);
            assert_eq!((code, out.as_str()), (2, ""), "{setting}: {err}");
        }
    }
    assert!(run(&["check", "x.json", "--set", "seed"]).2.contains("`=` is missing"));
}

#[test]
fn an_experiment_is_not_called_like_a_folder_above_or_a_hidden_one() {
    let folder = tempfile::tempdir().unwrap();
    let code = |arguments: &[&str]| {
        let output = netsim().current_dir(folder.path()).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for name in ["..json", "...json", ".json"] {
        std::fs::copy(template("two_hosts.json"), folder.path().join(name)).unwrap();
        for command in ["check", "run"] {
            let (code, err) = code(&[command, name]);
            assert_eq!(code, Some(3), "{name}: {err}");
            assert!(err.contains("does not begin with a dot"), "{err}");
        }
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    for name in [".", "..", "", "new/", ".json"] {
        assert_eq!(code(&["new", name]).0, Some(2), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn with_json_standard_output_is_one_document() {
    let (code, out, err) =
        run(&["check", "--json", &template("dumbbell.json"), "no_such_file.json", "--set", "seed=x"]);
    assert_eq!((code, err.as_str()), (4, ""));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let said = &document["files"][0]["diagnostics"][0];
    assert_eq!(document["files"][0]["ok"], false);
    assert_eq!((&said["field"], &said["argument"]), (&"seed".into(), &"--set seed=x".into()));
    assert_eq!(document["files"][1]["diagnostics"][0]["message"], "there is no such file");
}

#[test]
fn the_effective_experiment_is_printed_with_the_sizes_of_bdps() {
    let (code, out, _) = run(&["check", "--effective", &template("dumbbell.json")]);
    assert_eq!(code, 0);
    assert!(out.contains("\"sample_interval\": \"100 ms\"") && out.contains("\"min_rto\": \"1 s\""), "{out}");
    assert!(out.contains("// The queue of r1->r2 holds 1 bdp = 55 kB (base round-trip time 44 ms)."), "{out}");
    let folder = tempfile::tempdir().unwrap();
    let again = folder.path().join("again.json");
    std::fs::write(&again, &out).unwrap();
    let (code, second, _) = run(&["check", "--effective", &again.display().to_string()]);
    assert_eq!((code, second), (0, out));
}

#[test]
fn a_new_experiment_is_valid_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    for template in ["two_hosts", "dumbbell", "parking_lot", "sweep"] {
        let new = |from: &str| {
            netsim().current_dir(folder.path()).args(["new", template, "--from", from]).output().unwrap().status.code()
        };
        assert_eq!(new(template), Some(0));
        let written = std::fs::read_to_string(folder.path().join(format!("{template}.json"))).unwrap();
        assert!(written.starts_with("//"), "it is commented");
        assert_eq!(new("two_hosts"), Some(4), "it exists");
        let path = folder.path().join(format!("{template}.json"));
        assert_eq!(run(&["check", &path.display().to_string()]).0, 0);
        assert_eq!(std::fs::read_to_string(path).unwrap(), written);
    }
}

#[test]
fn what_there_is_can_be_listed() {
    let (code, out, _) = run(&["list"]);
    assert_eq!(code, 0);
    for name in ["drop_tail", "new_reno", "shortest_path", "gilbert_elliott", "dumbbell", "cwnd", "jain"] {
        assert!(out.contains(&format!("\n  {name} ")), "{name}: {out}");
    }
    let (_, out, _) = run(&["list", "shapes"]);
    assert!(out.starts_with("line ") && out.lines().count() == topologies::shape::KNOWN.len(), "{out}");
    for kind in ["queues", "congestion-controls", "routing", "loss-models", "charts", "metrics"] {
        assert_eq!(run(&["list", kind]).0, 0, "{kind}");
    }
}

#[test]
fn schema_completions_and_manual_are_printed() {
    let (_, out, _) = run(&["schema"]);
    assert_eq!(out, experiments::file::schema_text());
    let (_, out, _) = run(&["completions", "bash"]);
    assert!(out.contains("netsim"), "{out}");
    let (_, out, _) = run(&["man"]);
    assert!(out.contains(".TH netsim 1") && out.contains(".TH netsim-run 1"), "{out}");
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let netsim = assert_cmd::cargo::cargo_bin("netsim");
    for argument in ["schema", "man"] {
        let mut child =
            Command::new(&netsim).arg(argument).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}
