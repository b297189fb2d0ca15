//! What is lost, by time: RACK (RFC 8985, section 6).
//!
//! A segment is lost when one sent later has arrived, and the time has passed that reordering may take. Losses are found
//! whatever the order of numbers, those of retransmissions too.
//!
//! ```text
//! RACK.xmit_ts, end_seq   the latest sending that was delivered
//! RACK.rtt                its round trip
//! lost                    sent before that one, and xmit_ts + RACK.rtt + reo_wnd has passed
//! reo_wnd                 min(RACK.min_RTT / 4, SRTT); none while nothing was ever reordered and either a loss is being
//!                         repaired or DupThresh segments are SACKed
//! ```
//!
//! Of sendings at one instant the order decides, where the RFC takes that of sequence numbers: the simulated clock stands
//! still while a burst leaves, and a retransmission may follow new data in it.
//!
//! All sendings stand in a queue in the order of time. Those of segments that were delivered, or sent again, or found
//! lost meanwhile, are dropped when they come to its front: each enters and leaves once, and no ACK scans the window.
//! The reordering timer waits for the first sending in doubt (the RFC's pseudo code waits for the last of them).
//!
//! Not modelled: widening reo_wnd by D-SACK (section 6.2, step 4), time stamps to tell a retransmission's delivery from
//! the original's (a round trip below the smallest is not believed), a window for min_RTT: it is that of the connection.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::time::Duration;

use super::*;

/// One transmission of a segment.
#[derive(Clone, Copy, Debug)]
struct Sending {
    /// Which segment, counted from the first of the connection.
    number: u64,
    /// Which sending it is, likewise.
    order: u32,
}

/// The state of RACK beside the segments themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Rack {
    /// In the order of time. Some are no longer of interest.
    sendings: VecDeque<Sending>,
    /// How many there were.
    sent: u32,
    /// The segments to be sent again, the first on top. Some are no longer lost.
    lost: BinaryHeap<Reverse<u64>>,
    /// How many segments are gone from the front of the scoreboard.
    gone: u64,
    /// RACK.xmit_ts, and in place of RACK.end_seq which sending it was.
    latest: (Time, u32),
    /// RACK.rtt.
    rtt: Duration,
    /// RACK.min_RTT.
    min_rtt: Option<Duration>,
    /// RACK.fack: behind the highest byte delivered.
    fack: u64,
    /// RACK.reordering_seen.
    has_seen_reordering: bool,
    /// RACK.segs_sacked.
    sacked_segments: u32,
}

/// What the sender knows that decides how long reordering may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::tcp) struct Circumstances {
    pub(in crate::tcp) now: Time,
    /// In fast recovery or after a timeout.
    pub(in crate::tcp) is_recovering: bool,
    /// DupThresh.
    pub(in crate::tcp) threshold: u32,
    pub(in crate::tcp) srtt: Option<Duration>,
}

/// What RACK has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tcp) struct Losses {
    /// When the latest retransmission was sent that is lost, if one is.
    pub(in crate::tcp) retransmission: Option<Time>,
    /// When the next will be, unless it is delivered before.
    pub(in crate::tcp) next: Option<Time>,
}

impl Rack {
    /// Enters a sending of a segment. Returns which it is; the first is 1.
    fn push(&mut self, number: u64) -> u32 {
        self.sent = self.sent.wrapping_add(1);
        self.sendings.push_back(Sending { number, order: self.sent });
        self.sent
    }

    /// A segment is acknowledged or SACKed for the first time (RFC 8985 §6.2, steps 1 to 3). To be called for the lower
    /// of two first.
    fn on_delivered(&mut self, segment: &Segment, now: Time) {
        let end = segment.range.end;
        if end > self.fack {
            self.fack = end;
        } else if segment.copies == 1 {
            self.has_seen_reordering = true;
        }
        let rtt = now - segment.sent_at;
        if segment.copies == 1 {
            self.min_rtt = Some(self.min_rtt.map_or(rtt, |min_rtt| min_rtt.min(rtt)));
        } else if self.min_rtt.is_some_and(|min_rtt| rtt < min_rtt) {
            // It was the original that arrived: the retransmission was not needed.
            return;
        }
        self.rtt = rtt;
        self.latest = self.latest.max((segment.sent_at, segment.sending));
    }

    /// RACK_update_reo_wnd (§6.2, step 4).
    fn reordering_window(&self, given: &Circumstances) -> Duration {
        if !self.has_seen_reordering && (given.is_recovering || self.sacked_segments >= given.threshold) {
            return Duration::ZERO;
        }
        let quarter = self.min_rtt.unwrap_or_default() / 4;
        given.srtt.map_or(quarter, |srtt| quarter.min(srtt))
    }
}

impl Scoreboard {
    /// From now on losses are found by time, with the methods below.
    pub(in crate::tcp) fn detect_by_time(&mut self) {
        debug_assert!(self.segments.is_empty());
        self.rack = Some(Box::default());
    }

    /// The last segment was sent.
    #[inline]
    pub(super) fn rack_on_sent(&mut self) {
        let index = self.segments.len() as u64 - 1;
        if let (Some(rack), Some(last)) = (&mut self.rack, self.segments.back_mut()) {
            last.sending = rack.push(rack.gone + index);
        }
    }

    fn rack(&mut self) -> &mut Rack {
        self.rack.as_mut().expect("losses are detected by time")
    }

    /// As [`on_ack`](Self::on_ack).
    pub(in crate::tcp) fn on_ack_by_time(&mut self, to: u64, now: Time) -> Acked {
        let una = self.una;
        let (mut first, mut last, mut is_ambiguous, mut sacked_bytes) = (None, None, false, 0);
        let Scoreboard { segments, sacked, rack: Some(rack), pipe, .. } = self else {
            unreachable!("losses are detected by time")
        };
        while let Some(segment) = segments.front_mut() {
            if segment.range.start >= to {
                break;
            }
            is_ambiguous |= segment.copies > 1;
            last = Some(segment.sent_at);
            first = first.or(last);
            let part = Range::new(segment.range.start, segment.range.end.min(to));
            let mut sacked_part = 0;
            if !sacked.is_empty() {
                sacked.remove_below(part.end, |range| sacked_part += range.len());
                sacked_bytes += sacked_part;
            }
            if segment.fate == Fate::UnderWay {
                *pipe -= part.len() - sacked_part;
            }
            if segment.range.end > to {
                segment.range.start = to;
                break;
            }
            match segment.fate {
                Fate::UnderWay | Fate::Lost => rack.on_delivered(segment, now),
                Fate::Delivered => rack.sacked_segments -= 1,
            }
            segments.pop_front();
            rack.gone += 1;
        }
        let cause = if sacked_bytes > 0 { first } else { last };
        self.una = to;
        self.max = self.max.max(to);
        self.lost_below = to;
        self.retransmitted_below = to;
        Acked { bytes: to - una, sacked_bytes, sent_at: cause.filter(|_| !is_ambiguous) }
    }

    /// As [`on_sack`](Self::on_sack). Of several blocks the lower comes first, and the cumulative ACK before them.
    pub(in crate::tcp) fn on_sack_by_time(
        &mut self,
        start: u64,
        end: u64,
        now: Time,
        mut on_news: impl FnMut(Range),
    ) -> u64 {
        let (start, end) = (start.max(self.una), end.min(self.max));
        if start >= end {
            return 0;
        }
        let Scoreboard { segments, sacked, rack: Some(rack), pipe, .. } = self else {
            unreachable!("losses are detected by time")
        };
        let (mut news, mut touched) = (0, None);
        let merged = sacked.insert(start, end, |part| {
            on_news(part);
            news += part.len();
            let mut at = segments.partition_point(|segment| segment.range.end <= part.start);
            let from = touched.map_or(at, |(from, _)| from);
            while let Some(segment) = segments.get(at).filter(|segment| segment.range.start < part.end) {
                if segment.fate == Fate::UnderWay {
                    *pipe -= part.overlap(segment.range.start, segment.range.end);
                }
                at += 1;
            }
            touched = Some((from, at));
        });
        let (from, to) = touched.unwrap_or((0, 0));
        for segment in segments.range_mut(from..to) {
            let is_whole = merged.start <= segment.range.start && segment.range.end <= merged.end;
            if is_whole && segment.fate != Fate::Delivered {
                rack.on_delivered(segment, now);
                rack.sacked_segments += 1;
                segment.fate = Fate::Delivered;
            }
        }
        news
    }

    /// RACK_detect_loss (§6.2, step 5). Tells of each segment found to be lost.
    pub(in crate::tcp) fn detect_losses(&mut self, given: &Circumstances, on_lost: impl FnMut(Range)) -> Losses {
        let (latest, window) = (self.rack().latest, self.rack().reordering_window(given));
        self.lose_while(given.now, window, |sent| sent < latest, on_lost)
    }

    /// RACK_mark_losses_on_RTO (§6.3): the first outstanding segment, and all of which an ACK is overdue.
    pub(in crate::tcp) fn lose_on_timeout(&mut self, given: &Circumstances, mut on_lost: impl FnMut(Range)) {
        let window = self.rack().reordering_window(given);
        self.lose_while(given.now, window, |_| true, &mut on_lost);
        self.lose(0, &mut on_lost);
    }

    /// All that is outstanding and not SACKed is lost.
    pub(in crate::tcp) fn lose_all(&mut self, mut on_lost: impl FnMut(Range)) {
        for at in 0..self.segments.len() {
            self.lose(at, &mut on_lost);
        }
    }

    /// The sendings from the earliest on, as long as they are `in_doubt` and their time is over.
    fn lose_while(
        &mut self,
        now: Time,
        window: Duration,
        in_doubt: impl Fn((Time, u32)) -> bool,
        mut on_lost: impl FnMut(Range),
    ) -> Losses {
        let mut losses = Losses::default();
        let patience = self.rack().rtt + window;
        while let Some(&Sending { number, order }) = self.rack().sendings.front() {
            let at = number.checked_sub(self.rack().gone).map(|at| at as usize);
            // Delivered, lost or sent again since?
            let is_current = |segment: &&Segment| segment.sending == order && segment.fate == Fate::UnderWay;
            if let Some(at) = at
                && let Some(&segment) = self.segments.get(at).filter(is_current)
            {
                let sent_at = segment.sent_at;
                if !in_doubt((sent_at, order)) {
                    return losses;
                }
                if sent_at + patience > now {
                    losses.next = Some(sent_at + patience);
                    return losses;
                }
                if segment.copies > 1 {
                    losses.retransmission = Some(sent_at);
                }
                self.lose(at, &mut on_lost);
            }
            self.rack().sendings.pop_front();
        }
        losses
    }

    fn lose(&mut self, at: usize, on_lost: &mut impl FnMut(Range)) {
        let Some(segment) = self.segments.get_mut(at).filter(|segment| segment.fate == Fate::UnderWay) else { return };
        segment.fate = Fate::Lost;
        let range = segment.range;
        let bytes = self.sacked.missing_within(range.start, range.end);
        self.pipe -= bytes;
        self.lost_bytes += bytes;
        let rack = self.rack();
        rack.lost.push(Reverse(rack.gone + at as u64));
        on_lost(range);
    }

    /// Whether there may be a lost segment that was not sent again: cheaper to ask than which.
    #[inline]
    pub(in crate::tcp) fn may_have_lost(&self) -> bool {
        self.rack.as_ref().is_some_and(|rack| !rack.lost.is_empty())
    }

    /// The first lost segment, from its first un-SACKed byte on.
    pub(in crate::tcp) fn next_lost_by_time(&mut self) -> Option<Range> {
        loop {
            let &Reverse(number) = self.rack().lost.peek()?;
            let at = number.checked_sub(self.rack().gone).map(|at| at as usize);
            let segment = at.and_then(|at| self.segments.get(at)).filter(|segment| segment.fate == Fate::Lost);
            if let Some(&Segment { range, .. }) = segment {
                let start = self.sacked.first_missing(range.start);
                if start < range.end {
                    return Some(Range::new(start, range.end));
                }
            }
            self.rack().lost.pop();
        }
    }

    /// Records that `range` is sent again, whether it is lost or only probes.
    pub(in crate::tcp) fn on_resent_by_time(&mut self, range: Range, now: Time) -> Resend {
        let at = self.index_of(range.start);
        let rack = self.rack();
        let sending = rack.push(rack.gone + at as u64);
        let segment = &mut self.segments[at];
        segment.sent_at = now;
        segment.sending = sending;
        segment.copies = segment.copies.saturating_add(1);
        if segment.fate == Fate::Lost {
            segment.fate = Fate::UnderWay;
            self.pipe += self.sacked.missing_within(segment.range.start, segment.range.end);
        }
        Resend { range, copy: segment.copies }
    }

    /// Whether anything is SACKed.
    pub(in crate::tcp) fn has_sacked(&self) -> bool {
        !self.sacked.is_empty()
    }

    /// The segment with the highest number.
    pub(in crate::tcp) fn last(&self) -> Option<Range> {
        self.segments.back().map(|segment| segment.range)
    }
}

#[cfg(test)]
impl Scoreboard {
    /// The un-SACKed bytes of the segments under way, byte by byte: what `pipe` must be.
    pub(super) fn pipe_by_time_from_scratch(&self) -> u64 {
        let is_sacked = |byte: u64| self.sacked.iter().any(|range| (range.start..range.end).contains(&byte));
        let under_way = self.segments.iter().filter(|segment| segment.fate == Fate::UnderWay);
        under_way.flat_map(|segment| segment.range.start..segment.range.end).filter(|&byte| !is_sacked(byte)).count()
            as u64
    }
}

#[cfg(test)]
mod tests;
