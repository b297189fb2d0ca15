//! The receiving half: puts bytes in order, says what arrived, and how much more there is room for.
//!
//! RFC 9293 §3.8.6 (window), RFC 5681 §4.2 (when to acknowledge), RFC 2018 (SACK blocks).
//! Not modelled: D-SACK (RFC 2883), shrinking the buffer, discarding what was SACKed.

use sim_core::packet::SackBlocks;

use super::config::UNSCALED_WINDOW;
use super::ranges::{Range, Ranges};
use super::seq::Numbering;

/// How soon a segment must be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AckNeed {
    /// It carried nothing.
    Never,
    /// Within the ACK delay.
    Soon,
    /// Before anything else happens.
    Now,
}

/// What a segment brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) need: AckNeed,
    pub(super) kind: ArrivalKind,
}

/// How a segment's bytes lie to those received before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArrivalKind {
    /// The next bytes: these many are in order now.
    InOrder(u64),
    /// Behind a gap.
    OutOfOrder,
    /// Nothing new.
    Duplicate,
}

/// The receiving half of a connection. Positions as in [`seq`](super::seq), of the peer's stream.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub(super) numbering: Numbering,
    /// RCV.NXT.
    next: u64,
    /// What arrived beyond `next`.
    beyond: Ranges,
    /// The ranges of `beyond` reported by SACK, the most recent first (RFC 2018 §4).
    recent: [Range; SackBlocks::MOST],
    recent_count: usize,
    /// RCV.NXT + RCV.WND as the peer knows it: never moves back.
    edge: u64,
    /// In order, not yet read by the application.
    unread: u64,
    /// Where the peer's FIN stands, once it was seen.
    fin: Option<u64>,
    /// What the last ACK we sent acknowledged.
    acked: u64,
    /// Bytes the application's buffer holds.
    buffer: u64,
    /// Our window shift (RFC 7323).
    shift: u8,
    /// The peer's full segment.
    mss: u64,
    /// Whether ACKs may wait for a second segment.
    delays_acks: bool,
}

/// What the two ends agreed on, as far as the receiver is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReceiverSetup {
    pub(super) buffer: u64,
    pub(super) shift: u8,
    pub(super) mss: u64,
    pub(super) delays_acks: bool,
}

impl Receiver {
    /// For the stream whose SYN has arrived.
    pub(super) fn new(numbering: Numbering, setup: ReceiverSetup) -> Self {
        let next = 1;
        let buffer = setup.buffer.min(UNSCALED_WINDOW << setup.shift);
        Receiver {
            numbering,
            next,
            beyond: Ranges::default(),
            recent: [Range::new(0, 0); SackBlocks::MOST],
            recent_count: 0,
            // The window of our SYN, which is never scaled (RFC 7323 §2.2).
            edge: next + buffer.min(UNSCALED_WINDOW),
            unread: 0,
            fin: None,
            acked: next,
            buffer,
            shift: setup.shift,
            mss: setup.mss,
            delays_acks: setup.delays_acks,
        }
    }

    /// RCV.NXT.
    #[inline]
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// RCV.WND.
    #[inline]
    pub(super) fn window(&self) -> u64 {
        self.edge - self.next
    }

    /// In order and waiting for the application.
    pub(super) fn unread(&self) -> u64 {
        self.unread
    }

    /// Whether the peer's FIN and all before it has arrived.
    #[inline]
    pub(super) fn has_fin(&self) -> bool {
        self.fin.is_some_and(|fin| self.next > fin)
    }

    /// Whether there is data beyond a gap, so that an ACK should carry SACK blocks.
    #[inline]
    pub(super) fn has_gaps(&self) -> bool {
        !self.beyond.is_empty()
    }

    /// Whether a segment of `len` sequence numbers at `start` has a place in the window (RFC 9293 §3.4, table 6).
    #[inline]
    pub(super) fn is_acceptable(&self, start: u64, len: u64) -> bool {
        if len == 0 {
            // RFC 9293 excludes the right edge itself. But that is where the pure ACKs of a peer stand who has filled
            // the window and lost the data: they must be heard, or two such peers never hear each other again.
            return (self.next..=self.edge).contains(&start);
        }
        // Some byte lies in the window, which is not empty.
        start < self.edge && start + len > self.next && self.window() > 0
    }

    /// Data from `start` to `end` arrived, followed by a FIN or not. It is acceptable, and not empty.
    #[inline]
    pub(super) fn on_segment(&mut self, start: u64, end: u64, has_fin: bool) -> Arrival {
        let mut end = end;
        if has_fin && end < self.edge {
            // The FIN takes a sequence number of its own, behind the data.
            self.fin = Some(end);
            end += 1;
        }
        let (start, end) = (start.max(self.next), end.min(self.edge));
        if start >= end {
            return Arrival { need: AckNeed::Now, kind: ArrivalKind::Duplicate };
        }
        if start > self.next {
            return self.on_gap(start, end);
        }
        let before = self.next;
        let had_gaps = !self.beyond.is_empty();
        self.next = end;
        if had_gaps {
            self.close_gap();
        }
        let fin_bytes = u64::from(self.has_fin());
        let bytes = self.next - before - fin_bytes;
        self.unread += bytes;
        // At least every second full segment, at once when a gap is filled, and at the end (RFC 5681 §4.2).
        let is_due = self.next - self.acked >= 2 * self.mss;
        let need = if had_gaps || fin_bytes > 0 || is_due || !self.delays_acks { AckNeed::Now } else { AckNeed::Soon };
        Arrival { need, kind: ArrivalKind::InOrder(bytes) }
    }

    /// `next` moved: takes over what waited beyond it.
    fn close_gap(&mut self) {
        if let Some(first) = self.beyond.first().filter(|first| first.start <= self.next) {
            self.next = self.next.max(first.end);
        }
        self.beyond.remove_below(self.next, |_| {});
        let next = self.next;
        self.keep_recent(|range| range.start >= next);
    }

    fn on_gap(&mut self, start: u64, end: u64) -> Arrival {
        let mut is_new = false;
        let merged = self.beyond.insert(start, end, |_| is_new = true);
        // The block with the segment that caused the ACK comes first (RFC 2018 §4).
        self.keep_recent(|range| range.start < merged.start || range.end > merged.end);
        let kept = self.recent_count.min(SackBlocks::MOST - 1);
        self.recent.copy_within(0..kept, 1);
        self.recent[0] = merged;
        self.recent_count = kept + 1;
        let kind = if is_new { ArrivalKind::OutOfOrder } else { ArrivalKind::Duplicate };
        Arrival { need: AckNeed::Now, kind }
    }

    fn keep_recent(&mut self, keep: impl Fn(Range) -> bool) {
        let mut kept = 0;
        for at in 0..self.recent_count {
            if keep(self.recent[at]) {
                self.recent[kept] = self.recent[at];
                kept += 1;
            }
        }
        self.recent_count = kept;
    }

    /// The application reads up to `most` bytes; returns how many there were.
    #[inline]
    pub(super) fn read(&mut self, most: u64) -> u64 {
        let bytes = self.unread.min(most);
        self.unread -= bytes;
        bytes
    }

    /// How far the window would reach if it were advertised now. Silly windows are avoided: the edge moves by a full
    /// segment or half the buffer, or not at all (RFC 9293 §3.8.6.2.2).
    #[inline]
    fn wanted_edge(&self) -> Option<u64> {
        let room = self.next + self.buffer.saturating_sub(self.unread);
        (room >= self.edge + self.mss.min(self.buffer.div_ceil(2))).then_some(room)
    }

    /// Whether an ACK would open the window further: worth a segment of its own after the application has read.
    pub(super) fn has_window_update(&self) -> bool {
        self.wanted_edge().is_some()
    }

    /// The window field of a segment about to be sent, which acknowledges all up to `next`.
    #[inline]
    pub(super) fn advertise(&mut self) -> u16 {
        // Rounded down where the edge moves. Where it stays, rounded up, so that it never moves back, but no further
        // than the buffer: once that is full, odd sizes may cost less than one unit of the field (RFC 7323 §2.4).
        let unit = 1 << self.shift;
        let room = self.buffer.saturating_sub(self.unread);
        let held = self.window().div_ceil(unit).min(room.div_ceil(unit));
        let wanted = self.wanted_edge().map_or(0, |edge| (edge - self.next) >> self.shift);
        let field = held.max(wanted).min(UNSCALED_WINDOW);
        self.edge = self.edge.max(self.next + (field << self.shift));
        self.acked = self.next;
        field as u16
    }

    /// Last.ACK.sent of RFC 7323.
    pub(super) fn last_ack_sent(&self) -> u64 {
        self.acked
    }

    /// Whether everything received was acknowledged.
    pub(super) fn is_acked(&self) -> bool {
        self.acked == self.next
    }

    /// Fills the SACK option of an ACK about to be sent.
    pub(super) fn report_gaps(&self, blocks: &mut SackBlocks) {
        let most = blocks.most();
        let recent = &self.recent[..self.recent_count.min(most)];
        // Blocks that had to make room for more recent ones are reported again as soon as there is room.
        let room = most.min(self.beyond.count()) - recent.len();
        let others = if room == 0 { None } else { Some(self.beyond.iter().filter(|range| !recent.contains(range))) };
        for range in recent.iter().copied().chain(others.into_iter().flatten().take(room)) {
            blocks.push(self.numbering.wire(range.start), self.numbering.wire(range.end));
        }
    }
}

#[cfg(test)]
mod tests;
