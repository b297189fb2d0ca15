//! Small files of each kind, and files that mean no good.

use sim_core::units::Rate;

use super::*;
use crate::Place;
use crate::import::{Format, Role};

fn read(text: &str) -> Result<Map, Unreadable> {
    crate::import::read(text.as_bytes(), None, "").map(|(format, map)| {
        assert_eq!(format, Format::Gml);
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

#[test]
fn a_file_as_of_the_zoo_is_read_by_id() {
    let map = map(r#"# made by hand
Creator "someone" Version 1
graph [
  directed 0
  label "File"
  Network "Example &amp; Sons"
  node [ id 10 label "None" Internal 0 ]
  node [ id 20 label "None" hyperedge 1 Latitude 41.89 Longitude 12.48 ]
  edge [ source 10 target 20 LinkLabel "10&#10;Gbps" LinkSpeed "10" LinkSpeedUnits "G" ]
  edge [ source 20 target 10 ]
]
"#);
    assert_eq!(map.title.as_deref(), Some("Example & Sons"));
    let nodes: Vec<_> = map.nodes.iter().map(|node| (&*node.id, node.label.as_deref(), node.role)).collect();
    assert_eq!(nodes, [("10", Some("None"), Role::External), ("20", Some("None"), Role::Junction)]);
    assert!(matches!(map.nodes[1].place, Some(Place::Earth(_))));
    let facts = map.links[0].facts.as_deref().unwrap();
    assert_eq!((facts.rate, &*facts.texts), (Some(Rate::from_mbps(10_000)), &["10\nGbps".to_owned()][..]));
    assert_eq!((map.links[1].from, map.links[1].to, map.links[1].facts.as_ref()), (1, 0, None));
}

#[test]
fn places_of_drawings_and_of_networkx_are_read() {
    let plane = |text: &str| map(&format!("graph [ node [ id 0 {text} ] ]")).nodes[0].place;
    assert_eq!(plane("graphics [ x 10 y 20.5 fill \"#FF0000\" Line [ x 1 ] ]"), Some(Place::Plane(Plane { x: 10.0, y: -20.5 })));
    assert_eq!(plane("pos 0.5 pos -1e1"), Some(Place::Plane(Plane { x: 0.5, y: -10.0 })));
    assert_eq!(plane("pos \"1,2\""), Some(Place::Plane(Plane { x: 1.0, y: 2.0 })));
    assert_eq!(plane("Latitude NAN Longitude 0"), None);
}

#[test]
fn groups_without_edges_are_left_out_and_directions_are_told() {
    let map = map("graph [ directed 1 node [ id 0 isGroup 1 ] node [ id 1 gid 0 ] node [ id 2 ] \
                   edge [ source 1 target 2 weight 4 graphics [ type \"line\" ] ] ] graph [ node [ id 9 ] ]");
    assert_eq!((map.nodes.len(), map.links[0].from, map.links[0].to), (2, 0, 1));
    assert_eq!(map.links[0].facts.as_deref().unwrap().cost, Some(4.0));
    let remarks: Vec<_> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
    assert_eq!(remarks, [("frames", 1), ("further_graphs", 1), ("directed", 1)]);
}

#[test]
fn entities_are_replaced_and_other_ampersands_stay() {
    let check = |text: &str, expected: &str| assert_eq!(decoded(text), expected);
    check("M&#246;lln &quot;&eacute;&#x41;&quot; R&amp;D", "Mölln \"éA\" R&D");
    check("A & B; &nothing; &#0; &#xD800; &", "A & B; &nothing; &#0; &#xD800; &");
    check("&ä;&amp", "&ä;&amp");
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_line() {
    error("graph [\nnode [ id 1 ]\nedge [ source 1 target 7 ] ]", 3, "leads to `7`");
    error("graph [\nnode [ id 1 ]\nnode [ id 1 ] ]", 3, "a second node has the id `1`");
    error("graph [\nnode [ label \"x\" ] ]", 2, "a node has no `id`");
    error("graph [\nedge [ source 1 ] ]", 2, "an edge has no `target`");
    error("graph [\nnode [ id 1", 2, "a `]` is missing");
    error("graph [\nnode [ id ] ]", 2, "`id` has no value");
    error("graph [\nnode [ id 1 label \"x ] ]", 2, "a string has no end");
    error("graph [ 5 ]", 1, "a key is missing");
    error("graph [ node [ id 1 ] ] ]", 1, "a `]` too many");
    error("graph [ node [ id 1 ] } ]", 1, "`}` is neither");
    assert_eq!(read("graph [ ]").unwrap_err(), Unreadable::whole("read as gml, it has not a single node"));
}

#[test]
fn deep_lists_are_refused_and_not_followed() {
    error(&format!("graph [ {}", "a [ ".repeat(100_000)), 1, "nested deeper than 64");
}
