//! The options of an import, on a small map whose numbers are known.

use sim_core::time::Duration;
use sim_core::units::Rate;

use super::*;
use crate::{Topology, TopologySpec};

/// Four routers in our own form; `extra` goes beside `file`.
fn survey(list: &str, extra: &str) -> Survey {
    let spec: FileSpec = serde_json::from_str(&format!(r#"{{ "file": "map.json" {extra} }}"#)).unwrap();
    spec.survey(list.as_bytes()).unwrap()
}

fn actions(survey: &Survey) -> Vec<(&str, u64)> {
    survey.report.entries.iter().map(|entry| (entry.what.as_str(), entry.count)).collect()
}

const SQUARE: &str = r#"{ "nodes": [ "a", "b", { "name": "c", "place": { "latitude": 0, "longitude": 0 } }, "d", "e" ],
    "links": [ { "from": "a", "to": "b", "bandwidth": "10 Mbps", "delay": "1 ms", "cost": 3, "name": "first" },
               { "from": "b", "to": "a", "bandwidth": "5 Mbps", "delay": "2 ms", "cost": 2 },
               { "from": "b", "to": "c" }, { "from": "c", "to": "d" } ],
    "demands": [ { "from": "a", "to": "d", "rate": "1 Mbps" }, { "from": "e", "to": "a", "rate": "2 Mbps" } ] }"#;

#[test]
fn our_own_form_loses_nothing() {
    let by_file: TopologySpec = serde_json::from_str(r#"{ "file": "map.json" }"#).unwrap();
    let direct = Topology::new(&serde_json::from_str(SQUARE).unwrap()).unwrap();
    let read = Topology::with(&by_file, 1, |_| Ok(SQUARE.as_bytes().to_vec())).unwrap();
    assert_eq!(Topology { report: None, ..read }, direct);
}

#[test]
fn the_largest_part_is_left_on_request() {
    let all = survey(SQUARE, "");
    assert_eq!((all.nodes.len(), all.demands.len()), (5, 2));
    assert!(actions(&all).contains(&("parts", 2)));
    let largest = survey(SQUARE, r#", "part": "largest""#);
    assert_eq!(largest.nodes.iter().map(|node| node.name.as_str()).collect::<String>(), "abcd");
    assert_eq!(largest.demands, [(0, 3, Rate::from_mbps(1))]);
    assert!(actions(&largest).contains(&("parts", 1)) && actions(&largest).contains(&("demands", 1)));
}

#[test]
fn parallel_links_are_bundled_on_request() {
    let bundled = survey(SQUARE, r#", "parallel": "bundle", "both_directions": "keep""#);
    assert_eq!(bundled.links.len(), 3);
    let line = bundled.links[0].forward;
    assert_eq!((line.rate, line.delay, line.cost), (Rate::from_mbps(15), Duration::from_millis(1), 2));
    assert!(actions(&bundled).contains(&("parallel", 1)));
}

#[test]
fn a_file_that_is_not_there_is_said_at_the_field() {
    let spec: TopologySpec = serde_json::from_str(r#"{ "file": "none.gml" }"#).unwrap();
    let problems = Topology::with(&spec, 1, |_| Err("there is no such file".into())).unwrap_err();
    assert_eq!(problems[0].to_string(), "topology.file: none.gml: there is no such file");
}

#[test]
fn what_no_format_knows_is_refused_with_the_formats_there_are() {
    let problem = FileSpec::new("x").survey(b"hello, world").unwrap_err();
    assert!(problem.to_string().contains("none of the formats known: "), "{problem}");
}

#[test]
fn names_are_made_unique_and_clean() {
    assert_eq!(crate::problem::clean_name("  New\n York  -> #1 "), "New York → no.1");
    assert_eq!(crate::problem::clean_name(&"x".repeat(100)).chars().count(), 56);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let spec: FileSpec =
        serde_json::from_str(r#"{ "file": "x", "delays": { "speed_km_s": 0, "route_factor": 0.5 } }"#).unwrap();
    let mut problems = Vec::new();
    spec.check(&mut problems);
    let places: Vec<&str> = problems.iter().map(|problem| problem.at.as_str()).collect();
    assert_eq!(places, ["/delays/speed_km_s", "/delays/route_factor"]);
}
