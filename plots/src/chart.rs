//! What a chart is made of. Everything here is data: drawing happens in `to_svg`.

use crate::axis::Axis;
use crate::blocks::Blocks;
use crate::figure::Figure;
use crate::style::Tint;
use crate::thin::thin;
use crate::ticks::short;

/// The size of a picture in pixels.
///
/// Texts are at least 16 pixels high whatever the size, so choose a size near the default and let
/// the page or `to_png` scale the picture. A size too small for its texts grows: no picture is
/// narrower than 480 pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// From left to right, in pixels.
    pub width: u32,
    /// From top to bottom, in pixels.
    pub height: u32,
}

impl Size {
    /// A picture of `width` by `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Size { width, height }
    }
}

impl Default for Size {
    /// 1200 by 675 pixels: the shape of a projector.
    fn default() -> Self {
        Size::new(1200, 675)
    }
}

/// One coordinate system with layers drawn over each other.
///
/// ```
/// use plots::{Axis, Chart, Line, Reference, Size};
///
/// let chart = Chart::new("Two flows share a link", Axis::new("time (s)"), Axis::new("throughput (Mbit/s)"))
///     .with(Line::new("flow 1", vec![(0.0, 9.8), (1.0, 5.1), (2.0, 4.9)]))
///     .with(Line::new("flow 2", vec![(0.0, 0.0), (1.0, 4.7), (2.0, 5.0)]))
///     .with(Reference::horizontal("fair share R/2", 5.0));
/// let svg = chart.to_svg(Size::default());
/// assert!(svg.starts_with("<svg"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What the picture shows, in one line. Empty for none.
    pub title: String,
    /// What it teaches, or where it comes from: experiment and seed. Empty for none.
    pub subtitle: String,
    /// What a reader who cannot see the picture should know. Empty: a summary of the layers.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn. The legend keeps this order.
    pub layers: Vec<Layer>,
    /// Whether the plot is as high as it is wide: for two quantities of one kind.
    pub is_square: bool,
}

impl Chart {
    /// A chart without layers.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Chart { title: title.into(), x, y, ..Chart::default() }
    }

    /// The same chart with a second line under its title.
    pub fn subtitle(self, subtitle: impl Into<String>) -> Self {
        Chart { subtitle: subtitle.into(), ..self }
    }

    /// The same chart with a text for those who cannot see it.
    pub fn description(self, description: impl Into<String>) -> Self {
        Chart { description: description.into(), ..self }
    }

    /// The same chart, its plot as high as it is wide.
    pub fn square(self) -> Self {
        Chart { is_square: true, ..self }
    }

    /// The same chart with one more layer.
    pub fn with(mut self, layer: impl Into<Layer>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// The chart as an SVG document. The same chart gives the same bytes on every machine.
    pub fn to_svg(&self, size: Size) -> String {
        Figure {
            title: &self.title,
            subtitle: &self.subtitle,
            description: &self.description,
            x: &self.x,
            charts: std::slice::from_ref(self),
            spans: &[],
            events: &[],
        }
        .to_svg(size)
    }

    /// The chart in words: its axes, its lines with their extremes, its marks.
    pub(crate) fn summary(&self) -> String {
        let listed = self.layers.iter().take(40).map(Layer::summary);
        let mut parts: Vec<String> = vec![format!("Vertical axis: {}.", self.y.label)];
        parts.extend(listed.filter(|part| !part.is_empty()));
        parts.join(" ")
    }
}

/// Several charts stacked over one horizontal axis: throughput, queue and window at the same
/// moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panels {
    /// What the picture shows, in one line. Empty for none.
    pub title: String,
    /// What it teaches, or where it comes from: experiment and seed. Empty for none.
    pub subtitle: String,
    /// What a reader who cannot see the picture should know. Empty: a summary of the charts.
    pub description: String,
    /// The horizontal axis of all charts; their own are not used.
    pub x: Axis,
    /// From top to bottom. A chart's title heads its panel; its subtitle is not shown.
    pub charts: Vec<Chart>,
    /// Shaded in every panel, labelled above the first.
    pub spans: Vec<VerticalSpan>,
    /// Drawn through every panel, labelled above the first.
    pub events: Vec<EventMark>,
}

impl Panels {
    /// Panels without charts.
    pub fn new(title: impl Into<String>, x: Axis) -> Self {
        Panels { title: title.into(), x, ..Panels::default() }
    }

    /// The same panels with a second line under the title.
    pub fn subtitle(self, subtitle: impl Into<String>) -> Self {
        Panels { subtitle: subtitle.into(), ..self }
    }

    /// The same panels with a text for those who cannot see them.
    pub fn description(self, description: impl Into<String>) -> Self {
        Panels { description: description.into(), ..self }
    }

    /// The same panels with one more at the bottom.
    pub fn with(mut self, chart: Chart) -> Self {
        self.charts.push(chart);
        self
    }

    /// The same panels with an event marked in all of them.
    pub fn event(mut self, event: EventMark) -> Self {
        self.events.push(event);
        self
    }

    /// The same panels with an interval shaded in all of them.
    pub fn span(mut self, span: VerticalSpan) -> Self {
        self.spans.push(span);
        self
    }

    /// The panels as one SVG document. The same panels give the same bytes on every machine.
    pub fn to_svg(&self, size: Size) -> String {
        Figure {
            title: &self.title,
            subtitle: &self.subtitle,
            description: &self.description,
            x: &self.x,
            charts: &self.charts,
            spans: &self.spans,
            events: &self.events,
        }
        .to_svg(size)
    }
}

/// Something drawn in a chart. Layers with an empty label are missing from the legend.
///
/// Shaded areas lie behind the grid's data, lines above them and markers on top, whatever the
/// order of the layers.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A curve.
    Line(Line),
    /// A value to compare with.
    Reference(Reference),
    /// Single points.
    Markers(Markers),
    /// Intervals at single points.
    Whiskers(Whiskers),
    /// The area between two curves.
    Band(Band),
    /// A shaded interval of the horizontal axis.
    Span(VerticalSpan),
    /// A moment.
    Event(EventMark),
    /// Many intervals of one kind.
    Shading(Shading),
    /// A path with a direction.
    Trajectory(Trajectory),
    /// Rectangles: counts per interval.
    Blocks(Blocks),
}

/// A curve through points.
///
/// A point whose x or y cannot be shown (NaN, infinity; zero or less on a logarithmic axis) breaks
/// the line. More than 4000 points are thinned to the first, lowest, highest and last of each pixel
/// column: the file stays small and no spike is lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub label: String,
    /// `(x, y)` in the units of the axes, in drawing order.
    pub points: Vec<(f64, f64)>,
    /// Which colour and dashes, counted from 0; the first 64 differ. `None`: the line's place
    /// among the lines of its chart.
    pub style: Option<usize>,
    /// How points are joined.
    pub shape: LineShape,
    /// Whether each point gets a dot, as befits a few measurements. Ignored when thinned.
    pub has_dots: bool,
}

/// How the points of a line are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineShape {
    /// Straight from point to point.
    #[default]
    Straight,
    /// A value holds until the next point: queue lengths, routing costs, distributions.
    Step,
}

impl Line {
    /// A straight line in the next free style.
    pub fn new(label: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Line { label: label.into(), points, ..Line::default() }
    }

    /// The same line with a style of its own, so that a flow looks alike in every chart.
    pub fn style(self, index: usize) -> Self {
        Line { style: Some(index), ..self }
    }

    /// The same line as a staircase.
    pub fn step(self) -> Self {
        Line { shape: LineShape::Step, ..self }
    }

    /// Its points, fewer if there are more than four for each of `stretches` equal stretches of x: then each keeps its first,
    /// lowest, highest and last.
    pub fn thinned(&self, stretches: usize) -> Vec<(f64, f64)> {
        let most = stretches.saturating_mul(4);
        let xs = || self.points.iter().map(|point| point.0).filter(|x| x.is_finite());
        let (least, greatest) = (xs().fold(f64::INFINITY, f64::min), xs().fold(f64::NEG_INFINITY, f64::max));
        if self.points.len() <= most || greatest <= least {
            return self.points.clone();
        }
        let scale = stretches as f64 / (greatest - least);
        thin(&self.points, |x| ((x - least) * scale) as i64)
    }

    /// The same line with a dot at each point.
    pub fn dots(self) -> Self {
        Line { has_dots: true, ..self }
    }
}

/// A thin dashed line to compare with: a fair share, a queue limit, a bandwidth-delay product.
/// It is labelled where it ends, and the axis grows to contain it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What the value is: `"fair share R/2"`.
    pub label: String,
    /// Where it stands, in the unit of the axis it crosses.
    pub value: f64,
    /// Which way it runs.
    pub direction: Direction,
}

/// Which way something runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    #[default]
    Horizontal,
    /// From bottom to top.
    Vertical,
}

impl Reference {
    /// A line from left to right at the height `y`.
    pub fn horizontal(label: impl Into<String>, y: f64) -> Self {
        Reference { label: label.into(), value: y, direction: Direction::Horizontal }
    }

    /// A line from bottom to top at `x`.
    pub fn vertical(label: impl Into<String>, x: f64) -> Self {
        Reference { label: label.into(), value: x, direction: Direction::Vertical }
    }
}

/// Single points of one kind: drops, timeouts, retransmissions. Points outside of the axes are
/// left out; points within the same two pixels are drawn once.
#[derive(Clone, Debug, PartialEq)]
pub struct Markers {
    /// Their name in the legend.
    pub label: String,
    /// `(x, y)` in the units of the axes.
    pub points: Vec<(f64, f64)>,
    /// The shape of each.
    pub shape: MarkerShape,
    /// The colour of all.
    pub tint: Tint,
}

/// The shape of a marker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkerShape {
    /// A diagonal cross: something was lost.
    #[default]
    Cross,
    /// A filled triangle, point up.
    Triangle,
    /// A ring.
    Circle,
    /// A hollow square.
    Square,
}

impl Markers {
    /// Markers in the colour of losses.
    pub fn new(label: impl Into<String>, shape: MarkerShape, points: Vec<(f64, f64)>) -> Self {
        Markers { label: label.into(), points, shape, tint: Tint::Alert }
    }

    /// The same markers in another colour.
    pub fn tint(self, tint: Tint) -> Self {
        Markers { tint, ..self }
    }
}

/// Intervals at single points: a mean with its confidence interval.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whiskers {
    /// Their name in the legend. Empty when a line of the same colour stands for them.
    pub label: String,
    /// `(x, lower end, upper end)` in the units of the axes.
    pub intervals: Vec<(f64, f64, f64)>,
    /// The colour of all.
    pub tint: Tint,
    /// Whether they are plain strokes without bars at their ends: extents rather than doubts.
    pub are_bare: bool,
}

impl Whiskers {
    /// Whiskers in a neutral colour.
    pub fn new(label: impl Into<String>, intervals: Vec<(f64, f64, f64)>) -> Self {
        Whiskers { label: label.into(), intervals, tint: Tint::Neutral, are_bare: false }
    }

    /// The same as strokes without bars at their ends. At most 20 000 of them are drawn.
    pub fn bare(self) -> Self {
        Whiskers { are_bare: true, ..self }
    }

    /// The same whiskers in another colour.
    pub fn tint(self, tint: Tint) -> Self {
        Whiskers { tint, ..self }
    }
}

/// Many intervals of the horizontal axis of one kind, such as the phases of an algorithm: shaded, and named in the
/// legend rather than above the plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shading {
    /// What they have in common.
    pub label: String,
    /// Where each begins and ends, in the unit of the x axis.
    pub intervals: Vec<(f64, f64)>,
    /// Which colour and hatch, counted from 0 as with bars; `None` leaves them white, for the legend to say so.
    pub pattern: Option<usize>,
}

impl Shading {
    /// Intervals with the hatch of a bar series.
    pub fn new(label: impl Into<String>, pattern: Option<usize>, intervals: Vec<(f64, f64)>) -> Self {
        Shading { label: label.into(), intervals, pattern }
    }
}

/// A path through the plane: it darkens from its beginning (a ring) to its end (a dot), with arrow heads on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// Its name in the legend.
    pub label: String,
    /// `(x, y)` in the units of the axes, in the order of time.
    pub points: Vec<(f64, f64)>,
    /// The colour of its end.
    pub tint: Tint,
    /// What stands at its beginning.
    pub start: String,
    /// What stands at its end.
    pub end: String,
}

impl Trajectory {
    /// A path in the colour of the first line.
    pub fn new(label: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Trajectory { label: label.into(), points, tint: Tint::Series(0), ..Trajectory::default() }
    }

    /// The same path with texts at its ends.
    pub fn ends(self, start: impl Into<String>, end: impl Into<String>) -> Self {
        Trajectory { start: start.into(), end: end.into(), ..self }
    }
}

/// A light area between a lower and an upper curve: a confidence interval, a range over seeds.
/// A point that cannot be shown breaks it, as with lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    /// Its name in the legend. Empty when a line of the same colour stands for it.
    pub label: String,
    /// `(x, lower, upper)` in the units of the axes, in order of x.
    pub points: Vec<(f64, f64, f64)>,
    /// The colour, drawn light.
    pub tint: Tint,
}

impl Band {
    /// A band in a neutral colour.
    pub fn new(label: impl Into<String>, points: Vec<(f64, f64, f64)>) -> Self {
        Band { label: label.into(), points, tint: Tint::Neutral }
    }

    /// The same band in another colour.
    pub fn tint(self, tint: Tint) -> Self {
        Band { tint, ..self }
    }
}

/// A shaded interval of the horizontal axis, labelled above the plot: a phase, an outage.
/// Where labels of events leave no room, its label is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VerticalSpan {
    /// What happens meanwhile.
    pub label: String,
    /// Where it begins, in the unit of the x axis.
    pub from: f64,
    /// Where it ends, in the unit of the x axis.
    pub to: f64,
    /// The colour, drawn light.
    pub tint: Tint,
}

impl VerticalSpan {
    /// An interval in a neutral colour.
    pub fn new(label: impl Into<String>, from: f64, to: f64) -> Self {
        VerticalSpan { label: label.into(), from, to, tint: Tint::Neutral }
    }

    /// The same interval in another colour.
    pub fn tint(self, tint: Tint) -> Self {
        VerticalSpan { tint, ..self }
    }
}

/// A moment: a thin line from top to bottom, labelled above the plot.
///
/// Labels stand in up to six rows so that they do not overlap; where even these are full, the line
/// stays and the label is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventMark {
    /// What happened, in a few words.
    pub label: String,
    /// When, in the unit of the x axis.
    pub x: f64,
}

impl EventMark {
    /// A moment with its name.
    pub fn new(label: impl Into<String>, x: f64) -> Self {
        EventMark { label: label.into(), x }
    }
}

macro_rules! layer_from {
    ($($variant:ident($layer:ty)),*) => {
        $(impl From<$layer> for Layer {
            fn from(layer: $layer) -> Self {
                Layer::$variant(layer)
            }
        })*
    };
}

layer_from!(
    Line(Line),
    Reference(Reference),
    Markers(Markers),
    Whiskers(Whiskers),
    Band(Band),
    Span(VerticalSpan),
    Event(EventMark),
    Shading(Shading),
    Trajectory(Trajectory),
    Blocks(Blocks)
);

impl Layer {
    /// All x values, shown or not.
    pub(crate) fn xs(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Layer::Line(line) => Box::new(line.points.iter().map(|p| p.0)),
            Layer::Markers(markers) => Box::new(markers.points.iter().map(|p| p.0)),
            Layer::Whiskers(whiskers) => Box::new(whiskers.intervals.iter().map(|i| i.0)),
            Layer::Band(band) => Box::new(band.points.iter().map(|p| p.0)),
            Layer::Span(span) => Box::new([span.from, span.to].into_iter()),
            Layer::Event(event) => Box::new(std::iter::once(event.x)),
            // Phases shade what there is.
            Layer::Shading(_) => Box::new(std::iter::empty()),
            Layer::Trajectory(path) => Box::new(path.points.iter().map(|p| p.0)),
            Layer::Blocks(blocks) => Box::new(blocks.areas.iter().flat_map(|area| [area.0, area.1])),
            Layer::Reference(reference) => match reference.direction {
                Direction::Horizontal => Box::new(std::iter::empty()),
                Direction::Vertical => Box::new(std::iter::once(reference.value)),
            },
        }
    }

    /// All y values, shown or not.
    pub(crate) fn ys(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Layer::Line(line) => Box::new(line.points.iter().map(|p| p.1)),
            Layer::Markers(markers) => Box::new(markers.points.iter().map(|p| p.1)),
            Layer::Whiskers(whiskers) => Box::new(whiskers.intervals.iter().flat_map(|i| [i.1, i.2])),
            Layer::Band(band) => Box::new(band.points.iter().flat_map(|p| [p.1, p.2])),
            Layer::Span(_) | Layer::Event(_) | Layer::Shading(_) => Box::new(std::iter::empty()),
            Layer::Trajectory(path) => Box::new(path.points.iter().map(|p| p.1)),
            Layer::Blocks(blocks) => Box::new(blocks.areas.iter().flat_map(|area| [area.2, area.3])),
            Layer::Reference(reference) => match reference.direction {
                Direction::Horizontal => Box::new(std::iter::once(reference.value)),
                Direction::Vertical => Box::new(std::iter::empty()),
            },
        }
    }

    fn summary(&self) -> String {
        match self {
            Layer::Line(line) => {
                let ys = line.points.iter().map(|p| p.1).filter(|y| y.is_finite());
                let (low, high) =
                    ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
                match low <= high {
                    true => format!("Line {}: {} to {}.", line.label, short(low), short(high)),
                    false => format!("Line {}: no data.", line.label),
                }
            }
            Layer::Reference(reference) => format!("{}: {}.", reference.label, short(reference.value)),
            Layer::Markers(markers) => format!("{}: {} marks.", markers.label, markers.points.len()),
            Layer::Whiskers(_) | Layer::Band(_) => String::new(),
            Layer::Span(span) => format!("{}: from {} to {}.", span.label, short(span.from), short(span.to)),
            Layer::Event(event) => format!("{}: at {}.", event.label, short(event.x)),
            Layer::Blocks(blocks) => blocks.summary(),
            Layer::Shading(shading) => format!("{}: {} times.", shading.label, shading.intervals.len()),
            Layer::Trajectory(path) => match (path.points.first(), path.points.last()) {
                (Some(first), Some(last)) => format!(
                    "{}: from ({}, {}) to ({}, {}).",
                    path.label,
                    short(first.0),
                    short(first.1),
                    short(last.0),
                    short(last.1)
                ),
                (None, _) | (_, None) => String::new(),
            },
        }
    }
}
