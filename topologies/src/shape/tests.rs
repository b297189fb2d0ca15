use std::collections::BTreeSet;

use petgraph::graph::UnGraph;

use super::*;
use crate::{NodeKind, Place, Topology, TopologySpec};

fn spec(json: &str) -> TopologySpec {
    serde_json::from_str(json).unwrap()
}

fn network(json: &str) -> Topology {
    Topology::new(&spec(json)).unwrap_or_else(|problems| panic!("{json}: {problems:?}"))
}

/// Every shape, small.
const EXAMPLES: &[&str] = &[
    r#"{ "shape": "line", "nodes": 3 }"#,
    r#"{ "shape": "ring", "nodes": 5 }"#,
    r#"{ "shape": "star", "leaves": 3 }"#,
    r#"{ "shape": "bus", "stations": 3 }"#,
    r#"{ "shape": "tree", "arity": 3, "depth": 2 }"#,
    r#"{ "shape": "mesh", "nodes": 4 }"#,
    r#"{ "shape": "grid", "rows": 3, "columns": 2 }"#,
    r#"{ "shape": "torus", "dimensions": [3, 4, 2] }"#,
    r#"{ "shape": "hypercube", "dimension": 4 }"#,
    r#"{ "shape": "diamond", "paths": 3 }"#,
    r#"{ "shape": "dumbbell", "pairs": 2 }"#,
    r#"{ "shape": "parking_lot", "hops": 2 }"#,
    r#"{ "shape": "fat_tree", "k": 2 }"#,
    r#"{ "shape": "leaf_spine", "leaves": 3, "spines": 2, "hosts_per_leaf": 2 }"#,
    r#"{ "shape": "bcube", "ports": 3, "level": 1 }"#,
    r#"{ "shape": "dcell", "ports": 3, "level": 1 }"#,
    r#"{ "shape": "dragonfly", "routers_per_group": 2, "global_per_router": 1, "hosts_per_router": 1 }"#,
    r#"{ "shape": "jellyfish", "switches": 10, "ports": 4, "network_ports": 3 }"#,
    r#"{ "shape": "erdos_renyi", "nodes": 20, "probability": 0.2 }"#,
    r#"{ "shape": "waxman", "nodes": 20, "beta": 0.9, "alpha": 0.3 }"#,
    r#"{ "shape": "barabasi_albert", "nodes": 20, "links_per_node": 2 }"#,
    r#"{ "shape": "random_regular", "nodes": 20, "degree": 3 }"#,
    r#"{ "shape": "transit_stub", "transit_domains": 2, "transit_nodes": 2, "stubs_per_transit_node": 2, "stub_nodes": 3 }"#,
    r#"{ "shape": "as_hierarchy", "tiers": [2, 5], "stubs": 12 }"#,
];

/// `json` with more fields.
fn with(json: &str, fields: &str) -> String {
    format!("{}, {fields} }}", json.trim_end_matches(" }"))
}

#[test]
fn there_is_an_example_of_every_shape() {
    let names: Vec<&str> = EXAMPLES.iter().map(|json| json.split('"').nth(3).unwrap()).collect();
    assert_eq!(names, KNOWN.iter().map(|(name, _, _)| *name).collect::<Vec<_>>());
}

#[test]
fn every_shape_is_written_as_it_is_read_and_known_to_the_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(TopologySpec)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for example in EXAMPLES {
        let read = spec(example);
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<TopologySpec>(written.clone()).unwrap(), read, "{example}");
        assert!(
            validator.is_valid(&written) && validator.is_valid(&serde_json::from_str(example).unwrap()),
            "{example}"
        );
        let mut misspelled = written;
        misspelled["linc"] = serde_json::json!({});
        assert!(!validator.is_valid(&misspelled), "{example}");
        assert!(serde_json::from_value::<TopologySpec>(misspelled).is_err(), "{example}");
    }
}

/// Hosts, routers, cables and diameter as the shape's definition has them.
fn check_counts(json: &str, hosts: usize, routers: usize, cables: usize, diameter: usize) {
    let network = network(json);
    let count = |kind| network.nodes.iter().filter(|node| node.kind == kind).count();
    assert_eq!((count(NodeKind::Host), count(NodeKind::Router)), (hosts, routers), "{json}");
    assert_eq!(network.cables.len(), cables, "{json}");
    assert!(network.is_connected(), "{json}");
    assert_eq!(network.diameter(), Some(diameter as u32), "{json}");
    assert_eq!(network.ids().len(), network.nodes.len(), "{json}: names are unique");
    let pairs: BTreeSet<_> = network.cables.iter().map(|c| (c.from.min(c.to), c.from.max(c.to))).collect();
    assert_eq!(pairs.len(), cables, "{json}: no two cables between the same nodes");
}

#[test]
fn shapes_of_textbooks_have_the_counts_of_their_closed_forms() {
    let check = check_counts;
    for n in [2, 3, 7] {
        check(&format!(r#"{{ "shape": "line", "nodes": {n} }}"#), 2, n - 2, n - 1, n - 1);
        check(&format!(r#"{{ "shape": "line", "nodes": {n}, "ends": "router" }}"#), 0, n, n - 1, n - 1);
        check(&format!(r#"{{ "shape": "mesh", "nodes": {n} }}"#), 0, n, n * (n - 1) / 2, 1);
    }
    for n in [3, 4, 9] {
        check(&format!(r#"{{ "shape": "ring", "nodes": {n} }}"#), 0, n, n, n / 2);
    }
    for n in [2, 5] {
        check(&format!(r#"{{ "shape": "star", "leaves": {n} }}"#), n, 1, n, 2);
        check(&format!(r#"{{ "shape": "bus", "stations": {n} }}"#), n, 1, n, 2);
        check(&format!(r#"{{ "shape": "diamond", "paths": {n} }}"#), 0, n + 2, 2 * n, 2);
    }
    for (r, h) in [(2_usize, 3_u32), (3, 2), (5, 1), (2, 1)] {
        let nodes = (r.pow(h + 1) - 1) / (r - 1);
        let json = format!(r#"{{ "shape": "tree", "arity": {r}, "depth": {h} }}"#);
        check(&json, 0, nodes, nodes - 1, 2 * h as usize);
        let leaves = r.pow(h);
        check(&with(&json, r#""leaves": "host""#), leaves, nodes - leaves, nodes - 1, 2 * h as usize);
    }
    check(r#"{ "shape": "tree", "arity": 1, "depth": 6 }"#, 0, 7, 6, 6);
    for (r, c) in [(3, 3), (1, 5), (4, 2), (2, 7)] {
        let json = format!(r#"{{ "shape": "grid", "rows": {r}, "columns": {c} }}"#);
        check(&json, 0, r * c, r * (c - 1) + c * (r - 1), r + c - 2);
    }
    for sides in [vec![5], vec![3, 3], vec![4, 5], vec![3, 4, 5], vec![3, 3, 3, 3]] {
        let json = format!(r#"{{ "shape": "torus", "dimensions": {sides:?} }}"#);
        let nodes: usize = sides.iter().product();
        check(&json, 0, nodes, sides.len() * nodes, sides.iter().map(|side| side / 2).sum());
    }
    // Along a side of 2 there is one cable for every two nodes.
    check(r#"{ "shape": "torus", "dimensions": [2, 4] }"#, 0, 8, 8 + 4, 1 + 2);
    check(r#"{ "shape": "torus", "dimensions": [2, 2, 2] }"#, 0, 8, 3 * 4, 3);
    for d in 1..=7 {
        check(&format!(r#"{{ "shape": "hypercube", "dimension": {d} }}"#), 0, 1 << d, d << (d - 1), d);
    }
    for n in [1, 2, 9] {
        check(&format!(r#"{{ "shape": "dumbbell", "pairs": {n} }}"#), 2 * n, 2, 2 * n + 1, 3);
    }
    for b in [1, 2, 5] {
        let json = format!(r#"{{ "shape": "parking_lot", "hops": {b} }}"#);
        check(&json, 2 * (b + 1), b + 1, b + 2 * (b + 1), b + 2);
    }
}

#[test]
fn shapes_of_data_centers_have_the_counts_of_their_closed_forms() {
    let check = check_counts;
    for k in [4_usize, 6] {
        let json = format!(r#"{{ "shape": "fat_tree", "k": {k} }}"#);
        check(&json, k.pow(3) / 4, 5 * k.pow(2) / 4, 3 * k.pow(3) / 4, 6);
    }
    for (l, s, h) in [(4, 2, 2), (2, 5, 1), (3, 3, 10)] {
        let json = format!(r#"{{ "shape": "leaf_spine", "leaves": {l}, "spines": {s}, "hosts_per_leaf": {h} }}"#);
        check(&json, l * h, l + s, l * s + l * h, 4);
    }
    for (n, k) in [(2_usize, 0_u32), (4, 1), (3, 2), (2, 3), (8, 1)] {
        // From server to server a switch for each number in which they differ.
        let (json, levels) = (format!(r#"{{ "shape": "bcube", "ports": {n}, "level": {k} }}"#), k as usize + 1);
        check(&json, n.pow(k + 1), levels * n.pow(k), levels * n.pow(k + 1), 2 * levels);
    }
    for n in [3, 4, 6] {
        // Switch, cable between cells, switch.
        let json = format!(r#"{{ "shape": "dcell", "ports": {n}, "level": 1 }}"#);
        check(&json, n * (n + 1), n + 1, 3 * n * (n + 1) / 2, 5);
    }
    // Level 2 on switches of 2 ports: 2, 6, then 42 servers, each with a switch and two others at its cables.
    let double = network(r#"{ "shape": "dcell", "ports": 2, "level": 2 }"#);
    assert_eq!((double.nodes.len(), double.cables.len()), (42 + 21, 42 + 42));
    // The paper's bound of 2^(k+1) - 1 hops between servers: four through a switch, three along a cable.
    assert!(double.diameter().unwrap() <= 4 * 2 + 3);
    for (a, h, p) in [(2, 1, 1), (4, 2, 2), (6, 3, 1), (1, 5, 2)] {
        let json = format!(
            r#"{{ "shape": "dragonfly", "routers_per_group": {a}, "global_per_router": {h}, "hosts_per_router": {p} }}"#
        );
        let groups = a * h + 1;
        let cables = groups * a * (a - 1) / 2 + groups * a * h / 2 + groups * a * p;
        // Local, global, local between routers, but for groups of one, and a cable to each host.
        let diameter = if a == 1 { 1 } else { 3 } + 2;
        check(&json, groups * a * p, groups * a, cables, diameter);
    }
    for (n, k, r) in [(20, 6, 4), (21, 4, 4), (10, 9, 3)] {
        let json = format!(r#"{{ "shape": "jellyfish", "switches": {n}, "ports": {k}, "network_ports": {r} }}"#);
        let jellyfish = network(&json);
        let hosts = n * (k - r);
        assert_eq!((jellyfish.nodes.len(), jellyfish.cables.len()), (n + hosts, n * r / 2 + hosts), "{json}");
        let graph = jellyfish.graph();
        for node in graph.node_indices() {
            let ports = if jellyfish.nodes[node.index()].kind == NodeKind::Router { k } else { 1 };
            assert_eq!(graph.neighbors(node).count(), ports, "{json}");
        }
        assert!(jellyfish.is_connected());
    }
}

#[test]
fn regular_shapes_are_the_graphs_that_others_listed() {
    let listed: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/data/shapes/teaching.json")).unwrap();
    let topologies = listed["topologies"].as_array().unwrap();
    assert_eq!(topologies.len(), 14);
    for entry in topologies {
        let mut graph = UnGraph::<(), ()>::new_undirected();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let nodes: std::collections::BTreeMap<String, _> =
            entry["nodes"].as_array().unwrap().iter().map(|name| (text(name), graph.add_node(()))).collect();
        for edge in entry["edges"].as_array().unwrap() {
            graph.add_edge(nodes[&text(&edge[0])], nodes[&text(&edge[1])], ());
        }
        let ours = network(&entry["spec"].to_string()).graph().map(|_, _| (), |_, _| ());
        assert!(petgraph::algo::is_isomorphic(&graph, &ours), "{}", entry["id"]);
    }
}

#[test]
fn names_tell_where_a_node_is() {
    let check = |json: &str, expected: &[&str]| {
        let names: Vec<String> = network(json).cables.into_iter().map(|cable| cable.name).collect();
        assert_eq!(names, expected, "{json}");
    };
    check(r#"{ "shape": "ring", "nodes": 3 }"#, &["r1-r2", "r2-r3", "r3-r1"]);
    check(r#"{ "shape": "bus", "stations": 2 }"#, &["h1-bus", "h2-bus"]);
    check(
        r#"{ "shape": "tree", "arity": 2, "depth": 2, "leaves": "host" }"#,
        &["r1-r2", "r1-r3", "r2-h1", "r2-h2", "r3-h3", "r3-h4"],
    );
    check(r#"{ "shape": "grid", "rows": 2, "columns": 2 }"#, &["r1_1-r1_2", "r1_1-r2_1", "r1_2-r2_2", "r2_1-r2_2"]);
    check(r#"{ "shape": "torus", "dimensions": [3] }"#, &["r1-r2", "r2-r3", "r3-r1"]);
    check(r#"{ "shape": "hypercube", "dimension": 2 }"#, &["r00-r01", "r00-r10", "r01-r11", "r10-r11"]);
    check(
        r#"{ "shape": "diamond", "paths": 2, "hosts": { "per_router": 1 } }"#,
        &["s-r1", "r1-t", "s-r2", "r2-t", "h1-s", "h2-t"],
    );
    check(
        r#"{ "shape": "leaf_spine", "leaves": 2, "spines": 1, "hosts_per_leaf": 1 }"#,
        &["leaf1-spine1", "h1-leaf1", "leaf2-spine1", "h2-leaf2"],
    );
    check(
        r#"{ "shape": "bcube", "ports": 2, "level": 1 }"#,
        &[
            "h1_1-sw0_1",
            "h1_2-sw0_1",
            "h2_1-sw0_2",
            "h2_2-sw0_2",
            "h1_1-sw1_1",
            "h2_1-sw1_1",
            "h1_2-sw1_2",
            "h2_2-sw1_2",
        ],
    );
    check(r#"{ "shape": "as_hierarchy", "tiers": [2], "stubs": 0 }"#, &["AS1-AS2"]);
}

#[test]
fn hosts_are_added_at_every_router_on_request() {
    for (name, example) in KNOWN.iter().map(|(name, _, _)| *name).zip(EXAMPLES) {
        let json = with(example, r#""hosts": { "per_router": 2, "access": { "bandwidth": "7 Mbps" } }"#);
        let Ok(spec) = serde_json::from_str::<TopologySpec>(&json) else {
            // These have hosts of their own.
            let own = ["line", "star", "bus", "dumbbell", "parking_lot", "fat_tree", "leaf_spine", "bcube", "dcell"];
            assert!(own.contains(&name) || ["dragonfly", "jellyfish"].contains(&name), "{name}");
            continue;
        };
        let (bare, network) = (network(example), Topology::new(&spec).unwrap());
        let takes = bare.nodes.iter().filter(|node| match name {
            // At both ends; at the stubs.
            "diamond" => ["s", "t"].contains(&node.name.as_str()),
            "transit_stub" => node.name.starts_with('s'),
            _ => true,
        });
        let hosts = 2 * takes.count();
        assert_eq!(network.nodes.len(), bare.nodes.len() + hosts, "{name}");
        assert_eq!(network.nodes[..bare.nodes.len()], bare.nodes, "{name}");
        assert_eq!(network.nodes.last().unwrap().name, format!("h{hosts}"));
        assert_eq!(network.cables[..bare.cables.len()], bare.cables, "{name}");
        for cable in &network.cables[bare.cables.len()..] {
            assert_eq!(network.nodes[cable.from.index()].kind, NodeKind::Host);
            assert_eq!(cable.forward.bandwidth.bps(), 7_000_000);
        }
    }
}

#[test]
fn random_shapes_depend_on_the_seed_alone() {
    let build = |json: &str, seed| Topology::with(&spec(json), seed, |_| Err(String::new())).unwrap();
    let mut random = 0;
    for example in EXAMPLES {
        assert_eq!(build(example, 1), build(example, 1), "{example}");
        let own = with(example, r#""seed": 5"#);
        if serde_json::from_str::<TopologySpec>(&own).is_err() {
            assert_eq!(build(example, 1), build(example, 2), "{example}");
            continue;
        }
        random += 1;
        assert_ne!(build(example, 1), build(example, 2), "{example}");
        // A seed of its own beats that of the experiment, and the same number gives the same.
        assert_eq!(build(&own, 1), build(&own, 2), "{example}");
        assert_eq!(build(&own, 1), build(example, 5), "{example}");
    }
    assert_eq!(random, 7);
}

#[test]
fn an_erdos_renyi_graph_has_the_cables_of_its_expectation() {
    // The sum of 40 graphs with 19 900 pairs each is binomial.
    for probability in [0.002, 0.03, 0.4] {
        let cables: usize = (0..40)
            .map(|seed| {
                let json = format!(
                    r#"{{ "shape": "erdos_renyi", "nodes": 200, "probability": {probability}, "seed": {seed} }}"#
                );
                network(&json).cables.len()
            })
            .sum();
        let pairs = 40.0 * 200.0 * 199.0 / 2.0;
        let deviation = f64::sqrt(pairs * probability * (1.0 - probability));
        let off = cables as f64 - pairs * probability;
        assert!(off.abs() < 4.0 * deviation, "{probability}: {cables}");
    }
}

#[test]
fn random_graphs_are_connected_when_asked_for() {
    for seed in 0..20 {
        for json in [
            r#"{ "shape": "erdos_renyi", "nodes": 100, "probability": 0.01, "connected": true }"#,
            r#"{ "shape": "waxman", "nodes": 100, "beta": 0.1, "connected": true }"#,
            r#"{ "shape": "random_regular", "nodes": 100, "degree": 2, "connected": true }"#,
            r#"{ "shape": "barabasi_albert", "nodes": 100, "links_per_node": 1 }"#,
        ] {
            assert!(network(&with(json, &format!(r#""seed": {seed}"#))).is_connected(), "{json} {seed}");
        }
    }
}

#[test]
fn degrees_of_a_barabasi_albert_graph_fall_with_the_cube() {
    for (n, m) in [(20_000, 2), (20_000, 1), (5_000, 7)] {
        let json = format!(r#"{{ "shape": "barabasi_albert", "nodes": {n}, "links_per_node": {m}, "seed": 1 }}"#);
        let network = network(&json);
        assert_eq!((network.nodes.len(), network.cables.len()), (n, m * (n - m)));
        let mut degrees = vec![0; n];
        for cable in &network.cables {
            degrees[cable.from.index()] += 1;
            degrees[cable.to.index()] += 1;
        }
        assert!(degrees.iter().filter(|degree| **degree < m).count() <= m, "only leaves of the first star have fewer");
        for k in [2 * m, 5 * m, 10 * m] {
            // The share with k or more: m(m+1) / (k(k+1)) (Dorogovtsev, Mendes & Samukhin 2000; Bollobás et al. 2001).
            let expected = n as f64 * (m * (m + 1)) as f64 / (k * (k + 1)) as f64;
            let count = degrees.iter().filter(|degree| **degree >= k).count() as f64;
            // Degrees of different nodes hang together little.
            assert!((count - expected).abs() < 4.0 * expected.sqrt() + 0.03 * expected, "{k}: {count}, not {expected}");
        }
    }
}

#[test]
fn a_random_regular_graph_has_exact_degrees() {
    for (n, d) in [(10, 3), (50, 4), (31, 30), (40, 25), (2, 1), (6, 1)] {
        let json = format!(r#"{{ "shape": "random_regular", "nodes": {n}, "degree": {d}, "seed": 3 }}"#);
        let network = network(&json);
        assert_eq!(network.cables.len(), n * d / 2);
        let graph = network.graph();
        for node in graph.node_indices() {
            assert_eq!(graph.neighbors(node).collect::<BTreeSet<_>>().len(), d, "{json}");
        }
    }
}

#[test]
fn counts_that_make_no_sense_are_refused_with_their_place() {
    let check = |json: &str, expected: &[&str]| {
        let problems = Topology::new(&spec(json)).unwrap_err();
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{json}");
    };
    check(r#"{ "shape": "line", "nodes": 1 }"#, &["topology.nodes: 1 is out of range: from 2 to 1000000"]);
    check(r#"{ "shape": "star", "leaves": 0 }"#, &["topology.leaves: 0 is out of range: from 1 to 999999"]);
    check(
        r#"{ "shape": "dumbbell", "pairs": 4000000000 }"#,
        &["topology.pairs: 4000000000 is out of range: from 1 to 499999"],
    );
    check(r#"{ "shape": "parking_lot", "hops": 0 }"#, &["topology.hops: 0 is out of range: from 1 to 333332"]);
    check(r#"{ "shape": "fat_tree", "k": 5 }"#, &["topology.k: 5 is odd; an even number is needed"]);
    check(r#"{ "shape": "fat_tree", "k": 66 }"#, &["topology.k: 66 is out of range: from 2 to 64"]);
    check(r#"{ "shape": "ring", "nodes": 2 }"#, &["topology.nodes: 2 is out of range: from 3 to 1000000"]);
    check(r#"{ "shape": "mesh", "nodes": 3000 }"#, &["topology.nodes: 3000 is out of range: from 2 to 2000"]);
    check(
        r#"{ "shape": "tree", "arity": 10, "depth": 6 }"#,
        &["topology.depth: 1111111 nodes; netsim takes at most 1000000"],
    );
    check(
        r#"{ "shape": "tree", "arity": 0, "depth": 999999999 }"#,
        &[
            "topology.arity: 0 is out of range: from 1 to 999999",
            "topology.depth: 999999999 is out of range: from 1 to 999999",
        ],
    );
    check(
        r#"{ "shape": "tree", "arity": 999999, "depth": 999999 }"#,
        &["topology.depth: 18446744073709551615 nodes; netsim takes at most 1000000"],
    );
    check(
        r#"{ "shape": "grid", "rows": 2000, "columns": 2000 }"#,
        &["topology.columns: 4000000 nodes; netsim takes at most 1000000"],
    );
    check(r#"{ "shape": "torus", "dimensions": [] }"#, &["topology.dimensions: 0 is out of range: from 1 to 20"]);
    check(
        r#"{ "shape": "torus", "dimensions": [3, 1, 4] }"#,
        &["topology.dimensions[1]: 1 is out of range: from 2 to 1000000"],
    );
    check(
        r#"{ "shape": "torus", "dimensions": [90, 90, 90] }"#,
        &["topology.dimensions: 2187000 cables; netsim takes at most 2000000"],
    );
    check(r#"{ "shape": "hypercube", "dimension": 18 }"#, &["topology.dimension: 18 is out of range: from 1 to 17"]);
    check(
        r#"{ "shape": "leaf_spine", "leaves": 2000, "spines": 2000, "hosts_per_leaf": 0 }"#,
        &["topology.leaves: 4000000 cables; netsim takes at most 2000000"],
    );
    check(
        r#"{ "shape": "bcube", "ports": 100, "level": 3 }"#,
        &["topology.level: 104000000 nodes; netsim takes at most 1000000"],
    );
    check(
        r#"{ "shape": "dcell", "ports": 900, "level": 3 }"#,
        // 900, 810 900, 657 559 620 900, and the last squared.
        &["topology.level: 18446744073709551615 nodes; netsim takes at most 1000000"],
    );
    check(
        r#"{ "shape": "dragonfly", "routers_per_group": 1000000, "global_per_router": 1000000, "hosts_per_router": 1000000 }"#,
        &["topology.routers_per_group: 18446744073709551615 nodes; netsim takes at most 1000000"],
    );
    check(
        r#"{ "shape": "jellyfish", "switches": 5, "ports": 3, "network_ports": 4 }"#,
        &["topology.network_ports: 4 is out of range: from 2 to 3"],
    );
    check(
        r#"{ "shape": "jellyfish", "switches": 5, "ports": 9, "network_ports": 3 }"#,
        &["topology.network_ports: 5 times 3 is odd, but every cable has two ends: make one of them even"],
    );
    check(
        r#"{ "shape": "erdos_renyi", "nodes": 1, "probability": 1.5 }"#,
        &[
            "topology.nodes: 1 is out of range: from 2 to 1000000",
            "topology.probability: 1.5 is out of range: from 0 to 1",
        ],
    );
    check(
        r#"{ "shape": "erdos_renyi", "nodes": 10000, "probability": 0.5 }"#,
        &["topology.probability: 24997500 cables; netsim takes at most 2000000"],
    );
    check(
        r#"{ "shape": "waxman", "nodes": 50001, "alpha": 0.0, "beta": -1, "width_km": 1e6 }"#,
        &[
            "topology.nodes: 50001 is out of range: from 2 to 50000",
            "topology.alpha: 0 is out of range: from 0.000001 to 1000",
            "topology.beta: -1 is out of range: from 0 to 1",
            "topology.width_km: 1000000 is out of range: from 0 to 40000",
        ],
    );
    check(
        r#"{ "shape": "barabasi_albert", "nodes": 5, "links_per_node": 5 }"#,
        &["topology.links_per_node: 5 is out of range: from 1 to 4"],
    );
    check(
        r#"{ "shape": "random_regular", "nodes": 5, "degree": 3 }"#,
        &["topology.degree: 5 times 3 is odd, but every cable has two ends: make one of them even"],
    );
    check(
        r#"{ "shape": "random_regular", "nodes": 4, "degree": 1, "connected": true }"#,
        &["topology.connected: routers with one neighbour each make pairs: give a degree of at least 2"],
    );
    check(
        r#"{ "shape": "transit_stub", "transit_domains": 1000000, "transit_nodes": 1000000,
             "stubs_per_transit_node": 1000000, "stub_nodes": 1000000, "stub_probability": 2 }"#,
        &["topology.stub_probability: 2 is out of range: from 0 to 1"],
    );
    check(
        r#"{ "shape": "transit_stub", "transit_domains": 1, "transit_nodes": 2, "stubs_per_transit_node": 1,
             "stub_nodes": 2, "extra_transit_stub": 4, "extra_stub_stub": 3 }"#,
        // Of 2 · 4 pairs two are joined; of 4 · 3 / 2 pairs two are within a domain.
        &[
            "topology.extra_transit_stub: 4 is out of range: from 0 to 3",
            "topology.extra_stub_stub: 3 is out of range: from 0 to 2",
        ],
    );
    check(
        r#"{ "shape": "as_hierarchy", "tiers": [], "stubs": 3, "providers": 0.5 }"#,
        &[
            "topology.tiers: 0 is out of range: from 1 to 20",
            "topology.providers: 0.5 is out of range: from 1 to 10000",
        ],
    );
    check(
        r#"{ "shape": "ring", "nodes": 600000, "hosts": { "per_router": 1 } }"#,
        &["topology.hosts.per_router: 1200000 nodes; netsim takes at most 1000000"],
    );
}

#[test]
fn the_largest_shapes_stay_within_the_limits() {
    // Twice the pairs and two routers; three nodes a hop and three more.
    const { assert!(2 * dumbbell::MOST_PAIRS + 2 <= crate::MOST_NODES) }
    const { assert!(3 * parking_lot::MOST_HOPS + 3 <= crate::MOST_NODES) }
    const { assert!(star::MOST_LEAVES < crate::MOST_NODES) }
    const { assert!(mesh::MOST_ROUTERS * (mesh::MOST_ROUTERS - 1) / 2 <= crate::MOST_CABLES) }
    const { assert!(hypercube::MOST_DIMENSIONS << (hypercube::MOST_DIMENSIONS - 1) <= crate::MOST_CABLES) }
}

#[test]
fn routers_get_the_processing_delay_and_hosts_none() {
    for example in EXAMPLES {
        for node in network(&with(example, r#""processing_delay": "3 us""#)).nodes {
            let micros = if node.kind == NodeKind::Router { 3 } else { 0 };
            let expected = sim_core::time::Duration::from_micros(micros);
            assert_eq!(node.processing_delay, expected, "{example} {}", node.name);
        }
    }
}

#[test]
fn registered_names_are_the_names_in_files() {
    for (name, _, _) in KNOWN {
        let error = serde_json::from_str::<ShapeSpec>(&format!(r#"{{ "shape": "{name}" }}"#)).unwrap_err();
        assert!(error.to_string().contains("missing field"), "{name}: {error}");
    }
}

#[test]
fn shapes_of_textbooks_are_drawn_with_every_node_at_a_place_of_its_own() {
    let unplaced = [
        "bus",
        "bcube",
        "dcell",
        "dragonfly",
        "jellyfish",
        "erdos_renyi",
        "barabasi_albert",
        "random_regular",
        "transit_stub",
        "as_hierarchy",
    ];
    let fields = r#""hosts": { "per_router": 3 }"#;
    let cube = r#"{ "shape": "hypercube", "dimension": 9 }"#;
    let torus = r#"{ "shape": "torus", "dimensions": [5, 6] }"#;
    for example in EXAMPLES.iter().chain([&cube, &torus]) {
        let more = with(example, fields);
        let json = if serde_json::from_str::<TopologySpec>(&more).is_ok() { &more } else { *example };
        let name = json.split('"').nth(3).unwrap();
        let places: Vec<Option<Place>> = network(json).nodes.into_iter().map(|node| node.place).collect();
        if unplaced.contains(&name) || json.contains("[3, 4, 2]") {
            assert!(places.iter().all(Option::is_none), "{json}");
            continue;
        }
        let spots: Vec<(f64, f64)> = places
            .iter()
            .map(|place| match place {
                Some(Place::Plane(place)) => (place.x, place.y),
                other => panic!("{json}: {other:?}"),
            })
            .collect();
        for (at, one) in spots.iter().enumerate() {
            for other in &spots[..at] {
                assert!((one.0 - other.0).abs() + (one.1 - other.1).abs() > 1e-3, "{json}: {one:?} and {other:?}");
            }
        }
    }
}

#[test]
fn an_internet_of_75_000_systems_is_laid_out() {
    let internet = network(
        r#"{ "shape": "as_hierarchy", "tiers": [15, 400, 10000], "stubs": 64585, "providers": 2.2, "peers": 64 }"#,
    );
    // 105 in the clique, 2.2 for each of 74 985, and 64 for every two of 10 400.
    let expected = 105.0 + 2.2 * 74_985.0 + 32.0 * 10_400.0;
    assert_eq!(internet.nodes.len(), 75_000);
    assert!((internet.cables.len() as f64 - expected).abs() < 5_000.0, "{}", internet.cables.len());
}
