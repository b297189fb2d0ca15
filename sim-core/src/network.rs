//! The description of a network, and its building into a simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::agent::{Agent, Forwarding, TimerKey, Timers};
use crate::delivery::Deliveries;
use crate::event::{Class, salt};
use crate::hash::hash_name;
use crate::ids::{AgentId, Destination, FlowId, InterfaceId, LinkId, NodeId};
use crate::link::{ExplicitQueue, Impairments, Link, LinkCounts, Peer, Waiting, Wire};
use crate::link_spec::LinkSpec;
use crate::node::{AddressPlan, Bind, FIRST_ENDPOINT, FIRST_ROUTER, Fib, Node, Prefix};
use crate::packet::Address;
use crate::partition::{AgentSlot, Partition};
use crate::queue::QueueSpec;
use crate::random::Random;
use crate::script::Action;
use crate::simulation::{Home, LinkState, RouteOracle, Simulation, Topology};
use crate::time::{Duration, Time};

/// Nodes, links, agents and a script, described one by one and then built.
///
/// ```
/// use sim_core::network::Network;
/// use sim_core::time::Time;
/// use sim_core::LinkSpec;
///
/// let mut network = Network::new(1);
/// let a = network.add_node("a", true, Default::default());
/// let b = network.add_node("b", true, Default::default());
/// network.add_link("a->b", a, b, &LinkSpec::default());
/// let mut simulation = network.build()?;
/// simulation.run_until(Time::from_picos(1_000))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    seed: u64,
    nodes: Vec<NodePlan>,
    /// How many of the nodes are endpoints.
    endpoints: u32,
    prefixes: Vec<Prefix>,
    /// Routes that stand in the tables from the start.
    routes: Vec<StaticRoute>,
    links: Vec<LinkPlan>,
    agents: Vec<AgentPlan>,
    flows: BTreeMap<String, FlowId>,
    script: Vec<(Time, Action)>,
    oracle: Option<Box<dyn RouteOracle>>,
    division: Option<Vec<u32>>,
    drop_tail: DropTailForm,
}

#[derive(Clone, Debug)]
struct NodePlan {
    name: String,
    address: Address,
    /// Its number among the endpoints, if it is one.
    endpoint: Option<u32>,
    processing: Duration,
}

#[derive(Clone, Debug)]
struct LinkPlan {
    name: String,
    from: NodeId,
    to: NodeId,
    spec: LinkSpec,
}

#[derive(Clone, Debug)]
struct StaticRoute {
    node: NodeId,
    to: Destination,
    /// Over these interfaces; into a black hole without any.
    over: Vec<InterfaceId>,
}

#[derive(Clone, Debug)]
struct AgentPlan {
    name: String,
    node: NodeId,
    bind: Bind,
    agent: Box<dyn Agent>,
    start: Option<Time>,
}

/// Which form drop-tail queues take. Results are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DropTailForm {
    /// Departures are computed at arrival: fast.
    #[default]
    Computed,
    /// An event ends each transmission, as other disciplines need it: for tests.
    Explicit,
}

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// An agent lives on a node that was not added as an endpoint.
    NotAnEndpoint(String),
    /// Two agents want the same packets.
    PortTaken(String),
    /// Nodes joined by a link without delay lie in different partitions.
    ZeroDelayCut(String),
    /// A partition's number is missing, or the division does not name every node.
    BadDivision,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NotAnEndpoint(agent) => write!(f, "agent {agent} lives on a node that is no endpoint"),
            BuildError::PortTaken(agent) => write!(f, "agent {agent} wants packets that another agent takes"),
            BuildError::ZeroDelayCut(link) => write!(f, "link {link} has no delay, so its ends cannot be parted"),
            BuildError::BadDivision => write!(f, "the division into partitions does not fit the nodes"),
        }
    }
}

impl std::error::Error for BuildError {}

impl Network {
    /// An empty network; `seed` feeds every random stream and every tie.
    pub fn new(seed: u64) -> Self {
        Network {
            seed,
            nodes: Vec::new(),
            endpoints: 0,
            prefixes: Vec::new(),
            routes: Vec::new(),
            links: Vec::new(),
            agents: Vec::new(),
            flows: BTreeMap::new(),
            script: Vec::new(),
            oracle: None,
            division: None,
            drop_tail: DropTailForm::Computed,
        }
    }

    /// Adds a node. Only an endpoint can have agents and be a destination. `processing` is the time it takes to handle
    /// an arriving packet.
    pub fn add_node(&mut self, name: &str, is_endpoint: bool, processing: Duration) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let (address, endpoint) = if is_endpoint {
            self.endpoints += 1;
            (FIRST_ENDPOINT + self.endpoints - 1, Some(self.endpoints - 1))
        } else {
            (FIRST_ROUTER + id.0 - self.endpoints, None)
        };
        self.nodes.push(NodePlan { name: name.to_owned(), address: Address(address), endpoint, processing });
        id
    }

    /// Gives a node an address of the caller's choice. No two nodes may have the same.
    pub fn set_address(&mut self, node: NodeId, address: Address) {
        self.nodes[node.index()].address = address;
    }

    /// The node as a destination of routes, if it is an endpoint.
    pub fn destination(&self, node: NodeId) -> Option<Destination> {
        self.nodes[node.index()].endpoint.map(Destination::Endpoint)
    }

    /// Adds a prefix that there may be routes to.
    pub fn add_prefix(&mut self, prefix: Prefix) -> Destination {
        let known = self.prefixes.iter().position(|&known| known == prefix).unwrap_or(self.prefixes.len());
        if known == self.prefixes.len() {
            self.prefixes.push(prefix);
        }
        Destination::Prefix(known as u32)
    }

    /// Puts a route into a node's forwarding table, where it stands until something replaces it: over some of the
    /// node's interfaces, or, without any, into a black hole.
    pub fn add_route(&mut self, node: NodeId, to: Destination, over: &[InterfaceId]) {
        self.routes.push(StaticRoute { node, to, over: over.to_vec() });
    }

    /// The address of a node.
    pub fn address(&self, node: NodeId) -> Address {
        self.nodes[node.index()].address
    }

    /// Adds one direction of a cable.
    pub fn add_link(&mut self, name: &str, from: NodeId, to: NodeId, spec: &LinkSpec) -> LinkId {
        let id = LinkId(self.links.len() as u32);
        self.links.push(LinkPlan { name: name.to_owned(), from, to, spec: spec.clone() });
        id
    }

    /// Names a flow, so that chosen losses can refer to it.
    pub fn name_flow(&mut self, name: &str, flow: FlowId) {
        self.flows.insert(name.to_owned(), flow);
    }

    /// Adds an agent to a node; its `on_start` is called at `start`, if it has one.
    pub fn add_agent(
        &mut self,
        name: &str,
        node: NodeId,
        bind: Bind,
        agent: Box<dyn Agent>,
        start: Option<Time>,
    ) -> AgentId {
        let id = AgentId(self.agents.len() as u32);
        self.agents.push(AgentPlan { name: name.to_owned(), node, bind, agent, start });
        id
    }

    /// Adds an action to the script. Actions of one time are done in the order they were added.
    pub fn at(&mut self, time: Time, action: Action) {
        self.script.push((time, action));
    }

    /// Lets an oracle fill the forwarding tables, at the start and whenever the topology changes.
    pub fn set_oracle(&mut self, oracle: Box<dyn RouteOracle>) {
        self.oracle = Some(oracle);
    }

    /// Divides the nodes among partitions, by number from 0. Results do not depend on it.
    pub fn divide(&mut self, partition_of_node: Vec<u32>) {
        self.division = Some(partition_of_node);
    }

    /// Chooses the form of drop-tail queues. Results do not depend on it.
    pub fn set_drop_tail_form(&mut self, form: DropTailForm) {
        self.drop_tail = form;
    }

    /// Builds the simulation, at time zero with nothing done.
    ///
    /// # Errors
    /// When an agent or the division into partitions does not fit; see [`BuildError`].
    ///
    /// # Panics
    /// When a queue's limit is still in `bdp`: the caller knows the flows and turns it into bytes.
    pub fn build(self) -> Result<Simulation, BuildError> {
        let division = self.division.clone().unwrap_or_else(|| vec![0; self.nodes.len()]);
        let count = division.iter().max().map_or(1, |&last| last as usize + 1);
        let parts = BTreeSet::from_iter(division.iter().copied().chain([0]));
        if division.len() != self.nodes.len() || parts.len() != count {
            return Err(BuildError::BadDivision);
        }
        let plan = Arc::new(self.address_plan());
        let partition = |index| Partition {
            index: index as u32,
            plan: plan.clone(),
            crossings: vec![Vec::new(); count],
            ..Partition::default()
        };
        let mut partitions: Vec<Partition> = (0..count).map(partition).collect();
        let node_homes = self.build_nodes(&division, &mut partitions);
        let (link_homes, wire_homes) = self.build_links(&node_homes, &mut partitions)?;
        let agent_homes = self.build_agents(&node_homes, &mut partitions)?;
        let lookahead =
            (0..).zip(&self.links).filter(|(_, link)| division[link.from.index()] != division[link.to.index()]);
        let lookahead = lookahead.map(|(id, link)| self.least_latency(LinkId(id), link)).min().unwrap_or(Duration::MAX);
        // Links of equal cost are used in the order of their names, whatever their numbers.
        let mut by_name: Vec<u32> = (0..self.links.len() as u32).collect();
        by_name.sort_by_key(|&link| &self.links[link as usize].name);
        let mut ranks = vec![0; by_name.len()];
        for (rank, &link) in by_name.iter().enumerate() {
            ranks[link as usize] = rank as u32;
        }
        let topology = Topology {
            links: (self.links.iter().zip(ranks))
                .map(|(link, rank)| LinkState {
                    from: link.from,
                    to: link.to,
                    rank,
                    is_up: true,
                    is_cut: false,
                    cost: link.spec.cost,
                    rate: link.spec.bandwidth,
                    delay: link.spec.delay,
                })
                .collect(),
            endpoints: (0..self.nodes.len() as u32)
                .map(NodeId)
                .filter(|node| self.nodes[node.index()].endpoint.is_some())
                .collect(),
            addresses: self.nodes.iter().map(|node| node.address).collect(),
            prefixes: self.prefixes.clone(),
            down_nodes: BTreeSet::new(),
            node_names: self.nodes.iter().map(|node| node.name.clone()).collect::<Arc<[String]>>(),
            link_names: self.links.iter().map(|link| link.name.clone()).collect::<Arc<[String]>>(),
        };
        let mut script = self.script;
        script.sort_by_key(|&(time, _)| time);
        Ok(Simulation::new(
            partitions,
            topology,
            [node_homes, link_homes, wire_homes, agent_homes].map(Arc::from),
            lookahead,
            script.into(),
            self.oracle,
        ))
    }

    fn build_nodes(&self, division: &[u32], partitions: &mut [Partition]) -> Vec<Home> {
        let place = |(at, plan): (usize, &NodePlan)| {
            let partition = &mut partitions[division[at] as usize];
            partition.nodes.push(Node {
                address: plan.address,
                id: NodeId(at as u32),
                salt: hash_name(self.seed, &plan.name) as u32,
                fib: Fib::default(),
                interfaces: Vec::new(),
                demux: Default::default(),
                fingerprint: hash_name(0, &plan.name),
                agents: Vec::new(),
                counts: Default::default(),
            });
            Home { partition: division[at], local: partition.nodes.len() as u32 - 1 }
        };
        self.nodes.iter().enumerate().map(place).collect()
    }

    fn build_links(
        &self,
        node_homes: &[Home],
        partitions: &mut [Partition],
    ) -> Result<(Vec<Home>, Vec<Home>), BuildError> {
        let (mut link_homes, mut wire_homes) = (Vec::new(), Vec::new());
        let interfaces = self.interfaces_of_links();
        for (at, plan) in self.links.iter().enumerate() {
            let (from, to) = (node_homes[plan.from.index()], node_homes[plan.to.index()]);
            let processing = self.nodes[plan.to.index()].processing;
            if from.partition != to.partition && self.least_latency(LinkId(at as u32), plan).is_zero() {
                return Err(BuildError::ZeroDelayCut(plan.name.clone()));
            }
            let wires = &mut partitions[to.partition as usize].wires;
            wires.push(Wire {
                in_flight: Default::default(),
                pending: Time::NEVER,
                salt: salt(self.seed, &plan.name, Class::Arrival),
                node: to.local,
                id: LinkId(at as u32),
                interface: interfaces[at].1,
                impairments: self.impairments(plan),
            });
            let peer = Peer { partition: to.partition, wire: wires.len() as u32 - 1 };
            wire_homes.push(Home { partition: peer.partition, local: peer.wire });
            let mut link = Link {
                free_at: Time::ZERO,
                picos_per_byte: 0,
                latency: plan.spec.delay + processing,
                last_arrival: Time::ZERO,
                waiting: self.waiting(plan),
                to: peer,
                mtu: u32::try_from(plan.spec.mtu.get()).unwrap_or(u32::MAX),
                overhead: u32::try_from(plan.spec.overhead.get()).unwrap_or(u32::MAX),
                is_up: true,
                node: from.local,
                rate: plan.spec.bandwidth,
                salt: salt(self.seed, &plan.name, Class::TransmitDone),
                processing,
                id: LinkId(at as u32),
                counts: LinkCounts::default(),
            };
            link.set_rate(plan.spec.bandwidth);
            let links = &mut partitions[from.partition as usize].links;
            links.push(link);
            let home = Home { partition: from.partition, local: links.len() as u32 - 1 };
            link_homes.push(home);
            partitions[from.partition as usize].nodes[from.local as usize].interfaces.push(home.local);
        }
        for StaticRoute { node, to, over } in &self.routes {
            let Home { partition, local } = node_homes[node.index()];
            let Node { fib, interfaces, .. } = &mut partitions[partition as usize].nodes[local as usize];
            fib.set_forwarding(
                *to,
                if over.is_empty() { Forwarding::BlackHole } else { Forwarding::Over(over) },
                interfaces,
            );
        }
        Ok((link_homes, wire_homes))
    }

    /// By link: the interface it leaves its first node by, and the one it enters its last node by, if a link leads back.
    /// The k-th link from a node to another makes a cable with the k-th link back.
    pub(crate) fn interfaces_of_links(&self) -> Vec<(InterfaceId, Option<InterfaceId>)> {
        let mut of_node = vec![0; self.nodes.len()];
        let mut between: BTreeMap<(NodeId, NodeId), Vec<InterfaceId>> = BTreeMap::new();
        let mut leaving = Vec::new();
        for link in &self.links {
            let interface = InterfaceId(of_node[link.from.index()]);
            of_node[link.from.index()] += 1;
            let alike = between.entry((link.from, link.to)).or_default();
            leaving.push((interface, alike.len()));
            alike.push(interface);
        }
        let back = |link: &LinkPlan, at: usize| between.get(&(link.to, link.from))?.get(at).copied();
        self.links.iter().zip(leaving).map(|(link, (interface, at))| (interface, back(link, at))).collect()
    }

    fn address_plan(&self) -> AddressPlan {
        let mut given: Vec<(Address, u32)> = Vec::new();
        let mut covering = Vec::new();
        let mut longest_first: Vec<u32> = (0..self.prefixes.len() as u32).collect();
        longest_first.sort_by_key(|&at| std::cmp::Reverse(self.prefixes[at as usize].length()));
        for node in &self.nodes {
            let Some(endpoint) = node.endpoint else { continue };
            if node.address.0 != FIRST_ENDPOINT + endpoint {
                given.push((node.address, endpoint));
            }
            if !self.prefixes.is_empty() {
                let holds = |at: &u32| self.prefixes[*at as usize].contains(node.address);
                covering.push(longest_first.iter().copied().filter(holds).collect());
            }
        }
        given.sort_unstable();
        AddressPlan { endpoints: self.endpoints, given, covering }
    }

    /// The least time from the end of a transmission to its effect at the other end, whatever the script does.
    fn least_latency(&self, id: LinkId, plan: &LinkPlan) -> Duration {
        let scripted = self.script.iter().filter_map(|(_, action)| match action {
            Action::SetDelay(link, delay) if *link == id => Some(*delay),
            _ => None,
        });
        let least = scripted.fold(plan.spec.delay, Duration::min);
        least + self.nodes[plan.to.index()].processing
    }

    fn waiting(&self, plan: &LinkPlan) -> Waiting {
        match (&plan.spec.queue, self.drop_tail) {
            (QueueSpec::DropTail(limit), DropTailForm::Computed) if plan.spec.deliveries.is_none() => {
                Waiting::Computed { shadows: Default::default(), bytes: 0, limit: *limit }
            }
            (spec, _) => Waiting::Explicit(Box::new(ExplicitQueue {
                queue: spec.build(),
                is_busy: false,
                random: Random::stream(self.seed, &plan.name, "queue"),
                dropped: Vec::new(),
                waited_until: Time::ZERO,
                deliveries: plan.spec.deliveries.clone().map(Deliveries::new),
            })),
        }
    }

    fn impairments(&self, plan: &LinkPlan) -> Option<Box<Impairments>> {
        let spec = &plan.spec;
        let stream = |purpose| Random::stream(self.seed, &plan.name, purpose);
        let flow_named = |name: &str| self.flows.get(name).copied();
        let impairments = Impairments {
            loss: spec.loss.as_ref().map(|loss| (loss.build(&flow_named), stream("loss"))),
            duplicate: (spec.duplicate > 0.0).then(|| (spec.duplicate, stream("duplicate"))),
            reorder: (spec.reorder.as_ref())
                .map(|reorder| (reorder.probability, reorder.extra_delay, stream("reorder"))),
            bit_errors: (spec.bit_error_rate > 0.0).then(|| (libm::log1p(-spec.bit_error_rate), stream("bit errors"))),
            held: Default::default(),
            duplicated: 0,
            lost: 0,
        };
        let is_perfect = impairments.loss.is_none()
            && impairments.duplicate.is_none()
            && impairments.reorder.is_none()
            && impairments.bit_errors.is_none();
        (!is_perfect).then(|| Box::new(impairments))
    }

    fn build_agents(&self, node_homes: &[Home], partitions: &mut [Partition]) -> Result<Vec<Home>, BuildError> {
        let mut homes = Vec::new();
        for plan in &self.agents {
            let Home { partition, local: node } = node_homes[plan.node.index()];
            let partition_index = partition;
            let partition = &mut partitions[partition as usize];
            if self.nodes[plan.node.index()].endpoint.is_none() {
                return Err(BuildError::NotAnEndpoint(plan.name.clone()));
            }
            let agent = partition.agents.len() as u32;
            let slots = &mut partition.nodes[node as usize];
            slots.agents.push(agent);
            if !slots.demux.bind(plan.bind, agent) {
                return Err(BuildError::PortTaken(plan.name.clone()));
            }
            let mut timers = Timers::default();
            if let Some(start) = plan.start {
                timers.set(TimerKey::START, start);
            }
            partition.agents.push(AgentSlot {
                agent: plan.agent.clone(),
                node,
                pending: Time::NEVER,
                later: Time::NEVER,
                timers,
                salt: salt(self.seed, &plan.name, Class::Timer),
                origin: hash_name(0, &plan.name) as u32,
                packets_sent: 0,
                random: Random::stream(self.seed, &plan.name, "agent"),
                watch: None,
            });
            partition.arm(agent);
            homes.push(Home { partition: partition_index, local: agent });
        }
        Ok(homes)
    }
}
