//! Which routers' tables the charts of a run will show, and at which times.

use sim_core::ids::NodeId;
use sim_core::time::{Duration, Time};

use crate::file::charts::{ChartChoice, ChartKind, ChartOptions, RoutingTables};
use crate::file::plan::RunPoint;

/// More moments than this do not fit into a picture.
pub(crate) const MOST_VIEWS: usize = 24;
/// In networks with more routers, tables are not drawn unless they are asked for.
pub(crate) const FEW_ROUTERS: usize = 12;
/// Tables are shown before so many events, unless the file says otherwise.
const EVENTS: usize = 3;

/// Routers and times of which the tables are wanted, router by router. `names` are those of all nodes, `events` the times
/// of events in order, `end` that of the run.
pub(crate) fn wanted(
    options: &RoutingTables,
    names: &[&str],
    routers: &[usize],
    events: &[Duration],
    end: Duration,
) -> Vec<(usize, Duration)> {
    let routers: Vec<usize> = match &options.router {
        Some(named) => {
            let find = |name: &String| routers.iter().copied().find(|&router| names[router] == *name);
            named.list().iter().filter_map(find).collect()
        }
        None => routers.iter().copied().take(1).collect(),
    };
    let mut times: Vec<Duration> = match &options.at {
        Some(times) => times.list().to_vec(),
        // At the very start nothing is known.
        None => events.iter().copied().filter(|event| !event.is_zero()).take(EVENTS).chain([end]).collect(),
    };
    times.retain(|&time| time <= end);
    times.sort();
    times.dedup();
    let all = routers.iter().flat_map(|&router| times.iter().map(move |&time| (router, time)));
    all.take(MOST_VIEWS).collect()
}

/// What the charts of a run want.
pub(crate) fn of_charts(point: &RunPoint) -> Vec<(Time, Option<NodeId>)> {
    let names: Vec<&str> = point.topology.nodes.iter().map(|node| node.name.as_str()).collect();
    let routers: Vec<usize> = (0..names.len()).filter(|&node| point.network.is_router[node]).collect();
    let mut events: Vec<Duration> = point.events.iter().map(|event| event.at).collect();
    events.dedup();
    let usual = RoutingTables::default();
    let options: Vec<&RoutingTables> = match &point.experiment.charts {
        None if routers.len() <= FEW_ROUTERS => vec![&usual],
        None => Vec::new(),
        Some(choices) => (choices.iter())
            .filter_map(|choice| match choice {
                ChartChoice::Name(ChartKind::RoutingTables) => Some(&usual),
                ChartChoice::Configured(ChartOptions::RoutingTables(options)) => Some(options),
                ChartChoice::Name(_) | ChartChoice::Configured(_) => None,
            })
            .collect(),
    };
    let moments =
        options.into_iter().flat_map(|options| wanted(options, &names, &routers, &events, point.experiment.duration));
    moments.map(|(router, time)| (Time::ZERO + time, Some(NodeId(router as u32)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::charts::OneOrMany;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn tables_are_shown_before_the_first_three_events_and_at_the_end() {
        let events = [s(0), s(5), s(6), s(7), s(8)];
        let all = wanted(&RoutingTables::default(), &["h", "x", "y"], &[1, 2], &events, s(20));
        assert_eq!(all, [(1, s(5)), (1, s(6)), (1, s(7)), (1, s(20))], "of the first router");
    }

    #[test]
    fn the_file_may_name_routers_and_times() {
        let options = RoutingTables {
            router: Some(OneOrMany::Many(vec!["y".into(), "x".into()])),
            at: Some(OneOrMany::Many(vec![s(9), s(3)])),
        };
        let all = wanted(&options, &["x", "y"], &[0, 1], &[], s(20));
        assert_eq!(all, [(1, s(3)), (1, s(9)), (0, s(3)), (0, s(9))]);
    }
}
