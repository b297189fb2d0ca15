//! HyStart++: slow start ends when round-trip times begin to grow, before the queue overflows.
//!
//! RFC 9406. Used in the first slow start only (§4.3); later ones end at the `ssthresh` of a loss.
//! The older HyStart, which Linux has, differs: it leaves slow start at once, and at the ninth sample of a round where
//! this one enters Conservative Slow Start at the eighth; it also watches for trains of ACKs.
//!
//! ```text
//!   standard slow start --- RTT of this round >= RTT of the last + threshold ---> CSS: a quarter of the growth
//!            ^                                                                     |        |
//!            +------------- the RTT is below what it was: it was noise ------------+        |  five rounds
//!                                                                                           v
//!   threshold = RTT of the last round / 8, from 4 ms to 16 ms               congestion avoidance: ssthresh = cwnd
//! ```

use sim_core::time::Duration;

use super::AckEvent;

/// The RTT must have grown by this much at least.
const MIN_RTT_THRESH: Duration = Duration::from_millis(4);
/// By this much it has grown, whatever the RTT was.
const MAX_RTT_THRESH: Duration = Duration::from_millis(16);
/// Between the two, by this part of the RTT.
const MIN_RTT_DIVISOR: u64 = 8;
/// So many samples of a round tell its RTT.
const N_RTT_SAMPLE: u32 = 8;
/// The window grows by this part of slow start's growth in Conservative Slow Start.
pub const CSS_GROWTH_DIVISOR: u64 = 4;
/// Conservative Slow Start lasts for so many rounds.
const CSS_ROUNDS: u32 = 5;
/// L for a sender that does not pace: how many segments one ACK may add.
pub const BYTE_COUNTING_LIMIT: u32 = 8;

/// Watches the round-trip times of a slow start.
#[derive(Clone, Debug, Default)]
pub struct HyStart {
    last_round_min_rtt: Option<Duration>,
    current_round_min_rtt: Option<Duration>,
    rtt_samples: u32,
    css: Option<ConservativeSlowStart>,
}

/// What is known in Conservative Slow Start.
#[derive(Clone, Copy, Debug)]
struct ConservativeSlowStart {
    /// cssBaselineMinRtt: what the RTT had grown to.
    baseline_min_rtt: Duration,
    /// Rounds that ended in it; the one it began in counts.
    rounds: u32,
}

/// Whether slow start goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The path shows no queue yet, or it is not certain that it does.
    GoOn,
    /// Conservative Slow Start went its rounds: `ssthresh` is the present window.
    Leave,
}

impl HyStart {
    /// The growth of slow start is divided by this: 1, and more in Conservative Slow Start.
    #[inline]
    pub fn growth_divisor(&self) -> u64 {
        if self.css.is_some() { CSS_GROWTH_DIVISOR } else { 1 }
    }

    /// Takes note of an ACK that has already widened the window (§4.2).
    pub fn on_ack(&mut self, ack: &AckEvent) -> Verdict {
        if ack.is_round_start {
            if let Some(css) = &mut self.css {
                css.rounds += 1;
                if css.rounds >= CSS_ROUNDS {
                    return Verdict::Leave;
                }
            }
            self.last_round_min_rtt = self.current_round_min_rtt.take();
            self.rtt_samples = 0;
        }
        let Some(rtt) = ack.rtt else { return Verdict::GoOn };
        let current = self.current_round_min_rtt.map_or(rtt, |least| least.min(rtt));
        self.current_round_min_rtt = Some(current);
        self.rtt_samples = self.rtt_samples.saturating_add(1);
        if self.rtt_samples < N_RTT_SAMPLE {
            return Verdict::GoOn;
        }
        match self.css {
            Some(css) if current < css.baseline_min_rtt => self.css = None,
            Some(_) => {}
            None => {
                let has_grown = self.last_round_min_rtt.is_some_and(|last| current >= last + threshold(last));
                self.css = has_grown.then_some(ConservativeSlowStart { baseline_min_rtt: current, rounds: 0 });
            }
        }
        Verdict::GoOn
    }
}

/// RttThresh.
fn threshold(last_round_min_rtt: Duration) -> Duration {
    (last_round_min_rtt / MIN_RTT_DIVISOR).min(MAX_RTT_THRESH).max(MIN_RTT_THRESH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::testing::ack;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn sample(rtt: Duration, is_round_start: bool) -> AckEvent {
        AckEvent { rtt: Some(rtt), is_round_start, ..ack(1_000) }
    }

    /// A round of `count` equal samples. Returns the divisor after each.
    fn round(hystart: &mut HyStart, rtt: Duration, count: usize) -> Vec<u64> {
        let mut divisors = Vec::new();
        for at in 0..count {
            assert_eq!(hystart.on_ack(&sample(rtt, at == 0)), Verdict::GoOn);
            divisors.push(hystart.growth_divisor());
        }
        divisors
    }

    #[test]
    fn the_eighth_sample_of_a_round_with_a_longer_rtt_slows_growth_down() {
        let mut hystart = HyStart::default();
        assert_eq!(round(&mut hystart, ms(200), 10), [1; 10]);
        assert_eq!(round(&mut hystart, ms(240), 10), [1, 1, 1, 1, 1, 1, 1, 4, 4, 4]);
    }

    #[test]
    fn the_rtt_must_grow_by_an_eighth_but_between_4_and_16_ms() {
        for (before, least) in [(ms(8), ms(12)), (ms(32), ms(36)), (ms(80), ms(90)), (ms(400), ms(416))] {
            let divisor_after = |rtt| {
                let mut hystart = HyStart::default();
                round(&mut hystart, before, 8);
                round(&mut hystart, rtt, 8)[7]
            };
            assert_eq!(divisor_after(least), 4, "{before} to {least}");
            assert_eq!(
                divisor_after(least.saturating_sub(Duration::from_picos(1))),
                1,
                "{before} to less than {least}"
            );
        }
    }

    #[test]
    fn the_least_rtt_of_a_round_counts() {
        let mut hystart = HyStart::default();
        round(&mut hystart, ms(100), 8);
        hystart.on_ack(&sample(ms(100), true));
        for _ in 0..20 {
            hystart.on_ack(&sample(ms(200), false));
        }
        assert_eq!(hystart.growth_divisor(), 1);
    }

    #[test]
    fn a_round_with_fewer_samples_says_nothing() {
        let mut hystart = HyStart::default();
        round(&mut hystart, ms(100), 8);
        assert_eq!(round(&mut hystart, ms(200), 7), [1; 7]);
    }

    #[test]
    fn slow_start_is_over_after_five_rounds_of_conservative_growth_the_begun_one_included() {
        let mut hystart = HyStart::default();
        round(&mut hystart, ms(100), 8);
        round(&mut hystart, ms(150), 8);
        for _ in 0..4 {
            assert_eq!(round(&mut hystart, ms(150), 8), [4; 8]);
        }
        assert_eq!(hystart.on_ack(&sample(ms(150), true)), Verdict::Leave);
    }

    #[test]
    fn slow_start_is_resumed_when_the_rtt_falls_again() {
        let mut hystart = HyStart::default();
        round(&mut hystart, ms(100), 8);
        round(&mut hystart, ms(150), 8);
        // Eight samples, the least of them below the baseline of 150 ms.
        assert_eq!(round(&mut hystart, ms(149), 8), [4, 4, 4, 4, 4, 4, 4, 1]);
        // From here on 149 ms is what the next round is compared with.
        assert_eq!(round(&mut hystart, ms(160), 8), [1; 8]);
        assert_eq!(round(&mut hystart, ms(176), 8)[7], 4);
    }

    #[test]
    fn retransmitted_segments_give_no_sample() {
        let mut hystart = HyStart::default();
        round(&mut hystart, ms(100), 8);
        round(&mut hystart, ms(150), 7);
        hystart.on_ack(&AckEvent { rtt: None, ..ack(1_000) });
        assert_eq!(hystart.growth_divisor(), 1);
        hystart.on_ack(&sample(ms(150), false));
        assert_eq!(hystart.growth_divisor(), 4);
    }
}
