//! Routing by messages, from an experiment file to its results: what flows suffer, what is counted, what is refused.

mod support;

use experiments::run::outcome::Outcome;
use experiments::run::routing::replay::Tables;
use experiments::run::routing::{MishapKind, Settling};
use support::{flow, outcome};

/// A row of routers a - b - c with a host at either end, 5 ms from router to router.
fn row(routing: &str, events: &str, more: &str) -> String {
    format!(
        r#"{{
            "title": "a row", "duration": "60 s",
            "topology": {{
                "nodes": [ "left", {{ "name": "a", "kind": "router" }}, {{ "name": "b", "kind": "router" }},
                    {{ "name": "c", "kind": "router" }}, "right" ],
                "links": [
                    {{ "from": "left", "to": "a", "bandwidth": "100 Mbps", "delay": "1 ms" }},
                    {{ "from": "a", "to": "b", "bandwidth": "10 Mbps", "delay": "5 ms" }},
                    {{ "from": "b", "to": "c", "bandwidth": "10 Mbps", "delay": "5 ms" }},
                    {{ "from": "c", "to": "right", "bandwidth": "100 Mbps", "delay": "1 ms" }}
                ]
            }},
            "routing": {routing},
            "flows": [ {{ "name": "f", "from": "left", "to": "right", {more}
                "udp": {{ "constant": {{ "rate": "80 kbps", "packet_size": "1000 B" }} }} }} ],
            "events": [ {events} ]
        }}"#
    )
}

/// Distance vector with the lessons' timers: a change is told at once.
const VECTORS: &str = r#"{ "distance_vector": { "triggered_updates": "at_once", "jitter": "0 s" } }"#;

fn ends_of(outcome: &Outcome, at_s: f64, to: &str) -> Vec<Option<usize>> {
    let routing = outcome.routing.as_ref().expect("routing by messages");
    let tables = Tables::at(routing, at_s);
    let destination = routing.destination_named(to).expect("a destination");
    routing.routers.iter().map(|&router| tables.end(router, destination)).collect()
}

#[test]
fn every_protocol_leads_packets_from_host_to_host() {
    for routing in [r#""link_state""#, r#""distance_vector""#, r#""path_vector""#, VECTORS] {
        let outcome = outcome(&row(routing, "", r#""start": "30 s","#));
        let flow = flow(&outcome, "f");
        // Ten packets a second for 30 s; 12 ms of propagation, and transmission.
        assert_eq!((flow.sent_packets, flow.lost_packets), (300, 0), "{routing}");
        let delay = flow.delay.expect("packets arrived");
        assert!((0.0137..0.0139).contains(&delay.mean), "{routing}: {delay:?}");
        assert_eq!(outcome.routing.as_ref().expect("messages").phases.len(), 1, "{routing}");
        // right is the last node.
        assert_eq!(ends_of(&outcome, 60.0, "right"), [Some(4); 3], "{routing}");
    }
}

/// Before routers know each other nobody knows a way: packets that come earlier are lost where they find none.
#[test]
fn a_flow_that_does_not_wait_for_routing_loses_its_first_packets() {
    let outcome = outcome(&row(VECTORS, "", ""));
    let routing = outcome.routing.as_ref().expect("messages");
    // The packet of time zero comes to a at 1.08 ms, and c's word of right after two times 5 ms.
    assert_eq!(flow(&outcome, "f").lost_packets, 1);
    assert_eq!(routing.phases[0].lost.no_route, 1);
    assert_eq!(
        routing.mishaps.iter().map(|mishap| (mishap.node, mishap.kind)).collect::<Vec<_>>(),
        [(1, MishapKind::BlackHole)]
    );
}

#[test]
fn a_flow_that_waits_starts_at_the_moment_of_the_last_change() {
    let outcome = outcome(&row(VECTORS, "", r#""start": "converged","#));
    let phase = &outcome.routing.as_ref().expect("messages").phases[0];
    let last_change = phase.last_change_s.expect("tables were filled");
    assert!((0.010..0.011).contains(&last_change), "two cables of 5 ms: {last_change}");
    let flow = flow(&outcome, "f");
    assert_eq!((flow.start_s, flow.lost_packets), (last_change, 0));
    assert_eq!(phase.state, Settling::Settled);
}

/// What a router that fails carried is lost; its neighbours know nothing of right until it is back and has told them.
#[test]
fn a_router_that_fails_and_returns_learns_everything_anew() {
    let events = r#"{ "at": "20 s", "router_down": "b" }, { "at": "40 s", "router_up": "b" }"#;
    for routing in [r#""link_state""#, VECTORS] {
        let outcome = outcome(&row(routing, events, r#""start": "19 s","#));
        let routing_outcome = outcome.routing.as_ref().expect("messages");
        let words: Vec<&str> = routing_outcome.phases.iter().map(|phase| phase.after.as_str()).collect();
        assert_eq!(words, ["start", "b fails", "b works again"], "{routing}");
        // While b is down, packets end at a, node 1; b itself knows nothing, and c has right at its cable.
        assert_eq!(ends_of(&outcome, 39.0, "right"), [Some(1), Some(2), Some(4)], "{routing}");
        assert_eq!(ends_of(&outcome, 60.0, "right"), [Some(4); 3], "{routing}");
        let lost = flow(&outcome, "f").lost_packets;
        // 20 s of ten packets a second, and the time it takes to come back.
        assert!((199..360).contains(&lost), "{routing}: {lost}");
        let again = &routing_outcome.phases[2];
        assert_eq!(again.routers_touched, 3, "{routing}");
    }
}

#[test]
fn routes_by_hand_stand_where_they_were_put() {
    let good = r#"{ "static": { "routes": {
        "a": [ { "to": "right", "via": "b" } ], "b": [ { "to": "right", "via": "b->c" }, { "to": "left", "via": "a" } ],
        "c": [ { "to": "default", "via": "b" } ] } } }"#;
    assert_eq!(flow(&outcome(&row(good, "", "")), "f").lost_packets, 0);
    // a and b send packets for right to each other.
    let circle = r#"{ "static": { "routes": {
        "a": [ { "to": "10.0.0.0/8", "via": "b" } ], "b": [ { "to": "10.0.0.0/8", "via": "a" } ] } } }"#;
    let in_circles = outcome(&row(circle, "", ""));
    let dropped = |outcome: &Outcome, reason| outcome.packets.dropped.get(reason);
    use sim_core::packet::DropReason;
    // What was sent in the last third of a second is still going round.
    let expired = dropped(&in_circles, DropReason::TtlExpired);
    assert!((595..=599).contains(&expired), "{expired}");
    let hole = r#"{ "static": { "routes": { "a": [ { "to": "right", "discard": true } ] } } }"#;
    let swallowed = outcome(&row(hole, "", ""));
    assert_eq!(dropped(&swallowed, DropReason::BlackHole), flow(&swallowed, "f").lost_packets);
    assert!(flow(&swallowed, "f").lost_packets >= 599);
}

/// Messages stand in line with data: where a queue is full of it, they are lost and sent again.
#[test]
fn a_flood_of_data_delays_the_news_and_does_not_keep_it_away() {
    let loaded = |rate: &str| {
        let text = row(r#""link_state""#, r#"{ "at": "30 s", "set_cost": { "link": "a-b", "cost": 5 } }"#, "")
            .replace("80 kbps", rate);
        let outcome = outcome(&text);
        let phase = outcome.routing.as_ref().expect("messages").phases[1].clone();
        (phase.took_s().expect("it settles"), outcome.tables.iter().find(|table| table.node == "c").cloned())
    };
    let (idle, crowded) = (loaded("80 kbps"), loaded("12 Mbps"));
    let cost = |table: &Option<experiments::run::outcome::ForwardingTable>| {
        let rows = &table.as_ref().expect("c has a table").rows;
        rows.iter().find(|(destination, ..)| destination == "left").map(|(_, cost, _)| *cost)
    };
    // c's way to left: 1 to b, 5 to a, 1 to left, whatever the load.
    assert_eq!([cost(&idle.1), cost(&crowded.1)], [Some(7); 2]);
    assert!(crowded.0 > idle.0, "{} s with the queue full, {} s without", crowded.0, idle.0);
}

#[test]
fn the_six_metrics_are_those_of_the_run() {
    let outcome = outcome(&row(VECTORS, "", r#""start": "20 s","#));
    let card = &outcome.routing.as_ref().expect("messages").scorecard;
    let flow = flow(&outcome, "f");
    assert_eq!(card.bandwidth_bps, flow.delivered_bytes as f64 * 8.0 / 60.0);
    let delay = flow.delay.expect("packets arrived");
    assert!((card.latency_s.expect("packets arrived") - delay.mean).abs() < 1e-9);
    // A constant rate on an empty network: but for a few that meet a message, all take the same time.
    assert!(card.jitter_s.expect("more than one packet") < 1e-5);
    let messages: u64 = outcome.routing.as_ref().map_or(0, |routing| routing.messages.len() as u64);
    assert_eq!(card.messages, messages);
    // 400 packets of 1000 bytes over four links, and the messages over one each; the last is still on its way.
    let data = 400.0 * 1000.0 * 4.0;
    let expected = card.message_bytes as f64 / (data + card.message_bytes as f64);
    assert!((card.overhead / expected - 1.0).abs() < 0.01, "{} {expected}", card.overhead);
}

/// Every second message is lost in the first 20 s. Vectors are told again every 30 s, link state again after 5 s.
#[test]
fn tables_are_right_once_links_lose_nothing_more() {
    let lossy = |routing: &str, events: &str| {
        let text = row(routing, events, r#""start": "55 s","#);
        text.replace(
            r#""bandwidth": "10 Mbps""#,
            r#""loss": { "bernoulli": { "probability": 0.5 } }, "bandwidth": "10 Mbps""#,
        )
    };
    let end = r#"{ "at": "20 s", "end_loss": "a-b" }, { "at": "20 s", "end_loss": "b-c" }"#;
    for routing in [r#""link_state""#, r#""distance_vector""#, r#"{ "path_vector": { "mrai": "1 s" } }"#] {
        let outcome = outcome(&lossy(routing, end));
        assert!(outcome.packets.dropped.get(sim_core::packet::DropReason::Lost) > 0, "{routing}");
        assert_eq!(flow(&outcome, "f").lost_packets, 0, "{routing}");
        assert_eq!(ends_of(&outcome, 60.0, "right"), [Some(4); 3], "{routing}");
    }
}
