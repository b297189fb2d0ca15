//! What a routing protocol's configuration has to answer, so that an experiment can be checked and built from it.

use sim_core::Prefix;
use sim_core::ids::{Destination, NodeId};
use sim_core::time::Duration;

use super::process::Process;
use super::router::Detection;
use super::shortest_path::LinkCost;

/// The configuration of a routing protocol, the same for all routers of a network.
pub trait Protocol {
    /// What the use of a link costs.
    fn link_cost(&self) -> LinkCost;

    /// How routers notice that a cable is cut.
    fn detection(&self) -> Detection;

    /// For how long no table must have changed before routing counts as settled: longer than anything that a router may
    /// be waiting for while tables still change.
    fn settling_time(&self) -> Duration;

    /// The cost from which on a destination counts as unreachable, if there is one.
    fn infinity(&self) -> Option<u64> {
        None
    }

    /// The process of one router.
    fn process(&self, place: &Place<'_>) -> Box<dyn Process>;

    /// Router ids given by the configuration, by name of the router, in place of those that follow from the names.
    fn router_ids(&self) -> Vec<(&str, u32)> {
        Vec::new()
    }

    /// The prefixes that routers announce from the start, by name of the router.
    fn announced(&self) -> Vec<(&str, Prefix)> {
        Vec::new()
    }

    /// Looks for what is wrong with the parameters, in themselves and with the network they are for.
    fn check(&self, _network: &Surroundings<'_>) -> Vec<Fault> {
        Vec::new()
    }
}

/// Where a process will run, and what names in the configuration stand for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The node.
    pub node: NodeId,
    /// The network.
    pub network: Surroundings<'a>,
}

/// A network as a configuration speaks of it: by names.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The names of all nodes, by number.
    pub nodes: &'a [&'a str],
    /// Which of them are routers, by number.
    pub is_router: &'a [bool],
    /// Pairs of routers with a cable between them, each once or more.
    pub adjacent: &'a [(NodeId, NodeId)],
    /// The endpoints among the nodes, as destinations, by number of the node.
    pub destinations: &'a [Option<Destination>],
    /// All prefixes that are ever announced, by number.
    pub prefixes: &'a [Prefix],
}

impl<'a> Surroundings<'a> {
    /// The router of this name.
    pub fn router(&self, name: &str) -> Option<NodeId> {
        let at = self.nodes.iter().position(|&known| known == name)?;
        self.is_router[at].then_some(NodeId(at as u32))
    }

    /// The prefix as a destination.
    pub fn prefix(&self, prefix: Prefix) -> Option<Destination> {
        let at = self.prefixes.iter().position(|&known| known == prefix)?;
        Some(Destination::Prefix(at as u32))
    }

    /// The names of all routers.
    pub fn routers(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.nodes.iter().zip(self.is_router).filter(|(_, is)| **is).map(|(name, _)| *name)
    }
}

/// Something wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer below the configuration without its first slash (RFC 6901): `routers/r1/import/0`.
    pub at: String,
    /// What is wrong.
    pub why: String,
    /// What would be known there, if a name is not.
    pub known: Vec<String>,
}

impl Fault {
    /// A fault that is not about an unknown name.
    pub fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Fault { at: at.into(), why: why.into(), known: Vec::new() }
    }
}
