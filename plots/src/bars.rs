//! Bars: grouped or stacked, lying or standing.

use crate::axis::{Axis, Ends, Range, Scale};
use crate::chart::{Direction, Size};
use crate::figure::{LABEL_SIZE, MARGIN, TICK_SIZE, draw_header};
use crate::legend::{self, Entry, Swatch};
use crate::plane::Plane;
use crate::style::{self, INK, SECOND_INK, WHITE};
use crate::svg::{Anchor, Rect, Svg, TextStyle};
use crate::text::{Weight, shorten, width};
use crate::ticks::short;

const VALUE_SIZE: f64 = 16.0;
/// The part of its slot that a category's bars fill.
const FILL: f64 = 0.72;
/// Lying bars are at least this thick, in pixels: their values stand beside them.
const MIN_THICKNESS: f64 = 22.0;
const MIN_SLOT: f64 = 40.0;
const MIN_WIDTH: f64 = 480.0;
const MIN_PLOT_HEIGHT: f64 = 140.0;
const HEADING_HEIGHT: f64 = 32.0;
const X_TICKS_HEIGHT: f64 = 26.0;
const LABEL_HEIGHT: f64 = 28.0;
/// The part of the width that category names may take.
const MAX_NAME_SHARE: f64 = 0.28;

/// Values of several series for each of several categories, printed beside their bars.
///
/// Bars stand on zero and their axis is linear: of `value`, only the label and the maximum count.
/// Each series has a colour, a hatch and an outline, so that the picture also works in grey.
/// Lying bars have room for long names and all values; a picture too low for them grows.
///
/// ```
/// use plots::{BarChart, BarSeries, Axis, Size};
///
/// let svg = BarChart::new("Where a packet spends its time", Axis::new("delay (ms)"), ["A to R1", "R1 to B"])
///     .stacked()
///     .with(BarSeries::new("transmission", vec![1.2, 12.0]))
///     .with(BarSeries::new("propagation", vec![5.0, 20.0]))
///     .to_svg(Size::default());
/// assert!(svg.contains("32")); // The sum for the second hop.
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// What the picture shows, in one line. Empty for none.
    pub title: String,
    /// What it teaches, or where it comes from: experiment and seed. Empty for none.
    pub subtitle: String,
    /// What a reader who cannot see the picture should know. Empty: all names and values.
    pub description: String,
    /// What is measured, with its unit.
    pub value: Axis,
    /// One name for each group or stack, from top to bottom or from left to right.
    pub categories: Vec<String>,
    /// What is compared within a category. The legend keeps this order.
    pub series: Vec<BarSeries>,
    /// Beside each other or on top of each other.
    pub arrangement: Arrangement,
    /// Which way the bars grow.
    pub direction: Direction,
}

/// One value per category.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarSeries {
    /// Its name in the legend.
    pub label: String,
    /// In the order of the categories, in the unit of the axis. What is missing or not finite
    /// has no bar.
    pub values: Vec<f64>,
    /// Which colour and hatch, counted from 0; the first 64 differ. `None`: the series' place
    /// in its chart.
    pub style: Option<usize>,
}

impl BarSeries {
    /// A series in the next free style.
    pub fn new(label: impl Into<String>, values: Vec<f64>) -> Self {
        BarSeries { label: label.into(), values, style: None }
    }

    /// The same series with a style of its own.
    pub fn style(self, index: usize) -> Self {
        BarSeries { style: Some(index), ..self }
    }
}

/// How the bars of one category stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Beside each other: to compare values.
    #[default]
    Grouped,
    /// On top of each other: to add them up. Negative values pile up on the other side of zero.
    Stacked,
}

/// One bar: from `base` to `end` on the value axis, from `near` to `far` on the category axis,
/// where category `i` reaches from `i` to `i + 1`.
struct Bar {
    category: usize,
    series: usize,
    value: f64,
    base: f64,
    end: f64,
    near: f64,
    far: f64,
}

impl BarChart {
    /// Lying, grouped bars without series.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        value: Axis,
        categories: impl IntoIterator<Item = S>,
    ) -> Self {
        let categories = categories.into_iter().map(Into::into).collect();
        BarChart { title: title.into(), value, categories, ..BarChart::default() }
    }

    /// The same chart with a second line under its title.
    pub fn subtitle(self, subtitle: impl Into<String>) -> Self {
        BarChart { subtitle: subtitle.into(), ..self }
    }

    /// The same chart with a text for those who cannot see it.
    pub fn description(self, description: impl Into<String>) -> Self {
        BarChart { description: description.into(), ..self }
    }

    /// The same chart with one more series.
    pub fn with(mut self, series: BarSeries) -> Self {
        self.series.push(series);
        self
    }

    /// The same chart with the bars of a category on top of each other.
    pub fn stacked(self) -> Self {
        BarChart { arrangement: Arrangement::Stacked, ..self }
    }

    /// The same chart with standing bars.
    pub fn vertical(self) -> Self {
        BarChart { direction: Direction::Vertical, ..self }
    }

    /// The chart as an SVG document. The same chart gives the same bytes on every machine.
    pub fn to_svg(&self, size: Size) -> String {
        let total_width = f64::from(size.width).clamp(MIN_WIDTH, 20_000.0);
        let wanted_height = f64::from(size.height).min(40_000.0);
        let mut svg = Svg::default();
        self.define_hatches(&mut svg);
        let top = draw_header(&mut svg, &self.title, &self.subtitle, total_width);
        let bars = self.bars();
        let entries = self.entries();
        let left = match self.direction {
            Direction::Horizontal => MARGIN + self.name_width(total_width) + 10.0,
            Direction::Vertical => MARGIN + 60.0,
        };
        let right = total_width - MARGIN - 10.0;
        let legend_height = match entries.is_empty() {
            true => 0.0,
            false => legend::height_below(&entries, total_width - 2.0 * MARGIN) + 18.0,
        };

        // Standing bars have the label of their axis above, lying bars below.
        let plot_top = match self.direction {
            Direction::Horizontal => top + 6.0,
            Direction::Vertical => top + HEADING_HEIGHT,
        };
        let below = match self.direction {
            Direction::Horizontal => X_TICKS_HEIGHT + LABEL_HEIGHT,
            Direction::Vertical => X_TICKS_HEIGHT,
        };
        let room = wanted_height - plot_top - below - legend_height - 14.0;
        let plot_height = libm::floor(room.max(self.least_height()));
        let total_height = (plot_top + plot_height + below + legend_height + 14.0).max(wanted_height);

        let area = Rect { x: left, y: plot_top, width: right - left, height: plot_height };
        let plane = self.plane(&bars, area);
        self.draw_axis(&mut svg, &plane, plot_top);
        self.draw_bars(&mut svg, &plane, &bars);
        svg.raw(&plane.unclipped(&self.draw_zero(&plane)));
        self.draw_values(&mut svg, &plane, &bars);
        self.draw_names(&mut svg, &plane);
        if bars.is_empty() {
            let style = TextStyle::new(22.0).colour(SECOND_INK).anchor(Anchor::Middle).halo();
            svg.text(area.x + area.width / 2.0, area.y + area.height / 2.0 + 8.0, style, "no data");
        }
        let legend_top = plot_top + plot_height + below + 12.0;
        legend::draw_below(&mut svg, &entries, MARGIN, legend_top, total_width - 2.0 * MARGIN);
        svg.into_document(total_width, total_height, &self.title, &self.describe())
    }

    fn bars(&self) -> Vec<Bar> {
        let count = self.series.len().max(1) as f64;
        let mut bars = Vec::new();
        for category in 0..self.categories.len() {
            let (mut above, mut below) = (0.0, 0.0);
            let slot = category as f64 + (1.0 - FILL) / 2.0;
            for (series, values) in self.series.iter().enumerate() {
                let Some(value) = values.values.get(category).copied().filter(|&v| self.linear_axis().can_show(v))
                else {
                    continue;
                };
                let (base, near, far) = match self.arrangement {
                    Arrangement::Grouped => {
                        let step = FILL / count;
                        (0.0, slot + step * series as f64, slot + step * (series + 1) as f64)
                    }
                    Arrangement::Stacked => {
                        let pile: &mut f64 = if value < 0.0 { &mut below } else { &mut above };
                        let base = *pile;
                        *pile += value;
                        (base, slot, slot + FILL)
                    }
                };
                bars.push(Bar { category, series, value, base, end: base + value, near, far });
            }
        }
        bars
    }

    fn linear_axis(&self) -> Axis {
        Axis { max: self.value.max, ..Axis::default() }
    }

    /// The axes: the value axis is long enough for the text after the longest bar.
    fn plane(&self, bars: &[Bar], area: Rect) -> Plane {
        let mut value = self.linear_axis().resolve(bars.iter().map(|bar| bar.end), Ends::Roomy);
        let highest = bars.iter().map(|bar| bar.end).fold(0.0, f64::max);
        let (length, text) = match self.direction {
            Direction::Horizontal => (area.width, self.widest_value(bars) + 14.0),
            Direction::Vertical => (area.height, 28.0),
        };
        if highest > 0.0 && self.value.max.is_none() {
            let share = (text / length).clamp(0.0, 0.6);
            value.high = value.high.max(value.low + (highest - value.low) / (1.0 - share));
        }
        let categories = Range { low: 0.0, high: self.categories.len().max(1) as f64, scale: Scale::Linear };
        match self.direction {
            Direction::Horizontal => Plane { x: value, y: categories, area },
            Direction::Vertical => Plane { x: categories, y: value, area },
        }
    }

    /// The corner of a bar in the coordinates of the plane: the first category lies on top.
    fn corner(&self, value: f64, slot: f64) -> (f64, f64) {
        match self.direction {
            Direction::Horizontal => (value, self.categories.len() as f64 - slot),
            Direction::Vertical => (slot, value),
        }
    }

    fn pixels(&self, plane: &Plane, bar: &Bar) -> Rect {
        let (a, b) = (self.corner(bar.base, bar.near), self.corner(bar.end, bar.far));
        let (x1, x2) = (plane.x_px(a.0), plane.x_px(b.0));
        let (y1, y2) = (plane.y_px(a.1), plane.y_px(b.1));
        Rect { x: x1.min(x2), y: y1.min(y2), width: (x2 - x1).abs(), height: (y2 - y1).abs() }
    }

    fn style_of(&self, series: usize) -> usize {
        self.series[series].style.unwrap_or(series)
    }

    fn define_hatches(&self, svg: &mut Svg) {
        let mut definitions: Vec<String> =
            (0..self.series.len()).map(|series| style::hatch_definition(self.style_of(series))).collect();
        definitions.sort_unstable();
        definitions.dedup();
        svg.raw(&format!("<defs>{}</defs>\n", definitions.concat()));
    }

    fn entries(&self) -> Vec<Entry> {
        let series = self.series.iter().enumerate().filter(|(_, series)| !series.label.trim().is_empty());
        let entry = |(index, series): (usize, &BarSeries)| Entry {
            label: series.label.trim().to_owned(),
            swatch: Swatch::Bar(self.style_of(index)),
        };
        legend::limit(series.map(entry).collect())
    }

    fn name_width(&self, total_width: f64) -> f64 {
        let widest = self.categories.iter().map(|name| width(name, LABEL_SIZE, Weight::Regular)).fold(0.0, f64::max);
        widest.min(total_width * MAX_NAME_SHARE)
    }

    fn least_height(&self) -> f64 {
        match self.direction {
            Direction::Vertical => MIN_PLOT_HEIGHT,
            Direction::Horizontal => {
                let side_by_side = match self.arrangement {
                    Arrangement::Grouped => self.series.len().max(1) as f64,
                    Arrangement::Stacked => 1.0,
                };
                let slot = (side_by_side * MIN_THICKNESS / FILL).max(MIN_SLOT);
                (slot * self.categories.len() as f64).max(MIN_PLOT_HEIGHT)
            }
        }
    }

    fn draw_axis(&self, svg: &mut Svg, plane: &Plane, plot_top: f64) {
        let style = TextStyle::new(TICK_SIZE).colour(SECOND_INK);
        let (x, bottom) = (plane.area.x, plane.area.bottom());
        let is_empty = self.bars().is_empty();
        match self.direction {
            Direction::Horizontal => {
                let wanted = ((plane.area.width / 110.0) as usize).clamp(2, 10);
                svg.raw(&plane.clipped(&plane.grid(wanted, 0)));
                for tick in plane.x.ticks(wanted).into_iter().filter(|_| !is_empty) {
                    svg.text(plane.x_px(tick.value), bottom + 23.0, style.anchor(Anchor::Middle), &tick.label);
                }
                let label = shorten(&self.value.label, plane.area.width, LABEL_SIZE, Weight::Regular);
                let middle = x + plane.area.width / 2.0;
                svg.text(
                    middle,
                    bottom + X_TICKS_HEIGHT + 22.0,
                    TextStyle::new(LABEL_SIZE).anchor(Anchor::Middle),
                    &label,
                );
            }
            Direction::Vertical => {
                let wanted = ((plane.area.height / 50.0) as usize).clamp(2, 8);
                svg.raw(&plane.clipped(&plane.grid(0, wanted)));
                for tick in plane.y.ticks(wanted).into_iter().filter(|_| !is_empty) {
                    svg.text(x - 8.0, plane.y_px(tick.value) + 6.0, style.anchor(Anchor::End), &tick.label);
                }
                let label = shorten(&self.value.label, plane.area.right() - MARGIN, LABEL_SIZE, Weight::Regular);
                svg.text(MARGIN, plot_top - HEADING_HEIGHT + 20.0, TextStyle::new(LABEL_SIZE), &label);
            }
        }
    }

    fn draw_bars(&self, svg: &mut Svg, plane: &Plane, bars: &[Bar]) {
        let mut fills = String::new();
        for bar in bars {
            let name =
                format!("{}, {}: {}", self.categories[bar.category], self.series[bar.series].label, short(bar.value));
            let fill = style::bar_fill(self.style_of(bar.series));
            fills += &plane.bar(&name, self.corner(bar.base, bar.near), self.corner(bar.end, bar.far), fill);
        }
        svg.raw(&plane.clipped(&fills));
        for bar in bars {
            let within = clip(self.pixels(plane, bar), plane.area);
            legend::draw_hatch(svg, within, self.style_of(bar.series));
        }
    }

    /// The line on which the bars stand.
    fn draw_zero(&self, plane: &Plane) -> String {
        let ends = [0.0, self.categories.len().max(1) as f64].map(|slot| self.corner(0.0, slot));
        plane.rule("", ends[0], ends[1], INK, &[])
    }

    fn draw_values(&self, svg: &mut Svg, plane: &Plane, bars: &[Bar]) {
        let right = plane.area.right();
        for bar in bars {
            let area = self.pixels(plane, bar);
            let text = short(bar.value);
            match self.arrangement {
                Arrangement::Grouped => self.draw_end_value(svg, (area, right), bar.value < 0.0, &text, ""),
                Arrangement::Stacked if self.fits_inside(plane, bar) => {
                    let (x, y) = (area.x + area.width / 2.0, area.y + area.height / 2.0);
                    let room = width(&text, VALUE_SIZE, Weight::Regular) + 8.0;
                    let plate = Rect { x: x - room / 2.0, y: y - 10.0, width: room, height: 20.0 };
                    svg.rect(plate, &WHITE.hex(), " rx=\"3\"");
                    svg.text(x, y + 5.8, TextStyle::new(VALUE_SIZE).anchor(Anchor::Middle), &text);
                }
                Arrangement::Stacked => {}
            }
        }
        if self.arrangement == Arrangement::Stacked {
            for category in 0..self.categories.len() {
                let stack: Vec<&Bar> = bars.iter().filter(|bar| bar.category == category).collect();
                let Some(last) = stack.iter().max_by(|a, b| a.end.total_cmp(&b.end)) else {
                    continue;
                };
                let small = stack.iter().copied().filter(|bar| bar.value != 0.0 && !self.fits_inside(plane, bar));
                let end = self.pixels(plane, last);
                self.draw_end_value(svg, (end, right), false, &total(&stack), &self.list(small));
            }
        }
    }

    /// Writes a value after the end of a bar, and a remark after it as far as `right`.
    fn draw_end_value(&self, svg: &mut Svg, (bar, right): (Rect, f64), is_negative: bool, value: &str, remark: &str) {
        let weight = match self.arrangement {
            Arrangement::Grouped => Weight::Regular,
            Arrangement::Stacked => Weight::Bold,
        };
        let style = TextStyle { weight, ..TextStyle::new(VALUE_SIZE) };
        match self.direction {
            Direction::Horizontal if is_negative => {
                svg.text(bar.x - 6.0, bar.y + bar.height / 2.0 + 5.5, style.anchor(Anchor::End).halo(), value);
            }
            Direction::Horizontal => {
                let baseline = bar.y + bar.height / 2.0 + 5.5;
                svg.text(bar.right() + 7.0, baseline, style.halo(), value);
                let x = bar.right() + 7.0 + width(value, VALUE_SIZE, weight) + 10.0;
                let remark = shorten(remark, right - x, VALUE_SIZE, Weight::Regular);
                if remark.chars().count() > 3 {
                    svg.text(x, baseline, TextStyle::new(VALUE_SIZE).colour(SECOND_INK).halo(), &remark);
                }
            }
            Direction::Vertical => {
                let y = if is_negative { bar.bottom() + 19.0 } else { bar.y - 7.0 };
                // Beside each other, wide numbers over thin bars would run together.
                if width(value, VALUE_SIZE, weight) <= bar.width + 12.0 {
                    svg.text(bar.x + bar.width / 2.0, y, style.anchor(Anchor::Middle).halo(), value);
                }
            }
        }
    }

    fn fits_inside(&self, plane: &Plane, bar: &Bar) -> bool {
        let area = self.pixels(plane, bar);
        area.width >= width(&short(bar.value), VALUE_SIZE, Weight::Regular) + 12.0 && area.height >= 24.0
    }

    /// Values too small for a text inside of their bar, by name.
    fn list<'a>(&self, bars: impl Iterator<Item = &'a Bar>) -> String {
        let named: Vec<String> =
            bars.map(|bar| format!("{} {}", self.series[bar.series].label, short(bar.value))).collect();
        match named.is_empty() {
            true => String::new(),
            false => format!("({})", named.join(", ")),
        }
    }

    /// Room for the text after a bar, in pixels.
    fn widest_value(&self, bars: &[Bar]) -> f64 {
        match self.arrangement {
            Arrangement::Grouped => {
                bars.iter().map(|bar| width(&short(bar.value), VALUE_SIZE, Weight::Regular)).fold(0.0, f64::max)
            }
            // The longest stack has its remark too; most of it when there are many small parts.
            Arrangement::Stacked => {
                let highest = bars.iter().map(|bar| bar.end).fold(0.0, f64::max);
                let has_small = bars.iter().any(|bar| bar.value > 0.0 && bar.value < highest * 0.06);
                let number = width(&short(highest), VALUE_SIZE, Weight::Bold).max(50.0);
                if has_small { number + 210.0 } else { number }
            }
        }
    }

    fn draw_names(&self, svg: &mut Svg, plane: &Plane) {
        let style = TextStyle::new(LABEL_SIZE);
        let count = self.categories.len();
        for (index, name) in self.categories.iter().enumerate() {
            let middle = index as f64 + 0.5;
            match self.direction {
                Direction::Horizontal => {
                    let name = shorten(name, plane.area.x - 10.0 - MARGIN + 1.0, LABEL_SIZE, Weight::Regular);
                    let y = plane.y_px(count as f64 - middle) + 6.0;
                    svg.text(plane.area.x - 10.0, y, style.anchor(Anchor::End), &name);
                }
                Direction::Vertical => {
                    // Where slots are thin, every second, third, … is named.
                    let slot = plane.area.width / count as f64;
                    let stride = libm::ceil(40.0 / slot).max(1.0) as usize;
                    if index % stride == 0 {
                        let room = slot * stride as f64 - 8.0;
                        let name = shorten(name, room, LABEL_SIZE, Weight::Regular);
                        let bottom = plane.area.bottom();
                        svg.text(plane.x_px(middle), bottom + 23.0, style.anchor(Anchor::Middle), &name);
                    }
                }
            }
        }
    }

    fn describe(&self) -> String {
        if !self.description.is_empty() {
            return self.description.clone();
        }
        let mut parts = vec![self.subtitle.clone(), format!("Bars: {}.", self.value.label)];
        for (index, category) in self.categories.iter().enumerate().take(40) {
            let value = |series: &BarSeries| {
                let value = series.values.get(index).copied().unwrap_or(f64::NAN);
                format!("{} {}", series.label, short(value))
            };
            let values: Vec<String> = self.series.iter().take(40).map(value).collect();
            parts.push(format!("{category}: {}.", values.join(", ")));
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}

fn total(stack: &[&Bar]) -> String {
    short(stack.iter().map(|bar| bar.value).sum())
}

/// The part of `inner` that lies within `outer`.
fn clip(inner: Rect, outer: Rect) -> Rect {
    let (x, y) = (inner.x.clamp(outer.x, outer.right()), inner.y.clamp(outer.y, outer.bottom()));
    let right = inner.right().clamp(outer.x, outer.right());
    let bottom = inner.bottom().clamp(outer.y, outer.bottom());
    Rect { x, y, width: right - x, height: bottom - y }
}

#[cfg(test)]
mod tests;
