use super::lines::overlap;
use super::*;
use crate::layout::Point;

fn node(name: &str) -> DiagramNode {
    DiagramNode { name: name.into(), ..DiagramNode::default() }
}

fn edge(from: usize, to: usize, label: &str) -> DiagramEdge {
    DiagramEdge { from, to, label: label.into(), ..DiagramEdge::default() }
}

/// Kurose & Ross, figure 5.3.
fn six() -> Diagram {
    let nodes = ["u", "v", "w", "x", "y", "z"].map(node).to_vec();
    let edges = [
        (0, 1, "2"),
        (0, 3, "1"),
        (0, 2, "5"),
        (1, 2, "3"),
        (1, 3, "2"),
        (3, 2, "3"),
        (3, 4, "1"),
        (2, 4, "1"),
        (2, 5, "5"),
        (4, 5, "2"),
    ];
    Diagram { heading: String::new(), nodes, edges: edges.map(|(a, b, cost)| edge(a, b, cost)).to_vec() }
}

fn figure(diagrams: Vec<Diagram>) -> Diagrams {
    Diagrams { diagrams, ..Diagrams::new("t") }
}

/// A number in an element: `number(r#"<text x="12.5""#, "x")` is 12.5.
fn number(element: &str, name: &str) -> f64 {
    let start = element.find(&format!(" {name}=\"")).expect("the attribute") + name.len() + 3;
    element[start..].split('"').next().unwrap().parse().expect("a number")
}

/// What every text covers: name or label, and its box.
fn text_boxes(svg: &str) -> Vec<(String, Rect)> {
    let texts = svg.lines().filter(|line| line.contains("text-anchor=\"middle\""));
    let parse = |line: &str| {
        let at = line.find("<text").unwrap();
        let (element, rest) = line[at..].split_once('>').unwrap();
        let content = rest.split('<').next().unwrap().to_owned();
        let (x, y, size) = (number(element, "x"), number(element, "y"), number(element, "font-size"));
        let weight = if element.contains("bold") { Weight::Bold } else { Weight::Regular };
        let wide = width(&content, size, weight);
        (content, Rect { x: x - wide / 2.0, y: y - size * 0.75, width: wide, height: size * 0.75 })
    };
    texts.map(parse).collect()
}

#[test]
fn every_name_and_cost_of_the_textbook_graph_stands_once_and_alone() {
    let svg = figure(vec![six()]).to_svg(Size::default());
    let texts = text_boxes(&svg);
    let mut said: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
    said.sort_unstable();
    assert_eq!(said, ["1", "1", "1", "2", "2", "2", "3", "3", "5", "5", "u", "v", "w", "x", "y", "z"]);
    assert_no_overlap(&texts);
}

fn assert_no_overlap(texts: &[(String, Rect)]) {
    for (at, (text, area)) in texts.iter().enumerate() {
        for (other, other_area) in &texts[..at] {
            assert!(!overlap(area, other_area), "{text} at {area:?} covers {other} at {other_area:?}");
        }
    }
}

#[test]
fn labels_of_random_graphs_of_twenty_nodes_do_not_overlap() {
    for seed in 1..=10_u64 {
        let mut state = seed;
        let mut draw = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        // A random tree, and fifteen edges on top.
        let mut edges: Vec<DiagramEdge> = (1..20).map(|to| edge(draw(to), to, "10")).collect();
        while edges.len() < 34 {
            let (a, b) = (draw(20), draw(20));
            let is_new = edges.iter().all(|edge| (edge.from, edge.to) != (a, b) && (edge.from, edge.to) != (b, a));
            if a != b && is_new {
                edges.push(edge(a, b, "7"));
            }
        }
        let nodes = (0..20).map(|at| DiagramNode { note: "cost 12".into(), ..node(&format!("router{at}")) }).collect();
        let svg = figure(vec![Diagram { heading: String::new(), nodes, edges }]).to_svg(Size::default());
        let texts = text_boxes(&svg);
        assert_no_overlap(&texts);
        assert!(texts.len() >= 2 * 20 + 33, "seed {seed}: {} labels are left out", 74 - texts.len());
    }
}

#[test]
fn a_node_stands_at_the_same_place_in_every_state() {
    let mut after = six();
    after.edges[1].is_broken = true;
    after.edges[0].forward = Some(WayStyle::Right);
    let svg = figure(vec![six(), after]).to_svg(Size::default());
    let all = text_boxes(&svg);
    let of = |name: &str| -> Vec<Rect> { all.iter().filter(|(text, _)| text == name).map(|(_, at)| *at).collect() };
    let shift = of("u")[1].x - of("u")[0].x;
    assert!(shift > 100.0);
    for name in ["v", "w", "x", "y", "z"] {
        let [first, second] = of(name)[..] else { panic!("{name} stands twice") };
        assert!((second.x - first.x - shift).abs() < 0.11 && (second.y - first.y).abs() < 0.11, "{name}");
    }
}

#[test]
fn given_places_are_kept() {
    let mut square = Diagram { nodes: ["a", "b", "c"].map(node).to_vec(), ..Diagram::default() };
    for (node, place) in square.nodes.iter_mut().zip([(0.0, 0.0), (4.0, 0.0), (4.0, 2.0)]) {
        node.place = Some(place);
    }
    let all = text_boxes(&figure(vec![square]).to_svg(Size::default()));
    let x = |at: usize| all[at].1.x + all[at].1.width / 2.0;
    let (a, b, c) = (&all[0].1, &all[1].1, &all[2].1);
    assert!((x(1) - x(2)).abs() < 0.11 && (a.y - b.y).abs() < 0.11);
    assert!(((x(1) - x(0)) / (c.y - b.y) - 2.0).abs() < 0.01, "twice as wide as high");
}

#[test]
fn the_legend_names_only_what_occurs() {
    let words = DiagramWords {
        round: "router".into(),
        angular: "host".into(),
        broken: "cut".into(),
        way: "way".into(),
        wrong: "loop".into(),
        ..DiagramWords::default()
    };
    let with = |diagram: Diagram| Diagrams { words: words.clone(), ..figure(vec![diagram]) }.to_svg(Size::default());
    let svg = with(six());
    assert!(svg.contains(">router<") && !svg.contains(">host<") && !svg.contains(">cut<") && !svg.contains(">way<"));
    let mut other = six();
    other.nodes[0].shape = NodeShape::Angular;
    other.edges[0].is_broken = true;
    other.edges[1].forward = Some(WayStyle::Right);
    other.edges[2].backward = Some(WayStyle::Wrong);
    let svg = with(other);
    for word in [">router<", ">host<", ">cut<", ">way<", ">loop<"] {
        assert!(svg.contains(word), "{word} is missing");
    }
}

#[test]
fn hundreds_of_nodes_are_dots_without_names() {
    let nodes = (0..300).map(|at| node(&format!("n{at}"))).collect();
    let edges = (1..300).map(|to| edge(to / 2, to, "")).collect();
    let svg = figure(vec![Diagram { heading: String::new(), nodes, edges }]).to_svg(Size::default());
    assert!(text_boxes(&svg).is_empty());
    assert!(svg.contains("<title>n299</title>"), "a browser shows the name");
}

#[test]
fn any_input_gives_a_picture() {
    let odd = Diagram { nodes: vec![node("a")], edges: vec![edge(0, 0, "1"), edge(0, 7, "2")], ..Diagram::default() };
    let lone = Diagram { nodes: vec![DiagramNode { place: Some((f64::NAN, 1.0)), ..node("") }], ..Diagram::default() };
    for diagrams in [vec![], vec![Diagram::default()], vec![odd.clone(), lone], vec![six(), odd]] {
        let svg = figure(diagrams).to_svg(Size::new(1, 1));
        assert!(svg.starts_with("<svg") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn edges_end_at_the_border_of_their_nodes() {
    // A node with round ends, 90 by 50: half circles of radius 25 around (25, 25) and (65, 25).
    let area = Rect { x: 0.0, y: 0.0, width: 90.0, height: 50.0 };
    let inside = (45.0, 25.0);
    let near = |found: Point, expected: Point| {
        assert!((found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6, "{found:?} {expected:?}");
    };
    // One pixel of air is left.
    near(border(&area, NodeShape::Round, inside, (500.0, 25.0)), (91.0, 25.0));
    near(border(&area, NodeShape::Round, inside, (45.0, -500.0)), (45.0, -1.0));
    // 45 degrees: from (45, 25) by a step of s to both sides, (s - 20)² + s² = 25², so s = 10 + sqrt(850) / 2.
    let step = 10.0 + 850.0_f64.sqrt() / 2.0 + 0.5_f64.sqrt();
    near(border(&area, NodeShape::Round, inside, (545.0, 525.0)), (45.0 + step, 25.0 + step));
    near(border(&area, NodeShape::Angular, inside, (545.0, 525.0)), (70.0 + 0.5_f64.sqrt(), 50.0 + 0.5_f64.sqrt()));
}
