//! Nodes: forwarding tables, and the ports by which agents are found.

use std::fmt;

use smallvec::SmallVec;

use crate::ids::{Destination, InterfaceId, NodeId};
use crate::packet::{Address, DropCounts, DropReason};

/// Addresses of endpoints count from here: 10.0.0.1.
pub(crate) const FIRST_ENDPOINT: u32 = 0x0a00_0001;
/// Addresses of nodes without agents count from here: 172.16.0.1.
pub(crate) const FIRST_ROUTER: u32 = 0xac10_0001;

/// A host or a router.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub address: Address,
    pub id: NodeId,
    /// Chooses among equal-cost links together with the flow's hash, so that routers in a row choose independently.
    pub salt: u32,
    pub fib: Fib,
    /// Its outgoing links by interface, locally numbered.
    pub interfaces: Vec<u32>,
    pub demux: Demux,
    /// Hash of all that this node decided, in its order.
    pub fingerprint: u64,
    /// The local numbers of its agents.
    pub agents: Vec<u32>,
    pub counts: NodeCounts,
}

/// What a node counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NodeCounts {
    /// Packets its agents sent.
    pub sent: u64,
    /// Packets its agents received.
    pub delivered: u64,
    /// Packets that arrived over a link.
    pub arrived: u64,
    pub timers_fired: u64,
    pub dropped: DropCounts,
}

/// A set of addresses that begin alike (RFC 4632): `20.4.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    network: Address,
    length: u8,
}

impl Prefix {
    /// All addresses.
    pub const ALL: Prefix = Prefix { network: Address(0), length: 0 };

    /// The addresses that share their first `length` bits with `address`; bits behind are ignored.
    ///
    /// # Panics
    /// When `length` is more than 32.
    pub fn new(address: Address, length: u8) -> Self {
        assert!(length <= 32, "an IPv4 address has 32 bits");
        Prefix { network: Address(address.0 & Self::mask(length)), length }
    }

    fn mask(length: u8) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
    }

    /// The first of the addresses.
    pub fn network(self) -> Address {
        self.network
    }

    /// How many bits are alike.
    pub fn length(self) -> u8 {
        self.length
    }

    /// Whether an address begins alike.
    pub fn contains(self, address: Address) -> bool {
        address.0 & Self::mask(self.length) == self.network.0
    }

    /// Whether all addresses of `other` are among those of this one.
    pub fn covers(self, other: Prefix) -> bool {
        self.length <= other.length && self.contains(other.network)
    }
}

impl std::str::FromStr for Prefix {
    type Err = String;

    /// Reads `20.4.0.0/16`. Bits behind the length must be zero: `20.4.0.1/16` is more likely a mistake than meant.
    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is no prefix: write it as `20.4.0.0/16`");
        let (network, length) = text.split_once('/').ok_or_else(form)?;
        let network: std::net::Ipv4Addr = network.parse().map_err(|_| form())?;
        let length: u8 = length.parse().ok().filter(|&length| length <= 32).ok_or_else(form)?;
        let prefix = Prefix::new(Address(network.into()), length);
        if prefix.network.0 != u32::from(network) {
            return Err(format!("`{text}` has bits behind its length: the prefix is `{prefix}`"));
        }
        Ok(prefix)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

/// What addresses belong to what, the same for all nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPlan {
    /// How many endpoints there are.
    pub endpoints: u32,
    /// Addresses that endpoints were given, with the endpoints' numbers; sorted.
    pub given: Vec<(Address, u32)>,
    /// By endpoint, the numbers of the prefixes that hold its address, longest first. Empty without prefixes.
    pub covering: Vec<Vec<u32>>,
}

impl AddressPlan {
    /// The number of the endpoint with this address.
    pub(crate) fn endpoint(&self, address: Address) -> Option<u32> {
        let number = address.0.wrapping_sub(FIRST_ENDPOINT);
        let is_given = self.given.binary_search_by_key(&address, |&(given, _)| given);
        is_given.map(|at| self.given[at].1).ok().or((number < self.endpoints).then_some(number))
    }
}

/// How a node forwards to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding<'a> {
    /// Over one of these interfaces: each flow keeps to one.
    Over(&'a [InterfaceId]),
    /// Packets end here.
    BlackHole,
    /// By no way of its own. A shorter prefix may know one.
    Unreachable,
}

/// The forwarding table: for each endpoint, and each prefix, the outgoing links that lie on a best path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib {
    /// By number of the endpoint, as far as there are routes.
    routes: Vec<NextHops>,
    /// By number of the prefix, as far as there are routes.
    prefix_routes: Vec<NextHops>,
    /// Sets of more than one link, one behind the other.
    sets: Vec<u32>,
}

/// One link, or a range of [`Fib::sets`]; the count is kept in the upper eight bits.
#[derive(Clone, Copy, Debug, Default)]
struct NextHops(u32);

impl NextHops {
    #[inline]
    fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Fib {
    /// The most links of equal cost that are used.
    const WIDEST: usize = 254;
    /// Where packets end.
    const BLACK_HOLE: NextHops = NextHops(255 << 24);

    /// Forgets all routes and makes room for `endpoints`.
    pub(crate) fn clear(&mut self, endpoints: usize) {
        self.routes.clear();
        self.routes.resize(endpoints, NextHops::default());
        self.sets.clear();
    }

    /// Sets the links that lead to an endpoint. Links beyond the 254th are not used.
    pub(crate) fn set(&mut self, endpoint: usize, links: &[u32]) {
        self.routes[endpoint] = self.next_hops(links);
    }

    /// Sets how packets for a destination are forwarded, through links given by interface.
    pub(crate) fn set_forwarding(&mut self, to: Destination, forwarding: Forwarding<'_>, interfaces: &[u32]) {
        let hops = match forwarding {
            Forwarding::Over(over) => {
                let links: SmallVec<[u32; 4]> = over.iter().map(|interface| interfaces[interface.index()]).collect();
                self.next_hops(&links)
            }
            Forwarding::BlackHole => Self::BLACK_HOLE,
            Forwarding::Unreachable => NextHops::default(),
        };
        let (table, at) = match to {
            Destination::Endpoint(at) => (&mut self.routes, at as usize),
            Destination::Prefix(at) => (&mut self.prefix_routes, at as usize),
        };
        if table.len() <= at {
            table.resize(at + 1, NextHops::default());
        }
        table[at] = hops;
    }

    fn next_hops(&mut self, links: &[u32]) -> NextHops {
        let links = &links[..links.len().min(Self::WIDEST)];
        let start = match links {
            [] => 0,
            [only] => *only,
            // The same few sets come again and again: share them.
            _ => self.sets.windows(links.len()).position(|window| window == links).unwrap_or_else(|| {
                self.sets.extend_from_slice(links);
                self.sets.len() - links.len()
            }) as u32,
        };
        assert!(start < 1 << 24, "a partition has fewer than 16 million links");
        NextHops((links.len() as u32) << 24 | start)
    }

    /// The link towards `destination` for packets of a flow, or why there is none.
    #[inline]
    pub(crate) fn next(&self, plan: &AddressPlan, destination: Address, choice: u32) -> Result<u32, DropReason> {
        match self.routes.get(destination.0.wrapping_sub(FIRST_ENDPOINT) as usize) {
            Some(&hops) if !hops.is_empty() => self.choose(hops, choice),
            _ => self.choose(self.longest_match(plan, destination), choice),
        }
    }

    #[inline]
    fn choose(&self, NextHops(hops): NextHops, choice: u32) -> Result<u32, DropReason> {
        let (count, start) = (hops >> 24, hops & 0x00ff_ffff);
        match count {
            0 => Err(DropReason::NoRoute),
            1 => Ok(start),
            255 => Err(DropReason::BlackHole),
            // Maps the hash onto the count by its upper bits, without a division.
            _ => Ok(self.sets[start as usize + ((u64::from(choice) * u64::from(count)) >> 32) as usize]),
        }
    }

    /// The entry for the longest prefix that holds the address, the address itself before all (RFC 1812 §5.2.4.3).
    fn longest_match(&self, plan: &AddressPlan, destination: Address) -> NextHops {
        let Some(endpoint) = plan.endpoint(destination) else { return NextHops::default() };
        let entry = |table: &[NextHops], at: u32| table.get(at as usize).copied().filter(|hops| !hops.is_empty());
        entry(&self.routes, endpoint)
            .or_else(|| plan.covering.get(endpoint as usize)?.iter().find_map(|&at| entry(&self.prefix_routes, at)))
            .unwrap_or_default()
    }

    /// All links that packets to `destination` may take, or why there is none.
    pub(crate) fn links(&self, plan: &AddressPlan, destination: Address) -> Result<SmallVec<[u32; 4]>, DropReason> {
        let entry = self.longest_match(plan, destination);
        let first = self.choose(entry, 0)?;
        let NextHops(hops) = entry;
        let (count, start) = ((hops >> 24) as usize, (hops & 0x00ff_ffff) as usize);
        Ok(if count == 1 { SmallVec::from_slice(&[first]) } else { self.sets[start..start + count].into() })
    }
}

/// Finds the agent for a packet by its ports (RFC 9293 §3.1: a connection is the pair of its sockets).
#[derive(Clone, Debug, Default)]
pub(crate) struct Demux {
    /// Agents of one conversation, sorted by key.
    connections: Vec<(u64, u32)>,
    /// Agents that take whatever comes to a port, sorted.
    ports: Vec<(u16, u32)>,
    /// Takes what nobody else wants.
    fallback: Option<u32>,
}

/// What a packet must look like to reach an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Packets of one conversation.
    Connection {
        /// The agent's port.
        local_port: u16,
        /// The peer's address.
        remote: Address,
        /// The peer's port.
        remote_port: u16,
    },
    /// Packets to a port that belong to no conversation.
    Port(u16),
    /// Packets that no other agent takes.
    Fallback,
}

impl Demux {
    fn key(local_port: u16, remote: Address, remote_port: u16) -> u64 {
        u64::from(local_port) << 48 | u64::from(remote.0) << 16 | u64::from(remote_port)
    }

    /// Binds an agent. `false` if another one is bound there already.
    pub(crate) fn bind(&mut self, bind: Bind, agent: u32) -> bool {
        match bind {
            Bind::Connection { local_port, remote, remote_port } => {
                let key = Self::key(local_port, remote, remote_port);
                match self.connections.binary_search_by_key(&key, |&(key, _)| key) {
                    Ok(_) => return false,
                    Err(at) => self.connections.insert(at, (key, agent)),
                }
            }
            Bind::Port(port) => match self.ports.binary_search_by_key(&port, |&(port, _)| port) {
                Ok(_) => return false,
                Err(at) => self.ports.insert(at, (port, agent)),
            },
            Bind::Fallback if self.fallback.is_some() => return false,
            Bind::Fallback => self.fallback = Some(agent),
        }
        true
    }

    /// The agent that takes a packet, by the most specific match.
    #[inline]
    pub(crate) fn find(&self, local_port: u16, remote: Address, remote_port: u16) -> Option<u32> {
        let key = Self::key(local_port, remote, remote_port);
        if let Ok(at) = self.connections.binary_search_by_key(&key, |&(key, _)| key) {
            return Some(self.connections[at].1);
        }
        let port = self.ports.binary_search_by_key(&local_port, |&(port, _)| port);
        port.map(|at| self.ports[at].1).ok().or(self.fallback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: AddressPlan = AddressPlan { endpoints: 3, given: Vec::new(), covering: Vec::new() };
    const PEER: Address = Address(FIRST_ENDPOINT + 7);

    #[test]
    fn three_sockets_on_port_80_are_told_apart_by_the_peer() {
        let mut demux = Demux::default();
        for (agent, remote_port) in [(1, 5000), (2, 5001), (3, 4999)] {
            assert!(demux.bind(Bind::Connection { local_port: 80, remote: PEER, remote_port }, agent));
        }
        assert_eq!([4999, 5000, 5001, 5002].map(|port| demux.find(80, PEER, port)), [Some(3), Some(1), Some(2), None]);
    }

    #[test]
    fn two_udp_sources_reach_one_socket() {
        let mut demux = Demux::default();
        demux.bind(Bind::Port(9), 4);
        assert_eq!(demux.find(9, PEER, 1), Some(4));
        assert_eq!(demux.find(9, Address(1), 2), Some(4));
        assert_eq!(demux.find(10, PEER, 1), None);
        demux.bind(Bind::Fallback, 5);
        assert_eq!(demux.find(10, PEER, 1), Some(5));
    }

    #[test]
    fn a_port_cannot_be_taken_twice() {
        let mut demux = Demux::default();
        assert!(demux.bind(Bind::Port(9), 1));
        assert!(!demux.bind(Bind::Port(9), 2));
    }

    #[test]
    fn flows_spread_over_links_of_equal_cost() {
        let mut fib = Fib::default();
        fib.clear(2);
        fib.set(0, &[10, 11, 12, 13]);
        fib.set(1, &[5]);
        let mut used = [0_u32; 4];
        for flow in 0..4_000_u64 {
            let choice = (crate::hash::hash64(flow) >> 32) as u32;
            let link = fib.next(&PLAN, Address(FIRST_ENDPOINT), choice).expect("a route");
            used[link as usize - 10] += 1;
        }
        // Binomial(4000, 1/4): standard deviation 27.
        assert!(used.iter().all(|&used| used.abs_diff(1_000) < 140), "{used:?}");
        assert_eq!(fib.next(&PLAN, Address(FIRST_ENDPOINT + 1), u32::MAX), Ok(5));
        assert_eq!(fib.next(&PLAN, Address(FIRST_ENDPOINT + 2), 0), Err(DropReason::NoRoute));
        assert_eq!(fib.next(&PLAN, Address(FIRST_ROUTER), 0), Err(DropReason::NoRoute));
    }

    /// 208.65.152.0/22, more specific 208.65.153.0/24, and a host in both.
    #[test]
    fn the_longest_prefix_that_has_a_route_decides() {
        let host = Address(u32::from_be_bytes([208, 65, 153, 238]));
        let plan = AddressPlan { endpoints: 1, given: vec![(host, 0)], covering: vec![vec![1, 0]] };
        let interfaces = [10, 11, 12];
        let mut fib = Fib::default();
        let mut expect = |to: Destination, forwarding: Forwarding<'_>, expected: Result<u32, DropReason>| {
            fib.set_forwarding(to, forwarding, &interfaces);
            assert_eq!(fib.next(&plan, host, 0), expected, "{to:?} {forwarding:?}");
        };
        let over = |at: u32| [InterfaceId(at)];
        expect(Destination::Prefix(0), Forwarding::Over(&over(0)), Ok(10));
        expect(Destination::Prefix(1), Forwarding::Over(&over(1)), Ok(11));
        expect(Destination::Endpoint(0), Forwarding::Over(&over(2)), Ok(12));
        expect(Destination::Endpoint(0), Forwarding::Unreachable, Ok(11));
        expect(Destination::Prefix(1), Forwarding::BlackHole, Err(DropReason::BlackHole));
        expect(Destination::Prefix(1), Forwarding::Unreachable, Ok(10));
        expect(Destination::Prefix(0), Forwarding::Unreachable, Err(DropReason::NoRoute));
    }

    #[test]
    fn a_prefix_is_read_as_it_is_written() {
        assert_eq!("208.65.153.0/24".parse::<Prefix>().map(|prefix| prefix.to_string()), Ok("208.65.153.0/24".into()));
        assert_eq!("0.0.0.0/0".parse(), Ok(Prefix::ALL));
        for wrong in ["208.65.153.0", "208.65.153.0/33", "208.65.153/24", "208.65.153.1/24", "/24", "a.b.c.d/8"] {
            assert!(wrong.parse::<Prefix>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_prefix_holds_the_addresses_that_begin_alike() {
        let address = |text: [u8; 4]| Address(u32::from_be_bytes(text));
        let wide = Prefix::new(address([20, 4, 7, 9]), 16);
        let narrow = Prefix::new(address([20, 4, 128, 0]), 17);
        assert_eq!((wide.to_string(), narrow.to_string()), ("20.4.0.0/16".into(), "20.4.128.0/17".into()));
        assert!(wide.contains(address([20, 4, 255, 255])) && !wide.contains(address([20, 5, 0, 0])));
        assert!(narrow.contains(address([20, 4, 128, 1])) && !narrow.contains(address([20, 4, 127, 255])));
        assert!(wide.covers(narrow) && !narrow.covers(wide) && wide.covers(wide) && Prefix::ALL.covers(wide));
    }
}
