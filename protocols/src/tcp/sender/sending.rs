//! Which segment is sent next, if any.

use super::*;

impl Sender {
    /// The next segment that the windows and the pace allow, if any. Called until there is none.
    #[inline]
    pub(in crate::tcp) fn next_segment(&mut self, now: Time) -> Option<Outgoing> {
        if self.pacer.is_on() { self.next_paced(now) } else { self.next_allowed(now) }
    }

    /// The next segment that the windows allow.
    #[inline]
    pub(super) fn next_allowed(&mut self, now: Time) -> Option<Outgoing> {
        if self.resends_first {
            self.resends_first = false;
            if self.settings.rack {
                if let Some(lost) = self.board.next_lost_by_time() {
                    return Some(self.resend(lost, now));
                }
            } else if let Some(first) = self.board.first() {
                return Some(self.resend_first(first, now));
            }
        }
        match self.phase {
            Phase::Fast if self.settings.sack => self.next_by_scoreboard(now),
            Phase::Timeout | Phase::GoBack => self.next_hole(now),
            Phase::Open | Phase::Fast => self.next_new(0, now),
        }
    }

    pub(super) fn resend_first(&mut self, first: Range, now: Time) -> Outgoing {
        match self.phase {
            // HighRxt and RescueRxt are set to the end of the segment (RFC 6675 §5, step 4.3).
            Phase::Fast if self.settings.sack => {
                self.rescued_below = first.end;
                self.board.raise_high_rxt(first);
            }
            Phase::Timeout | Phase::GoBack => self.board.raise_high_rxt(first),
            // FlightSize counts it once, sent again or not.
            Phase::Open | Phase::Fast => {}
        }
        self.resend(first, now)
    }

    pub(super) fn resend(&mut self, range: Range, now: Time) -> Outgoing {
        let Resend { range, copy } = if self.settings.rack {
            self.board.on_resent_by_time(range, now)
        } else {
            self.board.on_resent(range, now)
        };
        self.sent_at = now;
        self.sample_resent(range.start, now);
        if let Some(prr) = &mut self.prr {
            prr.on_sent(range.len());
        }
        let data_end = range.end.min(self.written);
        Outgoing { start: range.start, len: (data_end - range.start) as u32, has_fin: range.end > data_end, copy }
    }

    /// RFC 6675 §5, step C, and §4, NextSeg.
    pub(super) fn next_by_scoreboard(&mut self, now: Time) -> Option<Outgoing> {
        if self.inflated_cwnd() < self.board.pipe() + self.mss {
            self.note_use(self.has_unsent());
            return None;
        }
        if self.settings.rack {
            // All that is lost, then new data; the tail is the probes' affair.
            return match self.board.next_lost_by_time() {
                Some(lost) => Some(self.resend(lost, now)),
                None => self.next_new(self.mss, now),
            };
        }
        if let Some(lost) = self.board.next_lost() {
            self.board.raise_high_rxt(lost);
            return Some(self.resend(lost, now));
        }
        if let Some(new) = self.next_new(self.mss, now) {
            return Some(new);
        }
        if let Some(unsacked) = self.board.next_unsacked() {
            self.board.raise_high_rxt(unsacked);
            return Some(self.resend(unsacked, now));
        }
        // One rescue in each recovery, once the first hole was filled: HighRxt stays (rule 4).
        if self.board.una() > self.rescued_below {
            self.rescued_below = self.recover;
            let last = self.board.last_unsacked()?;
            return Some(self.resend(last, now));
        }
        None
    }

    /// After a timeout, or Tahoe's fast retransmit: what is missing, in order, then new data. Without SACK that is going
    /// back N.
    pub(super) fn next_hole(&mut self, now: Time) -> Option<Outgoing> {
        let lost = if self.settings.rack { self.board.next_lost_by_time() } else { self.board.next_lost() };
        let Some(lost) = lost else { return self.next_new(0, now) };
        if self.board.pipe() + lost.len() > self.inflated_cwnd() {
            self.note_use(true);
            return None;
        }
        if !self.settings.rack {
            self.board.raise_high_rxt(lost);
        }
        Some(self.resend(lost, now))
    }

    /// The next segment of new data that both windows allow. `reserve` is the least room cwnd must have beside it.
    #[inline]
    pub(super) fn next_new(&mut self, reserve: u64, now: Time) -> Option<Outgoing> {
        if !self.has_unsent() {
            return None;
        }
        let start = self.board.max();
        let waiting = self.written - start;
        let limit = self.offered.edge.min(self.board.una().saturating_add(self.settings.send_buffer));
        let usable = limit.saturating_sub(start);
        let len = waiting.min(usable).min(self.mss);
        // Silly-window avoidance (RFC 9293 §3.8.6.2.1): a full segment, all there is, or half the largest window; the
        // rest waits for the timer. With Nagle's algorithm only the first goes while anything is outstanding (§3.7.4);
        // but nothing can join what a FIN follows, so that this need not wait.
        let may_be_small = !self.settings.nagle || self.board.is_empty() || (self.closes && len == waiting);
        let is_worthwhile = len == self.mss || (may_be_small && (len == waiting || 2 * len >= self.offered.largest));
        if !is_worthwhile || (len == 0 && usable == 0) {
            return None;
        }
        // A FIN alone is no burden to the network.
        if len > 0 && self.in_network() + len.max(reserve) > self.window() {
            self.note_use(true);
            return None;
        }
        self.note_waking(now);
        if self.board.is_empty() && now.since(self.sent_at) > self.rto.rto() {
            // RFC 5681 §4.1.
            let initial_window = self.settings.initial_window;
            self.control.on_restart(&RestartEvent { now, initial_window, mss: self.mss });
        }
        Some(self.send_new(start, len, now))
    }

    #[inline]
    pub(super) fn send_new(&mut self, start: u64, len: u64, now: Time) -> Outgoing {
        let end = start + len;
        let has_fin = self.closes && end == self.written && (len == 0 || end < self.offered.edge);
        self.board.on_sent(end + u64::from(has_fin), now);
        self.sent_at = now;
        self.sample_sent(Range::new(start, end + u64::from(has_fin)), now);
        if self.phase == Phase::Open && self.duplicate_acks > 0 {
            self.limited_transmit_bytes += len;
        }
        if let Some(prr) = &mut self.prr {
            prr.on_sent(len);
        }
        self.note_use(false);
        Outgoing { start, len: len as u32, has_fin, copy: 1 }
    }

    /// What is to be compared with the window: RFC 5681 compares FlightSize, RFC 6675 pipe. They differ when something
    /// was SACKed or is taken for lost.
    #[inline]
    pub(super) fn in_network(&self) -> u64 {
        let is_old_school = self.phase == Phase::Open && !self.settings.limited_transmit;
        if is_old_school { self.board.flight_size() } else { self.board.pipe() }
    }

    /// cwnd, and without SACK a segment more for each of the first two duplicate ACKs (RFC 3042).
    #[inline]
    pub(super) fn window(&self) -> u64 {
        let extra = match self.phase {
            Phase::Open if self.settings.limited_transmit && !self.settings.sack => {
                u64::from(self.duplicate_acks.min(2)) * self.mss
            }
            Phase::Open | Phase::Fast | Phase::Timeout | Phase::GoBack => 0,
        };
        self.inflated_cwnd() + extra
    }

    #[inline]
    pub(super) fn note_use(&mut self, is_limited: bool) {
        let in_flight = self.board.pipe();
        let usage = &mut self.usage;
        let is_new_round = self.board.una() >= usage.round_end;
        if is_new_round || is_limited || (!usage.was_limited && in_flight > usage.most_in_flight) {
            *usage = WindowUse { round_end: self.board.max(), most_in_flight: in_flight, was_limited: is_limited };
        }
    }

    /// A window of which more than half was used may double; beyond slow start it must have been used up.
    #[inline]
    pub(super) fn is_cwnd_limited(&self) -> bool {
        let cwnd = self.control.cwnd();
        self.usage.was_limited || (cwnd < self.control.ssthresh() && cwnd < 2 * self.usage.most_in_flight)
    }
}
