//! Congestion control: how large the window may be.
//!
//! The TCP sender knows what was acknowledged, when recovery begins and ends, and what to send again; an algorithm
//! here only sizes the window. It is told by one hook per cause, each with a struct of facts.

use sim_core::time::{Duration, Time};
use sim_core::units::Rate;

#[macro_use]
mod registry;

pub mod aiad;
pub mod aimd;
pub mod bbr1;
pub mod bbr3;
pub mod cubic;
pub mod dctcp;
pub mod fixed_window;
pub mod hystart;
pub mod increase_decrease;
pub mod ledbat;
pub mod mimd;
pub mod new_reno;
mod path_model;
pub mod reno;
pub mod slow_start;
pub mod tahoe;
pub mod vegas;
pub mod westwood;

/// Slow start has no bound: what `ssthresh` is before the first loss.
pub const UNLIMITED: u64 = u64::MAX;

/// Sizes the congestion window. All sizes are bytes of payload.
///
/// Algorithms that need more facts, or a say in more than the window (a pacing rate, another kind of repair),
/// get them as new fields of the events and as new methods with a default.
///
/// ```
/// use protocols::congestion::{AckEvent, CongestionControl, CongestionEvent, TimeoutEvent, UNLIMITED};
///
/// /// Adds a segment for every ACK, and starts over at every loss.
/// #[derive(Clone, Debug)]
/// struct Hopeful {
///     cwnd: u64,
/// }
///
/// impl CongestionControl for Hopeful {
///     fn cwnd(&self) -> u64 {
///         self.cwnd
///     }
///     fn ssthresh(&self) -> u64 {
///         UNLIMITED
///     }
///     fn on_ack(&mut self, ack: &AckEvent) {
///         self.cwnd += ack.mss;
///     }
///     fn on_congestion(&mut self, congestion: &CongestionEvent) {
///         self.cwnd = congestion.mss;
///     }
///     fn on_timeout(&mut self, timeout: &TimeoutEvent) {
///         self.cwnd = timeout.mss;
///     }
/// }
/// ```
pub trait CongestionControl {
    /// The congestion window in bytes, at least one segment. What the sender adds during fast recovery without SACK
    /// (RFC 5681 §3.2, steps 3 and 4) is not in it.
    fn cwnd(&self) -> u64;

    /// Above this window, in bytes, slow start ends; [`UNLIMITED`] if nothing bounds it.
    fn ssthresh(&self) -> u64;

    /// How fast segments may leave; none to let the ACKs be the clock, or the sender's own pacing if that is on.
    fn pacing_rate(&self) -> Option<Rate> {
        None
    }

    /// What follows a fast retransmit.
    fn fast_recovery(&self) -> FastRecovery {
        FastRecovery::UntilAllAcked
    }

    /// Whether [`Delivery::rate`] is to be measured, and lost segments to be told: it costs time for every segment.
    fn wants_rate_samples(&self) -> bool {
        false
    }

    /// The handshake is over; first of all hooks.
    fn on_open(&mut self, _opening: &Opening) {}

    /// An ACK of new data outside of fast recovery.
    fn on_ack(&mut self, ack: &AckEvent);

    /// Something has arrived, in recovery or not: for algorithms that model the path. Called for every ACK that
    /// acknowledges or SACKs anything, before the hook that says what else it means.
    #[inline]
    fn on_delivery(&mut self, _delivery: &Delivery) {}

    /// A segment is found to be lost; before the [`on_delivery`](Self::on_delivery) of the ACK that showed it. Only for
    /// those who [want rate samples](Self::wants_rate_samples).
    fn on_loss(&mut self, _lost: &LostSegment) {}

    /// The path is congested: a loss was noticed and fast recovery begins, or a router marked a packet. At most once
    /// for the packets of one window.
    fn on_congestion(&mut self, congestion: &CongestionEvent);

    /// All that was outstanding when fast recovery began is acknowledged.
    fn on_exit_recovery(&mut self, _exit: &RecoveryExit) {}

    /// The retransmission timer expired.
    fn on_timeout(&mut self, timeout: &TimeoutEvent);

    /// Data is to be sent after a pause of more than an RTO in which nothing was (RFC 5681 §4.1).
    fn on_restart(&mut self, _restart: &RestartEvent) {}

    /// Data is to be sent, nothing is in the network, and it was the application that had nothing to send, for however
    /// long. Only for those who [want rate samples](Self::wants_rate_samples).
    fn on_wake(&mut self, _now: Time) {}
}

/// What an algorithm starts from: known when the handshake is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// SMSS: the largest segment we send, in bytes of payload.
    pub mss: u64,
    /// IW in bytes (RFC 6928).
    pub initial_window: u64,
    /// `ssthresh` before the first loss, in bytes.
    pub initial_ssthresh: u64,
}

/// What else is known when the handshake is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The current time.
    pub now: Time,
    /// The round-trip time of the SYN, if it may be measured.
    pub rtt: Option<Duration>,
    /// How losses will be repaired: with SACK all of a round trip can be seen, without it one.
    pub repair: Repair,
    /// Random bits, different for every connection: the seed of all that the algorithm leaves to chance. Zero for those
    /// who do not [want rate samples](CongestionControl::wants_rate_samples).
    pub seed: u64,
}

/// New data was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckEvent {
    /// When the ACK arrived.
    pub now: Time,
    /// Bytes this ACK acknowledges for the first time, cumulatively.
    pub acked_bytes: u64,
    /// Bytes known to have left the network by this ACK: cumulatively acknowledged or SACKed for the first time.
    pub delivered_bytes: u64,
    /// Bytes sent and not yet cumulatively acknowledged, after this ACK.
    pub flight_size: u64,
    /// SMSS in bytes.
    pub mss: u64,
    /// The round-trip time this ACK measured; none if only retransmitted data was acknowledged (Karn).
    pub rtt: Option<Duration>,
    /// The smoothed round-trip time (RFC 6298).
    pub srtt: Option<Duration>,
    /// How long the segment that caused the ACK was on its way, up to a constant unknown to the sender; none without
    /// time stamps.
    pub one_way_delay: Option<Duration>,
    /// Whether it is cwnd that held the sender back in the last round trip, not the application or the receiver:
    /// a window that was not used has not been tried, and should not grow (RFC 2861, RFC 7661).
    pub is_cwnd_limited: bool,
    /// Whether a round trip ends here: all that was outstanding when it began is acknowledged.
    pub is_round_start: bool,
}

/// What has arrived, and what is lost, by an ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When the ACK arrived.
    pub now: Time,
    /// Bytes acknowledged or SACKed for the first time.
    pub delivered_bytes: u64,
    /// Those of them of which the receiver says that a router marked them (RFC 3168, RFC 8257 §3.3).
    pub marked_bytes: u64,
    /// Bytes found to be lost by this ACK.
    pub lost_bytes: u64,
    /// Bytes in the network, after this ACK.
    pub pipe: u64,
    /// SMSS in bytes.
    pub mss: u64,
    /// The round-trip time this ACK measured, if it did.
    pub rtt: Option<Duration>,
    /// Whether cwnd, and nothing else, has held the sender back in the latest round trip.
    pub is_cwnd_limited: bool,
    /// As in [`AckEvent`].
    pub is_round_start: bool,
    /// Whether a loss is being repaired, by fast recovery or after a timeout, as the ACK arrives.
    pub is_recovering: bool,
    /// The delivery rate, if it could be measured.
    pub rate: Option<RateSample>,
}

/// How much arrived in which time: a sample of the delivery rate (draft-ietf-ccwg-bbr, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateSample {
    /// Bytes delivered over `interval`.
    pub delivered_bytes: u64,
    /// The longer of the time they took to be sent and to be acknowledged; never zero.
    pub interval: Duration,
    /// Bytes of the connection that had been delivered when the segment was sent.
    pub prior_delivered: u64,
    /// Bytes of the connection that are delivered now.
    pub total_delivered: u64,
    /// Bytes in the network just after the segment was sent.
    pub in_flight_at_send: u64,
    /// Bytes lost since the segment was sent.
    pub lost_bytes: u64,
    /// Whether the sender ran out of data at the time: the path may carry more.
    pub is_app_limited: bool,
}

impl RateSample {
    /// The rate itself, rounded down.
    #[inline]
    pub fn rate(&self) -> Rate {
        const PICOBITS_PER_BYTE: u64 = 8 * 1_000_000_000_000;
        let picos = self.interval.picos();
        match self.delivered_bytes.checked_mul(PICOBITS_PER_BYTE) {
            Some(scaled) => Rate::from_bps(scaled / picos),
            None => {
                let scaled = u128::from(self.delivered_bytes) * u128::from(PICOBITS_PER_BYTE);
                Rate::from_bps(u64::try_from(scaled / u128::from(picos)).unwrap_or(u64::MAX))
            }
        }
    }
}

/// A segment that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostSegment {
    /// When that was found.
    pub now: Time,
    /// Its length in bytes.
    pub bytes: u64,
    /// Bytes in the network just after it was sent, its own included.
    pub in_flight_at_send: u64,
    /// Bytes lost since it was sent, its own included.
    pub lost_bytes: u64,
    /// Bytes of the connection that are delivered now.
    pub total_delivered: u64,
    /// As in [`RateSample`].
    pub is_app_limited: bool,
    /// SMSS in bytes.
    pub mss: u64,
}

/// A sign of congestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CongestionEvent {
    /// When it was noticed.
    pub now: Time,
    /// What showed it.
    pub signal: Signal,
    /// FlightSize: bytes sent and not yet cumulatively acknowledged, without those of limited transmit (RFC 5681 §3.2).
    pub flight_size: u64,
    /// SMSS in bytes.
    pub mss: u64,
}

/// What shows congestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Fast retransmit: a segment is lost, later ones arrived.
    Loss,
    /// The receiver echoes a router's mark (RFC 3168 §6.1.2). Nothing is to be sent again.
    EcnEcho,
}

/// What follows a fast retransmit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastRecovery {
    /// No recovery: slow start fills the hole, as after a timeout (Tahoe; Jacobson 1988).
    None,
    /// Recovery until the first ACK of new data, whatever else is missing (Reno; RFC 2581 §3.2). With SACK like
    /// [`UntilAllAcked`](Self::UntilAllAcked).
    UntilNewAck,
    /// Recovery until all that was outstanding is acknowledged (RFC 6582, RFC 6675).
    UntilAllAcked,
    /// The same, but the algorithm's own window holds throughout.
    OwnWindow,
}

/// Fast recovery is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryExit {
    /// When the full acknowledgment arrived.
    pub now: Time,
    /// Bytes still outstanding.
    pub flight_size: u64,
    /// SMSS in bytes.
    pub mss: u64,
    /// How the losses were repaired.
    pub repair: Repair,
}

impl RecoveryExit {
    /// The window after a recovery that `ssthresh` was set for.
    pub fn window(&self, ssthresh: u64) -> u64 {
        match self.repair {
            // RFC 6582 §3.2, step 3, full acknowledgment, option 1: no burst when little is outstanding.
            Repair::PartialAcks => ssthresh.min(self.flight_size.max(self.mss) + self.mss),
            // RFC 6675 kept the pipe full; the window is the one set at the start.
            Repair::Sack => ssthresh,
        }
    }
}

/// How a sender finds out what to send again in fast recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// From partial acknowledgments, one segment a round trip (RFC 6582).
    PartialAcks,
    /// From selective acknowledgments (RFC 6675).
    Sack,
}

/// The retransmission timer expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutEvent {
    /// When it expired.
    pub now: Time,
    /// FlightSize when it expired, in bytes.
    pub flight_size: u64,
    /// SMSS in bytes.
    pub mss: u64,
    /// Which timeout of this segment it is.
    pub attempt: Attempt,
}

/// Whether a segment timed out before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The segment has not been resent by the timer yet.
    First,
    /// It has: `ssthresh` stays as it is (RFC 5681 §3.1).
    Repeated,
}

/// Sending begins again after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartEvent {
    /// The current time.
    pub now: Time,
    /// IW in bytes.
    pub initial_window: u64,
    /// SMSS in bytes.
    pub mss: u64,
}

registry! {
    NewReno => new_reno,
    Reno => reno,
    Tahoe => tahoe,
    Cubic => cubic,
    Vegas => vegas,
    Westwood => westwood,
    Dctcp => dctcp,
    Ledbat => ledbat,
    Aimd => aimd,
    Aiad => aiad,
    Mimd => mimd,
    FixedWindow => fixed_window,
    Bbr1 => bbr1,
    Bbr3 => bbr3,
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
