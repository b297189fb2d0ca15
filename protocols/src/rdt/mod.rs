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
//! | `clock` | timers, fixed or adaptive timeouts |
//! | `sender`, `receiver` | the two ends in a simulation |
//! | `config` | what experiment files can say |
//! | `any` | one of the three, for flows |
//!
//! Headers and ACKs may be empty, as in the textbook's formulas: a packet of 0 bytes takes no time to transmit. No IP
//! header comes on top of the sizes given. The two ends know each other from the start, and nothing closes the transfer:
//! the textbook has neither handshake nor farewell.
//!
//! Corruption is loss: a host's checksum discards what is corrupted before a protocol sees it. For rdt 3.0 this leaves
//! out only an ACK that its sender would ignore, see `stop_and_wait`.

mod any;
mod clock;
mod config;
pub mod go_back_n;
pub mod machine;
mod numbers;
mod receiver;
pub mod selective_repeat;
mod sender;
pub mod stop_and_wait;

pub use any::{Config, ReceiverState, SenderState};
pub use config::{Adaptive, GoBackN, SelectiveRepeat, StopAndWait, Timeout, TimerRuns, Transfer};
pub use numbers::{AckNames, LARGEST_SPACE, Numbers};
pub use receiver::{ReceiverStats, ReceivingEnd};
pub use sender::{SenderStats, SendingEnd, Timer};

use sim_core::packet::Endpoints;

impl StopAndWait {
    /// The sending end, at our end of `ends`.
    pub fn sender(&self, ends: Endpoints) -> SendingEnd<stop_and_wait::Sender> {
        let machine = stop_and_wait::Sender::new(self.numbers(), self.ack_names);
        SendingEnd::new(machine, self.transfer.clone(), TimerRuns::SinceSending, ends)
    }

    /// The receiving end, at our end of `ends`.
    pub fn receiver(&self, ends: Endpoints) -> ReceivingEnd<stop_and_wait::Receiver> {
        ReceivingEnd::new(stop_and_wait::Receiver::new(self.numbers(), self.ack_names), self.transfer.clone(), ends)
    }
}

impl GoBackN {
    /// The sending end, at our end of `ends`.
    pub fn sender(&self, ends: Endpoints) -> SendingEnd<go_back_n::Sender> {
        let machine = go_back_n::Sender::new(self.numbers(), self.window, self.ack_names);
        SendingEnd::new(machine, self.transfer.clone(), self.timer, ends)
    }

    /// The receiving end, at our end of `ends`.
    pub fn receiver(&self, ends: Endpoints) -> ReceivingEnd<go_back_n::Receiver> {
        ReceivingEnd::new(go_back_n::Receiver::new(self.numbers(), self.ack_names), self.transfer.clone(), ends)
    }
}

impl SelectiveRepeat {
    /// The sending end, at our end of `ends`.
    pub fn sender(&self, ends: Endpoints) -> SendingEnd<selective_repeat::Sender> {
        let machine = selective_repeat::Sender::new(self.numbers(), self.window);
        SendingEnd::new(machine, self.transfer.clone(), TimerRuns::SinceSending, ends)
    }

    /// The receiving end, at our end of `ends`.
    pub fn receiver(&self, ends: Endpoints) -> ReceivingEnd<selective_repeat::Receiver> {
        ReceivingEnd::new(selective_repeat::Receiver::new(self.numbers(), self.window), self.transfer.clone(), ends)
    }
}

#[cfg(test)]
mod tests;
