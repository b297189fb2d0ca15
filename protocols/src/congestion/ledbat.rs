//! LEDBAT: uses what others leave, by keeping the queueing delay near a target.
//!
//! RFC 6817. For background transfers: flows that fill queues make it back off. The delay is one way where segments
//! carry time stamps, and the round-trip time where they do not: then a queue on the way of the ACKs counts too.
//! There is no slow start unless asked for; it then ends at three quarters of the target, as in LEDBAT++.
//! Not modelled: clock skew, the congestion timeout of §2.4.2 (TCP's own does that), LEDBAT++'s slowdowns, so that a
//! latecomer can take the queue of the first flow for the path and push it aside (§4.4).
//!
//! ```text
//! base delay       least delay of the last ten minutes, kept by the minute
//! current delay    least of the last four samples
//! queueing delay   current delay - base delay
//! off_target       (target - queueing delay) / target
//! for every ACK    cwnd += gain off_target acked SMSS / cwnd        at most a segment above what was in flight
//! at congestion    cwnd /= 2                                        never below two segments
//! ```

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::{Duration, Time};

use super::{
    AckEvent, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Start, TimeoutEvent, slow_start,
};

/// One line for lists.
pub const SUMMARY: &str = "Keeps the queueing delay near a target and yields to other flows.";
/// Where it is from.
pub const SOURCE: &str = "RFC 6817";

/// The parameters of RFC 6817 §2.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// TARGET: the queueing delay to keep; by the RFC at most 100 ms.
    pub target: Duration,
    /// GAIN: how fast the window follows.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub gain: f64,
    /// ALLOWED_INCREASE: how many segments the window may be above what is in flight.
    #[schemars(range(min = 1, max = 1000))]
    pub allowed_increase: u32,
    /// BASE_HISTORY: for how many minutes the least delay is remembered.
    #[schemars(range(min = 1, max = 1000))]
    pub base_history: u32,
    /// CURRENT_FILTER: how many of the latest samples the current delay is the least of.
    #[schemars(range(min = 1, max = 1000))]
    pub current_filter: u32,
    /// Whether a connection begins with slow start.
    pub slow_start: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            target: Duration::from_millis(100),
            gain: 1.0,
            allowed_increase: 1,
            base_history: 10,
            current_filter: 4,
            slow_start: false,
        }
    }
}

/// MIN_CWND in segments.
const MIN_CWND: u64 = 2;
const MINUTE: Duration = Duration::from_secs(60);

/// The window of RFC 6817.
#[derive(Clone, Debug)]
pub struct Ledbat {
    config: Config,
    cwnd: u64,
    /// What cwnd has grown beyond its last whole byte.
    fraction: f64,
    /// Slow start ends here; without one the least window.
    ssthresh: u64,
    /// The least delay of each of the last minutes, the present one at the back.
    base_delays: VecDeque<Duration>,
    /// The latest samples.
    current_delays: VecDeque<Duration>,
    /// Which minute the back of `base_delays` is.
    minute: u64,
}

impl Ledbat {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        Ledbat {
            config: config.clone(),
            cwnd: start.initial_window,
            fraction: 0.0,
            ssthresh: if config.slow_start { start.initial_ssthresh } else { MIN_CWND * start.mss },
            base_delays: VecDeque::with_capacity(config.base_history as usize + 1),
            current_delays: VecDeque::with_capacity(config.current_filter as usize + 1),
            minute: 0,
        }
    }

    /// update_base_delay and update_current_delay.
    fn note_delay(&mut self, now: Time, delay: Duration) {
        let minute = now.picos() / MINUTE.picos();
        match self.base_delays.back_mut() {
            Some(least) if minute == self.minute => *least = delay.min(*least),
            Some(_) | None => push(&mut self.base_delays, delay, self.config.base_history),
        }
        self.minute = minute;
        push(&mut self.current_delays, delay, self.config.current_filter);
    }

    /// None before the first sample.
    fn queueing_delay(&self) -> Option<Duration> {
        let current = self.current_delays.iter().min()?;
        let base = self.base_delays.iter().min()?;
        Some(current.saturating_sub(*base))
    }

    fn cut(&mut self, mss: u64) {
        self.cwnd = self.cwnd.min((self.cwnd / 2).max(MIN_CWND * mss));
        self.ssthresh = self.ssthresh.min(self.cwnd);
        self.fraction = 0.0;
    }
}

/// Adds at the back; no more than `most` remain.
fn push(delays: &mut VecDeque<Duration>, delay: Duration, most: u32) {
    delays.push_back(delay);
    if delays.len() > most as usize {
        delays.pop_front();
    }
}

impl CongestionControl for Ledbat {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        self.ssthresh
    }

    fn on_ack(&mut self, ack: &AckEvent) {
        if let Some(delay) = ack.one_way_delay.or(ack.rtt) {
            self.note_delay(ack.now, delay);
        }
        let Some(queueing_delay) = self.queueing_delay() else { return };
        let target = self.config.target.picos().max(1) as f64;
        let queueing = queueing_delay.picos() as f64;
        // What was in flight before this ACK, and a little more.
        let flight_size = ack.flight_size.saturating_add(ack.acked_bytes);
        let most = flight_size.saturating_add(u64::from(self.config.allowed_increase) * ack.mss);
        let least = MIN_CWND * ack.mss;

        if self.config.slow_start && self.cwnd < self.ssthresh {
            if queueing <= 0.75 * target {
                let increase = slow_start::increase(ack.acked_bytes, ack.mss, Some(slow_start::RFC_5681_LIMIT));
                // The window doubles, so that it may be far above what is in flight.
                if ack.is_cwnd_limited {
                    self.cwnd = self.cwnd.saturating_add(increase);
                }
                return;
            }
            self.ssthresh = self.cwnd;
        }
        // §2.4.2.
        let cwnd = self.cwnd as f64 + self.fraction;
        let off_target = (target - queueing) / target;
        let next = cwnd + self.config.gain * off_target * ack.acked_bytes as f64 * ack.mss as f64 / cwnd;
        let next = next.min(most as f64).max(least as f64);
        self.cwnd = next as u64;
        self.fraction = next - self.cwnd as f64;
        if self.config.slow_start {
            self.ssthresh = self.ssthresh.min(self.cwnd);
        }
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        self.cut(congestion.mss);
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.cwnd = exit.window(self.cwnd);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.cut(timeout.mss);
        self.cwnd = timeout.mss;
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.cwnd = self.cwnd.min(restart.initial_window);
        self.fraction = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::{MSS, ack, loss, mark, start, timeout};

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn ledbat(segments: u64) -> Ledbat {
        Ledbat::new(&Config { current_filter: 1, ..Config::default() }, &start(segments))
    }

    /// An ACK of a segment that was `delay` on its way, with the whole window in flight.
    fn sample(control: &mut Ledbat, seconds: u64, delay: Duration) {
        control.on_ack(&AckEvent {
            now: Time::ZERO + Duration::from_secs(seconds),
            one_way_delay: Some(delay),
            flight_size: control.cwnd() - MSS,
            ..ack(MSS)
        });
    }

    #[test]
    fn the_window_moves_by_the_distance_from_the_target() {
        // gain off_target acked SMSS / cwnd = off_target * 1000 * 1000 / 20000 = 50 off_target.
        for (queueing, window) in [(0, 20_050), (50, 20_025), (100, 20_000), (150, 19_975), (300, 19_900)] {
            let mut control = ledbat(20);
            control.base_delays.push_back(ms(30));
            sample(&mut control, 0, ms(30 + queueing));
            assert_eq!(control.cwnd(), window, "{queueing} ms");
        }
    }

    #[test]
    fn in_an_empty_queue_the_window_grows_by_a_segment_a_round_trip() {
        let mut control = ledbat(20);
        for _ in 0..20 {
            sample(&mut control, 0, ms(30));
        }
        // Sum of 1 / cwnd over twenty ACKs, each with a larger window than the last.
        assert!((20_970..21_000).contains(&control.cwnd()), "{}", control.cwnd());
    }

    #[test]
    fn without_time_stamps_the_round_trip_time_takes_their_place() {
        let mut control = ledbat(20);
        for rtt in [100, 250] {
            let flight_size = control.cwnd() - MSS;
            control.on_ack(&AckEvent { rtt: Some(ms(rtt)), flight_size, ..ack(MSS) });
        }
        assert_eq!(control.queueing_delay(), Some(ms(150)));
        // 20 000 + 50, then off_target = -0.5: 20 050 - 0.5 * 10^6 / 20 050 = 20 025.06.
        assert_eq!(control.cwnd(), 20_025);
    }

    #[test]
    fn one_way_delays_may_have_any_offset() {
        let mut control = ledbat(20);
        sample(&mut control, 0, Duration::from_secs(1_000_000));
        sample(&mut control, 0, Duration::from_secs(1_000_000) + ms(20));
        assert_eq!(control.queueing_delay(), Some(ms(20)));
    }

    #[test]
    fn the_base_delay_is_forgotten_after_ten_minutes() {
        let mut control = ledbat(20);
        sample(&mut control, 0, ms(10));
        for minute in 1..=9 {
            sample(&mut control, 60 * minute + 1, ms(50));
        }
        assert_eq!(control.queueing_delay(), Some(ms(40)));
        sample(&mut control, 601, ms(50));
        assert_eq!(control.queueing_delay(), Some(ms(0)));
    }

    #[test]
    fn a_shorter_path_is_noticed_at_once() {
        let mut control = ledbat(20);
        sample(&mut control, 0, ms(50));
        sample(&mut control, 1, ms(10));
        sample(&mut control, 2, ms(50));
        assert_eq!(control.queueing_delay(), Some(ms(40)));
    }

    #[test]
    fn the_current_delay_is_the_least_of_four_samples() {
        let mut control = Ledbat::new(&Config::default(), &start(20));
        for delay in [10, 60, 40, 70, 80] {
            sample(&mut control, 0, ms(delay));
        }
        assert_eq!(control.queueing_delay(), Some(ms(30)));
    }

    #[test]
    fn the_window_is_at_most_a_segment_above_what_was_in_flight() {
        let mut control = ledbat(20);
        control.on_ack(&AckEvent { one_way_delay: Some(ms(10)), flight_size: 4 * MSS, ..ack(MSS) });
        assert_eq!(control.cwnd(), 6_000);
    }

    #[test]
    fn a_loss_or_a_mark_halves_the_window_but_leaves_two_segments() {
        for congestion in [loss(20 * MSS), mark(20 * MSS)] {
            let mut control = ledbat(20);
            control.on_congestion(&congestion);
            assert_eq!(control.cwnd(), 10_000);
            for _ in 0..5 {
                control.on_congestion(&congestion);
            }
            assert_eq!(control.cwnd(), 2_000);
        }
    }

    #[test]
    fn after_a_timeout_one_segment_is_left() {
        let mut control = ledbat(20);
        control.on_timeout(&timeout(20 * MSS));
        assert_eq!(control.cwnd(), 1_000);
    }

    #[test]
    fn slow_start_if_asked_for_ends_at_three_quarters_of_the_target() {
        let config = Config { slow_start: true, current_filter: 1, ..Config::default() };
        let mut control = Ledbat::new(&config, &start(2));
        sample(&mut control, 0, ms(10));
        sample(&mut control, 0, ms(85));
        assert_eq!(control.cwnd(), 4_000);
        sample(&mut control, 0, ms(86));
        // off_target = 0.24: 0.24 * 10^6 / 4000 = 60.
        assert_eq!((control.cwnd(), control.ssthresh()), (4_060, 4_000));
    }
}
