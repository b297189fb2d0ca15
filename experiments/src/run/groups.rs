//! Flows that belong together: how long they took to complete, all of them and by size.

use std::ops::Range;

use super::outcome::{FlowOutcome, GroupOutcome};
use crate::file::plan::Group;

/// Completion times of many flows.
#[derive(Clone, Debug, PartialEq)]
pub struct Completions {
    /// How many flows there were.
    pub flows: usize,
    /// How many of them completed. Only these are in what follows: a run should be long enough for most.
    pub completed: usize,
    /// Seconds from the start until all data had arrived.
    pub time_s: Option<Spread>,
    /// The same, over the time on an empty network without handshake and windows.
    pub slowdown: Option<Spread>,
}

/// Mean and quantiles: the least value that a share of all does not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// What half of all do not exceed.
    pub p50: f64,
    /// What 95 % do not exceed.
    pub p95: f64,
    /// What 99 % do not exceed.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these values; none of none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let max = *values.last()?;
        let rank = |share: f64| values[(share * values.len() as f64).ceil().max(1.0) as usize - 1];
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some(Spread { mean, p50: rank(0.50), p95: rank(0.95), p99: rank(0.99), max })
    }
}

impl Completions {
    /// Of those of `flows` whose size lies in `sizes`.
    pub fn of(flows: &[FlowOutcome], sizes: &Range<u64>) -> Self {
        let counted: Vec<&FlowOutcome> =
            flows.iter().filter(|flow| flow.size_bytes.is_some_and(|size| sizes.contains(&size))).collect();
        let times: Vec<f64> = counted.iter().filter_map(|flow| flow.completion_s).collect();
        Completions {
            flows: counted.len(),
            completed: times.len(),
            time_s: Spread::of(times),
            slowdown: Spread::of(counted.iter().filter_map(|flow| flow.slowdown()).collect()),
        }
    }

    /// The share of the flows that completed; none if there were none.
    pub fn share(&self) -> Option<f64> {
        (self.flows > 0).then(|| self.completed as f64 / self.flows as f64)
    }
}

/// What came of the groups that came at random.
pub(crate) fn outcomes(groups: &[Group], flows: &[FlowOutcome]) -> Vec<GroupOutcome> {
    let outcome = |group: &Group| {
        let flows = &flows[group.flows.clone()];
        let by_size = CLASSES.iter().map(|(name, sizes)| (*name, Completions::of(flows, sizes)));
        GroupOutcome {
            name: group.name.clone(),
            flows: group.flows.clone(),
            all: Completions::of(flows, &(0..u64::MAX)),
            by_size: by_size.filter(|(_, completions)| completions.flows > 0).collect(),
        }
    };
    groups.iter().filter(|group| group.are_arrivals).map(outcome).collect()
}

/// The sizes by which completion times are told apart: what they are called, and from where to below where they go.
///
/// Short flows are requests and answers, whose time is mostly round trips; long ones are limited by bandwidth. The
/// bounds are those of Alizadeh et al., "pFabric", SIGCOMM 2013.
pub const CLASSES: [(&str, Range<u64>); 3] =
    [("below 100 kB", 0..100_000), ("100 kB to 10 MB", 100_000..10_000_000), ("10 MB and more", 10_000_000..u64::MAX)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occur() {
        let spread = Spread::of((1..=200).rev().map(f64::from).collect()).unwrap();
        assert_eq!((spread.mean, spread.p50, spread.p95, spread.p99, spread.max), (100.5, 100.0, 190.0, 198.0, 200.0));
        let one = Spread::of(vec![7.0]).unwrap();
        assert_eq!((one.mean, one.p50, one.p99), (7.0, 7.0, 7.0));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
