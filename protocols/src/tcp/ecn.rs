//! Explicit congestion notification at the two ends: who takes part, and what the receiver echoes.
//!
//! RFC 3168 §6.1 (classic) and RFC 8257 §3.2 (DCTCP). The sender's answer to an echo is in [`sender`](super::sender).
//!
//! ```text
//!   sender            router            receiver
//!     |---- ECT(0) ---> marks ---- CE ---->|
//!     |<----------- ECE in every ACK ------|    classic: until CWR arrives
//!  cuts its window                         |    dctcp: only for the marked packets
//!     |---- CWR in the next new data ----->|
//! ```
//!
//! Only new data may be marked: SYN, pure ACKs, retransmissions and window probes are sent without ECT
//! (RFC 3168 §6.1.4 to §6.1.6), and what lies outside the window says nothing (§6.1.5).
//! Not modelled: a second SYN without ECN (§6.1.1.1), ECT on control packets (RFC 5562, RFC 8257 §3.5), the nonce
//! (RFC 3540, historic), accurate ECN.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::packet::{Ecn, TcpFlags};

/// How an end takes part in explicit congestion notification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EcnMode {
    /// Not at all.
    #[default]
    Off,
    /// A mark is echoed until the sender says that it has reduced its window (RFC 3168).
    Classic,
    /// Each run of marked packets is echoed as it is, so that the sender can tell how many were marked (RFC 8257).
    Dctcp,
}

/// What the SYN of an end that takes part carries (RFC 3168 §6.1.1).
pub(super) const OFFER: TcpFlags = TcpFlags(TcpFlags::ECE.0 | TcpFlags::CWR.0);

/// Whether a SYN offers to take part.
pub(super) fn is_offer(flags: TcpFlags) -> bool {
    flags.has(OFFER)
}

/// Whether a SYN-ACK accepts the offer; one that merely reflects all flags does not.
pub(super) fn is_acceptance(flags: TcpFlags) -> bool {
    flags.has(TcpFlags::ECE) && !flags.has(TcpFlags::CWR)
}

/// The receiving half: turns marks into echoes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Echo {
    mode: EcnMode,
    /// Whether ACKs carry ECE now: DCTCP.CE of RFC 8257.
    echoes: bool,
}

/// What a data segment does to the acknowledgments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing beyond what the ECE flag says.
    None,
    /// A run of marked or unmarked segments ends before this one: what waits is acknowledged as before, this one
    /// at once.
    Run,
}

impl Echo {
    /// For a connection whose ends agreed on `mode`.
    pub(super) fn new(mode: EcnMode) -> Self {
        Echo { mode, echoes: false }
    }

    /// Whether marks mean anything.
    #[inline]
    pub(super) fn is_on(self) -> bool {
        self.mode != EcnMode::Off
    }

    /// What the next segment carries beside its other flags.
    #[inline]
    pub(super) fn flags(self) -> TcpFlags {
        if self.echoes { TcpFlags::ECE } else { TcpFlags::default() }
    }

    /// What an acceptable segment with data will change. Before it is counted as received.
    #[inline]
    pub(super) fn turn(self, ecn: Ecn) -> Turn {
        match self.mode {
            EcnMode::Off | EcnMode::Classic => Turn::None,
            EcnMode::Dctcp if (ecn == Ecn::Ce) == self.echoes => Turn::None,
            EcnMode::Dctcp => Turn::Run,
        }
    }

    /// An acceptable segment with data has arrived.
    #[inline]
    pub(super) fn on_data(&mut self, ecn: Ecn, flags: TcpFlags) {
        match self.mode {
            EcnMode::Off => {}
            // The segment with CWR may be marked itself: then the echo begins anew (RFC 3168 §6.1.3).
            EcnMode::Classic => self.echoes = ecn == Ecn::Ce || (self.echoes && !flags.has(TcpFlags::CWR)),
            EcnMode::Dctcp => self.echoes = ecn == Ecn::Ce,
        }
    }
}
