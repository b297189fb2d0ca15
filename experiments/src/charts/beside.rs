//! One figure of all runs of a sweep against one swept field: measured points, and formulas as lines beside them.

use std::collections::BTreeMap;

use plots::{Axis, Chart, Line, MarkerShape, Markers, Tint, Whiskers, si};
use serde_json::Value as Json;

use super::Figure;
use super::sweep::{DECADES, MOST_LINES, Numbers, lines, numbers};
use crate::file::charts::{ChartChoice, ChartOptions, OneOrMany, SweepChart, SweepFigure};
use crate::file::plan::RunPoint;
use crate::file::spec::Experiment;
use crate::results::sweep::{Headline, PointRuns};
use crate::run::outcome::Outcome;
use crate::theory::{Inputs, Theory};

/// A formula is drawn through so many values between two points of a sweep.
const STEPS: usize = 24;
/// On a linear axis a formula may rise so far above the measured values; what is above is cut.
const HEADROOM: f64 = 1.5;
/// By which the points of several combinations differ.
const SHAPES: [MarkerShape; 4] = [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Triangle, MarkerShape::Cross];

/// What such a chart needs of a run beside its headline.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Share of the time in which the busiest link transmitted.
    pub utilization: Option<f64>,
    /// What the formulas are about.
    pub inputs: Inputs,
}

impl Beside {
    /// Of one run.
    pub fn new(point: &RunPoint, outcome: &Outcome) -> Self {
        let utilization = outcome.links.iter().map(|link| link.utilization).reduce(f64::max);
        Beside { utilization, inputs: Inputs::of(point) }
    }
}

/// The charts of this kind that a file asks for with options.
pub fn asked(experiment: &Experiment) -> Vec<&SweepChart> {
    let chart = |choice| match choice {
        &ChartChoice::Configured(ChartOptions::Sweep(ref chart)) => Some(chart),
        ChartChoice::Configured(
            ChartOptions::Ladder(_)
            | ChartOptions::TimeSequence(_)
            | ChartOptions::PhasePlot(_)
            | ChartOptions::Convergence(_)
            | ChartOptions::RouteCost(_)
            | ChartOptions::Topology(_)
            | ChartOptions::RoutingTables(_),
        )
        | ChartChoice::Name(_) => None,
    };
    experiment.charts.iter().flatten().filter_map(chart).collect()
}

/// The name of a figure in files.
pub(super) fn name(figure: SweepFigure) -> &'static str {
    match figure {
        SweepFigure::Goodput => "goodput",
        SweepFigure::Utilization => "utilization",
        SweepFigure::Efficiency => "efficiency",
        SweepFigure::Rtt => "rtt",
        SweepFigure::Loss => "loss",
        SweepFigure::Jain => "jain",
        SweepFigure::Completion => "completion",
    }
}

/// Its name in titles, and its unit.
fn title_and_unit(figure: SweepFigure) -> (&'static str, &'static str) {
    match figure {
        SweepFigure::Goodput => ("Goodput of all flows", "bps"),
        SweepFigure::Utilization => ("Utilization of the busiest link", ""),
        SweepFigure::Efficiency => ("Efficiency", ""),
        SweepFigure::Rtt => ("Mean round-trip time", "s"),
        SweepFigure::Loss => ("Share of packets lost", ""),
        SweepFigure::Jain => ("Jain's index", ""),
        SweepFigure::Completion => ("Mean completion time", "s"),
    }
}

fn measured(figure: SweepFigure, run: &Headline, beside: &Beside) -> Option<f64> {
    match figure {
        SweepFigure::Goodput => Some(run.total.goodput_bps),
        SweepFigure::Utilization => beside.utilization,
        SweepFigure::Efficiency => {
            let Inputs { rate_bps, payload_bits, packet_bits, .. } = beside.inputs;
            Some(run.total.goodput_bps * packet_bits / payload_bits / rate_bps)
        }
        SweepFigure::Rtt => run.total.rtt_mean_s,
        SweepFigure::Loss => run.total.loss,
        SweepFigure::Jain => run.fairness.jain,
        SweepFigure::Completion => run.total.completion_mean_s,
    }
}

/// The chart; `None` if there is nothing measured, or the field's values are no numbers.
pub(super) fn draw(
    chart: &SweepChart,
    short: &str,
    points: &[PointRuns<'_>],
    runs: &[Headline],
    beside: &[Beside],
    subtitle: &str,
) -> Option<Figure> {
    let by_run: BTreeMap<&str, Beside> = runs.iter().map(|run| run.run.as_str()).zip(beside.iter().copied()).collect();
    let of_run = |run: &Headline| by_run.get(run.run.as_str()).copied();
    let of = |run: &Headline| measured(chart.y, run, &of_run(run)?).filter(|value| value.is_finite());
    let numbers = numbers(points.iter().filter_map(|point| point.parameters.get(&chart.x)))?;
    let lines = lines(&chart.x, &of, points);
    let largest = lines.iter().flat_map(|line| &line.values).map(|value| value.1.2).fold(0.0, f64::max);
    if lines.is_empty() || largest == 0.0 {
        return None;
    }
    let (title, unit) = title_and_unit(chart.y);
    let (scale, label) = match unit {
        "" => (1.0, title.to_owned()),
        unit => {
            let (scale, prefix) = si::axis(largest);
            (scale, format!("{} ({prefix}{unit})", title.to_lowercase()))
        }
    };
    let smallest = (lines.iter().flat_map(|line| &line.values).map(|value| value.1.1))
        .filter(|&value| value > 0.0)
        .fold(f64::INFINITY, f64::min);
    let has_log_x = chart.log.unwrap_or_else(|| spans_decades(&numbers)) && numbers.of.values().all(|&x| x > 0.0);
    // Beside a logarithmic axis, a power law is straight on another one.
    let enough = if has_log_x { 10.0 } else { DECADES };
    let has_log_y = chart.log.unwrap_or(largest / smallest >= enough) && smallest.is_finite();
    let (least_x, most_x) =
        (numbers.of.values()).fold((f64::INFINITY, 0.0), |(l, m), &x| (f64::min(l, x), f64::max(m, x)));
    let mut x = Axis::new(match numbers.unit.as_str() {
        "" => short.to_owned(),
        unit => format!("{short} ({unit})"),
    });
    x = match has_log_x {
        true => x.log().from(least_x / 1.2).to(most_x * 1.2),
        false => x.to(most_x * 1.03),
    };
    let theories = chart.theory.as_ref().map_or(&[][..], OneOrMany::list);
    let mut curves: Vec<Curve> = Vec::new();
    for (at, line) in lines.iter().take(MOST_LINES).enumerate() {
        let inputs = inputs_by_x(&chart.x, line, points, &numbers, &of_run, &lines);
        for &theory in theories {
            let points = curve(theory, chart.y, &inputs, has_log_x);
            let points: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (x, y / scale)).collect();
            // Combinations that differ in what the formula does not speak of have one curve.
            if !points.is_empty() && !curves.iter().any(|one| one.theory == theory && one.points == points) {
                curves.push(Curve { theory, points, line: at });
            }
        }
    }
    let highest = curves.iter().flat_map(|curve| &curve.points).map(|point| point.1).filter(|y| y.is_finite());
    let highest = highest.fold(0.0, f64::max);
    let mut y = Axis::new(label);
    if has_log_y {
        y = y.log();
    } else if highest > HEADROOM * largest / scale {
        y = y.to(HEADROOM * largest / scale);
    }
    let title = match theories {
        [] => format!("{title} against {short}"),
        _ => format!("{title} against {short}, measured and by formula"),
    };
    let mut picture = Chart::new(title, x, y).subtitle(subtitle);
    for (at, line) in lines.iter().take(MOST_LINES).enumerate() {
        let mut drawn: Vec<(f64, f64, f64, f64)> = (line.values.iter())
            .map(|(value, (mean, least, most))| {
                (numbers.of[&value.to_string()], mean / scale, least / scale, most / scale)
            })
            .collect();
        drawn.sort_by(|a, b| a.0.total_cmp(&b.0));
        let label = if line.label.is_empty() { "measured" } else { &line.label };
        let means = drawn.iter().map(|&(x, mean, ..)| (x, mean)).collect();
        picture = picture.with(Markers::new(label, SHAPES[at % SHAPES.len()], means).tint(Tint::Series(at)));
        if drawn.iter().any(|&(_, _, least, most)| least < most) {
            let ranges = drawn.iter().map(|&(x, _, least, most)| (x, least, most)).collect();
            picture = picture.with(Whiskers::new("", ranges).tint(Tint::Series(at)));
        }
    }
    let of_one_line = |theory: Theory| curves.iter().filter(|curve| curve.theory == theory).count() == 1;
    for (at, curve) in curves.iter().enumerate() {
        let label = match of_one_line(curve.theory) {
            true => curve.theory.label().to_owned(),
            false => format!("{}, {}", curve.theory.label(), lines[curve.line].label),
        };
        // One formula wears the colour of its points; several wear their own.
        let style = if theories.len() == 1 { curve.line } else { lines.len() + at };
        picture = picture.with(Line::new(label, curve.points.clone()).style(style));
    }
    Some(Figure::Chart(picture))
}

struct Curve {
    theory: Theory,
    points: Vec<(f64, f64)>,
    /// The combination of the other swept values.
    line: usize,
}

fn spans_decades(numbers: &Numbers) -> bool {
    let values = || numbers.of.values().copied();
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    least > 0.0 && most / least >= DECADES
}

/// What the formulas are about at each value of the swept field, in its order.
fn inputs_by_x(
    path: &str,
    line: &super::sweep::OneLine<'_>,
    points: &[PointRuns<'_>],
    numbers: &Numbers,
    of_run: &dyn Fn(&Headline) -> Option<Beside>,
    lines: &[super::sweep::OneLine<'_>],
) -> Vec<(f64, Inputs)> {
    let is_of_line = |point: &&PointRuns<'_>| {
        let mut others = point.parameters.clone();
        others.retain(|other, _| other != path);
        lines.len() == 1 || super::sweep::combination(&others) == line.label
    };
    let at = |point: &PointRuns<'_>| {
        let value: &Json = point.parameters.get(path)?;
        Some((*numbers.of.get(&value.to_string())?, of_run(point.runs[0])?.inputs))
    };
    let mut inputs: Vec<(f64, Inputs)> = points.iter().filter(is_of_line).filter_map(at).collect();
    inputs.sort_by(|a, b| a.0.total_cmp(&b.0));
    inputs
}

/// The formula through the points of a sweep, and between them: what it is about is taken to change in proportion to
/// the swept value from one point to the next.
fn curve(theory: Theory, figure: SweepFigure, inputs: &[(f64, Inputs)], is_log: bool) -> Vec<(f64, f64)> {
    let value = |x: f64, inputs: &Inputs| Some((x, theory.value(figure, inputs).filter(|value| value.is_finite())?));
    let between = inputs.windows(2).flat_map(|pair| {
        let ((from, one), (to, other)) = (&pair[0], &pair[1]);
        (0..STEPS).filter_map(move |step| {
            let share = step as f64 / STEPS as f64;
            let x = match is_log {
                true => from * libm::pow(to / from, share),
                false => from + (to - from) * share,
            };
            value(x, &Inputs::between(one, other, (x - from) / (to - from)))
        })
    });
    let last = inputs.last().and_then(|(x, inputs)| value(*x, inputs));
    between.chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_window(window: f64) -> Inputs {
        Inputs { window, packet_bits: 8_000.0, payload_bits: 8_000.0, rate_bps: 1e6, rtt_s: 0.032, ..Inputs::UNKNOWN }
    }

    #[test]
    fn a_curve_bends_where_the_formula_does_and_not_only_at_points() {
        // Five packets fill the pipe: between windows of 1 and 9 the line rises to 1 in the middle.
        let inputs = [(1.0, with_window(1.0)), (9.0, with_window(9.0))];
        let points = curve(Theory::Pipelining, SweepFigure::Utilization, &inputs, false);
        assert_eq!(points.len(), STEPS + 1);
        assert_eq!(points[0], (1.0, 0.2));
        let (x, y) = points[STEPS / 2];
        assert_eq!((x, y), (5.0, 1.0));
        assert!((points[STEPS / 4].1 - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_formula_that_says_nothing_of_the_figure_has_no_curve() {
        let inputs = [(1.0, with_window(1.0)), (9.0, with_window(9.0))];
        assert!(curve(Theory::GoBackN, SweepFigure::Utilization, &inputs, false).is_empty());
        assert!(curve(Theory::Mathis, SweepFigure::Goodput, &inputs, false).is_empty(), "no loss is known");
    }
}
