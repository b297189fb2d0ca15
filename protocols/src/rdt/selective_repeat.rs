//! Selective Repeat: a window at both ends, an ACK and a timer for every packet; only what is lost is sent again.
//!
//! Kurose & Ross 3.4.4, figures 3.24 and 3.25 (global edition 3.23 to 3.25).
//!
//! ```text
//! sender     data, window not full / send, start its timer
//!            timeout of n          / send n again, start its timer
//!            ACK n                 / stop its timer, mark n; if n is the base, move the base to the first unmarked
//!
//! receiver   n from base to base + window - 1 / ACK n, keep it; if n is the base, deliver the run that begins there
//!            n from base - window to base - 1 / ACK n: its ACK was lost
//!            any other n                      / nothing
//! ```
//!
//! Needs at least twice as many sequence numbers as the window: with one fewer, the windows of a receiver that has
//! received everything and of a sender that has heard no ACK overlap, and the number of an old packet is that of a new
//! one (figure 3.27).

use std::collections::VecDeque;

use super::machine::{Receiver as Receives, Sender as Sends, TimerKind, Timers, Upper, Verdict};
use super::numbers::Numbers;

/// The sender.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sender {
    numbers: Numbers,
    window: u64,
    /// The oldest message that is not acknowledged.
    base: u64,
    /// Which messages from `base` on are acknowledged: one entry for each that was sent.
    acknowledged: VecDeque<bool>,
    /// Messages whose timer has expired, in this order.
    to_send_again: VecDeque<u64>,
}

impl Sender {
    /// A sender that has sent nothing; its window is `window` messages long.
    pub fn new(numbers: Numbers, window: u32) -> Self {
        Sender {
            numbers,
            window: u64::from(window),
            base: 0,
            acknowledged: VecDeque::new(),
            to_send_again: VecDeque::new(),
        }
    }

    fn is_acknowledged(&self, message: u64) -> bool {
        message < self.base || self.acknowledged[(message - self.base) as usize]
    }
}

impl Sends for Sender {
    const TIMERS: TimerKind = TimerKind::PerMessage;

    fn next_packet(&mut self, written: u64, timers: &mut impl Timers) -> Option<u64> {
        while let Some(message) = self.to_send_again.pop_front() {
            // Its ACK may have come after its timeout.
            if !self.is_acknowledged(message) {
                timers.start(message);
                return Some(message);
            }
        }
        let message = self.sent();
        if message >= written.min(self.base + self.window) {
            return None;
        }
        self.acknowledged.push_back(false);
        timers.start(message);
        Some(message)
    }

    fn on_ack(&mut self, number: u32, timers: &mut impl Timers) -> Option<u64> {
        let distance = self.numbers.distance(self.base, number);
        let slot = self.acknowledged.get_mut(distance as usize)?;
        if std::mem::replace(slot, true) {
            return None;
        }
        let message = self.base + distance;
        timers.stop(message);
        while self.acknowledged.front() == Some(&true) {
            self.acknowledged.pop_front();
            self.base += 1;
        }
        Some(message)
    }

    fn on_timeout(&mut self, message: u64, _timers: &mut impl Timers) {
        self.to_send_again.push_back(message);
    }

    fn base(&self) -> u64 {
        self.base
    }

    fn sent(&self) -> u64 {
        self.base + self.acknowledged.len() as u64
    }

    fn number(&self, message: u64) -> u32 {
        self.numbers.of(message)
    }
}

/// The receiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    numbers: Numbers,
    window: u64,
    /// The message expected next: all before it are delivered.
    base: u64,
    /// What has come of the window, from `base` on, as far as anything has: what each packet carries.
    buffer: VecDeque<Option<u64>>,
}

impl Receiver {
    /// A receiver that has received nothing; its window is `window` messages long.
    pub fn new(numbers: Numbers, window: u32) -> Self {
        Receiver { numbers, window: u64::from(window), base: 0, buffer: VecDeque::new() }
    }
}

impl Receives for Receiver {
    fn on_packet(&mut self, number: u32, data: u64, upper: &mut impl Upper) -> Verdict {
        let ahead = self.numbers.distance(self.base, number);
        if ahead >= self.window {
            let behind = self.numbers.space() - ahead;
            if behind > self.window.min(self.base) {
                return Verdict::Unexpected;
            }
            upper.acknowledge(number, self.base - behind);
            return Verdict::Repeated;
        }
        upper.acknowledge(number, self.base + ahead);
        let at = ahead as usize;
        if at >= self.buffer.len() {
            self.buffer.resize(at + 1, None);
        }
        if self.buffer[at].is_some() {
            return Verdict::Repeated;
        }
        self.buffer[at] = Some(data);
        if at > 0 {
            return Verdict::Buffered;
        }
        while let Some(&Some(data)) = self.buffer.front() {
            self.buffer.pop_front();
            self.base += 1;
            upper.deliver(data);
        }
        Verdict::Delivered
    }

    fn delivered(&self) -> u64 {
        self.base
    }
}

#[cfg(test)]
impl super::tests::Forget for Sender {
    fn forget(&mut self, messages: u64) {
        self.base -= messages;
        self.to_send_again.iter_mut().for_each(|message| *message -= messages);
    }
}

#[cfg(test)]
impl super::tests::Forget for Receiver {
    fn forget(&mut self, messages: u64) {
        self.base -= messages;
        self.buffer.iter_mut().flatten().for_each(|data| *data -= messages);
    }
}
