//! BBR, version 3: the model of version 1, and bounds that losses teach.
//!
//! draft-ietf-ccwg-bbr-06 (2026), whose sections are named below; names in the code are those of its pseudo code.
//! Version 1 ignores losses, and so starves others where buffers are shallow. Version 3 asks how much may be in flight
//! before more than 2 % are lost, remembers it (`inflight_longterm`), leaves 15 % of it free while it cruises, and while
//! it does not probe gives way to losses (`bw_shortterm`, `inflight_shortterm`).
//!
//! ```text
//!           full pipe or         in flight <= BDP
//!           too many losses      or 3 rounds
//!  Startup -----------------> Drain ------------> ProbeBW_DOWN 0.9 -> CRUISE 1 -> REFILL 1 -> UP 1.25
//!     ^                                              |   ^                                        |
//!     |        least RTT not seen for 5 s            |   +--- 2 % lost, full pipe ----------------+
//!     +---------------- ProbeRTT <-------------------+        every 2 to 3 s, or as often as Reno would
//!                       half the BDP for 200 ms and a round
//! ```
//!
//! | file | sections |
//! | --- | --- |
//! | `bbr3` | 5.2, 5.3.1, 5.3.2, 5.5 (bandwidth, aggregation), 5.6: model, Startup, Drain, control parameters |
//! | `bbr3/probe_bw` | 5.3.3: the cycle |
//! | `bbr3/probe_rtt` | 5.3.4, 5.4, 5.5.7: the least round-trip time, pauses |
//! | `bbr3/losses` | 5.5.10: what losses say |
//!
//! The waits between probes come from the connection's random stream. The send quantum is the sender's, see
//! `tcp/pacing.rs`. Lost ranges are counted as ACKs that show losses, as Linux does.
//!
//! Not modelled: the offload budget (5.5.8), undoing a needless reaction (5.5.11; the sender does not detect those), ECN
//! (3.7 leaves it open).

mod losses;
mod probe_bw;
mod probe_rtt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::random::Random;
use sim_core::time::{Duration, Time};
use sim_core::units::Rate;

use super::path_model::{FullPipe, Gain, HeldBack, RecentMax, Rounds, window_rate};
use super::{
    AckEvent, CongestionControl, CongestionEvent, Delivery, FastRecovery, LostSegment, Opening, RateSample,
    RecoveryExit, Repair, Signal, Start, TimeoutEvent, UNLIMITED,
};
use losses::LossRound;
use probe_bw::ProbeBw;
use probe_rtt::ProbeRtt;

/// One line for lists.
pub const SUMMARY: &str = "BBR version 3: BBR with bounds learned from losses.";
/// Where it is from.
pub const SOURCE: &str = "draft-ietf-ccwg-bbr-06";

/// BBR has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

/// BBR.LossThresh (§2.8).
const LOSS_THRESHOLD: Gain = Gain(20);
/// BBR.Beta (§2.8).
const BETA: Gain = Gain(700);
/// BBR.Headroom (§2.8).
const HEADROOM: Gain = Gain(150);
/// BBR.MinPipeCwnd (§2.8), in segments.
const MIN_PIPE: u64 = 4;
/// 100 - BBR.PacingMarginPercent (§5.6.2).
const PACING_MARGIN: Gain = Gain(990);
/// BBR.ExtraAckedFilterLen (§2.12), in round trips.
const EXTRA_ACKED_ROUNDS: usize = 10;
/// BBR.MaxBwFilterLen (§2.11), in cycles of ProbeBW.
const BANDWIDTH_CYCLES: usize = 2;
/// BBRStartupFullLossCnt (§5.3.1.3).
const STARTUP_LOSSES: u32 = 6;
/// After so many rounds Drain ends, whatever is in flight (§5.3.2).
const DRAIN_ROUNDS: u64 = 3;
/// The round trip assumed if the handshake measured none (§5.6.2).
const NOMINAL_RTT: Duration = Duration::from_millis(1);
const UNLIMITED_RATE: Rate = Rate::from_bps(u64::MAX);

/// Where the flow is (§5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Looks for the bandwidth, twice as fast in every round.
    Startup,
    /// Empties the queue that Startup has built.
    Drain,
    /// ProbeBW_DOWN: leaves room.
    Down,
    /// ProbeBW_CRUISE: sends what arrives.
    Cruise,
    /// ProbeBW_REFILL: forgets the short-term bounds, fills the pipe for a round.
    Refill,
    /// ProbeBW_UP: tries for more.
    Up,
    /// Sends little, to see the round-trip time without its own queue.
    ProbeRtt,
}

impl State {
    /// The column "Pacing Gain" of §5.6.1.
    fn pacing_gain(self) -> Gain {
        match self {
            // 4 ln 2 (§5.3.1.1).
            State::Startup => Gain(2_770),
            State::Drain => Gain(500),
            State::Down => Gain(900),
            State::Cruise | State::Refill | State::ProbeRtt => Gain::ONE,
            State::Up => Gain(1_250),
        }
    }

    /// The column "Cwnd Gain" of §5.6.1.
    fn cwnd_gain(self) -> Gain {
        match self {
            State::Startup | State::Drain | State::Down | State::Cruise | State::Refill => Gain(2_000),
            State::Up => Gain(2_250),
            State::ProbeRtt => Gain(500),
        }
    }

    /// IsInAProbeBWState().
    fn is_probe_bw(self) -> bool {
        match self {
            State::Down | State::Cruise | State::Refill | State::Up => true,
            State::Startup | State::Drain | State::ProbeRtt => false,
        }
    }

    /// IsProbingBW().
    fn is_probing(self) -> bool {
        match self {
            State::Startup | State::Refill | State::Up => true,
            State::Drain | State::Down | State::Cruise | State::ProbeRtt => false,
        }
    }
}

/// BBR version 3.
#[derive(Clone, Debug)]
pub struct Bbr3 {
    state: State,
    cwnd: u64,
    pacing_rate: Rate,
    mss: u64,
    initial_window: u64,
    /// With SACK more than one loss a round trip can be seen.
    repair: Repair,
    random: Random,

    /// BBR.max_bw_filter, in bit/s by cycle_count.
    max_bw_filter: RecentMax<BANDWIDTH_CYCLES>,
    cycle_count: u64,
    max_bw: Rate,
    /// The lesser of max_bw and bw_shortterm.
    bw: Rate,
    bw_shortterm: Rate,
    inflight_shortterm: u64,
    inflight_longterm: u64,
    rounds: Rounds,
    /// C.delivered.
    delivered: u64,
    held_back: HeldBack,
    full_pipe: FullPipe,
    /// BBR.full_bw_reached.
    is_full_bw_reached: bool,
    drain_start_round: u64,
    extra_acked: ExtraAcked,
    losses: LossRound,
    probe_bw: ProbeBw,
    probe_rtt: ProbeRtt,
    prior_cwnd: u64,
    is_recovering: bool,
}

/// What ACKs brought in excess of bw, by their aggregation (§5.5.9).
#[derive(Clone, Debug)]
struct ExtraAcked {
    interval_start: Time,
    delivered: u64,
    filter: RecentMax<EXTRA_ACKED_ROUNDS>,
}

/// An ACK with a delivery rate: RS.
#[derive(Clone, Copy, Debug)]
struct Sampled<'a> {
    delivery: &'a Delivery,
    sample: &'a RateSample,
    rate: Rate,
    /// Whether the application, or ProbeRTT, and not the path limited the rate.
    is_limited: bool,
}

impl Bbr3 {
    /// At the start of a connection.
    pub fn new(_config: &Config, start: &Start) -> Self {
        Bbr3 {
            state: State::Startup,
            cwnd: start.initial_window.max(start.mss),
            pacing_rate: window_rate(start.initial_window, NOMINAL_RTT, State::Startup.pacing_gain()),
            mss: start.mss,
            initial_window: start.initial_window,
            repair: Repair::Sack,
            random: Random::stream(0, "bbr3", "probes"),
            max_bw_filter: RecentMax::new(),
            cycle_count: 0,
            max_bw: Rate::from_bps(0),
            bw: Rate::from_bps(0),
            bw_shortterm: UNLIMITED_RATE,
            inflight_shortterm: UNLIMITED,
            inflight_longterm: UNLIMITED,
            rounds: Rounds::default(),
            delivered: 0,
            held_back: HeldBack::default(),
            full_pipe: FullPipe::default(),
            is_full_bw_reached: false,
            drain_start_round: 0,
            extra_acked: ExtraAcked { interval_start: Time::ZERO, delivered: 0, filter: RecentMax::new() },
            losses: LossRound::new(),
            probe_bw: ProbeBw::default(),
            probe_rtt: ProbeRtt::default(),
            prior_cwnd: 0,
            is_recovering: false,
        }
    }

    /// Where the flow is.
    pub fn state(&self) -> State {
        self.state
    }

    /// BBR.max_bw, the estimate of the bandwidth.
    pub fn bandwidth(&self) -> Rate {
        self.max_bw
    }

    /// BBR.min_rtt, the estimate of the round-trip time without queues.
    pub fn min_rtt(&self) -> Option<Duration> {
        self.probe_rtt.min_rtt
    }

    /// BBR.inflight_longterm: how much in flight lost too much; none if nothing has yet.
    pub fn longterm_bound(&self) -> Option<u64> {
        Some(self.inflight_longterm).filter(|&bound| bound != UNLIMITED)
    }

    // §5.2.3: what an ACK does.

    /// UpdateModelAndState().
    fn update_model(&mut self, ack: &Sampled<'_>) {
        self.update_latest_delivery_signals(ack);
        self.update_max_bw(ack);
        self.adapt_lower_bounds();
        self.update_ack_aggregation(ack.delivery);
        self.check_full_bw_reached(ack);
        self.check_startup_done(ack);
        self.check_drain_done(ack.delivery);
        self.update_probe_bw_cycle_phase(ack);
        self.update_min_rtt(ack.delivery);
        self.check_probe_rtt(ack.delivery);
        self.advance_latest_delivery_signals(ack);
        self.bound_bw_for_model();
    }

    /// UpdateMaxBw() (§5.5.5); the round is known already.
    fn update_max_bw(&mut self, ack: &Sampled<'_>) {
        if ack.rate.bps() > 0 && (ack.rate >= self.max_bw || !ack.is_limited) {
            self.max_bw_filter.update(self.cycle_count, ack.rate.bps());
            self.max_bw = Rate::from_bps(self.max_bw_filter.greatest());
        }
    }

    /// BoundBWForModel().
    fn bound_bw_for_model(&mut self) {
        self.bw = self.max_bw.min(self.bw_shortterm);
    }

    /// UpdateACKAggregation() (§5.5.9).
    fn update_ack_aggregation(&mut self, delivery: &Delivery) {
        let extra = &mut self.extra_acked;
        let mut expected = self.bw.bytes_in(delivery.now.since(extra.interval_start)).get();
        // ACKs that are slower than expected end an episode.
        if extra.delivered <= expected {
            extra.delivered = 0;
            extra.interval_start = delivery.now;
            expected = 0;
        }
        extra.delivered += delivery.delivered_bytes;
        let excess = (extra.delivered - expected).min(self.cwnd);
        extra.filter.update(self.rounds.count, excess);
    }

    /// BBR.extra_acked: of ten rounds, in Startup of one.
    fn extra_acked(&self) -> u64 {
        let filter = &self.extra_acked.filter;
        if self.is_full_bw_reached { filter.greatest() } else { filter.current() }
    }

    /// CheckFullBWReached() (§5.3.1.2).
    fn check_full_bw_reached(&mut self, ack: &Sampled<'_>) {
        if self.full_pipe.is_full || !self.rounds.is_start || ack.is_limited {
            return;
        }
        self.full_pipe.on_round(ack.rate);
        self.is_full_bw_reached |= self.full_pipe.is_full;
    }

    /// CheckStartupDone() (§5.3.1).
    fn check_startup_done(&mut self, ack: &Sampled<'_>) {
        self.check_startup_high_loss(ack);
        if self.state == State::Startup && self.is_full_bw_reached {
            self.state = State::Drain;
            self.drain_start_round = self.rounds.count;
        }
    }

    /// CheckDrainDone() (§5.3.2).
    fn check_drain_done(&mut self, delivery: &Delivery) {
        if self.state == State::Drain
            && (delivery.pipe <= self.inflight(self.bw, Gain::ONE)
                || self.rounds.count > self.drain_start_round + DRAIN_ROUNDS)
        {
            self.start_down(delivery.now);
        }
    }

    // §5.6: control parameters.

    /// BDPMultiple(gain) (§5.6.4.2).
    fn bdp_multiple(&self, bw: Rate, gain: Gain) -> u64 {
        match self.probe_rtt.min_rtt {
            None => self.initial_window,
            Some(min_rtt) => gain.of_bytes(bw.bytes_in(min_rtt).get()),
        }
    }

    /// QuantizationBudget(inflight_cap) (§5.6.4.2).
    fn with_budget(&self, inflight: u64) -> u64 {
        let probe = if self.state == State::Up { 2 * self.mss } else { 0 };
        inflight.max(self.min_pipe_cwnd()) + probe
    }

    /// Inflight(gain) (§5.6.4.2).
    fn inflight(&self, bw: Rate, gain: Gain) -> u64 {
        self.with_budget(self.bdp_multiple(bw, gain))
    }

    fn min_pipe_cwnd(&self) -> u64 {
        MIN_PIPE * self.mss
    }

    /// TargetInflight() (§5.3.3.8): the BDP, unless congestion has cut cwnd.
    fn target_inflight(&self) -> u64 {
        self.bdp_multiple(self.bw, Gain::ONE).min(self.cwnd)
    }

    /// SetPacingRateWithGain() (§5.6.2).
    fn set_pacing_rate(&mut self, gain: Gain) {
        let rate = PACING_MARGIN.of_rate(gain.of_rate(self.bw));
        if rate.bps() > 0 && (self.is_full_bw_reached || rate > self.pacing_rate) {
            self.pacing_rate = rate;
        }
    }

    /// SetCwnd() (§5.6.4.6).
    fn set_cwnd(&mut self, newly_acked: u64) {
        let max_inflight = self.with_budget(self.bdp_multiple(self.bw, self.state.cwnd_gain()) + self.extra_acked());
        if self.is_full_bw_reached {
            self.cwnd = (self.cwnd + newly_acked).min(max_inflight);
        } else if self.cwnd < max_inflight || self.delivered < self.initial_window {
            self.cwnd += newly_acked;
        }
        self.cwnd = self.cwnd.max(self.min_pipe_cwnd());
        if self.state == State::ProbeRtt {
            self.cwnd = self.cwnd.min(self.probe_rtt_cwnd());
        }
        self.bound_cwnd_for_model();
    }

    /// BoundCwndForModel() (§5.6.4.7).
    fn bound_cwnd_for_model(&mut self) {
        let cap = match self.state {
            State::Startup | State::Drain => UNLIMITED,
            State::Down | State::Refill | State::Up => self.inflight_longterm,
            State::Cruise | State::ProbeRtt => self.inflight_with_headroom(),
        };
        let cap = cap.min(self.inflight_shortterm).max(self.min_pipe_cwnd());
        self.cwnd = self.cwnd.min(cap);
    }

    /// SaveCwnd() (§5.6.4.4): the last cwnd that neither recovery nor ProbeRTT made small.
    fn save_cwnd(&mut self) {
        let is_modulated = self.is_recovering || self.state == State::ProbeRtt;
        self.prior_cwnd = if is_modulated { self.prior_cwnd.max(self.cwnd) } else { self.cwnd };
    }

    /// RestoreCwnd() (§5.6.4.4).
    fn restore_cwnd(&mut self) {
        self.cwnd = self.cwnd.max(self.prior_cwnd);
    }

    fn end_recovery(&mut self) {
        if self.is_recovering {
            self.is_recovering = false;
            self.restore_cwnd();
            self.bound_cwnd_for_model();
        }
    }
}

impl CongestionControl for Bbr3 {
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

    /// OnInit() (§5.2.1), as far as it needs the handshake.
    fn on_open(&mut self, opening: &Opening) {
        self.random = Random::stream(opening.seed, "bbr3", "probes");
        self.repair = opening.repair;
        self.probe_rtt = ProbeRtt::new(opening.now, opening.rtt);
        self.extra_acked.interval_start = opening.now;
        let rtt = opening.rtt.unwrap_or(NOMINAL_RTT);
        self.pacing_rate = window_rate(self.initial_window, rtt, State::Startup.pacing_gain());
    }

    /// All is done in [`on_delivery`](CongestionControl::on_delivery).
    #[inline]
    fn on_ack(&mut self, _ack: &AckEvent) {}

    /// UpdateOnACK() (§5.2.3).
    fn on_delivery(&mut self, delivery: &Delivery) {
        // A recovery after a timeout ends without another hook.
        if !delivery.is_recovering {
            self.end_recovery();
        }
        if let Some(sample) = &delivery.rate {
            self.delivered = sample.total_delivered;
            self.rounds.update(sample);
            self.probe_bw.rounds_since_up += u64::from(self.rounds.is_start);
            let is_limited = self.held_back.limits(sample);
            self.update_model(&Sampled { delivery, sample, rate: sample.rate(), is_limited });
        } else {
            self.rounds.is_start = false;
            self.update_min_rtt(delivery);
            self.check_probe_rtt(delivery);
        }
        self.set_pacing_rate(self.state.pacing_gain());
        self.set_cwnd(delivery.delivered_bytes);
    }

    fn on_loss(&mut self, lost: &LostSegment) {
        self.handle_lost_packet(lost);
    }

    /// OnEnterFastRecovery() (§5.6.4.4): the bounds answer to the loss, not cwnd itself.
    fn on_congestion(&mut self, congestion: &CongestionEvent) {
        if congestion.signal == Signal::Loss {
            self.save_cwnd();
            self.is_recovering = true;
        }
    }

    fn on_exit_recovery(&mut self, _exit: &RecoveryExit) {
        self.end_recovery();
    }

    /// OnEnterRTO() (§5.6.4.4): nothing is in flight any more, and one segment may be.
    fn on_timeout(&mut self, timeout: &TimeoutEvent) {
        self.save_cwnd();
        self.is_recovering = true;
        self.cwnd = timeout.mss;
    }

    /// HandleRestartFromIdle() (§5.4.1).
    fn on_wake(&mut self, now: Time) {
        self.probe_rtt.is_idle_restart = true;
        self.extra_acked.interval_start = now;
        if self.state.is_probe_bw() {
            self.set_pacing_rate(Gain::ONE);
        } else if self.state == State::ProbeRtt {
            self.check_probe_rtt_done(now);
        }
    }
}

#[cfg(test)]
mod tests;
