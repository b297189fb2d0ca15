//! Several flows on one link, and what a loss rate allows.

use super::scenario::{Failure, flow, outcome, outcomes};
use super::{Case, Line};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "A7",
        statement: "k flows of equal round-trip time over a link of capacity R get R/k each",
        source: "Kurose & Ross 3.7.2",
        replay: equal_shares,
    },
    Case {
        id: "A14",
        statement: "ten connections over a shared backbone get min(Rc, Rs, R/10) each",
        source: "Kurose & Ross 1.4.4",
        replay: ten_connections,
    },
    Case {
        id: "E2",
        statement: "the throughput of TCP is MSS/RTT · √(3/2)/√p: it falls as losses grow. A slide has √(2/3) · p",
        source: "Mathis et al. 1997",
        replay: throughput_against_loss,
    },
];

/// Every run must be fair; one run alone may be a few percent off a half, so the mean of eight is compared.
fn equal_shares() -> Result<Vec<Line>, Failure> {
    const BOTTLENECK: f64 = 10e6;
    let text = |delays: &str| {
        format!(
            r#"{{ "title": "two flows", "duration": "200 s", "sample_interval": "1 s",
            "topology": {{ "shape": "dumbbell", "pairs": 2, "access_delays": {delays},
                "access": {{ "bandwidth": "100 Mbps", "delay": "1 ms" }},
                "bottleneck": {{ "bandwidth": "10 Mbps", "delay": "20 ms", "queue": {{ "drop_tail": "1 bdp" }} }} }},
            "flows": [
                {{ "name": "A", "from": "left1", "to": "right1", "start_jitter": "2 s", "tcp": {{}} }},
                {{ "name": "B", "from": "left2", "to": "right2", "start_jitter": "2 s", "tcp": {{}} }} ],
            "sweep": {{ "repetitions": 8 }} }}"#
        )
    };
    let equal = outcomes(&text(r#"["1 ms", "1 ms"]"#))?;
    let worst = equal.iter().filter_map(|run| run.jain).fold(1.0, f64::min);
    let share = |runs: &[crate::run::outcome::Outcome], name: &str| -> Result<f64, Failure> {
        let rates =
            runs.iter().map(|run| Ok(flow(run, name)?.throughput_bps)).collect::<Result<Vec<f64>, Failure>>()?;
        Ok(rates.iter().sum::<f64>() / rates.len() as f64)
    };
    // Round trips of 44 ms and 124 ms without queueing. Mathis: rates as the inverse of the round-trip times.
    let unequal = outcomes(&text(r#"["1 ms", "41 ms"]"#))?;
    Ok(vec![
        Line::at_least("Jain's index, the worst of 8 runs", 0.98, worst),
        Line::near("wire rate of A, mean of 8 runs (bit/s)", BOTTLENECK / 2.0, share(&equal, "A")?, 0.05),
        Line::near("wire rate of B, mean of 8 runs (bit/s)", BOTTLENECK / 2.0, share(&equal, "B")?, 0.05),
        Line::at_least(
            "with unequal round-trip times: rate of the shorter over the longer",
            1.2,
            share(&unequal, "A")? / share(&unequal, "B")?,
        ),
    ])
}

/// Ten servers, ten clients and the backbone between them; `traffic` is what each server sends.
fn ten_pairs(server_mbps: u32, client_mbps: u32, backbone_mbps: u32, duration_s: u32, traffic: &str) -> String {
    let links: Vec<String> = (1..=10)
        .map(|i| {
            format!(
                r#"{{ "from": "s{i}", "to": "r1", "bandwidth": "{server_mbps} Mbps", "delay": "1 ms" }},
                {{ "from": "r2", "to": "c{i}", "bandwidth": "{client_mbps} Mbps", "delay": "1 ms" }}"#
            )
        })
        .collect();
    let flows: Vec<String> = (1..=10)
        .map(|i| format!(r#"{{ "name": "f{i}", "from": "s{i}", "to": "c{i}", "start_jitter": "1 s", {traffic} }}"#))
        .collect();
    format!(
        r#"{{ "title": "ten pairs", "duration": "{duration_s} s",
        "topology": {{ "links": [ {{ "from": "r1", "to": "r2", "bandwidth": "{backbone_mbps} Mbps", "delay": "10 ms",
            "queue": {{ "drop_tail": "1 bdp" }} }}, {} ] }},
        "flows": [ {} ] }}"#,
        links.join(","),
        flows.join(",")
    )
}

fn ten_connections() -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for (server, client, backbone, which) in
        [(2, 1, 100, "the client's link"), (1, 3, 100, "the server's link"), (8, 9, 50, "a tenth of the backbone")]
    {
        let rate = server.min(client).min(backbone / 10);
        let constant = format!(r#""udp": {{ "constant": {{ "rate": "{rate} Mbps", "packet_size": "1000 B" }} }}"#);
        let outcome = outcome(&ten_pairs(server, client, backbone, 20, &constant))?;
        let slowest = outcome.flows.iter().map(|flow| flow.throughput_bps).fold(f64::INFINITY, f64::min);
        // All but what is still on its way at the end: three hops of 20 s.
        lines.push(Line::near(format!("{which} binds: bit/s"), f64::from(rate) * 1e6, slowest, 0.005));
        lines.push(Line::equal(format!("{which} binds: packets lost"), 0, outcome.packets.dropped.total()));
    }
    let outcome = outcome(&ten_pairs(8, 9, 50, 120, r#""tcp": {}"#))?;
    let sum: f64 = outcome.flows.iter().map(|flow| flow.throughput_bps).sum();
    lines.push(Line::near("ten TCP connections: bit/s in sum", 50e6, sum, 0.05));
    lines.push(Line::at_least("ten TCP connections: Jain's index", 0.95, outcome.jain.unwrap_or(f64::NAN)));
    Ok(lines)
}

/// Independent losses, an ACK for every segment, SACK, and no limit but the losses. The model has one loss every 1/p
/// packets and no timeouts: it is above what random losses allow by some percent.
fn throughput_against_loss() -> Result<Vec<Line>, Failure> {
    const SEGMENT_BITS: f64 = 1_460.0 * 8.0;
    const ROUND_TRIP: f64 = 0.1;
    let mathis = |p: f64| SEGMENT_BITS / ROUND_TRIP * (1.5 / p).sqrt();
    let slide = |p: f64| SEGMENT_BITS / ROUND_TRIP * (2.0_f64 / 3.0).sqrt() * p;
    let measured = |p: f64| -> Result<f64, Failure> {
        let outcome = outcome(&format!(
            r#"{{ "title": "random loss", "duration": "600 s", "sample_interval": "1 s",
            "topology": {{ "links": [ {{ "from": "a", "to": "b", "bandwidth": "1 Gbps", "delay": "50 ms",
                "queue": {{ "drop_tail": "unlimited" }}, "loss": {{ "bernoulli": {{ "probability": {p} }} }},
                "reverse": {{ "loss": {{ "bernoulli": {{ "probability": 0 }} }} }} }} ] }},
            "flows": [ {{ "name": "f", "from": "a", "to": "b", "tcp": {{ "delayed_ack": null }} }} ] }}"#
        ))?;
        Ok(flow(&outcome, "f")?.goodput_bps)
    };
    let (few, more) = (measured(0.001)?, measured(0.003)?);
    Ok(vec![
        Line::near("p = 0.001, RTT 100 ms, 1460 bytes: bit/s", mathis(0.001), few, 0.15),
        Line::near("p = 0.003: bit/s", mathis(0.003), more, 0.15),
        Line::equal("more losses, less throughput", true, more < few),
        Line::at_least("times the slide's formula at p = 0.001", 1e4, few / slide(0.001)),
        Line::equal("by the slide's formula throughput would grow with losses", true, slide(0.003) > slide(0.001)),
    ])
}
