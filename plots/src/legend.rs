//! The legend: outside of the plotting area, so that it hides nothing.

use crate::chart::{Chart, Layer, MarkerShape};
use crate::plane::dash_attribute;
use crate::style::{self, LineStyle, Rgb};
use crate::svg::{Rect, Svg, TextStyle, px};
use crate::text::{Weight, shorten, width};

/// Height of an entry in pixels.
pub(crate) const ROW_HEIGHT: f64 = 26.0;
/// Font size of an entry in pixels.
pub(crate) const FONT_SIZE: f64 = 17.0;
/// A legend with more entries lists one less and says how many are missing.
const MAX_ENTRIES: usize = 16;
const SWATCH_WIDTH: f64 = 46.0;
const SWATCH_GAP: f64 = 10.0;
const COLUMN_GAP: f64 = 28.0;

/// One row of a legend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) label: String,
    pub(crate) swatch: Swatch,
}

/// The sample drawn before a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Swatch {
    Line(LineStyle),
    DottedLine(LineStyle),
    Marker(MarkerShape, Rgb),
    Whisker(Rgb),
    Area(Rgb),
    /// The intervals with this hatch; white without one.
    Shading(Option<usize>),
    /// A path that darkens.
    Path(Rgb),
    /// Strokes without bars at their ends.
    Stroke(Rgb),
    /// The bar series with this style index.
    Bar(usize),
    /// Entries that did not fit.
    Nothing,
}

/// The layers of a chart that have a name, in their order, with unique labels and styles.
pub(crate) fn entries(chart: &Chart) -> Vec<Entry> {
    let mut lines = 0;
    let mut entries: Vec<Entry> = Vec::new();
    for layer in &chart.layers {
        let (label, swatch) = match layer {
            Layer::Line(line) => {
                let style = style::line(line.style.unwrap_or(lines));
                lines += 1;
                (&line.label, if line.has_dots { Swatch::DottedLine(style) } else { Swatch::Line(style) })
            }
            Layer::Markers(markers) => (&markers.label, Swatch::Marker(markers.shape, markers.tint.colour())),
            Layer::Whiskers(whiskers) => (
                &whiskers.label,
                match whiskers.are_bare {
                    true => Swatch::Stroke(whiskers.tint.colour()),
                    false => Swatch::Whisker(whiskers.tint.colour()),
                },
            ),
            Layer::Shading(shading) => (&shading.label, Swatch::Shading(shading.pattern)),
            Layer::Trajectory(path) => (&path.label, Swatch::Path(path.tint.colour())),
            Layer::Band(band) => (&band.label, Swatch::Area(band.tint.colour())),
            Layer::Blocks(blocks) => (&blocks.label, Swatch::Bar(blocks.pattern)),
            Layer::Reference(_) | Layer::Span(_) | Layer::Event(_) => continue,
        };
        let entry = Entry { label: label.trim().to_owned(), swatch };
        if !entry.label.is_empty() && !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    limit(entries)
}

/// At most [`MAX_ENTRIES`], the last of which says how many are missing.
pub(crate) fn limit(mut entries: Vec<Entry>) -> Vec<Entry> {
    if entries.len() > MAX_ENTRIES {
        let missing = entries.len() - (MAX_ENTRIES - 1);
        entries.truncate(MAX_ENTRIES - 1);
        entries.push(Entry { label: format!("and {missing} more"), swatch: Swatch::Nothing });
    }
    entries
}

/// The width of the widest entry in pixels.
pub(crate) fn entry_width(entries: &[Entry]) -> f64 {
    let label_width = |entry: &Entry| width(&entry.label, FONT_SIZE, Weight::Regular);
    let widest = entries.iter().map(label_width).fold(0.0, f64::max);
    SWATCH_WIDTH + SWATCH_GAP + widest + 2.0
}

/// How many entries stand beside each other below a plot `room` pixels wide.
fn columns(entries: &[Entry], room: f64) -> usize {
    let fitting = ((room + COLUMN_GAP) / (entry_width(entries) + COLUMN_GAP)) as usize;
    // Long names are shortened rather than given a row each.
    let least = if entries.len() > 4 { 2 } else { 1 };
    fitting.clamp(least, entries.len().max(least))
}

/// The height of a legend below a plot `room` pixels wide.
pub(crate) fn height_below(entries: &[Entry], room: f64) -> f64 {
    entries.len().div_ceil(columns(entries, room)) as f64 * ROW_HEIGHT
}

/// Draws one entry per row; `rows` are their tops.
pub(crate) fn draw_column(svg: &mut Svg, entries: &[Entry], x: f64, rows: &[f64], room: f64) {
    for (entry, &y) in entries.iter().zip(rows) {
        draw_entry(svg, entry, x, y, room);
    }
}

/// Draws the entries row by row, in columns of equal width.
pub(crate) fn draw_below(svg: &mut Svg, entries: &[Entry], x: f64, y: f64, room: f64) {
    let columns = columns(entries, room);
    let widest = (room + COLUMN_GAP) / columns as f64;
    let column_width = (entry_width(entries) + COLUMN_GAP).min(widest);
    for (index, entry) in entries.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        let (x, y) = (x + column as f64 * column_width, y + row as f64 * ROW_HEIGHT);
        draw_entry(svg, entry, x, y, column_width - COLUMN_GAP);
    }
}

fn draw_entry(svg: &mut Svg, entry: &Entry, x: f64, y: f64, room: f64) {
    let middle = y + ROW_HEIGHT / 2.0;
    let centre = x + SWATCH_WIDTH / 2.0;
    let box_area = Rect { x, y: y + 5.0, width: SWATCH_WIDTH, height: ROW_HEIGHT - 10.0 };
    let line = |svg: &mut Svg, style: LineStyle| {
        svg.line((x, middle), (x + SWATCH_WIDTH, middle), style.colour, 3.0, &dash_attribute(style.dashes, 1.0));
    };
    match entry.swatch {
        Swatch::Line(style) => line(svg, style),
        Swatch::DottedLine(style) => {
            line(svg, style);
            svg.raw(&format!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{}\"/>\n",
                px(centre),
                px(middle),
                style.colour.hex()
            ));
        }
        Swatch::Marker(shape, colour) => draw_marker(svg, shape, centre, middle, colour),
        Swatch::Whisker(colour) => {
            svg.line((centre, y + 5.0), (centre, y + 21.0), colour, 1.8, "");
            for end in [y + 5.0, y + 21.0] {
                svg.line((centre - 5.0, end), (centre + 5.0, end), colour, 1.8, "");
            }
        }
        Swatch::Area(colour) => svg.rect(box_area, &colour.hex(), " fill-opacity=\"0.2\""),
        Swatch::Bar(index) => draw_bar(svg, box_area, index),
        Swatch::Shading(pattern) => {
            draw_shade(svg, box_area, pattern);
            svg.rect(box_area, "none", &format!(" stroke=\"{}\" stroke-width=\"1\"", style::SECOND_INK.hex()));
        }
        Swatch::Path(colour) => {
            let steps = 6;
            for step in 0..steps {
                let at = |step: usize| x + SWATCH_WIDTH * step as f64 / steps as f64;
                svg.line((at(step), middle), (at(step + 1), middle), path_colour(colour, step, steps), 3.0, "");
            }
        }
        Swatch::Stroke(colour) => {
            for dx in [-10.0, 0.0, 10.0] {
                svg.line(
                    (centre + dx, middle + 6.0 - dx * 0.3),
                    (centre + dx, middle - 6.0 - dx * 0.3),
                    colour,
                    2.6,
                    "",
                );
            }
        }
        Swatch::Nothing => {}
    }
    let label = shorten(&entry.label, room - SWATCH_WIDTH - SWATCH_GAP, FONT_SIZE, Weight::Regular);
    svg.text(x + SWATCH_WIDTH + SWATCH_GAP, middle + 6.0, TextStyle::new(FONT_SIZE), &label);
}

fn draw_marker(svg: &mut Svg, shape: MarkerShape, x: f64, y: f64, colour: Rgb) {
    let (path, fill, stroke_width) = match shape {
        MarkerShape::Cross => ("M-6,-6 L6,6 M-6,6 L6,-6", "none", "2.6"),
        MarkerShape::Triangle => ("M0,-7.5 L6.5,3.8 L-6.5,3.8 Z", "self", "0"),
        MarkerShape::Circle => ("M-6,0 a6,6 0 1,0 12,0 a6,6 0 1,0 -12,0 Z", "none", "2.4"),
        MarkerShape::Square => ("M-6,-6 H6 V6 H-6 Z", "none", "2.4"),
    };
    let colour = colour.hex();
    let fill = if fill == "self" { colour.as_str() } else { fill };
    svg.raw(&format!(
        "<path d=\"{path}\" transform=\"translate({} {})\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"{stroke_width}\"/>\n",
        px(x),
        px(y),
    ));
}

/// The hatch and the outline of a bar whose fill is drawn already, or drawn here for a swatch.
fn draw_bar(svg: &mut Svg, area: Rect, index: usize) {
    svg.rect(area, &style::bar_fill(index).hex(), "");
    draw_hatch(svg, area, index);
}

/// A stretch shaded as background: light, so that curves stay readable over it.
pub(crate) fn draw_shade(svg: &mut Svg, area: Rect, pattern: Option<usize>) {
    /// A hatch in less than this many pixels would look like dots.
    const LEAST_HATCHED: f64 = 7.0;
    let Some(index) = pattern else { return };
    let is_hatched = area.width >= LEAST_HATCHED || style::hatch_id(index).is_none();
    svg.rect(area, &style::series_colour(index).tint(if is_hatched { 0.15 } else { 0.4 }).hex(), "");
    if let Some(id) = style::hatch_id(index).filter(|_| is_hatched) {
        svg.rect(area, &format!("url(#{id})"), " opacity=\"0.4\"");
    }
}

/// The colour of a path at `step` of `steps`: from light to full.
pub(crate) fn path_colour(colour: Rgb, step: usize, steps: usize) -> Rgb {
    colour.tint(0.35 + 0.65 * step as f64 / steps.saturating_sub(1).max(1) as f64)
}

/// What makes a filled bar readable without colour: its hatch and its outline.
pub(crate) fn draw_hatch(svg: &mut Svg, area: Rect, index: usize) {
    let outline = format!(" stroke=\"{}\" stroke-width=\"1.5\"", style::series_colour(index).hex());
    let fill = style::hatch_id(index).map_or("none".to_owned(), |id| format!("url(#{id})"));
    svg.rect(area, &fill, &outline);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Line};

    fn chart_of(lines: usize) -> Chart {
        (0..lines).fold(Chart::new("", Axis::new("x"), Axis::new("y")), |chart, i| {
            chart.with(Line::new(format!("flow {i}"), vec![(0.0, 1.0), (1.0, 2.0)]))
        })
    }

    #[test]
    fn the_legend_lists_sixteen_lines() {
        let entries = entries(&chart_of(16));
        assert_eq!(entries.len(), 16);
        assert_eq!(entries[15].label, "flow 15");
    }

    #[test]
    fn a_longer_legend_says_how_many_are_missing() {
        let entries = entries(&chart_of(40));
        assert_eq!(entries.len(), 16);
        assert_eq!(entries[14].label, "flow 14");
        assert_eq!(entries[15].label, "and 25 more");
    }

    #[test]
    fn layers_without_a_name_are_not_listed() {
        let chart = chart_of(1).with(Line::new("", vec![(0.0, 1.0)]));
        assert_eq!(entries(&chart).len(), 1);
    }
}
