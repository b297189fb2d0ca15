//! The sending half: what to send next, what to send again, and when to give up waiting.
//!
//! RFC 9293 §3.8 (window, probes), RFC 6298 (timer), RFC 5681 (windows), RFC 6582 (recovery without SACK, the
//! slow-but-steady variant: every partial ACK restarts the timer), RFC 6675 (recovery with SACK).
//! Not modelled: Nagle's algorithm, time stamps, F-RTO, tail loss probes, proportional rate reduction, undoing a cut.
//!
//! ```text
//!                 three duplicate ACKs
//!        +------+ ---------------------> +------+
//!   ---> | Open |                        | Fast |   fast recovery
//!        +------+ <--------------------- +------+
//!         |    ^    all acknowledged        |
//!         |    |                            | timeout
//!         |    |    all acknowledged     +---------+
//!         |    +------------------------ | Timeout |  slow start fills the holes
//!         +----------------------------> +---------+
//!                    timeout
//! ```

use sim_core::packet::SackBlocks;
use sim_core::time::{Duration, Time};

use super::Config;
use super::ranges::Range;
use super::rto::RtoEstimator;
use super::scoreboard::{Resend, Scoreboard};
use super::seq::Numbering;
use super::stats::Stats;
use crate::congestion::{
    AckEvent, AnyCongestionControl, Attempt, CongestionControl, LossEvent, RecoveryExit, Repair, RestartEvent, Start,
    TimeoutEvent, UNLIMITED,
};

/// Where the sender is between losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No loss is known; slow start or congestion avoidance.
    #[default]
    Open,
    /// Fast recovery, until all that was outstanding at its beginning is acknowledged.
    Fast,
    /// The timer expired; slow start fills the holes, until all that was outstanding is acknowledged.
    Timeout,
}

/// A segment to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// Position of the first byte.
    pub(super) start: u64,
    /// Bytes of data.
    pub(super) len: u32,
    /// Whether a FIN follows them.
    pub(super) has_fin: bool,
    /// Which transmission it is, from 1.
    pub(super) copy: u8,
}

/// An acknowledgment as it concerns the sender.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acknowledgment<'a> {
    /// SEG.ACK, as a position of ours.
    pub(super) ack: u64,
    /// SEG.SEQ, as a position of the peer's.
    pub(super) sequence: u64,
    /// SEG.WND as it stands in the header.
    pub(super) window: u16,
    /// SACK blocks.
    pub(super) sack: &'a SackBlocks,
    /// Whether the segment carries nothing else: no data, no SYN, no FIN.
    pub(super) is_pure: bool,
}

/// What the sender wants its timer to do after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// New data was acknowledged: the timer starts again, or stops (RFC 6298, rules 5.2 and 5.3).
    Acked,
    /// Nothing new was.
    None,
}

/// The window the peer offers (RFC 9293 §3.3.1: SND.WND, SND.WL1, SND.WL2).
#[derive(Clone, Copy, Debug)]
struct Offered {
    /// SND.UNA + SND.WND: the first position there is no room for.
    edge: u64,
    /// SEG.SEQ of the segment that set it.
    wl1: u64,
    /// SEG.ACK of that segment.
    wl2: u64,
    /// The field of that segment's header, to recognise duplicate ACKs; none if that of a SYN, which is not scaled.
    field: Option<u16>,
    /// The largest window offered so far, for silly-window avoidance.
    largest: u64,
    /// The peer's window shift.
    shift: u8,
}

/// How much of the congestion window was used in the latest round trip (RFC 2861, as Linux counts it).
#[derive(Clone, Copy, Debug, Default)]
struct WindowUse {
    round_end: u64,
    most_in_flight: u64,
    was_limited: bool,
}

/// What the two ends agreed on, as far as the sender is concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct SenderSetup {
    /// Eff.snd.MSS.
    pub(super) mss: u64,
    pub(super) sack: bool,
    /// The peer's window shift.
    pub(super) shift: u8,
    /// How often the SYN was resent.
    pub(super) syn_retransmissions: u32,
    /// The round trip of the SYN, if it may be measured.
    pub(super) syn_rtt: Option<Duration>,
    /// SEG.SEQ, SEG.ACK and SEG.WND (shifted) of the segment that established the connection.
    pub(super) sequence: u64,
    pub(super) ack: u64,
    pub(super) window: u64,
    /// SEG.WND as it stands in the header, unless that is a SYN's.
    pub(super) field: Option<u16>,
}

/// The sending half of a connection. Positions as in [`seq`](super::seq), of our stream.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) numbering: Numbering,
    board: Scoreboard,
    offered: Offered,
    control: AnyCongestionControl,
    rto: RtoEstimator,
    /// Eff.snd.MSS.
    mss: u64,
    phase: Phase,
    /// `recover` of RFC 6582 and RecoveryPoint of RFC 6675, plus one: HighData when a loss was last noticed.
    recover: u64,
    /// The first outstanding segment is to be sent again whatever the windows say.
    resends_first: bool,
    duplicate_acks: u32,
    /// What fast recovery without SACK adds to cwnd (RFC 5681 §3.2, steps 3, 4; RFC 6582 §3.2, step 3).
    inflation: i64,
    /// Bytes sent beyond cwnd on the first duplicate ACKs.
    limited_transmit_bytes: u64,
    /// RescueRxt + 1 of RFC 6675.
    rescued_below: u64,
    /// Behind the last byte the application has written; far away if it writes without end.
    written: u64,
    /// Whether the application has closed: a FIN is the byte at `written`.
    closes: bool,
    /// A probe of the closed window went as far as this.
    probed: u64,
    /// SND.NXT when a round trip was last measured for the RTO.
    next_sample: u64,
    /// When data was sent last.
    sent_at: Time,
    usage: WindowUse,
    timeouts_in_row: u32,
    last_rtt: Option<Duration>,
    settings: Settings,
}

/// Those parameters that are needed for every segment.
#[derive(Clone, Copy, Debug)]
struct Settings {
    sack: bool,
    limited_transmit: bool,
    threshold: u32,
    send_buffer: u64,
    initial_window: u64,
    max_retries: u32,
}

/// Beyond every stream.
const WITHOUT_END: u64 = 1 << 62;

impl Sender {
    /// Before the handshake: nothing can be sent yet.
    pub(super) fn new(numbering: Numbering, config: &Config) -> Self {
        let mss = config.mss.get();
        let initial_window = config.initial_window_bytes(mss);
        let start = Start { mss, initial_window, initial_ssthresh: initial_ssthresh(config) };
        let first = 1;
        Sender {
            numbering,
            board: Scoreboard::new(first),
            offered: Offered { edge: first, wl1: 0, wl2: 0, field: None, largest: 0, shift: 0 },
            control: config.congestion_control.build(&start),
            rto: RtoEstimator::new(config),
            mss,
            phase: Phase::Open,
            recover: 0,
            resends_first: false,
            duplicate_acks: 0,
            inflation: 0,
            limited_transmit_bytes: 0,
            rescued_below: 0,
            written: first,
            closes: false,
            probed: 0,
            next_sample: 0,
            sent_at: Time::ZERO,
            usage: WindowUse::default(),
            timeouts_in_row: 0,
            last_rtt: None,
            settings: Settings {
                sack: false,
                limited_transmit: config.limited_transmit,
                threshold: config.duplicate_ack_threshold,
                send_buffer: config.send_buffer.map_or(u64::MAX, |buffer| buffer.get()),
                initial_window,
                max_retries: config.max_retries,
            },
        }
    }

    /// The handshake is over.
    pub(super) fn on_established(&mut self, setup: &SenderSetup, config: &Config) {
        self.mss = setup.mss;
        // A SYN lost more than once leaves a window of one segment (RFC 6928 §2; RFC 5681 §3.1 at the first already).
        self.settings.initial_window =
            if setup.syn_retransmissions > 1 { self.mss } else { config.initial_window_bytes(self.mss) };
        self.settings.sack = setup.sack;
        self.control = config.congestion_control.build(&Start {
            mss: self.mss,
            initial_window: self.settings.initial_window,
            initial_ssthresh: initial_ssthresh(config),
        });
        if setup.syn_retransmissions > 0 {
            self.rto.restart_after_lost_syn(config);
        }
        if let Some(rtt) = setup.syn_rtt {
            self.rto.on_sample(rtt);
            self.last_rtt = Some(rtt);
        }
        self.timeouts_in_row = 0;
        self.next_sample = self.board.max();
        self.offered = Offered {
            edge: setup.ack + setup.window,
            wl1: setup.sequence,
            wl2: setup.ack,
            field: setup.field,
            largest: setup.window,
            shift: setup.shift,
        };
    }

    #[inline]
    pub(super) fn una(&self) -> u64 {
        self.board.una()
    }

    /// SND.NXT.
    #[inline]
    pub(super) fn max(&self) -> u64 {
        self.board.max()
    }

    /// The highest acknowledgment that can be right: all sent, probes included.
    #[inline]
    pub(super) fn highest_sent(&self) -> u64 {
        self.board.max().max(self.probed)
    }

    pub(super) fn board(&self) -> &Scoreboard {
        &self.board
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn mss(&self) -> u64 {
        self.mss
    }

    /// cwnd with what fast recovery adds to it: never less than a segment.
    #[inline]
    pub(super) fn cwnd(&self) -> u64 {
        self.control.cwnd().saturating_add_signed(self.inflation).max(self.mss)
    }

    pub(super) fn control(&self) -> &AnyCongestionControl {
        &self.control
    }

    pub(super) fn estimator(&self) -> &RtoEstimator {
        &self.rto
    }

    pub(super) fn last_rtt(&self) -> Option<Duration> {
        self.last_rtt
    }

    /// The application writes `bytes` more, or without end.
    pub(super) fn write(&mut self, bytes: Option<u64>) {
        debug_assert!(!self.closes, "nothing is written after closing");
        self.written = bytes.map_or(WITHOUT_END, |bytes| (self.written + bytes).min(WITHOUT_END));
    }

    /// The application writes `bytes` more, unless it has closed.
    pub(super) fn write_more(&mut self, bytes: u64) {
        if !self.closes {
            self.write(Some(bytes));
        }
    }

    /// A SYN was not answered (RFC 6298, rule 5.5).
    pub(super) fn back_off(&mut self) {
        self.rto.back_off();
    }

    /// The application closes: a FIN follows what it has written.
    pub(super) fn close(&mut self) {
        // Bytes without end have no last one: what was not sent is not written.
        if self.written == WITHOUT_END {
            self.written = self.highest_sent();
        }
        self.closes = true;
    }

    /// The application closes; what was not sent yet is never written.
    pub(super) fn stop(&mut self) {
        if !self.closes || self.board.max() < self.written {
            // A probe may have been accepted: the byte it carried was sent.
            self.written = self.highest_sent();
            self.closes = true;
        }
    }

    /// Whether the FIN was acknowledged.
    #[inline]
    pub(super) fn is_fin_acked(&self) -> bool {
        self.board.una() > self.written
    }

    /// Whether all the application will ever write is acknowledged.
    #[inline]
    pub(super) fn is_complete(&self) -> bool {
        self.closes && self.board.una() >= self.written
    }

    /// Whether something waits to be sent for the first time.
    #[inline]
    fn has_unsent(&self) -> bool {
        self.board.max() < self.written + u64::from(self.closes)
    }

    /// Whether an acknowledgment is outstanding.
    #[inline]
    pub(super) fn awaits_ack(&self) -> bool {
        !self.board.is_empty()
    }

    /// Whether only the peer's window keeps the sender from sending: time for probes (RFC 9293 §3.8.6.1).
    #[inline]
    pub(super) fn awaits_window(&self) -> bool {
        self.board.is_empty() && self.has_unsent()
    }

    // ---------------------------------------------------------------- acknowledgments

    /// An acceptable acknowledgment arrived: `ack` is at most [`highest_sent`](Self::highest_sent).
    #[inline]
    pub(super) fn on_ack(&mut self, ack: &Acknowledgment<'_>, now: Time, stats: &mut Stats) -> Progress {
        let is_duplicate = !self.settings.sack && self.is_duplicate(ack);
        self.update_window(ack);
        let sacked_news = if self.settings.sack && !ack.sack.is_empty() { self.update_sacked(ack.sack) } else { 0 };

        let progress = if ack.ack > self.board.una() {
            self.on_new_ack(ack.ack, sacked_news, now, stats);
            Progress::Acked
        } else {
            Progress::None
        };
        if sacked_news > 0 {
            self.board.update_lost(self.settings.threshold, self.mss);
        }
        // RFC 6675 §2: an ACK with new SACK information, whatever else it does; RFC 5681 §2: one like the last.
        if is_duplicate || sacked_news > 0 {
            self.on_duplicate_ack(now, stats);
        }
        progress
    }

    /// RFC 5681 §2.
    fn is_duplicate(&self, ack: &Acknowledgment<'_>) -> bool {
        let has_same_window = self.offered.field.is_none_or(|field| field == ack.window);
        ack.is_pure && !self.board.is_empty() && ack.ack == self.board.una() && has_same_window
    }

    /// RFC 9293 §3.10.7.4: a segment older than the one that set the window does not set it back.
    #[inline]
    fn update_window(&mut self, ack: &Acknowledgment<'_>) {
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

    /// RFC 6675 §4, Update. Returns how many bytes are SACKed for the first time.
    fn update_sacked(&mut self, sack: &SackBlocks) -> u64 {
        let mut news = 0;
        for &(left, right) in sack.as_slice() {
            let una = self.board.una();
            let bounds = self.numbering.position(left, una).zip(self.numbering.position(right, una));
            if let Some((left, right)) = bounds {
                news += self.board.on_sack(left, right);
            }
        }
        news
    }

    #[inline]
    fn on_new_ack(&mut self, to: u64, sacked_news: u64, now: Time, stats: &mut Stats) {
        let acked = self.board.on_ack(to);
        self.timeouts_in_row = 0;
        self.duplicate_acks = 0;
        self.limited_transmit_bytes = 0;
        let rtt = acked.sent_at.map(|sent_at| now - sent_at);
        if let Some(rtt) = rtt {
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
            Phase::Fast => self.on_partial_ack(acked.bytes),
            Phase::Open | Phase::Timeout => {
                if self.phase == Phase::Timeout && to >= self.recover {
                    self.phase = Phase::Open;
                }
                self.control.on_ack(&AckEvent {
                    now,
                    acked_bytes: acked.bytes,
                    delivered_bytes: acked.bytes - acked.sacked_bytes + sacked_news,
                    flight_size: self.board.flight_size(),
                    mss: self.mss,
                    rtt,
                    srtt: self.rto.srtt(),
                    is_cwnd_limited: self.is_cwnd_limited(),
                });
            }
        }
    }

    /// RFC 6582 §3.2, step 3, partial acknowledgment: the next hole is lost too.
    fn on_partial_ack(&mut self, acked_bytes: u64) {
        self.resends_first = true;
        self.inflation -= acked_bytes.cast_signed();
        if acked_bytes >= self.mss {
            self.inflation += self.mss.cast_signed();
        }
    }

    fn exit_recovery(&mut self, now: Time) {
        self.phase = Phase::Open;
        self.inflation = 0;
        self.resends_first = false;
        self.board.forget_retransmissions();
        let repair = if self.settings.sack { Repair::Sack } else { Repair::PartialAcks };
        let flight_size = self.board.flight_size();
        self.control.on_exit_recovery(&RecoveryExit { now, flight_size, mss: self.mss, repair });
    }

    fn on_duplicate_ack(&mut self, now: Time, stats: &mut Stats) {
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
            Phase::Timeout => return,
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
            self.enter_recovery(now, stats);
        } else if self.settings.sack {
            self.board.forget_retransmissions();
        }
    }

    fn enter_recovery(&mut self, now: Time, stats: &mut Stats) {
        stats.fast_retransmits += 1;
        self.phase = Phase::Fast;
        self.recover = self.board.max();
        self.resends_first = true;
        self.board.forget_retransmissions();
        // What limited transmit sent does not count (RFC 5681 §3.2, step 2; RFC 6675 §5, step 4.2).
        let flight_size = self.board.flight_size().saturating_sub(self.limited_transmit_bytes);
        self.control.on_enter_recovery(&LossEvent { now, flight_size, mss: self.mss });
        // Three segments have left the network (RFC 5681 §3.2, step 3); RFC 6675 sees that from pipe.
        let departed = u64::from(self.settings.threshold) * self.mss;
        self.inflation = if self.settings.sack { 0 } else { departed.cast_signed() };
    }

    // ---------------------------------------------------------------- timers

    /// The retransmission timer expired (RFC 6298, rules 5.4 to 5.6). False if it is time to give up.
    pub(super) fn on_timeout(&mut self, now: Time, stats: &mut Stats) -> bool {
        self.timeouts_in_row += 1;
        if self.timeouts_in_row > self.settings.max_retries {
            return false;
        }
        stats.timeouts += 1;
        let attempt = if self.board.has_first_timed_out() { Attempt::Repeated } else { Attempt::First };
        // While holes are being filled after a timeout, most of what is outstanding is not in the network any more.
        let flight_size = match self.phase {
            Phase::Timeout => self.board.pipe(),
            Phase::Open | Phase::Fast => self.board.flight_size().saturating_sub(self.limited_transmit_bytes),
        };
        self.control.on_timeout(&TimeoutEvent { now, flight_size, mss: self.mss, attempt });
        self.rto.back_off();
        self.board.mark_all_lost();
        self.phase = Phase::Timeout;
        self.recover = self.board.max();
        self.resends_first = true;
        self.duplicate_acks = 0;
        self.inflation = 0;
        self.limited_transmit_bytes = 0;
        true
    }

    /// The window has been closed, or sillily small, for as long as the probe timer runs: what to send all the same.
    pub(super) fn on_persist(&mut self, now: Time) -> Option<Outgoing> {
        if !self.awaits_window() {
            return None;
        }
        let start = self.board.max();
        let usable = self.offered.edge.saturating_sub(start);
        if usable > 0 {
            // The override timeout of silly-window avoidance (RFC 9293 §3.8.6.2.1): send what fits.
            let len = (self.written - start).min(usable).min(self.mss);
            return Some(self.send_new(start, len, now));
        }
        // One byte, the FIN if that is next. It is sent as if it were not: the next probe is the same byte.
        self.probed = start + 1;
        let len = (self.written - start).min(1);
        Some(Outgoing { start, len: len as u32, has_fin: len == 0, copy: 1 })
    }

    // ---------------------------------------------------------------- sending

    /// The next segment the windows allow, if any. Called until there is none.
    #[inline]
    pub(super) fn next_segment(&mut self, now: Time) -> Option<Outgoing> {
        if self.resends_first {
            self.resends_first = false;
            if let Some(first) = self.board.first() {
                return Some(self.resend_first(first, now));
            }
        }
        match self.phase {
            Phase::Fast if self.settings.sack => self.next_by_scoreboard(now),
            Phase::Timeout => self.next_hole(now),
            Phase::Open | Phase::Fast => self.next_new(0, now),
        }
    }

    fn resend_first(&mut self, first: Range, now: Time) -> Outgoing {
        match self.phase {
            // HighRxt and RescueRxt are set to the end of the segment (RFC 6675 §5, step 4.3).
            Phase::Fast if self.settings.sack => {
                self.rescued_below = first.end;
                self.board.raise_high_rxt(first);
            }
            Phase::Timeout => self.board.raise_high_rxt(first),
            // FlightSize counts it once, sent again or not.
            Phase::Open | Phase::Fast => {}
        }
        self.resend(first, now)
    }

    fn resend(&mut self, range: Range, now: Time) -> Outgoing {
        let Resend { range, copy } = self.board.on_resent(range, now);
        self.sent_at = now;
        let data_end = range.end.min(self.written);
        Outgoing { start: range.start, len: (data_end - range.start) as u32, has_fin: range.end > data_end, copy }
    }

    /// RFC 6675 §5, step C, and §4, NextSeg.
    fn next_by_scoreboard(&mut self, now: Time) -> Option<Outgoing> {
        if self.cwnd() < self.board.pipe() + self.mss {
            self.note_use(self.has_unsent());
            return None;
        }
        if let Some(lost) = self.board.next_lost() {
            self.board.raise_high_rxt(lost);
            return Some(self.resend(lost, now));
        }
        if let Some(new) = self.next_new(self.mss, now) {
            return Some(new);
        }
        if let Some(unsacked) = self.board.next_unsacked() {
            self.board.raise_high_rxt(unsacked);
            return Some(self.resend(unsacked, now));
        }
        // One rescue in each recovery, once the first hole was filled: HighRxt stays (rule 4).
        if self.board.una() > self.rescued_below {
            self.rescued_below = self.recover;
            let last = self.board.last_unsacked()?;
            return Some(self.resend(last, now));
        }
        None
    }

    /// After a timeout: what is missing, in order, then new data. Without SACK that is going back N.
    fn next_hole(&mut self, now: Time) -> Option<Outgoing> {
        let Some(lost) = self.board.next_lost() else { return self.next_new(0, now) };
        if self.board.pipe() + lost.len() > self.cwnd() {
            self.note_use(true);
            return None;
        }
        self.board.raise_high_rxt(lost);
        Some(self.resend(lost, now))
    }

    /// The next segment of new data that both windows allow. `reserve` is the least room cwnd must have beside it.
    #[inline]
    fn next_new(&mut self, reserve: u64, now: Time) -> Option<Outgoing> {
        if !self.has_unsent() {
            return None;
        }
        let start = self.board.max();
        let waiting = self.written - start;
        let limit = self.offered.edge.min(self.board.una().saturating_add(self.settings.send_buffer));
        let usable = limit.saturating_sub(start);
        let len = waiting.min(usable).min(self.mss);
        // Silly-window avoidance without Nagle (RFC 9293 §3.8.6.2.1): a full segment, all there is, or half the
        // largest window; the rest waits for the timer.
        let is_worthwhile = len == self.mss || len == waiting || 2 * len >= self.offered.largest;
        if !is_worthwhile || (len == 0 && usable == 0) {
            return None;
        }
        // A FIN alone is no burden to the network.
        if len > 0 && self.in_network() + len.max(reserve) > self.window() {
            self.note_use(true);
            return None;
        }
        if self.board.is_empty() && now.since(self.sent_at) > self.rto.rto() {
            // RFC 5681 §4.1.
            let initial_window = self.settings.initial_window;
            self.control.on_restart(&RestartEvent { now, initial_window, mss: self.mss });
        }
        Some(self.send_new(start, len, now))
    }

    #[inline]
    fn send_new(&mut self, start: u64, len: u64, now: Time) -> Outgoing {
        let end = start + len;
        let has_fin = self.closes && end == self.written && (len == 0 || end < self.offered.edge);
        self.board.on_sent(end + u64::from(has_fin), now);
        self.sent_at = now;
        if self.phase == Phase::Open && self.duplicate_acks > 0 {
            self.limited_transmit_bytes += len;
        }
        self.note_use(false);
        Outgoing { start, len: len as u32, has_fin, copy: 1 }
    }

    /// What is to be compared with the window: RFC 5681 compares FlightSize, RFC 6675 pipe. They differ when something
    /// was SACKed or is taken for lost.
    #[inline]
    fn in_network(&self) -> u64 {
        let is_old_school = self.phase == Phase::Open && !self.settings.limited_transmit;
        if is_old_school { self.board.flight_size() } else { self.board.pipe() }
    }

    /// cwnd, and without SACK a segment more for each of the first two duplicate ACKs (RFC 3042).
    #[inline]
    fn window(&self) -> u64 {
        let extra = match self.phase {
            Phase::Open if self.settings.limited_transmit && !self.settings.sack => {
                u64::from(self.duplicate_acks.min(2)) * self.mss
            }
            Phase::Open | Phase::Fast | Phase::Timeout => 0,
        };
        self.cwnd() + extra
    }

    #[inline]
    fn note_use(&mut self, is_limited: bool) {
        let in_flight = self.board.pipe();
        let usage = &mut self.usage;
        let is_new_round = self.board.una() >= usage.round_end;
        if is_new_round || is_limited || (!usage.was_limited && in_flight > usage.most_in_flight) {
            *usage = WindowUse { round_end: self.board.max(), most_in_flight: in_flight, was_limited: is_limited };
        }
    }

    /// A window of which more than half was used may double; beyond slow start it must have been used up.
    #[inline]
    fn is_cwnd_limited(&self) -> bool {
        let cwnd = self.control.cwnd();
        self.usage.was_limited || (cwnd < self.control.ssthresh() && cwnd < 2 * self.usage.most_in_flight)
    }
}

fn initial_ssthresh(config: &Config) -> u64 {
    config.initial_ssthresh.map_or(UNLIMITED, |bytes| bytes.get())
}

#[cfg(test)]
impl Sender {
    /// As if the application had written and the handshake were over: for tests of this half alone.
    pub(super) fn established(config: &Config, sack: bool, window: u64) -> Self {
        let mut sender = Sender::new(Numbering::default(), config);
        let mss = config.mss.get();
        let setup = SenderSetup {
            mss,
            sack,
            shift: 0,
            syn_retransmissions: 0,
            syn_rtt: None,
            sequence: 1,
            ack: 1,
            window,
            field: None,
        };
        sender.on_established(&setup, config);
        sender
    }
}
