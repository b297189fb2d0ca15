//! Events with plain values, for the tests of the algorithms.

use sim_core::time::Time;

use super::{AckEvent, Attempt, CongestionEvent, Delivery, Signal, Start, TimeoutEvent, UNLIMITED};

/// A round number for reading.
pub(super) const MSS: u64 = 1_000;

/// A connection that begins with `segments`, in slow start without bound.
pub(super) fn start(segments: u64) -> Start {
    Start { mss: MSS, initial_window: segments * MSS, initial_ssthresh: UNLIMITED }
}

/// An ACK at time zero; the window is in use, no time was measured.
pub(super) fn ack(acked_bytes: u64) -> AckEvent {
    AckEvent {
        now: Time::ZERO,
        acked_bytes,
        delivered_bytes: acked_bytes,
        flight_size: 0,
        mss: MSS,
        rtt: None,
        srtt: None,
        one_way_delay: None,
        is_cwnd_limited: true,
        is_round_start: false,
    }
}

/// The delivery of `delivered_bytes` at time zero.
pub(super) fn delivery(delivered_bytes: u64) -> Delivery {
    Delivery {
        now: Time::ZERO,
        delivered_bytes,
        marked_bytes: 0,
        lost_bytes: 0,
        pipe: 0,
        mss: MSS,
        rtt: None,
        is_cwnd_limited: true,
        is_round_start: false,
        is_recovering: false,
        rate: None,
    }
}

/// A loss is noticed with `flight_size` bytes outstanding.
pub(super) fn loss(flight_size: u64) -> CongestionEvent {
    CongestionEvent { now: Time::ZERO, signal: Signal::Loss, flight_size, mss: MSS }
}

/// A mark is echoed with `flight_size` bytes outstanding.
pub(super) fn mark(flight_size: u64) -> CongestionEvent {
    CongestionEvent { signal: Signal::EcnEcho, ..loss(flight_size) }
}

/// The first timeout of a segment.
pub(super) fn timeout(flight_size: u64) -> TimeoutEvent {
    TimeoutEvent { now: Time::ZERO, flight_size, mss: MSS, attempt: Attempt::First }
}
