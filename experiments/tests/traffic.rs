//! Patterns of traffic: who sends to whom, and how much.

mod support;

use experiments::file::plan::{RunPoint, Traffic};
use experiments::file::{Overrides, load_text};
use protocols::udp::source;
use support::{outcome, plan};

/// An experiment of 10 s.
fn text(topology: &str, flow: &str) -> String {
    format!(r#"{{ "title": "t", "duration": "10 s", "topology": {topology}, "flows": [ {flow} ] }}"#)
}

/// What is said about an experiment, errors and warnings.
fn said(text: &str) -> Vec<String> {
    let checked = load_text("test.json", "test", text.into(), &Overrides::default());
    let diagnostics = checked.map_or_else(|errors| errors, |checked| checked.warnings);
    diagnostics.list.iter().map(|one| format!("{}: {}", one.path, one.message)).collect()
}

const UDP: &str = r#""udp": { "constant": { "packet_size": "1000 B" } }"#;

/// Three hosts around a router.
const STAR: &str =
    r#"{ "links": [ { "from": "a", "to": "r" }, { "from": "b", "to": "r" }, { "from": "c", "to": "r" } ] }"#;

/// Sender, receiver and bits per second of each flow.
fn rates(run: &RunPoint) -> Vec<(String, u64)> {
    let name = |node: sim_core::ids::NodeId| run.topology.nodes[node.index()].name.as_str();
    let rate = |traffic: &Traffic| match traffic {
        Traffic::Udp(source::Config::Constant(constant)) => constant.rate.expect("a rate of its own").bps(),
        Traffic::Udp(source::Config::OnOff(on_off)) => on_off.rate.expect("a rate of its own").bps(),
        other => panic!("{other:?}"),
    };
    let flow = |flow: &experiments::file::plan::PlannedFlow| {
        (format!("{}{}", name(flow.from), name(flow.to)), rate(&flow.traffic))
    };
    run.flows.iter().map(flow).collect()
}

/// The ends of each flow, by name.
fn ends(run: &RunPoint) -> Vec<(String, String)> {
    let name = |node: sim_core::ids::NodeId| run.topology.nodes[node.index()].name.clone();
    run.flows.iter().map(|flow| (name(flow.from), name(flow.to))).collect()
}

fn check_rates(topology: &str, flow: &str, expected: &[(&str, u64)]) {
    let expected: Vec<(String, u64)> = expected.iter().map(|&(ends, bps)| (ends.to_owned(), bps)).collect();
    assert_eq!(rates(&plan(&text(topology, flow))[0]), expected, "{flow}");
}

/// Masses 1, 2 and 3: 1·2 + 1·3 + 2·1 + 2·3 + 3·1 + 3·2 = 22.
#[test]
fn gravity_divides_the_total_by_the_products_of_masses() {
    let flow = format!(
        r#"{{ "name": "f", "each": {{ "gravity": {{ "mass": {{ "a": 1, "b": 2, "c": 3 }}, "total": "22 Mbps" }} }}, {UDP} }}"#
    );
    let expected = [("ab", 2), ("ac", 3), ("ba", 2), ("bc", 6), ("ca", 3), ("cb", 6)];
    check_rates(STAR, &flow, &expected.map(|(ends, mbps)| (ends, mbps * 1_000_000)));
}

#[test]
fn masses_are_taken_from_the_network_where_asked() {
    let two = r#"{ "nodes": [ { "name": "a", "kind": "host" }, "b", "c" ],
        "links": [ { "from": "a", "to": "r", "bandwidth": "1 Mbps" }, { "from": "a", "to": "r", "bandwidth": "2 Mbps" },
                   { "from": "b", "to": "r", "bandwidth": "2 Mbps" }, { "from": "c", "to": "r", "bandwidth": "1 Mbps" } ] }"#
        .replace(r#""b", "c" ]"#, r#""r", "b", "c" ]"#);
    let of = |mass: &str, total: &str| {
        format!(r#"{{ "name": "f", "each": {{ "gravity": {{ "mass": "{mass}", "total": "{total}" }} }}, {UDP} }}"#)
    };
    let mbps = |list: [(&'static str, u64); 6]| list.map(|(ends, mbps)| (ends, mbps * 1_000_000));
    // All alike: six pairs.
    let even = [("ab", 1), ("ac", 1), ("ba", 1), ("bc", 1), ("ca", 1), ("cb", 1)];
    check_rates(&two, &of("uniform", "6 Mbps"), &mbps(even));
    // Cables: 2, 1, 1, so 2 + 2 + 2 + 1 + 2 + 1 = 10.
    let degree = [("ab", 2), ("ac", 2), ("ba", 2), ("bc", 1), ("ca", 2), ("cb", 1)];
    check_rates(&two, &of("degree", "10 Mbps"), &mbps(degree));
    // Bandwidths: 3, 2, 1, so 6 + 3 + 6 + 2 + 3 + 2 = 22.
    let capacity = [("ab", 6), ("ac", 3), ("ba", 6), ("bc", 2), ("ca", 3), ("cb", 2)];
    check_rates(&two, &of("capacity", "22 Mbps"), &mbps(capacity));
}

/// a - r1 - r2 with b and c at r2: between any two 1 unit, so 2 units from r1 to r2 and 2 back, at most 2 at a host. With
/// 4 Mbps in the middle, half used, a unit is 1 Mbps.
#[test]
fn the_target_is_met_on_the_busiest_link_of_a_line() {
    let line = r#"{ "links": [ { "from": "a", "to": "r1", "bandwidth": "10 Mbps" },
        { "from": "r1", "to": "r2", "bandwidth": "4 Mbps" },
        { "from": "b", "to": "r2", "bandwidth": "10 Mbps" }, { "from": "c", "to": "r2", "bandwidth": "10 Mbps" } ] }"#;
    let flow = format!(r#"{{ "name": "f", "each": {{ "gravity": {{ "target_utilization": 0.5 }} }}, {UDP} }}"#);
    let expected = ["ab", "ac", "ba", "bc", "ca", "cb"].map(|ends| (ends, 1_000_000));
    check_rates(line, &flow, &expected);
    // And the run shows it.
    let outcome = outcome(&text(line, &flow));
    let used = support::link(&outcome, "r1->r2").utilization;
    assert!((used - 0.5).abs() < 0.01, "{used}");
}

/// Over two ways of equal cost from s to t, 10 Mbps each, 8 Mbps put 4 on either: half of them used is 10 Mbps in all, and
/// 5 where only one way is taken.
#[test]
fn equal_ways_share_what_they_carry() {
    let diamond = r#"{ "links": [ { "from": "s", "to": "x", "bandwidth": "10 Mbps" }, { "from": "s", "to": "y", "bandwidth": "10 Mbps" },
        { "from": "x", "to": "t", "bandwidth": "10 Mbps" }, { "from": "y", "to": "t", "bandwidth": "10 Mbps" } ],
        "demands": [ { "from": "s", "to": "t", "rate": "8 Mbps" } ] }"#;
    let run = |demands: &str, routing: &str| {
        let flow = format!(r#"{{ "name": "f", "each": {{ "demands": {demands} }}, {UDP} }}"#);
        let text = text(diamond, &flow).replacen('{', &format!("{{ \"routing\": {routing},"), 1);
        rates(&plan(&text)[0])
    };
    let expected = |mbps: u64| vec![("st".to_owned(), mbps * 1_000_000)];
    assert_eq!(run("{}", r#""shortest_path""#), expected(8));
    assert_eq!(run(r#"{ "scale": 0.25 }"#, r#""shortest_path""#), expected(2));
    assert_eq!(run(r#"{ "target_utilization": 0.5 }"#, r#""shortest_path""#), expected(10));
    let single = r#"{ "shortest_path": { "multipath": false } }"#;
    assert_eq!(run(r#"{ "target_utilization": 0.5 }"#, single), expected(5));
}

/// s - a - c - t, s - a - d - t and s - b - e - t: a and b get half each, c and d a quarter. The link from c to t, full at
/// 1 Mbps, stands for 4 Mbps in all; were the three ways alike, it would be 3.
#[test]
fn traffic_divides_anew_at_every_node() {
    let link = |from: &str, to: &str, mbps: u32| {
        format!(r#"{{ "from": "{from}", "to": "{to}", "bandwidth": "{mbps} Mbps" }}"#)
    };
    let links =
        [("s", "a", 10), ("s", "b", 10), ("a", "c", 10), ("a", "d", 10), ("b", "e", 10), ("c", "t", 1), ("d", "t", 10)];
    let links = links.into_iter().chain([("e", "t", 10)]).map(|(from, to, mbps)| link(from, to, mbps));
    let topology = format!(
        r#"{{ "links": [ {} ], "demands": [ {{ "from": "s", "to": "t", "rate": "1 Mbps" }} ] }}"#,
        links.collect::<Vec<_>>().join(", ")
    );
    let flow = format!(r#"{{ "name": "f", "each": {{ "demands": {{ "target_utilization": 1 }} }}, {UDP} }}"#);
    check_rates(&topology, &flow, &[("st", 4_000_000)]);
}

#[test]
fn a_source_that_is_on_for_a_quarter_sends_four_times_as_fast() {
    let udp = r#""udp": { "on_off": { "packet_size": "1000 B", "on": "1 s", "off": "3 s" } }"#;
    let flow = format!(
        r#"{{ "name": "f", "each": {{ "gravity": {{ "mass": {{ "a": 1, "b": 1 }}, "total": "2 Mbps" }} }}, {udp} }}"#
    );
    check_rates(STAR, &flow, &[("ab", 4_000_000), ("ba", 4_000_000)]);
}

fn star(leaves: u32) -> String {
    format!(r#"{{ "shape": "star", "leaves": {leaves}, "link": {{ "bandwidth": "10 Mbps" }} }}"#)
}

fn entry(each: &str) -> String {
    format!(r#"{{ "name": "f", "each": {each}, "tcp": {{ "size": "10 kB" }} }}"#)
}

#[test]
fn everyone_sends_to_everyone_else_once() {
    let pairs = ends(&plan(&text(&star(5), &entry(r#""all_pairs""#)))[0]);
    assert_eq!(pairs.len(), 5 * 4);
    let mut distinct = pairs.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 20);
    assert!(pairs.iter().all(|(from, to)| from != to && from.starts_with('h') && to.starts_with('h')));
}

#[test]
fn without_hosts_routers_are_the_ends() {
    let ring = r#"{ "links": [ { "from": "x", "to": "y" }, { "from": "y", "to": "z" }, { "from": "z", "to": "x" } ] }"#;
    let outcome = outcome(&text(ring, &entry(r#""all_pairs""#)));
    assert_eq!(outcome.flows.len(), 6);
    assert!(outcome.flows.iter().all(|flow| flow.delivered_bytes == 10_000));
}

#[test]
fn an_incast_has_as_many_senders_as_asked_for() {
    let senders = |each: &str, seed: u64| {
        let text = text(&star(10), &entry(each)).replacen('{', &format!("{{ \"seed\": {seed},"), 1);
        let ends = ends(&plan(&text)[0]);
        assert!(ends.iter().all(|(from, to)| to == "h1" && from != "h1"), "{ends:?}");
        let mut senders: Vec<String> = ends.into_iter().map(|(from, _)| from).collect();
        senders.dedup();
        senders
    };
    assert_eq!(senders(r#"{ "incast": { "to": "h1" } }"#, 1).len(), 9);
    let four: Vec<_> = (1..20).map(|seed| senders(r#"{ "incast": { "to": "h1", "senders": 4 } }"#, seed)).collect();
    assert!(four.iter().all(|senders| senders.len() == 4));
    assert!(four.iter().any(|senders| *senders != four[0]), "drawn anew with another seed");
}

/// Ten hosts, half of the flows meant for h1, the others to anyone: a share 0.5 + 0.5 / 10 arrives there. Of 20 000 draws
/// the share's standard error is 0.0035.
#[test]
fn a_hotspot_gets_its_share_of_arrivals() {
    let flow = r#"{ "name": "f", "each": { "hotspot": { "to": ["h1"], "share": 0.5 } }, "tcp": {},
        "arrivals": { "per_second": 2100, "count": 20000, "sizes": { "fixed": "1 kB" } } }"#;
    let ends = ends(&plan(&text(&star(10), flow))[0]);
    assert_eq!(ends.len(), 20_000);
    let share = ends.iter().filter(|(_, to)| to == "h1").count() as f64 / 20_000.0;
    assert!((share - 0.55).abs() < 3.0 * 0.0035, "{share}");
    assert!(ends.iter().all(|(from, to)| from != to));
}

#[test]
fn without_arrivals_a_hotspot_has_one_flow_from_everyone() {
    let of = |share: f64| {
        let each = format!(r#"{{ "hotspot": {{ "to": ["h1", "h2"], "share": {share} }} }}"#);
        ends(&plan(&text(&star(40), &entry(&each)))[0])
    };
    let all = of(1.0);
    assert_eq!(all.len(), 40);
    assert!(all.iter().all(|(from, to)| from != to && (to == "h1" || to == "h2")), "{all:?}");
    // To others by chance: of 40 draws among 39 others few hit the two.
    let none = of(0.0);
    assert!(none.iter().filter(|(_, to)| to == "h1" || to == "h2").count() < 12, "{none:?}");
}

/// Of 22 arrivals 6 go from b to c: with 20 000, the share's standard error is 0.0031.
#[test]
fn arrivals_are_drawn_by_gravity() {
    let flow = r#"{ "name": "f", "each": { "gravity": { "mass": { "a": 1, "b": 2, "c": 3 } } }, "tcp": {},
        "arrivals": { "per_second": 2100, "count": 20000, "sizes": { "fixed": "1 kB" } } }"#;
    let ends = ends(&plan(&text(STAR, flow))[0]);
    let share = |from: &str, to: &str| {
        ends.iter().filter(|ends| (ends.0.as_str(), ends.1.as_str()) == (from, to)).count() as f64 / 20_000.0
    };
    assert!((share("b", "c") - 6.0 / 22.0).abs() < 3.0 * 0.0031, "{}", share("b", "c"));
    assert!((share("a", "b") - 2.0 / 22.0).abs() < 3.0 * 0.0021, "{}", share("a", "b"));
}

/// 8 Mbps in flows of 10 kB are 100 a second: 1000 in 10 s, with a standard deviation of 31.6. Half of the 4 · 10 Mbps that
/// leave the hosts are 250 a second.
#[test]
fn rates_and_loads_say_how_often_flows_come() {
    let count = |each: &str, pace: &str| {
        let flow = format!(
            r#"{{ "name": "f", "each": {each}, "tcp": {{}}, "arrivals": {{ {pace} "sizes": {{ "fixed": "10 kB" }} }} }}"#
        );
        plan(&text(&star(4), &flow))[0].flows.len() as f64
    };
    let by_total = count(r#"{ "gravity": { "total": "8 Mbps" } }"#, "");
    assert!((by_total - 1_000.0).abs() < 3.0 * 31.7, "{by_total}");
    let load = r#""load": { "of": "sender_links", "share": 0.5 },"#;
    let by_load = count(r#""all_pairs""#, load);
    assert!((by_load - 2_500.0).abs() < 3.0 * 50.0, "{by_load}");
    // One sender of 10 Mbps.
    let one = count(r#"{ "incast": { "to": "h1", "senders": 1 } }"#, load);
    assert!((one - 625.0).abs() < 3.0 * 25.0, "{one}");
}

#[test]
fn pairs_that_no_links_join_are_left_out_and_counted() {
    let apart = r#"{ "links": [ { "from": "a", "to": "b" }, { "from": "c", "to": "d" } ] }"#;
    let text = text(apart, &entry(r#""all_pairs""#));
    assert_eq!(said(&text), ["flows[0].each: 8 of 12 pairs of nodes are not joined by links, and left out"]);
    assert_eq!(plan(&text)[0].flows.len(), 4);
}

#[test]
fn mistakes_in_patterns_are_said_where_they_stand() {
    let check =
        |topology: &str, flow: &str, expected: &[&str]| assert_eq!(said(&text(topology, flow)), expected, "{flow}");
    let gravity =
        |gravity: &str, more: &str| format!(r#"{{ "name": "f", "each": {{ "gravity": {{ {gravity} }} }}, {more} }}"#);
    check(&star(400), &entry(r#""all_pairs""#), &["flows[0].each: 400 nodes make 159600 pairs; the most is 100000"]);
    check(
        &star(4),
        &entry(r#"{ "incast": { "to": "h1", "senders": 4 } }"#),
        &["flows[0].each.incast.senders: 4 are to send to `h1`, and only 3 others reach it"],
    );
    check(&star(4), &entry(r#"{ "incast": { "to": "h9" } }"#), &["flows[0].each.incast.to: unknown node `h9`"]);
    check(
        &star(4),
        &entry(r#"{ "hotspot": { "to": [], "share": 0.5 } }"#),
        &["flows[0].each.hotspot.to: where is it hot? Name a host"],
    );
    check(
        STAR,
        &gravity(r#""total": "1 Mbps""#, r#""tcp": {}"#),
        &["flows[0].tcp: `gravity` gives rates, and only udp flows send at a rate of their choice"],
    );
    check(STAR, &gravity("", UDP), &["flows[0].each.gravity: how much in all? Give `total` or `target_utilization`"]);
    check(
        STAR,
        &gravity(r#""total": "1 Mbps", "target_utilization": 0.5"#, UDP),
        &[
            "flows[0].each.gravity.target_utilization: `total` and `target_utilization` exclude each other: give one of them",
        ],
    );
    check(
        STAR,
        &gravity(r#""mass": { "a": 1, "x": 2 }, "total": "1 Mbps""#, UDP),
        &["flows[0].each.gravity.mass.x: unknown node `x`"],
    );
    check(
        STAR,
        &gravity(r#""mass": { "a": 1 }, "total": "1 Mbps""#, UDP),
        &["flows[0].each.gravity.mass: gravity needs at least two nodes with a mass of more than 0"],
    );
    check(
        STAR,
        &gravity(r#""total": "1 Mbps""#, r#""udp": { "constant": { "rate": "1 Mbps", "packet_size": "1000 B" } }"#),
        &["flows[0].udp.constant.rate: `gravity` gives each flow a rate of its own: leave it out"],
    );
    check(
        STAR,
        &gravity(r#""total": "1 Mbps""#, r#""udp": { "scheduled": { "times": ["1 s"], "packet_size": "1000 B" } }"#),
        &[
            "flows[0].udp.scheduled: `gravity` gives rates, and this sends at given times: take constant, poisson or on_off",
        ],
    );
    check(
        STAR,
        &format!(r#"{{ "name": "f", "from": "a", "to": "b", {UDP} }}"#),
        &["flows[0].udp.constant: the field `rate` is missing: a bit rate such as \"10 Mbps\""],
    );
    check(
        STAR,
        &format!(r#"{{ "name": "f", "each": {{ "demands": {{}} }}, {UDP} }}"#),
        &["flows[0].each.demands: the topology has no demands"],
    );
    check(
        STAR,
        &gravity(r#""total": "1 Mbps""#, r#""tcp": {}, "arrivals": { "per_second": 5, "sizes": { "fixed": "1 kB" } }"#),
        &["flows[0].arrivals.per_second: `each` says how much in all, and so how often flows come: give one of them"],
    );
    check(
        STAR,
        r#"{ "name": "f", "each": "all_pairs", "tcp": {}, "arrivals": { "load": { "share": 0.5 }, "sizes": { "fixed": "1 kB" } } }"#,
        &["flows[0].arrivals.load: a share of what? Give `link` or `of`"],
    );
}
