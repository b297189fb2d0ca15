//! The ways that flows take at the start, for rules that look along them: MTU, round-trip time, `bdp`.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use sim_core::LinkSpec;
use sim_core::ids::NodeId;
use sim_core::time::Duration;
use topologies::Topology;

use crate::file::plan::LinkRef;
use crate::file::spec::LinkCost;

/// What a link costs, at least 1.
pub(super) fn cost_of(cost: LinkCost, link: &LinkSpec) -> u64 {
    cost.of(link.cost, link.bandwidth, link.delay).max(1)
}

/// Which links lead where.
pub(crate) struct Ways<'t> {
    topology: &'t Topology,
    cost: LinkCost,
    out: Vec<Vec<LinkRef>>,
    into: Vec<Vec<LinkRef>>,
}

/// All cheapest ways from one node to another.
pub(crate) struct Way {
    /// The links on any of them.
    pub(crate) links: BTreeSet<LinkRef>,
    /// Propagation and processing delay of the longest of them.
    pub(crate) delay: Duration,
}

impl<'t> Ways<'t> {
    pub(crate) fn new(topology: &'t Topology, cost: LinkCost) -> Self {
        let mut out = vec![Vec::new(); topology.nodes.len()];
        let mut into = vec![Vec::new(); topology.nodes.len()];
        for link in LinkRef::all(topology) {
            let (from, to) = link.ends(topology);
            out[from.index()].push(link);
            into[to.index()].push(link);
        }
        Ways { topology, cost, out, into }
    }

    /// All cheapest ways; none if there is no way at all.
    pub(crate) fn between(&self, from: NodeId, to: NodeId) -> Option<Way> {
        let start_to = self.distances(from, &self.out, |link| link.ends(self.topology).1);
        let to_end = self.distances(to, &self.into, |link| link.ends(self.topology).0);
        let total = start_to[to.index()]?;
        let mut links = BTreeSet::new();
        let mut longest = vec![None; self.topology.nodes.len()];
        longest[from.index()] = Some(Duration::ZERO);
        // Costs are positive: a node's predecessors on cheapest ways come before it.
        let mut order: Vec<usize> = (0..start_to.len()).filter(|&node| start_to[node].is_some()).collect();
        order.sort_by_key(|&node| start_to[node]);
        for node in order {
            let Some(delay_here) = longest[node] else { continue };
            for &link in &self.out[node] {
                let next = link.ends(self.topology).1;
                let spec = link.spec(self.topology);
                let through = |before: u64| Some(before + cost_of(self.cost, spec) + to_end[next.index()]?);
                if start_to[node].and_then(through) == Some(total) {
                    links.insert(link);
                    // Every node on the way handles the packet once, the receiver included.
                    let delay = delay_here + spec.delay + self.topology.nodes[next.index()].processing_delay;
                    longest[next.index()] = longest[next.index()].max(Some(delay));
                }
            }
        }
        Some(Way { links, delay: longest[to.index()]? })
    }

    /// Dijkstra's algorithm along `edges`.
    fn distances(
        &self,
        start: NodeId,
        edges: &[Vec<LinkRef>],
        far_end: impl Fn(LinkRef) -> NodeId,
    ) -> Vec<Option<u64>> {
        let mut distances = vec![None; self.topology.nodes.len()];
        let mut waiting = BinaryHeap::from([Reverse((0_u64, start))]);
        while let Some(Reverse((distance, node))) = waiting.pop() {
            if distances[node.index()].is_some() {
                continue;
            }
            distances[node.index()] = Some(distance);
            for &link in &edges[node.index()] {
                let next = far_end(link);
                if distances[next.index()].is_none() {
                    waiting.push(Reverse((distance + cost_of(self.cost, link.spec(self.topology)), next)));
                }
            }
        }
        distances
    }
}
