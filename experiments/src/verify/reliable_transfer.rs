//! Stop-and-wait, Go-Back-N and Selective Repeat.

use sim_core::trace::{Header, What};

use super::scenario::{Failure, flow, link, millis, outcome, replay, sent_by};
use super::{Case, Line};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "A1",
        statement: "stop-and-wait with packets of 8000 bits uses 1 Gb/s and 30 ms of round trip to 0.00026660",
        source: "Kurose & Ross 3.4.2",
        replay: stop_and_wait,
    },
    Case {
        id: "A2",
        statement: "with a window of three packets it is three times as much",
        source: "Kurose & Ross 3.4.2",
        replay: window_of_three,
    },
    Case {
        id: "A3",
        statement: "the window that fills this pipe is 3751 packets",
        source: "U = W (L/R) / (RTT + L/R), at most 1",
        replay: filling_window,
    },
    Case {
        id: "A4",
        statement: "before the first ACK a sender can send R · (RTT + L/R)",
        source: "Kurose & Ross 3.4.2",
        replay: sent_before_the_first_ack,
    },
    Case {
        id: "A23",
        statement: "window 4, numbers 17 to 24: ACK 17 releases 21",
        source: "Kurose & Ross 3.4.3",
        replay: sliding_window,
    },
    Case {
        id: "A24",
        statement: "a file arrives intact without loss and with half of all packets lost",
        source: "Kurose & Ross 3.4",
        replay: half_of_all_lost,
    },
    Case {
        id: "E1",
        statement: "U = 3 (L/R) / (RTT + L/R) is .024/30.008 = 0.00080. A slide has .0024/30.008 = 0.00081",
        source: "Kurose & Ross 3.4.2",
        replay: misprinted_utilization,
    },
    Case {
        id: "E3",
        statement: "fast retransmit is not Selective Repeat: one counts ACKs, the other has a timer for each packet",
        source: "Kurose & Ross 3.4.3, 3.4.4, 3.5.4",
        replay: three_ways_to_repair,
    },
    Case {
        id: "E4",
        statement: "an ACK may name the last packet received or the next expected: the transfer is the same",
        source: "Kurose & Ross 3.4.3, 3.5.2",
        replay: names_of_acks,
    },
];

/// 8 µs to send a packet, and 30 ms there and back: a round lasts 30.008 ms.
const ROUND_MS: f64 = 30.008;

fn gigabit(duration: &str, traffic: &str) -> String {
    path("1 Gbps", "15 ms", duration, "", traffic)
}

fn path(bandwidth: &str, delay: &str, duration: &str, more: &str, traffic: &str) -> String {
    format!(
        r#"{{ "title": "a pipe", "duration": "{duration}",
        "topology": {{ "nodes": [ "a", "b" ], "links": [ {{ "from": "a", "to": "b", "bandwidth": "{bandwidth}",
            "delay": "{delay}", "queue": {{ "drop_tail": "unlimited" }} {more} }} ] }},
        "flows": [ {{ "name": "f", "from": "a", "to": "b", {traffic} }} ] }}"#
    )
}

/// Packets of 1000 bytes, ACKs of none, and a timer that never expires in vain.
const IDEAL: &str = r#""packet_size": "1000 B", "ack_size": "0 B", "timeout": { "fixed": "100 ms" }"#;

/// How much of the link is used over 1000 rounds, or 20.
fn utilization(traffic: &str, rounds: u32) -> Result<f64, Failure> {
    let duration = format!("{} us", 30_008 * rounds);
    Ok(link(&outcome(&gigabit(&duration, traffic))?, "a->b")?.utilization)
}

fn go_back_n(window: u32) -> String {
    format!(r#""go_back_n": {{ "window": {window}, {IDEAL} }}"#)
}

fn stop_and_wait() -> Result<Vec<Line>, Failure> {
    let traffic = format!(r#""stop_and_wait": {{ {IDEAL} }}"#);
    let outcome = outcome(&gigabit("30008 ms", &traffic))?;
    Ok(vec![
        Line::near("utilization", 0.008 / ROUND_MS, link(&outcome, "a->b")?.utilization, 1e-9),
        Line::near("goodput (bit/s)", 8_000.0 / (ROUND_MS / 1e3), flow(&outcome, "f")?.goodput_bps, 1e-9),
    ])
}

fn window_of_three() -> Result<Vec<Line>, Failure> {
    Ok(vec![Line::near("utilization", 0.024 / ROUND_MS, utilization(&go_back_n(3), 1_000)?, 1e-9)])
}

fn filling_window() -> Result<Vec<Line>, Failure> {
    let used = |window: u32| utilization(&go_back_n(window), 20);
    Ok(vec![
        Line::near("utilization with a window of 1000", 1_000.0 / 3_751.0, used(1_000)?, 1e-9),
        Line::near("with 3750", 3_750.0 / 3_751.0, used(3_750)?, 1e-9),
        Line::near("with 3751", 1.0, used(3_751)?, 1e-9),
        Line::near("with 4000", 1.0, used(4_000)?, 1e-9),
    ])
}

fn sent_before_the_first_ack() -> Result<Vec<Line>, Failure> {
    let traffic = format!(r#""go_back_n": {{ "window": 1000000, "pace": "1 Gbps", {IDEAL} }}"#);
    let (records, simulation) = replay(&gigabit("40 ms", &traffic))?;
    let first_ack = records.iter().find(|record| record.what == What::Delivered && record.segment == 0);
    let first_ack = first_ack.map(|record| record.time).ok_or_else(|| Failure("no ACK came".to_owned()))?;
    let sent = sent_by(&records, &simulation, "a").filter(|record| record.time < first_ack).count();
    Ok(vec![
        Line::near("the first ACK comes after (ms)", ROUND_MS, millis(first_ack), 1e-9),
        Line::equal("bytes sent by then: 1 Gb/s · 30.008 ms", 3_751_000, sent * 1_000),
    ])
}

/// 8 ms to send a packet and 20 ms each way: the first ACK comes at 48 ms.
fn sliding_window() -> Result<Vec<Line>, Failure> {
    let traffic = |kind: &str| {
        format!(r#""{kind}": {{ "window": 4, "packets": 8, "first_number": 17, "timeout": {{ "fixed": "1 s" }} }}"#)
    };
    let mut lines = Vec::new();
    for (kind, name) in [("go_back_n", "Go-Back-N"), ("selective_repeat", "Selective Repeat")] {
        let (records, simulation) = replay(&path("1 Mbps", "20 ms", "1 s", "", &traffic(kind)))?;
        let sent: Vec<(u32, f64)> =
            sent_by(&records, &simulation, "a").map(|record| (16 + record.segment, millis(record.time))).collect();
        let expected = vec![(17, 0.0), (18, 0.0), (19, 0.0), (20, 0.0), (21, 48.0), (22, 56.0), (23, 64.0), (24, 72.0)];
        lines.push(Line::equal(format!("{name}: packets sent, and when (ms)"), expected, sent));
    }
    Ok(lines)
}

fn half_of_all_lost() -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for (kind, name) in
        [("stop_and_wait", "stop-and-wait"), ("go_back_n", "Go-Back-N"), ("selective_repeat", "Selective Repeat")]
    {
        for probability in ["0", "0.5"] {
            let traffic = format!(r#""{kind}": {{ "size": "100 kB", "timeout": {{ "fixed": "50 ms" }} }}"#);
            let lossy = format!(r#", "loss": {{ "bernoulli": {{ "probability": {probability} }} }}"#);
            let outcome = outcome(&path("10 Mbps", "10 ms", "300 s", &lossy, &traffic))?;
            let flow = flow(&outcome, "f")?;
            lines.push(Line::equal(
                format!("{name}, loss {probability} both ways: bytes in order, and all of them"),
                (100_000, true),
                (flow.delivered_bytes, flow.completion_s.is_some()),
            ));
        }
    }
    Ok(lines)
}

fn misprinted_utilization() -> Result<Vec<Line>, Failure> {
    let measured = utilization(&go_back_n(3), 1_000)?;
    Ok(vec![
        Line::near("utilization", 0.024 / ROUND_MS, measured, 1e-9),
        Line::equal("as the slide rounds it, 0.00081", false, format!("{measured:.5}") == "0.00081"),
        Line::near("times the slide's own fraction", 10.0, measured / (0.0024 / ROUND_MS), 1e-9),
    ])
}

/// Packet 3 of a window of eight is lost: five follow it.
fn three_ways_to_repair() -> Result<Vec<Line>, Failure> {
    let lossy = r#", "loss": { "chosen": { "segments": [ { "flow": "f", "segment": 3, "copies": [1] } ] } }, "reverse": { "loss": { "bernoulli": { "probability": 0 } } }"#;
    let run = |traffic: &str| outcome(&path("10 Mbps", "20 ms", "2 s", lossy, traffic));
    let textbook =
        |kind: &str| format!(r#""{kind}": {{ "window": 8, "packets": 8, "timeout": {{ "fixed": "500 ms" }} }}"#);
    let tcp = r#""tcp": { "size": "11680 B", "sack": false, "delayed_ack": null, "congestion_control": { "fixed_window": { "segments": 8 } } }"#;
    let again_and_timeouts = |traffic: &str| -> Result<(u64, bool), Failure> {
        let outcome = run(traffic)?;
        let flow = flow(&outcome, "f")?;
        Ok((flow.retransmitted_packets, flow.timeouts > 0))
    };
    let what = "packets sent again, and whether a timer expired";
    Ok(vec![
        Line::equal(format!("Go-Back-N: {what}"), (6, true), again_and_timeouts(&textbook("go_back_n"))?),
        Line::equal(format!("Selective Repeat: {what}"), (1, true), again_and_timeouts(&textbook("selective_repeat"))?),
        Line::equal(format!("TCP with fast retransmit: {what}"), (1, false), again_and_timeouts(tcp)?),
    ])
}

fn names_of_acks() -> Result<Vec<Line>, Failure> {
    let lossy = r#", "loss": { "chosen": { "packets": [5] } }"#;
    let traffic = |names: &str| {
        format!(
            r#""go_back_n": {{ "window": 4, "packets": 12, "ack_names": "{names}", "timeout": {{ "fixed": "100 ms" }} }}"#
        )
    };
    type Sent = Vec<(u32, u8, f64)>;
    let run = |names: &str| -> Result<(Sent, Vec<u32>), Failure> {
        let (records, simulation) = replay(&path("1 Mbps", "20 ms", "3 s", lossy, &traffic(names)))?;
        let data = sent_by(&records, &simulation, "a").map(|record| (record.segment, record.copy, millis(record.time)));
        let acks = sent_by(&records, &simulation, "b").filter_map(|record| match record.header {
            Header::Rdt(header) => Some(header.number),
            Header::Udp(_) | Header::Tcp(_) | Header::Control(_) => None,
        });
        Ok((data.collect(), acks.take(4).collect()))
    };
    let ((data, last), (same_data, next)) = (run("last_received")?, run("next_expected")?);
    Ok(vec![
        Line::equal("ACKs of the first four packets, by the last received", vec![0, 1, 2, 3], last),
        Line::equal("the same ACKs, by the next expected", vec![1, 2, 3, 4], next),
        Line::equal("packets sent, those sent again included", data.len(), same_data.len()),
        Line::equal("all of them alike, at the same times", true, data == same_data),
    ])
}
