//! One TCP connection on a path of its own: windows, timers, headers, round trips.

use protocols::tcp::{Config, rto::RtoEstimator};
use sim_core::packet::IPV4_HEADER;
use sim_core::simulation::Simulation;
use sim_core::time::Duration;
use sim_core::trace::{Record, What};

use super::scenario::{Failure, flow, millis, outcome, replay, sent_by, span_in_millis};
use super::{Case, Line};

pub(super) const CASES: &[Case] = &[
    Case {
        id: "A5",
        statement: "AIMD: windows of 1, 2, …, 10, 5, 6, …, 10, 5, … where the tenth segment is lost",
        source: "Kurose & Ross 3.7.1; Chiu & Jain 1989",
        replay: sawtooth,
    },
    Case {
        id: "A6",
        statement: "slow start sends 1, 2, 4, … segments a round trip",
        source: "RFC 5681, 3.1; Kurose & Ross 3.7.1",
        replay: slow_start,
    },
    Case {
        id: "A8",
        statement: "SRTT, RTTVAR and RTO from (100, 5) ms and five samples",
        source: "RFC 6298, 2.3; Kurose & Ross 3.5.3",
        replay: retransmission_timeout,
    },
    Case {
        id: "A15",
        statement: "one byte of data costs 20 bytes of TCP, 20 of IP and 18 of Ethernet",
        source: "RFC 9293, 3.1; RFC 791, 3.1",
        replay: one_byte,
    },
    Case {
        id: "A21",
        statement: "a handshake is three packets and one and a half round trips",
        source: "RFC 9293, 3.5",
        replay: handshake,
    },
    Case {
        id: "E5",
        statement: "TCP need not acknowledge each packet: with delayed ACKs it is every second one",
        source: "RFC 1122, 4.2.3.2; RFC 5681, 4.2",
        replay: acknowledgments,
    },
    Case {
        id: "E9",
        statement: "the header of TCP is 2.5 times that of UDP, not three times",
        source: "RFC 9293, 3.1; RFC 768",
        replay: headers,
    },
    Case {
        id: "E11",
        statement: "the linear climb from 1 is that of pure AIMD; TCP climbs 1, 2, 4, 8 first",
        source: "RFC 5681, 3.1; Kurose & Ross 3.7.1",
        replay: two_ways_to_climb,
    },
    Case {
        id: "E13",
        statement: "the third segment of the handshake may carry data: two round trips, not three",
        source: "RFC 9293, 3.4",
        replay: data_with_the_third_segment,
    },
];

/// A client `a` and a server `b`, 50 ms apart, on a link so fast that sending takes no time to speak of.
pub(super) fn fast_path(duration: &str, flow: &str) -> String {
    path("10 Gbps", duration, flow)
}

fn path(bandwidth: &str, duration: &str, flow: &str) -> String {
    format!(
        r#"{{ "title": "one flow", "duration": "{duration}",
        "topology": {{ "nodes": [ "a", "b" ], "links": [ {{ "from": "a", "to": "b", "bandwidth": "{bandwidth}",
            "delay": "50 ms", "queue": {{ "drop_tail": "unlimited" }} }} ] }},
        "flows": [ {{ "name": "f", "from": "a", "to": "b", {flow} }} ] }}"#
    )
}

/// The round trip of [`fast_path`], in milliseconds.
const ROUND_TRIP: f64 = 100.0;

/// How many new segments `a` sends in each round trip after the handshake.
pub(super) fn flights(records: &[Record], simulation: &Simulation) -> Vec<u64> {
    let mut flights = Vec::new();
    for record in sent_by(records, simulation, "a").filter(|record| record.segment > 0 && record.copy == 1) {
        // The first flight leaves when the handshake is over, after one round trip; ACKs come a little later each time.
        let round = (millis(record.time) / ROUND_TRIP + 0.5) as usize - 1;
        flights.resize(flights.len().max(round + 1), 0);
        flights[round] += 1;
    }
    flights
}

/// A path that holds nine segments: 1040 bytes take 10 ms, a round trip 70.4 ms, so seven are on their way, and two may
/// wait. What a window of ten sends last is lost.
fn sawtooth() -> Result<Vec<Line>, Failure> {
    let outcome = outcome(
        r#"{ "title": "sawtooth", "duration": "10 s", "sample_interval": "1 ms",
        "topology": { "nodes": [ "a", "b" ], "links": [ { "from": "a", "to": "b", "bandwidth": "832 kbps",
            "delay": "30 ms", "queue": { "drop_tail": "2 packets" } } ] },
        "flows": [ { "name": "f", "from": "a", "to": "b", "tcp": { "mss": "1000 B", "initial_window": 1,
            "delayed_ack": null, "congestion_control": "aimd" } } ] }"#,
    )?;
    let mut windows: Vec<u64> = outcome.series.flows[0]
        .cwnd_bytes
        .iter()
        .filter(|window| window.is_finite())
        .map(|window| (window / 1_000.0) as u64)
        .collect();
    windows.dedup();
    let expected: Vec<u64> = (1..=10).chain((5..=10).cycle()).take(22).collect();
    Ok(vec![
        Line::equal("windows in turn", expected, windows.iter().copied().take(22).collect()),
        Line::equal("mean of a cycle", 7.5, mean(windows.get(10..16).unwrap_or_default())),
        Line::equal("timeouts", 0, flow(&outcome, "f")?.timeouts),
    ])
}

fn mean(values: &[u64]) -> f64 {
    values.iter().sum::<u64>() as f64 / values.len() as f64
}

/// TCP with a threshold of eight segments, and AIMD without slow start.
fn two_ways_to_climb() -> Result<Vec<Line>, Failure> {
    let climb = |control: &str| -> Result<Vec<u64>, Failure> {
        let (records, simulation) = replay(&fast_path(
            "0.85 s",
            &format!(
                r#""tcp": {{ "mss": "1000 B", "initial_window": 1, "initial_ssthresh": "8 kB", "delayed_ack": null,
                "congestion_control": "{control}" }}"#
            ),
        ))?;
        Ok(flights(&records, &simulation)[..7].to_vec())
    };
    Ok(vec![
        Line::equal("TCP, segments in each round trip", vec![1, 2, 4, 8, 9, 10, 11], climb("new_reno")?),
        Line::equal("pure AIMD", vec![1, 2, 3, 4, 5, 6, 7], climb("aimd")?),
    ])
}

fn slow_start() -> Result<Vec<Line>, Failure> {
    let flights_with = |initial_window: u32, delayed_ack: &str| -> Result<Vec<u64>, Failure> {
        let (records, simulation) = replay(&fast_path(
            "0.95 s",
            &format!(r#""tcp": {{ "initial_window": {initial_window}, "delayed_ack": {delayed_ack} }}"#),
        ))?;
        Ok(flights(&records, &simulation))
    };
    let each = flights_with(1, "null")?;
    let cumulative: Vec<u64> = each[..5]
        .iter()
        .scan(0, |sum, flight| {
            *sum += flight;
            Some(*sum)
        })
        .collect();
    // With an ACK for two segments, and for a last odd one after a millisecond: w + ⌈w / 2⌉, a factor of 1.5.
    let delayed = flights_with(2, r#""1 ms""#)?;
    let expected: Vec<u64> = std::iter::successors(Some(2_u64), |w| Some(w + w.div_ceil(2))).take(8).collect();
    Ok(vec![
        Line::equal("segments in each round trip, an ACK for each", vec![1, 2, 4, 8, 16], each[..5].to_vec()),
        Line::equal("sent in all by then", vec![1, 3, 7, 15, 31], cumulative),
        Line::equal("an ACK for two: a factor of 1.5", expected, delayed[..8].to_vec()),
    ])
}

/// The first by hand: RTTVAR = 3/4 · 5 + 1/4 · |100 - 106| = 5.25, SRTT = 7/8 · 100 + 1/8 · 106 = 100.75, and
/// RTO = 100.75 + 4 · 5.25 = 121.75.
fn retransmission_timeout() -> Result<Vec<Line>, Failure> {
    let config = Config { min_rto: Duration::from_picos(1), clock_granularity: Duration::ZERO, ..Config::default() };
    let mut estimator = RtoEstimator::resumed(&config, Duration::from_millis(100), Duration::from_millis(5));
    let golden = [(106, 121.75), (120, 138.16), (140, 170.86), (90, 170.62), (115, 164.99)];
    let lines = golden.map(|(sample, expected)| {
        estimator.on_sample(Duration::from_millis(sample));
        let rounded = (span_in_millis(estimator.rto()) * 100.0).round() / 100.0;
        Line::equal(format!("RTO after a sample of {sample} ms (ms)"), expected, rounded)
    });
    Ok(lines.into())
}

fn one_byte() -> Result<Vec<Line>, Failure> {
    let tcp = r#""tcp": { "size": "1 B", "delayed_ack": null }"#;
    let (records, simulation) = replay(&fast_path("1 s", tcp))?;
    let size = sent_by(&records, &simulation, "a").find(|record| record.segment == 1).map(|record| record.size);
    // At 8 kb/s a byte takes a millisecond. An Ethernet frame adds 14 bytes in front and 4 behind.
    let framed = path("8 kbps", "20 s", tcp).replace(r#""delay": "50 ms""#, r#""delay": "0 s", "overhead": "18 B""#);
    let (records, _) = replay(&framed)?;
    let time = |what: fn(&What) -> bool| {
        records.iter().find(|record| record.segment == 1 && what(&record.what)).map(|record| record.time)
    };
    let sent = time(|what| *what == What::Sent);
    let arrived = time(|what| *what == What::Delivered);
    let on_the_wire = sent.zip(arrived).map(|(sent, arrived)| (arrived - sent).as_secs_f64() * 1_000.0);
    Ok(vec![
        Line::equal("bytes of the packet", Some(41), size),
        Line::equal("bytes of the frame", Some(59.0), on_the_wire),
        Line::near("efficiency of the packet", 1.0 / 41.0, 1.0 / size.map_or(f64::NAN, f64::from), 1e-9),
        Line::near("efficiency of the frame", 0.016_949, 1.0 / on_the_wire.unwrap_or(f64::NAN), 1e-4),
    ])
}

fn handshake() -> Result<Vec<Line>, Failure> {
    let tcp = |size: &str| {
        fast_path("2 s", &format!(r#""tcp": {{ "size": "{size}", "delayed_ack": null, "initial_window": 1 }}"#))
    };
    let (records, simulation) = replay(&tcp("1460 B"))?;
    let delivered: Vec<(String, f64)> = records
        .iter()
        .filter(|record| record.what == What::Delivered)
        .map(|record| (simulation.topology().node_names[record.node.index()].clone(), millis(record.time)))
        .take(3)
        .collect();
    let to: Vec<&str> = delivered.iter().map(|(node, _)| node.as_str()).collect();
    let arrivals = |index: usize| delivered.get(index).map_or(f64::NAN, |(_, at)| *at / ROUND_TRIP);
    // 15 segments are flights of 1, 2, 4 and 8: three more round trips, and half a one for the last flight.
    let fifteen = outcome(&tcp("21900 B"))?;
    let completion = flow(&fifteen, "f")?.completion_s.unwrap_or(f64::NAN) * 1e3 / ROUND_TRIP;
    Ok(vec![
        Line::equal("the packets of the handshake go to", vec!["b", "a", "b"], to),
        Line::near("the client is connected after (round trips)", 1.0, arrivals(1), 1e-3),
        Line::near("the server is connected after (round trips)", 1.5, arrivals(2), 1e-3),
        Line::near("15 segments from a window of one take (round trips)", 1.0 + 3.0 + 0.5, completion, 1e-3),
    ])
}

/// 100 segments in a constant window of ten. The server also sends a SYN-ACK; its FIN goes with the last ACK.
fn acknowledgments() -> Result<Vec<Line>, Failure> {
    let count = |delayed_ack: &str| -> Result<usize, Failure> {
        let (records, simulation) = replay(&fast_path(
            "5 s",
            &format!(
                r#""tcp": {{ "size": "146000 B", "delayed_ack": {delayed_ack},
                "congestion_control": {{ "fixed_window": {{ "segments": 10 }} }} }}"#
            ),
        ))?;
        Ok(sent_by(&records, &simulation, "b").count() - 1)
    };
    Ok(vec![
        Line::equal("ACKs for 100 segments, each at once", 100, count("null")?),
        Line::equal("ACKs for 100 segments, delayed", 50, count(r#""200 ms""#)?),
    ])
}

/// What a packet of each is larger than its payload, less the header of IP.
fn headers() -> Result<Vec<Line>, Failure> {
    let (records, simulation) = replay(&fast_path("1 s", r#""tcp": { "size": "1000 B" }"#))?;
    let segment = sent_by(&records, &simulation, "a").find(|record| record.segment == 1).map_or(0, |one| one.size);
    let udp = outcome(&fast_path("1 s", r#""udp": { "scheduled": { "times": [ "0 s" ], "packet_size": "1000 B" } }"#))?;
    let tcp_header = f64::from(segment) - 1_000.0 - f64::from(IPV4_HEADER);
    let udp_header = 1_000.0 - f64::from(IPV4_HEADER) - flow(&udp, "f")?.delivered_bytes as f64;
    Ok(vec![
        Line::equal("TCP (bytes)", 20.0, tcp_header),
        Line::equal("UDP (bytes)", 8.0, udp_header),
        Line::equal("TCP's over UDP's", 2.5, tcp_header / udp_header),
    ])
}

fn data_with_the_third_segment() -> Result<Vec<Line>, Failure> {
    let (records, simulation) = replay(&fast_path("2 s", r#""tcp": { "size": "1000 B", "delayed_ack": null }"#))?;
    let second_of_client = sent_by(&records, &simulation, "a").nth(1);
    // The SYN-ACK is the first packet that `a` receives, the ACK of its data the second.
    let client = simulation.topology().node_names.iter().position(|name| name == "a");
    let acknowledged = records
        .iter()
        .filter(|record| record.what == What::Delivered && Some(record.node.index()) == client)
        .nth(1)
        .map_or(f64::NAN, |record| millis(record.time) / ROUND_TRIP);
    Ok(vec![
        Line::equal("the third segment carries data", Some(true), second_of_client.map(|record| record.segment == 1)),
        Line::near("the data is acknowledged after (round trips)", 2.0, acknowledged, 1e-3),
    ])
}
