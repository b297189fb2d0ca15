//! What formats with one entry a line share.

use std::collections::BTreeMap;

use super::{Map, MapNode, Unreadable};

/// The lines that say something, without white space around, each with its number from 1: neither blank ones nor
/// comments, which begin with `#`.
pub(super) fn entries(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// A number in a file: finite.
pub(super) fn number(text: &str, line: u64, what: &str) -> Result<f64, Unreadable> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| Unreadable::at(line, format!("{what} must be a number, not {}", quoted(text))))
}

/// A number in a file that must not be negative.
pub(super) fn amount(text: &str, line: u64, what: &str) -> Result<f64, Unreadable> {
    let amount = number(text, line, what)?;
    if amount < 0.0 {
        return Err(Unreadable::at(line, format!("{what} must not be negative, as {} is", quoted(text))));
    }
    Ok(amount)
}

/// A piece of a file as it stands in a message: in quotes, and not too long.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}…`", &text[..end]),
    }
}

/// Numbers of nodes, in the order in which a file first names them.
pub(super) struct Nodes<K> {
    numbers: BTreeMap<K, u32>,
}

impl<K: Ord> Nodes<K> {
    /// None so far.
    pub(super) fn new() -> Self {
        Nodes { numbers: BTreeMap::new() }
    }

    /// The number of the node called `key`; a new one joins the map as `node`.
    pub(super) fn number(&mut self, map: &mut Map, key: K, node: impl FnOnce() -> MapNode) -> u32 {
        let next = map.nodes.len() as u32;
        *self.numbers.entry(key).or_insert_with(|| {
            map.nodes.push(node());
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_finite_and_messages_are_short() {
        assert_eq!(number("-2.5e1", 1, "x"), Ok(-25.0));
        for text in ["NaN", "inf", "1e400", "1,5", "", "0x10"] {
            assert_eq!(number(text, 7, "x").unwrap_err().line, Some(7), "{text}");
        }
        assert!(amount("-1", 1, "a weight").unwrap_err().why.contains("a weight must not be negative"));
        assert_eq!(quoted(&"ü".repeat(1_000_000)).chars().count(), 43);
    }

    #[test]
    fn blank_lines_and_comments_count_as_lines_only() {
        assert_eq!(entries("# a\r\n\r\n  b c \r\nd").collect::<Vec<_>>(), [(3, "b c"), (4, "d")]);
    }
}
