//! How an experiment file asks for charts: by name, or by name with options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;

use crate::theory::Theory;

/// Makes the enum of charts and its table.
macro_rules! charts {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// A chart of the results.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum ChartKind {
            $($(#[doc = $doc])* $variant,)*
        }

        impl ChartKind {
            /// Name and meaning of every chart.
            pub const KNOWN: &[(&str, &str)] = &[$(($name, concat!($($doc),*)),)*];
            /// Every chart, in the order of the table.
            pub const ALL: &[ChartKind] = &[$(ChartKind::$variant),*];

            /// Its name in files.
            pub fn name(self) -> &'static str {
                match self { $(ChartKind::$variant => $name,)* }
            }
        }
    };
}

charts! {
    /// Goodput of each flow over time, with the fair share.
    Throughput = "throughput",
    /// Congestion window, slow start threshold, phases and losses of each TCP flow over time.
    Cwnd = "cwnd",
    /// Packets waiting at each congested link over time, its limit and its drops.
    Queue = "queue",
    /// Round-trip times of each flow over time: measured, smoothed, and the timeout.
    Rtt = "rtt",
    /// Jain's index over time.
    Fairness = "fairness",
    /// Transmission, propagation, queueing and processing delay of each flow.
    DelayAnatomy = "delay_anatomy",
    /// Utilization of each link over time.
    Utilization = "utilization",
    /// Share of the flows of `arrivals` that completed within a time, by size.
    FlowCompletion = "flow_completion",
    /// How much longer than alone the flows of `arrivals` took, against their size.
    Slowdown = "slowdown",
    /// Packets and acknowledgements between the two ends, time downwards: a space-time diagram.
    Ladder = "ladder",
    /// Sequence numbers sent and acknowledged over time, with the window: a Stevens graph.
    TimeSequence = "time_sequence",
    /// The rate of one flow against that of another, as a path: Chiu and Jain's plot.
    PhasePlot = "phase_plot",
    /// Messages, changes of tables and packets lost or looped over time, with the moment routing settled.
    Convergence = "convergence",
    /// What the ways to one destination cost over time, a staircase for each router.
    RouteCost = "route_cost",
    /// The network with the ways of packets, at chosen times.
    Topology = "topology",
    /// What routers know at chosen times: Dijkstra's algorithm row by row, distance vectors, paths.
    RoutingTables = "routing_tables",
    /// One figure of all runs of a sweep against one swept field, with a formula beside it.
    Sweep = "sweep",
}

/// A chart: by name, or by name with options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Chart")]
pub enum ChartChoice {
    /// As it is drawn unless something else is said.
    Name(ChartKind),
    /// As the options say.
    Configured(ChartOptions),
}

/// A chart with options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ChartOptions {
    /// Packets and acknowledgements between the two ends, time downwards: a space-time diagram.
    Ladder(Ladder),
    /// Sequence numbers sent and acknowledged over time, with the window: a Stevens graph.
    TimeSequence(TimeSequence),
    /// The rate of one flow against that of another, as a path: Chiu and Jain's plot.
    PhasePlot(PhasePlot),
    /// Messages, changes of tables and packets lost or looped over time, with the moment routing settled.
    Convergence(Convergence),
    /// What the ways to one destination cost over time, a staircase for each router.
    RouteCost(RouteCost),
    /// The network with the ways of packets, at chosen times.
    Topology(TopologyChart),
    /// What routers know at chosen times: Dijkstra's algorithm row by row, distance vectors, paths.
    RoutingTables(RoutingTables),
    /// One figure of all runs of a sweep against one swept field, with a formula beside it.
    Sweep(SweepChart),
}

impl ChartChoice {
    /// Which chart it is.
    pub fn kind(&self) -> ChartKind {
        match self {
            ChartChoice::Name(kind) => *kind,
            ChartChoice::Configured(ChartOptions::Ladder(_)) => ChartKind::Ladder,
            ChartChoice::Configured(ChartOptions::TimeSequence(_)) => ChartKind::TimeSequence,
            ChartChoice::Configured(ChartOptions::PhasePlot(_)) => ChartKind::PhasePlot,
            ChartChoice::Configured(ChartOptions::Convergence(_)) => ChartKind::Convergence,
            ChartChoice::Configured(ChartOptions::RouteCost(_)) => ChartKind::RouteCost,
            ChartChoice::Configured(ChartOptions::Topology(_)) => ChartKind::Topology,
            ChartChoice::Configured(ChartOptions::RoutingTables(_)) => ChartKind::RoutingTables,
            ChartChoice::Configured(ChartOptions::Sweep(_)) => ChartKind::Sweep,
        }
    }
}

/// One of a kind, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn list(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// A space-time diagram: packets as bands between sender and receiver, time downwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ladder {
    /// The flow, or up to four side by side over one time axis. If not said, the first four.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<OneOrMany<String>>,
    /// Where it begins. If not said, where the first of the flows does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Where it ends. If not said, after `packets` of one of the flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
    /// How many packets of a flow are drawn, in both directions together. If neither this nor `until` is said, 40.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 400))]
    pub packets: Option<u32>,
    /// Whether routers on the way are drawn between the ends. If not said, up to two are, in a ladder alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routers: Option<bool>,
}

/// Sequence numbers over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeSequence {
    /// The flow, or up to four in panels. If not said, the first four TCP flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<OneOrMany<String>>,
    /// Where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Where it ends. If not said, after 600 packets of a flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

/// Two flows against each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PhasePlot {
    /// The two flows. If not said, the only two bulk flows there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 2, max = 2))]
    pub flows: Vec<String>,
    /// What is drawn of them.
    pub of: PhaseOf,
    /// Where the path begins. If not said, where both flows are at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Where the path ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
    /// The time over which each rate is a mean. If not said, a round value that gives about 120 points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_over: Option<Duration>,
}

/// What a phase plot shows of its two flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PhaseOf {
    /// Bits of the flow that arrived per second, headers included.
    #[default]
    Throughput,
    /// The congestion window.
    Cwnd,
}

/// How routing came to rest after each event, and what that cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Convergence {
    /// Where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

/// The cost of the ways to one destination over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouteCost {
    /// The node or prefix that the ways lead to. If not said, the one whose ways changed most often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The routers whose ways are drawn, up to twelve. If not said, those whose ways changed most often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routers: Option<OneOrMany<String>>,
    /// Where it begins. If not said, shortly before the first event, or with the run if that changed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Duration>,
    /// Where it ends. If not said, some time after the last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

/// The network, with the ways of packets as the tables have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TopologyChart {
    /// The router whose ways to all others are drawn. If neither this nor `to` is said, the first router; where routers
    /// tell each other of prefixes only, the ways to the one that changed most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The node or prefix to which everyone's ways are drawn, in place of `root`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// At which times, up to six, side by side: what happens at the time itself is not seen yet. If not said, before each
    /// of the first three events (the first, with more than 16 nodes), and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<OneOrMany<Duration>>,
}

/// What routers know, as tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutingTables {
    /// The router, or several. If not said, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub router: Option<OneOrMany<String>>,
    /// At which times: what happens at the time itself is not seen yet. If not said, before each of the first three
    /// events, and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<OneOrMany<Duration>>,
}

/// One figure of all runs against one swept field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepChart {
    /// Path of the swept field, as it stands in `sweep`.
    pub x: String,
    /// What is drawn against it.
    pub y: SweepFigure,
    /// The formula drawn beside the points, or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theory: Option<OneOrMany<Theory>>,
    /// Whether the axes are logarithmic. If not said, that of the field is where its values span two powers of ten, and
    /// the other one where its values do, or span one beside a logarithmic axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<bool>,
}

/// A figure of a run that a sweep compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SweepFigure {
    /// What all flows delivered, per second.
    Goodput,
    /// Share of the time in which the busiest link transmitted.
    Utilization,
    /// Goodput as a share of what the slowest link of the first flow's way could deliver.
    Efficiency,
    /// Mean round-trip time.
    Rtt,
    /// Share of the packets that were lost.
    Loss,
    /// Jain's index.
    Jain,
    /// Mean completion time.
    Completion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_are_called_alike_everywhere() {
        for (&kind, (name, _)) in ChartKind::ALL.iter().zip(ChartKind::KNOWN) {
            assert_eq!(kind.name(), *name);
            assert_eq!(serde_json::to_value(kind).unwrap(), *name);
        }
    }

    #[test]
    fn a_chart_is_a_name_or_an_object_with_one() {
        let read = |text: &str| serde_json::from_str::<ChartChoice>(text).unwrap();
        assert_eq!(read("\"ladder\""), ChartChoice::Name(ChartKind::Ladder));
        let ChartChoice::Configured(ChartOptions::Ladder(ladder)) = read(r#"{ "ladder": { "flow": "A" } }"#) else {
            panic!("options were given");
        };
        assert_eq!(ladder.flow.as_ref().map(OneOrMany::list), Some(&["A".to_owned()][..]));
        assert_eq!(read(r#"{ "phase_plot": {} }"#).kind(), ChartKind::PhasePlot);
    }
}
