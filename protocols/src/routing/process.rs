//! What a routing protocol is to the rest of netsim: a process on every router, told what happened, that sends messages
//! to its neighbours and sets routes.
//!
//! A process does no I/O and owns no clock. What it may do is on [`Router`]; what belongs to every protocol (interfaces,
//! hosts that are attached, the forwarding table, the journal of what changed) is kept there too.

use std::any::Any;
use std::fmt;

use sim_core::ids::{Destination, InterfaceId};
use sim_core::packet::Message;
use sim_core::time::Time;

use super::router::Router;
use super::tables::TableWriter;

/// A routing protocol's process on one router.
///
/// The smallest that does anything: it tells its neighbours who it is, and so everyone finds those next to it.
///
/// ```
/// use std::sync::Arc;
///
/// use protocols::routing::journal::Reason;
/// use protocols::routing::process::{Effort, Process};
/// use protocols::routing::route::Route;
/// use protocols::routing::router::Router;
/// use sim_core::ids::{Destination, InterfaceId};
/// use sim_core::packet::{IPV4_HEADER, Message};
/// use sim_core::time::Time;
///
/// #[derive(Debug)]
/// struct Here(Destination);
///
/// impl Message for Here {
///     fn kind(&self) -> &'static str {
///         "here"
///     }
/// }
///
/// #[derive(Clone, Debug)]
/// struct NextDoor;
///
/// impl Process for NextDoor {
///     fn on_start(&mut self, router: &mut Router<'_, '_>) {
///         let here = Arc::new(Here(router.own_destination()));
///         for interface in router.usable_interfaces() {
///             router.send(interface, here.clone(), IPV4_HEADER + 4);
///         }
///     }
///
///     fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &Arc<dyn Message>) {
///         let message: &dyn std::any::Any = &**message;
///         let Some(Here(neighbor)) = message.downcast_ref() else { return };
///         let cost = router.interface(over).cost;
///         router.set_route(*neighbor, Some(Route::over(cost, [over])), Reason::Learned);
///     }
///
///     fn on_interface_change(&mut self, router: &mut Router<'_, '_>, _: InterfaceId) {
///         self.on_start(router);
///     }
///
///     fn effort(&self) -> Effort {
///         Effort::default()
///     }
/// }
/// ```
pub trait Process: Any + fmt::Debug + Send + Sync + CloneProcess {
    /// The router begins to work, or works again after a failure and knows nothing.
    fn on_start(&mut self, router: &mut Router<'_, '_>);

    /// A message has come over an interface.
    fn on_message(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, message: &std::sync::Arc<dyn Message>);

    /// The cable at an interface was cut, works again, or has another cost: see [`Router::interface`].
    /// Not called for what only silence betrays, when carrier detection is off.
    fn on_interface_change(&mut self, router: &mut Router<'_, '_>, interface: InterfaceId);

    /// The time of [`next_deadline`](Process::next_deadline) has come.
    fn on_deadline(&mut self, _router: &mut Router<'_, '_>) {}

    /// When [`on_deadline`](Process::on_deadline) is to be called; asked after every other call. See [`Deadlines`].
    ///
    /// [`Deadlines`]: super::deadlines::Deadlines
    fn next_deadline(&self) -> Time {
        Time::NEVER
    }

    /// The script lets this router announce a destination, or withdraw it. It is (no longer) one of
    /// [`Router::own_destinations`].
    fn on_announcement(&mut self, _router: &mut Router<'_, '_>, _destination: Destination) {}

    /// What the protocol costs this node now.
    fn effort(&self) -> Effort;

    /// What it knows, as tables that a class can read: the topic of each protocol's lesson.
    fn write_tables(&self, _to: &mut TableWriter<'_>) {}
}

/// Cloning behind a box; every `Process` that is `Clone` has it.
pub trait CloneProcess {
    /// A boxed copy of this process.
    fn clone_process(&self) -> Box<dyn Process>;
}

impl<P: Process + Clone> CloneProcess for P {
    fn clone_process(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Process> {
    fn clone(&self) -> Self {
        (**self).clone_process()
    }
}

/// What a protocol costs a node: two of the six metrics of the routing challenge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Entries kept: routes, vectors, links of the database.
    pub entries: u64,
    /// Steps of computation so far: edges relaxed, entries of vectors compared, paths compared.
    pub steps: u64,
}
