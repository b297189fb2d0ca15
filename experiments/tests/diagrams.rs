//! What is recorded for diagrams is what happened, and diagrams say it.

mod support;

use experiments::charts::{About, draw};
use experiments::file::plan::RunPoint;
use experiments::run::measure::{Recording, run_recording};
use experiments::run::outcome::Outcome;
use experiments::run::record::{End, SenderPhase, Trip};
use sim_core::packet::DropReason;
use support::plan;

/// 1 Mbps and 10 ms: packets of 1000 bytes take 8 ms to send.
fn recorded(link: &str, tcp: &str, rest: &str) -> (RunPoint, Outcome) {
    let text = format!(
        r#"{{ "title": "t", "duration": "5 s",
             "topology": {{ "nodes": ["a", "b"],
                            "links": [{{ "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "10 ms" {link} }}] }},
             "flows": [{{ "name": "f", "from": "a", "to": "b", "tcp": {{ "mss": "960 B", "delayed_ack": null {tcp} }} }}]
             {rest} }}"#
    );
    let point = plan(&text).remove(0);
    let outcome = run_recording(&point, &mut (), Recording::FOR_CHARTS).expect("a run that ends");
    (point, outcome)
}

fn data(outcome: &Outcome) -> Vec<&Trip> {
    outcome.packets_of[&0].trips.iter().filter(|trip| trip.is_forward && trip.segment > 0).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn a_packet_is_recorded_with_its_transmission_and_its_propagation() {
    let (_, outcome) = recorded("", r#", "size": "3840 B", "initial_window": 4"#, "");
    let packets = data(&outcome);
    assert_eq!(packets.len(), 4);
    for (index, packet) in packets.iter().enumerate() {
        let hop = packet.hops[0];
        assert!(near(hop.transmission_s, 0.008) && near(hop.arrived_s - hop.start_s, 0.018), "{hop:?}");
        // All four are handed over at once, and leave one after the other.
        assert!(near(packet.sent_s, packets[0].sent_s));
        assert!(near(hop.start_s, packets[0].sent_s + 0.008 * index as f64), "{hop:?}");
        assert_eq!(packet.end, End::Delivered(hop.arrived_s));
    }
}

#[test]
fn windows_change_at_the_instant_an_acknowledgement_arrives() {
    let (_, outcome) = recorded("", r#", "size": "96 kB", "initial_window": 1"#, "");
    let changes = &outcome.windows[&0].changes;
    let grows: Vec<_> = changes.iter().filter(|change| change.cwnd_bytes > change.before_bytes).collect();
    assert!(grows.iter().all(|change| change.phase == SenderPhase::SlowStart), "nothing is lost");
    let sizes: Vec<f64> = grows.iter().take(5).map(|change| change.cwnd_bytes / 960.0).collect();
    assert_eq!(sizes, [1.0, 2.0, 3.0, 4.0, 5.0], "one segment for every acknowledgement");
    let arrivals: Vec<f64> = (outcome.packets_of[&0].trips.iter())
        .filter_map(|trip| match trip.end {
            End::Delivered(at_s) if !trip.is_forward => Some(at_s),
            End::Delivered(_) | End::Dropped { .. } | End::OnItsWay => None,
        })
        .collect();
    // The SYN-ACK opens the window, each ACK after it widens it.
    for (change, arrival) in grows.iter().zip(&arrivals) {
        assert!(near(change.at_s, *arrival), "{change:?} at {arrival}");
    }
}

#[test]
fn a_timeout_is_recorded_with_the_timer_that_ran_out() {
    let loss = r#", "loss": { "chosen": { "segments": [{ "flow": "f", "segment": 1 }] } }"#;
    let (_, outcome) = recorded(loss, r#", "size": "960 B", "min_rto": "1 s""#, "");
    let [first, second] = data(&outcome)[..] else { panic!("sent once, and again") };
    let End::Dropped { at_s, why, on } = first.end else { panic!("the first was lost") };
    assert_eq!(why, DropReason::Lost);
    // It would have arrived 18 ms after it was sent.
    assert!(near(at_s, first.sent_s + 0.018) && near(on.expect("a link").start_s, first.sent_s));
    let expired: Vec<_> = outcome.windows[&0].changes.iter().filter(|change| change.expired_s.is_some()).collect();
    assert_eq!(expired.len(), 1);
    // The round trip is far below the least timeout of a second.
    assert!(near(expired[0].expired_s.unwrap(), 1.0));
    assert!(near(expired[0].at_s, first.sent_s + 1.0) && near(second.sent_s, expired[0].at_s));
    assert_eq!((second.copy, expired[0].phase), (2, SenderPhase::TimeoutRecovery));
}

#[test]
fn recording_ends_when_the_charts_have_enough() {
    let charts = r#", "charts": [{ "ladder": { "packets": 20 } }]"#;
    let (_, outcome) = recorded("", "", charts);
    let record = &outcome.packets_of[&0];
    assert!(record.ended_s.is_some_and(|ended_s| ended_s < 1.0), "{:?}", record.ended_s);
    // Those on their way when the twentieth was through come on top.
    assert!((20..200).contains(&record.trips.len()), "{}", record.trips.len());
}

#[test]
fn a_ladder_says_what_was_sent_and_what_became_of_it() {
    let loss = r#", "loss": { "chosen": { "segments": [{ "flow": "f", "segment": 2 }] } }"#;
    let (point, outcome) = recorded(loss, r#", "size": "1920 B", "initial_window": 2"#, "");
    let drawn = draw(&outcome, &About::run(&point), None);
    let ladder = drawn.figures.iter().find(|named| named.name == "ladder").expect("a ladder").figure.to_svg();
    for said in [
        ">SYN<",
        ">SYN-ACK<",
        ">seq 1, 960 B, ACK 1<",
        ">ACK 961<",
        ">lost<",
        ">timeout after 1 s<",
        "FIN again, seq 961",
    ] {
        assert!(ladder.contains(said), "{said} is missing");
    }
    assert!(drawn.figures.iter().any(|named| named.name == "time_sequence"));
}

#[test]
fn a_window_of_packets_keeps_a_link_as_busy_as_the_formula_says() {
    // Ten windows; the formula knows nothing of the handshake, which takes a few thousandths of the run.
    let text = r#"{ "title": "t", "duration": "20 s",
        "topology": { "nodes": ["a", "b"],
                      "links": [{ "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "50 ms" }] },
        "flows": [{ "name": "f", "from": "a", "to": "b", "tcp": { "mss": "960 B", "delayed_ack": null,
                    "initial_window": 10, "congestion_control": { "fixed_window": { "segments": 1 } } } }],
        "sweep": { "grid": { "flows.f.tcp.congestion_control.fixed_window.segments": [1, 2, 5, 11, 20] } } }"#;
    for point in plan(text) {
        let outcome = experiments::run::measure::run(&point, &mut ()).expect("a run that ends");
        let inputs = experiments::theory::Inputs::of(&point);
        let formula = experiments::theory::Theory::Pipelining.formula(&inputs);
        let measured = outcome.links[0].utilization;
        assert!((measured / formula - 1.0).abs() < 0.01, "window {}: {measured} and {formula}", inputs.window);
    }
}
