//! Networks of routers for tests: a few nodes and cables, one protocol, and a look at the tables.

use std::collections::BTreeMap;

use sim_core::ids::{AgentId, Destination, InterfaceId, LinkId, NodeId};
use sim_core::network::Network;
use sim_core::packet::Address;
use sim_core::script::Action;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use sim_core::{Bind, LinkSpec, Prefix};

use super::journal::{MessageSent, RouteChange};
use super::names::Names;
use super::protocol::{Place, Protocol, Surroundings};
use super::router::{Interface, PORT, Peer, RouterAgent, Setup};

/// A cable of a test: two nodes by number, and the cost there and back.
#[derive(Clone, Debug)]
pub struct Cable {
    /// Number of the one end.
    pub a: u32,
    /// Number of the other.
    pub b: u32,
    /// What `a` pays to reach `b`, and `b` to reach `a`.
    pub cost: [u32; 2],
    /// Everything else about its two directions.
    pub spec: LinkSpec,
}

impl Cable {
    /// A cable of one cost both ways, a millisecond long and fast.
    pub fn new(a: u32, b: u32, cost: u32) -> Self {
        let spec = LinkSpec { delay: Duration::from_millis(1), ..LinkSpec::default() };
        Cable { a, b, cost: [cost; 2], spec }
    }
}

/// Routers that run one protocol. All nodes are routers. Cable `c` is the links `2c` and `2c + 1`.
pub struct Lab {
    /// The simulation, for scripts and questions of a test's own.
    pub simulation: Simulation,
    /// The agents of the routers, by number.
    pub agents: Vec<AgentId>,
    /// Names for tables.
    pub names: Names,
    cables: Vec<Cable>,
    neighbors: Vec<Vec<NodeId>>,
}

impl Lab {
    /// Routers of these names, started at once. `prefixes` are all that may be announced; `script` is what happens.
    pub fn new(
        seed: u64,
        names: &[&str],
        cables: &[Cable],
        protocol: &dyn Protocol,
        prefixes: &[Prefix],
        script: &[(Duration, Action)],
    ) -> Lab {
        Lab::with_addresses(seed, names, cables, protocol, prefixes, script, &[])
    }

    /// The same, with addresses for some nodes, by number: within prefixes.
    pub fn with_addresses(
        seed: u64,
        names: &[&str],
        cables: &[Cable],
        protocol: &dyn Protocol,
        prefixes: &[Prefix],
        script: &[(Duration, Action)],
        addresses: &[(usize, Address)],
    ) -> Lab {
        let mut network = Network::new(seed);
        let nodes: Vec<NodeId> = names.iter().map(|name| network.add_node(name, true, Duration::ZERO)).collect();
        for &(node, address) in addresses {
            network.set_address(nodes[node], address);
        }
        let mut neighbors: Vec<Vec<NodeId>> = vec![Vec::new(); names.len()];
        let mut interfaces: Vec<Vec<Interface>> = vec![Vec::new(); names.len()];
        let link_name =
            |from: u32, to: u32, at: usize| format!("{}->{}#{at}", names[from as usize], names[to as usize]);
        let ends = |cable: &Cable| [(cable.a, cable.b, cable.cost[0]), (cable.b, cable.a, cable.cost[1])];
        let mut ranked: Vec<String> = (cables.iter().enumerate())
            .flat_map(|(at, cable)| ends(cable).map(|(from, to, _)| link_name(from, to, at)))
            .collect();
        ranked.sort();
        for (at, cable) in cables.iter().enumerate() {
            for (from, to, cost) in ends(cable) {
                let spec = LinkSpec { cost, ..cable.spec.clone() };
                let name = link_name(from, to, at);
                network.add_link(&name, NodeId(from), NodeId(to), &spec);
                let list = &mut interfaces[from as usize];
                list.push(Interface {
                    id: InterfaceId(list.len() as u32),
                    neighbor: NodeId(to),
                    peer: Peer::Router,
                    cost: u64::from(cost),
                    is_up: true,
                    rank: ranked.binary_search(&name).expect("every link is ranked") as u32,
                    configured_cost: cost,
                    rate: spec.bandwidth,
                    delay: spec.delay,
                });
                neighbors[from as usize].push(NodeId(to));
            }
        }
        let prefix_destinations: Vec<Destination> = prefixes.iter().map(|&prefix| network.add_prefix(prefix)).collect();
        let destinations: Vec<Option<Destination>> = nodes.iter().map(|&node| network.destination(node)).collect();
        let is_router = vec![true; names.len()];
        let adjacent: Vec<(NodeId, NodeId)> = cables.iter().map(|cable| (NodeId(cable.a), NodeId(cable.b))).collect();
        let surroundings = Surroundings {
            nodes: names,
            is_router: &is_router,
            adjacent: &adjacent,
            destinations: &destinations,
            prefixes,
        };
        let given: BTreeMap<&str, u32> = protocol.router_ids().into_iter().collect();
        let mut by_name: Vec<&str> = names.to_vec();
        by_name.sort_unstable();
        let mut agents = Vec::new();
        for (&node, interfaces) in nodes.iter().zip(interfaces) {
            let name = names[node.index()];
            let rank = by_name.binary_search(&name).expect("every node is named") as u32 + 1;
            let announced = protocol.announced().into_iter().filter(|(router, _)| *router == name);
            let setup = Setup {
                node,
                router_id: given.get(name).copied().unwrap_or(rank),
                destination: destinations[node.index()].expect("every node of a lab is an endpoint"),
                announced: announced.filter_map(|(_, prefix)| surroundings.prefix(prefix)).collect(),
                interfaces,
                cost: protocol.link_cost(),
                detection: protocol.detection(),
            };
            let process = protocol.process(&Place { node, network: surroundings });
            let agent = Box::new(RouterAgent::new(setup, process));
            agents.push(network.add_agent(&format!("{name} routing"), node, Bind::Port(PORT), agent, Some(Time::ZERO)));
        }
        for (at, action) in script {
            network.at(Time::ZERO + *at, action.clone());
        }
        let mut named: BTreeMap<Destination, String> = BTreeMap::new();
        named.extend(destinations.iter().zip(names).filter_map(|(to, name)| Some(((*to)?, (*name).to_owned()))));
        named.extend(prefix_destinations.iter().zip(prefixes).map(|(&to, prefix)| (to, prefix.to_string())));
        let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Lab {
            simulation: network.build().expect("a valid network"),
            agents,
            names: Names::new(&all, &named),
            cables: cables.to_vec(),
            neighbors,
        }
    }

    /// Lets time pass until `end` after the start.
    pub fn run_until(&mut self, end: Duration) {
        self.simulation.run_until(Time::ZERO + end).expect("no endless loop at one instant");
    }

    /// The two link directions of a cable, to be cut by a script.
    pub fn links(cable: usize) -> [LinkId; 2] {
        [LinkId(2 * cable as u32), LinkId(2 * cable as u32 + 1)]
    }

    /// A script that cuts a cable, or mends it.
    pub fn cut(at: Duration, cable: usize) -> [(Duration, Action); 2] {
        Self::links(cable).map(|link| (at, Action::LinkDown(link)))
    }

    /// A script that mends a cable.
    pub fn mend(at: Duration, cable: usize) -> [(Duration, Action); 2] {
        Self::links(cable).map(|link| (at, Action::LinkUp(link)))
    }

    /// The router at a node.
    pub fn router(&self, node: usize) -> &RouterAgent {
        self.simulation.agent(self.agents[node]).expect("every agent of a lab is a router")
    }

    /// Takes out what changed in a router's table since the last call, and the messages it sent.
    pub fn journal(&mut self, node: usize) -> (Vec<RouteChange>, Vec<MessageSent>) {
        let router: &mut RouterAgent = self.simulation.agent_mut(self.agents[node]).expect("every agent is a router");
        router.take_journal()
    }

    /// Takes out what changed in a router's table since the last call. Forgets the messages.
    pub fn changes(&mut self, node: usize) -> Vec<RouteChange> {
        self.journal(node).0
    }

    /// Cost and next hops of a router's route to another node.
    pub fn route(&self, from: usize, to: usize) -> Option<(u64, Vec<usize>)> {
        let route = self.router(from).routes().get(&Destination::Endpoint(to as u32))?;
        let hops = route.interfaces().iter().map(|interface| self.neighbors[from][interface.index()].index());
        Some((route.cost, hops.collect()))
    }

    /// The cables it was made of.
    pub fn cables(&self) -> &[Cable] {
        &self.cables
    }
}
