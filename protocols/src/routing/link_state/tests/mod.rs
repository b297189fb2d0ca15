//! Link state in the simulator: textbook tables, random networks, and what happens to messages.

mod databases;
mod messages;
mod random_networks;
mod textbook;

use std::collections::BTreeMap;

use sim_core::time::Duration;

use super::{Config, LinkState, OspfBody, OspfPacket};
use crate::routing::testing::{Cable, Lab};

/// Single letters for routers, and cables `"uv 2"` of one cost both ways.
fn lettered(cables: &str) -> (Vec<String>, Vec<Cable>) {
    let parsed = cables.split(", ").map(|cable| {
        let (ends, cost) = cable.split_once(' ').expect("ends and a cost");
        (ends.chars().collect::<Vec<char>>(), cost.parse().expect("a number"))
    });
    let parsed: Vec<(Vec<char>, u32)> = parsed.collect();
    let mut letters: Vec<char> = parsed.iter().flat_map(|(ends, _)| ends.clone()).collect();
    letters.sort_unstable();
    letters.dedup();
    let node = |letter| letters.binary_search(&letter).expect("a known letter") as u32;
    let cables = parsed.iter().map(|(ends, cost)| Cable::new(node(ends[0]), node(ends[1]), *cost)).collect();
    (letters.iter().map(char::to_string).collect(), cables)
}

fn lab(names: &[String], cables: &[Cable], config: &Config, script: &[(Duration, sim_core::script::Action)]) -> Lab {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Lab::new(1, &names, cables, config, &[], script)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The process of a router.
fn process(lab: &Lab, node: usize) -> &LinkState {
    let process: &dyn std::any::Any = lab.router(node).process();
    process.downcast_ref().expect("all routers run link state")
}

/// What a router has in its database: by router id, the number of the LSA and what it says.
fn database(lab: &Lab, node: usize) -> BTreeMap<u32, super::Lsa> {
    process(lab, node).database().map(|lsa| (lsa.router, lsa.clone())).collect()
}

/// The packets of the protocol that a router has sent since the last call: when in seconds, over which interface, what.
fn sent(lab: &mut Lab, node: usize) -> Vec<(f64, usize, std::sync::Arc<dyn sim_core::packet::Message>)> {
    let (_, messages) = lab.journal(node);
    messages.into_iter().map(|sent| (sent.time.as_secs_f64(), sent.interface.index(), sent.message)).collect()
}

/// A message as a packet of the protocol.
fn ospf(message: &std::sync::Arc<dyn sim_core::packet::Message>) -> &OspfPacket {
    let message: &dyn std::any::Any = &**message;
    message.downcast_ref().expect("a packet of the protocol")
}

/// The numbers of the LSAs of `router` that a packet carries in full.
fn carries(packet: &OspfPacket, router: u32) -> Vec<i64> {
    match &packet.body {
        OspfBody::LinkStateUpdate(instances) => {
            let of_router = instances.iter().filter(|instance| instance.lsa.router == router);
            of_router.map(|instance| super::messages::number(&instance.lsa)).collect()
        }
        OspfBody::Hello(_)
        | OspfBody::DatabaseDescription(_)
        | OspfBody::LinkStateRequest(_)
        | OspfBody::LinkStateAck(_)
        | OspfBody::Fragment(_) => Vec::new(),
    }
}
