//! What must come out of a run: metrics and their bounds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};

/// What bounds a metric: at least one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bound<T> {
    /// The metric must not be less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<T>,
    /// The metric must not be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<T>,
    /// The metric must be this, give or take `within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<T>,
    /// How far from `equals` the metric may be, as a share of it: 0.05 is five percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub within: Option<f64>,
}

/// A quantity that can bound a metric.
pub trait Quantity: fmt::Display {
    /// Its value in SI units: seconds, bits per second, bytes.
    fn si(&self) -> f64;
}

impl Quantity for f64 {
    fn si(&self) -> f64 {
        *self
    }
}

impl Quantity for u64 {
    fn si(&self) -> f64 {
        *self as f64
    }
}

impl Quantity for Rate {
    fn si(&self) -> f64 {
        self.bps() as f64
    }
}

impl Quantity for Bytes {
    fn si(&self) -> f64 {
        self.get() as f64
    }
}

impl Quantity for Duration {
    fn si(&self) -> f64 {
        self.as_secs_f64()
    }
}

/// A bound in SI units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// The metric must not be less.
    pub at_least: Option<f64>,
    /// The metric must not be more.
    pub at_most: Option<f64>,
    /// The metric must be this, give or take `within`.
    pub equals: Option<f64>,
    /// Allowed distance from `equals`, as a share of it.
    pub within: f64,
}

impl Limits {
    /// Whether `measured` keeps to all bounds. What could not be measured keeps to none.
    pub fn admit(&self, measured: f64) -> bool {
        !measured.is_nan()
            && self.at_least.is_none_or(|least| measured >= least)
            && self.at_most.is_none_or(|most| measured <= most)
            && self.equals.is_none_or(|value| (measured - value).abs() <= self.within * value.abs())
    }

    /// Whether there is any bound.
    pub fn is_empty(&self) -> bool {
        self.at_least.is_none() && self.at_most.is_none() && self.equals.is_none()
    }
}

impl<T: Quantity> Bound<T> {
    fn limits(&self) -> Limits {
        let si = |value: &Option<T>| value.as_ref().map(T::si);
        Limits {
            at_least: si(&self.at_least),
            at_most: si(&self.at_most),
            equals: si(&self.equals),
            within: self.within.unwrap_or(0.0),
        }
    }
}

impl<T: Quantity> fmt::Display for Bound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.at_least.as_ref().map(|least| format!("at_least {least}")));
        parts.extend(self.at_most.as_ref().map(|most| format!("at_most {most}")));
        parts.extend(self.equals.as_ref().map(|value| match self.within {
            Some(within) => format!("equals {value} within {}%", within * 100.0),
            None => format!("equals {value}"),
        }));
        f.write_str(&parts.join(" "))
    }
}

/// What a metric is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All flows that send as much as they can, together.
    Fairness,
    /// A flow, or all flows together when none is named.
    FlowOrAll,
    /// A flow that must be named.
    Flow,
    /// A group of flows that must be named.
    Group,
    /// A link direction that must be named.
    Link,
    /// A flow or a link, or the whole network when none is named.
    FlowOrLinkOrAll,
    /// Routing by messages, everywhere.
    Routing,
    /// The route of a router to a destination, both named.
    Route,
}

/// Makes the expectation, with one field a metric, the enum of metrics, and its table.
macro_rules! metrics {
    ($($(#[doc = $doc:literal])* $field:ident: $quantity:ty => $variant:ident, $subject:ident, $unit:literal;)*) => {
        /// What must come out of a run: exactly one metric, with its bounds.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Expect {
            /// Only what happens from this time on counts. Not for what is known for the whole run only: `rtt_…`,
            /// `delay_…`, `response_…`, `completion`, `completion_…`, `completed`, `slowdown_…`, `queue_max` and
            /// `queueing_delay_max`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub from: Option<Duration>,
            /// Only what happens until this time counts. Not for what is known for the whole run only: `rtt_…`,
            /// `delay_…`, `response_…`, `completion`, `completion_…`, `completed`, `slowdown_…`, `queue_max` and
            /// `queueing_delay_max`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub until: Option<Duration>,
            /// Name of the flow that is measured. The name of an entry that made many flows stands for all of them
            /// together.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub flow: Option<String>,
            /// Name of the link direction that is measured, `r1->r2`. The name of a cable stands for the direction
            /// from its first end to its second.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub link: Option<String>,
            /// Name of the router that is measured, for `route_cost` and `captured`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub router: Option<String>,
            /// Name of the node, or the prefix, that routes lead to, for `route_cost` and `captured`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub destination: Option<String>,
            /// Only flows of at least this size count, for `completion_…`, `completed` and `slowdown_…`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub size_at_least: Option<Bytes>,
            /// Only flows below this size count, for `completion_…`, `completed` and `slowdown_…`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub size_below: Option<Bytes>,
            $(
                $(#[doc = $doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<Bound<$quantity>>,
            )*
        }

        /// Something measured in a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Metric {
            /// Name, meaning and unit of every metric.
            pub const KNOWN: &[(&str, &str, &str)] = &[$((stringify!($field), concat!($($doc),*), $unit),)*];

            /// Its name in files.
            pub fn name(self) -> &'static str {
                match self { $(Metric::$variant => stringify!($field),)* }
            }

            /// What it is measured on.
            pub fn subject(self) -> Subject {
                match self { $(Metric::$variant => Subject::$subject,)* }
            }

            /// Its unit: `s`, `bps`, `B`, `packets`, or nothing for a share.
            pub fn unit(self) -> &'static str {
                match self { $(Metric::$variant => $unit,)* }
            }
        }

        impl Expect {
            /// Every metric given, with its bound in SI units and as text. A checked expectation has exactly one.
            pub fn metrics(&self) -> Vec<(Metric, Limits, String)> {
                let mut given = Vec::new();
                $(if let Some(bound) = &self.$field {
                    given.push((Metric::$variant, bound.limits(), bound.to_string()));
                })*
                given
            }
        }
    };
}

metrics! {
    /// Jain's index of the goodput of all bulk flows: 1 is an equal share.
    jain: f64 => Jain, Fairness, "";
    /// Application data delivered in order, per time.
    goodput: Rate => Goodput, FlowOrAll, "bps";
    /// Bits of packets that arrived, per time.
    throughput: Rate => Throughput, FlowOrAll, "bps";
    /// Share of packets that were lost, from 0 to 1.
    loss: f64 => Loss, FlowOrLinkOrAll, "";
    /// Share of time in which the link transmitted, from 0 to 1; with a trace, share used of what that offered.
    utilization: f64 => Utilization, Link, "";
    /// Smallest round-trip time.
    rtt_min: Duration => RttMin, Flow, "s";
    /// Mean round-trip time.
    rtt_mean: Duration => RttMean, Flow, "s";
    /// The round-trip time that 95 % do not exceed.
    rtt_p95: Duration => RttP95, Flow, "s";
    /// Largest round-trip time.
    rtt_max: Duration => RttMax, Flow, "s";
    /// Smallest delay from end to end.
    delay_min: Duration => DelayMin, Flow, "s";
    /// Mean delay from end to end.
    delay_mean: Duration => DelayMean, Flow, "s";
    /// Largest delay from end to end.
    delay_max: Duration => DelayMax, Flow, "s";
    /// Time from the start of the flow until all its data has arrived.
    completion: Duration => Completion, Flow, "s";
    /// Mean time from the start of a flow until all its data has arrived, over those that completed.
    completion_mean: Duration => CompletionMean, Group, "s";
    /// The completion time that half of the flows do not exceed.
    completion_p50: Duration => CompletionP50, Group, "s";
    /// The completion time that 95 % of the flows do not exceed.
    completion_p95: Duration => CompletionP95, Group, "s";
    /// The completion time that 99 % of the flows do not exceed.
    completion_p99: Duration => CompletionP99, Group, "s";
    /// Share of the flows that completed, from 0 to 1.
    completed: f64 => Completed, Group, "";
    /// Mean slowdown: completion time over the time on an empty network without handshake and windows.
    slowdown_mean: f64 => SlowdownMean, Group, "";
    /// The slowdown that half of the flows do not exceed.
    slowdown_p50: f64 => SlowdownP50, Group, "";
    /// The slowdown that 95 % of the flows do not exceed.
    slowdown_p95: f64 => SlowdownP95, Group, "";
    /// The slowdown that 99 % of the flows do not exceed.
    slowdown_p99: f64 => SlowdownP99, Group, "";
    /// Packets sent again.
    retransmitted_packets: u64 => RetransmittedPackets, FlowOrAll, "packets";
    /// Fast retransmits.
    fast_retransmits: u64 => FastRetransmits, FlowOrAll, "";
    /// Retransmission timeouts.
    timeouts: u64 => Timeouts, FlowOrAll, "";
    /// Application data delivered in order.
    delivered_bytes: Bytes => DeliveredBytes, FlowOrAll, "B";
    /// Packets that arrived.
    delivered_packets: u64 => DeliveredPackets, FlowOrAll, "packets";
    /// Mean number of packets waiting.
    queue_mean: f64 => QueueMean, Link, "packets";
    /// Largest number of packets waiting.
    queue_max: u64 => QueueMax, Link, "packets";
    /// Mean time that packets waited.
    queueing_delay_mean: Duration => QueueingDelayMean, Link, "s";
    /// Longest time that a packet waited.
    queueing_delay_max: Duration => QueueingDelayMax, Link, "s";
    /// Packets dropped, for whatever reason.
    dropped: u64 => Dropped, FlowOrLinkOrAll, "packets";
    /// Packets that the sender of a flow has sent, of every kind.
    sent_packets: u64 => SentPackets, FlowOrAll, "packets";
    /// Packets that came back to the sender of a tcp flow: acknowledgments and answers.
    returned_packets: u64 => ReturnedPackets, FlowOrAll, "packets";
    /// Application data that came back to the sender of a tcp flow.
    returned_bytes: Bytes => ReturnedBytes, FlowOrAll, "B";
    /// Probes of a closed window.
    window_probes: u64 => WindowProbes, FlowOrAll, "";
    /// Mean time from a request to the end of its answer.
    response_mean: Duration => ResponseMean, Flow, "s";
    /// Longest time from a request to the end of its answer.
    response_max: Duration => ResponseMax, Flow, "s";
    /// Packets that queues marked to say that there is congestion (ECN); of a flow, those of them that arrived.
    marked_packets: u64 => MarkedPackets, FlowOrLinkOrAll, "packets";
    /// Messages delivered in place of others, as happens with too few sequence numbers.
    wrong_deliveries: u64 => WrongDeliveries, FlowOrAll, "";
    /// Time that routing took to settle after the start, or after the event at `from`; nothing if it did not.
    convergence: Duration => Convergence, Routing, "s";
    /// How often tables were still changing, back and forth, when the next event came or the run ended.
    oscillating: u64 => Oscillating, Routing, "";
    /// Messages that routers sent each other.
    routing_messages: u64 => RoutingMessages, Routing, "";
    /// Changes of forwarding tables.
    route_changes: u64 => RouteChanges, Routing, "";
    /// Packets of flows dropped for want of a route, or because a route leads nowhere.
    black_holed: u64 => BlackHoled, Routing, "packets";
    /// Times that packets of flows came back to a node they had been at.
    loops: u64 => Loops, Routing, "";
    /// Packets of flows dropped because they had gone in circles for too long.
    ttl_expired: u64 => TtlExpired, Routing, "packets";
    /// Cost of the route of `router` to `destination` at `until`.
    route_cost: f64 => RouteCost, Route, "";
    /// Share of all routers whose packets to `destination` end at `router`, at `until`, from 0 to 1.
    captured: f64 => Captured, Route, "";
}

impl Metric {
    /// Whether it is about how much longer flows take than they would alone.
    pub fn is_slowdown(self) -> bool {
        [Metric::SlowdownMean, Metric::SlowdownP50, Metric::SlowdownP95, Metric::SlowdownP99].contains(&self)
    }

    /// Whether it is known for the whole run only: `from` and `until` mean nothing to it.
    pub fn is_of_whole_run(self) -> bool {
        use Metric as M;
        match self {
            M::RttMin
            | M::RttMean
            | M::RttP95
            | M::RttMax
            | M::DelayMin
            | M::DelayMean
            | M::DelayMax
            | M::Completion
            | M::CompletionMean
            | M::CompletionP50
            | M::CompletionP95
            | M::CompletionP99
            | M::Completed
            | M::SlowdownMean
            | M::SlowdownP50
            | M::SlowdownP95
            | M::SlowdownP99
            | M::QueueMax
            | M::ResponseMean
            | M::ResponseMax
            | M::QueueingDelayMax => true,
            M::Jain
            | M::Goodput
            | M::Throughput
            | M::Loss
            | M::Utilization
            | M::RetransmittedPackets
            | M::FastRetransmits
            | M::Timeouts
            | M::DeliveredBytes
            | M::DeliveredPackets
            | M::QueueMean
            | M::QueueingDelayMean
            | M::Dropped
            | M::MarkedPackets
            | M::SentPackets
            | M::ReturnedPackets
            | M::ReturnedBytes
            | M::WindowProbes
            | M::WrongDeliveries
            | M::Convergence
            | M::Oscillating
            | M::RoutingMessages
            | M::RouteChanges
            | M::BlackHoled
            | M::Loops
            | M::TtlExpired
            | M::RouteCost
            | M::Captured => false,
        }
    }
}

impl Expect {
    /// The expectation in words: `jain at_least 0.99 from 20 s`.
    pub fn text(&self) -> String {
        let mut parts: Vec<String> =
            self.metrics().into_iter().map(|(metric, _, bound)| format!("{} {bound}", metric.name())).collect();
        parts.extend(self.flow.as_ref().map(|flow| format!("of flow {flow}")));
        parts.extend(self.link.as_ref().map(|link| format!("of link {link}")));
        parts.extend(self.router.as_ref().map(|router| format!("of router {router}")));
        parts.extend(self.destination.as_ref().map(|destination| format!("for {destination}")));
        parts.extend(self.size_at_least.as_ref().map(|size| format!("of at least {size}")));
        parts.extend(self.size_below.as_ref().map(|size| format!("below {size}")));
        parts.extend(self.from.as_ref().map(|from| format!("from {from}")));
        parts.extend(self.until.as_ref().map(|until| format!("until {until}")));
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(json: &str) -> Expect {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn expectations_are_said_in_words() {
        assert_eq!(expect(r#"{ "jain": { "at_least": 0.99 } }"#).text(), "jain at_least 0.99");
        let text = r#"{ "flow": "A", "goodput": { "equals": "5 Mbps", "within": 0.05 }, "from": "20 s" }"#;
        assert_eq!(expect(text).text(), "goodput equals 5 Mbps within 5% of flow A from 20 s");
    }

    #[test]
    fn bounds_are_in_si_units() {
        let (metric, limits, _) = expect(r#"{ "rtt_max": { "at_most": "20 ms" } }"#).metrics().remove(0);
        assert_eq!((metric, limits.at_most), (Metric::RttMax, Some(0.02)));
    }

    #[test]
    fn a_bound_includes_its_ends_and_refuses_what_was_not_measured() {
        let limits = Limits { equals: Some(100.0), within: 0.05, ..Limits::default() };
        assert!(limits.admit(95.0) && limits.admit(105.0) && !limits.admit(94.9) && !limits.admit(f64::NAN));
    }
}
