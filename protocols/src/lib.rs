//! Transports, congestion control, routing and applications as state machines.

pub mod latency;
pub mod routing;
