//! What is written is read again alike.

use super::*;
use crate::{Explicit, TopologySpec};

fn network(json: &str) -> Topology {
    Topology::new(&serde_json::from_str(json).unwrap()).unwrap()
}

/// A network with everything that can be said of one.
fn everything() -> Topology {
    network(
        r#"{ "nodes": [ { "name": "A & <B>", "kind": "router", "processing_delay": "2 us", "address": "192.0.2.7",
                          "place": { "latitude": 40.71427, "longitude": -74.00597 } },
                        { "name": "\"C\" \\", "kind": "host", "place": { "latitude": -1.5, "longitude": 0.125 } }, "d" ],
             "links": [ { "from": "A & <B>", "to": "\"C\" \\", "bandwidth": "2.5 Gbps", "delay": "5728.9 us", "cost": 7,
                          "name": "trunk", "reverse": { "bandwidth": "1 Mbps", "cost": 9 } },
                        { "from": "d", "to": "A & <B>", "relationship": "customer",
                          "queue": { "drop_tail": "7 packets" }, "loss": { "bernoulli": { "probability": 0.1 } } },
                        { "from": "A & <B>", "to": "d" } ],
             "demands": [ { "from": "d", "to": "\"C\" \\", "rate": "1.5 Mbps" } ] }"#,
    )
}

#[test]
fn our_own_form_gives_the_same_network() {
    for topology in [everything(), network(r#"{ "shape": "fat_tree", "k": 4 }"#)] {
        let text = topology.written(Form::Json);
        let list: Explicit = serde_json::from_str(&text).unwrap();
        assert_eq!(Topology::new(&TopologySpec::Explicit(list)).unwrap(), topology, "{text}");
    }
}
