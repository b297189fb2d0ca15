//! The engine of netsim: time, units, ids, random streams, events, packets, queues, links, nodes.
//!
//! Free of files, clocks, printing and operating-system randomness: the same inputs give the same bytes anywhere.

pub mod agent;
pub mod delivery;
pub mod event;
pub mod harness;
pub mod hash;
pub mod ids;
mod link;
mod link_spec;
pub mod loss;
pub mod network;
mod node;
pub mod packet;
mod partition;
pub mod queue;
pub mod random;
pub mod script;
pub mod simulation;
pub mod time;
pub mod trace;
pub mod units;

pub use link_spec::{LinkSpec, Reorder};
pub use node::{Bind, Prefix};
