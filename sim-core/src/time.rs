//! Simulated time: an integer count of picoseconds.
//!
//! A picosecond is fine enough that one byte at 400 Gbit/s (20 ps) is exact, and
//! 64 bits of them last 213 days. Floats never hold a time that decides anything.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use crate::units::{PICOS_PER_SECOND, QuantityError, Unit, format_scaled, parse_quantity};

/// A moment of simulated time, in picoseconds since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The start of every simulation.
    pub const ZERO: Time = Time(0);
    /// Later than everything: the deadline of what is not scheduled.
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment `picos` picoseconds after the start.
    pub const fn from_picos(picos: u64) -> Self {
        Time(picos)
    }

    /// Picoseconds since the start.
    pub const fn picos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for charts and tables; never for decisions.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PICOS_PER_SECOND as f64
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// Saturates at [`Time::NEVER`]: what lies past the clock's range never happens.
    #[inline]
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Time {
    #[inline]
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Time> for Time {
    type Output = Duration;

    /// # Panics
    /// In debug builds when `earlier` is later than `self`: time does not run backwards.
    #[inline]
    fn sub(self, earlier: Time) -> Duration {
        debug_assert!(earlier <= self, "{earlier:?} is later than {self:?}");
        self.since(earlier)
    }
}

/// A span of simulated time, in picoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0);
    /// The longest span, 213 days: where sums saturate.
    pub const MAX: Duration = Duration(u64::MAX);

    /// `picos` picoseconds.
    pub const fn from_picos(picos: u64) -> Self {
        Duration(picos)
    }

    /// `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Duration(nanos * 1_000)
    }

    /// `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Duration(micros * 1_000_000)
    }

    /// `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Duration(millis * 1_000_000_000)
    }

    /// `seconds` seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Duration(seconds * PICOS_PER_SECOND)
    }

    /// Picoseconds.
    pub const fn picos(self) -> u64 {
        self.0
    }

    /// Seconds, for charts and tables; never for decisions.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PICOS_PER_SECOND as f64
    }

    /// Whether this is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self - other`, zero if `other` is longer.
    pub const fn saturating_sub(self, other: Duration) -> Duration {
        Duration(self.0.saturating_sub(other.0))
    }

    /// The distance between two spans, whichever is longer.
    pub const fn abs_diff(self, other: Duration) -> Duration {
        Duration(self.0.abs_diff(other.0))
    }
}

impl Add for Duration {
    type Output = Duration;

    #[inline]
    fn add(self, other: Duration) -> Duration {
        Duration(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    #[inline]
    fn add_assign(&mut self, other: Duration) {
        *self = *self + other;
    }
}

impl Mul<u64> for Duration {
    type Output = Duration;

    /// Saturates at [`Duration::MAX`].
    #[inline]
    fn mul(self, times: u64) -> Duration {
        Duration(self.0.saturating_mul(times))
    }
}

impl Div<u64> for Duration {
    type Output = Duration;

    #[inline]
    fn div(self, parts: u64) -> Duration {
        Duration(self.0 / parts)
    }
}

const UNITS: &[Unit] = &[
    Unit::new("ps", 1),
    Unit::new("ns", 1_000),
    Unit::new("us", 1_000_000),
    Unit::alias("µs", 1_000_000),
    Unit::alias("μs", 1_000_000),
    Unit::new("ms", 1_000_000_000),
    Unit::new("s", 1_000_000_000_000),
    Unit::new("min", 60_000_000_000_000),
    Unit::new("h", 3_600_000_000_000_000),
];

impl std::str::FromStr for Duration {
    type Err = QuantityError;

    /// Reads `"20 ms"`, `"1.5 s"`, `"10 us"`: a number and a unit.
    ///
    /// # Errors
    /// When the text is no number with a unit of time, is finer than a picosecond, or is longer than 2400 h.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        /// Half the clock's range, so that the sum of two spans read from a file still fits.
        const LONGEST: u64 = 100 * 86_400 * PICOS_PER_SECOND;
        let picos = parse_quantity(text, "a time", UNITS, "20 ms")?;
        match u64::try_from(picos) {
            Ok(picos) if picos <= LONGEST => Ok(Duration(picos)),
            _ => Err(QuantityError::too_large(text, "2400 h")),
        }
    }
}

impl std::fmt::Display for Duration {
    /// The shortest exact form, e.g. `1.5 s`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Whole hours and minutes read well as seconds, which is what charts show.
        f.write_str(&format_scaled(u128::from(self.0), &UNITS[..UNITS.len() - 2]))
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Duration(self.0).fmt(f)
    }
}

crate::units::quantity_serde!(
    Duration,
    "duration",
    "A time with its unit: ps, ns, us, ms, s, min, h.",
    ["20 ms", "1.5 s"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_exactly() {
        assert_eq!("1.5 s".parse(), Ok(Duration::from_millis(1_500)));
        assert_eq!("0.1us".parse(), Ok(Duration::from_nanos(100)));
        assert_eq!("0 s".parse(), Ok(Duration::ZERO));
        assert_eq!("2 min".parse(), Ok(Duration::from_secs(120)));
    }

    #[test]
    fn what_is_finer_than_a_picosecond_is_refused() {
        assert!("0.5 ps".parse::<Duration>().is_err());
    }

    #[test]
    fn a_time_past_the_clocks_range_is_refused() {
        assert!("1e30 s".parse::<Duration>().is_err());
        assert!("101000 h".parse::<Duration>().is_err());
    }

    #[test]
    fn a_time_prints_in_its_shortest_exact_form() {
        for text in ["20 ms", "1.5 s", "1.2 ms", "7 ps", "0 s", "90 s"] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn sums_saturate_instead_of_wrapping() {
        assert_eq!(Time::NEVER + Duration::from_secs(1), Time::NEVER);
    }
}
