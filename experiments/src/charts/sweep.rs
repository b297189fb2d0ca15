//! Charts of a sweep: goodput over time for some of its points, and figures against each swept parameter.

use std::collections::BTreeMap;

use plots::{Axis, BarChart, BarSeries, Chart, Line, Tint, Whiskers, si};
use serde_json::{Map, Value as Json};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};

use super::beside::Beside;
use super::{Figure, Named, last_step, samples_per_mean};
use crate::file::charts::SweepChart;
use crate::results::sweep::{Headline, PointRuns, by_point, spread};
use crate::results::tables::{in_brief, spoken};
use crate::run::outcome::Outcome;

/// Goodput over time is drawn for at most this many points, and at most so many lines in any chart.
pub const MOST_LINES: usize = 8;
/// Logarithmic above this ratio of the largest to the smallest value.
pub(super) const DECADES: f64 = 100.0;

/// Goodput of all flows together over time, in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The swept values of the run.
    pub label: String,
    /// `(seconds, bits per second)`.
    pub points: Vec<(f64, f64)>,
}

impl Trace {
    /// The trace of a run.
    pub fn new(parameters: &[(String, Json)], outcome: &Outcome) -> Self {
        let series = &outcome.series;
        let total: Vec<f64> = (0..series.times_s.len())
            .map(|at| {
                series.flows.iter().filter_map(|flow| flow.goodput_bps.get(at)).filter(|bps| bps.is_finite()).sum()
            })
            .collect();
        let points = super::means(outcome, 1.0, &total, 1.0, samples_per_mean(outcome));
        let parameters: Map<String, Json> = parameters.iter().cloned().collect();
        Trace { label: combination(&parameters), points }
    }
}

/// Swept values in words: `delay = 5 ms, pairs = 2`.
pub(crate) fn combination(parameters: &Map<String, Json>) -> String {
    let part = |(path, value): (&String, &Json)| format!("{} = {}", last_step(path), in_brief(value));
    parameters.iter().filter(|(path, _)| is_told(path)).map(part).collect::<Vec<_>>().join(", ")
}

/// Whether a swept path says something of the network: not so one that only makes the expectations fit the others.
pub(crate) fn is_told(path: &str) -> bool {
    !path.starts_with("expect")
}

/// All charts of a sweep. Of `traces`, there is one for each point, in its first repetition; of `beside`, one for each
/// run. What is `asked` for stands in the place of what would be drawn anyway.
pub fn draw(title: &str, runs: &[Headline], traces: &[Trace], asked: &[&SweepChart], beside: &[Beside]) -> Vec<Named> {
    let points = by_point(runs);
    let repetitions = points.iter().map(|point| point.runs.len()).max().unwrap_or(0);
    let subtitle = match repetitions {
        0 | 1 => title.to_owned(),
        many => format!("{title} · means of {many} repetitions, from the smallest to the largest"),
    };
    let mut figures: Vec<Named> = over_time(title, points.len(), traces).into_iter().collect();
    let paths: Vec<&String> =
        points.first().map_or(Vec::new(), |point| point.parameters.keys().filter(|path| is_told(path)).collect());
    for path in &paths {
        // Two fields of the same last step, such as two delays: their paths tell them apart.
        let is_unique = paths.iter().filter(|other| last_step(other) == last_step(path)).count() == 1;
        let short = if is_unique { last_step(path) } else { path };
        for metric in &METRICS {
            let lines = lines(path, &metric.of, &points);
            if let Some(figure) = against(path, short, metric, &lines, &points, &subtitle) {
                figures.push(Named::new(format!("{}_by_{}", metric.name, file_name(short)), figure));
            }
        }
        let lines = lines_of_flows(path, &points);
        if let Some(figure) = against(path, short, &EACH_FLOW, &lines, &points, &subtitle) {
            figures.push(Named::new(format!("{}_by_{}", EACH_FLOW.name, file_name(short)), figure));
        }
    }
    for chart in asked {
        let others = paths.iter().filter(|other| last_step(other) == last_step(&chart.x)).count();
        let short = if others == 1 { last_step(&chart.x) } else { &chart.x };
        let Some(figure) = super::beside::draw(chart, short, &points, runs, beside, &subtitle) else { continue };
        let base = format!("{}_by_{}", super::beside::name(chart.y), file_name(short));
        let is_first = |figures: &[Named], name: &str| !figures.iter().any(|one| one.name == name);
        figures.retain(|one| one.name != base || one.is_asked_for);
        let mut name = base.clone();
        for number in 2.. {
            if is_first(&figures, &name) {
                break;
            }
            name = format!("{base}_{number}");
        }
        figures.push(Named { is_asked_for: true, ..Named::new(name, figure) });
    }
    figures
}

/// A path as part of a file's name.
fn file_name(path: &str) -> String {
    let kept = path.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' });
    kept.collect::<String>().trim_matches('_').to_owned()
}

fn over_time(title: &str, points: usize, traces: &[Trace]) -> Option<Named> {
    let peak = traces.iter().flat_map(|trace| &trace.points).map(|point| point.1).filter(|y| y.is_finite());
    let peak = peak.fold(0.0, f64::max);
    if peak == 0.0 || points < 2 {
        return None;
    }
    let (scale, prefix) = si::axis(peak);
    let shown = &traces[..traces.len().min(MOST_LINES)];
    let mut subtitle = format!("{title} · first repetition of each point");
    if shown.len() < points {
        subtitle += &format!(" · the first {} of {points} points", shown.len());
    }
    let axes = (Axis::new("time (s)"), Axis::new(format!("goodput of all flows ({prefix}bps)")));
    let chart = Chart::new("Goodput over time", axes.0, axes.1).subtitle(subtitle);
    let line = |trace: &Trace| {
        Line::new(trace.label.as_str(), trace.points.iter().map(|&(t, bps)| (t, bps / scale)).collect())
    };
    let figure = Figure::Chart(super::with_all(chart, shown.iter().map(line)));
    Some(Named::new("throughput", figure))
}

/// A figure of a run that can be drawn against a parameter.
struct Metric {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    of: fn(&Headline) -> Option<f64>,
}

const METRICS: [Metric; 5] = [
    Metric { name: "goodput", title: "Goodput of all flows", unit: "bps", of: |run| Some(run.total.goodput_bps) },
    Metric { name: "rtt", title: "Mean round-trip time", unit: "s", of: |run| run.total.rtt_mean_s },
    Metric { name: "loss", title: "Packets lost", unit: "%", of: |run| run.total.loss.map(|loss| loss * 100.0) },
    Metric { name: "jain", title: "Jain's index", unit: "", of: |run| run.fairness.jain },
    Metric { name: "completion", title: "Mean completion time", unit: "s", of: |run| run.total.completion_mean_s },
];

/// What each flow has of it: who gains and who loses by the parameter.
const EACH_FLOW: Metric = Metric { name: "flow_goodput", title: "Goodput of each flow", unit: "bps", of: |_| None };

/// The goodput of each flow against the parameter at `path`, if there are several and nothing else is swept.
fn lines_of_flows<'p>(path: &str, points: &'p [PointRuns<'_>]) -> Vec<OneLine<'p>> {
    const MOST_FLOWS: usize = 6;
    let flows = points.first().and_then(|point| point.runs.first()).map_or(&[][..], |run| &run.flows);
    let mut all = Vec::new();
    for (at, flow) in flows.iter().enumerate() {
        let goodput = |run: &Headline| run.flows.get(at).filter(|it| it.name == flow.name).map(|it| it.goodput_bps);
        match lines(path, &goodput, points).as_mut_slice() {
            [line] => all.push(OneLine { label: flow.name.clone(), values: std::mem::take(&mut line.values) }),
            _ => return Vec::new(),
        }
    }
    if (2..=MOST_FLOWS).contains(&all.len()) { all } else { Vec::new() }
}

/// A metric against the parameter at `path`: a line for each combination of the other parameters.
fn against(
    path: &str,
    short: &str,
    metric: &Metric,
    lines: &[OneLine<'_>],
    points: &[PointRuns<'_>],
    subtitle: &str,
) -> Option<Figure> {
    let values: Vec<(&Json, f64)> =
        lines.iter().flat_map(|line| &line.values).map(|&(value, (.., most))| (value, most)).collect();
    let largest = values.iter().map(|value| value.1.abs()).fold(0.0, f64::max);
    // A line of zeros against anything says that nothing happened: not worth a picture.
    if values.len() < 2 || largest == 0.0 {
        return None;
    }
    let (scale, label) = match metric.unit {
        "" => (1.0, metric.title.to_owned()),
        "%" => (1.0, format!("{} (%)", metric.title.to_lowercase())),
        unit => {
            let (scale, prefix) = si::axis(largest);
            (scale, format!("{} ({prefix}{unit})", metric.title.to_lowercase()))
        }
    };
    let title = format!("{} against {short}", metric.title);
    let subtitle = match lines.len() > MOST_LINES {
        true => format!("{subtitle} · the first {MOST_LINES} of {} combinations", lines.len()),
        false => subtitle.to_owned(),
    };
    let shown = &lines[..lines.len().min(MOST_LINES)];
    match numbers(points.iter().filter_map(|point| point.parameters.get(path))) {
        Some(numbers) => {
            let mut x = Axis::new(match numbers.unit.as_str() {
                "" => short.to_owned(),
                unit => format!("{short} ({unit})"),
            });
            let positive = numbers.of.values().all(|&x| x > 0.0);
            let most = numbers.of.values().copied().fold(0.0, f64::max);
            let least = numbers.of.values().copied().fold(f64::INFINITY, f64::min);
            // Room for the outermost dots and whiskers.
            x = match positive && most / least >= DECADES {
                true => x.log().from(least / 1.2).to(most * 1.2),
                false => x.to(most * 1.03),
            };
            let mut chart = Chart::new(title, x, Axis::new(label)).subtitle(subtitle);
            for (at, line) in shown.iter().enumerate() {
                let mut drawn: Vec<(f64, f64, f64, f64)> = (line.values.iter())
                    .map(|(value, (mean, least, most))| {
                        (numbers.of[&value.to_string()], mean / scale, least / scale, most / scale)
                    })
                    .collect();
                drawn.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mean = drawn.iter().map(|&(x, mean, ..)| (x, mean)).collect();
                chart = chart.with(Line::new(line.label.as_str(), mean).dots().style(at));
                if drawn.iter().any(|&(_, _, least, most)| least < most) {
                    let ranges = drawn.iter().map(|&(x, _, least, most)| (x, least, most)).collect();
                    chart = chart.with(Whiskers::new("", ranges).tint(Tint::Series(at)));
                }
            }
            Some(Figure::Chart(chart))
        }
        None => {
            let mut categories: Vec<String> = Vec::new();
            for (value, ..) in &values {
                let name = spoken(value);
                if !categories.contains(&name) {
                    categories.push(name);
                }
            }
            let series = shown.iter().enumerate().map(|(at, line)| {
                let mean = |category: &String| {
                    let found = line.values.iter().find(|(value, _)| spoken(value) == *category);
                    found.map_or(f64::NAN, |(_, (mean, ..))| mean / scale)
                };
                BarSeries::new(line.label.as_str(), categories.iter().map(mean).collect()).style(at)
            });
            let series: Vec<BarSeries> = series.collect();
            let chart = BarChart::new(title, Axis::new(label), categories.clone()).subtitle(subtitle);
            Some(Figure::Bars(series.into_iter().fold(chart, BarChart::with)))
        }
    }
}

/// Values of a metric against one parameter, all others being equal.
pub(super) struct OneLine<'p> {
    pub(super) label: String,
    /// Value of the parameter; mean, smallest and largest of the metric.
    pub(super) values: Vec<(&'p Json, (f64, f64, f64))>,
}

pub(super) fn lines<'p>(
    path: &str,
    of: &dyn Fn(&Headline) -> Option<f64>,
    points: &'p [PointRuns<'_>],
) -> Vec<OneLine<'p>> {
    let mut lines: Vec<OneLine<'p>> = Vec::new();
    for point in points {
        let values = spread(point.runs.iter().filter_map(|run| of(run)));
        let (Some(value), Some(values)) = (point.parameters.get(path), values) else { continue };
        let mut others = point.parameters.clone();
        others.retain(|other, _| other != path);
        let label = combination(&others);
        match lines.iter_mut().find(|line| line.label == label) {
            Some(line) => line.values.push((value, values)),
            None => lines.push(OneLine { label, values: vec![(value, values)] }),
        }
    }
    // Where parameters change together, no two points differ in one alone: they are one line.
    if lines.len() > 1 && lines.iter().all(|line| line.values.len() == 1) {
        let values = lines.into_iter().flat_map(|line| line.values).collect();
        return vec![OneLine { label: String::new(), values }];
    }
    lines
}

/// Swept values as numbers on an axis.
pub(super) struct Numbers {
    /// With prefix; empty for bare numbers.
    pub(super) unit: String,
    /// By the value as it is written.
    pub(super) of: BTreeMap<String, f64>,
}

/// The values as numbers, if all are quantities of one kind.
pub(super) fn numbers<'v>(values: impl Iterator<Item = &'v Json>) -> Option<Numbers> {
    let mut kind = None;
    let mut of = BTreeMap::new();
    for value in values {
        let (number, unit) = number(value)?;
        if *kind.get_or_insert_with(|| unit.clone()) != unit {
            return None;
        }
        of.insert(value.to_string(), number);
    }
    let mut unit = kind?;
    if ["s", "bps", "B"].contains(&unit.as_str()) {
        let (scale, prefix) = si::axis(of.values().copied().fold(0.0, f64::max));
        of.values_mut().for_each(|number| *number /= scale);
        unit = format!("{prefix}{unit}");
    }
    Some(Numbers { unit, of })
}

/// A number in SI units with its unit; other units, such as `bdp`, are taken as they are.
fn number(value: &Json) -> Option<(f64, String)> {
    let text = match value {
        Json::Number(number) => return Some((number.as_f64()?, String::new())),
        Json::String(text) => text.trim(),
        // A queue of one kind with different limits: `{ "drop_tail": "10 packets" }`.
        Json::Object(members) if members.len() == 1 => return members.values().next().and_then(number),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    let in_si = (text.parse::<Duration>().ok().map(|span| (span.as_secs_f64(), "s")))
        .or_else(|| text.parse::<Rate>().ok().map(|rate| (rate.bps() as f64, "bps")))
        .or_else(|| text.parse::<Bytes>().ok().map(|bytes| (bytes.get() as f64, "B")));
    if let Some((number, unit)) = in_si {
        return Some((number, unit.to_owned()));
    }
    let (number, unit) = text.split_once(' ')?;
    let unit = if unit == "packet" { "packets" } else { unit };
    Some((number.parse().ok()?, unit.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sweep::tests::headline;

    fn names(runs: &[Headline]) -> Vec<String> {
        draw("A sweep", runs, &[], &[], &[]).into_iter().map(|named| named.name).collect()
    }

    #[test]
    fn each_parameter_has_a_chart_of_each_metric_that_varies() {
        let delay = |ms: u32| [("topology.bottleneck.delay", Json::from(format!("{ms} ms")))];
        let runs = [headline(0, &delay(5), 0, 9e6), headline(1, &delay(5), 1, 8e6), headline(2, &delay(80), 0, 4e6)];
        assert_eq!(names(&runs), ["goodput_by_delay", "rtt_by_delay", "loss_by_delay", "jain_by_delay"]);
    }

    #[test]
    fn repetitions_alone_have_no_parameter_to_draw_against() {
        assert_eq!(names(&[headline(0, &[], 0, 1.0), headline(1, &[], 1, 2.0)]), [""; 0]);
    }

    #[test]
    fn quantities_become_numbers_with_one_unit() {
        let check = |values: &[&str], unit: &str, expected: &[f64]| {
            let values: Vec<Json> = values.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            let numbers = numbers(values.iter()).unwrap();
            let found: Vec<f64> = values.iter().map(|value| numbers.of[&value.to_string()]).collect();
            assert_eq!((numbers.unit.as_str(), &found[..]), (unit, expected));
        };
        check(&["\"5 ms\"", "\"80 ms\"", "\"0.2 s\""], "ms", &[5.0, 80.0, 200.0]);
        check(&["\"1 Mbps\"", "\"10 Mbps\""], "Mbps", &[1.0, 10.0]);
        check(&["1", "2.5"], "", &[1.0, 2.5]);
        check(&["\"0.5 bdp\"", "\"2 bdp\""], "bdp", &[0.5, 2.0]);
        check(&["{\"drop_tail\": \"1 packet\"}", "{\"drop_tail\": \"9 packets\"}"], "packets", &[1.0, 9.0]);
        for mixed in [["\"5 ms\"", "\"1 Mbps\""], ["\"reno\"", "\"cubic\""], ["1", "true"]] {
            let values: Vec<Json> = mixed.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            assert!(numbers(values.iter()).is_none(), "{mixed:?}");
        }
    }

    #[test]
    fn parameters_that_change_together_are_one_line() {
        let both = |a: u32, b: u32| [("a", Json::from(a)), ("b", Json::from(b))];
        let zip = [headline(0, &both(1, 10), 0, 1e6), headline(1, &both(2, 20), 0, 2e6)];
        assert_eq!(lines("a", &METRICS[0].of, &by_point(&zip)).len(), 1);
        let grid = [
            headline(0, &both(1, 10), 0, 1e6),
            headline(1, &both(1, 20), 0, 2e6),
            headline(2, &both(2, 10), 0, 1e6),
            headline(3, &both(2, 20), 0, 2e6),
        ];
        let points = by_point(&grid);
        let found = lines("a", &METRICS[0].of, &points);
        assert_eq!(found.iter().map(|line| line.label.as_str()).collect::<Vec<_>>(), ["b = 10", "b = 20"]);
    }
}
