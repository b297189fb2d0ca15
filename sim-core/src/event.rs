//! The event queue and the order of events.
//!
//! An event touches one node only, so events of different nodes at one instant commute, and only the order within a
//! node matters. That order comes from the model alone (see [`EventKey`]): it is the same for any numbering of the
//! nodes and any division into partitions, and it favours nobody.

use crate::hash::hash64;
use crate::time::Time;

/// What kind of event is due. At one instant:
///
/// - a transmission that ends frees its place in the queue before a packet arrives that wants it;
/// - arrivals come before timers: an acknowledgement at exactly the timeout is in time;
/// - timers decide last, with all that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A link's transmitter becomes free. The source is the link.
    TransmitDone = 0,
    /// A packet arrives over a wire. The source is the wire.
    Arrival = 1,
    /// A timer of an agent expires. The source is the agent.
    Timer = 2,
}

/// When an event is due, and in which order with others: by time, then class, then a tie drawn from the source's name
/// and the time, then the source's number. Each source has at most one live event, so no two keys are equal.
///
/// ```text
/// 127            64 63 62 61        32 31         0
/// |     time       |class|    tie     |   source   |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey(u128);

impl EventKey {
    /// The key of the event of `source`, whose name hashes to `salt`.
    #[inline]
    pub fn new(time: Time, class: Class, salt: u64, source: u32) -> Self {
        let low = (class as u64) << 62 | tie(salt, time) << 32 | u64::from(source);
        EventKey(u128::from(time.picos()) << 64 | u128::from(low))
    }

    /// When the event is due.
    #[inline]
    pub fn time(self) -> Time {
        Time::from_picos((self.0 >> 64) as u64)
    }

    /// What kind of event it is.
    #[inline]
    pub fn class(self) -> Class {
        match (self.0 as u64) >> 62 {
            0 => Class::TransmitDone,
            1 => Class::Arrival,
            _ => Class::Timer,
        }
    }

    /// The number of the link, wire or agent, local to its partition.
    #[inline]
    pub fn source(self) -> u32 {
        self.0 as u32
    }
}

/// The salt of a source: a hash of its name under the experiment's seed, so that another seed gives other ties.
pub fn salt(seed: u64, name: &str, kind: Class) -> u64 {
    crate::hash::hash_name(hash64(seed).wrapping_add(kind as u64), name)
}

/// Order among sources due at one instant, 30 bits: fair over time, equal for any numbering.
///
/// Two multiplications are needed: with one, a pair of sources on a regular comb of times can win 90 % of its ties.
#[inline]
fn tie(salt: u64, at: Time) -> u64 {
    let x = (salt ^ at.picos()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x ^ (x >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 34
}

/// Pending events, the earliest first: a heap with four children a node, whose levels lie in one cache line.
#[derive(Clone, Debug, Default)]
pub struct EventQueue {
    heap: Vec<EventKey>,
}

impl EventQueue {
    /// The earliest event.
    #[inline]
    pub fn peek(&self) -> Option<EventKey> {
        self.heap.first().copied()
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, key: EventKey) {
        let mut at = self.heap.len();
        self.heap.push(key);
        while at > 0 {
            let parent = (at - 1) / 4;
            if self.heap[parent] <= key {
                break;
            }
            self.heap[at] = self.heap[parent];
            at = parent;
        }
        self.heap[at] = key;
    }

    /// Removes the earliest event.
    #[inline]
    pub fn pop(&mut self) -> Option<EventKey> {
        let last = self.heap.pop()?;
        match self.heap.first().copied() {
            Some(first) => {
                self.sift_down(last);
                Some(first)
            }
            None => Some(last),
        }
    }

    /// Removes the earliest event and adds `key`, at the price of one.
    ///
    /// # Panics
    /// When nothing is pending.
    #[inline]
    pub fn replace_top(&mut self, key: EventKey) {
        self.sift_down(key);
    }

    /// Puts `key` in the place of the root and lets it sink.
    #[inline]
    fn sift_down(&mut self, key: EventKey) {
        let heap = &mut self.heap[..];
        let mut at = 0;
        loop {
            let child = 4 * at + 1;
            let least = match heap.get(child..child + 4) {
                // A small tournament: fewer dependent comparisons than a scan.
                Some(four) => {
                    let left = if four[1] < four[0] { 1 } else { 0 };
                    let right = if four[3] < four[2] { 3 } else { 2 };
                    child + if four[right] < four[left] { right } else { left }
                }
                None if child < heap.len() => (child + 1..heap.len())
                    .fold(child, |least, other| if heap[other] < heap[least] { other } else { least }),
                None => break,
            };
            if key <= heap[least] {
                break;
            }
            heap[at] = heap[least];
            at = least;
        }
        heap[at] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn key(time: u64, class: Class, name: &str) -> EventKey {
        EventKey::new(Time::from_picos(time), class, salt(1, name, class), 0)
    }

    #[test]
    fn events_are_ordered_by_time_then_class() {
        let mut keys = [
            key(2, Class::TransmitDone, "a"),
            key(1, Class::Timer, "b"),
            key(1, Class::Arrival, "c"),
            key(1, Class::TransmitDone, "d"),
        ];
        keys.sort();
        let order = keys.map(|key| (key.time().picos(), key.class()));
        assert_eq!(order, [(1, Class::TransmitDone), (1, Class::Arrival), (1, Class::Timer), (2, Class::TransmitDone)]);
    }

    #[test]
    fn a_key_gives_back_what_it_was_made_of() {
        let key = EventKey::new(Time::from_picos(u64::MAX - 1), Class::Timer, 99, u32::MAX);
        assert_eq!((key.time(), key.class(), key.source()), (Time::from_picos(u64::MAX - 1), Class::Timer, u32::MAX));
    }

    #[test]
    fn the_queue_gives_back_in_order_what_it_was_given() {
        let mut random = Random::stream(5, "queue", "test");
        let mut queue = EventQueue::default();
        let mut reference = std::collections::BTreeSet::new();
        for step in 0..20_000_u32 {
            let next = EventKey::new(Time::from_picos(random.below(1_000)), Class::Arrival, u64::from(step), step);
            match random.below(5) {
                0 | 1 => assert_eq!(queue.pop(), reference.pop_first()),
                2 if !reference.is_empty() => {
                    queue.replace_top(next);
                    reference.pop_first();
                    reference.insert(next);
                }
                _ => {
                    queue.push(next);
                    reference.insert(next);
                }
            }
            assert_eq!((queue.peek(), queue.len()), (reference.first().copied(), reference.len()));
        }
    }

    /// Share of ties that the first of two sources wins on a comb of times.
    fn share(a: u64, b: u64, times: impl Iterator<Item = u64>) -> f64 {
        let (mut won, mut all) = (0_u32, 0_u32);
        for time in times {
            let time = Time::from_picos(time);
            won += u32::from(tie(a, time) < tie(b, time));
            all += 1;
        }
        f64::from(won) / f64::from(all)
    }

    #[test]
    fn ties_favour_nobody_on_any_comb_of_times() {
        let ties = 20_000;
        // 20 000 fair coins: standard deviation 0.35 %. The worst of 4 x 400 pairs stays within five of them.
        let bound = 5.0 * 0.5 / f64::from(ties as u32).sqrt();
        for comb in [12_000_000, 1 << 20, 1, 7_919] {
            for pair in 0..400_u32 {
                let (a, b) =
                    (salt(1, &format!("a{pair}"), Class::Arrival), salt(1, &format!("b{pair}"), Class::Arrival));
                let share = share(a, b, (1..=ties).map(|step| step * comb));
                assert!((share - 0.5).abs() < bound, "comb {comb}, pair {pair}: {share}");
            }
        }
    }

    #[test]
    fn three_way_ties_are_won_a_third_each() {
        let salts = ["a", "b", "c"].map(|name| salt(1, name, Class::Arrival));
        let mut won = [0_u32; 3];
        for step in 0..60_000_u64 {
            let at = Time::from_picos(step * 12_000_000);
            let first = (0..3).min_by_key(|&source| tie(salts[source], at)).expect("three sources");
            won[first] += 1;
        }
        // Binomial(60 000, 1/3) has standard deviation 115.
        assert!(won.iter().all(|&won| won.abs_diff(20_000) < 5 * 115), "{won:?}");
    }

    #[test]
    fn another_seed_gives_other_ties() {
        let order = |seed| {
            let (a, b) = (salt(seed, "a", Class::Arrival), salt(seed, "b", Class::Arrival));
            (0..64).map(|step| tie(a, Time::from_picos(step)) < tie(b, Time::from_picos(step))).collect::<Vec<_>>()
        };
        assert_ne!(order(1), order(2));
    }
}
