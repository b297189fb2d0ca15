//! The sending half of explicit congestion notification (RFC 3168 §6.1.2).

use sim_core::packet::{Ecn, TcpFlags};

use super::*;
use crate::tcp::ecn::EcnMode;

/// The sender's answer to echoed marks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reaction {
    pub(super) mode: EcnMode,
    /// SND.NXT when the window was cut last, for whatever reason: an echo in an ACK up to there, or a loss before it,
    /// tells of the window before.
    reduced_at: u64,
    /// The next new data says that the window was cut.
    owes_cwr: bool,
}

impl Reaction {
    /// The window was cut when SND.NXT was `max`.
    #[inline]
    pub(super) fn on_reduced(&mut self, max: u64) {
        self.reduced_at = max;
        self.owes_cwr = self.mode != EcnMode::Off;
    }

    /// Whether the window was cut already for a loss in the window that starts at `una`, because of marks in it
    /// (RFC 3168 §6.1.2: once for the drops and marks of a window). DCTCP cuts by the share of marks only, and answers
    /// a loss all the same (RFC 8257 §3.5).
    #[inline]
    pub(super) fn covers_loss(&self, una: u64) -> bool {
        self.mode == EcnMode::Classic && una < self.reduced_at
    }
}

impl Sender {
    /// What the IP header of a segment says, and the flag that tells of a cut. Only new data may be marked
    /// (RFC 3168 §6.1.5, §6.1.6): a probe is not counted as sent, and so stands at SND.NXT.
    #[inline]
    pub(in crate::tcp) fn marks_of(&mut self, segment: &Outgoing) -> (Ecn, TcpFlags) {
        let is_new = || segment.copy == 1 && segment.len > 0 && segment.start < self.board.max();
        if self.ecn.mode == EcnMode::Off || !is_new() {
            return (Ecn::NotEct, TcpFlags::default());
        }
        let flags = if std::mem::take(&mut self.ecn.owes_cwr) { TcpFlags::CWR } else { TcpFlags::default() };
        (Ecn::Ect0, flags)
    }

    /// An ACK with ECE of all below `una`, that took `acked_bytes` off what was outstanding. Once for each window, the
    /// window is cut as for a loss, and nothing is sent again.
    pub(super) fn on_echo(&mut self, acked_bytes: u64, now: Time, stats: &mut Stats) {
        // The segment at `reduced_at` carried CWR; until it has arrived the echo goes on.
        if self.phase != Phase::Open || self.board.una() <= self.ecn.reduced_at {
            return;
        }
        stats.ecn_reductions += 1;
        self.ecn.on_reduced(self.board.max());
        // What was outstanding as the ACK arrived: FlightSize when the marked packets were sent.
        let flight_size = self.board.flight_size() + acked_bytes;
        self.control.on_congestion(&CongestionEvent { now, signal: Signal::EcnEcho, flight_size, mss: self.mss });
    }
}
