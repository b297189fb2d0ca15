//! The least round-trip time, and ProbeRTT, which makes it visible (§5.3.4, §5.5.7).

use super::*;
use crate::congestion::path_model::has_passed;

/// BBR.MinRTTFilterLen (§2.16.1).
const MIN_RTT_WINDOW: Duration = Duration::from_secs(10);
/// BBR.ProbeRTTInterval (§2.16.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// BBR.ProbeRTTDuration (§2.16.2).
const TIME: Duration = Duration::from_millis(200);

/// The estimate, and when it is to be renewed (§2.16).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ProbeRtt {
    /// BBR.min_rtt and its stamp.
    pub(super) min_rtt: Option<Duration>,
    min_rtt_at: Time,
    /// BBR.probe_rtt_min_delay and its stamp.
    min_delay: Option<Duration>,
    min_delay_at: Time,
    /// BBR.probe_rtt_expired.
    has_expired: bool,
    /// BBR.probe_rtt_done_stamp.
    end: Option<Time>,
    /// BBR.probe_rtt_round_done.
    is_round_over: bool,
    /// BBR.idle_restart.
    pub(super) is_idle_restart: bool,
}

impl ProbeRtt {
    pub(super) fn new(now: Time, rtt: Option<Duration>) -> Self {
        ProbeRtt { min_rtt: rtt, min_rtt_at: now, min_delay: rtt, min_delay_at: now, ..ProbeRtt::default() }
    }
}

impl Bbr3 {
    /// UpdateMinRTT() (§5.3.4.3).
    pub(super) fn update_min_rtt(&mut self, delivery: &Delivery) {
        let it = &mut self.probe_rtt;
        it.has_expired = has_passed(delivery.now, it.min_delay_at, INTERVAL);
        if let Some(rtt) = delivery.rtt
            && (it.has_expired || it.min_delay.is_none_or(|min| rtt < min))
        {
            it.min_delay = Some(rtt);
            it.min_delay_at = delivery.now;
        }
        let Some(min_delay) = it.min_delay else { return };
        let has_expired = has_passed(delivery.now, it.min_rtt_at, MIN_RTT_WINDOW);
        if has_expired || it.min_rtt.is_none_or(|min_rtt| min_delay < min_rtt) {
            it.min_rtt = Some(min_delay);
            it.min_rtt_at = it.min_delay_at;
        }
    }

    /// CheckProbeRTT() (§5.3.4.3).
    pub(super) fn check_probe_rtt(&mut self, delivery: &Delivery) {
        let it = &mut self.probe_rtt;
        if self.state != State::ProbeRtt && it.has_expired && !it.is_idle_restart {
            it.end = None;
            self.save_cwnd();
            self.state = State::ProbeRtt;
            self.stop_probing();
        }
        if self.state == State::ProbeRtt {
            self.handle_probe_rtt(delivery);
        }
        if delivery.delivered_bytes > 0 {
            self.probe_rtt.is_idle_restart = false;
        }
    }

    /// HandleProbeRTT() (§5.3.4.3).
    fn handle_probe_rtt(&mut self, delivery: &Delivery) {
        self.held_back.mark(self.delivered, delivery.pipe);
        if self.probe_rtt.end.is_some() {
            self.probe_rtt.is_round_over |= self.rounds.is_start;
            if self.probe_rtt.is_round_over {
                self.check_probe_rtt_done(delivery.now);
            }
        } else if delivery.pipe <= self.probe_rtt_cwnd() {
            self.probe_rtt.end = Some(delivery.now + TIME);
            self.probe_rtt.is_round_over = false;
            self.rounds.restart(self.delivered);
        }
    }

    /// CheckProbeRTTDone() and ExitProbeRTT() (§5.3.4.3, §5.3.4.4).
    pub(super) fn check_probe_rtt_done(&mut self, now: Time) {
        if self.probe_rtt.end.is_none_or(|end| now <= end) {
            return;
        }
        self.probe_rtt.min_delay_at = now;
        self.restore_cwnd();
        self.reset_short_term_model();
        if self.is_full_bw_reached {
            self.start_down(now);
            self.start_cruise();
        } else {
            self.state = State::Startup;
        }
    }

    /// ProbeRTTCwnd() (§5.6.4.5).
    pub(super) fn probe_rtt_cwnd(&self) -> u64 {
        self.bdp_multiple(self.bw, State::ProbeRtt.cwnd_gain()).max(self.min_pipe_cwnd())
    }
}
