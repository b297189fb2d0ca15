//! Recording what a router does, step by step: which call of its process changed which routes and tables, and
//! sent which messages.
//!
//! Off unless somebody asks for it, and then it only looks on. A call without any effect is no step, unless a message was
//! heard or the router began or ceased to work.

use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId};
use sim_core::packet::Message;
use sim_core::time::Time;

use super::journal::Journal;
use super::names::Names;
use super::process::Process;
use super::tables::{Follower, Splice, Wanted};

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
    /// What changed in its tables, one after the other.
    pub tables: Vec<Splice>,
    /// How many rows of tables were compared to find that out.
    pub compared: usize,
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
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    names: Names,
    wanted: Wanted,
    follower: Follower,
    steps: Vec<Step>,
    /// The step that is being taken: its cause, and how long the journal's lists were before.
    open: Option<(Cause, [usize; 2])>,
}

impl Recorder {
    pub(super) fn new(names: Names) -> Self {
        Recorder { names, wanted: Wanted::Nothing, follower: Follower::default(), steps: Vec::new(), open: None }
    }

    /// These tables are followed from now on.
    pub(super) fn follow(&mut self, wanted: Wanted) {
        self.wanted = wanted;
        if wanted == Wanted::Nothing {
            self.follower = Follower::default();
        }
    }

    /// A step begins.
    pub(super) fn begin(&mut self, cause: Cause, journal: &Journal) {
        if let Cause::Restarted = cause {
            self.follower.forget();
        }
        self.open = Some((cause, [journal.changes.len(), journal.messages.len()]));
    }

    /// The step is over, and the process, unless it has failed, as it is now.
    pub(super) fn end(&mut self, now: Time, journal: &Journal, process: Option<&dyn Process>) {
        let Some((cause, before)) = self.open.take() else { return };
        let (changes, messages) = (journal.changes.len() - before[0], journal.messages.len() - before[1]);
        let (tables, compared) = match self.wanted {
            Wanted::Nothing => (Vec::new(), 0),
            Wanted::All | Wanted::Narrow => self.follower.look(process, &self.names, self.wanted),
        };
        let step = Step { time: now, cause, changes, messages, tables, compared };
        let is_told_anyway = match step.cause {
            Cause::Started | Cause::Heard(..) | Cause::Failed | Cause::Restarted => true,
            Cause::Deadline | Cause::Interface(_) | Cause::Announcement(_) => false,
        };
        if is_told_anyway || changes > 0 || messages > 0 || !step.tables.is_empty() {
            self.steps.push(step);
        }
    }

    /// Takes out the steps since the last call.
    pub(super) fn take(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }
}
