//! What routing did in a run whose routers tell each other by messages: every change of a table, every message, when it
//! settled after each event, and what packets went through meanwhile.

pub(crate) mod phases;
pub mod replay;
pub mod steps;
pub(crate) mod travels;
pub(crate) mod views;
pub(crate) mod watch;
pub mod wording;

use std::sync::Arc;

use protocols::routing::describe;
use protocols::routing::names::Names;
use protocols::routing::tables::Table;
use sim_core::Prefix;
use sim_core::packet::{DropReason, Message};
use smallvec::SmallVec;
use steps::{RecordedUntil, Step};
use wording::{WordedTable, Wording};

/// What routing did.
#[derive(Clone, Debug, Default)]
pub struct RoutingOutcome {
    /// The protocol's name.
    pub protocol: &'static str,
    /// The cost from which on a destination counts as unreachable, if there is one.
    pub infinity: Option<u64>,
    /// Names for what messages say.
    pub names: Names,
    /// Names of all nodes, by number.
    pub nodes: Vec<String>,
    /// The numbers of those that speak the protocol.
    pub routers: Vec<usize>,
    /// Names of destinations: all nodes, then the prefixes.
    pub destinations: Vec<String>,
    /// The addresses of each destination; of a node its one.
    pub spans: Vec<Prefix>,
    /// Changes of tables, by time, then router.
    pub changes: Vec<TableChange>,
    /// Changes that are not in the list because there are too many.
    pub changes_left_out: u64,
    /// Messages sent, by time, then router.
    pub messages: Vec<SentMessage>,
    /// Messages that are not in the list because there are too many.
    pub messages_left_out: u64,
    /// What each router did and why, by time, then router; empty unless it was recorded.
    pub steps: Vec<Step>,
    /// How far steps tell everything.
    pub recorded_until: RecordedUntil,
    /// What tables say in steps, and at the end.
    pub wording: Wording,
    /// The tables at the end, router by router, if steps were recorded that far.
    pub tables: Vec<(usize, Vec<WordedTable>)>,
    /// Titles of tables that are not recorded in a network as large as this.
    pub tables_left_out: Vec<String>,
    /// What followed the start and each event.
    pub phases: Vec<Phase>,
    /// What happened to packets of flows that found no way.
    pub mishaps: Vec<Mishap>,
    /// What routers knew at chosen times.
    pub views: Vec<View>,
    /// The six metrics.
    pub scorecard: Scorecard,
    /// The routes that stand at the end: router, destination, route.
    pub routes: Vec<(usize, usize, TableRoute)>,
}

impl RoutingOutcome {
    /// What a message says, in words. There may be a million of them: they are put into words one by one.
    pub fn words(&self, sent: &SentMessage) -> String {
        describe(&*sent.message, &self.names)
    }
}

/// A router's route to a destination changed.
#[derive(Clone, Debug, PartialEq)]
pub struct TableChange {
    /// When, in seconds.
    pub t_s: f64,
    /// At which node.
    pub router: usize,
    /// To which destination.
    pub destination: usize,
    /// The route before, if there was one.
    pub before: Option<TableRoute>,
    /// The route now, if there is one.
    pub after: Option<TableRoute>,
    /// Why.
    pub reason: &'static str,
    /// The path that the decision was against, if the protocol says so.
    pub over: Option<Vec<usize>>,
}

/// A route in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRoute {
    /// What the way costs.
    pub cost: u64,
    /// The neighbours it leads through; none if packets end here.
    pub next_hops: SmallVec<[usize; 2]>,
    /// The routers on the way, this one first, if they are known.
    pub path: Option<Vec<usize>>,
}

/// A message between two routers.
#[derive(Clone, Debug)]
pub struct SentMessage {
    /// When it was sent, in seconds.
    pub t_s: f64,
    /// By which node.
    pub from: usize,
    /// To which.
    pub to: usize,
    /// Over which link direction, by number.
    pub link: usize,
    /// Its bytes at the network layer.
    pub bytes: u32,
    /// What it says.
    pub message: Arc<dyn Message>,
}

impl SentMessage {
    /// Its kind: `hello`, `update`.
    pub fn kind(&self) -> &'static str {
        self.message.kind()
    }
}

/// What followed the start or an event, until the next event.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// After what: `start`, or the event in a few words. Events of one time are one.
    pub after: String,
    /// When that was, in seconds.
    pub at_s: f64,
    /// When the last table changed, in seconds; none if none did.
    pub last_change_s: Option<f64>,
    /// How it ended.
    pub state: Settling,
    /// Messages sent until then, that instant included.
    pub messages: u64,
    /// Their bytes at the network layer.
    pub bytes: u64,
    /// How many routers changed their tables.
    pub routers_touched: usize,
    /// How many routes changed, each counted once.
    pub routes_changed: usize,
    /// How often routes changed.
    pub changes: u64,
    /// Packets of flows dropped in this phase for want of a way.
    pub lost: Losses,
    /// Packets of flows that came to a node a second time in this phase.
    pub looped_packets: u64,
    /// Hops that led back to where a packet had been.
    pub wasted_hops: u64,
}

impl Phase {
    /// How long routing took to settle, in seconds; zero if nothing changed, none if it did not settle.
    pub fn took_s(&self) -> Option<f64> {
        match self.state {
            Settling::Settled => Some(self.last_change_s.map_or(0.0, |last| last - self.at_s)),
            Settling::Changing | Settling::Oscillating => None,
        }
    }
}

/// How a phase ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// No table had changed for as long as the protocol says is enough, or the phase was long over its last change.
    Settled,
    /// Tables were still changing.
    Changing,
    /// Tables were still changing, and routers went back to routes they had had before, again and again.
    Oscillating,
}

impl Settling {
    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Settling::Settled => "settled",
            Settling::Changing => "changing",
            Settling::Oscillating => "oscillating",
        }
    }
}

/// Packets of flows dropped for want of a way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// A table had no entry.
    pub no_route: u64,
    /// A table said that packets end there.
    pub black_hole: u64,
    /// The table led to a link that was cut.
    pub link_down: u64,
    /// They went in a circle until their time to live ran out.
    pub ttl_expired: u64,
}

impl Losses {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.no_route + self.black_hole + self.link_down + self.ttl_expired
    }

    pub(crate) fn add(&mut self, reason: DropReason) {
        match reason {
            DropReason::NoRoute => self.no_route += 1,
            DropReason::BlackHole => self.black_hole += 1,
            DropReason::LinkDown => self.link_down += 1,
            DropReason::TtlExpired => self.ttl_expired += 1,
            DropReason::QueueFull
            | DropReason::Lost
            | DropReason::Corrupted
            | DropReason::TooBig
            | DropReason::PortUnreachable => {}
        }
    }
}

/// Something that happened to a packet of a flow because tables were wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mishap {
    /// When, in seconds.
    pub t_s: f64,
    /// At which node.
    pub node: usize,
    /// What.
    pub kind: MishapKind,
}

/// What can happen to a packet when tables are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MishapKind {
    /// Dropped without a route, or into a black hole.
    BlackHole,
    /// Dropped at a link that was cut.
    LinkDown,
    /// Dropped after going in circles.
    TtlExpired,
    /// It came to a node again.
    Looped,
}

/// What a router knew at a time: the tables of its protocol's lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// When, in seconds.
    pub t_s: f64,
    /// Which node.
    pub router: usize,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// The six metrics of the routing challenge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scorecard {
    /// Mean time of a packet of a flow from end to end, in seconds.
    pub latency_s: Option<f64>,
    /// Mean difference of the times of two packets of a flow in a row, in seconds.
    pub jitter_s: Option<f64>,
    /// Application data that all flows delivered, in bits per second of the run.
    pub bandwidth_bps: f64,
    /// Share of the packets of routing in all bytes on links, from 0 to 1.
    pub overhead: f64,
    /// Messages that all routers sent.
    pub messages: u64,
    /// Their bytes, as the protocol counts them: at the network layer, of path vector without TCP and IP.
    pub message_bytes: u64,
    /// Entries that a router keeps at the end, mean and largest.
    pub entries: (f64, u64),
    /// Steps of computation of a router, mean and largest.
    pub steps: (f64, u64),
}
