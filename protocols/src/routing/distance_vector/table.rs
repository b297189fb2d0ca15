//! What the neighbours said, and the best way to each destination that follows from it: the equation of Bellman and
//! Ford.
//!
//! Destinations are numbered by their place in the table, in the order in which this router first heard of them.

use sim_core::ids::{Destination, InterfaceId, NodeId};
use sim_core::time::{Duration, Time};

use super::Memory;
use crate::routing::tables::identity;

/// A destination's place in the table.
pub(super) type Slot = usize;

/// What a router knows.
#[derive(Clone, Debug)]
pub(super) struct Table {
    memory: Memory,
    infinity: u64,
    /// The neighbour at each interface, by number. Hosts are among them, but say nothing.
    pub neighbors: Vec<Neighbor>,
    /// The interfaces with a router at the other end.
    routers: Vec<InterfaceId>,
    pub rows: Vec<Row>,
    slots: Slots,
    /// Entries of vectors kept.
    pub kept: u64,
    /// Entries compared so far.
    pub compared: u64,
}

/// What is at the other end of a link, and the vector it last told.
#[derive(Clone, Debug)]
pub(super) struct Neighbor {
    pub node: NodeId,
    /// Orders links by name.
    pub rank: u32,
    /// c(x,v).
    pub cost: u64,
    is_router: bool,
    /// Whether it is a router that can be reached.
    pub is_up: bool,
    /// D_v(y) by the place of y. What is not there is infinitely far.
    vector: Vec<Option<Heard>>,
}

/// An entry of a neighbour's vector.
#[derive(Clone, Copy, Debug)]
struct Heard {
    metric: u64,
    at: Time,
}

/// A destination.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub destination: Destination,
    /// What it costs if it is this router, or attached here.
    pub own: Option<u64>,
    /// D_x(y), and through whom.
    pub now: Standing,
    /// The same when it was last told to all neighbours.
    pub told: Standing,
    /// A route was lost a short while ago, and no other is believed yet.
    pub is_held: bool,
}

/// How a router stands to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Standing {
    /// Nothing is known of it, or no longer.
    Unknown,
    /// This is the best way.
    Best { cost: u64, via: Via },
    /// There was a way. Others are told that it is gone, until it is forgotten.
    Lost,
}

/// Where the best way leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Via {
    /// It is here, or attached here.
    Own,
    /// To the neighbour at this interface.
    Over(InterfaceId),
}

impl Standing {
    pub(super) fn is_over(self, interface: InterfaceId) -> bool {
        matches!(self, Standing::Best { via: Via::Over(over), .. } if over == interface)
    }
}

/// Finds the place of a destination: numbers of destinations have no gaps.
#[derive(Clone, Debug, Default)]
struct Slots {
    endpoints: Vec<u32>,
    prefixes: Vec<u32>,
}

impl Slots {
    const NONE: u32 = u32::MAX;

    fn entry(&mut self, destination: Destination) -> &mut u32 {
        let (list, at) = match destination {
            Destination::Endpoint(at) => (&mut self.endpoints, at as usize),
            Destination::Prefix(at) => (&mut self.prefixes, at as usize),
        };
        if list.len() <= at {
            list.resize(at + 1, Self::NONE);
        }
        &mut list[at]
    }
}

impl Table {
    pub(super) fn new(memory: Memory, infinity: u64) -> Self {
        Table {
            memory,
            infinity,
            neighbors: Vec::new(),
            routers: Vec::new(),
            rows: Vec::new(),
            slots: Slots::default(),
            kept: 0,
            compared: 0,
        }
    }

    /// What is at the interfaces, by number.
    pub(super) fn set_neighbors(&mut self, neighbors: Vec<Neighbor>) {
        let all = (0..).map(InterfaceId).zip(&neighbors);
        self.routers = all.filter(|(_, neighbor)| neighbor.is_router).map(|(over, _)| over).collect();
        self.neighbors = neighbors;
    }

    /// A number that is another when anything has changed but the ages of what was heard.
    pub(super) fn identity(&self) -> u64 {
        let rows = self.rows.iter().map(|row| (row.own, row.now));
        let rows = rows.fold(0, |before, row| identity((before, row)));
        let vector = |neighbor: &Neighbor| {
            let metrics = neighbor.vector.iter().map(|heard| heard.map(|heard| heard.metric));
            metrics.fold(0, |before, metric| identity((before, metric)))
        };
        let neighbors = self.neighbors.iter().map(|neighbor| (neighbor.is_up, neighbor.cost, vector(neighbor)));
        neighbors.fold(rows, |before, neighbor| identity((before, neighbor)))
    }

    pub(super) fn neighbor(&self, interface: InterfaceId) -> &Neighbor {
        &self.neighbors[interface.index()]
    }

    /// The place of a destination, made if it has none yet.
    pub(super) fn slot(&mut self, destination: Destination) -> Slot {
        let slot = self.slots.entry(destination);
        if *slot == Slots::NONE {
            *slot = self.rows.len() as u32;
            let (now, told) = (Standing::Unknown, Standing::Unknown);
            self.rows.push(Row { destination, own: None, now, told, is_held: false });
        }
        *slot as Slot
    }

    /// c(x,v) + D_v(y) for the neighbour v at an interface; none from infinity on.
    pub(super) fn offer(&self, interface: InterfaceId, slot: Slot) -> Option<u64> {
        let neighbor = self.neighbor(interface);
        let cost = neighbor.cost.saturating_add(neighbor.metric(slot)?);
        (neighbor.is_up && cost < self.infinity).then_some(cost)
    }

    /// The neighbour at `over` says that a destination costs `metric` from there, or (none) that it is unreachable.
    /// Returns whether the router takes note of it.
    pub(super) fn hear(&mut self, over: InterfaceId, slot: Slot, metric: Option<u64>, now: Time) -> bool {
        self.compared += 1;
        let metric = metric.filter(|&metric| metric < self.infinity);
        if self.memory == Memory::BestRoute && !self.is_better(over, slot, metric) {
            return false;
        }
        match metric {
            Some(metric) => self.note(over, slot, Heard { metric, at: now }),
            None => self.forget(over, slot),
        }
        true
    }

    /// RFC 2453 §3.9.2: what the router of the current route says is believed, good or bad; what others say, if it is
    /// better.
    fn is_better(&self, over: InterfaceId, slot: Slot, metric: Option<u64>) -> bool {
        let row = &self.rows[slot];
        let offer = metric.map(|metric| self.neighbor(over).cost.saturating_add(metric));
        match row.now {
            Standing::Best { via: Via::Own, .. } => false,
            Standing::Best { via: Via::Over(current), .. } if current == over => true,
            Standing::Best { cost, .. } => offer.is_some_and(|offer| offer < cost),
            Standing::Unknown | Standing::Lost => !row.is_held && offer.is_some_and(|offer| offer < self.infinity),
        }
    }

    /// A neighbour is there, at no distance from itself.
    pub(super) fn meet(&mut self, over: InterfaceId, slot: Slot, now: Time) {
        self.note(over, slot, Heard { metric: 0, at: now });
    }

    fn note(&mut self, over: InterfaceId, slot: Slot, heard: Heard) {
        let vector = &mut self.neighbors[over.index()].vector;
        if vector.len() <= slot {
            vector.resize(slot + 1, None);
        }
        self.kept += u64::from(vector[slot].is_none());
        vector[slot] = Some(heard);
    }

    /// Forgets what a neighbour said of a destination.
    fn forget(&mut self, over: InterfaceId, slot: Slot) {
        let entry = self.neighbors[over.index()].vector.get_mut(slot);
        self.kept -= u64::from(entry.and_then(Option::take).is_some());
    }

    /// Forgets all that a neighbour said, and returns of what it spoke.
    pub(super) fn forget_neighbor(&mut self, over: InterfaceId) -> Vec<Slot> {
        let spoken_of = self.neighbor(over).spoken_of();
        self.neighbors[over.index()].vector.clear();
        self.kept -= spoken_of.len() as u64;
        spoken_of
    }

    /// Forgets what was heard `timeout` ago or earlier, and returns of what it spoke, and when the oldest entry left
    /// was heard.
    pub(super) fn expire(&mut self, now: Time, timeout: Duration) -> (Vec<Slot>, Option<Time>) {
        let (mut expired, mut oldest) = (Vec::new(), None);
        for neighbor in &mut self.neighbors {
            for (slot, entry) in neighbor.vector.iter_mut().enumerate() {
                match entry {
                    Some(heard) if heard.at + timeout <= now => {
                        *entry = None;
                        self.kept -= 1;
                        expired.push(slot);
                    }
                    Some(heard) => oldest = Some(oldest.map_or(heard.at, |oldest: Time| oldest.min(heard.at))),
                    None => {}
                }
            }
        }
        expired.sort_unstable();
        expired.dedup();
        (expired, oldest)
    }

    /// The router stands so to a destination from now on. `holds` says whether a loss is believed for a while, whatever
    /// others offer: a hold-down. Returns how it stood before, and how it stands.
    pub(super) fn settle(&mut self, slot: Slot, standing: Standing, holds: bool) -> (Standing, Standing) {
        let (before, mut after) = (self.rows[slot].now, standing);
        if let Standing::Best { via: Via::Over(old), .. } = before {
            let is_own = self.rows[slot].own.is_some();
            if holds && !is_own && self.offer(old, slot).is_none() {
                self.rows[slot].is_held = true;
                after = Standing::Lost;
            }
            if self.memory == Memory::BestRoute && !after.is_over(old) {
                self.forget(old, slot);
            }
        }
        self.rows[slot].now = after;
        (before, after)
    }

    /// How the router stands to a destination, after one neighbour spoke of it. Looks at all neighbours only when the
    /// one that the best way led through got worse.
    pub(super) fn standing_after(&mut self, over: InterfaceId, slot: Slot) -> Standing {
        let row = &self.rows[slot];
        if row.own.is_some() || row.is_held {
            return self.standing(slot);
        }
        let offer = self.offer(over, slot);
        match (row.now, offer) {
            (Standing::Best { cost, via: Via::Over(current) }, Some(offer)) => {
                let rank = |interface| self.neighbor(interface).rank;
                if current == over && offer > cost {
                    return self.standing(slot);
                }
                if (offer, rank(over)) <= (cost, rank(current)) {
                    return Standing::Best { cost: offer, via: Via::Over(over) };
                }
                row.now
            }
            (Standing::Best { via: Via::Over(current), .. }, None) if current != over => row.now,
            (Standing::Best { .. }, _) => self.standing(slot),
            (Standing::Unknown | Standing::Lost, Some(cost)) => Standing::Best { cost, via: Via::Over(over) },
            (Standing::Unknown | Standing::Lost, None) => row.now,
        }
    }

    /// How the router stands to a destination: D_x(y) = min over v of c(x,v) + D_v(y). Of equal costs, the link whose
    /// name comes first. (A router that remembers only the best route has only one to choose from.)
    pub(super) fn standing(&mut self, slot: Slot) -> Standing {
        let row = &self.rows[slot];
        if let Some(cost) = row.own {
            return Standing::Best { cost, via: Via::Own };
        }
        let lost = if row.now == Standing::Unknown { Standing::Unknown } else { Standing::Lost };
        if row.is_held {
            return lost;
        }
        self.compared += self.routers.len() as u64;
        let offer = |&over: &InterfaceId| Some((self.offer(over, slot)?, self.neighbor(over).rank, over));
        let offers = self.routers.iter().filter_map(offer);
        match offers.min() {
            Some((cost, _, over)) => Standing::Best { cost, via: Via::Over(over) },
            None => lost,
        }
    }
}

impl Neighbor {
    pub(super) fn new(node: NodeId, rank: u32, cost: u64, is_router: bool, is_up: bool) -> Self {
        Neighbor { node, rank, cost, is_router, is_up: is_router && is_up, vector: Vec::new() }
    }

    /// D_v(y).
    pub(super) fn metric(&self, slot: Slot) -> Option<u64> {
        let heard = self.vector.get(slot)?.as_ref()?;
        Some(heard.metric)
    }

    /// The destinations in its vector.
    pub(super) fn spoken_of(&self) -> Vec<Slot> {
        (0..self.vector.len()).filter(|&slot| self.vector[slot].is_some()).collect()
    }
}
