//! Where to find what happened before: by sender, by segment, by link.

use std::collections::BTreeMap;

use sim_core::ids::LinkId;
use sim_core::packet::{RdtKind, TcpFlags};
use sim_core::time::{Duration, Time};
use sim_core::trace::Header;

use crate::file::plan::RunPoint;
use crate::run::story::links::LinkHistory;
use crate::run::story::trips::Fate;
use crate::run::story::{End, Identity, Story};

/// What a packet carries: what would be sent again if it were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A segment of data, by its number.
    Data(u32),
    /// The opening of a connection.
    Syn,
    /// The end of one.
    Fin,
    /// Nothing but an acknowledgement.
    Ack,
    /// Anything else.
    Other,
}

impl Part {
    pub(super) fn of(packet: &Identity) -> Self {
        match &packet.header {
            _ if packet.segment > 0 => Part::Data(packet.segment),
            Header::Tcp(tcp) if tcp.flags.has(TcpFlags::SYN) => Part::Syn,
            Header::Tcp(tcp) if tcp.flags.has(TcpFlags::FIN) => Part::Fin,
            Header::Tcp(tcp) if tcp.flags.has(TcpFlags::ACK) && !tcp.flags.has(TcpFlags::RST) => Part::Ack,
            Header::Rdt(rdt) if rdt.kind == RdtKind::Ack => Part::Ack,
            Header::Tcp(_) | Header::Rdt(_) | Header::Udp(_) | Header::Control(_) => Part::Other,
        }
    }
}

/// The links that packets of one end of a flow took from some time on.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub from: Time,
    pub links: Vec<LinkId>,
    /// The largest packet seen, in bytes at the network layer, and how long it took but for waiting.
    pub largest: (u32, Duration),
}

/// Numbers of what happened, each list by time.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub drops: BTreeMap<(End, Part), Vec<usize>>,
    /// Drops of what acknowledges, by the end that sent it.
    pub acks: BTreeMap<End, Vec<usize>>,
    pub again: BTreeMap<End, Vec<usize>>,
    pub cuts: BTreeMap<End, Vec<usize>>,
    pub expiries: BTreeMap<End, Vec<usize>>,
    pub stretches: BTreeMap<End, Vec<usize>>,
    pub crowds: BTreeMap<LinkId, Vec<usize>>,
    /// Trips, by the end and its number for the packet.
    pub trips: BTreeMap<(End, u32), usize>,
    pub ways: BTreeMap<End, Vec<Way>>,
    pub links: Vec<LinkHistory>,
}

impl Lookup {
    pub(super) fn new(point: &RunPoint, story: &Story) -> Self {
        let mut lookup = Lookup { links: LinkHistory::all(point), ..Lookup::default() };
        for (at, drop) in story.drops.iter().enumerate() {
            let packet = &drop.packet;
            lookup.drops.entry((packet.end, Part::of(packet))).or_default().push(at);
            let acknowledges = match &packet.header {
                Header::Tcp(tcp) => tcp.flags.has(TcpFlags::ACK),
                Header::Rdt(rdt) => rdt.kind == RdtKind::Ack,
                Header::Udp(_) | Header::Control(_) => false,
            };
            if acknowledges {
                lookup.acks.entry(packet.end).or_default().push(at);
            }
        }
        group(&mut lookup.again, &story.again, |again| again.packet.end);
        group(&mut lookup.cuts, &story.cuts, |cut| cut.end);
        group(&mut lookup.expiries, &story.expiries, |expiry| expiry.end);
        group(&mut lookup.stretches, &story.stretches, |stretch| stretch.end);
        group(&mut lookup.crowds, &story.crowds, |crowd| crowd.link);
        lookup.add_trips(story);
        lookup
    }

    fn add_trips(&mut self, story: &Story) {
        for (at, trip) in story.trips.iter().enumerate() {
            self.trips.insert((trip.from, trip.number), at);
            if trip.fate != Fate::Delivered {
                continue;
            }
            let took = trip.hops.iter().fold(Duration::ZERO, |sum, hop| sum + hop.total().saturating_sub(hop.queueing));
            let ways = self.ways.entry(trip.from).or_default();
            let links = || trip.hops.iter().map(|hop| hop.link);
            match ways.last_mut() {
                Some(way) if way.links.iter().copied().eq(links()) => {
                    way.largest = way.largest.max((trip.size, took));
                }
                _ => ways.push(Way { from: trip.sent, links: links().collect(), largest: (trip.size, took) }),
            }
        }
    }

    /// The way that packets of an end took at a time, as far as it was seen.
    pub(super) fn way(&self, end: End, time: Time) -> Option<&Way> {
        let ways = self.ways.get(&end)?;
        ways.get(ways.partition_point(|way| way.from <= time).saturating_sub(1))
    }
}

fn group<K: Ord, T>(into: &mut BTreeMap<K, Vec<usize>>, list: &[T], key: impl Fn(&T) -> K) {
    for (at, one) in list.iter().enumerate() {
        into.entry(key(one)).or_default().push(at);
    }
}

/// The last of a list, by time, that is no later than `time`.
pub(super) fn last_until(list: Option<&Vec<usize>>, time: Time, of: impl Fn(usize) -> Time) -> Option<usize> {
    let list = list?;
    let until = list.partition_point(|&at| of(at) <= time);
    until.checked_sub(1).map(|at| list[at])
}
