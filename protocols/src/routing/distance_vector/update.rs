//! Messages, and what is told to whom.

use std::any::Any;
use std::fmt::Write;
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId};
use sim_core::packet::{self, IPV4_HEADER};

use super::super::names::Names;
use super::table::{Row, Standing, Via};
use super::{Config, Memory};

/// What routers say to each other.
#[derive(Debug)]
pub enum Message {
    /// Asks a neighbour for its vector (RFC 2453 §3.9.1).
    Request,
    /// A vector, or a part of one.
    Update {
        /// Why it is sent.
        occasion: Occasion,
        /// The vector.
        entries: Vec<Entry>,
    },
}

/// Why an update is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It was time.
    Regular,
    /// Something changed.
    Triggered,
    /// The neighbour asked.
    Answer,
}

/// What a destination costs from the router that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// To where.
    pub destination: Destination,
    /// How much; none if it is unreachable (on the wire: infinity).
    pub metric: Option<u64>,
}

impl packet::Message for Message {
    fn kind(&self) -> &'static str {
        match self {
            Message::Request => "request",
            Message::Update { .. } => "update",
        }
    }
}

impl Message {
    /// As many fit into one message (RFC 2453 §4): a longer vector takes several.
    pub const MOST_ENTRIES: usize = 25;

    /// Bytes at the network layer: IP and UDP headers, four of RIP's own, twenty for each entry (RFC 2453 §4). A
    /// request for the whole vector has one entry, which says so (§3.9.1).
    pub fn bytes(&self) -> u32 {
        const UDP_HEADER: u32 = 8;
        let entries = match self {
            Message::Request => 1,
            Message::Update { entries, .. } => entries.len() as u32,
        };
        IPV4_HEADER + UDP_HEADER + 4 + 20 * entries
    }

    /// The messages that tell these entries; none if there are no entries.
    pub(super) fn updates(occasion: Occasion, entries: &[Entry]) -> impl Iterator<Item = Arc<Message>> {
        entries
            .chunks(Self::MOST_ENTRIES)
            .map(move |part| Arc::new(Message::Update { occasion, entries: part.to_vec() }))
    }
}

impl Config {
    /// What the neighbour at `to` is told of a destination, if anything.
    pub(super) fn entry(&self, row: &Row, to: InterfaceId) -> Option<Entry> {
        let told = |metric| Some(Entry { destination: row.destination, metric });
        match row.now {
            Standing::Unknown => None,
            Standing::Lost => told(None),
            Standing::Best { via: Via::Over(over), .. } if over == to && self.poison_reverse => told(None),
            Standing::Best { via: Via::Over(over), .. } if over == to && self.split_horizon => {
                // A neighbour that remembers every vector would go on believing what it was told before the best way
                // led through it: that is taken back, once.
                let was_told = matches!(row.told, Standing::Best { .. }) && !row.told.is_over(to);
                if self.remember == Memory::EveryVector && was_told { told(None) } else { None }
            }
            Standing::Best { cost, .. } => told((cost < self.infinity).then_some(cost)),
        }
    }

    /// Whether neighbours would be told something else of a destination than they were.
    pub(super) fn is_news(&self, row: &Row) -> bool {
        match (row.told, row.now) {
            // The same cost another way: what is told differs only if it depends on the way.
            (Standing::Best { cost: before, .. }, Standing::Best { cost: after, .. }) if before == after => {
                row.told != row.now && (self.split_horizon || self.poison_reverse)
            }
            (before, after) => before != after,
        }
    }
}

/// A message of this protocol in words: `triggered: x 2, y 0, z 1`.
pub fn describe(message: &dyn packet::Message, names: &Names) -> Option<String> {
    let message: &dyn Any = message;
    match message.downcast_ref()? {
        Message::Request => Some("asks for the vector".to_owned()),
        Message::Update { occasion, entries } => {
            let mut text = match occasion {
                Occasion::Regular => "regular:",
                Occasion::Triggered => "triggered:",
                Occasion::Answer => "answer:",
            }
            .to_owned();
            let mut named: Vec<_> =
                entries.iter().map(|entry| (names.destination(entry.destination), entry.metric)).collect();
            named.sort_unstable();
            for (at, (name, metric)) in named.into_iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                let metric = metric.map_or("∞".to_owned(), |metric| metric.to_string());
                write!(text, "{comma} {name} {metric}").expect("a string takes all");
            }
            Some(text)
        }
    }
}
