//! The receiving end of a transfer: a machine with a network, and an application that compares what it is given with
//! what was sent.

use sim_core::agent::{Agent, Ctx};
use sim_core::packet::{Body, Endpoints, Packet, RdtHeader, RdtKind};
use sim_core::time::Time;

use super::config::Transfer;
use super::machine::{Receiver, Upper, Verdict};

/// What a receiving end counts.
#[derive(Clone, Debug, Default)]
pub struct ReceiverStats {
    /// Packets of data that arrived, repeated ones included.
    pub packets: u64,
    /// Their bytes, headers included.
    pub bytes: u64,
    /// Messages delivered in the place where they belong.
    pub delivered_messages: u64,
    /// Their bytes.
    pub delivered_bytes: u64,
    /// Messages delivered where another belongs: what a sequence space too small does.
    pub wrong_deliveries: u64,
    /// Packets that arrived when their message had arrived before.
    pub repeated_packets: u64,
    /// Packets that left a gap before them, and were thrown away.
    pub discarded_packets: u64,
    /// Packets that left a gap before them, and were kept.
    pub buffered_packets: u64,
    /// Packets that came after one sent later (Type-P-Reordered, RFC 4737 §3.3).
    pub reordered_packets: u64,
    /// ACKs sent.
    pub acks: u64,
    /// When the first message was delivered where it belongs.
    pub first_delivery: Option<Time>,
    /// When the latest was.
    pub last_delivery: Option<Time>,
}

/// Receives messages from its peer with the protocol `M`.
#[derive(Clone, Debug)]
pub struct ReceivingEnd<M> {
    machine: M,
    ends: Endpoints,
    transfer: Transfer,
    /// The highest number among the packets that have arrived, as their sender counts them.
    latest: u32,
    stats: ReceiverStats,
}

impl<M: Receiver> ReceivingEnd<M> {
    pub(super) fn new(machine: M, transfer: Transfer, ends: Endpoints) -> Self {
        ReceivingEnd { machine, ends, transfer, latest: 0, stats: ReceiverStats::default() }
    }

    /// What it has counted.
    pub fn stats(&self) -> &ReceiverStats {
        &self.stats
    }

    /// Whether all messages of a transfer that has an end are delivered, each where it belongs.
    pub fn is_complete(&self) -> bool {
        self.transfer.messages() == Some(self.stats.delivered_messages)
    }
}

/// What the machine hands up and sends back.
struct Above<'a, 'b> {
    ctx: &'a mut Ctx<'b>,
    ends: &'a Endpoints,
    transfer: &'a Transfer,
    stats: &'a mut ReceiverStats,
    /// The message that belongs into the place of the next one delivered.
    due: u64,
}

impl Upper for Above<'_, '_> {
    fn deliver(&mut self, data: u64) {
        if data == self.due {
            let now = self.ctx.now();
            self.stats.delivered_messages += 1;
            self.stats.delivered_bytes += self.transfer.bytes_of(data);
            self.stats.first_delivery.get_or_insert(now);
            self.stats.last_delivery = Some(now);
        } else {
            self.stats.wrong_deliveries += 1;
        }
        self.due += 1;
    }

    fn acknowledge(&mut self, number: u32, message: u64) {
        let header = RdtHeader { kind: RdtKind::Ack, number, message };
        self.ctx.send(Packet::new(self.ends, self.transfer.ack_size.get() as u32, Body::Rdt(header)));
        self.stats.acks += 1;
    }
}

impl<M: Receiver + Clone + std::fmt::Debug + Send + Sync + 'static> Agent for ReceivingEnd<M> {
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        let Body::Rdt(RdtHeader { kind: RdtKind::Data, number, message }) = packet.body else { return };
        self.stats.packets += 1;
        self.stats.bytes += u64::from(packet.size);
        self.stats.reordered_packets += u64::from(packet.id.number < self.latest);
        self.latest = self.latest.max(packet.id.number);
        let due = self.machine.delivered();
        let mut above = Above { ctx, ends: &self.ends, transfer: &self.transfer, stats: &mut self.stats, due };
        match self.machine.on_packet(number, message, &mut above) {
            Verdict::Delivered => {}
            Verdict::Buffered => self.stats.buffered_packets += 1,
            Verdict::Repeated => self.stats.repeated_packets += 1,
            Verdict::Unexpected if message < due => self.stats.repeated_packets += 1,
            Verdict::Unexpected => self.stats.discarded_packets += 1,
        }
    }
}
