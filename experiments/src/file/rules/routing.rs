//! Rules for routing: parameters that fit the network, routes by hand that can be followed, addresses that differ.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use protocols::routing::protocol::Surroundings;
use sim_core::Prefix;
use sim_core::ids::{Destination, NodeId};
use sim_core::packet::Address;
use topologies::{NodeKind, Topology};

use super::Facts;
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{Happening, LinkRef, PlannedEvent};
use crate::file::spec::{Routing, StaticRoute};

/// A network as routing sees it.
///
/// Routers take part in a protocol: nodes of that kind, and every node that has not exactly one cable. The others are
/// hosts, which send everything over their one cable. All nodes are destinations.
#[derive(Clone, Debug)]
pub struct RoutedNetwork {
    /// Which nodes route, by number.
    pub is_router: Vec<bool>,
    /// Pairs of routers with a cable between them.
    pub adjacent: Vec<(NodeId, NodeId)>,
    /// Every node as a destination.
    pub destinations: Vec<Option<Destination>>,
    /// The prefixes that there may be routes to: all addresses, for the hosts' default routes, then those announced.
    pub prefixes: Vec<Prefix>,
}

impl RoutedNetwork {
    pub(super) fn new(topology: &Topology, routing: &Routing, events: &[PlannedEvent]) -> Self {
        let mut cables = vec![0; topology.nodes.len()];
        for cable in &topology.cables {
            cables[cable.from.index()] += 1;
            cables[cable.to.index()] += 1;
        }
        let is_router: Vec<bool> = topology
            .nodes
            .iter()
            .zip(cables)
            .map(|(node, cables)| node.kind == NodeKind::Router || cables != 1)
            .collect();
        let ends = topology.cables.iter().map(|cable| (cable.from, cable.to));
        let adjacent = ends.filter(|(a, b)| is_router[a.index()] && is_router[b.index()]).collect();
        let of_events = events.iter().filter_map(|event| match event.what {
            Happening::Announce(_, prefix) | Happening::Withdraw(_, prefix) => Some(prefix),
            Happening::Link { .. } | Happening::RouterDown(_) | Happening::RouterUp(_) => None,
        });
        let of_routing: Vec<Prefix> = match routing {
            Routing::ShortestPath(_) => Vec::new(),
            Routing::Static(routes) => {
                routes.routes.values().flatten().filter_map(|route| route.to.parse().ok()).collect()
            }
            Routing::Protocol(config) => config.protocol().announced().into_iter().map(|(_, prefix)| prefix).collect(),
        };
        let mut prefixes = vec![Prefix::ALL];
        for prefix in of_routing.into_iter().chain(of_events) {
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        let destinations = (0..topology.nodes.len() as u32).map(|node| Some(Destination::Endpoint(node))).collect();
        RoutedNetwork { is_router, adjacent, destinations, prefixes }
    }

    /// The network as a protocol's configuration speaks of it.
    pub fn surroundings<'a>(&'a self, names: &'a [&'a str]) -> Surroundings<'a> {
        Surroundings {
            nodes: names,
            is_router: &self.is_router,
            adjacent: &self.adjacent,
            destinations: &self.destinations,
            prefixes: &self.prefixes,
        }
    }
}

/// Where a route by hand leads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResolvedRoute {
    /// The node whose route it is.
    pub node: NodeId,
    /// To what.
    pub to: Destination,
    /// Over which link; into a black hole without one.
    pub over: Option<LinkRef>,
}

/// What a route by hand is to: a node, a prefix, or everything.
fn destination(text: &str, nodes: &BTreeMap<&str, NodeId>, network: &RoutedNetwork) -> Option<Destination> {
    if let Some(node) = nodes.get(text) {
        return Some(Destination::Endpoint(node.0));
    }
    let prefix = if text == "default" { Prefix::ALL } else { text.parse().ok()? };
    let at = network.prefixes.iter().position(|&known| known == prefix)?;
    Some(Destination::Prefix(at as u32))
}

/// The link that a route by hand takes: one that is called so, or the first to the neighbour of this name.
fn link(via: &str, node: NodeId, topology: &Topology) -> Option<LinkRef> {
    let mut leaving = LinkRef::all(topology).filter(|link| link.ends(topology).0 == node);
    leaving.find(|link| link.name(topology) == via || topology.nodes[link.ends(topology).1.index()].name == via)
}

/// The routes by hand of a checked experiment.
pub(crate) fn static_routes(topology: &Topology, network: &RoutedNetwork, routing: &Routing) -> Vec<ResolvedRoute> {
    let Routing::Static(routes) = routing else { return Vec::new() };
    let nodes = topology.ids();
    let resolve = |(name, route): (&String, &StaticRoute)| {
        let node = *nodes.get(name.as_str())?;
        let to = destination(&route.to, &nodes, network)?;
        Some(ResolvedRoute { node, to, over: route.via.as_ref().and_then(|via| link(via, node, topology)) })
    };
    let all = routes.routes.iter().flat_map(|(name, routes)| routes.iter().map(move |route| (name, route)));
    all.filter_map(resolve).collect()
}

impl Facts<'_> {
    /// The router of this name.
    pub(super) fn router_named(&self, at: &Path, name: &str, report: &mut Report<'_>) -> Option<NodeId> {
        let node = self.nodes.get(name).copied();
        if node.is_none() {
            report.unknown(at, "router", name, self.nodes.keys().copied());
        }
        node
    }

    /// The node or prefix of this name, counted through all nodes and then through `prefixes`.
    pub(super) fn destination_named(
        &self,
        at: &Path,
        name: &str,
        prefixes: &[Prefix],
        report: &mut Report<'_>,
    ) -> Option<usize> {
        if let Some(node) = self.nodes.get(name) {
            return Some(node.index());
        }
        let prefixes: Vec<String> = prefixes.iter().map(ToString::to_string).collect();
        let found = prefixes.iter().position(|prefix| prefix == name);
        if found.is_none() {
            let known = self.nodes.keys().copied().chain(prefixes.iter().map(String::as_str));
            report.unknown(at, "destination", name, known);
        }
        Some(self.topology.nodes.len() + found?)
    }

    pub(super) fn check_routing(&self, network: &RoutedNetwork, report: &mut Report<'_>) {
        let at = Path::root().field("routing").field(self.experiment.routing.name());
        match &self.experiment.routing {
            Routing::ShortestPath(_) => {}
            Routing::Static(routes) => {
                for (name, routes) in &routes.routes {
                    let at = at.field("routes").field(name);
                    let Some(node) = self.router_named(&at, name, report) else { continue };
                    for (index, route) in routes.iter().enumerate() {
                        self.check_static(&at.index(index), node, route, network, report);
                    }
                }
            }
            Routing::Protocol(config) => {
                let names: Vec<&str> = self.topology.nodes.iter().map(|node| node.name.as_str()).collect();
                for fault in config.protocol().check(&network.surroundings(&names)) {
                    let at = at.join(&Path::from_pointer(&format!("/{}", fault.at)));
                    report.error(&at, fault.why).known = fault.known;
                }
            }
        }
    }

    fn check_static(
        &self,
        at: &Path,
        node: NodeId,
        route: &StaticRoute,
        network: &RoutedNetwork,
        report: &mut Report<'_>,
    ) {
        if destination(&route.to, &self.nodes, network).is_none() {
            let at = at.field("to");
            if route.to.contains('/') {
                if let Err(why) = route.to.parse::<Prefix>() {
                    report.error(&at, why);
                }
            } else {
                report.unknown(&at, "destination", &route.to, self.nodes.keys().copied().chain(["default"]));
            }
        }
        match (&route.via, route.discard) {
            (None, false) => {
                report.error(at, "where do packets go? Give `via`, or `\"discard\": true`");
            }
            (Some(_), true) => {
                report.error(&at.field("discard"), "`via` and `discard` exclude each other: give one of them");
            }
            (None, true) => {}
            (Some(via), false) => {
                if link(via, node, self.topology).is_none() {
                    let ends = LinkRef::all(self.topology).map(|link| link.ends(self.topology));
                    let neighbors: BTreeSet<NodeId> =
                        ends.filter(|(from, _)| *from == node).map(|(_, to)| to).collect();
                    let known = neighbors.iter().map(|node| self.topology.nodes[node.index()].name.as_str());
                    report.unknown(&at.field("via"), "neighbor", via, known);
                }
            }
        }
    }

    /// No two nodes have one address, and none has one that is kept for something else.
    pub(super) fn check_addresses(&self, report: &mut Report<'_>) {
        let mut taken: BTreeMap<Ipv4Addr, &str> = BTreeMap::new();
        for (at, node) in self.topology.nodes.iter().enumerate() {
            let Some(address) = node.address else { continue };
            let path = Path::root().field("topology").field("nodes").index(at).field("address");
            if address.is_multicast() || address.is_broadcast() || address.is_unspecified() || address.is_loopback() {
                report.error(&path, format!("{address} is no address of a single node"));
            } else if Address(address.into()).is_numbered(self.topology.nodes.len() as u32) {
                let message = format!("{address} is among those that nodes without an address get: 10.0.0.1 and on");
                report.error(&path, message);
            }
            if let Some(other) = taken.insert(address, &node.name) {
                report.error(&path, format!("`{other}` has {address} already"));
            }
        }
    }
}
