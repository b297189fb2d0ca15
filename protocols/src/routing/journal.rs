//! What routers did, in the order they did it, for those who look on.

use std::fmt;
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId, NodeId};
use sim_core::packet::Message;
use sim_core::time::Time;

use super::route::Route;

/// A router's route to a destination changed.
#[derive(Clone, Debug)]
pub struct RouteChange {
    /// When.
    pub time: Time,
    /// To what.
    pub destination: Destination,
    /// The route before, if there was one.
    pub before: Option<Route>,
    /// The route now, if there is one.
    pub after: Option<Route>,
    /// Why.
    pub reason: Reason,
}

/// A router sent a message.
#[derive(Clone, Debug)]
pub struct MessageSent {
    /// When.
    pub time: Time,
    /// Over which of its interfaces.
    pub interface: InterfaceId,
    /// Bytes at the network layer; of a message within a connection, its own.
    pub bytes: u32,
    /// What it says.
    pub message: Arc<dyn Message>,
}

/// Why a route changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An interface that leads straight there came up, went down, or has another cost.
    Connected,
    /// The destination is announced, or no longer announced, here.
    Announced,
    /// Nothing was known of the destination before.
    Learned,
    /// Another way is cheaper.
    Cheaper,
    /// The neighbour that the route leads through tells of another cost, or the link to it has one.
    CostChanged,
    /// The neighbour that the route leads through says that it is gone.
    Withdrawn,
    /// It has come to cost as much as means unreachable.
    Infinity,
    /// Nobody has spoken of it for too long.
    Expired,
    /// The link or the neighbour that it led through is gone.
    NeighborLost,
    /// Shortest paths were computed anew.
    Recomputed,
    /// The decision process prefers it by this rule to that path.
    Preferred {
        /// The rule that decided, in the order of the decision process.
        rule: &'static str,
        /// The path that came second, if there was another.
        over: Option<Arc<[NodeId]>>,
    },
    /// The router failed and forgot everything.
    RouterFailed,
}

impl Reason {
    /// The path that the decision was against, if there is one.
    pub fn over(&self) -> Option<&[NodeId]> {
        match self {
            Reason::Preferred { over, .. } => over.as_deref(),
            Reason::Connected
            | Reason::Announced
            | Reason::Learned
            | Reason::Cheaper
            | Reason::CostChanged
            | Reason::Withdrawn
            | Reason::Infinity
            | Reason::Expired
            | Reason::NeighborLost
            | Reason::Recomputed
            | Reason::RouterFailed => None,
        }
    }

    /// The name in results.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Connected => "connected",
            Reason::Announced => "announced",
            Reason::Learned => "learned",
            Reason::Cheaper => "cheaper",
            Reason::CostChanged => "cost_changed",
            Reason::Withdrawn => "withdrawn",
            Reason::Infinity => "infinity",
            Reason::Expired => "expired",
            Reason::NeighborLost => "neighbor_lost",
            Reason::Recomputed => "recomputed",
            Reason::Preferred { rule, .. } => rule,
            Reason::RouterFailed => "router_failed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a router did since it was last asked, and sums since the start.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Changes of routes, in their order.
    pub changes: Vec<RouteChange>,
    /// Messages sent, in their order.
    pub messages: Vec<MessageSent>,
    /// Messages sent since the start.
    pub messages_sent: u64,
    /// Their bytes, as each counts them.
    pub bytes_sent: u64,
    /// Bytes at the network layer of all packets that carried them, and of those that a connection needs besides.
    pub packet_bytes_sent: u64,
}
