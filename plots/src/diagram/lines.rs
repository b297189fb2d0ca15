//! The edges of a diagram: where they begin and end, the ways along them, and room for their labels.

use super::{DiagramEdge, LABEL, NodeShape, WayStyle};
use crate::layout::{Point, do_cross};
use crate::style::{ALERT, SECOND_INK, WHITE, series_colour};
use crate::svg::{Rect, Svg, px};
use crate::text::{Weight, width};

const WAY_WIDTH: f64 = 4.5;
const HEAD: f64 = 14.0;

/// A straight line between two points, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) a: Point,
    pub(super) b: Point,
}

impl Line {
    pub(super) fn at(&self, share: f64) -> Point {
        (self.a.0 + (self.b.0 - self.a.0) * share, self.a.1 + (self.b.1 - self.a.1) * share)
    }

    /// The edge itself, where no way hides it.
    pub(super) fn draw(&self, svg: &mut Svg, edge: &DiagramEdge, thickness: f64) {
        let dashes = if edge.is_broken { " stroke-dasharray=\"5 5\"" } else { "" };
        svg.line(self.a, self.b, SECOND_INK, thickness, dashes);
    }

    /// The ways along the edge, of the usual size or a share of it.
    pub(super) fn draw_ways(&self, svg: &mut Svg, edge: &DiagramEdge, share: f64) {
        let Some((dx, dy)) = unit_vector(self.a, self.b) else { return };
        // Two ways against each other keep to their sides.
        let side = if edge.forward.is_some() && edge.backward.is_some() { 6.0 * share } else { 0.0 };
        let shifted = |p: Point, by: f64| (p.0 - dy * by, p.1 + dx * by);
        if let Some(style) = edge.forward {
            way(svg, shifted(self.a, side), shifted(self.b, side), style, share);
        }
        if let Some(style) = edge.backward {
            way(svg, shifted(self.b, -side), shifted(self.a, -side), style, share);
        }
    }

    /// Where a label covers no node and no other label and, if that can be, no other edge.
    pub(super) fn label_place(&self, text: &str, own: usize, lines: &[Option<Line>], taken: &[Rect]) -> Option<Rect> {
        let (w, h) = (width(text, LABEL, Weight::Regular) + 6.0, LABEL + 4.0);
        let (dx, dy) = unit_vector(self.a, self.b)?;
        let around = |(x, y): Point| Rect { x: x - w / 2.0, y: y - h / 2.0, width: w, height: h };
        let shares = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74];
        // On the line first, then beside it, as far as the label is thick in that direction.
        let beside = (dy.abs() * w + dx.abs() * h) / 2.0 + 5.0;
        let candidates: Vec<Rect> = [0.0, beside, -beside]
            .into_iter()
            .flat_map(|off| shares.map(|share| (off, share)))
            .map(|(off, share)| {
                let (x, y) = self.at(share);
                around((x - dy * off, y + dx * off))
            })
            .filter(|area| taken.iter().all(|other| !overlap(area, other)))
            .collect();
        let is_clear = |area: &&Rect| {
            let others = lines.iter().enumerate().filter(|(at, _)| *at != own).filter_map(|(_, line)| line.as_ref());
            others.into_iter().all(|other| !crosses(other, area))
        };
        candidates.iter().find(is_clear).or(candidates.first()).copied()
    }
}

pub(super) fn middle(area: &Rect) -> Point {
    (area.x + area.width / 2.0, area.y + area.height / 2.0)
}

pub(super) fn unit_vector(a: Point, b: Point) -> Option<Point> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt();
    (length > 1e-6).then(|| (dx / length, dy / length))
}

/// Where the line from `inside` towards `outside` leaves a box, with a little air.
pub(super) fn border(area: &Rect, shape: NodeShape, inside: Point, outside: Point) -> Point {
    let Some((dx, dy)) = unit_vector(inside, outside) else { return inside };
    let reach = |position: f64, direction: f64, low: f64, high: f64| {
        let end = if direction > 0.0 { high } else { low };
        if direction.abs() > 1e-9 { ((end - position) / direction).max(0.0) } else { f64::INFINITY }
    };
    let box_length = reach(inside.0, dx, area.x, area.right()).min(reach(inside.1, dy, area.y, area.bottom()));
    let length = match shape {
        NodeShape::Angular => box_length,
        NodeShape::Round => box_length.min(cap_length(area, inside, (dx, dy)).unwrap_or(f64::INFINITY)),
    };
    (inside.0 + dx * (length + 1.0), inside.1 + dy * (length + 1.0))
}

/// How far it is from `inside` to the round end of a node in this direction, if the line leaves there.
fn cap_length(area: &Rect, inside: Point, (dx, dy): Point) -> Option<f64> {
    let radius = area.height / 2.0;
    let straight = (area.width / 2.0 - radius).max(0.0);
    let (middle_x, middle_y) = middle(area);
    let centre = (middle_x + straight * if dx > 0.0 { 1.0 } else { -1.0 }, middle_y);
    let (x, y) = (inside.0 - centre.0, inside.1 - centre.1);
    let along = -(x * dx + y * dy);
    let inside_root = along * along - (x * x + y * y - radius * radius);
    let length = along + inside_root.max(0.0).sqrt();
    // Above and below the straight part the box itself is the border.
    let is_beyond = (inside.0 + dx * length - middle_x).abs() >= straight;
    (inside_root >= 0.0 && length > 0.0 && is_beyond).then_some(length)
}

pub(super) fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

pub(super) fn crosses(line: &Line, area: &Rect) -> bool {
    let corners = [(area.x, area.y), (area.right(), area.y), (area.right(), area.bottom()), (area.x, area.bottom())];
    let is_inside = |p: Point| (area.x..=area.right()).contains(&p.0) && (area.y..=area.bottom()).contains(&p.1);
    is_inside(line.a)
        || is_inside(line.b)
        || (0..4).any(|at| do_cross(line.a, line.b, corners[at], corners[(at + 1) % 4]))
}

/// A thick arrow.
fn way(svg: &mut Svg, from: Point, to: Point, style: WayStyle, share: f64) {
    let Some((dx, dy)) = unit_vector(from, to) else { return };
    let (colour, dashes) = match style {
        WayStyle::Right => (series_colour(0), ""),
        WayStyle::Wrong => (ALERT, " stroke-dasharray=\"9 5\""),
    };
    let head = HEAD * share;
    let neck = (to.0 - dx * head * 0.8, to.1 - dy * head * 0.8);
    svg.line(from, neck, colour, WAY_WIDTH * share, dashes);
    let corner = |along: f64, across: f64| {
        format!("{},{}", px(to.0 - dx * along - dy * across), px(to.1 - dy * along + dx * across))
    };
    let corners = [corner(0.0, 0.0), corner(head, head * 0.55), corner(head, -head * 0.55)].join(" ");
    svg.raw(&format!("<polygon points=\"{corners}\" fill=\"{}\"/>\n", colour.hex()));
}

pub(super) fn cross(svg: &mut Svg, (x, y): Point) {
    for (colour, thick) in [(WHITE, 6.0), (ALERT, 3.0)] {
        svg.line((x - 6.0, y - 6.0), (x + 6.0, y + 6.0), colour, thick, "");
        svg.line((x - 6.0, y + 6.0), (x + 6.0, y - 6.0), colour, thick, "");
    }
}
