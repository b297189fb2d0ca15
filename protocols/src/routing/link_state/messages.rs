//! What routers say to each other: the five packets of OSPF (RFC 2328, appendix A.3), and how long they are.

use std::any::Any;
use std::fmt::Write;
use std::sync::Arc;

use sim_core::ids::NodeId;
use sim_core::packet::{IPV4_HEADER, Message};

use super::lsdb::{INITIAL_SEQUENCE, Instance, Lsa};
use crate::routing::names::Names;

/// The header of every packet (appendix A.3.1), bytes.
pub(super) const OSPF_HEADER: u32 = 24;
/// A hello without neighbours (A.3.2: mask, interval, options, priority, dead interval, two designated routers), bytes.
const HELLO: u32 = 20;
/// The id of a neighbour in a hello, bytes.
const NEIGHBOR: u32 = 4;
/// A database description without headers (A.3.3: MTU, options, flags, sequence number), bytes.
const DESCRIPTION: u32 = 8;
/// An entry of a request (A.3.4: type, id, router), bytes.
const REQUEST: u32 = 12;
/// The count of LSAs in an update (A.3.5), bytes.
const UPDATE: u32 = 4;
/// The header of an LSA (A.4.1), bytes: what descriptions and acknowledgements carry.
const LSA_HEADER: u32 = 20;
/// Flags and the count of links in a router-LSA (A.4.2), bytes.
const ROUTER_LSA: u32 = 4;
/// A link or stub network in a router-LSA (A.4.2: id, data, type, metric), bytes.
const LINK: u32 = 12;

/// Bytes of an update, behind the OSPF header, with one LSA of `links` links and stub networks.
pub(super) const fn update_bytes(links: u32) -> u32 {
    UPDATE + LSA_HEADER + ROUTER_LSA + LINK * links
}

/// A packet of the protocol.
#[derive(Debug)]
pub struct OspfPacket {
    /// Router id of the sender.
    pub router: u32,
    /// The sender itself, for those who look on.
    pub node: NodeId,
    /// What it says.
    pub body: OspfBody,
}

/// What a packet says.
#[derive(Debug)]
pub enum OspfBody {
    /// I am here, and I hear this router.
    Hello(Option<u32>),
    /// This is what I have in my database.
    DatabaseDescription(Description),
    /// Send me what you have of these routers: id, and node for those who look on.
    LinkStateRequest(Vec<(u32, NodeId)>),
    /// Here are LSAs.
    LinkStateUpdate(Vec<Instance>),
    /// I have received these LSAs.
    LinkStateAck(Vec<Instance>),
    /// A part of a packet that is too long for one (RFC 791, 3.2).
    Fragment(Fragment),
}

/// A fragment of a packet.
#[derive(Debug)]
pub struct Fragment {
    /// The packet. It has arrived when all its fragments have.
    pub whole: Arc<OspfPacket>,
    /// Which part this is, from 0.
    pub part: u32,
    /// How many there are.
    pub parts: u32,
    /// Bytes at the network layer.
    pub bytes: u32,
}

/// Divides a packet into fragments of at most `most` bytes: headers of 20 bytes, contents in units of 8 (RFC 791, 3.2).
pub(super) fn fragments(whole: &Arc<OspfPacket>, most: u32) -> Vec<Fragment> {
    let contents = whole.bytes() - IPV4_HEADER;
    let room = ((most.saturating_sub(IPV4_HEADER)) / 8 * 8).max(8);
    let parts = contents.div_ceil(room);
    let bytes = |part: u32| IPV4_HEADER + room.min(contents - part * room);
    (0..parts).map(|part| Fragment { whole: whole.clone(), part, parts, bytes: bytes(part) }).collect()
}

/// A database description: headers, and the flags of A.3.3.
#[derive(Debug)]
pub struct Description {
    /// I: the exchange begins.
    pub init: bool,
    /// M: more is to come.
    pub more: bool,
    /// MS: the sender leads.
    pub master: bool,
    /// Counts the leader's packets.
    pub sequence: u32,
    /// What is in the sender's database: of each LSA the header.
    pub headers: Vec<Instance>,
}

impl OspfPacket {
    /// Bytes at the network layer.
    pub fn bytes(&self) -> u32 {
        let body = match &self.body {
            OspfBody::Hello(neighbor) => HELLO + NEIGHBOR * u32::from(neighbor.is_some()),
            OspfBody::DatabaseDescription(description) => DESCRIPTION + LSA_HEADER * description.headers.len() as u32,
            OspfBody::LinkStateRequest(routers) => REQUEST * routers.len() as u32,
            OspfBody::LinkStateUpdate(instances) => {
                UPDATE + instances.iter().map(|instance| lsa_bytes(&instance.lsa)).sum::<u32>()
            }
            OspfBody::LinkStateAck(headers) => LSA_HEADER * headers.len() as u32,
            OspfBody::Fragment(fragment) => return fragment.bytes,
        };
        IPV4_HEADER + OSPF_HEADER + body
    }
}

/// Bytes of an LSA in an update.
fn lsa_bytes(lsa: &Lsa) -> u32 {
    LSA_HEADER + ROUTER_LSA + LINK * (lsa.links.len() + lsa.stubs.len()) as u32
}

/// How many headers fit into a packet of `most` bytes, behind a description's own fields.
pub(super) fn headers_in(most: u32) -> usize {
    (most.saturating_sub(IPV4_HEADER + OSPF_HEADER + DESCRIPTION) / LSA_HEADER).max(1) as usize
}

/// How many requests fit into a packet of `most` bytes.
pub(super) fn requests_in(most: u32) -> usize {
    (most.saturating_sub(IPV4_HEADER + OSPF_HEADER) / REQUEST).max(1) as usize
}

/// Divides LSAs into updates of at most `most` bytes. An LSA that does not fit has one of its own.
pub(super) fn updates(instances: Vec<Instance>, most: u32) -> Vec<Vec<Instance>> {
    let room = most.saturating_sub(IPV4_HEADER + OSPF_HEADER + UPDATE);
    let (mut updates, mut used): (Vec<Vec<Instance>>, u32) = (Vec::new(), 0);
    for instance in instances {
        let bytes = lsa_bytes(&instance.lsa);
        match updates.last_mut() {
            Some(last) if used + bytes <= room => {
                used += bytes;
                last.push(instance);
            }
            Some(_) | None => {
                used = bytes;
                updates.push(vec![instance]);
            }
        }
    }
    updates
}

impl Message for OspfPacket {
    fn kind(&self) -> &'static str {
        match &self.body {
            OspfBody::Hello(_) => "hello",
            OspfBody::DatabaseDescription(_) => "database_description",
            OspfBody::LinkStateRequest(_) => "link_state_request",
            OspfBody::LinkStateUpdate(_) => "link_state_update",
            OspfBody::LinkStateAck(_) => "link_state_ack",
            OspfBody::Fragment(_) => "fragment",
        }
    }

    fn is_sign_of_life(&self) -> bool {
        matches!(self.body, OspfBody::Hello(_))
    }
}

/// What a message says, in words, if it is one of this protocol's. LSAs are numbered from 1: `u 3` is the third of u.
pub fn describe(message: &dyn Message, names: &Names) -> Option<String> {
    let message: &dyn Any = message;
    let packet: &OspfPacket = message.downcast_ref()?;
    Some(match &packet.body {
        OspfBody::Hello(None) => "hears nobody".to_owned(),
        OspfBody::Hello(Some(_)) => "hears the receiver".to_owned(),
        OspfBody::DatabaseDescription(description) => {
            let flags =
                [(description.init, "begins"), (description.master, "leads"), (description.more, "more follows")];
            let said = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, word)| *word);
            let said: Vec<&str> = said.collect();
            let headers = list(&description.headers, |instance| header(instance, names));
            let parts = [said.join(", "), headers];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        }
        OspfBody::LinkStateRequest(routers) => list(routers, |(_, node)| names.node(*node).to_owned()),
        OspfBody::LinkStateUpdate(instances) => instances
            .iter()
            .map(|instance| format!("{} ({})", header(instance, names), contents(&instance.lsa, names)))
            .collect::<Vec<_>>()
            .join("; "),
        OspfBody::LinkStateAck(headers) => list(headers, |instance| header(instance, names)),
        OspfBody::Fragment(Fragment { whole, part, parts, .. }) => {
            let whole = describe(&**whole, names).unwrap_or_default();
            format!("part {} of {parts} of {whole}", part + 1)
        }
    })
}

fn list<T>(items: &[T], word: impl Fn(&T) -> String) -> String {
    items.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn header(instance: &Instance, names: &Names) -> String {
    format!("{} {}", names.node(instance.lsa.node), number(&instance.lsa))
}

/// Which of its router's LSAs this is, from 1.
pub(super) fn number(lsa: &Arc<Lsa>) -> i64 {
    i64::from(lsa.sequence) - i64::from(INITIAL_SEQUENCE) + 1
}

/// Neighbours and stub networks with their costs, as names.
pub(super) fn contents(lsa: &Lsa, names: &Names) -> String {
    let mut text = list(&lsa.links, |link| format!("{} {}", names.node(link.node), link.cost));
    for stub in &lsa.stubs {
        if !text.is_empty() {
            text.push_str(", ");
        }
        write!(text, "{} {}", names.destination(stub.destination), stub.cost).expect("a string takes all");
    }
    text
}
