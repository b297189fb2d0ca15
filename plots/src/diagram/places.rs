//! Where the nodes of a diagram stand, and how large it has to be for them.

use super::Diagrams;
use super::names::{self, DOT};
use crate::layout::{Point, places};
use crate::svg::Rect;

/// Free space between two nodes that are not joined, in pixels.
const NODE_GAP: f64 = 22.0;
/// Edges between named nodes are seen at least this long.
const SHORTEST_EDGE: f64 = 58.0;
/// An edge of usual length is no longer than this, in pixels.
const LONGEST_UNIT: f64 = 210.0;

impl Diagrams {
    /// As [`Diagrams::place`], for dots: they are moved apart, and all grows until every name finds room.
    pub(super) fn place_on_map(&self, boxes: &[(f64, f64)], least: (f64, f64)) -> (Vec<Point>, (f64, f64)) {
        // Names stand outside of the outermost dots.
        const BORDER: f64 = 70.0;
        const GROWTH: f64 = 1.2;
        const TIMES: u32 = 6;
        const USUAL_NODES: f64 = 24.0;
        const MOST_PAPER: f64 = 2.2;
        const PAPER_FOR_LABELS: f64 = 1.5;
        let Some(first) = self.diagrams.first() else { return (Vec::new(), least) };
        // Many dots need more paper from the start.
        let has_labels = first.edges.iter().any(|edge| !edge.label.is_empty());
        let least_share = if has_labels { PAPER_FOR_LABELS } else { 1.0 };
        let share = (boxes.len() as f64 / USUAL_NODES).sqrt().clamp(least_share, MOST_PAPER);
        let mut room = ((least.0 - 2.0 * BORDER) * share, (least.1 - BORDER) * share);
        let mut best: Option<(usize, Vec<Point>, (f64, f64))> = None;
        for _ in 0..TIMES {
            let raw = self.raw_places(boxes.len(), room.0 / room.1);
            let (spots, size) = fitted(&raw, room);
            let frame = (size.0 + 2.0 * BORDER, size.1 + BORDER);
            let frame = (frame.0.max(least.0), frame.1.max(160.0));
            let mut spots: Vec<Point> = spots
                .into_iter()
                .map(|spot| (spot.0 + (frame.0 - size.0) / 2.0, spot.1 + (frame.1 - size.1) / 2.0))
                .collect();
            names::apart(&mut spots, boxes.first().map_or(DOT, |(side, _)| *side));
            let dots: Vec<Rect> = spots
                .iter()
                .zip(boxes)
                .map(|(spot, (w, h))| Rect { x: spot.0 - w / 2.0, y: spot.1 - h / 2.0, width: *w, height: *h })
                .collect();
            let area = Rect { x: 0.0, y: 0.0, width: frame.0, height: frame.1 };
            let left_out = first.names(&dots, &[], &[], area).1;
            let is_best = best.as_ref().is_none_or(|(least, ..)| left_out < *least);
            if is_best {
                best = Some((left_out, spots, frame));
            }
            if left_out == 0 {
                break;
            }
            room = (room.0 * GROWTH, room.1 * GROWTH);
        }
        let (_, spots, frame) = best.expect("it was tried at least once");
        (spots, frame)
    }

    /// Places as they are given, or as the layout finds them.
    fn raw_places(&self, count: usize, aspect: f64) -> Vec<Point> {
        let Some(first) = self.diagrams.first() else { return Vec::new() };
        let given: Option<Vec<Point>> = first.nodes.iter().map(|node| node.place).collect();
        match given {
            Some(places) if places.iter().all(|place| place.0.is_finite() && place.1.is_finite()) => places,
            Some(_) | None => {
                let edges: Vec<(usize, usize)> = first.edges.iter().map(|edge| (edge.from, edge.to)).collect();
                places(count, &edges, aspect)
            }
        }
    }

    /// The middle of every node, from the frame's corner, and the size of the frame.
    pub(super) fn place(&self, boxes: &[(f64, f64)], least: (f64, f64)) -> (Vec<Point>, (f64, f64)) {
        let Some(first) = self.diagrams.first() else { return (Vec::new(), least) };
        let edges: Vec<(usize, usize)> = first.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let raw = self.raw_places(boxes.len(), least.0 / least.1);
        let limits = |of: fn(&Point) -> f64| {
            raw.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((left, right), (top, bottom)) = (limits(|place| place.0), limits(|place| place.1));
        if left > right {
            return (Vec::new(), least);
        }
        let widest = boxes.iter().map(|size| size.0).fold(0.0, f64::max) + 12.0;
        let tallest = boxes.iter().map(|size| size.1).fold(0.0, f64::max) + 12.0;
        let (span_x, span_y) = (right - left, bottom - top);
        let fit = |span: f64, room: f64| if span > 1e-9 { room / span } else { f64::INFINITY };
        let fitting = fit(span_x, least.0 - widest).min(fit(span_y, least.1 - tallest));
        let mut unit = edge_length(&raw, &edges).map_or(fitting, |usual| fitting.min(LONGEST_UNIT / usual));
        // The picture grows until no two nodes touch, and labels find room on edges; but not without end.
        unit = unit.max(least_unit(&raw, boxes, &edges).min(fit(span_x.max(span_y), 2_600.0)));
        if !unit.is_finite() {
            unit = 1.0;
        }
        let frame = (least.0.max(span_x * unit + widest), (span_y * unit + tallest).max(120.0));
        let offset = ((frame.0 - span_x * unit) / 2.0, (frame.1 - span_y * unit) / 2.0);
        // A drawing much narrower than its frame stands to the left, under its heading.
        let offset_x = if self.diagrams.len() == 1 { offset.0 } else { offset.0.min(widest / 2.0 + 40.0) };
        let spot = |place: &Point| (offset_x + (place.0 - left) * unit, offset.1 + (place.1 - top) * unit);
        (raw.iter().map(spot).collect(), frame)
    }
}

/// Places turned into pixels, so that they fill `room` in one direction; and how much of it they fill.
fn fitted(places: &[Point], room: (f64, f64)) -> (Vec<Point>, (f64, f64)) {
    let limits = |of: fn(&Point) -> f64| {
        places.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (limits(|place| place.0), limits(|place| place.1));
    let span = ((right - left).max(0.0), (bottom - top).max(0.0));
    let fit = |span: f64, room: f64| if span > 1e-9 { room / span } else { f64::INFINITY };
    let unit = fit(span.0, room.0).min(fit(span.1, room.1));
    let unit = if unit.is_finite() { unit } else { 1.0 };
    let spots = places.iter().map(|place| ((place.0 - left) * unit, (place.1 - top) * unit));
    (spots.collect(), (span.0 * unit, span.1 * unit))
}

/// The middle one of the lengths of all edges.
fn edge_length(places: &[Point], edges: &[(usize, usize)]) -> Option<f64> {
    let length = |&(a, b): &(usize, usize)| {
        let (from, to) = (places.get(a)?, places.get(b)?);
        let (dx, dy) = (from.0 - to.0, from.1 - to.1);
        Some((dx * dx + dy * dy).sqrt()).filter(|length| *length > 1e-9)
    };
    let mut lengths: Vec<f64> = edges.iter().filter_map(length).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.get(lengths.len() / 2).copied()
}

/// How many pixels a unit needs so that no two nodes touch.
fn least_unit(places: &[Point], boxes: &[(f64, f64)], edges: &[(usize, usize)]) -> f64 {
    let mut unit: f64 = 0.0;
    let mut apart = |a: usize, b: usize, gap: f64| {
        let (dx, dy) = ((places[a].0 - places[b].0).abs(), (places[a].1 - places[b].1).abs());
        let need_x = ((boxes[a].0 + boxes[b].0) / 2.0 + gap) / dx.max(1e-9);
        let need_y = ((boxes[a].1 + boxes[b].1) / 2.0 + gap) / dy.max(1e-9);
        unit = unit.max(need_x.min(need_y));
    };
    for a in 0..places.len() {
        for b in 0..a {
            // Dots may come near each other.
            apart(a, b, if boxes[a].0 < 12.0 || boxes[b].0 < 12.0 { 3.0 } else { NODE_GAP });
        }
    }
    let is_node = |at: usize| at < places.len();
    for &(a, b) in edges.iter().filter(|&&(a, b)| a != b && is_node(a) && is_node(b)) {
        if boxes[a].0 > 12.0 && boxes[b].0 > 12.0 {
            apart(a, b, SHORTEST_EDGE);
        }
    }
    unit
}
