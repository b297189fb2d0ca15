//! Rates, delays and lengths as files of others write them.
//!
//! A text with its unit is read as everywhere in netsim, and beyond that in the spellings that are common elsewhere:
//! `10 mbps`, `10 Gb/s`, `5 msec`. A number finer than netsim's resolution is rounded. A number without a unit is a
//! quantity only if the name of the attribute has the unit (`delay_ms`), or if the format defines it.

use sim_core::time::Duration;
use sim_core::units::{Rate, split_number};

/// Something that is counted in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// In bits per second.
    Rate,
    /// In picoseconds.
    Delay,
    /// In kilometres.
    Length,
}

impl Quantity {
    /// How many of the smallest unit are in the one of this name.
    pub(crate) fn unit(self, name: &str) -> Option<f64> {
        // With a capital B for bytes; anything else is bits.
        let is_bytes = self == Quantity::Rate && (name.ends_with("Bps") || name.ends_with("B/s"));
        let name = name.to_ascii_lowercase();
        match self {
            Quantity::Rate if is_bytes => {
                Some(8.0 * si_prefix(name.strip_suffix("bps").or(name.strip_suffix("b/s"))?)?)
            }
            Quantity::Rate => {
                const ENDS: &[&str] =
                    &["bit/s", "bits/s", "bits/sec", "bits", "bit", "bps", "b/s", "bitps", "bitpersec"];
                ENDS.iter().find_map(|end| si_prefix(name.strip_suffix(end)?))
            }
            Quantity::Delay => Some(match &*name {
                "ps" => 1.0,
                "ns" | "nsec" => 1e3,
                "us" | "µs" | "usec" | "microseconds" => 1e6,
                "ms" | "msec" | "millis" | "milliseconds" => 1e9,
                "s" | "sec" | "second" | "seconds" => 1e12,
                _ => return None,
            }),
            Quantity::Length => Some(match &*name {
                "m" | "meter" | "meters" | "metre" | "metres" => 0.001,
                "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1.0,
                // The international mile.
                "mi" | "mile" | "miles" => 1.609_344,
                _ => return None,
            }),
        }
    }

    /// Reads a number with its unit, or without one if the unit is known to be `bare`.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn read(self, text: &str, bare: Option<f64>) -> Result<f64, Unquantified> {
        let (number, unit) = split_number(text);
        let number = number_in(number).filter(|number| *number >= 0.0).ok_or(Unquantified::Wrong)?;
        let factor = match unit {
            "" => bare.ok_or(Unquantified::WithoutUnit)?,
            unit => self.unit(unit).ok_or(Unquantified::Wrong)?,
        };
        Some(number * factor).filter(|amount| amount.is_finite()).ok_or(Unquantified::Wrong)
    }
}

/// Why a text is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unquantified {
    /// It is a number, and nothing says of what.
    WithoutUnit,
    /// It is no number, or makes no sense.
    Wrong,
}

/// A rate: exactly if that can be, else rounded to bits per second.
pub(crate) fn rate(text: &str, bare: Option<f64>) -> Result<Rate, Unquantified> {
    if let Ok(rate) = text.parse() {
        return Ok(rate);
    }
    let bps = libm::round(Quantity::Rate.read(text, bare)?);
    // The same limits as everywhere: at least one bit per second, at most 100 Tbps.
    (1.0..=1e14).contains(&bps).then(|| Rate::from_bps(bps as u64)).ok_or(Unquantified::Wrong)
}

/// A delay: exactly if that can be, else rounded to picoseconds.
pub(crate) fn delay(text: &str, bare: Option<f64>) -> Result<Duration, Unquantified> {
    if let Ok(delay) = text.parse() {
        return Ok(delay);
    }
    const LONGEST_PICOS: f64 = 2400.0 * 3600.0 * 1e12;
    let picos = libm::round(Quantity::Delay.read(text, bare)?);
    (picos <= LONGEST_PICOS).then(|| Duration::from_picos(picos as u64)).ok_or(Unquantified::Wrong)
}

/// A length in kilometres.
pub(crate) fn length_km(text: &str, bare: Option<f64>) -> Result<f64, Unquantified> {
    Quantity::Length.read(text, bare)
}

/// A finite number, blanks around it allowed.
pub(crate) fn number_in(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The factor of a prefix that stands before a unit, in small letters: `k`, `mega`.
pub(super) fn si_prefix(prefix: &str) -> Option<f64> {
    Some(match prefix.trim() {
        "" => 1.0,
        "k" | "kilo" => 1e3,
        "m" | "mega" => 1e6,
        "g" | "giga" => 1e9,
        "t" | "tera" => 1e12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_in_the_spellings_of_others() {
        let check = |text: &str, bps: u64| assert_eq!(rate(text, None).map(Rate::bps), Ok(bps), "{text}");
        check("10 Gbps", 10_000_000_000);
        check("2.5Gb/s", 2_500_000_000);
        check("10 mbps", 10_000_000);
        check("10Mbit", 10_000_000);
        check("1 MBps", 8_000_000);
        check("64 kbit/s", 64_000);
        check("1e9 bps", 1_000_000_000);
        // A third of a bit per second is rounded.
        check("0.3333333 kbps", 333);
    }

    #[test]
    fn delays_and_lengths_are_read_in_the_spellings_of_others() {
        let check = |text: &str, picos: u64| assert_eq!(delay(text, None).map(Duration::picos), Ok(picos), "{text}");
        check("5.72 ms", 5_720_000_000);
        check("5ms", 5_000_000_000);
        check("10 usec", 10_000_000);
        // Finer than a picosecond.
        check("0.0000000000014 s", 1);
        assert_eq!(length_km("1500 m", None), Ok(1.5));
        assert_eq!(length_km("12.5 km", None), Ok(12.5));
    }

    #[test]
    fn a_number_has_the_unit_that_is_given_with_it_or_is_nothing() {
        assert_eq!(delay("5", Quantity::Delay.unit("ms")), Ok(Duration::from_millis(5)));
        // Its own unit counts more.
        assert_eq!(delay("5 us", Quantity::Delay.unit("ms")), Ok(Duration::from_micros(5)));
        assert_eq!(delay("5", None), Err(Unquantified::WithoutUnit));
        assert_eq!(rate("2500000000.0", Some(1.0)).map(Rate::bps), Ok(2_500_000_000));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "fast", "-5 Mbps", "NaN", "inf Mbps", "0 Mbps", "5 ms", "1e300 Gbps", "10 Mbps DS-3"] {
            assert_eq!(rate(text, Some(1.0)), Err(Unquantified::Wrong), "{text}");
        }
        assert_eq!(delay("1e300 s", None), Err(Unquantified::Wrong));
        assert_eq!(length_km("nan", Some(1.0)), Err(Unquantified::Wrong));
    }
}
