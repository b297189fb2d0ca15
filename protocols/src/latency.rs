//! A summary of many time spans: count, mean, extremes, and quantiles from a histogram of bounded size.
//!
//! Count, sum, minimum and maximum are exact. The histogram (Gil Tene's HDR histogram) counts nanoseconds and keeps two
//! significant digits, so a quantile is right within one percent, and the whole stays below 32 kB however many spans
//! come.

use hdrhistogram::Histogram;
use sim_core::time::Duration;

/// Picoseconds in the histogram's unit.
const PICOS_PER_NANO: u64 = 1_000;
/// Significant decimal digits the histogram keeps.
const DIGITS: u8 = 2;

/// Round-trip times, one-way delays, or other spans, summed up.
#[derive(Clone, Debug)]
pub struct Latency {
    count: u64,
    /// In picoseconds. 64 bits overflow once the spans add up to 213 days, as those of a long run may.
    sum: u128,
    min: Duration,
    max: Duration,
    /// Made for the first span: most endpoints never measure one, and the first says how much room the others need.
    histogram: Option<Box<Histogram<u32>>>,
}

impl Default for Latency {
    fn default() -> Self {
        Latency::new()
    }
}

impl Latency {
    /// Nothing recorded yet.
    pub fn new() -> Self {
        Latency { count: 0, sum: 0, min: Duration::MAX, max: Duration::ZERO, histogram: None }
    }

    /// A histogram with room for spans of eight times `nanos`; it grows if there are longer ones.
    fn histogram_for(nanos: u64) -> Box<Histogram<u32>> {
        let room = nanos.saturating_mul(8).max(2);
        let mut histogram = Histogram::new_with_max(room, DIGITS).expect("two digits are among the five it can keep");
        histogram.auto(true);
        Box::new(histogram)
    }

    /// Adds one span.
    pub fn record(&mut self, span: Duration) {
        self.count += 1;
        self.sum += u128::from(span.picos());
        self.min = self.min.min(span);
        self.max = self.max.max(span);
        let nanos = span.picos() / PICOS_PER_NANO;
        let histogram = self.histogram.get_or_insert_with(|| Self::histogram_for(nanos));
        histogram.record(nanos).expect("a histogram that resizes itself takes everything");
    }

    /// How many spans were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in picoseconds.
    pub fn sum_picos(&self) -> u128 {
        self.sum
    }

    /// Their mean, rounded down to a picosecond.
    pub fn mean(&self) -> Option<Duration> {
        let mean = self.sum.checked_div(u128::from(self.count))?;
        Some(Duration::from_picos(u64::try_from(mean).expect("a mean of 64-bit numbers has 64 bits")))
    }

    /// The shortest.
    pub fn min(&self) -> Option<Duration> {
        (self.count > 0).then_some(self.min)
    }

    /// The longest.
    pub fn max(&self) -> Option<Duration> {
        (self.count > 0).then_some(self.max)
    }

    /// The span that the share `quantile` of all spans does not exceed, within one percent: 0.5 is the median.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let nanos = self.histogram.as_ref()?.value_at_quantile(quantile);
        // The histogram answers with the upper edge of a bin, which may lie outside what was recorded.
        Some(Duration::from_picos(nanos.saturating_mul(PICOS_PER_NANO)).clamp(self.min, self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::new();
        micros.into_iter().for_each(|micros| latency.record(Duration::from_micros(micros)));
        latency
    }

    #[test]
    fn nothing_recorded_has_no_mean_and_no_quantiles() {
        let empty = Latency::new();
        assert_eq!((empty.count(), empty.mean(), empty.min()), (0, None, None));
        assert_eq!((empty.max(), empty.quantile(0.5)), (None, None));
    }

    #[test]
    fn mean_and_extremes_are_exact() {
        let latency = of([10_007, 3, 20]);
        assert_eq!(latency.count(), 3);
        assert_eq!(latency.mean(), Some(Duration::from_micros(3_343) + Duration::from_picos(333_333)));
        assert_eq!(latency.min(), Some(Duration::from_micros(3)));
        assert_eq!(latency.max(), Some(Duration::from_micros(10_007)));
    }

    #[test]
    fn quantiles_of_one_to_a_thousand_are_right_within_one_percent() {
        let latency = of(1..=1_000);
        for (quantile, micros) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0)] {
            let measured = latency.quantile(quantile).unwrap().as_secs_f64() * 1e6;
            assert!((measured - micros).abs() <= micros * 0.01, "{quantile}: {measured}");
        }
    }

    #[test]
    fn quantiles_stay_between_the_extremes() {
        let latency = of([123_457]);
        for quantile in [0.0, 0.5, 1.0] {
            assert_eq!(latency.quantile(quantile), Some(Duration::from_micros(123_457)));
        }
    }

    #[test]
    fn the_longest_span_there_is_can_be_recorded() {
        let mut latency = Latency::new();
        latency.record(Duration::MAX);
        latency.record(Duration::MAX);
        assert_eq!(latency.mean(), Some(Duration::MAX));
    }
}
