//! RACK against RFC 8985's pseudo code, which looks at every segment for every ACK. Of sendings at one instant the later
//! one counts as later, here too.

use proptest::prelude::*;

use super::*;

const THRESHOLD: u32 = 3;
const LEN: u64 = 10;
const SRTT: Duration = Duration::from_millis(100);

/// A segment as the RFC keeps it.
#[derive(Clone, Copy, Debug)]
struct Plain {
    end: u64,
    xmit_ts: Time,
    order: u32,
    is_retransmitted: bool,
    is_lost: bool,
    is_delivered: bool,
}

/// RFC 8985 §5.2 and §6.2 as they are written.
#[derive(Debug, Default)]
struct Naive {
    segments: Vec<Plain>,
    una: u64,
    xmit_ts: Time,
    order: u32,
    sendings: u32,
    rtt: Duration,
    min_rtt: Option<Duration>,
    fack: u64,
    reordering_seen: bool,
}

impl Naive {
    fn deliver(&mut self, ends: std::ops::RangeInclusive<u64>, now: Time) {
        for at in 0..self.segments.len() {
            let segment = self.segments[at];
            if segment.is_delivered || !ends.contains(&segment.end) {
                continue;
            }
            self.segments[at].is_delivered = true;
            let rtt = now - segment.xmit_ts;
            if segment.end > self.fack {
                self.fack = segment.end;
            } else if segment.end < self.fack && !segment.is_retransmitted {
                self.reordering_seen = true;
            }
            if !segment.is_retransmitted {
                self.min_rtt = Some(self.min_rtt.unwrap_or(rtt).min(rtt));
            }
            if segment.is_retransmitted && self.min_rtt.is_some_and(|min_rtt| rtt < min_rtt) {
                continue;
            }
            self.rtt = rtt;
            if segment.xmit_ts > self.xmit_ts || (segment.xmit_ts == self.xmit_ts && segment.order > self.order) {
                (self.xmit_ts, self.order) = (segment.xmit_ts, segment.order);
            }
        }
    }

    fn reordering_window(&self, is_recovering: bool) -> Duration {
        let sacked = self.segments.iter().filter(|segment| segment.is_delivered && segment.end > self.una).count();
        if !self.reordering_seen && (is_recovering || sacked >= THRESHOLD as usize) {
            return Duration::ZERO;
        }
        (self.min_rtt.unwrap_or_default() / 4).min(SRTT)
    }

    /// RACK_detect_loss; returns the least timeout rather than the greatest.
    fn detect(&mut self, is_recovering: bool, now: Time) -> Option<Time> {
        let patience = self.rtt + self.reordering_window(is_recovering);
        let mut next: Option<Time> = None;
        for segment in self.segments.iter_mut().filter(|segment| !segment.is_delivered && !segment.is_lost) {
            let is_sent_before =
                self.xmit_ts > segment.xmit_ts || (self.xmit_ts == segment.xmit_ts && self.order > segment.order);
            if !is_sent_before {
                continue;
            }
            let until = segment.xmit_ts + patience;
            if until <= now {
                segment.is_lost = true;
            } else {
                next = Some(next.map_or(until, |next| next.min(until)));
            }
        }
        next
    }

    fn resend(&mut self, end: u64, now: Time) {
        self.sendings += 1;
        let order = self.sendings;
        let again = self.segments.iter_mut().find(|segment| segment.end == end).expect("it was sent");
        *again = Plain { xmit_ts: now, order, is_retransmitted: true, is_lost: false, ..*again };
    }

    fn pipe(&self) -> u64 {
        LEN * self.segments.iter().filter(|segment| !segment.is_delivered && !segment.is_lost).count() as u64
    }

    fn next_lost(&self) -> Option<u64> {
        let lost = self.segments.iter().find(|segment| !segment.is_delivered && segment.is_lost)?;
        Some(lost.end - LEN)
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Send,
    Wait {
        millis: u64,
    },
    /// Delivers some segments, as shares of the outstanding ones: a cumulative ACK follows if the first is among them.
    Deliver {
        at: f64,
        count: u64,
    },
    ResendLost,
    /// A probe: the last segment again.
    ResendLast,
    Timeout,
    TimerExpires,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        8 => Just(Operation::Send),
        4 => (1_u64..40).prop_map(|millis| Operation::Wait { millis }),
        8 => (0.0..1.0, 1_u64..4).prop_map(|(at, count)| Operation::Deliver { at, count }),
        4 => Just(Operation::ResendLost),
        1 => Just(Operation::ResendLast),
        1 => Just(Operation::Timeout),
        2 => Just(Operation::TimerExpires),
    ];
    prop::collection::vec(operation, 0..150)
}

proptest! {
    #[test]
    fn it_agrees_with_the_pseudo_code_of_rfc_8985(operations in operations(), recovers in any::<bool>()) {
        let mut it = Scoreboard::new(0);
        it.detect_by_time();
        let mut naive = Naive::default();
        let mut now = Time::ZERO + Duration::from_millis(1);
        let mut next = None;
        for operation in operations {
            let given = Circumstances { now, is_recovering: recovers, threshold: THRESHOLD, srtt: Some(SRTT) };
            match operation {
                Operation::Send => {
                    it.on_sent(it.max() + LEN, now);
                    naive.sendings += 1;
                    naive.segments.push(Plain {
                        end: it.max(),
                        xmit_ts: now,
                        order: naive.sendings,
                        is_retransmitted: false,
                        is_lost: false,
                        is_delivered: false,
                    });
                }
                Operation::Wait { millis } => now += Duration::from_millis(millis),
                Operation::Deliver { at, count } => {
                    let outstanding = (it.max() - it.una()) / LEN;
                    let first = it.una() + LEN * (outstanding as f64 * at) as u64;
                    let last = (first + LEN * count).min(it.max());
                    if first < last {
                        // Where the receiver's cumulative ACK comes to stand.
                        let arrived = |end: u64| naive.segments.iter().any(|it| it.end == end && it.is_delivered);
                        let mut to = it.una();
                        while arrived(to + LEN) || (first..last).contains(&to) {
                            to += LEN;
                        }
                        naive.deliver(0..=to, now);
                        naive.deliver(first + LEN..=last, now);
                        if to > it.una() {
                            it.on_ack_by_time(to, now);
                        }
                        it.on_sack_by_time(first, last, now, |_| {});
                        naive.una = to;
                        let losses = it.detect_losses(&given, |_| {});
                        prop_assert_eq!(losses.next, naive.detect(recovers, now));
                        next = losses.next;
                    }
                }
                Operation::ResendLost => {
                    if let Some(range) = it.next_lost_by_time() {
                        it.on_resent_by_time(range, now);
                        naive.resend(range.end, now);
                    }
                }
                Operation::ResendLast => {
                    if let Some(range) = it.last().filter(|last| it.sacked.last().is_none_or(|it| it.end != last.end)) {
                        it.on_resent_by_time(range, now);
                        naive.resend(range.end, now);
                    }
                }
                Operation::Timeout => {
                    let patience = naive.rtt + naive.reordering_window(recovers);
                    let una = naive.una;
                    for segment in naive.segments.iter_mut().filter(|segment| !segment.is_delivered) {
                        segment.is_lost |= segment.end == una + LEN || segment.xmit_ts + patience <= now;
                    }
                    it.lose_on_timeout(&given, |_| {});
                }
                Operation::TimerExpires => {
                    if let Some(at) = next {
                        now = now.max(at);
                        let losses = it.detect_losses(&Circumstances { now, ..given }, |_| {});
                        prop_assert_eq!(losses.next, naive.detect(recovers, now));
                        next = losses.next;
                    }
                }
            }
            prop_assert_eq!(it.pipe(), naive.pipe(), "{:?} {:?}", it, naive);
            prop_assert_eq!(it.pipe(), it.pipe_from_scratch());
            prop_assert_eq!(it.next_lost_by_time().map(|range| range.start), naive.next_lost());
        }
    }
}

#[test]
fn the_queue_of_sendings_does_not_outgrow_the_window() {
    let mut it = Scoreboard::new(0);
    it.detect_by_time();
    let mut now = Time::ZERO;
    let given = |now| Circumstances { now, is_recovering: false, threshold: THRESHOLD, srtt: Some(SRTT) };
    for number in 1..=10_000 {
        now += Duration::from_millis(1);
        it.on_sent(number * LEN, now);
        if number > 100 {
            it.on_ack_by_time((number - 100) * LEN, now);
            it.detect_losses(&given(now), |_| {});
        }
    }
    assert!(it.rack().sendings.len() <= 101, "{}", it.rack().sendings.len());
}
