//! Path vector on hierarchies of autonomous systems: it converges, its paths are valley-free and those that theory says,
//! and on 3,000 systems it is done in seconds.

#[allow(dead_code, reason = "shared with the benchmark of routing")]
mod graph;

use std::collections::BTreeMap;
use std::io::Write;

use graph::{AsGraph, PREFIX};
use protocols::routing::testing::Lab;
use serde_json::Value;
use sim_core::ids::Destination;
use sim_core::random::Random;
use sim_core::script::Action;
use sim_core::time::Duration;

const TO: Destination = Destination::Prefix(0);

fn lab(graph: &AsGraph, origin: u32, mrai: Duration, script: &[(Duration, Action)]) -> Lab {
    let config = graph.config(origin, mrai);
    Lab::new(1, &graph.names(), &graph.cables(), &config, &[PREFIX.parse().expect("a prefix")], script)
}

/// The path from each system, by number, itself first.
fn paths(lab: &Lab) -> Vec<Option<Vec<u32>>> {
    let path = |at: usize| {
        let route = lab.router(at).routes().get(&TO)?;
        Some(route.path.as_ref()?.iter().map(|node| node.0).collect())
    };
    (0..lab.agents.len()).map(path).collect()
}

/// The paths that follow from who is next.
fn expected_paths(graph: &AsGraph, origin: u32) -> Vec<Option<Vec<u32>>> {
    let state = graph.stable_state(origin);
    let path = |at: u32| {
        let mut path = vec![at];
        while let Some((next, length)) = state[path[path.len() - 1] as usize] {
            if length == 0 {
                return Some(path);
            }
            path.push(next);
        }
        None
    };
    (0..graph.names.len() as u32).map(path).collect()
}

/// Hundreds of hierarchies, each before and after one of its cables is cut, and mended again.
#[test]
fn gao_and_rexford_s_policies_always_converge_to_valley_free_paths() {
    let (cut, mend, end) = (Duration::from_secs(40), Duration::from_secs(80), Duration::from_secs(120));
    for seed in 1..=300 {
        let mut random = Random::stream(seed, "hierarchy", "test");
        let size = 4 + random.below(22) as u32;
        let graph = AsGraph::random(size, &mut random);
        let origin = random.below(u64::from(size)) as u32;
        let cable = random.below(graph.cables().len() as u64) as usize;
        let script = [Lab::cut(cut, cable), Lab::mend(mend, cable)].concat();
        let mut lab = lab(&graph, origin, Duration::from_secs(1), &script);
        let without = graph.without(cable);
        for (until, graph) in [(cut, &graph), (mend, &without), (end, &graph)] {
            lab.run_until(until);
            let found = paths(&lab);
            assert_eq!(found, expected_paths(graph, origin), "seed {seed} at {until}");
            let pairs = graph.pairs();
            let mut known = found.iter().flatten();
            assert!(known.all(|path| graph.is_valley_free(path, &pairs)), "seed {seed} at {until}: {found:?}");
        }
        // Long settled: nothing changes any more.
        (0..size as usize).for_each(|at| drop(lab.changes(at)));
        lab.run_until(Duration::from_secs(400));
        assert!((0..size as usize).all(|at| lab.changes(at).is_empty()), "seed {seed}");
    }
}

/// One origin at a time on the graph of 3,000 systems.
#[test]
fn three_thousand_systems_find_the_paths_that_theory_says() {
    let graph = AsGraph::read(include_str!("../data/as-graph/synthetic-3000.as-rel.txt"));
    let expected: Value = serde_json::from_str(include_str!("../data/as-graph/synthetic-3000.expected.json"))
        .expect("the expectations are JSON");
    assert_eq!((graph.names.len(), graph.transit.len(), graph.peers.len()), (3_000, 4_953, 2_366));
    let pairs = graph.pairs();
    for name in ["100", "884", "2410", "4200001443"] {
        let origin = graph.names.binary_search_by_key(&name, String::as_str).expect("it is there") as u32;
        let of_origin = &expected[name];
        // First the graph itself: the recorded lengths are distances along valley-free ways.
        let distances = graph.valley_free_distances(origin);
        assert_eq!(histogram(distances.iter().flatten().copied()), recorded(&of_origin["hops_histogram"]), "{name}");

        let mut lab = lab(&graph, origin, Duration::from_secs(30), &[]);
        lab.run_until(Duration::from_secs(600));
        let found = paths(&lab);
        assert_eq!(Some(found.iter().flatten().count() as u64), of_origin["reached"].as_u64(), "{name}");
        assert_eq!(found, expected_paths(&graph, origin), "{name}");
        for (path, distance) in found.iter().flatten().zip(distances.iter().flatten()) {
            assert!(graph.is_valley_free(path, &pairs), "{name}: {path:?}");
            assert!(path.len() as u32 > *distance, "{name}: {path:?} is shorter than can be");
        }
        // The origin without providers: a customer's path, a peer's and a provider's never compete, so nobody takes a way
        // that is longer than it must be.
        if name == "100" {
            let lengths = found.iter().flatten().map(|path| path.len() as u32 - 1);
            assert_eq!(histogram(lengths), recorded(&of_origin["hops_histogram"]));
        }
        let (messages, bytes) = (0..3_000).map(|at| lab.router(at).sent()).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let said = format!("origin {name}: {messages} messages of {bytes} bytes, {} events", lab.simulation.events());
        writeln!(std::io::stderr(), "{said}").expect("standard error takes a line");
    }
}

fn histogram(lengths: impl Iterator<Item = u32>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    lengths.for_each(|length| *counts.entry(length.to_string()).or_default() += 1);
    counts
}

fn recorded(value: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(value.clone()).expect("counts by length")
}
