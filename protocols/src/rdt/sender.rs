//! The sending end of a transfer: a machine with a clock and a network.

use sim_core::agent::{Agent, Command, Ctx, TimerKey};
use sim_core::packet::{Body, Endpoints, Packet, RdtHeader, RdtKind};
use sim_core::time::{Duration, Time};
use sim_core::units::Bytes;

use super::clock::{Cause, Clock};
use super::config::{TimerRuns, Transfer};
use super::machine::Sender;
use crate::latency::Latency;

/// The timers of a sending end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The earliest timer of the protocol expires.
    Retransmit,
    /// The packet before has been transmitted at the pace asked for.
    Pace,
}

impl From<Timer> for TimerKey {
    fn from(timer: Timer) -> TimerKey {
        TimerKey(timer as u8)
    }
}

/// What a sending end counts.
#[derive(Clone, Debug, Default)]
pub struct SenderStats {
    /// Packets of data sent, those sent again included.
    pub sent_packets: u64,
    /// Packets of data sent again.
    pub retransmitted_packets: u64,
    /// Timers that expired.
    pub timeouts: u64,
    /// ACKs that arrived.
    pub acks: u64,
    /// ACKs that acknowledged nothing new.
    pub repeated_acks: u64,
    /// Round-trip times of packets sent once, from the handing over to the ACK.
    pub rtt: Latency,
    /// The one measured last.
    pub last_rtt: Option<Duration>,
    /// When everything was acknowledged.
    pub completed_at: Option<Time>,
}

/// Sends messages to its peer with the protocol `M`.
#[derive(Clone, Debug)]
pub struct SendingEnd<M> {
    machine: M,
    clock: Clock,
    ends: Endpoints,
    transfer: Transfer,
    /// How many messages the application has written: all, from the start.
    written: u64,
    /// When the packet before has been transmitted at the pace asked for.
    free_at: Time,
    stats: SenderStats,
}

impl<M: Sender> SendingEnd<M> {
    pub(super) fn new(machine: M, transfer: Transfer, runs: TimerRuns, ends: Endpoints) -> Self {
        SendingEnd {
            machine,
            clock: Clock::new(M::TIMERS, &transfer.timeout, runs),
            ends,
            written: transfer.messages().unwrap_or(u64::MAX),
            transfer,
            free_at: Time::ZERO,
            stats: SenderStats::default(),
        }
    }

    /// What it has counted.
    pub fn stats(&self) -> &SenderStats {
        &self.stats
    }

    /// Messages sent and not known to have arrived: what the window limits.
    pub fn under_way(&self) -> u64 {
        self.machine.sent() - self.machine.base()
    }

    /// How long it waits for an ACK now.
    pub fn timeout(&self) -> Duration {
        self.clock.timeout()
    }

    /// The smoothed round-trip time of an adaptive timeout.
    pub fn srtt(&self) -> Option<Duration> {
        self.clock.srtt()
    }

    /// Transmits whatever may be transmitted now, and sets the timers.
    fn transmit(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now();
        loop {
            if self.free_at > now {
                ctx.set_timer(Timer::Pace, self.free_at);
                break;
            }
            let clock = self.clock.at(now, Cause::Sending);
            let Some(message) = self.machine.next_packet(self.written, clock) else { break };
            let copies = self.clock.note_sending(message);
            let packet = self.packet(message, copies);
            if let Some(pace) = self.transfer.pace {
                self.free_at = now + pace.serialization_delay(Bytes(u64::from(packet.size)));
            }
            ctx.send(packet);
            self.stats.sent_packets += 1;
            self.stats.retransmitted_packets += u64::from(copies > 1);
        }
        match self.clock.next_deadline() {
            Some(deadline) if ctx.deadline(Timer::Retransmit) == Some(deadline) => {}
            Some(deadline) => ctx.set_timer(Timer::Retransmit, deadline),
            None => ctx.cancel_timer(Timer::Retransmit),
        }
    }

    fn packet(&self, message: u64, copies: u32) -> Packet {
        let number = self.machine.number(message);
        let size = self.transfer.data_header.get() + self.transfer.bytes_of(message);
        let header = RdtHeader { kind: RdtKind::Data, number, message };
        let mut packet = Packet::new(&self.ends, size as u32, Body::Rdt(header));
        packet.segment = u32::try_from(message + 1).unwrap_or(u32::MAX);
        packet.copy = u8::try_from(copies).unwrap_or(u8::MAX);
        packet
    }
}

impl<M: Sender + Clone + std::fmt::Debug + Send + Sync + 'static> Agent for SendingEnd<M> {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.transmit(ctx);
    }

    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Rdt(RdtHeader { kind: RdtKind::Ack, number, .. }) = packet.body else { return };
        self.stats.acks += 1;
        let clock = self.clock.at(ctx.now(), Cause::Ack);
        match self.machine.on_ack(number, clock) {
            Some(message) => {
                if let Some(rtt) = self.clock.sample(message) {
                    self.stats.rtt.record(rtt);
                    self.stats.last_rtt = Some(rtt);
                }
            }
            None => self.stats.repeated_acks += 1,
        }
        self.clock.forget_before(self.machine.base());
        if self.machine.base() == self.written {
            self.stats.completed_at.get_or_insert(ctx.now());
        }
        self.transmit(ctx);
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, _timer: TimerKey) {
        // Whichever it is: what is due for a second time goes before what is new.
        while let Some(message) = self.clock.at(ctx.now(), Cause::Sending).take_due() {
            self.stats.timeouts += 1;
            self.machine.on_timeout(message, &mut self.clock);
        }
        self.transmit(ctx);
    }

    fn on_command(&mut self, ctx: &mut Ctx<'_>, command: Command) {
        match command {
            // What was sent already is still repeated until it is acknowledged.
            Command::Stop => self.written = self.written.min(self.machine.sent()),
            Command::Router(_) => {}
        }
        self.transmit(ctx);
    }
}
