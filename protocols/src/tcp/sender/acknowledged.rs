//! What an acknowledgment means: progress, a duplicate, a loss, the end of a recovery.

use super::*;
use crate::congestion::RateSample;
use crate::tcp::scoreboard::Losses;

/// What an ACK brought.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// Bytes acknowledged cumulatively.
    pub(super) acked_bytes: u64,
    /// Bytes acknowledged or SACKed for the first time.
    pub(super) delivered_bytes: u64,
    /// Bytes found to be lost.
    pub(super) lost_bytes: u64,
    /// Those of `delivered_bytes` of which the receiver says that they were marked (RFC 8257 §3.3).
    marked_bytes: u64,
    /// The round trip that was measured.
    pub(super) rtt: Option<Duration>,
    /// The delivery rate that was measured.
    pub(super) rate: Option<RateSample>,
    /// As in [`AckEvent`].
    one_way_delay: Option<Duration>,
    /// Whether a round trip ends.
    pub(super) is_round_start: bool,
}

impl Sender {
    /// An acceptable acknowledgment arrived: `ack` is at most [`highest_sent`](Self::highest_sent).
    #[inline]
    pub(in crate::tcp) fn on_ack(&mut self, ack: &Acknowledgment<'_>, now: Time, stats: &mut Stats) -> Progress {
        self.note_app_limits();
        let is_duplicate = !self.settings.sack && self.is_duplicate(ack);
        self.update_window(ack);
        if self.says_nothing_new(ack) {
            return Progress::None;
        }
        let lost_before = self.board.lost_bytes();
        let has_blocks = self.settings.sack && !ack.sack.is_empty();
        let mut losses = Losses::default();
        let (acked, sacked_news);
        if self.settings.rack {
            acked = (ack.ack > self.board.una()).then(|| self.board.on_ack_by_time(ack.ack, now));
            sacked_news = if has_blocks { self.update_sacked_by_time(ack.sack, now) } else { 0 };
            if acked.is_some() || sacked_news > 0 {
                losses = self.detect_losses(now);
            }
        } else {
            sacked_news = if has_blocks { self.update_sacked(ack.sack, ack.ack) } else { 0 };
            acked = (ack.ack > self.board.una()).then(|| self.board.on_ack(ack.ack));
            if sacked_news > 0 {
                self.board.update_lost(self.settings.threshold, self.mss);
            }
        }
        let mut news = News { lost_bytes: self.board.lost_bytes() - lost_before, ..News::default() };
        if let Some(acked) = &acked {
            news.acked_bytes = acked.bytes;
            news.delivered_bytes = acked.bytes - acked.sacked_bytes;
            // The exact time of its sending where it was sent once; else the stamp says which sending it was
            // (RFC 7323 §4.1), and Karn's rule has nothing to fear.
            news.rtt = acked.sent_at.map(|sent_at| now - sent_at).or(ack.stamp_age);
            news.one_way_delay = ack.one_way_delay;
        }
        news.delivered_bytes += sacked_news;
        if self.rate.is_some() {
            self.sample_rate(&mut news, is_duplicate, now);
        }
        let has_echo = ack.has_echo && self.ecn.mode != EcnMode::Off;
        news.marked_bytes = if has_echo { news.delivered_bytes } else { 0 };
        if news.delivered_bytes > 0 || acked.is_some() {
            self.note_delivery(&mut news, now);
        }
        let progress = if acked.is_some() {
            self.on_new_ack(ack.ack, &news, now, stats);
            Progress::Acked
        } else {
            Progress::None
        };
        if has_echo && ack.ack == self.board.una() {
            self.on_echo(news.acked_bytes, now, stats);
        }
        // RFC 6675 §2: an ACK with new SACK information, whatever else it does; RFC 5681 §2: one like the last.
        if is_duplicate || sacked_news > 0 {
            self.on_duplicate_ack(&news, now, stats);
        }
        if self.settings.rack {
            if acked.is_some() || sacked_news > 0 {
                self.on_losses(&losses, &news, now, stats);
            }
            let brings_nothing = ack.is_pure && acked.is_none() && ack.sack.is_empty();
            self.judge_probe(ack.ack, brings_nothing, now);
        }
        self.reduce_rate(&news, acked.is_some());
        progress
    }

    /// The window of proportional rate reduction, if it is at work.
    #[inline]
    pub(super) fn reduce_rate(&mut self, news: &News, advances: bool) {
        let Some(prr) = &mut self.prr else { return };
        // An ACK that delivers nothing changes nothing, but for the one that begins the recovery.
        if news.delivered_bytes > 0 || self.resends_first {
            let is_safe = advances && news.lost_bytes == 0;
            let progress = prr::Progress { delivered: news.delivered_bytes, in_flight: self.board.pipe(), is_safe };
            let window = prr.on_ack(&progress, self.mss);
            self.inflation = window.cast_signed() - self.control.cwnd().cast_signed();
        }
    }

    /// Whether this is one more segment of a peer that sends while we do not: nothing is outstanding, and what it
    /// acknowledges has been. A sampler of delivery rates counts every ACK.
    #[inline]
    fn says_nothing_new(&self, ack: &Acknowledgment<'_>) -> bool {
        let may_be_answer = ack.is_pure || ack.has_echo || self.rate.is_some();
        self.board.is_empty() && ack.ack <= self.board.una() && !may_be_answer
    }

    /// RFC 5681 §2.
    pub(super) fn is_duplicate(&self, ack: &Acknowledgment<'_>) -> bool {
        let has_same_window = self.offered.field.is_none_or(|field| field == ack.window);
        ack.is_pure && !self.board.is_empty() && ack.ack == self.board.una() && has_same_window
    }

    /// RFC 9293 §3.10.7.4: a segment older than the one that set the window does not set it back.
    #[inline]
    pub(super) fn update_window(&mut self, ack: &Acknowledgment<'_>) {
        let offered = &mut self.offered;
        let is_newer = offered.wl1 < ack.sequence || (offered.wl1 == ack.sequence && offered.wl2 <= ack.ack);
        if ack.ack < self.board.una() || !is_newer {
            return;
        }
        let window = u64::from(ack.window) << offered.shift;
        offered.edge = ack.ack + window;
        offered.wl1 = ack.sequence;
        offered.wl2 = ack.ack;
        offered.field = Some(ack.window);
        offered.largest = offered.largest.max(window);
    }

    /// RFC 6675 §4, Update. Returns how many bytes above `ack` are SACKed for the first time.
    pub(super) fn update_sacked(&mut self, sack: &SackBlocks, ack: u64) -> u64 {
        let mut news = 0;
        for &(left, right) in sack.as_slice() {
            let una = self.board.una();
            let bounds = self.numbering.position(left, una).zip(self.numbering.position(right, una));
            if let Some((left, right)) = bounds {
                let rate = &mut self.rate;
                news += self.board.on_sack(left.max(ack), right, |part| {
                    if let Some(rate) = rate {
                        rate.on_delivered(part.start, part.end);
                    }
                });
            }
        }
        news
    }

    /// Tells the algorithm what has arrived, and whether a round trip ends by it.
    #[inline]
    fn note_delivery(&mut self, news: &mut News, now: Time) {
        news.is_round_start = self.board.una() >= self.round_end;
        if news.is_round_start {
            self.round_end = self.board.max();
        }
        self.control.on_delivery(&Delivery {
            now,
            delivered_bytes: news.delivered_bytes,
            marked_bytes: news.marked_bytes,
            lost_bytes: news.lost_bytes,
            pipe: self.in_flight(),
            mss: self.mss,
            rtt: news.rtt,
            is_cwnd_limited: self.usage.was_limited,
            is_round_start: news.is_round_start,
            is_recovering: self.phase != Phase::Open,
            rate: news.rate,
        });
    }

    #[inline]
    fn on_new_ack(&mut self, to: u64, news: &News, now: Time, stats: &mut Stats) {
        self.timeouts_in_row = 0;
        self.duplicate_acks = 0;
        if self.settings.rack {
            self.note_acked_at(now);
        }
        self.limited_transmit_bytes = 0;
        if let Some(rtt) = news.rtt {
            self.last_rtt = Some(rtt);
            stats.rtt.record(rtt);
            // The constants of RFC 6298 are meant for one sample in a round trip (§3), not for one in every ACK.
            if to > self.next_sample {
                self.rto.on_sample(rtt);
                self.next_sample = self.board.max();
            }
        }
        match self.phase {
            Phase::Fast if to >= self.recover => self.exit_recovery(now),
            Phase::Fast if self.settings.sack => {}
            Phase::Fast if self.control.fast_recovery() == FastRecovery::UntilNewAck => self.exit_recovery(now),
            Phase::Fast => {
                self.on_partial_ack(news.acked_bytes);
                self.note_first_lost(now);
            }
            // An ACK that echoes a mark does not open the window (RFC 3168 §6.1.2).
            Phase::Open if news.marked_bytes > 0 => {}
            Phase::Open | Phase::Timeout | Phase::GoBack => {
                if self.phase != Phase::Open && to >= self.recover {
                    self.phase = Phase::Open;
                }
                self.grow(&AckEvent {
                    now,
                    acked_bytes: news.acked_bytes,
                    delivered_bytes: news.delivered_bytes,
                    flight_size: self.board.flight_size(),
                    mss: self.mss,
                    rtt: news.rtt,
                    srtt: self.rto.srtt(),
                    one_way_delay: news.one_way_delay,
                    is_cwnd_limited: self.is_cwnd_limited(),
                    is_round_start: news.is_round_start,
                });
            }
        }
    }

    /// Slow start counts one segment of an ACK (RFC 5681 §3.1), or up to L (RFC 3465 §2.2): an ACK of several segments
    /// is told to the algorithm as so many.
    #[inline]
    fn grow(&mut self, ack: &AckEvent) {
        if self.settings.byte_counting_limit > 1 && ack.acked_bytes > self.mss {
            self.grow_by_segments(ack);
        } else {
            self.control.on_ack(ack);
        }
    }

    fn grow_by_segments(&mut self, ack: &AckEvent) {
        let mut rest = *ack;
        for _ in 1..self.settings.byte_counting_limit {
            if rest.acked_bytes <= self.mss || self.control.cwnd() >= self.control.ssthresh() {
                break;
            }
            let delivered_bytes = rest.delivered_bytes.min(self.mss);
            self.control.on_ack(&AckEvent { acked_bytes: self.mss, delivered_bytes, ..rest });
            rest = AckEvent {
                acked_bytes: rest.acked_bytes - self.mss,
                delivered_bytes: rest.delivered_bytes - delivered_bytes,
                // It measured one round trip, not one for each segment.
                rtt: None,
                is_round_start: false,
                ..rest
            };
        }
        self.control.on_ack(&rest);
    }

    /// RFC 6582 §3.2, step 3, partial acknowledgment: the next hole is lost too.
    pub(super) fn on_partial_ack(&mut self, acked_bytes: u64) {
        self.resends_first = true;
        self.inflation -= acked_bytes.cast_signed();
        if acked_bytes >= self.mss {
            self.inflation += self.mss.cast_signed();
        }
    }

    pub(super) fn exit_recovery(&mut self, now: Time) {
        self.phase = Phase::Open;
        self.inflation = 0;
        self.prr = None;
        self.resends_first = false;
        self.board.forget_retransmissions();
        let repair = if self.settings.sack { Repair::Sack } else { Repair::PartialAcks };
        let flight_size = self.board.flight_size();
        self.control.on_exit_recovery(&RecoveryExit { now, flight_size, mss: self.mss, repair });
    }

    fn on_duplicate_ack(&mut self, news: &News, now: Time, stats: &mut Stats) {
        stats.duplicate_acks += 1;
        match self.phase {
            Phase::Open => self.duplicate_acks += 1,
            Phase::Fast if self.settings.sack => return,
            // Another segment has left the network (RFC 5681 §3.2, step 4).
            Phase::Fast => {
                self.inflation += self.mss.cast_signed();
                return;
            }
            // What is missing is being sent again already (RFC 6582 §3.2, step 4; RFC 6675 §5.1).
            Phase::Timeout | Phase::GoBack => return,
        }
        if self.settings.rack {
            return;
        }
        let is_loss = if self.settings.sack {
            // RFC 6675 §5, steps 1 and 2. HighACK has reached RecoveryPoint, or the phase would not be open.
            self.duplicate_acks >= self.settings.threshold || self.board.is_first_lost()
        } else {
            // Duplicates of segments sent again needlessly look the same, and reach up to `recover` (RFC 6582 §3.2,
            // step 2; the first byte is at 1, so nothing is barred before the first loss).
            self.duplicate_acks == self.settings.threshold && self.board.una() > self.recover
        };
        if is_loss && !self.board.is_empty() {
            self.enter_recovery(news, now, stats);
        } else if self.settings.sack {
            self.board.forget_retransmissions();
        }
    }

    pub(super) fn enter_recovery(&mut self, news: &News, now: Time, stats: &mut Stats) {
        stats.fast_retransmits += 1;
        // What limited transmit sent does not count (RFC 5681 §3.2, step 2; RFC 6675 §5, step 4.2).
        let flight_size = self.board.flight_size().saturating_sub(self.limited_transmit_bytes);
        self.note_first_lost(now);
        // By an echoed mark of the same window.
        let is_answered = self.ecn.covers_loss(self.board.una());
        self.note_cut(now);
        if !is_answered {
            self.control.on_congestion(&CongestionEvent { now, signal: Signal::Loss, flight_size, mss: self.mss });
        }
        if self.control.fast_recovery() == FastRecovery::None {
            self.go_back(Phase::GoBack, now);
            return;
        }
        self.phase = Phase::Fast;
        self.recover = self.board.max();
        self.resends_first = true;
        self.board.forget_retransmissions();
        if self.settings.sack {
            // RFC 6675 sees from pipe what has left the network.
            self.inflation = 0;
            self.prr = self.begin_rate_reduction(news);
        } else {
            // Three segments have left the network (RFC 5681 §3.2, step 3).
            self.inflation = (u64::from(self.settings.threshold) * self.mss).cast_signed();
        }
    }

    /// RFC 9937 §6.1: at the beginning of recovery.
    pub(super) fn begin_rate_reduction(&self, news: &News) -> Option<Prr> {
        if !self.settings.prr || self.control.fast_recovery() == FastRecovery::OwnWindow {
            return None;
        }
        // What was SACKed before cannot be delivered any more; what this ACK delivered counts.
        let recover_fs = self.board.flight_size() + news.delivered_bytes - self.board.sacked_bytes();
        Some(Prr::new(self.control.cwnd(), recover_fs))
    }
}
