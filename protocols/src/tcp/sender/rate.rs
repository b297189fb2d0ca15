//! The sender's part in pacing and in delivery rates: what it tells the sampler, and when a segment has to wait.

use super::acknowledged::News;
use super::*;
use crate::congestion::Opening;
use crate::tcp::pacing::{gap_at, gap_of_window};

impl Sender {
    /// The handshake is over: the algorithm begins, and may want samples or a pace.
    pub(super) fn open_control(&mut self, setup: &SenderSetup, config: &Config) {
        let SenderSetup { now, syn_rtt: rtt, seed, .. } = *setup;
        let repair = if setup.sack { Repair::Sack } else { Repair::PartialAcks };
        self.control.on_open(&Opening { now, rtt, repair, seed });
        let wants_samples = self.control.wants_rate_samples();
        self.rate = wants_samples.then(|| Box::new(DeliveryRate::new(self.board.max(), rtt)));
        self.pacer = Pacer::new(config.pacing || self.control.pacing_rate().is_some(), config.pacing_quantum);
    }

    /// Bytes in the network, as far as anything tells.
    #[inline]
    pub(super) fn in_flight(&self) -> u64 {
        let pipe = self.board.pipe();
        self.rate.as_ref().map_or(pipe, |rate| rate.in_flight(pipe))
    }

    /// The next segment, if the pace allows it.
    pub(super) fn next_paced(&mut self, now: Time) -> Option<Outgoing> {
        if !self.pacer.allows(now) {
            // Whether the windows will allow it is asked when the time has come: only then does it count as limited by
            // cwnd, if cwnd is full.
            let has_work = self.resends_first || self.has_unsent() || self.phase != Phase::Open;
            self.pacer.set_waited_for(has_work);
            return None;
        }
        self.pacer.set_waited_for(false);
        let segment = self.next_allowed(now)?;
        let len = u64::from(segment.len);
        let gap = match self.control.pacing_rate() {
            Some(rate) => gap_at(rate, len),
            None => {
                let (cwnd, ssthresh) = (self.cwnd(), self.control.ssthresh());
                self.rto.srtt().map_or(Duration::ZERO, |srtt| gap_of_window(len, cwnd, ssthresh, srtt))
            }
        };
        self.pacer.on_sent(now, len, gap);
        Some(segment)
    }

    /// When the segment may leave that waits for its time only; none if none does.
    #[inline]
    pub(in crate::tcp) fn release(&self) -> Option<Time> {
        self.pacer.release()
    }

    /// CheckIfApplicationLimited (draft-ietf-ccwg-bbr-06, section 4.1.2.4): before an ACK, a write or a timeout changes
    /// anything.
    #[inline]
    pub(super) fn note_app_limits(&mut self) {
        if self.rate.is_some() {
            self.mark_app_limits();
        }
    }

    fn mark_app_limits(&mut self) {
        let has_lost = match self.settings.rack {
            true => self.board.next_lost_by_time().is_some(),
            false => self.board.next_lost().is_some(),
        };
        let is_idle = !self.has_unsent() && !self.resends_first && !has_lost;
        let has_room = self.in_flight() < self.control.cwnd();
        let pipe = self.board.pipe();
        if let Some(rate) = &mut self.rate
            && is_idle
            && has_room
        {
            rate.mark_app_limited(pipe);
        }
    }

    #[inline]
    pub(super) fn sample_sent(&mut self, range: Range, now: Time) {
        if let Some(rate) = &mut self.rate {
            rate.on_sent(range, self.board.pipe(), now);
        }
    }

    #[inline]
    pub(super) fn sample_resent(&mut self, start: u64, now: Time) {
        if let Some(rate) = &mut self.rate {
            rate.on_resent(start, self.board.pipe(), now);
        }
    }

    /// An ACK was entered into the scoreboard, which has told of what it SACKs: the rest of its news.
    pub(super) fn sample_rate(&mut self, news: &mut News, is_duplicate: bool, now: Time) {
        let Some(rate) = &mut self.rate else { return };
        let una = self.board.una();
        if news.acked_bytes > 0 {
            rate.on_delivered(0, una);
        }
        if !self.settings.sack {
            news.delivered_bytes = rate.less_presumed(news.delivered_bytes);
            if is_duplicate {
                news.delivered_bytes += rate.on_duplicate_ack(self.mss, self.board.flight_size());
            }
        }
        rate.add_delivered(news.delivered_bytes, now);
        if !self.settings.rack {
            let control = &mut self.control;
            rate.on_lost_below(self.board.lost_below(), now, self.mss, |lost| control.on_loss(lost));
        }
        news.rate = rate.finish(una, news.rtt, now);
    }

    /// Without SACK a fast retransmit, and each partial ACK in fast recovery, shows that one segment is lost.
    pub(super) fn note_first_lost(&mut self, now: Time) {
        if let Some(rate) = &mut self.rate
            && !self.settings.sack
            && let Some(first) = self.board.first()
        {
            let control = &mut self.control;
            rate.on_lost_below(first.end, now, self.mss, |lost| control.on_loss(lost));
        }
    }

    /// The timer has expired, and everything is lost.
    pub(super) fn note_all_lost(&mut self, now: Time) {
        if let Some(rate) = &mut self.rate {
            let control = &mut self.control;
            rate.on_all_lost(now, self.mss, |lost| control.on_loss(lost));
        }
    }

    /// A new segment is about to be sent.
    #[inline]
    pub(super) fn note_waking(&mut self, now: Time) {
        if let Some(rate) = &self.rate
            && self.board.pipe() == 0
            && rate.is_app_limited()
        {
            self.control.on_wake(now);
        }
    }
}
