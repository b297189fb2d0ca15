//! What one run gave: counts and series, in SI units, ready for tables, files and charts.

use std::collections::BTreeMap;
use std::ops::Range;

use sim_core::packet::DropCounts;
use sim_core::simulation::PacketCounts;
use sim_core::time::Duration;

use super::groups::Completions;
use super::record::{PacketRecord, WindowRecord};
use super::routing::RoutingOutcome;
use super::story::Story;
use crate::file::expect::Metric;
use crate::file::spec::LinkCost;

/// Everything measured in one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed it ran with.
    pub seed: u64,
    /// How much time was simulated.
    pub simulated: Duration,
    /// Events of the model: packets that arrived over links, timers fired, actions of the script.
    pub events: u64,
    /// Packets that arrived over links.
    pub packet_hops: u64,
    /// Hash of every decision.
    pub fingerprint: u64,
    /// Where all packets are at the end.
    pub packets: PacketCounts,
    /// The flows, in the order of the file.
    pub flows: Vec<FlowOutcome>,
    /// The flows that one entry made, by `arrivals`.
    pub groups: Vec<GroupOutcome>,
    /// The link directions: of each cable first forward, then backward.
    pub links: Vec<LinkOutcome>,
    /// Jain's index of the goodput of the bulk flows in their common active time; `None` with fewer than two.
    pub jain: Option<f64>,
    /// What was sampled over time.
    pub series: Series,
    /// The delays of a flow's packets, hop by hop, if the chart was asked for.
    pub anatomy: Vec<FlowAnatomy>,
    /// Every change of the windows of some flows, by the number of the flow, if a chart needs it.
    pub windows: BTreeMap<usize, WindowRecord>,
    /// The packets of some flows, by the number of the flow, if a chart needs them.
    pub packets_of: BTreeMap<usize, PacketRecord>,
    /// What became of packets, if the report needs it.
    pub story: Option<Story>,
    /// The forwarding tables at the end; empty above 64 routers.
    pub tables: Vec<ForwardingTable>,
    /// What routing did, if it goes by messages.
    pub routing: Option<RoutingOutcome>,
    /// What was expected and what came out.
    pub expectations: Vec<ExpectationOutcome>,
    /// What the script did, for marks on time axes: seconds and a few words such as `r1-r2 down`.
    pub marks: Vec<(f64, String)>,
}

/// What one flow did.
#[derive(Clone, Debug)]
pub struct FlowOutcome {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// `tcp`, `udp`, `ping`, `stop_and_wait`, `go_back_n` or `selective_repeat`.
    pub protocol: &'static str,
    /// The congestion control of a TCP flow.
    pub congestion_control: Option<&'static str>,
    /// When it started, in seconds.
    pub start_s: f64,
    /// Seconds from the start until all data had arrived; `None` if that did not happen or there is no end.
    pub completion_s: Option<f64>,
    /// How much it was to send, if that has an end (TCP).
    pub size_bytes: Option<u64>,
    /// For a flow of `arrivals`: seconds on an empty network without handshake and windows.
    pub ideal_s: Option<f64>,
    /// Whether it is one of `arrivals`: without a series of its own.
    pub is_arrival: bool,
    /// Packets that the sending end sent; those of the receiving end are not counted.
    pub sent_packets: u64,
    /// Packets of the sender that arrived at the receiver, duplicates included.
    pub delivered_packets: u64,
    /// Application bytes delivered in order.
    pub delivered_bytes: u64,
    /// Application bits delivered in order, per second from the start to the last of them, or the end.
    pub goodput_bps: f64,
    /// Bits of the flow's packets that arrived at the receiver, per second of the same interval.
    pub throughput_bps: f64,
    /// Packets sent again.
    pub retransmitted_packets: u64,
    /// Fast retransmits (TCP).
    pub fast_retransmits: u64,
    /// Retransmission timeouts.
    pub timeouts: u64,
    /// Packets of the sender that were dropped on the way, wherever and why; of a ping, answers too.
    pub lost_packets: u64,
    /// Packets of the sender that arrived with a mark of congestion (TCP; ECN).
    pub marked_packets: u64,
    /// How the connection stands: `not_started`, `open`, `finished`, `refused`, `reset`, `timed_out` or `cancelled` (TCP).
    pub status: Option<&'static str>,
    /// Packets that arrived at the sender: acknowledgments and answers (TCP).
    pub returned_packets: u64,
    /// Application bytes delivered in order to the sender (TCP).
    pub returned_bytes: u64,
    /// From requests to the ends of their answers (TCP with `requests`, or `writes` that are answered).
    pub response: Option<LatencyOutcome>,
    /// Messages delivered in place of others (stop-and-wait, Go-Back-N, Selective Repeat).
    pub wrong_deliveries: u64,
    /// Packets that arrived after one sent later (RFC 4737).
    pub reordered_packets: u64,
    /// Packets that arrived again.
    pub duplicate_packets: u64,
    /// Round-trip times (all but UDP).
    pub rtt: Option<LatencyOutcome>,
    /// One-way delays (UDP).
    pub delay: Option<LatencyOutcome>,
    /// Interarrival jitter at the end (UDP; RFC 3550 §6.4.1), in seconds.
    pub jitter_s: Option<f64>,
}

impl FlowOutcome {
    /// How many times as long as on an empty network it took; none if it did not complete or is not of `arrivals`.
    pub fn slowdown(&self) -> Option<f64> {
        Some(self.completion_s? / self.ideal_s?)
    }
}

/// Flows that came at random, by one entry of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupOutcome {
    /// The name of the entry.
    pub name: String,
    /// Their numbers.
    pub flows: Range<usize>,
    /// How long they took.
    pub all: Completions,
    /// The same by size: as [`CLASSES`](super::groups::CLASSES), those that have flows.
    pub by_size: Vec<(&'static str, Completions)>,
}

/// A summary of delays, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyOutcome {
    /// The smallest.
    pub min: f64,
    /// The mean, exact.
    pub mean: f64,
    /// The median, within one percent.
    pub p50: f64,
    /// What 95 % do not exceed, within one percent.
    pub p95: f64,
    /// What 99 % do not exceed, within one percent.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// How many there were.
    pub count: u64,
}

/// What one link direction did.
#[derive(Clone, Debug)]
pub struct LinkOutcome {
    /// Its name, `a->b`.
    pub name: String,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// Its rate at the end, in bits per second.
    pub bandwidth_bps: f64,
    /// The most packets that may wait, if the limit is in packets.
    pub limit_packets: Option<u64>,
    /// The most bytes that may wait, if the limit is in bytes or was given as a share of the bandwidth-delay product.
    pub limit_bytes: Option<u64>,
    /// Share of the time in which it transmitted; with a trace, the share used of what that offered.
    pub utilization: f64,
    /// Packets transmitted.
    pub packets: u64,
    /// Their bytes, those of the link layer included.
    pub bytes: u64,
    /// Packets dropped, by reason.
    pub dropped: DropCounts,
    /// Packets that the queue has marked (ECN).
    pub marked: u64,
    /// Mean number of packets waiting, over time.
    pub queue_packets_mean: f64,
    /// Most packets waiting.
    pub queue_packets_max: u64,
    /// Mean wait of a packet, in seconds.
    pub queueing_delay_mean_s: f64,
    /// Longest wait of a packet, in seconds.
    pub queueing_delay_max_s: f64,
}

/// What was sampled: all lists are as long as `times_s`. A value is `NaN` where there is none.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The time between two samples, in seconds.
    pub interval_s: f64,
    /// When the samples were taken, in seconds: the end of each interval.
    pub times_s: Vec<f64>,
    /// By flow, in the order of the flows.
    pub flows: Vec<FlowSeries>,
    /// By link direction, in the order of the links.
    pub links: Vec<LinkSeries>,
    /// Jain's index of the goodput of the bulk flows that were active in the whole interval; `NaN` with fewer than two.
    pub jain: Vec<f64>,
}

/// One flow over time.
#[derive(Clone, Debug, Default)]
pub struct FlowSeries {
    /// Application bits delivered in order in the interval, per second.
    pub goodput_bps: Vec<f64>,
    /// Bits that arrived in the interval, per second.
    pub throughput_bps: Vec<f64>,
    /// Congestion window, in bytes (TCP).
    pub cwnd_bytes: Vec<f64>,
    /// Slow start threshold, in bytes; `NaN` while it is unlimited (TCP).
    pub ssthresh_bytes: Vec<f64>,
    /// Bytes sent and not acknowledged.
    pub flight_bytes: Vec<f64>,
    /// The last round-trip time measured in the interval, in seconds (all but UDP).
    pub rtt_s: Vec<f64>,
    /// The smoothed round-trip time, in seconds.
    pub srtt_s: Vec<f64>,
    /// The retransmission timeout, in seconds.
    pub rto_s: Vec<f64>,
    /// Packets sent again in the interval.
    pub retransmits: Vec<f64>,
    /// Retransmission timeouts in the interval.
    pub timeouts: Vec<f64>,
}

/// One link direction over time.
#[derive(Clone, Debug, Default)]
pub struct LinkSeries {
    /// Packets waiting at the end of the interval.
    pub queue_packets: Vec<u32>,
    /// Packets dropped in the interval.
    pub drops: Vec<u32>,
    /// Share of the interval in which the link transmitted; with a trace, the share used of what that offered.
    pub utilization: Vec<f32>,
    /// With a trace: what it offered in the interval, in bits per second. Empty without.
    pub offered_bps: Vec<f64>,
}

/// Where the packets of a flow spent their time.
#[derive(Clone, Debug)]
pub struct FlowAnatomy {
    /// The flow.
    pub flow: String,
    /// Packets that the means are taken over.
    pub packets: u64,
    /// The links crossed, in order.
    pub hops: Vec<HopAnatomy>,
}

/// The four delays at one hop (Kurose & Ross 1.4), means over the packets, in seconds.
#[derive(Clone, Debug)]
pub struct HopAnatomy {
    /// The link crossed.
    pub link: String,
    /// Handling by the node at the end of the link.
    pub processing_s: f64,
    /// Waiting for the transmitter.
    pub queueing_s: f64,
    /// Putting the bits onto the link.
    pub transmission_s: f64,
    /// Travelling.
    pub propagation_s: f64,
}

/// A router's forwarding table.
#[derive(Clone, Debug)]
pub struct ForwardingTable {
    /// The router.
    pub node: String,
    /// Destination, cost of the way, and the neighbours it leads through.
    pub rows: Vec<(String, u64, Vec<String>)>,
    /// What the costs are.
    pub cost: LinkCost,
}

/// One expectation and what came out.
#[derive(Clone, Debug)]
pub struct ExpectationOutcome {
    /// In words: `jain at_least 0.99 from 20 s`.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// The value; `None` if there was nothing to measure.
    pub measured: Option<f64>,
    /// Whether it is met.
    pub met: bool,
}
