//! `summary.json`: what one run gave, in SI units, under keys that stay.
//!
//! Keys may be added, never renamed. What does not apply is `null`. The document of a sweep is in [`super::sweep`].

use serde::Serialize;
use serde_json::{Map, Value as Json};
use sim_core::packet::{DropCounts, DropReason};

use crate::file::plan::RunPoint;
use crate::file::spec::Routing;
use crate::run::groups;
use crate::run::outcome::{
    ExpectationOutcome, FlowOutcome, ForwardingTable, GroupOutcome, LatencyOutcome, LinkOutcome, Outcome,
};
use crate::run::routing::{self, Losses, Phase};

/// The document `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The file's name without its extension.
    pub experiment: String,
    /// The seed it ran with.
    pub seed: u64,
    /// Whether the run was interrupted. Then everything here describes the time until then.
    #[serde(skip_serializing_if = "is_false")]
    pub interrupted: bool,
    /// How much time was simulated.
    pub simulated_s: f64,
    /// Events of the model: packets that arrived over links, timers fired, actions of the script.
    pub events: u64,
    /// Packets that arrived over links.
    pub packet_hops: u64,
    /// Hash of every decision, as 16 hexadecimal digits.
    pub fingerprint: String,
    /// What was made of the file of others that the network comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topology: Option<topologies::import::Report>,
    /// Where all packets are at the end.
    pub packets: Packets,
    /// The flows, in the order of the file; those of `arrivals` are in `groups` together, and one by one in `flows.csv`.
    pub flows: Vec<Flow>,
    /// The flows that came at random, by entry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// The link directions.
    pub links: Vec<Link>,
    /// How equal the shares are.
    pub fairness: Fairness,
    /// Where routers send what.
    pub routing: RoutingSummary,
    /// What was expected and what came out.
    pub expectations: Vec<Expectation>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Where all packets are: `sent + duplicated = delivered + dropped + queued + in_flight`.
#[derive(Clone, Debug, Serialize)]
pub struct Packets {
    /// Sent by all ends of all flows.
    pub sent: u64,
    /// Made by wires that duplicate.
    pub duplicated: u64,
    /// Received.
    pub delivered: u64,
    /// Dropped, by reason.
    pub dropped: Map<String, Json>,
    /// Waiting for a transmitter.
    pub queued: u64,
    /// On their way.
    pub in_flight: u64,
}

/// A flow. The fields are those of [`FlowOutcome`].
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `FlowOutcome`")]
pub struct Flow {
    pub name: String,
    pub from: String,
    pub to: String,
    pub protocol: &'static str,
    pub congestion_control: Option<&'static str>,
    pub start_s: f64,
    pub completion_s: Option<f64>,
    pub sent_packets: u64,
    pub delivered_packets: u64,
    pub delivered_bytes: u64,
    pub goodput_bps: f64,
    pub throughput_bps: f64,
    pub retransmitted_packets: u64,
    pub fast_retransmits: u64,
    pub timeouts: u64,
    pub lost_packets: u64,
    pub marked_packets: u64,
    pub status: Option<&'static str>,
    pub returned_packets: u64,
    pub returned_bytes: u64,
    pub response_s: Option<Latency>,
    pub wrong_deliveries: u64,
    pub reordered_packets: u64,
    pub duplicate_packets: u64,
    pub rtt_s: Option<Latency>,
    pub delay_s: Option<Latency>,
    pub jitter_s: Option<f64>,
}

/// A summary of delays, in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `LatencyOutcome`")]
pub struct Latency {
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub count: u64,
}

/// Flows that came at random.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The name of the entry.
    pub name: String,
    /// All of them.
    #[serde(flatten)]
    pub all: Completions,
    /// By their size.
    pub by_size: Vec<SizeClass>,
}

/// Flows of a range of sizes.
#[derive(Clone, Debug, Serialize)]
pub struct SizeClass {
    /// In words: `below 100 kB`.
    pub sizes: &'static str,
    /// How long they took.
    #[serde(flatten)]
    pub completions: Completions,
}

/// How long flows took. The fields are those of [`groups::Completions`].
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `groups::Completions`")]
pub struct Completions {
    pub flows: usize,
    pub completed: usize,
    pub completion_s: Option<Spread>,
    pub slowdown: Option<Spread>,
}

/// Mean and quantiles.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `groups::Spread`")]
pub struct Spread {
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

impl From<groups::Spread> for Spread {
    fn from(spread: groups::Spread) -> Self {
        let groups::Spread { mean, p50, p95, p99, max } = spread;
        Spread { mean, p50, p95, p99, max }
    }
}

impl From<&groups::Completions> for Completions {
    fn from(all: &groups::Completions) -> Self {
        Completions {
            flows: all.flows,
            completed: all.completed,
            completion_s: all.time_s.map(Spread::from),
            slowdown: all.slowdown.map(Spread::from),
        }
    }
}

impl From<&GroupOutcome> for Group {
    fn from(group: &GroupOutcome) -> Self {
        let class = |(sizes, completions): &(&'static str, groups::Completions)| SizeClass {
            sizes,
            completions: completions.into(),
        };
        Group { name: group.name.clone(), all: (&group.all).into(), by_size: group.by_size.iter().map(class).collect() }
    }
}

/// A link direction. The fields are those of [`LinkOutcome`].
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `LinkOutcome`")]
pub struct Link {
    pub name: String,
    pub from: String,
    pub to: String,
    pub bandwidth_bps: f64,
    pub limit_packets: Option<u64>,
    pub limit_bytes: Option<u64>,
    pub utilization: f64,
    pub packets: u64,
    pub bytes: u64,
    pub dropped: Map<String, Json>,
    pub marked: u64,
    pub queue_packets: MeanAndMax<u64>,
    pub queueing_delay_s: MeanAndMax<f64>,
}

/// Mean and maximum of something.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MeanAndMax<T> {
    pub mean: f64,
    pub max: T,
}

/// How equal the shares are.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Fairness {
    /// Jain's index of the goodput of the bulk flows in their common active time; `null` with fewer than two.
    pub jain: Option<f64>,
}

/// How routers found their ways.
#[derive(Clone, Debug, Serialize)]
pub struct RoutingSummary {
    /// Its name in experiment files.
    pub protocol: String,
    /// When routing settled after the start and after each event. Empty for an oracle, which needs no time.
    pub converged_s: Vec<Converged>,
    /// The forwarding tables at the end, by router.
    pub tables: Map<String, Json>,
    /// The six metrics of routing by messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scorecard: Option<Scorecard>,
}

/// What followed the start or an event. The fields are those of [`Phase`].
#[derive(Clone, Debug, Serialize)]
pub struct Converged {
    /// After what.
    pub after: String,
    /// When that was.
    pub at_s: f64,
    /// When the last table changed; `null` if none did.
    pub t_s: Option<f64>,
    /// How long it took to settle; `null` if it did not.
    pub took_s: Option<f64>,
    /// `settled`, `changing` or `oscillating`.
    pub state: &'static str,
    /// Messages sent until the last change.
    pub messages: u64,
    /// Their bytes at the network layer.
    pub bytes: u64,
    /// How many routers changed their tables.
    pub routers_touched: usize,
    /// How many routes changed.
    pub routes_changed: usize,
    /// How often routes changed.
    pub changes: u64,
    /// Packets of flows dropped meanwhile for want of a way, by reason.
    pub lost_packets: LostPackets,
    /// Packets of flows that came to a node a second time.
    pub looped_packets: u64,
    /// Hops that led back to where a packet had been.
    pub wasted_hops: u64,
}

/// Packets dropped for want of a way.
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(missing_docs, reason = "said at `Losses`")]
pub struct LostPackets {
    pub no_route: u64,
    pub black_hole: u64,
    pub link_down: u64,
    pub ttl_expired: u64,
}

/// The six metrics of routing by messages: latency, bandwidth, overhead, jitter, memory and computation per node.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Scorecard {
    /// Mean time of a packet of a flow from end to end.
    pub latency_s: Option<f64>,
    /// Application data that all flows delivered, per second of the run.
    pub bandwidth_bps: f64,
    /// Share of the packets of routing in all bytes that links carried, from 0 to 1.
    pub overhead: f64,
    /// Messages that routers sent.
    pub messages: u64,
    /// Their bytes at the network layer.
    pub message_bytes: u64,
    /// Mean difference of the times of two packets of a flow in a row.
    pub jitter_s: Option<f64>,
    /// Entries that a router keeps at the end.
    pub entries_per_node: MeanAndMax<u64>,
    /// Steps of computation of a router in the whole run.
    pub steps_per_node: MeanAndMax<u64>,
}

impl From<&Phase> for Converged {
    fn from(phase: &Phase) -> Self {
        let Losses { no_route, black_hole, link_down, ttl_expired } = phase.lost;
        Converged {
            after: phase.after.clone(),
            at_s: phase.at_s,
            t_s: phase.last_change_s,
            took_s: phase.took_s(),
            state: phase.state.name(),
            messages: phase.messages,
            bytes: phase.bytes,
            routers_touched: phase.routers_touched,
            routes_changed: phase.routes_changed,
            changes: phase.changes,
            lost_packets: LostPackets { no_route, black_hole, link_down, ttl_expired },
            looped_packets: phase.looped_packets,
            wasted_hops: phase.wasted_hops,
        }
    }
}

impl From<&routing::Scorecard> for Scorecard {
    fn from(card: &routing::Scorecard) -> Self {
        let (entries, steps) = (card.entries, card.steps);
        Scorecard {
            latency_s: card.latency_s,
            bandwidth_bps: card.bandwidth_bps,
            overhead: card.overhead,
            messages: card.messages,
            message_bytes: card.message_bytes,
            jitter_s: card.jitter_s,
            entries_per_node: MeanAndMax { mean: entries.0, max: entries.1 },
            steps_per_node: MeanAndMax { mean: steps.0, max: steps.1 },
        }
    }
}

/// A row of a forwarding table.
#[derive(Clone, Debug, Serialize)]
struct Route<'a> {
    destination: &'a str,
    cost: u64,
    next_hops: &'a [String],
}

/// An expectation and what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Expectation {
    /// In words.
    pub text: String,
    /// The value; `null` if there was nothing to measure.
    pub measured: Option<f64>,
    /// Whether it is met.
    pub met: bool,
}

impl Summary {
    /// The summary of the run `outcome` of the experiment called `experiment`.
    pub fn new(experiment: &str, point: &RunPoint, outcome: &Outcome) -> Self {
        let report = point.topology.report.clone();
        Summary { topology: report, ..Summary::of(experiment, &point.experiment.routing, outcome) }
    }

    fn of(experiment: &str, routing: &Routing, outcome: &Outcome) -> Self {
        let packets = &outcome.packets;
        Summary {
            experiment: experiment.to_owned(),
            seed: outcome.seed,
            interrupted: false,
            simulated_s: outcome.simulated.as_secs_f64(),
            events: outcome.events,
            packet_hops: outcome.packet_hops,
            fingerprint: fingerprint(outcome),
            topology: None,
            packets: Packets {
                sent: packets.sent,
                duplicated: packets.duplicated,
                delivered: packets.delivered,
                dropped: dropped(&packets.dropped),
                queued: packets.queued,
                in_flight: packets.in_flight,
            },
            flows: outcome.flows.iter().filter(|flow| !flow.is_arrival).map(Flow::from).collect(),
            groups: outcome.groups.iter().map(Group::from).collect(),
            links: outcome.links.iter().map(Link::from).collect(),
            fairness: Fairness { jain: outcome.jain },
            routing: RoutingSummary {
                protocol: routing.name().to_owned(),
                converged_s: outcome.routing.iter().flat_map(|routing| &routing.phases).map(Converged::from).collect(),
                tables: outcome.tables.iter().map(|table| (table.node.clone(), rows(table))).collect(),
                scorecard: outcome.routing.as_ref().map(|routing| Scorecard::from(&routing.scorecard)),
            },
            expectations: outcome.expectations.iter().map(Expectation::from).collect(),
        }
    }

    /// The same summary, marked as that of an interrupted run.
    pub fn interrupted(self) -> Self {
        Summary { interrupted: true, ..self }
    }
}

/// The fingerprint of a run as it stands in files.
pub fn fingerprint(outcome: &Outcome) -> String {
    format!("{:016x}", outcome.fingerprint)
}

/// A document as it stands in a file: indented, with a newline at its end.
pub fn to_text(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("keys are strings and nothing here fails") + "\n"
}

/// `queue_full` is always there, other reasons where they occurred.
fn dropped(counts: &DropCounts) -> Map<String, Json> {
    let full = [(DropReason::QueueFull, counts.get(DropReason::QueueFull))];
    let others = counts.nonzero().filter(|&(reason, _)| reason != DropReason::QueueFull);
    full.into_iter().chain(others).map(|(reason, count)| (reason.name().to_owned(), count.into())).collect()
}

fn rows(table: &ForwardingTable) -> Json {
    let route = |(destination, cost, next_hops): &(String, u64, Vec<String>)| {
        serde_json::to_value(Route { destination, cost: *cost, next_hops }).expect("plain data")
    };
    table.rows.iter().map(route).collect()
}

impl From<&FlowOutcome> for Flow {
    fn from(flow: &FlowOutcome) -> Self {
        Flow {
            name: flow.name.clone(),
            from: flow.from.clone(),
            to: flow.to.clone(),
            protocol: flow.protocol,
            congestion_control: flow.congestion_control,
            start_s: flow.start_s,
            completion_s: flow.completion_s,
            sent_packets: flow.sent_packets,
            delivered_packets: flow.delivered_packets,
            delivered_bytes: flow.delivered_bytes,
            goodput_bps: flow.goodput_bps,
            throughput_bps: flow.throughput_bps,
            retransmitted_packets: flow.retransmitted_packets,
            fast_retransmits: flow.fast_retransmits,
            timeouts: flow.timeouts,
            lost_packets: flow.lost_packets,
            marked_packets: flow.marked_packets,
            status: flow.status,
            returned_packets: flow.returned_packets,
            returned_bytes: flow.returned_bytes,
            response_s: flow.response.map(Latency::from),
            wrong_deliveries: flow.wrong_deliveries,
            reordered_packets: flow.reordered_packets,
            duplicate_packets: flow.duplicate_packets,
            rtt_s: flow.rtt.map(Latency::from),
            delay_s: flow.delay.map(Latency::from),
            jitter_s: flow.jitter_s,
        }
    }
}

impl From<LatencyOutcome> for Latency {
    fn from(latency: LatencyOutcome) -> Self {
        let LatencyOutcome { min, mean, p50, p95, p99, max, count } = latency;
        Latency { min, mean, p50, p95, p99, max, count }
    }
}

impl From<&LinkOutcome> for Link {
    fn from(link: &LinkOutcome) -> Self {
        Link {
            name: link.name.clone(),
            from: link.from.clone(),
            to: link.to.clone(),
            bandwidth_bps: link.bandwidth_bps,
            limit_packets: link.limit_packets,
            limit_bytes: link.limit_bytes,
            utilization: link.utilization,
            packets: link.packets,
            bytes: link.bytes,
            dropped: dropped(&link.dropped),
            marked: link.marked,
            queue_packets: MeanAndMax { mean: link.queue_packets_mean, max: link.queue_packets_max },
            queueing_delay_s: MeanAndMax { mean: link.queueing_delay_mean_s, max: link.queueing_delay_max_s },
        }
    }
}

impl From<&ExpectationOutcome> for Expectation {
    fn from(expectation: &ExpectationOutcome) -> Self {
        let ExpectationOutcome { text, measured, met, .. } = expectation;
        Expectation { text: text.clone(), measured: *measured, met: *met }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    fn document() -> Json {
        let summary = Summary::of("fairness", &Routing::default(), &fixture::two_flows());
        serde_json::from_str(&to_text(&summary)).unwrap()
    }

    fn keys(value: &Json) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    /// What users rely on. Keys may be added here, never taken away.
    #[test]
    fn the_keys_of_the_contract_stand_in_their_order() {
        let document = document();
        assert_eq!(
            keys(&document),
            [
                "experiment",
                "seed",
                "simulated_s",
                "events",
                "packet_hops",
                "fingerprint",
                "packets",
                "flows",
                "links",
                "fairness",
                "routing",
                "expectations"
            ]
        );
        assert_eq!(keys(&document["packets"]), ["sent", "duplicated", "delivered", "dropped", "queued", "in_flight"]);
        let flow = keys(&document["flows"][0]);
        let promised = [
            "name",
            "from",
            "to",
            "protocol",
            "congestion_control",
            "start_s",
            "completion_s",
            "sent_packets",
            "delivered_bytes",
            "goodput_bps",
            "throughput_bps",
            "retransmitted_packets",
            "fast_retransmits",
            "timeouts",
            "rtt_s",
        ];
        assert_eq!(flow.into_iter().filter(|key| promised.contains(key)).collect::<Vec<_>>(), promised);
        assert_eq!(keys(&document["flows"][0]["rtt_s"]), ["min", "mean", "p50", "p95", "p99", "max", "count"]);
        let link = keys(&document["links"][0]);
        let promised =
            ["name", "from", "to", "utilization", "packets", "bytes", "dropped", "queue_packets", "queueing_delay_s"];
        assert_eq!(link.into_iter().filter(|key| promised.contains(key)).collect::<Vec<_>>(), promised);
        assert_eq!(keys(&document["links"][0]["queue_packets"]), ["mean", "max"]);
        assert_eq!(keys(&document["fairness"]), ["jain"]);
        assert_eq!(keys(&document["routing"]), ["protocol", "converged_s", "tables"]);
        assert_eq!(keys(&document["expectations"][0]), ["text", "measured", "met"]);
    }

    #[test]
    fn the_fingerprint_has_sixteen_digits() {
        assert_eq!(document()["fingerprint"], "00000000000000ab");
    }

    #[test]
    fn what_does_not_apply_is_null() {
        let document = document();
        assert_eq!(document["flows"][0]["completion_s"], Json::Null);
        assert_eq!(document["flows"][0]["delay_s"], Json::Null);
        assert_eq!(document["routing"]["protocol"], "shortest_path");
        assert_eq!(document["routing"]["tables"]["r1"][0]["next_hops"][0], "r2");
    }

    #[test]
    fn full_queues_are_counted_even_if_there_were_none() {
        assert_eq!(document()["links"][1]["dropped"], serde_json::json!({ "queue_full": 0 }));
    }
}
