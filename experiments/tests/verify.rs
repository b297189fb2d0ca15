//! The known answers of the textbook: every one of them is met, and each can be missed.

use assert_cmd::Command;
use experiments::verify::cases;

#[test]
fn every_known_answer_is_met() {
    let missed: Vec<_> = cases().map(|case| case.verdict()).filter(|verdict| !verdict.is_met).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

fn netsim(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("netsim").unwrap().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_prints_expected_beside_measured() {
    let (code, printed, _) = netsim(&["verify", "a8"]);
    assert_eq!(code, Some(0), "{printed}");
    for word in ["A8", "121.75", "164.99", "✓", "all 1 known answers are met"] {
        assert!(printed.contains(word), "{word} is not in\n{printed}");
    }
}

#[test]
fn the_answers_can_be_had_as_json() {
    let (code, printed, _) = netsim(&["verify", "--json", "A8", "E9"]);
    let answers: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((code, &answers[1]["lines"][2]["measured"]), (Some(0), &serde_json::json!("2.5")));
}

#[test]
fn an_unknown_answer_is_refused_with_the_known_ones() {
    let (code, printed, complaint) = netsim(&["verify", "A99"]);
    assert_eq!((code, printed.as_str()), (Some(2), ""));
    assert!(complaint.contains("A99") && complaint.contains("A21"), "{complaint}");
}
