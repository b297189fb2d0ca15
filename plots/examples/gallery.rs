//! Sample charts with made-up numbers, to look at when the drawing code changes.
//!
//! `cargo run -p plots --example gallery -- some/directory` writes each as SVG and as PNG.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use plots::{
    Axis, Band, BarChart, BarSeries, Blocks, Bracket, Cell, Chart, Diagram, DiagramEdge, DiagramNode, DiagramWords,
    Diagrams, EventMark, Label, Ladder, Ladders, Line, MarkerShape, Markers, NodeLook, NodeShape, Panels, Reference,
    Shading, Size, Tables, TextTable, Tint, Trajectory, Travel, TravelStyle, VerticalSpan, WayStyle, Whiskers,
};

type Points = Vec<(f64, f64)>;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).ok_or("usage: gallery <directory>")?);
    fs::create_dir_all(&directory)?;
    let size = Size::default();
    let pictures = [
        ("two-flows", two_flows().to_svg(size)),
        ("sawtooth", sawtooth().to_svg(size)),
        ("queue", queue().to_svg(size)),
        ("panels", panels().to_svg(Size::new(1200, 900))),
        ("small", two_flows().to_svg(Size::new(640, 400))),
        ("twelve-flows-small", many_flows(12).to_svg(Size::new(640, 400))),
        ("twelve-flows", many_flows(12).to_svg(size)),
        ("forty-flows", many_flows(40).to_svg(size)),
        ("log-log", log_log().to_svg(size)),
        ("styles", styles().to_svg(size)),
        ("delay-anatomy", delay_anatomy().to_svg(size)),
        ("delay-anatomy-standing", delay_anatomy().vertical().to_svg(size)),
        ("shares", shares().to_svg(size)),
        ("costs", costs().to_svg(size)),
        ("events", events().to_svg(size)),
        ("phases", phases().to_svg(size)),
        ("phase-plot", phase_plot().to_svg(Size::new(1100, 860))),
        ("segments", segments().to_svg(size)),
        ("ladders", ladders().to_svg(Size::new(760, 620))),
        ("blocks", blocks().to_svg(Size::new(1200, 760))),
        ("diagram", diagram().to_svg(size)),
        ("diagram-of-many", diagram_of_many(20, 34).to_svg(size)),
        ("diagram-of-dots", diagram_of_many(200, 260).to_svg(size)),
        ("tables", tables().to_svg(size)),
        ("hostile-names", hostile_names().to_svg(size)),
        ("no-data", Chart::new("Nothing was sent", Axis::new("time (s)"), Axis::new("queue (packets)")).to_svg(size)),
    ];
    for (name, svg) in pictures {
        fs::write(directory.join(name).with_extension("svg"), &svg)?;
        #[cfg(feature = "png")]
        {
            fs::write(directory.join(name).with_extension("png"), plots::to_png(&svg, 1.0)?)?;
            fs::write(directory.join(format!("{name}-grey.png")), plots::to_png(&grey(&svg), 1.0)?)?;
        }
    }
    Ok(())
}

/// The same picture as a laser printer shows it.
#[cfg(feature = "png")]
fn grey(svg: &str) -> String {
    let mut parts = svg.split("=\"#");
    let mut grey = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let channel = |at: usize| part.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).map(f64::from);
        match (channel(0), channel(2), channel(4)) {
            (Some(red), Some(green), Some(blue)) => {
                let level = (0.299 * red + 0.587 * green + 0.114 * blue).round() as u8;
                grey += &format!("=\"#{level:02x}{level:02x}{level:02x}{}", &part[6..]);
            }
            _ => grey += &format!("=\"#{part}"),
        }
    }
    grey
}

/// Noise without a random number generator: the same on every machine.
fn noise(i: u32) -> f64 {
    let mixed = i.wrapping_mul(2_654_435_761) ^ (i << 7).wrapping_mul(40_503);
    f64::from(mixed >> 8) / f64::from(u32::MAX >> 8) - 0.5
}

fn series(from: f64, to: f64, step: f64, value: impl Fn(f64, u32) -> f64) -> Points {
    let count = ((to - from) / step).round() as u32;
    (0..=count).map(|i| (from + f64::from(i) * step, i)).map(|(t, i)| (t, value(t, i))).collect()
}

fn flow_1(t: f64, i: u32) -> f64 {
    let mean = if t < 10.0 { 9.4 } else { 5.0 + 4.4 * (-(t - 10.0) / 4.0).exp2() };
    (mean + 1.1 * noise(i)).clamp(0.0, 10.0)
}

fn flow_2(t: f64, i: u32) -> f64 {
    (4.9 - 4.9 * (-(t - 10.0) / 4.0).exp2() + 1.1 * noise(i + 7000)).clamp(0.0, 10.0)
}

fn two_flows() -> Chart {
    Chart::new("Two Reno flows come to share a link", Axis::new("time (s)"), Axis::new("throughput (Mbit/s)"))
        .subtitle("experiments/fairness.json, seed 1: the second flow starts 10 s after the first")
        .with(Line::new("flow 1", series(0.0, 60.0, 0.5, flow_1)))
        .with(Line::new("flow 2", series(10.0, 60.0, 0.5, flow_2)))
        .with(Reference::horizontal("fair share R/2", 5.0))
        .with(Reference::horizontal("link rate R", 10.0))
        .with(EventMark::new("flow 2 starts", 10.0))
}

/// Window, threshold and the moments of loss of a textbook sender.
fn window() -> [Points; 4] {
    let (mut cwnd, mut ssthresh) = (1.0_f64, 64.0_f64);
    let (mut windows, mut thresholds, mut losses, mut timeouts) = (vec![], vec![], vec![], vec![]);
    for round in 0..150 {
        let t = f64::from(round) * 0.1;
        windows.push((t, cwnd));
        thresholds.push((t, ssthresh));
        let limit = 44.0 + 6.0 * noise(round);
        if round == 90 {
            timeouts.push((t, cwnd));
            ssthresh = (cwnd / 2.0).max(2.0);
            cwnd = 1.0;
        } else if cwnd >= limit {
            losses.push((t, cwnd));
            ssthresh = (cwnd / 2.0).max(2.0);
            cwnd = ssthresh;
        } else if cwnd < ssthresh {
            cwnd = (cwnd * 2.0).min(ssthresh);
        } else {
            cwnd += 1.0;
        }
    }
    [windows, thresholds, losses, timeouts]
}

fn sawtooth() -> Chart {
    let [windows, thresholds, losses, timeouts] = window();
    Chart::new("The sawtooth: probe, lose, halve", Axis::new("time (s)"), Axis::new("window (segments)"))
        .subtitle("one Reno flow, 10 Mbit/s, RTT 100 ms, seed 1")
        .with(VerticalSpan::new("slow start", 0.0, 0.6).tint(Tint::Series(4)))
        .with(VerticalSpan::new("slow start", 9.1, 9.6).tint(Tint::Series(4)))
        .with(Line::new("cwnd", windows))
        .with(Line::new("ssthresh", thresholds).step())
        .with(Markers::new("three duplicate ACKs", MarkerShape::Triangle, losses))
        .with(Markers::new("timeout", MarkerShape::Cross, timeouts))
        .with(Reference::horizontal("BDP", 28.0))
}

fn queue_points() -> [Points; 2] {
    let points = series(0.0, 20.0, 0.002, |t, i| {
        let phase = (t / 2.5).fract();
        (8.0 + 64.0 * phase + 10.0 * noise(i)).clamp(0.0, 64.0).round()
    });
    let drops = points.iter().copied().filter(|&(t, y)| y >= 64.0 && noise((t * 1e4) as u32) > 0.44).collect();
    [points, drops]
}

fn queue() -> Chart {
    let [points, drops] = queue_points();
    Chart::new("A full queue drops what comes", Axis::new("time (s)"), Axis::new("queue (packets)"))
        .subtitle("10 001 samples; each pixel column keeps its extremes")
        .with(Line::new("queue at the bottleneck", points).step())
        .with(Markers::new("drop", MarkerShape::Cross, drops))
        .with(Reference::horizontal("limit 64", 64.0))
}

fn panels() -> Panels {
    let [points, drops] = queue_points();
    let time = || Axis::new("time (s)");
    let outage = |points: Points| -> Points {
        points.into_iter().map(|(t, y)| (t, if (8.0..9.5).contains(&t) { f64::NAN } else { y })).collect()
    };
    Panels::new("What one flow does to the queue", time())
        .subtitle("dumbbell, drop tail, seed 7")
        .span(VerticalSpan::new("link down", 8.0, 9.5).tint(Tint::Alert))
        .event(EventMark::new("flow 2 starts", 5.0))
        .event(EventMark::new("flow 1 ends", 17.0))
        .with(
            Chart::new("Throughput", time(), Axis::new("Mbit/s"))
                .with(Line::new("flow 1", outage(series(0.0, 17.0, 0.1, |t, i| flow_1(t + 5.0, i)))).style(0))
                .with(Line::new("flow 2", outage(series(5.0, 20.0, 0.1, |t, i| flow_2(t + 5.0, i)))).style(1))
                .with(Reference::horizontal("fair share", 5.0)),
        )
        .with(
            Chart::new("Queue", time(), Axis::new("packets"))
                .with(Line::new("bottleneck", points).style(2))
                .with(Markers::new("drop", MarkerShape::Cross, drops))
                .with(Reference::horizontal("limit 64", 64.0)),
        )
        .with(
            Chart::new("Round-trip time", time(), Axis::new("ms"))
                .with(Band::new("range over 20 seeds", band()).tint(Tint::Series(3)))
                .with(
                    Line::new("median", band().iter().map(|&(t, low, high)| (t, (low + high) / 2.0)).collect())
                        .style(3),
                ),
        )
}

fn band() -> Vec<(f64, f64, f64)> {
    series(0.0, 20.0, 0.1, |t, i| 40.0 + 25.0 * (t / 2.5).fract() + 4.0 * noise(i))
        .into_iter()
        .enumerate()
        .map(|(i, (t, y))| (t, y - 6.0 - 3.0 * noise(i as u32 + 99), y + 7.0 + 3.0 * noise(i as u32 + 55)))
        .collect()
}

fn many_flows(count: u32) -> Chart {
    let chart = Chart::new(
        format!("{count} flows through one bottleneck"),
        Axis::new("time (s)"),
        Axis::new("throughput (Mbit/s)"),
    )
    .subtitle("parking lot, seed 3")
    .with(Reference::horizontal("fair share", 12.0));
    (0..count).fold(chart, |chart, flow| {
        let level = f64::from(flow + 1) * 24.0 / f64::from(count + 1);
        let points = series(0.0, 30.0, 0.25, |t, i| {
            let settled = 12.0 + (level - 12.0) * (0.25 + 0.75 * (-t / 12.0).exp2());
            settled + 0.5 * noise(i + 1000 * flow)
        });
        chart.with(Line::new(format!("flow {} (cubic)", flow + 1), points))
    })
}

fn log_log() -> Chart {
    let rates: Vec<f64> = (0..13).map(|i| 1e-5 * (f64::from(i) * 0.3322 * 1.0).exp2().powi(3)).collect();
    let formula = |p: f64| 1460.0 * 8.0 / 0.1 * (1.5 / p).sqrt() / 1e6;
    let measured: Points =
        rates.iter().enumerate().map(|(i, &p)| (p, formula(p) * (0.86 + 0.2 * noise(i as u32 + 3)))).collect();
    let intervals = measured.iter().map(|&(p, y)| (p, y * 0.85, y * 1.17)).collect();
    Chart::new(
        "Throughput falls with the square root of loss",
        Axis::new("loss probability").log(),
        Axis::new("throughput (Mbit/s)").log(),
    )
    .subtitle("Reno, RTT 100 ms, 20 runs each with 95 % intervals")
    .with(Line::new("Mathis formula", rates.iter().map(|&p| (p, formula(p))).collect()).style(1))
    .with(Line::new("measured", measured).style(0).dots())
    .with(Whiskers::new("", intervals).tint(Tint::Series(0)))
    .with(Reference::vertical("1 % loss", 0.01))
}

fn styles() -> Chart {
    let chart = Chart::new("Sixteen line styles", Axis::new("x"), Axis::new("style"));
    (0..16_u32).fold(chart, |chart, i| {
        let y = f64::from(i + 1);
        chart.with(Line::new(format!("style {i}"), series(0.0, 10.0, 0.1, |t, _| y + 0.3 * (t * 1.5).sin())))
    })
}

fn costs() -> Chart {
    let steps = |changes: &[(f64, f64)]| changes.to_vec();
    Chart::new("Counting to infinity", Axis::new("time (s)"), Axis::new("cost of reaching x"))
        .subtitle("the cable x–y now costs 60; y and z teach each other")
        .with(
            Line::new("y", steps(&[(0.0, 4.0), (1.0, 6.0), (3.0, 8.0), (5.0, 10.0), (7.0, 12.0), (10.0, 12.0)])).step(),
        )
        .with(
            Line::new("z", steps(&[(0.0, 5.0), (2.0, 7.0), (4.0, 9.0), (6.0, 11.0), (8.0, 13.0), (10.0, 13.0)])).step(),
        )
        .with(EventMark::new("c(x, y) = 60", 1.0))
}

fn events() -> Chart {
    let names = ["flow 2 starts", "link a–b down", "first update", "table of c changes", "link a–b up", "converged"];
    let chart = Chart::new("A busy second", Axis::new("time (s)"), Axis::new("messages (per 10 ms)")).with(Line::new(
        "messages",
        series(0.0, 4.0, 0.01, |t, i| (6.0 * (t * 3.0).sin().abs() + 3.0 * noise(i)).max(0.0)),
    ));
    let chart = names
        .into_iter()
        .enumerate()
        .fold(chart, |chart, (i, name)| chart.with(EventMark::new(name, 1.5 + 0.13 * i as f64)));
    chart
        .with(EventMark::new("the end of it all", 3.97))
        .with(VerticalSpan::new("loops possible", 1.63, 2.15).tint(Tint::Alert))
        .with(VerticalSpan::new("quiet", 2.6, 3.4))
}

fn phases() -> Chart {
    let window = |t: f64| if t < 10.0 { 4.0 * libm::pow(1.25, t) } else { 18.0 + (t - 10.0) % 12.0 };
    let points = (0..600).map(|i| (f64::from(i) / 10.0, window(f64::from(i) / 10.0))).collect();
    Chart::new("The phases of a window", Axis::new("time (s)"), Axis::new("window (kB)"))
        .with(Shading::new("slow start", Some(0), vec![(0.0, 10.0)]))
        .with(Shading::new("congestion avoidance", None, vec![(10.5, 22.0), (23.0, 60.0)]))
        .with(Shading::new("fast recovery", Some(1), vec![(10.0, 10.5), (22.0, 22.1), (34.0, 34.1)]))
        .with(Shading::new("recovery after timeout", Some(3), vec![(46.0, 49.0)]))
        .with(Line::new("cwnd", points).step().style(0))
        .with(Markers::new("timeout", MarkerShape::Cross, vec![(46.0, 30.0)]))
}

/// Two flows that both add a step until the link is full, and then both halve.
fn phase_plot() -> Chart {
    let (mut x, mut y) = (1.0, 39.0);
    let mut path = vec![(x, y)];
    for _ in 0..120 {
        (x, y) = if x + y >= 50.0 { (x / 2.0, y / 2.0) } else { (x + 1.0, y + 1.0) };
        path.push((x, y));
    }
    let axis = |name: &str| Axis::new(format!("rate of {name} (Mbit/s)")).from(0.0).to(52.0);
    Chart::new("Two flows agree", axis("A"), axis("B"))
        .subtitle("additive increase, multiplicative decrease")
        .square()
        .with(Line::new("equal shares", vec![(0.0, 0.0), (52.0, 52.0)]).style(5))
        .with(Line::new("full link", vec![(0.0, 50.0), (50.0, 0.0)]).style(61))
        .with(Trajectory::new("darker with time", path).ends("start", "end"))
}

fn segments() -> Chart {
    let bar = |i: u32| (f64::from(i / 8) + 0.05 * f64::from(i % 8), f64::from(i) * 1.5, f64::from(i + 1) * 1.5);
    let acked = (0..60).map(|i| (bar(i).0 + 1.0, bar(i).2)).collect();
    Chart::new("Sequence numbers", Axis::new("time (s)"), Axis::new("sequence number (kB)"))
        .with(Line::new("acknowledged", acked).step().style(2))
        .with(Whiskers::new("segment sent", (0..60).map(bar).collect()).bare().tint(Tint::Series(0)))
        .with(Markers::new("lost", MarkerShape::Cross, vec![(bar(20).0, bar(20).1)]))
}

fn ladders() -> Ladders {
    let data = |at: f64, number: u32, style: TravelStyle| Travel {
        from: 0,
        to: 1,
        leaves: (at, at + 10.0),
        arrives: (at + 20.0, at + 30.0),
        reach: 1.0,
        style,
        mishap: None,
        label: format!("packet {number}"),
    };
    let ack = |at: f64, style: TravelStyle| Travel {
        from: 1,
        to: 0,
        leaves: (at, at),
        arrives: (at + 20.0, at + 20.0),
        ..data(at, 0, style)
    };
    let lost = |travel: Travel| Travel { reach: 0.7, mishap: Some("lost".into()), ..travel };
    let one = Ladder {
        heading: "Stop-and-wait".into(),
        places: vec!["sender".into(), "receiver".into()],
        bands: vec![
            data(0.0, 1, TravelStyle::First),
            ack(30.0, TravelStyle::Answer),
            lost(data(50.0, 2, TravelStyle::First)),
            data(130.0, 2, TravelStyle::Again),
            ack(160.0, TravelStyle::Answer),
        ],
        brackets: vec![Bracket { from: 50.0, until: 130.0 }],
        left: vec![
            Label::new(5.0, "pkt 1"),
            Label::new(55.0, "pkt 2"),
            Label::new(130.0, "timeout after 80 ms").important(),
            Label::new(135.0, "pkt 2 again"),
        ],
        right: vec![Label::new(30.0, "ACK 1"), Label::new(160.0, "ACK 2")],
        ..Ladder::default()
    };
    let mut many = Ladder { heading: "Window 4".into(), brackets: Vec::new(), left: Vec::new(), ..one.clone() };
    many.bands = (0..4).map(|i| data(10.0 * f64::from(i), i, TravelStyle::First)).collect();
    many.bands[1] = lost(many.bands[1].clone());
    many.left = (0..4).map(|i| Label::new(10.0 * f64::from(i) + 5.0, format!("pkt {i}"))).collect();
    many.bands.extend([30.0, 50.0, 60.0].map(|at| ack(at, TravelStyle::AnswerAgain)));
    let ladders = vec![one, many];
    Ladders { subtitle: "10 ms to send a packet".into(), ladders, ..Ladders::new("Two protocols", "ms", 0.0, 190.0) }
}

fn hostile_names() -> Chart {
    let long = "an experiment whose author liked long names and did not stop ".repeat(4);
    Chart::new(format!("<script>alert(\"1 & 2\")</script> 🎉 {long}"), Axis::new(long.clone()), Axis::new(long.clone()))
        .subtitle(long.clone())
        .with(Line::new(long.clone(), vec![(0.0, 1.0), (1.0, 3.0)]))
        .with(Line::new("Zürich → Ωmega \u{202e} & <b>", vec![(0.0, 2.0), (1.0, 1.0)]))
        .with(Reference::horizontal(long.clone(), 2.5))
        .with(EventMark::new(long, 0.7))
}

fn delay_anatomy() -> BarChart {
    BarChart::new(
        "Where a packet spends its time",
        Axis::new("delay (ms)"),
        ["laptop → router", "router → provider", "provider → exchange", "exchange → server"],
    )
    .subtitle("one packet of 1500 bytes, seed 1")
    .stacked()
    .with(BarSeries::new("processing", vec![0.02, 0.05, 0.05, 0.02]))
    .with(BarSeries::new("queueing", vec![0.0, 9.6, 2.4, 0.4]))
    .with(BarSeries::new("transmission", vec![0.12, 1.2, 0.012, 0.12]))
    .with(BarSeries::new("propagation", vec![0.005, 2.0, 5.2, 1.0]))
}

fn shares() -> BarChart {
    let value = |scale: f64| (0..4).map(|i| scale * (1.0 + 0.2 * noise(i + scale as u32))).collect();
    BarChart::new("Goodput by congestion control", Axis::new("goodput (Mbit/s)"), ["reno", "newreno", "cubic", "vegas"])
        .subtitle("flow 1 against flow 2, RTT 20 ms and 100 ms")
        .vertical()
        .with(BarSeries::new("RTT 20 ms", value(6.0)))
        .with(BarSeries::new("RTT 100 ms", value(3.0)))
        .with(BarSeries::new("RTT 200 ms", value(1.5)))
}

/// Counts per interval of three kinds, and which of five saw something, over one axis.
fn blocks() -> Panels {
    let edges: Vec<f64> = (0..=40).map(f64::from).collect();
    let counts = |of: fn(f64) -> f64| edges.iter().take(40).map(|&t| libm::floor(of(t))).collect::<Vec<f64>>();
    let kinds = vec![
        ("x".to_owned(), counts(|t| 6.0 - t / 8.0)),
        ("y".to_owned(), counts(|t| 3.0 + 2.0 * libm::sin(t))),
        ("z".to_owned(), counts(|t| t / 10.0)),
    ];
    let axis = || Axis::new("time (s)").from(0.0).to(40.0);
    let counts = Blocks::stack(kinds, &edges)
        .into_iter()
        .fold(Chart::new("messages", axis(), Axis::new("messages per second")), Chart::with);
    let names = ["v", "w", "x", "y", "z"].map(str::to_owned).to_vec();
    let points = (0..60).map(|i| (f64::from(i * 7 % 31), f64::from(1 + i * 3 % 5))).collect();
    let seen = Chart::new("changes", axis(), Axis::new("").named(names))
        .with(Markers::new("change", MarkerShape::Circle, points).tint(Tint::Series(0)));
    Panels::new("Counts of three kinds", axis()).with(counts).with(seen).event(EventMark::new("y-z down", 12.0))
}

/// Kurose & Ross, figure 5.3, before and after an edge breaks.
fn diagram() -> Diagrams {
    let nodes = ["u", "v", "w", "x", "y", "z"].map(|name| DiagramNode { name: name.into(), ..DiagramNode::default() });
    let edges =
        [(0, 1, "2"), (0, 3, "1"), (0, 2, "5"), (1, 2, "3"), (1, 3, "2"), (3, 2, "3"), (3, 4, "1"), (2, 4, "1")];
    let edges = edges.into_iter().chain([(2, 5, "5"), (4, 5, "2")]);
    let edges: Vec<DiagramEdge> = edges
        .map(|(from, to, label)| DiagramEdge { from, to, label: label.into(), ..DiagramEdge::default() })
        .collect();
    let mut before = Diagram { heading: "before".into(), nodes: nodes.to_vec(), edges };
    before.nodes[0].look = NodeLook::Chosen;
    for (node, cost) in before.nodes.iter_mut().zip([0, 2, 3, 1, 2, 4]) {
        node.note = cost.to_string();
    }
    let mut after = Diagram { heading: "after".into(), ..before.clone() };
    for at in [0, 1, 6, 7, 9] {
        let edge = &mut before.edges[at];
        *(if at == 7 { &mut edge.backward } else { &mut edge.forward }) = Some(WayStyle::Right);
    }
    after.edges[6].is_broken = true;
    after.edges[1].forward = Some(WayStyle::Wrong);
    after.edges[1].backward = Some(WayStyle::Wrong);
    after.nodes[4].look = NodeLook::Faint;
    let words = words();
    Diagrams { diagrams: vec![before, after], words, ..Diagrams::new("Shortest paths from u") }
}

fn words() -> DiagramWords {
    DiagramWords {
        round: "router".into(),
        angular: "host".into(),
        chosen: "root".into(),
        faint: "down".into(),
        labels: "cost".into(),
        broken: "cut".into(),
        way: "way of packets".into(),
        wrong: "in a loop".into(),
    }
}

/// A random graph, every tenth node with corners.
fn diagram_of_many(nodes: usize, edges: usize) -> Diagrams {
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let tree: Vec<(usize, usize)> = (1..nodes).map(|to| (draw(to), to)).collect();
    let more = (tree.len()..edges).map(|_| (draw(nodes), draw(nodes))).collect::<Vec<_>>();
    let edge = |&(from, to): &(usize, usize)| DiagramEdge {
        from,
        to,
        label: if nodes > 100 { String::new() } else { (1 + (from * to) % 9).to_string() },
        forward: tree.contains(&(from, to)).then_some(WayStyle::Right),
        ..DiagramEdge::default()
    };
    let node = |at: usize| DiagramNode {
        name: format!("router{at}"),
        shape: if at % 10 == 9 { NodeShape::Angular } else { NodeShape::Round },
        look: if at == 0 { NodeLook::Chosen } else { NodeLook::Plain },
        ..DiagramNode::default()
    };
    let diagram = Diagram {
        heading: String::new(),
        nodes: (0..nodes).map(node).collect(),
        edges: tree.iter().chain(&more).map(edge).collect(),
    };
    Diagrams { diagrams: vec![diagram], words: words(), ..Diagrams::new(format!("{nodes} nodes")) }
}

fn tables() -> Tables {
    let row = |cells: &[&str]| cells.iter().map(|&cell| Cell::new(cell)).collect::<Vec<Cell>>();
    let dijkstra = TextTable {
        group: "u at 1 s".into(),
        heading: "Dijkstra's algorithm".into(),
        columns: ["step", "N'", "D(v),p(v)", "D(w),p(w)", "D(x),p(x)", "D(y),p(y)", "D(z),p(z)"]
            .map(str::to_owned)
            .into(),
        rows: vec![
            row(&["0", "u", "2,u", "5,u", "1,u", "∞", "∞"]),
            row(&["1", "ux", "2,u", "4,x", "", "2,x", "∞"]),
            row(&["2", "uxy", "2,u", "3,y", "", "", "4,y"]),
            row(&["3", "uxyv", "", "3,y", "", "", "4,y"]),
            row(&["4", "uxyvw", "", "", "", "", "4,y"]),
            row(&["5", "uxyvwz", "", "", "", "", ""]),
        ],
        left_columns: vec![1],
    };
    let vectors = |group: &str, lit: bool| TextTable {
        group: group.into(),
        heading: "distances".into(),
        columns: ["to", "via x", "via z", "D_y"].map(str::to_owned).into(),
        rows: vec![
            vec![
                Cell::new("x"),
                if lit { Cell::new("60 + 0 = 60").lit("4 + 0 = 4") } else { Cell::new("4 + 0 = 4") },
                Cell::new("1 + 5 = 6"),
                if lit { Cell::new("6 via z").lit("4 via x") } else { Cell::new("4 via x") },
            ],
            row(&["z", "∞", "1 + 0 = 1", "1 via z"]),
        ],
        left_columns: vec![],
    };
    let tables = vec![dijkstra, vectors("y at 1 s", false), vectors("", true)];
    Tables { tables, lit_word: "changed since the view before".into(), ..Tables::new("What routers know") }
}
