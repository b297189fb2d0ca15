//! From what a run measured to pictures: one function a chart, in [`flows`], [`cwnd`], [`links`], [`anatomy`],
//! [`completion`], [`phase_plot`], [`ladder`] and [`time_sequence`]; those of routing in [`convergence`], [`route_cost`],
//! [`topology`] and [`routing_tables`]; those of a sweep in [`sweep`], with formulas in [`beside`].
//!
//! Values are drawn as they were sampled, or as means over several samples where single packets would otherwise show
//! instead of rates; then the subtitle says so.

pub mod anatomy;
pub mod beside;
pub mod completion;
pub mod convergence;
pub mod cwnd;
pub mod flows;
pub mod ladder;
pub mod links;
pub mod network;
pub mod phase_plot;
pub mod route_cost;
pub mod routing_tables;
pub mod sweep;
pub mod time_sequence;
pub mod topology;

use std::ops::Range;

use plots::{Axis, BarChart, Chart, Diagrams, EventMark, Ladders, Layer, Panels, Size, Tables, si};

use self::network::Network;

use crate::file::charts::{ChartChoice, ChartKind, ChartOptions, OneOrMany};
use crate::file::plan::{PlannedFlow, RunPoint};
use crate::results::seconds;
use crate::results::tables::in_brief;
use crate::run::outcome::{FlowOutcome, LinkOutcome, LinkSeries, Outcome};
use crate::run::record::{MOST_FLOWS, has_sequence, is_conversation};
use crate::run::routing::views::FEW_ROUTERS;

/// `(x, y)` in the units of the axes.
type Points = Vec<(f64, f64)>;

/// What the charts of a run say about it, and what they need to know beside its outcome.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// What the experiment is about, with the run's seed and swept values.
    pub subtitle: String,
    /// When each flow is to send, in seconds, and whether fairness is about it.
    pub flows: Vec<AboutFlow>,
    /// The network, for charts of routing.
    pub network: Option<Network>,
}

/// What the charts need to know of a flow beside its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AboutFlow {
    /// Whether it carries data for its own sake: what fairness is about.
    pub is_bulk: bool,
    /// When it stops by the script.
    pub stop_s: Option<f64>,
    /// Whether it is a conversation, which a ladder shows unless others are named.
    pub is_conversation: bool,
    /// Whether it has sequence numbers and a window.
    pub has_sequence: bool,
}

impl About {
    /// What to say about one run.
    pub fn run(point: &RunPoint) -> Self {
        let mut parts = vec![point.experiment.title.clone()];
        let told = point.parameters.iter().filter(|(path, _)| sweep::is_told(path));
        parts.extend(told.map(|(path, value)| format!("{} = {}", last_step(path), in_brief(value))));
        parts.push(format!("seed {}", point.seed));
        let flow = |flow: &PlannedFlow| AboutFlow {
            is_bulk: flow.traffic.is_bulk(),
            stop_s: flow.stop.map(|stop| stop.as_secs_f64()),
            is_conversation: is_conversation(flow),
            has_sequence: has_sequence(flow),
        };
        About {
            subtitle: parts.join(" · "),
            flows: point.flows.iter().map(flow).collect(),
            network: Some(Network::of(point)),
        }
    }

    /// The subtitle, and that values are means over `window_s` if they are.
    fn subtitle(&self, window_s: Option<f64>) -> String {
        match window_s {
            Some(window_s) => format!("{} · means over {}", self.subtitle, seconds(window_s)),
            None => self.subtitle.clone(),
        }
    }
}

/// The last step of a path: the field that is swept.
pub(crate) fn last_step(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A finished picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// One coordinate system.
    Chart(Chart),
    /// Several over one time axis.
    Panels(Panels),
    /// Bars.
    Bars(BarChart),
    /// Space-time diagrams, and how many pixels of time they need.
    Ladders(Ladders, u32),
    /// Several charts over one time axis, lower than `Panels`.
    Timeline(Panels),
    /// Drawings of a network.
    Diagrams(Diagrams),
    /// Tables of texts.
    Tables(Tables),
}

impl Figure {
    /// Whether it is about numbers over two axes.
    pub fn is_plotted(&self) -> bool {
        match self {
            Figure::Chart(_) | Figure::Panels(_) | Figure::Timeline(_) => true,
            Figure::Bars(_) | Figure::Ladders(..) | Figure::Diagrams(_) | Figure::Tables(_) => false,
        }
    }

    /// The picture as an SVG document.
    pub fn to_svg(&self) -> String {
        const PANEL_HEIGHT: u32 = 320;
        const LOW_PANEL_HEIGHT: u32 = 215;
        const SQUARE: Size = Size::new(1100, 860);
        let stacked = |panel_height: u32, panels: &Panels| {
            let Size { width, height } = Size::default();
            Size::new(width, height.max(100 + panel_height * panels.charts.len() as u32))
        };
        match self {
            Figure::Chart(chart) if chart.is_square => chart.to_svg(SQUARE),
            Figure::Chart(chart) => chart.to_svg(Size::default()),
            Figure::Panels(panels) => panels.to_svg(stacked(PANEL_HEIGHT, panels)),
            Figure::Timeline(panels) => {
                // Names of rows must not touch.
                let rows = panels.charts.iter().map(|chart| chart.y.names.len()).max().unwrap_or(0) as u32;
                panels.to_svg(stacked(LOW_PANEL_HEIGHT.max(125 + 19 * rows), panels))
            }
            Figure::Diagrams(diagrams) => diagrams.to_svg(Size::default()),
            Figure::Tables(tables) => tables.to_svg(Size::default()),
            Figure::Bars(bars) => bars.to_svg(Size::default()),
            Figure::Ladders(ladders, height) => ladders.to_svg(Size::new(760, *height)),
        }
    }
}

/// A picture and the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Without extension.
    pub name: String,
    /// What is to be seen.
    pub figure: Figure,
    /// Whether the file asks for it with options of its own.
    pub is_asked_for: bool,
}

impl Named {
    /// A picture that is drawn whether asked for or not.
    pub fn new(name: impl Into<String>, figure: Figure) -> Self {
        Named { name: name.into(), figure, is_asked_for: false }
    }
}

/// The charts of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// In the order of the catalogue.
    pub figures: Vec<Named>,
    /// Those asked for that have nothing to show.
    pub empty: Vec<ChartKind>,
}

/// Draws the charts asked for, or all that have something to show.
pub fn draw(outcome: &Outcome, about: &About, asked: Option<&[ChartChoice]>) -> Drawn {
    let all: Vec<ChartChoice> = ChartKind::ALL.iter().copied().map(ChartChoice::Name).collect();
    let mut drawn = Drawn::default();
    for &kind in ChartKind::ALL {
        // Those of a sweep are not about one run.
        if kind == ChartKind::Sweep || (asked.is_none() && !is_usual(kind, outcome)) {
            continue;
        }
        let choices = asked.unwrap_or(&all).iter().filter(|choice| choice.kind() == kind);
        for (at, choice) in choices.enumerate() {
            let name = if at == 0 { kind.name().to_owned() } else { format!("{}_{}", kind.name(), at + 1) };
            match one(choice, outcome, about) {
                Some(figure) => drawn.figures.push(Named::new(name, figure)),
                None if asked.is_some() => drawn.empty.push(kind),
                None => {}
            }
        }
    }
    drawn
}

/// Whether a chart is drawn when the file names none: those of routing only where routers tell each other by messages,
/// and where there are few enough to be looked at one by one.
fn is_usual(kind: ChartKind, outcome: &Outcome) -> bool {
    const FEW_NODES: usize = 30;
    let routing = outcome.routing.as_ref();
    match kind {
        ChartKind::RouteCost | ChartKind::RoutingTables => {
            routing.is_some_and(|routing| routing.routers.len() <= FEW_ROUTERS)
        }
        ChartKind::Topology => routing.is_some_and(|routing| routing.nodes.len() <= FEW_NODES),
        ChartKind::Throughput
        | ChartKind::Cwnd
        | ChartKind::Queue
        | ChartKind::Rtt
        | ChartKind::Fairness
        | ChartKind::DelayAnatomy
        | ChartKind::Utilization
        | ChartKind::FlowCompletion
        | ChartKind::Slowdown
        | ChartKind::Ladder
        | ChartKind::TimeSequence
        | ChartKind::PhasePlot
        | ChartKind::Convergence
        | ChartKind::Sweep => true,
    }
}

/// One chart; `None` if it has nothing to show.
pub fn one(choice: &ChartChoice, outcome: &Outcome, about: &About) -> Option<Figure> {
    match choice {
        ChartChoice::Name(kind) => match kind {
            ChartKind::Throughput => flows::throughput(outcome, about),
            ChartKind::Cwnd => cwnd::cwnd(outcome, about),
            ChartKind::Queue => links::queue(outcome, about),
            ChartKind::Rtt => flows::rtt(outcome, about),
            ChartKind::Fairness => flows::fairness(outcome, about),
            ChartKind::DelayAnatomy => anatomy::delay_anatomy(outcome, about),
            ChartKind::Utilization => links::utilization(outcome, about),
            ChartKind::FlowCompletion => completion::flow_completion(outcome, about),
            ChartKind::Slowdown => completion::slowdown(outcome, about),
            ChartKind::Ladder => ladder::ladder(outcome, about, &Default::default()),
            ChartKind::TimeSequence => time_sequence::time_sequence(outcome, about, &Default::default()),
            ChartKind::PhasePlot => phase_plot::phase_plot(outcome, about, &Default::default()),
            ChartKind::Convergence => convergence::convergence(outcome, about, &Default::default()),
            ChartKind::RouteCost => route_cost::route_cost(outcome, about, &Default::default()),
            ChartKind::Topology => topology::topology(outcome, about, &Default::default()),
            ChartKind::RoutingTables => routing_tables::routing_tables(outcome, about, &Default::default()),
            ChartKind::Sweep => None,
        },
        ChartChoice::Configured(options) => match options {
            ChartOptions::Ladder(options) => ladder::ladder(outcome, about, options),
            ChartOptions::TimeSequence(options) => time_sequence::time_sequence(outcome, about, options),
            ChartOptions::PhasePlot(options) => phase_plot::phase_plot(outcome, about, options),
            ChartOptions::Convergence(options) => convergence::convergence(outcome, about, options),
            ChartOptions::RouteCost(options) => route_cost::route_cost(outcome, about, options),
            ChartOptions::Topology(options) => topology::topology(outcome, about, options),
            ChartOptions::RoutingTables(options) => routing_tables::routing_tables(outcome, about, options),
            ChartOptions::Sweep(_) => None,
        },
    }
}

/// The flows of a diagram: those named, or the first few that `fits`.
fn shown_flows(
    outcome: &Outcome,
    about: &About,
    named: Option<&OneOrMany<String>>,
    fits: impl Fn(&AboutFlow) -> bool,
) -> Vec<usize> {
    let mut flows: Vec<usize> = match named {
        Some(names) => {
            let find = |name: &String| outcome.flows.iter().position(|flow| flow.name == *name);
            names.list().iter().filter_map(find).collect()
        }
        None => (0..outcome.flows.len()).filter(|&flow| about.flows.get(flow).is_some_and(&fits)).collect(),
    };
    flows.truncate(MOST_FLOWS);
    flows
}

/// The time axis of a run, from its beginning to its end, and what to divide seconds by.
fn time_axis(outcome: &Outcome) -> (f64, Axis) {
    let end = outcome.simulated.as_secs_f64();
    let (scale, prefix) = if end >= 1.0 { (1.0, "") } else { si::axis(end) };
    (scale, Axis::new(format!("time ({prefix}s)")).from(0.0).to(end / scale))
}

/// What the script did, as marks on a time axis.
fn marks(outcome: &Outcome, time_scale: f64) -> impl Iterator<Item = EventMark> + '_ {
    outcome.marks.iter().map(move |(at, what)| EventMark::new(what.as_str(), at / time_scale))
}

/// A chart with one more layer for each of `layers`.
fn with_all<L: Into<Layer>>(chart: Chart, layers: impl IntoIterator<Item = L>) -> Chart {
    layers.into_iter().fold(chart, Chart::with)
}

/// The largest finite value of all lists.
fn largest<'a>(lists: impl IntoIterator<Item = &'a [f64]>) -> f64 {
    lists.into_iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max)
}

fn has_values(values: &[f64]) -> bool {
    values.iter().any(|value| value.is_finite())
}

/// Points over time; values that are missing break the line.
fn over_time(outcome: &Outcome, time_scale: f64, values: &[f64], value_scale: f64) -> Points {
    outcome.series.times_s.iter().zip(values).map(|(t, value)| (t / time_scale, value / value_scale)).collect()
}

/// Points over time without those that are missing: between two measurements the line goes straight.
fn measured(outcome: &Outcome, time_scale: f64, values: &[f64], value_scale: f64) -> Points {
    over_time(outcome, time_scale, values, value_scale).into_iter().filter(|point| point.1.is_finite()).collect()
}

/// Means over `group` samples each, drawn in the middle of their time. A mean that has no value is missing.
fn means(outcome: &Outcome, time_scale: f64, values: &[f64], value_scale: f64, group: usize) -> Points {
    windows(outcome, time_scale, group)
        .map(|(middle, window)| {
            let present = values.get(window).unwrap_or_default().iter().copied().filter(|value| value.is_finite());
            let (sum, count) = present.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
            (middle, sum / f64::from(count) / value_scale)
        })
        .collect()
}

/// The samples in groups: the middle of their time, and their numbers.
fn windows(outcome: &Outcome, time_scale: f64, group: usize) -> impl Iterator<Item = (f64, Range<usize>)> + '_ {
    let (times, interval) = (&outcome.series.times_s, outcome.series.interval_s);
    (0..times.len()).step_by(group.max(1)).map(move |from| {
        let until = (from + group.max(1)).min(times.len());
        // Samples bear the time at which their interval ended.
        ((times[from] - interval + times[until - 1]) / 2.0 / time_scale, from..until)
    })
}

/// How many samples to take together so that a rate shows and not its packets: at least [`PACKETS`] of the slowest flow
/// in each mean, as long as [`FEWEST`] means remain.
fn samples_per_mean(outcome: &Outcome) -> usize {
    const PACKETS: f64 = 150.0;
    const FEWEST: usize = 100;
    let samples = outcome.series.times_s.len();
    let counts = outcome.flows.iter().zip(&outcome.series.flows).filter_map(|(flow, series)| {
        let active = series.throughput_bps.iter().filter(|&&rate| rate > 0.0).count();
        (active > 0).then(|| flow.delivered_packets as f64 / active as f64)
    });
    let slowest = counts.fold(f64::INFINITY, f64::min);
    if !slowest.is_finite() {
        return 1;
    }
    ((PACKETS / slowest).ceil() as usize).clamp(1, (samples / FEWEST).max(1))
}

/// What a flow has over time, missing before it starts and after it stops or completes.
fn while_active(outcome: &Outcome, about: &About, index: usize, values: &[f64]) -> Vec<f64> {
    let flow = &outcome.flows[index];
    let (from, until) = active_time(flow, about.flows.get(index));
    let interval = outcome.series.interval_s;
    let times = outcome.series.times_s.iter().zip(values);
    times.map(|(&t, &value)| if t > from && t - interval < until { value } else { f64::NAN }).collect()
}

/// From when until when a flow sends, in seconds; without an end of its own, until infinity.
fn active_time(flow: &FlowOutcome, about: Option<&AboutFlow>) -> (f64, f64) {
    let completed_s = flow.completion_s.map(|seconds| flow.start_s + seconds);
    let stop_s = about.and_then(|about| about.stop_s);
    (flow.start_s, [completed_s, stop_s].into_iter().flatten().fold(f64::INFINITY, f64::min))
}

/// The share of each bulk flow, in bits per second, over time: the rate of the link that holds all of them back,
/// divided by how many of them are active. `None` unless there plainly is such a link.
fn fair_share(outcome: &Outcome, about: &About) -> Option<FairShare> {
    const BUSY: f64 = 0.6;
    let link = crate::results::bottleneck(outcome)?;
    let bulk = || outcome.flows.iter().zip(&about.flows).filter(|(_, flow)| flow.is_bulk);
    // Whoever crosses the link, it must have carried at least what the bulk flows together received.
    let received: u64 = bulk().map(|(flow, _)| flow.delivered_packets).sum();
    // Of what changes all the time there is no share to draw: what is offered is drawn instead.
    let has_trace =
        |(one, series): (&LinkOutcome, &LinkSeries)| one.name == link.name && !series.offered_bps.is_empty();
    let is_traced = outcome.links.iter().zip(&outcome.series.links).any(has_trace);
    if is_traced || received == 0 || link.utilization < BUSY || link.packets < received {
        return None;
    }
    let end_s = outcome.simulated.as_secs_f64();
    let active: Vec<(f64, f64)> = bulk()
        .map(|(flow, about)| active_time(flow, Some(about)))
        .map(|(from, until)| (from, until.min(end_s)))
        .collect();
    let mut changes: Vec<f64> = active.iter().flat_map(|&(from, until)| [from, until]).chain([0.0, end_s]).collect();
    changes.sort_by(f64::total_cmp);
    changes.dedup();
    let share = |t: f64| {
        let count = active.iter().filter(|&&(from, until)| from <= t && t < until).count();
        (t, if count == 0 { f64::NAN } else { link.bandwidth_bps / count as f64 })
    };
    let mut steps: Points = changes.into_iter().filter(|&t| t < end_s).map(share).collect();
    steps.dedup_by(|next, last| next.1 == last.1);
    match steps[..] {
        [(_, bps)] if active.len() == 1 => Some(FairShare::Constant { label: format!("rate of {}", link.name), bps }),
        [(_, bps)] => Some(FairShare::Constant { label: format!("fair share R/{}", active.len()), bps }),
        _ => {
            steps.extend(steps.last().map(|&(_, bps)| (end_s, bps)));
            Some(FairShare::Steps(steps))
        }
    }
}

/// What each flow would get if all got the same.
#[derive(Clone, Debug, PartialEq)]
enum FairShare {
    /// The same all the time.
    Constant { label: String, bps: f64 },
    /// From these times on; `NaN` where no flow is active.
    Steps(Points),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::results::fixture;

    pub(crate) fn about(count: usize) -> About {
        let flow = AboutFlow { is_bulk: true, has_sequence: true, is_conversation: true, ..AboutFlow::default() };
        About { subtitle: "Two flows share a link · seed 1".into(), flows: vec![flow; count], network: None }
    }

    #[test]
    fn every_chart_of_a_full_outcome_has_something_to_show() {
        let drawn = draw(&fixture::two_flows(), &about(2), None);
        let names: Vec<&str> = drawn.figures.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(
            names,
            ["throughput", "cwnd", "queue", "rtt", "fairness", "delay_anatomy", "utilization", "phase_plot"]
        );
        for named in &drawn.figures {
            assert_eq!(named.figure.to_svg(), named.figure.to_svg());
        }
    }

    #[test]
    fn charts_without_anything_to_show_are_skipped_or_named() {
        let mut outcome = fixture::flows(0);
        (outcome.anatomy, outcome.series.jain) = (Vec::new(), Vec::new());
        outcome.links.clear();
        assert_eq!(draw(&outcome, &about(0), None), Drawn::default());
        let drawn = draw(&outcome, &about(0), Some(&[ChartChoice::Name(ChartKind::Cwnd)]));
        assert_eq!((drawn.figures, drawn.empty), (vec![], vec![ChartKind::Cwnd]));
    }

    #[test]
    fn only_charts_asked_for_are_drawn() {
        let drawn = draw(
            &fixture::two_flows(),
            &about(2),
            Some(&[ChartKind::Queue, ChartKind::Throughput].map(ChartChoice::Name)),
        );
        let names: Vec<&str> = drawn.figures.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(names, ["throughput", "queue"]);
    }

    #[test]
    fn rates_are_means_over_enough_packets() {
        let mut outcome = fixture::two_flows();
        assert_eq!(samples_per_mean(&outcome), 4, "42 packets a sample");
        outcome.flows.iter_mut().for_each(|flow| flow.delivered_packets = 90_000);
        assert_eq!(samples_per_mean(&outcome), 1);
        outcome.flows[0].delivered_packets = 1;
        assert_eq!(samples_per_mean(&outcome), 6, "100 points are left");
    }

    #[test]
    fn there_is_a_fair_share_only_of_a_link_that_all_share() {
        let mut outcome = fixture::two_flows();
        let half = FairShare::Constant { label: "fair share R/2".into(), bps: 5e6 };
        assert_eq!(fair_share(&outcome, &about(2)), Some(half));
        outcome.links[0].packets = 30_000;
        assert_eq!(fair_share(&outcome, &about(2)), None);
    }

    #[test]
    fn what_a_link_with_a_trace_offers_is_drawn_in_place_of_a_share() {
        let mut outcome = fixture::two_flows();
        let samples = outcome.series.times_s.len();
        outcome.series.links[0].offered_bps = vec![10e6; samples];
        assert_eq!(fair_share(&outcome, &about(2)), None);
        let drawn = draw(&outcome, &about(2), Some(&[ChartChoice::Name(ChartKind::Throughput)]));
        assert!(drawn.figures[0].figure.to_svg().contains("offered by r1"));
    }

    #[test]
    fn the_fair_share_changes_when_flows_come_and_go() {
        let (mut outcome, mut about) = (fixture::two_flows(), about(2));
        outcome.flows[1].start_s = 20.0;
        about.flows[0].stop_s = Some(50.0);
        let steps = vec![(0.0, 10e6), (20.0, 5e6), (50.0, 10e6), (60.0, 10e6)];
        assert_eq!(fair_share(&outcome, &about), Some(FairShare::Steps(steps)));
    }
}
