//! Named random streams.
//!
//! Each component draws from a stream of its own, made from the experiment's seed, the component's name and the
//! purpose. Adding a flow, a link or a probe therefore never changes what another component draws.
//! The generator is Xoshiro256++ (Blackman and Vigna, 2019): portable, small, and named, unlike `StdRng`.

use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::hash::{hash_name, hash64};
use crate::time::Duration;

/// One component's stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The stream of `component` for `purpose` under the experiment's `seed`.
    pub fn stream(seed: u64, component: &str, purpose: &str) -> Self {
        Random(Xoshiro256PlusPlus::seed_from_u64(hash64(
            hash_name(seed, component) ^ hash_name(seed, purpose).rotate_left(32),
        )))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from [0, 1), of 53 random bits.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// True with `probability`.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number from 0 to `end - 1`. `end` must not be zero.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end)
    }

    /// A number from the exponential distribution with this `mean`, by inversion. `libm`'s logarithm is the same everywhere.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        // 1 - u lies in (0, 1]: the logarithm is finite.
        -mean * libm::log(1.0 - self.unit())
    }

    /// An exponentially distributed time with this `mean`, to the nearest picosecond.
    pub fn exponential_time(&mut self, mean: Duration) -> Duration {
        Duration::from_picos(libm::round(self.exponential(mean.picos() as f64)) as u64)
    }

    /// A time uniform in [0, `end`).
    pub fn time_below(&mut self, end: Duration) -> Duration {
        if end.is_zero() { Duration::ZERO } else { Duration::from_picos(self.below(end.picos())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_component_and_purpose_alone() {
        let first = |seed, component, purpose| Random::stream(seed, component, purpose).bits();
        assert_eq!(first(1, "a->b", "loss"), first(1, "a->b", "loss"));
        assert_ne!(first(1, "a->b", "loss"), first(2, "a->b", "loss"));
        assert_ne!(first(1, "a->b", "loss"), first(1, "b->a", "loss"));
        assert_ne!(first(1, "a->b", "loss"), first(1, "a->b", "reorder"));
        assert_ne!(first(1, "x", "y"), first(1, "y", "x"));
    }

    #[test]
    fn exponential_times_have_their_mean() {
        let mut random = Random::stream(7, "test", "mean");
        let draws = 100_000;
        let sum: f64 = (0..draws).map(|_| random.exponential(3.0)).sum();
        // The mean of n exponentials has standard deviation mean / sqrt(n): three of them.
        assert!((sum / f64::from(draws) - 3.0).abs() < 3.0 * 3.0 / f64::from(draws).sqrt());
    }
}
