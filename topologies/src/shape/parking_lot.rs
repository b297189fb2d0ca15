//! A long flow over several hops, each shared with a flow of its own.
//!
//! ```text
//!       left1      right1      right2      right3
//!         |      left2 | |     left3 | |       |
//! left --- r1 --------- r2 --------- r3 ------- r4 --- right
//! ```
//!
//! The flow `left` → `right` crosses every hop; `left<i>` → `right<i>` crosses hop i alone, from `r<i>` to `r<i+1>`.
//! It shows what several bottlenecks cost a flow, and sets max-min fairness apart from proportional fairness:
//! with n hops of capacity C the long flow has C/2 under the first and C/(n+1) under the second.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "parking_lot";
/// What it looks like.
pub const SUMMARY: &str = "the flow left/right crosses all hops r1-r2, r2-r3, ...; left1/right1 the first, and so on";
/// Where it is used.
pub const SOURCE: &str = "RFC 5166 section 4";

/// The most hops: each brings a router and two hosts.
pub const MOST_HOPS: u32 = (MOST_NODES - 3) / 3;

/// Routers `r1`, `r2`, … in a row; hosts `left` and `right` at the ends, and `left1`, `right1`, … around each hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many links between routers the long flow crosses.
    #[schemars(range(min = 1, max = MOST_HOPS))]
    pub hops: u32,
    /// Every cable between a host and its router.
    #[serde(default)]
    pub access: LinkSpec,
    /// Every cable between routers.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        check_count(problems, "/hops", self.hops, 1..=MOST_HOPS);
    }

    fn build(&self, plan: &mut Plan) {
        let first = plan.router("r1", self.processing_delay);
        let left = plan.host("left");
        plan.cable(left, first, &self.access);
        plan.place(left, 0.0, 0.0);
        plan.place(first, 1.0, 0.0);
        let mut router = first;
        for hop in 1..=self.hops {
            let next = plan.router(format!("r{}", hop + 1), self.processing_delay);
            plan.cable(router, next, &self.link);
            let left = plan.host(format!("left{hop}"));
            plan.cable(left, router, &self.access);
            let right = plan.host(format!("right{hop}"));
            plan.cable(next, right, &self.access);
            // The hosts of the hop are above it.
            let x = 2.0 * f64::from(hop);
            plan.place(next, x + 1.0, 0.0);
            plan.place(left, x - 0.6, 1.0);
            plan.place(right, x + 0.6, 1.0);
            router = next;
        }
        let right = plan.host("right");
        plan.cable(router, right, &self.access);
        plan.place(right, 2.0 * f64::from(self.hops) + 2.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hop_has_a_pair_of_hosts_around_it() {
        let mut plan = Plan::default();
        let link = LinkSpec { cost: 7, ..LinkSpec::default() };
        Config { hops: 2, access: LinkSpec::default(), link, processing_delay: Duration::ZERO }.build(&mut plan);
        let cables = plan.into_topology().cables;
        let names: Vec<_> = cables.iter().map(|cable| (cable.name.as_str(), cable.forward.cost)).collect();
        assert_eq!(
            names,
            [
                ("left-r1", 1),
                ("r1-r2", 7),
                ("left1-r1", 1),
                ("r2-right1", 1),
                ("r2-r3", 7),
                ("left2-r2", 1),
                ("r3-right2", 1),
                ("r3-right", 1),
            ]
        );
    }
}
