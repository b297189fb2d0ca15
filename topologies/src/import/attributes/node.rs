//! Attributes of nodes.

use std::net::Ipv4Addr;

use sim_core::time::Duration;

use super::quantity::{self, Quantity, Unquantified, number_in};
use super::{Best, Oddities, Words};
use crate::import::{MapNode, Role};
use crate::place::{Earth, Plane};
use crate::{NodeKind, Place};

/// What an attribute of a node means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NodeWord {
    /// What people call it.
    Label(u8),
    Latitude,
    Longitude,
    X,
    Y,
    /// Both in one, x first.
    Position,
    /// Host or router.
    Kind,
    /// The same under a name that often means something else: other words are no mistake.
    PerhapsKind,
    /// An IPv4 address.
    Address,
    /// Time for each packet; the unit of a bare number.
    ProcessingDelay(Option<f64>),
    /// 0 where it belongs to another network (Topology Zoo).
    Internal,
    /// 1 where lines meet (Topology Zoo).
    Hyperedge,
    /// [`Role`] by its name.
    Role,
}

impl NodeWord {
    /// What an attribute of this name means, if that is known.
    pub(crate) fn of(name: &str) -> Option<NodeWord> {
        let (words, _) = Words::new(name).without("node");
        if let Some((_, unit)) = words.quantity(Quantity::Delay, &["processing delay", "proc delay"]) {
            return Some(NodeWord::ProcessingDelay(unit));
        }
        const NAMES: &[(&str, NodeWord)] = &[
            ("label", NodeWord::Label(0)),
            ("name", NodeWord::Label(1)),
            ("latitude", NodeWord::Latitude),
            ("lat", NodeWord::Latitude),
            ("longitude", NodeWord::Longitude),
            ("long", NodeWord::Longitude),
            ("lon", NodeWord::Longitude),
            ("lng", NodeWord::Longitude),
            ("x", NodeWord::X),
            ("y", NodeWord::Y),
            ("pos", NodeWord::Position),
            ("position", NodeWord::Position),
            ("kind", NodeWord::Kind),
            ("type", NodeWord::PerhapsKind),
            ("device type", NodeWord::PerhapsKind),
            ("address", NodeWord::Address),
            ("ip", NodeWord::Address),
            ("ip address", NodeWord::Address),
            ("ipv4", NodeWord::Address),
            ("internal", NodeWord::Internal),
            ("hyperedge", NodeWord::Hyperedge),
            ("role", NodeWord::Role),
        ];
        NAMES.iter().find(|(known, _)| words.are(known)).map(|(_, word)| *word)
    }
}

/// A node on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    label: Best<String>,
    /// Latitude and longitude, as numbers.
    earth: [Option<f64>; 2],
    plane: [Option<f64>; 2],
    /// Some coordinate was no number.
    has_no_number: bool,
    kind: Option<NodeKind>,
    address: Option<Ipv4Addr>,
    processing_delay: Duration,
    is_external: bool,
    is_junction: bool,
}

impl Node {
    /// Takes an attribute that means `word`; its name is for the remarks.
    pub(crate) fn take(&mut self, word: NodeWord, name: &str, value: &str, odd: &mut Oddities) {
        // Tables and JSON have fields without a value.
        if value.trim().is_empty() && !matches!(word, NodeWord::Label(_)) {
            return;
        }
        let mut wrong = || odd.note(name, value, Unquantified::Wrong);
        match word {
            NodeWord::Label(rank) => self.label.offer(rank, value.trim().to_owned()),
            NodeWord::Latitude => self.coordinate(|node| &mut node.earth[0], value),
            NodeWord::Longitude => self.coordinate(|node| &mut node.earth[1], value),
            NodeWord::X => self.coordinate(|node| &mut node.plane[0], value),
            NodeWord::Y => self.coordinate(|node| &mut node.plane[1], value),
            NodeWord::Position => {
                // "1.5,2", with "!" behind it in Graphviz and brackets around it in Python.
                let numbers = value.split(|c: char| c.is_whitespace() || ",;()[]!".contains(c));
                let numbers = numbers.filter(|number| !number.is_empty()).map(number_in).collect::<Option<Vec<f64>>>();
                match numbers.as_deref() {
                    Some(&[x, y] | &[x, y, _]) => self.plane = [Some(x), Some(y)],
                    Some(_) | None => self.has_no_number = true,
                }
            }
            NodeWord::Kind | NodeWord::PerhapsKind => match &*value.trim().to_ascii_lowercase() {
                "router" | "switch" => self.kind = Some(NodeKind::Router),
                "host" | "server" | "client" => self.kind = Some(NodeKind::Host),
                // Where a cable on the sea bed bends or branches (TopoHub).
                "seacable waypoint" => self.is_junction = true,
                _ if word == NodeWord::Kind => wrong(),
                _ => {}
            },
            NodeWord::Address => {
                // An interface's address may have the length of its prefix.
                let address = value.trim().split('/').next().and_then(|address| address.parse().ok());
                match address {
                    Some(address) => self.address = Some(address),
                    None => wrong(),
                }
            }
            NodeWord::ProcessingDelay(unit) => match quantity::delay(value, unit) {
                Ok(delay) => self.processing_delay = delay,
                Err(why) => odd.note(name, value, why),
            },
            NodeWord::Internal => self.is_external |= number_in(value) == Some(0.0),
            NodeWord::Hyperedge => self.is_junction |= number_in(value) == Some(1.0),
            NodeWord::Role => match &*value.trim().to_ascii_lowercase() {
                "external" => self.is_external = true,
                "junction" => self.is_junction = true,
                // Other tools have roles of other kinds: "core", "edge".
                _ => {}
            },
        }
    }

    fn coordinate(&mut self, which: impl Fn(&mut Self) -> &mut Option<f64>, value: &str) {
        let number = number_in(value);
        self.has_no_number |= number.is_none();
        let place = which(self);
        *place = place.or(number);
    }

    /// Puts it onto a drawing, unless it is somewhere already.
    pub(crate) fn put(&mut self, plane: Plane) {
        let [x, y] = &mut self.plane;
        if x.is_none() && y.is_none() {
            (*x, *y) = (Some(plane.x), Some(plane.y));
        }
    }

    /// The node of this id.
    pub(crate) fn finish(self, id: impl Into<String>, odd: &mut Oddities) -> MapNode {
        let earth = match self.earth {
            [Some(latitude), Some(longitude)] => Earth::new(latitude, longitude).map(Place::Earth),
            [_, _] => None,
        };
        let plane = match self.plane {
            [Some(x), Some(y)] => Some(Place::Plane(Plane { x, y })),
            [_, _] => None,
        };
        let is_half = |pair: [Option<f64>; 2], place: Option<Place>| place.is_none() && pair != [None, None];
        let is_bad = self.has_no_number || is_half(self.earth, earth) || is_half(self.plane, plane);
        let place = earth.or(plane);
        odd.bad_coordinates(u64::from(is_bad && place.is_none()));
        MapNode {
            label: self.label.get(),
            place,
            role: match (self.is_junction, self.is_external) {
                (true, _) => Role::Junction,
                (false, true) => Role::External,
                (false, false) => Role::Internal,
            },
            kind: self.kind,
            address: self.address,
            processing_delay: self.processing_delay,
            ..MapNode::new(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Map;

    fn node(attributes: &[(&str, &str)]) -> (MapNode, Vec<&'static str>) {
        let (mut node, mut odd, mut map) = (Node::default(), Oddities::default(), Map::default());
        for (name, value) in attributes {
            if let Some(word) = NodeWord::of(name) {
                node.take(word, name, value, &mut odd);
            }
        }
        let node = node.finish("7", &mut odd);
        odd.tell(&mut map);
        (node, map.remarks.iter().map(|remark| remark.what).collect())
    }

    #[test]
    fn what_people_write_about_a_node_is_read() {
        let (read, odd) = node(&[
            ("name", "r1"),
            ("label", " Rome "),
            ("Latitude", "41.89"),
            ("lng", "12.48"),
            ("x", "1"),
            ("y", "2"),
            ("kind", "Host"),
            ("ip", "10.0.0.1/24"),
            ("processing_delay", "5 us"),
            ("colour", "red"),
            ("type", "Core"),
        ]);
        let expected = MapNode {
            id: "7".into(),
            label: Some("Rome".into()),
            place: Some(Place::Earth(Earth { latitude: 41.89, longitude: 12.48 })),
            role: Role::Internal,
            kind: Some(NodeKind::Host),
            address: Some(Ipv4Addr::new(10, 0, 0, 1)),
            processing_delay: Duration::from_micros(5),
        };
        assert_eq!((read, odd), (expected, vec![]));
    }

    #[test]
    fn coordinates_that_are_no_place_are_left_out_and_told() {
        let check = |attributes: &[(&str, &str)]| {
            let (read, odd) = node(attributes);
            assert_eq!((read.place, odd), (None, vec!["bad_coordinates"]), "{attributes:?}");
        };
        check(&[("lat", "91"), ("lon", "0")]);
        check(&[("lat", "NaN"), ("lon", "0")]);
        check(&[("lat", "41.89")]);
        check(&[("x", "1"), ("y", "inf")]);
        check(&[("pos", "nowhere")]);
        check(&[("pos", "1")]);
    }

    #[test]
    fn a_position_in_one_field_is_one_on_a_drawing() {
        for text in ["1.5,-2", "1.5,-2!", "[1.5, -2]", "(1.5, -2.0)", "1.5 -2 0"] {
            let (read, _) = node(&[("pos", text)]);
            assert_eq!(read.place, Some(Place::Plane(Plane { x: 1.5, y: -2.0 })), "{text}");
        }
    }

    #[test]
    fn nodes_of_other_networks_and_junctions_are_told_apart() {
        let role = |attributes| node(attributes).0.role;
        assert_eq!(role(&[("Internal", "0")]), Role::External);
        assert_eq!(role(&[("Internal", "1")]), Role::Internal);
        assert_eq!(role(&[("hyperedge", "1"), ("Internal", "1")]), Role::Junction);
        assert_eq!(role(&[("type", "Seacable Waypoint")]), Role::Junction);
        assert_eq!(role(&[("role", "external")]), Role::External);
        assert_eq!(role(&[("role", "core")]), Role::Internal);
    }

    #[test]
    fn an_empty_label_is_a_label_and_an_empty_field_is_none() {
        let (read, odd) = node(&[("label", ""), ("lat", ""), ("kind", " ")]);
        assert_eq!((read.label.as_deref(), read.place, odd), (Some(""), None, vec![]));
        assert_eq!(node(&[("kind", "toaster")]).1, ["wrong_value"]);
    }
}
