//! Charts of routing show what the routers did: ways, tables and the moment it all came to rest.

mod support;

use experiments::charts::{About, Figure, draw, one};
use experiments::file::charts::{ChartChoice, ChartOptions, OneOrMany, TopologyChart};
use experiments::file::plan::RunPoint;
use experiments::run::measure::{Recording, run_recording};
use experiments::run::outcome::Outcome;
use plots::{Diagram, NodeLook, WayStyle};
use sim_core::time::Duration;
use support::plan;

/// Kurose & Ross, figure 5.3.
const SIX: [(&str, &str, u32); 10] = [
    ("u", "v", 2),
    ("u", "x", 1),
    ("u", "w", 5),
    ("v", "w", 3),
    ("v", "x", 2),
    ("x", "w", 3),
    ("x", "y", 1),
    ("w", "y", 1),
    ("w", "z", 5),
    ("y", "z", 2),
];

fn recorded(cables: &[(&str, &str, u32)], rest: &str) -> (RunPoint, Outcome) {
    let mut names: Vec<&str> = cables.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    names.sort_unstable();
    names.dedup();
    let nodes: Vec<String> = names.iter().map(|name| format!(r#"{{ "name": "{name}", "kind": "router" }}"#)).collect();
    let link = |(from, to, cost): &(&str, &str, u32)| {
        format!(r#"{{ "from": "{from}", "to": "{to}", "bandwidth": "10 Mbps", "delay": "5 ms", "cost": {cost} }}"#)
    };
    let links: Vec<String> = cables.iter().map(link).collect();
    let text = format!(
        r#"{{ "title": "t", "duration": "60 s",
              "topology": {{ "nodes": [{}], "links": [{}] }}, {rest} }}"#,
        nodes.join(", "),
        links.join(", ")
    );
    let point = plan(&text).remove(0);
    let outcome = run_recording(&point, &mut (), Recording::FOR_CHARTS).expect("a run that ends");
    (point, outcome)
}

fn topology(point: &RunPoint, outcome: &Outcome, options: TopologyChart) -> Vec<Diagram> {
    let choice = ChartChoice::Configured(ChartOptions::Topology(options));
    match one(&choice, outcome, &About::run(point)) {
        Some(Figure::Diagrams(figure)) => figure.diagrams,
        other => panic!("a drawing was expected: {other:?}"),
    }
}

/// The ways in a drawing: `u>x`, and `y!z` for those in a circle.
fn ways(diagram: &Diagram) -> Vec<String> {
    let name = |at: usize| &diagram.nodes[at].name;
    let say = |style: WayStyle, from: usize, to: usize| match style {
        WayStyle::Right => format!("{}>{}", name(from), name(to)),
        WayStyle::Wrong => format!("{}!{}", name(from), name(to)),
    };
    let of_edge = |edge: &plots::DiagramEdge| {
        let forward = edge.forward.map(|style| say(style, edge.from, edge.to));
        let backward = edge.backward.map(|style| say(style, edge.to, edge.from));
        forward.into_iter().chain(backward)
    };
    let mut all: Vec<String> = diagram.edges.iter().flat_map(of_edge).collect();
    all.sort();
    all
}

fn notes(diagram: &Diagram) -> Vec<(&str, &str)> {
    diagram.nodes.iter().map(|node| (node.name.as_str(), node.note.as_str())).collect()
}

#[test]
fn the_textbook_tree_is_drawn_with_its_costs() {
    for routing in ["link_state", "distance_vector"] {
        let (point, outcome) = recorded(&SIX, &format!(r#""routing": "{routing}""#));
        let drawn = topology(&point, &outcome, TopologyChart { root: Some("u".into()), ..TopologyChart::default() });
        let [diagram] = &drawn[..] else { panic!("nothing happens: one state") };
        // Figure 5.4 of the book: the tree, and the costs of table 5.1.
        assert_eq!(ways(diagram), ["u>v", "u>x", "x>y", "y>w", "y>z"], "{routing}");
        let expected = [("u", ""), ("v", "cost 2"), ("w", "cost 3"), ("x", "cost 1"), ("y", "cost 2"), ("z", "cost 4")];
        assert_eq!(notes(diagram), expected, "{routing}");
        assert_eq!(diagram.nodes[0].look, NodeLook::Chosen);
    }
}

#[test]
fn of_an_oracle_the_ways_to_the_ends_of_flows_are_drawn() {
    let rest =
        r#""routing": "shortest_path", "flows": [{ "name": "A", "from": "v", "to": "z", "ping": { "count": 1 } }]"#;
    let (point, outcome) = recorded(&SIX, rest);
    let drawn = topology(&point, &outcome, TopologyChart { root: Some("u".into()), ..TopologyChart::default() });
    assert_eq!(ways(&drawn[0]), ["u>v", "u>x", "x>y", "y>z"]);
    // Nobody asked the oracle for ways to the others.
    let expected = [("u", ""), ("v", "cost 2"), ("w", ""), ("x", ""), ("y", ""), ("z", "cost 4")];
    assert_eq!(notes(&drawn[0]), expected);
}

#[test]
fn before_and_after_an_event_ways_and_cables_differ() {
    let (point, outcome) =
        recorded(&SIX, r#""routing": "link_state", "events": [{ "at": "30 s", "link_down": "x-y" }]"#);
    let drawn = topology(&point, &outcome, TopologyChart { to: Some("z".into()), ..TopologyChart::default() });
    let [before, after] = &drawn[..] else { panic!("before the event, and at the end") };
    assert_eq!(before.heading, "at 30 s, before x-y down");
    assert_eq!(ways(before), ["u>x", "v>x", "w>y", "x>y", "y>z"]);
    assert_eq!(before.nodes[1].note, "cost 5", "v to x 2, to y 1, to z 2");
    assert_eq!(ways(after), ["u>x", "v>w", "w>y", "x>w", "y>z"]);
    assert_eq!(after.nodes[0].note, "cost 7", "u to x 1, to w 3, to y 1, to z 2");
    let cut = |diagram: &Diagram| diagram.edges.iter().map(|edge| edge.is_broken).collect::<Vec<bool>>();
    assert_eq!(cut(before), [false; 10]);
    assert!(cut(after)[6] && cut(after).iter().filter(|cut| **cut).count() == 1);
}

#[test]
fn while_two_routers_count_to_infinity_their_circle_is_drawn() {
    let routing = r#""routing": { "distance_vector": { "split_horizon": false, "poison_reverse": false } },
                     "events": [{ "at": "40 s", "link_down": "x-y" }]"#;
    let (point, outcome) = recorded(&[("x", "y", 1), ("y", "z", 1)], routing);
    let changes = &outcome.routing.as_ref().expect("routers tell each other").changes;
    // y takes z's way for a way to x, though it leads back to y itself.
    let taken = changes.iter().find(|change| {
        change.t_s >= 40.0 && change.router == 1 && change.after.as_ref().is_some_and(|route| route.next_hops[0] == 2)
    });
    let taken = taken.expect("without split horizon y believes z");
    let later = Duration::from_nanos((taken.t_s * 1e9) as u64 + 1);
    let options = TopologyChart { to: Some("x".into()), at: Some(OneOrMany::One(later)), ..TopologyChart::default() };
    let drawn = topology(&point, &outcome, options);
    assert_eq!(ways(&drawn[0]), ["y!z", "z!y"]);
    assert!(drawn[0].edges[0].is_broken && drawn[0].nodes[0].look == NodeLook::Chosen);
}

#[test]
fn a_run_by_messages_has_its_charts_without_being_asked() {
    let (point, outcome) =
        recorded(&SIX, r#""routing": "link_state", "events": [{ "at": "30 s", "link_down": "x-y" }]"#);
    let drawn = draw(&outcome, &About::run(&point), None);
    let svg = |name: &str| {
        let named = drawn.figures.iter().find(|named| named.name == name);
        named.unwrap_or_else(|| panic!("{name} is missing")).figure.to_svg()
    };
    for name in ["convergence", "route_cost", "topology", "routing_tables"] {
        assert!(svg(name).starts_with("<svg"), "{name}");
    }
    let convergence = svg("convergence");
    for said in ["Routing messages", "Changes of tables", ">x-y down<", ">settled after "] {
        assert!(convergence.contains(said), "{said} is missing");
    }
    // Table 5.1 of the book, but that ties are decided by name: v before y.
    let tables = svg("routing_tables");
    for said in
        [">u at 30 s, before x-y down<", ">step<", ">N&#39;<", ">D(v),p(v)<", ">uxv<", ">uxvywz<", ">4,x<", ">3,y<"]
    {
        assert!(tables.contains(said), "{said} is missing");
    }
}

#[test]
fn an_oracle_has_no_charts_of_routing_unless_asked() {
    let (point, outcome) = recorded(&SIX, r#""routing": "shortest_path""#);
    let drawn = draw(&outcome, &About::run(&point), None);
    let names: Vec<&str> = drawn.figures.iter().map(|named| named.name.as_str()).collect();
    for name in ["convergence", "route_cost", "topology", "routing_tables"] {
        assert!(!names.contains(&name), "{names:?}");
    }
}

#[test]
fn watching_tables_changes_nothing() {
    let text = r#""routing": "distance_vector", "charts": [{ "routing_tables": { "router": ["u", "z"], "at": ["1 s", "7 s"] } }]"#;
    let (point, with) = recorded(&SIX, text);
    assert_eq!(with.routing.as_ref().unwrap().views.len(), 4);
    let without = run_recording(&point, &mut (), Recording::OFF).expect("a run that ends");
    assert_eq!((with.fingerprint, with.events), (without.fingerprint, without.events));
}

#[test]
fn where_only_prefixes_are_announced_the_ways_to_them_are_drawn() {
    // a and c are customers of b; c announces the prefix.
    let rest = r#""routing": { "path_vector": { "networks": { "a": [], "b": [], "c": ["20.0.0.0/16"] } } }"#;
    let (point, outcome) = recorded(&[("a", "b", 1), ("b", "c", 1)], rest);
    let drawn = topology(&point, &outcome, TopologyChart::default());
    assert_eq!(ways(&drawn[0]), ["a>b", "b>c"]);
    assert_eq!(drawn[0].nodes[2].look, NodeLook::Chosen, "packets end at c");
}
