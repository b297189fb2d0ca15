//! What a router does when a message comes, a link changes, or a timer is due.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId, NodeId};
use sim_core::packet;
use sim_core::time::{Duration, Time};

use super::super::deadlines::Deadlines;
use super::super::journal::Reason;
use super::super::process::{Effort, Process};
use super::super::protocol::Place;
use super::super::route::Route;
use super::super::router::{Interface, Peer, Router};
use super::super::tables::TableWriter;
use super::table::{Neighbor, Slot, Standing, Table, Via};
use super::update::{Entry, Message, Occasion};
use super::{Config, Contents, Memory, TriggeredUpdates};

/// A router's process.
#[derive(Clone, Debug)]
pub(super) struct DistanceVector {
    config: Config,
    pub(super) node: NodeId,
    /// The routers at the other ends of cables, as destinations.
    adjacent: BTreeMap<NodeId, Destination>,
    pub(super) table: Table,
    /// What may have to be told.
    changed: BTreeSet<Slot>,
    /// When the next triggered update may be sent.
    quiet_until: Time,
    deadlines: Deadlines<Timer>,
}

/// What it waits for. At one instant the earlier is done first: what a regular update tells need not trigger another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// An entry may be too old to be believed.
    Expiry,
    /// A lost destination may be reached another way again.
    HoldDown(Slot),
    /// A lost destination is forgotten.
    Garbage(Slot),
    /// The vector is told to all neighbours.
    Regular,
    /// What changed is told to all neighbours.
    Triggered,
}

impl DistanceVector {
    pub(super) fn new(config: &Config, place: &Place<'_>) -> Self {
        let network = &place.network;
        let others = network.adjacent.iter().filter_map(|&(a, b)| match place.node {
            node if node == a => Some(b),
            node if node == b => Some(a),
            _ => None,
        });
        DistanceVector {
            config: config.clone(),
            node: place.node,
            adjacent: others.filter_map(|other| Some((other, network.destinations[other.index()]?))).collect(),
            table: Table::new(config.remember, config.infinity),
            changed: BTreeSet::new(),
            quiet_until: Time::ZERO,
            deadlines: Deadlines::default(),
        }
    }

    /// What the router has at an interface. A link costs at least 1.
    fn neighbor_at(interface: &Interface) -> Neighbor {
        let is_router = interface.peer == Peer::Router;
        Neighbor::new(interface.neighbor, interface.rank, interface.cost.max(1), is_router, interface.is_up)
    }

    /// In the textbook a router knows its neighbours as soon as it knows what the links to them cost.
    fn meet(&mut self, router: &mut Router<'_, '_>, over: InterfaceId) {
        let neighbor = self.table.neighbor(over);
        if self.config.remember == Memory::BestRoute || !neighbor.is_up {
            return;
        }
        let Some(&destination) = self.adjacent.get(&neighbor.node) else { return };
        let slot = self.table.slot(destination);
        self.table.meet(over, slot, router.now());
        self.watch_age(router.now());
        self.review(router, slot, Reason::CostChanged);
    }

    /// Keeps an eye on the age of what was heard now.
    fn watch_age(&mut self, now: Time) {
        if self.deadlines.get(Timer::Expiry).is_none() {
            self.deadlines.set(Timer::Expiry, now + self.config.timeout);
        }
    }

    /// What is here, or no longer here, is told by `reason`.
    fn on_own_change(&mut self, router: &mut Router<'_, '_>, destination: Destination, reason: Reason) {
        let own = router.own_destinations().into_iter().filter(|(own, _)| *own == destination);
        let cost = own.map(|(_, cost)| cost).min();
        let slot = self.table.slot(destination);
        self.table.rows[slot].own = cost;
        self.review(router, slot, reason);
    }

    /// Finds the best way to a destination anew. If the one it had is gone, it is for this reason.
    fn review(&mut self, router: &mut Router<'_, '_>, slot: Slot, loss: Reason) {
        let standing = self.table.standing(slot);
        self.settle(router, slot, standing, loss);
    }

    fn settle(&mut self, router: &mut Router<'_, '_>, slot: Slot, standing: Standing, loss: Reason) {
        let (before, after) = self.table.settle(slot, standing, !self.config.hold_down.is_zero());
        if before == after {
            return;
        }
        let row = &self.table.rows[slot];
        let destination = row.destination;
        let is_held = row.is_held;
        if self.config.is_news(row) {
            self.on_news(router, slot);
        }
        if after == Standing::Lost {
            // What is held is not forgotten before it is let go.
            let memory = self.config.garbage_collection.max(self.config.hold_down);
            self.deadlines.set(Timer::Garbage(slot), router.now() + memory);
            if is_held {
                self.deadlines.set(Timer::HoldDown(slot), router.now() + self.config.hold_down);
            }
        } else {
            self.deadlines.cancel(Timer::Garbage(slot));
        }
        let route = match after {
            // The routes to this router and to attached hosts are not ours to set.
            Standing::Best { via: Via::Own, .. } if !router.announced().contains(&destination) => return,
            Standing::Best { via: Via::Own, .. } => Some(Route::here()),
            Standing::Best { cost, via: Via::Over(over) } => Some(Route::over(cost, [over])),
            Standing::Lost | Standing::Unknown => None,
        };
        let reason = self.reason(slot, before, after, loss);
        router.set_route(destination, route, reason);
    }

    /// There is something to tell before the next regular update.
    fn on_news(&mut self, router: &mut Router<'_, '_>, slot: Slot) {
        if self.config.triggered_updates != TriggeredUpdates::Off {
            self.changed.insert(slot);
        }
        if self.deadlines.get(Timer::Triggered).is_some() {
            return;
        }
        let now = router.now();
        let due = match self.config.triggered_updates {
            TriggeredUpdates::Off => return,
            TriggeredUpdates::AtOnce => now,
            TriggeredUpdates::Spaced { .. } => self.quiet_until.max(now),
            TriggeredUpdates::Delayed { least, most } => now + Self::between(router, least, most),
        };
        self.deadlines.set(Timer::Triggered, due);
    }

    /// A random time.
    fn between(router: &mut Router<'_, '_>, least: Duration, most: Duration) -> Duration {
        least + router.random().time_below(most.saturating_sub(least))
    }

    fn reason(&self, slot: Slot, before: Standing, after: Standing, loss: Reason) -> Reason {
        let (Standing::Best { cost: old, via: old_via }, Standing::Best { cost, via }) = (before, after) else {
            return match (before, after) {
                (Standing::Unknown | Standing::Lost, Standing::Best { via: Via::Over(_), .. }) => Reason::Learned,
                _ => loss,
            };
        };
        match (old_via, via) {
            (Via::Own, _) | (_, Via::Own) => loss,
            (Via::Over(before), Via::Over(after)) if before == after => Reason::CostChanged,
            _ if cost < old => Reason::Cheaper,
            _ if cost == old => Reason::Preferred { rule: "name", over: None },
            (Via::Over(before), _) if self.table.offer(before, slot).is_some() => Reason::CostChanged,
            _ => loss,
        }
    }

    /// What the neighbour at `to` is told of all destinations.
    fn whole_vector(&self, to: InterfaceId) -> Vec<Entry> {
        self.table.rows.iter().filter_map(|row| self.config.entry(row, to)).collect()
    }

    fn tell(router: &mut Router<'_, '_>, to: InterfaceId, occasion: Occasion, entries: &[Entry]) {
        for message in Message::updates(occasion, entries) {
            let bytes = message.bytes();
            router.send(to, message, bytes);
        }
    }

    fn ask(router: &mut Router<'_, '_>, to: InterfaceId) {
        router.send(to, Arc::new(Message::Request), Message::Request.bytes());
    }

    /// Tells all neighbours the whole vector.
    fn on_regular_update(&mut self, router: &mut Router<'_, '_>) {
        for to in router.usable_interfaces() {
            Self::tell(router, to, Occasion::Regular, &self.whole_vector(to));
        }
        for row in &mut self.table.rows {
            row.told = row.now;
        }
        self.changed.clear();
        self.deadlines.cancel(Timer::Triggered);
        let Config { update_interval, jitter, .. } = self.config;
        let pause = Self::between(router, update_interval.saturating_sub(jitter), update_interval + jitter);
        self.deadlines.set(Timer::Regular, router.now() + pause);
    }

    /// Tells all neighbours what changed, if it is not again as they know it.
    fn on_triggered_update(&mut self, router: &mut Router<'_, '_>) {
        let changed = std::mem::take(&mut self.changed);
        let rows = &self.table.rows;
        let news: Vec<Slot> = changed.into_iter().filter(|&slot| self.config.is_news(&rows[slot])).collect();
        if news.is_empty() {
            return;
        }
        for to in router.usable_interfaces() {
            let entries = match self.config.triggered_contents {
                Contents::Everything => self.whole_vector(to),
                Contents::Changes => news.iter().filter_map(|&slot| self.config.entry(&rows[slot], to)).collect(),
            };
            Self::tell(router, to, Occasion::Triggered, &entries);
        }
        for slot in news {
            self.table.rows[slot].told = self.table.rows[slot].now;
        }
        if let TriggeredUpdates::Spaced { least, most } = self.config.triggered_updates {
            self.quiet_until = router.now() + Self::between(router, least, most);
        }
    }

    /// What nobody has confirmed for the timeout is no longer believed (RFC 2453 §3.8).
    fn on_expiry(&mut self, router: &mut Router<'_, '_>) {
        let (expired, oldest) = self.table.expire(router.now(), self.config.timeout);
        if let Some(oldest) = oldest {
            self.deadlines.set(Timer::Expiry, oldest + self.config.timeout);
        }
        for slot in expired {
            self.review(router, slot, Reason::Expired);
        }
    }
}

impl Process for DistanceVector {
    fn on_start(&mut self, router: &mut Router<'_, '_>) {
        self.quiet_until = router.now();
        self.table.set_neighbors(router.interfaces().iter().map(Self::neighbor_at).collect());
        for (destination, cost) in router.own_destinations() {
            let slot = self.table.slot(destination);
            let own = &mut self.table.rows[slot].own;
            *own = Some(own.map_or(cost, |known| known.min(cost)));
            self.review(router, slot, Reason::Announced);
        }
        for over in router.usable_interfaces() {
            self.meet(router, over);
            if self.config.requests {
                Self::ask(router, over);
            }
        }
        self.deadlines.set(Timer::Regular, router.now());
    }

    fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &Arc<dyn packet::Message>) {
        let message: &dyn Any = &**message;
        match message.downcast_ref() {
            Some(Message::Request) => Self::tell(router, over, Occasion::Answer, &self.whole_vector(over)),
            Some(Message::Update { entries, .. }) => {
                self.watch_age(router.now());
                for &Entry { destination, metric } in entries {
                    let slot = self.table.slot(destination);
                    if self.table.hear(over, slot, metric, router.now()) {
                        let standing = self.table.standing_after(over, slot);
                        let loss = if metric.is_some() { Reason::Infinity } else { Reason::Withdrawn };
                        self.settle(router, slot, standing, loss);
                    }
                }
            }
            None => {}
        }
    }

    fn on_interface_change(&mut self, router: &mut Router<'_, '_>, over: InterfaceId) {
        let interface = router.interface(over).clone();
        if let Peer::Host(host) = interface.peer {
            return self.on_own_change(router, host, Reason::Connected);
        }
        let neighbor = &mut self.table.neighbors[over.index()];
        let was_up = neighbor.is_up;
        (neighbor.is_up, neighbor.cost) = (interface.is_up, interface.cost.max(1));
        let reason = if interface.is_up { Reason::CostChanged } else { Reason::NeighborLost };
        let spoken_of = if interface.is_up { neighbor.spoken_of() } else { self.table.forget_neighbor(over) };
        for slot in spoken_of {
            self.review(router, slot, reason.clone());
        }
        if !was_up && interface.is_up {
            self.meet(router, over);
            if self.config.requests {
                Self::ask(router, over);
            } else {
                Self::tell(router, over, Occasion::Triggered, &self.whole_vector(over));
            }
        }
    }

    fn on_deadline(&mut self, router: &mut Router<'_, '_>) {
        while let Some(timer) = self.deadlines.take_due(router.now()) {
            match timer {
                Timer::Expiry => self.on_expiry(router),
                Timer::HoldDown(slot) => {
                    self.table.rows[slot].is_held = false;
                    self.review(router, slot, Reason::Learned);
                }
                Timer::Garbage(slot) => {
                    let row = &mut self.table.rows[slot];
                    (row.now, row.told) = (Standing::Unknown, Standing::Unknown);
                }
                Timer::Regular => self.on_regular_update(router),
                Timer::Triggered => self.on_triggered_update(router),
            }
        }
    }

    fn next_deadline(&self) -> Time {
        self.deadlines.next()
    }

    fn on_announcement(&mut self, router: &mut Router<'_, '_>, destination: Destination) {
        self.on_own_change(router, destination, Reason::Announced);
    }

    fn effort(&self) -> Effort {
        Effort { entries: self.table.kept, steps: self.table.compared }
    }

    fn write_tables(&self, to: &mut TableWriter<'_>) {
        super::show::write(self, to);
    }
}
