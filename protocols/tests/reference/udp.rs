//! Datagrams at a constant rate through one queue: how many are lost, and how long a ping beside them takes.
//!
//! Recorded over a token bucket of 10 Mbit/s with a queue of 100000 bytes. The loss follows from the rates: 1 - C / offered
//! in frames, less the first fill of the queue; so does the longest delay, the queue's bytes at the link's rate.

use protocols::routing::shortest_path::{LinkCost, ShortestPath};
use protocols::udp::{self, PacketSize, Ping, Sink, Source};
use serde_json::Value;
use sim_core::ids::{AgentId, FlowId, NodeId};
use sim_core::network::Network;
use sim_core::packet::Endpoints;
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};
use sim_core::{Bind, LinkSpec};

use crate::fields::{Fault, Fields};
use crate::{Outcome, Outcomes};

const LINK: Rate = Rate::from_mbps(10);
const QUEUE: Bytes = Bytes(100_000);
/// Half of the recorded path's round trip without a queue.
const ONE_WAY: Duration = Duration::from_millis(20);
const RUN: Duration = Duration::from_secs(15);
/// Points of loss.
const TOLERANCE: f64 = 0.3;

pub(crate) fn run(file: &Value) -> Result<Outcomes, Fault> {
    let mut fields = Fields::of("file", file)?;
    let rows: Vec<Value> = fields.take("rows")?;
    fields.forget_texts();
    fields.done()?;
    let outcomes = rows.iter().map(|row| {
        let outcome = run_row(row).unwrap_or_else(Outcome::Fails);
        (format!("{} Mbit/s", row["offered_payload_mbps"]), outcome)
    });
    Ok(outcomes.collect())
}

fn run_row(row: &Value) -> Result<Outcome, Fault> {
    let mut fields = Fields::of("row", row)?;
    let offered_mbps: f64 = fields.take("offered_payload_mbps")?;
    let payload: u64 = fields.take("payload_bytes")?;
    let frame: u64 = fields.take("frame_bytes_on_link")?;
    let lost_percent: f64 = fields.take("lost_percent")?;
    let lost: u64 = fields.take("lost")?;
    let packets: u64 = fields.take("packets")?;
    let ping: Vec<String> = fields.take("ping_during")?;
    // A measure of the recording host, and counts that contain the pings.
    fields.forget(&["jitter_ms", "qdisc_sent_pkts", "qdisc_dropped"]);
    fields.done()?;
    if (100.0 * lost as f64 / packets as f64 - lost_percent).abs() > 0.01 {
        return Err(format!("lost_percent {lost_percent} is not {lost} of {packets}"));
    }

    let frames_rate = Rate::from_bps((offered_mbps * 1e6 * frame as f64 / payload as f64) as u64);
    let here = simulate(frames_rate, Bytes(frame));
    // Both clocks stop the source between two packets.
    if here.sent.abs_diff(packets) > 2 {
        return Err(format!("{} packets were sent, expected are {packets}", here.sent));
    }
    let percent = 100.0 * here.lost as f64 / here.sent as f64;
    if (percent - lost_percent).abs() > TOLERANCE {
        return Err(format!("{percent:.3} % were lost, expected are {lost_percent:.3} % +- {TOLERANCE}"));
    }
    let longest_ms = longest_ping_ms(&ping)?;
    let here_ms = here.longest_ping.as_secs_f64() * 1e3;
    // Within the time of one packet: which of the packets in line a ping finds is chance.
    let tolerance_ms = LINK.serialization_delay(Bytes(frame)).as_secs_f64() * 1e3;
    let is_saturated = frames_rate > LINK;
    if is_saturated && (here_ms - longest_ms).abs() > tolerance_ms {
        return Err(format!(
            "the longest ping took {here_ms:.2} ms, expected are {longest_ms} +- {tolerance_ms:.2} ms"
        ));
    }
    Ok(Outcome::Agrees)
}

/// The maximum in a line like `rtt min/avg/max/mdev = 40.062/40.114/40.574/0.063 ms`.
fn longest_ping_ms(lines: &[String]) -> Result<f64, Fault> {
    let numbers = lines.iter().find_map(|line| line.strip_prefix("rtt min/avg/max/mdev = "));
    let longest = numbers.and_then(|numbers| numbers.split('/').nth(2)).and_then(|number| number.parse().ok());
    longest.ok_or_else(|| format!("ping_during: no round-trip times are found in {lines:?}"))
}

struct Found {
    sent: u64,
    lost: u64,
    longest_ping: Duration,
}

fn simulate(rate: Rate, frame: Bytes) -> Found {
    let mut network = Network::new(1);
    let (a, b) = (network.add_node("a", true, Duration::ZERO), network.add_node("b", true, Duration::ZERO));
    let queue = QueueSpec::DropTail(QueueLimit::Bytes(QUEUE));
    // The packets stand for frames: their size is that on the link.
    let slow = LinkSpec { bandwidth: LINK, delay: ONE_WAY, queue, ..LinkSpec::default() };
    let fast = LinkSpec { bandwidth: Rate::from_mbps(1_000), delay: ONE_WAY, ..LinkSpec::default() };
    network.add_link("a->b", a, b, &slow);
    network.add_link("b->a", b, a, &fast);
    let constant = udp::source::Constant { rate: Some(rate), packet_size: PacketSize::Constant(frame), packets: None };
    let ends = |network: &Network, flow: u32, from: NodeId, to: NodeId, ports: (u16, u16)| Endpoints {
        flow: FlowId(flow),
        local: network.address(from),
        local_port: ports.0,
        remote: network.address(to),
        remote_port: ports.1,
        flow_hash: flow,
    };
    let bind = |ends: &Endpoints| Bind::Connection {
        local_port: ends.local_port,
        remote: ends.remote,
        remote_port: ends.remote_port,
    };
    let start = Some(Time::ZERO);
    let there = ends(&network, 0, a, b, (1, 2));
    let back = ends(&network, 0, b, a, (2, 1));
    let source = Source::new(udp::source::Config::Constant(constant), there);
    let source: AgentId = network.add_agent("source", a, bind(&there), Box::new(source), start);
    network.add_agent("sink", b, bind(&back), Box::new(Sink::new()), None);
    let there = ends(&network, 1, a, b, (3, 4));
    let back = ends(&network, 1, b, a, (4, 3));
    // Five a second, as recorded, in frames of 98 bytes.
    let config = udp::ping::Config { interval: Duration::from_millis(200), count: None, packet_size: Bytes(98) };
    let ping = network.add_agent("ping", a, bind(&there), Box::new(Ping::new(config, there)), start);
    network.add_agent("echo", b, bind(&back), Box::new(udp::Echo::new(back)), None);
    network.set_oracle(Box::new(ShortestPath { cost: LinkCost::Hops, is_multipath: false, delay: Duration::ZERO }));
    let mut simulation = network.build().expect("the network fits together");
    simulation.run_until(Time::ZERO + RUN).expect("time goes on");
    let sent = simulation.agent::<Source>(source).expect("the source").sent();
    let longest_ping = simulation.agent::<Ping>(ping).expect("the ping").rtt().max().unwrap_or_default();
    let lost = simulation.dropped_of(FlowId(0), sim_core::hash::hash_name(0, "source") as u32);
    Found { sent, lost, longest_ping }
}
