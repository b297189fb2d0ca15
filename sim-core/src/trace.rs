//! Traces: what happened to packets, for those who ask. Asking changes nothing.

use crate::ids::{FlowId, LinkId, NodeId};
use crate::packet::{DropReason, Packet, PacketId};
use crate::time::Time;

/// Which packets are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TraceFilter {
    /// None: recording costs nothing.
    #[default]
    Off,
    /// Those of some flows.
    Flows(Vec<FlowId>),
    /// All.
    All,
}

impl TraceFilter {
    #[inline]
    pub(crate) fn admits(&self, flow: FlowId) -> bool {
        match self {
            TraceFilter::Off => false,
            TraceFilter::Flows(flows) => flows.contains(&flow),
            TraceFilter::All => true,
        }
    }
}

/// One thing that happened to a packet at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: Time,
    /// At which node.
    pub node: NodeId,
    /// What.
    pub what: What,
    /// To which packet.
    pub packet: PacketId,
    /// The packet's flow.
    pub flow: FlowId,
    /// The packet's data segment, 0 without data.
    pub segment: u32,
    /// Which transmission of that segment.
    pub copy: u8,
    /// Bytes at the network layer.
    pub size: u32,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An agent sent it.
    Sent,
    /// It crossed a link and was processed by the node; it had joined the link's queue at `queued_at`.
    Arrived {
        /// The link it came over.
        link: LinkId,
        /// When it joined the queue of that link.
        queued_at: Time,
    },
    /// An agent received it.
    Delivered,
    /// It was dropped.
    Dropped(DropReason),
}

impl Record {
    pub(crate) fn new(time: Time, node: NodeId, what: What, packet: &Packet) -> Self {
        Record {
            time,
            node,
            what,
            packet: packet.id,
            flow: packet.flow,
            segment: packet.segment,
            copy: packet.copy,
            size: packet.size,
        }
    }
}
