//! What is outstanding, what of it has arrived, and what is lost: the scoreboard of RFC 6675.
//!
//! ```text
//!            HighRxt         lost                            HighData
//!  una  retransmitted_below  lost_below                        max
//!   |--------------|-------------|------------------------------|
//!   |  sent again  |    lost     |           under way          |     less what was SACKed
//!   pipe counts it               pipe counts it
//! ```
//!
//! When a byte is lost by `IsLost`, so is every un-SACKed byte before it. Retransmissions go in order. So two boundaries
//! describe both, and `pipe` follows from where they and the SACKed ranges stand; nothing scans the window. Without SACK
//! the same boundaries serve going back N after a timeout. Where losses are found by time ([`rack`]), each segment has a
//! fate of its own instead.
//!
//! What was lost once stays lost. Read literally, `IsLost` takes it back when three small SACKed ranges grow together
//! without amounting to two segments; with full segments the two readings agree.
//!
//! Not modelled: reneging. A receiver of ours never discards what it has SACKed (RFC 2018 §8 would allow it), so the
//! information is kept after a timeout (RFC 6675 §5.1).

mod rack;

use std::collections::VecDeque;

use sim_core::time::Time;

use self::rack::Rack;
pub(super) use self::rack::{Circumstances, Losses};
use super::ranges::{Range, Ranges};

/// A segment as it was first sent.
#[derive(Clone, Copy, Debug)]
struct Segment {
    range: Range,
    /// When it was sent last.
    sent_at: Time,
    /// How often it was sent.
    copies: u8,
    /// Whether the retransmission timer expired for it.
    timed_out: bool,
    /// Of the last sending. Kept only where losses are found by time.
    fate: Fate,
    /// Which sending of the connection the last one was. Kept likewise.
    sending: u32,
}

/// What is known of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    UnderWay,
    /// And not sent again yet.
    Lost,
    /// SACKed as a whole.
    Delivered,
}

/// What an ACK took off the scoreboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Acked {
    /// Bytes acknowledged cumulatively.
    pub(super) bytes: u64,
    /// Those of them that were SACKed before.
    pub(super) sacked_bytes: u64,
    /// When the segment was sent that most likely caused the ACK; none if it is ambiguous (Karn's algorithm).
    pub(super) sent_at: Option<Time>,
}

/// Where a retransmission lies, and which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resend {
    pub(super) range: Range,
    /// From 2.
    pub(super) copy: u8,
}

/// The state of all sent and not yet acknowledged bytes. Positions as in [`seq`](super::seq).
#[derive(Clone, Debug)]
pub(super) struct Scoreboard {
    /// In order, without gaps, from `una` to `max`.
    segments: VecDeque<Segment>,
    /// SND.UNA; HighACK + 1.
    una: u64,
    /// SND.NXT; HighData + 1.
    max: u64,
    /// What the receiver reported above `una`.
    sacked: Ranges,
    /// All un-SACKed bytes below are lost; at least `una`.
    lost_below: u64,
    /// All un-SACKed bytes below were sent again: HighRxt + 1; at least `una`.
    retransmitted_below: u64,
    /// Bytes in the network (RFC 6675 §4, SetPipe).
    pipe: u64,
    /// Bytes ever found to be lost, those sent again and lost again counted again.
    lost_bytes: u64,
    /// If losses are found by time.
    rack: Option<Box<Rack>>,
}

impl Scoreboard {
    /// Nothing outstanding; the next byte is at `next`.
    pub(super) fn new(next: u64) -> Self {
        Scoreboard {
            segments: VecDeque::new(),
            una: next,
            max: next,
            sacked: Ranges::default(),
            lost_below: next,
            retransmitted_below: next,
            pipe: 0,
            lost_bytes: 0,
            rack: None,
        }
    }

    #[inline]
    pub(super) fn una(&self) -> u64 {
        self.una
    }

    #[inline]
    pub(super) fn max(&self) -> u64 {
        self.max
    }

    #[inline]
    pub(super) fn pipe(&self) -> u64 {
        self.pipe
    }

    /// Bytes ever found to be lost, since the connection began.
    #[inline]
    pub(super) fn lost_bytes(&self) -> u64 {
        self.lost_bytes
    }

    /// Bytes outstanding that the receiver has reported.
    pub(super) fn sacked_bytes(&self) -> u64 {
        self.sacked.iter().map(Range::len).sum()
    }

    /// Bytes sent and not cumulatively acknowledged (RFC 5681 §2).
    #[inline]
    pub(super) fn flight_size(&self) -> u64 {
        self.max - self.una
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.una == self.max
    }

    /// Everything un-SACKed below is lost.
    pub(super) fn lost_below(&self) -> u64 {
        self.lost_below
    }

    /// Whether the first outstanding byte is lost: `IsLost (HighACK + 1)`.
    #[inline]
    pub(super) fn is_first_lost(&self) -> bool {
        self.lost_below > self.una
    }

    /// Records new data, to `end`.
    #[inline]
    pub(super) fn on_sent(&mut self, end: u64, now: Time) {
        let range = Range::new(self.max, end);
        self.segments.push_back(Segment {
            range,
            sent_at: now,
            copies: 1,
            timed_out: false,
            fate: Fate::UnderWay,
            sending: 0,
        });
        self.max = end;
        self.pipe += range.len();
        if self.rack.is_some() {
            self.rack_on_sent();
        }
    }

    /// A cumulative acknowledgment of all below `to`, which is above `una`.
    #[inline]
    pub(super) fn on_ack(&mut self, to: u64) -> Acked {
        debug_assert!(to > self.una);
        let una = self.una;
        let known = to.min(self.max);
        // What SetPipe counted of it: once if sent again, once if not lost.
        let sent_again = Range::new(una, known.min(self.retransmitted_below));
        let not_lost = Range::new(self.lost_below.min(known), known);
        let mut counted = sent_again.len() + not_lost.len();
        let mut sacked_bytes = 0;
        self.sacked.remove_below(to, |part| {
            sacked_bytes += part.len();
            counted -= part.overlap(sent_again.start, sent_again.end) + part.overlap(not_lost.start, not_lost.end);
        });
        self.pipe -= counted;

        let (mut first, mut last, mut is_ambiguous) = (None, None, false);
        while let Some(segment) = self.segments.front_mut() {
            if segment.range.start >= to {
                break;
            }
            is_ambiguous |= segment.copies > 1;
            last = Some(segment.sent_at);
            first = first.or(last);
            if segment.range.end > to {
                segment.range.start = to;
                break;
            }
            self.segments.pop_front();
        }
        // An ACK that jumps over SACKed data was caused by the segment that filled the gap, else by the newest.
        let cause = if sacked_bytes > 0 { first } else { last };

        self.una = to;
        self.max = self.max.max(to);
        self.lost_below = self.lost_below.max(to);
        self.retransmitted_below = self.retransmitted_below.max(to);
        Acked { bytes: to - una, sacked_bytes, sent_at: cause.filter(|_| !is_ambiguous) }
    }

    /// A SACK block (RFC 6675 §4, Update). Returns how many bytes of it are news, and tells of each part of them.
    #[inline]
    pub(super) fn on_sack(&mut self, start: u64, end: u64, mut on_news: impl FnMut(Range)) -> u64 {
        let (start, end) = (start.max(self.una), end.min(self.max));
        if start >= end {
            return 0;
        }
        let (una, max) = (self.una, self.max);
        let (lost_below, retransmitted_below) = (self.lost_below, self.retransmitted_below);
        let (mut news, mut counted) = (0, 0);
        self.sacked.insert(start, end, |part| {
            on_news(part);
            news += part.len();
            counted += part.overlap(una, retransmitted_below) + part.overlap(lost_below, max);
        });
        self.pipe -= counted;
        news
    }

    /// Moves the loss boundary to where RFC 6675's `IsLost` puts it: below `threshold` separate SACKed ranges, or below
    /// more than `threshold - 1` segments' worth of SACKed bytes. At most `threshold` ranges are looked at.
    #[inline]
    pub(super) fn update_lost(&mut self, threshold: u32, mss: u64) {
        let enough_bytes = u64::from(threshold - 1) * mss;
        let (mut ranges, mut bytes) = (0, 0);
        for range in self.sacked.iter().rev() {
            if range.start <= self.lost_below {
                return;
            }
            ranges += 1;
            bytes += range.len();
            if ranges >= threshold || bytes > enough_bytes {
                let lost = self.sacked.missing_within(self.lost_below, range.start);
                self.pipe -= lost;
                self.lost_bytes += lost;
                self.lost_below = range.start;
                return;
            }
        }
    }

    /// All that is outstanding and not SACKed is lost.
    pub(super) fn mark_all_lost(&mut self) {
        self.lost_below = self.max;
        self.retransmitted_below = self.una;
        self.lost_bytes += self.pipe;
        self.pipe = 0;
    }

    /// The retransmission timer expired for the first outstanding segment.
    pub(super) fn note_timeout(&mut self) {
        if let Some(first) = self.segments.front_mut() {
            first.timed_out = true;
        }
    }

    /// Whether the timer expired for the first outstanding segment before.
    pub(super) fn has_first_timed_out(&self) -> bool {
        self.segments.front().is_some_and(|first| first.timed_out)
    }

    /// HighRxt = HighACK (RFC 6675 §5, step 3.1): what was sent again so far does not count any more.
    pub(super) fn forget_retransmissions(&mut self) {
        self.pipe -= self.sacked.missing_within(self.una, self.retransmitted_below);
        self.retransmitted_below = self.una;
    }

    /// The first outstanding segment.
    pub(super) fn first(&self) -> Option<Range> {
        (!self.is_empty()).then(|| self.piece(self.una))
    }

    /// The first lost bytes that were not sent again (`NextSeg`, rule 1).
    #[inline]
    pub(super) fn next_lost(&self) -> Option<Range> {
        if self.retransmitted_below >= self.lost_below {
            return None;
        }
        let start = self.sacked.first_missing(self.retransmitted_below);
        (start < self.lost_below).then(|| self.piece(start))
    }

    /// The first bytes not sent again below what was SACKed, lost or not (`NextSeg`, rule 3).
    pub(super) fn next_unsacked(&self) -> Option<Range> {
        let highest = self.sacked.last()?;
        let start = self.sacked.first_missing(self.retransmitted_below);
        (start < highest.start).then(|| self.piece(start))
    }

    /// The segment with the highest outstanding un-SACKed byte (`NextSeg`, rule 4).
    pub(super) fn last_unsacked(&self) -> Option<Range> {
        let end = match self.sacked.last() {
            Some(last) if last.end == self.max => last.start,
            Some(_) | None => self.max,
        };
        if end <= self.una {
            return None;
        }
        let segment = &self.segments[self.index_of(end - 1)];
        let start = self.sacked.iter().rev().find(|range| range.end < end).map_or(self.una, |range| range.end);
        Some(Range::new(segment.range.start.max(start), end.min(segment.range.end)))
    }

    /// Records that `range`, given by one of the questions above, is sent again. Returns which transmission it is.
    pub(super) fn on_resent(&mut self, range: Range, now: Time) -> Resend {
        let at = self.index_of(range.start);
        let segment = &mut self.segments[at];
        segment.sent_at = now;
        segment.copies = segment.copies.saturating_add(1);
        Resend { range, copy: segment.copies }
    }

    /// Raises HighRxt over `range` (RFC 6675 §5, step C.2).
    pub(super) fn raise_high_rxt(&mut self, range: Range) {
        self.pipe += range.end.saturating_sub(range.start.max(self.retransmitted_below));
        self.retransmitted_below = self.retransmitted_below.max(range.end);
    }

    /// The un-SACKed bytes from `start` to the end of their segment.
    fn piece(&self, start: u64) -> Range {
        let end = self.segments[self.index_of(start)].range.end;
        Range::new(start, self.sacked.next_start(start).map_or(end, |sacked| end.min(sacked)))
    }

    /// The index of the segment that holds `position`.
    fn index_of(&self, position: u64) -> usize {
        match self.segments.front() {
            Some(first) if position < first.range.end => 0,
            _ => self.segments.partition_point(|segment| segment.range.end <= position),
        }
    }
}

#[cfg(test)]
impl Scoreboard {
    /// SetPipe as RFC 6675 §4 writes it, byte by byte: what `pipe` must be.
    pub(super) fn pipe_from_scratch(&self) -> u64 {
        if self.rack.is_some() {
            return self.pipe_by_time_from_scratch();
        }
        let is_sacked = |byte: u64| self.sacked.iter().any(|range| (range.start..range.end).contains(&byte));
        let count = |byte: u64| u64::from(byte >= self.lost_below) + u64::from(byte < self.retransmitted_below);
        (self.una..self.max).filter(|&byte| !is_sacked(byte)).map(count).sum()
    }
}

#[cfg(test)]
mod tests;
