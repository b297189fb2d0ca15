//! Nodes: forwarding tables, and the ports by which agents are found.

use crate::ids::NodeId;
use crate::packet::{Address, DropCounts};

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

/// The forwarding table: for each endpoint the outgoing links that lie on a best path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib {
    /// By number of the endpoint.
    routes: Vec<NextHops>,
    /// Sets of more than one link, one behind the other.
    sets: Vec<u32>,
}

/// One link, or a range of [`Fib::sets`]; the count is kept in the upper eight bits.
#[derive(Clone, Copy, Debug, Default)]
struct NextHops(u32);

impl Fib {
    /// The most links of equal cost that are used.
    const WIDEST: usize = 255;

    /// Forgets all routes and makes room for `endpoints`.
    pub(crate) fn clear(&mut self, endpoints: usize) {
        self.routes.clear();
        self.routes.resize(endpoints, NextHops::default());
        self.sets.clear();
    }

    /// Sets the links that lead to an endpoint. Links beyond the 255th are not used.
    pub(crate) fn set(&mut self, endpoint: usize, links: &[u32]) {
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
        self.routes[endpoint] = NextHops((links.len() as u32) << 24 | start);
    }

    /// The link towards `destination` for packets of a flow.
    #[inline]
    pub(crate) fn next(&self, destination: Address, choice: u32) -> Option<u32> {
        let NextHops(hops) = *self.routes.get(destination.0.wrapping_sub(FIRST_ENDPOINT) as usize)?;
        let (count, start) = (hops >> 24, hops & 0x00ff_ffff);
        match count {
            0 => None,
            1 => Some(start),
            // Maps the hash onto the count by its upper bits, without a division.
            _ => Some(self.sets[start as usize + ((u64::from(choice) * u64::from(count)) >> 32) as usize]),
        }
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
            let link = fib.next(Address(FIRST_ENDPOINT), (crate::hash::hash64(flow) >> 32) as u32).expect("a route");
            used[link as usize - 10] += 1;
        }
        // Binomial(4000, 1/4): standard deviation 27.
        assert!(used.iter().all(|&used| used.abs_diff(1_000) < 140), "{used:?}");
        assert_eq!(fib.next(Address(FIRST_ENDPOINT + 1), u32::MAX), Some(5));
        assert_eq!(fib.next(Address(FIRST_ENDPOINT + 2), 0), None);
        assert_eq!(fib.next(Address(FIRST_ROUTER), 0), None);
    }
}
