//! Stop-and-wait: one packet at a time, sent again until its ACK comes.
//!
//! Kurose & Ross 3.4.1, rdt 3.0, the alternating-bit protocol of Bartlett, Scantlebury and Wilkinson (1969). The
//! textbook writes the states out for the numbers 0 and 1; here the number is a counter, taken round the sequence space.
//!
//! ```text
//! sender                                        timeout / send n again, start the timer
//!                  data / send n,                 ,---.
//!                  start the timer                |   v
//!   ,------------------.  ------------------>  ,---------------.
//!   | wait for data, n |                       | wait for ACK n |  --- another ACK / nothing
//!   `------------------'  <------------------  `---------------'
//!                         ACK n / stop the timer, n = n + 1
//!
//! receiver   packet n / deliver, ACK n, n = n + 1          another packet / ACK n - 1
//! ```
//!
//! The textbook's receiver also answers a *corrupted* packet with the ACK of the packet before. Here the host's checksum
//! discards it first, as UDP's and TCP's do, so corruption is loss. The sender ignores such an ACK anyway, so only the
//! reverse channel sees a difference: it carries fewer ACKs.

use super::machine::{Receiver as Receives, Sender as Sends, TimerKind, Timers, Upper, Verdict};
use super::numbers::{AckNames, Numbers};

/// The sender.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sender {
    numbers: Numbers,
    ack_names: AckNames,
    /// The message to send next, or under way.
    message: u64,
    state: State,
}

/// The state of the sender; which of the textbook's pair it is, the number of the message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Nothing is under way.
    WaitForData,
    /// The packet is to be sent again.
    TimedOut,
    /// The packet is under way.
    WaitForAck,
}

impl Sender {
    /// A sender that has sent nothing.
    pub fn new(numbers: Numbers, ack_names: AckNames) -> Self {
        Sender { numbers, ack_names, message: 0, state: State::WaitForData }
    }
}

impl Sends for Sender {
    const TIMERS: TimerKind = TimerKind::One;

    fn next_packet(&mut self, written: u64, timers: &mut impl Timers) -> Option<u64> {
        let is_to_send = match self.state {
            State::WaitForData => self.message < written,
            State::TimedOut => true,
            State::WaitForAck => false,
        };
        if !is_to_send {
            return None;
        }
        self.state = State::WaitForAck;
        timers.start(self.message);
        Some(self.message)
    }

    fn on_ack(&mut self, number: u32, timers: &mut impl Timers) -> Option<u64> {
        match self.state {
            State::WaitForAck | State::TimedOut
                if number == self.numbers.of(self.message + self.ack_names.offset()) =>
            {
                timers.stop(self.message);
                self.state = State::WaitForData;
                self.message += 1;
                Some(self.message - 1)
            }
            State::WaitForAck | State::TimedOut | State::WaitForData => None,
        }
    }

    fn on_timeout(&mut self, _message: u64, _timers: &mut impl Timers) {
        self.state = State::TimedOut;
    }

    fn base(&self) -> u64 {
        self.message
    }

    fn sent(&self) -> u64 {
        match self.state {
            State::WaitForData => self.message,
            State::TimedOut | State::WaitForAck => self.message + 1,
        }
    }

    fn number(&self, message: u64) -> u32 {
        self.numbers.of(message)
    }
}

/// The receiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    numbers: Numbers,
    ack_names: AckNames,
    /// The message expected next.
    expected: u64,
}

impl Receiver {
    /// A receiver that has received nothing.
    pub fn new(numbers: Numbers, ack_names: AckNames) -> Self {
        Receiver { numbers, ack_names, expected: 0 }
    }
}

impl Receives for Receiver {
    fn on_packet(&mut self, number: u32, data: u64, upper: &mut impl Upper) -> Verdict {
        let is_expected = number == self.numbers.of(self.expected);
        if is_expected {
            upper.deliver(data);
            self.expected += 1;
        }
        // Before the first packet there is none to acknowledge; the textbook's ACK of the packet before it says nothing.
        if let Some(last) = self.expected.checked_sub(1) {
            upper.acknowledge(self.numbers.of(last + self.ack_names.offset()), last);
        }
        if is_expected { Verdict::Delivered } else { Verdict::Unexpected }
    }

    fn delivered(&self) -> u64 {
        self.expected
    }
}

#[cfg(test)]
impl super::tests::Forget for Sender {
    fn forget(&mut self, messages: u64) {
        self.message -= messages;
    }
}

#[cfg(test)]
impl super::tests::Forget for Receiver {
    fn forget(&mut self, messages: u64) {
        self.expected -= messages;
    }
}
