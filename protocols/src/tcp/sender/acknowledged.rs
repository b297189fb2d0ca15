//! What an acknowledgment means: progress, a duplicate, a loss, the end of a recovery.

use super::*;

impl Sender {
    /// An acceptable acknowledgment arrived: `ack` is at most [`highest_sent`](Self::highest_sent).
    #[inline]
    pub(in crate::tcp) fn on_ack(&mut self, ack: &Acknowledgment<'_>, now: Time, stats: &mut Stats) -> Progress {
        let is_duplicate = !self.settings.sack && self.is_duplicate(ack);
        self.update_window(ack);
        let sacked_news =
            if self.settings.sack && !ack.sack.is_empty() { self.update_sacked(ack.sack, ack.ack) } else { 0 };

        let progress = if ack.ack > self.board.una() {
            self.on_new_ack(ack.ack, sacked_news, now, stats);
            Progress::Acked
        } else {
            Progress::None
        };
        if sacked_news > 0 {
            self.board.update_lost(self.settings.threshold, self.mss);
        }
        // RFC 6675 §2: an ACK with new SACK information, whatever else it does; RFC 5681 §2: one like the last.
        if is_duplicate || sacked_news > 0 {
            self.on_duplicate_ack(now, stats);
        }
        progress
    }

    /// RFC 5681 §2.
    pub(super) fn is_duplicate(&self, ack: &Acknowledgment<'_>) -> bool {
        let has_same_window = self.offered.field.is_none_or(|field| field == ack.window);
        ack.is_pure && !self.board.is_empty() && ack.ack == self.board.una() && has_same_window
    }

    /// RFC 9293 §3.10.7.4: a segment older than the one that set the window does not set it back.
    #[inline]
    pub(super) fn update_window(&mut self, ack: &Acknowledgment<'_>) {
        let offered = &mut self.offered;
        let is_newer = offered.wl1 < ack.sequence || (offered.wl1 == ack.sequence && offered.wl2 <= ack.ack);
        if ack.ack < self.board.una() || !is_newer {
            return;
        }
        let window = u64::from(ack.window) << offered.shift;
        offered.edge = ack.ack + window;
        offered.wl1 = ack.sequence;
        offered.wl2 = ack.ack;
        offered.field = Some(ack.window);
        offered.largest = offered.largest.max(window);
    }

    /// RFC 6675 §4, Update. Returns how many bytes above `ack` are SACKed for the first time.
    pub(super) fn update_sacked(&mut self, sack: &SackBlocks, ack: u64) -> u64 {
        let mut news = 0;
        for &(left, right) in sack.as_slice() {
            let una = self.board.una();
            let bounds = self.numbering.position(left, una).zip(self.numbering.position(right, una));
            if let Some((left, right)) = bounds {
                news += self.board.on_sack(left.max(ack), right);
            }
        }
        news
    }

    #[inline]
    pub(super) fn on_new_ack(&mut self, to: u64, sacked_news: u64, now: Time, stats: &mut Stats) {
        let acked = self.board.on_ack(to);
        self.timeouts_in_row = 0;
        self.duplicate_acks = 0;
        self.limited_transmit_bytes = 0;
        let rtt = acked.sent_at.map(|sent_at| now - sent_at);
        if let Some(rtt) = rtt {
            self.last_rtt = Some(rtt);
            stats.rtt.record(rtt);
            // The constants of RFC 6298 are meant for one sample in a round trip (§3), not for one in every ACK.
            if to > self.next_sample {
                self.rto.on_sample(rtt);
                self.next_sample = self.board.max();
            }
        }
        match self.phase {
            Phase::Fast if to >= self.recover => self.exit_recovery(now),
            Phase::Fast if self.settings.sack => {}
            Phase::Fast => self.on_partial_ack(acked.bytes),
            Phase::Open | Phase::Timeout => {
                if self.phase == Phase::Timeout && to >= self.recover {
                    self.phase = Phase::Open;
                }
                self.control.on_ack(&AckEvent {
                    now,
                    acked_bytes: acked.bytes,
                    delivered_bytes: acked.bytes - acked.sacked_bytes + sacked_news,
                    flight_size: self.board.flight_size(),
                    mss: self.mss,
                    rtt,
                    srtt: self.rto.srtt(),
                    is_cwnd_limited: self.is_cwnd_limited(),
                });
            }
        }
    }

    /// RFC 6582 §3.2, step 3, partial acknowledgment: the next hole is lost too.
    pub(super) fn on_partial_ack(&mut self, acked_bytes: u64) {
        self.resends_first = true;
        self.inflation -= acked_bytes.cast_signed();
        if acked_bytes >= self.mss {
            self.inflation += self.mss.cast_signed();
        }
    }

    pub(super) fn exit_recovery(&mut self, now: Time) {
        self.phase = Phase::Open;
        self.inflation = 0;
        self.resends_first = false;
        self.board.forget_retransmissions();
        let repair = if self.settings.sack { Repair::Sack } else { Repair::PartialAcks };
        let flight_size = self.board.flight_size();
        self.control.on_exit_recovery(&RecoveryExit { now, flight_size, mss: self.mss, repair });
    }

    pub(super) fn on_duplicate_ack(&mut self, now: Time, stats: &mut Stats) {
        stats.duplicate_acks += 1;
        match self.phase {
            Phase::Open => self.duplicate_acks += 1,
            Phase::Fast if self.settings.sack => return,
            // Another segment has left the network (RFC 5681 §3.2, step 4).
            Phase::Fast => {
                self.inflation += self.mss.cast_signed();
                return;
            }
            // What is missing is being sent again already (RFC 6582 §3.2, step 4; RFC 6675 §5.1).
            Phase::Timeout => return,
        }
        let is_loss = if self.settings.sack {
            // RFC 6675 §5, steps 1 and 2. HighACK has reached RecoveryPoint, or the phase would not be open.
            self.duplicate_acks >= self.settings.threshold || self.board.is_first_lost()
        } else {
            // Duplicates of segments sent again needlessly look the same, and reach up to `recover` (RFC 6582 §3.2,
            // step 2; the first byte is at 1, so nothing is barred before the first loss).
            self.duplicate_acks == self.settings.threshold && self.board.una() > self.recover
        };
        if is_loss && !self.board.is_empty() {
            self.enter_recovery(now, stats);
        } else if self.settings.sack {
            self.board.forget_retransmissions();
        }
    }

    pub(super) fn enter_recovery(&mut self, now: Time, stats: &mut Stats) {
        stats.fast_retransmits += 1;
        self.phase = Phase::Fast;
        self.recover = self.board.max();
        self.resends_first = true;
        self.board.forget_retransmissions();
        // What limited transmit sent does not count (RFC 5681 §3.2, step 2; RFC 6675 §5, step 4.2).
        let flight_size = self.board.flight_size().saturating_sub(self.limited_transmit_bytes);
        self.control.on_enter_recovery(&LossEvent { now, flight_size, mss: self.mss });
        // Three segments have left the network (RFC 5681 §3.2, step 3); RFC 6675 sees that from pipe.
        let departed = u64::from(self.settings.threshold) * self.mss;
        self.inflation = if self.settings.sack { 0 } else { departed.cast_signed() };
    }
}
