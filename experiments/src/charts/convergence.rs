//! How routing came to rest after each event: messages, changes of tables, packets lost or looped, and what the flows
//! got meanwhile, over one time axis.

use std::collections::BTreeSet;

use plots::{Axis, Blocks, Chart, EventMark, MarkerShape, Markers, Panels, Tint, VerticalSpan, si};

use super::flows::{lines_or_range, with_data};
use super::{About, Figure, Points, means, samples_per_mean, while_active};
use crate::file::charts;
use crate::results::seconds;
use crate::run::outcome::Outcome;
use crate::run::routing::{MishapKind, RoutingOutcome, Settling, TableChange};

/// Of at most this many routers the messages are told apart; of more, their kinds.
const MOST_STACKED: usize = 6;
/// At most this many routers have a row of their own for changes of tables.
const MOST_ROWS: usize = 12;
/// About so many intervals are counted in.
const INTERVALS: f64 = 80.0;
/// With more phases than this, labels say no more than what happened.
const MOST_TOLD: usize = 8;

/// The time shown, from the file's options.
pub(super) struct Window {
    pub(super) from_s: f64,
    pub(super) until_s: f64,
    /// What to divide seconds by.
    pub(super) scale: f64,
    pub(super) axis: Axis,
}

impl Window {
    pub(super) fn new(from_s: f64, until_s: f64) -> Self {
        let (scale, prefix) = if until_s >= 1.0 { (1.0, "") } else { si::axis(until_s) };
        let axis = Axis::new(format!("time ({prefix}s)")).from(from_s / scale).to(until_s / scale);
        Window { from_s, until_s, scale, axis }
    }

    pub(super) fn contains(&self, t_s: f64) -> bool {
        (self.from_s..=self.until_s).contains(&t_s)
    }
}

/// Panels for messages, changes, mishaps and throughput.
pub(super) fn convergence(outcome: &Outcome, about: &About, options: &charts::Convergence) -> Option<Figure> {
    let routing = outcome.routing.as_ref()?;
    let end_s = outcome.simulated.as_secs_f64();
    let from_s = options.from.map_or(0.0, |from| from.as_secs_f64());
    let until_s = options.until.map_or(end_s, |until| until.as_secs_f64()).min(end_s);
    if until_s <= from_s {
        return None;
    }
    let window = Window::new(from_s, until_s);
    let intervals = Intervals::new(&window);
    let panels = [
        Some(messages(routing, &window, &intervals)),
        Some(changes(routing, &window, &intervals)),
        mishaps(routing, &window, &intervals),
        throughput(outcome, about, &window),
    ];
    let mut subtitle = about.subtitle.clone();
    let left_out = routing.messages_left_out + routing.changes_left_out;
    if left_out > 0 {
        subtitle += &format!(" · {left_out} more messages and changes are not shown");
    }
    subtitle += " · grey: until tables settle";
    let figure = Panels::new("Convergence of routing", window.axis.clone()).subtitle(subtitle);
    let figure = panels.into_iter().flatten().fold(figure, Panels::with);
    let (events, spans) = phase_marks(routing, &window);
    let figure = events.into_iter().fold(figure, Panels::event);
    Some(Figure::Timeline(spans.into_iter().fold(figure, Panels::span)))
}

/// Events and what followed them: moments with labels, and the time until tables settled.
pub(super) fn phase_marks(routing: &RoutingOutcome, window: &Window) -> (Vec<EventMark>, Vec<VerticalSpan>) {
    let (mut events, mut spans) = (Vec::new(), Vec::new());
    let ends = routing.phases.iter().skip(1).map(|next| next.at_s).chain([window.until_s]);
    let is_told = routing.phases.len() <= MOST_TOLD;
    for (phase, end_s) in routing.phases.iter().zip(ends) {
        if end_s < window.from_s || phase.at_s > window.until_s {
            continue;
        }
        if phase.after != "start" {
            let nothing = if phase.last_change_s.is_none() { ": no table changes" } else { "" };
            events.push(EventMark::new(format!("{}{nothing}", phase.after), phase.at_s / window.scale));
        }
        let span =
            |label: &str, until_s: f64| VerticalSpan::new(label, phase.at_s / window.scale, until_s / window.scale);
        match (phase.state, phase.last_change_s) {
            (Settling::Settled, Some(last_s)) => {
                let took = seconds(phase.took_s().unwrap_or_default());
                let label = format!("settled after {took} ({})", counted(phase.messages, "message"));
                if is_told {
                    events.push(EventMark::new(label, last_s / window.scale));
                }
                spans.push(span("", last_s));
            }
            (Settling::Settled, None) => {}
            (Settling::Changing, _) => spans.push(span("still changing", end_s)),
            (Settling::Oscillating, _) => {
                let label = format!("oscillating: {}", counted(phase.changes, "change"));
                spans.push(span(&label, end_s).tint(Tint::Alert));
            }
        }
    }
    (events, spans)
}

/// `1 message`, `46 messages`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Intervals of equal length that things are counted in.
struct Intervals {
    /// How long each is, in seconds.
    width_s: f64,
    /// Their ends, in seconds: multiples of the width.
    edges: Vec<f64>,
}

impl Intervals {
    fn new(window: &Window) -> Self {
        let width_s = round_up((window.until_s - window.from_s) / INTERVALS);
        let first = (window.from_s / width_s).floor();
        let count = ((window.until_s / width_s).ceil() - first).max(1.0) as usize;
        Intervals { width_s, edges: (0..=count).map(|at| (first + at as f64) * width_s).collect() }
    }

    /// Counts things of `kinds` kinds that happened at times within the intervals; a kind's counts by interval.
    fn count(&self, kinds: usize, things: impl Iterator<Item = (f64, usize)>) -> Vec<Vec<f64>> {
        let mut counts = vec![vec![0.0; self.edges.len() - 1]; kinds];
        for (t_s, kind) in things {
            let at = ((t_s - self.edges[0]) / self.width_s).max(0.0) as usize;
            // What happens at the very end belongs to the last interval.
            let last = counts[kind].len() - 1;
            counts[kind][at.min(last)] += 1.0;
        }
        counts
    }

    /// A chart of stacked counts. Kinds that do not occur are left out.
    fn stacked(&self, title: &str, what: &str, window: &Window, kinds: Vec<(String, Vec<f64>)>) -> Chart {
        let edges: Vec<f64> = self.edges.iter().map(|edge| edge / window.scale).collect();
        let occurs = |(_, counts): &(String, Vec<f64>)| counts.iter().any(|&count| count > 0.0);
        let kinds = kinds.into_iter().filter(occurs).collect();
        let axis = Axis::new(format!("{what} per {}", seconds(self.width_s)));
        Blocks::stack(kinds, &edges).into_iter().fold(Chart::new(title, window.axis.clone(), axis), Chart::with)
    }
}

/// The next of … 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is at least `least`.
fn round_up(least: f64) -> f64 {
    let mut power: f64 = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 < least {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|&step| step >= least).unwrap_or(least)
}

fn messages(routing: &RoutingOutcome, window: &Window, intervals: &Intervals) -> Chart {
    let sent = || routing.messages.iter().filter(|message| window.contains(message.t_s));
    let (names, counts): (Vec<String>, _) = if routing.routers.len() <= MOST_STACKED {
        let place = |node: usize| routing.routers.iter().position(|&router| router == node);
        let things = sent().filter_map(|message| Some((message.t_s, place(message.from)?)));
        let names = routing.routers.iter().map(|&router| format!("from {}", routing.nodes[router])).collect();
        (names, intervals.count(routing.routers.len(), things))
    } else {
        let kinds: Vec<&str> = sent().map(|message| message.kind()).collect::<BTreeSet<_>>().into_iter().collect();
        let things = sent().filter_map(|message| Some((message.t_s, kinds.binary_search(&message.kind()).ok()?)));
        let counts = intervals.count(kinds.len(), things);
        (kinds.iter().map(|kind| (*kind).to_owned()).collect(), counts)
    };
    intervals.stacked("Routing messages", "messages", window, names.into_iter().zip(counts).collect())
}

/// What became of a route, in the order of the legend.
const BECAME: [(&str, MarkerShape, Tint); 3] = [
    ("new route", MarkerShape::Triangle, Tint::Series(0)),
    ("other way or cost", MarkerShape::Circle, Tint::Series(1)),
    ("route lost", MarkerShape::Cross, Tint::Alert),
];

fn became(change: &TableChange) -> usize {
    match (&change.before, &change.after) {
        (None, Some(_)) => 0,
        (Some(_), Some(_)) => 1,
        (_, None) => 2,
    }
}

fn changes(routing: &RoutingOutcome, window: &Window, intervals: &Intervals) -> Chart {
    let title = "Changes of tables";
    let changed = || routing.changes.iter().filter(|change| window.contains(change.t_s));
    if routing.routers.len() > MOST_ROWS {
        let counts = intervals.count(BECAME.len(), changed().map(|change| (change.t_s, became(change))));
        let kinds = BECAME.iter().map(|(name, ..)| (*name).to_owned()).zip(counts).collect();
        return intervals.stacked(title, "changes", window, kinds);
    }
    // The first router stands at the top.
    let names = routing.routers.iter().rev().map(|&router| routing.nodes[router].clone()).collect();
    let place = |node: usize| routing.routers.iter().rev().position(|&router| router == node);
    let mut points: [Points; 3] = Default::default();
    // Many changes in one place are one mark.
    let mut seen = BTreeSet::new();
    for change in changed() {
        let Some(row) = place(change.router) else { continue };
        let spot = ((change.t_s - window.from_s) / (window.until_s - window.from_s) * 2_000.0) as u32;
        if seen.insert((became(change), row, spot)) {
            points[became(change)].push((change.t_s / window.scale, (row + 1) as f64));
        }
    }
    let chart = Chart::new(title, window.axis.clone(), Axis::new("by router").named(names));
    let kinds = BECAME.iter().zip(points).filter(|(_, points)| !points.is_empty());
    kinds.fold(chart, |chart, (&(name, shape, tint), points)| chart.with(Markers::new(name, shape, points).tint(tint)))
}

/// What happened to packets, in the order of the legend.
const MISHAPS: [(MishapKind, &str); 4] = [
    (MishapKind::BlackHole, "no route or black hole"),
    (MishapKind::LinkDown, "sent into a cut link"),
    (MishapKind::TtlExpired, "time to live ran out"),
    (MishapKind::Looped, "came to a node again"),
];

fn mishaps(routing: &RoutingOutcome, window: &Window, intervals: &Intervals) -> Option<Chart> {
    let shown = || routing.mishaps.iter().filter(|mishap| window.contains(mishap.t_s));
    shown().next()?;
    let kind = |of: MishapKind| MISHAPS.iter().position(|(kind, _)| *kind == of);
    let counts = intervals.count(MISHAPS.len(), shown().filter_map(|mishap| Some((mishap.t_s, kind(mishap.kind)?))));
    let kinds = MISHAPS.iter().map(|(_, name)| (*name).to_owned()).zip(counts).collect();
    Some(intervals.stacked("Packets lost or looped", "packets", window, kinds))
}

fn throughput(outcome: &Outcome, about: &About, window: &Window) -> Option<Chart> {
    let flows = with_data(outcome, |series| &series.throughput_bps);
    let group = samples_per_mean(outcome);
    let lines: Vec<(usize, Points)> = flows
        .iter()
        .map(|&(index, series)| {
            let values = while_active(outcome, about, index, &series.throughput_bps);
            let points = means(outcome, 1.0, &values, 1.0, group).into_iter();
            (index, points.filter(|point| window.contains(point.0)).collect())
        })
        .collect();
    let peak = lines.iter().flat_map(|(_, points)| points).map(|point| point.1).filter(|y| y.is_finite());
    let peak = peak.fold(0.0, f64::max);
    if peak == 0.0 {
        return None;
    }
    let (scale, prefix) = si::axis(peak);
    let scaled = |points: Points| points.into_iter().map(|(t, y)| (t / window.scale, y / scale)).collect();
    let lines = lines.into_iter().map(|(index, points)| (index, scaled(points))).collect();
    let chart = Chart::new("Throughput of flows", window.axis.clone(), Axis::new(format!("{prefix}bps")));
    Some(lines_or_range(chart, outcome, lines))
}

#[cfg(test)]
mod tests {
    use plots::Layer;

    use super::*;
    use crate::charts::tests::about;
    use crate::results::fixture;
    use crate::run::routing::SentMessage;

    fn panels(outcome: &Outcome, options: &charts::Convergence) -> Panels {
        match convergence(outcome, &about(0), options) {
            Some(Figure::Timeline(panels)) => panels,
            other => panic!("panels were expected: {other:?}"),
        }
    }

    type Area = (f64, f64, f64, f64);

    fn blocks(chart: &Chart) -> Vec<(&str, &[Area])> {
        let each = chart.layers.iter().map(|layer| match layer {
            Layer::Blocks(blocks) => (blocks.label.as_str(), &blocks.areas[..]),
            other => panic!("only counts were expected: {other:?}"),
        });
        each.collect()
    }

    #[test]
    fn messages_are_counted_by_interval_and_stacked_by_router() {
        let figure = panels(&fixture::count_to_infinity(), &charts::Convergence::default());
        // 40 s in at most 80 intervals: half a second each. Both y and z speak at 0 s, then in turn.
        let [(first, y), (second, z)] = blocks(&figure.charts[0])[..] else { panic!("two speak") };
        assert_eq!((first, second), ("from y", "from z"));
        assert_eq!(y[..3], [(0.0, 0.5, 0.0, 1.0), (10.0, 10.5, 0.0, 1.0), (12.0, 12.5, 0.0, 1.0)]);
        assert_eq!(z[..2], [(0.0, 0.5, 1.0, 2.0), (11.0, 11.5, 0.0, 1.0)]);
        assert_eq!(figure.charts[0].y.label, "messages per 500 ms");
    }

    #[test]
    fn changes_stand_in_the_row_of_their_router_with_the_first_on_top() {
        let figure = panels(&fixture::count_to_infinity(), &charts::Convergence::default());
        let chart = &figure.charts[1];
        assert_eq!(chart.y.names, ["z", "y", "x"]);
        let lost = chart.layers.iter().find_map(|layer| match layer {
            Layer::Markers(markers) if markers.label == "route lost" => Some(&markers.points[..]),
            _ => None,
        });
        // z gives up at 21 s, y at 22 s.
        assert_eq!(lost, Some(&[(21.0, 1.0), (22.0, 2.0)][..]));
    }

    #[test]
    fn the_moment_of_settling_says_how_long_it_took_and_how_many_messages() {
        let figure = panels(&fixture::count_to_infinity(), &charts::Convergence::default());
        let said: Vec<(&str, f64)> = figure.events.iter().map(|event| (event.label.as_str(), event.x)).collect();
        let expected =
            [("settled after 1 s (2 messages)", 1.0), ("x-y down", 10.0), ("settled after 12 s (13 messages)", 22.0)];
        assert_eq!(said, expected);
        let spans: Vec<(f64, f64)> = figure.spans.iter().map(|span| (span.from, span.to)).collect();
        assert_eq!(spans, [(0.0, 1.0), (10.0, 22.0)]);
    }

    #[test]
    fn what_does_not_settle_is_said() {
        let mut outcome = fixture::count_to_infinity();
        let routing = outcome.routing.as_mut().unwrap();
        routing.phases[1].state = Settling::Oscillating;
        let figure = panels(&outcome, &charts::Convergence::default());
        let last = figure.spans.last().unwrap();
        assert_eq!((last.label.as_str(), last.from, last.to), ("oscillating: 13 changes", 10.0, 40.0));
    }

    #[test]
    fn mishaps_are_counted_by_kind_and_have_no_panel_if_there_are_none() {
        let mut outcome = fixture::count_to_infinity();
        let figure = panels(&outcome, &charts::Convergence::default());
        let [(kind, areas)] = blocks(&figure.charts[2])[..] else { panic!("one kind") };
        assert_eq!((kind, areas), ("time to live ran out", &[(15.0, 15.5, 0.0, 2.0), (16.0, 16.5, 0.0, 1.0)][..]));
        outcome.routing.as_mut().unwrap().mishaps.clear();
        assert_eq!(panels(&outcome, &charts::Convergence::default()).charts.len(), 2);
    }

    #[test]
    fn only_the_time_asked_for_is_counted() {
        let options = charts::Convergence { from: Some("14 s".parse().unwrap()), until: Some("18 s".parse().unwrap()) };
        let figure = panels(&fixture::count_to_infinity(), &options);
        // Messages at 14, 15, 16, 17 and 18 s.
        let sum: f64 =
            blocks(&figure.charts[0]).iter().flat_map(|(_, areas)| areas.iter()).map(|area| area.3 - area.2).sum();
        assert_eq!(sum, 5.0);
    }

    #[test]
    fn a_million_messages_and_changes_make_a_small_picture() {
        let mut outcome = fixture::count_to_infinity();
        let routing = outcome.routing.as_mut().unwrap();
        let (message, change) = (routing.messages[0].clone(), routing.changes[0].clone());
        let at = |number: u32| f64::from(number) * 40e-6;
        routing.messages = (0..1_000_000).map(|number| SentMessage { t_s: at(number), ..message.clone() }).collect();
        routing.changes = (0..1_000_000).map(|number| TableChange { t_s: at(number), ..change.clone() }).collect();
        let figure = panels(&outcome, &charts::Convergence::default());
        let [(_, areas)] = blocks(&figure.charts[0])[..] else { panic!("one router speaks") };
        // 12,500 in each interval but the last few, where rounding may move one.
        assert!(areas.len() == 80 && areas.iter().all(|area| (area.3 - 12_500.0).abs() <= 1.0), "{areas:?}");
        assert!(Figure::Timeline(figure).to_svg().len() < 400_000);
    }

    #[test]
    fn intervals_are_round() {
        assert_eq!([0.5, 0.013, 7.0, 1.0, 3e-5].map(round_up), [0.5, 0.02, 10.0, 1.0, 5e-5]);
    }
}
