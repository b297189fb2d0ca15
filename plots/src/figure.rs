//! Layout of charts: header, panels over one horizontal axis, legends.
//!
//! ```text
//!   title
//!   subtitle
//!   y label                                   <- heading
//!        | event labels |                     <- rows of marks
//!   10 ┌──────────────────────┐  ── flow 1
//!    5 │        plot          │  ── flow 2     <- legend, labels of references
//!    0 └──────────────────────┘
//!      0     10     20    30
//!             x label
//!   (legend, when it does not fit beside the plot)
//! ```

use crate::axis::{Axis, Ends, Range};
use crate::chart::{Band, Chart, Direction, EventMark, Layer, Line, Reference, Size, Trajectory, VerticalSpan};
use crate::legend::{self, Entry};
use crate::marks::{self, Mark, MarkAnchor, Rows};
use crate::plane::Plane;
use crate::style::{self, INK, SECOND_INK};
use crate::svg::{Anchor, Rect, Svg, TextStyle};
use crate::text::{Weight, shorten, width};
use crate::ticks::Tick;

pub(crate) const MARGIN: f64 = 24.0;
const TITLE_SIZE: f64 = 26.0;
const SUBTITLE_SIZE: f64 = 18.0;
pub(crate) const LABEL_SIZE: f64 = 18.0;
pub(crate) const TICK_SIZE: f64 = 17.0;
const TICK_GAP: f64 = 8.0;
const HEADING_HEIGHT: f64 = 32.0;
const X_TICKS_HEIGHT: f64 = 26.0;
const X_LABEL_HEIGHT: f64 = 28.0;
const PANEL_GAP: f64 = 14.0;
const COLUMN_GAP: f64 = 16.0;
/// Height of the label of a reference line, in pixels.
const REFERENCE_HEIGHT: f64 = 22.0;
const MIN_WIDTH: f64 = 480.0;
/// A plot on its own, and one of several.
const MIN_PLOT_HEIGHT: f64 = 180.0;
const MIN_PANEL_HEIGHT: f64 = 100.0;
/// The part of the width that a legend beside the plot may take.
const MAX_LEGEND_SHARE: f64 = 0.28;
const REFERENCE_DASHES: [u32; 2] = [7, 5];
const EVENT_DASHES: [u32; 2] = [3, 3];

/// Charts to be drawn in one picture.
pub(crate) struct Figure<'a> {
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) description: &'a str,
    pub(crate) x: &'a Axis,
    pub(crate) charts: &'a [Chart],
    pub(crate) spans: &'a [VerticalSpan],
    pub(crate) events: &'a [EventMark],
}

/// A chart with all that must be known before its place is.
struct Panel<'a> {
    chart: &'a Chart,
    y: Range,
    /// How many ticks were asked for, and those that came.
    y_ticks: (usize, Vec<Tick>),
    entries: Vec<Entry>,
    placement: Placement,
    marks: Rows,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Placement {
    Right,
    Below,
}

impl Figure<'_> {
    pub(crate) fn to_svg(&self, size: Size) -> String {
        let total_width = f64::from(size.width).clamp(MIN_WIDTH, 20_000.0);
        let wanted_height = f64::from(size.height).min(40_000.0);
        let mut svg = Svg::default();
        let patterns: std::collections::BTreeSet<usize> = (self.charts.iter().flat_map(|chart| &chart.layers))
            .filter_map(|layer| match layer {
                Layer::Shading(shading) => shading.pattern,
                Layer::Blocks(blocks) => Some(blocks.pattern),
                _ => None,
            })
            .collect();
        for pattern in patterns {
            svg.raw(&style::hatch_definition(pattern));
        }
        let header_bottom = draw_header(&mut svg, self.title, self.subtitle, total_width);

        let x = self.x.resolve(self.all_xs(), Ends::Tight);
        let count = self.charts.len().max(1) as f64;
        let least = if self.charts.len() > 1 { MIN_PANEL_HEIGHT } else { MIN_PLOT_HEIGHT };
        let rough_height = (wanted_height - header_bottom - X_LABEL_HEIGHT) / count - HEADING_HEIGHT - X_TICKS_HEIGHT;
        let mut panels: Vec<Panel<'_>> =
            self.charts.iter().map(|chart| measure(chart, rough_height.max(least), total_width)).collect();

        // Columns: tick labels, plot, legend.
        let tick_width = |tick: &Tick| width(&tick.label, TICK_SIZE, Weight::Regular);
        let ticks = panels.iter().flat_map(|panel| &panel.y_ticks.1);
        let left = MARGIN + ticks.map(tick_width).fold(0.0, f64::max) + TICK_GAP + 2.0;
        let column = panels.iter().map(|panel| panel.column_width(total_width)).fold(0.0, f64::max);
        let right = match column > 0.0 {
            true => total_width - MARGIN - column - COLUMN_GAP,
            false => total_width - MARGIN - 10.0,
        };

        let right = match self.charts {
            [only] if only.is_square => {
                let around = header_bottom + X_LABEL_HEIGHT + 10.0 + HEADING_HEIGHT + PANEL_GAP + X_TICKS_HEIGHT;
                right.min(left + (wanted_height - around).max(MIN_PLOT_HEIGHT))
            }
            _ => right,
        };

        // Rows: what is fixed first, the rest to the plots.
        let mut fixed = header_bottom + X_LABEL_HEIGHT + 10.0;
        for (index, panel) in panels.iter_mut().enumerate() {
            let across = Plane { x, y: panel.y, area: Rect { x: left, y: 0.0, width: right - left, height: 1.0 } };
            panel.marks = self.place_marks(panel.chart, index, &across, total_width - MARGIN);
            fixed += HEADING_HEIGHT + panel.marks.count as f64 * marks::ROW_HEIGHT + PANEL_GAP;
            fixed += panel.height_below(left, total_width);
        }
        fixed += X_TICKS_HEIGHT;
        let plot_height = libm::floor((wanted_height - fixed) / count).max(least);
        let total_height = (fixed + count * plot_height).max(wanted_height);

        let mut y = header_bottom;
        let last = panels.len().saturating_sub(1);
        for (index, panel) in panels.iter().enumerate() {
            self.draw_heading(&mut svg, panel, y, right - MARGIN);
            y += HEADING_HEIGHT;
            let rows_top = y;
            y += panel.marks.count as f64 * marks::ROW_HEIGHT;
            let plane = Plane { x, y: panel.y, area: Rect { x: left, y, width: right - left, height: plot_height } };
            self.draw_panel(&mut svg, panel, &plane, rows_top);
            draw_right_column(&mut svg, panel, &plane, column);
            y += plot_height + PANEL_GAP;
            if index == last {
                y -= PANEL_GAP;
                self.draw_x_axis(&mut svg, &plane);
                y += X_TICKS_HEIGHT + X_LABEL_HEIGHT;
            }
            if panel.placement == Placement::Below && !panel.entries.is_empty() {
                legend::draw_below(&mut svg, &panel.entries, left, y + 2.0, total_width - MARGIN - left);
                y += panel.height_below(left, total_width);
            }
            if index == last {
                y += PANEL_GAP;
            }
        }
        if self.charts.is_empty() {
            let style = TextStyle::new(22.0).colour(SECOND_INK).anchor(Anchor::Middle);
            svg.text(total_width / 2.0, total_height / 2.0, style, "no data");
        }
        svg.into_document(total_width, total_height, self.title, &self.describe())
    }

    fn all_xs(&self) -> impl Iterator<Item = f64> {
        let own = self.charts.iter().flat_map(|chart| chart.layers.iter().flat_map(Layer::xs));
        let spans = self.spans.iter().flat_map(|span| [span.from, span.to]);
        own.chain(spans).chain(self.events.iter().map(|event| event.x))
    }

    fn describe(&self) -> String {
        if !self.description.is_empty() {
            return self.description.to_owned();
        }
        let mut parts = vec![self.subtitle.to_owned(), format!("Horizontal axis: {}.", self.x.label)];
        for chart in self.charts {
            if self.charts.len() > 1 && !chart.title.is_empty() {
                parts.push(format!("{}:", chart.title));
            }
            parts.push(chart.summary());
        }
        parts.extend(self.events.iter().take(40).map(|event| format!("{}.", event.label)));
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    /// Events and intervals with a label: the chart's own, and in the first panel the shared ones.
    /// Labels may reach beyond the plot to `right`: there is nothing beside their rows.
    fn place_marks(&self, chart: &Chart, index: usize, plane: &Plane, right: f64) -> Rows {
        let shared = if index == 0 { (self.spans, self.events) } else { (&[][..], &[][..]) };
        let at = |x: f64| MarkAnchor::Line(plane.x_px(x));
        let mut found: Vec<Mark> = Vec::new();
        for (label, x, _) in lines_across(chart, shared.1) {
            if plane.x.contains(x) {
                found.push(Mark { label: label.to_owned(), anchor: at(x) });
            }
        }
        for span in spans_of(chart, shared.0) {
            if let Some((from, to)) = visible_span(span, plane.x) {
                let anchor = MarkAnchor::Interval(plane.x_px(from), plane.x_px(to));
                found.push(Mark { label: span.label.clone(), anchor });
            }
        }
        marks::place(&found, plane.area.x, right)
    }

    /// The title of a panel among several, and what its vertical axis measures.
    fn draw_heading(&self, svg: &mut Svg, panel: &Panel<'_>, y: f64, room: f64) {
        let baseline = y + 20.0;
        let title = match self.charts.len() {
            1 => String::new(),
            _ => shorten(&panel.chart.title, room * 0.6, LABEL_SIZE, Weight::Bold),
        };
        svg.text(MARGIN, baseline, TextStyle::new(LABEL_SIZE).bold(), &title);
        let used = match title.is_empty() {
            true => 0.0,
            false => width(&title, LABEL_SIZE, Weight::Bold) + 14.0,
        };
        let label = shorten(&panel.chart.y.label, room - used, LABEL_SIZE, Weight::Regular);
        svg.text(MARGIN + used, baseline, TextStyle::new(LABEL_SIZE), &label);
    }

    fn draw_panel(&self, svg: &mut Svg, panel: &Panel<'_>, plane: &Plane, rows_top: f64) {
        let chart = panel.chart;
        let x_ticks = wanted_x_ticks(plane);
        draw_shadings(svg, chart, plane);
        let mut clipped = String::new();
        for span in spans_of(chart, self.spans) {
            if let Some((from, to)) = visible_span(span, plane.x) {
                clipped += &plane.shade(&span.label, from, to, span.tint.colour());
            }
        }
        clipped += &plane.grid(x_ticks, panel.y_ticks.0);
        for layer in &chart.layers {
            if let Layer::Blocks(blocks) = layer {
                svg.raw(&plane.clipped(&std::mem::take(&mut clipped)));
                blocks.draw(svg, plane);
            }
        }
        for layer in &chart.layers {
            if let Layer::Band(band) = layer {
                clipped += &plane.band(&band.label, &band_runs(band, self.x, &chart.y), band.tint.colour());
            }
        }
        for reference in horizontal_references(chart) {
            let (from, to) = ((plane.x.low, reference.value), (plane.x.high, reference.value));
            clipped += &plane.rule(&reference.label, from, to, SECOND_INK, &REFERENCE_DASHES);
        }
        for (label, x, dashes) in lines_across(chart, self.events).filter(|line| plane.x.contains(line.1)) {
            clipped += &plane.rule(label, (x, plane.y.low), (x, plane.y.high), INK, dashes);
        }
        for layer in &chart.layers {
            if let Layer::Whiskers(strokes) = layer
                && strokes.are_bare
            {
                clipped += &plane.strokes(&strokes.label, &strokes.intervals, strokes.tint.colour());
            }
        }
        let mut dots = String::new();
        let lines = chart.layers.iter().filter_map(|layer| match layer {
            Layer::Line(line) => Some(line),
            _ => None,
        });
        for (place, line) in lines.enumerate() {
            let style = style::line(line.style.unwrap_or(place));
            let runs = line_runs(line, self.x, &chart.y);
            clipped += &plane.curve(&line.label, &runs, style, line.shape);
            dots += &plane.dots(&line.label, &runs, style, line.has_dots);
        }
        svg.raw(&plane.clipped(&clipped));

        let mut over = plane.axes() + &dots;
        for layer in &chart.layers {
            match layer {
                Layer::Whiskers(whiskers) => {
                    let shown =
                        |i: &(f64, f64, f64)| plane.x.contains(i.0) && plane.y.contains(i.1) && plane.y.contains(i.2);
                    if whiskers.are_bare {
                        continue;
                    }
                    let intervals: Vec<_> = whiskers.intervals.iter().copied().filter(shown).collect();
                    over += &plane.whiskers(&whiskers.label, &intervals, whiskers.tint.colour());
                }
                Layer::Markers(markers) => {
                    over += &plane.markers(&markers.label, &markers.points, markers.shape, markers.tint.colour());
                }
                Layer::Line(_)
                | Layer::Reference(_)
                | Layer::Band(_)
                | Layer::Span(_)
                | Layer::Event(_)
                | Layer::Shading(_)
                | Layer::Trajectory(_)
                | Layer::Blocks(_) => {}
            }
        }
        svg.raw(&plane.unclipped(&over));
        for layer in &chart.layers {
            if let Layer::Trajectory(path) = layer {
                draw_trajectory(svg, path, plane);
            }
        }

        draw_marks(svg, &panel.marks, rows_top, plane.area.y);
        if has_data(chart, self.x) {
            draw_y_ticks(svg, &panel.y_ticks.1, plane);
        } else {
            let (x, y) = (plane.area.x + plane.area.width / 2.0, plane.area.y + plane.area.height / 2.0);
            svg.text(x, y + 8.0, TextStyle::new(22.0).colour(SECOND_INK).anchor(Anchor::Middle).halo(), "no data");
        }
    }

    fn draw_x_axis(&self, svg: &mut Svg, plane: &Plane) {
        let bottom = plane.area.bottom();
        if self.charts.iter().any(|chart| has_data(chart, self.x)) {
            let style = TextStyle::new(TICK_SIZE).colour(SECOND_INK).anchor(Anchor::Middle);
            for tick in plane.x.ticks(wanted_x_ticks(plane)) {
                let x = plane.x_px(tick.value);
                svg.line((x, bottom), (x, bottom + 5.0), INK, 1.5, "");
                svg.text(x, bottom + 23.0, style, &tick.label);
            }
        }
        let label = shorten(&self.x.label, plane.area.width, LABEL_SIZE, Weight::Regular);
        let style = TextStyle::new(LABEL_SIZE).anchor(Anchor::Middle);
        svg.text(plane.area.x + plane.area.width / 2.0, bottom + X_TICKS_HEIGHT + 22.0, style, &label);
    }
}

impl Panel<'_> {
    /// What this panel needs right of the plot, in pixels.
    fn column_width(&self, total_width: f64) -> f64 {
        let legend = match self.placement {
            Placement::Right if !self.entries.is_empty() => legend::entry_width(&self.entries),
            Placement::Right | Placement::Below => 0.0,
        };
        let label_width = |reference: &Reference| width(&reference.label, marks::FONT_SIZE, Weight::Regular) + 6.0;
        let references = horizontal_references(self.chart).map(label_width).fold(0.0, f64::max);
        legend.max(references).min(total_width * MAX_LEGEND_SHARE)
    }

    fn height_below(&self, left: f64, total_width: f64) -> f64 {
        match self.placement {
            Placement::Below if !self.entries.is_empty() => {
                legend::height_below(&self.entries, total_width - MARGIN - left) + 10.0
            }
            Placement::Below | Placement::Right => 0.0,
        }
    }
}

fn measure(chart: &Chart, rough_height: f64, total_width: f64) -> Panel<'_> {
    let y = chart.y.resolve(chart.layers.iter().flat_map(Layer::ys), Ends::Roomy);
    let named = chart.y.name_ticks();
    let wanted = named.as_ref().map_or(((rough_height / 45.0) as usize).clamp(3, 8), Vec::len);
    let entries = legend::entries(chart);
    // A reference's name may cost the legend a row besides its own.
    let references = horizontal_references(chart).count() as f64 * (REFERENCE_HEIGHT + legend::ROW_HEIGHT);
    let legend_height = entries.len() as f64 * legend::ROW_HEIGHT;
    let fits =
        legend::entry_width(&entries) <= total_width * MAX_LEGEND_SHARE && legend_height + references <= rough_height;
    let placement = if fits { Placement::Right } else { Placement::Below };
    Panel {
        chart,
        y,
        y_ticks: (wanted, named.unwrap_or_else(|| y.ticks(wanted))),
        entries,
        placement,
        marks: Rows::default(),
    }
}

/// Draws title and subtitle; returns where the rest may begin.
pub(crate) fn draw_header(svg: &mut Svg, title: &str, subtitle: &str, total_width: f64) -> f64 {
    let room = total_width - 2.0 * MARGIN;
    let mut y = 16.0;
    if !title.trim().is_empty() {
        y += 30.0;
        svg.text(MARGIN, y, TextStyle::new(TITLE_SIZE).bold(), &shorten(title, room, TITLE_SIZE, Weight::Bold));
    }
    if !subtitle.trim().is_empty() {
        y += 28.0;
        let subtitle = shorten(subtitle, room, SUBTITLE_SIZE, Weight::Regular);
        svg.text(MARGIN, y, TextStyle::new(SUBTITLE_SIZE).colour(SECOND_INK), &subtitle);
    }
    y + 18.0
}

fn draw_y_ticks(svg: &mut Svg, ticks: &[Tick], plane: &Plane) {
    let style = TextStyle::new(TICK_SIZE).colour(SECOND_INK).anchor(Anchor::End);
    for tick in ticks {
        svg.text(plane.area.x - TICK_GAP, plane.y_px(tick.value) + 6.0, style, &tick.label);
    }
}

/// Intervals shaded behind everything else. The thinnest still shows.
fn draw_shadings(svg: &mut Svg, chart: &Chart, plane: &Plane) {
    const THINNEST: f64 = 1.5;
    let area = plane.area;
    for layer in &chart.layers {
        let Layer::Shading(shading) = layer else { continue };
        for &(from, to) in &shading.intervals {
            let span = VerticalSpan::new("", from, to);
            let Some((from, to)) = visible_span(&span, plane.x) else { continue };
            let (left, right) = (plane.x_px(from), plane.x_px(to));
            let width = (right - left).max(THINNEST).min(area.right() - left);
            legend::draw_shade(svg, Rect { x: left, y: area.y, width, height: area.height }, shading.pattern);
        }
    }
}

/// A path that darkens, with arrow heads, a ring where it begins and a dot where it ends.
fn draw_trajectory(svg: &mut Svg, path: &Trajectory, plane: &Plane) {
    /// Arrow heads at about so many places, and steps of darkness.
    const HEADS: usize = 14;
    const STEPS: usize = 12;
    let points: Vec<(f64, f64)> = (path.points.iter())
        .filter(|point| plane.x.contains(point.0) && plane.y.contains(point.1))
        .map(|point| (plane.x_px(point.0), plane.y_px(point.1)))
        .collect();
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return };
    let colour = path.tint.colour();
    let mut until_head = 0;
    for (at, pair) in points.windows(2).enumerate() {
        let step = at * STEPS / (points.len() - 1);
        let shade = legend::path_colour(colour, step, STEPS);
        svg.line(pair[0], pair[1], shade, 2.0, " stroke-linecap=\"round\"");
        let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let length = (dx * dx + dy * dy).sqrt();
        if until_head == 0 && length > 10.0 {
            let (ux, uy) = (dx / length, dy / length);
            let tip = (pair[0].0 + dx * 0.6, pair[0].1 + dy * 0.6);
            let corner = |along: f64, across: f64| {
                let (x, y) = (tip.0 - ux * along - uy * across, tip.1 - uy * along + ux * across);
                format!("{},{}", crate::svg::px(x), crate::svg::px(y))
            };
            let corners = [corner(-3.0, 0.0), corner(9.0, 5.0), corner(9.0, -5.0)].join(" ");
            svg.raw(&format!("<polygon points=\"{corners}\" fill=\"{}\"/>\n", shade.hex()));
            until_head = points.len() / HEADS;
        } else {
            until_head = until_head.saturating_sub(1);
        }
    }
    let circle = |svg: &mut Svg, at: (f64, f64), fill: &str| {
        svg.raw(&format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"7\" fill=\"{fill}\" stroke=\"{}\" stroke-width=\"2.5\"/>\n",
            crate::svg::px(at.0),
            crate::svg::px(at.1),
            INK.hex()
        ));
    };
    circle(svg, first, "#ffffff");
    circle(svg, last, &INK.hex());
    let text = TextStyle::new(marks::FONT_SIZE).bold().halo();
    for (at, label) in [(first, &path.start), (last, &path.end)] {
        let room = width(label, marks::FONT_SIZE, Weight::Bold) + 14.0;
        match at.0 + room > plane.area.right() {
            true => svg.text(at.0 - 13.0, at.1 - 9.0, text.anchor(Anchor::End), label),
            false => svg.text(at.0 + 13.0, at.1 - 9.0, text, label),
        }
    }
}

/// Labels above the plot, and lines from the plot to those of events.
fn draw_marks(svg: &mut Svg, rows: &Rows, rows_top: f64, plot_top: f64) {
    for label in &rows.labels {
        let top = rows_top + label.row as f64 * marks::ROW_HEIGHT;
        let style = TextStyle::new(marks::FONT_SIZE);
        svg.text(label.left, top + 15.0, style, &label.label);
        if let Some(x) = label.leader {
            svg.line((x, top + 1.0), (x, plot_top), INK, 1.6, " stroke-dasharray=\"3 3\"");
        }
    }
}

/// The name of each horizontal reference line at its height, and the legend in the gaps between.
fn draw_right_column(svg: &mut Svg, panel: &Panel<'_>, plane: &Plane, room: f64) {
    let x = plane.area.right() + COLUMN_GAP;
    let (top, bottom) = (plane.area.y, plane.area.bottom());
    let mut references: Vec<(f64, &str)> = horizontal_references(panel.chart)
        .filter(|reference| plane.y.contains(reference.value))
        .map(|reference| (plane.y_px(reference.value), reference.label.as_str()))
        .collect();
    references.sort_by(|a, b| a.0.total_cmp(&b.0));
    references.truncate(((bottom - top) / REFERENCE_HEIGHT) as usize);
    let wanted: Vec<f64> = references.iter().map(|reference| reference.0).collect();
    let heights = spread(&wanted, top, bottom);
    for ((line_y, label), label_y) in references.into_iter().zip(&heights) {
        svg.line((plane.area.right() + 1.0, line_y), (x - 3.0, *label_y), SECOND_INK, 1.2, "");
        let label = shorten(label, room, marks::FONT_SIZE, Weight::Regular);
        svg.text(x, label_y + 5.5, TextStyle::new(marks::FONT_SIZE).colour(SECOND_INK), &label);
    }
    if panel.placement == Placement::Right {
        let rows = legend_rows(panel.entries.len(), &heights, top);
        legend::draw_column(svg, &panel.entries, x, &rows, room);
    }
}

/// The tops of `count` legend rows from `top` downwards that avoid the labels centred at `taken`.
fn legend_rows(count: usize, taken: &[f64], top: f64) -> Vec<f64> {
    let mut rows = Vec::new();
    let mut y = top;
    let mut taken = taken.iter().peekable();
    while rows.len() < count {
        match taken.peek() {
            Some(&&label) if y + legend::ROW_HEIGHT > label - REFERENCE_HEIGHT / 2.0 => {
                y = y.max(label + REFERENCE_HEIGHT / 2.0);
                taken.next();
            }
            Some(_) | None => {
                rows.push(y);
                y += legend::ROW_HEIGHT;
            }
        }
    }
    rows
}

/// Moves positions apart until labels of [`REFERENCE_HEIGHT`] do not overlap; sorted, as given.
fn spread(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut heights = wanted.to_vec();
    let mut least = top;
    for height in &mut heights {
        *height = height.max(least);
        least = *height + REFERENCE_HEIGHT;
    }
    let mut most = bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(most);
        most = *height - REFERENCE_HEIGHT;
    }
    heights
}

/// As many ticks as fit with space between their labels.
fn wanted_x_ticks(plane: &Plane) -> usize {
    let fits = |wanted: &usize| {
        let ticks = plane.x.ticks(*wanted);
        ticks.windows(2).all(|pair| {
            let widths = pair.iter().map(|tick| width(&tick.label, TICK_SIZE, Weight::Regular));
            let distance = plane.x_px(pair[1].value) - plane.x_px(pair[0].value);
            widths.sum::<f64>() / 2.0 + 16.0 <= distance
        })
    };
    let most = ((plane.area.width / 90.0) as usize).clamp(2, 12);
    (2..=most).rev().find(fits).unwrap_or(2)
}

fn has_data(chart: &Chart, x: &Axis) -> bool {
    chart.layers.iter().any(|layer| match layer {
        Layer::Line(line) => line.points.iter().any(|p| x.can_show(p.0) && chart.y.can_show(p.1)),
        Layer::Markers(markers) => markers.points.iter().any(|p| x.can_show(p.0) && chart.y.can_show(p.1)),
        Layer::Whiskers(whiskers) => {
            whiskers.intervals.iter().any(|i| x.can_show(i.0) && chart.y.can_show(i.1) && chart.y.can_show(i.2))
        }
        Layer::Band(band) => !band_runs(band, x, &chart.y).is_empty(),
        Layer::Trajectory(path) => path.points.iter().any(|p| x.can_show(p.0) && chart.y.can_show(p.1)),
        Layer::Blocks(blocks) => !blocks.areas.is_empty(),
        Layer::Reference(_) | Layer::Span(_) | Layer::Event(_) | Layer::Shading(_) => false,
    })
}

fn horizontal_references(chart: &Chart) -> impl Iterator<Item = &Reference> {
    chart.layers.iter().filter_map(|layer| match layer {
        Layer::Reference(reference) if reference.direction == Direction::Horizontal => {
            chart.y.can_show(reference.value).then_some(reference)
        }
        _ => None,
    })
}

/// Vertical lines with their names and dashes: references and events.
fn lines_across<'a>(chart: &'a Chart, shared: &'a [EventMark]) -> impl Iterator<Item = (&'a str, f64, &'static [u32])> {
    let own = chart.layers.iter().filter_map(|layer| match layer {
        Layer::Event(event) => Some((event.label.as_str(), event.x, &EVENT_DASHES[..])),
        Layer::Reference(reference) if reference.direction == Direction::Vertical => {
            Some((reference.label.as_str(), reference.value, &REFERENCE_DASHES[..]))
        }
        _ => None,
    });
    own.chain(shared.iter().map(|event| (event.label.as_str(), event.x, &EVENT_DASHES[..])))
}

fn spans_of<'a>(chart: &'a Chart, shared: &'a [VerticalSpan]) -> impl Iterator<Item = &'a VerticalSpan> {
    let own = chart.layers.iter().filter_map(|layer| match layer {
        Layer::Span(span) => Some(span),
        _ => None,
    });
    own.chain(shared)
}

/// The part of an interval that lies on the axis.
fn visible_span(span: &VerticalSpan, x: Range) -> Option<(f64, f64)> {
    let (from, to) = (span.from.min(span.to).max(x.low), span.from.max(span.to).min(x.high));
    (!span.from.is_nan() && !span.to.is_nan() && from < to).then_some((from, to))
}

/// The unbroken parts of a line.
fn line_runs(line: &Line, x: &Axis, y: &Axis) -> Vec<Vec<(f64, f64)>> {
    let parts = line.points.split(|point| !x.can_show(point.0) || !y.can_show(point.1));
    parts.filter(|part| !part.is_empty()).map(<[_]>::to_vec).collect()
}

/// The unbroken parts of a band.
fn band_runs(band: &Band, x: &Axis, y: &Axis) -> Vec<Vec<(f64, f64, f64)>> {
    let parts = band.points.split(|p| !x.can_show(p.0) || !y.can_show(p.1) || !y.can_show(p.2));
    parts.filter(|part| part.len() > 1).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
