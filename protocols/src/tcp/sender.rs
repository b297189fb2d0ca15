//! The sending half: what to send next, what to send again, and when to give up waiting.
//!
//! RFC 9293 §3.8 (window, probes), RFC 6298 (timer), RFC 5681 (windows), RFC 6582 (recovery without SACK, the
//! slow-but-steady variant: every partial ACK restarts the timer), RFC 6675 (recovery with SACK), RFC 9937 (its pace).
//! With losses found by time instead of duplicates: RFC 8985, `by_time` and the scoreboard's `rack`.
//! Not modelled: F-RTO, undoing a cut.
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
//!
//! Without fast recovery (Tahoe) three duplicate ACKs lead to `GoBack`, which is like `Timeout` but for its cause.

mod acknowledged;
mod by_time;
mod ecn;
mod prr;
mod rate;
mod sending;

use sim_core::packet::SackBlocks;
use sim_core::time::{Duration, Time};

use self::acknowledged::News;
use self::by_time::ByTime;
use self::prr::Prr;
use super::delivery_rate::DeliveryRate;
use super::ecn::EcnMode;
use super::pacing::Pacer;
use super::ranges::Range;
use super::rto::RtoEstimator;
use super::scoreboard::{Resend, Scoreboard};
use super::seq::Numbering;
use super::stats::Stats;
use super::{Config, LossDetection};
use crate::congestion::{
    AckEvent, AnyCongestionControl, Attempt, CongestionControl, CongestionEvent, Delivery, FastRecovery, RecoveryExit,
    Repair, RestartEvent, Signal, Start, TimeoutEvent, UNLIMITED,
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
    /// The same after a fast retransmit, by an algorithm without fast recovery.
    GoBack,
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
    /// Whether it carries ECE.
    pub(super) has_echo: bool,
    /// How long ago, to the next tick, what it acknowledges was sent, by the time stamp it echoes.
    pub(super) stamp_age: Option<Duration>,
    /// How long that was on its way, in whole ticks, with the delay of the ACK.
    pub(super) one_way_delay: Option<Duration>,
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
    pub(super) ecn: EcnMode,
    /// The peer's window shift.
    pub(super) shift: u8,
    /// How often the SYN was resent.
    pub(super) syn_retransmissions: u32,
    /// The round trip of the SYN, if it may be measured.
    pub(super) syn_rtt: Option<Duration>,
    /// The current time.
    pub(super) now: Time,
    /// Random bits for the congestion control, zero if it has no use for them.
    pub(super) seed: u64,
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
    /// What fast recovery adds to cwnd: without SACK by RFC 5681 §3.2, steps 3, 4, and RFC 6582 §3.2, step 3; with SACK
    /// what makes it PRR's window.
    inflation: i64,
    /// The recovery's rate reduction, if it is proportional.
    prr: Option<Prr>,
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
    by_time: ByTime,
    /// SND.NXT when a round trip was last measured for the RTO.
    next_sample: u64,
    /// Where the present round trip ends: SND.NXT when it began.
    round_end: u64,
    /// When data was sent last.
    sent_at: Time,
    usage: WindowUse,
    /// Only if the congestion control wants samples.
    rate: Option<Box<DeliveryRate>>,
    pacer: Pacer,
    timeouts_in_row: u32,
    last_rtt: Option<Duration>,
    ecn: ecn::Reaction,
    settings: Settings,
}

/// Those parameters that are needed for every segment.
#[derive(Clone, Copy, Debug)]
struct Settings {
    sack: bool,
    limited_transmit: bool,
    nagle: bool,
    prr: bool,
    /// Losses are found by time.
    rack: bool,
    /// The tail is probed.
    probes: bool,
    threshold: u32,
    send_buffer: u64,
    initial_window: u64,
    max_retries: u32,
    /// L of RFC 3465.
    byte_counting_limit: u32,
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
            prr: None,
            limited_transmit_bytes: 0,
            rescued_below: 0,
            written: first,
            closes: false,
            probed: 0,
            by_time: ByTime::new(config),
            next_sample: 0,
            round_end: 0,
            sent_at: Time::ZERO,
            usage: WindowUse::default(),
            rate: None,
            pacer: Pacer::default(),
            timeouts_in_row: 0,
            last_rtt: None,
            ecn: ecn::Reaction::default(),
            settings: Settings {
                sack: false,
                limited_transmit: config.limited_transmit,
                nagle: config.nagle,
                prr: config.proportional_rate_reduction,
                rack: false,
                probes: false,
                threshold: config.duplicate_ack_threshold,
                send_buffer: config.send_buffer.map_or(u64::MAX, |buffer| buffer.get()),
                initial_window,
                max_retries: config.max_retries,
                byte_counting_limit: config.byte_counting_limit.unwrap_or(u32::MAX),
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
        self.ecn.mode = setup.ecn;
        if setup.sack && config.loss_detection == LossDetection::Rack {
            self.settings.rack = true;
            self.settings.probes = config.tail_loss_probe;
            self.board.detect_by_time();
        }
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
        self.open_control(setup, config);
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

    /// cwnd as the world sees it: with what fast recovery adds to it, unless the algorithm's own window holds.
    pub(super) fn cwnd(&self) -> u64 {
        match self.control.fast_recovery() {
            FastRecovery::None | FastRecovery::UntilNewAck | FastRecovery::UntilAllAcked => self.inflated_cwnd(),
            FastRecovery::OwnWindow => self.control.cwnd().max(self.mss),
        }
    }

    /// cwnd with what fast recovery adds to it: never less than a segment. Without SACK the added bytes stand for those
    /// that have left the network, so they are needed whatever the algorithm.
    #[inline]
    fn inflated_cwnd(&self) -> u64 {
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
        self.note_app_limits();
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

    /// Whether nothing is outstanding, and nothing waits to be sent.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.board.is_empty() && !self.has_unsent() && self.pacer.release().is_none()
    }

    /// Whether an acknowledgment is outstanding.
    #[inline]
    pub(super) fn awaits_ack(&self) -> bool {
        !self.board.is_empty()
    }

    /// Whether only the peer's window keeps the sender from sending: time for probes (RFC 9293 §3.8.6.1).
    #[inline]
    pub(super) fn awaits_window(&self) -> bool {
        self.board.is_empty() && self.has_unsent() && self.pacer.release().is_none()
    }

    /// The retransmission timer expired (RFC 6298, rules 5.4 to 5.6). False if it is time to give up.
    pub(super) fn on_timeout(&mut self, now: Time, stats: &mut Stats) -> bool {
        self.timeouts_in_row += 1;
        if self.timeouts_in_row > self.settings.max_retries {
            return false;
        }
        stats.timeouts += 1;
        self.note_app_limits();
        let attempt = if self.board.has_first_timed_out() { Attempt::Repeated } else { Attempt::First };
        // Eq. 4 of RFC 5681 wants what is in the network. While a hole is being repaired, new data goes out for what has
        // arrived beyond it, so that all that is unacknowledged may be many windows: a timeout would raise ssthresh.
        // After a recovery that left holes (Reno) it is still more than cwnd. Eq. 4 is an upper bound: less is allowed.
        let flight_size = match self.phase {
            Phase::Timeout | Phase::GoBack => self.board.pipe(),
            Phase::Fast => self.board.pipe().min(self.control.cwnd()),
            Phase::Open => {
                self.board.flight_size().saturating_sub(self.limited_transmit_bytes).min(self.control.cwnd())
            }
        };
        self.control.on_timeout(&TimeoutEvent { now, flight_size, mss: self.mss, attempt });
        self.ecn.on_reduced(self.board.max());
        self.rto.back_off();
        self.board.note_timeout();
        self.go_back(Phase::Timeout, now);
        true
    }

    /// Takes all that is outstanding for lost: slow start sends it again.
    fn go_back(&mut self, phase: Phase, now: Time) {
        if self.settings.rack {
            self.lose_by_time(phase, now);
        } else {
            self.board.mark_all_lost();
            self.note_all_lost(now);
        }
        self.phase = phase;
        self.recover = self.board.max();
        self.resends_first = true;
        self.duplicate_acks = 0;
        self.inflation = 0;
        self.prr = None;
        self.limited_transmit_bytes = 0;
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
}

fn initial_ssthresh(config: &Config) -> u64 {
    config.initial_ssthresh.map_or(UNLIMITED, |bytes| bytes.get())
}
