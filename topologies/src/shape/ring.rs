//! Routers in a circle.
//!
//! ```text
//! r1 --- r2
//!  |      |
//! r4 --- r3          "nodes": 4
//! ```
//!
//! The smallest network that survives the loss of any one cable, and then has only the long way round.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::check_count;
use crate::{Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "ring";
/// What it looks like.
pub const SUMMARY: &str = "routers r1, r2, ... in a circle";
/// Where it is used.
pub const SOURCE: &str = "Peterson & Davie 2.8";

/// Routers in a circle: n nodes, n cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are.
    #[schemars(range(min = 3, max = MOST_NODES))]
    pub nodes: u32,
    /// Hosts `h1`, `h2`, … at every router.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between routers.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        if check_count(problems, "/nodes", self.nodes, 3..=MOST_NODES) {
            self.hosts.check(problems, u64::from(self.nodes), u64::from(self.nodes));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let routers = plan.routers(self.nodes, self.processing_delay);
        for (at, &router) in routers.iter().enumerate() {
            plan.cable(router, routers[(at + 1) % routers.len()], &self.link);
        }
        plan.place_on_circle(&routers);
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
