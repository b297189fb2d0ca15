//! From a planned run to a simulation: nodes, links, agents and the script.

use std::collections::BTreeSet;

use protocols::routing::shortest_path::ShortestPath;
use protocols::{tcp, udp};
use sim_core::agent::{Agent, Command, RouterCommand};
use sim_core::hash::hash_name;
use sim_core::ids::{AgentId, FlowId, LinkId, NodeId};
use sim_core::network::{BuildError, Network};
use sim_core::packet::{Address, Endpoints};
use sim_core::script::Action;
use sim_core::simulation::Simulation;
use sim_core::time::Time;
use sim_core::{Bind, Prefix};

use super::routers::{self, Routers};
use crate::file::plan::{Change, Direction, Happening, LinkRef, PlannedEvent, PlannedFlow, RunPoint, Traffic};
use crate::file::spec::{Routing, Server};

/// A simulation and what is needed to read it.
#[derive(Clone, Debug)]
pub struct Built {
    /// The network at time zero.
    pub simulation: Simulation,
    /// The agents of each flow, in the order of the flows.
    pub flows: Vec<FlowAgents>,
    /// What fills the forwarding tables.
    pub ways: Ways,
}

/// What fills the forwarding tables.
#[derive(Clone, Debug)]
pub enum Ways {
    /// An oracle.
    Oracle(ShortestPath),
    /// Nobody: routes by hand.
    Static,
    /// Routers that tell each other.
    Routers(Routers),
}

/// The two ends of a flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowAgents {
    /// Where it begins.
    pub sender: AgentId,
    /// Where it ends.
    pub receiver: AgentId,
    /// The flow's number.
    pub flow: FlowId,
    /// What marks the packets of the sender: the origin in their ids.
    pub origin: u32,
    /// What marks the packets of the receiver.
    pub back_origin: u32,
}

/// The number of a link direction in the simulation.
pub fn link_id(link: LinkRef) -> LinkId {
    LinkId(2 * link.cable as u32 + u32::from(link.direction == Direction::Backward))
}

/// The network of a run, described but not built, so that tests can divide it or change its form.
///
/// Returns the agents of the flows and what fills the forwarding tables beside it.
pub fn describe(point: &RunPoint) -> (Network, Vec<FlowAgents>, Ways) {
    let topology = &point.topology;
    let mut network = Network::new(point.seed);
    let ends: BTreeSet<NodeId> = point.flows.iter().flat_map(|flow| [flow.from, flow.to]).collect();
    // An oracle needs to know the ways to the ends of flows only; others find out about everyone.
    let all_are_endpoints = !matches!(point.experiment.routing, Routing::ShortestPath(_));
    for (id, node) in (0..).map(NodeId).zip(&topology.nodes) {
        network.add_node(&node.name, all_are_endpoints || ends.contains(&id), node.processing_delay);
        if let Some(address) = node.address {
            network.set_address(id, Address(address.into()));
        }
    }
    for link in LinkRef::all(topology) {
        let (from, to) = link.ends(topology);
        let id = network.add_link(link.name(topology), from, to, link.spec(topology));
        debug_assert_eq!(id, link_id(link));
    }
    for (id, flow) in (0..).map(FlowId).zip(&point.flows) {
        network.name_flow(&flow.name, id);
    }
    let flows = (0..).zip(&point.flows).map(|(number, flow)| add_flow(&mut network, number, flow)).collect();
    let ways = match &point.experiment.routing {
        Routing::ShortestPath(routing) => {
            let oracle =
                ShortestPath { cost: routing.cost, is_multipath: routing.multipath, delay: routing.recompute_delay };
            network.set_oracle(Box::new(oracle.clone()));
            Ways::Oracle(oracle)
        }
        Routing::Static(_) => {
            routers::add_static(&mut network, point);
            Ways::Static
        }
        Routing::Protocol(config) => Ways::Routers(routers::add(&mut network, point, config.protocol())),
    };
    for event in &point.events {
        for action in actions(event, &ways) {
            network.at(Time::ZERO + event.at, action);
        }
    }
    (network, flows, ways)
}

/// What the script does for an event.
fn actions(event: &PlannedEvent, ways: &Ways) -> Vec<Action> {
    let command = |node: NodeId, command: RouterCommand| match ways {
        Ways::Routers(routers) => routers.of(node).map(|agent| Action::Command(agent, Command::Router(command))),
        Ways::Oracle(_) | Ways::Static => None,
    };
    let prefix = |prefix: Prefix| match ways {
        Ways::Routers(routers) => routers.prefix(prefix),
        Ways::Oracle(_) | Ways::Static => None,
    };
    match &event.what {
        Happening::Link { links, change } => {
            let action = |link: &LinkRef| {
                let link = link_id(*link);
                match *change {
                    Change::Down => Action::LinkDown(link),
                    Change::Up => Action::LinkUp(link),
                    Change::NoLoss => Action::EndLoss(link),
                    Change::Cost(cost) => Action::SetCost(link, cost),
                    Change::Bandwidth(rate) => Action::SetRate(link, rate),
                    Change::Delay(delay) => Action::SetDelay(link, delay),
                }
            };
            links.iter().map(action).collect()
        }
        Happening::RouterDown(node) => vec![Action::NodeDown(*node)],
        Happening::RouterUp(node) => vec![Action::NodeUp(*node)],
        Happening::Announce(node, what) => {
            prefix(*what).and_then(|to| command(*node, RouterCommand::Announce(to))).into_iter().collect()
        }
        Happening::Withdraw(node, what) => {
            prefix(*what).and_then(|to| command(*node, RouterCommand::Withdraw(to))).into_iter().collect()
        }
    }
}

/// Builds the simulation of a run.
///
/// # Errors
/// When two flows want the same packets: equal ports between the same hosts.
pub fn build(point: &RunPoint) -> Result<Built, BuildError> {
    let (network, flows, ways) = describe(point);
    Ok(Built { simulation: network.build()?, flows, ways })
}

/// The first of the ports from which senders are given theirs (RFC 6335: the dynamic ports).
const FIRST_DYNAMIC_PORT: u32 = 49_152;
/// The first of the ports that receivers are given.
const FIRST_SERVICE_PORT: u32 = 5_000;

/// Adds both ends of a flow.
fn add_flow(network: &mut Network, number: u32, flow: &PlannedFlow) -> FlowAgents {
    let port = |given: Option<u16>, first: u32, last: u32| given.unwrap_or((first + number % (last - first)) as u16);
    let from_port = port(flow.from_port, FIRST_DYNAMIC_PORT, 65_536);
    let to_port = port(flow.to_port, FIRST_SERVICE_PORT, FIRST_DYNAMIC_PORT);
    let (from, to) = (network.address(flow.from), network.address(flow.to));
    // The hash is of the flow's name, so that its way does not depend on the numbers of hosts.
    let hash = |direction: &str| hash_name(0, &format!("{} {direction}", flow.name)) as u32;
    let there = Endpoints {
        flow: FlowId(number),
        local: from,
        local_port: from_port,
        remote: to,
        remote_port: to_port,
        flow_hash: hash("there"),
    };
    let back = Endpoints {
        flow: FlowId(number),
        local: to,
        local_port: to_port,
        remote: from,
        remote_port: from_port,
        flow_hash: hash("back"),
    };
    let (sender, receiver): (Box<dyn Agent>, Box<dyn Agent>) = match &flow.traffic {
        Traffic::Tcp { config, workload, server, reader, .. } => {
            let client = tcp::Endpoint::client(there, config, *workload);
            let listening = |bytes: u64| -> Box<dyn Agent> {
                let dialogue = workload.dialogue.and_then(tcp::Dialogue::counterpart);
                let workload = tcp::Workload { bytes: Some(bytes), dialogue, ..tcp::Workload::SILENT };
                Box::new(tcp::Endpoint::server(back, config, *reader).with_application(workload, *reader))
            };
            let server = match server {
                Server::Listening => listening(0),
                Server::Sends(size) => listening(size.get()),
                Server::Absent => Box::new(tcp::ClosedPort::default()),
            };
            (Box::new(client), server)
        }
        Traffic::Udp(config) => (Box::new(udp::Source::new(config.clone(), there)), Box::new(udp::Sink::new())),
        Traffic::Rdt(config) => config.agents(there, back),
        Traffic::Ping(config) => (Box::new(udp::Ping::new(config.clone(), there)), Box::new(udp::Echo::new(back))),
    };
    let bind = |ends: &Endpoints| Bind::Connection {
        local_port: ends.local_port,
        remote: ends.remote,
        remote_port: ends.remote_port,
    };
    let (sender_name, receiver_name) = (format!("{} sender", flow.name), format!("{} receiver", flow.name));
    // A flow that waits for routing has no time before routing was watched.
    let start = (!flow.waits_for_routing).then_some(Time::ZERO + flow.start);
    let agents = FlowAgents {
        sender: network.add_agent(&sender_name, flow.from, bind(&there), sender, start),
        receiver: network.add_agent(&receiver_name, flow.to, bind(&back), receiver, None),
        flow: FlowId(number),
        origin: hash_name(0, &sender_name) as u32,
        back_origin: hash_name(0, &receiver_name) as u32,
    };
    if let Some(stop) = flow.stop {
        network.at(Time::ZERO + stop, Action::Command(agents.sender, Command::Stop));
    }
    agents
}
