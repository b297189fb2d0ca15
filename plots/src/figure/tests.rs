use super::*;
use crate::{MarkerShape, Markers, Panels, Tint, Whiskers};

fn axes() -> (Axis, Axis) {
    (Axis::new("time (s)"), Axis::new("throughput (Mbit/s)"))
}

fn chart() -> Chart {
    let (x, y) = axes();
    Chart::new("Title", x, y)
}

fn svg_of(layer: impl Into<Layer>) -> String {
    chart().with(layer).to_svg(Size::default())
}

fn polylines(svg: &str) -> usize {
    svg.matches("stroke-width=\"25\"").count()
}

#[test]
fn a_line_breaks_where_its_value_is_missing() {
    let whole = Line::new("flow", vec![(0.0, 1.0), (1.0, 2.0), (2.0, 1.0), (3.0, 2.0)]);
    let broken = Line::new("flow", vec![(0.0, 1.0), (1.0, 2.0), (1.5, f64::NAN), (2.0, 1.0), (3.0, 2.0)]);
    assert_eq!(polylines(&svg_of(whole)), 1);
    assert_eq!(polylines(&svg_of(broken)), 2);
}

#[test]
fn a_line_of_one_point_is_seen_as_a_dot() {
    assert!(svg_of(Line::new("flow", vec![(1.0, 1.0)])).contains("<circle"));
}

#[test]
fn zero_breaks_a_line_on_a_logarithmic_axis() {
    let chart = Chart { y: Axis::new("y").log(), ..chart() };
    let line = Line::new("flow", vec![(0.0, 1.0), (1.0, 2.0), (2.0, 0.0), (3.0, 1.0), (4.0, 2.0)]);
    assert_eq!(polylines(&chart.with(line).to_svg(Size::default())), 2);
}

#[test]
fn lines_are_dashed_from_the_second_on() {
    let points = vec![(0.0, 1.0), (1.0, 2.0)];
    assert!(!svg_of(Line::new("flow", points.clone())).contains("stroke-dasharray"));
    assert!(svg_of(Line::new("flow", points).style(1)).contains("stroke-dasharray=\"120 50\""));
}

#[test]
fn titles_and_names_are_escaped() {
    let svg = Chart { title: "<b> & \"c\"".into(), ..chart() }
        .subtitle("a 'quote' </svg>")
        .with(Line::new("<flow>", vec![(0.0, 1.0), (1.0, 1.0)]))
        .to_svg(Size::default());
    assert!(svg.contains("&lt;b&gt; &amp; &quot;c&quot;"));
    assert!(svg.contains("a &#39;quote&#39; &lt;/svg&gt;"));
    assert!(svg.contains("&lt;flow&gt;"));
    assert!(!svg.contains("<b>") && !svg.contains("<flow>"));
}

#[test]
fn a_chart_without_data_says_so() {
    assert!(chart().to_svg(Size::default()).contains("no data"));
    assert!(svg_of(Line::new("flow", vec![])).contains("no data"));
    assert!(svg_of(Line::new("flow", vec![(f64::NAN, 1.0), (1.0, f64::INFINITY)])).contains("no data"));
    assert!(!svg_of(Line::new("flow", vec![(1.0, 1.0)])).contains("no data"));
    assert!(Panels::new("Empty", Axis::new("time (s)")).to_svg(Size::default()).contains("no data"));
}

#[test]
fn the_same_chart_gives_the_same_bytes() {
    let line = Line::new("flow", (0..9000).map(|i| (f64::from(i), f64::from(i * 7919 % 101))).collect());
    let chart = chart().with(line).with(Reference::horizontal("limit", 64.0)).with(EventMark::new("loss", 12.0));
    assert_eq!(chart.to_svg(Size::default()), chart.clone().to_svg(Size::default()));
}

#[test]
fn a_million_points_make_a_small_file() {
    let points = (0..1_000_000).map(|i| (f64::from(i), f64::from(i % 1000))).collect();
    let svg = svg_of(Line::new("queue", points).step());
    assert!(svg.len() < 200_000, "{} bytes", svg.len());
}

#[test]
fn the_legend_and_the_references_are_named() {
    let svg = chart()
        .with(Line::new("flow 1", vec![(0.0, 1.0), (1.0, 2.0)]))
        .with(Markers::new("drops", MarkerShape::Cross, vec![(0.5, 1.0)]))
        .with(Reference::horizontal("fair share", 5.0))
        .with(Reference::vertical("deadline", 0.5))
        .with(VerticalSpan::new("outage", 0.2, 0.3).tint(Tint::Alert))
        .to_svg(Size::default());
    for name in ["flow 1", "drops", "fair share", "deadline", "outage"] {
        assert!(svg.contains(&format!(">{name}</text>")), "{name} is missing");
    }
}

#[test]
fn the_axis_grows_to_contain_a_reference() {
    let svg = chart()
        .with(Line::new("flow 1", vec![(0.0, 1.0), (1.0, 2.0)]))
        .with(Reference::horizontal("link rate", 100.0))
        .to_svg(Size::default());
    assert!(svg.contains(">100</text>"));
}

#[test]
fn legend_rows_leave_room_for_the_names_of_references() {
    let rows = legend_rows(4, &[130.0, 180.0], 100.0);
    assert_eq!(rows, [141.0, 191.0, 217.0, 243.0]);
}

#[test]
fn names_of_close_references_are_moved_apart() {
    assert_eq!(spread(&[50.0, 55.0, 120.0], 0.0, 200.0), [50.0, 72.0, 120.0]);
    assert_eq!(spread(&[195.0, 198.0], 0.0, 200.0), [178.0, 200.0]);
}

#[test]
fn panels_share_one_horizontal_axis() {
    let panel =
        |title: &str| Chart { title: title.into(), ..chart() }.with(Line::new(title, vec![(0.0, 1.0), (10.0, 2.0)]));
    let svg = Panels::new("Both", Axis::new("time (s)"))
        .with(panel("Throughput"))
        .with(panel("Queue"))
        .event(EventMark::new("flow 2 starts", 5.0))
        .to_svg(Size::default());
    assert_eq!(svg.matches(">time (s)</text>").count(), 1);
    assert_eq!(svg.matches(">flow 2 starts</text>").count(), 1);
    assert!(svg.contains(">Throughput</text>") && svg.contains(">Queue</text>"));
}

#[test]
fn a_description_of_the_caller_replaces_the_summary() {
    let line = || Line::new("flow 1", vec![(0.0, 1.0), (1.0, 2.0)]);
    assert!(chart().with(line()).to_svg(Size::default()).contains("Line flow 1: 1 to 2."));
    let svg = chart().with(line()).description("Two words.").to_svg(Size::default());
    assert!(svg.contains(">Two words.</desc>"));
}

#[test]
fn all_texts_are_at_least_sixteen_pixels_high() {
    let svg = svg_of(Line::new("flow", vec![(0.0, 1.0), (1.0, 2.0)]));
    let sizes = svg.split("font-size=\"").skip(1).map(|rest| rest[..rest.find('"').unwrap()].parse::<f64>().unwrap());
    assert!(sizes.into_iter().all(|size| size >= 16.0));
}

mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::{Arrangement, BarChart, BarSeries};

    /// Numbers as they come, and often those that make trouble.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>(),
            -1e3..1e3,
            prop::sample::select(vec![0.0, -0.0, 1.0, 5e-324, f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, 1e140]),
        ]
    }

    fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop_oneof![
            prop::collection::vec((number(), number()), 0..12),
            (number(), number(), 0..5_usize).prop_map(|(x, y, count)| vec![(x, y); count]),
        ]
    }

    fn intervals() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
        prop::collection::vec((number(), number(), number()), 0..6)
    }

    fn layer() -> impl Strategy<Value = Layer> {
        let shape = prop::sample::select(vec![
            MarkerShape::Cross,
            MarkerShape::Triangle,
            MarkerShape::Circle,
            MarkerShape::Square,
        ]);
        prop_oneof![
            (any::<String>(), points(), any::<Option<usize>>())
                .prop_map(|(label, points, style)| Layer::Line(Line { style, ..Line::new(label, points) })),
            (any::<String>(), points()).prop_map(|(label, points)| Line::new(label, points).step().dots().into()),
            (any::<String>(), number()).prop_map(|(label, y)| Reference::horizontal(label, y).into()),
            (any::<String>(), number()).prop_map(|(label, x)| Reference::vertical(label, x).into()),
            (any::<String>(), shape, points()).prop_map(|(label, s, points)| Markers::new(label, s, points).into()),
            (any::<String>(), intervals()).prop_map(|(label, points)| Band::new(label, points).into()),
            (any::<String>(), intervals()).prop_map(|(label, points)| Whiskers::new(label, points).into()),
            (any::<String>(), number(), number()).prop_map(|(label, a, b)| VerticalSpan::new(label, a, b).into()),
            (any::<String>(), number()).prop_map(|(label, x)| EventMark::new(label, x).into()),
        ]
    }

    fn axis() -> impl Strategy<Value = Axis> {
        let end = || prop::option::of(number());
        (any::<String>(), any::<bool>(), end(), end()).prop_map(|(label, is_log, min, max)| {
            let axis = Axis { min, max, ..Axis::new(label) };
            if is_log { axis.log() } else { axis }
        })
    }

    fn any_chart() -> impl Strategy<Value = Chart> {
        (any::<String>(), axis(), axis(), prop::collection::vec(layer(), 0..6))
            .prop_map(|(title, x, y, layers)| Chart { layers, ..Chart::new(title, x, y) })
    }

    /// What a picture must be, whatever it shows.
    fn check(svg: &str) {
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("role=\"img\"") && svg.contains("<desc"));
        #[cfg(feature = "png")]
        resvg::usvg::Tree::from_str(svg, &resvg::usvg::Options::default()).expect("the document parses");
    }

    proptest! {
        #[test]
        fn any_chart_can_be_drawn(chart in any_chart(), width in 0..3000_u32, height in 0..3000_u32) {
            check(&chart.to_svg(Size::new(width, height)));
        }

        #[test]
        fn any_panels_can_be_drawn(x in axis(), charts in prop::collection::vec(any_chart(), 0..4)) {
            check(&Panels { charts, ..Panels::new("panels", x) }.to_svg(Size::default()));
        }

        #[test]
        fn any_bars_can_be_drawn(
            value in axis(),
            categories in prop::collection::vec(any::<String>(), 0..6),
            series in prop::collection::vec((any::<String>(), prop::collection::vec(number(), 0..8)), 0..6),
            is_stacked: bool,
            is_vertical: bool,
        ) {
            let arrangement = if is_stacked { Arrangement::Stacked } else { Arrangement::Grouped };
            let direction = if is_vertical { Direction::Vertical } else { Direction::Horizontal };
            let series = series.into_iter().map(|(label, values)| BarSeries::new(label, values)).collect();
            let bars = BarChart { arrangement, direction, series, ..BarChart::new("bars", value, categories) };
            check(&bars.to_svg(Size::default()));
        }
    }
}
