//! A simulation: one owned value that can be run in steps, looked at, and cloned at any stop.
//!
//! It is a list of partitions, each with its own clock and event queue. One partition is the plain sequential engine.
//! Several advance in windows no longer than the smallest delay between them, so that nothing sent in a window can
//! arrive in it. Every division gives the same results.

use std::any::Any;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use crate::agent::{Agent, Command, LinkChange, LinkDirection, RouterCommand};
use crate::delivery::Usage;
use crate::ids::{AgentId, FlowId, LinkId, NodeId};
use crate::node::Prefix;
use crate::packet::{Address, DropCounts, DropReason};
use crate::partition::{Partition, Stopped};
use crate::script::Action;
use crate::time::{Duration, Time};
use crate::trace::{MishapLog, Mishaps, Observation, Probe, Record, TraceFilter, Watch};
use crate::units::Rate;

/// Whether a node works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeState {
    Up,
    Down,
}

/// Where a node, link, wire or agent is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home {
    pub partition: u32,
    pub local: u32,
}

/// The network as routing sees it.
#[derive(Clone, Debug)]
pub struct Topology {
    /// All link directions, by number.
    pub links: Vec<LinkState>,
    /// The nodes that packets can be sent to, in the order of their addresses.
    pub endpoints: Vec<NodeId>,
    /// Addresses of the nodes, by number.
    pub addresses: Arc<[Address]>,
    /// The prefixes that there may be routes to, by number.
    pub prefixes: Vec<Prefix>,
    /// The nodes that have failed.
    pub down_nodes: BTreeSet<NodeId>,
    /// Names of the nodes, by number.
    pub node_names: Arc<[String]>,
    /// Names of the link directions, by number.
    pub link_names: Arc<[String]>,
}

/// A link direction as routing sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// Its place among all links sorted by name: an order that does not depend on numbers.
    pub rank: u32,
    /// Whether it carries packets.
    pub is_up: bool,
    /// Whether the script has cut it; it may also be down because a node is.
    pub is_cut: bool,
    /// Its configured cost.
    pub cost: u32,
    /// Its rate.
    pub rate: Rate,
    /// Its propagation delay.
    pub delay: Duration,
}

/// Knows the whole network and fills all forwarding tables at once, which no real protocol can.
pub trait RouteOracle: fmt::Debug + Send + Sync {
    /// How long after a change of the topology the tables follow.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Calls `install` with a node, an endpoint and the links towards it, for every pair that is connected.
    fn routes(&self, topology: &Topology, install: &mut dyn FnMut(NodeId, NodeId, &[LinkId]));

    /// A boxed copy.
    fn clone_oracle(&self) -> Box<dyn RouteOracle>;
}

impl Clone for Box<dyn RouteOracle> {
    fn clone(&self) -> Self {
        (**self).clone_oracle()
    }
}

/// A network in the middle of its history. Clone it to look at two futures.
#[derive(Clone, Debug)]
pub struct Simulation {
    partitions: Vec<Partition>,
    topology: Topology,
    nodes: Arc<[Home]>,
    links: Arc<[Home]>,
    wires: Arc<[Home]>,
    agents: Arc<[Home]>,
    /// Least delay between two partitions.
    lookahead: Duration,
    script: VecDeque<(Time, Action)>,
    oracle: Option<Box<dyn RouteOracle>>,
    now: Time,
    actions_done: u64,
    records: Vec<Record>,
}

/// Why a simulation cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Livelock {
    /// The instant at which events go on without end.
    pub at: Time,
}

impl fmt::Display for Livelock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "events go on without end at t = {}: is there a loop of links without delay?", self.at)
    }
}

impl std::error::Error for Livelock {}

/// How far [`Simulation::run_for`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Every event before the end is done.
    Done,
    /// There is more to do before the end.
    More,
}

/// Where all packets are: `sent + duplicated = delivered + dropped + queued + in_flight`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketCounts {
    /// Sent by agents.
    pub sent: u64,
    /// Made by wires that duplicate.
    pub duplicated: u64,
    /// Received by agents.
    pub delivered: u64,
    /// Dropped anywhere.
    pub dropped: DropCounts,
    /// Waiting for a transmitter.
    pub queued: u64,
    /// Being transmitted, on a wire, or held back at its end.
    pub in_flight: u64,
}

impl PacketCounts {
    /// Whether no packet came from nowhere or went there.
    pub fn are_conserved(&self) -> bool {
        self.sent + self.duplicated == self.delivered + self.dropped.total() + self.queued + self.in_flight
    }
}

/// What a link direction did so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkReport {
    /// Packets whose transmission has started.
    pub packets: u64,
    /// Their bytes, those of the link layer included.
    pub bytes: u64,
    /// Time the transmitter was busy.
    pub busy: Duration,
    /// Packets that wait now, the one in transmission not counted.
    pub queue_packets: usize,
    /// Most packets that ever waited.
    pub queue_packets_max: u32,
    /// The integral of the queue's length over time, in packet-picoseconds: divided by the time, the mean length.
    pub queue_integral: u128,
    /// Sum of the waits of all packets whose transmission has started, in picoseconds.
    pub queueing_delay_sum: u128,
    /// The longest of these waits.
    pub queueing_delay_max: Duration,
    /// Packets dropped at the queue, on the wire, or by a failure.
    pub dropped: DropCounts,
    /// Packets that the queue has marked (ECN).
    pub marked: u64,
    /// Of a link with a trace: what that offered, and what the link made of it.
    pub usage: Option<Usage>,
}

impl Simulation {
    pub(crate) fn new(
        partitions: Vec<Partition>,
        topology: Topology,
        [nodes, links, wires, agents]: [Arc<[Home]>; 4],
        lookahead: Duration,
        script: VecDeque<(Time, Action)>,
        oracle: Option<Box<dyn RouteOracle>>,
    ) -> Self {
        let mut simulation = Simulation {
            partitions,
            topology,
            nodes,
            links,
            wires,
            agents,
            lookahead,
            script,
            oracle,
            now: Time::ZERO,
            actions_done: 0,
            records: Vec::new(),
        };
        simulation.recompute_routes();
        simulation
    }

    /// The time up to which everything is done: every event before it, none at it.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Does everything before `end`.
    ///
    /// # Errors
    /// When events at one instant go on without end.
    pub fn run_until(&mut self, end: Time) -> Result<(), Livelock> {
        self.run_for(end, u64::MAX).map(|_| ())
    }

    /// Does everything before `end`, or about `budget` events and all of the last instant; returns only between
    /// instants. A run in slices equals a run in one.
    ///
    /// # Errors
    /// When events at one instant go on without end.
    pub fn run_for(&mut self, end: Time, mut budget: u64) -> Result<Progress, Livelock> {
        loop {
            let next_action = self.script.front().map_or(Time::NEVER, |&(time, _)| time);
            let stop = end.min(next_action);
            let stopped = match &mut self.partitions[..] {
                [only] => only.run(stop, &mut budget),
                _ => self.run_windows(stop, &mut budget),
            };
            match stopped {
                Stopped::AtEnd => self.now = self.now.max(stop),
                Stopped::AtBudget => {
                    // All partitions have done everything up to the latest instant that one has begun.
                    self.now = self.partitions.iter().map(Partition::next_event).min().unwrap_or(stop).min(stop);
                    return Ok(Progress::More);
                }
                Stopped::Livelock => {
                    let at = self.partitions.iter().map(|partition| partition.now).max().unwrap_or(self.now);
                    return Err(Livelock { at });
                }
            }
            if next_action >= end {
                return Ok(Progress::Done);
            }
            let (_, action) = self.script.pop_front().expect("an action is due");
            self.act(action);
        }
    }

    /// Several partitions, one after the other, window by window.
    fn run_windows(&mut self, stop: Time, budget: &mut u64) -> Stopped {
        loop {
            let Some(first) = self.partitions.iter().map(Partition::next_event).min().filter(|&first| first < stop)
            else {
                return Stopped::AtEnd;
            };
            if *budget == 0 {
                return Stopped::AtBudget;
            }
            let window_end = (first + self.lookahead).min(stop);
            for at in 0..self.partitions.len() {
                // The budget is looked at between windows: within one, partitions would part ways.
                let mut unlimited = u64::MAX;
                if self.partitions[at].run(window_end, &mut unlimited) == Stopped::Livelock {
                    return Stopped::Livelock;
                }
                *budget = budget.saturating_sub(u64::MAX - unlimited);
            }
            self.exchange();
        }
    }

    /// Delivers what partitions sent each other.
    fn exchange(&mut self) {
        for from in 0..self.partitions.len() {
            for to in 0..self.partitions.len() {
                let mut crossings = std::mem::take(&mut self.partitions[from].crossings[to]);
                for crossing in crossings.drain(..) {
                    self.partitions[to].put_on_wire(crossing.wire, crossing.arrival, crossing.packet);
                }
                self.partitions[from].crossings[to] = crossings;
            }
        }
    }

    fn act(&mut self, action: Action) {
        for partition in &mut self.partitions {
            partition.now = self.now;
        }
        match action {
            Action::LinkDown(link) => {
                self.topology.links[link.index()].is_cut = true;
                self.set_link(link);
            }
            Action::LinkUp(link) => {
                self.topology.links[link.index()].is_cut = false;
                self.set_link(link);
            }
            Action::NodeDown(node) => self.set_node(node, NodeState::Down),
            Action::NodeUp(node) => self.set_node(node, NodeState::Up),
            Action::SetCost(link, cost) => {
                self.topology.links[link.index()].cost = cost;
                self.tell_ends(link);
            }
            Action::SetRate(link, rate) => {
                self.topology.links[link.index()].rate = rate;
                self.retime(link);
                self.tell_ends(link);
            }
            Action::SetDelay(link, delay) => {
                self.topology.links[link.index()].delay = delay;
                self.retime(link);
                self.tell_ends(link);
            }
            Action::EndLoss(link) => {
                let Home { partition, local } = self.wires[link.index()];
                if let Some(wire) = &mut self.partitions[partition as usize].wires[local as usize].impairments {
                    wire.loss = None;
                }
            }
            Action::Command(agent, command) => self.command(agent, command),
            Action::RecomputeRoutes => {
                self.recompute_routes();
                // The table's delay is no action of the user's.
                return self.exchange();
            }
        }
        self.actions_done += 1;
        self.exchange();
    }

    fn command(&mut self, agent: AgentId, command: Command) {
        let Home { partition, local } = self.agents[agent.index()];
        self.partitions[partition as usize].command(local, command);
    }

    /// A node fails or works again: its links, then its agents, then the other ends of the links are told.
    fn set_node(&mut self, node: NodeId, state: NodeState) {
        let is_new = match state {
            NodeState::Down => self.topology.down_nodes.insert(node),
            NodeState::Up => self.topology.down_nodes.remove(&node),
        };
        if !is_new {
            return;
        }
        let Home { partition, local } = self.nodes[node.index()];
        let command = match state {
            NodeState::Down => Command::Router(RouterCommand::Crash),
            NodeState::Up => Command::Router(RouterCommand::Boot),
        };
        if state == NodeState::Down {
            self.partitions[partition as usize].command_node(local, command);
        }
        for link in 0..self.topology.links.len() {
            let LinkState { from, to, .. } = self.topology.links[link];
            if from == node || to == node {
                self.set_link(LinkId(link as u32));
            }
        }
        if state == NodeState::Up {
            self.partitions[partition as usize].command_node(local, command);
        }
    }

    /// Takes a link down or up, as what the script has said of it and of its ends makes it.
    fn set_link(&mut self, link: LinkId) {
        let LinkState { from, to, is_cut, is_up, .. } = self.topology.links[link.index()];
        let is_up_now = !is_cut && ![from, to].iter().any(|end| self.topology.down_nodes.contains(end));
        match (is_up, is_up_now) {
            (true, false) => self.set_link_down(link),
            (false, true) => self.set_link_up(link),
            (true, true) | (false, false) => {}
        }
    }

    fn set_link_down(&mut self, link: LinkId) {
        self.topology.links[link.index()].is_up = false;
        let (home, wire) = (self.links[link.index()], self.wires[link.index()]);
        let (waiting, unsent) = self.partitions[home.partition as usize].cut_link(home.local);
        let (mut cut, last_arrival) = self.partitions[wire.partition as usize].cut_wire(wire.local, unsent);
        cut.extend(waiting);
        self.partitions[home.partition as usize].lose_to_failure(home.local, cut, last_arrival);
        self.tell_ends(link);
    }

    fn set_link_up(&mut self, link: LinkId) {
        self.topology.links[link.index()].is_up = true;
        let home = self.links[link.index()];
        self.partitions[home.partition as usize].links[home.local as usize].is_up = true;
        self.tell_ends(link);
    }

    /// Tells the oracle and the ends of a link that it has changed.
    fn tell_ends(&mut self, link: LinkId) {
        self.on_topology_change();
        let state = self.topology.links[link.index()];
        let (home, wire) = (self.links[link.index()], self.wires[link.index()]);
        let leaving = self.partitions[home.partition as usize].interface_of(home.local);
        let entering = self.partitions[wire.partition as usize].wires[wire.local as usize].interface;
        let ends = [(state.from, leaving, LinkDirection::Outgoing), (state.to, entering, LinkDirection::Incoming)];
        for (node, interface, direction) in ends {
            let Home { partition, local } = self.nodes[node.index()];
            let change = LinkChange { link, interface, direction, state };
            self.partitions[partition as usize].tell_link_change(local, change);
        }
    }

    fn retime(&mut self, link: LinkId) {
        let LinkState { rate, delay, .. } = self.topology.links[link.index()];
        let (home, wire) = (self.links[link.index()], self.wires[link.index()]);
        let half = &mut self.partitions[home.partition as usize].links[home.local as usize];
        let arrivals = half.retime(self.now, rate, delay);
        if !arrivals.is_empty() {
            let last = self.partitions[wire.partition as usize].retime_wire(wire.local, &arrivals);
            self.partitions[home.partition as usize].links[home.local as usize].last_arrival = last;
        }
    }

    fn on_topology_change(&mut self) {
        let Some(oracle) = &self.oracle else { return };
        let due = self.now + oracle.delay();
        if due == self.now {
            self.recompute_routes();
        } else {
            let at = self.script.partition_point(|&(time, _)| time <= due);
            self.script.insert(at, (due, Action::RecomputeRoutes));
        }
    }

    fn recompute_routes(&mut self) {
        let Some(oracle) = &self.oracle else { return };
        let endpoints = &self.topology.endpoints;
        for partition in &mut self.partitions {
            for node in &mut partition.nodes {
                node.fib.clear(endpoints.len());
            }
        }
        let mut endpoint_of_node = vec![usize::MAX; self.nodes.len()];
        for (at, node) in endpoints.iter().enumerate() {
            endpoint_of_node[node.index()] = at;
        }
        let (partitions, nodes, links) = (&mut self.partitions, &self.nodes, &self.links);
        let mut local_links = Vec::new();
        oracle.routes(&self.topology, &mut |node, endpoint, next_hops| {
            local_links.clear();
            local_links.extend(next_hops.iter().map(|link| links[link.index()].local));
            let Home { partition, local } = nodes[node.index()];
            let fib = &mut partitions[partition as usize].nodes[local as usize].fib;
            fib.set(endpoint_of_node[endpoint.index()], &local_links);
        });
    }

    /// The network as routing sees it now.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// An agent, if it is of the type asked for.
    pub fn agent<A: Agent>(&self, agent: AgentId) -> Option<&A> {
        let Home { partition, local } = self.agents[agent.index()];
        let agent: &dyn Any = &*self.partitions[partition as usize].agents[local as usize].agent;
        agent.downcast_ref()
    }

    /// An agent, to take out what it has gathered for those who look on. What it does must not change by that.
    pub fn agent_mut<A: Agent>(&mut self, agent: AgentId) -> Option<&mut A> {
        let Home { partition, local } = self.agents[agent.index()];
        let agent: &mut dyn Any = &mut *self.partitions[partition as usize].agents[local as usize].agent;
        agent.downcast_mut()
    }

    /// The links that packets from `node` to an address may take now.
    ///
    /// # Errors
    /// Why a packet would be dropped there: no route, or a black hole.
    pub fn next_hops(&self, node: NodeId, destination: Address) -> Result<Vec<LinkId>, DropReason> {
        let Home { partition, local } = self.nodes[node.index()];
        let partition = &self.partitions[partition as usize];
        let links = partition.nodes[local as usize].fib.links(&partition.plan, destination)?;
        Ok(links.iter().map(|&link| partition.global_link(link)).collect())
    }

    /// What a link direction did so far.
    pub fn link(&self, link: LinkId) -> LinkReport {
        let (home, wire) = (self.links[link.index()], self.wires[link.index()]);
        let half = &self.partitions[home.partition as usize].links[home.local as usize];
        let counts = half.counts_at(self.now);
        let mut dropped = counts.dropped;
        if let Some(impairments) = &self.partitions[wire.partition as usize].wires[wire.local as usize].impairments {
            dropped.add(DropReason::Lost, impairments.lost);
        }
        LinkReport {
            packets: counts.packets,
            bytes: counts.bytes,
            busy: counts.busy,
            queue_packets: half.waiting_packets(self.now),
            queue_packets_max: counts.most_waiting,
            queue_integral: counts.waited,
            queueing_delay_sum: counts.delay_sum,
            queueing_delay_max: counts.longest_wait,
            dropped,
            marked: counts.marked,
            usage: half.usage(self.now),
        }
    }

    /// Where all packets are.
    pub fn packets(&self) -> PacketCounts {
        let mut counts = PacketCounts::default();
        // Packets that wait on computed links are on the wire already, with their future arrival.
        let (mut on_wires, mut ahead) = (0, 0);
        for partition in &self.partitions {
            for node in &partition.nodes {
                counts.sent += node.counts.sent;
                counts.delivered += node.counts.delivered;
                counts.dropped += node.counts.dropped;
            }
            for link in &partition.links {
                let waiting = link.waiting_packets(self.now) as u64;
                counts.queued += waiting;
                ahead += if link.is_computed() { waiting } else { 0 };
            }
            for wire in &partition.wires {
                on_wires += wire.packets();
                counts.duplicated += wire.impairments.as_ref().map_or(0, |impairments| impairments.duplicated);
            }
        }
        counts.in_flight = on_wires - ahead;
        counts
    }

    /// How many packets of a flow were dropped, of those that one of its ends sent: the one whose packets are marked
    /// with `origin` ([`PacketId::origin`](crate::packet::PacketId::origin)).
    pub fn dropped_of(&self, flow: FlowId, origin: u32) -> u64 {
        self.partitions.iter().filter_map(|partition| partition.dropped_of.get(&(flow, origin))).sum()
    }

    /// Packets that arrived over links.
    pub fn packet_hops(&self) -> u64 {
        self.partitions.iter().flat_map(|partition| &partition.nodes).map(|node| node.counts.arrived).sum()
    }

    /// Events of the model: packets that arrived over links, timers that fired, actions of the script.
    pub fn events(&self) -> u64 {
        let timers = self.partitions.iter().flat_map(|partition| &partition.nodes).map(|node| node.counts.timers_fired);
        self.packet_hops() + timers.sum::<u64>() + self.actions_done
    }

    /// A hash of every decision: arrivals, departures, drops and timers of each node in its order, the nodes in the
    /// order of their names. Equal for any numbering and any division of the nodes.
    pub fn fingerprint(&self) -> u64 {
        let mut nodes: Vec<(&str, u64)> = (self.partitions.iter())
            .flat_map(|partition| &partition.nodes)
            .map(|node| (&*self.topology.node_names[node.id.index()], node.fingerprint))
            .collect();
        nodes.sort_unstable();
        nodes.iter().fold(0, |hash, &(_, node)| crate::hash::hash64(hash.wrapping_mul(31).wrapping_add(node)))
    }

    /// Chooses which packets are recorded from now on.
    pub fn set_trace(&mut self, filter: &TraceFilter) {
        for partition in &mut self.partitions {
            partition.trace = filter.clone();
        }
    }

    /// Takes out what was recorded since the last call, by time, then node, then the node's own order.
    pub fn take_records(&mut self) -> Vec<Record> {
        let mut records = std::mem::take(&mut self.records);
        for partition in &mut self.partitions {
            records.append(&mut partition.log);
        }
        records.sort_by_key(|record| (record.time, record.node));
        records
    }

    /// Logs what goes wrong from now on, or no longer.
    pub fn set_mishap_log(&mut self, log: MishapLog) {
        for partition in &mut self.partitions {
            partition.mishap_log = log;
        }
    }

    /// Takes out what went wrong since the last call, by time, then node or link.
    pub fn take_mishaps(&mut self) -> Mishaps {
        let mut all = Mishaps::default();
        for partition in &mut self.partitions {
            all.records.append(&mut partition.mishaps.records);
            all.crowds.append(&mut partition.mishaps.crowds);
        }
        all.records.sort_by_key(|record| (record.time, record.node));
        all.crowds.sort_by_key(|crowd| (crowd.time, crowd.link));
        all
    }

    /// Watches an agent through `probe` from now on, or no longer. What it sees bears `number`.
    pub fn watch(&mut self, agent: AgentId, number: u32, probe: Option<Probe>) {
        let Home { partition, local } = self.agents[agent.index()];
        let slot = &mut self.partitions[partition as usize].agents[local as usize];
        slot.watch = probe.map(|probe| Box::new(Watch { number, probe, last: probe(&*slot.agent) }));
    }

    /// Takes out what probes saw since the last call, by time, then node, then the node's own order.
    pub fn take_observations(&mut self) -> Vec<Observation> {
        let mut seen = Vec::new();
        for partition in &mut self.partitions {
            seen.append(&mut partition.observations);
        }
        seen.sort_by_key(|one| (one.time, one.node));
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{Agent, Ctx, TimerKey};
    use crate::network::Network;
    use crate::packet::Packet;
    use crate::{Bind, time::Duration};

    const NEAR: TimerKey = TimerKey(0);
    const FAR: TimerKey = TimerKey(1);

    /// Sets a timer a microsecond ahead each time it fires, and moves one that is a second ahead: a paced sender.
    #[derive(Clone, Debug)]
    struct Paced;

    impl Agent for Paced {
        fn on_start(&mut self, ctx: &mut Ctx<'_>) {
            self.on_timer(ctx, NEAR);
        }

        fn on_packet(&mut self, _: &mut Ctx<'_>, _: Packet) {}

        fn on_timer(&mut self, ctx: &mut Ctx<'_>, _: TimerKey) {
            ctx.set_timer(NEAR, ctx.now() + Duration::from_micros(1));
            ctx.set_timer(FAR, ctx.now() + Duration::from_secs(1));
        }
    }

    /// One event for the timer that fires next, and one that waits for the far one: not one for each time it moved.
    #[test]
    fn a_timer_that_fires_before_another_leaves_no_events_behind() {
        let mut network = Network::new(1);
        let node = network.add_node("a", true, Duration::ZERO);
        network.add_agent("paced", node, Bind::Port(1), Box::new(Paced), Some(Time::ZERO));
        let mut simulation = network.build().expect("a network of one node");
        simulation.run_until(Time::ZERO + Duration::from_millis(10)).expect("time passes");
        assert_eq!(simulation.events(), 10_000);
        assert!(simulation.partitions[0].events.len() <= 2, "{}", simulation.partitions[0].events.len());
    }
}
