//! The script of a run: what the outside does to the network, between events.

use crate::agent::Command;
use crate::ids::{AgentId, LinkId, NodeId};
use crate::time::Duration;
use crate::units::Rate;

/// What a script can do, at a time of its own, between the events.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A link direction goes down: what waits, or is being sent, is lost; what is on the wire arrives.
    LinkDown(LinkId),
    /// It comes up again, empty.
    LinkUp(LinkId),
    /// Its cost for routing changes.
    SetCost(LinkId, u32),
    /// Its rate changes; the packet in transmission keeps the old one. A link with a trace has none to change.
    SetRate(LinkId, Rate),
    /// Its propagation delay changes; no packet overtakes another.
    SetDelay(LinkId, Duration),
    /// Its wire loses no more packets: its loss model is taken away.
    EndLoss(LinkId),
    /// A node fails, and with it all its links.
    NodeDown(NodeId),
    /// It works again, and so do those of its links that nothing else keeps down.
    NodeUp(NodeId),
    /// An agent is asked for something.
    Command(AgentId, Command),
    /// The oracle fills all forwarding tables anew.
    RecomputeRoutes,
}
