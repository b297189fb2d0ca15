//! What a file says of many flows alike: between whom they run, and how much goes where.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::units::Rate;

/// Many flows from one entry.
///
/// Flows run between hosts; in a network without hosts, between all its nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// One from every `leftN` to `rightN`, the pairs of a dumbbell.
    Pair,
    /// One from every host to the next in a random circle of all hosts, drawn from the seed: everyone sends to one
    /// and receives from one.
    Permutation,
    /// One from every host to every other.
    AllPairs,
    /// From many hosts to one.
    Incast(Incast),
    /// Most flows go to a few hosts: one from every host, or, with `arrivals`, many from all.
    Hotspot(Hotspot),
    /// From every host to every other, the more the larger both are.
    Gravity(Gravity),
    /// As the demands of the topology say: those that came with an imported network, or its list `demands`.
    Demands(Demands),
}

/// Many senders, one receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incast {
    /// The host that receives.
    pub to: String,
    /// How many send, drawn from the seed. All others if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub senders: Option<u32>,
}

/// Hosts that many send to. The other flows go from anyone to anyone else, evenly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hotspot {
    /// The hosts that many send to.
    pub to: Vec<String>,
    /// The share of flows meant for them, each for one of them by chance.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
}

/// Traffic from one host to another in proportion to the product of their masses.
///
/// With `udp`, each flow sends at a rate of its own, and one of `total` and `target_utilization` says how much that is in
/// all. With `arrivals` they say how often flows come, in place of `per_second` and `load`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gravity {
    /// What is large.
    #[serde(default)]
    pub mass: Mass,
    /// All rates together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Rate>,
    /// The busiest link direction carries this share of its bandwidth, on shortest paths whose ties share evenly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub target_utilization: Option<f64>,
}

/// The masses of gravity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Mass {
    /// Taken from the network.
    Of(MassOf),
    /// By the names of nodes; others have none.
    Table(IndexMap<String, f64>),
}

impl Default for Mass {
    fn default() -> Self {
        Mass::Of(MassOf::Uniform)
    }
}

/// Where masses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum MassOf {
    /// All alike.
    Uniform,
    /// How many cables end at the host.
    Degree,
    /// The bandwidth of all links that leave the host.
    Capacity,
}

/// How much of the demands is sent.
///
/// With `udp`, each flow sends at a rate of its own; without either field, at that of the demand. With `arrivals` either
/// field says how often flows come, in place of `per_second` and `load`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demands {
    /// The rates are this many times the demands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub scale: Option<f64>,
    /// The busiest link direction carries this share of its bandwidth, on shortest paths whose ties share evenly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub target_utilization: Option<f64>,
}

impl Each {
    /// The name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Each::Pair => "pair",
            Each::Permutation => "permutation",
            Each::AllPairs => "all_pairs",
            Each::Incast(_) => "incast",
            Each::Hotspot(_) => "hotspot",
            Each::Gravity(_) => "gravity",
            Each::Demands(_) => "demands",
        }
    }
}
