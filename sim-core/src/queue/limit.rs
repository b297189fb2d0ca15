//! How much may wait in a queue: packets, bytes, or a share of the bandwidth-delay product.

use std::fmt;
use std::str::FromStr;

use crate::units::{BYTE_UNITS, Bytes, QuantityError, parse_decimal, quantity_serde, split_number, unknown_unit};

/// How much may wait in a queue, the packet in transmission not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueLimit {
    /// At most this many packets.
    Packets(u32),
    /// At most this many bytes.
    Bytes(Bytes),
    /// Thousandths of the bandwidth-delay product: the link's rate times the largest base round-trip time of the flows
    /// routed over it at the start. Turned into bytes before a run.
    MilliBdp(u32),
    /// Whatever comes.
    Unlimited,
}

impl Default for QueueLimit {
    /// A hundred packets, a customary size.
    fn default() -> Self {
        QueueLimit::Packets(100)
    }
}

impl QueueLimit {
    /// Whether a packet of `size` may join `packets` packets of together `bytes` bytes.
    ///
    /// # Panics
    /// When the limit is still a share of the bandwidth-delay product.
    #[inline]
    pub fn admits(self, packets: usize, bytes: u64, size: u32) -> bool {
        match self {
            QueueLimit::Packets(most) => packets < most as usize,
            QueueLimit::Bytes(most) => bytes + u64::from(size) <= most.get(),
            QueueLimit::MilliBdp(_) => unreachable!("a limit in bdp is turned into bytes before the run"),
            QueueLimit::Unlimited => true,
        }
    }
}

impl FromStr for QueueLimit {
    type Err = QuantityError;

    /// Reads `"50 packets"`, `"64 kB"`, `"0.5 bdp"` or `"unlimited"`.
    ///
    /// # Errors
    /// When the text is none of these.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        if text.trim() == "unlimited" {
            return Ok(QueueLimit::Unlimited);
        }
        let (number, unit) = split_number(text);
        let count = |factor: u64, most: u64| match parse_decimal(number, u128::from(factor)) {
            Ok(count) if count <= u128::from(most) => Ok(count as u64),
            Ok(_) => Err(QuantityError::new(text, "more than a queue can hold".into())),
            Err(why) => Err(QuantityError::new(text, why)),
        };
        let no_limit = || {
            let example = "expected a limit such as \"50 packets\", \"64 kB\", \"1 bdp\" or \"unlimited\"";
            QuantityError::new(text, example.into())
        };
        match unit {
            "packets" | "packet" => count(1, 1_000_000_000).map(|packets| QueueLimit::Packets(packets as u32)),
            "bdp" | "BDP" => match count(1_000, 1_000_000)? {
                0 => Err(QuantityError::new(text, "must be more than zero".into())),
                thousandths => Ok(QueueLimit::MilliBdp(thousandths as u32)),
            },
            "" => Err(no_limit()),
            _ if number.is_empty() => Err(no_limit()),
            _ => match BYTE_UNITS.iter().find(|known| known.name == unit) {
                Some(known) => count(known.factor, Bytes::LARGEST.get()).map(|bytes| QueueLimit::Bytes(Bytes(bytes))),
                None => Err(unknown_unit(text, unit, BYTE_UNITS, "packets, bdp, B, kB, MB, GB, KiB, MiB")),
            },
        }
    }
}

impl fmt::Display for QueueLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueueLimit::Packets(1) => f.write_str("1 packet"),
            QueueLimit::Packets(most) => write!(f, "{most} packets"),
            QueueLimit::Bytes(most) => most.fmt(f),
            QueueLimit::MilliBdp(thousandths) => write!(f, "{} bdp", f64::from(*thousandths) / 1_000.0),
            QueueLimit::Unlimited => f.write_str("unlimited"),
        }
    }
}

quantity_serde!(
    QueueLimit,
    "queue_limit",
    "How much may wait: packets, bytes, a multiple of the bandwidth-delay product (bdp), or unlimited.",
    ["50 packets", "64 kB", "1 bdp", "unlimited"]
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_printed_alike() {
        for text in ["50 packets", "0 packets", "1 packet", "64 kB", "1 bdp", "0.25 bdp", "unlimited"] {
            assert_eq!(text.parse::<QueueLimit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_with_a_limit_in_bytes_is_said_of_the_number_not_of_the_unit() {
        let error = |text: &str| text.parse::<QueueLimit>().unwrap_err().to_string();
        assert_eq!(error("9e18 GB"), "`9e18 GB`: more than a queue can hold");
        assert_eq!(error("18446744073709551616 B"), "`18446744073709551616 B`: more than a queue can hold");
        assert_eq!(error("-5 kB"), "`-5 kB`: must not be negative");
        assert!(error("5 Mbps").contains("unknown unit `Mbps`. Known: packets, bdp, B"));
        assert!(error("5 KB").contains("ambiguous"));
    }

    #[test]
    fn meaningless_limits_are_refused() {
        for text in ["", "50", "0 bdp", "-1 packets", "1.5 packets", "5 Mbps", "1e12 packets"] {
            assert!(text.parse::<QueueLimit>().is_err(), "{text}");
        }
    }
}
