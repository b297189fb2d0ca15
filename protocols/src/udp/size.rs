//! How long packets are: all alike, or drawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::random::Random;
use sim_core::units::Bytes;

use super::{Fault, Problem};

/// The largest packet accepted, in bytes: 1 GB, far above what IPv4 can carry, for exercises with huge packets.
pub(super) const MOST: u32 = 1_000_000_000;

/// How long packets are at the network layer, headers inside: a size, or how sizes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PacketSize {
    /// All alike.
    Constant(Bytes),
    /// Each drawn anew.
    Drawn(SizeDistribution),
}

/// How sizes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SizeDistribution {
    /// Exponential, rounded to whole bytes, at least one: the service times of an M/M/1 queue. A packet shorter than
    /// its headers stands for a customer of queueing theory. Give the links an `mtu` far above the mean.
    Exponential {
        /// The mean size.
        mean: Bytes,
    },
}

impl PacketSize {
    /// The size of the next packet, in bytes.
    pub fn next(&self, random: &mut Random) -> u32 {
        match *self {
            PacketSize::Constant(size) => size.get() as u32,
            PacketSize::Drawn(SizeDistribution::Exponential { mean }) => {
                libm::round(random.exponential(mean.get() as f64)).clamp(1.0, f64::from(MOST)) as u32
            }
        }
    }

    /// The mean size, in bits.
    pub fn mean_bits(&self) -> f64 {
        match *self {
            PacketSize::Constant(size) | PacketSize::Drawn(SizeDistribution::Exponential { mean: size }) => {
                size.get() as f64 * 8.0
            }
        }
    }

    /// Reports what makes no sense; `at` points to this field.
    pub(super) fn check(&self, at: &str, problems: &mut Vec<Problem>) {
        let (at, size) = match *self {
            PacketSize::Constant(size) => (at.to_owned(), size),
            PacketSize::Drawn(SizeDistribution::Exponential { mean }) => (format!("{at}/exponential/mean"), mean),
        };
        if size.get() == 0 {
            problems.push(Problem { at, fault: Fault::EmptyPacket });
        } else if size.get() > u64::from(MOST) {
            problems.push(Problem { at, fault: Fault::HugePacket });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_a_text_or_as_a_distribution() {
        let read = |json| serde_json::from_str::<PacketSize>(json).unwrap();
        assert_eq!(read(r#""1000 B""#), PacketSize::Constant(Bytes(1_000)));
        let drawn = PacketSize::Drawn(SizeDistribution::Exponential { mean: Bytes(1_250) });
        assert_eq!(read(r#"{ "exponential": { "mean": "1250 B" } }"#), drawn);
        assert!(serde_json::from_str::<PacketSize>(r#"{ "exponential": { "mean": "9 B", "max": "9 B" } }"#).is_err());
    }

    #[test]
    fn exponential_sizes_have_their_mean_and_at_least_one_byte() {
        let mut random = Random::stream(5, "test", "sizes");
        let draws = 200_000;
        for mean in [2.0, 1_250.0] {
            let size = PacketSize::Drawn(SizeDistribution::Exponential { mean: Bytes(mean as u64) });
            let sizes: Vec<u32> = (0..draws).map(|_| size.next(&mut random)).collect();
            assert!(sizes.iter().all(|&size| size >= 1));
            // Rounded to n with probability P(n - 1/2 < X < n + 1/2), and below 1/2 to 1:
            // the mean is the sum over n of P(rounded ≥ n) = 1 + e^(-1.5/m) / (1 - e^(-1/m)).
            let expected = 1.0 + libm::exp(-1.5 / mean) / (1.0 - libm::exp(-1.0 / mean));
            let measured = sizes.iter().map(|&size| f64::from(size)).sum::<f64>() / f64::from(draws);
            // The standard deviation of the mean of n is m / sqrt(n): four of them.
            assert!((measured - expected).abs() < 4.0 * mean / f64::from(draws).sqrt(), "{measured} {expected}");
        }
    }
}
