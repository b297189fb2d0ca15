//! The ways of packets, hop by hop, in stretches of a run.
//!
//! ```text
//!      start                    link cut              a flow starts    first drop
//! time  |=======================|-----|==|------------------|==|-------------|==|------>
//!        shown, so many hops             shown, fewer hops
//! ```
//!
//! While nothing is shown nothing is traced. What is on its way when a stretch ends is followed to its end.

use std::collections::BTreeMap;

use sim_core::ids::{FlowId, NodeId};
use sim_core::packet::{DropReason, PacketId};
use sim_core::time::{Duration, Time};
use sim_core::trace::{Header, Place, Record, What};

use super::End;
use super::links::{Hop, LinkHistory};
use crate::file::plan::{LinkRef, RunPoint};

/// Packets and hops that are shown from the start of a run.
pub const FROM_START: usize = 30_000;
/// Packets and hops of each further stretch.
pub const STRETCH: usize = 2_000;
/// Stretches at times that are known beforehand: what the script does, questions, starts and stops of flows.
const MOST_PLANNED: usize = 10;
/// Stretches after something that had not gone wrong before.
const MOST_SUDDEN: usize = 4;
/// What is on its way at the end of a stretch is followed for so many records.
const MOST_TO_FOLLOW: usize = 20_000;

/// The way of a packet. Of a copy that a wire makes nothing is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// Who sent it.
    pub from: End,
    /// Its sender's number for it.
    pub number: u32,
    /// When its sender handed it to the network.
    pub sent: Time,
    /// Bytes at the network layer.
    pub size: u32,
    /// Its data segment, 0 without data.
    pub segment: u32,
    /// Which transmission of that segment.
    pub copy: u8,
    /// Its transport header.
    pub header: Header,
    /// The links crossed, without a pause between two of them.
    pub hops: Vec<Hop>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// Nothing yet.
    OnItsWay,
    /// An agent received it, when the last hop had ended.
    Delivered,
    /// It was dropped.
    Dropped {
        /// When.
        at: Time,
        /// Why.
        why: DropReason,
        /// Where.
        place: Place,
    },
}

/// A stretch of time of which packets are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// From when on. Of packets sent before, all is known.
    pub from: Time,
    /// Until when.
    pub until: Time,
}

/// What is traced at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Showing {
    /// Nothing.
    Nothing,
    /// Every packet, until there are so many packets and hops.
    Until(usize),
    /// What is on its way, for so many records.
    Rest(usize),
}

/// A packet on its way.
#[derive(Debug)]
struct Open {
    trip: Trip,
    /// Where it is, and when it came there.
    node: NodeId,
    since: Time,
}

/// Follows packets while a run goes on.
#[derive(Debug)]
pub(super) struct Trips {
    links: Vec<LinkHistory>,
    open: BTreeMap<(FlowId, PacketId), Open>,
    done: Vec<Trip>,
    /// Packets and hops so far.
    shown: usize,
    showing: Showing,
    /// When further stretches begin, the latest first.
    planned: Vec<Time>,
    sudden_left: usize,
    hidden_from: Option<Time>,
    hidden: Vec<Hidden>,
}

impl Trips {
    pub(super) fn new(point: &RunPoint) -> Self {
        Trips {
            links: LinkHistory::all(point),
            open: BTreeMap::new(),
            done: Vec::new(),
            shown: 0,
            showing: if point.flows.is_empty() { Showing::Nothing } else { Showing::Until(FROM_START) },
            planned: planned(point),
            sudden_left: MOST_SUDDEN,
            hidden_from: None,
            hidden: Vec::new(),
        }
    }

    pub(super) fn is_tracing(&self) -> bool {
        self.showing != Showing::Nothing
    }

    pub(super) fn next_stop(&self) -> Option<Time> {
        self.planned.last().copied()
    }

    /// Events until it must be looked whether there is enough. A hop is at least one.
    pub(super) fn patience(&self) -> u64 {
        const LEAST: usize = 500;
        match self.showing {
            Showing::Nothing => u64::MAX,
            Showing::Until(most) => most.saturating_sub(self.shown).max(LEAST) as u64,
            Showing::Rest(_) => LEAST as u64,
        }
    }

    /// Follows packets by what was traced.
    pub(super) fn take(&mut self, records: &[Record], origins: &[u32]) {
        for record in records {
            match (record.what, self.showing) {
                (_, Showing::Nothing) => return,
                (What::Sent, Showing::Until(most)) if self.shown < most => self.open(record, origins),
                (What::Sent, Showing::Until(_)) => {
                    self.hidden_from = Some(record.time);
                    self.showing = Showing::Rest(MOST_TO_FOLLOW);
                }
                (What::Sent, Showing::Rest(_)) => {}
                (What::Arrived { .. } | What::Delivered | What::Dropped { .. }, _) => self.follow(record),
            }
            if let Showing::Rest(left) = &mut self.showing {
                *left -= 1;
                if *left == 0 || self.open.is_empty() {
                    self.end_rest();
                }
            }
        }
    }

    fn open(&mut self, record: &Record, origins: &[u32]) {
        let flow = record.flow.index();
        let Some(&origin) = origins.get(flow) else { return };
        let trip = Trip {
            from: End { flow, is_forward: record.packet.origin == origin },
            number: record.packet.number,
            sent: record.time,
            size: record.size,
            segment: record.segment,
            copy: record.copy,
            header: record.header,
            hops: Vec::new(),
            fate: Fate::OnItsWay,
        };
        self.shown += 1;
        self.open.insert((record.flow, record.packet), Open { trip, node: record.node, since: record.time });
    }

    /// A packet on its way has come further, or to its end. A copy that a wire made was elsewhere before: it is left out.
    fn follow(&mut self, record: &Record) {
        let key = (record.flow, record.packet);
        let Some(open) = self.open.get_mut(&key) else { return };
        let fate = match record.what {
            What::Arrived { link, queued_at } => {
                let history = &self.links[link.index()];
                if history.from == open.node && queued_at == open.since {
                    open.trip.hops.push(history.crossing(link, record.size, queued_at, record.time));
                    (open.node, open.since) = (record.node, record.time);
                    self.shown += 1;
                }
                return;
            }
            What::Delivered if record.node == open.node => Fate::Delivered,
            What::Dropped { why, place } => {
                let before = match place {
                    Place::Node | Place::Link { .. } => record.node,
                    Place::Wire(link) => self.links[link.index()].from,
                };
                if before != open.node {
                    return;
                }
                Fate::Dropped { at: record.time, why, place }
            }
            What::Sent | What::Delivered => return,
        };
        if let Some(open) = self.open.remove(&key) {
            self.done.push(Trip { fate, ..open.trip });
        }
    }

    /// Begins another stretch at `now` if it is time for one, or something has gone wrong as never before.
    pub(super) fn advance(&mut self, now: Time, is_sudden: bool) {
        let mut begins = false;
        while self.planned.pop_if(|planned| *planned <= now).is_some() {
            begins = true;
        }
        if is_sudden && !begins && !self.is_tracing() && self.sudden_left > 0 {
            self.sudden_left -= 1;
            begins = true;
        }
        if let (Showing::Until(most), true) = (self.showing, self.hidden_from.is_none())
            && !begins
            && self.shown >= most
        {
            self.hidden_from = Some(now);
            self.showing = Showing::Rest(MOST_TO_FOLLOW);
            if self.open.is_empty() {
                self.end_rest();
            }
        }
        if begins {
            let most = self.shown + STRETCH;
            self.showing = match self.showing {
                Showing::Until(before) => Showing::Until(before.max(most)),
                Showing::Nothing | Showing::Rest(_) => Showing::Until(most),
            };
            if let Some(from) = self.hidden_from.take().filter(|&from| from < now) {
                self.hidden.push(Hidden { from, until: now });
            }
        }
    }

    /// What is still on its way is left there.
    fn end_rest(&mut self) {
        self.showing = Showing::Nothing;
        self.done.extend(std::mem::take(&mut self.open).into_values().map(|open| open.trip));
    }

    /// All trips by time of sending, and what is not shown.
    pub(super) fn finish(mut self, end: Time) -> (Vec<Trip>, Vec<Hidden>) {
        self.end_rest();
        if let Some(from) = self.hidden_from.filter(|&from| from < end) {
            self.hidden.push(Hidden { from, until: end });
        }
        self.done.sort_by_key(|trip| (trip.sent, trip.from.flow, !trip.from.is_forward, trip.number));
        (self.done, self.hidden)
    }
}

/// When further stretches begin, the latest first: a little before what the script does and before questions, else before
/// flows start or stop. Those of `arrivals` do so all the time.
fn planned(point: &RunPoint) -> Vec<Time> {
    let longest = LinkRef::all(&point.topology).map(|link| link.spec(&point.topology).delay).max();
    // Packets that are under way at that moment are then seen from their beginning.
    let lead = longest.unwrap_or(Duration::ZERO) * 4;
    let followed = || point.flows.iter().filter(|flow| !flow.is_arrival);
    let all = (point.events.iter().map(|event| event.at))
        .chain(point.experiment.lecture.iter().map(|question| question.at))
        .chain(followed().map(|flow| flow.start))
        .chain(followed().filter_map(|flow| flow.stop));
    let mut chosen = Vec::new();
    for at in all.filter(|at| !at.is_zero()) {
        if chosen.len() < MOST_PLANNED && !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    let mut planned: Vec<Time> = chosen.into_iter().map(|at| Time::ZERO + at.saturating_sub(lead)).collect();
    planned.sort_unstable_by(|a, b| b.cmp(a));
    planned
}

#[cfg(test)]
mod tests {
    use sim_core::ids::LinkId;
    use sim_core::packet::{UdpHeader, UdpKind};

    use super::*;

    const ORIGINS: [u32; 1] = [7];

    fn record(millis: u64, node: u32, number: u32, what: What) -> Record {
        Record {
            time: Time::ZERO + Duration::from_millis(millis),
            node: NodeId(node),
            what,
            packet: PacketId { origin: ORIGINS[0], number },
            flow: FlowId(0),
            segment: number + 1,
            copy: 1,
            size: 1250,
            corrupted: false,
            header: Header::Udp(UdpHeader { sequence: number.into(), timestamp: Time::ZERO, kind: UdpKind::Data }),
        }
    }

    /// From node 0 over node 1 to node 2: 10 ms of transmission and 20 ms of delay each.
    fn trips(showing: Showing) -> Trips {
        let point = crate::file::load_text(
            "test.json",
            "test",
            r#"{ "title": "t", "duration": "1 s", "topology": { "nodes": [ "a", { "name": "r", "kind": "router" }, "b" ],
                 "links": [ { "from": "a", "to": "r", "bandwidth": "1 Mbps", "delay": "20 ms" },
                            { "from": "r", "to": "b", "bandwidth": "1 Mbps", "delay": "20 ms" } ] },
                 "flows": [] }"#
                .into(),
            &crate::file::Overrides::default(),
        );
        let plan = point.expect("a valid experiment").plan;
        Trips { showing, ..Trips::new(&plan[0]) }
    }

    fn arrived(millis: u64, node: u32, number: u32, link: u32, queued_ms: u64) -> Record {
        let queued_at = Time::ZERO + Duration::from_millis(queued_ms);
        record(millis, node, number, What::Arrived { link: LinkId(link), queued_at })
    }

    #[test]
    fn a_packet_is_followed_over_its_hops_to_its_end() {
        let mut trips = trips(Showing::Until(100));
        let journey = [
            record(0, 0, 0, What::Sent),
            arrived(30, 1, 0, 0, 0),
            arrived(65, 2, 0, 2, 30),
            record(65, 2, 0, What::Delivered),
        ];
        trips.take(&journey, &ORIGINS);
        let (done, hidden) = trips.finish(Time::ZERO + Duration::from_secs(1));
        assert_eq!((done.len(), hidden), (1, vec![]));
        let waits: Vec<u64> = done[0].hops.iter().map(|hop| hop.queueing.picos() / 1_000_000_000).collect();
        assert_eq!((waits, done[0].fate), (vec![0, 5], Fate::Delivered));
    }

    #[test]
    fn a_copy_that_a_wire_made_is_left_out() {
        let mut trips = trips(Showing::Until(100));
        let journey = [
            record(0, 0, 0, What::Sent),
            arrived(30, 1, 0, 0, 0),
            arrived(30, 1, 0, 0, 0),
            arrived(60, 2, 0, 2, 30),
            record(60, 2, 0, What::Delivered),
            arrived(70, 2, 0, 2, 30),
            record(70, 2, 0, What::Delivered),
        ];
        trips.take(&journey, &ORIGINS);
        let (done, _) = trips.finish(Time::ZERO + Duration::from_secs(1));
        assert_eq!((done.len(), done[0].hops.len()), (1, 2));
    }

    #[test]
    fn when_there_is_enough_what_is_on_its_way_is_followed_and_the_rest_hidden() {
        let mut trips = trips(Showing::Until(2));
        trips.take(&[record(0, 0, 0, What::Sent), record(1, 0, 1, What::Sent), record(2, 0, 2, What::Sent)], &ORIGINS);
        assert!(trips.is_tracing());
        let rest = [0, 1].map(|number| record(40 + u64::from(number), 0, number, What::Delivered));
        trips.take(&rest, &ORIGINS);
        assert!(!trips.is_tracing());
        trips.advance(Time::ZERO + Duration::from_millis(500), true);
        assert!(trips.is_tracing(), "something new has gone wrong");
        let (done, hidden) = trips.finish(Time::ZERO + Duration::from_secs(1));
        let ms = |millis| Time::ZERO + Duration::from_millis(millis);
        assert_eq!((done.len(), hidden), (2, vec![Hidden { from: ms(2), until: ms(500) }]));
    }
}
