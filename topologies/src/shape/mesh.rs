//! Every router joined to every other.
//!
//! ```text
//! r1 --- r2
//!  |  X   |
//! r4 --- r3          "nodes": 4
//! ```
//!
//! One hop to everywhere, at the price of n(n-1)/2 cables: what nobody builds for many, and what sessions of internal
//! BGP look like without route reflectors (RFC 4456).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::hosts::HostNames;
use crate::problem::check_count;
use crate::{Hosts, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "mesh";
/// What it looks like.
pub const SUMMARY: &str = "a full mesh: routers r1, r2, ... each joined to every other";
/// Where it is used.
pub const SOURCE: &str = "RFC 4456 section 1";

/// The most routers: 1 999 000 cables.
pub const MOST_ROUTERS: u32 = 2_000;

/// A full mesh: n nodes, n(n-1)/2 cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are.
    #[schemars(range(min = 2, max = MOST_ROUTERS))]
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
        if check_count(problems, "/nodes", self.nodes, 2..=MOST_ROUTERS) {
            self.hosts.check(problems, u64::from(self.nodes), u64::from(self.nodes));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let routers = plan.routers(self.nodes, self.processing_delay);
        for (at, &router) in routers.iter().enumerate() {
            for &other in &routers[at + 1..] {
                plan.cable(router, other, &self.link);
            }
        }
        plan.place_on_circle(&routers);
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
