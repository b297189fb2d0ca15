//! BBR, version 1: a model of the path instead of losses.
//!
//! Cardwell, Cheng, Gunn, Yeganeh, Jacobson, "BBR: Congestion-Based Congestion Control", ACM Queue 14(5), 2016;
//! draft-cardwell-iccrg-bbr-congestion-control-00 (2017), whose sections are named below.
//!
//! The model is two numbers: the greatest delivery rate of ten round trips (BtlBw) and the least round-trip time of ten
//! seconds (RTprop). Each can be measured only where the other cannot, so the sender takes turns:
//!
//! ```text
//!            full pipe            in flight <= BDP
//!  Startup -----------> Drain --------------------> ProbeBW  pacing 5/4 3/4 1 1 1 1 1 1, a phase an RTprop
//!     ^                                              |    ^
//!     |            RTprop not seen for 10 s          v    |
//!     +----------------------------------------- ProbeRTT-+  4 segments for 200 ms and a round trip
//! ```
//!
//! It paces at pacing_gain · BtlBw and keeps at most cwnd_gain · BtlBw · RTprop in flight. Losses change neither. So it
//! shrugs off random losses, holds about a BDP of queue against others, and in shallow buffers loses much.
//!
//! The phase in which ProbeBW begins comes from the connection's random stream. The send quantum is the
//! sender's, see `tcp/pacing.rs`.
//! Not modelled: Linux's detection of policers, its allowance for aggregated ACKs and its one percent below BtlBw, none
//! of them in the draft.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::random::Random;
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;

use super::path_model::{FullPipe, Gain, HeldBack, RecentMax, Rounds, has_passed, prior_in_flight, window_rate};
use super::{
    AckEvent, CongestionControl, CongestionEvent, Delivery, FastRecovery, Opening, RecoveryExit, Signal, Start,
    TimeoutEvent, UNLIMITED,
};

/// One line for lists.
pub const SUMMARY: &str = "BBR version 1: paces at the measured bandwidth, whatever is lost.";
/// Where it is from.
pub const SOURCE: &str = "Cardwell et al. 2016, draft-cardwell-iccrg-bbr-congestion-control-00";

/// BBR has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// BBRHighGain = 2 / ln 2: the least that doubles the rate every round (§4.3.2).
const HIGH_GAIN: Gain = Gain(2_885);
/// Its inverse empties in a round the queue that Startup has filled in one (§4.3.3).
const DRAIN_GAIN: Gain = Gain(347);
/// The pacing gains of ProbeBW (§4.3.4).
const CYCLE: [Gain; 8] = [Gain(1_250), Gain(750), Gain::ONE, Gain::ONE, Gain::ONE, Gain::ONE, Gain::ONE, Gain::ONE];
/// In ProbeBW twice the BDP, so that delayed and stretched ACKs do not stall the sender (§4.3.4).
const CWND_GAIN: Gain = Gain(2_000);
/// BtlBwFilterLen, in round trips (§4.1.1).
const BANDWIDTH_ROUNDS: usize = 10;
/// RTpropFilterLen (§4.1.2).
const MIN_RTT_WINDOW: Duration = Duration::from_secs(10);
/// ProbeRTTDuration (§4.3.5).
const PROBE_RTT_TIME: Duration = Duration::from_millis(200);
/// BBRMinPipeCwnd, in segments (§4.2.3).
const MIN_PIPE: u64 = 4;
/// Send quanta that Inflight() allows beyond the BDP (§4.2.3.2).
const QUANTA: u64 = 3;
/// The round trip assumed for the first pacing rate if the handshake measured none (§4.2.1).
const NOMINAL_RTT: Duration = Duration::from_millis(1);

/// Where the flow is (§3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Looks for the bandwidth, twice as fast in every round.
    Startup,
    /// Empties the queue that Startup has built.
    Drain,
    /// Goes around the cycle of gains.
    ProbeBw,
    /// Sends next to nothing, to see the round-trip time without its own queue.
    ProbeRtt,
}

/// BBR version 1.
#[derive(Clone, Debug)]
pub struct Bbr1 {
    state: State,
    cwnd: u64,
    pacing_rate: Rate,
    pacing_gain: Gain,
    cwnd_gain: Gain,
    mss: u64,
    initial_window: u64,
    /// BtlBwFilter, in bit/s by round.
    bandwidths: RecentMax<BANDWIDTH_ROUNDS>,
    /// BtlBw.
    bandwidth: Rate,
    /// RTprop.
    min_rtt: Option<Duration>,
    /// When it was measured.
    min_rtt_at: Time,
    rounds: Rounds,
    full_pipe: FullPipe,
    held_back: HeldBack,
    /// cycle_index and cycle_stamp.
    phase: usize,
    phase_start: Time,
    /// When ProbeRTT may end, once the pipe is as empty as it wants it.
    probe_rtt_end: Option<Time>,
    is_probe_rtt_round_over: bool,
    /// Data was sent after a pause: RTprop needs no probe.
    is_waking: bool,
    /// The last cwnd not made small by recovery or ProbeRTT.
    prior_cwnd: u64,
    is_recovering: bool,
    /// Until when, in rounds, recovery sends only what was delivered.
    conserves_until: Option<u64>,
    /// From the latest ACK.
    pipe: u64,
    newly_delivered: u64,
    delivered: u64,
    random: Random,
}

impl Bbr1 {
    /// At the start of a connection.
    pub fn new(_config: &Config, start: &Start) -> Self {
        Bbr1 {
            state: State::Startup,
            cwnd: start.initial_window.max(start.mss),
            pacing_rate: window_rate(start.initial_window, NOMINAL_RTT, HIGH_GAIN),
            pacing_gain: HIGH_GAIN,
            cwnd_gain: HIGH_GAIN,
            mss: start.mss,
            initial_window: start.initial_window,
            bandwidths: RecentMax::new(),
            bandwidth: Rate::from_bps(0),
            min_rtt: None,
            min_rtt_at: Time::ZERO,
            rounds: Rounds::default(),
            full_pipe: FullPipe::default(),
            held_back: HeldBack::default(),
            phase: 0,
            phase_start: Time::ZERO,
            probe_rtt_end: None,
            is_probe_rtt_round_over: false,
            is_waking: false,
            prior_cwnd: 0,
            is_recovering: false,
            conserves_until: None,
            pipe: 0,
            newly_delivered: 0,
            delivered: 0,
            random: Random::stream(0, "bbr1", "phase"),
        }
    }

    /// Where the flow is.
    pub fn state(&self) -> State {
        self.state
    }

    /// BtlBw, the estimate of the bandwidth.
    pub fn bandwidth(&self) -> Rate {
        self.bandwidth
    }

    /// RTprop, the estimate of the round-trip time without queues.
    pub fn min_rtt(&self) -> Option<Duration> {
        self.min_rtt
    }

    /// BBRInflight (§4.2.3.2): `gain` times the BDP, and what keeps a sender of quanta busy.
    fn in_flight_target(&self, gain: Gain) -> u64 {
        match self.min_rtt {
            None => self.initial_window,
            Some(min_rtt) => gain.of_bytes(self.bandwidth.bytes_in(min_rtt).get()) + QUANTA * self.mss,
        }
    }

    // §4.1: the model.

    /// BBRUpdateBtlBw (§4.1.1). Returns whether the ACK's sample, if it has one, is limited by the sender.
    fn update_bandwidth(&mut self, delivery: &Delivery) -> bool {
        let Some(sample) = &delivery.rate else {
            self.rounds.is_start = false;
            return true;
        };
        self.delivered = sample.total_delivered;
        self.rounds.update(sample);
        let is_limited = self.held_back.limits(sample);
        let rate = sample.rate();
        if rate.bps() > 0 && (rate >= self.bandwidth || !is_limited) {
            self.bandwidths.update(self.rounds.count, rate.bps());
            self.bandwidth = Rate::from_bps(self.bandwidths.greatest());
        }
        is_limited
    }

    /// BBRCheckFullPipe (§4.3.2).
    fn check_full_pipe(&mut self, is_limited: bool) {
        if !self.full_pipe.is_full && self.rounds.is_start && !is_limited {
            self.full_pipe.on_round(self.bandwidth);
        }
    }

    // §4.3: the states.

    fn enter(&mut self, state: State, pacing_gain: Gain, cwnd_gain: Gain) {
        self.state = state;
        self.pacing_gain = pacing_gain;
        self.cwnd_gain = cwnd_gain;
    }

    /// BBRCheckDrain (§4.3.3).
    fn check_drain(&mut self, delivery: &Delivery) {
        if self.state == State::Startup && self.full_pipe.is_full {
            self.enter(State::Drain, DRAIN_GAIN, HIGH_GAIN);
        }
        if self.state == State::Drain && delivery.pipe <= self.in_flight_target(Gain::ONE) {
            self.enter_probe_bw(delivery.now);
        }
    }

    /// BBREnterProbeBW (§4.3.4): the first phase is any but that of 3/4, since there is no queue to drain.
    fn enter_probe_bw(&mut self, now: Time) {
        self.enter(State::ProbeBw, Gain::ONE, CWND_GAIN);
        self.phase = CYCLE.len() - 1 - self.random.below(CYCLE.len() as u64 - 1) as usize;
        self.advance_phase(now);
    }

    fn advance_phase(&mut self, now: Time) {
        self.phase_start = now;
        self.phase = (self.phase + 1) % CYCLE.len();
        self.pacing_gain = CYCLE[self.phase];
    }

    /// BBRIsNextCyclePhase (§4.3.4).
    fn check_phase(&mut self, delivery: &Delivery) {
        let Some(min_rtt) = self.min_rtt.filter(|_| self.state == State::ProbeBw) else { return };
        let is_full_length = has_passed(delivery.now, self.phase_start, min_rtt);
        let in_flight = prior_in_flight(delivery);
        let is_over = if self.pacing_gain > Gain::ONE {
            // Until the pipe holds what was asked of it, or no more goes in.
            is_full_length && (delivery.lost_bytes > 0 || in_flight >= self.in_flight_target(self.pacing_gain))
        } else if self.pacing_gain < Gain::ONE {
            is_full_length || in_flight <= self.in_flight_target(Gain::ONE)
        } else {
            is_full_length
        };
        if is_over {
            self.advance_phase(delivery.now);
        }
    }

    /// BBRUpdateRTprop (§4.1.2) and BBRCheckProbeRTT (§4.3.5).
    fn update_min_rtt(&mut self, delivery: &Delivery) {
        let has_expired = has_passed(delivery.now, self.min_rtt_at, MIN_RTT_WINDOW);
        if let Some(rtt) = delivery.rtt
            && (has_expired || self.min_rtt.is_none_or(|min_rtt| rtt <= min_rtt))
        {
            self.min_rtt = Some(rtt);
            self.min_rtt_at = delivery.now;
        }
        if self.state != State::ProbeRtt && has_expired && !self.is_waking {
            self.save_cwnd();
            self.enter(State::ProbeRtt, Gain::ONE, Gain::ONE);
            self.probe_rtt_end = None;
        }
        if self.state == State::ProbeRtt {
            self.probe_rtt(delivery);
        }
        self.is_waking = false;
    }

    /// BBRHandleProbeRTT (§4.3.5).
    fn probe_rtt(&mut self, delivery: &Delivery) {
        self.held_back.mark(self.delivered, delivery.pipe);
        match self.probe_rtt_end {
            None if delivery.pipe <= MIN_PIPE * self.mss => {
                self.probe_rtt_end = Some(delivery.now + PROBE_RTT_TIME);
                self.is_probe_rtt_round_over = false;
                self.rounds.restart(self.delivered);
            }
            None => {}
            Some(end) => {
                self.is_probe_rtt_round_over |= self.rounds.is_start;
                if self.is_probe_rtt_round_over && delivery.now > end {
                    self.exit_probe_rtt(delivery.now);
                }
            }
        }
    }

    fn exit_probe_rtt(&mut self, now: Time) {
        self.min_rtt_at = now;
        self.restore_cwnd();
        if self.full_pipe.is_full {
            self.enter_probe_bw(now);
        } else {
            self.enter(State::Startup, HIGH_GAIN, HIGH_GAIN);
        }
    }

    // §4.2: what follows from the model.

    /// BBRSetPacingRateWithGain (§4.2.1): until the pipe is full, the rate only grows.
    fn set_pacing_rate(&mut self, gain: Gain) {
        let rate = gain.of_rate(self.bandwidth);
        if rate.bps() > 0 && (self.full_pipe.is_full || rate > self.pacing_rate) {
            self.pacing_rate = rate;
        }
    }

    /// BBRSetCwnd (§4.2.3.6), with BBRModulateCwndForRecovery (§4.2.3.4) and for ProbeRTT (§4.2.3.5).
    fn set_cwnd(&mut self, delivery: &Delivery) {
        let delivered = delivery.delivered_bytes;
        let target = self.in_flight_target(self.cwnd_gain);
        if self.is_recovering {
            self.cwnd = self.cwnd.saturating_sub(delivery.lost_bytes).max(self.mss);
        }
        if self.conserves_until.is_some() {
            self.cwnd = self.cwnd.max(delivery.pipe + delivered);
        } else {
            if self.full_pipe.is_full {
                self.cwnd = (self.cwnd + delivered).min(target);
            } else if self.cwnd < target || self.delivered < self.initial_window {
                self.cwnd += delivered;
            }
            self.cwnd = self.cwnd.max(MIN_PIPE * self.mss);
        }
        if self.state == State::ProbeRtt {
            self.cwnd = self.cwnd.min(MIN_PIPE * self.mss);
        }
    }

    fn save_cwnd(&mut self) {
        let is_modulated = self.is_recovering || self.state == State::ProbeRtt;
        self.prior_cwnd = if is_modulated { self.prior_cwnd.max(self.cwnd) } else { self.cwnd };
    }

    fn restore_cwnd(&mut self) {
        self.cwnd = self.cwnd.max(self.prior_cwnd);
    }

    fn end_recovery(&mut self) {
        if self.is_recovering {
            self.is_recovering = false;
            self.conserves_until = None;
            self.restore_cwnd();
        }
    }
}

impl CongestionControl for Bbr1 {
    #[inline]
    fn cwnd(&self) -> u64 {
        self.cwnd
    }

    fn ssthresh(&self) -> u64 {
        UNLIMITED
    }

    #[inline]
    fn pacing_rate(&self) -> Option<Rate> {
        Some(self.pacing_rate)
    }

    fn fast_recovery(&self) -> FastRecovery {
        FastRecovery::OwnWindow
    }

    fn wants_rate_samples(&self) -> bool {
        true
    }

    fn on_open(&mut self, opening: &Opening) {
        self.random = Random::stream(opening.seed, "bbr1", "phase");
        self.min_rtt = opening.rtt;
        self.min_rtt_at = opening.now;
        self.pacing_rate = window_rate(self.initial_window, opening.rtt.unwrap_or(NOMINAL_RTT), HIGH_GAIN);
    }

    /// All is done in [`on_delivery`](CongestionControl::on_delivery).
    #[inline]
    fn on_ack(&mut self, _ack: &AckEvent) {}

    /// BBRUpdateOnACK (§4).
    fn on_delivery(&mut self, delivery: &Delivery) {
        self.pipe = delivery.pipe;
        self.newly_delivered = delivery.delivered_bytes;
        // A recovery after a timeout ends without another hook.
        if !delivery.is_recovering {
            self.end_recovery();
        }
        let is_limited = self.update_bandwidth(delivery);
        if self.conserves_until.is_some_and(|round| self.rounds.count >= round) {
            self.conserves_until = None;
        }
        self.check_phase(delivery);
        self.check_full_pipe(is_limited);
        self.check_drain(delivery);
        self.update_min_rtt(delivery);
        self.set_pacing_rate(self.pacing_gain);
        self.set_cwnd(delivery);
    }

    /// Fast recovery begins: for a round, what was delivered is sent again, then the model holds (§4.2.3.4).
    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        if congestion.signal == Signal::EcnEcho {
            return;
        }
        self.save_cwnd();
        self.is_recovering = true;
        self.cwnd = self.pipe + self.newly_delivered.max(self.mss);
        self.conserves_until = Some(self.rounds.count + 1);
        self.rounds.restart(self.delivered);
    }

    fn on_exit_recovery(&mut self, _exit: &RecoveryExit) {
        self.end_recovery();
    }

    /// One segment, and the old window as soon as the losses are repaired (§4.2.3.4).
    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.save_cwnd();
        self.is_recovering = true;
        self.conserves_until = None;
        self.cwnd = timeout.mss;
    }

    /// BBRHandleRestartFromIdle (§4.3.4).
    fn on_wake(&mut self, _now: Time) {
        self.is_waking = true;
        if self.state == State::ProbeBw {
            self.set_pacing_rate(Gain::ONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::congestion::{Attempt, RateSample, Repair};

    const MSS: u64 = 1_000;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// After a handshake of 100 ms, with the random bits of `seed`.
    fn bbr(seed: u64) -> Bbr1 {
        let mut it = Bbr1::new(&Config {}, &Start { mss: MSS, initial_window: 10 * MSS, initial_ssthresh: UNLIMITED });
        it.on_open(&Opening { now: Time::ZERO, rtt: Some(ms(100)), repair: Repair::Sack, seed });
        it
    }

    /// One that knows 8 Mbit/s and 100 ms, a BDP of 100 segments, and is in ProbeBW with a window of twice that and
    /// three quanta.
    fn steady(seed: u64) -> Bbr1 {
        let mut it = bbr(seed);
        it.bandwidths.update(0, 8_000_000);
        it.bandwidth = Rate::from_mbps(8);
        it.full_pipe.is_full = true;
        it.cwnd = 203 * MSS;
        it.enter_probe_bw(Time::ZERO);
        it
    }

    /// An ACK of a segment at 8 Mbit/s, `millis` after the beginning.
    fn delivery(millis: u64, pipe: u64) -> Delivery {
        Delivery {
            now: Time::ZERO + ms(millis),
            delivered_bytes: MSS,
            marked_bytes: 0,
            lost_bytes: 0,
            pipe,
            mss: MSS,
            rtt: None,
            is_cwnd_limited: false,
            is_round_start: false,
            is_recovering: false,
            rate: Some(RateSample {
                delivered_bytes: 100 * MSS,
                interval: ms(100),
                prior_delivered: 0,
                total_delivered: 100 * MSS,
                in_flight_at_send: 100 * MSS,
                lost_bytes: 0,
                is_app_limited: false,
            }),
        }
    }

    fn loss() -> CongestionEvent {
        CongestionEvent { now: Time::ZERO, signal: Signal::Loss, flight_size: 200 * MSS, mss: MSS }
    }

    /// 2.885 times ten segments in 100 ms.
    #[test]
    fn the_first_pacing_rate_is_that_of_the_initial_window() {
        assert_eq!(bbr(1).pacing_rate(), Some(Rate::from_bps(2_308_000)));
    }

    #[test]
    fn the_cycle_begins_anywhere_but_below_the_bandwidth() {
        let first: std::collections::BTreeSet<usize> = (0..100).map(|seed| steady(seed).phase).collect();
        assert_eq!(first.into_iter().collect::<Vec<_>>(), [0, 2, 3, 4, 5, 6, 7]);
    }

    /// A phase takes a round-trip time, here with 130 segments in flight: enough for the probe, too many for its end.
    #[test]
    fn a_cycle_is_one_phase_above_one_below_and_six_at_the_bandwidth() {
        let mut it = steady(1);
        it.phase = CYCLE.len() - 1;
        it.advance_phase(Time::ZERO);
        let mut gains = vec![it.pacing_gain.0];
        for round in 1..=8 {
            it.check_phase(&delivery(101 * round, 130 * MSS));
            gains.push(it.pacing_gain.0);
        }
        assert_eq!(gains, [1_250, 750, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_250]);
    }

    #[test]
    fn the_phase_above_lasts_until_the_pipe_holds_as_much_or_something_is_lost() {
        let mut it = steady(1);
        it.phase = CYCLE.len() - 1;
        it.advance_phase(Time::ZERO);
        // 1.25 BDP and three quanta are 128 segments; one more was in flight before the ACK.
        it.check_phase(&delivery(300, 126 * MSS));
        assert_eq!(it.pacing_gain, Gain(1_250));
        it.check_phase(&Delivery { lost_bytes: MSS, ..delivery(301, 100 * MSS) });
        assert_eq!(it.pacing_gain, Gain(750));
        // The phase below ends as soon as the queue is gone: 100 segments and three quanta.
        it.check_phase(&delivery(302, 103 * MSS));
        assert_eq!(it.pacing_gain, Gain(750));
        it.check_phase(&delivery(303, 102 * MSS));
        assert_eq!(it.pacing_gain, Gain::ONE);
    }

    #[test]
    fn a_loss_changes_neither_the_model_nor_the_pace() {
        let mut it = steady(1);
        let before = (it.bandwidth(), it.min_rtt(), it.pacing_rate());
        it.on_congestion(&loss());
        assert_eq!((it.bandwidth(), it.min_rtt(), it.pacing_rate()), before);
    }

    /// For a round what arrives is sent; the end of recovery restores the window.
    #[test]
    fn recovery_conserves_packets_for_a_round() {
        let mut it = steady(1);
        it.on_delivery(&delivery(10, 150 * MSS));
        it.on_congestion(&loss());
        assert_eq!(it.cwnd(), 151 * MSS);
        let recovering = Delivery { is_recovering: true, ..delivery(11, 149 * MSS) };
        it.on_delivery(&recovering);
        assert_eq!(it.cwnd(), 151 * MSS);
        it.on_delivery(&Delivery { delivered_bytes: 4 * MSS, lost_bytes: 10 * MSS, pipe: 135 * MSS, ..recovering });
        assert_eq!(it.cwnd(), 141 * MSS);
        it.on_exit_recovery(&RecoveryExit { now: Time::ZERO, flight_size: 0, mss: MSS, repair: Repair::Sack });
        assert_eq!(it.cwnd(), 203 * MSS);
    }

    #[test]
    fn a_timeout_leaves_one_segment_and_the_end_of_its_repair_restores_the_window() {
        let mut it = steady(1);
        let timeout = TimeoutEvent { now: Time::ZERO, flight_size: 200 * MSS, mss: MSS, attempt: Attempt::First };
        it.on_timeout(&timeout);
        assert_eq!(it.cwnd(), MSS);
        it.on_delivery(&Delivery { is_recovering: true, ..delivery(10, 0) });
        assert_eq!(it.cwnd(), 4 * MSS);
        it.on_delivery(&delivery(11, 0));
        assert_eq!(it.cwnd(), 203 * MSS);
    }

    #[test]
    fn a_mark_of_a_router_is_ignored() {
        let mut it = steady(1);
        it.on_congestion(&CongestionEvent { signal: Signal::EcnEcho, ..loss() });
        assert_eq!(it.cwnd(), 203 * MSS);
    }
}
