//! Proportional rate reduction: how much may leave for what has arrived, during fast recovery (RFC 9937).
//!
//! RFC 6675 sends nothing until half the window has drained, and then a segment for each that arrives. PRR spreads the
//! reduction over the whole recovery, and fills up again if losses have left less in the network than intended.
//!
//! ```text
//! more in flight than ssthresh     out = ceil(delivered · ssthresh / RecoverFS)       so far, in this recovery
//! less                             catch up: as much as was delivered more than was sent (conservative bound, CRB),
//!                                  and a segment more if the ACK shows progress and no further loss (slow start, SSRB)
//! cwnd = in flight + what may be sent now
//! ```
//!
//! Not modelled: PRR without SACK (RFC 5681's inflated window does that), PRR for the reduction after a router's mark.

/// One recovery. Bytes throughout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prr {
    /// What should be in flight at the end.
    ssthresh: u64,
    /// RecoverFS: what was in flight at the beginning.
    recover_fs: u64,
    /// prr_delivered.
    delivered: u64,
    /// prr_out.
    out: u64,
}

/// What an ACK tells PRR.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// DeliveredData: bytes acknowledged or SACKed for the first time.
    pub(super) delivered: u64,
    /// Bytes in flight, after the ACK.
    pub(super) in_flight: u64,
    /// SafeACK: SND.UNA advanced, and no further loss was found.
    pub(super) is_safe: bool,
}

impl Prr {
    /// At the beginning of a recovery.
    pub(super) fn new(ssthresh: u64, recover_fs: u64) -> Self {
        Prr { ssthresh, recover_fs: recover_fs.max(1), delivered: 0, out: 0 }
    }

    /// Something was sent, new or again.
    #[inline]
    pub(super) fn on_sent(&mut self, bytes: u64) {
        self.out += bytes;
    }

    /// The window after an ACK, the one that began the recovery included (section 6.2).
    pub(super) fn on_ack(&mut self, ack: &Progress, mss: u64) -> u64 {
        self.delivered += ack.delivered;
        let mut allowed = if ack.in_flight > self.ssthresh {
            let share = u128::from(self.delivered) * u128::from(self.ssthresh);
            (share.div_ceil(self.recover_fs.into()) as u64).saturating_sub(self.out)
        } else {
            let bound = self.delivered.saturating_sub(self.out).max(ack.delivered);
            let bound = if ack.is_safe { bound + mss } else { bound };
            bound.min(self.ssthresh - ack.in_flight)
        };
        // The fast retransmit goes out whatever was delivered.
        if self.out == 0 && allowed == 0 {
            allowed = mss;
        }
        ack.in_flight + allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSS: u64 = 1_000;

    fn ack(delivered: u64, in_flight: u64, is_safe: bool) -> Progress {
        Progress { delivered, in_flight, is_safe }
    }

    #[test]
    fn above_the_target_out_follows_delivered_in_proportion() {
        // Ten of twenty: one out for two in, with the retransmission as the first.
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        assert_eq!(prr.on_ack(&ack(MSS, 17 * MSS, false), MSS), 17 * MSS + 500);
        prr.on_sent(MSS);
        assert_eq!(prr.on_ack(&ack(MSS, 17 * MSS, false), MSS), 17 * MSS);
        assert_eq!(prr.on_ack(&ack(MSS, 16 * MSS, false), MSS), 16 * MSS + 500);
        assert_eq!(prr.on_ack(&ack(MSS, 15 * MSS, false), MSS), 15 * MSS + 1_000);
    }

    #[test]
    fn below_the_target_as_much_goes_out_as_came_in() {
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        prr.on_sent(MSS);
        assert_eq!(prr.on_ack(&ack(MSS, 5 * MSS, false), MSS), 6 * MSS);
        prr.on_sent(MSS);
        assert_eq!(prr.on_ack(&ack(2 * MSS, 5 * MSS, false), MSS), 7 * MSS);
    }

    #[test]
    fn what_was_delivered_but_not_yet_answered_may_be_caught_up() {
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        prr.on_sent(MSS);
        prr.on_ack(&ack(4 * MSS, 12 * MSS, false), MSS);
        // Five delivered, one sent.
        assert_eq!(prr.on_ack(&ack(MSS, 5 * MSS, false), MSS), 9 * MSS);
    }

    #[test]
    fn good_progress_allows_a_segment_more() {
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        prr.on_sent(MSS);
        assert_eq!(prr.on_ack(&ack(MSS, 5 * MSS, true), MSS), 7 * MSS);
    }

    #[test]
    fn the_target_is_never_exceeded_by_catching_up() {
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        prr.on_sent(MSS);
        assert_eq!(prr.on_ack(&ack(8 * MSS, 9 * MSS, true), MSS), 10 * MSS);
    }

    #[test]
    fn the_fast_retransmit_always_has_room() {
        let mut prr = Prr::new(10 * MSS, 20 * MSS);
        assert_eq!(prr.on_ack(&ack(0, 10 * MSS, false), MSS), 11 * MSS);
    }
}
