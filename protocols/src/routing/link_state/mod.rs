//! Link-state routing: every router tells all others of its own links, and each computes the paths by itself.
//!
//! After OSPF version 2 (RFC 2328) on point-to-point links in one area; Kurose & Ross 5.2.1 and 5.3.
//!
//! ```text
//! hellos          who is there?                          adjacency.rs   section 9.5, 10.5
//! adjacencies     two databases are made alike           adjacency.rs   10.1 to 10.3, 10.6 to 10.9
//! flooding        what is new goes to everyone           flooding.rs    12.4, 13, 14
//! shortest paths  from the database to the table         spf.rs         16.1
//! ```
//!
//! The state machine of a neighbour (figures 12 and 13 of the RFC):
//!
//! ```text
//! Down --HelloReceived--> Init --2-WayReceived--> ExStart --NegotiationDone--> Exchange
//!                                                                                 |  ExchangeDone
//!                                          Full <--LoadingDone-- Loading <--------+
//!                                            ^------------------------------------+  nothing to load
//! silence for the dead interval or a lost carrier: Down; 1-WayReceived: Init; SeqNumberMismatch, BadLSReq: ExStart
//! ```
//!
//! Each router has one LSA: its links to adjacent routers, and as stub networks itself, attached hosts and announced
//! prefixes. A prefix that is withdrawn is missing from the next. A router that starts anew finds its old LSA among its
//! neighbours' and counts on from there (13.4). Ages grow by time and by a second for each hop (InfTransDelay).
//!
//! Departures: ages are exact, not whole seconds; contents are compared where OSPF compares checksums; costs are not
//! limited to 16 bits; computations of paths are held apart by one fixed time, where RFC 8405 has three; what this router
//! has lost is left out of its own computation at once, though it may tell others only after MinLSInterval; and as
//! MinLSArrival is about flooding, an LSA that was asked for may be replaced at once.
//!
//! Not modelled: areas, other kinds of LSA, shared segments and designated routers, authentication, options, interface
//! MTUs in database descriptions, demand circuits, graceful restart, and the wrap of sequence numbers, which takes 2^32
//! LSAs of one router (12.1.6). An LSA of more than 119 links and stub networks is longer than a packet: IP would send it
//! in fragments, and so does this module, which reassembles one packet at a time.

mod adjacency;
mod config;
mod flooding;
mod lsdb;
mod messages;
mod spf;
mod tables;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId, NodeId};
use sim_core::packet::Message;
use sim_core::time::{Duration, Time};

pub use config::Config;
pub use lsdb::{Instance, Link, Lsa, Stub};
pub use messages::{Description, Fragment, OspfBody, OspfPacket, describe};

use super::deadlines::Deadlines;
use super::journal::Reason;
use super::process::{Effort, Process};
use super::route::Route;
use super::router::{Peer, Router};
use super::tables::TableWriter;
use adjacency::Neighbor;
use lsdb::Lsdb;
use messages::fragments;

/// One line for those who choose.
pub const SUMMARY: &str = "Every router floods the state of its links; each computes shortest paths (OSPF).";

/// Where it is from.
pub const SOURCE: &str = "RFC 2328 (OSPF version 2); RFC 8405 (SPF delay); Kurose & Ross 5.2.1";

/// The process of one router.
#[derive(Clone, Debug)]
pub struct LinkState {
    config: Config,
    /// The router id.
    id: u32,
    node: NodeId,
    /// Interfaces with a router at the other end, by rank of the outgoing link's name.
    ports: Vec<Port>,
    /// Place among `ports`, by number of the interface.
    port_of: Vec<Option<usize>>,
    lsdb: Lsdb,
    /// The number of this router's last LSA.
    sequence: i32,
    /// When it was made.
    originated: Option<Time>,
    /// When paths were last computed.
    computed: Option<Time>,
    /// Destinations that there are routes to by this protocol, in their order.
    routed: Vec<Destination>,
    deadlines: Deadlines<Timer>,
    /// Edges relaxed.
    steps: u64,
}

/// An interface with a router at the other end.
#[derive(Clone, Debug)]
struct Port {
    interface: InterfaceId,
    rank: u32,
    /// None: Down.
    neighbor: Option<Neighbor>,
    /// What the current event makes this router send: LSAs, and acknowledgements that do not wait.
    updates: Vec<Instance>,
    acks: Vec<Instance>,
    /// A packet of which some fragments have come, and which.
    partial: Option<(Arc<OspfPacket>, BTreeSet<u32>)>,
}

/// What a router waits for; numbers are places among its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// The next hello is to be sent.
    Hello(usize),
    /// The neighbour has been silent for too long.
    Inactivity(usize),
    /// A database description has not been answered.
    Describe(usize),
    /// A request has not been answered.
    Request(usize),
    /// LSAs have not been acknowledged.
    Resend(usize),
    /// Acknowledgements have waited long enough for others.
    Ack(usize),
    /// MinLSInterval is over.
    Originate,
    /// The own LSA has reached LSRefreshTime.
    Refresh,
    /// The oldest LSA reaches MaxAge.
    MaxAge,
    /// Paths are to be computed.
    Spf,
}

impl LinkState {
    /// A process that knows nothing yet.
    pub fn new(config: &Config) -> Self {
        LinkState {
            config: config.clone(),
            id: 0,
            node: NodeId(0),
            ports: Vec::new(),
            port_of: Vec::new(),
            lsdb: Lsdb::default(),
            sequence: lsdb::INITIAL_SEQUENCE - 1,
            originated: None,
            computed: None,
            routed: Vec::new(),
            deadlines: Deadlines::default(),
            steps: 0,
        }
    }

    /// The LSAs of the database, by router id.
    pub fn database(&self) -> impl Iterator<Item = &Lsa> {
        self.lsdb.entries().map(|entry| &*entry.lsa)
    }

    /// An interval, shortened at random.
    fn jittered(&self, router: &mut Router<'_, '_>, interval: Duration) -> Duration {
        let most = interval / 100 * u64::from(self.config.jitter_percent);
        interval.saturating_sub(router.random().time_below(most))
    }

    fn send(&self, router: &mut Router<'_, '_>, port: usize, body: OspfBody) {
        let packet = |body| Arc::new(OspfPacket { router: self.id, node: self.node, body });
        let (over, whole) = (self.ports[port].interface, packet(body));
        let bytes = whole.bytes();
        if bytes <= self.max_packet() {
            return router.send(over, whole, bytes);
        }
        for fragment in fragments(&whole, self.max_packet()) {
            let bytes = fragment.bytes;
            router.send(over, packet(OspfBody::Fragment(fragment)), bytes);
        }
    }

    /// A fragment has come: the packet, if it was the last.
    fn assemble(&mut self, port: usize, fragment: &Fragment) -> Option<Arc<OspfPacket>> {
        let partial = &mut self.ports[port].partial;
        let is_same = |(packet, _): &(Arc<OspfPacket>, _)| Arc::ptr_eq(packet, &fragment.whole);
        if !partial.as_ref().is_some_and(is_same) {
            *partial = Some((fragment.whole.clone(), BTreeSet::new()));
        }
        let (_, parts) = partial.as_mut()?;
        parts.insert(fragment.part);
        if parts.len() as u32 == fragment.parts { partial.take().map(|(packet, _)| packet) } else { None }
    }

    fn on_packet(&mut self, router: &mut Router<'_, '_>, port: usize, packet: &OspfPacket) {
        match &packet.body {
            OspfBody::Hello(neighbor) => self.on_hello(router, port, packet, *neighbor),
            OspfBody::DatabaseDescription(description) => self.on_description(router, port, description),
            OspfBody::LinkStateRequest(routers) => self.on_request(router, port, routers),
            OspfBody::LinkStateUpdate(instances) => self.on_update(router, port, instances),
            OspfBody::LinkStateAck(headers) => self.on_ack(router, port, headers),
            OspfBody::Fragment(fragment) => {
                if let Some(whole) = self.assemble(port, fragment) {
                    self.on_packet(router, port, &whole);
                }
            }
        }
    }

    /// The largest packet to be filled.
    fn max_packet(&self) -> u32 {
        u32::try_from(self.config.max_packet.get()).unwrap_or(u32::MAX)
    }

    fn on_timer(&mut self, router: &mut Router<'_, '_>, timer: Timer) {
        match timer {
            Timer::Hello(port) => self.say_hello(router, port),
            Timer::Inactivity(port) => self.lose_neighbor(router, port),
            Timer::Describe(port) => self.repeat_description(router, port),
            Timer::Request(port) => self.request(router, port),
            Timer::Resend(port) => self.resend(router, port),
            Timer::Ack(port) => self.send_delayed_acks(router, port),
            Timer::Originate => self.originate(router),
            Timer::Refresh => self.refresh(router),
            Timer::MaxAge => self.expire(router),
            Timer::Spf => self.compute_routes(router),
        }
    }
}

impl Process for LinkState {
    fn on_start(&mut self, router: &mut Router<'_, '_>) {
        (self.id, self.node) = (router.id(), router.node());
        let to_routers = router.interfaces().iter().filter(|interface| interface.peer == Peer::Router);
        let port = |interface: &super::router::Interface| Port {
            interface: interface.id,
            rank: interface.rank,
            neighbor: None,
            updates: Vec::new(),
            acks: Vec::new(),
            partial: None,
        };
        self.ports = to_routers.map(port).collect();
        self.ports.sort_by_key(|port| port.rank);
        self.port_of = vec![None; router.interfaces().len()];
        for (at, port) in self.ports.iter().enumerate() {
            self.port_of[port.interface.index()] = Some(at);
        }
        for &announced in router.announced().to_vec().iter() {
            router.set_route(announced, Some(Route::here()), Reason::Announced);
        }
        self.originate(router);
        for at in 0..self.ports.len() {
            if router.interface(self.ports[at].interface).is_up {
                // Spread over what the interval may be shortened by.
                let early = self.jittered(router, self.config.hello_interval);
                let wait = self.config.hello_interval.saturating_sub(early);
                self.deadlines.set(Timer::Hello(at), router.now() + wait);
            }
        }
    }

    fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &Arc<dyn Message>) {
        let message: &dyn Any = &**message;
        let (Some(port), Some(packet)) = (self.port_of[over.index()], message.downcast_ref::<OspfPacket>()) else {
            return;
        };
        self.on_packet(router, port, packet);
        self.flush(router);
    }

    fn on_interface_change(&mut self, router: &mut Router<'_, '_>, interface: InterfaceId) {
        if let Some(port) = self.port_of[interface.index()] {
            let is_up = router.interface(interface).is_up;
            if !is_up {
                self.deadlines.cancel(Timer::Hello(port));
                self.lose_neighbor(router, port);
            } else if self.deadlines.get(Timer::Hello(port)).is_none() {
                self.say_hello(router, port);
            }
        }
        // A cost, or a host that came or went. Nothing is said if nothing changed.
        self.originate(router);
        self.flush(router);
    }

    fn on_deadline(&mut self, router: &mut Router<'_, '_>) {
        while let Some(timer) = self.deadlines.take_due(router.now()) {
            self.on_timer(router, timer);
        }
        self.flush(router);
    }

    fn next_deadline(&self) -> Time {
        self.deadlines.next()
    }

    fn on_announcement(&mut self, router: &mut Router<'_, '_>, destination: Destination) {
        let is_here = router.announced().contains(&destination);
        router.set_route(destination, is_here.then(Route::here), Reason::Announced);
        self.originate(router);
        // Another router may announce it too.
        self.schedule_spf(router);
        self.flush(router);
    }

    fn effort(&self) -> Effort {
        Effort { entries: self.lsdb.size(), steps: self.steps }
    }

    fn write_tables(&self, to: &mut TableWriter<'_>) {
        self.write_dijkstra(to);
        self.write_database(to);
    }
}
