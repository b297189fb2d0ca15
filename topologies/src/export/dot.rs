//! Graphviz dot: `dot -Kneato -n -Tsvg` draws it with the places as they are.

use crate::{NodeKind, Place, Topology};

pub(super) fn write(topology: &Topology) -> String {
    let mut text = String::from("graph network {\n  node [shape=ellipse];\n");
    for (at, node) in topology.nodes.iter().enumerate() {
        let mut attributes = vec![("label", node.name.clone()), ("kind", node.kind.name().to_owned())];
        if node.kind == NodeKind::Host {
            attributes.push(("shape", "box".to_owned()));
        }
        match node.place {
            None => {}
            Some(Place::Earth(earth)) => {
                attributes.push(("latitude", earth.latitude.to_string()));
                attributes.push(("longitude", earth.longitude.to_string()));
            }
            Some(Place::Plane(plane)) => {
                attributes.push(("x", plane.x.to_string()));
                attributes.push(("y", plane.y.to_string()));
            }
        }
        if let Some(address) = node.address {
            attributes.push(("address", address.to_string()));
        }
        if !node.processing_delay.is_zero() {
            attributes.push(("processing_delay", node.processing_delay.to_string()));
        }
        text.push_str(&format!("  n{at}{};\n", list(&attributes)));
    }
    for cable in &topology.cables {
        text.push_str(&format!("  n{} -- n{}{};\n", cable.from.0, cable.to.0, list(&cable.attributes())));
    }
    text.push_str("}\n");
    text
}

/// Attributes in brackets. In a quoted text of dot only the quote is special; a backslash before it would be, too.
fn list(attributes: &[(&str, String)]) -> String {
    let quoted = |value: &String| value.replace('\\', "\\\\").replace('"', "\\\"");
    let parts: Vec<String> = attributes.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
    format!(" [{}]", parts.join(", "))
}
