//! Groups of routers that are as good as one router with very many ports.
//!
//! ```text
//!      group 1                group 2
//!   r1_1 --- r1_2  ------  r2_1 --- r2_2           local: all of a group are joined
//!    |  X  /  |             |  X  /  |             global: every two groups by one cable
//!   r1_3 --- r1_4          r2_3 --- r2_4           access: hosts at every router
//! ```
//!
//! Kim, Dally, Scott & Abts, "Technology-Driven, Highly-Scalable Dragonfly Topology", 2008. With a routers in a group
//! and h global cables at each, a group has one cable to each of a h others: there are a h + 1 groups, and from a
//! router to another it is at most local, global, local. Global port j of group g, counted along its routers, leads to
//! the group j + 1 after it, round and round. The paper takes a = 2p = 2h, with p hosts, for an even load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::{check_count, check_size};
use crate::{MOST_NODES, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "dragonfly";
/// What it looks like.
pub const SUMMARY: &str =
    "groups of routers r1_1, r1_2, ..., all joined within, and every two groups by one cable; hosts h1, ...";
/// Where it is described.
pub const SOURCE: &str = "Kim, Dally, Scott & Abts 2008";

/// With a routers, h global cables and p hosts as below: g = a h + 1 groups, g a routers, g a p hosts,
/// g a(a-1)/2 + g a h/2 + g a p cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Routers in a group (a).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub routers_per_group: u32,
    /// Cables to other groups at each router (h).
    #[schemars(range(min = 1, max = MOST_NODES))]
    pub global_per_router: u32,
    /// Hosts at each router (p).
    #[schemars(range(max = MOST_NODES))]
    pub hosts_per_router: u32,
    /// Every cable between a host and its router.
    #[serde(default)]
    pub access: LinkSpec,
    /// Every cable within a group.
    #[serde(default)]
    pub local: LinkSpec,
    /// Every cable between groups.
    #[serde(default)]
    pub global: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/routers_per_group", self.routers_per_group, 1..=MOST_NODES);
        fits &= check_count(problems, "/global_per_router", self.global_per_router, 1..=MOST_NODES);
        fits &= check_count(problems, "/hosts_per_router", self.hosts_per_router, 0..=MOST_NODES);
        if fits {
            let [a, h, p] = [self.routers_per_group, self.global_per_router, self.hosts_per_router].map(u128::from);
            let routers = (a * h + 1) * a;
            // No product exceeds 10^24 times a few.
            check_size(problems, "/routers_per_group", routers * (1 + p), routers * (a - 1 + h) / 2 + routers * p);
        }
    }

    fn build(&self, plan: &mut Plan) {
        let (size, per_router) = (self.routers_per_group as usize, self.global_per_router as usize);
        let ports = size * per_router;
        let mut hosts = 0;
        let groups: Vec<Vec<_>> = (0..=ports)
            .map(|group| {
                (1..=size).map(|at| plan.router(format!("r{}_{at}", group + 1), self.processing_delay)).collect()
            })
            .collect();
        for group in &groups {
            for (at, &router) in group.iter().enumerate() {
                for &other in &group[at + 1..] {
                    plan.cable(router, other, &self.local);
                }
            }
        }
        for (at, group) in groups.iter().enumerate() {
            for port in 0..ports {
                let to = (at + port + 1) % groups.len();
                // From there it is as much further to come round to here.
                let port_there = ports - 1 - port;
                if at < to {
                    plan.cable(group[port / per_router], groups[to][port_there / per_router], &self.global);
                }
            }
        }
        for &router in groups.iter().flatten() {
            for _ in 0..self.hosts_per_router {
                hosts += 1;
                let host = plan.host(format!("h{hosts}"));
                plan.cable(host, router, &self.access);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_groups_are_joined_by_one_cable_and_every_router_has_its_global_ones() {
        let mut plan = Plan::default();
        let link = LinkSpec::default();
        let config = Config {
            routers_per_group: 4,
            global_per_router: 2,
            hosts_per_router: 0,
            access: link.clone(),
            local: link.clone(),
            global: LinkSpec { cost: 9, ..link },
            processing_delay: Duration::ZERO,
        };
        config.build(&mut plan);
        let network = plan.into_topology();
        let group = |id: sim_core::ids::NodeId| network.nodes[id.index()].name.split_once('_').unwrap().0;
        let mut pairs = std::collections::BTreeSet::new();
        let mut at_router = vec![0; network.nodes.len()];
        for cable in network.cables.iter().filter(|cable| cable.forward.cost == 9) {
            let ends = [group(cable.from), group(cable.to)];
            assert_ne!(ends[0], ends[1]);
            assert!(pairs.insert([ends[0].min(ends[1]), ends[0].max(ends[1])]), "{ends:?} twice");
            at_router[cable.from.index()] += 1;
            at_router[cable.to.index()] += 1;
        }
        // Nine groups.
        assert_eq!(pairs.len(), 9 * 8 / 2);
        assert_eq!(at_router, vec![2; 36]);
    }
}
