//! Graphs of Graphviz, by hand.

use sim_core::time::Duration;
use sim_core::units::Rate;

use super::*;
use crate::Place;
use crate::import::{Format, LinkFacts, read};
use crate::place::Plane;

fn map(text: &str) -> Map {
    let (format, map) = read(text.as_bytes(), None, "").unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    assert_eq!(format, Format::Dot, "{text}");
    map
}

fn links(map: &Map) -> String {
    let id = |node: u32| map.nodes[node as usize].id.as_str();
    map.links.iter().map(|link| format!("{}{} ", id(link.from), id(link.to))).collect()
}

fn facts(map: &Map, at: usize) -> LinkFacts {
    map.links[at].facts.as_deref().cloned().unwrap_or_default()
}

#[test]
fn chains_and_subgraphs_are_links_between_each_two() {
    assert_eq!(links(&map("digraph { a -> b -> c; d }")), "ab bc ");
    assert_eq!(links(&map("graph g { {a b} -- {c d} -- e }")), "ac ad bc bd ce de ");
    assert_eq!(links(&map("digraph { subgraph s { a -> b } -> c }")), "ab ac bc ");
    assert_eq!(links(&map("graph { a -- { b { c } } }")), "ab ac ");
    assert_eq!(links(&map("GRAPH { a:p:n -- b:w a -- b }")), "ab ab ");
    assert_eq!(map("graph { a -- b; c }").nodes.len(), 3);
}

#[test]
fn attributes_of_nodes_and_links_are_read() {
    let map = map(r#"/* x */ graph "my net" {
        label = "My net"; node [shape=box]
        a [label="New\nYork", pos="1.5,2!", color=red]; b [label=<<b>Rome</b>>]
        a -- b [bandwidth="10 Gbps", delay="5 ms"; weight=7] [label="OC-48"]
        }"#);
    assert_eq!(map.title.as_deref(), Some("My net"));
    let labels: Vec<_> = map.nodes.iter().map(|node| node.label.as_deref()).collect();
    assert_eq!(labels, [Some("New York"), Some("Rome")]);
    assert_eq!(map.nodes[0].place, Some(Place::Plane(Plane { x: 1.5, y: 2.0 })));
    let expected = LinkFacts {
        rate: Some(Rate::from_mbps(10_000)),
        delay: Some(Duration::from_millis(5)),
        cost: Some(7.0),
        texts: vec!["OC-48".into()],
        ..LinkFacts::default()
    };
    assert_eq!((facts(&map, 0), map.remarks), (expected, vec![]));
}

#[test]
fn defaults_hold_for_what_follows_within_their_braces() {
    let map = map("graph { a -- b edge [cost=2] a -- c { edge [cost=3] a -- d a -- e [cost=4] } a -- f
        node [label=x] g a { node [label=y] h [label=z] i } j }");
    let costs: Vec<_> = (0..map.links.len()).map(|at| facts(&map, at).cost).collect();
    assert_eq!(costs, [None, Some(2.0), Some(3.0), Some(4.0), Some(2.0)]);
    let labels: Vec<_> = map.nodes.iter().map(|node| node.label.as_deref().unwrap_or("-")).collect();
    // a to f were named before there were defaults.
    assert_eq!(labels.concat(), "------xzyx");
}

#[test]
fn a_strict_graph_has_one_link_between_two_nodes() {
    let undirected = map("strict graph { a -- b b -- a a -- b }");
    assert_eq!((links(&undirected).as_str(), undirected.remarks[0].count), ("ab ", 2));
    assert_eq!(links(&map("strict digraph { a -> b b -> a a -> b }")), "ab ba ");
    assert_eq!(links(&map("graph { a -- b b -- a }")), "ab ba ");
}

#[test]
fn the_last_value_of_an_attribute_counts() {
    let map = map("graph { a [label=x]; a [label=y]; b [label=\"\\N\"] }");
    let labels: Vec<_> = map.nodes.iter().map(|node| node.label.as_deref()).collect();
    assert_eq!(labels, [Some("y"), None]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let check = |text: &str, line: u64, why: &str| {
        let wrong = read(text.as_bytes(), Some(Format::Dot), "").unwrap_err();
        assert_eq!(wrong.line, Some(line), "{text}: {wrong}");
        assert!(wrong.why.contains(why), "{wrong}");
    };
    check("graph {\n a -- b\n", 3, "a `}` is missing");
    check("graph {\n a -> b }", 2, "links of a `graph` are `--`");
    check("digraph {\n a -- b }", 2, "links of a `digraph` are `->`");
    check("graph {\n a -- }", 2, "the other end of a link is expected, not `}`");
    check("graph {\n a [label=] }", 2, "a name, a number or a text is expected, not `]`");
    check("graph {\n a [label=\"x }", 2, "does not end");
    check("graph {\n ] }", 2, "a node, a link or `}` is expected, not `]`");
    check("graph {\n node a }", 2, "`[` is expected, not `a`");
    check("graph [\n", 1, "`{` is expected");
    check("tree {\n", 1, "`graph` or `digraph` is expected");
}

#[test]
fn deep_nesting_and_products_of_subgraphs_are_refused_in_time() {
    let deep = format!("graph {}", "{".repeat(100_000));
    let wrong = read(deep.as_bytes(), None, "").unwrap_err();
    assert!(wrong.why.contains("stand in each other"), "{wrong}");
    let nodes: String = (0..20_000).map(|node| format!("n{node} ")).collect();
    let wrong = read(format!("graph {{ {{ {nodes} }} -- {{ {nodes} }} }}").as_bytes(), None, "").unwrap_err();
    assert!(wrong.why.contains("each of 20000 nodes"), "{wrong}");
    let deepest = format!("graph {}a{}", "{".repeat(DEEPEST + 1), "}".repeat(DEEPEST + 1));
    assert_eq!(map(&deepest).nodes.len(), 1);
}

#[test]
fn long_values_are_cut_before_they_are_copied() {
    let long = "ü".repeat(100_000);
    let text = format!("graph {{ node [label=\"{long}\"] edge [label=\"{long}\"] a -- b -- c }}");
    let map = map(&text);
    assert!(map.nodes.iter().all(|node| node.label.as_ref().is_some_and(|label| label.chars().count() == LONGEST_VALUE)));
    assert_eq!(facts(&map, 1).texts[0].chars().count(), LONGEST_VALUE);
}

#[test]
fn other_graphs_in_the_file_are_left_out_with_a_remark() {
    let map = map("graph { a -- b } graph { c -- d }");
    assert_eq!((map.nodes.len(), map.remarks[0].what), (2, "further_graphs"));
}
