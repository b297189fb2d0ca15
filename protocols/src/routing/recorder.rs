//! Recording what a router does, step by step: which call of its process changed which routes and sent which messages.
//!
//! Off unless somebody asks for it, and then it only looks on. A call without any effect is no step, unless a message was
//! heard or the router began or ceased to work.

use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId};
use sim_core::packet::Message;
use sim_core::time::Time;

use super::journal::Journal;

/// What a router did at once, from one cause.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub time: Time,
    /// From what cause.
    pub cause: Cause,
    /// How many changes of routes belong to it: in the journal they follow those of the step before.
    pub changes: usize,
    /// How many messages sent belong to it, in the same way.
    pub messages: usize,
}

/// Why a router did something.
#[derive(Clone, Debug)]
pub enum Cause {
    /// It began to work.
    Started,
    /// It heard a message over an interface: one of the protocol, or what carries the connection that those go in.
    Heard(InterfaceId, Arc<dyn Message>),
    /// A time that it had waited for has come.
    Deadline,
    /// The cable at an interface was cut, works again, or has another cost.
    Interface(InterfaceId),
    /// It was told to announce a destination, or no longer to.
    Announcement(Destination),
    /// It failed and forgot everything.
    Failed,
    /// It works again, knowing nothing.
    Restarted,
}

/// Takes down the steps of one router.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    steps: Vec<Step>,
    /// The step that is being taken: its cause, and how long the journal's lists were before.
    open: Option<(Cause, [usize; 2])>,
}

impl Recorder {
    /// A step begins.
    pub(super) fn begin(&mut self, cause: Cause, journal: &Journal) {
        self.open = Some((cause, lengths(journal)));
    }

    /// The step is over.
    pub(super) fn end(&mut self, now: Time, journal: &Journal) {
        let Some((cause, before)) = self.open.take() else { return };
        let [changes, messages] = lengths(journal);
        let step = Step { time: now, cause, changes: changes - before[0], messages: messages - before[1] };
        let is_told_anyway = match step.cause {
            Cause::Started | Cause::Heard(..) | Cause::Failed | Cause::Restarted => true,
            Cause::Deadline | Cause::Interface(_) | Cause::Announcement(_) => false,
        };
        if is_told_anyway || step.changes > 0 || step.messages > 0 {
            self.steps.push(step);
        }
    }

    /// Takes out the steps since the last call.
    pub(super) fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }
}

fn lengths(journal: &Journal) -> [usize; 2] {
    [journal.changes.len(), journal.messages.len()]
}
