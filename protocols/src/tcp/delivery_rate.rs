//! Delivery rate: how fast the network delivers what is sent, one sample for each ACK.
//!
//! draft-ietf-ccwg-bbr-06, section 4.1 (before: draft-cheng-iccrg-delivery-rate-estimation). When a segment is sent, it
//! remembers how much was delivered by then, and when. When it is delivered itself, what was delivered meanwhile over
//! the time it took is a sample; the longer of sending and acknowledging counts, so that neither a burst of ACKs nor a
//! burst of sendings looks like bandwidth:
//!
//! ```text
//!  sent      first_sent ------ send_elapsed ------> sent
//!                      \                               \
//!  ACKed        delivered_at ------- ack_elapsed ----------> now
//!
//!  rate = (delivered now - delivered when it was sent) / max(send_elapsed, ack_elapsed)
//! ```
//!
//! Kept beside the scoreboard, and only for an algorithm that wants it.
//! A segment counts as delivered with its last byte. Without SACK each duplicate ACK stands for one segment (section
//! 4.1.3.5.1), and says nothing of which one: it moves the count, the sample waits for the cumulative ACK.
//!
//! Not modelled: departures later than the segment left the sender (queues of the host), reneging.

use std::collections::VecDeque;

use sim_core::time::{Duration, Time};

use super::ranges::Range;
use crate::congestion::{LostSegment, RateSample};

/// What a segment remembers of the moment it was sent last: P of section 4.1.2.1.2.
#[derive(Clone, Copy, Debug)]
struct Snapshot {
    range: Range,
    /// P.send_time.
    sent_at: Time,
    /// P.first_send_time.
    first_sent_at: Time,
    /// P.delivered_time.
    delivered_at: Time,
    /// P.delivered.
    delivered: u64,
    /// P.lost.
    lost: u64,
    /// P.tx_in_flight, the segment included.
    in_flight: u64,
    /// P.is_app_limited.
    is_app_limited: bool,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    UnderWay,
    Lost,
    Delivered,
}

/// The sampler of one connection: C of section 4.1.2.1.1.
#[derive(Clone, Debug)]
pub(super) struct DeliveryRate {
    /// Parallel to the segments of the scoreboard.
    segments: VecDeque<Snapshot>,
    /// C.delivered: bytes that have arrived since the beginning.
    delivered: u64,
    /// C.delivered_time.
    delivered_at: Time,
    /// C.first_send_time: when the segment was sent that was delivered last.
    first_sent_at: Time,
    /// C.lost: bytes ever found to be lost.
    lost: u64,
    /// C.app_limited: until this much is delivered, the samples are limited by the application; 0: they are not.
    app_limited: u64,
    /// Bytes that duplicate ACKs without SACK stood for, and no cumulative ACK has named yet.
    presumed: u64,
    /// C.min_rtt: over the life of the connection.
    min_rtt: Option<Duration>,
    /// No segment below is to be reported lost (again).
    judged_below: u64,
    /// RS: the newest of the segments this ACK delivered.
    newest: Option<Snapshot>,
}

impl DeliveryRate {
    /// Before the first segment, which begins at `next`.
    pub(super) fn new(next: u64, syn_rtt: Option<Duration>) -> Self {
        DeliveryRate {
            segments: VecDeque::new(),
            delivered: 0,
            delivered_at: Time::ZERO,
            first_sent_at: Time::ZERO,
            lost: 0,
            app_limited: 0,
            presumed: 0,
            min_rtt: syn_rtt,
            judged_below: next,
            newest: None,
        }
    }

    /// Whether what is sent now counts as limited by the application.
    pub(super) fn is_app_limited(&self) -> bool {
        self.app_limited != 0
    }

    /// Bytes in the network, if the scoreboard counts `pipe`: less those that only duplicate ACKs told of.
    pub(super) fn in_flight(&self, pipe: u64) -> u64 {
        pipe.saturating_sub(self.presumed)
    }

    /// A new segment is sent; `pipe` includes it (section 4.1.2.2).
    pub(super) fn on_sent(&mut self, range: Range, pipe: u64, now: Time) {
        let snapshot = self.snapshot(range, pipe, now);
        self.segments.push_back(snapshot);
    }

    /// What begins at `start` is sent again; `pipe` includes it. Its sample is that of its new sending.
    pub(super) fn on_resent(&mut self, start: u64, pipe: u64, now: Time) {
        let at = self.index_of(start);
        if let Some(&Snapshot { range, fate, .. }) = self.segments.get(at) {
            let snapshot = self.snapshot(range, pipe, now);
            self.segments[at] = Snapshot { fate: if fate == Fate::Lost { Fate::UnderWay } else { fate }, ..snapshot };
        }
    }

    fn snapshot(&mut self, range: Range, pipe: u64, now: Time) -> Snapshot {
        let in_flight = self.in_flight(pipe);
        // With nothing in the network the interval begins now: all that was delivered by the next ACK, was since.
        if in_flight <= range.len() {
            self.first_sent_at = now;
            self.delivered_at = now;
        }
        Snapshot {
            range,
            sent_at: now,
            first_sent_at: self.first_sent_at,
            delivered_at: self.delivered_at,
            delivered: self.delivered,
            lost: self.lost,
            in_flight,
            is_app_limited: self.is_app_limited(),
            fate: Fate::UnderWay,
        }
    }

    /// The sender could send more and has nothing to send (section 4.1.2.4): what is in the network now measures the
    /// application.
    pub(super) fn mark_app_limited(&mut self, pipe: u64) {
        self.app_limited = (self.delivered + self.in_flight(pipe)).max(1);
    }

    /// An ACK names `[start, end)` for the first time, cumulatively or by SACK (section 4.1.2.3, UpdateRateSample).
    pub(super) fn on_delivered(&mut self, start: u64, end: u64) {
        let first = self.index_of(start);
        for at in first..self.segments.len() {
            let segment = &mut self.segments[at];
            if segment.range.end > end {
                break;
            }
            if segment.fate == Fate::Delivered {
                continue;
            }
            segment.fate = Fate::Delivered;
            let segment = *segment;
            let key = |segment: &Snapshot| (segment.sent_at, segment.range.end);
            if self.newest.is_none_or(|newest| key(&segment) > key(&newest)) {
                self.newest = Some(segment);
            }
        }
    }

    /// A duplicate ACK without SACK: a segment of `mss` bytes has arrived, beyond the first of the `outstanding` bytes.
    /// Returns how many bytes that is.
    pub(super) fn on_duplicate_ack(&mut self, mss: u64, outstanding: u64) -> u64 {
        let bytes = mss.min(outstanding.saturating_sub(self.presumed + mss));
        self.presumed += bytes;
        bytes
    }

    /// Of `bytes` acknowledged cumulatively, those that no duplicate ACK has stood for before.
    pub(super) fn less_presumed(&mut self, bytes: u64) -> u64 {
        let known = bytes.min(self.presumed);
        self.presumed -= known;
        bytes - known
    }

    /// Everything un-SACKed below `boundary` is lost. Tells of each segment of which that is news.
    pub(super) fn on_lost_below(&mut self, boundary: u64, now: Time, mss: u64, mut tell: impl FnMut(&LostSegment)) {
        if boundary <= self.judged_below {
            return;
        }
        for at in self.index_of(self.judged_below)..self.segments.len() {
            if self.segments[at].range.start >= boundary {
                break;
            }
            self.lose(at, now, mss, &mut tell);
        }
        self.judged_below = boundary;
    }

    /// The segment at `start` is lost.
    pub(super) fn on_lost(&mut self, start: u64, now: Time, mss: u64, mut tell: impl FnMut(&LostSegment)) {
        let at = self.index_of(start);
        if at < self.segments.len() {
            self.lose(at, now, mss, &mut tell);
        }
    }

    /// The retransmission timer expired: all that is not delivered is lost, sent again before or not.
    pub(super) fn on_all_lost(&mut self, now: Time, mss: u64, mut tell: impl FnMut(&LostSegment)) {
        for at in 0..self.segments.len() {
            self.lose(at, now, mss, &mut tell);
        }
        self.judged_below = self.segments.back().map_or(self.judged_below, |last| last.range.end);
    }

    fn lose(&mut self, at: usize, now: Time, mss: u64, tell: &mut impl FnMut(&LostSegment)) {
        let segment = &mut self.segments[at];
        if segment.fate != Fate::UnderWay {
            return;
        }
        segment.fate = Fate::Lost;
        self.lost += segment.range.len();
        tell(&LostSegment {
            now,
            bytes: segment.range.len(),
            in_flight_at_send: segment.in_flight,
            lost_bytes: self.lost - segment.lost,
            total_delivered: self.delivered,
            is_app_limited: segment.is_app_limited,
            mss,
        });
    }

    /// Bytes ever found to be lost.
    #[cfg(test)]
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// The ACK says that `bytes` have arrived.
    pub(super) fn add_delivered(&mut self, bytes: u64, now: Time) {
        if bytes > 0 {
            self.delivered += bytes;
            self.delivered_at = now;
        }
    }

    /// The ACK is read, all below `una` is acknowledged: its sample (section 4.1.2.3, GenerateRateSample).
    pub(super) fn finish(&mut self, una: u64, rtt: Option<Duration>, now: Time) -> Option<RateSample> {
        while self.segments.front().is_some_and(|first| first.range.end <= una) {
            self.segments.pop_front();
        }
        if let Some(rtt) = rtt {
            self.min_rtt = Some(self.min_rtt.map_or(rtt, |min| min.min(rtt)));
        }
        // The bubble is acknowledged and gone.
        if self.delivered > self.app_limited {
            self.app_limited = 0;
        }
        let newest = self.newest.take()?;
        self.first_sent_at = newest.sent_at;
        let interval = (newest.sent_at - newest.first_sent_at).max(now - newest.delivered_at);
        // A sample over less than a round trip comes from a retransmission that was not needed.
        if interval.is_zero() || self.min_rtt.is_some_and(|min_rtt| interval < min_rtt) {
            return None;
        }
        Some(RateSample {
            delivered_bytes: self.delivered - newest.delivered,
            interval,
            prior_delivered: newest.delivered,
            total_delivered: self.delivered,
            in_flight_at_send: newest.in_flight,
            lost_bytes: self.lost - newest.lost,
            is_app_limited: newest.is_app_limited,
        })
    }

    /// The index of the segment that holds `position`, or would.
    fn index_of(&self, position: u64) -> usize {
        match self.segments.front() {
            Some(first) if position < first.range.end => 0,
            Some(_) | None => self.segments.partition_point(|segment| segment.range.end <= position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSS: u64 = 1_000;

    fn at(millis: u64) -> Time {
        Time::ZERO + ms(millis)
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A sampler, and the scoreboard's counts that belong to it.
    struct Bench {
        rate: DeliveryRate,
        sent: u64,
        una: u64,
        pipe: u64,
    }

    impl Bench {
        fn new() -> Self {
            Bench { rate: DeliveryRate::new(0, Some(ms(10))), sent: 0, una: 0, pipe: 0 }
        }

        fn send(&mut self, now: u64) {
            self.pipe += MSS;
            self.rate.on_sent(Range::new(self.sent, self.sent + MSS), self.pipe, at(now));
            self.sent += MSS;
        }

        /// A cumulative ACK of `segments` more.
        fn ack(&mut self, segments: u64, now: u64) -> Option<RateSample> {
            let to = self.una + segments * MSS;
            self.rate.on_delivered(self.una, to);
            self.una = to;
            self.pipe = self.pipe.saturating_sub(segments * MSS);
            self.finish(segments * MSS, now)
        }

        /// A SACK of one segment, by its number.
        fn sack(&mut self, segment: u64, now: u64) -> Option<RateSample> {
            self.rate.on_delivered(segment * MSS, (segment + 1) * MSS);
            self.pipe -= MSS;
            self.finish(MSS, now)
        }

        /// The end of an ACK by which `bytes` are delivered.
        fn finish(&mut self, bytes: u64, now: u64) -> Option<RateSample> {
            self.rate.add_delivered(bytes, at(now));
            self.rate.finish(self.una, None, at(now))
        }
    }

    /// The delivery, its interval in milliseconds, and P.delivered.
    fn seen(sample: Option<RateSample>) -> (u64, u64, u64) {
        let sample = sample.expect("there is a sample");
        (sample.delivered_bytes, sample.interval.picos() / 1_000_000_000, sample.prior_delivered)
    }

    #[test]
    fn a_lone_segment_is_delivered_in_its_round_trip() {
        let mut it = Bench::new();
        it.send(100);
        assert_eq!(seen(it.ack(1, 140)), (1_000, 40, 0));
    }

    /// Four segments at 0, 1, 2, 3 ms; the bottleneck delivers one every 10 ms from 40 ms on.
    ///
    /// The first three see the time from the beginning (nothing was delivered when they left). A fifth, sent when the
    /// first is acknowledged, sees four delivered from 40 ms to 80 ms: the bottleneck's 100 bytes a millisecond.
    #[test]
    fn the_rate_is_that_of_the_acks_when_they_are_slower() {
        let mut it = Bench::new();
        (0..4).for_each(|now| it.send(now));
        assert_eq!(seen(it.ack(1, 40)), (1_000, 40, 0));
        it.send(40);
        assert_eq!(seen(it.ack(1, 50)), (2_000, 50, 0));
        assert_eq!(seen(it.ack(1, 60)), (3_000, 60, 0));
        assert_eq!(seen(it.ack(1, 70)), (4_000, 70, 0));
        assert_eq!(seen(it.ack(1, 80)), (4_000, 40, 1_000));
    }

    /// Sent at 0, 40, 50, 60 ms. The ACKs of the last three come together at 100 ms.
    ///
    /// The newest left at 60 ms, when the first was delivered (at 40 ms), which had been sent at 0: from then on the
    /// sendings took 60 ms, the ACKs from 40 to 100 ms 60 ms as well. Acknowledged at 95 ms, the 60 ms of sending count.
    #[test]
    fn the_rate_is_that_of_the_sendings_when_the_acks_come_together() {
        for acked_at in [100, 95] {
            let mut it = Bench::new();
            it.send(0);
            it.send(1);
            it.ack(1, 40);
            [40, 50, 60].into_iter().for_each(|now| it.send(now));
            assert_eq!(seen(it.ack(4, acked_at)), (4_000, 60, 1_000));
        }
    }

    #[test]
    fn an_interval_shorter_than_the_least_round_trip_is_no_sample() {
        let mut it = Bench::new();
        it.send(0);
        it.rate.on_resent(0, 1_000, at(35));
        assert_eq!(it.ack(1, 40), None, "5 ms is less than the 10 ms of the handshake");
        it.send(50);
        assert_eq!(seen(it.ack(1, 90)), (1_000, 40, 1_000));
    }

    #[test]
    fn after_a_pause_the_interval_begins_with_the_next_sending() {
        let mut it = Bench::new();
        it.send(0);
        it.ack(1, 40);
        it.send(1_000);
        assert_eq!(seen(it.ack(1, 1_040)), (1_000, 40, 1_000));
    }

    #[test]
    fn a_retransmission_is_sampled_by_its_own_sending() {
        let mut it = Bench::new();
        [0, 1, 2, 3].into_iter().for_each(|now| it.send(now));
        it.sack(1, 41);
        it.sack(2, 42);
        // Sent again with two delivered at 42 ms; the newest delivered so far was sent at 2 ms.
        it.rate.on_resent(0, 2 * MSS, at(42));
        it.pipe += MSS;
        it.sack(3, 43);
        // Acknowledged at 82 ms: 40 ms of ACKs, and 40 ms from the sending at 2 ms to its own at 42 ms.
        assert_eq!(seen(it.ack(4, 82)).1, 40);
    }

    #[test]
    fn sacked_segments_are_not_delivered_again_by_the_cumulative_ack() {
        let mut it = Bench::new();
        [0, 1, 2].into_iter().for_each(|now| it.send(now));
        it.sack(1, 41);
        assert_eq!(seen(it.sack(2, 42)), (2_000, 42, 0));
        // Only the first is news: sent at 0, it is older than those before it.
        it.rate.on_delivered(0, 3_000);
        let sample = it.finish(1_000, 80).unwrap();
        assert_eq!((sample.delivered_bytes, sample.total_delivered), (3_000, 3_000));
    }

    #[test]
    fn samples_are_marked_until_the_bubble_is_delivered() {
        let mut it = Bench::new();
        it.send(0);
        it.send(1);
        // Nothing more to send: two segments are under way.
        it.rate.mark_app_limited(it.pipe);
        assert!(!it.ack(1, 40).unwrap().is_app_limited, "it was sent before");
        it.send(41);
        assert!(!it.ack(1, 45).unwrap().is_app_limited);
        // 2000 bytes are delivered: the mark goes with the next.
        assert!(it.rate.is_app_limited());
        assert!(it.ack(1, 81).unwrap().is_app_limited);
        assert!(!it.rate.is_app_limited());
        it.send(82);
        assert!(!it.ack(1, 122).unwrap().is_app_limited);
    }

    #[test]
    fn losses_are_told_once_with_what_was_in_flight() {
        let mut it = Bench::new();
        (0..5).for_each(|now| it.send(now));
        it.sack(4, 44);
        let mut told = Vec::new();
        let mut tell = |lost: &LostSegment| told.push((lost.bytes, lost.in_flight_at_send, lost.lost_bytes));
        it.rate.on_lost_below(2 * MSS, at(44), MSS, &mut tell);
        it.rate.on_lost_below(2 * MSS, at(45), MSS, &mut tell);
        it.rate.on_lost_below(5 * MSS, at(46), MSS, &mut tell);
        assert_eq!(told, [(1_000, 1_000, 1_000), (1_000, 2_000, 2_000), (1_000, 3_000, 3_000), (1_000, 4_000, 4_000)]);
    }

    #[test]
    fn a_timeout_loses_what_was_sent_again_too() {
        let mut it = Bench::new();
        (0..3).for_each(|now| it.send(now));
        it.sack(2, 42);
        it.rate.on_lost_below(MSS, at(42), MSS, |_| {});
        it.rate.on_resent(0, 2 * MSS, at(43));
        let mut told = 0;
        it.rate.on_all_lost(at(1_000), MSS, |_| told += 1);
        assert_eq!((told, it.rate.lost()), (2, 3_000));
    }

    #[test]
    fn without_sack_a_duplicate_ack_is_a_segment_and_is_not_counted_twice() {
        let mut it = Bench::new();
        (0..4).for_each(|now| it.send(now));
        // The first is lost; the others arrive. A fourth duplicate can only be a duplicate.
        let news = [41, 42, 43, 44].map(|now| {
            let bytes = it.rate.on_duplicate_ack(MSS, 4 * MSS);
            it.finish(bytes, now);
            bytes
        });
        assert_eq!(news, [1_000, 1_000, 1_000, 0]);
        assert_eq!(it.rate.in_flight(4 * MSS), 1_000);
        it.rate.on_delivered(0, 4 * MSS);
        let bytes = it.rate.less_presumed(4 * MSS);
        let sample = it.finish(bytes, 82).unwrap();
        assert_eq!((bytes, sample.total_delivered), (1_000, 4_000));
    }
}
