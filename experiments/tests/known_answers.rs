//! Results of whole experiments that can be worked out by hand.

mod support;

use experiments::run::measure::run;
use sim_core::packet::DropReason;
use support::{flow, gallery, link, mean_and_error, outcome, outcomes};

/// Two nodes and scheduled packets of 1000 bytes: when they arrive.
fn delays(bandwidth: &str, delay: &str, duration: &str, times: &str) -> (f64, f64, u64) {
    let outcome = outcome(&format!(
        r#"{{
            "title": "two nodes", "duration": "{duration}",
            "topology": {{ "nodes": ["a", "b"],
                "links": [ {{ "from": "a", "to": "b", "bandwidth": "{bandwidth}", "delay": "{delay}" }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b",
                "udp": {{ "scheduled": {{ "times": {times}, "packet_size": "1000 B" }} }} }} ]
        }}"#
    ));
    let delay = flow(&outcome, "f").delay.expect("packets arrived");
    (delay.min, delay.max, delay.count)
}

#[test]
fn two_nodes_give_the_textbooks_delays() {
    assert_eq!(delays("1 Mbps", "1 s", "2 s", r#"["0 s"]"#), (1.008, 1.008, 1));
    assert_eq!(delays("100 bps", "10 ms", "81 s", r#"["0 s"]"#), (80.01, 80.01, 1));
    let times = r#"["0 s", "0 s", "0 s", "2 s"]"#;
    assert_eq!(delays("1 Mbps", "10 ms", "3 s", times), (0.018, 0.034, 4));
}

/// Ten pairs over a backbone of `backbone_mbps`; each sends at the rate that all three links allow.
#[test]
fn ten_connections_get_the_least_of_their_three_links() {
    for (server, client, backbone) in [(2, 1, 100), (1, 3, 100), (8, 9, 50)] {
        let rate = server.min(client).min(backbone / 10);
        let nodes: Vec<String> = (1..=10)
            .map(|i| {
                format!(
                    r#"{{ "from": "s{i}", "to": "r1", "bandwidth": "{server} Mbps", "delay": "1 ms" }},
                       {{ "from": "r2", "to": "c{i}", "bandwidth": "{client} Mbps", "delay": "1 ms" }}"#
                )
            })
            .collect();
        let flows: Vec<String> = (1..=10)
            .map(|i| {
                format!(
                    r#"{{ "name": "f{i}", "from": "s{i}", "to": "c{i}",
                       "udp": {{ "constant": {{ "rate": "{rate} Mbps", "packet_size": "1000 B" }} }} }}"#
                )
            })
            .collect();
        let outcome = outcome(&format!(
            r#"{{ "title": "ten pairs", "duration": "11 s",
                "topology": {{ "links": [ {{ "from": "r1", "to": "r2", "bandwidth": "{backbone} Mbps", "delay": "1 ms" }},
                    {} ] }},
                "flows": [ {} ] }}"#,
            nodes.join(","),
            flows.join(",")
        ));
        assert_eq!(outcome.packets.dropped.total(), 0);
        for flow in &outcome.flows {
            // All the packets sent but those still on their way: rate * 11 s, less three hops.
            let expected = 11.0 * f64::from(rate) * 1e6 / 8_000.0;
            assert!((flow.sent_packets as f64 - expected).abs() <= 1.0, "{}", flow.sent_packets);
            assert!(flow.sent_packets - flow.delivered_packets <= 10);
            assert_eq!(flow.lost_packets, 0);
        }
    }
}

/// Cumulative data segments delivered by the end of each round trip of 100 ms, from an initial window of one.
fn slow_start(delayed_ack: &str) -> Vec<u64> {
    let outcome = outcome(&format!(
        r#"{{
            "title": "slow start", "duration": "0.8 s", "sample_interval": "100 ms",
            "topology": {{ "nodes": ["a", "b"], "links": [ {{ "from": "a", "to": "b", "bandwidth": "10 Gbps",
                "delay": "50 ms", "queue": {{ "drop_tail": "unlimited" }} }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b",
                "tcp": {{ "initial_window": 1, "mss": "1000 B", "delayed_ack": {delayed_ack} }} }} ]
        }}"#
    ));
    // The SYN leaves at 0 and the first segment at 100 ms, so the n-th flight arrives after 50 + 100 n ms.
    let mut total = 0.0;
    let goodput = &outcome.series.flows[0].goodput_bps;
    let mut segments: Vec<u64> = (goodput.iter())
        .map(|bits| {
            total += bits * 0.1 / 8.0 / 1000.0;
            total.round() as u64
        })
        .filter(|&count| count > 0)
        .collect();
    segments.dedup();
    segments
}

#[test]
fn slow_start_doubles_the_flight_every_round_trip() {
    assert_eq!(slow_start("null")[..5], [1, 3, 7, 15, 31]);
}

#[test]
fn delayed_acknowledgements_slow_slow_start_down() {
    // The lone first segment waits for the 200 ms timer. Then two are acknowledged at once, which gives a window of one
    // more and not two (RFC 5681 eq. 2: at most one segment for an ACK): flights of 1, 2, 3 in place of 1, 2, 4.
    assert_eq!(slow_start("\"200 ms\"")[..3], [1, 3, 6]);
}

#[test]
fn two_equal_flows_share_the_bottleneck_equally() {
    let runs = outcomes(
        r#"{
            "title": "two flows", "seed": 100, "duration": "300 s", "sample_interval": "1 s",
            "topology": { "shape": "dumbbell", "pairs": 2,
                "access": { "bandwidth": "100 Mbps", "delay": "1 ms" },
                "bottleneck": { "bandwidth": "10 Mbps", "delay": "20 ms", "queue": { "drop_tail": "1 bdp" } } },
            "flows": [
                { "name": "A", "from": "left1", "to": "right1", "start_jitter": "2 s", "tcp": {} },
                { "name": "B", "from": "left2", "to": "right2", "start_jitter": "2 s", "tcp": {} } ],
            "sweep": { "repetitions": 8 }
        }"#,
    );
    let mut shares = [Vec::new(), Vec::new()];
    for run in &runs {
        // What arrived after the first 30 s, in bits per second on the wire.
        let rates = [0, 1].map(|at| {
            let after = &run.series.flows[at].throughput_bps[30..];
            after.iter().sum::<f64>() / after.len() as f64
        });
        let jain = (rates[0] + rates[1]).powi(2) / (2.0 * (rates[0].powi(2) + rates[1].powi(2)));
        assert!(jain >= 0.98, "seed {}: {rates:?}", run.seed);
        for (share, rate) in shares.iter_mut().zip(rates) {
            share.push(rate);
        }
    }
    for share in &shares {
        let (mean, _) = mean_and_error(share);
        assert!((mean / 5e6 - 1.0).abs() < 0.05, "{mean}");
    }
}

#[test]
fn a_longer_round_trip_gets_a_smaller_share() {
    let run = outcome(
        r#"{
            "title": "unequal round trips", "duration": "200 s",
            "topology": { "shape": "dumbbell", "pairs": 2, "access_delays": ["1 ms", "60 ms"],
                "access": { "bandwidth": "100 Mbps" },
                "bottleneck": { "bandwidth": "10 Mbps", "delay": "10 ms", "queue": { "drop_tail": "50 packets" } } },
            "flows": [
                { "name": "near", "from": "left1", "to": "right1", "tcp": {} },
                { "name": "far", "from": "left2", "to": "right2", "start": "0.5 s", "tcp": {} } ]
        }"#,
    );
    assert!(flow(&run, "near").goodput_bps > 1.5 * flow(&run, "far").goodput_bps);
}

#[test]
fn a_full_queue_loses_what_is_too_much_and_delays_the_rest_by_its_length() {
    // 20.576 Mbit/s offered to 10 Mbit/s with 100 kB of buffer: loss 1 - 10/20.576 once the queue is full, wait 80 ms.
    let run = outcome(
        r#"{
            "title": "overload", "duration": "40 s",
            "topology": { "nodes": ["a", "b"], "links": [ { "from": "a", "to": "b", "bandwidth": "10 Mbps",
                "delay": "20 ms", "queue": { "drop_tail": "100 kB" } } ] },
            "flows": [ { "name": "f", "from": "a", "to": "b",
                "udp": { "constant": { "rate": "20576131 bps", "packet_size": "1500 B" } } } ]
        }"#,
    );
    let queue = link(&run, "a->b");
    let loss = queue.dropped.get(DropReason::QueueFull) as f64 / run.packets.sent as f64;
    // The 66 packets that fill the queue at first are not lost: they are a thousandth of all.
    assert!((loss - 0.514).abs() < 0.003, "{loss}");
    assert!((queue.queueing_delay_max_s - 0.080).abs() <= 0.0012, "{}", queue.queueing_delay_max_s);
    assert!((queue.utilization - 1.0).abs() < 0.001);
}

#[test]
fn a_chosen_loss_costs_one_fast_retransmit_and_no_timeout() {
    let run = outcome(
        r#"{
            "title": "the 17th is lost", "duration": "20 s",
            "topology": { "nodes": ["a", "b"], "links": [ { "from": "a", "to": "b", "bandwidth": "10 Mbps",
                "delay": "20 ms", "queue": { "drop_tail": "unlimited" },
                "loss": { "chosen": { "segments": [ { "flow": "f", "segment": 17 } ] } } } ] },
            "flows": [ { "name": "f", "from": "a", "to": "b", "tcp": { "size": "146 kB", "mss": "1460 B" } } ]
        }"#,
    );
    let f = flow(&run, "f");
    assert_eq!((f.retransmitted_packets, f.fast_retransmits, f.timeouts), (1, 1, 0));
    assert_eq!(run.packets.dropped.get(DropReason::Lost), 1);
    assert_eq!(f.delivered_bytes, 146_000);
}

/// Kurose & Ross 3.4.2 at 1 Gbps, 30 ms and 8000 bits, and a lossy transfer that arrives intact; the gallery says what
/// must come out, worked out beside it by hand.
#[test]
fn the_gallery_of_reliable_data_transfer_shows_the_textbooks_numbers() {
    for (file, runs) in [("stop_and_wait_vs_pipelining.json", 13), ("go_back_n_vs_selective_repeat.json", 1)] {
        let points = gallery(file, &[]);
        assert_eq!(points.len(), runs);
        for point in points {
            let outcome = run(&point, &mut ()).expect("a run that ends");
            for expectation in &outcome.expectations {
                let (text, measured) = (&expectation.text, expectation.measured);
                assert!(expectation.met, "{file} {:?}: {text}: {measured:?}", point.parameters);
            }
            if let [(_, window)] = &point.parameters[..] {
                let expected = (window.as_f64().expect("a number") / 3_751.0).min(1.0);
                let measured = link(&outcome, "carol->dave").utilization;
                assert!((measured - expected).abs() < 1e-12, "window {window}: {measured}, not {expected}");
            }
        }
    }
}

/// Window 3 and four sequence numbers; the first ACKs are lost, as in Kurose & Ross, figure 3.27.
#[test]
fn too_few_sequence_numbers_are_seen_in_the_results() {
    let run = |space: u64| {
        outcome(&format!(
            r#"{{
                "title": "too few numbers", "duration": "2 s",
                "topology": {{ "links": [ {{ "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "20 ms",
                    "reverse": {{ "loss": {{ "chosen": {{ "packets": [1, 2, 3] }} }} }} }} ] }},
                "flows": [ {{ "name": "f", "from": "a", "to": "b", "selective_repeat":
                    {{ "window": 3, "sequence_space": {space}, "packets": 12, "timeout": {{ "fixed": "100 ms" }} }} }} ],
                "expect": [ {{ "wrong_deliveries": {{ "at_least": 1 }} }} ]
            }}"#
        ))
    };
    let (too_few, enough) = (run(5), run(6));
    assert!(too_few.expectations[0].met && !enough.expectations[0].met);
    let (wrong, right) = (flow(&too_few, "f"), flow(&enough, "f"));
    assert_eq!((wrong.completion_s, right.wrong_deliveries), (None, 0));
    assert_eq!((right.protocol, right.delivered_bytes, right.timeouts), ("selective_repeat", 12_000, 3));
}

/// The goodput of one flow against independent losses, mean of several runs: segments of 1460 bytes, a round trip of
/// 100 ms, an ACK for every segment that is never lost, `min_rto` 1 s, and no other limit.
fn goodput_against_loss(probability: f64, tcp: &str) -> f64 {
    let runs = outcomes(&format!(
        r#"{{
            "title": "random loss", "duration": "300 s", "sample_interval": "1 s",
            "topology": {{ "links": [ {{ "from": "a", "to": "b", "bandwidth": "1 Gbps", "delay": "50 ms",
                "queue": {{ "drop_tail": "unlimited" }}, "loss": {{ "bernoulli": {{ "probability": {probability} }} }},
                "reverse": {{ "loss": {{ "bernoulli": {{ "probability": 0 }} }} }} }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b",
                "tcp": {{ "delayed_ack": null, "min_rto": "1 s", "initial_ssthresh": "64 kB", {tcp} }} }} ],
            "sweep": {{ "repetitions": 6 }}
        }}"#
    ));
    mean_and_error(&runs.iter().map(|run| flow(run, "f").goodput_bps).collect::<Vec<_>>()).0
}

const SEGMENT_BITS: f64 = 1_460.0 * 8.0;

/// Mathis et al. 1997, for an ACK of every segment.
fn mathis(p: f64) -> f64 {
    SEGMENT_BITS / 0.1 * (1.5 / p).sqrt()
}

/// Padhye et al. 1998, the approximate model, with b = 1 and T0 = 1 s.
fn pftk(p: f64) -> f64 {
    SEGMENT_BITS / (0.1 * (2.0 * p / 3.0).sqrt() + (3.0 * (3.0 * p / 8.0).sqrt()).min(1.0) * p * (1.0 + 32.0 * p * p))
}

#[test]
fn throughput_follows_mathis_where_losses_are_rare() {
    for tcp in [
        r#""congestion_control": "new_reno""#,
        r#""congestion_control": "reno", "sack": false, "limited_transmit": false"#,
    ] {
        for p in [0.0003, 0.001, 0.003] {
            let ratio = goodput_against_loss(p, tcp) / mathis(p);
            assert!((ratio - 1.0).abs() < 0.15, "{tcp}, p = {p}: {ratio} of the formula");
        }
    }
}

/// The formula is of Reno, which answers several losses in one window by a timeout.
#[test]
fn throughput_follows_padhye_into_the_timeouts() {
    let losses = [0.001, 0.003, 0.01, 0.02, 0.05];
    let reno = r#""congestion_control": "reno", "sack": false, "limited_transmit": false"#;
    let measured = losses.map(|p| goodput_against_loss(p, reno));
    for (p, goodput) in losses.into_iter().zip(measured) {
        let ratio = goodput / pftk(p);
        assert!((ratio - 1.0).abs() < 0.15, "p = {p}: {ratio} of the formula");
    }
    // Falling alike: from 0.1 % to 5 % the formula falls by a factor of 15.4.
    let (fall, expected) = (measured[0] / measured[4], pftk(0.001) / pftk(0.05));
    assert!((fall / expected - 1.0).abs() < 0.15, "{fall}, not {expected}");
    // By the square-root law alone it would be 7.1: timeouts are half of it.
    assert!(fall > 1.8 * mathis(0.001) / mathis(0.05));
}
