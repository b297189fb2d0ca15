//! Hosts around one router.
//!
//! ```text
//! h1 --- r1 --- h2
//!         |
//!        h3
//! ```
//!
//! Many senders and one receiver at a single output port: incast, or the shares of a fair queue.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "star";
/// What it looks like.
pub const SUMMARY: &str = "hosts h1, h2, ... around one router r1";
/// Where it is used.
pub const SOURCE: &str = "Kurose & Ross 6.4";

/// The most leaves: every other node the limit leaves room for.
pub const MOST_LEAVES: u32 = MOST_NODES - 1;

/// Hosts `h1`, `h2`, … around router `r1`, on cables that are all alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many hosts there are.
    #[schemars(range(min = 1, max = MOST_LEAVES))]
    pub leaves: u32,
    /// Every cable, from host to router.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long the router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        check_count(problems, "/leaves", self.leaves, 1..=MOST_LEAVES);
    }

    fn build(&self, plan: &mut Plan) {
        let center = plan.router("r1", self.processing_delay);
        plan.place(center, 0.0, 0.0);
        let mut hosts = Vec::with_capacity(self.leaves as usize);
        for leaf in 1..=self.leaves {
            let host = plan.host(format!("h{leaf}"));
            plan.cable(host, center, &self.link);
            hosts.push(host);
        }
        plan.place_on_circle(&hosts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_has_a_cable_to_the_center() {
        let mut plan = Plan::default();
        Config { leaves: 3, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
        let names: Vec<String> = plan.into_topology().cables.into_iter().map(|cable| cable.name).collect();
        assert_eq!(names, ["h1-r1", "h2-r1", "h3-r1"]);
    }
}
