//! Queues: where packets wait for a transmitter.
//!
//! A queue discipline is one file beside this one, with `Config`, the struct and its tests, and one line in the
//! registry below.

pub mod drop_tail;
mod limit;
pub mod step_marking;

pub use limit::QueueLimit;

use crate::packet::{DropReason, Ecn, Packet};
use crate::random::Random;
use crate::time::Time;
use crate::units::Rate;

/// Decides which packets wait, in which order they leave, and which are dropped.
///
/// ```
/// use std::collections::VecDeque;
/// use sim_core::packet::{DropReason, Packet};
/// use sim_core::queue::{QueueCtx, QueueDiscipline};
///
/// /// Keeps ten packets, first come first served.
/// #[derive(Clone, Debug, Default)]
/// struct Ten(VecDeque<Packet>);
///
/// impl QueueDiscipline for Ten {
///     fn enqueue(&mut self, ctx: &mut QueueCtx<'_>, packet: Packet) {
///         if self.0.len() == 10 {
///             return ctx.drop(packet, DropReason::QueueFull);
///         }
///         self.0.push_back(packet);
///     }
///
///     fn dequeue(&mut self, _ctx: &mut QueueCtx<'_>) -> Option<Packet> {
///         self.0.pop_front()
///     }
///
///     fn len_packets(&self) -> usize {
///         self.0.len()
///     }
/// }
/// ```
pub trait QueueDiscipline {
    /// A packet wants to wait. It is kept, or given to [`QueueCtx::drop`]; others may be dropped in its place.
    fn enqueue(&mut self, ctx: &mut QueueCtx<'_>, packet: Packet);

    /// The transmitter is free: the packet to send next.
    fn dequeue(&mut self, ctx: &mut QueueCtx<'_>) -> Option<Packet>;

    /// How many packets wait.
    fn len_packets(&self) -> usize;

    /// Calls `visit` with every packet that waits, for those who look on: who fills the queue?
    fn visit(&self, visit: &mut dyn FnMut(&Packet)) {
        let _ = visit;
    }
}

/// The configuration of a queue discipline, as far as others must understand it.
pub trait QueueConfig {
    /// How much may wait, if the discipline has such a limit: a share of the bandwidth-delay product is turned into bytes
    /// here before a run, and charts draw it.
    fn limit_mut(&mut self) -> Option<&mut QueueLimit> {
        None
    }

    /// All lengths of the configuration that may be shares of the bandwidth-delay product, the limit first if there is
    /// one.
    fn lengths_mut(&mut self) -> Vec<&mut QueueLimit> {
        self.limit_mut().into_iter().collect()
    }
}

/// What a queue discipline sees, and where it puts what it drops.
#[derive(Debug)]
pub struct QueueCtx<'a> {
    /// The simulated time.
    pub now: Time,
    /// The rate of the link behind the queue.
    pub rate: Rate,
    /// The queue's own stream of random numbers.
    pub random: &'a mut Random,
    pub(crate) dropped: &'a mut Vec<(Packet, DropReason)>,
    pub(crate) marked: &'a mut u64,
}

impl QueueCtx<'_> {
    /// Drops `packet`; the engine counts and records it.
    pub fn drop(&mut self, packet: Packet, reason: DropReason) {
        self.dropped.push((packet, reason));
    }

    /// Marks `packet`: the network is congested (RFC 3168 §5). False if its transport does not understand marks; the
    /// packet is then left as it is. One that another router has marked counts here, too.
    pub fn mark(&mut self, packet: &mut Packet) -> bool {
        if !packet.ecn.is_capable() {
            return false;
        }
        packet.ecn = Ecn::Ce;
        *self.marked += 1;
        true
    }
}

/// Makes the enum of all queue disciplines and the enum of their configurations.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        /// Any queue discipline the simulator knows.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each variant is documented in its module")]
        pub enum AnyQueue {
            $($variant($module::$variant),)*
        }

        /// Which queue stands before a link's transmitter.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum QueueSpec {
            $($(#[$doc])* $variant($module::Config),)*
        }

        impl QueueSpec {
            /// How much may wait, if the discipline has such a limit.
            pub fn limit_mut(&mut self) -> Option<&mut QueueLimit> {
                match self {
                    $(QueueSpec::$variant(config) => config.limit_mut(),)*
                }
            }

            /// All lengths that may be shares of the bandwidth-delay product.
            pub fn lengths_mut(&mut self) -> Vec<&mut QueueLimit> {
                match self {
                    $(QueueSpec::$variant(config) => config.lengths_mut(),)*
                }
            }

            /// The limit, to read.
            pub fn limit(&self) -> Option<QueueLimit> {
                self.clone().limit_mut().copied()
            }

            /// The queue described, empty.
            pub fn build(&self) -> AnyQueue {
                match self {
                    $(QueueSpec::$variant(config) => AnyQueue::$variant($module::$variant::new(config)),)*
                }
            }
        }

        impl QueueDiscipline for AnyQueue {
            fn enqueue(&mut self, ctx: &mut QueueCtx<'_>, packet: Packet) {
                match self {
                    $(AnyQueue::$variant(queue) => queue.enqueue(ctx, packet),)*
                }
            }

            fn dequeue(&mut self, ctx: &mut QueueCtx<'_>) -> Option<Packet> {
                match self {
                    $(AnyQueue::$variant(queue) => queue.dequeue(ctx),)*
                }
            }

            fn len_packets(&self) -> usize {
                match self {
                    $(AnyQueue::$variant(queue) => queue.len_packets(),)*
                }
            }

            fn visit(&self, visit: &mut dyn FnMut(&Packet)) {
                match self {
                    $(AnyQueue::$variant(queue) => queue.visit(visit),)*
                }
            }
        }

        /// Name, meaning and source of every queue discipline.
        pub const KNOWN: &[(&str, &str, &str)] = &[$(($module::NAME, $module::SUMMARY, $module::SOURCE),)*];
    };
}

registry! {
    /// First come, first served; what finds the queue full is dropped. The limit counts waiting packets, not the one in transmission.
    DropTail => drop_tail,
    /// First come, first served; what finds more than a threshold waiting is marked, what finds the queue full is dropped.
    StepMarking => step_marking,
}

impl Default for QueueSpec {
    fn default() -> Self {
        QueueSpec::DropTail(drop_tail::Config::default())
    }
}
