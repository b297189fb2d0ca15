use super::*;

fn delays() -> BarChart {
    BarChart::new("Delays", Axis::new("delay (ms)"), ["A–B", "B–C"])
        .stacked()
        .with(BarSeries::new("processing", vec![0.01, 0.02]))
        .with(BarSeries::new("queueing", vec![5.0, 0.0]))
        .with(BarSeries::new("propagation", vec![10.0, 20.0]))
}

#[test]
fn stacked_bars_print_their_parts_and_their_sum() {
    let svg = delays().to_svg(Size::default());
    for text in [">5<", ">10<", ">15<", ">20<", "processing 0.01"] {
        assert!(svg.contains(text), "{text} is missing");
    }
}

#[test]
fn each_part_of_a_stack_begins_where_the_last_one_ended() {
    let bars = delays().bars();
    assert_eq!(bars.len(), 6);
    assert_eq!(bars[1].base, bars[0].end);
    assert_eq!(bars[2].base, bars[1].end);
    assert_eq!(bars[3].base, 0.0);
}

#[test]
fn grouped_bars_stand_beside_each_other() {
    let chart = BarChart { arrangement: Arrangement::Grouped, ..delays() };
    let bars = chart.bars();
    assert!(bars[0].far <= bars[1].near);
    assert!(bars[1].far <= bars[2].near + 1e-12);
    assert!(bars.iter().all(|bar| bar.base == 0.0));
}

#[test]
fn a_missing_value_has_no_bar() {
    let chart = BarChart::new("", Axis::new(""), ["a", "b", "c"]).with(BarSeries::new("s", vec![1.0, f64::NAN]));
    assert_eq!(chart.bars().len(), 1);
}

#[test]
fn bars_without_values_say_so() {
    let empty = BarChart::new("Empty", Axis::new("delay (ms)"), Vec::<String>::new());
    assert!(empty.to_svg(Size::default()).contains("no data"));
    assert!(empty.vertical().to_svg(Size::default()).contains("no data"));
}

#[test]
fn every_hatch_that_is_used_is_defined_once() {
    let svg = delays().to_svg(Size::default());
    for id in ["plots-hatch-1-1", "plots-hatch-2-2"] {
        assert_eq!(svg.matches(&format!("<pattern id=\"{id}\"")).count(), 1);
        assert!(svg.contains(&format!("url(#{id})")));
    }
}

#[test]
fn many_lying_bars_make_the_picture_higher() {
    let names = (0..60).map(|i| format!("hop {i}"));
    let chart = BarChart::new("", Axis::new(""), names).with(BarSeries::new("s", vec![1.0; 60]));
    assert!(!chart.to_svg(Size::default()).contains("height=\"675\""));
}
