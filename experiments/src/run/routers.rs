//! The routers of a run: a process on each, or the routes by hand.

use std::collections::BTreeMap;

use protocols::routing::names::Names;
use protocols::routing::protocol::{Place, Protocol};
use protocols::routing::router::{Interface, PORT, Peer, RouterAgent, Setup};
use sim_core::ids::{AgentId, Destination, InterfaceId, LinkId, NodeId};
use sim_core::network::Network;
use sim_core::time::Time;
use sim_core::{Bind, Prefix};
use topologies::Topology;

use super::build::link_id;
use crate::file::plan::{LinkRef, RoutedNetwork, RunPoint};
use crate::file::rules::routing::{ResolvedRoute, static_routes};

/// The routers of a run that speak a protocol.
#[derive(Clone, Debug)]
pub struct Routers {
    /// Node and agent of each, in the order of the topology.
    pub agents: Vec<(NodeId, AgentId)>,
    /// Names for tables.
    pub names: Names,
    /// By node: its outgoing links, by interface.
    pub links: Vec<Vec<LinkId>>,
    prefixes: Vec<Prefix>,
}

impl Routers {
    /// The router at a node, if it is one.
    pub fn of(&self, node: NodeId) -> Option<AgentId> {
        let at = self.agents.binary_search_by_key(&node, |&(node, _)| node).ok()?;
        Some(self.agents[at].1)
    }

    /// A prefix as a destination.
    pub fn prefix(&self, prefix: Prefix) -> Option<Destination> {
        let at = self.prefixes.iter().position(|&known| known == prefix)?;
        Some(Destination::Prefix(at as u32))
    }
}

/// The links that leave each node, by interface: in the order of the links.
fn leaving(topology: &Topology) -> Vec<Vec<LinkRef>> {
    let mut leaving = vec![Vec::new(); topology.nodes.len()];
    for link in LinkRef::all(topology) {
        leaving[link.ends(topology).0.index()].push(link);
    }
    leaving
}

/// Every node and prefix as a destination, with its name.
fn names(topology: &Topology, routed: &RoutedNetwork) -> Names {
    let nodes: Vec<String> = topology.nodes.iter().map(|node| node.name.clone()).collect();
    let endpoints = (0..).zip(&nodes).map(|(at, name)| (Destination::Endpoint(at), name.clone()));
    let prefixes = (0..).zip(&routed.prefixes).map(|(at, prefix)| (Destination::Prefix(at), prefix.to_string()));
    let destinations: BTreeMap<Destination, String> = endpoints.chain(prefixes).collect();
    Names::new(&nodes, &destinations)
}

/// The prefix of all addresses, for default routes: always the first.
const DEFAULT: Destination = Destination::Prefix(0);

/// Makes the prefixes known, and gives hosts their default routes.
fn prepare(network: &mut Network, routed: &RoutedNetwork, leaving: &[Vec<LinkRef>]) {
    for &prefix in &routed.prefixes {
        network.add_prefix(prefix);
    }
    for (at, links) in leaving.iter().enumerate() {
        if !routed.is_router[at] && !links.is_empty() {
            network.add_route(NodeId(at as u32), DEFAULT, &[InterfaceId(0)]);
        }
    }
}

/// Adds a router to every node that is one.
pub(super) fn add(network: &mut Network, point: &RunPoint, protocol: &dyn Protocol) -> Routers {
    let (topology, routed) = (&point.topology, &point.network);
    let leaving = leaving(topology);
    prepare(network, routed, &leaving);
    let node_names: Vec<&str> = topology.nodes.iter().map(|node| node.name.as_str()).collect();
    let surroundings = routed.surroundings(&node_names);
    let mut by_name: Vec<LinkRef> = LinkRef::all(topology).collect();
    by_name.sort_by_key(|link| link.name(topology));
    let ranks: BTreeMap<LinkRef, u32> = by_name.into_iter().zip(0..).collect();
    let ids = router_ids(&node_names, protocol);
    let announced = protocol.announced();
    let mut agents = Vec::new();
    for (at, links) in leaving.iter().enumerate().filter(|(at, _)| routed.is_router[*at]) {
        let node = NodeId(at as u32);
        let interface = |(id, link): (u32, &LinkRef)| {
            let (spec, neighbor) = (link.spec(topology), link.ends(topology).1);
            Interface {
                id: InterfaceId(id),
                neighbor,
                peer: match routed.is_router[neighbor.index()] {
                    true => Peer::Router,
                    false => Peer::Host(Destination::Endpoint(neighbor.0)),
                },
                cost: protocol.link_cost().of(spec.cost, spec.bandwidth, spec.delay),
                is_up: true,
                rank: ranks[link],
                configured_cost: spec.cost,
                rate: spec.bandwidth,
                delay: spec.delay,
            }
        };
        let own = announced.iter().filter(|(router, _)| *router == node_names[at]);
        let setup = Setup {
            node,
            router_id: ids[at],
            destination: Destination::Endpoint(node.0),
            announced: own.filter_map(|&(_, prefix)| surroundings.prefix(prefix)).collect(),
            interfaces: (0..).zip(links).map(interface).collect(),
            cost: protocol.link_cost(),
            detection: protocol.detection(),
        };
        let process = protocol.process(&Place { node, network: surroundings });
        let agent = Box::new(RouterAgent::new(setup, process));
        let name = format!("{} routing", node_names[at]);
        agents.push((node, network.add_agent(&name, node, Bind::Port(PORT), agent, Some(Time::ZERO))));
    }
    Routers {
        agents,
        names: names(topology, routed),
        links: leaving.iter().map(|links| links.iter().map(|&link| link_id(link)).collect()).collect(),
        prefixes: routed.prefixes.clone(),
    }
}

/// The id of each router: as the configuration gives it, else its place among all names. `r2` comes before `r10`.
fn router_ids(names: &[&str], protocol: &dyn Protocol) -> Vec<u32> {
    let given: BTreeMap<&str, u32> = protocol.router_ids().into_iter().collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_cached_key(|&at| natural(names[at]));
    let mut ids = vec![0; names.len()];
    // After those that are given, so that no two are alike.
    let first = given.values().max().map_or(1, |last| last.saturating_add(1));
    for (place, at) in (0..).zip(order) {
        ids[at] = given.get(names[at]).copied().unwrap_or(first.saturating_add(place));
    }
    ids
}

/// A name in pieces that compare as people count: digits by their value.
fn natural(name: &str) -> (Vec<(String, u64)>, &str) {
    let mut pieces = vec![(String::new(), 0_u64)];
    let mut in_number = false;
    for character in name.chars() {
        let last = pieces.last_mut().expect("there is always one");
        match character.to_digit(10) {
            Some(digit) => {
                last.1 = last.1.saturating_mul(10).saturating_add(u64::from(digit));
                in_number = true;
            }
            None if in_number => {
                pieces.push((character.to_string(), 0));
                in_number = false;
            }
            None => last.0.push(character),
        }
    }
    // Names that differ in leading zeros only still differ.
    (pieces, name)
}

/// Puts routes by hand into the tables, over those to neighbours.
pub(super) fn add_static(network: &mut Network, point: &RunPoint) {
    let (topology, routed) = (&point.topology, &point.network);
    let leaving = leaving(topology);
    prepare(network, routed, &leaving);
    for (at, links) in leaving.iter().enumerate() {
        // Backwards, so that of several cables to one neighbour the first is taken.
        for (interface, link) in links.iter().enumerate().rev() {
            let neighbor = Destination::Endpoint(link.ends(topology).1.0);
            network.add_route(NodeId(at as u32), neighbor, &[InterfaceId(interface as u32)]);
        }
    }
    for ResolvedRoute { node, to, over } in static_routes(topology, routed, &point.experiment.routing) {
        let interface = over.and_then(|over| leaving[node.index()].iter().position(|&link| link == over));
        let over: Vec<InterfaceId> = interface.map(|at| InterfaceId(at as u32)).into_iter().collect();
        network.add_route(node, to, &over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_people_count() {
        let mut names = ["r10", "r2", "as", "r2b", "r02", "a1"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["a1", "as", "r02", "r2", "r2b", "r10"]);
    }
}
