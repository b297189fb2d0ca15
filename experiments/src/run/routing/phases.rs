//! When routing settled after each event, and whether it did.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::hash::hash64;
use sim_core::packet::DropReason;
use sim_core::time::{Duration, Time};
use smallvec::SmallVec;

use super::{Losses, Phase, Settling, TableRoute};

/// Going back this often to a route had before, without settling, is oscillating.
const RETURNS: u32 = 3;

/// The phases of a run, as they grow. What happens is told in the order of time.
#[derive(Clone, Debug)]
pub(crate) struct Phases {
    /// Events to come: when, and what.
    ahead: Vec<(Time, String)>,
    done: Vec<Phase>,
    /// The last change of the first phase that settled.
    first_settled: Option<Time>,
    current: Current,
    /// How long without a change means that routing has settled.
    quiet: Duration,
}

/// Hashes of routes, each with how often it was taken up.
type Had = SmallVec<[(u64, u32); 2]>;

/// The phase under way.
#[derive(Clone, Debug, Default)]
struct Current {
    after: String,
    at: Time,
    last_change: Option<Time>,
    /// Counts up to the last change, its instant included.
    at_last_change: (u64, u64),
    messages: u64,
    bytes: u64,
    changes: u64,
    /// The time of every change, to see how they are spread.
    times: Vec<Time>,
    routers: BTreeSet<usize>,
    /// By router and destination: the routes it has had.
    routes: BTreeMap<(usize, usize), Had>,
    lost: Losses,
    looped_packets: u64,
    wasted_hops: u64,
}

impl Phases {
    /// Phases parted by `events`, in the order of time. After `quiet` without a change routing has settled.
    pub(crate) fn new(events: Vec<(Time, String)>, quiet: Duration) -> Self {
        let mut joined: Vec<(Time, String)> = Vec::new();
        for (time, what) in events {
            match joined.last_mut() {
                Some((last, words)) if *last == time => *words = format!("{words}, {what}"),
                _ => joined.push((time, what)),
            }
        }
        joined.reverse();
        let current = Current { after: "start".to_owned(), ..Current::default() };
        let mut phases = Phases { ahead: joined, done: Vec::new(), first_settled: None, current, quiet };
        // What the script does at the start belongs to the start.
        if let Some((_, words)) = phases.ahead.pop_if(|(time, _)| *time == Time::ZERO) {
            phases.current.after = format!("start, {words}");
        }
        phases
    }

    /// Ends the phases that are over at `now`. At an event's own time the phase after it has begun.
    fn pass(&mut self, now: Time) {
        while let Some((at, after)) = self.ahead.pop_if(|(at, _)| *at <= now) {
            let next = Current { after, at, ..Current::default() };
            let over = std::mem::replace(&mut self.current, next);
            if self.first_settled.is_none() && over.state(at, self.quiet) == Settling::Settled {
                self.first_settled = over.last_change;
            }
            self.done.push(over.finish(at, self.quiet));
        }
    }

    pub(crate) fn on_message(&mut self, time: Time, bytes: u32) {
        self.pass(time);
        let current = &mut self.current;
        current.messages += 1;
        current.bytes += u64::from(bytes);
        if current.last_change == Some(time) {
            current.at_last_change = (current.messages, current.bytes);
        }
    }

    pub(crate) fn on_change(&mut self, time: Time, router: usize, destination: usize, after: Option<&TableRoute>) {
        self.pass(time);
        let current = &mut self.current;
        current.changes += 1;
        current.last_change = Some(time);
        current.at_last_change = (current.messages, current.bytes);
        current.times.push(time);
        current.routers.insert(router);
        let had = current.routes.entry((router, destination)).or_default();
        let route = after.map_or(0, hash);
        match had.iter_mut().find(|(known, _)| *known == route) {
            Some((_, times)) => *times += 1,
            None => {
                // A router that counts to infinity has ever new routes: only the first few can come again.
                if had.len() < 64 {
                    had.push((route, 1));
                }
            }
        }
    }

    pub(crate) fn on_drop(&mut self, time: Time, reason: DropReason) {
        self.pass(time);
        self.current.lost.add(reason);
    }

    /// A packet came again to a node, over `hops` hops; `is_first` if it never had before.
    pub(crate) fn on_loop(&mut self, time: Time, hops: u64, is_first: bool) {
        self.pass(time);
        self.current.wasted_hops += hops;
        self.current.looped_packets += u64::from(is_first);
    }

    /// When routing first settled, if it has by `now`: the last change of a phase that settled, or of that under way if
    /// nothing has changed for long enough since. Not before there is a route.
    pub(crate) fn first_settled(&mut self, now: Time) -> Option<Time> {
        self.pass(now);
        let quiet = self.current.last_change.filter(|&last| now.since(last) >= self.quiet);
        self.first_settled.or(quiet)
    }

    /// All phases, when the run is over.
    pub(crate) fn finish(mut self, end: Time) -> Vec<Phase> {
        self.pass(end);
        // An event at the very end begins a phase of no time.
        self.done.push(self.current.finish(end, self.quiet));
        self.done
    }
}

impl Current {
    fn finish(self, end: Time, quiet: Duration) -> Phase {
        let state = self.state(end, quiet);
        let (messages, bytes) = self.at_last_change;
        Phase {
            after: self.after,
            at_s: self.at.as_secs_f64(),
            last_change_s: self.last_change.map(Time::as_secs_f64),
            state,
            messages,
            bytes,
            routers_touched: self.routers.len(),
            routes_changed: self.routes.len(),
            changes: self.changes,
            lost: self.lost,
            looped_packets: self.looped_packets,
            wasted_hops: self.wasted_hops,
        }
    }

    /// Settled, if nothing changed for long enough, or not in the last third of the phase. Else oscillating, if some
    /// route has come again and again.
    fn state(&self, end: Time, quiet: Duration) -> Settling {
        let Some(last) = self.last_change else { return Settling::Settled };
        let third = end.since(self.at) / 3;
        if end.since(last) >= quiet.min(third) {
            return Settling::Settled;
        }
        let is_back = |had: &Had| had.iter().any(|&(_, times)| times > RETURNS);
        match self.routes.values().any(is_back) {
            true => Settling::Oscillating,
            false => Settling::Changing,
        }
    }
}

/// Tells routes apart.
fn hash(route: &TableRoute) -> u64 {
    let nodes = route.next_hops.iter().chain(route.path.iter().flatten());
    nodes.fold(hash64(route.cost), |hash, &node| hash64(hash ^ node as u64)) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    fn route(cost: u64) -> TableRoute {
        TableRoute { cost, next_hops: [0].into_iter().collect(), path: None }
    }

    fn phases(events: &[(u64, &str)]) -> Phases {
        let events = events.iter().map(|&(time, what)| (at(time), what.to_owned())).collect();
        Phases::new(events, Duration::from_secs(5))
    }

    #[test]
    fn each_event_begins_a_phase_of_its_own_and_those_of_one_time_share_it() {
        let mut all = phases(&[(10, "a-b down"), (10, "c-d down"), (30, "a-b up")]);
        all.on_message(at(1), 100);
        all.on_change(at(2), 0, 1, Some(&route(1)));
        all.on_message(at(2), 50);
        all.on_message(at(9), 1_000);
        all.on_change(at(10), 0, 1, None);
        all.on_drop(at(11), DropReason::NoRoute);
        all.on_loop(at(12), 2, true);
        all.on_loop(at(13), 2, false);
        let done = all.finish(at(60));
        let told: Vec<(&str, f64, Option<f64>)> =
            done.iter().map(|phase| (phase.after.as_str(), phase.at_s, phase.took_s())).collect();
        assert_eq!(
            told,
            [("start", 0.0, Some(2.0)), ("a-b down, c-d down", 10.0, Some(0.0)), ("a-b up", 30.0, Some(0.0))]
        );
        // The message of 9 s came after the last change, that of 2 s at its instant.
        assert_eq!((done[0].messages, done[0].bytes), (2, 150));
        assert_eq!((done[1].lost.no_route, done[1].looped_packets, done[1].wasted_hops), (1, 1, 4));
    }

    #[test]
    fn routes_that_come_again_and_again_are_oscillating_and_ever_new_ones_are_not() {
        let flapping = |cost: &dyn Fn(u64) -> u64| {
            let mut all = phases(&[]);
            (0..30).for_each(|second| all.on_change(at(second), 0, 1, Some(&route(cost(second)))));
            all.finish(at(31)).remove(0).state
        };
        assert_eq!(flapping(&|second| second % 2), Settling::Oscillating);
        assert_eq!(flapping(&|second| second), Settling::Changing);
    }

    #[test]
    fn routing_has_settled_when_nothing_has_changed_for_long_enough() {
        let mut all = phases(&[]);
        assert_eq!(all.first_settled(at(4)), None, "there are no routes yet");
        all.on_change(at(4), 0, 1, Some(&route(1)));
        assert_eq!(all.first_settled(at(8)), None);
        assert_eq!(all.first_settled(at(9)), Some(at(4)));
    }

    #[test]
    fn an_event_after_a_quiet_third_does_not_make_the_start_unsettled() {
        let mut all = phases(&[(6, "a-b down")]);
        all.on_change(at(2), 0, 1, Some(&route(1)));
        assert_eq!(all.first_settled(at(6)), Some(at(2)));
    }
}
