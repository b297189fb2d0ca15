//! The scoreboard against RFC 6675 written down byte by byte.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const THRESHOLD: u32 = 3;
/// A small segment, so that a byte-by-byte reference stays quick.
const MSS: u64 = 3;

/// RFC 6675 §4 as it is written.
#[derive(Debug, Default)]
struct Naive {
    una: u64,
    max: u64,
    sacked: BTreeSet<u64>,
    /// HighRxt + 1.
    high_rxt: u64,
    /// What was lost once: by a timeout, or by `IsLost`, which forgets when ranges grow together.
    lost: BTreeSet<u64>,
}

impl Naive {
    fn unsacked(&self) -> impl Iterator<Item = u64> + '_ {
        (self.una..self.max).filter(|byte| !self.sacked.contains(byte))
    }

    /// "Returns true when either DupThresh discontiguous SACKed sequences have arrived above 'SeqNum' or more than
    /// (DupThresh - 1) * SMSS bytes with sequence numbers greater than 'SeqNum' have been SACKed."
    fn is_lost(&self, byte: u64) -> bool {
        let above: Vec<u64> = self.sacked.range(byte + 1..).copied().collect();
        let sequences = above.iter().filter(|&&byte| !self.sacked.contains(&(byte - 1))).count();
        self.lost.contains(&byte)
            || sequences >= THRESHOLD as usize
            || above.len() as u64 > u64::from(THRESHOLD - 1) * MSS
    }

    fn remember_lost(&mut self) {
        let lost: Vec<u64> = self.unsacked().filter(|&byte| self.is_lost(byte)).collect();
        self.lost.extend(lost);
    }

    fn pipe(&self) -> u64 {
        self.unsacked().map(|byte| u64::from(!self.is_lost(byte)) + u64::from(byte < self.high_rxt)).sum()
    }

    /// NextSeg, rule 1; after a timeout the same without (1.b).
    fn next_lost(&self) -> Option<u64> {
        self.unsacked().find(|&byte| byte >= self.high_rxt && self.is_lost(byte))
    }

    /// Rule 3.
    fn next_unsacked(&self) -> Option<u64> {
        let highest = *self.sacked.last()?;
        self.unsacked().find(|&byte| byte >= self.high_rxt && byte < highest)
    }

    fn ack(&mut self, to: u64) {
        self.una = to;
        self.max = self.max.max(to);
        self.high_rxt = self.high_rxt.max(to);
        self.sacked = self.sacked.split_off(&to);
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Send {
        len: u64,
    },
    /// Acknowledges a share of what is outstanding.
    Ack {
        share: f64,
    },
    Sack {
        at: f64,
        len: u64,
    },
    ResendLost,
    ResendUnsacked,
    Timeout,
    Forget,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        6 => (1..=MSS).prop_map(|len| Operation::Send { len }),
        2 => (0.0..1.0).prop_map(|share| Operation::Ack { share }),
        6 => (0.0..1.0, 1..=2 * MSS).prop_map(|(at, len)| Operation::Sack { at, len }),
        4 => Just(Operation::ResendLost),
        1 => Just(Operation::ResendUnsacked),
        1 => Just(Operation::Timeout),
        1 => Just(Operation::Forget),
    ];
    prop::collection::vec(operation, 0..120)
}

proptest! {
    #[test]
    fn it_agrees_with_rfc_6675_byte_by_byte(operations in operations()) {
        let mut it = Scoreboard::new(1);
        let mut naive = Naive { una: 1, max: 1, high_rxt: 1, ..Naive::default() };
        for operation in operations {
            let within = |share: f64| naive.una + ((naive.max - naive.una) as f64 * share) as u64;
            match operation {
                Operation::Send { len } => {
                    it.on_sent(naive.max + len, Time::ZERO);
                    naive.max += len;
                }
                Operation::Ack { share } => {
                    // Where the receiver's cumulative ACK can be: never at a byte it has reported.
                    let to = (within(share) + 1..).find(|byte| !naive.sacked.contains(byte)).expect("endless");
                    let to = to.min(naive.max);
                    if to > naive.una {
                        it.on_ack(to);
                        naive.ack(to);
                    }
                }
                Operation::Sack { at, len } => {
                    let start = within(at) + 1;
                    let end = (start + len).min(naive.max);
                    if start < end {
                        let news = it.on_sack(start, end, |_| {});
                        prop_assert_eq!(news, (start..end).filter(|&byte| naive.sacked.insert(byte)).count() as u64);
                        it.update_lost(THRESHOLD, MSS);
                        naive.remember_lost();
                    }
                }
                Operation::ResendLost => {
                    if let Some(range) = it.next_lost() {
                        it.on_resent(range, Time::ZERO);
                        it.raise_high_rxt(range);
                        naive.high_rxt = naive.high_rxt.max(range.end);
                    }
                }
                Operation::ResendUnsacked => {
                    if let Some(range) = it.next_unsacked() {
                        it.on_resent(range, Time::ZERO);
                        it.raise_high_rxt(range);
                        naive.high_rxt = naive.high_rxt.max(range.end);
                    }
                }
                Operation::Timeout => {
                    it.mark_all_lost();
                    naive.lost.extend(naive.una..naive.max);
                    naive.high_rxt = naive.una;
                }
                Operation::Forget => {
                    it.forget_retransmissions();
                    naive.high_rxt = naive.una;
                }
            }
            prop_assert_eq!(it.pipe(), naive.pipe(), "{:?} {:?}", it, naive);
            prop_assert_eq!(it.pipe(), it.pipe_from_scratch());
            prop_assert_eq!(it.next_lost().map(|range| range.start), naive.next_lost());
            prop_assert_eq!(it.next_unsacked().map(|range| range.start), naive.next_unsacked());
            for range in [it.next_lost(), it.next_unsacked(), it.last_unsacked()].into_iter().flatten() {
                prop_assert!(range.len() <= MSS && (range.start..range.end).all(|byte| !naive.sacked.contains(&byte)));
            }
            let last = it.last_unsacked().map(|range| range.end - 1);
            prop_assert_eq!(last, naive.unsacked().last());
        }
    }
}

/// Ten segments of 1000 bytes, sent a millisecond after each other.
fn ten() -> Scoreboard {
    let mut it = Scoreboard::new(0);
    for number in 1..=10 {
        it.on_sent(number * 1_000, Time::from_picos(number));
    }
    it
}

#[test]
fn an_ack_tells_when_its_newest_segment_was_sent() {
    assert_eq!(ten().on_ack(3_000), Acked { bytes: 3_000, sacked_bytes: 0, sent_at: Some(Time::from_picos(3)) });
}

#[test]
fn an_ack_that_jumps_over_sacked_data_was_caused_by_the_first_segment() {
    let mut it = ten();
    it.on_sack(1_000, 5_000, |_| {});
    assert_eq!(it.on_ack(5_000), Acked { bytes: 5_000, sacked_bytes: 4_000, sent_at: Some(Time::from_picos(1)) });
}

#[test]
fn an_ack_of_anything_sent_twice_is_ambiguous() {
    let mut it = ten();
    it.on_resent(it.first().unwrap(), Time::from_picos(99));
    assert_eq!(it.on_ack(3_000).sent_at, None);
}

#[test]
fn retransmissions_keep_to_the_segments_they_were_sent_in() {
    let mut it = ten();
    it.on_sack(2_500, 4_000, |_| {});
    it.on_ack(500);
    it.mark_all_lost();
    let mut pieces = Vec::new();
    while let Some(range) = it.next_lost().filter(|range| range.start < 5_000) {
        it.raise_high_rxt(range);
        pieces.push((range.start, range.end));
    }
    assert_eq!(pieces, [(500, 1_000), (1_000, 2_000), (2_000, 2_500), (4_000, 5_000)]);
}
