//! ProbeBW (§5.3.3): DOWN, CRUISE, REFILL, UP, and again.

use super::*;
use crate::congestion::path_model::has_passed;

/// The most rounds between probes: a Reno flow of a greater window would need longer to fill it again (§5.3.3.8).
const MOST_ROUNDS: u64 = 63;
/// The least wall-clock time between probes; up to a second is added (§5.3.3.8).
const LEAST_WAIT: Duration = Duration::from_secs(2);
const WAIT_SPREAD: Duration = Duration::from_secs(1);
/// The most doublings of the slope of inflight_longterm (§5.3.3.9).
const MOST_DOUBLINGS: u32 = 30;

/// What the ACKs that arrive are about (§2.14, BBR.ack_phase).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum AckPhase {
    #[default]
    Init,
    Refilling,
    ProbeStarting,
    ProbeFeedback,
    ProbeStopping,
}

/// Where the cycle stands (§2.14).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProbeBw {
    ack_phase: AckPhase,
    /// BBR.is_bw_probe_sample: what is lost now was sent while probing.
    pub(super) is_sample: bool,
    /// BBR.prev_probe_too_high.
    pub(super) was_too_high: bool,
    /// BBR.prev_probe_precautionary.
    was_precautionary: bool,
    /// BBR.rounds_since_probe_up.
    pub(super) rounds_since_up: u64,
    /// BBR.bw_probe_wait.
    pub(super) wait: Duration,
    /// BBR.cycle_stamp.
    cycle_start: Time,
    /// BBR.bw_probe_up_rounds.
    up_rounds: u32,
    /// BBR.bw_probe_up_acked.
    up_acked: u64,
    /// BBR.probe_up_acked_per_inc: so much for each segment more of inflight_longterm; none outside of UP.
    acked_per_segment: Option<u64>,
}

impl Bbr3 {
    /// StartProbeBW_DOWN().
    pub(super) fn start_down(&mut self, now: Time) {
        self.reset_congestion_signals();
        // PickProbeWait()
        self.probe_bw.rounds_since_up = self.random.below(2);
        self.probe_bw.wait = LEAST_WAIT + self.random.time_below(WAIT_SPREAD);
        self.probe_bw.acked_per_segment = None;
        self.probe_bw.cycle_start = now;
        self.probe_bw.ack_phase = AckPhase::ProbeStopping;
        self.rounds.restart(self.delivered);
        self.state = State::Down;
    }

    /// StartProbeBW_CRUISE().
    pub(super) fn start_cruise(&mut self) {
        self.state = State::Cruise;
    }

    /// StartProbeBW_REFILL().
    fn start_refill(&mut self) {
        self.reset_short_term_model();
        self.probe_bw.up_rounds = 0;
        self.probe_bw.up_acked = 0;
        self.probe_bw.was_precautionary = false;
        self.probe_bw.ack_phase = AckPhase::Refilling;
        self.rounds.restart(self.delivered);
        self.state = State::Refill;
    }

    /// StartProbeBW_UP().
    fn start_up(&mut self, ack: &Sampled<'_>) {
        self.probe_bw.ack_phase = AckPhase::ProbeStarting;
        self.rounds.restart(self.delivered);
        self.full_pipe.restart(ack.rate);
        self.state = State::Up;
        self.raise_longterm_slope();
    }

    /// When ProbeRTT begins, the probe is over (§5.3.4.3).
    pub(super) fn stop_probing(&mut self) {
        self.probe_bw.ack_phase = AckPhase::ProbeStopping;
        self.rounds.restart(self.delivered);
    }

    /// UpdateProbeBWCyclePhase().
    pub(super) fn update_probe_bw_cycle_phase(&mut self, ack: &Sampled<'_>) {
        if !self.is_full_bw_reached || self.adapt_long_term_model(ack) {
            return;
        }
        let (state, delivery) = (self.state, ack.delivery);
        match state {
            State::Down if self.is_time_to_probe(delivery.now) => self.start_refill(),
            State::Down if self.is_time_to_cruise(delivery) => self.start_cruise(),
            State::Cruise if self.is_time_to_probe(delivery.now) => self.start_refill(),
            State::Refill if self.rounds.is_start => {
                self.probe_bw.is_sample = true;
                self.start_up(ack);
            }
            State::Up if self.is_time_to_go_down(ack) => {
                self.probe_bw.was_too_high = false;
                self.start_down(delivery.now);
            }
            State::Startup
            | State::Drain
            | State::Down
            | State::Cruise
            | State::Refill
            | State::Up
            | State::ProbeRtt => {}
        }
    }

    /// IsTimeToProbeBW(), with IsRenoCoexistenceProbeTime() (§5.3.3.8).
    fn is_time_to_probe(&self, now: Time) -> bool {
        let reno_rounds = (self.target_inflight() / self.mss).min(MOST_ROUNDS);
        has_passed(now, self.probe_bw.cycle_start, self.probe_bw.wait) || self.probe_bw.rounds_since_up >= reno_rounds
    }

    /// IsTimeToCruise().
    fn is_time_to_cruise(&self, delivery: &Delivery) -> bool {
        delivery.pipe <= self.inflight_with_headroom() && delivery.pipe <= self.inflight(self.max_bw, Gain::ONE)
    }

    /// IsTimeToGoDown().
    fn is_time_to_go_down(&mut self, ack: &Sampled<'_>) -> bool {
        // Where the last probe lost too much, this one turns back (§5.3.3.6).
        if self.probe_bw.was_too_high && ack.delivery.pipe >= self.inflight_longterm {
            self.probe_bw.was_precautionary = true;
            return true;
        }
        if ack.delivery.is_cwnd_limited && self.cwnd >= self.inflight_longterm {
            // It is inflight_longterm that limits the bandwidth.
            self.full_pipe.restart(ack.rate);
            return false;
        }
        self.full_pipe.is_full
    }

    /// InflightWithHeadroom().
    pub(super) fn inflight_with_headroom(&self) -> u64 {
        if self.inflight_longterm == UNLIMITED {
            return UNLIMITED;
        }
        let headroom = HEADROOM.of_bytes(self.inflight_longterm).max(self.mss);
        self.inflight_longterm.saturating_sub(headroom).max(self.min_pipe_cwnd())
    }

    /// RaiseInflightLongtermSlope(): one segment in this round, two in the next, then four.
    pub(super) fn raise_longterm_slope(&mut self) {
        let growth = 1_u64 << self.probe_bw.up_rounds;
        self.probe_bw.up_rounds = (self.probe_bw.up_rounds + 1).min(MOST_DOUBLINGS);
        self.probe_bw.acked_per_segment = Some((self.cwnd / growth).max(self.mss));
    }

    /// ProbeInflightLongtermUpward().
    pub(super) fn probe_longterm_upward(&mut self, delivery: &Delivery) {
        if !delivery.is_cwnd_limited || self.cwnd < self.inflight_longterm {
            return;
        }
        let probe = &mut self.probe_bw;
        probe.up_acked += delivery.delivered_bytes;
        if let Some(acked_per_segment) = probe.acked_per_segment {
            let segments = probe.up_acked / acked_per_segment;
            probe.up_acked -= segments * acked_per_segment;
            self.inflight_longterm += segments * self.mss;
        }
        if self.rounds.is_start {
            self.raise_longterm_slope();
        }
    }

    /// AdaptLongTermModel(). Returns whether it decided on another state.
    fn adapt_long_term_model(&mut self, ack: &Sampled<'_>) -> bool {
        if self.rounds.is_start {
            match self.probe_bw.ack_phase {
                AckPhase::ProbeStarting => self.probe_bw.ack_phase = AckPhase::ProbeFeedback,
                AckPhase::ProbeStopping => {
                    // The last samples of the probe have arrived.
                    self.probe_bw.is_sample = false;
                    self.probe_bw.ack_phase = AckPhase::Init;
                    if self.state.is_probe_bw() {
                        // AdvanceMaxBwFilter() (§5.5.6)
                        self.cycle_count += u64::from(!ack.is_limited);
                        if self.probe_bw.was_precautionary && !self.probe_bw.was_too_high {
                            self.start_refill();
                            return true;
                        }
                    }
                }
                AckPhase::Init | AckPhase::Refilling | AckPhase::ProbeFeedback => {}
            }
        }
        let sample = ack.sample;
        let is_safe = !self.is_inflight_too_high(sample.lost_bytes, sample.in_flight_at_send);
        if is_safe && self.inflight_longterm != UNLIMITED {
            self.inflight_longterm = self.inflight_longterm.max(sample.in_flight_at_send);
            if self.state == State::Up {
                self.probe_longterm_upward(ack.delivery);
            }
        }
        false
    }
}
