//! Step marking: first come, first served, and whatever finds more than a threshold waiting is marked.
//!
//! Alizadeh et al., "Data Center TCP (DCTCP)", SIGCOMM 2010, section 3.1; RFC 8257 §3.1; marks as in RFC 3168.
//!
//! ```text
//!                 limit          threshold
//!                   |  marked       |   not marked
//!   dropped ------> [ . . . . . . . | . . . . ] -> transmitter
//! ```
//!
//! The length is that of this instant, not an average: a sender that takes the share of marks for a measure of the
//! queue (DCTCP) does the averaging. It is the length with the arriving packet in it, that in transmission left out,
//! so that a packet which finds the transmitter free is never marked, and a threshold of no packets marks all that wait.
//!
//! A packet whose transport does not understand marks is queued like any other: above the threshold nothing is dropped
//! for its sake, as RFC 3168 §7 wants it of routers that drop before their queue is full. It shares the queue with
//! flows that hold back, and so takes more than its part.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drop_tail::DropTail;
use super::{QueueConfig, QueueCtx, QueueDiscipline, QueueLimit};
use crate::packet::Packet;

/// Its name in files.
pub const NAME: &str = "step_marking";
/// What it does.
pub const SUMMARY: &str = "first come, first served; marks what finds more than a threshold waiting (ECN)";
/// Where it is described.
pub const SOURCE: &str = "Alizadeh et al. 2010; RFC 8257, 3.1";

/// When packets are marked, and when dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A packet that makes the queue longer than this is marked: K of RFC 8257, 3.1. DCTCP fills the link if this is
    /// more than a seventh of the bandwidth-delay product.
    pub threshold: QueueLimit,
    /// How much may wait; what finds no room is dropped.
    pub limit: QueueLimit,
}

impl Default for Config {
    /// The 20 packets of 1500 bytes that the DCTCP paper uses at 1 Gbps.
    fn default() -> Self {
        Config { threshold: QueueLimit::Packets(20), limit: QueueLimit::default() }
    }
}

impl QueueConfig for Config {
    fn limit_mut(&mut self) -> Option<&mut QueueLimit> {
        Some(&mut self.limit)
    }

    fn lengths_mut(&mut self) -> Vec<&mut QueueLimit> {
        vec![&mut self.limit, &mut self.threshold]
    }
}

/// A drop-tail queue that marks.
#[derive(Clone, Debug)]
pub struct StepMarking {
    threshold: QueueLimit,
    fifo: DropTail,
}

impl StepMarking {
    /// An empty queue.
    pub fn new(config: &Config) -> Self {
        StepMarking { threshold: config.threshold, fifo: DropTail::new(&config.limit) }
    }
}

impl QueueDiscipline for StepMarking {
    fn enqueue(&mut self, ctx: &mut QueueCtx<'_>, mut packet: Packet) {
        // What is dropped is not marked.
        if self.fifo.admits(&packet) && !self.fifo.stays_within(self.threshold, &packet) {
            ctx.mark(&mut packet);
        }
        self.fifo.enqueue(ctx, packet);
    }

    fn dequeue(&mut self, ctx: &mut QueueCtx<'_>) -> Option<Packet> {
        self.fifo.dequeue(ctx)
    }

    fn len_packets(&self) -> usize {
        self.fifo.len_packets()
    }

    fn visit(&self, visit: &mut dyn FnMut(&Packet)) {
        self.fifo.visit(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness;
    use crate::packet::{DropReason, Ecn};
    use crate::random::Random;
    use crate::time::Time;
    use crate::units::{Bytes, Rate};

    /// A queue, and what it did.
    struct Bench {
        queue: StepMarking,
        random: Random,
        dropped: Vec<(Packet, DropReason)>,
        marked: u64,
    }

    impl Bench {
        fn new(threshold: QueueLimit, limit: QueueLimit) -> Self {
            let queue = StepMarking::new(&Config { threshold, limit });
            Bench { queue, random: Random::stream(1, "a->b", "queue"), dropped: Vec::new(), marked: 0 }
        }

        fn call<T>(&mut self, act: impl FnOnce(&mut StepMarking, &mut QueueCtx<'_>) -> T) -> T {
            let Bench { queue, random, dropped, marked } = self;
            let rate = Rate::from_bps(1_000_000_000);
            act(queue, &mut QueueCtx { now: Time::ZERO, rate, random, dropped, marked })
        }

        fn arrive(&mut self, size: u32, ecn: Ecn) {
            self.call(|queue, ctx| queue.enqueue(ctx, Packet { ecn, ..harness::packet(size) }));
        }

        /// The ECN fields of all that waits, first to last.
        fn leave(&mut self) -> Vec<Ecn> {
            std::iter::from_fn(|| self.call(|queue, ctx| queue.dequeue(ctx)).map(|packet| packet.ecn)).collect()
        }
    }

    #[test]
    fn what_makes_the_queue_longer_than_the_threshold_is_marked() {
        let mut bench = Bench::new(QueueLimit::Packets(2), QueueLimit::Packets(4));
        for _ in 0..6 {
            bench.arrive(1_500, Ecn::Ect0);
        }
        // Two fit below the threshold, two more below the limit, two do not fit at all.
        assert_eq!(bench.leave(), [Ecn::Ect0, Ecn::Ect0, Ecn::Ce, Ecn::Ce]);
        assert_eq!((bench.marked, bench.dropped.len()), (2, 2));
    }

    #[test]
    fn only_the_length_of_the_instant_counts() {
        let mut bench = Bench::new(QueueLimit::Packets(1), QueueLimit::Packets(9));
        for _ in 0..3 {
            bench.arrive(1_500, Ecn::Ect1);
        }
        assert_eq!(bench.leave(), [Ecn::Ect1, Ecn::Ce, Ecn::Ce]);
        // An average would remember the queue of before.
        bench.arrive(1_500, Ecn::Ect1);
        assert_eq!(bench.leave(), [Ecn::Ect1]);
    }

    #[test]
    fn a_threshold_in_bytes_counts_the_arriving_packet() {
        let mut bench = Bench::new(QueueLimit::Bytes(Bytes(3_000)), QueueLimit::Unlimited);
        for size in [1_500, 1_500, 40] {
            bench.arrive(size, Ecn::Ect0);
        }
        assert_eq!(bench.leave(), [Ecn::Ect0, Ecn::Ect0, Ecn::Ce]);
    }

    #[test]
    fn a_packet_without_ecn_is_queued_above_the_threshold_and_not_marked() {
        let mut bench = Bench::new(QueueLimit::Packets(0), QueueLimit::Packets(2));
        for _ in 0..3 {
            bench.arrive(1_500, Ecn::NotEct);
        }
        assert_eq!(bench.leave(), [Ecn::NotEct, Ecn::NotEct]);
        assert_eq!((bench.marked, bench.dropped.len()), (0, 1));
    }

    #[test]
    fn a_mark_of_another_router_stays() {
        let mut bench = Bench::new(QueueLimit::Packets(1), QueueLimit::Packets(2));
        bench.arrive(1_500, Ecn::Ce);
        assert_eq!(bench.leave(), [Ecn::Ce]);
        assert_eq!(bench.marked, 0);
    }
}
