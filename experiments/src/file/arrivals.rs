//! What a file says of flows that come at random: how often, and how large.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;
use sim_core::units::Bytes;

/// Flows that come at random, as a Poisson process, each with a size of its own.
///
/// How often is given by one of `per_second` and `load`, or by a pattern of `each` that says how much is sent in all; how
/// many by `count`, `until`, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Flows per second, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub per_second: Option<f64>,
    /// So many that their data make up this share of the bandwidth of a link, or of many, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// How much each sends.
    pub sizes: Sizes,
    /// Not more flows than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub count: Option<u64>,
    /// No flow comes later than this; the end of the run if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Duration>,
}

/// A share of the bandwidth of a link, or of all links that leave the senders. Headers come on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Name of the link direction, `r1->r2`; that of a cable stands for the direction from its first end to its second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// In place of `link`: which links, all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<LoadOf>,
    /// The share: 0.5 is half of the bandwidth.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub share: f64,
}

/// Links whose bandwidths are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadOf {
    /// All that leave the hosts that may send.
    SenderLinks,
}

/// How much a flow sends: drawn for each anew, to whole bytes, at least one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sizes {
    /// All alike.
    Fixed(Bytes),
    /// Exponential.
    Exponential(ExponentialSizes),
    /// Pareto: many small ones, and a few that are very large.
    Pareto(ParetoSizes),
    /// As measured somewhere: a cumulative distribution, point by point.
    Cdf(CdfSizes),
}

/// Exponential sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExponentialSizes {
    /// The mean.
    pub mean: Bytes,
}

/// Pareto sizes: a share of (minimum / x)^shape is larger than x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParetoSizes {
    /// The smallest.
    pub minimum: Bytes,
    /// The exponent of the tail: the smaller, the heavier. More than 1, unless there is a `maximum`.
    #[schemars(range(min = 0.01, max = 100.0))]
    pub shape: f64,
    /// The largest; the distribution is cut there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Bytes>,
}

/// A cumulative distribution of sizes, from a file or written here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CdfSizes {
    /// A text file, found from the folder of the experiment: on each line a size and the share of flows that are not
    /// larger. A first line with one number is a mean and passed over, as are lines that begin with `#`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In place of `file`: pairs of a size and the share of flows that are not larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<(f64, f64)>>,
    /// What the sizes are counted in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unit: SizeUnit,
    /// What the shares go up to; told by the last of them if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// What lies between two points.
    #[serde(default)]
    pub interpolation: Interpolation,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What sizes are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SizeUnit {
    /// Bytes.
    #[default]
    Bytes,
    /// Full segments of the flow: its `mss`.
    Packets,
}

/// What shares go up to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// To 1.
    Fraction,
    /// To 100.
    Percent,
}

/// What lies between two points of a distribution. It decides the mean: of the web-search workload by 42 percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// A straight line: all sizes between occur.
    #[default]
    Linear,
    /// A step: only the sizes listed occur.
    Step,
}
