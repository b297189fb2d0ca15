//! Fairness: Jain's index, and the time over which it is taken.

use sim_core::time::Time;

use crate::file::plan::{PlannedFlow, RunPoint};

/// The bulk flows that are at work at some time between `from` and `until`, and the time in which all of them are: from
/// the last start to the first stop. `None` with fewer than two, or if there is no such time.
pub(crate) fn common_time(point: &RunPoint, from: Time, until: Time) -> Option<(Time, Time, Vec<usize>)> {
    let span =
        |flow: &PlannedFlow| (Time::ZERO + flow.start, flow.stop.map_or(until, |stop| (Time::ZERO + stop).min(until)));
    let flows: Vec<usize> = (0..point.flows.len())
        .filter(|&at| {
            let (start, stop) = span(&point.flows[at]);
            point.flows[at].traffic.is_bulk() && start < until && stop > from && start < stop
        })
        .collect();
    let spans = || flows.iter().map(|&at| span(&point.flows[at]));
    let (from, until) = (spans().map(|(start, _)| start.max(from)).max()?, spans().map(|(_, stop)| stop).min()?);
    (flows.len() > 1 && from < until).then_some((from, until, flows))
}

/// The same over the whole run.
pub(crate) fn common_time_of_run(point: &RunPoint) -> Option<(Time, Time, Vec<usize>)> {
    common_time(point, Time::ZERO, Time::ZERO + point.experiment.duration)
}

/// Jain's index of fairness, (Σx)² / (n Σx²): 1 for an equal share, 1/n when one has all. `None` with fewer than two
/// values, or with zeros alone. (Jain, Chiu and Hawe, 1984.)
pub(crate) fn jain(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    (values.len() > 1 && squares > 0.0).then(|| sum * sum / (values.len() as f64 * squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jains_index_is_one_for_equal_shares_and_one_in_n_for_a_monopoly() {
        assert_eq!(jain(&[5.0, 5.0, 5.0]), Some(1.0));
        assert_eq!(jain(&[9.0, 0.0, 0.0]), Some(1.0 / 3.0));
        // (1 + 3)^2 / (2 (1 + 9)) = 16 / 20.
        assert_eq!(jain(&[1.0, 3.0]), Some(0.8));
        assert_eq!(jain(&[1.0]), None);
        assert_eq!(jain(&[0.0, 0.0]), None);
    }
}
