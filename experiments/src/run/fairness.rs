//! Fairness: Jain's index, and the time over which it is taken.

use sim_core::time::Time;

use crate::file::plan::RunPoint;

/// The time in which all bulk flows are active: from the last start to the first stop, or the end.
pub(crate) fn common_time(point: &RunPoint) -> Option<(Time, Time)> {
    let bulk = || point.flows.iter().filter(|flow| flow.traffic.is_bulk());
    let from = bulk().map(|flow| flow.start).max()?;
    let until = bulk().filter_map(|flow| flow.stop).chain([point.experiment.duration]).min()?;
    (bulk().count() > 1 && from < until).then_some((Time::ZERO + from, Time::ZERO + until))
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
