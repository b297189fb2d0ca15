//! Routers that joined one after the other, and preferred those who had many neighbours.
//!
//! Barabási & Albert, "Emergence of Scaling in Random Networks", 1999. The share of routers with k neighbours falls as
//! k^-3: a few hubs, and many with as few as they brought. The first m + 1 routers are a star around r1; other
//! beginnings that are in use give a few cables more or less. Always connected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::{Shape, draw};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_size};
use crate::{Fault, Hosts, MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "barabasi_albert";
/// What it looks like.
pub const SUMMARY: &str = "random: routers r1, r2, ... join one by one and prefer those with many neighbors";
/// Where it is described.
pub const SOURCE: &str = "Barabasi & Albert 1999";

/// n routers that brought m cables each: n nodes, m(n-m) cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are (n).
    #[schemars(range(min = 2, max = MOST_NODES))]
    pub nodes: u32,
    /// How many cables each brings that joins (m).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub links_per_node: u32,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
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
        let (nodes, links) = (self.nodes, self.links_per_node);
        let mut fits = check_count(problems, "/nodes", nodes, 2..=MOST_NODES);
        fits &= check_count(problems, "/links_per_node", links, 1..=MOST_NODES);
        if fits && links >= nodes {
            let (given, most) = (u64::from(links), u64::from(nodes) - 1);
            problems.push(Problem::new("/links_per_node", Fault::OutOfRange { given, least: 1, most }));
        } else if fits {
            let cables = u128::from(links) * u128::from(nodes - links);
            if check_size(problems, "/links_per_node", u128::from(nodes), cables) {
                self.hosts.check(problems, u64::from(nodes), u64::from(nodes));
            }
        }
    }

    fn build(&self, plan: &mut Plan) {
        let pairs = draw::preferential(self.nodes, self.links_per_node, &mut plan.random(self.seed, NAME));
        let routers = plan.routers(self.nodes, self.processing_delay);
        for (a, b) in pairs {
            plan.cable(routers[a as usize], routers[b as usize], &self.link);
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}
