//! The sender's part in RACK and TLP (RFC 8985): what follows a loss found by time, and probes of the tail.

use super::*;
use crate::tcp::Wait;
use crate::tcp::scoreboard::{Circumstances, Losses};

/// What a sender keeps for both.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByTime {
    /// When the first sending in doubt counts as lost.
    reordering_until: Option<Time>,
    /// When the window was cut last.
    cut_at: Time,
    /// When new data was acknowledged last.
    acked_at: Time,
    /// TLP.end_seq and TLP.is_retrans.
    probe: Option<Probe>,
    /// TLP.max_ack_delay.
    max_ack_delay: Duration,
}

/// A loss probe under way.
#[derive(Clone, Copy, Debug)]
struct Probe {
    /// SND.NXT when it was sent.
    end: u64,
    /// Whether it repeats what was sent before.
    is_again: bool,
}

/// The wait for a probe before a round trip was measured (RFC 8985 §7.2).
const PTO_WITHOUT_SRTT: Duration = Duration::from_secs(1);

impl ByTime {
    pub(super) fn new(config: &Config) -> Self {
        ByTime {
            reordering_until: None,
            cut_at: Time::ZERO,
            acked_at: Time::ZERO,
            probe: None,
            // A flow's two ends share their parameters: what we would delay, the peer may.
            max_ack_delay: config.delayed_ack.unwrap_or(Duration::ZERO),
        }
    }
}

impl Sender {
    /// Whether losses are found by time.
    #[inline]
    pub(in crate::tcp) fn detects_by_time(&self) -> bool {
        self.settings.rack
    }

    /// What the timer waits for before the retransmission timeout, and until when.
    #[inline]
    pub(in crate::tcp) fn early_wait(&self) -> Option<(Wait, Time)> {
        if let Some(until) = self.by_time.reordering_until {
            return Some((Wait::Reordering, until));
        }
        // RFC 8985 §7.2: not while anything is missing or a probe is under way.
        let may_probe = self.settings.probes
            && self.phase == Phase::Open
            && self.by_time.probe.is_none()
            && !self.board.has_sacked()
            && self.awaits_ack();
        may_probe.then(|| (Wait::Probe, self.sent_at.max(self.by_time.acked_at) + self.probe_timeout()))
    }

    /// TLP_calc_PTO (RFC 8985 §7.2), without the bound by the retransmission timeout.
    #[inline]
    fn probe_timeout(&self) -> Duration {
        let Some(srtt) = self.rto.srtt() else { return PTO_WITHOUT_SRTT };
        let is_alone = self.board.flight_size() <= self.mss;
        srtt * 2 + if is_alone { self.by_time.max_ack_delay } else { Duration::ZERO }
    }

    fn circumstances(&self, now: Time) -> Circumstances {
        Circumstances {
            now,
            is_recovering: self.phase != Phase::Open && self.board.una() < self.recover,
            threshold: self.settings.threshold,
            srtt: self.rto.srtt(),
        }
    }

    /// An ACK has brought something, or the reordering timer has expired: is anything lost?
    pub(super) fn detect_losses(&mut self, now: Time) -> Losses {
        let given = self.circumstances(now);
        let Sender { board, rate, control, mss, .. } = self;
        let losses = board.detect_losses(&given, |lost| {
            if let Some(rate) = rate {
                rate.on_lost(lost.start, now, *mss, |lost| control.on_loss(lost));
            }
        });
        self.by_time.reordering_until = losses.next;
        losses
    }

    /// Fast recovery begins, goes on, or has to begin anew.
    #[inline]
    pub(super) fn on_losses(&mut self, losses: &Losses, news: &News, now: Time, stats: &mut Stats) {
        match self.phase {
            Phase::Open => {
                if self.board.may_have_lost() && self.board.next_lost_by_time().is_some() {
                    self.enter_recovery(news, now, stats);
                }
            }
            // The loss of a retransmission is one more sign of congestion (RFC 5681 §4.3), once for all that were sent
            // since the last cut. As at the beginning, the first lost segment leaves whatever the window. Linux leaves
            // the window as it is.
            Phase::Fast => {
                if losses.retransmission.is_some_and(|sent_at| sent_at >= self.by_time.cut_at) {
                    self.recover = self.board.max();
                    let flight_size = self.board.flight_size().min(self.control.cwnd());
                    self.cut(flight_size, now);
                    self.resends_first = true;
                    self.inflation = 0;
                    self.prr = self.begin_rate_reduction(news);
                }
            }
            Phase::Timeout | Phase::GoBack => {}
        }
    }

    /// Tells the algorithm of a loss.
    fn cut(&mut self, flight_size: u64, now: Time) {
        self.note_cut(now);
        self.control.on_congestion(&CongestionEvent { now, signal: Signal::Loss, flight_size, mss: self.mss });
    }

    /// The window is cut for a loss.
    pub(super) fn note_cut(&mut self, now: Time) {
        self.by_time.cut_at = now;
        self.by_time.probe = None;
        self.ecn.on_reduced(self.board.max());
    }

    /// What is lost when the retransmission timer expires, or Tahoe begins again.
    pub(super) fn lose_by_time(&mut self, phase: Phase, now: Time) {
        let given = self.circumstances(now);
        let Sender { board, rate, control, mss, .. } = self;
        let on_lost = |lost: Range| {
            if let Some(rate) = rate {
                rate.on_lost(lost.start, now, *mss, |lost| control.on_loss(lost));
            }
        };
        match phase {
            Phase::Timeout => board.lose_on_timeout(&given, on_lost),
            Phase::Open | Phase::Fast | Phase::GoBack => board.lose_all(on_lost),
        }
        self.by_time.reordering_until = None;
        self.by_time.probe = None;
    }

    /// The blocks of an ACK, from low to high: only what arrives after something higher counts as reordered.
    pub(super) fn update_sacked_by_time(&mut self, sack: &SackBlocks, now: Time) -> u64 {
        let una = self.board.una();
        let mut blocks = [(0, 0); SackBlocks::MOST];
        for (block, &(left, right)) in blocks.iter_mut().zip(sack.as_slice()) {
            let bounds = self.numbering.position(left, una).zip(self.numbering.position(right, una));
            *block = bounds.unwrap_or_default();
        }
        blocks.sort_unstable();
        let (board, rate) = (&mut self.board, &mut self.rate);
        let on_news = |part: Range| {
            if let Some(rate) = rate.as_mut() {
                rate.on_delivered(part.start, part.end);
            }
        };
        let mut on_news = on_news;
        blocks.into_iter().map(|(left, right)| board.on_sack_by_time(left, right, now, &mut on_news)).sum()
    }

    #[inline]
    pub(super) fn note_acked_at(&mut self, now: Time) {
        self.by_time.acked_at = now;
    }

    /// The reordering timer has expired: what was in doubt is lost.
    pub(in crate::tcp) fn on_reordering_timeout(&mut self, now: Time, stats: &mut Stats) {
        self.note_app_limits();
        let losses = self.detect_losses(now);
        let news = News::default();
        self.on_losses(&losses, &news, now, stats);
        self.reduce_rate(&news, false);
    }

    /// TLP_send_probe (RFC 8985 §7.3): new data if there is any, else the last segment again, whatever cwnd says.
    pub(in crate::tcp) fn on_probe_timeout(&mut self, now: Time) -> Option<Outgoing> {
        self.note_app_limits();
        let start = self.board.max();
        let usable = self.offered.edge.saturating_sub(start);
        let len = self.written.saturating_sub(start).min(usable).min(self.mss);
        let is_again = len == 0;
        let probe = if is_again { self.resend(self.board.last()?, now) } else { self.send_new(start, len, now) };
        self.by_time.probe = Some(Probe { end: self.board.max(), is_again });
        Some(probe)
    }

    /// TLP_process_ack (RFC 8985 §7.4.2): a probe that repeated the last segment may have repaired a loss that nothing
    /// else will tell of. `is_duplicate`: the ACK acknowledges nothing new and SACKs nothing.
    #[inline]
    pub(super) fn judge_probe(&mut self, ack: u64, is_duplicate: bool, now: Time) {
        if let Some(probe) = self.by_time.probe
            && ack >= probe.end
        {
            self.judge(probe, ack, is_duplicate, now);
        }
    }

    fn judge(&mut self, probe: Probe, ack: u64, is_duplicate: bool, now: Time) {
        if !probe.is_again || is_duplicate {
            // New data arrived; or both the segment and its copy did.
            self.by_time.probe = None;
        } else if ack > probe.end {
            self.by_time.probe = None;
            if self.phase == Phase::Open {
                self.cut(self.board.flight_size(), now);
            }
        }
    }
}
