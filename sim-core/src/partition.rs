//! A part of the network with its own clock and event queue: the hot path of the engine.
//!
//! Everything here is numbered locally. Local numbers ascend with the global ones, so keys compare alike.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::agent::{Agent, Command, Ctx, LinkChange, TimerKey, Timers};
use crate::event::{Class, EventKey, EventQueue};
use crate::ids::{FlowId, InterfaceId, LinkId};
use crate::link::{ExplicitQueue, Fate, InFlight, Link, Peer, Shadow, Waiting, Wire};
use crate::node::{AddressPlan, Node};
use crate::packet::{Address, DropReason, Packet};
use crate::queue::{QueueCtx, QueueDiscipline};
use crate::random::Random;
use crate::time::{Duration, Time};
use crate::trace::{Crowd, MishapLog, Mishaps, Observation, Place, Record, TraceFilter, Watch, What};

/// More events than this at one instant are taken for an endless loop of zero-delay causes.
const MOST_EVENTS_AT_ONE_INSTANT: u64 = 50_000_000;

/// An agent and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct AgentSlot {
    pub agent: Box<dyn Agent>,
    pub node: u32,
    /// Time of the live event; an event of another time is stale.
    pub pending: Time,
    /// Time of the event that was live before an earlier timer was set: it is live again when that one has fired.
    /// A sender that is paced sets a timer for every packet, before the one that waits for an acknowledgment.
    pub later: Time,
    pub timers: Timers,
    pub salt: u64,
    /// Hash of its name, for its packets' ids.
    pub origin: u32,
    pub packets_sent: u32,
    pub random: Random,
    /// The probe at this agent; nearly always none.
    pub watch: Option<Box<Watch>>,
}

/// A packet on its way into another partition.
#[derive(Clone, Debug)]
pub(crate) struct Crossing {
    pub wire: u32,
    pub arrival: Time,
    pub packet: Packet,
}

/// Some clusters of nodes with everything that is theirs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Partition {
    pub index: u32,
    /// What addresses belong to what.
    pub plan: Arc<AddressPlan>,
    pub now: Time,
    pub events: EventQueue,
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    pub wires: Vec<Wire>,
    pub agents: Vec<AgentSlot>,
    /// Packets that agents sent and that are not forwarded yet.
    pub outbox: Vec<Packet>,
    /// For each other partition, what goes there.
    pub crossings: Vec<Vec<Crossing>>,
    /// Packets dropped, by flow and by the sender that marked them.
    pub dropped_of: BTreeMap<(FlowId, u32), u64>,
    pub trace: TraceFilter,
    pub log: Vec<Record>,
    pub mishap_log: MishapLog,
    pub mishaps: Mishaps,
    /// Of links that were found full: how many packets must have left before it is looked again who waits there.
    pub crowded_until: BTreeMap<u32, u64>,
    /// What probes saw.
    pub observations: Vec<Observation>,
    pub events_at_instant: u64,
}

/// What a node decided, as it enters the fingerprint.
#[derive(Clone, Copy)]
enum Decision {
    Arrived = 1,
    Timer = 2,
    Dropped = 3,
    Sent = 4,
}

/// Why a partition stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Every event before the end is done.
    AtEnd,
    /// As many events as asked for are done, and all of the last instant.
    AtBudget,
    /// Events at one instant go on without end.
    Livelock,
}

impl Partition {
    /// When the next event is due.
    pub(crate) fn next_event(&self) -> Time {
        self.events.peek().map_or(Time::NEVER, EventKey::time)
    }

    /// Handles every event before `end`, or stops between two instants once `budget` events are done.
    pub(crate) fn run(&mut self, end: Time, budget: &mut u64) -> Stopped {
        while let Some(key) = self.events.peek() {
            let time = key.time();
            if time >= end {
                break;
            }
            if time != self.now {
                debug_assert!(time > self.now, "time goes back from {} to {time}", self.now);
                if *budget == 0 {
                    return Stopped::AtBudget;
                }
                self.now = time;
                self.events_at_instant = 0;
            }
            self.events_at_instant += 1;
            if self.events_at_instant > MOST_EVENTS_AT_ONE_INSTANT {
                return Stopped::Livelock;
            }
            *budget = budget.saturating_sub(1);
            match key.class() {
                Class::Arrival => self.on_arrival(key.source()),
                Class::TransmitDone => self.on_transmit_done(key.source()),
                Class::Timer => self.on_timer(key.source()),
            }
        }
        Stopped::AtEnd
    }

    /// A wire's event is due: at most one packet arrives.
    #[inline]
    fn on_arrival(&mut self, wire_index: u32) {
        let wire = &mut self.wires[wire_index as usize];
        if wire.pending != self.now {
            self.events.pop();
            return;
        }
        if wire.impairments.is_some() {
            return self.on_impaired_arrival(wire_index);
        }
        // A live event finds nothing due when its packet was lost or re-timed meanwhile.
        let (node, due) = (wire.node, pop_due(&mut wire.in_flight, self.now));
        self.rearm_wire(wire_index);
        if let Some(packet) = due {
            self.receive(node, wire_index, packet);
        }
    }

    /// The same on a wire that loses, duplicates, corrupts or reorders.
    fn on_impaired_arrival(&mut self, wire_index: u32) {
        let now = self.now;
        let wire = &mut self.wires[wire_index as usize];
        let node = wire.node;
        let impairments = wire.impairments.as_mut().expect("the caller has looked");
        // What was held back arrived before what arrives now.
        let fate = match pop_due(&mut impairments.held, now) {
            Some(held) => Fate::Delivered(Some(held), None),
            None => match pop_due(&mut wire.in_flight, now) {
                Some(packet) => impairments.apply(now, packet),
                None => Fate::Delivered(None, None),
            },
        };
        self.rearm_wire(wire_index);
        match fate {
            Fate::Lost(packet) => {
                let place = Place::Wire(self.wires[wire_index as usize].id);
                self.drop_packet(node, packet, DropReason::Lost, place);
            }
            Fate::Delivered(first, second) => {
                for packet in [first, second].into_iter().flatten() {
                    self.receive(node, wire_index, packet);
                }
            }
        }
    }

    /// Replaces the event at the top of the queue, a wire's, by the wire's next.
    #[inline]
    fn rearm_wire(&mut self, wire_index: u32) {
        let wire = &mut self.wires[wire_index as usize];
        wire.pending = wire.next_due();
        if wire.pending == Time::NEVER {
            self.events.pop();
        } else {
            self.events.replace_top(EventKey::new(wire.pending, Class::Arrival, wire.salt, wire_index));
        }
    }

    /// A packet has arrived at a node: for an agent of it, or to be passed on.
    #[inline]
    fn receive(&mut self, node_index: u32, wire_index: u32, mut packet: Packet) {
        let node = &mut self.nodes[node_index as usize];
        node.counts.arrived += 1;
        decide(node, self.now, Decision::Arrived, packet_bits(&packet));
        if self.trace.admits(packet.flow) {
            let link = self.wires[wire_index as usize].id;
            let what = What::Arrived { link, queued_at: packet.queued_at };
            self.log.push(Record::new(self.now, node.id, what, &packet));
        }
        if packet.destination != node.address && packet.destination != Address::ALL_ROUTERS {
            // A router discards what has no hops left (RFC 1812 §5.3.1).
            if packet.ttl <= 1 {
                return self.drop_packet(node_index, packet, DropReason::TtlExpired, Place::Node);
            }
            packet.ttl -= 1;
            return self.forward(node_index, packet);
        }
        if packet.corrupted {
            return self.drop_packet(node_index, packet, DropReason::Corrupted, Place::Node);
        }
        match node.demux.find(packet.destination_port, packet.source, packet.source_port) {
            None => self.drop_packet(node_index, packet, DropReason::PortUnreachable, Place::Node),
            Some(agent) => {
                node.counts.delivered += 1;
                if self.trace.admits(packet.flow) {
                    self.log.push(Record::new(self.now, node.id, What::Delivered, &packet));
                }
                let interface = self.wires[wire_index as usize].interface;
                self.call(agent, |agent, ctx| {
                    ctx.arrived_by = interface;
                    agent.on_packet(ctx, packet);
                });
            }
        }
    }

    /// Sends a packet on towards its destination, or to the neighbour that it is for.
    #[inline]
    fn forward(&mut self, node_index: u32, packet: Packet) {
        let node = &self.nodes[node_index as usize];
        // Mixed with the node's salt, or all routers of one layer would choose alike.
        let choice = (packet.flow_hash ^ node.salt).wrapping_mul(0x9e37_79b1);
        let link = match node.fib.next(&self.plan, packet.destination, choice) {
            Ok(link) => link,
            // Only from an agent of this node: those that come in from outside are for its agents.
            Err(_) if packet.destination == Address::ALL_ROUTERS => node.interfaces[packet.flow_hash as usize],
            Err(reason) => return self.drop_packet(node_index, packet, reason, Place::Node),
        };
        self.enqueue(link, packet);
    }

    /// A packet wants to cross a link.
    #[inline]
    fn enqueue(&mut self, link_index: u32, mut packet: Packet) {
        let now = self.now;
        let link = &mut self.links[link_index as usize];
        if !link.is_up {
            return self.drop_at_link(link_index, packet, DropReason::LinkDown);
        }
        if packet.size > link.mtu {
            return self.drop_at_link(link_index, packet, DropReason::TooBig);
        }
        packet.queued_at = now;
        // A packet whose transmission starts at this instant no longer waits.
        link.settle_before(now + Duration::from_picos(1));
        match &mut link.waiting {
            Waiting::Computed { shadows, bytes, limit } => {
                let start = if link.free_at <= now {
                    link.counts.start(packet.size + link.overhead, Duration::ZERO);
                    now
                } else {
                    if !limit.admits(shadows.len(), *bytes, packet.size) {
                        return self.drop_at_link(link_index, packet, DropReason::QueueFull);
                    }
                    shadows.push_back(Shadow {
                        start: link.free_at,
                        queued_at: now,
                        size: packet.size,
                        flow: packet.flow,
                    });
                    *bytes += u64::from(packet.size);
                    link.counts.most_waiting = link.counts.most_waiting.max(shadows.len() as u32);
                    link.free_at
                };
                let (peer, arrival) = (link.to, link.book(start, packet.size));
                self.hand_over(peer, arrival, packet);
            }
            Waiting::Explicit(explicit) if explicit.is_busy => {
                explicit.integrate(now, &mut link.counts.waited);
                let ExplicitQueue { queue, random, dropped, .. } = &mut **explicit;
                let marked = &mut link.counts.marked;
                queue.enqueue(&mut QueueCtx { now, rate: link.rate, random, dropped, marked }, packet);
                let waiting = explicit.queue.len_packets() as u32;
                link.counts.most_waiting = link.counts.most_waiting.max(waiting);
                self.drop_what_the_queue_dropped(link_index);
            }
            Waiting::Explicit(explicit) => {
                explicit.is_busy = true;
                self.transmit(link_index, packet);
            }
        }
    }

    /// Puts a packet of an explicit queue onto the wire.
    fn transmit(&mut self, link_index: u32, packet: Packet) {
        let now = self.now;
        let link = &mut self.links[link_index as usize];
        link.counts.start(packet.size + link.overhead, now - packet.queued_at);
        let (peer, arrival) = (link.to, link.book_explicit(now, packet.size));
        self.events.push(EventKey::new(link.free_at, Class::TransmitDone, link.salt, link_index));
        self.hand_over(peer, arrival, packet);
    }

    /// An explicit link has finished a transmission.
    fn on_transmit_done(&mut self, link_index: u32) {
        self.events.pop();
        let now = self.now;
        let link = &mut self.links[link_index as usize];
        if link.free_at != now {
            // Stale: the link went down meanwhile.
            return;
        }
        let Waiting::Explicit(explicit) = &mut link.waiting else {
            unreachable!("only explicit links have such events")
        };
        explicit.integrate(now, &mut link.counts.waited);
        let ExplicitQueue { queue, random, dropped, .. } = &mut **explicit;
        let marked = &mut link.counts.marked;
        let next = queue.dequeue(&mut QueueCtx { now, rate: link.rate, random, dropped, marked });
        explicit.is_busy = next.is_some();
        if let (None, Some(deliveries)) = (&next, &mut explicit.deliveries) {
            deliveries.go_idle();
        }
        self.drop_what_the_queue_dropped(link_index);
        if let Some(packet) = next {
            self.transmit(link_index, packet);
        }
    }

    fn drop_what_the_queue_dropped(&mut self, link_index: u32) {
        let Waiting::Explicit(explicit) = &mut self.links[link_index as usize].waiting else { return };
        if explicit.dropped.is_empty() {
            return;
        }
        for (packet, reason) in std::mem::take(&mut explicit.dropped) {
            self.drop_at_link(link_index, packet, reason);
        }
    }

    /// Gives a packet to the other half of its link.
    #[inline]
    fn hand_over(&mut self, peer: Peer, arrival: Time, packet: Packet) {
        if peer.partition == self.index {
            self.put_on_wire(peer.wire, arrival, packet);
        } else {
            self.crossings[peer.partition as usize].push(Crossing { wire: peer.wire, arrival, packet });
        }
    }

    /// Adds a packet behind those on a wire already.
    #[inline]
    pub(crate) fn put_on_wire(&mut self, wire_index: u32, arrival: Time, packet: Packet) {
        let wire = &mut self.wires[wire_index as usize];
        wire.in_flight.push_back(InFlight { arrival, packet });
        if arrival < wire.pending {
            wire.pending = arrival;
            self.events.push(EventKey::new(arrival, Class::Arrival, wire.salt, wire_index));
        }
    }

    /// An agent's event is due: at most one timer fires.
    fn on_timer(&mut self, agent_index: u32) {
        let now = self.now;
        let slot = &mut self.agents[agent_index as usize];
        if slot.pending != now {
            self.events.pop();
            return;
        }
        slot.pending = std::mem::replace(&mut slot.later, Time::NEVER);
        match slot.timers.take_due(now) {
            Some(timer) => {
                let node = &mut self.nodes[slot.node as usize];
                node.counts.timers_fired += 1;
                decide(node, now, Decision::Timer, u64::from(slot.origin) << 32 | u64::from(timer.0));
                self.hook(agent_index, |agent, ctx| match timer {
                    TimerKey::START => agent.on_start(ctx),
                    _ => agent.on_timer(ctx, timer),
                });
                // Still first: no hook enters events.
                self.rearm(agent_index);
                if !self.outbox.is_empty() {
                    self.send_outbox(agent_index);
                }
            }
            // The deadline was moved later.
            None => self.rearm(agent_index),
        }
    }

    /// Sees to it that an agent's earliest timer has an event.
    #[inline]
    pub(crate) fn arm(&mut self, agent_index: u32) {
        if let Some(event) = self.missing_event(agent_index) {
            self.events.push(event);
        }
    }

    /// The same when its last event is over, and still first in the queue.
    #[inline]
    fn rearm(&mut self, agent_index: u32) {
        match self.missing_event(agent_index) {
            Some(event) => self.events.replace_top(event),
            None => {
                self.events.pop();
            }
        }
    }

    /// The event of an agent's earliest timer, if it has none yet.
    #[inline]
    fn missing_event(&mut self, agent_index: u32) -> Option<EventKey> {
        let slot = &mut self.agents[agent_index as usize];
        let earliest = slot.timers.earliest();
        if earliest >= slot.pending {
            return None;
        }
        slot.later = std::mem::replace(&mut slot.pending, earliest);
        Some(EventKey::new(earliest, Class::Timer, slot.salt, agent_index))
    }

    /// Calls a hook of an agent, then does what it asked for.
    #[inline]
    fn call(&mut self, agent_index: u32, hook: impl FnOnce(&mut dyn Agent, &mut Ctx<'_>)) {
        self.hook(agent_index, hook);
        self.arm(agent_index);
        if !self.outbox.is_empty() {
            self.send_outbox(agent_index);
        }
    }

    #[inline]
    fn hook(&mut self, agent_index: u32, hook: impl FnOnce(&mut dyn Agent, &mut Ctx<'_>)) {
        let slot = &mut self.agents[agent_index as usize];
        let node = &mut self.nodes[slot.node as usize];
        let mut ctx = Ctx {
            now: self.now,
            node: node.id,
            address: node.address,
            origin: slot.origin,
            packets_sent: &mut slot.packets_sent,
            timers: &mut slot.timers,
            outbox: &mut self.outbox,
            random: &mut slot.random,
            fib: &mut node.fib,
            interfaces: &node.interfaces,
            arrived_by: None,
        };
        hook(&mut *slot.agent, &mut ctx);
        if slot.watch.is_some() {
            self.observe(agent_index);
        }
    }

    /// Sends what an agent's hook has left.
    #[inline]
    fn send_outbox(&mut self, agent_index: u32) {
        let node_index = self.agents[agent_index as usize].node;
        let mut outbox = std::mem::take(&mut self.outbox);
        for packet in outbox.drain(..) {
            let node = &mut self.nodes[node_index as usize];
            node.counts.sent += 1;
            decide(node, self.now, Decision::Sent, packet_bits(&packet));
            if self.trace.admits(packet.flow) {
                self.log.push(Record::new(self.now, node.id, What::Sent, &packet));
            }
            if packet.copy > 1 && self.mishap_log == MishapLog::On {
                self.mishaps.records.push(Record::new(self.now, node.id, What::Sent, &packet));
            }
            self.forward(node_index, packet);
        }
        self.outbox = outbox;
    }

    /// Lets the probe read an agent whose hook was just called.
    #[cold]
    fn observe(&mut self, agent_index: u32) {
        let slot = &mut self.agents[agent_index as usize];
        let Some(watch) = slot.watch.as_deref_mut() else { return };
        let (before, after) = (watch.last, (watch.probe)(&*slot.agent));
        watch.last = after;
        if before.watched != after.watched {
            let (number, node) = (watch.number, self.nodes[slot.node as usize].id);
            self.observations.push(Observation { time: self.now, node, number, before, after });
        }
    }

    #[cold]
    fn drop_packet(&mut self, node_index: u32, packet: Packet, why: DropReason, place: Place) {
        let node = &mut self.nodes[node_index as usize];
        node.counts.dropped.add(why, 1);
        *self.dropped_of.entry((packet.flow, packet.id.origin)).or_default() += 1;
        decide(node, self.now, Decision::Dropped, packet_bits(&packet) ^ (why as u64) << 56);
        let record = Record::new(self.now, node.id, What::Dropped { why, place }, &packet);
        if self.trace.admits(packet.flow) {
            self.log.push(record);
        }
        if self.mishap_log == MishapLog::On {
            self.mishaps.records.push(record);
        }
        packet.discard();
    }

    fn drop_at_link(&mut self, link_index: u32, packet: Packet, why: DropReason) {
        let link = &mut self.links[link_index as usize];
        link.counts.dropped.add(why, 1);
        let (node, place) = (link.node, Place::Link { link: link.id, waiting: link.queue_len() });
        if self.mishap_log == MishapLog::On && why == DropReason::QueueFull {
            self.note_crowd(link_index);
        }
        self.drop_packet(node, packet, why, place);
    }

    /// Notes who waits at a link that is full, unless that was done a moment ago.
    #[cold]
    fn note_crowd(&mut self, link_index: u32) {
        let link = &self.links[link_index as usize];
        let until = self.crowded_until.entry(link_index).or_default();
        if link.counts.packets < *until {
            return;
        }
        *until = link.counts.packets + u64::from(link.queue_len()).max(1);
        let mut flows = BTreeMap::new();
        link.visit_waiting(|flow| *flows.entry(flow).or_default() += 1);
        self.mishaps.crowds.push(Crowd { time: self.now, link: link.id, flows: flows.into_iter().collect() });
    }

    // What follows is done by the script at a stop: every event before `now` is done, none at it.

    /// The sending half of a link goes down. Returns the packets that waited there, and how many must be taken from
    /// the back of the wire.
    pub(crate) fn cut_link(&mut self, link_index: u32) -> (Vec<Packet>, usize) {
        self.links[link_index as usize].cut(self.now)
    }

    /// Takes from the back of a wire what had not wholly left the transmitter. Returns it, and the arrival of the last
    /// packet that stays.
    pub(crate) fn cut_wire(&mut self, wire_index: u32, unsent: usize) -> (Vec<Packet>, Time) {
        let flying = &mut self.wires[wire_index as usize].in_flight;
        let cut = flying.drain(flying.len().saturating_sub(unsent)..).map(|flying| flying.packet).collect();
        (cut, flying.back().map_or(Time::ZERO, |last| last.arrival))
    }

    /// Counts the packets that the failure of a link destroyed, in the order of their sending.
    pub(crate) fn lose_to_failure(&mut self, link_index: u32, cut: Vec<Packet>, last_arrival: Time) {
        self.links[link_index as usize].last_arrival = last_arrival;
        for packet in cut {
            self.drop_at_link(link_index, packet, DropReason::LinkDown);
        }
    }

    /// Gives the last packets of a wire new arrival times, in order and none before its predecessor. Returns the last.
    pub(crate) fn retime_wire(&mut self, wire_index: u32, arrivals: &[Time]) -> Time {
        let wire = &mut self.wires[wire_index as usize];
        let first = wire.in_flight.len() - arrivals.len();
        let mut last = if first == 0 { Time::ZERO } else { wire.in_flight[first - 1].arrival };
        for (flying, &arrival) in wire.in_flight.iter_mut().skip(first).zip(arrivals) {
            last = last.max(arrival);
            flying.arrival = last;
        }
        let due = wire.next_due();
        if due < wire.pending {
            wire.pending = due;
            self.events.push(EventKey::new(due, Class::Arrival, wire.salt, wire_index));
        }
        last
    }

    /// Hands a command of the script to an agent.
    pub(crate) fn command(&mut self, agent_index: u32, command: Command) {
        self.call(agent_index, |agent, ctx| agent.on_command(ctx, command));
    }

    /// Hands a command to all agents of a node.
    pub(crate) fn command_node(&mut self, node_index: u32, command: Command) {
        for at in 0..self.nodes[node_index as usize].agents.len() {
            self.command(self.nodes[node_index as usize].agents[at], command);
        }
    }

    /// The interface that a link leaves its node by.
    pub(crate) fn interface_of(&self, link_index: u32) -> Option<InterfaceId> {
        let node = &self.nodes[self.links[link_index as usize].node as usize];
        node.interfaces.iter().position(|&link| link == link_index).map(|at| InterfaceId(at as u32))
    }

    /// The number of a link in the whole network.
    pub(crate) fn global_link(&self, link_index: u32) -> LinkId {
        self.links[link_index as usize].id
    }

    /// Tells all agents of a node that one of its links changed.
    pub(crate) fn tell_link_change(&mut self, node_index: u32, change: LinkChange) {
        for at in 0..self.nodes[node_index as usize].agents.len() {
            let agent = self.nodes[node_index as usize].agents[at];
            self.call(agent, |agent, ctx| agent.on_link_change(ctx, change));
        }
    }
}

/// The bits of a packet that enter the fingerprint: its name, not its number.
#[inline]
fn packet_bits(packet: &Packet) -> u64 {
    u64::from(packet.id.origin) << 32 | u64::from(packet.id.number)
}

/// Adds a decision to a node's fingerprint.
#[inline]
fn decide(node: &mut Node, now: Time, decision: Decision, bits: u64) {
    let mixed = node.fingerprint.rotate_left(23) ^ now.picos() ^ bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    node.fingerprint = (mixed ^ decision as u64).wrapping_mul(0x94d0_49bb_1331_11eb);
}

/// Takes the first packet if it is due.
#[inline]
fn pop_due(packets: &mut VecDeque<InFlight>, now: Time) -> Option<Packet> {
    if packets.front()?.arrival != now {
        return None;
    }
    packets.pop_front().map(|flying| flying.packet)
}
