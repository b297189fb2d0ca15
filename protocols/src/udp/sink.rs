//! A sink: counts and times the datagrams it receives, in bounded memory.

mod seen;

use sim_core::agent::{Agent, Ctx};
use sim_core::packet::{Body, Packet};
use sim_core::time::{Duration, Time};
use sim_core::units::Bytes;

pub(super) use seen::{Arrival, Seen};

use super::HEADERS;
use crate::latency::Latency;

/// Receives the datagrams of one flow and measures what the network did to them.
///
/// Datagrams are told apart by their sequence numbers within a window of 65 536 behind the highest. One that comes even
/// later is taken for a late original, not for a duplicate.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    seen: Seen,
    packets: u64,
    bytes: u64,
    payload_bytes: u64,
    duplicates: u64,
    duplicate_bytes: u64,
    reordered: u64,
    /// One more than the highest sequence number so far.
    next_expected: u64,
    delay: Latency,
    jitter: Jitter,
    first_arrival: Option<Time>,
    last_arrival: Option<Time>,
}

impl Sink {
    /// A sink that has received nothing.
    pub fn new() -> Self {
        Sink::default()
    }

    /// Datagrams received, each counted once.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Their bytes at the network layer.
    pub fn bytes(&self) -> Bytes {
        Bytes(self.bytes)
    }

    /// Bytes at the network layer of all that arrived, those of duplicates included.
    pub fn arrived_bytes(&self) -> Bytes {
        Bytes(self.bytes + self.duplicate_bytes)
    }

    /// Their bytes without UDP and IP headers: what the application gets.
    pub fn payload_bytes(&self) -> Bytes {
        Bytes(self.payload_bytes)
    }

    /// Gaps in the sequence numbers: the highest seen, plus one, less the datagrams received. Those lost behind the
    /// highest cannot be noticed here.
    pub fn lost(&self) -> u64 {
        self.next_expected.saturating_sub(self.packets)
    }

    /// Datagrams that had been received already.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Datagrams that came after one with a higher number (Type-P-Reordered, RFC 4737 §3.3). Duplicates are not counted.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// From the source's `send` to arrival here (one-way delay, RFC 7679; clocks agree in a simulation). Without duplicates.
    pub fn delay(&self) -> &Latency {
        &self.delay
    }

    /// How much the delay varies from one arrival to the next, smoothed (interarrival jitter, RFC 3550 §6.4.1).
    pub fn jitter(&self) -> Duration {
        self.jitter.estimate()
    }

    /// When the first datagram came.
    pub fn first_arrival(&self) -> Option<Time> {
        self.first_arrival
    }

    /// When the latest datagram came, a duplicate or not.
    pub fn last_arrival(&self) -> Option<Time> {
        self.last_arrival
    }
}

impl Agent for Sink {
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Udp(header) = packet.body else { return };
        self.first_arrival.get_or_insert(ctx.now());
        self.last_arrival = Some(ctx.now());
        match self.seen.insert(header.sequence) {
            Arrival::Again => {
                self.duplicates += 1;
                self.duplicate_bytes += u64::from(packet.size);
                return;
            }
            Arrival::First | Arrival::Unknown => {}
        }
        self.packets += 1;
        self.bytes += u64::from(packet.size);
        self.payload_bytes += u64::from(packet.size.saturating_sub(HEADERS));
        if header.sequence < self.next_expected {
            self.reordered += 1;
        } else {
            self.next_expected = header.sequence + 1;
        }
        let delay = ctx.now().since(header.timestamp);
        self.delay.record(delay);
        self.jitter.on_arrival(delay);
    }
}

/// The interarrival jitter of RFC 3550 §6.4.1, in the integer arithmetic of its appendix A.8:
/// J ← J + (|D| - J) / 16, where D is the difference between the delays of two datagrams, in the order of arrival.
#[derive(Clone, Copy, Debug, Default)]
struct Jitter {
    /// Sixteen times the estimate, in picoseconds: the shift by four loses nothing.
    scaled: u128,
    previous_delay: Option<Duration>,
}

impl Jitter {
    fn on_arrival(&mut self, delay: Duration) {
        if let Some(previous) = self.previous_delay.replace(delay) {
            let difference = u128::from(delay.abs_diff(previous).picos());
            self.scaled = self.scaled + difference - ((self.scaled + 8) >> 4);
        }
    }

    fn estimate(&self) -> Duration {
        Duration::from_picos(u64::try_from(self.scaled >> 4).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
