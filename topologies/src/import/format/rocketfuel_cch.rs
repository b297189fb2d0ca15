//! Router maps of Rocketfuel, `.cch`: a line for each router, with those it is joined to.
//!
//! ```text
//! 16 @Frankfurt,+Germany + bb (3) &2 -> <214> <341> {-9} =217.195.36.1! r0
//! -9 =64.25.160.1 r1
//! ```
//!
//! That is: the number of the router; its place, where `+` stands for a blank; `bb` for one of the backbone; how many
//! neighbours it has; how many links to other networks; its neighbours; addresses of other networks, in braces and
//! negative; its name; and how far from the mapped network it was found: `r0` is within. Both ends of a link list it, and
//! it is one cable.
//!
//! Routers at `r1` and beyond are taken as external: they belong to others. Addresses of other networks are counted, but
//! are no nodes: an address is no router. The stated number of neighbours often disagrees with the list, which counts.
//!
//! Spring, Mahajan and Wetherall, "Measuring ISP Topologies with Rocketfuel", SIGCOMM 2002.

use std::collections::BTreeSet;

use super::rocketfuel::label;
use crate::import::lines::{Nodes, entries, quoted};
use crate::import::{Map, MapLink, MapNode, Role, Text, Unreadable};

/// Its name.
pub const NAME: &str = "rocketfuel_cch";
/// What it holds.
pub const SUMMARY: &str = "routers of a provider with their neighbours and places";
/// Where it is described.
pub const SOURCE: &str = "Spring, Mahajan and Wetherall, SIGCOMM 2002";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    let is_router = |line: &str| {
        let mut words = line.split_whitespace();
        let id = words.next().and_then(|word| word.parse::<i64>().ok());
        match (id, words.next().and_then(|word| word.chars().next())) {
            (Some(0..), Some('@')) => Some(words.any(|word| word == "->")),
            (Some(..0), Some('=')) => Some(false),
            _ => None,
        }
    };
    let lines: Option<Vec<bool>> = text.first_lines(4).map(is_router).collect();
    lines.is_some_and(|lines| lines.contains(&true))
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut map = Map::default();
    let mut nodes = Nodes::new();
    let mut ends: Vec<(u32, i64)> = Vec::new();
    let mut described: BTreeSet<u32> = BTreeSet::new();
    let (mut disagreeing, mut addresses, mut repeated, mut cut) = (0, 0, 0, 0);
    for (line, entry) in entries(&text.all) {
        map.count("lines", 1.0);
        let router = Router::read(line, entry)?;
        if router.id < 0 {
            addresses += 1;
            continue;
        }
        let id = router.id.to_string();
        let name = router.name.map(|name| name.trim_end_matches('!')).filter(|name| !name.is_empty());
        let label = match router.place {
            "" | "?" | "T" => name.map(str::to_owned),
            place => Some(label(place, &id)),
        };
        let role = if router.radius.unwrap_or(0) == 0 { Role::Internal } else { Role::External };
        let number = nodes.number(&mut map, router.id, || MapNode { label, role, ..MapNode::new(id) });
        repeated += u64::from(!described.insert(number));
        cut += u64::from(router.radius.is_none());
        disagreeing += u64::from(router.stated.is_some_and(|stated| stated != router.neighbors.len() as u64));
        map.count("backbone", f64::from(u8::from(router.is_backbone)));
        map.count("external_links", router.external_links as f64);
        ends.extend(router.neighbors.iter().map(|neighbor| (number, *neighbor)));
    }
    let described = map.nodes.len();
    let mut links: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut one_sided: BTreeSet<(u32, u32)> = BTreeSet::new();
    for (from, neighbor) in ends {
        let to = nodes.number(&mut map, neighbor, || MapNode { role: Role::External, ..MapNode::new(neighbor.to_string()) });
        if links.insert((from.min(to), from.max(to))) {
            map.links.push(MapLink::new(from, to));
            one_sided.insert((from, to));
        } else {
            one_sided.remove(&(to, from));
        }
    }
    let unlisted = (map.nodes.len() - described) as u64;
    // Those that have no line cannot list it.
    let one_sided = one_sided.iter().filter(|(from, to)| from != to && (*to as usize) < described).count() as u64;
    let text = format!("{disagreeing} lines state another number of neighbours than they list; the list counts");
    map.remark("neighbor_count", disagreeing, text);
    let text = format!("{unlisted} routers are named as neighbours but have no line: taken as external");
    map.remark("unlisted", unlisted, text);
    map.remark("one_sided", one_sided, format!("{one_sided} links are listed at one end only, and were taken"));
    let text = format!("{repeated} lines are about a router that has one already: their neighbours were added");
    map.remark("repeated", repeated, text);
    map.remark("cut", cut, format!("{cut} lines do not say how far the router is from the network: taken as within"));
    let text = format!("{addresses} addresses of other networks are no nodes");
    map.remark("addresses", addresses, text);
    Ok(map)
}

/// A line.
#[derive(Default)]
struct Router<'a> {
    id: i64,
    place: &'a str,
    is_backbone: bool,
    stated: Option<u64>,
    external_links: u64,
    neighbors: Vec<i64>,
    name: Option<&'a str>,
    radius: Option<u32>,
}

impl<'a> Router<'a> {
    fn read(line: u64, entry: &'a str) -> Result<Self, Unreadable> {
        let mut words = entry.split_whitespace();
        let first = words.next().unwrap_or_default();
        let no_router = || {
            let why = "a number and `@` with a place are expected, or a negative number and an address";
            Unreadable::at(line, format!("{why}, not {}", quoted(entry)))
        };
        let id = first.parse().map_err(|_| no_router())?;
        let mut router = Router { id, ..Router::default() };
        for (at, word) in words.enumerate() {
            let odd = || Unreadable::at(line, format!("{} cannot be understood here", quoted(word)));
            let begins_right = if id < 0 { word.starts_with('=') } else { word.starts_with('@') };
            if at == 0 && !begins_right {
                return Err(no_router());
            }
            let inner = |open: char, close: char| word.strip_prefix(open)?.strip_suffix(close);
            if let Some(place) = word.strip_prefix('@') {
                router.place = place;
            } else if let Some(name) = word.strip_prefix('=') {
                router.name = Some(name);
            } else if let Some(count) = inner('(', ')') {
                router.stated = Some(count.parse().map_err(|_| odd())?);
            } else if let Some(neighbor) = inner('<', '>') {
                let neighbor = neighbor.parse().ok().filter(|id: &i64| *id >= 0);
                router.neighbors.push(neighbor.ok_or_else(odd)?);
            } else if let Some(address) = inner('{', '}') {
                address.parse::<i64>().map_err(|_| odd())?;
            } else if let Some(count) = word.strip_prefix('&') {
                router.external_links = count.parse().map_err(|_| odd())?;
            } else if let Some(radius) = word.strip_prefix('r').and_then(|radius| radius.parse().ok()) {
                router.radius = Some(radius);
            } else {
                match word {
                    "+" | "->" | "!" => {}
                    "bb" => router.is_backbone = true,
                    _ => return Err(odd()),
                }
            }
        }
        if id >= 0 && router.place.is_empty() && !entry.contains('@') {
            return Err(no_router());
        }
        Ok(router)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Format, read};

    const MAP: &str = "\
1 @New+York,+NY + bb\t(2) &3 -> <2> <3> {-9} {-10} =a.example.net! r0
2 @London -> <1> =b.example.net r0
3 @? + bb (5) -> <1> <4> =c.example.net r0
4 @T (1) -> <3> =10.0.0.1 r1
-9 =192.0.2.1 r1
";

    fn map(text: &str) -> Map {
        read(text.as_bytes(), Some(Format::RocketfuelCch), "").unwrap().1
    }

    #[test]
    fn routers_are_called_by_their_place_or_their_name_and_joined_once() {
        let map = map(MAP);
        let labels: Vec<&str> = map.nodes.iter().filter_map(|node| node.label.as_deref()).collect();
        assert_eq!(labels, ["New York, NY (1)", "London (2)", "c.example.net", "10.0.0.1"]);
        let links: Vec<(u32, u32)> = map.links.iter().map(|link| (link.from, link.to)).collect();
        assert_eq!(links, [(0, 1), (0, 2), (2, 3)]);
        let roles: Vec<Role> = map.nodes.iter().map(|node| node.role).collect();
        assert_eq!(roles, [Role::Internal, Role::Internal, Role::Internal, Role::External]);
        assert_eq!((map.tally["lines"], map.tally["backbone"], map.tally["external_links"]), (5.0, 2.0, 3.0));
        let remarks: Vec<(&str, u64)> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
        assert_eq!(remarks, [("neighbor_count", 1), ("addresses", 1)]);
    }

    #[test]
    fn neighbours_without_a_line_and_lines_twice_are_remarked_on() {
        let map = map("1 @A -> <2> <7> =a r0\n2 @B -> =b r0\n1 @A -> <2> <1> =a r0\n");
        assert_eq!(map.nodes.len(), 3);
        assert_eq!((map.nodes[2].id.as_str(), map.nodes[2].role), ("7", Role::External));
        assert_eq!(map.links.len(), 3);
        let remarks: Vec<(&str, u64)> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
        assert_eq!(remarks, [("unlisted", 1), ("one_sided", 1), ("repeated", 1)]);
    }

    #[test]
    fn what_is_no_such_line_is_refused_with_its_number() {
        for bad in ["7 London", "x @London", "7 @London -> <1", "7 @A -> <-1>", "7 @A (x)", "7;@London", "7"] {
            let wrong = read(format!("{MAP}{bad}\n").as_bytes(), Some(Format::RocketfuelCch), "").unwrap_err();
            assert_eq!(wrong.line, Some(6), "{bad}");
        }
    }
}
