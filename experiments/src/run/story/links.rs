//! What links were like at each time, and with that the four delays of a crossing (Kurose & Ross 1.4).

use sim_core::ids::{LinkId, NodeId};
use sim_core::time::{Duration, Time};
use sim_core::units::{Bytes, Rate};

use crate::file::plan::{Change, Happening, LinkRef, RunPoint};
use crate::run::build::link_id;

/// One link crossed by a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The link.
    pub link: LinkId,
    /// Waiting for the transmitter.
    pub queueing: Duration,
    /// Putting the bits onto the link.
    pub transmission: Duration,
    /// Travelling.
    pub propagation: Duration,
    /// Handling by the node at the end of the link.
    pub processing: Duration,
}

impl Hop {
    /// All four.
    pub fn total(&self) -> Duration {
        self.queueing + self.transmission + self.propagation + self.processing
    }
}

/// A link direction over the time of a run.
#[derive(Clone, Debug)]
pub struct LinkHistory {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// What the link adds to a packet.
    pub overhead: Bytes,
    /// How long the node at its end handles a packet.
    pub processing: Duration,
    /// Rate and delay, and from when on. The first is from the start.
    spans: Vec<(Time, Rate, Duration)>,
}

impl LinkHistory {
    /// All links of a run, by number.
    pub fn all(point: &RunPoint) -> Vec<LinkHistory> {
        let topology = &*point.topology;
        let mut all: Vec<LinkHistory> = LinkRef::all(topology)
            .map(|link| {
                let ((from, to), spec) = (link.ends(topology), link.spec(topology));
                LinkHistory {
                    from,
                    to,
                    overhead: spec.overhead,
                    processing: topology.nodes[to.index()].processing_delay,
                    spans: vec![(Time::ZERO, spec.bandwidth, spec.delay)],
                }
            })
            .collect();
        for event in &point.events {
            let Happening::Link { links, change } = &event.what else { continue };
            for link in links {
                let spans = &mut all[link_id(*link).index()].spans;
                let (_, rate, delay) = spans[spans.len() - 1];
                match *change {
                    Change::Bandwidth(rate) => spans.push((Time::ZERO + event.at, rate, delay)),
                    Change::Delay(delay) => spans.push((Time::ZERO + event.at, rate, delay)),
                    Change::Down | Change::Up | Change::NoLoss | Change::Cost(_) => {}
                }
            }
        }
        all
    }

    /// Its rate and delay at a time.
    pub fn at(&self, time: Time) -> (Rate, Duration) {
        let (_, rate, delay) = self.spans[self.spans.partition_point(|span| span.0 <= time).max(1) - 1];
        (rate, delay)
    }

    /// The four delays of a packet of `size` bytes that joined the queue at `queued_at`, and had been handled at the other
    /// end at `done`. What lies between is of rates and delays that were in force when its transmission began.
    ///
    /// A link with a trace of its bandwidth lets packets go when there is a chance: of the time there, as much as a
    /// transmission takes at the mean rate is called so, and the rest waiting. Waiting is also what a packet that was held
    /// back, or whose link became shorter under way, took longer than it should.
    pub fn crossing(&self, link: LinkId, size: u32, queued_at: Time, done: Time) -> Hop {
        let spent = done.since(queued_at);
        let processing = self.processing.min(spent);
        let on_wire = Bytes(u64::from(size) + self.overhead.get());
        let known = |&(_, rate, delay): &(Time, Rate, Duration)| {
            let propagation = delay.min(spent.saturating_sub(processing));
            let left = spent.saturating_sub(processing).saturating_sub(propagation);
            (rate.serialization_delay(on_wire).min(left), propagation)
        };
        let begun = |span: &(Time, Rate, Duration)| {
            let (transmission, propagation) = known(span);
            queued_at + spent.saturating_sub(processing + transmission + propagation)
        };
        // One that takes exactly as long as it should, by what was in force when it came, began at once. Else it is the last
        // span that had begun when the transmission did, with its own rate and delay.
        let (rate, delay) = self.at(queued_at);
        let transmission = rate.serialization_delay(on_wire);
        let (transmission, propagation) = match transmission + delay + processing == spent {
            true => (transmission, delay),
            false => {
                let span = self.spans.iter().rev().find(|span| span.0 <= done && begun(span) >= span.0);
                known(span.unwrap_or(&self.spans[0]))
            }
        };
        let queueing = spent.saturating_sub(processing + transmission + propagation);
        Hop { link, queueing, transmission, propagation, processing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn history(spans: &[(u64, u64, u64)]) -> LinkHistory {
        let span = |&(from, mbps, delay): &(u64, u64, u64)| (Time::ZERO + ms(from), Rate::from_mbps(mbps), ms(delay));
        LinkHistory {
            from: NodeId(0),
            to: NodeId(1),
            overhead: Bytes(0),
            processing: ms(1),
            spans: spans.iter().map(span).collect(),
        }
    }

    /// Queueing, transmission, propagation and processing of 1250 bytes, in milliseconds.
    fn delays(history: &LinkHistory, queued_at: u64, done: u64) -> [u64; 4] {
        let hop = history.crossing(LinkId(0), 1250, Time::ZERO + ms(queued_at), Time::ZERO + ms(done));
        assert_eq!(hop.total(), ms(done - queued_at));
        [hop.queueing, hop.transmission, hop.propagation, hop.processing].map(|delay| delay.picos() / 1_000_000_000)
    }

    #[test]
    fn the_four_delays_add_up_to_the_time_of_the_crossing() {
        // 10,000 bits at 1 Mbps take 10 ms.
        let plain = history(&[(0, 1, 20)]);
        assert_eq!(delays(&plain, 5, 36), [0, 10, 20, 1]);
        assert_eq!(delays(&plain, 5, 46), [10, 10, 20, 1]);
    }

    #[test]
    fn delays_are_those_in_force_when_the_transmission_began() {
        let longer = history(&[(0, 1, 20), (100, 1, 50)]);
        // Its transmission began at 95, before the change: it travels 20.
        assert_eq!(delays(&longer, 95, 126), [0, 10, 20, 1]);
        // It waited until 105: it travels 50.
        assert_eq!(delays(&longer, 95, 166), [10, 10, 50, 1]);
        let faster = history(&[(0, 1, 20), (100, 10, 20)]);
        assert_eq!(delays(&faster, 95, 126), [0, 10, 20, 1]);
        // Behind that one, which ends at 105.
        assert_eq!(delays(&faster, 95, 127), [10, 1, 20, 1]);
    }

    #[test]
    fn a_crossing_quicker_than_its_rate_allows_has_a_short_transmission() {
        assert_eq!(delays(&history(&[(0, 1, 20)]), 0, 24), [0, 3, 20, 1]);
    }
}
