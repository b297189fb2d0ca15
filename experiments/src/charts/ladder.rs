//! Space-time diagrams of conversations: the two ends, time downwards, a band for each packet.
//!
//! The slope of a band is propagation, its thickness transmission. Where routers are drawn, each hop is a band of its
//! own, and what lies between two of them is the wait at the router. Where they are not, a band reaches from the first
//! link's transmitter to the arrival over the last.

use std::collections::BTreeMap;

use plots::{Bracket, Label, Ladder, Ladders, Travel, TravelStyle, si};
use sim_core::ids::LinkId;
use sim_core::packet::{DropReason, RdtKind, TcpFlags, TcpHeader, UdpKind};
use sim_core::trace::Header;

use super::{About, Figure, shown_flows};
use crate::file::charts;
use crate::run::outcome::Outcome;
use crate::run::record::{End, Hop, LADDER_PACKETS, PacketRecord, Trip};

/// More packets than this of one flow are not drawn: bands would be thinner than their outlines.
const MOST_DRAWN: usize = 400;
/// Up to this many routers are drawn unless the file says otherwise.
const MOST_ROUTERS: usize = 2;

/// A ladder of each flow, side by side.
pub(super) fn ladder(outcome: &Outcome, about: &About, options: &charts::Ladder) -> Option<Figure> {
    let named = options.flow.as_ref();
    let flows = shown_flows(outcome, about, named, |flow| flow.is_conversation);
    let mut flows: Vec<(usize, &PacketRecord)> =
        flows.into_iter().filter_map(|flow| Some((flow, outcome.packets_of.get(&flow)?))).collect();
    flows.retain(|(_, record)| !record.trips.is_empty());
    let first = flows.iter().map(|(_, record)| record.trips[0].sent_s).fold(f64::INFINITY, f64::min);
    let from_s = options.from.map_or(first, |from| from.as_secs_f64());
    let wanted_until = options.until.map(|until| until.as_secs_f64());
    let most = match (options.packets, options.until) {
        (Some(packets), _) => packets as usize,
        (None, Some(_)) => MOST_DRAWN,
        (None, None) => LADDER_PACKETS,
    };
    // All ladders end where the first of them has had enough: beyond, its silence would mislead.
    let ends: Vec<(f64, bool)> = flows.iter().map(|(_, record)| end_of(record, from_s, most)).collect();
    let has_enough = ends.iter().filter(|end| end.1).map(|end| end.0).fold(f64::INFINITY, f64::min);
    let last = ends.iter().map(|end| end.0).fold(f64::NEG_INFINITY, f64::max);
    let until_s = wanted_until.unwrap_or(f64::INFINITY).min(has_enough);
    let until_s = if until_s.is_finite() { until_s } else { last };
    let is_inside = |trip: &Trip| end_s(trip) >= from_s && trip.sent_s <= until_s;
    // A flow that is silent meanwhile is no ladder, unless it was asked for.
    flows.retain(|(_, record)| named.is_some() || record.trips.iter().any(is_inside));
    if flows.is_empty() || until_s <= from_s {
        return None;
    }
    // A little below the last arrival, so that its arrow head is seen.
    let until_s = until_s + if wanted_until == Some(until_s) { 0.0 } else { (until_s - from_s) * 0.02 };
    let (scale, prefix) = si::axis(until_s);
    let drawn: Vec<Ladder> = (flows.iter())
        .map(|&(flow, record)| Drawing::new(outcome, flow, record, options, flows.len()).draw(from_s, until_s, scale))
        .collect();
    let busiest =
        (flows.iter()).map(|(_, record)| record.trips.iter().filter(|trip| is_inside(trip)).count()).max().unwrap_or(0);
    let mut subtitle = about.subtitle.clone();
    if has_enough < wanted_until.unwrap_or(outcome.simulated.as_secs_f64()) {
        subtitle += &format!(" · until {most} packets of a flow are through");
    }
    let title = match &flows[..] {
        [(flow, _)] => format!("Packets of {} over time", outcome.flows[*flow].name),
        _ => "Packets over time".to_owned(),
    };
    let unit = format!("{prefix}s");
    let figure = Ladders { subtitle, ladders: drawn, ..Ladders::new(title, unit, from_s / scale, until_s / scale) };
    Some(Figure::Ladders(figure, (400 + 20 * busiest as u32).clamp(560, 2400)))
}

/// When `most` packets of a flow were through, or the last of fewer; and whether there were so many.
fn end_of(record: &PacketRecord, from_s: f64, most: usize) -> (f64, bool) {
    let mut ends: Vec<f64> = record.trips.iter().map(end_s).filter(|&end| end >= from_s && end.is_finite()).collect();
    ends.sort_by(f64::total_cmp);
    match ends.get(most.saturating_sub(1)) {
        Some(&end) => (end, ends.len() > most),
        None => (ends.last().copied().unwrap_or(from_s), false),
    }
}

/// When a packet came to its end, in seconds.
fn end_s(trip: &Trip) -> f64 {
    match trip.end {
        End::OnItsWay => f64::INFINITY,
        End::Delivered(at_s) | End::Dropped { at_s, .. } => at_s,
    }
}

/// A ladder being drawn. Times in seconds until the last step.
struct Drawing<'a> {
    outcome: &'a Outcome,
    flow: usize,
    record: &'a PacketRecord,
    /// Names of the nodes on the way there, the ends included.
    nodes: Vec<&'a str>,
    /// Whether routers are places of their own.
    has_routers: bool,
    has_notes: bool,
    heading: String,
}

impl<'a> Drawing<'a> {
    fn new(
        outcome: &'a Outcome,
        flow: usize,
        record: &'a PacketRecord,
        options: &charts::Ladder,
        ladders: usize,
    ) -> Self {
        let about = &outcome.flows[flow];
        // The longest way that any packet came there: one that was lost saw only its beginning.
        let longest = record.trips.iter().filter(|trip| trip.is_forward).max_by_key(|trip| trip.hops.len());
        let mut nodes = vec![about.from.as_str()];
        nodes.extend(longest.into_iter().flat_map(|trip| &trip.hops).map(|hop| ends_of(outcome, hop.link).1));
        if nodes.last() != Some(&about.to.as_str()) {
            nodes = vec![&about.from, &about.to];
        }
        let routers = nodes.len() - 2;
        let has_routers = routers > 0 && options.routers.unwrap_or(ladders == 1 && routers <= MOST_ROUTERS);
        let heading = match about.congestion_control {
            _ if ladders == 1 => String::new(),
            Some(control) => format!("{} ({control})", about.name),
            None => about.name.clone(),
        };
        Drawing { outcome, flow, record, nodes, has_routers, has_notes: ladders == 1, heading }
    }

    fn draw(&self, from_s: f64, until_s: f64, scale: f64) -> Ladder {
        let mut ladder = Ladder { heading: self.heading.clone(), ..Ladder::default() };
        ladder.places = match self.has_routers {
            true => self.nodes.iter().map(|name| (*name).to_owned()).collect(),
            false => vec![self.nodes[0].to_owned(), self.nodes[self.nodes.len() - 1].to_owned()],
        };
        let mut labels = Labels::new(self.record);
        let usual = self.usual_transit();
        let mut drawn = 0;
        for trip in &self.record.trips {
            // Labels speak of changes, so they see every packet.
            let (text, style) = labels.next(trip);
            if end_s(trip) < from_s || trip.sent_s > until_s || drawn >= MOST_DRAWN {
                continue;
            }
            drawn += 1;
            let travels = self.travels(trip, style, &text, usual);
            let at = travels.first().map_or(trip.sent_s, |first| (first.leaves.0 + first.leaves.1) / 2.0);
            let label = Label::new(at, text);
            if trip.is_forward {
                ladder.left.push(label)
            } else {
                ladder.right.push(label)
            }
            ladder.bands.extend(travels);
        }
        self.add_timers_and_windows(&mut ladder, from_s, until_s);
        if self.has_notes {
            ladder.right_notes = self.receiver_notes(from_s, until_s);
            ladder.right_notes_heading = "receiver".into();
        }
        in_unit(ladder, scale)
    }

    /// Timers that ran out, fast retransmits, and the congestion window where it changes.
    fn add_timers_and_windows(&self, ladder: &mut Ladder, from_s: f64, until_s: f64) {
        let Some(windows) = self.outcome.windows.get(&self.flow) else { return };
        let mss = self.record.trips.iter().filter_map(data_bytes).max().unwrap_or(1).max(1);
        let mut last = String::new();
        for change in windows.changes.iter().filter(|change| (from_s..=until_s).contains(&change.at_s)) {
            if let Some(expired_s) = change.expired_s {
                ladder.brackets.push(Bracket { from: change.at_s - expired_s, until: change.at_s });
                let text = format!("timeout after {}", crate::results::seconds(expired_s));
                ladder.left.push(Label::new(change.at_s, text).important());
            } else if change.is_fast_retransmit {
                ladder.left.push(Label::new(change.at_s, "fast retransmit").important());
            }
            let segments = (change.cwnd_bytes / f64::from(mss) * 10.0).round() / 10.0;
            let text = format!("{segments}");
            if self.has_notes && change.cwnd_bytes > 0.0 && text != last {
                ladder.left_notes.push(Label::new(change.at_s, text.clone()));
                last = text;
            }
        }
        ladder.left_notes_heading = "cwnd (segments)".into();
    }

    /// What the receiver holds back because something before it is missing, where that changes.
    fn receiver_notes(&self, from_s: f64, until_s: f64) -> Vec<Label> {
        let mut arrivals: Vec<(f64, u32, u32)> = (self.record.trips.iter())
            .filter(|trip| trip.is_forward)
            .filter_map(|trip| match (trip.end, trip.header, self.record.first[0]) {
                (End::Delivered(at_s), Header::Tcp(header), Some(Header::Tcp(first))) => {
                    let from = header.sequence.wrapping_sub(first.sequence);
                    Some((at_s, from, data_bytes(trip).filter(|&len| len > 0)?))
                }
                (
                    End::Delivered(_) | End::OnItsWay | End::Dropped { .. },
                    Header::Tcp(_) | Header::Udp(_) | Header::Rdt(_) | Header::Control(_),
                    _,
                ) => None,
            })
            .collect();
        arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Without the beginning, nobody knows what is missing.
        if arrivals.first().is_none_or(|first| first.1 != 1) {
            return Vec::new();
        }
        let (mut expected, mut held, mut said) = (1, BTreeMap::<u32, u32>::new(), 0);
        let mut notes = Vec::new();
        for (at_s, from, len) in arrivals {
            if from.saturating_add(len) > expected {
                held.insert(from, from.saturating_add(len));
            }
            while let Some((&from, &until)) = held.first_key_value().filter(|(from, _)| **from <= expected) {
                expected = expected.max(until);
                held.remove(&from);
            }
            if held.len() != said && (from_s..=until_s).contains(&at_s) {
                let text = match held.len() {
                    0 => format!("holds none, expects {expected}"),
                    count => format!("holds {count}, expects {expected}"),
                };
                notes.push(Label::new(at_s, text));
            }
            said = held.len();
        }
        notes
    }

    /// How long the first packet that got through took there, and back: for those that did not.
    fn usual_transit(&self) -> [f64; 2] {
        [true, false].map(|is_forward| {
            let through = self.record.trips.iter().find(|trip| {
                trip.is_forward == is_forward && matches!(trip.end, End::Delivered(_)) && !trip.hops.is_empty()
            });
            through.map_or(0.0, |trip| trip.hops[trip.hops.len() - 1].arrived_s - trip.hops[0].start_s)
        })
    }

    /// The bands of one packet.
    fn travels(&self, trip: &Trip, style: TravelStyle, label: &str, usual: [f64; 2]) -> Vec<Travel> {
        let mishap = match trip.end {
            End::Dropped { why, .. } => Some(in_words(why)),
            End::OnItsWay | End::Delivered(_) => None,
        };
        let steps = self.nodes.len() - 1;
        let lost_on = match trip.end {
            End::Dropped { on, .. } => on,
            End::OnItsWay | End::Delivered(_) => None,
        };
        let whole = |hop: &Hop, from: usize, to: usize| Travel {
            from,
            to,
            leaves: (hop.start_s, hop.start_s + hop.transmission_s),
            arrives: (hop.arrived_s - hop.transmission_s, hop.arrived_s),
            reach: 1.0,
            style,
            mishap: None,
            label: label.to_owned(),
        };
        /// How far a packet that is lost on a link is drawn along it, and one that never left its queue.
        const LOST: f64 = 0.6;
        const REFUSED: f64 = 0.1;
        let is_at_the_end = trip.hops.len() == steps;
        if self.has_routers {
            let place = |hops: usize| if trip.is_forward { hops } else { steps.saturating_sub(hops) };
            let fits = |hop: &&Hop| {
                let (from, to) = ends_of(self.outcome, hop.link);
                self.nodes.contains(&from) && self.nodes.contains(&to)
            };
            let mut travels: Vec<Travel> = (trip.hops.iter().take(steps).filter(fits).enumerate())
                .map(|(at, hop)| whole(hop, place(at), place(at + 1)))
                .collect();
            let at = travels.len();
            match (trip.end, lost_on) {
                (End::Dropped { .. }, Some(hop)) if at < steps => {
                    travels.push(Travel { reach: LOST, mishap, ..whole(&hop, place(at), place(at + 1)) });
                }
                (End::Dropped { .. }, _) if is_at_the_end => {
                    if let Some(last) = travels.last_mut() {
                        last.mishap = mishap;
                    }
                }
                (End::Dropped { at_s, .. }, _) if at < steps => {
                    let stub = Travel {
                        from: place(at),
                        to: place(at + 1),
                        leaves: (at_s, at_s),
                        arrives: (at_s, at_s),
                        reach: REFUSED,
                        style,
                        mishap,
                        label: label.to_owned(),
                    };
                    travels.push(stub);
                }
                (End::Dropped { .. } | End::Delivered(_) | End::OnItsWay, _) => {}
            }
            return travels;
        }
        let (from, to) = if trip.is_forward { (0, 1) } else { (1, 0) };
        let transit = usual[usize::from(!trip.is_forward)];
        let Some(first) = trip.hops.first().copied().or(lost_on) else {
            // Dropped before it left.
            let End::Dropped { at_s, .. } = trip.end else { return Vec::new() };
            let label = label.to_owned();
            let (leaves, arrives) = ((at_s, at_s), (at_s + transit, at_s + transit));
            return vec![Travel { from, to, leaves, arrives, reach: 0.06, style, mishap, label }];
        };
        let mut travel = whole(&first, from, to);
        travel.mishap = mishap;
        match (trip.hops.last(), trip.end) {
            (Some(last), End::Delivered(_) | End::Dropped { .. }) if is_at_the_end => {
                travel.arrives = (last.arrived_s - last.transmission_s, last.arrived_s);
            }
            (_, End::Delivered(_) | End::Dropped { .. } | End::OnItsWay) => {
                let arrived_s = (first.start_s + transit).max(first.arrived_s);
                travel.arrives = (arrived_s - first.transmission_s, arrived_s);
                let on_the_way = if lost_on.is_some() { LOST } else { REFUSED };
                travel.reach = (trip.hops.len() as f64 + on_the_way) / steps as f64;
            }
        }
        vec![travel]
    }
}

/// The nodes between which a link direction leads.
fn ends_of(outcome: &Outcome, link: LinkId) -> (&str, &str) {
    let link = &outcome.links[link.index()];
    (&link.from, &link.to)
}

fn in_words(why: DropReason) -> String {
    why.name().replace('_', " ")
}

/// Payload of a packet, where its header tells it.
fn data_bytes(trip: &Trip) -> Option<u32> {
    match trip.header {
        Header::Tcp(header) => Some(protocols::tcp::data_len(trip.size, &header)),
        Header::Udp(_) | Header::Rdt(_) | Header::Control(_) => None,
    }
}

/// Says of each packet what is new in it, in the order of sending.
struct Labels {
    /// Where the numbers of each end begin.
    isn: [u32; 2],
    /// The last acknowledgement of each end, its window, and how it scales.
    acknowledged: [Option<u32>; 2],
    window: [Option<u16>; 2],
    shift: [u8; 2],
    /// How often each end has sent a SYN.
    syns: [u32; 2],
}

impl Labels {
    fn new(record: &PacketRecord) -> Self {
        let first = record.first.map(|header| match header {
            Some(Header::Tcp(header)) => header,
            Some(Header::Udp(_) | Header::Rdt(_) | Header::Control(_)) | None => TcpHeader::default(),
        });
        let scales = first.map(|header| header.syn.and_then(|options| options.window_scale));
        // Windows scale only if both ends say so (RFC 7323 §2.2).
        let shift = if let [Some(one), Some(other)] = scales { [one, other] } else { [0, 0] };
        Labels {
            isn: first.map(|header| header.sequence),
            acknowledged: [None; 2],
            window: [None; 2],
            shift,
            syns: [0; 2],
        }
    }

    fn next(&mut self, trip: &Trip) -> (String, TravelStyle) {
        let again = if trip.copy > 1 { " again" } else { "" };
        let sent = if trip.copy > 1 { TravelStyle::Again } else { TravelStyle::First };
        match trip.header {
            Header::Tcp(header) => self.tcp(trip, &header, data_bytes(trip).unwrap_or(0), again, sent),
            Header::Udp(header) => match header.kind {
                UdpKind::Data => (format!("datagram {}{again}", header.sequence), sent),
                UdpKind::EchoRequest => (format!("request {}{again}", header.sequence), sent),
                UdpKind::EchoReply => (format!("reply {}", header.sequence), TravelStyle::Answer),
            },
            Header::Control(kind) => (kind.to_owned(), sent),
            Header::Rdt(header) => match header.kind {
                RdtKind::Data => (format!("pkt {}{again}", header.number), sent),
                RdtKind::Ack => {
                    let end = usize::from(!trip.is_forward);
                    let is_new = self.acknowledged[end].replace(header.number) != Some(header.number);
                    let style = if is_new { TravelStyle::Answer } else { TravelStyle::AnswerAgain };
                    (format!("ACK {}", header.number), style)
                }
            },
        }
    }

    fn tcp(
        &mut self,
        trip: &Trip,
        header: &TcpHeader,
        len: u32,
        again: &str,
        sent: TravelStyle,
    ) -> (String, TravelStyle) {
        let (mine, peer) = if trip.is_forward { (0, 1) } else { (1, 0) };
        let is = |flag: TcpFlags| header.flags.has(flag);
        let sequence = header.sequence.wrapping_sub(self.isn[mine]);
        let mut parts: Vec<String> = Vec::new();
        let mut style = sent;
        if is(TcpFlags::SYN) {
            self.syns[mine] += 1;
            let name = if is(TcpFlags::ACK) { "SYN-ACK" } else { "SYN" };
            let again = if self.syns[mine] > 1 { " again" } else { "" };
            if self.syns[mine] > 1 {
                style = TravelStyle::Again;
            }
            parts.push(format!("{name}{again}"));
        } else if is(TcpFlags::FIN) {
            parts.push(format!("FIN{again}, seq {sequence}"));
            if len > 0 {
                parts.push(format!("{len} B"));
            }
        } else if len > 0 {
            parts.push(format!("seq {sequence}{again}, {len} B"));
        }
        if is(TcpFlags::RST) {
            parts.push("RST".into());
        }
        if is(TcpFlags::ACK) {
            let ack = header.acknowledgment.wrapping_sub(self.isn[peer]);
            let is_new = self.acknowledged[mine] != Some(ack);
            let is_pure = parts.is_empty();
            if is_pure {
                style = if is_new { TravelStyle::Answer } else { TravelStyle::AnswerAgain };
            }
            // The sender of data acknowledges the same all the time: said once.
            if is_pure || (is_new && !is(TcpFlags::SYN)) {
                parts.push(format!("ACK {ack}"));
            }
            self.acknowledged[mine] = Some(ack);
            if let Some(&(left, right)) = header.sack.as_slice().first() {
                let edge = |edge: u32| edge.wrapping_sub(self.isn[peer]);
                parts.push(format!("SACK {}–{}", edge(left), edge(right)));
            }
            // The window of a SYN is never scaled.
            let shift = if is(TcpFlags::SYN) { 0 } else { self.shift[mine] };
            let changed = self.window[mine].is_some_and(|before| before != header.window);
            if is_pure && changed {
                parts.push(format!("W={}", u32::from(header.window) << shift));
            }
            if !is(TcpFlags::SYN) {
                self.window[mine] = Some(header.window);
            }
        }
        (parts.join(", "), style)
    }
}

/// The same ladder with its times in units of `scale` seconds.
fn in_unit(mut ladder: Ladder, scale: f64) -> Ladder {
    let pair = |(a, b): (f64, f64)| (a / scale, b / scale);
    for band in &mut ladder.bands {
        (band.leaves, band.arrives) = (pair(band.leaves), pair(band.arrives));
    }
    for bracket in &mut ladder.brackets {
        (bracket.from, bracket.until) = (bracket.from / scale, bracket.until / scale);
    }
    for labels in [&mut ladder.left, &mut ladder.right, &mut ladder.left_notes, &mut ladder.right_notes] {
        labels.iter_mut().for_each(|label| label.at /= scale);
    }
    ladder
}
