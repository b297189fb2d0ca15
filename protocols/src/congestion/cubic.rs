//! CUBIC: the window grows by the time since the last loss, along a cubic curve that is flat where the loss was.
//!
//! RFC 9438; slow start with HyStart++ (RFC 9406). The default of Linux, Windows and Apple's systems.
//! As in those, and unlike the letter of §4.4, an ACK of two segments counts for two, so that delayed ACKs slow nothing
//! down; and an ACK never shrinks the window. Not modelled: undoing a cut that was spurious (§4.9), the D-SACK and
//! round-trip counting that it needs.
//!
//! ```text
//!   cwnd |                                  /        W_cubic(t) = C (t - K)^3 + W_max       segments, t in seconds
//!        |                                 /         K = cbrt((W_max - cwnd_epoch) / C)     the curve is at W_max
//!  W_max |. . . . . . ._________________../          target = W_cubic(t + RTT), from cwnd to 1.5 cwnd
//!        |         ,--                               cwnd += (target - cwnd) / cwnd         for each segment
//!        |      ,-'  concave         convex
//!        |    ,'                                     W_est += alpha / cwnd                  for each segment:
//! 0.7 .. |---'                                       what Reno would have; cwnd = W_est where that is more
//!        +-----------------------------------> t     alpha = 3 (1 - beta) / (1 + beta), 1 from cwnd_prior on
//!            0                K
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Time;

use super::hystart::{self, HyStart, Verdict};
use super::{
    AckEvent, Attempt, CongestionControl, CongestionEvent, RecoveryExit, RestartEvent, Signal, Start, TimeoutEvent,
    slow_start,
};

/// One line for lists.
pub const SUMMARY: &str = "Grows along a cubic of the time since the last loss; cuts by 30 %; HyStart++.";
/// Where it is from.
pub const SOURCE: &str = "RFC 9438, RFC 9406";

/// The constants of RFC 9438 and what can be switched off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// C: how steep the curve is, in segments per cubic second.
    #[schemars(range(min = 0.000_001, max = 1000.0))]
    pub c: f64,
    /// beta_cubic: the part of the window that is left after a loss.
    #[schemars(range(min = 0.1, max = 0.99))]
    pub beta: f64,
    /// A flow whose window shrinks from loss to loss gives up more, for newcomers (section 4.7).
    pub fast_convergence: bool,
    /// Slow start ends when round-trip times grow (RFC 9406).
    pub hystart: bool,
    /// How many segments one ACK may add in slow start (RFC 9406 section 4.3: 8); null for no limit, as in Linux.
    #[schemars(range(min = 1))]
    pub byte_counting_limit: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            c: 0.4,
            beta: 0.7,
            fast_convergence: true,
            hystart: true,
            byte_counting_limit: Some(hystart::BYTE_COUNTING_LIMIT),
        }
    }
}

/// The windows of RFC 9438.
#[derive(Clone, Debug)]
pub struct Cubic {
    config: Config,
    cwnd: u64,
    /// What cwnd has grown beyond its last whole byte.
    fraction: f64,
    ssthresh: u64,
    /// W_max in segments: where the window was at the last loss, or less; none before the first, and after a timeout.
    w_max: Option<f64>,
    /// cwnd_prior in segments: the window before the last cut.
    cwnd_prior: f64,
    epoch: Option<Epoch>,
    /// Only in the first slow start.
    hystart: Option<HyStart>,
}

/// A stage of congestion avoidance. Windows in segments, as in the RFC.
#[derive(Clone, Debug)]
struct Epoch {
    /// t_epoch, moved on by the time in which the window was not used.
    start: Time,
    curve: Curve,
    /// What Reno's window would be.
    w_est: f64,
    /// When an ACK last came.
    last_ack: Time,
    /// Since when the window is not used.
    unused_since: Option<Time>,
}

/// W_cubic.
#[derive(Clone, Copy, Debug)]
struct Curve {
    c: f64,
    k: f64,
    w_max: f64,
}

impl Curve {
    /// From `cwnd_epoch` to `w_max` and beyond (§4.2, figures 1 and 2).
    fn new(c: f64, w_max: f64, cwnd_epoch: f64) -> Self {
        Curve { c, k: libm::cbrt((w_max - cwnd_epoch).max(0.0) / c), w_max }
    }

    fn at(&self, seconds: f64) -> f64 {
        let from_k = seconds - self.k;
        self.c * from_k * from_k * from_k + self.w_max
    }
}

impl Cubic {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        Cubic {
            config: config.clone(),
            cwnd: start.initial_window,
            fraction: 0.0,
            ssthresh: start.initial_ssthresh,
            w_max: None,
            cwnd_prior: 0.0,
            epoch: None,
            hystart: config.hystart.then(HyStart::default),
        }
    }

    /// cwnd in segments.
    fn segments(&self, mss: u64) -> f64 {
        (self.cwnd as f64 + self.fraction) / mss as f64
    }

    fn slow_start(&mut self, ack: &AckEvent) {
        if ack.is_cwnd_limited {
            let divisor = self.hystart.as_ref().map_or(1, HyStart::growth_divisor);
            let increase = slow_start::increase(ack.acked_bytes, ack.mss, self.config.byte_counting_limit);
            self.cwnd = self.cwnd.saturating_add(increase / divisor);
        }
        if let Some(hystart) = &mut self.hystart
            && hystart.on_ack(ack) == Verdict::Leave
        {
            self.hystart = None;
            self.ssthresh = self.cwnd;
        }
    }

    fn avoid_congestion(&mut self, ack: &AckEvent) {
        let cwnd = self.segments(ack.mss);
        let epoch = match &mut self.epoch {
            Some(epoch) => epoch,
            None => {
                // After slow start without a loss and after a timeout the plateau is here, and K = 0 (§4.8, §4.10).
                let w_max = self.w_max.map_or(cwnd, |w_max| w_max.max(cwnd));
                self.w_max = Some(w_max);
                if self.cwnd_prior == 0.0 {
                    self.cwnd_prior = cwnd;
                }
                let curve = Curve::new(self.config.c, w_max, cwnd);
                self.epoch.insert(Epoch { start: ack.now, curve, w_est: cwnd, last_ack: ack.now, unused_since: None })
            }
        };
        epoch.last_ack = ack.now;
        if !ack.is_cwnd_limited {
            epoch.unused_since.get_or_insert(ack.now);
            return;
        }
        if let Some(since) = epoch.unused_since.take() {
            // Time in which the window was not used does not count (§5.8).
            epoch.start += ack.now - since;
        }
        let t = ack.now.since(epoch.start).as_secs_f64();
        let rtt = ack.srtt.map_or(0.0, |srtt| srtt.as_secs_f64());
        // The part of the window that was acknowledged.
        let share = (ack.acked_bytes as f64 / ack.mss as f64 / cwnd).min(1.0);

        // §4.3. Once Reno would be where the cut was, it would grow by a segment a round trip.
        let beta = self.config.beta;
        let alpha = if epoch.w_est >= self.cwnd_prior { 1.0 } else { 3.0 * (1.0 - beta) / (1.0 + beta) };
        epoch.w_est += alpha * share;

        let next = if epoch.curve.at(t) < epoch.w_est {
            epoch.w_est.max(cwnd)
        } else {
            // §4.2, §4.4 and §4.5.
            let target = epoch.curve.at(t + rtt).clamp(cwnd, 1.5 * cwnd);
            cwnd + (target - cwnd) * share
        };
        let bytes = next * ack.mss as f64;
        self.cwnd = self.cwnd.max(bytes as u64);
        self.fraction = (bytes - self.cwnd as f64).clamp(0.0, 1.0);
    }

    /// §4.6 and §4.7: remembers the window before the cut. Returns beta times what was outstanding.
    fn cut(&mut self, flight_size: u64, mss: u64) -> u64 {
        let cwnd = self.segments(mss);
        let is_shrinking = self.w_max.is_some_and(|w_max| cwnd < w_max);
        let gives_up_more = is_shrinking && self.config.fast_convergence;
        self.w_max = Some(if gives_up_more { cwnd * (1.0 + self.config.beta) / 2.0 } else { cwnd });
        self.cwnd_prior = cwnd;
        self.end_stage();
        (flight_size as f64 * self.config.beta).round() as u64
    }

    fn end_stage(&mut self) {
        self.epoch = None;
        self.hystart = None;
        self.fraction = 0.0;
    }
}

impl CongestionControl for Cubic {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        self.ssthresh
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        if self.cwnd < self.ssthresh {
            self.slow_start(ack);
        } else {
            self.avoid_congestion(ack);
        }
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        let mss = congestion.mss;
        let left = self.cut(congestion.flight_size, mss);
        self.ssthresh = left.max(2 * mss);
        self.cwnd = match congestion.signal {
            Signal::Loss => self.ssthresh,
            Signal::EcnEcho => left.max(mss),
        };
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.cwnd = exit.window(self.ssthresh);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        if timeout.attempt == Attempt::First {
            self.ssthresh = self.cut(timeout.flight_size, timeout.mss).max(2 * timeout.mss);
        }
        self.end_stage();
        // The next stage has its plateau where it begins (§4.8).
        self.w_max = None;
        self.cwnd = timeout.mss;
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        if restart.initial_window < self.cwnd {
            // RFC 5681 §4.1: slow start leads back to ssthresh, and a new stage begins.
            self.cwnd = restart.initial_window;
            self.epoch = None;
            self.fraction = 0.0;
        } else if let Some(epoch) = &mut self.epoch {
            // The pause does not count.
            epoch.unused_since.get_or_insert(epoch.last_ack);
        }
    }
}

#[cfg(test)]
mod tests;
