//! What became of packets, as the report's data: the sections `packets` and `thinned`.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use sim_core::packet::{DropReason, RdtHeader, RdtKind, TcpFlags, TcpHeader, UdpHeader, UdpKind};
use sim_core::time::Time;
use sim_core::trace::Header;

use super::clock::Clock;
use crate::run::story::trips::{Fate, Hidden, Trip};
use crate::run::story::turns::{Cut, CutFor};
use crate::run::story::{Again, Drop, MOST_MISHAPS, Story};

/// `[dt, flow, forward, segment, copy, number, reason, node, link or -1, waiting or -1]`.
type DropRow = (u64, usize, u8, u32, u8, u32, usize, usize, i64, i64);

/// The section `packets`.
#[derive(Clone, Debug, Serialize)]
pub struct PacketSection {
    trips: Vec<TripRow>,
    reasons: Vec<&'static str>,
    drops: Vec<DropRow>,
    again: Vec<(u64, usize, u32, u8, u8, u32)>,
    cuts: Vec<(u64, usize, u8, u64, u64, i64, u8)>,
    iss: Vec<Option<[Option<u32>; 2]>>,
    left_out: Option<String>,
}

/// A trip; its header and its end have as many parts as they need.
type TripRow = (usize, u8, u32, u64, u32, u32, u8, HeaderRow, Vec<u64>, Vec<i64>);

/// A header: its kind, words and numbers.
#[derive(Clone, Debug, PartialEq)]
enum HeaderRow {
    Tcp(Vec<u32>),
    Udp(u64, &'static str),
    Rdt(&'static str, u32),
    Other(&'static str),
}

impl Serialize for HeaderRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            HeaderRow::Tcp(numbers) => {
                let mut list = serializer.serialize_seq(Some(1 + numbers.len()))?;
                list.serialize_element("tcp")?;
                numbers.iter().try_for_each(|number| list.serialize_element(number))?;
                list.end()
            }
            HeaderRow::Udp(sequence, kind) => ("udp", sequence, kind).serialize(serializer),
            HeaderRow::Rdt(kind, number) => ("rdt", kind, number).serialize(serializer),
            HeaderRow::Other(kind) => (kind,).serialize(serializer),
        }
    }
}

/// The section of a run.
pub fn section(story: &Story, clock: Clock) -> PacketSection {
    PacketSection {
        trips: rows(&story.trips, |trip| trip.sent, clock, |dt, trip| trip_row(trip, dt, story, clock)),
        reasons: DropReason::ALL.map(DropReason::name).to_vec(),
        drops: rows(&story.drops, |drop| drop.time, clock, drop_row),
        again: rows(&story.again, |again| again.time, clock, again_row),
        cuts: rows(&story.cuts, |cut| cut.time, clock, cut_row),
        iss: initial(story),
        left_out: left_out(story),
    }
}

/// The first numbers of flows of which packets are shown.
fn initial(story: &Story) -> Vec<Option<[Option<u32>; 2]>> {
    let mut initial = vec![None; story.initial.len()];
    for flow in story.trips.iter().map(|trip| trip.from.flow) {
        initial[flow] = story.initial.get(flow).filter(|ends| ends.iter().any(Option::is_some)).copied();
    }
    initial
}

/// The section `thinned`.
pub fn thinned(story: &Story, clock: Clock) -> Vec<(u64, u64, String)> {
    let Some(first) = story.hidden.first() else { return Vec::new() };
    let words = format!(
        "packets are shown until {}, and for a while after each event",
        crate::results::seconds(first.from.as_secs_f64())
    );
    let row = |hidden: &Hidden| (clock.ticks(hidden.from), clock.ticks(hidden.until), words.clone());
    story.hidden.iter().map(row).collect()
}

/// Rows with the time since the row before.
fn rows<T, R>(list: &[T], time: impl Fn(&T) -> Time, clock: Clock, row: impl Fn(u64, &T) -> R) -> Vec<R> {
    let mut before = 0;
    list.iter()
        .map(|one| {
            let now = clock.ticks(time(one));
            row(now - std::mem::replace(&mut before, now), one)
        })
        .collect()
}

fn flag(is_so: bool) -> u8 {
    u8::from(is_so)
}

fn trip_row(trip: &Trip, dt: u64, story: &Story, clock: Clock) -> TripRow {
    // Of times rounded down, so that delays add up to what lies between two of them.
    let mut time = trip.sent;
    let mut hops = Vec::with_capacity(5 * trip.hops.len());
    for hop in &trip.hops {
        hops.push(u64::from(hop.link.0));
        for delay in [hop.queueing, hop.transmission, hop.propagation, hop.processing] {
            let next = time + delay;
            hops.push(clock.ticks(next) - clock.ticks(time));
            time = next;
        }
    }
    let end = match trip.fate {
        Fate::Delivered => vec![0],
        Fate::Dropped { at, why, place } => {
            let after = clock.ticks(at) - clock.ticks(trip.sent);
            vec![1, why as i64, after as i64, place.link().map_or(-1, |link| i64::from(link.0))]
        }
        Fate::OnItsWay => vec![2],
    };
    let header = header_row(&trip.header, trip.from.is_forward, story.initial.get(trip.from.flow));
    let (flow, is_forward) = (trip.from.flow, flag(trip.from.is_forward));
    (flow, is_forward, trip.number, dt, trip.size, trip.segment, trip.copy, header, hops, end)
}

/// `initial` are the first numbers of the flow's sender and receiver.
fn header_row(header: &Header, is_forward: bool, initial: Option<&[Option<u32>; 2]>) -> HeaderRow {
    match header {
        Header::Tcp(tcp) => HeaderRow::Tcp(tcp_numbers(tcp, is_forward, initial)),
        Header::Udp(UdpHeader { sequence, kind, .. }) => {
            let kind = match kind {
                UdpKind::Data => "data",
                UdpKind::EchoRequest => "echo_request",
                UdpKind::EchoReply => "echo_reply",
            };
            HeaderRow::Udp(*sequence, kind)
        }
        Header::Rdt(RdtHeader { kind, number, .. }) => {
            let kind = match kind {
                RdtKind::Data => "data",
                RdtKind::Ack => "ack",
            };
            HeaderRow::Rdt(kind, *number)
        }
        Header::Control(kind) => HeaderRow::Other(kind),
    }
}

fn tcp_numbers(header: &TcpHeader, is_forward: bool, initial: Option<&[Option<u32>; 2]>) -> Vec<u32> {
    let [sender, receiver] = initial.copied().unwrap_or_default().map(Option::unwrap_or_default);
    let (own, peers) = if is_forward { (sender, receiver) } else { (receiver, sender) };
    let acknowledgment = match header.flags.has(TcpFlags::ACK) {
        true => header.acknowledgment.wrapping_sub(peers),
        false => 0,
    };
    let sequence = header.sequence.wrapping_sub(own);
    let mut numbers = vec![sequence, acknowledgment, u32::from(header.flags.0), u32::from(header.window)];
    let edges = header.sack.as_slice().iter().flat_map(|&(left, right)| [left, right]);
    numbers.extend(edges.map(|edge| edge.wrapping_sub(peers)));
    numbers
}

fn drop_row(dt: u64, drop: &Drop) -> (u64, usize, u8, u32, u8, u32, usize, usize, i64, i64) {
    let packet = &drop.packet;
    let link = drop.link().map_or(-1, |link| i64::from(link.0));
    let waiting = drop.waiting().map_or(-1, i64::from);
    let (flow, is_forward) = (packet.end.flow, flag(packet.end.is_forward));
    let (reason, node) = (drop.why as usize, drop.node.index());
    (dt, flow, is_forward, packet.segment, packet.copy, packet.number, reason, node, link, waiting)
}

fn again_row(dt: u64, again: &Again) -> (u64, usize, u32, u8, u8, u32) {
    let packet = &again.packet;
    (dt, packet.end.flow, packet.segment, packet.copy, flag(packet.end.is_forward), packet.number)
}

fn cut_row(dt: u64, cut: &Cut) -> (u64, usize, u8, u64, u64, i64, u8) {
    let what = match cut.what {
        CutFor::FastRetransmit => 0,
        CutFor::Timeout(_) => 1,
        CutFor::Marks => 2,
    };
    let ssthresh = cut.ssthresh.map_or(-1, |bytes| bytes as i64);
    (dt, cut.end.flow, what, cut.before, cut.after, ssthresh, flag(cut.end.is_forward))
}

/// What is not there, in words.
fn left_out(story: &Story) -> Option<String> {
    let mut parts = Vec::new();
    if story.drops_left_out > 0 {
        let all = story.drops.len() as u64 + story.drops_left_out;
        parts.push(format!("the first {} of {all} drops are listed", story.drops.len()));
    }
    if story.again.len() >= MOST_MISHAPS {
        parts.push(format!("the first {} packets sent again are listed", story.again.len()));
    }
    if story.turns_left_out > 0 {
        parts.push(format!("the first {} cuts of windows are listed", story.cuts.len()));
    }
    match story.unfollowed {
        0 => {}
        1 => parts.push("cuts of one flow are not listed".to_owned()),
        more => parts.push(format!("cuts of {more} flows are not listed")),
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

#[cfg(test)]
mod tests {
    use sim_core::ids::LinkId;
    use sim_core::packet::SackBlocks;
    use sim_core::time::Duration;
    use sim_core::trace::Place;

    use super::*;
    use crate::run::story::End;
    use crate::run::story::links::Hop;

    fn us(micros: u64) -> Time {
        Time::ZERO + Duration::from_micros(micros)
    }

    fn trip(fate: Fate, header: Header) -> Trip {
        let picos = Duration::from_picos;
        // Delays that are no whole nanoseconds: rounded one by one they would come to 3, not 4.
        let hop = Hop {
            link: LinkId(3),
            queueing: picos(1_400),
            transmission: picos(1_400),
            propagation: picos(1_400),
            processing: Duration::ZERO,
        };
        let from = End { flow: 0, is_forward: true };
        Trip { from, number: 5, sent: us(2), size: 1500, segment: 6, copy: 1, header, hops: vec![hop], fate }
    }

    fn tcp() -> Header {
        let mut sack = SackBlocks::default();
        sack.push(5, 9);
        Header::Tcp(TcpHeader { sequence: 2, acknowledgment: 1_001, window: 10, flags: TcpFlags::ACK, syn: None, sack })
    }

    fn json(story: &Story) -> serde_json::Value {
        serde_json::to_value(section(story, Clock::new(1_000_000_000))).expect("a section is JSON")
    }

    #[test]
    fn numbers_count_from_the_first_of_each_end_and_delays_add_up() {
        // The sender's first number is shortly before the wrap: 2 is its fifth.
        let initial = vec![[Some(u32::MAX - 2), Some(1_000)]];
        let delivered = trip(Fate::Delivered, tcp());
        let place = Place::Wire(LinkId(7));
        let lost = Trip {
            sent: us(3),
            number: 6,
            hops: Vec::new(),
            ..trip(Fate::Dropped { at: us(5), why: DropReason::Lost, place }, tcp())
        };
        let story = Story { trips: vec![delivered, lost], initial, ..Story::default() };
        let found = json(&story);
        let header = serde_json::json!(["tcp", 5, 1, 16, 10, u32::MAX - 994, u32::MAX - 990]);
        assert_eq!(
            found["trips"],
            serde_json::json!([
                [0, 1, 5, 2_000, 1500, 6, 1, header, [3, 1, 1, 2, 0], [0]],
                [0, 1, 6, 1_000, 1500, 6, 1, header, [], [1, 1, 2_000, 7]],
            ])
        );
        assert_eq!(found["reasons"][1], "lost");
        assert_eq!(found["iss"], serde_json::json!([[u32::MAX - 2, 1_000]]));
        assert_eq!(found["left_out"], serde_json::Value::Null);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let hidden = vec![Hidden { from: us(12_400_000), until: us(20_000_000) }];
        let story = Story { drops_left_out: 7, unfollowed: 2, hidden, ..Story::default() };
        assert_eq!(json(&story)["left_out"], "the first 0 of 7 drops are listed; cuts of 2 flows are not listed");
        let told = thinned(&story, Clock::new(1));
        assert_eq!(
            told,
            [(
                12_400_000_000,
                20_000_000_000,
                "packets are shown until 12.4 s, and for a while after each event".to_owned()
            )]
        );
    }
}
