//! Which sequence numbers have been seen: a bitmap that forgets what lies far behind.

use std::collections::VecDeque;

/// Words kept: the word of the highest number, and 65 536 bits behind it.
const WINDOW_WORDS: u64 = 1_025;

/// Sequence numbers seen, within a window of 65 536 behind the highest.
///
/// Words that are full at the front are let go, so a flow that loses nothing takes a few bytes; one with holes takes at
/// most 16 kB.
#[derive(Clone, Debug, Default)]
pub(in crate::udp) struct Seen {
    /// Bit b of word w stands for the number (first_word + w) · 64 + b. Every number before `first_word` has been seen,
    /// unless it lies before `forgotten`.
    words: VecDeque<u64>,
    first_word: u64,
    /// In words: what came before is no longer known.
    forgotten: u64,
}

/// What is known of a number that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::udp) enum Arrival {
    /// It had not been seen.
    First,
    /// It had been seen.
    Again,
    /// It lies too far behind the highest to tell.
    Unknown,
}

impl Seen {
    /// Notes that `number` was seen, and tells whether it had been.
    pub(in crate::udp) fn insert(&mut self, number: u64) -> Arrival {
        let word = number / 64;
        if word < self.first_word {
            return if word < self.forgotten { Arrival::Unknown } else { Arrival::Again };
        }
        self.make_room(word);
        let bits = &mut self.words[(word - self.first_word) as usize];
        let bit = 1 << (number % 64);
        if *bits & bit != 0 {
            return Arrival::Again;
        }
        *bits |= bit;
        while self.words.front() == Some(&u64::MAX) {
            self.words.pop_front();
            self.first_word += 1;
        }
        Arrival::First
    }

    /// Lets the window reach up to `word`, forgetting what falls out behind.
    fn make_room(&mut self, word: u64) {
        let first = (word + 1).saturating_sub(WINDOW_WORDS);
        if first > self.first_word {
            let falling_out = (first - self.first_word).min(self.words.len() as u64);
            self.words.drain(..falling_out as usize);
            self.first_word = first;
            self.forgotten = first;
        }
        let len = (word + 1 - self.first_word) as usize;
        if len > self.words.len() {
            self.words.resize(len, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_flow_in_order_takes_one_word() {
        let mut seen = Seen::default();
        for number in 0..1_000_000 {
            assert_eq!(seen.insert(number), Arrival::First);
            assert!(seen.words.len() <= 1);
        }
        assert_eq!(seen.insert(5), Arrival::Again);
    }

    #[test]
    fn memory_stays_bounded_however_many_holes_there_are() {
        let mut seen = Seen::default();
        for number in (0..10_000_000).step_by(7) {
            assert_eq!(seen.insert(number), Arrival::First);
            assert!(seen.words.len() <= 1_025);
        }
    }

    #[test]
    fn what_lies_beyond_the_window_is_unknown() {
        let mut seen = Seen::default();
        seen.insert(0);
        seen.insert(1_000_000);
        assert_eq!(seen.insert(0), Arrival::Unknown);
        // A million begins a word, so here the window reaches back no further than it must.
        assert_eq!(seen.insert(1_000_000 - 65_537), Arrival::Unknown);
        assert_eq!(seen.insert(1_000_000 - 65_536), Arrival::First);
        assert_eq!(seen.insert(1_000_000), Arrival::Again);
        seen.insert(u64::MAX);
        assert_eq!(seen.insert(1_000_000), Arrival::Unknown);
    }

    proptest! {
        #[test]
        fn within_the_window_it_answers_as_a_set_does(numbers in proptest::collection::vec(0..600_u64, 0..2_000)) {
            let (mut seen, mut set) = (Seen::default(), BTreeSet::new());
            for number in numbers {
                let expected = if set.insert(number) { Arrival::First } else { Arrival::Again };
                prop_assert_eq!(seen.insert(number), expected);
            }
        }
    }
}
