//! TCP, the protocol and not a formula for its window.
//!
//! RFC 9293 with RFC 5681, 6582, 6675 (congestion control and recovery), 6298 (timer), 6928 (initial window),
//! 7323 (window scale, time stamps), 2018 (SACK), 3042 (limited transmit), 9937 (rate reduction), 8985 (RACK-TLP),
//! 5961 (challenge ACKs), 3168 and 8257 (ECN).
//!
//! | file | what |
//! | --- | --- |
//! | `endpoint` | the state machine: handshake, closing, timers |
//! | `sender` | what to send, what to send again, recovery |
//! | `scoreboard` | what is outstanding, SACKed and lost |
//! | `rto` | the retransmission timeout |
//! | `pacing`, `delivery_rate` | when the next segment may leave; how fast segments arrive |
//! | `ecn`, `sender/ecn` | marks: who echoes them, who answers |
//! | `stamps` | time stamps: what to echo, what is too old |
//! | `receiver` | order, acknowledgments, the window |
//! | `seq`, `ranges`, `wire` | numbers, sets of them, packets |
//!
//! Not modelled: data on SYN, urgent data, keep-alives, D-SACK, path MTU discovery.
//! Headers alone travel: a byte is a number, not a value.

mod app;
mod closed_port;
mod config;
mod delivery_rate;
mod ecn;
mod endpoint;
mod pacing;
mod ranges;
mod receiver;
pub mod rto;
mod scoreboard;
mod sender;
mod seq;
mod stamps;
mod stats;
mod wire;

pub use app::{Dialogue, Reader, Requests, Then, Workload, Writes};
pub use closed_port::ClosedPort;
pub use config::{Config, LossDetection};
pub use ecn::EcnMode;
pub use endpoint::{Endpoint, State, Timer, Wait};
pub use sender::Phase;
pub use seq::SeqNum;
pub use stats::{CloseReason, Stats};
pub use wire::{data_len, packet};

#[cfg(test)]
mod tests;
