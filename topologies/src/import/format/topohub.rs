//! Node-link JSON, as networkx writes it: TopoHub.
//!
//! ```text
//! { "graph": { "name": "…", "demands": { "0": { "1": 195.0 } }, "stats": { … } },
//!   "nodes": [ { "id": 0, "name": "Rome", "pos": [12.48, 41.89] } ],
//!   "edges": [ { "source": 0, "target": 1, "dist": 390.4 } ] }
//! ```
//!
//! Jurkiewicz, "TopoHub", SoftwareX 24, 2023; the form is that of networkx' `node_link_data`, whose list of edges is
//! `edges` or, in older versions, `links`. Ids are numbers, texts or lists of them; a node without one is called by its
//! place in the list, from 0. TopoHub's `dist` is in kilometres: a file is TopoHub's if its `graph` has `demands` or
//! `stats`. Its `pos` holds degrees, longitude first, but for generated networks, where it is a place on a plane: the
//! lengths of the edges tell which. Lengths that TopoHub computed from places on a drawing as if they were degrees are
//! left out.
//!
//! Not read: the loads that TopoHub computed (`ecmp_fwd`), the direction of edges, the unit of demands, which is nowhere.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::Place;
use crate::import::attributes::{Link, LinkWord, Node, NodeWord, Oddities, Title, Vocabulary};
use crate::import::draft::Draft;
use crate::import::lines::quoted;
use crate::import::{LinkFacts, Map, MapDemand, MapLink, Text, Unreadable};
use crate::place::{Earth, Plane};

/// Its name.
pub const NAME: &str = "topohub";
/// What it holds.
pub const SUMMARY: &str = "node-link JSON, as of TopoHub and networkx";
/// Where it is described.
pub const SOURCE: &str = "https://www.topohub.org, networkx node_link_data";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    let has = |key: &str| text.all.contains(key);
    text.start().starts_with('{')
        && has("\"nodes\"")
        && (has("\"edges\"") || has("\"links\""))
        && (has("\"source\"") || has("\"multigraph\""))
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut reader = Reader::new();
    let mut json = serde_json::Deserializer::from_str(&text.all);
    let read = Whole(&mut reader).deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| Unreadable::at(error.line() as u64, error.to_string()))?;
    reader.finish()
}

struct Reader {
    node_words: Vocabulary<NodeWord>,
    link_words: Vocabulary<LinkWord>,
    draft: Draft,
    odd: Oddities,
    title: Title,
    is_topohub: bool,
    is_directed: bool,
    /// Rows of the table of demands: from whom, to whom, how much.
    demands: Vec<(String, Vec<(String, f64)>)>,
}

impl Reader {
    fn new() -> Self {
        Reader {
            node_words: Vocabulary::new(NodeWord::of),
            link_words: Vocabulary::new(LinkWord::of),
            draft: Draft::default(),
            odd: Oddities::default(),
            title: Title::default(),
            is_topohub: false,
            is_directed: false,
            demands: Vec::new(),
        }
    }

    fn finish(mut self) -> Result<Map, Unreadable> {
        let rows = self.demands.len();
        for (from, row) in std::mem::take(&mut self.demands) {
            for (to, value) in row {
                let number = |id: &str| {
                    let missing = || Unreadable::whole(format!("a demand names {}, which is no node", quoted(id)));
                    self.draft.number(id).ok_or_else(missing)
                };
                let demand = MapDemand { from: number(&from)?, to: number(&to)?, value };
                self.draft.map.demands.push(demand);
            }
        }
        let mut map =
            self.draft.finish(|at, why| Unreadable::whole(format!("number {at} in the list of edges: {why}")))?;
        map.title = self.title.finish();
        if self.is_topohub {
            map.count("demands_rows", rows as f64);
            let lengths = map.links.iter().filter_map(|link| link.facts.as_ref()?.length_km);
            let sum: f64 = lengths.sum();
            // To a millimetre, without the noise of adding.
            map.count("sum_dist_km", libm::round(sum * 1e6) / 1e6);
        }
        match lengths(&map) {
            Lengths::OnEarth => {
                let mut bad = 0;
                for node in &mut map.nodes {
                    if let Some(Place::Plane(Plane { x, y })) = node.place {
                        node.place = Earth::new(y, x).map(Place::Earth);
                        bad += u64::from(node.place.is_none());
                    }
                }
                self.odd.bad_coordinates(bad);
            }
            Lengths::OfNoPlaces => {
                planar(&mut map);
                let mut left_out = 0;
                for link in &mut map.links {
                    let Some(facts) = &mut link.facts else { continue };
                    left_out += u64::from(facts.length_km.take().is_some());
                    if **facts == LinkFacts::default() {
                        link.facts = None;
                    }
                }
                let text = format!(
                    "lengths of {left_out} edges were left out: they were computed from places on a drawing as if those \
                     were degrees"
                );
                map.remark("lengths", left_out, text);
            }
            Lengths::Other => planar(&mut map),
        }
        self.odd.tell(&mut map);
        let directed = if self.is_directed { map.links.len() as u64 } else { 0 };
        map.remark("directed", directed, format!("{directed} edges have a direction: cables carry both ways"));
        Ok(map)
    }
}

/// What the lengths of edges say about positions.
enum Lengths {
    /// Most are the great circle between two places on Earth: positions are degrees.
    OnEarth,
    /// Most follow by the same formula from positions that are not on Earth, as in TopoHub's copies of networks whose
    /// positions SNDlib calls pixels: neither are degrees.
    OfNoPlaces,
    /// Neither, or there are none.
    Other,
}

fn lengths(map: &Map) -> Lengths {
    let (mut on_earth, mut off_earth, mut all) = (0_u64, 0_u64, 0_u64);
    for link in &map.links {
        let Some(km) = link.facts.as_ref().and_then(|facts| facts.length_km) else { continue };
        let ends = [link.from, link.to].map(|node| map.nodes[node as usize].place);
        let [Some(Place::Plane(a)), Some(Place::Plane(b))] = ends else { continue };
        all += 1;
        let is_on_earth = [a, b].iter().all(|place| Earth::new(place.y, place.x).is_some());
        let [a, b] = [a, b].map(|Plane { x, y }| Earth { latitude: y, longitude: x });
        // Positions are rounded to a hundredth of a degree, which is a kilometre.
        if (a.distance_km(b) - km).abs() <= 2.0 + 0.05 * km {
            *(if is_on_earth { &mut on_earth } else { &mut off_earth }) += 1;
        }
    }
    if 2 * on_earth > all {
        Lengths::OnEarth
    } else if 2 * (on_earth + off_earth) > all {
        Lengths::OfNoPlaces
    } else {
        Lengths::Other
    }
}

/// Tells that positions are no degrees.
fn planar(map: &mut Map) {
    let planar = map.nodes.iter().filter(|node| matches!(node.place, Some(Place::Plane(_)))).count() as u64;
    map.remark("planar", planar, format!("positions of {planar} nodes were taken as places on a drawing"));
}

/// A value of an attribute as text; lists as `1, 2`. None if it holds nothing or more than that.
struct Scalar;

/// Longer lists are no ids or places.
const LONGEST_LIST: usize = 16;

impl<'de> DeserializeSeed<'de> for Scalar {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_bool<E>(self, is: bool) -> Result<Self::Value, E> {
        Ok(Some(if is { "1" } else { "0" }.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        let mut is_simple = true;
        while let Some(value) = list.next_element_seed(Scalar)? {
            match value {
                Some(value) if values.len() < LONGEST_LIST => values.push(value),
                Some(_) | None => is_simple = false,
            }
        }
        Ok(is_simple.then(|| values.join(", ")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Part of a file, which goes to the reader.
macro_rules! part {
    ($(#[$doc:meta])* $name:ident, $expecting:literal, $visit:ident, $access:ident, |$reader:ident, $part:ident| $body:block) => {
        $(#[$doc])*
        struct $name<'a>(&'a mut Reader);

        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        impl<'de> Visitor<'de> for $name<'_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($expecting)
            }

            fn $visit<A: $access<'de>>(self, mut $part: A) -> Result<(), A::Error> {
                let $reader = self.0;
                $body
                Ok(())
            }
        }
    };
}

part! {
    /// The whole file.
    Whole, "an object with nodes and edges", visit_map, MapAccess, |reader, object| {
        while let Some(key) = object.next_key::<String>()? {
            match &*key {
                "graph" => object.next_value_seed(GraphAttributes(reader))?,
                "nodes" => object.next_value_seed(Nodes(reader))?,
                "edges" | "links" => object.next_value_seed(Edges(reader))?,
                "directed" => reader.is_directed = object.next_value_seed(Scalar)?.as_deref() == Some("1"),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
    }
}

part! {
    /// What is said of the graph as a whole.
    GraphAttributes, "an object", visit_map, MapAccess, |reader, object| {
        while let Some(key) = object.next_key::<String>()? {
            match &*key {
                "demands" => {
                    reader.is_topohub = true;
                    object.next_value_seed(Demands(reader))?;
                }
                "stats" => {
                    reader.is_topohub = true;
                    object.next_value::<IgnoredAny>()?;
                }
                name => {
                    if let Some(value) = object.next_value_seed(Scalar)? {
                        reader.title.take(name, &value);
                    }
                }
            }
        }
    }
}

part! {
    /// A table of demands: who wants to send.
    Demands, "an object of objects of numbers", visit_map, MapAccess, |reader, object| {
        while let Some(from) = object.next_key::<String>()? {
            reader.demands.push((from, Vec::new()));
            object.next_value_seed(DemandRow(reader))?;
        }
    }
}

part! {
    /// To whom, and how much.
    DemandRow, "an object of numbers", visit_map, MapAccess, |reader, object| {
        while let Some((to, value)) = object.next_entry::<String, f64>()? {
            if let Some((_, row)) = reader.demands.last_mut() {
                row.push((to, value));
            }
        }
    }
}

part! {
    /// All nodes.
    Nodes, "a list of nodes", visit_seq, SeqAccess, |reader, list| {
        while list.next_element_seed(OneNode(reader))?.is_some() {}
    }
}

part! {
    /// A node.
    OneNode, "a node, which is an object", visit_map, MapAccess, |reader, object| {
        let (mut id, mut node) = (None, Node::default());
        while let Some(key) = object.next_key::<String>()? {
            match (&*key, reader.node_words.get(&key)) {
                ("id", _) => id = object.next_value_seed(Scalar)?,
                (_, None) => drop(object.next_value::<IgnoredAny>()?),
                (name, Some(word)) => {
                    if let Some(value) = object.next_value_seed(Scalar)? {
                        node.take(word, name, &value, &mut reader.odd);
                    }
                }
            }
        }
        let id = id.unwrap_or_else(|| reader.draft.map.nodes.len().to_string());
        let node = node.finish(id, &mut reader.odd);
        reader.draft.node(node).map_err(A::Error::custom)?;
    }
}

part! {
    /// All edges.
    Edges, "a list of edges", visit_seq, SeqAccess, |reader, list| {
        while list.next_element_seed(OneEdge(reader))?.is_some() {}
    }
}

part! {
    /// An edge.
    OneEdge, "an edge, which is an object", visit_map, MapAccess, |reader, object| {
        let (mut from, mut to, mut link) = (None, None, Link::default());
        while let Some(key) = object.next_key::<String>()? {
            match (&*key, reader.link_words.get(&key)) {
                ("source", _) => from = object.next_value_seed(Scalar)?,
                ("target", _) => to = object.next_value_seed(Scalar)?,
                (_, None) => drop(object.next_value::<IgnoredAny>()?),
                (name, Some(word)) => {
                    let word = if reader.is_topohub && name == "dist" { word.in_unit("km") } else { word };
                    if let Some(value) = object.next_value_seed(Scalar)? {
                        link.take(word, name, &value, &mut reader.odd);
                    }
                }
            }
        }
        let missing = |end: &str| A::Error::custom(format!("an edge has no `{end}`"));
        let (from, to) = (from.ok_or_else(|| missing("source"))?, to.ok_or_else(|| missing("target"))?);
        if !reader.draft.map.nodes.is_empty() {
            for end in [&from, &to] {
                if reader.draft.number(end).is_none() {
                    return Err(A::Error::custom(format!("an edge leads to {}, which is no node", quoted(end))));
                }
            }
        }
        let (facts, relationship) = link.finish(&mut reader.odd);
        let at = reader.draft.map.links.len() as u64 + 1;
        reader.draft.link(&from, &to, at, |link| MapLink { relationship, ..link.with(facts) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Format, Role, read};

    fn map(text: &str) -> Map {
        let (format, map) = read(text.as_bytes(), None, "").unwrap();
        assert_eq!(format, Format::Topohub);
        map
    }

    fn error(text: &str, line: u64, why: &str) {
        let error = read(text.as_bytes(), None, "").unwrap_err();
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.why.contains(why), "{error}");
    }

    /// New York, Chicago (about 1145 km away) and a bend in a cable; `scale` makes the length another than that.
    fn topohub(km: f64) -> String {
        format!(
            r#"{{ "directed": false, "graph": {{ "name": "two", "demands": {{ "0": {{ "1": 2.5, "2": 1 }} }}, "stats": {{}} }},
            "nodes": [ {{ "name": "New York", "pos": [-74.01, 40.71], "id": 0 }}, {{ "name": "Chicago", "pos": [-87.65, 41.85], "id": 1 }},
                {{ "pos": [200.0, 0.0], "type": "Seacable Waypoint", "id": 2 }} ],
            "edges": [ {{ "dist": {km}, "ecmp_fwd": {{ "uni": 1.0 }}, "source": 0, "target": 1 }} ] }}"#
        )
    }

    #[test]
    fn topohub_has_degrees_kilometres_and_demands() {
        let map = map(&topohub(1145.0));
        let chicago = Earth { latitude: 41.85, longitude: -87.65 };
        assert_eq!((map.title.as_deref(), map.nodes[1].place), (Some("two"), Some(Place::Earth(chicago))));
        assert_eq!((map.nodes[2].place, map.nodes[2].role), (None, Role::Junction));
        assert_eq!(map.links[0].facts.as_ref().unwrap().length_km, Some(1145.0));
        let demands = [MapDemand { from: 0, to: 1, value: 2.5 }, MapDemand { from: 0, to: 2, value: 1.0 }];
        assert_eq!((&*map.demands, map.demand_unit), (&demands[..], None));
        assert_eq!((map.tally["demands_rows"], map.tally["sum_dist_km"]), (1.0, 1145.0));
        assert_eq!(map.remarks.iter().map(|remark| remark.what).collect::<Vec<_>>(), ["bad_coordinates"]);
    }

    #[test]
    fn positions_that_do_not_fit_the_lengths_are_on_a_plane() {
        let map = map(&topohub(13.7));
        assert_eq!(map.nodes[2].place, Some(Place::Plane(Plane { x: 200.0, y: 0.0 })));
        assert_eq!(map.remarks.iter().map(|remark| (remark.what, remark.count)).collect::<Vec<_>>(), [("planar", 3)]);
    }

    #[test]
    fn lengths_computed_from_places_on_a_drawing_are_left_out() {
        // The haversine formula makes 12031 km of what are no degrees: atlanta, france and others in TopoHub.
        let text = topohub(12031.2).replace("-74.01, 40.71", "300.0, 200.0").replace("-87.65, 41.85", "400.0, 150.0");
        let map = map(&text);
        assert_eq!(map.nodes[0].place, Some(Place::Plane(Plane { x: 300.0, y: 200.0 })));
        assert_eq!((map.links[0].facts.as_ref(), map.tally["sum_dist_km"]), (None, 12031.2));
        let remarks: Vec<_> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
        assert_eq!(remarks, [("planar", 3), ("lengths", 1)]);
    }

    #[test]
    fn files_of_networkx_have_ids_of_many_kinds() {
        let map = map(r#"{ "directed": true, "multigraph": true, "graph": {},
            "links": [ { "source": [0, 1], "target": "b", "weight": 3, "dist": 5, "key": 0 } ],
            "nodes": [ { "id": [0, 1], "x": 1, "y": 2, "x_extra": null }, { "id": "b", "label": null }, {} ] }"#);
        assert_eq!(map.nodes.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["0, 1", "b", "2"]);
        assert_eq!((map.links[0].from, map.links[0].to), (0, 1));
        let facts = map.links[0].facts.as_ref().unwrap();
        assert_eq!((facts.cost, facts.length_km), (Some(3.0), None));
        let remarks: Vec<_> = map.remarks.iter().map(|remark| remark.what).collect();
        assert_eq!(remarks, ["planar", "without_unit", "directed"]);
        assert!(map.tally.is_empty());
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_its_line() {
        let graph = |nodes: &str, edges: &str| format!("{{ \"nodes\": [\n{nodes}],\n\"edges\": [{edges}],\n\"multigraph\": 0 }}");
        error(&graph("{\"id\": 1},\n{\"id\": \"1\"}", ""), 3, "a second node has the id `1`");
        error(&graph("{\"id\": 1}", "{\"source\": 1, \"target\": 7}"), 3, "leads to `7`");
        error(&graph("{\"id\": 1}", "{\"source\": 1}"), 3, "an edge has no `target`");
        error(&graph("5", ""), 2, "expected a node");
        error(&graph("{\"id\": 1}", "{\"source\""), 3, "expected");
        let early = "{ \"edges\": [ {\"source\": 1, \"target\": 7} ], \"nodes\": [ {\"id\": 1} ] }";
        let error = read(early.as_bytes(), None, "").unwrap_err();
        assert_eq!(error.to_string(), "number 1 in the list of edges: a link leads to `7`, which is no node of the file");
        let demand = topohub(1.0).replace("\"2\": 1 ", "\"x\": 1 ");
        assert!(read(demand.as_bytes(), None, "").unwrap_err().why.contains("a demand names `x`"));
        assert_eq!(
            read(graph("", "").as_bytes(), None, "").unwrap_err(),
            Unreadable::whole("read as topohub, it has not a single node")
        );
    }

    #[test]
    fn deep_lists_are_refused_and_not_followed() {
        let deep = format!("{{ \"edges\": 0, \"multigraph\": 0, \"nodes\": {}", "[".repeat(100_000));
        error(&deep, 1, "");
        let deep = format!("{{ \"edges\": [], \"multigraph\": 0, \"nodes\": [ {{ \"pos\": {}", "[".repeat(100_000));
        error(&deep, 1, "recursion limit");
    }
}
