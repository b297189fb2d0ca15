//! Transports, congestion control, routing and applications as state machines.
