//! The time stamps option: round trips of every segment, and protection against old ones (RFC 7323 §3 to §5).
//!
//! Each segment carries TSval, the clock of its sender, and TSecr, the TSval that the peer sent with the data which this
//! acknowledges. Twelve bytes of every segment: the data of a full one is that much less than the MSS, which does not
//! count options (RFC 6691; RFC 9293 §3.7.1), and of SACK blocks three fit beside them.
//!
//! ```text
//!   TSval 100  ------------>  TS.Recent = 100
//!                             ACK is delayed
//!   TSval 101  ------------>  TS.Recent stays: its number is beyond the last ACK sent
//!              <------------  TSecr 100: the round trip includes the delay
//! ```
//!
//! All hosts share one clock here, so that TSval less TSecr of an ACK is the time from the sending of the data to that of
//! the ACK, in whole ticks: what one-way-delay algorithms call the delay up to a constant (RFC 6817 §2).
//! Not modelled: options on RST, a clock offset drawn for each connection, reuse of TIME-WAIT by newer stamps.

use sim_core::packet::Timestamps;
use sim_core::time::{Duration, Time};

/// A stamp this old may have wrapped, and proves nothing (RFC 7323 §5.5: 24 days).
const MOST_IDLE: Duration = Duration::from_secs(24 * 24 * 60 * 60);

/// What an end knows of stamps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamps {
    /// Whether both ends agreed to use them.
    pub(super) is_on: bool,
    /// The length of a tick.
    tick: Duration,
    /// TS.Recent, the stamp to echo.
    recent: u32,
    /// When it was taken.
    recent_at: Time,
}

impl Stamps {
    /// Before the handshake, of an end with a clock of this `tick`.
    pub(super) fn new(tick: Duration) -> Self {
        Stamps { tick, ..Stamps::default() }
    }

    fn clock(&self, now: Time) -> u32 {
        // Modulo 2³², as the option has it.
        (now.picos() / self.tick.picos()) as u32
    }

    /// The option of a segment sent now.
    pub(super) fn option(&self, now: Time) -> Timestamps {
        Timestamps { value: self.clock(now), echo: self.recent }
    }

    /// The stamp of a SYN or of a segment that may be echoed.
    pub(super) fn take(&mut self, value: u32, now: Time) {
        self.recent = value;
        self.recent_at = now;
    }

    /// PAWS: whether a segment with this stamp is from an earlier round of the sequence numbers (RFC 7323 §5.3, R1).
    pub(super) fn is_old(&self, value: u32, now: Time) -> bool {
        is_before(value, self.recent) && now.since(self.recent_at) < MOST_IDLE
    }

    /// An acceptable segment that starts at `start` has come; `acked` is Last.ACK.sent (RFC 7323 §4.3, rule 2).
    pub(super) fn on_segment(&mut self, value: u32, start: u64, acked: u64, now: Time) {
        if start <= acked && !is_before(value, self.recent) {
            self.take(value, now);
        }
    }

    /// How long ago the tick began in which the segment was sent whose stamp is `echo`: at least its round trip, at most
    /// a tick more.
    pub(super) fn age(&self, echo: u32, now: Time) -> Duration {
        let ticks = self.clock(now).wrapping_sub(echo);
        let into_tick = Duration::from_picos(now.picos() % self.tick.picos());
        self.tick * u64::from(ticks) + into_tick
    }

    /// From the sending of the data to the sending of its ACK, in whole ticks.
    pub(super) fn one_way_delay(&self, stamps: Timestamps) -> Option<Duration> {
        let ticks = stamps.value.wrapping_sub(stamps.echo).cast_signed();
        u64::try_from(ticks).ok().map(|ticks| self.tick * ticks)
    }
}

/// On the circle (RFC 7323 §5.2).
fn is_before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_whole_ticks_and_wraps() {
        let stamps = Stamps::new(Duration::from_millis(1));
        let at = |millis: u64| stamps.option(Time::ZERO + Duration::from_micros(millis * 1_000 + 999)).value;
        assert_eq!((at(0), at(7), at((1 << 32) + 7)), (0, 7, 7));
    }

    #[test]
    fn the_age_of_an_echo_counts_from_the_beginning_of_its_tick() {
        let stamps = Stamps::new(Duration::from_millis(10));
        let now = Time::ZERO + Duration::from_millis(123);
        assert_eq!(stamps.age(11, now), Duration::from_millis(13));
        // Across the wrap of the clock.
        assert_eq!(stamps.age(u32::MAX, now), Duration::from_millis(133));
    }

    #[test]
    fn the_delay_one_way_is_the_difference_of_the_stamps() {
        let stamps = Stamps::new(Duration::from_millis(1));
        let delay = |value, echo| stamps.one_way_delay(Timestamps { value, echo });
        assert_eq!(delay(150, 100), Some(Duration::from_millis(50)));
        assert_eq!(delay(5, u32::MAX), Some(Duration::from_millis(6)));
        assert_eq!(delay(100, 150), None);
    }
}
