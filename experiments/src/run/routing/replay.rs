//! The tables as they stood at a time, from the list of changes, and where packets would have gone.

use std::collections::BTreeMap;

use sim_core::Prefix;

use super::{RoutingOutcome, TableRoute};

/// All tables at one time.
#[derive(Clone, Debug)]
pub struct Tables<'a> {
    outcome: &'a RoutingOutcome,
    /// By router and destination.
    routes: BTreeMap<(usize, usize), &'a TableRoute>,
}

impl<'a> Tables<'a> {
    /// The tables as they stood just before `t_s`, in seconds.
    pub fn at(outcome: &'a RoutingOutcome, t_s: f64) -> Self {
        let mut routes = BTreeMap::new();
        for change in outcome.changes.iter().take_while(|change| change.t_s < t_s) {
            match &change.after {
                Some(route) => routes.insert((change.router, change.destination), route),
                None => routes.remove(&(change.router, change.destination)),
            };
        }
        Tables { outcome, routes }
    }

    /// The route of a router to a destination.
    pub fn route(&self, router: usize, destination: usize) -> Option<&'a TableRoute> {
        self.routes.get(&(router, destination)).copied()
    }

    /// The node where packets that start at a router for a destination end: because they have arrived, because there
    /// is no way on, or because they are thrown away. `None` if they go in a circle. Of equal ways the first is taken.
    pub fn end(&self, router: usize, destination: usize) -> Option<usize> {
        let matching = matching(&self.outcome.spans, destination);
        let mut node = router;
        for _ in 0..=self.outcome.nodes.len() {
            if node == destination || !self.outcome.routers.contains(&node) {
                return Some(node);
            }
            let route = matching.iter().find_map(|&one| self.route(node, one));
            match route.and_then(|route| route.next_hops.first()) {
                Some(&next) => node = next,
                None => return Some(node),
            }
        }
        None
    }

    /// The share of all routers whose packets for a destination end at `node`, from 0 to 1.
    pub fn captured(&self, node: usize, destination: usize) -> f64 {
        let routers = &self.outcome.routers;
        let there = routers.iter().filter(|&&router| self.end(router, destination) == Some(node)).count();
        there as f64 / routers.len().max(1) as f64
    }
}

impl RoutingOutcome {
    /// The number of a destination: nodes come first, so that theirs are those of the nodes.
    pub fn destination_named(&self, name: &str) -> Option<usize> {
        self.destinations.iter().position(|known| known == name)
    }
}

/// The destinations whose routes packets for this one can take, the longest prefix first. `spans` are the addresses of all;
/// without them it is the destination alone.
pub(crate) fn matching(spans: &[Prefix], destination: usize) -> Vec<usize> {
    let Some(&wanted) = spans.get(destination) else { return vec![destination] };
    let mut matching: Vec<usize> = (0..spans.len()).filter(|&at| spans[at].covers(wanted)).collect();
    matching.sort_by_key(|&at| std::cmp::Reverse(spans[at].length()));
    matching
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::routing::TableChange;

    fn prefix(text: &str) -> Prefix {
        text.parse().expect("a prefix")
    }

    /// `a` - `b` - `c` in a row; `c` announces 20.0.0.0/8, and at 5 s `a` announces 20.128.0.0/9 as well.
    fn hijack() -> RoutingOutcome {
        let change = |t_s: f64, router: usize, destination: usize, next: Option<usize>| TableChange {
            t_s,
            router,
            destination,
            before: None,
            after: Some(TableRoute { cost: 1, next_hops: next.into_iter().collect(), path: None }),
            reason: "learned",
            over: None,
        };
        RoutingOutcome {
            nodes: ["a", "b", "c"].map(str::to_owned).into(),
            routers: vec![0, 1, 2],
            destinations: ["a", "b", "c", "20.0.0.0/8", "20.128.0.0/9"].map(str::to_owned).into(),
            spans: ["10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32", "20.0.0.0/8", "20.128.0.0/9"].map(prefix).into(),
            changes: vec![
                change(0.0, 2, 3, None),
                change(1.0, 1, 3, Some(2)),
                change(2.0, 0, 3, Some(1)),
                change(5.0, 0, 4, None),
                change(6.0, 1, 4, Some(0)),
            ],
            ..RoutingOutcome::default()
        }
    }

    #[test]
    fn packets_follow_the_longest_prefix_that_each_router_knows() {
        let outcome = hijack();
        let ends = |t_s: f64, destination: usize| {
            let tables = Tables::at(&outcome, t_s + 0.5);
            [0, 1, 2].map(|router| tables.end(router, destination))
        };
        assert_eq!(ends(2.0, 4), [Some(2); 3], "before the hijack the shorter prefix leads to c");
        // c knows the shorter prefix only, and holds it for its own.
        assert_eq!(ends(6.0, 4), [Some(0), Some(0), Some(2)]);
        assert_eq!(ends(6.0, 3), [Some(2); 3]);
        assert_eq!(Tables::at(&outcome, 6.5).captured(0, 4), 2.0 / 3.0);
    }

    #[test]
    fn packets_in_a_circle_end_nowhere() {
        let mut outcome = hijack();
        let mut back = outcome.changes[1].clone();
        (back.t_s, back.router, back.after.as_mut().expect("a route").next_hops[0]) = (7.0, 2, 1);
        outcome.changes.push(back);
        assert_eq!(Tables::at(&outcome, 7.5).end(0, 3), None);
    }
}
