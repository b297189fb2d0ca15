//! Blocks of addresses with a use of their own: the special-purpose address registries of IANA (RFC 6890, as of 2025),
//! and multicast, which has registries of its own.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::Serialize;

/// A block of addresses set aside for a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Special {
    /// The block.
    pub block: IpNet,
    /// What it is for.
    pub name: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// Block, use and source; wider blocks before those in them.
const BLOCKS: &[(&str, &str, &str)] = &[
    ("0.0.0.0/8", "this network", "RFC 791 section 3.2"),
    ("0.0.0.0/32", "this host on this network", "RFC 1122 section 3.2.1.3"),
    ("10.0.0.0/8", "private use", "RFC 1918"),
    ("100.64.0.0/10", "shared address space of carriers", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122 section 3.2.1.3"),
    ("169.254.0.0/16", "link local", "RFC 3927"),
    ("172.16.0.0/12", "private use", "RFC 1918"),
    ("192.0.0.0/24", "protocol assignments", "RFC 6890"),
    ("192.0.0.0/29", "IPv4 service continuity", "RFC 7335"),
    ("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
    ("192.0.0.9/32", "port control protocol anycast", "RFC 7723"),
    ("192.0.0.10/32", "TURN anycast", "RFC 8155"),
    ("192.0.0.170/31", "discovery of NAT64 and DNS64", "RFC 7050, RFC 8880"),
    ("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
    ("192.31.196.0/24", "AS112", "RFC 7535"),
    ("192.52.193.0/24", "automatic multicast tunneling", "RFC 7450"),
    ("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526"),
    ("192.168.0.0/16", "private use", "RFC 1918"),
    ("192.175.48.0/24", "AS112, direct delegation", "RFC 7534"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
    ("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved", "RFC 1112 section 4"),
    ("255.255.255.255/32", "limited broadcast", "RFC 919 section 7"),
    ("::/128", "unspecified address", "RFC 4291 section 2.5.2"),
    ("::1/128", "loopback", "RFC 4291 section 2.5.3"),
    ("::ffff:0:0/96", "IPv4-mapped addresses", "RFC 4291 section 2.5.5.2"),
    ("64:ff9b::/96", "translation between IPv4 and IPv6", "RFC 6052"),
    ("64:ff9b:1::/48", "translation between IPv4 and IPv6, local use", "RFC 8215"),
    ("100::/64", "discard only", "RFC 6666"),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    ("2001::/23", "protocol assignments", "RFC 2928"),
    ("2001::/32", "Teredo", "RFC 4380"),
    ("2001:1::1/128", "port control protocol anycast", "RFC 7723"),
    ("2001:1::2/128", "TURN anycast", "RFC 8155"),
    ("2001:1::3/128", "DNS-SD registration anycast", "RFC 9665"),
    ("2001:2::/48", "benchmarking", "RFC 5180"),
    ("2001:3::/32", "automatic multicast tunneling", "RFC 7450"),
    ("2001:4:112::/48", "AS112", "RFC 7535"),
    ("2001:10::/28", "ORCHID, deprecated", "RFC 4843"),
    ("2001:20::/28", "ORCHIDv2", "RFC 7343"),
    ("2001:30::/28", "remote identification of drones", "RFC 9374"),
    ("2001:db8::/32", "documentation", "RFC 3849"),
    ("2002::/16", "6to4", "RFC 3056"),
    ("2620:4f:8000::/48", "AS112, direct delegation", "RFC 7534"),
    ("3fff::/20", "documentation", "RFC 9637"),
    ("5f00::/16", "segment identifiers of SRv6", "RFC 9602"),
    ("fc00::/7", "unique local", "RFC 4193"),
    ("fe80::/10", "link local", "RFC 4291 section 2.5.6"),
    ("ff00::/8", "multicast", "RFC 4291 section 2.7"),
];

fn blocks() -> impl Iterator<Item = Special> {
    BLOCKS.iter().map(|&(block, name, source)| {
        let block = block.parse().expect("the table has networks alone");
        Special { block, name, source }
    })
}

/// The smallest block that all of `network` lies in.
pub fn use_of(network: IpNet) -> Option<Special> {
    blocks().filter(|special| special.block.contains(&network)).max_by_key(|special| special.block.prefix_len())
}

/// The smallest block that an address lies in.
pub fn use_of_address(address: IpAddr) -> Option<Special> {
    use_of(IpNet::from(address))
}

/// The blocks that are a part of `network`, and not all of it.
pub fn uses_within(network: IpNet) -> Vec<Special> {
    blocks().filter(|special| special.block != network && network.contains(&special.block)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_no_host_bits_and_come_after_those_they_lie_in() {
        let all: Vec<Special> = blocks().collect();
        for (at, special) in all.iter().enumerate() {
            assert_eq!(special.block, special.block.trunc(), "{}", special.name);
            for before in &all[..at] {
                assert!(!special.block.contains(&before.block), "{} and {}", special.block, before.block);
            }
        }
    }

    #[test]
    fn the_smallest_block_counts() {
        let name = |text: &str| use_of_address(text.parse().unwrap()).map(|special| special.name);
        assert_eq!(name("255.255.255.255"), Some("limited broadcast"));
        assert_eq!(name("255.255.255.254"), Some("reserved"));
        assert_eq!(name("192.0.0.171"), Some("discovery of NAT64 and DNS64"));
        assert_eq!(name("100.127.255.255"), Some("shared address space of carriers"));
        assert_eq!(name("100.128.0.0"), None);
        assert_eq!(name("172.32.0.1"), None);
        assert_eq!(name("2001:0:1::"), Some("Teredo"));
        assert_eq!(name("2001:1::"), Some("protocol assignments"));
        assert_eq!(name("2001:4860:4860::8888"), None);
    }
}
