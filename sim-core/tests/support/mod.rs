//! Small agents and networks for the tests of the engine.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use sim_core::agent::{Agent, Ctx, TimerKey};
use sim_core::hash::hash_name;
use sim_core::ids::{AgentId, FlowId, LinkId, NodeId};
use sim_core::network::Network;
use sim_core::packet::{Body, Endpoints, Packet, UdpHeader, UdpKind};
use sim_core::simulation::{RouteOracle, Topology};
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;
use sim_core::{Bind, LinkSpec};

/// Sends packets of given sizes at given times after its start.
#[derive(Clone, Debug)]
pub struct Script {
    pub ends: Endpoints,
    pub departures: Vec<(Duration, u32)>,
    pub next: usize,
    pub started: Time,
}

impl Script {
    fn send_due(&mut self, ctx: &mut Ctx<'_>) {
        while let Some(&(after, size)) = self.departures.get(self.next) {
            if self.started + after > ctx.now() {
                ctx.set_timer(TimerKey(0), self.started + after);
                return;
            }
            ctx.send(datagram(&self.ends, size, self.next as u64, ctx.now()));
            self.next += 1;
        }
    }
}

fn datagram(ends: &Endpoints, size: u32, sequence: u64, timestamp: Time) -> Packet {
    let mut packet = Packet::new(ends, size, Body::Udp(UdpHeader { sequence, timestamp, kind: UdpKind::Data }));
    packet.segment = sequence as u32 + 1;
    packet.copy = 1;
    packet
}

impl Agent for Script {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.started = ctx.now();
        self.send_due(ctx);
    }

    fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _: TimerKey) {
        self.send_due(ctx);
    }
}

/// Sends equal packets with equal gaps, for ever, and answers nothing.
#[derive(Clone, Debug)]
pub struct Steady {
    pub ends: Endpoints,
    pub size: u32,
    pub gap: Duration,
    pub sent: u64,
}

impl Agent for Steady {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.on_timer(ctx, TimerKey(0));
    }

    fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _: TimerKey) {
        ctx.send(datagram(&self.ends, self.size, self.sent, ctx.now()));
        self.sent += 1;
        ctx.set_timer(TimerKey(0), ctx.now() + self.gap);
    }
}

/// Notes when each packet arrived.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    pub arrivals: Vec<(Time, u64)>,
}

impl Agent for Sink {
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Udp(header) = packet.body else { return };
        self.arrivals.push((ctx.now(), header.sequence));
    }
}

/// Sends a random number of packets of random sizes at random times, and one more for each that arrives: a workload
/// in which everything depends on the order of events.
#[derive(Clone, Debug)]
pub struct Chatter {
    pub ends: Endpoints,
    pub period: Duration,
    pub received: u64,
}

impl Agent for Chatter {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.on_timer(ctx, TimerKey(0));
    }

    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        self.received += 1;
        let Body::Udp(header) = packet.body else { return };
        if header.sequence > 0 {
            let size = if self.received.is_multiple_of(3) { 1500 } else { 64 };
            ctx.send(datagram(&self.ends, size, header.sequence - 1, ctx.now()));
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _: TimerKey) {
        let burst = ctx.random().below(6);
        for _ in 0..burst {
            ctx.send(datagram(&self.ends, 1500, 6, ctx.now()));
        }
        ctx.set_timer(TimerKey(0), ctx.now() + self.period);
    }
}

/// Paths of fewest hops by breadth-first search, all of equal length, links in the order of their rank.
#[derive(Clone, Debug)]
pub struct FewestHops;

impl RouteOracle for FewestHops {
    fn routes(&self, topology: &Topology, install: &mut dyn FnMut(NodeId, NodeId, &[LinkId])) {
        let nodes = topology.node_names.len();
        for &endpoint in &topology.endpoints {
            let mut distance = vec![u32::MAX; nodes];
            distance[endpoint.index()] = 0;
            let mut changed = true;
            while changed {
                changed = false;
                for link in topology.links.iter().filter(|link| link.is_up) {
                    let through = distance[link.to.index()].saturating_add(1);
                    if through < distance[link.from.index()] {
                        distance[link.from.index()] = through;
                        changed = true;
                    }
                }
            }
            let mut next: BTreeMap<NodeId, Vec<(u32, LinkId)>> = BTreeMap::new();
            for (at, link) in topology.links.iter().enumerate().filter(|(_, link)| link.is_up) {
                let (from, to) = (distance[link.from.index()], distance[link.to.index()]);
                if to != u32::MAX && from == to + 1 {
                    next.entry(link.from).or_default().push((link.rank, LinkId(at as u32)));
                }
            }
            for (node, mut links) in next {
                links.sort_unstable();
                install(node, endpoint, &links.iter().map(|&(_, link)| link).collect::<Vec<_>>());
            }
        }
    }

    fn clone_oracle(&self) -> Box<dyn RouteOracle> {
        Box::new(self.clone())
    }
}

/// Builds networks by names.
pub struct Builder {
    pub network: Network,
    pub nodes: BTreeMap<String, NodeId>,
    pub links: BTreeMap<String, LinkId>,
    pub agents: BTreeMap<String, AgentId>,
    pub flows: u32,
}

impl Builder {
    pub fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        network.set_oracle(Box::new(FewestHops));
        Builder { network, nodes: BTreeMap::new(), links: BTreeMap::new(), agents: BTreeMap::new(), flows: 0 }
    }

    pub fn host(&mut self, name: &str) -> NodeId {
        let id = self.network.add_node(name, true, Duration::ZERO);
        self.nodes.insert(name.to_owned(), id);
        id
    }

    pub fn one_way(&mut self, from: &str, to: &str, spec: &LinkSpec) -> LinkId {
        let name = format!("{from}->{to}");
        let id = self.network.add_link(&name, self.nodes[from], self.nodes[to], spec);
        self.links.insert(name, id);
        id
    }

    pub fn cable(&mut self, from: &str, to: &str, spec: &LinkSpec) {
        self.one_way(from, to, spec);
        self.one_way(to, from, spec);
    }

    pub fn ends(&self, flow: u32, from: &str, to: &str) -> Endpoints {
        let port = 1000 + flow as u16;
        Endpoints {
            flow: FlowId(flow),
            local: self.network.address(self.nodes[from]),
            local_port: port,
            remote: self.network.address(self.nodes[to]),
            remote_port: port,
            flow_hash: hash_name(1, &format!("{from}{to}")) as u32,
        }
    }

    /// A sender made by `make` at `from`, and a sink at `to`. Returns the sink.
    pub fn flow<A: Agent + Clone>(
        &mut self,
        from: &str,
        to: &str,
        start: Duration,
        make: impl FnOnce(Endpoints) -> A,
    ) -> AgentId {
        self.flow_into(from, to, start, make, Sink::default())
    }

    pub fn flow_into<A: Agent + Clone, B: Agent + Clone>(
        &mut self,
        from: &str,
        to: &str,
        start: Duration,
        make: impl FnOnce(Endpoints) -> A,
        receiver: B,
    ) -> AgentId {
        let flow = self.flows;
        self.flows += 1;
        let ends = self.ends(flow, from, to);
        let name = format!("{from}-{to}");
        let bind = Bind::Port(ends.local_port);
        let agent = Box::new(make(ends));
        let start = Time::ZERO + start;
        self.network.add_agent(&format!("{name} sender"), self.nodes[from], bind, agent, Some(start));
        let name = format!("{name} receiver");
        let id = self.network.add_agent(&name, self.nodes[to], bind, Box::new(receiver), None);
        self.agents.insert(name, id);
        id
    }
}

pub fn link(bandwidth: Rate, delay: Duration) -> LinkSpec {
    LinkSpec { bandwidth, delay, ..LinkSpec::default() }
}
