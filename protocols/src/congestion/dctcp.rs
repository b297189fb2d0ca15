//! DCTCP: cuts the window by as much as the network is congested, which it learns from the share of marked bytes.
//!
//! RFC 8257; Alizadeh et al., "Data Center TCP", SIGCOMM 2010. Wants routers that mark every packet above a low
//! threshold, and a receiver that echoes each mark (§3.2). Grows, and answers losses and timeouts, as NewReno (§3.4, §3.5).
//! Not modelled: marks of retransmissions and of pure ACKs, alpha kept from one connection to the next.
//!
//! ```text
//! once a window   M = marked bytes / acknowledged bytes         alpha = (1 - g) alpha + g M
//! at a mark       cwnd = ssthresh = cwnd (1 - alpha / 2)        once a window
//! ```

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::new_reno::{self, NewReno};
use super::{
    AckEvent, CongestionControl, CongestionEvent, Delivery, RecoveryExit, RestartEvent, Signal, Start, TimeoutEvent,
};

/// One line for lists.
pub const SUMMARY: &str = "Cuts the window by half the share of marked bytes; needs routers that mark.";
/// Where it is from.
pub const SOURCE: &str = "RFC 8257";

/// How fast the estimate follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// g: the weight of the latest window in alpha.
    #[schemars(range(min = 0.000_1, max = 1.0))]
    pub g: f64,
    /// alpha before the first window: 1 answers the first mark as a loss.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub initial_alpha: f64,
}

impl Default for Config {
    fn default() -> Self {
        Config { g: 1.0 / 16.0, initial_alpha: 1.0 }
    }
}

/// The windows of RFC 8257.
#[derive(Clone, Debug)]
pub struct Dctcp {
    reno: NewReno,
    g: f64,
    /// The share of marked bytes, smoothed.
    alpha: f64,
    /// Of the present window (DCTCP.BytesAcked, DCTCP.BytesMarked).
    acked_bytes: u64,
    marked_bytes: u64,
}

impl Dctcp {
    /// At the start of a connection.
    pub fn new(config: &Config, start: &Start) -> Self {
        Dctcp {
            reno: NewReno::new(&new_reno::Config::default(), start),
            g: config.g,
            alpha: config.initial_alpha,
            acked_bytes: 0,
            marked_bytes: 0,
        }
    }
}

impl CongestionControl for Dctcp {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.reno.cwnd()
    }

    fn ssthresh(&self) -> u64 {
        self.reno.ssthresh()
    }

    #[inline]
    fn on_delivery(&mut self, delivery: &Delivery) {
        // §3.3, steps 1 to 7; SACKed bytes have arrived too.
        self.acked_bytes += delivery.delivered_bytes;
        self.marked_bytes += delivery.marked_bytes;
        if delivery.is_round_start && self.acked_bytes > 0 {
            let marked_share = self.marked_bytes.min(self.acked_bytes) as f64 / self.acked_bytes as f64;
            self.alpha += self.g * (marked_share - self.alpha);
            (self.acked_bytes, self.marked_bytes) = (0, 0);
        }
    }

    #[inline]
    fn on_ack(&mut self, ack: &AckEvent) {
        self.reno.on_ack(ack);
    }

    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        match congestion.signal {
            Signal::Loss => self.reno.on_congestion(congestion),
            Signal::EcnEcho => {
                // §3.3, step 9. Never below two segments (RFC 5681, equation 4).
                let window = self.reno.cwnd() as f64 * (1.0 - self.alpha / 2.0);
                self.reno.cut_to((window as u64).max(2 * congestion.mss));
            }
        }
    }

    fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
        self.reno.on_exit_recovery(exit);
    }

    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.reno.on_timeout(timeout);
    }

    fn on_restart(&mut self, restart: &RestartEvent) {
        self.reno.on_restart(restart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::{MSS, ack, delivery, loss, mark, start, timeout};

    /// A window of `segments`, of which `marked` were marked.
    fn window(control: &mut Dctcp, segments: u64, marked: u64) {
        for at in 1..=segments {
            control.on_delivery(&Delivery {
                marked_bytes: if at <= marked { MSS } else { 0 },
                is_round_start: at == segments,
                ..delivery(MSS)
            });
        }
    }

    #[test]
    fn alpha_approaches_the_marked_share_geometrically() {
        // alpha_k = F (1 - (1 - g)^k) + alpha_0 (1 - g)^k
        for (initial_alpha, segments, marked) in [(1.0, 10, 0), (1.0, 10, 3), (0.0, 20, 20), (0.5, 8, 1)] {
            let mut control = Dctcp::new(&Config { initial_alpha, ..Config::default() }, &start(10));
            let share = marked as f64 / segments as f64;
            for k in 1..=100 {
                window(&mut control, segments, marked);
                let left = (15.0_f64 / 16.0).powi(k);
                let expected = share * (1.0 - left) + initial_alpha * left;
                assert!((control.alpha - expected).abs() < 1e-12, "{k}: {} and not {expected}", control.alpha);
            }
        }
    }

    #[test]
    fn a_mark_cuts_the_window_by_half_of_alpha() {
        for (alpha, left) in [(1.0, 50_000), (0.5, 75_000), (0.125, 93_750), (0.0, 100_000)] {
            let mut control = Dctcp::new(&Config { initial_alpha: alpha, ..Config::default() }, &start(100));
            control.on_congestion(&mark(100 * MSS));
            assert_eq!((control.cwnd(), control.ssthresh()), (left, left), "alpha {alpha}");
        }
    }

    #[test]
    fn two_segments_are_left_at_least() {
        let mut control = Dctcp::new(&Config::default(), &start(3));
        control.on_congestion(&mark(3 * MSS));
        assert_eq!(control.cwnd(), 2_000);
    }

    #[test]
    fn a_loss_is_answered_as_by_new_reno_whatever_alpha_is() {
        let mut control = Dctcp::new(&Config { initial_alpha: 0.0, ..Config::default() }, &start(100));
        control.on_congestion(&loss(100 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (50_000, 50_000));
        control.on_timeout(&timeout(50 * MSS));
        assert_eq!((control.cwnd(), control.ssthresh()), (1_000, 25_000));
    }

    #[test]
    fn bytes_count_and_not_acks() {
        let mut control = Dctcp::new(&Config { g: 1.0, ..Config::default() }, &start(10));
        control.on_delivery(&Delivery { marked_bytes: 3 * MSS, ..delivery(3 * MSS) });
        control.on_delivery(&Delivery { is_round_start: true, ..delivery(MSS) });
        assert_eq!(control.alpha, 0.75);
    }

    #[test]
    fn after_a_mark_the_window_grows_by_a_segment_a_round_trip() {
        let mut control = Dctcp::new(&Config { initial_alpha: 0.5, ..Config::default() }, &start(8));
        control.on_congestion(&mark(8 * MSS));
        assert_eq!(control.cwnd(), 6_000);
        for _ in 0..6 {
            control.on_ack(&ack(MSS));
        }
        assert_eq!(control.cwnd(), 7_000);
    }
}
