//! Congestion control: how large the window may be.
//!
//! The TCP sender knows what was acknowledged, when recovery begins and ends, and what to send again; an algorithm
//! here only sizes the window. It is told by one hook per cause, each with a struct of facts.

use sim_core::time::{Duration, Time};

#[macro_use]
mod registry;

pub mod fixed_window;
pub mod new_reno;

/// Slow start has no bound: what `ssthresh` is before the first loss.
pub const UNLIMITED: u64 = u64::MAX;

/// Sizes the congestion window. All sizes are bytes of payload.
///
/// Algorithms that need more facts, or a say in more than the window (a pacing rate, another kind of repair),
/// get them as new fields of the events and as new methods with a default.
///
/// ```
/// use protocols::congestion::{AckEvent, CongestionControl, LossEvent, TimeoutEvent, UNLIMITED};
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
///     fn on_enter_recovery(&mut self, loss: &LossEvent) {
///         self.cwnd = loss.mss;
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

    /// An ACK of new data outside of fast recovery.
    fn on_ack(&mut self, ack: &AckEvent);

    /// Duplicate ACKs or SACK blocks showed a loss: fast retransmit, then fast recovery begins.
    fn on_enter_recovery(&mut self, loss: &LossEvent);

    /// All that was outstanding when fast recovery began is acknowledged.
    fn on_exit_recovery(&mut self, _exit: &RecoveryExit) {}

    /// The retransmission timer expired.
    fn on_timeout(&mut self, timeout: &TimeoutEvent);

    /// Data is to be sent after a pause of more than an RTO in which nothing was (RFC 5681 §4.1).
    fn on_restart(&mut self, _restart: &RestartEvent) {}
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
    /// Whether it is cwnd that held the sender back in the last round trip, not the application or the receiver:
    /// a window that was not used has not been tried, and should not grow (RFC 2861, RFC 7661).
    pub is_cwnd_limited: bool,
}

/// Fast retransmit: a segment is lost, later ones arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossEvent {
    /// When the loss was noticed.
    pub now: Time,
    /// FlightSize: bytes sent and not yet cumulatively acknowledged, without those of limited transmit (RFC 5681 §3.2).
    pub flight_size: u64,
    /// SMSS in bytes.
    pub mss: u64,
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
    FixedWindow => fixed_window,
}

#[cfg(test)]
mod tests;
