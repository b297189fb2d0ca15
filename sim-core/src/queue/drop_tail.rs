//! Drop-tail: first come, first served, and what finds the queue full is dropped.
//!
//! A link with this queue needs no event for the end of a transmission, because the moment each packet will leave is
//! known when it arrives (`link.rs`). This struct is the same discipline in the form that others take.

use std::collections::VecDeque;

use super::{QueueConfig, QueueCtx, QueueDiscipline, QueueLimit};
use crate::packet::{DropReason, Packet};

/// Its name in files.
pub const NAME: &str = "drop_tail";
/// What it does.
pub const SUMMARY: &str = "first come, first served; what finds the queue full is dropped";
/// Where it is described.
pub const SOURCE: &str = "Kurose & Ross 4.2";

/// How much may wait.
pub type Config = QueueLimit;

impl QueueConfig for Config {
    fn limit_mut(&mut self) -> Option<&mut QueueLimit> {
        Some(self)
    }
}

/// A first-in first-out queue with a limit.
#[derive(Clone, Debug)]
pub struct DropTail {
    limit: QueueLimit,
    packets: VecDeque<Packet>,
    bytes: u64,
}

impl DropTail {
    /// An empty queue.
    pub fn new(limit: &Config) -> Self {
        DropTail { limit: *limit, packets: VecDeque::new(), bytes: 0 }
    }

    /// Whether there is room for `packet`.
    pub(super) fn admits(&self, packet: &Packet) -> bool {
        self.stays_within(self.limit, packet)
    }

    /// Whether the queue, with `packet` in it, would be no longer than `length`.
    pub(super) fn stays_within(&self, length: QueueLimit, packet: &Packet) -> bool {
        length.admits(self.packets.len(), self.bytes, packet.size)
    }
}

impl QueueDiscipline for DropTail {
    fn enqueue(&mut self, ctx: &mut QueueCtx<'_>, packet: Packet) {
        if !self.admits(&packet) {
            return ctx.drop(packet, DropReason::QueueFull);
        }
        self.bytes += u64::from(packet.size);
        self.packets.push_back(packet);
    }

    fn dequeue(&mut self, _ctx: &mut QueueCtx<'_>) -> Option<Packet> {
        let packet = self.packets.pop_front()?;
        self.bytes -= u64::from(packet.size);
        Some(packet)
    }

    fn len_packets(&self) -> usize {
        self.packets.len()
    }

    fn visit(&self, visit: &mut dyn FnMut(&Packet)) {
        self.packets.iter().for_each(visit);
    }
}

/// Lets go of the messages that still wait.
impl Drop for DropTail {
    fn drop(&mut self) {
        self.packets.drain(..).for_each(Packet::discard);
    }
}
