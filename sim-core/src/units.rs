//! Quantities with units: bit rates and sizes, read exactly from text such as `"10 Mbps"`.
//!
//! Bits and bytes, decimal and binary prefixes are never confused: `kB` is 1000 bytes, `KiB` is 1024,
//! and the ambiguous `KB` is refused. Numbers are scaled as integers, so `"0.1 Mbps"` is exactly 100 000 bit/s.

use std::fmt;

use crate::time::Duration;

/// Picoseconds in a second.
pub const PICOS_PER_SECOND: u64 = 1_000_000_000_000;

/// A bit rate in bits per second. Never zero when read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

impl Rate {
    /// `bits` bits per second.
    pub const fn from_bps(bits: u64) -> Self {
        Rate(bits)
    }

    /// `megabits` million bits per second.
    pub const fn from_mbps(megabits: u64) -> Self {
        Rate(megabits * 1_000_000)
    }

    /// Bits per second.
    pub const fn bps(self) -> u64 {
        self.0
    }

    /// The time it takes to put `size` on a link of this rate (L/R, Kurose & Ross 1.4), rounded up to a picosecond.
    #[inline]
    pub fn serialization_delay(self, size: Bytes) -> Duration {
        const PICOS_PER_BYTE_AT_1_BPS: u64 = 8 * PICOS_PER_SECOND;
        match size.0.checked_mul(PICOS_PER_BYTE_AT_1_BPS) {
            Some(scaled) => Duration::from_picos(scaled.div_ceil(self.0)),
            None => {
                let scaled = u128::from(size.0) * u128::from(PICOS_PER_BYTE_AT_1_BPS);
                let picos = scaled.div_ceil(u128::from(self.0));
                Duration::from_picos(u64::try_from(picos).unwrap_or(u64::MAX))
            }
        }
    }

    /// The bytes this rate carries in `span`, rounded down: the bandwidth-delay product when `span` is a round-trip time.
    pub fn bytes_in(self, span: Duration) -> Bytes {
        let bits = u128::from(self.0) * u128::from(span.picos()) / u128::from(PICOS_PER_SECOND);
        Bytes(u64::try_from(bits / 8).unwrap_or(u64::MAX))
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

impl Bytes {
    /// The largest size that can be read: 1000 TB.
    pub(crate) const LARGEST: Bytes = Bytes(1_000_000_000_000_000);

    /// Bytes as a plain number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

const RATE_UNITS: &[Unit] = &[
    Unit::new("bps", 1),
    Unit::new("kbps", 1_000),
    Unit::new("Mbps", 1_000_000),
    Unit::new("Gbps", 1_000_000_000),
    Unit::new("Tbps", 1_000_000_000_000),
    Unit::alias("bit/s", 1),
    Unit::alias("kbit/s", 1_000),
    Unit::alias("Mbit/s", 1_000_000),
    Unit::alias("Gbit/s", 1_000_000_000),
    Unit::alias("Tbit/s", 1_000_000_000_000),
    Unit::alias("B/s", 8),
    Unit::alias("kB/s", 8_000),
    Unit::alias("MB/s", 8_000_000),
    Unit::alias("GB/s", 8_000_000_000),
    Unit::alias("Bps", 8),
    Unit::alias("kBps", 8_000),
    Unit::alias("MBps", 8_000_000),
    Unit::alias("GBps", 8_000_000_000),
];

pub(crate) const BYTE_UNITS: &[Unit] = &[
    Unit::new("B", 1),
    Unit::new("kB", 1_000),
    Unit::new("MB", 1_000_000),
    Unit::new("GB", 1_000_000_000),
    Unit::new("TB", 1_000_000_000_000),
    Unit::alias("byte", 1),
    Unit::alias("bytes", 1),
    Unit::alias("KiB", 1 << 10),
    Unit::alias("MiB", 1 << 20),
    Unit::alias("GiB", 1 << 30),
];

impl std::str::FromStr for Rate {
    type Err = QuantityError;

    /// Reads `"10 Mbps"`, `"1.5 Gbit/s"`, `"100 kB/s"`.
    ///
    /// # Errors
    /// When the text is no number with a unit of rate, is zero, is no whole number of bits per second, or is above 100 Tbps.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        const FASTEST: u128 = 100_000_000_000_000;
        match parse_quantity(text, "a bit rate", RATE_UNITS, "10 Mbps")? {
            0 => Err(QuantityError::new(text, "a bit rate must be more than zero".into())),
            bits if bits <= FASTEST => Ok(Rate(bits as u64)),
            _ => Err(QuantityError::too_large(text, "100 Tbps")),
        }
    }
}

impl std::str::FromStr for Bytes {
    type Err = QuantityError;

    /// Reads `"1500 B"`, `"64 kB"` (64 000), `"64 KiB"` (65 536).
    ///
    /// # Errors
    /// When the text is no number with a unit of size, is no whole number of bytes, or is above 1000 TB.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        match parse_quantity(text, "a size", BYTE_UNITS, "64 kB")? {
            bytes if bytes <= u128::from(Bytes::LARGEST.0) => Ok(Bytes(bytes as u64)),
            _ => Err(QuantityError::too_large(text, "1000 TB")),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_scaled(u128::from(self.0), &RATE_UNITS[..5]))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Sizes are read as whole numbers: 1500 B, 64 kB.
        let unit = BYTE_UNITS[..5].iter().rev().find(|unit| self.0 > 0 && self.0.is_multiple_of(unit.factor));
        let unit = unit.unwrap_or(&BYTE_UNITS[0]);
        write!(f, "{} {}", self.0 / unit.factor, unit.name)
    }
}

/// Why a text is not the quantity it should be; prints as one sentence with a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    text: String,
    why: String,
}

impl QuantityError {
    /// An error about `text`.
    pub fn new(text: &str, why: String) -> Self {
        QuantityError { text: text.to_owned(), why }
    }

    pub(crate) fn too_large(text: &str, most: &str) -> Self {
        QuantityError::new(text, format!("more than netsim can hold: the most is {most}"))
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.text, self.why)
    }
}

impl std::error::Error for QuantityError {}

/// One unit of a quantity and how many of the smallest unit it holds.
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) factor: u64,
    /// Listed when the user must be told what there is.
    listed: bool,
}

impl Unit {
    pub(crate) const fn new(name: &'static str, factor: u64) -> Self {
        Unit { name, factor, listed: true }
    }

    pub(crate) const fn alias(name: &'static str, factor: u64) -> Self {
        Unit { name, factor, listed: false }
    }
}

/// Splits `"20 ms"` into its number and its unit.
pub fn split_number(text: &str) -> (&str, &str) {
    let text = text.trim();
    let is_number = |at: usize, c: char| {
        c.is_ascii_digit()
            || c == '.'
            || ((c == '+' || c == '-') && (at == 0 || text[..at].ends_with(['e', 'E'])))
            // The exponent's `e` stands between a digit and a digit or sign.
            || ((c == 'e' || c == 'E')
                && text[at + 1..].starts_with(|d: char| d.is_ascii_digit() || d == '-' || d == '+'))
    };
    let end = text.char_indices().find(|&(at, c)| !is_number(at, c)).map_or(text.len(), |(at, _)| at);
    (&text[..end], text[end..].trim())
}

/// Reads a number with one of `units` as a count of the smallest unit, exactly.
pub(crate) fn parse_quantity(text: &str, what: &str, units: &[Unit], example: &str) -> Result<u128, QuantityError> {
    let (number, unit_name) = split_number(text);
    let known = || units.iter().filter(|unit| unit.listed).map(|unit| unit.name).collect::<Vec<_>>().join(", ");
    if number.is_empty() {
        return Err(QuantityError::new(text, format!("expected {what} such as \"{example}\"")));
    }
    if unit_name.is_empty() {
        return Err(QuantityError::new(text, format!("the unit is missing: write {what} such as \"{example}\"")));
    }
    let Some(unit) = units.iter().find(|unit| unit.name == unit_name) else {
        return Err(unknown_unit(text, unit_name, units, &known()));
    };
    parse_decimal(number, u128::from(unit.factor)).map_err(|why| QuantityError::new(text, why))
}

/// Says that `unit_name` is none of `units`, and which one was probably meant.
pub(crate) fn unknown_unit(text: &str, unit_name: &str, units: &[Unit], known: &str) -> QuantityError {
    let is_size = units.iter().any(|unit| unit.name == "KiB");
    let hint = match units.iter().find(|unit| is_same_but_for_case(unit.name, unit_name)) {
        _ if unit_name == "KB" && is_size => {
            "; `KB` is ambiguous: write kB (1000 bytes) or KiB (1024 bytes).".to_owned()
        }
        Some(unit) => format!(", did you mean `{}`?", unit.name),
        None => ".".to_owned(),
    };
    QuantityError::new(text, format!("unknown unit `{unit_name}`{hint} Known: {known}"))
}

/// Whether two units differ at most in capitals. `b` is a bit and `B` a byte, and no hint may take one for the other.
fn is_same_but_for_case(known: &str, written: &str) -> bool {
    let bs = |unit: &str| unit.chars().filter(|c| matches!(c, 'b' | 'B')).collect::<String>();
    let is_spelled_out = known.starts_with("byte") || known.contains("bit");
    known.eq_ignore_ascii_case(written) && (is_spelled_out || bs(known) == bs(written))
}

/// `number * factor`, exactly.
///
/// # Errors
/// A sentence when `number` is malformed, negative, overflows, or does not come out whole.
pub fn parse_decimal(number: &str, factor: u128) -> Result<u128, String> {
    let malformed = || format!("`{number}` is not a number");
    if number.starts_with('-') {
        return Err("must not be negative".into());
    }
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| malformed())?),
        None => (number, 0),
    };
    let (whole, fraction) =
        mantissa.trim_start_matches('+').split_once('.').unwrap_or((mantissa.trim_start_matches('+'), ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() && !mantissa.contains('0') || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(malformed());
    }
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    let too_large = || "more than netsim can hold".to_owned();
    let value = digits.parse::<u128>().map_err(|_| too_large())?;
    let value = value.checked_mul(factor).ok_or_else(too_large)?;
    let power = i64::from(exponent) - fraction.len() as i64;
    let scale = 10_u128.checked_pow(u32::try_from(power.unsigned_abs()).map_err(|_| too_large())?);
    if power >= 0 {
        return scale.and_then(|scale| value.checked_mul(scale)).ok_or_else(too_large);
    }
    match scale {
        Some(scale) if value.is_multiple_of(scale) => Ok(value / scale),
        _ => Err("finer than netsim's resolution".into()),
    }
}

/// Writes `value` in the largest unit that keeps it at or above one and at most three decimals.
pub(crate) fn format_scaled(value: u128, units: &[Unit]) -> String {
    let listed = || units.iter().filter(|unit| unit.listed);
    if value == 0 {
        // Zero is written in the customary unit.
        let unit = listed().find(|unit| unit.name == "s").unwrap_or(&units[0]);
        return format!("0 {}", unit.name);
    }
    let fitting = listed().rev().find(|unit| {
        let factor = u128::from(unit.factor);
        value >= factor && (value * 1_000).is_multiple_of(factor)
    });
    let unit = fitting.unwrap_or(&units[0]);
    let factor = u128::from(unit.factor);
    let (whole, rest) = (value / factor, (value % factor) * 1_000 / factor);
    if rest == 0 {
        return format!("{whole} {}", unit.name);
    }
    let decimals = format!("{rest:03}");
    format!("{whole}.{} {}", decimals.trim_end_matches('0'), unit.name)
}

/// Reads and writes a quantity as text, and describes it to the schema with a `format` that the checker knows.
macro_rules! quantity_serde {
    ($type:ty, $format:literal, $description:literal, [$($example:literal),*]) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "format": $format,
                    "description": $description,
                    "examples": [$($example),*]
                })
            }
        }
    };
}
pub(crate) use quantity_serde;

quantity_serde!(Rate, "rate", "A bit rate with its unit: bps, kbps, Mbps, Gbps, Tbps.", ["10 Mbps", "1.5 Gbps"]);
quantity_serde!(
    Bytes,
    "bytes",
    "A size with its unit: B, kB (1000), MB, GB, or KiB (1024), MiB, GiB.",
    ["1500 B", "64 kB"]
);

#[cfg(test)]
mod tests {
    use super::*;

    fn error(result: Result<impl fmt::Debug, QuantityError>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn rates_are_read_exactly() {
        assert_eq!("10 Mbps".parse(), Ok(Rate::from_mbps(10)));
        assert_eq!("0.1Mbps".parse(), Ok(Rate::from_bps(100_000)));
        assert_eq!("1e3 kbit/s".parse(), Ok(Rate::from_mbps(1)));
        assert_eq!("1 kB/s".parse(), Ok(Rate::from_bps(8_000)));
    }

    #[test]
    fn bits_and_bytes_decimal_and_binary_are_kept_apart() {
        assert_eq!("64 kB".parse(), Ok(Bytes(64_000)));
        assert_eq!("64 KiB".parse(), Ok(Bytes(65_536)));
        assert!(error("64 KB".parse::<Bytes>()).contains("ambiguous"));
        assert!(error("10 MB".parse::<Rate>()).contains("unknown unit `MB`. Known: bps"));
        assert!(error("10 mbps".parse::<Rate>()).contains("did you mean `Mbps`?"));
    }

    #[test]
    fn bytes_per_second_may_be_written_with_a_p() {
        assert_eq!("1 MBps".parse(), Ok(Rate::from_mbps(8)));
        assert_eq!("1 kBps".parse(), "1 kB/s".parse::<Rate>());
        assert_eq!("1 GBps".parse(), "1 GB/s".parse::<Rate>());
    }

    #[test]
    fn no_hint_takes_bits_for_bytes() {
        assert!(error("1 TBps".parse::<Rate>()).contains("unknown unit `TBps`. Known:"));
        assert!(error("1 MBPS".parse::<Rate>()).contains("did you mean `MBps`? Known:"));
        assert!(error("1 KB".parse::<Rate>()).contains("unknown unit `KB`. Known:"));
        assert!(error("64 kb".parse::<Bytes>()).contains("unknown unit `kb`. Known:"));
        assert!(error("64 Bytes".parse::<Bytes>()).contains("did you mean `bytes`?"));
        assert!(error("64 KB".parse::<Bytes>()).contains("(1024 bytes). Known:"));
    }

    #[test]
    fn impossible_rates_are_refused() {
        for text in [
            "0 bps",
            "-1 Mbps",
            "1e30 Gbps",
            "NaN bps",
            "",
            "Mbps",
            "5",
            "0.5 bps",
            "1..2 bps",
            "1e999999999999 bps",
            "∞ bps",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn fifteen_hundred_bytes_at_ten_megabits_take_1200_microseconds() {
        assert_eq!(Rate::from_mbps(10).serialization_delay(Bytes(1_500)), Duration::from_micros(1_200));
    }

    #[test]
    fn a_transmission_is_rounded_up_and_never_overflows() {
        assert_eq!(Rate::from_bps(3).serialization_delay(Bytes(1)), Duration::from_picos(2_666_666_666_667));
        assert_eq!(Rate::from_bps(1).serialization_delay(Bytes(u64::MAX)), Duration::MAX);
    }

    #[test]
    fn the_bandwidth_delay_product_is_in_bytes() {
        assert_eq!(Rate::from_mbps(10).bytes_in(Duration::from_millis(40)), Bytes(50_000));
    }

    #[test]
    fn quantities_print_as_they_are_written() {
        for text in ["10 Mbps", "1.5 Gbps", "1 bps", "1.544 Mbps"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        for text in ["1500 B", "64 kB", "65536 B", "0 B", "1251 kB"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
    }
}
