//! What routers did step by step, put in the order of time, and which message each heard.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use protocols::routing::recorder::{self, Cause};
use protocols::routing::tables::Wanted;
use sim_core::ids::{Destination, LinkId};
use sim_core::packet::Message;
use sim_core::time::Time;

use super::wording::TableSplice;
use super::{RoutingOutcome, SentMessage};

/// What a router did at once, from one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub time: Time,
    /// Which node.
    pub router: usize,
    /// Why.
    pub cause: StepCause,
    /// The changes of routes that belong to it, of [`RoutingOutcome::changes`].
    pub changes: Range<usize>,
    /// The messages it sent, of [`RoutingOutcome::messages`].
    pub messages: Range<usize>,
    /// What changed in its tables, one after the other. Numbers are those of [`RoutingOutcome::wording`].
    pub tables: Vec<TableSplice>,
}

/// Why a router did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCause {
    /// It began to work.
    Started,
    /// It heard this message, of [`RoutingOutcome::messages`]; none if it is not in the list, or was only a segment of the
    /// connection that messages go in.
    Heard(Option<usize>),
    /// A time that it had waited for has come.
    Deadline,
    /// Its cable at this outgoing link was cut, works again, or has another cost.
    Link(usize),
    /// It was told to announce this destination, or no longer to.
    Announcement(usize),
    /// It failed and forgot everything.
    Failed,
    /// It works again, knowing nothing.
    Restarted,
}

impl RoutingOutcome {
    /// The step in which a message was sent, if steps were recorded.
    pub fn step_that_sent(&self, message: usize) -> Option<usize> {
        let at = self.steps.partition_point(|step| step.messages.end <= message);
        self.steps.get(at).is_some_and(|step| step.messages.contains(&message)).then_some(at)
    }

    /// The step in which a route changed, if steps were recorded.
    pub fn step_that_changed(&self, change: usize) -> Option<usize> {
        let at = self.steps.partition_point(|step| step.changes.end <= change);
        self.steps.get(at).is_some_and(|step| step.changes.contains(&change)).then_some(at)
    }
}

/// Until when something is recorded: to the end, unless there was too much of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedUntil {
    /// From when on nothing is known of tables.
    pub tables: Option<Time>,
    /// From when on no messages are told of, nor steps that only heard or sent some.
    pub messages: Option<Time>,
    /// From when on nothing at all is told.
    pub changes: Option<Time>,
}

/// How much is recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Networks with more routers are recorded without wide tables.
    pub routers: usize,
    /// Rows of tables that are compared to find what changed.
    pub compared: usize,
    /// Cells of the rows that changed.
    pub cells: usize,
    /// Messages.
    pub messages: usize,
    /// Changes of routes.
    pub changes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { routers: 24, compared: 1_000_000, cells: 200_000, messages: 20_000, changes: 100_000 }
    }
}

impl Limits {
    /// The tables to follow in a network of so many routers.
    fn wanted(&self, routers: usize) -> Wanted {
        if routers > self.routers { Wanted::Narrow } else { Wanted::All }
    }
}

/// Puts the steps of all routers in order.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    limits: Limits,
    pub(super) wanted: Wanted,
    /// Rows compared and cells kept so far.
    compared: usize,
    cells: usize,
    /// How many changes and messages the steps so far had, those that are not in the lists included.
    seen: [usize; 2],
    /// How many messages are told of.
    told: usize,
    /// By link, the messages that are on their way. What is lost stays.
    on_their_way: Vec<Link>,
}

/// A link, as far as it carries messages, by number.
#[derive(Clone, Debug, Default)]
struct Link {
    /// Those that are on their way, in the order of sending.
    under_way: VecDeque<usize>,
    /// Those heard last: a link may bring copies.
    heard: VecDeque<usize>,
}

impl Gathering {
    pub(super) fn new(limits: Limits, routers: usize) -> Self {
        let wanted = limits.wanted(routers);
        Gathering { limits, wanted, compared: 0, cells: 0, seen: [0; 2], told: 0, on_their_way: Vec::new() }
    }

    /// Takes the next step of a router: of the changes and messages that no step has had yet it has the first.
    /// `links` are the router's outgoing links, by interface.
    pub(super) fn take(
        &mut self,
        outcome: &mut RoutingOutcome,
        router: usize,
        links: &[LinkId],
        numbers: &BTreeMap<Destination, usize>,
        step: recorder::Step,
    ) {
        let cause = match step.cause {
            Cause::Started => StepCause::Started,
            Cause::Heard(over, message) => {
                StepCause::Heard(self.heard(&outcome.messages, incoming(links[over.index()]), &message))
            }
            Cause::Deadline => StepCause::Deadline,
            Cause::Interface(interface) => StepCause::Link(links[interface.index()].index()),
            Cause::Announcement(destination) => StepCause::Announcement(numbers[&destination]),
            Cause::Failed => StepCause::Failed,
            Cause::Restarted => StepCause::Restarted,
        };
        let mut next = |which: usize, count: usize, listed: usize| {
            let first = self.seen[which];
            self.seen[which] += count;
            first.min(listed)..self.seen[which].min(listed)
        };
        let changes = next(0, step.changes, outcome.changes.len());
        let messages = next(1, step.messages, outcome.messages.len());
        for at in messages.clone() {
            self.link(outcome.messages[at].link).under_way.push_back(at);
        }
        self.compared += step.compared;
        self.cells += step.tables.iter().flat_map(|splice| &splice.rows).map(|row| row.len()).sum::<usize>();

        let Limits { compared, cells, messages: most_messages, changes: most_changes, .. } = self.limits;
        let ended = |until: &mut Option<Time>, is_too_much: bool| {
            if is_too_much {
                until.get_or_insert(step.time);
            }
            until.is_some()
        };
        let until = &mut outcome.recorded_until;
        let has_no_changes = ended(&mut until.changes, self.seen[0] > most_changes);
        let has_no_messages = ended(&mut until.messages, self.seen[1] > most_messages || has_no_changes);
        let are_too_many = self.compared > compared || self.cells > cells;
        let has_no_tables = ended(&mut until.tables, are_too_many || has_no_messages);
        let only_speaks = step.changes == 0 && matches!(cause, StepCause::Heard(_) | StepCause::Deadline);
        if has_no_changes || has_no_messages && only_speaks {
            return;
        }
        let (cause, messages) = match (has_no_messages, cause) {
            (false, cause) => {
                self.told = messages.end;
                (cause, messages)
            }
            (true, StepCause::Heard(heard)) => {
                (StepCause::Heard(heard.filter(|&heard| heard < self.told)), self.told..self.told)
            }
            (true, cause) => (cause, self.told..self.told),
        };
        let tables: Vec<TableSplice> = match has_no_tables {
            true => Vec::new(),
            false => step.tables.iter().map(|splice| outcome.wording.splice(router, splice)).collect(),
        };
        if cause == StepCause::Heard(None) && step.changes == 0 && step.messages == 0 && tables.is_empty() {
            // A segment that only acknowledges.
            return;
        }
        outcome.steps.push(Step { time: step.time, router, cause, changes, messages, tables });
    }

    fn link(&mut self, link: usize) -> &mut Link {
        if self.on_their_way.len() <= link {
            self.on_their_way.resize_with(link + 1, Link::default);
        }
        &mut self.on_their_way[link]
    }

    /// Which message was heard over a link: the first of those under way that is this very one, or a copy of one that
    /// was heard a short while ago.
    fn heard(&mut self, all: &[SentMessage], link: LinkId, heard: &Arc<dyn Message>) -> Option<usize> {
        /// Copies come soon after.
        const REMEMBERED: usize = 16;
        // What is in the list is kept, so nothing else has its place in memory.
        let is_this = |at: &usize| Arc::as_ptr(&all[*at].message).addr() == Arc::as_ptr(heard).addr();
        let link = self.link(link.index());
        let Some(place) = link.under_way.iter().position(is_this) else {
            return link.heard.iter().copied().find(is_this);
        };
        let found = link.under_way.remove(place).expect("it was found there");
        if link.heard.len() == REMEMBERED {
            link.heard.pop_front();
        }
        link.heard.push_back(found);
        Some(found)
    }
}

/// The other direction of a link's cable: see `link_id` in `run/build.rs`.
fn incoming(outgoing: LinkId) -> LinkId {
    LinkId(outgoing.0 ^ 1)
}

#[cfg(test)]
mod tests {
    use sim_core::time::Duration;

    use super::super::watch::Watch;
    use super::*;
    use crate::file::{Overrides, load_text};
    use crate::report::clock::Clock;
    use crate::report::routing::section;
    use crate::run::build::{Built, Ways, build};

    /// Three routers in a row count to infinity after 10 s.
    const ROW: &str = r#"{
        "title": "row", "duration": "60 s",
        "topology": {
            "nodes": [ { "name": "a", "kind": "router" }, { "name": "b", "kind": "router" }, { "name": "c", "kind": "router" } ],
            "links": [
                { "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "5 ms" },
                { "from": "b", "to": "c", "bandwidth": "1 Mbps", "delay": "5 ms" }
            ]
        },
        "routing": { "distance_vector": { "split_horizon": false, "poison_reverse": false } },
        "events": [ { "at": "10 s", "link_down": "a-b" } ]
    }"#;

    fn recorded(limits: Limits) -> RoutingOutcome {
        let checked = load_text("row.json", "row", ROW.into(), &Overrides::default()).expect("a right file");
        let point = &checked.plan[0];
        let Built { mut simulation, ways, .. } = build(point).expect("a network");
        let Ways::Routers(routers) = ways else { panic!("routing by messages") };
        let mut watch = Watch::new(point, routers, &simulation, Duration::from_secs(30), Vec::new());
        watch.record_steps(&mut simulation, limits);
        for second in 1..=60 {
            simulation.run_until(Time::ZERO + Duration::from_secs(second)).expect("no livelock");
            watch.take(&mut simulation, &[]);
        }
        watch.finish(&simulation, 0.0)
    }

    fn left_out(outcome: &RoutingOutcome) -> Option<String> {
        section(outcome, Clock::new(1_000_000)).left_out
    }

    #[test]
    fn steps_share_out_all_changes_and_messages() {
        let outcome = recorded(Limits::default());
        let mut next = (0, 0);
        for (at, step) in outcome.steps.iter().enumerate() {
            assert_eq!((step.changes.start, step.messages.start), next, "step {at}");
            next = (step.changes.end, step.messages.end);
            step.changes.clone().for_each(|change| assert_eq!(outcome.step_that_changed(change), Some(at)));
            step.messages.clone().for_each(|message| assert_eq!(outcome.step_that_sent(message), Some(at)));
        }
        assert_eq!(next, (outcome.changes.len(), outcome.messages.len()));
        assert_eq!((outcome.step_that_changed(next.0), outcome.step_that_sent(next.1)), (None, None));
        assert_eq!((outcome.recorded_until, left_out(&outcome)), (RecordedUntil::default(), None));
    }

    #[test]
    fn a_message_is_heard_by_whom_it_was_sent_to_and_later() {
        let outcome = recorded(Limits::default());
        let mut heard = 0;
        for step in &outcome.steps {
            let StepCause::Heard(message) = step.cause else { continue };
            let message = message.expect("all messages are in the list");
            let sent = &outcome.steps[outcome.step_that_sent(message).expect("somebody sent it")];
            assert_eq!((sent.router, step.router), (outcome.messages[message].from, outcome.messages[message].to));
            assert!(sent.time < step.time);
            heard += 1;
        }
        // What is on its way when the cable is cut, or at the end, is not heard.
        assert!(heard <= outcome.messages.len() && heard + 4 > outcome.messages.len(), "{heard}");
    }

    #[test]
    fn when_there_is_too_much_tables_end_first() {
        let all = recorded(Limits::default());
        let some = recorded(Limits { cells: 150, ..Limits::default() });
        let end = some.recorded_until.tables.expect("there are more cells");
        assert_eq!(some.recorded_until, RecordedUntil { tables: Some(end), ..RecordedUntil::default() });
        let tables = |outcome: &RoutingOutcome, from: Time, until: Time| -> usize {
            let steps = outcome.steps.iter().filter(|step| (from..until).contains(&step.time));
            steps.map(|step| step.tables.len()).sum()
        };
        assert_eq!(tables(&some, Time::ZERO, end), tables(&all, Time::ZERO, end));
        assert!(tables(&all, end, Time::NEVER) > 10);
        assert_eq!(tables(&some, end + Duration::from_picos(1), Time::NEVER), 0);
        assert!(some.tables.is_empty(), "they could not be compared with anything");
        let text = left_out(&some).expect("something is missing");
        assert!(text.starts_with("Not recorded: what routers know from ") && text.ends_with(" s on."), "{text}");
    }

    #[test]
    fn messages_end_next_and_routes_go_on() {
        let all = recorded(Limits::default());
        let some = recorded(Limits { messages: 16, ..Limits::default() });
        let end = some.recorded_until.messages.expect("there are more messages");
        assert_eq!(some.recorded_until, RecordedUntil { tables: Some(end), messages: Some(end), changes: None });
        let told = section(&some, Clock::new(1_000_000)).messages.len();
        assert!((10..=16).contains(&told), "{told}");
        let changes = |outcome: &RoutingOutcome| outcome.steps.iter().map(|step| step.changes.len()).sum::<usize>();
        assert_eq!(changes(&some), changes(&all));
        let late = some.steps.iter().filter(|step| step.time > end);
        assert!(
            late.clone().all(|step| !step.changes.is_empty() && step.messages.is_empty() && step.tables.is_empty())
        );
        assert!(late.count() > 5, "they count to infinity");
        assert!(some.messages.len() == all.messages.len(), "results have them all");
    }

    #[test]
    fn in_the_end_nothing_is_recorded() {
        let some = recorded(Limits { changes: 20, ..Limits::default() });
        let end = some.recorded_until.changes.expect("there are more changes");
        assert_eq!(some.steps.iter().map(|step| step.changes.len()).sum::<usize>(), 20);
        assert!(some.steps.iter().all(|step| step.time <= end));
        let section = section(&some, Clock::new(1_000_000));
        assert_eq!(section.end, crate::report::routing::End::default());
        let text = section.left_out.expect("something is missing");
        assert!(text.contains(" on, messages from ") && text.contains(" on and changes of routes from "), "{text}");
    }

    #[test]
    fn wide_tables_of_many_routers_are_left_out() {
        let outcome = recorded(Limits { routers: 2, ..Limits::default() });
        assert_eq!(outcome.tables_left_out, ["vectors: own and neighbours'"]);
        assert_eq!(outcome.wording.heads.iter().filter(|head| head[0].starts_with("vectors")).count(), 0);
        assert_eq!(outcome.tables[0].1.len(), 1);
        let text = "Not recorded: the table “vectors: own and neighbours'” (too wide with 3 routers).";
        assert_eq!(left_out(&outcome).as_deref(), Some(text));
    }
}
