//! Charts of flows over time: rates, round-trip times, fairness.

use plots::{Axis, Band, Chart, Line, Panels, Reference, Tint, si};

use super::{
    About, FairShare, Figure, Points, fair_share, has_values, largest, marks, means, measured, over_time,
    samples_per_mean, time_axis, while_active, windows, with_all,
};
use crate::run::fairness::jain;
use crate::run::outcome::{FlowSeries, Outcome};

/// More flows than this are drawn as their mean and range.
const MOST_LINES: usize = 12;
/// The style of the fair share: dotted slate, unless a flow has it.
const DOTTED_SLATE: usize = 5;
/// Then dashed slate.
const DASHED_SLATE: usize = 61;

/// Goodput of each flow over time, with the fair share.
pub(super) fn throughput(outcome: &Outcome, about: &About) -> Option<Figure> {
    let flows = with_data(outcome, |series| &series.goodput_bps);
    let group = samples_per_mean(outcome);
    let (time_scale, time) = time_axis(outcome);
    let raw: Vec<Vec<f64>> =
        (flows.iter()).map(|(index, series)| while_active(outcome, about, *index, &series.goodput_bps)).collect();
    let peak = raw.iter().flat_map(|values| means(outcome, 1.0, values, 1.0, group)).map(|point| point.1);
    let peak = peak.filter(|y| y.is_finite()).fold(0.0, f64::max);
    if peak == 0.0 {
        return None;
    }
    let (scale, prefix) = si::axis(peak);
    let window = (group > 1).then_some(group as f64 * outcome.series.interval_s);
    let chart = Chart::new("Goodput over time", time, Axis::new(format!("goodput ({prefix}bps)")))
        .subtitle(about.subtitle(window));
    let lines =
        flows.iter().zip(&raw).map(|((index, _), values)| (*index, means(outcome, time_scale, values, scale, group)));
    let chart = lines_or_range(chart, outcome, lines.collect());
    let chart = with_all(chart, offered(outcome, time_scale, scale, group));
    let chart = match fair_share(outcome, about) {
        Some(FairShare::Constant { label, bps }) => chart.with(Reference::horizontal(label, bps / scale)),
        // While the first of many flows are alone, their share would flatten everything else.
        Some(FairShare::Steps(steps)) if flows.len() > MOST_LINES => {
            let least = steps.iter().map(|step| step.1).fold(f64::INFINITY, f64::min);
            chart.with(Reference::horizontal("least fair share", least / scale))
        }
        Some(FairShare::Steps(steps)) => {
            let steps = steps.into_iter().map(|(t, bps)| (t / time_scale, bps / scale)).collect();
            let style = if flows.len() <= DOTTED_SLATE { DOTTED_SLATE } else { DASHED_SLATE };
            chart.with(Line::new("fair share (R / active flows)", steps).step().style(style))
        }
        None => chart,
    };
    Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))))
}

/// What the links offer whose bandwidth changes all the time, as areas with steps; not of a way back that carries hardly
/// more than acknowledgments.
fn offered(outcome: &Outcome, time_scale: f64, scale: f64, group: usize) -> impl Iterator<Item = Band> {
    const HARDLY_USED: f64 = 0.2;
    let links = outcome.links.iter().zip(&outcome.series.links);
    let links = links.filter(|(link, series)| !series.offered_bps.is_empty() && link.utilization >= HARDLY_USED);
    links.map(move |(link, series)| {
        let mut steps = Vec::new();
        for (_, window) in windows(outcome, time_scale, group) {
            let (from, until) = (window.start, window.end - 1);
            let mean = series.offered_bps[window].iter().sum::<f64>() / (until - from + 1) as f64 / scale;
            let start = (outcome.series.times_s[from] - outcome.series.interval_s) / time_scale;
            steps.extend([start, outcome.series.times_s[until] / time_scale].map(|t| (t, 0.0, mean)));
        }
        Band::new(format!("offered by {}", link.name), steps)
    })
}

/// A line for each flow, given by its number and points; with too many flows, their mean and range.
pub(super) fn lines_or_range(chart: Chart, outcome: &Outcome, flows: Vec<(usize, Points)>) -> Chart {
    if flows.len() <= MOST_LINES {
        let line = |(index, points): (usize, Points)| Line::new(&*outcome.flows[index].name, points).style(index);
        return with_all(chart, flows.into_iter().map(line));
    }
    let (mut mean, mut range) = (Vec::new(), Vec::new());
    for (index, &(x, _)) in flows[0].1.iter().enumerate() {
        let ys: Vec<f64> = flows.iter().map(|(_, points)| points[index].1).filter(|y| y.is_finite()).collect();
        let least = ys.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        mean.push((x, ys.iter().sum::<f64>() / ys.len() as f64));
        range.push((x, least, most));
    }
    chart
        .with(Line::new(format!("mean of {} flows", flows.len()), mean).style(0))
        .with(Band::new("lowest to highest", range).tint(Tint::Series(0)))
}

/// Round-trip times of each flow over time: measured, smoothed, and the timeout.
pub(super) fn rtt(outcome: &Outcome, about: &About) -> Option<Figure> {
    let flows = with_data(outcome, |series| &series.rtt_s);
    if flows.is_empty() {
        return None;
    }
    let (time_scale, time) = time_axis(outcome);
    let (scale, prefix) = si::axis(largest(flows.iter().map(|(_, series)| &series.rtt_s[..])));
    let axis = || Axis::new(format!("round-trip time ({prefix}s)"));
    let title = "Round-trip time over time";
    let samples = |series: &FlowSeries| measured(outcome, time_scale, &series.rtt_s, scale);
    let smoothed = |series: &FlowSeries| over_time(outcome, time_scale, &series.srtt_s, scale);
    if let [(index, series)] = flows[..] {
        let sampled = samples(series);
        let few = sampled.len() <= 60;
        let line = Line::new("measured", sampled).style(0);
        let mut chart = Chart::new("", time.clone(), axis()).with(if few { line.dots() } else { line });
        if has_values(&series.srtt_s) {
            chart = chart.with(Line::new("smoothed (SRTT)", smoothed(series)).style(1));
        }
        if !has_values(&series.rto_s) {
            let chart = Chart { title: title.into(), ..chart }.subtitle(about.subtitle(None));
            return Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))));
        }
        // The timeout is at least a second by default: beside it, the other two would be flat.
        chart.title = format!("{}: round-trip time", outcome.flows[index].name);
        let (rto_scale, rto_prefix) = si::axis(largest([&series.rto_s[..]]));
        let rto = over_time(outcome, time_scale, &series.rto_s, rto_scale);
        let timeout = Chart::new("retransmission timeout", time.clone(), Axis::new(format!("timeout ({rto_prefix}s)")))
            .with(Line::new("RTO", rto).step().style(2));
        let panels = Panels::new(title, time).subtitle(about.subtitle(None)).with(chart).with(timeout);
        return Some(Figure::Panels(marks(outcome, time_scale).fold(panels, Panels::event)));
    }
    let is_smoothed = |series: &FlowSeries| has_values(&series.srtt_s);
    let smoothed_ones = flows.iter().filter(|(_, series)| is_smoothed(series)).count();
    let subtitle = match smoothed_ones {
        0 => about.subtitle(None),
        all if all == flows.len() => format!("{} · smoothed (SRTT)", about.subtitle),
        _ => format!("{} · TCP: smoothed (SRTT)", about.subtitle),
    };
    let chart = Chart::new(title, time, axis()).subtitle(subtitle);
    let line = |&(index, series): &(usize, &FlowSeries)| {
        let points = match (is_smoothed(series), flows.len() > MOST_LINES) {
            (true, _) => smoothed(series),
            (false, false) => samples(series),
            // Mean and range need a value, or none, of every flow at every time.
            (false, true) => over_time(outcome, time_scale, &series.rtt_s, scale),
        };
        (index, points)
    };
    let chart = lines_or_range(chart, outcome, flows.iter().map(line).collect());
    Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))))
}

/// Jain's index over time: of the goodput in windows, each a hundredth of the run. Of single samples it would show which
/// flow had a packet more, not whether shares are equal.
pub(super) fn fairness(outcome: &Outcome, about: &About) -> Option<Figure> {
    const WINDOWS: usize = 100;
    if !has_values(&outcome.series.jain) {
        return None;
    }
    let (time_scale, time) = time_axis(outcome);
    let group = outcome.series.times_s.len().div_ceil(WINDOWS).max(samples_per_mean(outcome));
    let bulk = (outcome.series.flows.iter().enumerate())
        .filter(|(index, _)| about.flows.get(*index).is_some_and(|flow| flow.is_bulk));
    let goodputs: Vec<Vec<f64>> =
        bulk.map(|(index, series)| while_active(outcome, about, index, &series.goodput_bps)).collect();
    let points = windows(outcome, time_scale, group)
        .map(|(middle, window)| {
            // Of the flows that were active in the whole window.
            let sums = goodputs.iter().map(|values| values[window.clone()].iter().sum::<f64>());
            let sums: Vec<f64> = sums.filter(|sum| sum.is_finite()).collect();
            (middle, jain(&sums).unwrap_or(f64::NAN))
        })
        .collect();
    let window = Some(group as f64 * outcome.series.interval_s);
    let chart = Chart::new("Fairness over time", time, Axis::new("Jain's index of goodput").from(0.0).to(1.08))
        .subtitle(about.subtitle(window))
        .with(Line::new("Jain's index", points))
        .with(Reference::horizontal("equal shares", 1.0));
    let chart = match outcome.jain {
        Some(jain) => {
            chart.with(Reference::horizontal(format!("in common time: {}", crate::results::plain(jain)), jain))
        }
        None => chart,
    };
    Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))))
}

/// The flows that have values of a kind, with their numbers.
pub(super) fn with_data(outcome: &Outcome, values: impl Fn(&FlowSeries) -> &[f64]) -> Vec<(usize, &FlowSeries)> {
    outcome.series.flows.iter().enumerate().filter(|(_, series)| has_values(values(series))).collect()
}
