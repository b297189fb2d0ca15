//! What the ways to one destination cost over time: a staircase for each router. Counting to infinity is seen step by
//! step, and so is the time without any way.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use plots::{Axis, Chart, Line, Reference};

use super::convergence::{Window, phase_marks};
use super::{About, Figure, Points, with_all};
use crate::file::charts::{OneOrMany, RouteCost};
use crate::run::outcome::Outcome;
use crate::run::routing::{RoutingOutcome, TableChange};

/// More staircases than this cannot be told apart.
pub(crate) const MOST_ROUTERS: usize = 12;
/// With more steps than this they have no dots.
const MOST_DOTS: usize = 150;

/// A staircase for each router.
pub(super) fn route_cost(outcome: &Outcome, about: &About, options: &RouteCost) -> Option<Figure> {
    let routing = outcome.routing.as_ref()?;
    let destination = match &options.destination {
        Some(name) => routing.destinations.iter().position(|known| known == name)?,
        None => busiest(routing)?,
    };
    let name = &routing.destinations[destination];
    let mut changes: BTreeMap<usize, Vec<&TableChange>> = BTreeMap::new();
    for change in routing.changes.iter().filter(|change| change.destination == destination) {
        changes.entry(change.router).or_default().push(change);
    }
    let mut subtitle = about.subtitle.clone();
    let routers: Vec<usize> = match options.routers.as_ref().map(OneOrMany::list) {
        Some(names) => {
            let find = |name: &String| routing.nodes.iter().position(|node| node == name);
            names.iter().filter_map(find).collect()
        }
        None => {
            // The destination itself has nothing to tell, nor who has nothing but a prefix of its own.
            let leads_on = |change: &&TableChange| change.after.as_ref().is_some_and(|way| !way.next_hops.is_empty());
            let others = changes.iter().filter(|(_, changes)| changes.iter().any(leads_on));
            let mut others: Vec<usize> = others.map(|(&router, _)| router).collect();
            if others.len() > MOST_ROUTERS {
                others.sort_by_key(|router| Reverse(changes[router].len()));
                subtitle += &format!(" · the {MOST_ROUTERS} of {} routers with the most changes", others.len());
                others.truncate(MOST_ROUTERS);
                others.sort_unstable();
            }
            others
        }
    };
    let mut steps: Vec<(usize, &[&TableChange])> =
        routers.iter().filter_map(|router| Some((*router, changes.get(router)?.as_slice()))).collect();
    steps.truncate(MOST_ROUTERS);
    let window = window(outcome, routing, &steps, options);
    if steps.is_empty() || window.until_s <= window.from_s {
        return None;
    }
    if routing.changes_left_out > 0 {
        subtitle += &format!(" · {} later changes are not known", routing.changes_left_out);
    }
    let drawn: Vec<Stairs> = steps.iter().map(|(_, changes)| Stairs::new(changes, &window)).collect();
    let highest = drawn.iter().flat_map(|stairs| &stairs.costs).filter_map(|(_, cost)| *cost).max().unwrap_or(0) as f64;
    // What has no way stands above all costs.
    let nowhere = highest + (highest * 0.12).max(1.0);
    let axis = Axis::new(format!("cost of the way to {name}"));
    let mut chart = Chart::new(format!("Cost of the way to {name} over time"), window.axis.clone(), axis);
    let dots: usize = drawn.iter().map(|stairs| stairs.costs.len()).sum();
    for (style, ((router, _), stairs)) in steps.iter().zip(&drawn).enumerate() {
        let points = stairs.points(nowhere, &window);
        let Some(&last) = points.last() else { continue };
        let tail = vec![last, (window.until_s / window.scale, last.1)];
        // What held before holds at the left edge, and the last value until the right: without dots, for nothing
        // happens there.
        let (head, steps) = match (stairs.is_begun, &points[..]) {
            (true, [_]) => (Vec::new(), tail.clone()),
            (true, [first, second, ..]) => (vec![*first, *second], points[1..].to_vec()),
            (_, all) => (Vec::new(), all.to_vec()),
        };
        let has_dots = dots <= MOST_DOTS && steps != tail;
        let line = |label: &str, points: Points| Line::new(label, points).step().style(style);
        let named = line(&routing.nodes[*router], steps);
        chart = chart.with(if has_dots { named.dots() } else { named });
        let edges = [head, tail].into_iter().filter(|edge| !edge.is_empty());
        chart = with_all(chart, edges.map(|edge| line("", edge)));
    }
    if drawn.iter().flat_map(|stairs| &stairs.costs).any(|(_, cost)| cost.is_none()) {
        chart = chart.with(Reference::horizontal("no route", nowhere));
    }
    let (events, spans) = phase_marks(routing, &window);
    Some(Figure::Chart(with_all(
        with_all(chart.subtitle(format!("{subtitle} · grey: until tables settle")), spans),
        events,
    )))
}

/// The destination whose ways changed most often, after the first event if there is one. Of equals, the first.
pub(super) fn busiest(routing: &RoutingOutcome) -> Option<usize> {
    let since = routing.phases.get(1).map_or(0.0, |phase| phase.at_s);
    let mut counts = vec![(0_u64, 0_u64); routing.destinations.len()];
    for change in &routing.changes {
        let count = &mut counts[change.destination];
        count.0 += u64::from(change.t_s >= since);
        count.1 += 1;
    }
    let most = counts.iter().max().filter(|most| most.1 > 0)?;
    counts.iter().position(|count| count == most)
}

/// The time shown: as the file says, or from a little before the first event until a while after the last change. If that
/// is most of the run, all of it.
fn window(
    outcome: &Outcome,
    routing: &RoutingOutcome,
    steps: &[(usize, &[&TableChange])],
    options: &RouteCost,
) -> Window {
    const BEFORE: f64 = 0.1;
    const AFTER: f64 = 0.2;
    const MOST: f64 = 0.7;
    let end_s = outcome.simulated.as_secs_f64();
    let times = || steps.iter().flat_map(|(_, changes)| changes.iter().map(|change| change.t_s));
    let last = times().fold(0.0, f64::max);
    let event = routing.phases.get(1).map(|phase| phase.at_s).filter(|&at_s| times().any(|t_s| t_s > at_s));
    let first = event.unwrap_or(0.0);
    let span = last - first;
    let (mut from_s, mut until_s) = ((first - BEFORE * span).max(0.0), (last + AFTER * span).min(end_s));
    if span <= 0.0 || until_s - from_s > MOST * end_s {
        (from_s, until_s) = (0.0, end_s);
    }
    let said =
        |said: Option<sim_core::time::Duration>, otherwise: f64| said.map_or(otherwise, |time| time.as_secs_f64());
    Window::new(said(options.from, from_s), said(options.until, until_s).min(end_s))
}

/// The costs of one router's way: from when on, and how much; `None` where there is no way any more.
struct Stairs {
    costs: Vec<(f64, Option<u64>)>,
    /// Whether the first is from before the time shown.
    is_begun: bool,
}

impl Stairs {
    /// Those within the time shown. What held before holds at its beginning.
    fn new(changes: &[&TableChange], window: &Window) -> Self {
        let mut costs: Vec<(f64, Option<u64>)> = Vec::new();
        for change in changes.iter().filter(|change| change.t_s <= window.until_s) {
            let cost = change.after.as_ref().map(|route| route.cost);
            if change.t_s < window.from_s {
                costs.clear();
            }
            costs.push((change.t_s.max(window.from_s), cost));
        }
        // Another next hop at the same cost is no step.
        costs.dedup_by(|next, last| next.1 == last.1);
        let is_begun = changes.first().is_some_and(|change| change.t_s < window.from_s);
        Stairs { costs, is_begun }
    }

    fn points(&self, nowhere: f64, window: &Window) -> Points {
        let point = |&(t_s, cost): &(f64, Option<u64>)| (t_s / window.scale, cost.map_or(nowhere, |cost| cost as f64));
        self.costs.iter().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use plots::Layer;

    use super::*;
    use crate::charts::tests::about;
    use crate::results::fixture;

    fn chart(options: &RouteCost) -> Chart {
        match route_cost(&fixture::count_to_infinity(), &about(0), options) {
            Some(Figure::Chart(chart)) => chart,
            other => panic!("a chart was expected: {other:?}"),
        }
    }

    fn lines(chart: &Chart) -> Vec<(&str, &Points)> {
        let lines = chart.layers.iter().filter_map(|layer| match layer {
            Layer::Line(line) => Some((line.label.as_str(), &line.points)),
            _ => None,
        });
        lines.collect()
    }

    #[test]
    fn every_step_of_counting_to_infinity_is_a_point() {
        let chart = chart(&RouteCost::default());
        assert_eq!(chart.title, "Cost of the way to x over time");
        let lines = lines(&chart);
        let [("y", y), ("", head), ("", tail), ("z", z), ..] = lines[..] else { panic!("{lines:?}") };
        // The largest cost is 13; no way stands above.
        let nowhere = 13.0 + 13.0 * 0.12;
        let steps = [(10.0, 3.0), (12.0, 5.0), (14.0, 7.0), (16.0, 9.0), (18.0, 11.0), (20.0, 13.0), (22.0, nowhere)];
        assert_eq!(y[..], steps);
        // From a tenth of the 12 s before the event, when y's way cost 1, to a fifth of them after the last change.
        assert_eq!((head[0], tail[1]), ((8.8, 1.0), (24.4, nowhere)));
        assert_eq!(z[..2], [(11.0, 4.0), (13.0, 6.0)]);
        let is_named = |layer: &Layer| matches!(layer, Layer::Reference(line) if line.label == "no route");
        assert!(chart.layers.iter().any(is_named));
    }

    #[test]
    fn the_time_asked_for_is_shown_and_only_routers_asked_for() {
        let options = RouteCost {
            destination: Some("x".into()),
            routers: Some(OneOrMany::One("z".into())),
            from: Some("0 s".parse().unwrap()),
            until: Some("12 s".parse().unwrap()),
        };
        let chart = chart(&options);
        assert_eq!(lines(&chart), [("z", &vec![(1.0, 2.0), (11.0, 4.0)]), ("", &vec![(11.0, 4.0), (12.0, 4.0)])]);
        let is_named = |layer: &Layer| matches!(layer, Layer::Reference(_));
        assert!(!chart.layers.iter().any(is_named), "there always was a route");
    }

    #[test]
    fn nothing_is_drawn_of_a_destination_that_nobody_has_a_way_to() {
        let options = RouteCost { destination: Some("z".into()), ..RouteCost::default() };
        assert!(route_cost(&fixture::count_to_infinity(), &about(0), &options).is_none());
        assert!(route_cost(&fixture::two_flows(), &about(2), &RouteCost::default()).is_none());
    }
}
