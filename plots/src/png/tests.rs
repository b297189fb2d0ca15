use super::*;
use crate::{Axis, Chart, Line, Size};

fn svg() -> String {
    Chart::new("Title", Axis::new("time (s)"), Axis::new("queue (packets)"))
        .with(Line::new("queue", vec![(0.0, 1.0), (1.0, 5.0)]))
        .to_svg(Size::default())
}

/// Width and height as the header of the file says.
fn dimensions(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_png_has_the_size_of_the_svg_times_the_scale() {
    assert_eq!(dimensions(&to_png(&svg(), 1.0).unwrap()), (1200, 675));
    assert_eq!(dimensions(&to_png(&svg(), 0.5).unwrap()), (600, 338));
}

#[test]
fn the_png_shows_lines_and_letters() {
    let png = to_png(&svg(), 1.0).unwrap();
    let pixels = Pixmap::decode_png(&png).unwrap();
    let is_dark = |x: u32, y: u32| pixels.pixel(x, y).is_some_and(|p| p.red() < 100 && p.blue() < 100);
    let dark = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
        y.flat_map(|y| x.clone().map(move |x| (x, y))).filter(|&(x, y)| is_dark(x, y)).count()
    };
    assert!(dark(24..120, 20..50) > 100, "no title");
    assert!(dark(40..80, 100..600) > 400, "no axis");
    let is_blue = |p: &&resvg::tiny_skia::PremultipliedColorU8| p.red() < 60 && p.blue() > 150;
    assert!(pixels.pixels().iter().filter(is_blue).count() > 1000, "no line");
}

#[test]
fn the_width_table_agrees_with_the_font() {
    use crate::text::{Weight, width};
    let text = "Throughput of 12 flows (Mbit/s), seed 1: fair share R/k";
    for (weight, attribute) in [(Weight::Regular, "normal"), (Weight::Bold, "bold")] {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"2000\" height=\"100\">\
             <text y=\"50\" font-family=\"{FAMILY}\" font-size=\"20\" font-weight=\"{attribute}\">{text}</text></svg>"
        );
        let options = Options { fontdb: Arc::new(fonts()), ..Options::default() };
        let tree = Tree::from_str(&svg, &options).unwrap();
        let drawn = f64::from(tree.root().abs_bounding_box().width());
        let estimated = width(text, 20.0, weight);
        assert!((estimated / drawn - 1.0).abs() < 0.03, "{weight:?}: {estimated} against {drawn}");
    }
}

#[test]
fn what_is_not_svg_is_refused_with_a_reason() {
    assert!(matches!(to_png("hello", 1.0), Err(PlotError::NotSvg(_))));
}

#[test]
fn a_scale_without_sense_is_refused() {
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e9] {
        assert!(matches!(to_png(&svg(), scale), Err(PlotError::Size { .. })), "{scale}");
    }
}

#[test]
fn long_names_stay_within_the_picture() {
    let long = "Wide Words With Many Ms: MMMM & 漢字 🎉 ".repeat(9);
    let svg = Chart::new(long.clone(), Axis::new(long.clone()), Axis::new(long.clone()))
        .subtitle(long.clone())
        .with(Line::new(long.clone(), vec![(0.0, 1.0), (1.0, 2.0)]))
        .with(crate::Reference::horizontal(long.clone(), 1.0))
        .with(crate::EventMark::new(long, 0.9))
        .to_svg(Size::default());
    let options = Options { fontdb: Arc::new(fonts()), ..Options::default() };
    let bounds = Tree::from_str(&svg, &options).unwrap().root().abs_bounding_box();
    assert!(bounds.left() >= 0.0 && bounds.right() <= 1200.0, "{bounds:?}");
}
