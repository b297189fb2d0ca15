//! Relationships of autonomous systems as CAIDA publishes them: serial-1, and serial-2 with a fourth field.
//!
//! ```text
//! # input clique: 174 209 286
//! 174|3356|0          peers
//! 3356|64496|-1       the first is a provider of the second
//! 3356|64497|-1|bgp   the same in serial-2, with where it is known from, which is not kept
//! ```
//!
//! Older files say 1 where the first is a customer of the second, and 2 for siblings. The form that SNAP distributes has
//! the signs the other way round, and is a format of its own: [`as_snap`](super::as_snap).

use super::as_links::{AsLinks, system};
use crate::Relationship;
use crate::import::lines::{entries, quoted};
use crate::import::{Map, Text, Unreadable};

/// Its name.
pub const NAME: &str = "as_relationships";
/// What it holds.
pub const SUMMARY: &str = "autonomous systems, who pays whom, serial-1 and serial-2";
/// Where it is described.
pub const SOURCE: &str = "CAIDA, AS Relationships";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    let is_entry = |line: &str| {
        let fields: Vec<&str> = line.split('|').take(5).collect();
        matches!(fields[..], [a, b, relationship] | [a, b, relationship, _]
            if a.parse::<u32>().is_ok() && b.parse::<u32>().is_ok() && relationship.trim().parse::<i8>().is_ok())
    };
    // The second line may be cut off, or wrong: reading says so.
    text.first_lines(1).next().is_some_and(is_entry)
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut links = AsLinks::new();
    for (line, entry) in entries(&text.all) {
        let mut fields = entry.split('|').map(str::trim);
        let (Some(a), Some(b), Some(word), _, None) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            let why = "two systems and a relationship with `|` between them are expected";
            return Err(Unreadable::at(line, format!("{why}, not {}", quoted(entry))));
        };
        let relationship = match word {
            "-1" => Relationship::Provider,
            "0" => Relationship::Peer,
            "1" => Relationship::Customer,
            "2" => Relationship::Sibling,
            _ => {
                let why = "a relationship is -1 (provider of), 0 (peer of), 1 (customer of) or 2 (sibling of)";
                return Err(Unreadable::at(line, format!("{why}, not {}", quoted(word))));
            }
        };
        links.add(system(a, line)?, system(b, line)?, relationship, word);
    }
    Ok(links.finish(false))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::import::read;

    /// Made for netsim from a fixed seed: 3,000 systems, with the sizes of customer cones worked out beside it.
    const SYNTHETIC: &[u8] = include_bytes!("../../../../protocols/tests/data/as-graph/synthetic-3000.as-rel.txt");

    fn remarks(map: &Map) -> Vec<(&str, u64)> {
        map.remarks.iter().map(|remark| (remark.what, remark.count)).collect()
    }

    #[test]
    fn the_first_of_a_line_is_the_provider() {
        let (format, map) = read(b"# clique: 1\n1|2|-1\n2|4294967295|0|bgp\n", None, "").unwrap();
        assert_eq!(format.name(), "as_relationships");
        let relationships: Vec<_> = map.links.iter().map(|link| link.relationship.unwrap()).collect();
        assert_eq!(relationships, [Relationship::Provider, Relationship::Peer]);
        assert_eq!(map.nodes[2].id, "4294967295");
        assert_eq!((map.tally["lines"], map.tally["rel_-1"], map.tally["rel_0"]), (2.0, 1.0, 1.0));
    }

    /// How many systems are reached by going down only, the system itself counted.
    fn customer_cone(map: &Map, customers: &[Vec<u32>], id: &str) -> usize {
        let start = map.nodes.iter().position(|node| node.id == id).unwrap() as u32;
        let (mut seen, mut waiting) = (vec![false; map.nodes.len()], vec![start]);
        while let Some(node) = waiting.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                waiting.extend(&customers[node as usize]);
            }
        }
        seen.iter().filter(|seen| **seen).count()
    }

    #[test]
    fn the_biggest_systems_have_the_biggest_customer_cones() {
        let (_, map) = read(SYNTHETIC, None, "").unwrap();
        let mut customers: Vec<Vec<u32>> = vec![Vec::new(); map.nodes.len()];
        for link in &map.links {
            match link.relationship.unwrap() {
                Relationship::Provider => customers[link.from as usize].push(link.to),
                Relationship::Customer => customers[link.to as usize].push(link.from),
                Relationship::Peer | Relationship::Sibling => {}
            }
        }
        let expected: BTreeMap<&str, usize> =
            [("100", 1772), ("107", 1859), ("114", 1094), ("121", 1837), ("184", 251), ("191", 734), ("205", 414)].into();
        let cones = expected.keys().map(|id| (*id, customer_cone(&map, &customers, id))).collect();
        assert_eq!(expected, cones);
    }

    #[test]
    fn of_lines_about_the_same_two_systems_the_first_counts() {
        let (_, map) = read(b"1|2|-1\n1|2|-1\n2|1|1\n2|1|-1\n1|2|0\n3|3|0\n", None, "").unwrap();
        let links: Vec<_> = map.links.iter().map(|link| (link.from, link.to, link.relationship)).collect();
        assert_eq!(links, [(0, 1, Some(Relationship::Provider)), (2, 2, Some(Relationship::Peer))]);
        assert_eq!(remarks(&map), [("repeated", 1), ("disagreeing", 2), ("both_ways", 1)]);
    }

    #[test]
    fn what_is_no_such_line_is_refused_with_its_number() {
        for bad in ["1|2", "1|2|3", "1|2|-1|bgp|x", "1,2,-1", "-1|2|0", "1|4294967296|0", "1|2|NaN", "a|b|0"] {
            let wrong = read(format!("1|2|-1\r\n\r\n{bad}\r\n").as_bytes(), None, "").unwrap_err();
            assert_eq!(wrong.line, Some(3), "{bad}");
        }
    }
}
