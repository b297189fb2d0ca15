//! Charts of flows that come at random: how long they took.

use plots::{Axis, Chart, Line, MarkerShape, Markers, Reference, Tint};

use super::{About, Figure, Points, with_all};
use crate::run::groups::CLASSES;
use crate::run::outcome::{FlowOutcome, GroupOutcome, Outcome};

/// More flows than this are not drawn one by one.
const MOST_DOTS: usize = 2_000;
/// Flows in one point of a median.
const LEAST_IN_MEDIAN: usize = 5;

/// The share of flows that completed within a time: a line for each size, or with several groups for each group.
pub(super) fn flow_completion(outcome: &Outcome, about: &About) -> Option<Figure> {
    let mut lines: Vec<(String, Vec<f64>)> = Vec::new();
    for group in &outcome.groups {
        let times =
            |flows: &mut dyn Iterator<Item = &FlowOutcome>| flows.filter_map(|flow| flow.completion_s).collect();
        if outcome.groups.len() > 1 {
            lines.push((group.name.clone(), times(&mut flows_of(outcome, group))));
            continue;
        }
        for (name, sizes) in &CLASSES {
            let is_counted = |flow: &&FlowOutcome| flow.size_bytes.is_some_and(|size| sizes.contains(&size));
            lines.push(((*name).to_owned(), times(&mut flows_of(outcome, group).filter(is_counted))));
        }
        lines.push(("all".to_owned(), times(&mut flows_of(outcome, group))));
    }
    lines.retain(|(_, times)| !times.is_empty());
    // A single class is all there is.
    if outcome.groups.len() == 1 && lines.len() == 2 {
        lines.remove(0);
    }
    if lines.is_empty() {
        return None;
    }
    let line = |(index, (label, times)): (usize, (String, Vec<f64>))| {
        Line::new(format!("{label} ({})", times.len()), distribution(times)).step().style(index)
    };
    let time = Axis::new("completion time (s)").log();
    let chart = Chart::new("Flow completion times", time, Axis::new("share of flows").from(0.0).to(1.0))
        .subtitle(format!("{}{}", about.subtitle, unfinished(outcome)));
    Some(Figure::Chart(with_all(chart, lines.into_iter().enumerate().map(line))))
}

/// The cumulative distribution of values.
fn distribution(mut values: Vec<f64>) -> Points {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let start = values.first().map(|&first| (first, 0.0));
    start.into_iter().chain((1..).zip(values).map(|(rank, value)| (value, f64::from(rank) / count))).collect()
}

/// How much longer than alone each flow took, against its size, with the median.
pub(super) fn slowdown(outcome: &Outcome, about: &About) -> Option<Figure> {
    let size = Axis::new("size (bytes)").log();
    let chart = Chart::new("Slowdown against size", size, Axis::new("slowdown: time over time alone").log());
    let mut chart = chart.subtitle(format!("{}{}", about.subtitle, unfinished(outcome)));
    let mut is_empty = true;
    for (index, group) in outcome.groups.iter().enumerate() {
        let mut dots: Points =
            flows_of(outcome, group).filter_map(|flow| Some((flow.size_bytes? as f64, flow.slowdown()?))).collect();
        if dots.is_empty() {
            continue;
        }
        is_empty = false;
        dots.sort_by(|a, b| a.0.total_cmp(&b.0));
        let median = medians(&dots);
        let thinned = dots.len().div_ceil(MOST_DOTS);
        let label = match thinned {
            1 => format!("flow of {}", group.name),
            every => format!("flow of {} (one in {every})", group.name),
        };
        let dots = dots.into_iter().step_by(thinned).collect();
        chart = chart.with(Markers::new(label, MarkerShape::Circle, dots).tint(Tint::Series(2 * index)));
        if median.len() > 1 {
            chart = chart.with(Line::new(format!("median of {}", group.name), median).style(2 * index + 1));
        }
    }
    (!is_empty).then(|| Figure::Chart(chart.with(Reference::horizontal("as if alone", 1.0))))
}

/// Medians of twenty parts with equally many flows, in the middle of each.
fn medians(sorted: &[(f64, f64)]) -> Points {
    const PARTS: usize = 20;
    let middle = |part: &[(f64, f64)]| {
        let mut values: Vec<f64> = part.iter().map(|point| point.1).collect();
        values.sort_by(f64::total_cmp);
        (part[part.len() / 2].0, values[values.len() / 2])
    };
    sorted.chunks(sorted.len().div_ceil(PARTS).max(LEAST_IN_MEDIAN)).map(middle).collect()
}

fn flows_of<'o>(outcome: &'o Outcome, group: &GroupOutcome) -> impl Iterator<Item = &'o FlowOutcome> {
    outcome.flows[group.flows.clone()].iter()
}

/// How many flows are missing because they had not completed.
fn unfinished(outcome: &Outcome) -> String {
    let missing: usize = outcome.groups.iter().map(|group| group.all.flows - group.all.completed).sum();
    if missing == 0 { String::new() } else { format!(" · {missing} not completed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_rises_by_one_flow_each() {
        let steps = [(1.0, 0.0), (1.0, 0.25), (2.0, 0.5), (2.0, 0.75), (3.0, 1.0)];
        assert_eq!(distribution(vec![3.0, 1.0, 2.0, 2.0]), steps);
    }

    #[test]
    fn medians_are_taken_over_flows_of_like_size() {
        let flows: Points = (1..=100).map(|size| (f64::from(size), f64::from(size % 5))).collect();
        let medians = medians(&flows);
        assert_eq!((medians.len(), medians[0]), (20, (3.0, 2.0)));
    }
}
