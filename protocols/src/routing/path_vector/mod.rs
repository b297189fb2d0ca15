//! Path vector: neighbours tell each other whole paths, and policy chooses among them, as in the Border Gateway Protocol.
//!
//! BGP-4 (RFC 4271) between autonomous systems of one router each, so that every session is external: sessions over
//! simulated TCP with OPEN, KEEPALIVE, UPDATE and NOTIFICATION; the decision process in the RFC's order; loops found by
//! one's own system on the path; import and export policies, with those of customers, peers and providers (Gao and
//! Rexford, "Stable Internet Routing Without Global Coordination", 2001) as a preset; minimum intervals between UPDATEs.
//!
//! | file | what |
//! | --- | --- |
//! | `config` | the parameters, and what can be wrong with them |
//! | `policy` | what is let in and what is told |
//! | `rib` | what is known of a destination; the decision process |
//! | `updates` | what an UPDATE changes, and which UPDATEs follow |
//! | `session` | the state machine of a session |
//! | `connection` | TCP below it, with messages beside its bytes |
//! | `messages` | what is said, and how long it is |
//! | `tables` | for those who read |
//!
//! The MRAI runs for each neighbour, not for each destination, which RFC 4271 §9.2.1.1 allows and routers do; it is random
//! in 75 to 100 % of its value (§10), begins with the first UPDATE, and holds back withdrawals too unless `mrai_for` says
//! otherwise. A route is not told to the neighbour it came from.
//!
//! Not modelled: internal sessions, route reflection, confederations; aggregation of prefixes and AS sets; communities
//! (policies see neighbours and paths); route flap damping (RFC 2439), graceful restart; malformed messages; path MTU
//! discovery (segments carry up to 1460 bytes).

mod config;
mod connection;
mod messages;
mod policy;
mod rib;
mod session;
mod tables;
mod updates;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId, NodeId};
use sim_core::packet::Message;
use sim_core::time::{Duration, Time};

pub use config::{Config, Limited, Preset, Relationship, Rule, Verdict};
pub use messages::{Attributes, BgpMessage, Error, Origin, Update, describe};

use self::connection::Segment;
use self::policy::Policy;
use self::rib::{Entry, Place, Source};
use self::session::{Session, State, Timer};
use super::deadlines::Deadlines;
use super::process::{Effort, Process};
use super::protocol;
use super::router::{Peer, Router};
use super::tables::TableWriter;
use crate::tcp;

/// What it does, in one line.
pub const SUMMARY: &str = "Path vector: whole paths and policies, as in BGP.";
/// Where it is from.
pub const SOURCE: &str = "RFC 4271; Gao and Rexford 2001";

/// The process of one router.
#[derive(Clone, Debug)]
pub struct PathVector {
    setup: Arc<Setup>,
    /// One for each cable to a router, in the order of the cables' names.
    sessions: Vec<Session>,
    /// By interface, which session runs over it.
    session_over: Vec<Option<usize>>,
    /// What is known, in the order in which destinations were heard of. None is ever taken out.
    entries: Vec<Entry>,
    places: BTreeMap<Destination, Place>,
    deadlines: Deadlines<(usize, Timer)>,
    /// Sessions that may have something to send or another deadline.
    awake: BTreeSet<usize>,
    /// Whether any path ever had a MULTI_EXIT_DISC: without, one comparison tells whether a new path is best.
    knows_meds: bool,
    /// Counts changes of entries, for those who look on.
    revision: u64,
}

/// What does not change while a router runs.
#[derive(Debug)]
struct Setup {
    node: NodeId,
    policy: Policy,
    /// Neighbours to which this router opens the connection, sorted.
    opens_to: Vec<NodeId>,
    /// Whether the router itself and its hosts are announced.
    announces_hosts: bool,
    /// By number of the prefix.
    prefix_lengths: Box<[u8]>,
    always_compare_med: bool,
    mrai: Duration,
    mrai_for: Limited,
    keepalive: Duration,
    hold_time: Duration,
    connect_retry: Duration,
    jitter: bool,
    tcp: tcp::Config,
}

impl PathVector {
    /// The process of the router at `place`.
    pub fn new(config: &Config, place: &protocol::Place<'_>) -> Self {
        let network = &place.network;
        let name = |node: NodeId| network.nodes[node.index()];
        let neighbors = network.adjacent.iter().filter_map(|&(a, b)| match place.node {
            node if node == a => Some(b),
            node if node == b => Some(a),
            _ => None,
        });
        let mut opens_to: Vec<NodeId> = neighbors.filter(|&other| name(place.node) < name(other)).collect();
        opens_to.sort_unstable();
        let setup = Setup {
            node: place.node,
            policy: Policy::new(config, place),
            opens_to,
            announces_hosts: config.host_routes && !config.networks.contains_key(name(place.node)),
            prefix_lengths: network.prefixes.iter().map(|prefix| prefix.length()).collect(),
            always_compare_med: config.always_compare_med,
            mrai: config.mrai,
            mrai_for: config.mrai_for,
            keepalive: config.keepalive,
            hold_time: config.hold_time,
            connect_retry: config.connect_retry,
            jitter: config.jitter,
            tcp: tcp::Config::default(),
        };
        PathVector {
            setup: Arc::new(setup),
            sessions: Vec::new(),
            session_over: Vec::new(),
            entries: Vec::new(),
            places: BTreeMap::new(),
            deadlines: Deadlines::default(),
            awake: BTreeSet::new(),
            knows_meds: false,
            revision: 0,
        }
    }

    /// Sends what there is to send, and sees to the deadlines of the connections that were used.
    fn settle(&mut self, router: &mut Router<'_, '_>) {
        for at in std::mem::take(&mut self.awake) {
            self.flush(router, at);
            let due =
                self.sessions[at].connection.as_ref().map_or(Time::NEVER, |connection| connection.next_deadline());
            if due == Time::NEVER {
                self.deadlines.cancel((at, Timer::Tcp));
            } else if self.deadlines.get((at, Timer::Tcp)) != Some(due) {
                self.deadlines.set((at, Timer::Tcp), due);
            }
        }
        // Sending wakes the session that sends.
        self.awake.clear();
    }
}

impl Process for PathVector {
    fn on_start(&mut self, router: &mut Router<'_, '_>) {
        let mut cables: Vec<_> = router.interfaces().iter().filter(|cable| cable.peer == Peer::Router).collect();
        cables.sort_unstable_by_key(|cable| cable.rank);
        self.session_over = vec![None; router.interfaces().len()];
        let mut numbers: BTreeMap<NodeId, u32> = BTreeMap::new();
        for (at, cable) in cables.into_iter().enumerate() {
            let neighbor = cable.neighbor;
            let number = numbers.entry(neighbor).or_insert(0);
            *number += 1;
            let source = Source { over: cable.id, neighbor, cable: *number, router_id: 0, rank: cable.rank };
            let is_opener = self.setup.opens_to.binary_search(&cable.neighbor).is_ok();
            self.session_over[cable.id.index()] = Some(at);
            self.sessions.push(Session::new(source, is_opener));
        }
        self.refresh_own(router);
        for at in 0..self.sessions.len() {
            if router.interface(self.sessions[at].source.over).is_up {
                self.start(router, at);
            }
        }
        self.settle(router);
    }

    fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &Arc<dyn Message>) {
        let message: &dyn Any = &**message;
        let session = self.session_over.get(over.index()).copied().flatten();
        let (Some(segment), Some(at)) = (message.downcast_ref::<Segment>(), session) else { return };
        self.on_segment(router, at, segment);
        self.settle(router);
    }

    fn on_interface_change(&mut self, router: &mut Router<'_, '_>, interface: InterfaceId) {
        let is_up = router.interface(interface).is_up;
        match self.session_over.get(interface.index()) {
            // Not yet started.
            None => return,
            Some(None) => self.refresh_own(router),
            Some(&Some(at)) => match (self.sessions[at].state, is_up) {
                (State::Idle, true) => {
                    self.deadlines.cancel((at, Timer::ConnectRetry));
                    self.start(router, at);
                }
                (
                    State::Idle
                    | State::Connect
                    | State::Active
                    | State::OpenSent
                    | State::OpenConfirm
                    | State::Established,
                    false,
                ) => self.stop(router, at),
                // Only its cost has changed.
                (State::Connect | State::Active | State::OpenSent | State::OpenConfirm | State::Established, true) => {}
            },
        }
        self.settle(router);
    }

    fn on_deadline(&mut self, router: &mut Router<'_, '_>) {
        while let Some((at, timer)) = self.deadlines.take_due(router.now()) {
            self.on_timer(router, at, timer);
            // A connection's next deadline may be due as well.
            self.settle(router);
        }
    }

    fn next_deadline(&self) -> Time {
        self.deadlines.next()
    }

    fn on_announcement(&mut self, router: &mut Router<'_, '_>, _destination: Destination) {
        // Also before the start, which then finds it done.
        self.refresh_own(router);
        self.settle(router);
    }

    fn effort(&self) -> Effort {
        // The comparisons are counted by the router as they are made.
        let paths = self.entries.iter().map(|entry| entry.candidates.len() as u64 + u64::from(entry.is_own));
        Effort { entries: paths.sum(), steps: 0 }
    }

    fn write_tables(&self, to: &mut TableWriter<'_>) {
        self.write_adj_ribs_in(to);
        self.write_loc_rib(to);
    }
}

/// A span shortened by a random part of up to a quarter (RFC 4271 §10).
fn jittered(router: &mut Router<'_, '_>, span: Duration, jitter: bool) -> Duration {
    if !jitter {
        return span;
    }
    let least = span / 4 * 3;
    least + router.random().time_below(span.saturating_sub(least))
}

#[cfg(test)]
mod tests;
