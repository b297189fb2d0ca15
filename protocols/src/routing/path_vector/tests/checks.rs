//! What is wrong with a configuration is found before it runs.

use super::*;

const NAMES: [&str; 3] = ["A", "B", "C"];
const PAIRS: [(u32, u32); 2] = [(0, 1), (1, 2)];

/// Faults by place, with what would be known there.
fn found(json: &str) -> Vec<(String, Vec<String>)> {
    let config: Config = serde_json::from_str(json).expect("a configuration");
    faults(&NAMES, &PAIRS, &config).into_iter().map(|fault| (fault.at, fault.known)).collect()
}

fn at(place: &str, known: &[&str]) -> (String, Vec<String>) {
    (place.to_owned(), known.iter().map(|&name| name.to_owned()).collect())
}

#[test]
fn unknown_routers_and_cables_that_are_not_there_are_named() {
    assert_eq!(found(r#"{"networks": {"a": ["20.1.0.0/16"]}}"#), [at("networks/a", &NAMES)]);
    assert_eq!(
        found(r#"{"relationships": [{"provider": "A", "customer": "D"}]}"#),
        [at("relationships/0/customer", &NAMES)]
    );
    assert_eq!(found(r#"{"relationships": [{"peers": ["A", "C"]}]}"#), [at("relationships/0/peers/1", &["B"])]);
    assert_eq!(found(r#"{"import": {"A": [{"neighbor": "C"}]}}"#), [at("import/A/0/neighbor", &["B"])]);
    assert_eq!(found(r#"{"export": {"A": [{"path": ["B", "X"]}]}}"#), [at("export/A/0/path/1", &NAMES)]);
    assert_eq!(found(r#"{"router_ids": {"x/y": 1}}"#), [at("router_ids/x~1y", &NAMES), at("router_ids", &[])]);
}

#[test]
fn prefixes_are_read_strictly() {
    for (prefix, is_good) in [("20.1.0.0/16", true), ("20.1.0.1/16", false), ("20.1/16", false), ("20.1.0.0/33", false)]
    {
        let expected = if is_good { Vec::new() } else { vec![at("networks/A/0", &[])] };
        assert_eq!(found(&format!(r#"{{"networks": {{"A": ["{prefix}"]}}}}"#)), expected, "{prefix}");
        let expected = if is_good { Vec::new() } else { vec![at("import/B/0/within", &[])] };
        assert_eq!(found(&format!(r#"{{"import": {{"B": [{{"within": "{prefix}"}}]}}}}"#)), expected, "{prefix}");
    }
}

#[test]
fn gao_rexford_needs_every_relationship_once() {
    let both = r#"{"provider": "A", "customer": "B"}, {"peers": ["B", "C"]}"#;
    let config = |relationships: &str| format!(r#"{{"policy": "gao_rexford", "relationships": [{relationships}]}}"#);
    assert_eq!(found(&config(both)), []);
    assert_eq!(found(&config(r#"{"peers": ["B", "A"]}"#)), [at("relationships", &[])]);
    assert_eq!(found(&config(&format!(r#"{both}, {{"peers": ["C", "B"]}}"#))), [at("relationships/2", &[])]);
}

#[test]
fn timers_ids_and_preferences_that_cannot_work_are_refused() {
    assert_eq!(found(r#"{"hold_time": "2s"}"#), [at("hold_time", &[]), at("keepalive", &[])]);
    assert_eq!(found(r#"{"hold_time": "0s", "keepalive": "0s"}"#), []);
    assert_eq!(found(r#"{"keepalive": "90s"}"#), [at("keepalive", &[])]);
    assert_eq!(found(r#"{"connect_retry": "0s"}"#), [at("connect_retry", &[])]);
    assert_eq!(found(r#"{"router_ids": {"A": 1, "B": 2, "C": 1}}"#), [at("router_ids/C", &[])]);
    assert_eq!(found(r#"{"router_ids": {"A": 1, "B": 2}}"#), [at("router_ids", &[])]);
    assert_eq!(found(r#"{"export": {"A": [{"cable": 1}]}}"#), [at("export/A/0/cable", &[])]);
    assert_eq!(found(r#"{"export": {"A": [{"neighbor": "B", "cable": 0}]}}"#), [at("export/A/0/cable", &[])]);
    assert_eq!(found(r#"{"export": {"A": [{"local_preference": 5}]}}"#), [at("export/A/0/local_preference", &[])]);
}

#[test]
fn a_configuration_reads_back_as_it_was_written() {
    let text = r#"{"relationships": [{"provider": "A", "customer": "B"}, {"peers": ["B", "C"]}],
        "import": {"A": [{"path": ["B"], "local_preference": 200}, {"then": "reject"}]}}"#;
    let config: Config = serde_json::from_str(text).expect("a configuration");
    let again = serde_json::to_string(&config).expect("it can be written");
    assert_eq!(serde_json::from_str::<Config>(&again).expect("it can be read"), config);
    assert!(serde_json::from_str::<Config>(r#"{"mraii": "3s"}"#).is_err());
    assert!(serde_json::from_str::<Config>(r#"{"relationships": [{"provider": "A"}]}"#).is_err());
}
