//! The rate of one flow against that of another, as a path: Chiu & Jain, "Analysis of the Increase and Decrease
//! Algorithms for Congestion Avoidance in Computer Networks", 1989, figure 5 and section 2.
//!
//! On the line x = y shares are equal; on x + y = C the link is full. Additive increase moves along the diagonal,
//! multiplicative decrease towards the origin, so the path approaches the point where both lines meet.

use plots::{Axis, Chart, Line, MarkerShape, Markers, Tint, Trajectory, si};

use super::{About, Figure, active_time, samples_per_mean};
use crate::file::charts::{PhaseOf, PhasePlot};
use crate::results::seconds;
use crate::run::outcome::{FlowSeries, Outcome};

/// About so many points make a path that can be followed.
const POINTS: usize = 120;

/// Throughput or window of one flow against another's; `None` unless there are two.
pub(super) fn phase_plot(outcome: &Outcome, about: &About, options: &PhasePlot) -> Option<Figure> {
    let flows: Vec<usize> = match &options.flows[..] {
        [] => (0..outcome.flows.len()).filter(|&flow| about.flows.get(flow).is_some_and(|one| one.is_bulk)).collect(),
        names => names.iter().filter_map(|name| outcome.flows.iter().position(|flow| flow.name == *name)).collect(),
    };
    let [one, other] = flows[..] else { return None };
    let path = path(outcome, about, [one, other], options)?;
    let largest = path.points.iter().flat_map(|point| [point.0, point.1]).fold(0.0, f64::max);
    let link = match options.of {
        PhaseOf::Throughput => crate::results::bottleneck(outcome).filter(|link| link.utilization > 0.5),
        PhaseOf::Cwnd => None,
    };
    let capacity = link.map(|link| link.bandwidth_bps);
    let most = capacity.map_or(largest, |capacity| largest.max(capacity)) * 1.04;
    if !(most.is_finite() && largest > 0.0) {
        return None;
    }
    let (what, unit) = match options.of {
        PhaseOf::Throughput => ("throughput", "bps"),
        PhaseOf::Cwnd => ("cwnd", "B"),
    };
    let (scale, prefix) = si::axis(most);
    let axis = |flow: usize| {
        let label = format!("{what} of {} ({prefix}{unit})", outcome.flows[flow].name);
        Axis::new(label).from(0.0).to(most / scale)
    };
    let names = format!("{} and {}", outcome.flows[one].name, outcome.flows[other].name);
    let subtitle = match options.of {
        PhaseOf::Throughput => about.subtitle(Some(path.mean_over_s)),
        PhaseOf::Cwnd => about.subtitle.clone(),
    };
    let mut chart = Chart::new(format!("Phase plot of {names}"), axis(one), axis(other))
        .subtitle(subtitle)
        .square()
        .with(Line::new("equal shares: x = y", vec![(0.0, 0.0), (most / scale, most / scale)]).style(5));
    if let Some(capacity) = capacity {
        let c = capacity / scale;
        chart = chart
            .with(Line::new("full link: x + y = C", vec![(0.0, c), (c, 0.0)]).style(SLATE_DASHES))
            .with(Markers::new("fair and full", MarkerShape::Square, vec![(c / 2.0, c / 2.0)]).tint(Tint::Series(1)));
    }
    let points = path.points.iter().map(|point| (point.0 / scale, point.1 / scale)).collect();
    let label = format!("{} to {}", seconds(path.from_s), seconds(path.until_s));
    Some(Figure::Chart(chart.with(Trajectory::new(label, points).ends("start", "end"))))
}

/// Dashed slate, unlike the dotted slate of the other line.
const SLATE_DASHES: usize = 61;

/// What is drawn, in SI units.
struct Path {
    points: Vec<(f64, f64)>,
    mean_over_s: f64,
    from_s: f64,
    until_s: f64,
}

/// Means of both flows over the same windows, while both are at work and within the time asked for.
fn path(outcome: &Outcome, about: &About, flows: [usize; 2], options: &PhasePlot) -> Option<Path> {
    let end_s = outcome.simulated.as_secs_f64();
    let active = flows.map(|flow| active_time(&outcome.flows[flow], about.flows.get(flow)));
    let from_s = options.from.map_or(active[0].0.max(active[1].0), |from| from.as_secs_f64());
    let until_s = options.until.map_or(active[0].1.min(active[1].1), |until| until.as_secs_f64()).min(end_s);
    let interval = outcome.series.interval_s;
    let times = &outcome.series.times_s;
    // Samples bear the time at which their interval ended.
    let slack = interval * 1e-6;
    let inside: Vec<usize> =
        (0..times.len()).filter(|&at| times[at] - interval >= from_s - slack && times[at] <= until_s + slack).collect();
    if inside.len() < 3 {
        return None;
    }
    let group = match (options.of, options.mean_over) {
        (_, Some(span)) => ((span.as_secs_f64() / interval).round() as usize).max(1),
        (PhaseOf::Throughput, None) => round(inside.len().div_ceil(POINTS).max(samples_per_mean(outcome))),
        (PhaseOf::Cwnd, None) => 1,
    };
    let values = |series: &FlowSeries, group: &[usize]| {
        let of = match options.of {
            PhaseOf::Throughput => &series.throughput_bps,
            PhaseOf::Cwnd => &series.cwnd_bytes,
        };
        let present: Vec<f64> = group.iter().filter_map(|&at| of.get(at)).copied().filter(|v| v.is_finite()).collect();
        present.iter().sum::<f64>() / present.len() as f64
    };
    let [one, other] = flows.map(|flow| &outcome.series.flows[flow]);
    let mean = |group: &[usize]| (values(one, group), values(other, group));
    // A window that is not whole would be a mean over less than is said.
    let points: Vec<(f64, f64)> =
        inside.chunks_exact(group).map(mean).filter(|point| point.0.is_finite() && point.1.is_finite()).collect();
    let last = times[inside[inside.len() - 1]];
    (points.len() >= 3).then_some(Path { points, mean_over_s: group as f64 * interval, from_s, until_s: last })
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn round(least: usize) -> usize {
    let mut power = 1;
    loop {
        for factor in [1, 2, 5] {
            if factor * power >= least {
                return factor * power;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::tests::about;
    use crate::results::fixture;

    #[test]
    fn a_path_needs_two_bulk_flows() {
        let options = PhasePlot::default();
        assert!(phase_plot(&fixture::flows(2), &about(2), &options).is_some());
        assert!(phase_plot(&fixture::flows(1), &about(1), &options).is_none());
        assert!(phase_plot(&fixture::flows(3), &about(3), &options).is_none());
        let two_of_three = PhasePlot { flows: vec!["A".into(), "C".into()], ..options };
        assert!(phase_plot(&fixture::flows(3), &about(3), &two_of_three).is_some());
    }

    #[test]
    fn each_point_is_a_mean_of_both_flows_over_the_same_time() {
        let mut outcome = fixture::two_flows();
        outcome.series.flows[0].throughput_bps = (0..600).map(f64::from).collect();
        outcome.series.flows[1].throughput_bps = (0..600).map(|i| 2.0 * f64::from(i)).collect();
        let options = PhasePlot {
            from: Some("10 s".parse().unwrap()),
            until: Some("12 s".parse().unwrap()),
            mean_over: Some("1 s".parse().unwrap()),
            ..PhasePlot::default()
        };
        assert!(path(&outcome, &about(2), [0, 1], &options).is_none(), "two points are no path");
        let path = path(&outcome, &about(2), [0, 1], &PhasePlot { until: None, ..options }).unwrap();
        // Samples 100 to 109 end at 10.1 s to 11.0 s: their mean is 104.5.
        assert_eq!(path.points[0], (104.5, 209.0));
        assert_eq!(path.points.len(), 50);
    }

    #[test]
    fn windows_are_round_numbers_of_samples() {
        assert_eq!([1, 2, 3, 7, 11, 60].map(round), [1, 2, 5, 10, 20, 100]);
    }
}
