//! Transports, congestion control, routing and applications as state machines.

pub mod congestion;
pub mod invalid;
pub mod latency;
pub mod rdt;
pub mod routing;
pub mod tcp;
pub mod udp;
