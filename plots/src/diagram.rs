//! Drawings of graphs: nodes as shapes with their names inside, edges with labels, ways along them as thick arrows.
//! Several states of one graph stand side by side, every node at the same place.
//!
//! ```text
//!   title
//!   subtitle
//!   heading of the first state           heading of the second
//!      (u)──2──(v)                          (u)──2──(v)
//!        \5   ╳                               \5══▶╳
//!        (w)                                  (w)
//!   legend
//! ```
//!
//! Edges are straight. Where the caller gives no places, [`layout`](crate::layout) finds them.

mod lines;
mod names;
mod places;

use std::collections::BTreeMap;

use self::lines::{Line, border, cross, middle, unit_vector};
use self::names::{DOT, MAP_NAME};
use crate::chart::Size;
use crate::figure::{MARGIN, draw_header};
use crate::style::{INK, Rgb, SECOND_INK, WHITE};
use crate::svg::{Anchor, Rect, Svg, TextStyle, px};
use crate::text::{Weight, escape, shorten, width};

/// States of one graph, side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagrams {
    /// What the picture shows, in one line.
    pub title: String,
    /// Where it comes from.
    pub subtitle: String,
    /// From left to right, then downwards. The first decides where nodes stand: the others have as many.
    pub diagrams: Vec<Diagram>,
    /// What shapes and lines stand for.
    pub words: DiagramWords,
    /// How nodes are drawn.
    pub form: DiagramForm,
}

/// How nodes are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiagramForm {
    /// As shapes with their names and notes inside.
    #[default]
    Shapes,
    /// As dots with their names beside them and no notes: for many nodes, and for those whose places mean something.
    /// The picture grows until all names find room, as far as that is sensible.
    Map,
}

/// What shapes and lines stand for, for the legend. Those without a word, and those that do not occur, are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagramWords {
    /// Round nodes.
    pub round: String,
    /// Nodes with corners.
    pub angular: String,
    /// The chosen node.
    pub chosen: String,
    /// Nodes that are out of use.
    pub faint: String,
    /// Numbers at edges.
    pub labels: String,
    /// Edges that are broken.
    pub broken: String,
    /// Ways.
    pub way: String,
    /// Ways that are wrong.
    pub wrong: String,
}

/// One state of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// What heads it. Empty for none.
    pub heading: String,
    /// The nodes.
    pub nodes: Vec<DiagramNode>,
    /// The edges.
    pub edges: Vec<DiagramEdge>,
}

/// A node of a drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagramNode {
    /// Its name, written inside.
    pub name: String,
    /// A second line inside it. Empty for none.
    pub note: String,
    /// Its shape.
    pub shape: NodeShape,
    /// How it is drawn.
    pub look: NodeLook,
    /// Where it stands, in any unit, `y` downwards. Places count only if all nodes of the first state have one.
    pub place: Option<(f64, f64)>,
}

/// The shape of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeShape {
    /// A circle, or longer with round ends.
    #[default]
    Round,
    /// A rectangle.
    Angular,
}

/// How a node is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeLook {
    /// As it is.
    #[default]
    Plain,
    /// What the picture is about: dark, with light letters.
    Chosen,
    /// Out of use: dashed and pale.
    Faint,
}

/// An edge of a drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagramEdge {
    /// One end, by number.
    pub from: usize,
    /// The other end.
    pub to: usize,
    /// What stands beside it. Empty for none.
    pub label: String,
    /// Whether it is out of use: dashed, with a cross.
    pub is_broken: bool,
    /// The way from `from` to `to`, if one leads along here.
    pub forward: Option<WayStyle>,
    /// The way from `to` to `from`.
    pub backward: Option<WayStyle>,
}

/// How a way along an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayStyle {
    /// A thick arrow.
    Right,
    /// A dashed arrow in the colour of what went wrong.
    Wrong,
}

const NAME: f64 = 17.0;
const NOTE: f64 = 15.0;
const LABEL: f64 = 16.0;
const HEADING: f64 = 18.0;
const HEADING_HEIGHT: f64 = 34.0;
const LEGEND_ROW: f64 = 28.0;
/// More nodes than this are dots without names, but for those chosen.
const MOST_NAMED: usize = 80;
/// On maps it is more.
const MOST_NAMED_ON_MAPS: usize = 150;
/// Longer names are shortened, in pixels.
const MOST_NAME: f64 = 190.0;
/// Edges, and where there are more than so many.
const THICK: f64 = 1.6;
const THIN: f64 = 0.9;
const MANY_EDGES: usize = 300;
/// On maps with more edges than this, ways are slimmer.
const MANY_WAYS: usize = 60;
/// Between two states.
const GAP: f64 = 36.0;
/// Edges between the same two nodes stand this far apart, but on maps.
const PARALLEL: f64 = 22.0;

impl Diagrams {
    /// Without any state.
    pub fn new(title: impl Into<String>) -> Self {
        Diagrams { title: title.into(), ..Diagrams::default() }
    }

    /// The picture as an SVG document. It grows beyond `size` where its nodes need more room.
    pub fn to_svg(&self, size: Size) -> String {
        let mut svg = Svg::default();
        let boxes = self.boxes();
        let columns = match self.diagrams.len() {
            0 | 1 => 1,
            many => {
                if boxes.len() > 16 {
                    1
                } else {
                    many.min(2)
                }
            }
        };
        let rows = self.diagrams.len().div_ceil(columns).max(1);
        let least_width =
            (f64::from(size.width).clamp(480.0, 20_000.0) - 2.0 * MARGIN - GAP * (columns - 1) as f64) / columns as f64;
        let least_height = (f64::from(size.height).clamp(240.0, 20_000.0) - 150.0) / rows as f64 - HEADING_HEIGHT;
        let least = (least_width.max(260.0), least_height.max(200.0));
        let (spots, (frame_width, frame_height)) = match self.form {
            DiagramForm::Shapes => self.place(&boxes, least),
            DiagramForm::Map => self.place_on_map(&boxes, least),
        };
        let headings = self.diagrams.iter().any(|diagram| !diagram.heading.is_empty());
        let heading_height = if headings { HEADING_HEIGHT } else { 8.0 };
        let total_width = 2.0 * MARGIN + columns as f64 * frame_width + (columns - 1) as f64 * GAP;
        let header_bottom = draw_header(&mut svg, &self.title, &self.subtitle, total_width);
        let mut left_out = 0;
        for (at, diagram) in self.diagrams.iter().enumerate() {
            let x = MARGIN + (at % columns) as f64 * (frame_width + GAP);
            let y = header_bottom + (at / columns) as f64 * (heading_height + frame_height + 14.0);
            let heading = shorten(&diagram.heading, frame_width, HEADING, Weight::Bold);
            svg.text(x, y + 20.0, TextStyle::new(HEADING).bold(), &heading);
            let origin = (x, y + heading_height);
            let placed: Vec<Rect> = (boxes.iter().zip(&spots))
                .map(|(&(w, h), spot)| Rect {
                    x: origin.0 + spot.0 - w / 2.0,
                    y: origin.1 + spot.1 - h / 2.0,
                    width: w,
                    height: h,
                })
                .collect();
            let frame = Rect { x: origin.0, y: origin.1, width: frame_width, height: frame_height };
            left_out += diagram.draw(&mut svg, &placed, (self.form == DiagramForm::Map).then_some(frame));
        }
        let bottom = header_bottom + rows as f64 * (heading_height + frame_height + 14.0);
        let mut end = self.draw_legend(&mut svg, bottom + 2.0, total_width);
        if left_out > 0 {
            let text = match left_out {
                1 => "One label is left out: it would overlap others.".to_owned(),
                many => format!("{many} labels are left out: they would overlap others."),
            };
            svg.text(MARGIN, end + 16.0, TextStyle::new(NOTE).colour(SECOND_INK), &text);
            end += 26.0;
        }
        svg.into_document(total_width, end + 10.0, &self.title, &self.describe())
    }

    /// Width and height of every node: as large as the largest of its states.
    fn boxes(&self) -> Vec<(f64, f64)> {
        let Some(first) = self.diagrams.first() else { return Vec::new() };
        if self.form == DiagramForm::Map {
            let side = if first.nodes.len() <= 2 * MOST_NAMED_ON_MAPS { DOT } else { DOT / 2.0 };
            return vec![(side, side); first.nodes.len()];
        }
        let has_names = first.nodes.len() <= MOST_NAMED;
        (0..first.nodes.len())
            .map(|at| {
                let states = || self.diagrams.iter().filter_map(|diagram| diagram.nodes.get(at));
                let is_named = has_names || states().any(|node| node.look == NodeLook::Chosen);
                if !is_named {
                    return (11.0, 11.0);
                }
                let text = |node: &DiagramNode| {
                    width(&node.name, NAME, Weight::Bold).max(width(&node.note, NOTE, Weight::Regular)).min(MOST_NAME)
                };
                let has_note = states().any(|node| !node.note.is_empty());
                let height = if has_note { 50.0 } else { 38.0 };
                let padding = match first.nodes[at].shape {
                    NodeShape::Round => 24.0,
                    NodeShape::Angular => 18.0,
                };
                let wide = states().map(text).fold(0.0, f64::max) + padding;
                (f64::max(wide, height), height)
            })
            .collect()
    }

    fn describe(&self) -> String {
        let mut parts = vec![self.subtitle.clone()];
        for diagram in &self.diagrams {
            let name = |at: usize| diagram.nodes.get(at).map_or("", |node| node.name.as_str());
            let heading = if diagram.heading.is_empty() { "Graph" } else { &diagram.heading };
            parts.push(format!("{heading}: {} nodes, {} edges.", diagram.nodes.len(), diagram.edges.len()));
            let ways = diagram.edges.iter().flat_map(|edge| {
                let forward = edge.forward.map(|_| format!("{} to {}", name(edge.from), name(edge.to)));
                let backward = edge.backward.map(|_| format!("{} to {}", name(edge.to), name(edge.from)));
                forward.into_iter().chain(backward)
            });
            let ways: Vec<String> = ways.take(60).collect();
            if !ways.is_empty() {
                parts.push(format!("Ways: {}.", ways.join(", ")));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    /// Draws samples of what occurs; returns where the rest may begin.
    fn draw_legend(&self, svg: &mut Svg, top: f64, total_width: f64) -> f64 {
        let nodes = || self.diagrams.iter().flat_map(|diagram| &diagram.nodes);
        let edges = || self.diagrams.iter().flat_map(|diagram| &diagram.edges);
        let ways = || edges().flat_map(|edge| [edge.forward, edge.backward]).flatten();
        let words = &self.words;
        let plain = DiagramEdge::default();
        let samples: [(bool, &str, Sample); 8] = [
            (
                nodes().any(|node| node.shape == NodeShape::Round),
                &words.round,
                Sample::Node(NodeShape::Round, NodeLook::Plain),
            ),
            (
                nodes().any(|node| node.shape == NodeShape::Angular),
                &words.angular,
                Sample::Node(NodeShape::Angular, NodeLook::Plain),
            ),
            (
                nodes().any(|node| node.look == NodeLook::Chosen),
                &words.chosen,
                Sample::Node(NodeShape::Round, NodeLook::Chosen),
            ),
            (
                nodes().any(|node| node.look == NodeLook::Faint),
                &words.faint,
                Sample::Node(NodeShape::Round, NodeLook::Faint),
            ),
            (
                edges().any(|edge| !edge.label.is_empty()),
                &words.labels,
                Sample::Edge(DiagramEdge { label: "5".into(), ..plain.clone() }),
            ),
            (
                edges().any(|edge| edge.is_broken),
                &words.broken,
                Sample::Edge(DiagramEdge { is_broken: true, ..plain.clone() }),
            ),
            (
                ways().any(|way| way == WayStyle::Right),
                &words.way,
                Sample::Edge(DiagramEdge { forward: Some(WayStyle::Right), ..plain.clone() }),
            ),
            (
                ways().any(|way| way == WayStyle::Wrong),
                &words.wrong,
                Sample::Edge(DiagramEdge { forward: Some(WayStyle::Wrong), ..plain }),
            ),
        ];
        let (mut x, mut y, mut has_any) = (MARGIN, top, false);
        for (_, word, sample) in samples.into_iter().filter(|(occurs, word, _)| *occurs && !word.is_empty()) {
            let sample_width = 64.0;
            let entry_width = sample_width + width(word, NOTE, Weight::Regular) + 28.0;
            if x > MARGIN && x + entry_width > total_width - MARGIN {
                (x, y) = (MARGIN, y + LEGEND_ROW);
            }
            has_any = true;
            match sample {
                Sample::Node(shape, look) => {
                    let (width, height) = match self.form {
                        DiagramForm::Shapes => (32.0, 20.0),
                        DiagramForm::Map => (DOT, DOT),
                    };
                    let area = Rect { x: x + 44.0 - width, y: y + 13.0 - height / 2.0, width, height };
                    draw_node(svg, area, &DiagramNode { shape, look, ..DiagramNode::default() });
                }
                Sample::Edge(edge) => {
                    let line = Line { a: (x, y + 13.0), b: (x + 54.0, y + 13.0) };
                    line.draw(svg, &edge, THICK);
                    line.draw_ways(svg, &edge, 1.0);
                    if edge.is_broken {
                        cross(svg, (x + 27.0, y + 13.0));
                    }
                    if !edge.label.is_empty() {
                        let style = TextStyle::new(LABEL).anchor(Anchor::Middle).halo();
                        svg.text(x + 27.0, y + 19.0, style, &edge.label);
                    }
                }
            }
            svg.text(x + sample_width, y + 18.5, TextStyle::new(NOTE), word);
            x += entry_width;
        }
        if has_any { y + LEGEND_ROW } else { top }
    }
}

enum Sample {
    Node(NodeShape, NodeLook),
    Edge(DiagramEdge),
}

impl Diagram {
    /// The names of a map and their places, off all that is `taken`, and how many found none.
    fn names(
        &self,
        dots: &[Rect],
        taken: &[Rect],
        lines: &[Option<Line>],
        frame: Rect,
    ) -> (Vec<Option<names::PlacedName>>, usize) {
        let has_all = self.nodes.len() <= MOST_NAMED_ON_MAPS;
        let is_named = |node: &&DiagramNode| !node.name.is_empty() && (has_all || node.look == NodeLook::Chosen);
        let wanted: Vec<Option<&str>> =
            self.nodes.iter().map(|node| Some(node).filter(is_named).map(|node| node.name.as_str())).collect();
        let placed = names::beside(&wanted, dots, taken, lines, frame);
        let left_out = wanted.iter().flatten().count() - placed.iter().flatten().count();
        (placed, left_out)
    }

    /// Draws all, as a map within a frame if there is one; returns how many labels found no room.
    fn draw(&self, svg: &mut Svg, nodes: &[Rect], map: Option<Rect>) -> usize {
        let lines: Vec<Option<Line>> = self.lines(nodes, if map.is_some() { DOT / 3.0 } else { PARALLEL });
        for (edge, line) in self.edges.iter().zip(&lines) {
            if let Some(line) = line {
                line.draw(svg, edge, if self.edges.len() > MANY_EDGES { THIN } else { THICK });
            }
        }
        let share = if map.is_some() && self.edges.len() > MANY_WAYS { 0.55 } else { 1.0 };
        for (edge, line) in self.edges.iter().zip(&lines) {
            if let Some(line) = line {
                line.draw_ways(svg, edge, share);
            }
        }
        for (node, &area) in self.nodes.iter().zip(nodes) {
            draw_node(svg, area, node);
        }
        let mut taken: Vec<Rect> = nodes.to_vec();
        for (edge, line) in self.edges.iter().zip(&lines) {
            if let (true, Some(line)) = (edge.is_broken, line) {
                let at = line.at(0.5);
                cross(svg, at);
                taken.push(Rect { x: at.0 - 9.0, y: at.1 - 9.0, width: 18.0, height: 18.0 });
            }
        }
        let mut left_out = 0;
        if let Some(frame) = map {
            let (names, without) = self.names(nodes, &taken[nodes.len()..], &lines, frame);
            for name in names.into_iter().flatten() {
                let style = TextStyle::new(MAP_NAME).halo();
                svg.text(name.area.x + 2.0, name.area.bottom() - 4.0, style, &name.text);
                taken.push(name.area);
            }
            left_out += without;
        }
        for (at, (edge, line)) in self.edges.iter().zip(&lines).enumerate() {
            let (Some(line), false) = (line, edge.label.is_empty()) else { continue };
            let text = shorten(&edge.label, 160.0, LABEL, Weight::Regular);
            match line.label_place(&text, at, &lines, &taken) {
                Some(area) => {
                    svg.rect(area, &WHITE.hex(), " fill-opacity=\"0.85\"");
                    let style = TextStyle::new(LABEL).anchor(Anchor::Middle);
                    svg.text(area.x + area.width / 2.0, area.bottom() - 4.5, style, &text);
                    taken.push(area);
                }
                None => left_out += 1,
            }
        }
        left_out
    }

    /// The line of each edge, from the border of one node to that of the other.
    fn lines(&self, nodes: &[Rect], apart: f64) -> Vec<Option<Line>> {
        let key = |edge: &DiagramEdge| (edge.from.min(edge.to), edge.from.max(edge.to));
        let mut twins: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for edge in &self.edges {
            *twins.entry(key(edge)).or_default() += 1;
        }
        let mut seen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        (self.edges.iter())
            .map(|edge| {
                let before = seen.entry(key(edge)).or_default();
                let shift = (*before as f64 - (twins[&key(edge)] - 1) as f64 / 2.0) * apart;
                *before += 1;
                let (from, to) = (nodes.get(edge.from)?, nodes.get(edge.to)?);
                if edge.from == edge.to {
                    return None;
                }
                // Twins are shifted to one side whichever end is named first.
                let turned = if edge.from > edge.to { -1.0 } else { 1.0 };
                let (a, b) = (middle(from), middle(to));
                let (dx, dy) = unit_vector(a, b)?;
                let (sx, sy) = (-dy * shift * turned, dx * shift * turned);
                let (a, b) = ((a.0 + sx, a.1 + sy), (b.0 + sx, b.1 + sy));
                let shape = |node: usize| self.nodes.get(node).map_or(NodeShape::Round, |node| node.shape);
                Some(Line { a: border(from, shape(edge.from), a, b), b: border(to, shape(edge.to), b, a) })
            })
            .collect()
    }
}

fn draw_node(svg: &mut Svg, area: Rect, node: &DiagramNode) {
    let (fill, edge, text, dashes): (Rgb, Rgb, Rgb, &str) = match node.look {
        NodeLook::Plain => (WHITE, INK, INK, ""),
        NodeLook::Chosen => (INK, INK, WHITE, ""),
        NodeLook::Faint => (WHITE, SECOND_INK, SECOND_INK, " stroke-dasharray=\"4 4\""),
    };
    let radius = match node.shape {
        NodeShape::Round => area.height / 2.0,
        NodeShape::Angular => 2.0,
    };
    let title = match node.name.is_empty() {
        true => String::new(),
        false => format!("<title>{}</title>", escape(&node.name)),
    };
    svg.raw(&format!("<g>{title}"));
    let attributes = format!(" rx=\"{}\" stroke=\"{}\" stroke-width=\"2\"{dashes}", px(radius), edge.hex());
    svg.rect(area, &fill.hex(), &attributes);
    // Too small for letters: a dot.
    if area.height > 24.0 {
        let x = area.x + area.width / 2.0;
        let name = shorten(&node.name, MOST_NAME, NAME, Weight::Bold);
        let style = TextStyle::new(NAME).bold().anchor(Anchor::Middle).colour(text);
        let note = shorten(&node.note, MOST_NAME, NOTE, Weight::Regular);
        let baseline = area.y + area.height / 2.0 + if note.is_empty() { 6.0 } else { -3.0 };
        svg.text(x, baseline, style, &name);
        svg.text(x, baseline + 18.0, TextStyle::new(NOTE).anchor(Anchor::Middle).colour(text), &note);
    }
    svg.raw("</g>\n");
}

#[cfg(test)]
mod tests;
