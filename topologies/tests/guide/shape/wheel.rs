//! A ring with a hub.
//!
//! ```text
//!      r1
//!    /  |  \
//!  r4--hub--r2          "rim": 4
//!    \  |  /
//!      r3
//! ```
//!
//! Everybody is two hops from everybody: over the hub, whose failure leaves a ring.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{Plan, Problem};

/// Its name in files.
pub const NAME: &str = "wheel";
/// What it looks like.
pub const SUMMARY: &str = "routers r1, r2, ... in a circle around a router hub";
/// Where it is used.
pub const SOURCE: &str = "Bondy & Murty 1976";

/// The most routers on the rim: each brings two cables.
pub const MOST_RIM: u32 = 500_000;

/// A wheel: n + 1 nodes, 2n cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers are on the rim (n).
    #[schemars(range(min = 3, max = MOST_RIM))]
    pub rim: u32,
    /// Every cable.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        check_count(problems, "/rim", self.rim, 3..=MOST_RIM);
    }

    fn build(&self, plan: &mut Plan) {
        let hub = plan.router("hub", self.processing_delay);
        let rim = plan.routers(self.rim, self.processing_delay);
        for (at, &router) in rim.iter().enumerate() {
            plan.cable(hub, router, &self.link);
            plan.cable(router, rim[(at + 1) % rim.len()], &self.link);
        }
        plan.place(hub, 0.0, 0.0);
        plan.place_on_circle(&rim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hub_is_next_to_everybody_and_the_rim_is_a_circle() {
        for n in [3, 4, 9] {
            let mut plan = Plan::default();
            Config { rim: n, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
            let wheel = plan.into_topology();
            assert_eq!((wheel.nodes.len(), wheel.cables.len()), (n as usize + 1, 2 * n as usize));
            assert_eq!(wheel.cables.iter().filter(|cable| cable.name.starts_with("hub-")).count(), n as usize);
            assert_eq!(wheel.diameter(), Some(if n == 3 { 1 } else { 2 }));
        }
    }
}
