//! Sweeps, repetitions and what the command line changes.

use experiments::file::{Checked, Overrides};

use super::{lines, load, load_with, pair};

const FLOW: &str = r#""flows": [{ "name": "A", "from": "a", "to": "b", "start_jitter": "1 s", "tcp": {} }]"#;

fn swept(sweep: &str) -> String {
    pair(&format!("{FLOW}, \"sweep\": {sweep}"))
}

fn parameters(checked: &Checked) -> Vec<String> {
    let spelled = |(path, value): &(String, serde_json::Value)| format!("{path}={value}");
    checked.plan.iter().map(|run| run.parameters.iter().map(spelled).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_combination_is_run_with_its_values() {
    let text = swept(r#"{ "grid": { "duration": ["5 s", "6 s"], "flows.A.tcp.mss": ["536 B", "1460 B"] } }"#);
    let checked = load(&text).unwrap();
    assert_eq!(
        parameters(&checked),
        [
            "duration=\"5 s\" flows.A.tcp.mss=\"536 B\"",
            "duration=\"5 s\" flows.A.tcp.mss=\"1460 B\"",
            "duration=\"6 s\" flows.A.tcp.mss=\"536 B\"",
            "duration=\"6 s\" flows.A.tcp.mss=\"1460 B\"",
        ]
    );
    let durations: Vec<String> = checked.plan.iter().map(|run| run.experiment.duration.to_string()).collect();
    assert_eq!(durations, ["5 s", "5 s", "6 s", "6 s"]);
    assert!(checked.plan.iter().all(|run| run.experiment.sweep.is_none()));
}

#[test]
fn repetitions_count_the_seed_up_and_draw_anew() {
    let checked = load(&swept(r#"{ "repetitions": 3 }"#)).unwrap();
    assert_eq!(checked.plan.iter().map(|run| (run.repetition, run.seed)).collect::<Vec<_>>(), [(0, 1), (1, 2), (2, 3)]);
    assert_ne!(checked.plan[0].flows[0].start, checked.plan[1].flows[0].start);
}

#[test]
fn the_command_line_wins_over_the_file() {
    let overrides = Overrides { set: vec!["flows.A.tcp.mss=536 B".into()], seed: Some(40), repetitions: Some(2) };
    let checked = load_with(&swept(r#"{ "repetitions": 3 }"#), &overrides).unwrap();
    assert_eq!(checked.plan.iter().map(|run| run.seed).collect::<Vec<_>>(), [40, 41]);
    assert_eq!(checked.experiment.flows[0].tcp.as_ref().unwrap().config.mss.get(), 536);
}

#[test]
fn a_wrong_value_in_a_list_is_marked_in_the_list() {
    let text = swept(r#"{ "grid": { "duration": ["5 s", 6, "7 parsecs"] } }"#);
    let said = lines(&load(&text).unwrap_err());
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("2:128 duration: expected a time such as \"20 ms\", found the number 6"), "{said:?}");
    assert!(said[1].starts_with("2:131 duration: `7 parsecs`: unknown unit"), "{said:?}");
}

#[test]
fn a_misspelt_swept_field_is_marked_at_its_name() {
    let said = lines(&load(&swept(r#"{ "grid": { "flows.A.tcp.msss": ["536 B", "1460 B"] } }"#)).unwrap_err());
    assert_eq!(said, ["2:108 flows[0].tcp.msss: unknown field `msss`, did you mean `mss`?"]);
}

#[test]
fn rules_are_checked_for_every_point() {
    let said = lines(&load(&swept(r#"{ "grid": { "flows.A.stop": ["5 s", "20 s"] } }"#)).unwrap_err());
    assert_eq!(said, ["2:132 flows[0].stop: 20 s is after the end of the run at 10 s"]);
}

#[test]
fn a_mistake_of_some_points_is_said_with_their_values() {
    let text = swept(r#"{ "grid": { "duration": ["5 s", "20 s"] } }"#).replace("\"tcp\"", "\"stop\": \"8 s\", \"tcp\"");
    let said = load(&text).unwrap_err();
    assert_eq!(said.list.len(), 1, "{said:?}");
    assert_eq!(said.list[0].help, ["swept: duration = \"5 s\""]);
}

#[test]
fn a_sweep_may_change_the_shape_of_the_network() {
    let text = super::experiment(
        r#"{ "shape": "dumbbell", "pairs": 2 }"#,
        r#""flows": [{ "name": "f", "each": "pair", "tcp": {} }], "sweep": { "grid": { "topology.pairs": [1, 4] } }"#,
    );
    let checked = load(&text).unwrap();
    assert_eq!(checked.plan.iter().map(|run| run.flows.len()).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn more_runs_than_anyone_wants_are_refused() {
    let said = lines(&load(&swept(r#"{ "repetitions": 10001 }"#)).unwrap_err());
    assert!(said[0].contains("sweep.repetitions: must be from 1 to 10000"), "{said:?}");
    let overrides = Overrides { repetitions: Some(4_000_000_000), ..Overrides::default() };
    let said = lines(&load_with(&pair(FLOW), &overrides).unwrap_err());
    assert!(said[0].contains("4000000000 runs in all; the most is 10000"), "{said:?}");
}

#[test]
fn settings_that_make_no_sense_point_at_the_argument() {
    let check = |argument: &str, expected: &str| {
        let overrides = Overrides { set: vec![argument.into()], ..Overrides::default() };
        let said = lines(&load_with(&pair(FLOW), &overrides).unwrap_err());
        assert_eq!(said, [format!("command line: --set {argument} {expected}")]);
    };
    check("flows.A.strat=1 s", "flows[0].strat: unknown field `strat`, did you mean `start`?");
    check("flowz.A.start=1 s", "flowz: unknown field `flowz`");
    check("flows.B.start=1 s", "flows.B: `flows` is a list, and none of its elements is called `B`");
    check("flows[3].start=1 s", "flows[3]: `flows` has 1 element(s), counted from 0: there is no [3]");
    check("title.x=1", "title.x: `title` is the text \"t\": it has no parts to set");
    check("seed", ": `=` is missing: write --set path=value");
    check("..=1", ": `..` is no path to a field: write it as `topology.bottleneck.delay` or `flows[0].start`");
    check("seed=-1", "seed: must be at least 0, found -1");
    check("seed=99999999999999999999", "seed: expected a whole number, found the number 1e+20");
}
