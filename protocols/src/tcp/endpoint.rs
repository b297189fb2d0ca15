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

mod arriving;
mod closing;
mod opening;
mod sending;
mod speaking;

use sim_core::agent::{Agent, Command, Ctx, TimerKey};
use sim_core::packet::{Body, Ecn, Endpoints, Packet, SackBlocks, SynOptions, TIMESTAMPS_OPTION, TcpFlags, TcpHeader};
use sim_core::time::{Duration, Time};

use super::app::{Reader, Speaker, Then, Workload};
use super::config::{Config, UNSCALED_WINDOW};
use super::ecn::{self, Echo, EcnMode, Turn};
use super::receiver::{AckNeed, ArrivalKind, Receiver, ReceiverSetup};
use super::sender::{Acknowledgment, Outgoing, Phase, Progress, Sender, SenderSetup};
use super::seq::{Numbering, SeqNum};
use super::stamps::Stamps;
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
    /// The pace allows the next segment.
    Pace,
    /// The application writes next.
    Speak,
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
    /// The end of the time that reordering may take, else what is in doubt is lost (RFC 8985 §6.2).
    Reordering,
    /// An acknowledgment, else the tail is probed (RFC 8985 §7.2).
    Probe,
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
    /// When the retransmission timer expires, also while something earlier is waited for.
    rto_at: Time,
    /// When [`Timer::Wait`] expires. Kept only where losses are found by time.
    wait_until: Time,
    sender: Sender,
    receiver: Receiver,
    /// How soon what has arrived must be acknowledged.
    owed: AckNeed,
    is_ack_delayed: bool,
    is_reading: bool,
    /// Whether [`Timer::Pace`] is set.
    is_pacing: bool,
    reader: Reader,
    /// An application that writes little by little.
    speaker: Option<Box<Speaker>>,
    ack_delay: Option<Duration>,
    /// What the receiving half says of marks.
    echo: Echo,
    stamps: Stamps,
    /// Probes of the closed window so far: they become rarer.
    probes: u32,
    /// The highest number that the sender gave to a packet that has arrived: tells reordering, decides nothing.
    highest_number: u32,
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
    /// Whether the peer's SYN offered ECN, or its SYN-ACK accepted it.
    peer_takes_marks: bool,
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
        self.speaker = speaker(&workload);
        self.reader = reader;
        self
    }

    fn new(ends: Endpoints, config: &Config, state: State, workload: Workload, reader: Reader) -> Self {
        let mut endpoint = Endpoint {
            ends,
            state,
            wait: Wait::Nothing,
            rto_at: Time::NEVER,
            wait_until: Time::NEVER,
            sender: Sender::new(Numbering::default(), config),
            receiver: Receiver::new(Numbering::default(), receiver_setup(config, config.mss.get(), false)),
            owed: AckNeed::Never,
            is_ack_delayed: false,
            is_reading: false,
            is_pacing: false,
            reader,
            speaker: speaker(&workload),
            ack_delay: config.delayed_ack,
            echo: Echo::default(),
            stamps: Stamps::new(config.timestamp_clock),
            probes: 0,
            highest_number: 0,
            stats: Stats::default(),
            rare: Box::new(Rare {
                config: config.clone(),
                workload,
                was_listening: state == State::Listen,
                peer: SynOptions::default(),
                peer_takes_marks: false,
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

    /// The number of its SYN, once it has chosen one.
    pub fn initial_sequence(&self) -> Option<SeqNum> {
        self.stats.opened_at.map(|_| self.sender.numbering.isn)
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

    /// Bytes of the application that are known to have arrived.
    pub fn acknowledged_bytes(&self) -> u64 {
        // The SYN stands before them.
        self.sender.una().saturating_sub(1)
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
            Wait::Reordering => {
                // The retransmission timer runs on.
                self.wait = Wait::Reordering;
                self.wait_until = Time::NEVER;
                self.sender.on_reordering_timeout(ctx.now(), &mut self.stats);
                self.flush(ctx, Progress::None);
            }
            Wait::Probe => {
                if let Some(probe) = self.sender.on_probe_timeout(ctx.now()) {
                    self.stats.tail_loss_probes += 1;
                    self.send_segment(ctx, probe);
                }
                // The retransmission timer starts anew (RFC 8985 §7.3).
                self.update_wait(ctx, Progress::None);
            }
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
        debug_assert!(!packet.corrupted, "the node drops what its checksum catches");
        let len = wire::data_len(packet.size, header);
        self.stats.packets_received += 1;
        self.stats.bytes_received += u64::from(packet.size);
        self.stats.data_packets_received += u64::from(len > 0);
        self.stats.marked_packets += u64::from(packet.ecn == Ecn::Ce);
        self.stats.reordered_packets += u64::from(packet.id.number < self.highest_number);
        self.highest_number = self.highest_number.max(packet.id.number);
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
            | State::TimeWait => self.on_segment(ctx, header, len, packet.ecn),
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: TimerKey) {
        if timer == Timer::Pace.into() {
            self.is_pacing = false;
            self.flush(ctx, Progress::None);
        } else if timer == Timer::Speak.into() {
            self.on_speak(ctx);
        } else if timer == Timer::Wait.into() {
            self.on_wait_over(ctx);
        } else if timer == Timer::DelayedAck.into() {
            self.is_ack_delayed = false;
            if !self.receiver.is_acked() {
                self.send_ack(ctx);
            }
        } else {
            self.is_reading = false;
            self.read(ctx, self.sender.mss());
            self.read_later(ctx);
            // The application may read on when the connection is long gone.
            if self.state == State::Closed {
                return;
            }
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
                self.speaker = None;
                self.after_close(ctx);
            }
            Command::Router(_) => {}
        }
    }
}

#[cfg(test)]
impl Endpoint {
    pub(super) fn control(&self) -> &crate::congestion::AnyCongestionControl {
        self.sender.control()
    }

    pub(super) fn sender_board(&self) -> &super::scoreboard::Scoreboard {
        self.sender.board()
    }
}

/// Eff.snd.MSS: what the peer takes and we make, less the options of every segment (RFC 9293 §3.7.1). A SYN without the
/// option takes 536 bytes.
fn effective_mss(config: &Config, peer: &SynOptions, has_stamps: bool) -> u64 {
    const DEFAULT_MSS: u64 = 536;
    let peer_mss = if peer.mss == 0 { DEFAULT_MSS } else { u64::from(peer.mss) };
    let options = if has_stamps { u64::from(TIMESTAMPS_OPTION) } else { 0 };
    config.mss.get().min(peer_mss).saturating_sub(options).max(1)
}

fn speaker(workload: &Workload) -> Option<Box<Speaker>> {
    workload.dialogue.map(|dialogue| Box::new(Speaker::new(dialogue)))
}

fn receiver_setup(config: &Config, mss: u64, scales: bool) -> ReceiverSetup {
    ReceiverSetup {
        buffer: config.receive_buffer.get(),
        shift: if scales { config.window_shift() } else { 0 },
        mss,
        delays_acks: config.delayed_ack.is_some(),
    }
}
