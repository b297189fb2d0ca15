//! Who gets which addresses: a block for each site, a small one for each cable between sites.
//!
//! ```text
//! 10.0.0.0/8   sites from the bottom            cables at the top
//!   10.0.0.0/30  r1: .1, its host h1: .2          10.255.255.252/31  r1-r2: .252, .253
//!   10.0.0.4/30  r2: .5, its host h2: .6          10.255.255.254/31  r2-r3: .254, .255
//! ```
//!
//! A site is a router and the hosts with their first cable at it; a host without a router is a site of its own. All
//! sites have blocks of the size that the largest needs, with its network and broadcast address. The order is that of
//! a walk over a spanning tree, so that the sites of each branch have neighbouring blocks, which routers elsewhere can
//! take as one (RFC 4632 section 5): as addresses are given to customers from the block of their provider. A cable has
//! two addresses (RFC 3021), or four with a network and a broadcast address among them. Routes lead to sites; those of
//! cables stay with the two routers at their ends. Not modelled: IPv6, several addresses on one cable, blocks of
//! different size.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::ids::NodeId;

use super::table::{Entry, Hop, Table, aggregate};
use crate::{Fault, NodeKind, Problem, Topology};

/// How addresses are given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddressingSpec {
    /// What all addresses come from. Not 10.0.0.0/8, whose first addresses are those that nodes have without a plan.
    pub block: String,
    /// How large the block of a cable is.
    pub point_to_point: PointToPoint,
    /// In which order sites get their blocks.
    pub order: Order,
}

impl Default for AddressingSpec {
    fn default() -> Self {
        AddressingSpec {
            block: "172.16.0.0/12".into(),
            point_to_point: PointToPoint::default(),
            order: Order::default(),
        }
    }
}

/// How large the block of a cable between two sites is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PointToPoint {
    /// Two addresses, one for each end (RFC 3021).
    #[default]
    #[serde(rename = "/31")]
    Two,
    /// Four, the first and last of them for the network and for broadcast.
    #[serde(rename = "/30")]
    Four,
}

/// In which order sites get their blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Along a tree of shortest ways from the site with the most cables, branch by branch.
    #[default]
    Tree,
    /// As the nodes come.
    Nodes,
}

/// A router with its hosts, and their addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// All addresses of it.
    pub prefix: Ipv4Net,
    /// The router, or the host that is alone; then the others.
    pub nodes: Vec<NodeId>,
}

/// The addresses of a cable between two sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSubnet {
    /// Index of the cable.
    pub cable: u32,
    /// Both addresses.
    pub prefix: Ipv4Net,
    /// That of the end `from`.
    pub from: Ipv4Addr,
    /// That of the end `to`.
    pub to: Ipv4Addr,
}

/// Addresses for a network.
#[derive(Clone, Debug)]
pub struct AddressPlan {
    /// What all addresses come from.
    pub block: Ipv4Net,
    /// The sites, in the order of their blocks.
    pub sites: Vec<Site>,
    /// The cables between sites, in the order of the network.
    pub links: Vec<LinkSubnet>,
    /// The address of each node.
    pub addresses: Vec<Ipv4Addr>,
    /// The number of the site that each node is in.
    site_of: Vec<u32>,
    /// Who is next to each node, at which cost there.
    neighbors: Vec<Vec<(NodeId, u32)>>,
}

impl AddressPlan {
    /// Gives addresses to all nodes of a network, and to its cables.
    ///
    /// # Errors
    /// When the block is none, or is too small.
    pub fn new(topology: &Topology, spec: &AddressingSpec) -> Result<AddressPlan, Problem> {
        let wrong = |why: String| Problem::new("/block", Fault::Parameter { why });
        let block: Ipv4Net = match spec.block.parse::<Ipv4Net>() {
            Ok(block) if block.trunc() == block => block,
            Ok(block) => {
                return Err(wrong(format!("{block} has bits behind its prefix: did you mean {}?", block.trunc())));
            }
            Err(_) => return Err(wrong(format!("`{}` is no network: give one such as 10.0.0.0/8", spec.block))),
        };
        let mut neighbors: Vec<Vec<(NodeId, u32)>> = vec![Vec::new(); topology.nodes.len()];
        for cable in &topology.cables {
            neighbors[cable.from.index()].push((cable.to, cable.forward.cost));
            neighbors[cable.to.index()].push((cable.from, cable.backward.cost));
        }
        let mut sites = sites(topology, &neighbors);
        if spec.order == Order::Tree {
            sites = along_a_tree(sites, &neighbors);
        }
        let mut site_of = vec![0; topology.nodes.len()];
        for (number, nodes) in (0..).zip(&sites) {
            for node in nodes {
                site_of[node.index()] = number;
            }
        }
        // An access cable is part of its site.
        let between: Vec<u32> = (0..)
            .zip(&topology.cables)
            .filter(|(_, cable)| site_of[cable.from.index()] != site_of[cable.to.index()])
            .map(|(index, _)| index)
            .collect();

        let largest = sites.iter().map(Vec::len).max().unwrap_or(0) as u64;
        // With network and broadcast address.
        let site_bits = (largest + 2).next_power_of_two().trailing_zeros() as u8;
        let link_bits = if spec.point_to_point == PointToPoint::Two { 1 } else { 2 };
        let room = 1_u64 << (32 - block.prefix_len());
        let for_sites = (sites.len() as u64) << site_bits;
        let needed = for_sites + ((between.len() as u64) << link_bits);
        if needed > room {
            let length = 32 - i64::from(needed.next_power_of_two().trailing_zeros());
            let remedy = if length < 0 { "no block is large enough".into() } else { format!("give a /{length}") };
            return Err(wrong(format!(
                "{} sites of {} addresses and {} cables need {needed} addresses, but {block} has {room}: {remedy}",
                sites.len(),
                1 << site_bits,
                between.len(),
            )));
        }
        let start = u64::from(u32::from(block.network()));
        let prefix = |at: u64, bits: u8| {
            let address = u32::try_from(start + at).expect("the block was found large enough");
            Ipv4Net::new(Ipv4Addr::from(address), 32 - bits).expect("bits are fewer than 32")
        };
        let mut addresses = vec![Ipv4Addr::UNSPECIFIED; topology.nodes.len()];
        let sites: Vec<Site> = (0..)
            .zip(sites)
            .map(|(number, nodes)| {
                let prefix = prefix(number << site_bits, site_bits);
                for (at, node) in (1..).zip(&nodes) {
                    addresses[node.index()] = Ipv4Addr::from(u32::from(prefix.network()) + at);
                }
                Site { prefix, nodes }
            })
            .collect();
        let first = room - ((between.len() as u64) << link_bits);
        let links = (0..)
            .zip(between)
            .map(|(number, cable)| {
                let prefix = prefix(first + (number << link_bits), link_bits);
                let low = u32::from(prefix.network()) + u32::from(spec.point_to_point == PointToPoint::Four);
                LinkSubnet { cable, prefix, from: Ipv4Addr::from(low), to: Ipv4Addr::from(low + 1) }
            })
            .collect();
        Ok(AddressPlan { block, sites, links, addresses, site_of, neighbors })
    }

    /// The site that a node is in.
    pub fn site(&self, node: NodeId) -> &Site {
        &self.sites[self.site_of[node.index()] as usize]
    }

    /// Gives every node of the network its address.
    pub fn assign(&self, topology: &mut Topology) {
        for (node, address) in topology.nodes.iter_mut().zip(&self.addresses) {
            node.address = Some(*address);
        }
    }

    /// The table of a node with one entry for each site, by shortest ways; of several that are as short, the first
    /// neighbour counts. Sites without a way are left out.
    pub fn table(&self, node: NodeId) -> Table {
        let hops = self.hops(node);
        let entries = self.sites.iter().zip(hops).filter(|(_, hop)| *hop != Hop::Unreachable);
        Table::new(entries.map(|(site, hop)| Entry { prefix: site.prefix, hop }).collect())
    }

    /// The smallest table that sends packets for every site the same way.
    pub fn aggregated(&self, node: NodeId) -> Table {
        let sites = self.sites.iter().zip(self.hops(node));
        let sites: Vec<Entry> = sites.map(|(site, hop)| Entry { prefix: site.prefix, hop }).collect();
        Table::new(aggregate(self.block, &sites))
    }

    /// Where packets of `node` for each site go.
    fn hops(&self, node: NodeId) -> Vec<Hop> {
        let first = self.first_neighbors(node);
        let own = self.site_of[node.index()];
        (0..)
            .zip(&self.sites)
            .map(|(number, site)| match first[site.nodes[0].index()] {
                _ if number == own => Hop::Local,
                Some(next) => Hop::Via(next),
                None => Hop::Unreachable,
            })
            .collect()
    }

    /// The neighbour through which the shortest way to each node leads (Dijkstra 1959).
    fn first_neighbors(&self, start: NodeId) -> Vec<Option<NodeId>> {
        let mut found: Vec<Option<(u64, NodeId)>> = vec![None; self.neighbors.len()];
        let mut waiting = BinaryHeap::from([Reverse((0_u64, start, start))]);
        while let Some(Reverse((cost, first, node))) = waiting.pop() {
            if found[node.index()].is_some() {
                continue;
            }
            found[node.index()] = Some((cost, first));
            for &(next, more) in &self.neighbors[node.index()] {
                if found[next.index()].is_none() {
                    let first = if node == start { next } else { first };
                    waiting.push(Reverse((cost + u64::from(more), first, next)));
                }
            }
        }
        found.into_iter().map(|found| found.map(|(_, first)| first)).collect()
    }
}

/// Routers with their hosts, in the order of the nodes.
fn sites(topology: &Topology, neighbors: &[Vec<(NodeId, u32)>]) -> Vec<Vec<NodeId>> {
    let is_router = |node: NodeId| topology.nodes[node.index()].kind == NodeKind::Router;
    let mut sites: Vec<Vec<NodeId>> = Vec::new();
    let mut site_at = vec![None; topology.nodes.len()];
    let ids = || (0..topology.nodes.len() as u32).map(NodeId);
    let home = |node: NodeId| neighbors[node.index()].iter().map(|(next, _)| *next).find(|next| is_router(*next));
    for node in ids().filter(|node| is_router(*node) || home(*node).is_none()) {
        site_at[node.index()] = Some(sites.len());
        sites.push(vec![node]);
    }
    for node in ids().filter(|node| !is_router(*node)) {
        if let Some(site) = home(node).and_then(|router| site_at[router.index()]) {
            sites[site].push(node);
        }
    }
    sites
}

/// The sites of each part of the network in the order in which a walk first comes to them, over the tree that a search
/// in width from the site with the most cables makes.
fn along_a_tree(sites: Vec<Vec<NodeId>>, neighbors: &[Vec<(NodeId, u32)>]) -> Vec<Vec<NodeId>> {
    let mut site_of = vec![0; neighbors.len()];
    for (number, nodes) in sites.iter().enumerate() {
        for node in nodes {
            site_of[node.index()] = number;
        }
    }
    let next_to = |site: usize| {
        sites[site].iter().flat_map(|node| &neighbors[node.index()]).map(|(next, _)| site_of[next.index()])
    };
    let mut starts: Vec<usize> = (0..sites.len()).collect();
    starts.sort_by_key(|site| Reverse(next_to(*site).filter(|next| next != site).count()));
    let mut is_seen = vec![false; sites.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); sites.len()];
    let mut order = Vec::with_capacity(sites.len());
    for start in starts {
        if std::mem::replace(&mut is_seen[start], true) {
            continue;
        }
        let mut row = vec![start];
        while !row.is_empty() {
            let mut next_row = Vec::new();
            for site in row {
                for next in next_to(site) {
                    if !std::mem::replace(&mut is_seen[next], true) {
                        children[site].push(next);
                        next_row.push(next);
                    }
                }
            }
            row = next_row;
        }
        let mut waiting = vec![start];
        while let Some(site) = waiting.pop() {
            order.push(site);
            waiting.extend(children[site].iter().rev());
        }
    }
    let mut sites: Vec<Option<Vec<NodeId>>> = sites.into_iter().map(Some).collect();
    order.into_iter().filter_map(|site| sites[site].take()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::TopologySpec;

    fn network(json: &str) -> Topology {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap()).unwrap()
    }

    fn plan(topology: &Topology, spec: &str) -> AddressPlan {
        AddressPlan::new(topology, &serde_json::from_str(spec).unwrap()).unwrap()
    }

    const NETWORKS: &[&str] = &[
        r#"{ "shape": "line", "nodes": 9 }"#,
        r#"{ "shape": "fat_tree", "k": 4 }"#,
        r#"{ "shape": "bcube", "ports": 3, "level": 1 }"#,
        r#"{ "shape": "transit_stub", "transit_domains": 2, "transit_nodes": 3, "stubs_per_transit_node": 2,
             "stub_nodes": 4, "hosts": { "per_router": 1 } }"#,
        r#"{ "shape": "erdos_renyi", "nodes": 60, "probability": 0.03, "hosts": { "per_router": 2 } }"#,
        r#"{ "nodes": ["a", "b", "c"], "links": [ { "from": "a", "to": "b" } ] }"#,
    ];

    #[test]
    fn a_line_gets_the_addresses_of_the_drawing() {
        // h1 - r1 - r2 - r3 - h2: sites of a router and at most one host, so of four addresses.
        let line = network(r#"{ "shape": "line", "nodes": 5 }"#);
        let found = plan(&line, r#"{ "order": "nodes", "block": "10.0.0.0/8" }"#);
        let sites: Vec<(String, usize)> =
            found.sites.iter().map(|site| (site.prefix.to_string(), site.nodes.len())).collect();
        assert_eq!(
            sites,
            [("10.0.0.0/30".to_owned(), 2), ("10.0.0.4/30".to_owned(), 1), ("10.0.0.8/30".to_owned(), 2)]
        );
        let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["10.0.0.2", "10.0.0.1", "10.0.0.5", "10.0.0.9", "10.0.0.10"]);
        let links: Vec<String> =
            found.links.iter().map(|link| format!("{} {} {}", link.prefix, link.from, link.to)).collect();
        assert_eq!(
            links,
            ["10.255.255.252/31 10.255.255.252 10.255.255.253", "10.255.255.254/31 10.255.255.254 10.255.255.255"]
        );
        let wide = plan(&line, r#"{ "point_to_point": "/30", "block": "192.168.0.0/24" }"#);
        assert_eq!(wide.links[1].prefix.to_string(), "192.168.0.252/30");
        assert_eq!((wide.links[1].from.octets()[3], wide.links[1].to.octets()[3]), (253, 254));
    }

    #[test]
    fn no_two_nodes_have_an_address_and_no_two_blocks_overlap() {
        for json in NETWORKS {
            let topology = network(json);
            for spec in ["{}", r#"{ "order": "nodes", "point_to_point": "/30", "block": "172.16.0.0/12" }"#] {
                let found = plan(&topology, spec);
                let different: BTreeSet<_> = found.addresses.iter().collect();
                assert_eq!(different.len(), topology.nodes.len(), "{json}");
                for (node, address) in (0..).map(NodeId).zip(&found.addresses) {
                    let prefix = found.site(node).prefix;
                    assert!(prefix.contains(address) && *address != prefix.network() && *address != prefix.broadcast());
                }
                let mut blocks: Vec<Ipv4Net> = found.sites.iter().map(|site| site.prefix).collect();
                blocks.extend(found.links.iter().map(|link| link.prefix));
                blocks.sort_unstable();
                assert!(blocks.iter().all(|block| found.block.contains(block)));
                assert!(blocks.windows(2).all(|two| two[0].broadcast() < two[1].network()), "{json}");
            }
        }
    }

    #[test]
    fn a_block_that_is_too_small_is_refused_with_the_size_that_is_not() {
        let line = network(r#"{ "shape": "line", "nodes": 5 }"#);
        let error = |block: &str| {
            let spec = AddressingSpec { block: block.into(), ..AddressingSpec::default() };
            AddressPlan::new(&line, &spec).unwrap_err().fault.to_string()
        };
        assert_eq!(
            error("10.0.0.0/29"),
            "3 sites of 4 addresses and 2 cables need 16 addresses, but 10.0.0.0/29 has 8: give a /28"
        );
        assert!(AddressPlan::new(&line, &AddressingSpec { block: "10.0.0.0/28".into(), ..Default::default() }).is_ok());
        assert_eq!(error("10.0.0.1/8"), "10.0.0.1/8 has bits behind its prefix: did you mean 10.0.0.0/8?");
        assert_eq!(error("ten"), "`ten` is no network: give one such as 10.0.0.0/8");
    }

    #[test]
    fn aggregated_tables_lead_where_the_full_ones_lead() {
        for json in NETWORKS {
            let topology = network(json);
            for spec in ["{}", r#"{ "order": "nodes" }"#] {
                let found = plan(&topology, spec);
                for node in (0..topology.nodes.len() as u32).map(NodeId) {
                    let (full, few) = (found.table(node), found.aggregated(node));
                    assert!(few.entries.len() <= full.entries.len().max(1), "{json} {node:?}");
                    for address in found.sites.iter().flat_map(|site| site.prefix.hosts()) {
                        let scan = full.entries.iter().find(|entry| entry.prefix.contains(&address));
                        assert_eq!(full.hop(address), scan.map_or(Hop::Unreachable, |entry| entry.hop));
                        assert_eq!(few.hop(address), full.hop(address), "{json} {node:?} {address}");
                    }
                }
            }
        }
    }

    #[test]
    fn packets_that_follow_aggregated_tables_arrive() {
        let topology = network(NETWORKS[3]);
        let found = plan(&topology, "{}");
        let tables: Vec<Table> = (0..topology.nodes.len() as u32).map(|node| found.aggregated(NodeId(node))).collect();
        for start in (0..topology.nodes.len() as u32).map(NodeId) {
            for site in &found.sites {
                let (mut node, mut hops) = (start, 0);
                while let Hop::Via(next) = tables[node.index()].hop(site.prefix.addr()) {
                    (node, hops) = (next, hops + 1);
                    assert!(hops <= topology.nodes.len(), "a loop");
                }
                assert_eq!(found.site(node).prefix, site.prefix);
            }
        }
    }

    #[test]
    fn a_tree_in_the_order_of_its_branches_needs_few_entries() {
        // 1 + 4 + 16 + 64 sites. The root has four branches of 21, a leaf one way to all others.
        let tree = network(r#"{ "shape": "tree", "arity": 4, "depth": 3 }"#);
        let found = plan(&tree, "{}");
        let leaf = NodeId(84);
        // Itself, and the default.
        assert_eq!((found.table(leaf).entries.len(), found.aggregated(leaf).entries.len()), (85, 2));
    }

    #[test]
    fn the_order_of_branches_keeps_tables_smaller_than_that_of_the_nodes() {
        // A random tree: those who joined one after the other are nowhere near each other.
        let tree = network(r#"{ "shape": "barabasi_albert", "nodes": 300, "links_per_node": 1, "seed": 1 }"#);
        // Beyond the router's own site and a default, which every table has.
        let exceptions = |spec: &str| -> usize {
            let found = plan(&tree, spec);
            (0..300).map(|node| found.aggregated(NodeId(node)).entries.len() - 2).sum()
        };
        let (branches, nodes) = (exceptions("{}"), exceptions(r#"{ "order": "nodes" }"#));
        assert!(branches * 2 < nodes, "{branches} and {nodes}");
    }

    #[test]
    fn a_large_network_gets_its_addresses() {
        let internet = network(
            r#"{ "shape": "as_hierarchy", "tiers": [10, 300, 3000], "stubs": 16690, "hosts": { "per_router": 1 } }"#,
        );
        let found = plan(&internet, "{}");
        assert_eq!(found.sites.len(), 20_000);
        let (full, few) = (found.table(NodeId(19_999)), found.aggregated(NodeId(19_999)));
        assert_eq!(full.entries.len(), 20_000);
        assert!(few.entries.len() < 10_000, "{}", few.entries.len());
    }
}
