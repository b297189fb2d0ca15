//! Traces: what happened to packets, for those who ask. Asking changes nothing.

use crate::agent::Agent;
use crate::ids::{FlowId, LinkId, NodeId};
use crate::packet::{Body, DropReason, Packet, PacketId, RdtHeader, TcpHeader, UdpHeader};
use crate::time::Time;

/// Which packets are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TraceFilter {
    /// None: recording costs nothing.
    #[default]
    Off,
    /// Those of some flows.
    Flows(Vec<FlowId>),
    /// Those of all flows but one.
    AllBut(FlowId),
    /// All.
    All,
}

impl TraceFilter {
    #[inline]
    pub(crate) fn admits(&self, flow: FlowId) -> bool {
        match self {
            TraceFilter::Off => false,
            TraceFilter::Flows(flows) => flows.contains(&flow),
            TraceFilter::AllBut(left_out) => *left_out != flow,
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
    /// Whether bits of it were flipped.
    pub corrupted: bool,
    /// Its transport header.
    pub header: Header,
}

/// A packet's transport header, as diagrams label it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Of a datagram.
    Udp(UdpHeader),
    /// Of a segment.
    Tcp(TcpHeader),
    /// Of a packet of a textbook protocol.
    Rdt(RdtHeader),
    /// Of a message between routers: its kind.
    Control(&'static str),
}

impl From<&Body> for Header {
    fn from(body: &Body) -> Self {
        match body {
            Body::Udp(header) => Header::Udp(*header),
            Body::Tcp(header) => Header::Tcp(*header),
            Body::Rdt(header) => Header::Rdt(*header),
            Body::Control(control) => Header::Control(control.kind()),
        }
    }
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
    Dropped {
        /// Why.
        why: DropReason,
        /// Where.
        place: Place,
    },
}

/// Where a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the node itself.
    Node,
    /// At a link that begins there: at its queue, or under way when it was cut.
    Link {
        /// The link.
        link: LinkId,
        /// How many packets waited for its transmitter at that moment.
        waiting: u32,
    },
    /// On a link that ends there.
    Wire(LinkId),
}

impl Place {
    /// The link, if it was at one.
    pub fn link(self) -> Option<LinkId> {
        match self {
            Place::Node => None,
            Place::Link { link, .. } | Place::Wire(link) => Some(link),
        }
    }
}

/// Whether what goes wrong is logged, of all flows and apart from what [`TraceFilter`] admits: packets dropped, and
/// packets that are sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MishapLog {
    /// It is not.
    #[default]
    Off,
    /// It is.
    On,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mishaps {
    /// Packets dropped, and packets of which an agent sent a second copy or a later one.
    pub records: Vec<Record>,
    /// Who filled the queues that were found full.
    pub crowds: Vec<Crowd>,
}

/// Who waited at a link when a packet found no room. Taken at the first drop, and again when as many packets have left
/// as waited then: in between it is much the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// When.
    pub time: Time,
    /// The link.
    pub link: LinkId,
    /// Flows and how many packets of each waited, by number of the flow. Empty if the queue does not say.
    pub flows: Vec<(FlowId, u32)>,
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
            corrupted: packet.corrupted,
            header: Header::from(&packet.body),
        }
    }
}

/// What a probe reads from an agent: numbers whose meaning the probe knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// A change of one of these is recorded, with the time.
    pub watched: [u64; 5],
    /// Recorded along with them; a change of these alone is not.
    pub beside: [u64; 4],
}

/// Reads an agent after each of its hooks. It sees everything and changes nothing.
pub type Probe = fn(&dyn Agent) -> Reading;

/// A change that a probe saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When.
    pub time: Time,
    /// At which node the agent lives.
    pub node: NodeId,
    /// The number under which the agent is watched.
    pub number: u32,
    /// What was read after the hook before.
    pub before: Reading,
    /// What is read now.
    pub after: Reading,
}

/// A probe at an agent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    pub number: u32,
    pub probe: Probe,
    pub last: Reading,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_small_because_a_trace_has_many() {
        assert_eq!(size_of::<What>(), 16);
    }
}
