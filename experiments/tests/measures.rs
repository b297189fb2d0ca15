//! What the figures of a summary mean.

mod support;

use support::{flow, link, outcome};

/// One link of 10 Mbit/s and 10 ms with something wrong with it, and one flow.
fn over(link: &str, traffic: &str, duration: &str) -> experiments::run::outcome::Outcome {
    outcome(&format!(
        r#"{{ "title": "one link", "duration": "{duration}",
            "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "10 Mbps",
                "delay": "10 ms" {link} }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b", {traffic} }} ] }}"#
    ))
}

const CBR: &str = r#""udp": { "constant": { "rate": "1 Mbps", "packet_size": "1000 B", "packets": 100 } }"#;

#[test]
fn a_flow_of_which_nothing_arrives_has_lost_everything() {
    let run = over(r#", "loss": { "bernoulli": { "probability": 1.0 } }"#, CBR, "2 s");
    assert_eq!((flow(&run, "f").sent_packets, flow(&run, "f").lost_packets), (100, 100));
}

#[test]
fn losses_behind_the_last_arrival_count() {
    // One is sent, one waits, and of ten at once the last eight find the queue full.
    let burst = r#""udp": { "scheduled": { "times": ["0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s", "0 s"],
        "packet_size": "1000 B" } }"#;
    let run = over(r#", "queue": { "drop_tail": "1 packet" }"#, burst, "1 s");
    assert_eq!((flow(&run, "f").delivered_packets, flow(&run, "f").lost_packets), (2, 8));
}

#[test]
fn a_connection_that_never_opens_has_lost_its_syns() {
    // At 0, 1, 3 and 7 s: the timer doubles from one second.
    let run = over(r#", "loss": { "bernoulli": { "probability": 1.0 } }"#, r#""tcp": {}"#, "10 s");
    let f = flow(&run, "f");
    assert_eq!((f.sent_packets, f.lost_packets, f.retransmitted_packets), (4, 4, 3));
}

#[test]
fn copies_count_as_arrived_for_udp_and_tcp_alike() {
    let udp = over(r#", "duplicate": 1.0"#, CBR, "2 s");
    let f = flow(&udp, "f");
    assert_eq!((f.delivered_packets, f.duplicate_packets), (200, 100));
    // 100 packets take 0.8 s to leave; 1 Mbit/s of packets arrive twice in 2 s.
    assert!((f.throughput_bps - 2.0 * 800_000.0 / 2.0).abs() < 1.0, "{}", f.throughput_bps);
    let tcp = over(r#", "duplicate": 1.0"#, r#""tcp": { "size": "100 kB" }"#, "2 s");
    assert_eq!(flow(&tcp, "f").delivered_packets, 2 * flow(&tcp, "f").sent_packets);
}

#[test]
fn a_way_that_keeps_order_reorders_nothing_however_much_it_loses() {
    let run = over(r#", "queue": { "drop_tail": "5 packets" }"#, r#""tcp": {}"#, "20 s");
    assert!(flow(&run, "f").lost_packets > 20);
    assert_eq!(flow(&run, "f").reordered_packets, 0);
}

/// Flows of 1 and 2 Mbit/s all the time, and one of 1 Mbit/s from 6 s to 8 s.
fn with_expectation(expect: &str) -> Option<f64> {
    let cbr = |name: &str, rate: u32, more: &str| {
        format!(
            r#"{{ "name": "{name}", "from": "a", "to": "b" {more},
                "udp": {{ "constant": {{ "rate": "{rate} Mbps", "packet_size": "1028 B" }} }} }}"#
        )
    };
    let flows = [cbr("A", 1, ""), cbr("B", 2, ""), cbr("C", 1, r#", "start": "6 s", "stop": "8 s""#)];
    let run = outcome(&format!(
        r#"{{ "title": "three flows", "duration": "10 s",
            "topology": {{ "links": [ {{ "from": "a", "to": "b", "bandwidth": "10 Mbps", "delay": "1 ms" }} ] }},
            "flows": [ {} ], "expect": [ {expect} ] }}"#,
        flows.join(", ")
    ));
    assert_eq!(link(&run, "a->b").dropped.total(), 0);
    run.expectations[0].measured
}

#[test]
fn fairness_in_a_window_is_that_of_the_flows_at_work_in_it() {
    let jain = |window: &str| with_expectation(&format!(r#"{{ "jain": {{ "at_least": 0.0 }} {window} }}"#)).unwrap();
    // Shares of 1 and 2: 9 / (2 * 5). With a third of 1: 16 / (3 * 6).
    for window in [r#", "from": "8.5 s""#, r#", "from": "4 s", "until": "6 s""#] {
        assert!((jain(window) - 0.9).abs() < 0.005, "{window}: {}", jain(window));
    }
    for window in ["", r#", "from": "1 s""#, r#", "from": "6.5 s", "until": "7.5 s""#] {
        assert!((jain(window) - 16.0 / 18.0).abs() < 0.005, "{window}: {}", jain(window));
    }
}

#[test]
fn a_rate_in_a_window_is_taken_over_the_time_the_flow_was_at_work() {
    let goodput = |window: &str| {
        let text = format!(r#"{{ "flow": "C", "goodput": {{ "at_least": "0.1 Mbps" }} {window} }}"#);
        with_expectation(&text).unwrap()
    };
    // 1000 of 1028 bytes are data.
    for window in ["", r#", "from": "5 s""#, r#", "from": "7 s", "until": "9 s""#] {
        assert!((goodput(window) / (1e6 * 1000.0 / 1028.0) - 1.0).abs() < 0.02, "{window}: {}", goodput(window));
    }
}

const STEP: &str = r#", "queue": { "step_marking": { "threshold": "20 packets", "limit": "100 packets" } }"#;

#[test]
fn a_flow_that_takes_part_in_ecn_is_marked_in_place_of_being_dropped() {
    let run = over(STEP, r#""tcp": { "ecn": "classic" }"#, "20 s");
    let (f, link) = (flow(&run, "f"), link(&run, "a->b"));
    assert!(link.marked > 20, "{}", link.marked);
    // All but those still on their way at the end, of which the queue holds the most.
    assert!(f.marked_packets <= link.marked && f.marked_packets + 20 >= link.marked);
    assert_eq!((link.dropped.total(), f.retransmitted_packets, f.timeouts), (0, 0, 0));
    // The bandwidth-delay product is 17 packets: with 20 allowed to wait, half the window still fills the link.
    assert!(link.utilization > 0.97, "{}", link.utilization);
}

#[test]
fn a_flow_without_ecn_takes_no_notice_of_a_marking_threshold() {
    let run = over(STEP, r#""tcp": { }"#, "20 s");
    let (f, link) = (flow(&run, "f"), link(&run, "a->b"));
    assert_eq!((link.marked, f.marked_packets), (0, 0));
    assert_eq!(link.queue_packets_max, 100);
    assert!(link.dropped.total() > 0);
}

#[test]
fn a_marking_threshold_may_be_a_share_of_the_bandwidth_delay_product() {
    // 10 Mbit/s times 20 ms are 25 kB, of which 0.12 are two packets of 1500 bytes.
    let queue = r#", "queue": { "step_marking": { "threshold": "0.12 bdp", "limit": "4 bdp" } }"#;
    let burst = r#""tcp": { "ecn": "classic", "size": "14600 B" }"#;
    let run = over(queue, burst, "1 s");
    // Of a window of ten the first finds the transmitter free, two wait below the threshold, seven above.
    assert_eq!((link(&run, "a->b").marked, link(&run, "a->b").limit_bytes), (7, Some(100_000)));
}
