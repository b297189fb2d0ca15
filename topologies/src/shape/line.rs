//! Nodes in a row.
//!
//! ```text
//! h1 --- r1 --- r2 --- h2          "nodes": 4
//! r1 --- r2 --- r3 --- r4          "nodes": 4, "ends": "router"
//! ```
//!
//! With hosts at its ends it shows end-to-end delay over several store-and-forward links (Kurose & Ross 1.4); with
//! routers only, how routes travel and how distance vectors count to infinity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{MOST_NODES, NodeKind, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "line";
/// What it looks like.
pub const SUMMARY: &str = "nodes in a row: h1, r1, r2, ..., h2";
/// Where it is used.
pub const SOURCE: &str = "Kurose & Ross 1.4";

/// Nodes in a row, joined by cables that are all alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many nodes there are, ends included.
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub nodes: u32,
    /// What the two ends are: hosts `h1` and `h2`, or routers like the others, `r1` to the last.
    #[serde(default)]
    pub ends: NodeKind,
    /// Every cable.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        check_count(problems, "/nodes", self.nodes, 2..=MOST_NODES);
    }

    fn build(&self, plan: &mut Plan) {
        let mut routers = 0;
        let mut hosts = 0;
        let mut previous = None;
        for place in 1..=self.nodes {
            let is_end = place == 1 || place == self.nodes;
            let node = if is_end && self.ends == NodeKind::Host {
                hosts += 1;
                plan.host(format!("h{hosts}"))
            } else {
                routers += 1;
                plan.router(format!("r{routers}"), self.processing_delay)
            };
            plan.place(node, f64::from(place), 0.0);
            if let Some(previous) = previous.replace(node) {
                plan.cable(previous, node, &self.link);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cables(nodes: u32, ends: NodeKind) -> Vec<String> {
        let mut plan = Plan::default();
        Config { nodes, ends, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
        plan.into_topology().cables.into_iter().map(|cable| cable.name).collect()
    }

    #[test]
    fn hosts_stand_at_the_ends_unless_routers_are_asked_for() {
        assert_eq!(cables(4, NodeKind::Host), ["h1-r1", "r1-r2", "r2-h2"]);
        assert_eq!(cables(4, NodeKind::Router), ["r1-r2", "r2-r3", "r3-r4"]);
        assert_eq!(cables(2, NodeKind::Host), ["h1-h2"]);
    }
}
