//! Why routes changed: from a router's table back to the neighbour that told it, and so on to the script or the start.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use protocols::routing::link_state::{Instance, Lsa, OspfBody, OspfPacket};
use protocols::routing::{self, distance_vector};
use sim_core::ids::{Destination, LinkId, NodeId};
use sim_core::packet::Message;
use sim_core::time::{Duration, Time};

use super::packets::{is_failure, last_event_at};
use super::{About, Fact, words};
use crate::file::plan::{Change, Happening, RunPoint};
use crate::file::spec::Routing;
use crate::run::routing::replay::matching;
use crate::run::routing::steps::{Step, StepCause};
use crate::run::routing::{RoutingOutcome, TableChange, TableRoute};

/// News of a router's links, as another router got them, or as it told them itself.
#[derive(Clone, Copy, Debug)]
struct News {
    step: usize,
    /// Whose links.
    origin: usize,
    sequence: i32,
}

/// What routers did, with what is needed to go back.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    point: &'a RunPoint,
    pub(super) outcome: &'a RoutingOutcome,
    /// By router and destination, the changes of that route.
    changes: BTreeMap<(usize, usize), Vec<usize>>,
    /// The step that each change belongs to.
    step_of: Vec<Option<usize>>,
    /// By router, its steps.
    steps: BTreeMap<usize, Vec<usize>>,
    /// Destinations as messages name them, by number.
    destinations: Vec<Destination>,
    /// By router, what it heard of links that was new to it (link state).
    news: BTreeMap<usize, Vec<News>>,
    /// How long before paths are computed their cause may lie (link state).
    patience: Duration,
    /// By end of a flow, the destinations whose routes its packets can take, the longest prefix first.
    matching: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(point: &'a RunPoint, outcome: &'a RoutingOutcome) -> Self {
        let mut changes: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, change) in outcome.changes.iter().enumerate() {
            changes.entry((change.router, change.destination)).or_default().push(at);
        }
        let mut step_of = vec![None; outcome.changes.len()];
        let mut steps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, step) in outcome.steps.iter().enumerate() {
            steps.entry(step.router).or_default().push(at);
            step_of[step.changes.clone()].fill(Some(at));
        }
        let ends = point.flows.iter().flat_map(|flow| [flow.from.index(), flow.to.index()]);
        let mut matching_of = BTreeMap::new();
        for end in ends {
            matching_of.entry(end).or_insert_with(|| matching(&outcome.spans, end));
        }
        let patience = match &point.experiment.routing {
            Routing::Protocol(routing::Config::LinkState(config)) => config.spf_delay.max(config.spf_hold),
            Routing::Protocol(_) | Routing::ShortestPath(_) | Routing::Static(_) => Duration::ZERO,
        };
        let mut routes = Routes {
            point,
            outcome,
            changes,
            step_of,
            steps,
            destinations: outcome.names.destinations().map(|(destination, _)| destination).collect(),
            news: BTreeMap::new(),
            patience,
            matching: matching_of,
        };
        if !patience.is_zero() {
            routes.gather_news();
        }
        routes
    }

    /// What each router heard of links that was new to it, and what it first told of its own.
    fn gather_news(&mut self) {
        let mut known: BTreeMap<(usize, usize), Arc<Lsa>> = BTreeMap::new();
        for (at, step) in self.outcome.steps.iter().enumerate() {
            let heard = match step.cause {
                StepCause::Heard(Some(message)) => lsas(&*self.outcome.messages[message].message),
                StepCause::Heard(None)
                | StepCause::Started
                | StepCause::Deadline
                | StepCause::Link(_)
                | StepCause::Announcement(_)
                | StepCause::Failed
                | StepCause::Restarted => &[],
            };
            let sent = step.messages.clone().flat_map(|message| lsas(&*self.outcome.messages[message].message));
            let own = sent.filter(|instance| instance.lsa.node.index() == step.router);
            for Instance { lsa, .. } in heard.iter().chain(own) {
                let origin = lsa.node.index();
                let before = known.get(&(step.router, origin));
                if before.is_none_or(|before| (&before.links, &before.stubs) != (&lsa.links, &lsa.stubs)) {
                    known.insert((step.router, origin), lsa.clone());
                    let news = News { step: at, origin, sequence: lsa.sequence };
                    self.news.entry(step.router).or_default().push(news);
                }
            }
        }
    }

    fn node(&self, node: usize) -> &str {
        words::node(self.point, NodeId(node as u32))
    }

    pub(super) fn change_time(&self, change: usize) -> Time {
        match self.step_of[change] {
            Some(step) => self.outcome.steps[step].time,
            None => Time::from_picos((self.outcome.changes[change].t_s * 1e12).round() as u64),
        }
    }

    /// The last change of a router's route to a destination until `time`, and before the change `before`.
    fn last(&self, router: usize, destination: usize, time: Time, before: usize) -> Option<usize> {
        let list = self.changes.get(&(router, destination))?;
        let until = list.partition_point(|&at| at < before && self.change_time(at) <= time);
        until.checked_sub(1).map(|at| list[at])
    }

    /// The change that decided what a router did at `time` with packets for a node: that of the route in force or, if there
    /// was none, the last that took one away.
    pub(super) fn last_change(&self, router: usize, to: usize, time: Time) -> Option<usize> {
        let list = self.matching.get(&to)?;
        let mut gone = None;
        for &destination in list {
            match self.last(router, destination, time, usize::MAX) {
                Some(change) if self.outcome.changes[change].after.is_some() => return Some(change),
                Some(change) => gone = gone.max(Some(change)),
                None => {}
            }
        }
        gone
    }

    /// What led packets for a node into the black hole at `hole`: the route of the first router on their way, if it is to
    /// the very destination that ends there; and a shorter prefix that would have led elsewhere.
    pub(super) fn lure(&self, first: usize, hole: usize, to: usize, time: Time) -> Option<About> {
        let ends = self.last_change(hole, to, time)?;
        let change = self.last_change(first, to, time).filter(|_| first != hole)?;
        let destination = self.outcome.changes[change].destination;
        if destination != self.outcome.changes[ends].destination {
            return None;
        }
        let others = self.matching.get(&to)?.iter().copied().skip_while(|&one| one != destination).skip(1);
        let in_force = |other: &usize| {
            let last = self.last(first, *other, time, usize::MAX);
            last.is_some_and(|last| self.outcome.changes[last].after.is_some())
        };
        Some(match others.into_iter().find(in_force) {
            Some(other) => About::Fact(Fact::Longest(change, other)),
            None => About::Change(change),
        })
    }

    pub(super) fn longest_words(&self, change: usize, other: usize) -> String {
        let TableChange { router, destination, .. } = self.outcome.changes[change];
        let (longer, shorter) = (&self.outcome.destinations[destination], &self.outcome.destinations[other]);
        format!("at {} the route to {longer} wins over that to {shorter}: the longest prefix does", self.node(router))
    }

    /// The destination whose route ends at a black hole, by name.
    pub(super) fn hole_name(&self, hole: usize, to: usize, time: Time) -> Option<&str> {
        let change = self.last_change(hole, to, time)?;
        Some(&self.outcome.destinations[self.outcome.changes[change].destination])
    }

    fn route(&self, router: usize, to: usize, time: Time) -> Option<&TableRoute> {
        self.outcome.changes[self.last_change(router, to, time)?].after.as_ref()
    }

    /// The nodes that packets for a node pass from a router on, by the tables of one time, up to the first that comes again.
    pub(super) fn way(&self, router: usize, to: usize, time: Time) -> Vec<usize> {
        let mut way = vec![router];
        while let Some(&next) = self.route(way[way.len() - 1], to, time).and_then(|route| route.next_hops.first()) {
            let is_again = way.contains(&next);
            way.push(next);
            if is_again {
                break;
            }
        }
        way
    }

    /// The last change until `time` that turned a route of one of these routers to where it then led.
    pub(super) fn turn_before(&self, routers: &[usize], to: usize, time: Time) -> Option<usize> {
        let turn = |&router: &usize| {
            let mut change = self.last_change(router, to, time)?;
            loop {
                let TableChange { destination, before, after, .. } = &self.outcome.changes[change];
                let hops = |route: &Option<TableRoute>| route.as_ref().map(|route| route.next_hops.clone());
                if hops(before) != hops(after) {
                    return Some(change);
                }
                change = self.last(router, *destination, time, change)?;
            }
        };
        routers.iter().filter_map(turn).max()
    }

    /// What a neighbour said of a destination in a message, if that is said in numbers.
    fn said(&self, message: usize, destination: usize) -> Option<Option<u64>> {
        let message: &dyn Any = &*self.outcome.messages[message].message;
        let distance_vector::Message::Update { entries, .. } = message.downcast_ref()? else { return None };
        let destination = *self.destinations.get(destination)?;
        entries.iter().find(|entry| entry.destination == destination).map(|entry| entry.metric)
    }

    fn step(&self, change: usize) -> Option<&'a Step> {
        self.step_of[change].map(|step| &self.outcome.steps[step])
    }

    pub(super) fn change_words(&self, at: usize) -> String {
        let change = &self.outcome.changes[at];
        let (router, to) = (self.node(change.router), &self.outcome.destinations[change.destination]);
        let because = self.because(at);
        let Some(after) = &change.after else {
            return match change.reason {
                "connected" => format!("{router} lost {to}: its cable to it was cut"),
                "announced" => format!("{router} announced {to} no longer"),
                "router_failed" => format!("{router} failed, and forgot its way to {to}"),
                "recomputed" => format!("{router} computed its ways anew: there is none to {to}"),
                "infinity" => format!("{}'s cost to {to} came to infinity{because}", router),
                _ => format!("{router} lost its way to {to}{because}"),
            };
        };
        let hops: Vec<String> = after.next_hops.iter().map(|&hop| self.node(hop).to_owned()).collect();
        let by = if hops.is_empty() { String::new() } else { format!(" by {}", words::list(&hops)) };
        let cost = after.cost;
        match (change.reason, &after.path) {
            ("connected", _) => format!("{to} is attached to {router}, at cost {cost}"),
            ("announced", _) if hops.is_empty() => format!("{router} announced {to}"),
            ("recomputed", _) => format!("{router} computed its ways anew: to {to}{by}, cost {cost}"),
            ("learned", Some(path)) => format!("{router} learned a path to {to}: {}", self.path(path)),
            (reason, Some(path)) => {
                let over = change.over.as_ref().map(|over| format!(" rather than {}", self.path(over)));
                let (path, over) = (self.path(path), over.unwrap_or_default());
                format!("{router} took the path {path} to {to}{over}{}", rule_words(reason))
            }
            (_, None) => format!("{} cost to {to} became {cost}{by}{because}", words::of(router)),
        }
    }

    /// A path without the router whose it is.
    fn path(&self, path: &[usize]) -> String {
        let names: Vec<&str> = path.iter().skip(1).map(|&node| self.node(node)).collect();
        if names.is_empty() { "its own".to_owned() } else { names.join(" ") }
    }

    /// What made a router change a route, as the end of a sentence.
    fn because(&self, at: usize) -> String {
        let change = &self.outcome.changes[at];
        let lost = change.before.as_ref().and_then(|before| before.next_hops.first()).map(|&hop| self.node(hop));
        match (change.reason, lost) {
            ("expired", _) => return ": for too long nobody had spoken of it".to_owned(),
            ("neighbor_lost", Some(lost)) => return format!(": it had lost its neighbour {lost}"),
            _ => {}
        }
        match self.step(at).map(|step| (step.cause, step.router)) {
            Some((StepCause::Heard(Some(message)), _)) => {
                let sender = self.node(self.outcome.messages[message].from);
                match self.said(message, change.destination) {
                    Some(Some(cost)) => format!(", because {sender} said {cost}"),
                    Some(None) => format!(", because {sender} said that it has none"),
                    None => format!(", because of what {sender} said"),
                }
            }
            Some((StepCause::Link(link), _)) => format!(": its link to {} changed", self.far_end(link)),
            _ => String::new(),
        }
    }

    fn far_end(&self, link: usize) -> &str {
        let (_, to) = words::link_ref(LinkId(link as u32)).ends(&self.point.topology);
        words::node(self.point, to)
    }

    pub(super) fn change_cause(&self, at: usize) -> Option<About> {
        let change = &self.outcome.changes[at];
        let number = self.step_of[at]?;
        let step = &self.outcome.steps[number];
        match step.cause {
            StepCause::Started | StepCause::Link(_) => Some(About::Fact(Fact::Step(number))),
            StepCause::Restarted | StepCause::Failed | StepCause::Announcement(_) => self.step_cause(number),
            _ if change.reason == "recomputed" => self.computation_cause(number),
            StepCause::Heard(Some(message)) => {
                let sent = &self.outcome.messages[message];
                let until =
                    self.outcome.step_that_sent(message).map_or(step.time, |sent| self.outcome.steps[sent].time);
                let told = self.last(sent.from, change.destination, until, at);
                // It told of what it had known for long, because it had just met this router.
                let since = told.map_or(Time::ZERO, |told| self.change_time(told));
                if let Some(met) = self.meeting(sent.from, change.router, since, until) {
                    return Some(About::Fact(Fact::Step(met)));
                }
                Some(told.map_or(About::Fact(Fact::Step(number)), About::Change))
            }
            StepCause::Heard(None) | StepCause::Deadline => self.neighbor_cause(at, number),
        }
    }

    /// The step in which a router noticed that its link to another works again, after `since`.
    fn meeting(&self, router: usize, other: usize, since: Time, until: Time) -> Option<usize> {
        let leads_there = |link: usize| {
            let (_, to) = words::link_ref(LinkId(link as u32)).ends(&self.point.topology);
            to.index() == other
        };
        let is_meeting = |&at: &usize| {
            let step = &self.outcome.steps[at];
            let StepCause::Link(link) = step.cause else { return false };
            let event = || self.link_event(link, step.time).map(|event| &self.point.events[event].what);
            leads_there(link) && !event().is_some_and(is_failure)
        };
        let steps = self.steps.get(&router)?;
        let time = |at: usize| self.outcome.steps[at].time;
        let last = steps.partition_point(|&at| time(at) <= until);
        steps[..last].iter().rev().copied().take_while(|&at| time(at) > since).find(is_meeting)
    }

    /// Nothing was heard that says so: the neighbour that the route led through was lost, or the one that it leads through
    /// now had told of it before.
    fn neighbor_cause(&self, at: usize, number: usize) -> Option<About> {
        let TableChange { router, destination, before, after, reason, .. } = &self.outcome.changes[at];
        let time = self.outcome.steps[number].time;
        let first = |route: &Option<TableRoute>| route.as_ref().and_then(|route| route.next_hops.first().copied());
        if let ("expired" | "neighbor_lost", Some(neighbor)) = (*reason, first(before))
            && let Some(event) = self.failure_between(*router, neighbor, time)
        {
            return Some(About::Script(event));
        }
        let neighbor = first(after).or(first(before));
        let told = neighbor.and_then(|neighbor| self.last(neighbor, *destination, time, at)).map(About::Change);
        Some(told.unwrap_or(About::Fact(Fact::Step(number))))
    }

    /// The last event that cut off a neighbour.
    fn failure_between(&self, router: usize, neighbor: usize, time: Time) -> Option<usize> {
        let ends = [router, neighbor].map(|node| NodeId(node as u32));
        let links = (0..self.point.topology.cables.len()).filter(|&cable| {
            let cable = &self.point.topology.cables[cable];
            [cable.from, cable.to] == ends || [cable.to, cable.from] == ends
        });
        let both = links.flat_map(|cable| [LinkId(2 * cable as u32), LinkId(2 * cable as u32 + 1)]);
        both.filter_map(|link| last_event_at(self.point, link, time, is_failure)).max()
    }

    /// Why paths were computed (link state): the first news since the computation before.
    fn computation_cause(&self, number: usize) -> Option<About> {
        let step = &self.outcome.steps[number];
        let earliest = Time::from_picos(step.time.picos().saturating_sub(self.patience.picos()));
        let is_computation = |at: usize| {
            let mut changes = self.outcome.changes[self.outcome.steps[at].changes.clone()].iter();
            changes.any(|change| change.reason == "recomputed")
        };
        let before = self.steps[&step.router].iter().rev().copied().find(|&at| at < number && is_computation(at));
        let news = self.news.get(&step.router)?;
        let is_old = |news: &News| {
            before.is_some_and(|before| news.step <= before) || self.outcome.steps[news.step].time < earliest
        };
        match news.get(news.partition_point(is_old)).filter(|news| news.step <= number) {
            Some(news) => self.news_as_cause(step.router, news),
            None => self.own_cause(number),
        }
    }

    /// News as something heard; a router's news of its own links come from what happened to it.
    fn news_as_cause(&self, router: usize, news: &News) -> Option<About> {
        match news.origin == router {
            true => self.own_cause(news.step),
            false => Some(About::Fact(Fact::News(news.step, news.origin))),
        }
    }

    /// What last happened to a router itself, up to one of its steps.
    fn own_cause(&self, number: usize) -> Option<About> {
        let step = &self.outcome.steps[number];
        let is_own = |at: &usize| match self.outcome.steps[*at].cause {
            StepCause::Link(_)
            | StepCause::Started
            | StepCause::Restarted
            | StepCause::Failed
            | StepCause::Announcement(_) => true,
            StepCause::Heard(_) | StepCause::Deadline => false,
        };
        let steps = &self.steps[&step.router];
        let until = steps.partition_point(|&at| at <= number);
        let own = steps[..until].iter().rev().copied().find(is_own)?;
        match self.outcome.steps[own].cause {
            StepCause::Link(_) | StepCause::Started => Some(About::Fact(Fact::Step(own))),
            StepCause::Restarted | StepCause::Failed | StepCause::Announcement(_) => self.step_cause(own),
            StepCause::Heard(_) | StepCause::Deadline => None,
        }
    }

    pub(super) fn news_words(&self, number: usize, origin: usize) -> String {
        let step = &self.outcome.steps[number];
        let (router, origin_name) = (self.node(step.router), self.node(origin));
        match step.cause {
            StepCause::Heard(Some(message)) => match self.outcome.messages[message].from {
                from if from == origin => format!("{router} heard from {origin_name} that its links had changed"),
                from => {
                    let from = self.node(from);
                    format!("{router} heard from {from} that the links of {origin_name} had changed")
                }
            },
            _ => format!("{router} heard that the links of {origin_name} had changed"),
        }
    }

    pub(super) fn news_cause(&self, number: usize, origin: usize) -> Option<About> {
        let step = &self.outcome.steps[number];
        let StepCause::Heard(Some(message)) = step.cause else { return None };
        let sender = self.outcome.messages[message].from;
        let sent = self.outcome.step_that_sent(message)?;
        let instances = lsas(&*self.outcome.messages[message].message);
        let sequence = instances.iter().find(|one| one.lsa.node.index() == origin)?.lsa.sequence;
        // It had the news by then: from another, or its own.
        let had = self.news.get(&sender)?.iter().rev();
        let had = had.clone().find(|news| news.origin == origin && news.step <= sent && news.sequence <= sequence);
        match had {
            Some(news) => self.news_as_cause(sender, news),
            None => self.own_cause(sent),
        }
    }

    pub(super) fn step_words(&self, number: usize) -> String {
        let step = &self.outcome.steps[number];
        let router = self.node(step.router);
        match step.cause {
            StepCause::Started => format!("{router} began to work"),
            StepCause::Restarted => format!("{router} works again"),
            StepCause::Failed => format!("{router} failed"),
            StepCause::Link(link) => {
                let far = self.far_end(link);
                let how = match self.link_event(link, step.time).map(|event| &self.point.events[event].what) {
                    Some(Happening::Link { change, .. }) => match change {
                        Change::Down => "was cut",
                        Change::Up => "works again",
                        Change::Cost(_) | Change::Bandwidth(_) | Change::Delay(_) | Change::NoLoss => {
                            "costs something else"
                        }
                    },
                    Some(Happening::RouterDown(_)) => "is dead",
                    Some(Happening::RouterUp(_)) => "works again",
                    Some(Happening::Announce(..) | Happening::Withdraw(..)) | None => "changed",
                };
                format!("{router} noticed that its link to {far} {how}")
            }
            StepCause::Heard(Some(message)) => {
                format!("{router} heard from {}", self.node(self.outcome.messages[message].from))
            }
            StepCause::Heard(None) => format!("{router} heard from a neighbour"),
            StepCause::Deadline => format!("a time that {router} had waited for had come"),
            StepCause::Announcement(destination) => {
                format!("{router} was told of {}", self.outcome.destinations[destination])
            }
        }
    }

    /// The event that a link changed by, at either end or either way.
    fn link_event(&self, link: usize, time: Time) -> Option<usize> {
        let link = LinkId(link as u32);
        let back = LinkId(link.0 ^ 1);
        [link, back].into_iter().filter_map(|link| last_event_at(self.point, link, time, |_| true)).max()
    }

    pub(super) fn step_cause(&self, number: usize) -> Option<About> {
        let step = &self.outcome.steps[number];
        let until = self.point.events.partition_point(|event| Time::ZERO + event.at <= step.time);
        let last = |is_it: &dyn Fn(&Happening) -> bool| {
            (0..until).rev().find(|&at| is_it(&self.point.events[at].what)).map(About::Script)
        };
        let node = NodeId(step.router as u32);
        match step.cause {
            StepCause::Started => None,
            StepCause::Link(link) => self.link_event(link, step.time).map(About::Script),
            StepCause::Failed => last(&|what| *what == Happening::RouterDown(node)),
            StepCause::Restarted => last(&|what| *what == Happening::RouterUp(node)),
            StepCause::Announcement(destination) => {
                let name = &self.outcome.destinations[destination];
                last(&|what| match what {
                    Happening::Announce(router, prefix) | Happening::Withdraw(router, prefix) => {
                        *router == node && prefix.to_string() == *name
                    }
                    Happening::Link { .. } | Happening::RouterDown(_) | Happening::RouterUp(_) => false,
                })
            }
            StepCause::Heard(Some(message)) => {
                let sent = self.outcome.step_that_sent(message).filter(|&sent| sent < number)?;
                Some(About::Fact(Fact::Step(sent)))
            }
            StepCause::Heard(None) | StepCause::Deadline => {
                self.own_cause(number).filter(|cause| *cause != About::Fact(Fact::Step(number)))
            }
        }
    }
}

/// The LSAs that a message brings.
fn lsas(message: &dyn Message) -> &[Instance] {
    let any: &dyn Any = message;
    match any.downcast_ref::<OspfPacket>().map(|packet| &packet.body) {
        Some(OspfBody::LinkStateUpdate(instances)) => instances,
        Some(OspfBody::Fragment(fragment)) => match &fragment.whole.body {
            OspfBody::LinkStateUpdate(instances) => instances,
            OspfBody::Hello(_)
            | OspfBody::DatabaseDescription(_)
            | OspfBody::LinkStateRequest(_)
            | OspfBody::LinkStateAck(_)
            | OspfBody::Fragment(_) => &[],
        },
        Some(
            OspfBody::Hello(_)
            | OspfBody::DatabaseDescription(_)
            | OspfBody::LinkStateRequest(_)
            | OspfBody::LinkStateAck(_),
        )
        | None => &[],
    }
}

/// A rule of the decision process, as the end of a sentence.
fn rule_words(rule: &str) -> String {
    match rule {
        "local_preference" => ", by local preference".to_owned(),
        "path_length" => ", because it is shorter".to_owned(),
        "origin" => ", by its origin".to_owned(),
        "med" => ", by the wish of the neighbour (MED)".to_owned(),
        "router_id" => ", by the lower router id".to_owned(),
        "peer_address" => ", by the lower address".to_owned(),
        "only_path" => ", its only one".to_owned(),
        "withdrawn" => ", as the one before was withdrawn".to_owned(),
        "neighbor_lost" => ", as the neighbour before was lost".to_owned(),
        other => format!(" ({})", other.replace('_', " ")),
    }
}
