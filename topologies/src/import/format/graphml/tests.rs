//! Small files of each kind, and files that mean no good.

use sim_core::time::Duration;
use sim_core::units::Rate;

use super::*;
use crate::import::{Format, LinkFacts, Role};
use crate::place::Earth;
use crate::{Place, Relationship};

fn read(text: &str) -> Result<Map, Unreadable> {
    crate::import::read(text.as_bytes(), None, "").map(|(format, map)| {
        assert_eq!(format, Format::Graphml);
        map
    })
}

fn map(text: &str) -> Map {
    read(text).unwrap()
}

fn error(text: &str, line: u64, why: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.line, Some(line), "{error}");
    assert!(error.why.contains(why), "{error}");
}

/// A graph of these keys and elements.
fn graph(keys: &str, elements: &str) -> String {
    format!("<graphml>{keys}<graph edgedefault='undirected'>{elements}</graph></graphml>")
}

fn remarks(map: &Map) -> Vec<(&str, u64)> {
    map.remarks.iter().map(|remark| (remark.what, remark.count)).collect()
}

fn facts(map: &Map, at: usize) -> LinkFacts {
    map.links[at].facts.as_deref().cloned().unwrap_or_default()
}

const ZOO: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key attr.name="LinkSpeedRaw" attr.type="double" for="edge" id="d9" />
  <key attr.name="LinkLabel" attr.type="string" for="edge" id="d8" />
  <key attr.name="label" attr.type="string" for="edge" id="d7" />
  <key attr.name="hyperedge" attr.type="int" for="node" id="d6" />
  <key attr.name="Internal" attr.type="integer" for="node" id="d5" />
  <key attr.name="Longitude" attr.type="double" for="node" id="d4" />
  <key attr.name="Latitude" attr.type="double" for="node" id="d3" />
  <key attr.name="label" attr.type="string" for="node" id="d2" />
  <key attr.name="label" attr.type="string" for="graph" id="d1" />
  <key attr.name="Network" attr.type="string" for="graph" id="d0" />
  <graph edgedefault="undirected">
    <data key="d1">File</data>
    <data key="d0">Example &amp; Sons </data>
    <node id="0"><data key="d2">Rome</data><data key="d3">41.89</data><data key="d4">12.48</data><data key="d5">1</data></node>
    <node id="1"><data key="d2">None</data><data key="d5">0</data></node>
    <node id="2"><data key="d2"></data><data key="d6">1</data></node>
    <edge source="0" target="1"><data key="d8">10 Gbps</data><data key="d9">10000000000.0</data></edge>
    <edge source="1" target="0"><data key="d8">OC-48</data></edge>
    <edge source="2" target="2"/>
  </graph>
</graphml>"#;

#[test]
fn a_file_as_of_the_zoo_is_read_by_the_names_of_its_keys() {
    let map = map(ZOO);
    assert_eq!(map.title.as_deref(), Some("Example & Sons"));
    let nodes: Vec<_> = map.nodes.iter().map(|node| (&*node.id, node.label.as_deref(), node.role)).collect();
    assert_eq!(
        nodes,
        [
            ("0", Some("Rome"), Role::Internal),
            ("1", Some("None"), Role::External),
            ("2", Some(""), Role::Junction),
        ]
    );
    assert_eq!(map.nodes[0].place, Some(Place::Earth(Earth { latitude: 41.89, longitude: 12.48 })));
    let links: Vec<_> = map.links.iter().map(|link| (link.from, link.to)).collect();
    assert_eq!(links, [(0, 1), (1, 0), (2, 2)]);
    assert_eq!((facts(&map, 0).rate, facts(&map, 0).texts), (Some(Rate::from_mbps(10_000)), vec!["10 Gbps".into()]));
    assert_eq!((facts(&map, 1).rate, facts(&map, 1).texts), (None, vec!["OC-48".into()]));
    assert_eq!((map.links[2].facts.as_ref(), remarks(&map)), (None, vec![]));
}

#[test]
fn prefixes_of_namespaces_change_nothing() {
    let text = "<g:graphml xmlns:g='http://graphml.graphdrawing.org/xmlns'><g:graph><g:node id='a'/><g:node id='b'/>\
                <g:edge source='a' target='b'/></g:graph></g:graphml>";
    assert_eq!((map(text).nodes.len(), map(text).links.len()), (2, 1));
}

#[test]
fn defaults_count_where_an_element_says_nothing() {
    let keys = "<key id='k' for='node' attr.name='kind'><default>host</default></key>\
                <key id='d' for='edge' attr.name='delay'><desc>one way</desc><default>2 ms</default></key>";
    let elements = "<node id='a'/><node id='b'><data key='k'>router</data></node>\
                    <edge source='a' target='b'/><edge source='a' target='b'><data key='d'>7 ms</data></edge>";
    let map = map(&graph(keys, elements));
    let kinds: Vec<_> = map.nodes.iter().map(|node| node.kind).collect();
    assert_eq!(kinds, [Some(crate::NodeKind::Host), Some(crate::NodeKind::Router)]);
    assert_eq!(facts(&map, 0).delay, Some(Duration::from_millis(2)));
    assert_eq!(facts(&map, 1).delay, Some(Duration::from_millis(7)));
}

#[test]
fn a_key_without_a_name_or_a_declaration_has_its_id_for_a_name() {
    let elements = "<node id='a'><data key='label'>A</data></node><node id='b'/>\
                    <edge source='a' target='b'><data key='weight'>3</data></edge>";
    for keys in ["", "<key id='label' for='node'/><key id='weight'/>"] {
        let map = map(&graph(keys, elements));
        assert_eq!((map.nodes[0].label.as_deref(), facts(&map, 0).cost), (Some("A"), Some(3.0)), "{keys}");
    }
}

#[test]
fn our_own_attributes_come_back() {
    let elements = "<node id='a'><data key='kind'>host</data><data key='address'>10.0.0.1</data></node><node id='b'/>\
        <edge source='a' target='b'><data key='name'>up</data><data key='bandwidth'>10 Gbps</data>\
        <data key='delay'>5.72 ms</data><data key='cost'>4</data><data key='relationship'>customer</data>\
        <data key='reverse_bandwidth'>1 Gbps</data></edge>";
    let map = map(&graph("", elements));
    assert_eq!(map.nodes[0].address, Some(std::net::Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(map.links[0].relationship, Some(Relationship::Customer));
    let there = facts(&map, 0);
    let rates = (there.rate, there.back.as_deref().and_then(|back| back.rate));
    assert_eq!(rates, (Some(Rate::from_mbps(10_000)), Some(Rate::from_mbps(1_000))));
    assert_eq!((there.name.as_deref(), there.cost), (Some("up"), Some(4.0)));
    assert_eq!(there.delay, Some(Duration::from_micros(5_720)));
}

#[test]
fn labels_and_places_of_yed_are_read() {
    let keys = "<key for='node' id='d6' yfiles.type='nodegraphics'/><key for='edge' id='d10' yfiles.type='edgegraphics'/>";
    let elements = "<node id='n0'><data key='d6'><y:ShapeNode><y:Geometry height='30' width='30' x='100.5' y='20'/>\
        <y:NodeLabel>Rome<y:LabelModel/></y:NodeLabel><y:NodeLabel>second</y:NodeLabel></y:ShapeNode></data></node>\
        <node id='n1'/><edge id='e0' source='n0' target='n1'><data key='d10'><y:PolyLineEdge><y:EdgeLabel>10 Gbps\
        </y:EdgeLabel></y:PolyLineEdge></data></edge>";
    let map = map(&graph(keys, elements));
    assert_eq!(map.nodes[0].label.as_deref(), Some("Rome"));
    assert_eq!(map.nodes[0].place, Some(Place::Plane(Plane { x: 100.5, y: -20.0 })));
    assert_eq!(facts(&map, 0).texts, ["10 Gbps"]);
}

#[test]
fn graphs_within_nodes_are_parts_of_the_one_network() {
    let elements = "<node id='group'><graph edgedefault='undirected'><data key='name'>inner</data><node id='a'/>\
        <node id='b'/><edge source='a' target='b'/></graph></node><node id='c'/><edge source='a' target='c'/>";
    let map = map(&graph("", elements));
    let ids: Vec<&str> = map.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!((ids, map.links.len(), map.title.as_deref()), (vec!["a", "b", "c"], 2, None));
    assert_eq!(map.links[1].to, 2);
    assert_eq!(remarks(&map), [("frames", 1), ("inner_graphs", 1)]);
}

#[test]
fn directions_ports_and_further_graphs_are_told() {
    let text = "<graphml><graph edgedefault='directed'><node id='a'><port name='north'/></node><node id='b'/>\
        <edge source='a' sourceport='north' target='b'/><edge directed='false' source='a' target='b'/></graph>\
        <graph><node id='z'/></graph></graphml>";
    let map = map(text);
    assert_eq!((map.nodes.len(), map.links.len()), (2, 2));
    assert_eq!(remarks(&map), [("further_graphs", 1), ("directed", 1), ("ports", 1)]);
}

#[test]
fn edges_may_stand_before_their_nodes() {
    let map = map(&graph("", "<edge source='b' target='a'/><node id='a'/><node id='b'/>"));
    assert_eq!((map.links[0].from, map.links[0].to), (1, 0));
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_line() {
    error("<graphml><graph>\n<node id='a'/>\n<edge source='a' target='x'/></graph></graphml>", 3, "leads to `x`");
    error("<graphml><graph>\n<node id='a'/>\n<node id='a'/></graph></graphml>", 3, "a second node has the id `a`");
    error("<graphml><graph>\n<node/></graph></graphml>", 2, "`node` has no attribute `id`");
    error("<graphml><graph>\n<edge source='a'/></graph></graphml>", 2, "`edge` has no attribute `target`");
    error("<graphml><graph>\n<hyperedge/></graph></graphml>", 2, "a hyperedge joins any number of nodes");
    error("<graphml><graph>\n<node id='a'>", 2, "not all elements are closed");
    error("<graphml><graph>\n<node id='a'><data key='k'>&nbsp;</data></node></graph></graphml>", 2, "`&nbsp;`");
    for empty in ["<graphml/>", "<graphml><graph/></graphml>"] {
        assert_eq!(read(empty).unwrap_err(), Unreadable::whole("read as graphml, it has not a single node"));
    }
    let html = crate::import::read(b"<html><body>404 not found</body></html>", Some(Format::Graphml), "");
    assert!(html.unwrap_err().why.contains("`graphml`"));
}

#[test]
fn coordinates_off_the_earth_are_left_out() {
    let elements = "<node id='a'><data key='lat'>91</data><data key='lon'>0</data></node>\
                    <node id='b'><data key='lat'>NaN</data><data key='lon'>0</data></node>";
    let map = map(&graph("", elements));
    assert!(map.nodes.iter().all(|node| node.place.is_none()));
    assert_eq!(remarks(&map), [("bad_coordinates", 2)]);
}

#[test]
fn more_defaults_than_any_file_needs_are_refused() {
    let keys: String =
        (0..200).map(|n| format!("<key id='k{n}' attr.name='cost'><default>1</default></key>")).collect();
    error(&graph(&keys, "<node id='a'/>"), 1, "more than 128 keys have a default");
}
