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
    /// Networks with more routers are recorded without tables that change as a whole.
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
        Limits { routers: 24, compared: 2_000_000, cells: 1_500_000, messages: 60_000, changes: 200_000 }
    }
}

impl Limits {
    /// The tables to follow in a network of so many routers.
    fn wanted(&self, routers: usize) -> Wanted {
        if routers > self.routers { Wanted::ByRows } else { Wanted::All }
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
            false => step.tables.iter().map(|splice| outcome.wording.splice(splice)).collect(),
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
