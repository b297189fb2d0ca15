//! The clock of a sender: when packets were sent, when they time out, and how long that is.
//!
//! A machine with a timer for each packet may have thousands of them running. They lie in a heap by their deadlines; one
//! that was stopped or started anew stays until it comes to the top, where its serial number shows that it is stale. So
//! a start costs the logarithm of the packets sent within a timeout, and a stop nothing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use sim_core::time::{Duration, Time};

use super::config::{Timeout, TimerRuns};
use super::machine::{TimerKind, Timers};
use crate::tcp;
use crate::tcp::rto::RtoEstimator;

/// What is known of a message under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    /// When it was sent last.
    pub(super) sent_at: Time,
    /// How often it was sent.
    pub(super) copies: u32,
    /// Which start of a timer is running for it; 0 is none.
    timer: u64,
}

/// A start of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alarm {
    at: Time,
    /// Timers of one deadline expire in the order in which they were started.
    start: u64,
    message: u64,
}

/// The timers, and what they are set by.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    kind: TimerKind,
    runs: TimerRuns,
    timeout: Waiting,
    /// What is under way, from message `first` on.
    flights: VecDeque<Flight>,
    first: u64,
    /// One, or one for each message.
    alarms: BinaryHeap<Reverse<Alarm>>,
    /// How many timers were started.
    starts: u64,
    /// The time an ACK or a transmission takes place, for the hooks of [`Timers`].
    now: Time,
    cause: Cause,
}

/// Why a timer is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A packet is sent, or timed out.
    Sending,
    /// An ACK has come.
    Ack,
}

/// How long to wait.
#[derive(Clone, Debug)]
enum Waiting {
    Fixed(Duration),
    Adaptive {
        estimator: RtoEstimator,
        /// When it was last doubled: packets sent before say nothing more.
        doubled_at: Option<Time>,
    },
}

impl Clock {
    pub(super) fn new(kind: TimerKind, timeout: &Timeout, runs: TimerRuns) -> Self {
        let timeout = match timeout {
            Timeout::Fixed(after) => Waiting::Fixed(*after),
            Timeout::Adaptive(adaptive) => Waiting::Adaptive {
                estimator: RtoEstimator::new(&tcp::Config {
                    initial_rto: adaptive.initial,
                    min_rto: adaptive.min,
                    max_rto: adaptive.max,
                    ..tcp::Config::default()
                }),
                doubled_at: None,
            },
        };
        Clock {
            kind,
            runs,
            timeout,
            flights: VecDeque::new(),
            first: 0,
            alarms: BinaryHeap::new(),
            starts: 0,
            now: Time::ZERO,
            cause: Cause::Sending,
        }
    }

    /// The clock as a machine sees it at `now`.
    pub(super) fn at(&mut self, now: Time, cause: Cause) -> &mut Self {
        (self.now, self.cause) = (now, cause);
        self
    }

    /// How long to wait for an ACK now.
    pub(super) fn timeout(&self) -> Duration {
        match &self.timeout {
            Waiting::Fixed(after) => *after,
            Waiting::Adaptive { estimator, .. } => estimator.rto(),
        }
    }

    /// The smoothed round-trip time of an adaptive timeout.
    pub(super) fn srtt(&self) -> Option<Duration> {
        match &self.timeout {
            Waiting::Fixed(_) => None,
            Waiting::Adaptive { estimator, .. } => estimator.srtt(),
        }
    }

    /// Notes a transmission. Returns how often the message has been sent now.
    pub(super) fn note_sending(&mut self, message: u64) -> u32 {
        let now = self.now;
        let flight = self.flight_mut(message);
        flight.sent_at = now;
        flight.copies += 1;
        flight.copies
    }

    /// Takes the round-trip time of a message just acknowledged, if it was sent once (Karn's rule).
    pub(super) fn sample(&mut self, message: u64) -> Option<Duration> {
        let now = self.now;
        let flight = self.flight_mut(message);
        if flight.copies != 1 {
            return None;
        }
        let rtt = now.since(flight.sent_at);
        if let Waiting::Adaptive { estimator, .. } = &mut self.timeout {
            estimator.on_sample(rtt);
        }
        Some(rtt)
    }

    /// Forgets the messages before `base`: they are acknowledged.
    pub(super) fn forget_before(&mut self, base: u64) {
        let known = (base.saturating_sub(self.first)).min(self.flights.len() as u64);
        self.flights.drain(..known as usize);
        self.first = base;
    }

    /// When the next timer expires.
    pub(super) fn next_deadline(&mut self) -> Option<Time> {
        while let Some(Reverse(alarm)) = self.alarms.peek() {
            if self.is_running(alarm) {
                return Some(alarm.at);
            }
            self.alarms.pop();
        }
        None
    }

    /// Takes out a timer that is due, and doubles an adaptive timeout.
    ///
    /// One doubling for each timeout that packets were sent with: the many packets of one window that time out together
    /// say no more than one of them.
    pub(super) fn take_due(&mut self) -> Option<u64> {
        let now = self.now;
        self.next_deadline().filter(|&at| at <= now)?;
        let Reverse(alarm) = self.alarms.pop().expect("it was just seen");
        let flight = self.flight_mut(alarm.message);
        flight.timer = 0;
        let sent_at = flight.sent_at;
        if let Waiting::Adaptive { estimator, doubled_at } = &mut self.timeout
            && doubled_at.is_none_or(|doubled_at| sent_at >= doubled_at)
        {
            estimator.back_off();
            *doubled_at = Some(now);
        }
        Some(alarm.message)
    }

    fn is_running(&self, alarm: &Alarm) -> bool {
        alarm.message.checked_sub(self.first).is_some_and(|at| self.flights[at as usize].timer == alarm.start)
    }

    fn flight_mut(&mut self, message: u64) -> &mut Flight {
        let at = (message - self.first) as usize;
        if at >= self.flights.len() {
            self.flights.resize(at + 1, Flight { sent_at: Time::ZERO, copies: 0, timer: 0 });
        }
        &mut self.flights[at]
    }
}

impl Timers for Clock {
    fn start(&mut self, message: u64) {
        self.starts += 1;
        let (start, now) = (self.starts, self.now);
        let flight = self.flight_mut(message);
        flight.timer = start;
        let since = match (self.runs, self.cause) {
            (TimerRuns::SinceSending, Cause::Ack) => self.flight_mut(message).sent_at,
            (TimerRuns::SinceAck, _) | (TimerRuns::SinceSending, Cause::Sending) => now,
        };
        if self.kind == TimerKind::One {
            self.alarms.clear();
        }
        self.alarms.push(Reverse(Alarm { at: since + self.timeout(), start, message }));
    }

    fn stop(&mut self, message: u64) {
        match self.kind {
            TimerKind::One => self.alarms.clear(),
            TimerKind::PerMessage => self.flight_mut(message).timer = 0,
        }
    }
}
