//! Charts as data, so that the page can draw them with a cursor, zoom and tables: see `docs/report-data.md`.
//!
//! Charts over two axes come as numbers. Other pictures (ladders, bars, diagrams, tables) come as they are drawn in the
//! results, and as a table for those who cannot see them.

use plots::{
    Axis, BarChart, Chart, Diagrams, Direction, EventMark, Ladders, Layer, LineShape, MarkerShape, Panels, Scale,
    Tables, Tint, VerticalSpan,
};
use serde::{Serialize, Serializer};

use crate::charts::{Figure as Drawn, Named};
use crate::results::documents::Picture;

/// Longer lines keep the extremes of this many stretches.
const STRETCHES: usize = 1_200;

/// A figure of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Figure<'a> {
    name: &'a str,
    title: &'a str,
    subtitle: &'a str,
    csv: Option<&'static str>,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Plotted {
        x: AxisData<'a>,
        seconds: Option<f64>,
        square: bool,
        panels: Vec<Panel<'a>>,
        events: Vec<Mark<'a>>,
        spans: Vec<Span<'a>>,
    },
    Drawn {
        svg: &'a str,
        table: TableData,
    },
}

#[derive(Clone, Debug, Serialize)]
struct AxisData<'a> {
    label: &'a str,
    log: bool,
    min: Option<f64>,
    max: Option<f64>,
    names: &'a [String],
}

#[derive(Clone, Debug, Serialize)]
struct Panel<'a> {
    title: &'a str,
    y: AxisData<'a>,
    layers: Vec<LayerData<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct Mark<'a> {
    label: &'a str,
    x: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Span<'a> {
    label: &'a str,
    from: f64,
    to: f64,
}

/// A list of coordinates. What cannot be shown is `null`; seven digits are more than a picture has.
#[derive(Clone, Debug)]
struct Numbers(Vec<f64>);

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|&value| rounded(value)))
    }
}

/// A number with seven digits; none if it is not finite. Whole numbers have no point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Rounded {
    Nothing(Option<f64>),
    Whole(i64),
    Broken(f64),
}

fn rounded(value: f64) -> Rounded {
    const DIGITS: i32 = 7;
    if !value.is_finite() {
        return Rounded::Nothing(None);
    }
    if value.abs() < 9e15 && value.trunc() == value {
        return Rounded::Whole(value as i64);
    }
    let before_point = libm::floor(libm::log10(value.abs())) as i32 + 1;
    // Text and back: a quotient of powers of ten would bring digits of its own.
    let text = format!("{value:.*}", (DIGITS - before_point).max(0) as usize);
    Rounded::Broken(text.parse().unwrap_or(value))
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum LayerData<'a> {
    Line { label: &'a str, x: Numbers, y: Numbers, style: usize, step: bool, dots: bool },
    Reference { label: &'a str, value: f64, vertical: bool },
    Markers { label: &'a str, x: Numbers, y: Numbers, shape: &'static str, tint: TintData },
    Whiskers { label: &'a str, x: Numbers, low: Numbers, high: Numbers, tint: TintData },
    Band { label: &'a str, x: Numbers, low: Numbers, high: Numbers, tint: TintData },
    Shading { label: &'a str, from: Numbers, to: Numbers, pattern: Option<usize> },
    Blocks { label: &'a str, x0: Numbers, x1: Numbers, y0: Numbers, y1: Numbers, pattern: usize },
    Path { label: &'a str, x: Numbers, y: Numbers, tint: TintData, start: &'a str, end: &'a str },
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum TintData {
    Series(usize),
    Word(&'static str),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct TableData {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl<'a> Figure<'a> {
    /// A picture of all runs of a sweep: their numbers are where those of the flows are.
    pub fn of_sweep(picture: &'a Picture) -> Self {
        Figure { csv: Some("flows.csv"), ..Figure::new(picture) }
    }

    /// A picture of a run.
    pub fn new(picture: &'a Picture) -> Self {
        let Picture { named: Named { name, figure, .. }, svg } = picture;
        let drawn = |table: TableData| Content::Drawn { svg, table };
        let (title, subtitle, content) = match figure {
            Drawn::Chart(chart) => {
                (&chart.title, &chart.subtitle, plotted(&chart.x, std::slice::from_ref(chart), &[], &[]))
            }
            Drawn::Panels(Panels { title, subtitle, x, charts, events, spans, .. })
            | Drawn::Timeline(Panels { title, subtitle, x, charts, events, spans, .. }) => {
                (title, subtitle, plotted(x, charts, events, spans))
            }
            Drawn::Bars(bars) => (&bars.title, &bars.subtitle, drawn(of_bars(bars))),
            Drawn::Ladders(ladders, _) => (&ladders.title, &ladders.subtitle, drawn(of_ladders(ladders))),
            Drawn::Diagrams(diagrams) => (&diagrams.title, &diagrams.subtitle, drawn(of_diagrams(diagrams))),
            Drawn::Tables(tables) => (&tables.title, &tables.subtitle, drawn(of_tables(tables))),
        };
        Figure { name, title, subtitle, csv: csv(name), content }
    }
}

/// Charts over one x axis. What a chart marks itself is marked in all.
fn plotted<'a>(x: &'a Axis, charts: &'a [Chart], events: &'a [EventMark], spans: &'a [VerticalSpan]) -> Content<'a> {
    let layers = || charts.iter().flat_map(|chart| &chart.layers);
    let own_events = layers().filter_map(|layer| if let Layer::Event(event) = layer { Some(event) } else { None });
    let own_spans = layers().filter_map(|layer| if let Layer::Span(span) = layer { Some(span) } else { None });
    Content::Plotted {
        x: axis(x),
        seconds: seconds_per_unit(&x.label),
        square: charts.iter().any(|chart| chart.is_square),
        panels: charts.iter().map(panel).collect(),
        events: events.iter().chain(own_events).map(|event| Mark { label: &event.label, x: event.x }).collect(),
        spans: (spans.iter().chain(own_spans))
            .map(|span| Span { label: &span.label, from: span.from, to: span.to })
            .collect(),
    }
}

/// The file that has the numbers of a chart, whole.
fn csv(name: &str) -> Option<&'static str> {
    let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    match kind {
        "throughput" | "cwnd" | "queue" | "rtt" | "fairness" | "utilization" | "phase_plot" => Some("series.csv"),
        "flow_completion" | "slowdown" => Some("flows.csv"),
        "convergence" => Some("messages.csv"),
        "route_cost" | "topology" | "routing_tables" => Some("routes.csv"),
        _ => None,
    }
}

/// How many seconds a unit of a time axis is: `time (ms)` has thousandths. None for axes of other things.
fn seconds_per_unit(label: &str) -> Option<f64> {
    let unit = label.strip_prefix("time (")?.strip_suffix("s)")?;
    match unit {
        "" => Some(1.0),
        "m" => Some(1e-3),
        "µ" => Some(1e-6),
        "n" => Some(1e-9),
        "p" => Some(1e-12),
        "k" => Some(1e3),
        _ => None,
    }
}

fn axis(axis: &Axis) -> AxisData<'_> {
    let Axis { label, scale, min, max, names } = axis;
    AxisData { label, log: *scale == Scale::Log, min: *min, max: *max, names }
}

fn panel(chart: &Chart) -> Panel<'_> {
    let mut lines = 0;
    let layers = chart.layers.iter().filter_map(|one| layer(one, &mut lines)).collect();
    Panel { title: &chart.title, y: axis(&chart.y), layers }
}

/// A layer. `lines` counts the lines before it, by which those without a style of their own get one. Events and spans stand
/// beside the panels.
fn layer<'a>(layer: &'a Layer, lines: &mut usize) -> Option<LayerData<'a>> {
    Some(match layer {
        Layer::Line(line) => {
            let style = line.style.unwrap_or(*lines);
            *lines += 1;
            let (x, y) = pairs(&line.thinned(STRETCHES));
            LayerData::Line {
                label: &line.label,
                x,
                y,
                style,
                step: line.shape == LineShape::Step,
                dots: line.has_dots,
            }
        }
        Layer::Reference(reference) => LayerData::Reference {
            label: &reference.label,
            value: reference.value,
            vertical: reference.direction == Direction::Vertical,
        },
        Layer::Markers(markers) => {
            let (x, y) = pairs(&markers.points);
            let shape = match markers.shape {
                MarkerShape::Cross => "cross",
                MarkerShape::Triangle => "triangle",
                MarkerShape::Circle => "circle",
                MarkerShape::Square => "square",
            };
            LayerData::Markers { label: &markers.label, x, y, shape, tint: tint(markers.tint) }
        }
        Layer::Whiskers(whiskers) => {
            let [x, low, high] = triples(&whiskers.intervals);
            LayerData::Whiskers { label: &whiskers.label, x, low, high, tint: tint(whiskers.tint) }
        }
        Layer::Band(band) => {
            let [x, low, high] = triples(&band.points);
            LayerData::Band { label: &band.label, x, low, high, tint: tint(band.tint) }
        }
        Layer::Shading(shading) => {
            let (from, to) = pairs(&shading.intervals);
            LayerData::Shading { label: &shading.label, from, to, pattern: shading.pattern }
        }
        Layer::Trajectory(path) => {
            let (x, y) = pairs(&path.points);
            LayerData::Path { label: &path.label, x, y, tint: tint(path.tint), start: &path.start, end: &path.end }
        }
        Layer::Blocks(blocks) => {
            let of = |field: fn(&(f64, f64, f64, f64)) -> f64| Numbers(blocks.areas.iter().map(field).collect());
            let [x0, x1, y0, y1] = [of(|area| area.0), of(|area| area.1), of(|area| area.2), of(|area| area.3)];
            LayerData::Blocks { label: &blocks.label, x0, x1, y0, y1, pattern: blocks.pattern }
        }
        Layer::Span(_) | Layer::Event(_) => return None,
    })
}

fn tint(tint: Tint) -> TintData {
    match tint {
        Tint::Series(index) => TintData::Series(index),
        Tint::Alert => TintData::Word("alert"),
        Tint::Neutral => TintData::Word("neutral"),
    }
}

fn pairs(points: &[(f64, f64)]) -> (Numbers, Numbers) {
    let (x, y) = points.iter().copied().unzip();
    (Numbers(x), Numbers(y))
}

fn triples(points: &[(f64, f64, f64)]) -> [Numbers; 3] {
    let of = |field: fn(&(f64, f64, f64)) -> f64| Numbers(points.iter().map(field).collect());
    [of(|point| point.0), of(|point| point.1), of(|point| point.2)]
}

fn words<const N: usize>(columns: [&str; N]) -> Vec<String> {
    columns.map(str::to_owned).into()
}

fn number(value: f64) -> String {
    match rounded(value) {
        Rounded::Nothing(_) => String::new(),
        Rounded::Whole(whole) => whole.to_string(),
        Rounded::Broken(broken) => broken.to_string(),
    }
}

fn of_bars(bars: &BarChart) -> TableData {
    let columns =
        std::iter::once(bars.value.label.clone()).chain(bars.series.iter().map(|series| series.label.clone()));
    let row = |(at, category): (usize, &String)| {
        let values = bars.series.iter().map(|series| series.values.get(at).copied().map_or(String::new(), number));
        std::iter::once(category.clone()).chain(values).collect()
    };
    TableData { columns: columns.collect(), rows: bars.categories.iter().enumerate().map(row).collect() }
}

fn of_ladders(ladders: &Ladders) -> TableData {
    let unit = &ladders.unit;
    let mut table = TableData {
        columns: words(["ladder", "packet", "from", "to"])
            .into_iter()
            .chain([format!("leaves ({unit})"), format!("arrives ({unit})"), "what became of it".to_owned()])
            .collect(),
        rows: Vec::new(),
    };
    for ladder in &ladders.ladders {
        let place = |at: usize| ladder.places.get(at).cloned().unwrap_or_default();
        table.rows.extend(ladder.bands.iter().map(|band| {
            let end = band.mishap.clone().unwrap_or_else(|| "arrives".to_owned());
            let times = [number(band.leaves.0), number(band.arrives.1)];
            let [leaves, arrives] = times;
            vec![ladder.heading.clone(), band.label.clone(), place(band.from), place(band.to), leaves, arrives, end]
        }));
    }
    table
}

fn of_diagrams(diagrams: &Diagrams) -> TableData {
    let mut table = TableData { columns: words(["when", "node", "note", "packets go to"]), rows: Vec::new() };
    for diagram in &diagrams.diagrams {
        let name = |at: usize| diagram.nodes.get(at).map_or("", |node| node.name.as_str());
        for (at, node) in diagram.nodes.iter().enumerate() {
            let forward = diagram.edges.iter().filter(|edge| edge.from == at && edge.forward.is_some());
            let backward = diagram.edges.iter().filter(|edge| edge.to == at && edge.backward.is_some());
            let next: Vec<&str> =
                forward.map(|edge| name(edge.to)).chain(backward.map(|edge| name(edge.from))).collect();
            table.rows.push(vec![diagram.heading.clone(), node.name.clone(), node.note.clone(), next.join(", ")]);
        }
    }
    table
}

fn of_tables(tables: &Tables) -> TableData {
    let width = tables.tables.iter().map(|table| table.columns.len()).max().unwrap_or(0);
    let mut all = TableData {
        columns: words(["router and time", "table"]).into_iter().chain(vec![String::new(); width]).collect(),
        rows: Vec::new(),
    };
    let mut group = String::new();
    for table in &tables.tables {
        if !table.group.is_empty() {
            group.clone_from(&table.group);
        }
        let mut row = |cells: Vec<String>| {
            let mut row = vec![group.clone(), table.heading.clone()];
            row.extend(cells);
            row.resize(2 + width, String::new());
            all.rows.push(row);
        };
        row(table.columns.clone());
        for cells in &table.rows {
            row(cells.iter().map(|cell| cell.text.clone()).collect());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use plots::{Line, Markers};
    use serde_json::{Value as Json, json};

    use super::*;

    fn data(figure: Drawn) -> Json {
        let picture = Picture { named: Named::new("queue_2", figure), svg: "<svg/>".into() };
        serde_json::to_value(Figure::new(&picture)).expect("a figure is JSON")
    }

    #[test]
    fn a_chart_comes_as_numbers() {
        let chart = Chart::new("Queue", Axis::new("time (ms)"), Axis::new("packets").to(9.0))
            .with(Line::new("r1", vec![(0.0, 1.0), (0.1, f64::NAN), (0.2, 1.0 / 3.0)]).step())
            .with(Markers::new("drops", MarkerShape::Cross, vec![(0.2, 3.0)]));
        let data = data(Drawn::Chart(chart));
        assert_eq!((&data["csv"], &data["seconds"]), (&json!("series.csv"), &json!(1e-3)));
        assert_eq!(data["panels"][0]["y"]["max"], 9.0);
        let line = &data["panels"][0]["layers"][0];
        assert_eq!((&line["x"], &line["y"]), (&json!([0, 0.1, 0.2]), &json!([1, null, 0.3333333])));
        assert_eq!((&line["kind"], &line["style"], &line["step"]), (&json!("line"), &json!(0), &json!(true)));
        assert_eq!(data["panels"][0]["layers"][1]["tint"], "alert");
    }

    #[test]
    fn a_picture_comes_with_a_table() {
        let bars = BarChart::new("Delays", Axis::new("delay (ms)"), ["a to b", "b to c"])
            .with(plots::BarSeries::new("waiting", vec![0.5, 2.0]));
        let data = data(Drawn::Bars(bars));
        assert_eq!(data["svg"], "<svg/>");
        let table = json!({ "columns": ["delay (ms)", "waiting"], "rows": [["a to b", "0.5"], ["b to c", "2"]] });
        assert_eq!(data["table"], table);
    }

    #[test]
    fn numbers_have_seven_digits() {
        for (value, text) in
            [(0.1 + 0.2, "0.3"), (123_456.789_012, "123456.8"), (2e6, "2000000"), (1.25e-9, "0.00000000125")]
        {
            assert_eq!(number(value), text);
        }
    }
}
