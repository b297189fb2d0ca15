//! Adjacency lists: a router and its neighbours on each line.
//!
//! ```text
//! a: b c
//! b: a c
//! c: a b
//! ```
//!
//! Lines that begin with `#` are comments. A link may be listed at one end or at both.

use std::collections::BTreeMap;

use crate::import::{Map, MapLink, MapNode, Text, Unreadable};

/// Its name.
pub const NAME: &str = "adjacency";
/// What it holds.
pub const SUMMARY: &str = "a router on each line, with its neighbors";
/// Where it is described.
pub const SOURCE: &str = "Cormen et al., Introduction to Algorithms 20.1";

/// The router and its neighbours on a line.
fn parts(line: &str) -> Option<(&str, &str)> {
    let (router, neighbors) = line.split_once(':')?;
    let is_name = !router.is_empty() && !router.contains(char::is_whitespace);
    (is_name && (neighbors.is_empty() || neighbors.starts_with(' '))).then_some((router, neighbors))
}

pub(super) fn recognises(text: &Text<'_>) -> bool {
    text.first_lines(10).all(|line| parts(line).is_some())
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut map = Map::default();
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let lines = (1..).zip(text.all.lines().map(str::trim));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let Some((router, neighbors)) = parts(line) else {
            return Err(Unreadable::at(number, "a router, `:` and its neighbours are expected, as in `a: b c`"));
        };
        let mut node = |name| {
            *numbers.entry(name).or_insert_with(|| {
                map.nodes.push(MapNode::new(name));
                map.nodes.len() as u32 - 1
            })
        };
        let from = node(router);
        for neighbor in neighbors.split_whitespace() {
            let to = node(neighbor);
            map.links.push(MapLink::new(from, to));
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routers_are_numbered_as_they_are_named_first() {
        let text = Text::new(b"# a triangle\na: b c\nb: c\n").unwrap();
        assert!(recognises(&text));
        let map = read(&text).unwrap();
        assert_eq!(map.nodes.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(map.links, [MapLink::new(0, 1), MapLink::new(0, 2), MapLink::new(1, 2)]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        assert_eq!(read(&Text::new(b"a: b\nb, c\n").unwrap()).unwrap_err().line, Some(2));
        assert!(!recognises(&Text::new(b"graph { a -- b }").unwrap()));
    }
}
