//! Reliable data transfer over a channel that loses, corrupts, duplicates or reorders: the textbook's protocols.
//!
//! Kurose & Ross, chapter 3.4.
//!
//! | file | what |
//! | --- | --- |
//! | `stop_and_wait` | rdt 3.0, the alternating bit: one packet at a time |
//! | `go_back_n` | a window, cumulative ACKs, one timer |
//! | `selective_repeat` | a window at both ends, an ACK and a timer for each packet |
//! | `numbers` | sequence numbers, taken round a space of any size, even one too small |
//! | `machine` | what the three have in common |

pub mod go_back_n;
pub mod machine;
pub mod numbers;
pub mod selective_repeat;
pub mod stop_and_wait;

pub use numbers::{AckNames, Numbers};

#[cfg(test)]
mod tests;
