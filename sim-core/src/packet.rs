//! Packets: header fields as values, and the bytes they stand for as a count.
//!
//! A packet is owned by exactly one queue, transmitter, wire or agent at a time. It is deliberately not `Copy`:
//! to duplicate one takes a visible `clone`.

use std::any::Any;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::ids::FlowId;
use crate::node::{FIRST_ENDPOINT, FIRST_ROUTER};
use crate::time::Time;

/// IPv4 header without options (RFC 791 §3.1), in bytes.
pub const IPV4_HEADER: u32 = 20;
/// UDP header (RFC 768), in bytes.
pub const UDP_HEADER: u32 = 8;
/// TCP header without options (RFC 9293 §3.1), in bytes.
pub const TCP_HEADER: u32 = 20;
/// The time stamps option with its padding (RFC 7323, appendix A), in bytes.
pub const TIMESTAMPS_OPTION: u32 = 12;
/// The customary initial time to live (RFC 1700).
pub const DEFAULT_TTL: u8 = 64;

/// An IPv4 address. Hosts are numbered from 10.0.0.1 up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u32);

impl Address {
    /// The neighbours at the other end of a link, whoever they are: 224.0.0.5, where OSPF's routers listen
    /// (RFC 2328, appendix A.1). Packets to it never go further (RFC 5771 §4).
    pub const ALL_ROUTERS: Address = Address(0xe000_0005);

    /// Whether it is one that a network of `nodes` nodes gives to its nodes by number.
    pub fn is_numbered(self, nodes: u32) -> bool {
        [FIRST_ENDPOINT, FIRST_ROUTER].iter().any(|first| self.0.wrapping_sub(*first) < nodes)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0.to_be_bytes();
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

/// Names a packet for traces and fingerprints: a hash of its sender's name and the sender's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId {
    /// Hash of the sending agent's name: the same however agents are numbered.
    pub origin: u32,
    /// How many packets that agent had sent before.
    pub number: u32,
}

/// The two ends of a conversation as one of them sees it, and what marks its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The flow this conversation belongs to.
    pub flow: FlowId,
    /// Our address.
    pub local: Address,
    /// Our port.
    pub local_port: u16,
    /// The peer's address.
    pub remote: Address,
    /// The peer's port.
    pub remote_port: u16,
    /// Hash of the flow's name and direction, by which routers choose among equal paths.
    pub flow_hash: u32,
}

/// A packet on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// Given by the engine when the packet is sent.
    pub id: PacketId,
    /// The flow it belongs to.
    pub flow: FlowId,
    /// Address of the sender.
    pub source: Address,
    /// Address of the receiver.
    pub destination: Address,
    /// Port of the sender.
    pub source_port: u16,
    /// Port of the receiver.
    pub destination_port: u16,
    /// Bytes at the network layer: IP header, transport header and payload.
    pub size: u32,
    /// Chooses among equal-cost paths, so that a flow keeps to one. Of a packet to [`Address::ALL_ROUTERS`], the
    /// interface by which it leaves.
    pub flow_hash: u32,
    /// Which data segment of its flow this is, from 1; 0 if it carries no data. Not on the wire: for chosen losses and diagrams.
    pub segment: u32,
    /// Which transmission of that segment this is, from 1. Not on the wire.
    pub copy: u8,
    /// Hops left before the packet is discarded (RFC 791).
    pub ttl: u8,
    /// Bits were flipped on the way; the receiver's checksum will notice.
    pub corrupted: bool,
    /// Whether routers may mark it in place of dropping it, and whether one has.
    pub ecn: Ecn,
    /// When the sending agent sent it; given by the engine. For measurements, not for protocols.
    pub sent_at: Time,
    /// When it entered the queue of the link it crossed last.
    pub queued_at: Time,
    /// The transport header and what stands for the payload.
    pub body: Body,
}

impl Packet {
    /// A packet from our end to the peer's, `size` bytes long at the network layer.
    #[inline]
    pub fn new(ends: &Endpoints, size: u32, body: Body) -> Self {
        Packet {
            id: PacketId::default(),
            flow: ends.flow,
            source: ends.local,
            destination: ends.remote,
            source_port: ends.local_port,
            destination_port: ends.remote_port,
            size,
            flow_hash: ends.flow_hash,
            segment: 0,
            copy: 0,
            ttl: DEFAULT_TTL,
            corrupted: false,
            ecn: Ecn::NotEct,
            sent_at: Time::ZERO,
            queued_at: Time::ZERO,
            body,
        }
    }
}

impl Packet {
    /// Throws it away.
    #[inline]
    pub fn discard(self) {
        if let Body::Control(control) = self.body {
            drop(control.into_message());
        }
    }
}

/// The ECN field of the IP header (RFC 3168 §5). The numbers are those on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecn {
    /// The transport does not understand marks.
    #[default]
    NotEct = 0b00,
    /// It does; the other of the two codepoints that say so, kept for experiments (RFC 8311).
    Ect1 = 0b01,
    /// It does.
    Ect0 = 0b10,
    /// Congestion experienced: a router has marked the packet.
    Ce = 0b11,
}

impl Ecn {
    /// Whether a router may mark the packet, or has.
    #[inline]
    pub const fn is_capable(self) -> bool {
        !matches!(self, Ecn::NotEct)
    }
}

/// The transport header of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A UDP datagram.
    Udp(UdpHeader),
    /// A TCP segment.
    Tcp(TcpHeader),
    /// A packet of one of the textbook's reliable data transfer protocols.
    Rdt(RdtHeader),
    /// A message between routers.
    Control(Control),
}

/// What routers tell each other. A message does not change on its way; copies of a packet share it.
///
/// A packet is moved many times on every hop. If throwing one away had to look for a message to let go of, every move would
/// have to be ready for that, and all packets would be a tenth slower. So a message is let go of only where a packet ends:
/// by its receiver with [`Control::into_message`], elsewhere with [`Packet::discard`].
#[derive(Clone, Debug)]
pub struct Control(ManuallyDrop<Arc<dyn Message>>);

impl Control {
    /// A message for a packet.
    pub fn new(message: Arc<dyn Message>) -> Self {
        Control(ManuallyDrop::new(message))
    }

    /// The message, when the packet has come to its end.
    pub fn into_message(self) -> Arc<dyn Message> {
        ManuallyDrop::into_inner(self.0)
    }

    /// The kind of the message.
    pub fn kind(&self) -> &'static str {
        self.0.kind()
    }
}

/// Two are equal if they are one: messages are compared by protocols, which know what they say.
impl PartialEq for Control {
    fn eq(&self, other: &Control) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The content of a message between routers, known to the protocol that made it.
pub trait Message: Any + fmt::Debug + Send + Sync {
    /// Its kind in the protocol's words: `hello`, `update`.
    fn kind(&self) -> &'static str;

    /// Whether its kind says no more than that its sender is alive.
    fn is_sign_of_life(&self) -> bool {
        false
    }
}

/// What a UDP datagram carries: a number and a time stamp, as measuring applications put into their payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpHeader {
    /// Counts the datagrams of its flow from 0.
    pub sequence: u64,
    /// When the application made the datagram; an echo returns it unchanged.
    pub timestamp: Time,
    /// What the receiver should do with it.
    pub kind: UdpKind,
}

/// The purpose of a UDP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpKind {
    /// Data for a sink.
    Data,
    /// Asks for an answer (RFC 862).
    EchoRequest,
    /// The answer to an echo request.
    EchoReply,
}

/// What a packet of a reliable data transfer protocol (Kurose & Ross 3.4) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RdtHeader {
    /// Whether it carries data or acknowledges.
    pub kind: RdtKind,
    /// The sequence number of the data, or the number in the ACK.
    pub number: u32,
    /// Which message of the application this carries or acknowledges, from 0. Not on the wire: only there can two messages
    /// be mistaken for each other.
    pub message: u64,
}

/// The purpose of a packet of a reliable data transfer protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RdtKind {
    /// It carries a message.
    Data,
    /// It acknowledges.
    Ack,
}

/// A TCP header (RFC 9293 §3.1) as far as it takes part in the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpHeader {
    /// Sequence number of the first byte of data (of the SYN or FIN if there is no data).
    pub sequence: u32,
    /// The next sequence number expected, when [`TcpFlags::ACK`] is set.
    pub acknowledgment: u32,
    /// The receive window, before scaling.
    pub window: u16,
    /// Control bits.
    pub flags: TcpFlags,
    /// Options of a SYN (RFC 9293 §3.7.1, RFC 7323, RFC 2018); `None` on other segments.
    pub syn: Option<SynOptions>,
    /// Selective acknowledgements (RFC 2018), and time stamps (RFC 7323).
    pub sack: SackBlocks,
}

/// TCP's control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: TcpFlags = TcpFlags(1);
    /// Synchronize sequence numbers.
    pub const SYN: TcpFlags = TcpFlags(2);
    /// Reset the connection.
    pub const RST: TcpFlags = TcpFlags(4);
    /// Push: deliver without waiting for more.
    pub const PSH: TcpFlags = TcpFlags(8);
    /// The acknowledgment field counts.
    pub const ACK: TcpFlags = TcpFlags(16);
    /// ECN-Echo: a marked packet has arrived (RFC 3168 §6.1).
    pub const ECE: TcpFlags = TcpFlags(64);
    /// Congestion window reduced, in answer to that (RFC 3168 §6.1).
    pub const CWR: TcpFlags = TcpFlags(128);

    /// Whether all of `flags` are set.
    pub const fn has(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl std::ops::BitOr for TcpFlags {
    type Output = TcpFlags;

    fn bitor(self, other: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | other.0)
    }
}

/// Options that only a SYN carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SynOptions {
    /// Largest segment the sender of the SYN wants to receive, in bytes of payload.
    pub mss: u16,
    /// Shift of the window field (RFC 7323 §2), if the sender of the SYN scales.
    pub window_scale: Option<u8>,
    /// Whether selective acknowledgements may be sent (RFC 2018 §2).
    pub sack_permitted: bool,
}

/// The time stamps option (RFC 7323 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamps {
    /// TSval: the sender's clock.
    pub value: u32,
    /// TSecr: the peer's clock, as it stood in what this acknowledges.
    pub echo: u32,
}

/// Up to four blocks of sequence numbers received out of order, `[left, right)`, the most recent first; or three and
/// time stamps, which then take the fourth place, as they do in the 40 bytes of a real header.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SackBlocks {
    blocks: [(u32, u32); 4],
    count: u8,
    has_timestamps: bool,
}

impl SackBlocks {
    /// As many as fit beside no other option in 40 bytes (RFC 2018 §3).
    pub const MOST: usize = 4;

    /// How many blocks there may be.
    pub fn most(&self) -> usize {
        Self::MOST - usize::from(self.has_timestamps)
    }

    /// Adds a block behind the others.
    ///
    /// # Panics
    /// When there are as many as there may be.
    pub fn push(&mut self, left: u32, right: u32) {
        assert!(usize::from(self.count) < self.most(), "there is no room for another block");
        self.blocks[usize::from(self.count)] = (left, right);
        self.count += 1;
    }

    /// Time stamps, if there are any.
    #[inline]
    pub fn timestamps(&self) -> Option<Timestamps> {
        let [.., (value, echo)] = self.blocks;
        self.has_timestamps.then_some(Timestamps { value, echo })
    }

    /// Adds time stamps.
    ///
    /// # Panics
    /// When there are four blocks.
    pub fn set_timestamps(&mut self, stamps: Timestamps) {
        assert!(usize::from(self.count) < Self::MOST, "four blocks leave no room for time stamps");
        self.has_timestamps = true;
        self.blocks[Self::MOST - 1] = (stamps.value, stamps.echo);
    }

    /// The blocks, the most recent first.
    #[inline]
    pub fn as_slice(&self) -> &[(u32, u32)] {
        &self.blocks[..usize::from(self.count)]
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes on the wire, padded to whole words: of SACK two of padding, two of kind and length, eight a block
    /// (RFC 2018 §3); of time stamps two of padding and ten (RFC 7323, appendix A).
    #[inline]
    pub fn wire_bytes(&self) -> u32 {
        let sack = if self.count == 0 { 0 } else { 4 + 8 * u32::from(self.count) };
        sack + if self.has_timestamps { TIMESTAMPS_OPTION } else { 0 }
    }
}

impl fmt::Debug for SackBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        list.entries(self.as_slice()).entries(self.timestamps()).finish()
    }
}

/// Why a packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// The queue had no room.
    QueueFull,
    /// Lost on the wire by a loss model.
    Lost,
    /// The link was down, or went down under it.
    LinkDown,
    /// Bits were flipped and the receiver's checksum noticed.
    Corrupted,
    /// The forwarding table had no entry for the destination.
    NoRoute,
    /// The time to live ran out.
    TtlExpired,
    /// Larger than the link's MTU.
    TooBig,
    /// No agent at the destination listens on the port.
    PortUnreachable,
    /// The forwarding table says that packets for the destination end here.
    BlackHole,
}

impl DropReason {
    /// All reasons, in the order of their counters.
    pub const ALL: [DropReason; 9] = [
        DropReason::QueueFull,
        DropReason::Lost,
        DropReason::LinkDown,
        DropReason::Corrupted,
        DropReason::NoRoute,
        DropReason::TtlExpired,
        DropReason::TooBig,
        DropReason::PortUnreachable,
        DropReason::BlackHole,
    ];

    /// The name in results and legends.
    pub const fn name(self) -> &'static str {
        match self {
            DropReason::QueueFull => "queue_full",
            DropReason::Lost => "lost",
            DropReason::LinkDown => "link_down",
            DropReason::Corrupted => "corrupted",
            DropReason::NoRoute => "no_route",
            DropReason::TtlExpired => "ttl_expired",
            DropReason::TooBig => "too_big",
            DropReason::PortUnreachable => "port_unreachable",
            DropReason::BlackHole => "black_hole",
        }
    }
}

/// Packets dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropCounts([u64; DropReason::ALL.len()]);

impl DropCounts {
    /// Counts one more packet dropped for `reason`.
    #[inline]
    pub fn add(&mut self, reason: DropReason, packets: u64) {
        self.0[reason as usize] += packets;
    }

    /// How many were dropped for `reason`.
    pub fn get(&self, reason: DropReason) -> u64 {
        self.0[reason as usize]
    }

    /// How many were dropped altogether.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The reasons that occurred, with their counts.
    pub fn nonzero(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.into_iter().map(|reason| (reason, self.get(reason))).filter(|&(_, count)| count > 0)
    }
}

impl std::ops::AddAssign for DropCounts {
    fn add_assign(&mut self, other: DropCounts) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_counters_stand_in_the_order_of_the_reasons() {
        for (at, reason) in DropReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, at);
        }
    }

    #[derive(Debug)]
    struct Hello;

    impl Message for Hello {
        fn kind(&self) -> &'static str {
            "hello"
        }
    }

    #[test]
    fn a_message_lives_as_long_as_its_packets() {
        assert!(!std::mem::needs_drop::<Packet>(), "or every move of a packet costs more");
        let message: Arc<dyn Message> = Arc::new(Hello);
        let mut packet = crate::harness::packet(64);
        packet.body = Body::Control(Control::new(message.clone()));
        let copy = packet.clone();
        assert_eq!((Arc::strong_count(&message), copy.body == packet.body), (3, true));
        packet.discard();
        let Body::Control(control) = copy.body else { unreachable!("it was made so") };
        assert_eq!((control.kind(), Arc::strong_count(&message)), ("hello", 2));
        drop(control.into_message());
        assert_eq!(Arc::strong_count(&message), 1);
    }

    #[test]
    fn a_packet_stays_small_because_it_is_moved_on_every_hop() {
        assert!(size_of::<Packet>() <= 112, "{}", size_of::<Packet>());
    }

    #[test]
    fn sack_blocks_are_padded_to_whole_words() {
        let mut sack = SackBlocks::default();
        assert_eq!(sack.wire_bytes(), 0);
        sack.push(1, 2);
        assert_eq!(sack.wire_bytes(), 12);
    }

    #[test]
    fn three_sack_blocks_and_time_stamps_fill_the_40_bytes_of_options() {
        let mut sack = SackBlocks::default();
        sack.set_timestamps(Timestamps { value: 7, echo: 8 });
        assert_eq!((sack.wire_bytes(), sack.most(), sack.is_empty()), (12, 3, true));
        (0..3).for_each(|at| sack.push(at, at + 1));
        assert_eq!(sack.wire_bytes(), 40);
        assert_eq!(sack.as_slice(), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(sack.timestamps(), Some(Timestamps { value: 7, echo: 8 }));
    }

    #[test]
    fn addresses_print_in_dotted_form() {
        assert_eq!(Address(0x0a00_0001).to_string(), "10.0.0.1");
    }
}
