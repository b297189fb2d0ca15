//! What routers did step by step, put in the order of time, and which message each heard.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use protocols::routing::recorder::{self, Cause};
use sim_core::ids::{Destination, LinkId};
use sim_core::packet::Message;
use sim_core::time::Time;

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

/// Puts the steps of all routers in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathering {
    /// How many changes and messages the steps so far had, those that are not in the lists included.
    seen: [usize; 2],
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
    /// Takes the next steps of a router, which begin with the changes and messages that have not been spoken for yet.
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
                let heard = self.heard(&outcome.messages, incoming(links[over.index()]), &message);
                if heard.is_none() && step.changes == 0 && step.messages == 0 {
                    // A segment that only acknowledges.
                    return;
                }
                StepCause::Heard(heard)
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
        outcome.steps.push(Step { time: step.time, router, cause, changes, messages });
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
