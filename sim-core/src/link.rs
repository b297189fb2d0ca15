//! A link direction: a queue and a transmitter at the sending node, a wire that ends at the receiving node.
//!
//! ```text
//!   node A                                                      node B
//!   enqueue -> [ waiting | waiting ] -> transmitter ~~~ wire ~~~> arrival
//!              `---------- Link, owned by A ------'  `-- Wire, owned by B
//! ```
//!
//! The halves have different owners so that an event touches one node only.
//!
//! A plain first-in first-out queue needs no event for the end of a transmission: when a packet arrives, the moment it
//! will leave is known. Such a link ([`Waiting::Computed`]) hands the packet to the wire at once, with its future
//! arrival time, and keeps only its shadow: when it starts and how big it is. A discipline that decides when the
//! transmitter becomes free ([`Waiting::Explicit`]) keeps the packets and needs the event. Both give the same results.
//! A link with a trace of its bandwidth ([`crate::delivery`]) is of the second kind.

use std::collections::VecDeque;

use crate::delivery::{Deliveries, Usage};
use crate::ids::{FlowId, InterfaceId, LinkId};
use crate::loss::{AnyLoss, LossModel};
use crate::packet::{DropCounts, DropReason, Packet};
use crate::queue::{AnyQueue, QueueCtx, QueueDiscipline, QueueLimit};
use crate::random::Random;
use crate::time::{Duration, Time};
use crate::units::{Bytes, Rate};

/// The sending half of a link direction.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// When the transmitter becomes free; in the past when it is idle.
    pub free_at: Time,
    /// The transmission time of a byte, or zero where that is no whole number of picoseconds.
    pub picos_per_byte: u64,
    /// Propagation delay and the processing delay of the node at the other end: all that follows the transmission.
    pub latency: Duration,
    /// No packet arrives before the one sent before it, whatever happens to the delay.
    pub last_arrival: Time,
    pub waiting: Waiting,
    pub to: Peer,
    /// Largest packet, bytes at the network layer.
    pub mtu: u32,
    /// What the link layer adds to each packet, bytes.
    pub overhead: u32,
    pub is_up: bool,
    /// The local number of the node that owns it.
    pub node: u32,
    pub rate: Rate,
    pub salt: u64,
    pub processing: Duration,
    /// Its number in the whole network.
    pub id: LinkId,
    pub counts: LinkCounts,
}

/// Where the other half of a link is: in this partition or in another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub partition: u32,
    pub wire: u32,
}

/// What a link counts. Packets count from the start of their transmission.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LinkCounts {
    pub packets: u64,
    /// Bytes including the link layer's.
    pub bytes: u64,
    /// Transmission time of all packets accepted. Between `now` and `free_at` a transmitter is never idle, so what
    /// lies ahead of `now` is simply that much.
    pub busy: Duration,
    /// The integral of the queue's length over time, in packet-picoseconds.
    pub waited: u128,
    /// Sum of the waits of packets whose transmission has started, in picoseconds.
    pub delay_sum: u128,
    /// The longest wait of a packet whose transmission has started.
    pub longest_wait: Duration,
    /// Most packets that ever waited.
    pub most_waiting: u32,
    pub dropped: DropCounts,
    /// Packets that the queue has marked.
    pub marked: u64,
}

impl LinkCounts {
    /// Counts a transmission of `bytes` that starts after a packet has waited.
    #[inline]
    pub(crate) fn start(&mut self, bytes: u32, waited: Duration) {
        self.packets += 1;
        self.bytes += u64::from(bytes);
        self.delay_sum += u128::from(waited.picos());
        self.longest_wait = self.longest_wait.max(waited);
    }
}

impl LinkCounts {
    /// Counts a packet that leaves a computed queue.
    #[inline]
    fn leave(&mut self, shadow: &Shadow, overhead: u32) {
        let wait = shadow.start - shadow.queued_at;
        self.start(shadow.size + overhead, wait);
        self.waited += u128::from(wait.picos());
    }
}

/// How packets wait for the transmitter.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    /// First in, first out: the start of each waiting packet is known when it is enqueued.
    Computed { shadows: VecDeque<Shadow>, bytes: u64, limit: QueueLimit },
    /// Whatever decides at the end of each transmission.
    Explicit(Box<ExplicitQueue>),
}

/// A packet that waits on a computed link: the packet itself is on the wire already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shadow {
    /// When its transmission starts.
    pub start: Time,
    pub queued_at: Time,
    /// Bytes at the network layer.
    pub size: u32,
    pub flow: FlowId,
}

/// A queue that needs an event for each end of a transmission.
#[derive(Clone, Debug)]
pub(crate) struct ExplicitQueue {
    pub queue: AnyQueue,
    pub is_busy: bool,
    pub random: Random,
    pub dropped: Vec<(Packet, DropReason)>,
    /// When `counts.waited` was last brought up to date.
    pub waited_until: Time,
    /// What says when packets leave, in place of the link's rate.
    pub deliveries: Option<Deliveries>,
}

impl Link {
    /// The transmission time of a packet of `size` bytes at the network layer.
    #[inline]
    pub(crate) fn serialization_delay(&self, size: u32) -> Duration {
        let on_wire = u64::from(size) + u64::from(self.overhead);
        match self.picos_per_byte {
            0 => self.rate.serialization_delay(Bytes(on_wire)),
            picos => Duration::from_picos(on_wire * picos),
        }
    }

    /// Books the transmitter for a packet of `size` bytes from `start` on. Returns when the packet arrives.
    #[inline]
    pub(crate) fn book(&mut self, start: Time, size: u32) -> Time {
        let duration = self.serialization_delay(size);
        self.free_at = start + duration;
        self.counts.busy += duration;
        self.last_arrival = self.last_arrival.max(self.free_at + self.latency);
        self.last_arrival
    }

    /// The same on a link that may have a trace in place of a rate.
    pub(crate) fn book_explicit(&mut self, start: Time, size: u32) -> Time {
        let on_wire = u64::from(size) + u64::from(self.overhead);
        let deliveries = match &mut self.waiting {
            Waiting::Computed { .. } => None,
            Waiting::Explicit(explicit) => explicit.deliveries.as_mut(),
        };
        let Some(deliveries) = deliveries else { return self.book(start, size) };
        self.free_at = deliveries.depart(start, on_wire);
        self.counts.busy += self.free_at - start;
        self.last_arrival = self.last_arrival.max(self.free_at + self.latency);
        self.last_arrival
    }

    pub(crate) fn set_rate(&mut self, rate: Rate) {
        const PICOS_PER_BYTE_AT_1_BPS: u64 = 8_000_000_000_000;
        self.rate = rate;
        self.picos_per_byte =
            if PICOS_PER_BYTE_AT_1_BPS.is_multiple_of(rate.bps()) { PICOS_PER_BYTE_AT_1_BPS / rate.bps() } else { 0 };
    }

    /// Counts the waiting packets of a computed link whose transmission starts before `until`, and forgets them.
    #[inline]
    pub(crate) fn settle_before(&mut self, until: Time) {
        let Waiting::Computed { shadows, bytes, .. } = &mut self.waiting else { return };
        while let Some(&shadow) = shadows.front()
            && shadow.start < until
        {
            shadows.pop_front();
            *bytes -= u64::from(shadow.size);
            self.counts.leave(&shadow, self.overhead);
        }
    }

    /// What the trace of a link offered before `now`, if it has one.
    pub(crate) fn usage(&self, now: Time) -> Option<Usage> {
        match &self.waiting {
            Waiting::Computed { .. } => None,
            Waiting::Explicit(explicit) => explicit.deliveries.as_ref().map(|deliveries| deliveries.usage(now)),
        }
    }

    /// Whether waiting packets are on the wire already.
    pub(crate) fn is_computed(&self) -> bool {
        matches!(self.waiting, Waiting::Computed { .. })
    }

    /// Packets that wait just before `now`.
    pub(crate) fn waiting_packets(&self, now: Time) -> usize {
        match &self.waiting {
            Waiting::Computed { shadows, .. } => shadows.len() - shadows.partition_point(|shadow| shadow.start < now),
            Waiting::Explicit(explicit) => explicit.queue.len_packets(),
        }
    }

    /// Packets in the queue, as it was settled last.
    pub(crate) fn queue_len(&self) -> u32 {
        match &self.waiting {
            Waiting::Computed { shadows, .. } => shadows.len() as u32,
            Waiting::Explicit(explicit) => explicit.queue.len_packets() as u32,
        }
    }

    /// Calls `visit` with the flow of each of them.
    pub(crate) fn visit_waiting(&self, mut visit: impl FnMut(FlowId)) {
        match &self.waiting {
            Waiting::Computed { shadows, .. } => shadows.iter().for_each(|shadow| visit(shadow.flow)),
            Waiting::Explicit(explicit) => explicit.queue.visit(&mut |packet| visit(packet.flow)),
        }
    }

    /// The counts as they stand just before `now`: a transmission that starts at `now` has not started.
    pub(crate) fn counts_at(&self, now: Time) -> LinkCounts {
        let mut counts = self.counts;
        match &self.waiting {
            Waiting::Computed { shadows, .. } => {
                for shadow in shadows {
                    if shadow.start < now {
                        counts.leave(shadow, self.overhead);
                    } else {
                        counts.waited += u128::from((now - shadow.queued_at).picos());
                    }
                }
            }
            Waiting::Explicit(explicit) => {
                let since = now.since(explicit.waited_until);
                counts.waited += explicit.queue.len_packets() as u128 * u128::from(since.picos());
            }
        }
        counts.busy = counts.busy.saturating_sub(self.free_at.since(now));
        counts
    }
}

// What follows is done by the script at a stop: every event before `now` is done, none at it.
impl Link {
    /// The link goes down: what waits is lost, and so is what has not wholly left the transmitter. Returns the packets
    /// that waited here, and how many must be taken from the back of the wire.
    pub(crate) fn cut(&mut self, now: Time) -> (Vec<Packet>, usize) {
        self.settle_before(now);
        self.counts.busy = self.counts.busy.saturating_sub(self.free_at.since(now));
        let mut unsent = 0;
        let mut end_of_transmission = self.free_at;
        let mut waiting = Vec::new();
        match &mut self.waiting {
            Waiting::Computed { shadows, bytes, .. } => {
                if let Some(first) = shadows.front() {
                    end_of_transmission = first.start;
                }
                unsent = shadows.len();
                for shadow in shadows.drain(..) {
                    self.counts.waited += u128::from((now - shadow.queued_at).picos());
                }
                *bytes = 0;
            }
            Waiting::Explicit(explicit) => {
                explicit.integrate(now, &mut self.counts.waited);
                explicit.is_busy = false;
                if let Some(deliveries) = &mut explicit.deliveries {
                    deliveries.cut(now);
                }
                let ExplicitQueue { queue, random, dropped, .. } = &mut **explicit;
                let marked = &mut self.counts.marked;
                let mut ctx = QueueCtx { now, rate: self.rate, random, dropped, marked };
                waiting.extend(std::iter::from_fn(|| queue.dequeue(&mut ctx)));
                waiting.extend(dropped.drain(..).map(|(packet, _)| packet));
            }
        }
        // A transmission that would end at this very instant is cut, too.
        if end_of_transmission >= now && self.free_at > Time::ZERO {
            unsent += 1;
        }
        self.is_up = false;
        self.free_at = Time::ZERO;
        (waiting, unsent)
    }

    /// Changes rate and propagation delay. The packet in transmission keeps what it started with; waiting ones are
    /// re-timed. Returns when each packet that waits on a computed link would arrive, if none came before it.
    pub(crate) fn retime(&mut self, now: Time, rate: Rate, delay: Duration) -> Vec<Time> {
        self.settle_before(now);
        self.set_rate(rate);
        self.latency = delay + self.processing;
        let Waiting::Computed { shadows, .. } = &mut self.waiting else { return Vec::new() };
        let Some(mut start) = shadows.front().map(|first| first.start) else { return Vec::new() };
        let mut shadows = std::mem::take(shadows);
        let arrivals = shadows
            .iter_mut()
            .map(|shadow| {
                shadow.start = start;
                start += self.serialization_delay(shadow.size);
                start + self.latency
            })
            .collect();
        self.counts.busy = (self.counts.busy + start.since(self.free_at)).saturating_sub(self.free_at.since(start));
        self.free_at = start;
        if let Waiting::Computed { shadows: slot, .. } = &mut self.waiting {
            *slot = shadows;
        }
        arrivals
    }
}

impl ExplicitQueue {
    /// Adds the time since the last call to the integral of the queue's length. Call before the length changes.
    pub(crate) fn integrate(&mut self, now: Time, waited: &mut u128) {
        *waited += self.queue.len_packets() as u128 * u128::from(now.since(self.waited_until).picos());
        self.waited_until = now;
    }
}

/// The receiving half of a link direction: packets handed over, in the order of their arrival.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub in_flight: VecDeque<InFlight>,
    /// Time of the live event; an event of another time is stale.
    pub pending: Time,
    pub salt: u64,
    /// The local number of the node where the wire ends.
    pub node: u32,
    pub id: LinkId,
    /// The node's interface on which packets come in, if a link leads back.
    pub interface: Option<InterfaceId>,
    pub impairments: Option<Box<Impairments>>,
}

/// Lets go of the messages that are still under way.
impl Drop for Wire {
    fn drop(&mut self) {
        let held = self.impairments.as_mut().map(|impairments| impairments.held.drain(..));
        for flying in self.in_flight.drain(..).chain(held.into_iter().flatten()) {
            flying.packet.discard();
        }
    }
}

/// A packet on a wire.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub arrival: Time,
    pub packet: Packet,
}

/// What a wire does to its packets.
#[derive(Clone, Debug)]
pub(crate) struct Impairments {
    pub loss: Option<(AnyLoss, Random)>,
    pub duplicate: Option<(f64, Random)>,
    pub reorder: Option<(f64, Duration, Random)>,
    /// Logarithm of the probability that a bit survives.
    pub bit_errors: Option<(f64, Random)>,
    /// Packets held back, in the order of their release: the extra delay is the same for all.
    pub held: VecDeque<InFlight>,
    pub lost: u64,
    pub duplicated: u64,
}

/// What becomes of a packet at the end of a wire.
#[derive(Debug)]
pub(crate) enum Fate {
    Lost(Packet),
    /// Delivered now, none, one or two copies: the copy and what was not held back.
    Delivered(Option<Packet>, Option<Packet>),
}

impl Impairments {
    /// Decides the fate of the next packet in order.
    pub(crate) fn apply(&mut self, now: Time, mut packet: Packet) -> Fate {
        if let Some((model, random)) = &mut self.loss
            && model.loses(&packet, random)
        {
            self.lost += 1;
            return Fate::Lost(packet);
        }
        if let Some((log_survival, random)) = &mut self.bit_errors {
            // P(at least one of n bits flipped) = 1 - (1 - p)^n.
            let bits = f64::from(packet.size) * 8.0;
            packet.corrupted |= random.chance(-libm::expm1(bits * *log_survival));
        }
        let copy = match &mut self.duplicate {
            Some((probability, random)) => random.chance(*probability).then(|| packet.clone()),
            None => None,
        };
        self.duplicated += u64::from(copy.is_some());
        if let Some((probability, extra, random)) = &mut self.reorder
            && random.chance(*probability)
        {
            self.held.push_back(InFlight { arrival: now + *extra, packet });
            return Fate::Delivered(copy, None);
        }
        Fate::Delivered(copy, Some(packet))
    }
}

impl Wire {
    /// When the next packet arrives or is released.
    #[inline]
    pub(crate) fn next_due(&self) -> Time {
        let first = self.in_flight.front().map_or(Time::NEVER, |first| first.arrival);
        match &self.impairments {
            None => first,
            Some(impairments) => first.min(impairments.held.front().map_or(Time::NEVER, |held| held.arrival)),
        }
    }

    /// Packets on the wire or held back at its end, those included that still wait on a computed link.
    pub(crate) fn packets(&self) -> u64 {
        let held = self.impairments.as_ref().map_or(0, |impairments| impairments.held.len());
        (self.in_flight.len() + held) as u64
    }
}
