//! A three-layer Clos network of equal switches, as in data centers.
//!
//! ```text
//! core               c1    c2         c3    c4            k²/4, each with one cable into every pod
//!
//! aggregation      a1_1  a1_2       a2_1  a2_2   …        k/2 in a pod
//!                    |  X  |          |  X  |
//! edge             e1_1  e1_2       e2_1  e2_2   …        k/2 in a pod
//!                   / \   / \        / \   / \
//! hosts            h1 h2 h3 h4      h5 h6 h7 h8  …        k/2 at an edge switch
//! ```
//!
//! Al-Fares, Loukissas & Vahdat, "A Scalable, Commodity Data Center Network Architecture", 2008.
//! Aggregation switch i of every pod joins cores (i-1)·k/2 + 1 to i·k/2, so two hosts of different pods have k²/4
//! shortest ways. All switches have k ports and all cables are alike: any matching of hosts could fill its cables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use super::Shape;
use crate::problem::check_count;
use crate::{Fault, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "fat_tree";
/// What it looks like.
pub const SUMMARY: &str = "a data center of k-port switches: hosts h1, h2, ..., edge e1_1, aggregation a1_1, core c1";
/// Where it is described.
pub const SOURCE: &str = "Al-Fares, Loukissas & Vahdat 2008";

/// The most ports of a switch: 65 536 hosts.
pub const MOST_PORTS: u32 = 64;

/// Switches with `k` ports: k³/4 hosts, 5k²/4 switches (as routers), 3k³/4 cables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ports of a switch, an even number; also the number of pods.
    #[schemars(range(min = 2, max = MOST_PORTS), extend("multipleOf" = 2))]
    pub k: u32,
    /// Every cable.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a switch takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        if check_count(problems, "/k", self.k, 2..=MOST_PORTS) && !self.k.is_multiple_of(2) {
            problems.push(Problem::new("/k", Fault::Odd { given: u64::from(self.k) }));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let half = self.k / 2;
        let core: Vec<_> = (1..=half * half).map(|i| plan.router(format!("c{i}"), self.processing_delay)).collect();
        // As wide as the row of hosts, which are one apart.
        let width = f64::from(half * half * self.k);
        for (at, &core) in (0..).zip(&core) {
            plan.place(core, (f64::from(at) + 0.5) * width / f64::from(half * half), 3.0 * f64::from(half));
        }
        let mut hosts = 0;
        for pod in 1..=self.k {
            let mut switches = |layer: &str| -> Vec<_> {
                (1..=half).map(|i| plan.router(format!("{layer}{pod}_{i}"), self.processing_delay)).collect()
            };
            let (aggregation, edge) = (switches("a"), switches("e"));
            for (row, layer) in [(1, &edge), (2, &aggregation)] {
                for (at, &switch) in (0..).zip(layer) {
                    let before = f64::from((pod - 1) * half + at);
                    plan.place(switch, (before + 0.5) * f64::from(half), f64::from(row * half));
                }
            }
            for (above, group) in aggregation.iter().zip(core.chunks(half as usize)) {
                for core in group {
                    plan.cable(*above, *core, &self.link);
                }
            }
            for edge in edge {
                for above in &aggregation {
                    plan.cable(edge, *above, &self.link);
                }
                for _ in 0..half {
                    hosts += 1;
                    let host = plan.host(format!("h{hosts}"));
                    plan.place(host, f64::from(hosts) - 0.5, 0.0);
                    plan.cable(host, edge, &self.link);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeKind, Topology};

    fn fat_tree(k: u32) -> Topology {
        let mut plan = Plan::default();
        Config { k, link: LinkSpec::default(), processing_delay: Duration::ZERO }.build(&mut plan);
        plan.into_topology()
    }

    #[test]
    fn every_switch_uses_all_its_ports() {
        let tree = fat_tree(4);
        let graph = tree.graph();
        for index in graph.node_indices() {
            let ports = match tree.nodes[index.index()].kind {
                NodeKind::Host => 1,
                NodeKind::Router => 4,
            };
            assert_eq!(graph.neighbors(index).count(), ports, "{}", tree.nodes[index.index()].name);
        }
    }

    #[test]
    fn every_core_switch_has_one_cable_into_every_pod() {
        let tree = fat_tree(6);
        let ids = tree.ids();
        let graph = tree.graph();
        for core in 1..=9 {
            let at = petgraph::graph::NodeIndex::new(ids[format!("c{core}").as_str()].index());
            let mut pods: Vec<&str> =
                graph.neighbors(at).map(|i| tree.nodes[i.index()].name.split_once('_').unwrap().0).collect();
            pods.sort_unstable();
            assert_eq!(pods, ["a1", "a2", "a3", "a4", "a5", "a6"]);
        }
    }

    #[test]
    fn hosts_are_counted_along_the_edge_switches() {
        let tree = fat_tree(4);
        let names: Vec<&str> = tree.cables.iter().map(|cable| cable.name.as_str()).collect();
        for name in ["h1-e1_1", "h4-e1_2", "h5-e2_1", "h16-e4_2", "e1_1-a1_2", "a1_1-c2", "a4_2-c4"] {
            assert!(names.contains(&name), "{name}");
        }
    }
}
