//! What losses say (§5.5.10): the short-term bounds, and when too much was in flight.

use super::*;

/// The round trip that is watched for losses (§2.10, §2.14).
#[derive(Clone, Copy, Debug)]
pub(super) struct LossRound {
    /// BBR.loss_round_delivered: the round ends when what was sent after this much was delivered is delivered.
    delivered: u64,
    /// BBR.loss_round_start.
    is_start: bool,
    /// BBR.is_loss_in_round.
    has_loss: bool,
    /// ACKs that showed losses in this round.
    events: u32,
    /// BBR.bw_latest: the greatest delivery rate of the round.
    bw_latest: Rate,
    /// BBR.inflight_latest: the greatest delivery.
    inflight_latest: u64,
}

impl LossRound {
    pub(super) const fn new() -> Self {
        LossRound {
            delivered: 0,
            is_start: false,
            has_loss: false,
            events: 0,
            bw_latest: Rate::from_bps(0),
            inflight_latest: 0,
        }
    }
}

impl Bbr3 {
    /// UpdateLatestDeliverySignals() (§5.5.10.3).
    pub(super) fn update_latest_delivery_signals(&mut self, ack: &Sampled<'_>) {
        let round = &mut self.losses;
        round.bw_latest = round.bw_latest.max(ack.rate);
        round.inflight_latest = round.inflight_latest.max(ack.sample.delivered_bytes);
        round.is_start = ack.sample.prior_delivered >= round.delivered;
        if round.is_start {
            round.delivered = ack.sample.total_delivered;
        }
    }

    /// AdvanceLatestDeliverySignals() (§5.5.10.3).
    pub(super) fn advance_latest_delivery_signals(&mut self, ack: &Sampled<'_>) {
        if self.losses.is_start {
            self.losses.bw_latest = ack.rate;
            self.losses.inflight_latest = ack.sample.delivered_bytes;
        }
    }

    /// ResetCongestionSignals() (§5.5.10.3).
    pub(super) fn reset_congestion_signals(&mut self) {
        self.losses.has_loss = false;
        self.losses.bw_latest = Rate::from_bps(0);
        self.losses.inflight_latest = 0;
    }

    /// UpdateCongestionSignals() without the bandwidth, and AdaptLowerBoundsFromCongestion() (§5.5.10.3): once in a round
    /// with losses, unless it is probing that caused them.
    pub(super) fn adapt_lower_bounds(&mut self) {
        if !self.losses.is_start {
            return;
        }
        if self.losses.has_loss && !self.state.is_probing() {
            // InitLowerBounds()
            if self.bw_shortterm == UNLIMITED_RATE {
                self.bw_shortterm = self.max_bw;
            }
            if self.inflight_shortterm == UNLIMITED {
                self.inflight_shortterm = self.cwnd;
            }
            // LossLowerBounds()
            self.bw_shortterm = self.losses.bw_latest.max(BETA.of_rate(self.bw_shortterm));
            self.inflight_shortterm = self.losses.inflight_latest.max(BETA.of_bytes(self.inflight_shortterm));
        }
        self.losses.has_loss = false;
    }

    /// ResetShortTermModel() (§5.5.10.3).
    pub(super) fn reset_short_term_model(&mut self) {
        self.bw_shortterm = UNLIMITED_RATE;
        self.inflight_shortterm = UNLIMITED;
    }

    /// IsInflightTooHigh() (§5.5.10.2). Without SACK one loss is all that can be seen in a round trip.
    pub(super) fn is_inflight_too_high(&self, lost: u64, tx_in_flight: u64) -> bool {
        match self.repair {
            Repair::Sack => lost > LOSS_THRESHOLD.of_bytes(tx_in_flight),
            Repair::PartialAcks => lost > 0,
        }
    }

    /// CheckStartupHighLoss() (§5.3.1.3), asked at the end of a round with losses.
    pub(super) fn check_startup_high_loss(&mut self, ack: &Sampled<'_>) {
        let sample = ack.sample;
        self.losses.events += u32::from(ack.delivery.lost_bytes > 0);
        if !self.losses.is_start {
            return;
        }
        let events = std::mem::take(&mut self.losses.events);
        let are_many = match self.repair {
            Repair::Sack => events >= STARTUP_LOSSES,
            Repair::PartialAcks => true,
        };
        if self.state == State::Startup
            && self.is_recovering
            && are_many
            && self.is_inflight_too_high(sample.lost_bytes, sample.in_flight_at_send)
        {
            self.is_full_bw_reached = true;
            self.inflight_longterm = self.bdp_multiple(self.bw, Gain::ONE).max(self.losses.inflight_latest);
        }
    }

    /// HandleLostPacket() (§5.5.10.2).
    pub(super) fn handle_lost_packet(&mut self, lost: &LostSegment) {
        // NoteLoss()
        if !self.losses.has_loss {
            self.losses.delivered = lost.total_delivered;
        }
        self.losses.has_loss = true;
        if self.probe_bw.is_sample && self.is_inflight_too_high(lost.lost_bytes, lost.in_flight_at_send) {
            let tx_in_flight = inflight_at_loss(lost);
            self.handle_inflight_too_high(tx_in_flight, lost);
        }
    }

    /// HandleInflightTooHigh() (§5.5.10.2): at most once for each probe.
    fn handle_inflight_too_high(&mut self, tx_in_flight: u64, lost: &LostSegment) {
        self.probe_bw.was_too_high = true;
        self.probe_bw.is_sample = false;
        if !lost.is_app_limited {
            self.inflight_longterm = tx_in_flight.max(BETA.of_bytes(self.target_inflight()));
        }
        if self.state == State::Up {
            self.start_down(lost.now);
        }
    }
}

/// InflightAtLoss() (§5.5.10.2): with which part of the segment more than LossThresh was lost.
pub(super) fn inflight_at_loss(lost: &LostSegment) -> u64 {
    let inflight_prev = lost.in_flight_at_send.saturating_sub(lost.bytes);
    let lost_prev = lost.lost_bytes.saturating_sub(lost.bytes);
    // (LossThresh · inflight_prev - lost_prev) / (1 - LossThresh)
    let prefix = (LOSS_THRESHOLD.0 * inflight_prev).saturating_sub(1_000 * lost_prev) / (1_000 - LOSS_THRESHOLD.0);
    inflight_prev + prefix
}
