//! The parameters of a TCP connection, with the values the RFCs give them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::packet::TIMESTAMPS_OPTION;
use sim_core::time::Duration;
use sim_core::units::Bytes;

use super::ecn::EcnMode;
use crate::congestion;
use crate::invalid::InvalidConfig;

/// Parameters of TCP. Every field has the default of the RFC named beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The congestion control algorithm.
    pub congestion_control: congestion::Spec,
    /// Largest payload of a segment (RFC 9293, 3.7.1): 1460 bytes fill an Ethernet frame with 40 bytes of headers.
    pub mss: Bytes,
    /// Initial window in segments; null is min(10 MSS, max(2 MSS, 14600 bytes)) (RFC 6928).
    pub initial_window: Option<u32>,
    /// Slow start threshold before the first loss; null is unlimited (RFC 5681, 3.1).
    pub initial_ssthresh: Option<Bytes>,
    /// Segments of one ACK that slow start counts, L of RFC 3465: 1 is RFC 5681, 3.1, equation 2; 2 is what RFC 3465
    /// allows; null counts all, as Linux does.
    pub byte_counting_limit: Option<u32>,
    /// Whether selective acknowledgments are offered (RFC 2018, RFC 6675). Both ends must.
    pub sack: bool,
    /// Whether the first two duplicate ACKs may send new data (RFC 3042; a SHOULD of RFC 5681, 3.2).
    pub limited_transmit: bool,
    /// Whether segments leave at a rate instead of in bursts: twice cwnd a round trip in slow start, then 1.2 cwnd, as
    /// in Linux. An algorithm that has a rate of its own, such as BBR, is always paced.
    pub pacing: bool,
    /// Segments that leave at once when paced. If null, as many as take a millisecond, at most 64 KiB, but at least two, or
    /// one below 1.2 Mbps (draft-ietf-ccwg-bbr-06, 5.6.3; Linux is much the same).
    #[schemars(range(min = 1))]
    pub pacing_quantum: Option<u32>,
    /// Whether less than a full segment waits while an acknowledgment is outstanding (Nagle; RFC 896, RFC 9293, 3.7.4).
    pub nagle: bool,
    /// Whether the window shrinks by proportional rate reduction in fast recovery with SACK (RFC 9937), rather than at
    /// once with a pause until it has drained (RFC 6675).
    pub proportional_rate_reduction: bool,
    /// How losses are found: by duplicate ACKs (RFC 5681, RFC 6675), or with SACK by time (RACK, RFC 8985).
    pub loss_detection: LossDetection,
    /// Whether the last segments of a flight are probed before the retransmission timeout (RFC 8985, 7). Needs
    /// `"loss_detection": "rack"`.
    pub tail_loss_probe: bool,
    /// Longest delay of an ACK, which at least every second full segment cuts short (RFC 1122, 4.2.3.2: less than
    /// 0.5 s); null acknowledges every segment at once.
    pub delayed_ack: Option<Duration>,
    /// Retransmission timeout before the first measurement (RFC 6298, rule 2.1).
    pub initial_rto: Duration,
    /// Smallest retransmission timeout (RFC 6298, rule 2.4: 1 s; many systems use 200 ms).
    pub min_rto: Duration,
    /// Largest retransmission timeout (RFC 6298, rule 2.5: at least 60 s).
    pub max_rto: Duration,
    /// Clock granularity G: four times the RTT variation counts as at least this (RFC 6298, rule 2.3). The simulated
    /// clock itself is exact; 1 ms is the tick of many systems.
    pub clock_granularity: Duration,
    /// Duplicate ACKs that show a loss (RFC 5681, 3.2; DupThresh in RFC 6675).
    pub duplicate_ack_threshold: u32,
    /// Bytes the receiver holds for its application, the largest window it advertises.
    pub receive_buffer: Bytes,
    /// Most bytes sent or waiting to be resent, whatever the windows allow; null is unlimited.
    pub send_buffer: Option<Bytes>,
    /// Whether windows above 65535 bytes are offered (RFC 7323, 2). Both ends must.
    pub window_scaling: bool,
    /// Whether time stamps are offered (RFC 7323, 3 to 5): round trips of retransmissions too, old segments refused.
    /// Both ends must. They take 12 of the mss bytes of every segment.
    pub timestamps: bool,
    /// The tick of the clock behind time stamps (RFC 7323, 5.4: from 1 ms to 1 s).
    pub timestamp_clock: Duration,
    /// How long the end that closed first waits before it forgets the connection, 2 MSL (RFC 9293, 3.6.1: MSL is
    /// 2 minutes; 60 s in all is what most systems wait).
    pub time_wait: Duration,
    /// Retransmissions of a SYN before giving up. With the other defaults 7 make 183 s; RFC 1122, 4.2.3.5 wants at
    /// least 180 s.
    pub max_syn_retries: u32,
    /// Timeouts in a row before giving up on data. With the other defaults 15 make 663 s; RFC 1122, 4.2.3.5 wants at
    /// least 100 s.
    pub max_retries: u32,
    /// Explicit congestion notification (RFC 3168): `off`, `classic`, or `dctcp` for the echo of RFC 8257. Null is what
    /// the congestion control needs: `dctcp` for dctcp, else `off`. Both ends must take part.
    pub ecn: Option<EcnMode>,
    /// Initial sequence number; null draws one at random.
    pub isn: Option<u32>,
}

/// How losses are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossDetection {
    /// By duplicate ACKs, or by how much is SACKed beyond a hole.
    #[default]
    DuplicateAcks,
    /// By time: a segment sent later has arrived, and reordering would be over (RACK, RFC 8985). Without SACK as above.
    Rack,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            congestion_control: congestion::Spec::NewReno(congestion::new_reno::Config::default()),
            mss: Bytes(1_460),
            initial_window: None,
            initial_ssthresh: None,
            byte_counting_limit: Some(1),
            sack: true,
            limited_transmit: true,
            pacing: false,
            pacing_quantum: None,
            nagle: false,
            proportional_rate_reduction: false,
            loss_detection: LossDetection::DuplicateAcks,
            tail_loss_probe: false,
            delayed_ack: Some(Duration::from_millis(200)),
            initial_rto: Duration::from_secs(1),
            min_rto: Duration::from_secs(1),
            max_rto: Duration::from_secs(60),
            clock_granularity: Duration::from_millis(1),
            duplicate_ack_threshold: 3,
            receive_buffer: Bytes(4_000_000),
            send_buffer: None,
            window_scaling: true,
            timestamps: false,
            timestamp_clock: Duration::from_millis(1),
            time_wait: Duration::from_secs(60),
            max_syn_retries: 7,
            max_retries: 15,
            ecn: None,
            isn: None,
        }
    }
}

/// The largest MSS: what a 16-bit IP length leaves beside 40 bytes of headers.
const LARGEST_MSS: u64 = 65_495;
/// The largest shift of the window field (RFC 7323 §2.3).
const LARGEST_SHIFT: u8 = 14;
/// The largest window without scaling.
pub(crate) const UNSCALED_WINDOW: u64 = 65_535;

impl Config {
    /// Whether TCP can work with these values.
    ///
    /// # Errors
    /// Names the first field it cannot work with, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let rules = [
            (
                (1..=LARGEST_MSS).contains(&self.mss.get()),
                "mss",
                "must be from 1 to 65495 bytes: an IP packet holds no more",
            ),
            (
                !self.timestamps || self.mss.get() > u64::from(TIMESTAMPS_OPTION),
                "mss",
                "must be more than the 12 bytes that time stamps take",
            ),
            (!self.timestamp_clock.is_zero(), "timestamp_clock", "must be more than zero"),
            (self.initial_window != Some(0), "initial_window", "must be at least one segment"),
            (self.pacing_quantum != Some(0), "pacing_quantum", "must be at least one segment"),
            (self.byte_counting_limit != Some(0), "byte_counting_limit", "must be at least one segment"),
            (!self.initial_rto.is_zero(), "initial_rto", "must be more than zero"),
            (!self.min_rto.is_zero(), "min_rto", "must be more than zero"),
            (self.min_rto <= self.max_rto, "max_rto", "must not be less than min_rto"),
            (self.initial_rto <= self.max_rto, "max_rto", "must not be less than initial_rto"),
            (self.duplicate_ack_threshold > 0, "duplicate_ack_threshold", "must be at least 1"),
            (
                !self.tail_loss_probe || self.loss_detection == LossDetection::Rack,
                "tail_loss_probe",
                "needs loss_detection `rack`, which finds out what a probe shows",
            ),
            (self.receive_buffer.get() > 0, "receive_buffer", "must be at least one byte"),
            (
                self.receive_buffer.get() <= UNSCALED_WINDOW << LARGEST_SHIFT,
                "receive_buffer",
                "must be at most 1073725440 bytes, the largest window with scaling",
            ),
            (
                self.send_buffer.is_none_or(|buffer| buffer >= self.mss),
                "send_buffer",
                "must hold at least one segment of mss bytes",
            ),
        ];
        InvalidConfig::first_broken(&rules)
    }

    /// Whether and how marks are answered.
    pub(crate) fn ecn_mode(&self) -> EcnMode {
        // DCTCP without its echo is no DCTCP.
        let needed = if self.congestion_control.name() == "dctcp" { EcnMode::Dctcp } else { EcnMode::Off };
        self.ecn.unwrap_or(needed)
    }

    /// IW in bytes for segments of `mss` (RFC 6928 §2).
    pub(crate) fn initial_window_bytes(&self, mss: u64) -> u64 {
        match self.initial_window {
            Some(segments) => u64::from(segments.max(1)) * mss,
            None => (10 * mss).min((2 * mss).max(14_600)),
        }
    }

    /// The smallest shift of the window field that can express the whole receive buffer (RFC 7323 §2).
    pub(crate) fn window_shift(&self) -> u8 {
        (0..LARGEST_SHIFT).find(|shift| self.receive_buffer.get() >> shift <= UNSCALED_WINDOW).unwrap_or(LARGEST_SHIFT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_config_survives_writing_and_reading() {
        let config = Config { initial_window: Some(1), delayed_ack: None, ..Config::default() };
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config, "{text}");
    }

    #[test]
    fn the_schema_describes_every_field_with_its_unit() {
        let schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let fields = serde_json::to_value(Config::default()).unwrap();
        for name in fields.as_object().unwrap().keys() {
            assert!(properties[name]["description"].is_string(), "{name}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(serde_json::from_str::<Config>(r#"{ "msss": "1000 B" }"#).is_err());
    }

    #[test]
    fn values_that_cannot_work_are_named() {
        let check = |config: Config| config.check().unwrap_err().field;
        assert_eq!(check(Config { mss: Bytes(0), ..Config::default() }), "mss");
        assert_eq!(check(Config { mss: Bytes(70_000), ..Config::default() }), "mss");
        assert_eq!(check(Config { max_rto: Duration::from_millis(1), ..Config::default() }), "max_rto");
        assert_eq!(check(Config { tail_loss_probe: true, ..Config::default() }), "tail_loss_probe");
        assert_eq!(check(Config { duplicate_ack_threshold: 0, ..Config::default() }), "duplicate_ack_threshold");
    }

    #[test]
    fn the_initial_window_is_that_of_rfc_6928() {
        let config = Config::default();
        // min(10 MSS, max(2 MSS, 14600)).
        assert_eq!(config.initial_window_bytes(1_460), 14_600);
        assert_eq!(config.initial_window_bytes(536), 5_360);
        assert_eq!(config.initial_window_bytes(9_000), 18_000);
        assert_eq!(config.initial_window_bytes(4_000), 14_600);
    }

    #[test]
    fn the_window_shift_just_fits_the_buffer() {
        let shift = |bytes| Config { receive_buffer: Bytes(bytes), ..Config::default() }.window_shift();
        assert_eq!(shift(65_535), 0);
        assert_eq!(shift(65_536), 1);
        assert_eq!(shift(4_000_000), 6); // 65535 << 6 is 4 194 240.
        assert_eq!(shift(65_535 << 14), 14);
    }
}
