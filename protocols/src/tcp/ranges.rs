//! Sorted, disjoint, non-adjacent ranges of positions, kept in a ring.
//!
//! The sender keeps what was SACKed in one, the receiver what arrived out of order. Both work at the ends nearly all of
//! the time, where a `VecDeque` costs O(1); in the middle a lookup is a binary search and an insertion moves the shorter
//! side.

use std::collections::VecDeque;

/// `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Range {
    #[inline]
    pub(crate) const fn new(start: u64, end: u64) -> Self {
        Range { start, end }
    }

    #[inline]
    pub(crate) const fn len(self) -> u64 {
        self.end - self.start
    }

    /// How many positions lie in both.
    #[inline]
    pub(crate) fn overlap(self, start: u64, end: u64) -> u64 {
        self.end.min(end).saturating_sub(self.start.max(start))
    }
}

/// A set of positions as ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges {
    ring: VecDeque<Range>,
}

impl Ranges {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// How many ranges there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.ring.len()
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<Range> {
        self.ring.front().copied()
    }

    #[inline]
    pub(crate) fn last(&self) -> Option<Range> {
        self.ring.back().copied()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Range> + '_ {
        self.ring.iter().copied()
    }

    /// Adds `[start, end)`, not empty, tells `on_new` of each part that was missing, from low to high, and returns the
    /// range it is in now.
    #[inline]
    pub(crate) fn insert(&mut self, start: u64, end: u64, mut on_new: impl FnMut(Range)) -> Range {
        debug_assert!(start < end);
        match self.ring.back_mut() {
            Some(last) if start > last.end => {}
            Some(last) if start >= last.start => {
                if end > last.end {
                    on_new(Range::new(last.end, end));
                    last.end = end;
                }
                return *last;
            }
            None => {}
            Some(_) => return self.insert_within(start, end, on_new),
        }
        on_new(Range::new(start, end));
        self.ring.push_back(Range::new(start, end));
        Range::new(start, end)
    }

    fn insert_within(&mut self, start: u64, end: u64, mut on_new: impl FnMut(Range)) -> Range {
        // Those from `at` to `behind` overlap or touch the new range and become one with it.
        let at = self.ring.partition_point(|range| range.end < start);
        let (mut merged, mut behind, mut covered) = (Range::new(start, end), at, start);
        while let Some(&range) = self.ring.get(behind).filter(|range| range.start <= end) {
            if covered < range.start {
                on_new(Range::new(covered, range.start));
            }
            covered = range.end;
            merged = Range::new(merged.start.min(range.start), merged.end.max(range.end));
            behind += 1;
        }
        if covered < end {
            on_new(Range::new(covered, end));
        }
        match behind - at {
            0 => self.ring.insert(at, merged),
            1 => self.ring[at] = merged,
            _ => {
                self.ring[at] = merged;
                self.ring.drain(at + 1..behind);
            }
        }
        merged
    }

    /// Removes all below `to`, and tells `on_removed` of each part.
    #[inline]
    pub(crate) fn remove_below(&mut self, to: u64, mut on_removed: impl FnMut(Range)) {
        while let Some(first) = self.ring.front_mut() {
            if first.start >= to {
                return;
            }
            if first.end > to {
                on_removed(Range::new(first.start, to));
                first.start = to;
                return;
            }
            on_removed(*first);
            self.ring.pop_front();
        }
    }

    /// The first position at or behind `from` that is in no range.
    #[inline]
    pub(crate) fn first_missing(&self, from: u64) -> u64 {
        match self.ring.get(self.first_behind(from)) {
            Some(range) if range.start <= from => range.end,
            _ => from,
        }
    }

    /// Where the first range starts that ends behind `from`; the range `from` is in starts at or before it.
    #[inline]
    pub(crate) fn next_start(&self, from: u64) -> Option<u64> {
        self.ring.get(self.first_behind(from)).map(|range| range.start)
    }

    /// How many positions of `[start, end)` are in no range.
    pub(crate) fn missing_within(&self, start: u64, end: u64) -> u64 {
        if start >= end {
            return 0;
        }
        let ranges = self.ring.range(self.first_behind(start)..).take_while(|range| range.start < end);
        (end - start) - ranges.map(|range| range.overlap(start, end)).sum::<u64>()
    }

    /// The index of the first range that ends behind `from`.
    #[inline]
    fn first_behind(&self, from: u64) -> usize {
        match self.ring.front() {
            Some(first) if first.end > from => 0,
            _ => self.ring.partition_point(|range| range.end <= from),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ranges(list: &[(u64, u64)]) -> Ranges {
        let mut ranges = Ranges::default();
        for &(start, end) in list {
            ranges.insert(start, end, |_| {});
        }
        ranges
    }

    fn list(ranges: &Ranges) -> Vec<(u64, u64)> {
        ranges.iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(list(&ranges(&[(1, 3), (5, 7), (3, 5)])), [(1, 7)]);
        assert_eq!(list(&ranges(&[(5, 7), (1, 3)])), [(1, 3), (5, 7)]);
        assert_eq!(list(&ranges(&[(5, 7), (9, 11), (13, 15), (6, 14)])), [(5, 15)]);
    }

    #[test]
    fn an_insertion_tells_what_was_missing() {
        let mut it = ranges(&[(2, 4), (6, 8)]);
        let mut new = Vec::new();
        assert_eq!(it.insert(1, 9, |range| new.push((range.start, range.end))), Range::new(1, 9));
        assert_eq!(new, [(1, 2), (4, 6), (8, 9)]);
    }

    #[test]
    fn a_repeated_range_is_nothing_new() {
        let mut it = ranges(&[(2, 4), (6, 8), (10, 12)]);
        for (start, end) in [(2, 4), (6, 7), (7, 8), (10, 12)] {
            it.insert(start, end, |range| panic!("{range:?}"));
        }
    }

    /// A range or a removal: where, how long.
    fn operations() -> impl Strategy<Value = Vec<(bool, u64, u64)>> {
        prop::collection::vec((prop::bool::weighted(0.9), 0..60_u64, 1..12_u64), 0..60)
    }

    proptest! {
        #[test]
        fn they_agree_with_a_plain_set(operations in operations()) {
            let (mut it, mut naive) = (Ranges::default(), BTreeSet::new());
            for (is_insertion, start, len) in operations {
                let end = start + len;
                let mut told = 0;
                if is_insertion {
                    let merged = it.insert(start, end, |range| told += range.len());
                    prop_assert_eq!(told, (start..end).filter(|&position| naive.insert(position)).count() as u64);
                    prop_assert!(it.iter().any(|range| range == merged));
                } else {
                    it.remove_below(start, |range| told += range.len());
                    prop_assert_eq!(told, naive.range(..start).count() as u64);
                    naive = naive.split_off(&start);
                }
                let all: Vec<u64> = it.iter().flat_map(|range| range.start..range.end).collect();
                prop_assert_eq!(&all, &naive.iter().copied().collect::<Vec<_>>());
                prop_assert!(list(&it).windows(2).all(|pair| pair[0].1 < pair[1].0), "{:?}", it);
                prop_assert_eq!(it.first_missing(start), (start..).find(|position| !naive.contains(position)).unwrap());
                let missing = (start..end).filter(|position| !naive.contains(position)).count() as u64;
                prop_assert_eq!(it.missing_within(start, end), missing);
            }
        }
    }
}
