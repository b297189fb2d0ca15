//! What [`aimd`](super::aimd), [`aiad`](super::aiad) and [`mimd`](super::mimd) share: one rule for every round trip
//! without congestion, one for congestion.
//!
//! Chiu & Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989.
//!
//! ```text
//! a whole window acknowledged     cwnd = increase(cwnd)
//! a loss or a mark                cwnd = decrease(cwnd)      at least one segment; once for the packets of a window
//! recovery over                   cwnd = increase(cwnd)      it has taken the round trip of the smaller window
//! timeout                         cwnd = 1 segment           the loss window of RFC 5681 §3.1
//! ```
//!
//! Nothing else: no fast convergence, no halving of the flight in place of the window. With `slow_start` the window
//! grows as by RFC 5681 up to what the last decrease left; without, by the rule from the first segment on.

use super::{
    AckEvent, Attempt, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Start, TimeoutEvent, slow_start,
};

/// What happens to a window, in segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// So many segments more, or fewer.
    Add(f64),
    /// So many times as large.
    Multiply(f64),
}

impl Change {
    /// The changed window, in bytes: at least a segment.
    fn of(self, window: u64, mss: u64) -> u64 {
        let changed = match self {
            Change::Add(segments) => window as f64 + segments * mss as f64,
            Change::Multiply(factor) => window as f64 * factor,
        };
        // Rounded, so that ten times a half is five segments and not a byte less.
        (changed.round() as u64).max(mss)
    }
}

/// Both changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) increase: Change,
    pub(super) decrease: Change,
    pub(super) slow_start: bool,
}

/// A window that follows two rules.
#[derive(Clone, Debug)]
pub struct IncreaseDecrease {
    rule: Rule,
    cwnd: u64,
    /// Without slow start never above cwnd.
    ssthresh: u64,
    /// Bytes acknowledged since the window last grew.
    acked_bytes: u64,
}

impl IncreaseDecrease {
    /// At the start of a connection.
    #[expect(private_bounds, reason = "the configurations of this family, each in its file")]
    pub fn new<'a, Config>(config: &'a Config, start: &Start) -> Self
    where
        Rule: From<&'a Config>,
    {
        let rule = Rule::from(config);
        let ssthresh = if rule.slow_start { start.initial_ssthresh } else { start.initial_window };
        IncreaseDecrease { rule, cwnd: start.initial_window, ssthresh, acked_bytes: 0 }
    }

    fn change(&mut self, change: Change, mss: u64) {
        self.cwnd = change.of(self.cwnd, mss);
        self.acked_bytes = 0;
    }
}

impl CongestionControl for IncreaseDecrease {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        self.ssthresh
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        if !ack.is_cwnd_limited {
            return;
        }
        if self.rule.slow_start && self.cwnd < self.ssthresh {
            let increase = slow_start::increase(ack.acked_bytes, ack.mss, Some(slow_start::RFC_5681_LIMIT));
            self.cwnd = self.cwnd.saturating_add(increase);
            return;
        }
        self.acked_bytes = self.acked_bytes.saturating_add(ack.acked_bytes);
        if self.acked_bytes >= self.cwnd {
            let rest = self.acked_bytes - self.cwnd;
            self.change(self.rule.increase, ack.mss);
            self.acked_bytes = rest;
        }
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        self.change(self.rule.decrease, congestion.mss);
        self.ssthresh = self.cwnd;
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.change(self.rule.increase, exit.mss);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        if timeout.attempt == Attempt::First {
            self.change(self.rule.decrease, timeout.mss);
            self.ssthresh = self.cwnd;
        }
        self.cwnd = timeout.mss;
        self.acked_bytes = 0;
        if !self.rule.slow_start {
            self.ssthresh = self.cwnd;
        }
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        // RFC 5681 §4.1.
        self.cwnd = self.cwnd.min(restart.initial_window);
        if !self.rule.slow_start {
            self.ssthresh = self.cwnd;
        }
    }
}

/// How the tests of the family look at a window.
#[cfg(test)]
pub(super) mod testing {
    use super::super::testing::{MSS, ack, loss, start};
    use super::*;

    /// The windows in segments at the start of each round trip: every window is acknowledged whole, but one larger than
    /// `capacity` would not fit, so that one of `capacity` loses a segment.
    pub(in super::super) fn windows(control: &mut IncreaseDecrease, capacity: u64, rounds: usize) -> Vec<u64> {
        (0..rounds)
            .map(|_| {
                let window = control.cwnd() / MSS;
                if window >= capacity {
                    control.on_congestion(&loss(control.cwnd()));
                } else {
                    for _ in 0..window {
                        control.on_ack(&ack(MSS));
                    }
                }
                window
            })
            .collect()
    }

    /// Two users of one path, who notice each congestion together: their windows in bytes after every congestion.
    pub(in super::super) fn two_users<Config>(
        config: &Config,
        first: [u64; 2],
        capacity: u64,
        losses: usize,
    ) -> Vec<[u64; 2]>
    where
        for<'a> Rule: From<&'a Config>,
    {
        let mut users = first.map(|segments| IncreaseDecrease::new(config, &start(segments)));
        let mut seen = Vec::new();
        while seen.len() < losses {
            if users[0].cwnd() + users[1].cwnd() >= capacity * MSS {
                for user in &mut users {
                    user.on_congestion(&loss(user.cwnd()));
                }
                seen.push([users[0].cwnd(), users[1].cwnd()]);
            } else {
                for user in &mut users {
                    // Exactly what is outstanding: a window a round trip.
                    user.on_ack(&ack(user.cwnd()));
                }
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{MSS, ack, loss, start, timeout};
    use super::super::{Repair, aimd};
    use super::*;

    fn aimd(segments: u64) -> IncreaseDecrease {
        IncreaseDecrease::new(&aimd::Config::default(), &start(segments))
    }

    #[test]
    fn the_window_changes_when_a_whole_one_is_acknowledged() {
        let mut control = aimd(4);
        for _ in 0..3 {
            control.on_ack(&ack(MSS));
            assert_eq!(control.cwnd(), 4_000);
        }
        control.on_ack(&ack(MSS));
        assert_eq!(control.cwnd(), 5_000);
    }

    #[test]
    fn the_round_trip_of_a_recovery_counts() {
        let mut control = aimd(10);
        control.on_congestion(&loss(10 * MSS));
        assert_eq!(control.cwnd(), 5_000);
        control.on_exit_recovery(&RecoveryExit {
            now: sim_core::time::Time::ZERO,
            flight_size: 5 * MSS,
            mss: MSS,
            repair: Repair::Sack,
        });
        assert_eq!(control.cwnd(), 6_000);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut control = aimd(1);
        control.on_ack(&AckEvent { is_cwnd_limited: false, ..ack(MSS) });
        assert_eq!(control.cwnd(), 1_000);
    }

    #[test]
    fn after_a_timeout_one_segment_is_left() {
        let mut control = aimd(10);
        control.on_timeout(&timeout(10 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 1_000));
    }

    #[test]
    fn with_slow_start_the_window_doubles_up_to_what_the_decrease_left() {
        let config = aimd::Config { slow_start: true, ..aimd::Config::default() };
        let mut control = IncreaseDecrease::new(&config, &start(1));
        let mut windows = vec![1];
        for _ in 0..3 {
            for _ in 0..windows.last().copied().unwrap_or(0) {
                control.on_ack(&ack(MSS));
            }
            windows.push(control.cwnd() / MSS);
        }
        assert_eq!(windows, [1, 2, 4, 8]);
        control.on_timeout(&timeout(8 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 4_000));
    }
}
