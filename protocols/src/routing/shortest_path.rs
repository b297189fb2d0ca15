//! Shortest paths by an oracle: it sees the whole network and fills every forwarding table at once.
//!
//! No real protocol can do that; it stands for routing that has converged, and is the measure of protocols that must
//! send messages. Its paths are Dijkstra's; ties are broken by the names of links.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::ids::{LinkId, NodeId};
use sim_core::simulation::{LinkState, RouteOracle, Topology};
use sim_core::time::Duration;
use sim_core::units::Rate;

use super::dijkstra::{Edge, Graph};

/// What the use of a link costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkCost {
    /// The `cost` of the link.
    #[default]
    Configured,
    /// One for every link.
    Hops,
    /// 100 Gbps divided by the link's bandwidth, at least 1 (as OSPF does).
    InverseBandwidth,
    /// The link's delay, in nanoseconds.
    Delay,
}

impl LinkCost {
    /// The cost of a link of this configured cost, rate and delay.
    pub fn of(self, cost: u32, rate: Rate, delay: Duration) -> u64 {
        /// The bandwidth whose cost is 1.
        const REFERENCE_BPS: u64 = 100_000_000_000;
        match self {
            LinkCost::Configured => u64::from(cost),
            LinkCost::Hops => 1,
            LinkCost::InverseBandwidth => (REFERENCE_BPS / rate.bps()).max(1),
            LinkCost::Delay => delay.picos() / 1_000,
        }
    }
}

/// The oracle.
#[derive(Clone, Debug, Default)]
pub struct ShortestPath {
    /// What the use of a link costs.
    pub cost: LinkCost,
    /// Whether all ways of least cost are used, each flow keeping to one; else the one whose link's name comes first.
    pub is_multipath: bool,
    /// How long after a change of the network the tables follow.
    pub delay: Duration,
}

impl ShortestPath {
    /// The links that are up, with their costs.
    pub fn graph(&self, topology: &Topology) -> Graph {
        let cost = |link: &LinkState| self.cost.of(link.cost, link.rate, link.delay);
        let edges = (0..).zip(&topology.links).filter(|(_, link)| link.is_up);
        let edges = edges.map(|(id, link)| Edge { link: LinkId(id), from: link.from, to: link.to, cost: cost(link) });
        let ranks: Vec<u32> = topology.links.iter().map(|link| link.rank).collect();
        Graph::new(topology.node_names.len() as u32, edges.collect(), &ranks)
    }
}

impl RouteOracle for ShortestPath {
    fn delay(&self) -> Duration {
        self.delay
    }

    fn routes(&self, topology: &Topology, install: &mut dyn FnMut(NodeId, NodeId, &[LinkId])) {
        let graph = self.graph(topology);
        let nodes = topology.node_names.len() as u32;
        for &endpoint in &topology.endpoints {
            let paths = graph.paths_to(endpoint);
            for node in (0..nodes).map(NodeId) {
                let all = paths.next_hops(node);
                let used = if self.is_multipath { all } else { &all[..all.len().min(1)] };
                if !used.is_empty() {
                    install(node, endpoint, used);
                }
            }
        }
    }

    fn clone_oracle(&self) -> Box<dyn RouteOracle> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use sim_core::LinkSpec;
    use sim_core::network::Network;
    use sim_core::script::Action;
    use sim_core::time::Time;

    use super::*;

    /// a - b - d and a - c - d, all links alike but for what `change` does; routes from a to d by link name.
    fn routes(oracle: &ShortestPath, change: impl Fn(&str, &mut LinkSpec), script: &[(u64, Action)]) -> Vec<String> {
        let mut network = Network::new(1);
        let nodes: Vec<NodeId> = ["a", "b", "c", "d"].map(|name| network.add_node(name, true, Duration::ZERO)).into();
        for (name, from, to) in [("a->c", 0, 2), ("a->b", 0, 1), ("b->d", 1, 3), ("c->d", 2, 3)] {
            let mut spec = LinkSpec::default();
            change(name, &mut spec);
            network.add_link(name, nodes[from], nodes[to], &spec);
        }
        for (at, action) in script {
            network.at(Time::ZERO + Duration::from_secs(*at), action.clone());
        }
        let mut simulation = network.build().expect("a valid network");
        simulation.run_until(Time::ZERO + Duration::from_secs(10)).expect("no livelock");
        let mut found = Vec::new();
        oracle.routes(simulation.topology(), &mut |node, endpoint, links| {
            if (node, endpoint) == (nodes[0], nodes[3]) {
                found.extend(links.iter().map(|link| simulation.topology().link_names[link.index()].clone()));
            }
        });
        found
    }

    #[test]
    fn ways_of_equal_cost_are_listed_by_name() {
        let oracle = ShortestPath { is_multipath: true, ..ShortestPath::default() };
        assert_eq!(routes(&oracle, |_, _| {}, &[]), ["a->b", "a->c"]);
        assert_eq!(routes(&ShortestPath::default(), |_, _| {}, &[]), ["a->b"]);
    }

    #[test]
    fn each_kind_of_cost_decides_by_its_own_measure() {
        let spec = |name: &str, spec: &mut LinkSpec| match name {
            "a->b" => spec.cost = 7,
            "c->d" => (spec.bandwidth, spec.delay) = (Rate::from_mbps(10), Duration::from_millis(9)),
            _ => {}
        };
        let by = |cost| routes(&ShortestPath { cost, is_multipath: true, delay: Duration::ZERO }, spec, &[]);
        assert_eq!(by(LinkCost::Configured), ["a->c"]);
        assert_eq!(by(LinkCost::Hops), ["a->b", "a->c"]);
        assert_eq!(by(LinkCost::InverseBandwidth), ["a->b"]);
        assert_eq!(by(LinkCost::Delay), ["a->b"]);
    }

    #[test]
    fn a_link_that_is_down_or_dear_is_avoided() {
        let oracle = ShortestPath { is_multipath: true, ..ShortestPath::default() };
        assert_eq!(routes(&oracle, |_, _| {}, &[(1, Action::LinkDown(LinkId(1)))]), ["a->c"]);
        assert_eq!(routes(&oracle, |_, _| {}, &[(1, Action::SetCost(LinkId(0), 5))]), ["a->b"]);
        let there_and_back = [(1, Action::LinkDown(LinkId(1))), (2, Action::LinkUp(LinkId(1)))];
        assert_eq!(routes(&oracle, |_, _| {}, &there_and_back), ["a->b", "a->c"]);
    }
}
