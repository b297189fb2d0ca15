//! What speakers tell each other, and how long it is on the wire (RFC 4271 §4).
//!
//! Lengths are those of 4-octet AS numbers (RFC 6793). The one optional parameter of an OPEN says that they are used.

use std::any::Any;
use std::fmt::Write;
use std::sync::Arc;

use sim_core::ids::{Destination, NodeId};
use sim_core::packet::Message;
use sim_core::time::Duration;

use crate::routing::names::Names;

/// The header of every message: marker, length, type (RFC 4271 §4.1).
const HEADER: u32 = 19;
/// The longest message (RFC 4271 §4).
pub(super) const LONGEST: u32 = 4_096;

/// A path as it is told: the autonomous systems on the way, the nearest first. One router is one system.
pub(super) type AsPath = Arc<[NodeId]>;

/// A message of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BgpMessage {
    /// The first on a connection.
    Open {
        /// The BGP Identifier of the speaker: breaks ties.
        router_id: u32,
        /// How long it will wait for a sign of life.
        hold_time: Duration,
    },
    /// A sign of life.
    Keepalive,
    /// Routes that are no more, and routes that are.
    Update(Update),
    /// The session ends, for this reason.
    Notification(Error),
}

/// What an UPDATE says. Announcing a destination again replaces what was said of it before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Bytes of the message.
    pub len: u32,
    /// Destinations that this speaker leads to no more.
    pub withdrawn: Vec<Destination>,
    /// Destinations that it leads to, all by the same attributes.
    pub announced: Option<(Arc<Attributes>, Vec<Destination>)>,
}

/// The path attributes of a route (RFC 4271 §5.1). LOCAL_PREF is not told to other systems (§5.1.5), and here every
/// neighbour is another system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes {
    /// How the origin came to know of the destination.
    pub origin: Origin,
    /// AS_PATH, the sender first.
    pub path: Arc<[NodeId]>,
    /// MULTI_EXIT_DISC: over which of several links the sender would rather have the packets; less is better.
    pub med: Option<u32>,
}

/// ORIGIN (RFC 4271 §5.1.1), the better first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It lies within the first system.
    #[default]
    Igp,
    /// Learned by the protocol of that name.
    Egp,
    /// Learned otherwise.
    Incomplete,
}

/// Why a session ends (RFC 4271 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing was heard for the hold time.
    HoldTimerExpired,
}

/// Bytes of a destination among withdrawn routes or NLRI: its length, and as many bytes as that needs (§4.3).
pub(super) fn nlri_len(prefix_length: u8) -> u32 {
    1 + u32::from(prefix_length).div_ceil(8)
}

impl Attributes {
    /// Bytes of the attributes: flags, type and length before each (§4.3), ORIGIN 1, AS_PATH a segment of 2 and 4 for
    /// each system, NEXT_HOP 4, MULTI_EXIT_DISC 4.
    pub(super) fn len(&self) -> u32 {
        let path = 4 * self.path.len() as u32 + if self.path.is_empty() { 0 } else { 2 };
        let path_header = if path > 255 { 4 } else { 3 };
        let med = if self.med.is_some() { 3 + 4 } else { 0 };
        (3 + 1) + (path_header + path) + (3 + 4) + med
    }
}

impl Update {
    /// The bytes before any destination: header, and the lengths of the withdrawn routes and of the attributes.
    pub(super) const FIXED: u32 = HEADER + 2 + 2;
}

impl BgpMessage {
    /// Bytes of the message, without those of TCP.
    pub fn bytes(&self) -> u32 {
        match self {
            // Version, AS number, hold time, identifier, length of parameters; then one parameter (2) with one
            // capability (2) of 4 bytes (RFC 4271 §4.2, RFC 5492 §4, RFC 6793 §3).
            BgpMessage::Open { .. } => HEADER + 10 + 2 + 2 + 4,
            BgpMessage::Keepalive => HEADER,
            BgpMessage::Update(update) => update.len,
            BgpMessage::Notification(_) => HEADER + 2,
        }
    }
}

impl Message for BgpMessage {
    fn kind(&self) -> &'static str {
        match self {
            BgpMessage::Open { .. } => "open",
            BgpMessage::Keepalive => "keepalive",
            BgpMessage::Update(_) => "update",
            BgpMessage::Notification(_) => "notification",
        }
    }

    fn is_sign_of_life(&self) -> bool {
        matches!(self, BgpMessage::Keepalive)
    }
}

/// A message of this protocol in words; none if it is of another.
pub fn describe(message: &dyn Message, names: &Names) -> Option<String> {
    let message: &dyn Any = message;
    Some(match message.downcast_ref()? {
        BgpMessage::Open { router_id, hold_time } => format!("open id {router_id} hold {hold_time}"),
        BgpMessage::Keepalive => "keepalive".to_owned(),
        BgpMessage::Notification(Error::HoldTimerExpired) => "notification hold timer expired".to_owned(),
        BgpMessage::Update(update) => {
            let list = |destinations: &[Destination]| {
                destinations.iter().map(|&to| names.destination(to)).collect::<Vec<_>>().join(" ")
            };
            let mut words = String::new();
            if !update.withdrawn.is_empty() {
                let _ = write!(words, "withdraw {}", list(&update.withdrawn));
            }
            if let Some((attributes, destinations)) = &update.announced {
                let gap = if words.is_empty() { "" } else { "; " };
                let _ = write!(words, "{gap}announce {} path {}", list(destinations), path(&attributes.path, names));
                if let Some(med) = attributes.med {
                    let _ = write!(words, " med {med}");
                }
            }
            words
        }
    })
}

/// The names on a path.
pub(super) fn path(path: &[NodeId], names: &Names) -> String {
    path.iter().map(|&node| names.node(node)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(hops: u32, med: Option<u32>) -> Attributes {
        Attributes { origin: Origin::Igp, path: (0..hops).map(NodeId).collect(), med }
    }

    #[test]
    fn destinations_take_as_many_bytes_as_their_length_needs() {
        assert_eq!([0, 8, 9, 16, 17, 32].map(nlri_len), [1, 2, 3, 3, 4, 5]);
    }

    #[test]
    fn attributes_are_as_long_as_on_the_wire() {
        // 40 01 01 00 | 40 02 0a 02 02 <2 x 4> | 40 03 04 <4>: 4 + 13 + 7, and 80 04 04 <4> for the discriminator.
        assert_eq!(attributes(2, None).len(), 24);
        assert_eq!(attributes(2, Some(5)).len(), 31);
        // Above 255 bytes the length takes two: 2 + 4 x 64 = 258.
        assert_eq!(attributes(64, None).len(), 4 + 4 + 258 + 7);
    }

    #[test]
    fn fixed_messages_have_the_lengths_of_the_rfc() {
        assert_eq!(BgpMessage::Keepalive.bytes(), 19);
        assert_eq!(BgpMessage::Notification(Error::HoldTimerExpired).bytes(), 21);
        // 29 without parameters (RFC 4271 §4.2), and 8 for the capability.
        assert_eq!(BgpMessage::Open { router_id: 1, hold_time: Duration::from_secs(90) }.bytes(), 37);
    }
}
