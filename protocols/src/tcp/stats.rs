//! What an endpoint counts.

use sim_core::time::Time;

use crate::latency::Latency;

/// Counters of both halves of an endpoint. Plain integers, read by probes and results.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Packets sent, of every kind.
    pub packets_sent: u64,
    /// Packets sent that carry data, retransmissions included.
    pub data_packets_sent: u64,
    /// Bytes of payload sent, retransmissions included.
    pub data_bytes_sent: u64,
    /// Packets sent again: data or FIN, not SYN.
    pub retransmitted_packets: u64,
    /// Bytes of payload in them.
    pub retransmitted_bytes: u64,
    /// SYN or SYN-ACK segments sent again.
    pub syn_retransmissions: u64,
    /// Times fast recovery began.
    pub fast_retransmits: u64,
    /// Times the retransmission timer expired, for a SYN, data or FIN.
    pub timeouts: u64,
    /// Times the window was cut in answer to echoed marks (ECN).
    pub ecn_reductions: u64,
    /// Probes of the tail, new data or the last segment again (RFC 8985 §7).
    pub tail_loss_probes: u64,
    /// Probes of a closed window.
    pub window_probes: u64,
    /// Duplicate ACKs received: without SACK those of RFC 5681 §2, with SACK those of RFC 6675 §2.
    pub duplicate_acks: u64,
    /// Round-trip times of segments sent once, with time stamps of all, in the latter case to the next tick: one for each
    /// ACK that allows it.
    pub rtt: Latency,

    /// Packets received, of every kind, duplicates included.
    pub packets_received: u64,
    /// Their bytes at the network layer.
    pub bytes_received: u64,
    /// Packets received that carry data, duplicates included.
    pub data_packets_received: u64,
    /// Packets that arrived with a mark of congestion (ECN).
    pub marked_packets: u64,
    /// Data packets that left a gap before them.
    pub out_of_order_packets: u64,
    /// Packets that came after one sent later (Type-P-Reordered, RFC 4737 §3.3).
    pub reordered_packets: u64,
    /// Data packets that brought nothing new.
    pub duplicate_packets: u64,
    /// Packets refused because their time stamps were old (PAWS).
    pub old_packets: u64,
    /// Bytes the application has read, in order.
    pub delivered_bytes: u64,
    /// When it read the first.
    pub first_delivery: Option<Time>,
    /// When it read the latest.
    pub last_delivery: Option<Time>,

    /// From each request to the end of its answer, as the application sees it.
    pub responses: Latency,

    /// When the first SYN or SYN-ACK was sent.
    pub opened_at: Option<Time>,
    /// When the handshake was over.
    pub established_at: Option<Time>,
    /// When the last byte the application wrote was acknowledged; none while it may write more.
    pub completed_at: Option<Time>,
    /// When the connection was closed; for the end that closes first, when TIME-WAIT began.
    pub closed_at: Option<Time>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
}

impl CloseReason {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            CloseReason::Finished => "finished",
            CloseReason::Cancelled => "cancelled",
            CloseReason::Refused => "refused",
            CloseReason::Reset => "reset",
            CloseReason::TimedOut => "timed_out",
        }
    }
}

/// Why a connection is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Both sides have closed, and know.
    Finished,
    /// The application took its call back before the connection was established.
    Cancelled,
    /// The peer answered the SYN with a RST.
    Refused,
    /// The peer sent a RST.
    Reset,
    /// Nothing came back after the last retransmission (RFC 9293 §3.8.3).
    TimedOut,
}
