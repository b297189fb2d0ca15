//! How a file of others is to be taken: the `topology` of an experiment that names a `file`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;
use sim_core::units::Rate;

use super::Format;
use crate::hosts::Hosts;
use crate::{Fault, Problem};

/// A network from a file of others: the Topology Zoo, SNDlib, Rocketfuel, CAIDA, TopoHub, edge lists, Graphviz, and more
/// (`netsim list formats`). All nodes are routers, unless the file says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TopologyFile")]
pub struct FileSpec {
    /// The file, found from the folder of the experiment.
    pub file: String,
    /// Its format. Told by its content if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What the file does not say of a cable: bandwidth, delay and cost where it has none, and queues and all else.
    #[serde(default)]
    pub link: LinkSpec,
    /// Where bandwidths come from.
    #[serde(default)]
    pub rates: Rates,
    /// All bandwidths of the file are multiplied by this: a backbone at a thousandth of its size is simulated a thousand
    /// times faster. Demands are not.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.000_001, max = 1_000_000.0))]
    pub rate_factor: f64,
    /// Where delays come from.
    #[serde(default)]
    pub delays: Delays,
    /// Where costs come from.
    #[serde(default)]
    pub costs: Costs,
    /// What nodes are called.
    #[serde(default)]
    pub names: Names,
    /// Nodes of other networks.
    #[serde(default)]
    pub external: External,
    /// Places where lines on a drawing meet.
    #[serde(default)]
    pub junctions: Junctions,
    /// Links between the same two nodes.
    #[serde(default)]
    pub parallel: Parallel,
    /// Links from a node to itself.
    #[serde(default)]
    pub self_loops: SelfLoops,
    /// Links that the file lists once for each direction.
    #[serde(default)]
    pub both_directions: BothDirections,
    /// Which part of a network that is in several.
    #[serde(default)]
    pub part: Part,
    /// Nodes without a place.
    #[serde(default)]
    pub unplaced: Unplaced,
    /// What coordinates are, where the file does not say or says it wrongly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Frame>,
    /// What a demand of 1 is. Without it as the file says, else 1 Mbps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_unit: Option<Rate>,
    /// Hosts at every router that belongs to the network.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

fn one() -> f64 {
    1.0
}

fn is_one(value: &f64) -> bool {
    *value == 1.0
}

impl FileSpec {
    /// A file taken as it comes.
    pub fn new(file: impl Into<String>) -> Self {
        FileSpec {
            file: file.into(),
            format: None,
            link: LinkSpec::default(),
            rates: Rates::default(),
            rate_factor: one(),
            delays: Delays::default(),
            costs: Costs::default(),
            names: Names::default(),
            external: External::default(),
            junctions: Junctions::default(),
            parallel: Parallel::default(),
            self_loops: SelfLoops::default(),
            both_directions: BothDirections::default(),
            part: Part::default(),
            unplaced: Unplaced::default(),
            coordinates: None,
            demand_unit: None,
            hosts: Hosts::default(),
            processing_delay: Duration::ZERO,
        }
    }

    pub(crate) fn check(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |at: &str, why: &str| problems.push(Problem::new(at, Fault::Parameter { why: why.to_owned() }));
        if self.file.is_empty() {
            wrong("/file", "the name of a file is missing");
        }
        // Written so that no number at all is refused too.
        if !(self.delays.speed_km_s > 0.0 && self.delays.speed_km_s.is_finite()) {
            wrong("/delays/speed_km_s", "must be more than 0; light in fibre makes 200000 km/s");
        }
        if !(1e-6..=1e6).contains(&self.rate_factor) {
            wrong("/rate_factor", "give 0.000001 to 1000000; 1 leaves bandwidths as they are");
        }
        if !(1.0..=100.0).contains(&self.delays.route_factor) {
            wrong("/delays/route_factor", "no way is shorter than the great circle: give 1 to 100");
        }
    }
}

/// Where bandwidths come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rates {
    /// From numbers in the file; else `link.bandwidth`.
    #[default]
    File,
    /// Also from words such as "OC-48" or "2x10Gb/s" in labels.
    Text,
    /// All have `link.bandwidth`.
    Constant,
}

/// Where delays come from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// Which of the sources.
    pub from: DelaySource,
    /// How fast a signal travels, in km/s. In fibre it makes two thirds of the speed of light.
    pub speed_km_s: f64,
    /// How much longer cables are than the distance: 1 is the great circle, 1.5 is common for fibre along roads.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub route_factor: f64,
    /// The least delay that follows from a distance: two nodes in one city are not at one place.
    pub floor: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Delays {
            from: DelaySource::default(),
            speed_km_s: 200_000.0,
            route_factor: 1.0,
            floor: Duration::from_micros(10),
        }
    }
}

/// The sources of delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DelaySource {
    /// The delay in the file; else the length in the file; else the great circle; else `link.delay`.
    #[default]
    Best,
    /// The delay in the file; else `link.delay`.
    File,
    /// The length in the file; else the great circle; else `link.delay`.
    Distance,
    /// All have `link.delay`.
    Constant,
}

/// Where costs come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Costs {
    /// The cost or weight in the file; else `link.cost`. Where some are no whole numbers all are multiplied by the same.
    #[default]
    File,
    /// Every cable costs 1.
    Hops,
    /// The fastest cable costs 1, one of half its bandwidth 2, and so on (as OSPF's reference bandwidth does, RFC 2328 C.3).
    InverseCapacity,
    /// A microsecond of delay costs 1.
    Delay,
}

/// What nodes are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Names {
    /// By their label, the second of the same label `Rome (2)`; by their id without one.
    #[default]
    Label,
    /// By their id.
    Id,
}

/// Nodes of other networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum External {
    /// They stay.
    #[default]
    Keep,
    /// They are left out, with their links.
    Drop,
}

/// Places where lines on a drawing meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Junctions {
    /// They are routers like others.
    #[default]
    Keep,
    /// One between two cables makes one of them: the delays and costs are added, the lower bandwidth counts.
    Contract,
}

/// Links between the same two nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// Each is a cable.
    #[default]
    Keep,
    /// They are one cable of their bandwidths in sum, and the least delay and cost.
    Bundle,
}

/// Links from a node to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SelfLoops {
    /// They are left out.
    #[default]
    Drop,
    /// The file is refused.
    Error,
}

/// Links that the file lists once for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BothDirections {
    /// They are merged if the file lists every link both ways.
    #[default]
    Auto,
    /// Each is a cable of its own.
    Keep,
    /// Every two that go opposite ways are one cable.
    Merge,
}

/// Which part of a network that is in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of them.
    #[default]
    All,
    /// The largest; of several the first.
    Largest,
}

/// Nodes without a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unplaced {
    /// They have none, and their cables `link.delay`.
    #[default]
    Keep,
    /// They are placed in the middle of their neighbours that have a place.
    Neighbors,
}

/// What coordinates are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// Degrees: x is the longitude, y the latitude.
    Geographic,
    /// Places on a drawing, from which no distance follows.
    Plane,
}
