//! Tables of prefixes: longest match, and aggregation.
//!
//! Aggregation is ORTC (Draves, King, Venkatachary & Zill, "Constructing Optimal IP Routing Tables", 1999): the fewest
//! entries by which every address of a site is sent where it was before. From the sites upwards every block of the
//! plan gets the next hops that its halves have in common, or else all of both; from the top down a block whose ways
//! include the one above it needs no entry, and any other gets one. Addresses that no site has may be sent anywhere:
//! so one of the next hops becomes the default for the whole block.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use prefix_trie::PrefixMap;
use sim_core::ids::NodeId;

/// Where packets for a prefix go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hop {
    /// To a neighbour.
    Via(NodeId),
    /// Nowhere else: the router's own site.
    Local,
    /// There is no way; packets are dropped. Only in aggregated tables, in which a larger prefix could cover it.
    Unreachable,
}

/// A row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Which addresses.
    pub prefix: Ipv4Net,
    /// Where their packets go.
    pub hop: Hop,
}

/// A table to look addresses up in.
#[derive(Clone, Debug)]
pub struct Table {
    /// In the order of their prefixes, a larger before those in it.
    pub entries: Vec<Entry>,
    trie: PrefixMap<Ipv4Net, Hop>,
}

impl Table {
    pub(super) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        let mut trie = PrefixMap::new();
        for entry in &entries {
            trie.insert(entry.prefix, entry.hop);
        }
        Table { entries, trie }
    }

    /// The entry with the longest prefix that has this address (RFC 1812 section 5.2.4.3).
    pub fn longest_match(&self, address: Ipv4Addr) -> Option<Entry> {
        self.trie.get_lpm(&Ipv4Net::from(address)).map(|(prefix, hop)| Entry { prefix, hop: *hop })
    }

    /// Where packets to this address go.
    pub fn hop(&self, address: Ipv4Addr) -> Hop {
        self.longest_match(address).map_or(Hop::Unreachable, |entry| entry.hop)
    }
}

/// The fewest entries for sites that are all in `block`, in order, and none in another. A site without a way has
/// [`Hop::Unreachable`].
pub(super) fn aggregate(block: Ipv4Net, sites: &[Entry]) -> Vec<Entry> {
    let mut entries = Vec::new();
    Choice::of(block, sites).write(None, &mut entries);
    entries
}

/// A block with the next hops that it may have at least cost.
struct Choice {
    prefix: Ipv4Net,
    /// None if any will do.
    hops: Option<BTreeSet<Hop>>,
    halves: Option<Box<[Choice; 2]>>,
}

impl Choice {
    /// Of a block and the sites in it. As deep as a prefix is long.
    fn of(prefix: Ipv4Net, sites: &[Entry]) -> Choice {
        match sites {
            [] => Choice { prefix, hops: None, halves: None },
            [site] if site.prefix == prefix => Choice { prefix, hops: Some(BTreeSet::from([site.hop])), halves: None },
            _ => {
                let mut halves = prefix.subnets(prefix.prefix_len() + 1).expect("a site is longer than the block");
                let mut next = || halves.next().expect("a block has two halves");
                let (low, high) = (next(), next());
                let (in_low, in_high) = sites.split_at(sites.partition_point(|site| low.contains(&site.prefix)));
                let halves = [Choice::of(low, in_low), Choice::of(high, in_high)];
                let hops = match (&halves[0].hops, &halves[1].hops) {
                    (None, other) | (other, None) => other.clone(),
                    (Some(one), Some(other)) => {
                        let common: BTreeSet<Hop> = one & other;
                        Some(if common.is_empty() { one | other } else { common })
                    }
                };
                Choice { prefix, hops, halves: Some(Box::new(halves)) }
            }
        }
    }

    /// Writes the entries below one that says `above`.
    fn write(&self, above: Option<Hop>, entries: &mut Vec<Entry>) {
        let hop = match &self.hops {
            None => return,
            Some(hops) if above.is_some_and(|above| hops.contains(&above)) => above,
            // Nothing to say is the same as no way, unless something is said above.
            Some(hops) if above.is_none() && hops.contains(&Hop::Unreachable) => None,
            Some(hops) => hops.first().copied(),
        };
        if hop != above
            && let Some(hop) = hop
        {
            entries.push(Entry { prefix: self.prefix, hop });
        }
        for half in self.halves.iter().flat_map(|halves| halves.iter()) {
            half.write(hop, entries);
        }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::random::Random;

    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    fn via(node: u32) -> Hop {
        Hop::Via(NodeId(node))
    }

    fn check(sites: &[(&str, Hop)], expected: &[(&str, Hop)]) {
        let entry = |(prefix, hop): &(&str, Hop)| Entry { prefix: net(prefix), hop: *hop };
        let sites: Vec<Entry> = sites.iter().map(entry).collect();
        assert_eq!(aggregate(net("10.0.0.0/8"), &sites), expected.iter().map(entry).collect::<Vec<_>>());
    }

    #[test]
    fn sites_with_one_way_become_a_default_and_exceptions() {
        check(
            &[
                ("10.0.0.0/24", via(1)),
                ("10.0.1.0/24", via(1)),
                ("10.0.2.0/24", via(2)),
                ("10.0.3.0/24", via(1)),
                ("10.0.4.0/24", via(2)),
                ("10.0.5.0/24", via(2)),
            ],
            // 0 and 1 agree; 2 and 3 do not, and so have both; the first four agree on 1, the last two on 2.
            &[("10.0.0.0/8", via(1)), ("10.0.2.0/24", via(2)), ("10.0.4.0/22", via(2))],
        );
    }

    #[test]
    fn what_halves_have_in_common_goes_up() {
        check(
            // 2 or 3 in the lower half, 2 or 1 in the upper: 2 for both.
            &[("10.0.0.0/10", via(2)), ("10.64.0.0/10", via(3)), ("10.128.0.0/10", via(2)), ("10.192.0.0/10", via(1))],
            &[("10.0.0.0/8", via(2)), ("10.64.0.0/10", via(3)), ("10.192.0.0/10", via(1))],
        );
    }

    #[test]
    fn sites_without_a_way_stay_without() {
        check(
            &[("10.0.0.0/24", Hop::Unreachable), ("10.0.1.0/24", Hop::Local), ("10.0.2.0/24", Hop::Unreachable)],
            &[("10.0.1.0/24", Hop::Local)],
        );
    }

    #[test]
    fn the_longest_match_is_that_of_a_linear_scan() {
        let mut random = Random::stream(1, "test", "tables");
        for _ in 0..50 {
            let mut prefixes = BTreeSet::new();
            for _ in 0..random.below(40) {
                let length = random.below(33) as u8;
                let address =
                    Ipv4Addr::from(0x0A00_0000 | random.below(1 << 10) as u32 | (random.below(4) as u32) << 22);
                prefixes.insert(Ipv4Net::new(address, length).unwrap().trunc());
            }
            let entries =
                prefixes.iter().enumerate().map(|(at, prefix)| Entry { prefix: *prefix, hop: via(at as u32) });
            let table = Table::new(entries.collect());
            for _ in 0..300 {
                let address =
                    Ipv4Addr::from(0x0A00_0000 | random.below(1 << 10) as u32 | (random.below(4) as u32) << 22);
                let slow = table.entries.iter().filter(|entry| entry.prefix.contains(&address));
                assert_eq!(table.longest_match(address), slow.max_by_key(|entry| entry.prefix.prefix_len()).copied());
            }
        }
    }

    #[test]
    fn aggregated_tables_send_every_site_where_it_went_and_are_as_small_as_can_be() {
        let mut random = Random::stream(2, "test", "tables");
        for _ in 0..200 {
            // Up to eight sites of a /29 each in a /26: small enough to try all smaller tables of one or two entries.
            let (hops, count) = (1 + random.below(3), 1 + random.below(8));
            let sites: Vec<Entry> = (0..count)
                .map(|at| Entry {
                    prefix: Ipv4Net::new(Ipv4Addr::from(0x0A00_0000 + 8 * at as u32), 29).unwrap(),
                    hop: via(random.below(hops) as u32),
                })
                .collect();
            let is_right = |table: &Table| sites.iter().all(|site| table.hop(site.prefix.addr()) == site.hop);
            let few = aggregate(net("10.0.0.0/26"), &sites);
            assert!(is_right(&Table::new(few.clone())));
            assert!(few.len() <= sites.len());
            let all: Vec<Entry> = (26..=29)
                .flat_map(|length| net("10.0.0.0/26").subnets(length).unwrap())
                .flat_map(|prefix| (0..hops as u32).map(move |hop| Entry { prefix, hop: via(hop) }))
                .collect();
            if few.len() > 1 {
                assert!(!all.iter().any(|one| is_right(&Table::new(vec![*one]))), "{few:?}");
            }
            if few.len() > 2 {
                let mut pairs = all.iter().flat_map(|one| all.iter().map(move |two| (one, two)));
                assert!(!pairs.any(|(one, two)| is_right(&Table::new(vec![*one, *two]))), "{few:?}");
            }
        }
    }
}
