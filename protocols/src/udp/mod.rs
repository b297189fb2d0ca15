//! UDP and the applications that measure with it (RFC 768).
//!
//! UDP itself adds ports and a checksum, and so has no state: the packet carries the ports, and the node that receives
//! it discards what the checksum would have caught. What is left are the applications: [`Source`] sends datagrams in a
//! pattern, [`Sink`] counts and times them, [`Ping`] asks and [`Echo`] answers.
//!
//! All sizes are those of the network layer: 20 bytes of IPv4 header and 8 of UDP header are inside.
//! Not modelled: fragmentation, checksum errors that go unnoticed, ICMP answers to closed ports.

pub mod ping;
pub mod sink;
mod size;
pub mod source;

pub use ping::{Echo, Ping};
pub use sink::Sink;
pub use size::{PacketSize, SizeDistribution};
pub use source::Source;

use std::fmt;

use sim_core::packet::{Body, Endpoints, IPV4_HEADER, Packet, UDP_HEADER, UdpHeader};

/// The bytes of a packet that are not the application's.
pub const HEADERS: u32 = IPV4_HEADER + UDP_HEADER;

/// The first copy of a datagram, as long as `size` at the network layer.
fn datagram(ends: &Endpoints, size: u32, header: UdpHeader) -> Packet {
    let mut packet = Packet::new(ends, size, Body::Udp(header));
    packet.segment = u32::try_from(header.sequence + 1).unwrap_or(u32::MAX);
    packet.copy = 1;
    packet
}

/// Something in a configuration that makes no sense, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a JSON pointer (RFC 6901) from the configuration's own object.
    pub at: String,
    /// What is wrong with it; prints as a sentence.
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A size of no bytes.
    EmptyPacket,
    /// A size that no packet can have.
    HugePacket,
    /// Too small for the headers, of an application that needs them.
    NoRoomForHeaders,
    /// A time of zero where it would never end.
    NoTime,
    /// A list of times that goes back.
    OutOfOrder,
    /// A list with nothing in it.
    EmptyList,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::EmptyPacket => f.write_str("a packet must have at least one byte"),
            Fault::HugePacket => write!(f, "a packet can have at most {} bytes", size::MOST),
            Fault::NoRoomForHeaders => write!(f, "the headers alone take {HEADERS} bytes"),
            Fault::NoTime => f.write_str("must be more than zero"),
            Fault::OutOfOrder => f.write_str("is earlier than the time before it; list the times in order"),
            Fault::EmptyList => f.write_str("lists nothing"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.fault)
    }
}

#[cfg(test)]
fn test_ends() -> Endpoints {
    use sim_core::ids::FlowId;
    use sim_core::packet::Address;

    Endpoints {
        flow: FlowId(3),
        local: Address(0x0a00_0001),
        local_port: 5_000,
        remote: Address(0x0a00_0002),
        remote_port: 9,
        flow_hash: 77,
    }
}
