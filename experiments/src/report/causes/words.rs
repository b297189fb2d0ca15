//! Words for packets, links, flows and what the script does.

use sim_core::ids::{LinkId, NodeId};
use sim_core::loss::LossSpec;
use sim_core::packet::{RdtKind, TcpFlags, UdpKind};
use sim_core::time::{Duration, Time};
use sim_core::trace::Header;

use super::lookup::Part;
use crate::file::plan::{Change, Direction, Happening, LinkRef, RunPoint, Traffic};
use crate::results;
use crate::run::story::Identity;

pub(super) fn seconds(span: Duration) -> String {
    results::seconds(span.as_secs_f64())
}

pub(super) fn moment(time: Time) -> String {
    results::seconds(time.as_secs_f64())
}

/// `A's`, and `answers'`.
pub(super) fn of(name: &str) -> String {
    if name.ends_with('s') { format!("{name}'") } else { format!("{name}'s") }
}

pub(super) fn node(point: &RunPoint, node: NodeId) -> &str {
    &point.topology.nodes[node.index()].name
}

pub(super) fn link_ref(link: LinkId) -> LinkRef {
    let direction = if link.0.is_multiple_of(2) { Direction::Forward } else { Direction::Backward };
    LinkRef { cable: link.index() / 2, direction }
}

pub(super) fn link(point: &RunPoint, link: LinkId) -> &str {
    link_ref(link).name(&point.topology)
}

/// A small number.
pub(super) fn count(number: u64) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(number as usize).map_or_else(|| number.to_string(), |&word| word.to_owned())
}

/// `A`, `A and B`, `A, B and C`; of more than four three, and how many others.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= 4 => format!("{} and {last}", first.join(", ")),
        [a, b, c, others @ ..] => format!("{a}, {b}, {c} and {} others", others.len()),
        [_, _] => unreachable!("two are at most four"),
    }
}

/// Bytes as whole packets, or to a tenth if there are few.
pub(super) fn packets(bytes: u64, mss: u64) -> String {
    let packets = bytes as f64 / mss.max(1) as f64;
    match packets < 10.0 {
        true => results::plain((packets * 10.0).round() / 10.0),
        false => format!("{packets:.0}"),
    }
}

/// The same with the word: `1 packet`, `7.5 packets`.
pub(super) fn window(bytes: u64, mss: u64) -> String {
    let count = packets(bytes, mss);
    if count == "1" { "1 packet".to_owned() } else { format!("{count} packets") }
}

/// What a packet is called in a sentence about its flow: `segment 84`, `SYN`, `packet 5`.
pub(super) fn part(packet: &Identity) -> String {
    match &packet.header {
        Header::Rdt(rdt) => match rdt.kind {
            RdtKind::Data => format!("packet {}", rdt.number),
            RdtKind::Ack => format!("ACK {}", rdt.number),
        },
        Header::Udp(udp) => match udp.kind {
            UdpKind::Data => format!("datagram {}", udp.sequence),
            UdpKind::EchoRequest => format!("request {}", udp.sequence),
            UdpKind::EchoReply => format!("reply {}", udp.sequence),
        },
        Header::Tcp(tcp) => match Part::of(packet) {
            Part::Data(segment) => format!("segment {segment}"),
            Part::Syn if tcp.flags.has(TcpFlags::ACK) => "SYN-ACK".to_owned(),
            Part::Syn => "SYN".to_owned(),
            Part::Fin => "FIN".to_owned(),
            Part::Ack => "ACK".to_owned(),
            Part::Other => "RST".to_owned(),
        },
        Header::Control(kind) => (*kind).to_owned(),
    }
}

/// The same with its flow, and which copy it was if not the first: `A's segment 84`, `an ACK of A`.
pub(super) fn packet(point: &RunPoint, packet: &Identity) -> String {
    let name = &point.flows[packet.end.flow].name;
    let copy = if packet.copy > 1 { format!(" (copy {})", packet.copy) } else { String::new() };
    match (Part::of(packet), &packet.header) {
        (Part::Ack, Header::Tcp(_)) => format!("an ACK of {name}"),
        _ => format!("{} {}{copy}", of(name), part(packet)),
    }
}

/// A flow began.
pub(super) fn of_start(point: &RunPoint, flow: usize, start: Time) -> String {
    let flow = &point.flows[flow];
    let (name, start) = (&flow.name, moment(start));
    match &flow.traffic {
        Traffic::Tcp { size: Some(size), .. } => format!("{name} started at {start}, to send {size}"),
        Traffic::Tcp { size: None, workload, .. } if workload.dialogue.is_none() => {
            format!("{name} started at {start}, and sends as much as it may")
        }
        Traffic::Tcp { .. } | Traffic::Udp(_) | Traffic::Ping(_) | Traffic::Rdt(_) => {
            format!("{name} started at {start}")
        }
    }
}

/// A link loses packets by itself.
pub(super) fn of_loss(point: &RunPoint, id: LinkId) -> String {
    let name = link(point, id);
    match &link_ref(id).spec(&point.topology).loss {
        Some(LossSpec::Bernoulli(config)) => {
            format!("{name} loses packets at random, {} of them", results::percent(config.probability))
        }
        Some(LossSpec::GilbertElliott(_)) => format!("{name} loses packets at random, in bursts"),
        Some(LossSpec::Chosen(config)) => {
            let packets = config.packets.iter().map(|number| format!("packet {number} that it carries"));
            let segments = config.segments.iter().map(|one| format!("segment {} of {}", one.segment, one.flow));
            let chosen: Vec<String> = packets.chain(segments).collect();
            format!("{name} was made to lose {}", list(&chosen))
        }
        None => format!("{name} loses packets"),
    }
}

pub(super) fn of_mtu(point: &RunPoint, id: LinkId) -> String {
    let mtu = link_ref(id).spec(&point.topology).mtu;
    format!("{} takes packets of at most {mtu}", link(point, id))
}

/// What the script did.
pub(super) fn of_script(point: &RunPoint, what: &Happening) -> String {
    let topology = &*point.topology;
    match what {
        Happening::Link { links, change } => {
            let name = match links.as_slice() {
                [one] => one.name(topology),
                several => several.first().map_or("", |link| &link.cable(topology).name),
            };
            match change {
                Change::Down => format!("{name} was cut"),
                Change::Up => format!("{name} was mended"),
                Change::NoLoss => format!("{name} ceased to lose packets"),
                Change::Cost(cost) => format!("{name} was given the cost {cost}"),
                Change::Bandwidth(rate) => format!("{name} was given a rate of {rate}"),
                Change::Delay(delay) => format!("{name} was given a delay of {delay}"),
            }
        }
        Happening::RouterDown(router) => format!("{} failed", node(point, *router)),
        Happening::RouterUp(router) => format!("{} was set to work again", node(point, *router)),
        Happening::Announce(router, prefix) => format!("{} was told to announce {prefix}", node(point, *router)),
        Happening::Withdraw(router, prefix) => format!("{} was told to withdraw {prefix}", node(point, *router)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_a_few_and_count_the_others() {
        let names = |count: usize| (0..count).map(|at| format!("f{at}")).collect::<Vec<_>>();
        let told = [1, 2, 4, 40].map(|count| list(&names(count)));
        assert_eq!(told, ["f0", "f0 and f1", "f0, f1, f2 and f3", "f0, f1, f2 and 37 others"]);
    }

    #[test]
    fn windows_are_told_in_packets() {
        assert_eq!([1_460, 2_190, 14_600, 243_333].map(|bytes| packets(bytes, 1_460)), ["1", "1.5", "10", "167"]);
        assert_eq!([of("A"), of("answers")], ["A's", "answers'"]);
    }
}
