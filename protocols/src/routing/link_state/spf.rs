//! From the database to the routing table: Dijkstra's algorithm on what all routers say (RFC 2328, section 16.1).
//!
//! A link counts if both ends speak of it (16.1, step 2b). All ways of equal cost are kept (step 2d), by the rule that
//! the first hops of a node are those of all nodes before it on a shortest path.

use std::sync::Arc;

use sim_core::ids::{Destination, LinkId, NodeId};
use smallvec::SmallVec;

use super::adjacency::State;
use super::lsdb::Lsa;
use super::{LinkState, Timer};
use crate::routing::dijkstra::{Direction, Edge, Graph};
use crate::routing::journal::Reason;
use crate::routing::route::Route;
use crate::routing::router::Router;

/// Ports that begin a shortest path, in their order.
type FirstHops = SmallVec<[u32; 2]>;

/// The network as the database shows it. Routers are numbered in the order of their ids.
pub(super) struct View<'a> {
    pub lsas: Vec<&'a Arc<Lsa>>,
    pub own: NodeId,
    pub graph: Graph,
    /// By the router they leave.
    edges: Vec<Edge>,
    /// Names of links, as ranks, by edge.
    ranks: Vec<u32>,
}

impl LinkState {
    /// The database changed: paths are computed after the delay.
    pub(super) fn schedule_spf(&mut self, router: &Router<'_, '_>) {
        if self.deadlines.get(Timer::Spf).is_none() {
            let held = self.computed.map_or(router.now(), |last| last + self.config.spf_hold);
            self.deadlines.set(Timer::Spf, held.max(router.now() + self.config.spf_delay));
        }
    }

    /// The network in the database. None before this router has an LSA of its own.
    pub(super) fn view(&self) -> Option<View<'_>> {
        let lsas: Vec<&Arc<Lsa>> =
            self.lsdb.entries().filter(|entry| !entry.is_flushed).map(|entry| &entry.lsa).collect();
        let numbered = |id: u32| lsas.binary_search_by_key(&id, |lsa| lsa.router).ok();
        let own = numbered(self.id)?;
        let (mut edges, mut ranks) = (Vec::new(), Vec::new());
        for (from, lsa) in lsas.iter().enumerate() {
            for link in &lsa.links {
                let Some(to) = numbered(link.neighbor).filter(|&to| lsas[to].leads_to(lsa.router)) else { continue };
                if from == own && self.port_of_rank(link.rank).is_none() {
                    continue;
                }
                let (from, to) = (NodeId(from as u32), NodeId(to as u32));
                edges.push(Edge { link: LinkId(edges.len() as u32), from, to, cost: link.cost });
                ranks.push(link.rank);
            }
        }
        let graph = Graph::new(lsas.len() as u32, edges.clone(), &ranks);
        Some(View { lsas, own: NodeId(own as u32), graph, edges, ranks })
    }

    /// The port with a link of this rank to a neighbour that is adjacent now.
    fn port_of_rank(&self, rank: u32) -> Option<u32> {
        let at = self.ports.binary_search_by_key(&rank, |port| port.rank).ok()?;
        let neighbor = self.ports[at].neighbor.as_ref()?;
        (neighbor.state == State::Full).then_some(at as u32)
    }

    /// Computes all paths and sets the routes.
    pub(super) fn compute_routes(&mut self, router: &mut Router<'_, '_>) {
        self.computed = Some(router.now());
        let Some(view) = self.view() else { return };
        let (costs, hops, relaxed) = self.shortest_paths(&view);

        let mut own: Vec<Destination> = router.own_destinations().into_iter().map(|(here, _)| here).collect();
        own.sort_unstable();
        let mut offers: Vec<(Destination, u64, u32)> = Vec::new();
        for (at, lsa) in view.lsas.iter().enumerate() {
            let Some(cost) = costs[at].filter(|_| at != view.own.index()) else { continue };
            let offer = |stub: &super::Stub| (stub.destination, cost.saturating_add(stub.cost), at as u32);
            offers.extend(lsa.stubs.iter().map(offer).filter(|(to, ..)| own.binary_search(to).is_err()));
        }
        offers.sort_unstable();

        let mut routed = Vec::with_capacity(self.routed.len());
        let mut routes = Vec::with_capacity(self.routed.len());
        for same in offers.chunk_by(|a, b| a.0 == b.0) {
            let (destination, cost, _) = same[0];
            let best = same.iter().take_while(|(_, other, _)| *other == cost);
            let mut over = FirstHops::new();
            best.for_each(|(.., at)| join(&mut over, &hops[*at as usize]));
            let used = if self.config.multipath { over.len() } else { 1 };
            let interfaces = over[..used].iter().map(|&port| self.ports[port as usize].interface);
            routes.push(Route::over(cost, interfaces));
            routed.push(destination);
        }
        self.steps += relaxed;
        for gone in std::mem::take(&mut self.routed) {
            if routed.binary_search(&gone).is_err() && own.binary_search(&gone).is_err() {
                router.set_route(gone, None, Reason::Recomputed);
            }
        }
        for (&destination, route) in routed.iter().zip(routes) {
            router.set_route(destination, Some(route), Reason::Recomputed);
        }
        self.routed = routed;
    }

    /// Cost and first hops of every router, and how many edges were relaxed.
    fn shortest_paths(&self, view: &View<'_>) -> (Vec<Option<u64>>, Vec<FirstHops>, u64) {
        let mut order = Vec::with_capacity(view.lsas.len());
        let labels = view.graph.search(view.own, Direction::AlongEdges, |step| order.push(step.settled));
        let mut settled_as = vec![usize::MAX; view.lsas.len()];
        order.iter().enumerate().for_each(|(place, node)| settled_as[node.index()] = place);

        let cost = |node: NodeId| labels[node.index()].map(|label| label.cost);
        let mut hops = vec![FirstHops::new(); view.lsas.len()];
        let mut relaxed = 0;
        // In the order of settling, so that all ways to a node are known before it is passed on.
        for &node in &order {
            let first = view.edges.partition_point(|edge| edge.from < node);
            for edge in view.edges[first..].iter().take_while(|edge| edge.from == node) {
                relaxed += 1;
                let through = cost(node).map(|cost| cost.saturating_add(edge.cost));
                if through != cost(edge.to) || settled_as[edge.to.index()] <= settled_as[node.index()] {
                    continue;
                }
                let over = if node == view.own {
                    self.port_of_rank(view.ranks[edge.link.index()]).into_iter().collect()
                } else {
                    hops[node.index()].clone()
                };
                join(&mut hops[edge.to.index()], &over);
            }
        }
        (labels.iter().map(|label| label.map(|label| label.cost)).collect(), hops, relaxed)
    }
}

/// Adds to a sorted set what is not in it.
fn join(hops: &mut FirstHops, others: &[u32]) {
    for &other in others {
        if let Err(at) = hops.binary_search(&other) {
            hops.insert(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sim_core::time::{Duration, Time};

    use super::super::lsdb::{Instance, Link, Origin};
    use super::super::{Config, Lsa};
    use super::*;

    /// The edges that router 1 sees, by ids, when routers have said that they have links to others.
    fn edges(said: &[(u32, &[u32])], age: Duration) -> BTreeSet<(u32, u32)> {
        let config = Config::default();
        let mut process = LinkState::new(&config);
        process.id = 1;
        for &(router, neighbors) in said {
            let link =
                |&neighbor: &u32| Link { neighbor, rank: 10 * router + neighbor, cost: 1, node: NodeId(neighbor) };
            let links = neighbors.iter().map(link).collect();
            let lsa = Lsa { router, sequence: 1, links, stubs: Vec::new(), node: NodeId(router) };
            let age = if router == 3 { age } else { Duration::ZERO };
            process.lsdb.install(Time::ZERO, &Instance { lsa: Arc::new(lsa), age }, Origin::Other, config.max_age);
        }
        let view = process.view().expect("router 1 has an LSA");
        let id = |node: NodeId| view.lsas[node.index()].router;
        view.edges.iter().map(|edge| (id(edge.from), id(edge.to))).collect()
    }

    #[test]
    fn a_link_counts_only_if_both_ends_speak_of_it() {
        assert_eq!(edges(&[(1, &[]), (2, &[3]), (3, &[2])], Duration::ZERO), BTreeSet::from([(2, 3), (3, 2)]));
        assert_eq!(edges(&[(1, &[]), (2, &[3]), (3, &[])], Duration::ZERO), BTreeSet::new());
        assert_eq!(edges(&[(1, &[]), (2, &[3])], Duration::ZERO), BTreeSet::new());
    }

    #[test]
    fn an_lsa_of_max_age_does_not_count() {
        assert_eq!(edges(&[(1, &[]), (2, &[3]), (3, &[2])], Config::default().max_age), BTreeSet::new());
    }

    #[test]
    fn a_link_of_this_router_does_not_count_once_the_neighbor_is_lost() {
        assert_eq!(edges(&[(1, &[2]), (2, &[1])], Duration::ZERO), BTreeSet::from([(2, 1)]));
    }
}
