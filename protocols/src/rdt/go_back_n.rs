//! Go-Back-N: a window of packets under way, cumulative ACKs, one timer; a loss sends the whole window again.
//!
//! Kurose & Ross 3.4.3, figures 3.20 and 3.21 (global edition 3.20 to 3.22).
//!
//! ```text
//!            base           next     sent          base + window
//!   acknowledged | under way   | to be sent again | may be sent | not yet
//!   -------------+-------------+------------------+-------------+--------> messages
//!
//! sender     data, window not full / send, start the timer if it is the oldest
//!            ACK n                 / base = n + 1; restart the timer, or stop it if nothing is under way
//!            timeout               / start the timer, send everything from base again
//! receiver   packet expected       / deliver, ACK it
//!            any other packet      / discard, ACK the last one delivered
//! ```
//!
//! "Going back" is to set `next` back to `base`. A sender that transmits at once has sent the whole window again before
//! anything else happens, as in the textbook. One that is paced transmits packet by packet, and an ACK that comes
//! meanwhile shortens what is left.
//!
//! Needs at least window + 1 sequence numbers: with as many as the window, an ACK of the whole window cannot be told
//! from a repeated ACK of the window before. Not modelled: sending again at once after several equal ACKs, or upon a
//! reject of the receiver (HDLC's REJ).

use super::machine::{Sender as Sends, TimerKind, Timers};
use super::numbers::{AckNames, Numbers};

/// The sender.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sender {
    numbers: Numbers,
    ack_names: AckNames,
    window: u64,
    /// The oldest message that is not acknowledged.
    base: u64,
    /// The message to send next.
    next: u64,
    /// All messages before this one have been sent at least once.
    sent: u64,
}

impl Sender {
    /// A sender that has sent nothing; up to `window` messages may be under way.
    pub fn new(numbers: Numbers, window: u32, ack_names: AckNames) -> Self {
        Sender { numbers, ack_names, window: u64::from(window), base: 0, next: 0, sent: 0 }
    }
}

impl Sends for Sender {
    const TIMERS: TimerKind = TimerKind::One;

    fn next_packet(&mut self, written: u64, timers: &mut impl Timers) -> Option<u64> {
        if self.next >= written.min(self.base + self.window) {
            return None;
        }
        if self.next == self.base {
            timers.start(self.base);
        }
        self.next += 1;
        self.sent = self.sent.max(self.next);
        Some(self.next - 1)
    }

    fn on_ack(&mut self, number: u32, timers: &mut impl Timers) -> Option<u64> {
        let distance = self.numbers.distance(self.base + self.ack_names.offset(), number);
        if distance >= self.sent - self.base {
            // Not of what is under way: a repeated ACK.
            return None;
        }
        self.base += distance + 1;
        self.next = self.next.max(self.base);
        if self.base == self.next {
            timers.stop(self.base);
        } else {
            timers.start(self.base);
        }
        Some(self.base - 1)
    }

    fn on_timeout(&mut self, _message: u64, timers: &mut impl Timers) {
        timers.start(self.base);
        self.next = self.base;
    }

    fn base(&self) -> u64 {
        self.base
    }

    fn sent(&self) -> u64 {
        self.sent
    }

    fn number(&self, message: u64) -> u32 {
        self.numbers.of(message)
    }
}

/// The receiver is that of stop-and-wait: it, too, takes only the next packet, and acknowledges the last it took.
pub use super::stop_and_wait::Receiver;

#[cfg(test)]
impl super::tests::Forget for Sender {
    fn forget(&mut self, messages: u64) {
        self.base -= messages;
        self.next -= messages;
        self.sent -= messages;
    }
}
