//! The state machine: opening, closing, resetting, and the timers (RFC 9293 §3.3.2, §3.10).
//!
//! ```text
//!              Closed                                                        Listen
//!    on_start    |  SYN                                            SYN  SYN-ACK |
//!             SynSent ---------------------- SYN / SYN-ACK --------------> SynReceived
//!                |  SYN-ACK / ACK                                               |  ACK of SYN
//!                +--------------------> Established <---------------------------+
//!                    close / FIN  |              |  FIN / ACK
//!                             FinWait1 --+    CloseWait
//!                 ACK of FIN  |          |       |  close / FIN
//!                             |     FIN  |       |
//!                          FinWait2   Closing  LastAck
//!                   FIN / ACK |          |       |  ACK of FIN
//!                             +-> TimeWait     Closed
//! ```
//!
//! Both ends have both halves; a client writes and a server reads only because their applications do.

use sim_core::agent::{Agent, Command, Ctx, TimerKey};
use sim_core::packet::{Body, Endpoints, Packet, SackBlocks, SynOptions, TcpFlags, TcpHeader};
use sim_core::time::{Duration, Time};

use super::app::{Reader, Then, Workload};
use super::config::{Config, UNSCALED_WINDOW};
use super::receiver::{AckNeed, ArrivalKind, Receiver, ReceiverSetup};
use super::sender::{Acknowledgment, Outgoing, Phase, Progress, Sender, SenderSetup};
use super::seq::{Numbering, SeqNum};
use super::stats::{CloseReason, Stats};
use super::wire;
use crate::congestion::CongestionControl;

/// The states of RFC 9293 §3.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No connection: not yet, or no more.
    Closed,
    /// Waits for a SYN.
    Listen,
    /// Sent a SYN, waits for the peer's.
    SynSent,
    /// Has received a SYN and sent its own, waits for its acknowledgment.
    SynReceived,
    /// Data flows.
    Established,
    /// Has sent a FIN, waits for its acknowledgment.
    FinWait1,
    /// Its FIN is acknowledged, waits for the peer's.
    FinWait2,
    /// Has received a FIN, and may still send.
    CloseWait,
    /// Both have sent a FIN, waits for the acknowledgment of its own.
    Closing,
    /// Has received a FIN, then sent one, waits for its acknowledgment.
    LastAck,
    /// All is done; waits until no segment of this connection can be under way.
    TimeWait,
}

/// The timers of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Retransmission, probe of a closed window, or end of TIME-WAIT: one at a time, see [`Endpoint::wait`].
    Wait,
    /// The latest moment for an ACK that is held back.
    DelayedAck,
    /// The application reads next.
    Read,
}

impl From<Timer> for TimerKey {
    fn from(timer: Timer) -> TimerKey {
        TimerKey(timer as u8)
    }
}

/// What [`Timer::Wait`] waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// Nothing; the timer is not set.
    #[default]
    Nothing,
    /// An acknowledgment, else something is sent again (RFC 6298).
    Acknowledgment,
    /// Room in the peer's window, else it is probed (RFC 9293 §3.8.6.1).
    Window,
    /// The end of TIME-WAIT.
    Quiet,
}

/// One end of a TCP connection, with its application.
#[derive(Clone, Debug)]
pub struct Endpoint {
    ends: Endpoints,
    state: State,
    wait: Wait,
    sender: Sender,
    receiver: Receiver,
    /// How soon what has arrived must be acknowledged.
    owed: AckNeed,
    is_ack_delayed: bool,
    is_reading: bool,
    reader: Reader,
    ack_delay: Option<Duration>,
    /// Probes of the closed window so far: they become rarer.
    probes: u32,
    stats: Stats,
    rare: Box<Rare>,
}

/// What only opening and closing need.
#[derive(Clone, Debug)]
struct Rare {
    config: Config,
    workload: Workload,
    /// Whether we listened first: a refused handshake then only means to listen on.
    was_listening: bool,
    /// What the peer's SYN offered.
    peer: SynOptions,
    /// The window of the peer's SYN.
    peer_window: u16,
    syn_sent_at: Time,
    syn_retransmissions: u32,
}

impl Endpoint {
    /// Opens the connection when it starts, and writes `workload`.
    pub fn client(ends: Endpoints, config: &Config, workload: Workload) -> Self {
        Endpoint::new(ends, config, State::Closed, workload, Reader::AtOnce)
    }

    /// Listens; reads by `reader`, and closes when the peer has.
    pub fn server(ends: Endpoints, config: &Config, reader: Reader) -> Self {
        Endpoint::new(ends, config, State::Listen, Workload::SILENT, reader)
    }

    /// The same end with another application: a server that writes, a client that reads slowly.
    #[must_use]
    pub fn with_application(mut self, workload: Workload, reader: Reader) -> Self {
        self.rare.workload = workload;
        self.reader = reader;
        self
    }

    fn new(ends: Endpoints, config: &Config, state: State, workload: Workload, reader: Reader) -> Self {
        let mut endpoint = Endpoint {
            ends,
            state,
            wait: Wait::Nothing,
            sender: Sender::new(Numbering::default(), config),
            receiver: Receiver::new(Numbering::default(), receiver_setup(config, config.mss.get(), false)),
            owed: AckNeed::Never,
            is_ack_delayed: false,
            is_reading: false,
            reader,
            ack_delay: config.delayed_ack,
            probes: 0,
            stats: Stats::default(),
            rare: Box::new(Rare {
                config: config.clone(),
                workload,
                was_listening: state == State::Listen,
                peer: SynOptions::default(),
                peer_window: 0,
                syn_sent_at: Time::ZERO,
                syn_retransmissions: 0,
            }),
        };
        endpoint.sender.write(Some(0));
        endpoint
    }

    /// Where in the life of a connection it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// What its main timer waits for.
    pub fn wait(&self) -> Wait {
        self.wait
    }

    /// Whether and how a loss is being repaired.
    pub fn phase(&self) -> Phase {
        self.sender.phase()
    }

    /// The congestion window in bytes, with what fast recovery without SACK adds to it.
    pub fn cwnd(&self) -> u64 {
        self.sender.cwnd()
    }

    /// The slow start threshold in bytes, `u64::MAX` if there is none.
    pub fn ssthresh(&self) -> u64 {
        self.sender.control().ssthresh()
    }

    /// Bytes sent and not cumulatively acknowledged (RFC 5681 §2). A FIN counts for one.
    pub fn flight_size(&self) -> u64 {
        self.sender.board().flight_size()
    }

    /// Bytes thought to be in the network (RFC 6675 §4).
    pub fn pipe(&self) -> u64 {
        self.sender.board().pipe()
    }

    /// The largest segment it sends, in bytes of data.
    pub fn mss(&self) -> u64 {
        self.sender.mss()
    }

    /// The smoothed round-trip time, once one was measured.
    pub fn srtt(&self) -> Option<Duration> {
        self.sender.estimator().srtt()
    }

    /// Its smoothed deviation.
    pub fn rttvar(&self) -> Option<Duration> {
        self.sender.estimator().rttvar()
    }

    /// The retransmission timeout, with its backing off.
    pub fn rto(&self) -> Duration {
        self.sender.estimator().rto()
    }

    /// The latest measured round-trip time.
    pub fn last_rtt(&self) -> Option<Duration> {
        self.sender.last_rtt()
    }

    /// The receive window in bytes, as advertised last.
    pub fn receive_window(&self) -> u64 {
        self.receiver.window()
    }

    /// What it has counted so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The application writes `bytes` more. Ignored once it has closed.
    pub fn write(&mut self, ctx: &mut Ctx<'_>, bytes: u64) {
        match self.state {
            // Written when the connection is opened.
            State::Closed | State::Listen => {
                let workload = &mut self.rare.workload;
                workload.bytes = workload.bytes.map(|before| before + bytes);
            }
            State::SynSent | State::SynReceived => self.sender.write_more(bytes),
            State::Established | State::CloseWait => {
                self.sender.write_more(bytes);
                self.flush(ctx, Progress::None);
            }
            State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck | State::TimeWait => {}
        }
    }

    /// The application closes: a FIN follows all it has written (RFC 9293 §3.10.4).
    pub fn close(&mut self, ctx: &mut Ctx<'_>) {
        self.sender.close();
        self.after_close(ctx);
    }

    fn after_close(&mut self, ctx: &mut Ctx<'_>) {
        match self.state {
            State::Closed | State::Listen | State::SynSent => self.end(ctx, CloseReason::Cancelled),
            State::Established | State::CloseWait => {
                self.flush(ctx, Progress::None);
                self.note_completion(ctx.now());
            }
            // The FIN follows when the handshake is over, or is on its way.
            State::SynReceived => {}
            State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck | State::TimeWait => {}
        }
    }

    // ---------------------------------------------------------------- opening

    /// The number of our SYN.
    fn choose_isn(&mut self, ctx: &mut Ctx<'_>) {
        let isn = self.rare.config.isn.unwrap_or_else(|| ctx.random().bits() as u32);
        self.sender = Sender::new(Numbering { isn: SeqNum(isn) }, &self.rare.config);
        let workload = self.rare.workload;
        self.sender.write(workload.bytes);
        if workload.bytes.is_some() && workload.then == Then::Close {
            self.sender.close();
        }
        self.stats.opened_at = Some(ctx.now());
    }

    fn send_syn(&mut self, ctx: &mut Ctx<'_>) {
        let config = &self.rare.config;
        let is_answer = self.state == State::SynReceived;
        // What the peer's SYN did not offer is not answered (RFC 7323 §2.2, RFC 2018 §2).
        let peer = &self.rare.peer;
        let offers_scale = config.window_scaling && (!is_answer || peer.window_scale.is_some());
        let offers_sack = config.sack && (!is_answer || peer.sack_permitted);
        let header = TcpHeader {
            sequence: self.sender.numbering.wire(0),
            acknowledgment: if is_answer { self.receiver.numbering.wire(self.receiver.next()) } else { 0 },
            // Never scaled in a SYN (RFC 7323 §2.2).
            window: config.receive_buffer.get().min(UNSCALED_WINDOW) as u16,
            flags: if is_answer { TcpFlags::SYN | TcpFlags::ACK } else { TcpFlags::SYN },
            syn: Some(SynOptions {
                mss: config.mss.get() as u16,
                window_scale: offers_scale.then(|| config.window_shift()),
                sack_permitted: offers_sack,
            }),
            sack: SackBlocks::default(),
        };
        self.stats.packets_sent += 1;
        ctx.send(wire::packet(&self.ends, header, 0));
        self.set_wait(ctx, Wait::Acknowledgment, self.rto());
    }

    /// A SYN arrived: the peer's stream begins.
    fn on_syn(&mut self, header: &TcpHeader) {
        let config = &self.rare.config;
        self.rare.peer = header.syn.unwrap_or_default();
        self.rare.peer_window = header.window;
        let scales = config.window_scaling && self.rare.peer.window_scale.is_some();
        let mss = effective_mss(config, &self.rare.peer);
        let numbering = Numbering { isn: SeqNum(header.sequence) };
        self.receiver = Receiver::new(numbering, receiver_setup(config, mss, scales));
    }

    /// RFC 9293 §3.10.7.2.
    fn on_packet_in_listen(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        let flags = header.flags;
        if flags.has(TcpFlags::RST) {
            return;
        }
        if flags.has(TcpFlags::ACK) {
            self.refuse(ctx, header, len);
        } else if flags.has(TcpFlags::SYN) {
            self.choose_isn(ctx);
            self.on_syn(header);
            self.state = State::SynReceived;
            self.rare.syn_sent_at = ctx.now();
            self.send_syn(ctx);
        }
    }

    /// RFC 9293 §3.10.7.3.
    fn on_packet_in_syn_sent(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        let flags = header.flags;
        let has_ack = flags.has(TcpFlags::ACK);
        if has_ack && self.sender.numbering.position(header.acknowledgment, 1) != Some(1) {
            self.refuse(ctx, header, len);
            return;
        }
        if flags.has(TcpFlags::RST) {
            if has_ack {
                self.end(ctx, CloseReason::Refused);
            }
            return;
        }
        if !flags.has(TcpFlags::SYN) {
            return;
        }
        self.on_syn(header);
        if has_ack {
            // The window of a SYN-ACK is not scaled, nor to be compared with later ones.
            self.on_established(ctx, 0, u64::from(header.window), None);
            self.owed = AckNeed::Now;
            self.flush(ctx, Progress::Acked);
        } else {
            // Both opened at once (RFC 9293 §3.5, figure 7).
            self.state = State::SynReceived;
            self.send_syn(ctx);
        }
    }

    /// Our SYN was acknowledged by a segment at `sequence` with this `window`.
    fn on_established(&mut self, ctx: &mut Ctx<'_>, sequence: u64, window: u64, field: Option<u16>) {
        let rare = &self.rare;
        let resent = rare.syn_retransmissions;
        let scales = rare.config.window_scaling && rare.peer.window_scale.is_some();
        let setup = SenderSetup {
            mss: effective_mss(&rare.config, &rare.peer),
            sack: rare.config.sack && rare.peer.sack_permitted,
            // 14 is the largest shift allowed (RFC 7323 §2.3).
            shift: rare.peer.window_scale.filter(|_| scales).unwrap_or(0).min(14),
            syn_retransmissions: resent,
            syn_rtt: (resent == 0).then(|| ctx.now() - rare.syn_sent_at),
            sequence,
            ack: 1,
            window,
            field,
        };
        self.sender.on_established(&setup, &rare.config);
        self.state = State::Established;
        self.stats.established_at = Some(ctx.now());
        self.clear_wait(ctx);
    }

    // ---------------------------------------------------------------- segments of a connection

    /// RFC 9293 §3.10.7.4: all states from SYN-RECEIVED on.
    #[inline]
    fn on_segment(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        let flags = header.flags;
        // First, the sequence number.
        let start = self.receiver.numbering.position(header.sequence, self.receiver.next());
        let sequence_len = u64::from(wire::sequence_len(header, len));
        let Some(start) = start.filter(|&start| self.receiver.is_acceptable(start, sequence_len)) else {
            self.on_unacceptable(ctx, header, start, len);
            return;
        };
        // Second, RST: only the exact number resets; others may be forged (RFC 5961 §3.2).
        if flags.has(TcpFlags::RST) {
            if start == self.receiver.next() {
                self.on_reset(ctx);
            } else {
                self.send_ack(ctx);
            }
            return;
        }
        // Fourth, a SYN in the window: a challenge ACK (RFC 5961 §4.2).
        if flags.has(TcpFlags::SYN) {
            self.send_ack(ctx);
            return;
        }
        // Fifth, the ACK field.
        if !flags.has(TcpFlags::ACK) {
            return;
        }
        let is_pure = sequence_len == 0;
        let Some(progress) = self.on_acknowledgment(ctx, header, start, is_pure) else { return };
        // Seventh, the data, and eighth, the FIN.
        if !is_pure {
            self.on_data(ctx, start, len, flags.has(TcpFlags::FIN));
        }
        self.flush(ctx, progress);
    }

    fn on_unacceptable(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, start: Option<u64>, len: u32) {
        let flags = header.flags;
        if flags.has(TcpFlags::RST) {
            return;
        }
        if len > 0 {
            self.stats.duplicate_packets += 1;
        }
        // A FIN again: its acknowledgment was lost (RFC 9293 §3.10.7.4, eighth).
        if self.state == State::TimeWait && flags.has(TcpFlags::FIN) {
            self.set_wait(ctx, Wait::Quiet, self.rare.config.time_wait);
        }
        // With a closed window no data is acceptable, but its ACK field is (RFC 9293 §3.10.7.4, first).
        let is_probe = start == Some(self.receiver.next()) && !flags.has(TcpFlags::SYN) && flags.has(TcpFlags::ACK);
        self.owed = AckNeed::Now;
        if is_probe {
            let next = self.receiver.next();
            if let Some(progress) = self.on_acknowledgment(ctx, header, next, false) {
                self.flush(ctx, progress);
            }
        } else {
            self.send_ack(ctx);
        }
    }

    /// None if the segment is not to be looked at further.
    #[inline]
    fn on_acknowledgment(
        &mut self,
        ctx: &mut Ctx<'_>,
        header: &TcpHeader,
        sequence: u64,
        is_pure: bool,
    ) -> Option<Progress> {
        let ack = self.sender.numbering.position(header.acknowledgment, self.sender.una());
        if self.state == State::SynReceived {
            if ack != Some(1) {
                self.refuse(ctx, header, 0);
                return None;
            }
            let window = u64::from(header.window) << self.peer_shift();
            self.on_established(ctx, sequence, window, Some(header.window));
            return Some(Progress::Acked);
        }
        // One from before our SYN is as old as can be.
        let ack = ack.unwrap_or(0);
        if ack > self.sender.highest_sent() {
            self.send_ack(ctx);
            return None;
        }
        let acknowledgment = Acknowledgment { ack, sequence, window: header.window, sack: &header.sack, is_pure };
        let progress = self.sender.on_ack(&acknowledgment, ctx.now(), &mut self.stats);
        if progress == Progress::Acked {
            self.probes = 0;
            self.note_completion(ctx.now());
            if self.sender.is_fin_acked() {
                self.on_fin_acked(ctx);
            }
        }
        Some(progress)
    }

    fn peer_shift(&self) -> u8 {
        let scales = self.rare.config.window_scaling;
        self.rare.peer.window_scale.filter(|_| scales).unwrap_or(0).min(14)
    }

    #[inline]
    fn note_completion(&mut self, now: Time) {
        if self.stats.completed_at.is_none() && self.sender.is_complete() {
            self.stats.completed_at = Some(now);
        }
    }

    #[inline]
    fn on_data(&mut self, ctx: &mut Ctx<'_>, start: u64, len: u32, has_fin: bool) {
        match self.state {
            State::Established | State::FinWait1 | State::FinWait2 => {}
            // The peer has sent its FIN: nothing can follow it.
            State::Closed
            | State::Listen
            | State::SynSent
            | State::SynReceived
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::TimeWait => {
                self.owed = AckNeed::Now;
                return;
            }
        }
        let arrival = self.receiver.on_segment(start, start + u64::from(len), has_fin);
        self.owed = self.owed.max(arrival.need);
        match arrival.kind {
            ArrivalKind::InOrder(bytes) => self.on_in_order(ctx, bytes),
            ArrivalKind::OutOfOrder => self.stats.out_of_order_packets += u64::from(len > 0),
            ArrivalKind::Duplicate => self.stats.duplicate_packets += u64::from(len > 0),
        }
    }

    fn on_in_order(&mut self, ctx: &mut Ctx<'_>, bytes: u64) {
        match self.reader {
            Reader::AtOnce => self.read(ctx.now(), bytes),
            Reader::AtRate(_) => self.read_later(ctx),
            Reader::Never => {}
        }
        if self.receiver.has_fin() {
            match self.state {
                State::Established => self.state = State::CloseWait,
                State::FinWait1 => self.state = State::Closing,
                State::FinWait2 => self.enter_time_wait(ctx),
                State::Closed
                | State::Listen
                | State::SynSent
                | State::SynReceived
                | State::CloseWait
                | State::Closing
                | State::LastAck
                | State::TimeWait => {}
            }
            self.close_after_peer();
        }
    }

    #[inline]
    fn read(&mut self, now: Time, most: u64) {
        let bytes = self.receiver.read(most);
        if bytes > 0 {
            self.stats.delivered_bytes += bytes;
            self.stats.first_delivery = self.stats.first_delivery.or(Some(now));
            self.stats.last_delivery = Some(now);
        }
    }

    /// The slow reader takes the time a segment has at its rate.
    fn read_later(&mut self, ctx: &mut Ctx<'_>) {
        let chunk = self.receiver.unread().min(self.sender.mss());
        if let Reader::AtRate(rate) = self.reader
            && chunk > 0
            && !self.is_reading
        {
            self.is_reading = true;
            ctx.set_timer(Timer::Read, ctx.now() + rate.serialization_delay(sim_core::units::Bytes(chunk)));
        }
    }

    /// The application has read all, and the end: one that waits for its peer closes now.
    fn close_after_peer(&mut self) {
        let workload = self.rare.workload;
        if self.receiver.has_fin() && self.receiver.unread() == 0 && workload.then == Then::KeepOpen {
            self.sender.close();
        }
    }

    // ---------------------------------------------------------------- sending

    /// Sends what may be sent, sets the timer, and sees to the acknowledgment.
    #[inline]
    fn flush(&mut self, ctx: &mut Ctx<'_>, progress: Progress) {
        // A duplicate ACK says so only if it carries no data (RFC 5681 §2), and data leaves no room for SACK blocks.
        if self.owed == AckNeed::Now && self.receiver.has_gaps() {
            self.send_ack(ctx);
        }
        if self.may_send() {
            while let Some(segment) = self.sender.next_segment(ctx.now()) {
                self.send_segment(ctx, segment);
            }
            self.update_wait(ctx, progress);
        }
        match self.owed {
            AckNeed::Never => {}
            AckNeed::Now => self.send_ack(ctx),
            AckNeed::Soon => match self.ack_delay {
                None => self.send_ack(ctx),
                Some(delay) if !self.is_ack_delayed => {
                    self.is_ack_delayed = true;
                    ctx.set_timer(Timer::DelayedAck, ctx.now() + delay);
                }
                Some(_) => {}
            },
        }
    }

    #[inline]
    fn may_send(&self) -> bool {
        match self.state {
            State::Established | State::CloseWait | State::FinWait1 | State::Closing | State::LastAck => true,
            State::Closed | State::Listen | State::SynSent | State::SynReceived | State::FinWait2 | State::TimeWait => {
                false
            }
        }
    }

    #[inline]
    fn update_wait(&mut self, ctx: &mut Ctx<'_>, progress: Progress) {
        if self.sender.awaits_ack() {
            // RFC 6298, rules 5.1 and 5.3.
            if self.wait != Wait::Acknowledgment || progress == Progress::Acked {
                self.set_wait(ctx, Wait::Acknowledgment, self.rto());
            }
        } else if self.sender.awaits_window() {
            if self.wait != Wait::Window || progress == Progress::Acked {
                // The first probe comes after one RTO, then ever more rarely (RFC 9293 §3.8.6.1).
                let config = &self.rare.config;
                let patience = (self.rto() * (1 << self.probes.min(16))).min(config.max_rto);
                self.set_wait(ctx, Wait::Window, patience);
            }
        } else if self.wait != Wait::Nothing {
            // RFC 6298, rule 5.2.
            self.clear_wait(ctx);
        }
        if self.wait != Wait::Window {
            self.probes = 0;
        }
    }

    #[inline]
    fn set_wait(&mut self, ctx: &mut Ctx<'_>, wait: Wait, span: Duration) {
        self.wait = wait;
        ctx.set_timer(Timer::Wait, ctx.now() + span);
    }

    fn clear_wait(&mut self, ctx: &mut Ctx<'_>) {
        self.wait = Wait::Nothing;
        ctx.cancel_timer(Timer::Wait);
    }

    #[inline]
    fn send_segment(&mut self, ctx: &mut Ctx<'_>, segment: Outgoing) {
        let flags = if segment.has_fin { TcpFlags::ACK | TcpFlags::FIN } else { TcpFlags::ACK };
        let header = self.header(ctx, segment.start, flags);
        let mut packet = wire::packet(&self.ends, header, segment.len);
        if segment.len > 0 {
            packet.segment = (1 + (segment.start - 1) / self.sender.mss()) as u32;
            packet.copy = segment.copy;
            self.stats.data_packets_sent += 1;
            self.stats.data_bytes_sent += u64::from(segment.len);
        }
        if segment.copy > 1 {
            self.stats.retransmitted_packets += 1;
            self.stats.retransmitted_bytes += u64::from(segment.len);
        }
        self.stats.packets_sent += 1;
        ctx.send(packet);
        if segment.has_fin {
            match self.state {
                State::Established => self.state = State::FinWait1,
                State::CloseWait => self.state = State::LastAck,
                // Sent again.
                State::FinWait1 | State::Closing | State::LastAck => {}
                State::Closed
                | State::Listen
                | State::SynSent
                | State::SynReceived
                | State::FinWait2
                | State::TimeWait => unreachable!("a FIN is sent while sending is allowed"),
            }
        }
    }

    /// A segment that only acknowledges.
    fn send_ack(&mut self, ctx: &mut Ctx<'_>) {
        let mut header = self.header(ctx, self.sender.max(), TcpFlags::ACK);
        if self.receiver.has_gaps() && self.rare.config.sack && self.rare.peer.sack_permitted {
            header.sack = self.receiver.sack_blocks();
        }
        self.stats.packets_sent += 1;
        ctx.send(wire::packet(&self.ends, header, 0));
    }

    /// The header of a segment at `start`, which acknowledges all there is to acknowledge.
    #[inline]
    fn header(&mut self, ctx: &mut Ctx<'_>, start: u64, flags: TcpFlags) -> TcpHeader {
        self.owed = AckNeed::Never;
        if self.is_ack_delayed {
            self.is_ack_delayed = false;
            ctx.cancel_timer(Timer::DelayedAck);
        }
        TcpHeader {
            sequence: self.sender.numbering.wire(start),
            acknowledgment: self.receiver.numbering.wire(self.receiver.next()),
            window: self.receiver.advertise(),
            flags,
            syn: None,
            sack: SackBlocks::default(),
        }
    }

    /// Answers a segment that belongs to no connection of ours.
    fn refuse(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        if let Some(reset) = wire::reset_for(&self.ends, header, len) {
            self.stats.packets_sent += 1;
            ctx.send(reset);
        }
    }

    // ---------------------------------------------------------------- timers

    fn on_wait_over(&mut self, ctx: &mut Ctx<'_>) {
        match std::mem::take(&mut self.wait) {
            Wait::Nothing => {}
            Wait::Quiet => self.state = State::Closed,
            Wait::Acknowledgment => match self.state {
                State::SynSent | State::SynReceived => self.on_syn_timeout(ctx),
                State::Established | State::FinWait1 | State::CloseWait | State::Closing | State::LastAck => {
                    if self.sender.on_timeout(ctx.now(), &mut self.stats) {
                        self.flush(ctx, Progress::None);
                    } else {
                        self.end(ctx, CloseReason::TimedOut);
                    }
                }
                State::Closed | State::Listen | State::FinWait2 | State::TimeWait => {}
            },
            Wait::Window => {
                // A peer that answers keeps its window closed as long as it likes (RFC 9293 §3.8.6.1).
                self.probes += 1;
                if let Some(probe) = self.sender.on_persist(ctx.now()) {
                    self.stats.window_probes += 1;
                    self.send_segment(ctx, probe);
                }
                self.update_wait(ctx, Progress::None);
            }
        }
    }

    fn on_syn_timeout(&mut self, ctx: &mut Ctx<'_>) {
        let rare = &mut self.rare;
        rare.syn_retransmissions += 1;
        if rare.syn_retransmissions > rare.config.max_syn_retries {
            return self.give_up_opening(ctx, CloseReason::TimedOut);
        }
        self.stats.timeouts += 1;
        self.stats.syn_retransmissions += 1;
        self.sender.back_off();
        self.send_syn(ctx);
    }

    // ---------------------------------------------------------------- closing

    fn on_fin_acked(&mut self, ctx: &mut Ctx<'_>) {
        match self.state {
            State::FinWait1 => {
                self.state = State::FinWait2;
                self.clear_wait(ctx);
            }
            State::Closing => self.enter_time_wait(ctx),
            State::LastAck => self.end(ctx, CloseReason::Finished),
            State::Closed
            | State::Listen
            | State::SynSent
            | State::SynReceived
            | State::Established
            | State::FinWait2
            | State::CloseWait
            | State::TimeWait => {}
        }
    }

    fn enter_time_wait(&mut self, ctx: &mut Ctx<'_>) {
        self.state = State::TimeWait;
        self.stats.closed_at = Some(ctx.now());
        self.stats.close_reason = Some(CloseReason::Finished);
        self.set_wait(ctx, Wait::Quiet, self.rare.config.time_wait);
    }

    fn on_reset(&mut self, ctx: &mut Ctx<'_>) {
        match self.state {
            State::SynReceived => self.give_up_opening(ctx, CloseReason::Refused),
            State::TimeWait => self.end(ctx, CloseReason::Finished),
            State::Closed
            | State::Listen
            | State::SynSent
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck => self.end(ctx, CloseReason::Reset),
        }
    }

    /// A passive open goes back to where it came from (RFC 9293 §3.10.7.4, second).
    fn give_up_opening(&mut self, ctx: &mut Ctx<'_>, reason: CloseReason) {
        if self.rare.was_listening {
            self.clear_wait(ctx);
            self.rare.syn_retransmissions = 0;
            self.state = State::Listen;
        } else {
            self.end(ctx, reason);
        }
    }

    fn end(&mut self, ctx: &mut Ctx<'_>, reason: CloseReason) {
        self.state = State::Closed;
        self.stats.closed_at = self.stats.closed_at.or(Some(ctx.now()));
        self.stats.close_reason = self.stats.close_reason.or(Some(reason));
        self.owed = AckNeed::Never;
        self.is_ack_delayed = false;
        self.is_reading = false;
        self.clear_wait(ctx);
        ctx.cancel_timer(Timer::DelayedAck);
        ctx.cancel_timer(Timer::Read);
    }
}

impl Agent for Endpoint {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        let is_client = self.state == State::Closed && !self.rare.was_listening;
        if !is_client || self.stats.close_reason.is_some() {
            return;
        }
        self.choose_isn(ctx);
        self.state = State::SynSent;
        self.rare.syn_sent_at = ctx.now();
        self.send_syn(ctx);
    }

    #[inline]
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Tcp(header) = &packet.body else { return };
        if packet.corrupted {
            // The checksum is wrong: as if it had not come (RFC 9293 §3.1).
            self.stats.corrupted_packets += 1;
            return;
        }
        let len = wire::data_len(packet.size, header);
        self.stats.packets_received += 1;
        self.stats.bytes_received += u64::from(packet.size);
        self.stats.data_packets_received += u64::from(len > 0);
        match self.state {
            State::Closed => self.refuse(ctx, header, len),
            State::Listen => self.on_packet_in_listen(ctx, header, len),
            State::SynSent => self.on_packet_in_syn_sent(ctx, header, len),
            State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::TimeWait => self.on_segment(ctx, header, len),
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: TimerKey) {
        if timer == Timer::Wait.into() {
            self.on_wait_over(ctx);
        } else if timer == Timer::DelayedAck.into() {
            self.is_ack_delayed = false;
            if !self.receiver.is_acked() {
                self.send_ack(ctx);
            }
        } else {
            self.is_reading = false;
            self.read(ctx.now(), self.sender.mss());
            self.read_later(ctx);
            if self.receiver.has_window_update() {
                self.send_ack(ctx);
            }
            self.close_after_peer();
            self.flush(ctx, Progress::None);
        }
    }

    fn on_command(&mut self, ctx: &mut Ctx<'_>, command: Command) {
        match command {
            Command::Stop => {
                self.sender.stop();
                self.after_close(ctx);
            }
        }
    }
}

/// Eff.snd.MSS: what the peer takes and we make (RFC 9293 §3.7.1). A SYN without the option takes 536 bytes.
fn effective_mss(config: &Config, peer: &SynOptions) -> u64 {
    const DEFAULT_MSS: u64 = 536;
    let peer_mss = if peer.mss == 0 { DEFAULT_MSS } else { u64::from(peer.mss) };
    config.mss.get().min(peer_mss)
}

fn receiver_setup(config: &Config, mss: u64, scales: bool) -> ReceiverSetup {
    ReceiverSetup {
        buffer: config.receive_buffer.get(),
        shift: if scales { config.window_shift() } else { 0 },
        mss,
        delays_acks: config.delayed_ack.is_some(),
    }
}
