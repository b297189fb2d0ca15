//! Sequence numbers over time: what was sent when, how the acknowledgements followed, and how far the window reached.
//!
//! After Stevens, TCP/IP Illustrated, volume 1, chapter 20, and the graphs of `tcptrace`: all as the sender sees it.

use plots::{Axis, Chart, Line, MarkerShape, Markers, Panels, Tint, Whiskers, si};
use sim_core::packet::TcpFlags;
use sim_core::trace::Header;

use super::{About, Figure, Points, shown_flows};
use crate::file::charts;
use crate::run::outcome::Outcome;
use crate::run::record::{End, PacketRecord};

/// Segments, acknowledgements and windows of each flow.
pub(super) fn time_sequence(outcome: &Outcome, about: &About, options: &charts::TimeSequence) -> Option<Figure> {
    let flows = shown_flows(outcome, about, options.flow.as_ref(), |flow| flow.has_sequence);
    let from_s = options.from.map_or(0.0, |from| from.as_secs_f64());
    let wanted_until = options.until.map_or(outcome.simulated.as_secs_f64(), |until| until.as_secs_f64());
    let records: Vec<(usize, &PacketRecord)> =
        flows.into_iter().filter_map(|flow| Some((flow, outcome.packets_of.get(&flow)?))).collect();
    // All panels end where the first record does.
    let recorded = records.iter().filter_map(|(_, record)| last_sent(record)).fold(f64::INFINITY, f64::min);
    let until_s = wanted_until.min(recorded);
    let graphs: Vec<(usize, Graph)> = (records.into_iter())
        .map(|(flow, record)| (flow, Graph::new(record, from_s, until_s)))
        .filter(|(_, graph)| !graph.sent.is_empty() || !graph.again.is_empty())
        .collect();
    let first = graphs.iter().map(|(_, graph)| graph.first_s()).fold(f64::INFINITY, f64::min);
    let from_s = options.from.map_or(first, |from| from.as_secs_f64());
    let last = graphs.iter().map(|(_, graph)| graph.last_s()).fold(f64::NEG_INFINITY, f64::max).min(until_s);
    // Without any graph, both are infinite.
    if last <= from_s {
        return None;
    }
    // The first segment does not stand on the axis.
    let from_s = if options.from.is_some() { from_s } else { (from_s - 0.02 * (last - from_s)).max(0.0) };
    let (time_scale, time_prefix) = si::axis(last);
    let time = Axis::new(format!("time ({time_prefix}s)")).from(from_s / time_scale).to(last / time_scale);
    let mut subtitle = about.subtitle.clone();
    if until_s < wanted_until {
        let packets = graphs.iter().map(|(_, graph)| graph.packets).max().unwrap_or(0);
        subtitle += &format!(" · the first {packets} packets");
    }
    if graphs.iter().any(|(_, graph)| !graph.window.is_empty() && !graph.shows_window()) {
        subtitle += " · the window reaches above the picture";
    }
    let title = "Sequence numbers over time";
    let chart = |(flow, graph): &(usize, Graph)| {
        let name = if graphs.len() == 1 { String::new() } else { outcome.flows[*flow].name.clone() };
        graph.chart(name, time.clone(), time_scale)
    };
    if let [only] = &graphs[..] {
        let title = format!("{title}: {}", outcome.flows[only.0].name);
        return Some(Figure::Chart(Chart { title, ..chart(only) }.subtitle(subtitle)));
    }
    let panels = Panels::new(title, time.clone()).subtitle(subtitle);
    Some(Figure::Panels(graphs.iter().map(chart).fold(panels, Panels::with)))
}

/// When the last packet of a record that ended before the run was sent.
fn last_sent(record: &PacketRecord) -> Option<f64> {
    record.ended_s?;
    record.trips.last().map(|trip| trip.sent_s)
}

/// What is to be seen of one flow: times in seconds, sequence numbers in bytes from the beginning.
#[derive(Debug, Default)]
struct Graph {
    /// First and last byte of what was sent for the first time, and again.
    sent: Vec<(f64, f64, f64)>,
    again: Vec<(f64, f64, f64)>,
    /// What did not get there, at its middle.
    lost: Points,
    /// The cumulative acknowledgement, and that plus the window, as they reach the sender.
    acknowledged: Points,
    window: Points,
    /// Blocks of selective acknowledgements.
    selective: Vec<(f64, f64, f64)>,
    packets: usize,
}

impl Graph {
    fn new(record: &PacketRecord, from_s: f64, until_s: f64) -> Self {
        let [Some(Header::Tcp(first)), back] = record.first else { return Graph::default() };
        let scales = [Some(Header::Tcp(first)), back].map(|header| match header {
            Some(Header::Tcp(header)) => header.syn.and_then(|options| options.window_scale),
            Some(Header::Udp(_) | Header::Rdt(_) | Header::Control(_)) | None => None,
        });
        let shift = if let [Some(_), Some(receiver)] = scales { receiver } else { 0 };
        // Byte 0 is the first of the data: the SYN has the number before it.
        let position = |number: u32| f64::from(number.wrapping_sub(first.sequence.wrapping_add(1)));
        let mut graph = Graph::default();
        let mut acks: Vec<(f64, f64, f64)> = Vec::new();
        for trip in &record.trips {
            let Header::Tcp(header) = trip.header else { continue };
            if header.flags.has(TcpFlags::SYN) {
                continue;
            }
            graph.packets += usize::from((from_s..=until_s).contains(&trip.sent_s));
            let len = protocols::tcp::data_len(trip.size, &header);
            if trip.is_forward && len > 0 && (from_s..=until_s).contains(&trip.sent_s) {
                let low = position(header.sequence);
                let high = low + f64::from(len);
                let list = if trip.copy > 1 { &mut graph.again } else { &mut graph.sent };
                list.push((trip.sent_s, low, high));
                if let End::Dropped { .. } = trip.end {
                    graph.lost.push((trip.sent_s, (low + high) / 2.0));
                }
            }
            if let (false, End::Delivered(at_s), true) = (trip.is_forward, trip.end, header.flags.has(TcpFlags::ACK))
                && (from_s..=until_s).contains(&at_s)
            {
                let ack = position(header.acknowledgment);
                acks.push((at_s, ack, ack + f64::from(u32::from(header.window) << shift)));
                for &(left, right) in header.sack.as_slice().iter().take(1) {
                    graph.selective.push((at_s, position(left), position(right)));
                }
            }
        }
        acks.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at_s, ack, edge) in acks {
            // An acknowledgement that was overtaken takes nothing back.
            if graph.acknowledged.last().is_none_or(|last| ack >= last.1) {
                graph.acknowledged.push((at_s, ack));
                graph.window.push((at_s, edge));
            }
        }
        graph
    }

    fn first_s(&self) -> f64 {
        self.sent.iter().chain(&self.again).map(|one| one.0).fold(f64::INFINITY, f64::min)
    }

    fn last_s(&self) -> f64 {
        let sent = self.sent.iter().chain(&self.again).map(|one| one.0);
        sent.chain(self.acknowledged.iter().map(|one| one.0)).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The lowest and the highest byte, and the edge of the window.
    fn extent(&self) -> (f64, f64, f64) {
        let strokes = || self.sent.iter().chain(&self.again);
        let highest = strokes().map(|one| one.2).fold(0.0, f64::max);
        let lowest = (strokes().map(|one| one.1)).chain(self.acknowledged.iter().map(|one| one.1));
        let widest = self.window.iter().map(|one| one.1).fold(0.0, f64::max);
        (lowest.fold(f64::INFINITY, f64::min), highest, widest)
    }

    /// A window far above all that was sent would leave no room for it.
    fn shows_window(&self) -> bool {
        let (lowest, highest, widest) = self.extent();
        widest <= highest + 0.6 * (highest - lowest)
    }

    fn chart(&self, name: String, time: Axis, time_scale: f64) -> Chart {
        let (lowest, highest, widest) = self.extent();
        let (scale, prefix) = si::axis(highest);
        let span = highest - lowest;
        let shows_window = self.shows_window();
        let top = highest + 0.08 * span;
        let top = if shows_window { top.max(widest + 0.04 * span) } else { top };
        let bottom = if lowest < 0.25 * highest { 0.0 } else { lowest - 0.04 * span };
        let axis = Axis::new(format!("sequence number ({prefix}B)")).from(bottom / scale).to(top / scale);
        let bar = |&(t, low, high): &(f64, f64, f64)| (t / time_scale, low / scale, high / scale);
        let point = |&(t, y): &(f64, f64)| (t / time_scale, y / scale);
        let mut chart = Chart::new(name, time, axis);
        if shows_window && !self.window.is_empty() {
            chart =
                chart.with(Line::new("acknowledged + window", self.window.iter().map(point).collect()).step().style(5));
        }
        chart = chart
            .with(Line::new("acknowledged", self.acknowledged.iter().map(point).collect()).step().style(2))
            .with(Whiskers::new("segment sent", self.sent.iter().map(bar).collect()).bare().tint(Tint::Series(0)));
        if !self.selective.is_empty() {
            let blocks = self.selective.iter().map(bar).collect();
            chart = chart.with(Whiskers::new("newest SACK block", blocks).bare().tint(Tint::Series(3)));
        }
        if !self.again.is_empty() {
            let middle = |&(t, low, high): &(f64, f64, f64)| (t / time_scale, (low + high) / 2.0 / scale);
            let again = self.again.iter().map(middle).collect();
            chart = chart.with(Markers::new("sent again", MarkerShape::Square, again).tint(Tint::Series(1)));
        }
        if !self.lost.is_empty() {
            chart = chart.with(Markers::new("lost", MarkerShape::Cross, self.lost.iter().map(point).collect()));
        }
        chart
    }
}
