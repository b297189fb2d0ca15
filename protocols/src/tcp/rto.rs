//! The retransmission timeout, from measured round-trip times (RFC 6298).
//!
//! ```text
//! first sample R:    SRTT = R,  RTTVAR = R / 2
//! each further R:    RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R|       with the SRTT from before
//!                    SRTT   = 7/8 SRTT   + 1/8 R
//! then               RTO    = SRTT + max(G, 4 RTTVAR)           from min_rto to max_rto
//! each timeout:      RTO    = 2 RTO                             until the next sample
//! ```
//!
//! Which round trips may be measured (Karn) is the sender's affair.

use sim_core::time::Duration;

use super::Config;

/// After a SYN was resent, data starts with this RTO if it would be less (RFC 6298, rule 5.7).
const RTO_AFTER_LOST_SYN: Duration = Duration::from_secs(3);

/// The estimator of RFC 6298.
#[derive(Clone, Debug)]
pub struct RtoEstimator {
    /// SRTT and RTTVAR, once there is a sample.
    smoothed: Option<(Duration, Duration)>,
    rto: Duration,
    min: Duration,
    max: Duration,
    /// G.
    granularity: Duration,
}

impl RtoEstimator {
    /// Without a sample yet (rule 2.1).
    pub fn new(config: &Config) -> Self {
        RtoEstimator {
            smoothed: None,
            rto: config.initial_rto,
            min: config.min_rto,
            max: config.max_rto,
            granularity: config.clock_granularity,
        }
    }

    /// With samples behind it that left these: for exercises that begin in the middle.
    pub fn resumed(config: &Config, srtt: Duration, rttvar: Duration) -> Self {
        RtoEstimator { smoothed: Some((srtt, rttvar)), ..RtoEstimator::new(config) }
    }

    /// The smoothed round-trip time.
    #[inline]
    pub fn srtt(&self) -> Option<Duration> {
        self.smoothed.map(|(srtt, _)| srtt)
    }

    /// The round-trip time's smoothed deviation from [`srtt`](Self::srtt).
    pub fn rttvar(&self) -> Option<Duration> {
        self.smoothed.map(|(_, rttvar)| rttvar)
    }

    /// How long to wait for an acknowledgment now.
    #[inline]
    pub fn rto(&self) -> Duration {
        self.rto
    }

    /// A round trip was measured (rules 2.2 and 2.3). Ends any backing off.
    pub fn on_sample(&mut self, rtt: Duration) {
        let (srtt, rttvar) = match self.smoothed {
            None => (rtt, rtt / 2),
            Some((srtt, rttvar)) => ((srtt * 7 + rtt) / 8, (rttvar * 3 + srtt.abs_diff(rtt)) / 4),
        };
        self.smoothed = Some((srtt, rttvar));
        self.rto = (srtt + self.granularity.max(rttvar * 4)).clamp(self.min, self.max);
    }

    /// The timer expired (rule 5.5).
    pub fn back_off(&mut self) {
        self.rto = (self.rto * 2).min(self.max);
    }

    /// The handshake is over, but its SYN had to be resent (rule 5.7).
    pub(crate) fn restart_after_lost_syn(&mut self, config: &Config) {
        self.rto = RTO_AFTER_LOST_SYN.max(config.initial_rto).min(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without minimum and granularity.
    fn unlimited() -> RtoEstimator {
        RtoEstimator::new(&Config {
            min_rto: Duration::from_picos(1),
            clock_granularity: Duration::ZERO,
            ..Config::default()
        })
    }

    /// Two decimals of a millisecond, rounded.
    fn hundredths_of_ms(span: Duration) -> u64 {
        (span.picos() + 5_000_000) / 10_000_000
    }

    /// Kurose & Ross, chapter 3, problem 31: EstimatedRTT 100 ms and DevRTT 5 ms before.
    ///
    /// The first sample by hand: RTTVAR = 3/4 · 5 + 1/4 · |100 - 106| = 5.25, SRTT = 7/8 · 100 + 1/8 · 106 = 100.75,
    /// RTO = 100.75 + 4 · 5.25 = 121.75.
    #[test]
    fn the_textbook_series_of_samples_gives_the_textbook_timeouts() {
        let before = unlimited();
        let mut estimator =
            RtoEstimator { smoothed: Some((Duration::from_millis(100), Duration::from_millis(5))), ..before };
        let timeouts = [106, 120, 140, 90, 115].map(|sample| {
            estimator.on_sample(Duration::from_millis(sample));
            hundredths_of_ms(estimator.rto())
        });
        assert_eq!(timeouts, [12_175, 13_816, 17_086, 17_062, 16_499]);
    }

    #[test]
    fn the_first_sample_sets_srtt_and_half_of_it_as_rttvar() {
        let mut estimator = unlimited();
        let micros = |micros| Duration::from_micros(micros);
        let golden = [
            (1_000_000, 1_000_000, 500_000, 3_000_000),
            (1_200_000, 1_025_000, 425_000, 2_725_000),
            (900_000, 1_009_375, 350_000, 2_409_375),
        ];
        for (sample, srtt, rttvar, rto) in golden {
            estimator.on_sample(micros(sample));
            assert_eq!(estimator.srtt(), Some(micros(srtt)));
            assert_eq!(estimator.rttvar(), Some(micros(rttvar)));
            assert_eq!(estimator.rto(), micros(rto));
        }
    }

    #[test]
    fn before_any_sample_the_timeout_is_one_second() {
        assert_eq!(RtoEstimator::new(&Config::default()).rto(), Duration::from_secs(1));
    }

    #[test]
    fn the_timeout_is_at_least_the_minimum() {
        let mut estimator = RtoEstimator::new(&Config::default());
        estimator.on_sample(Duration::from_millis(10));
        assert_eq!(estimator.rto(), Duration::from_secs(1));
    }

    #[test]
    fn a_steady_round_trip_leaves_the_clock_granularity_above_it() {
        let mut estimator = RtoEstimator::new(&Config { min_rto: Duration::from_picos(1), ..Config::default() });
        for _ in 0..200 {
            estimator.on_sample(Duration::from_millis(10));
        }
        assert_eq!(estimator.rto(), Duration::from_millis(11));
    }

    #[test]
    fn each_timeout_doubles_it_up_to_the_maximum() {
        let mut estimator = RtoEstimator::new(&Config::default());
        let seconds = [2, 4, 8, 16, 32, 60, 60];
        for expected in seconds {
            estimator.back_off();
            assert_eq!(estimator.rto(), Duration::from_secs(expected));
        }
    }

    #[test]
    fn a_sample_ends_the_backing_off() {
        let mut estimator = RtoEstimator::new(&Config::default());
        estimator.back_off();
        estimator.back_off();
        estimator.on_sample(Duration::from_millis(100));
        assert_eq!(estimator.rto(), Duration::from_secs(1));
    }
}
