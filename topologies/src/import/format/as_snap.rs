//! Relationships of autonomous systems as SNAP distributes those of CAIDA from 2004 to 2007: fields with white space
//! between them, and a line for each direction.
//!
//! ```text
//! # FromNodeId  ToNodeId  Relationship
//! 64496  3356  -1     the first is a customer of the second
//! 3356   64496  1     the same from the other end
//! ```
//!
//! 0 are peers, 2 siblings. The signs are opposite to those of [`as_relationships`](super::as_relationships): to mix the
//! two up turns the Internet upside down.

use super::as_links::{AsLinks, system};
use crate::Relationship;
use crate::import::lines::{entries, quoted};
use crate::import::{Map, Text, Unreadable};

/// Its name.
pub const NAME: &str = "as_snap";
/// What it holds.
pub const SUMMARY: &str = "autonomous systems, who pays whom, in the form of SNAP";
/// Where it is described.
pub const SOURCE: &str = "Stanford Network Analysis Project, as-Caida";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    // A list of links with weights looks alike, but has no -1, and other numbers too.
    let promises = text.all.lines().take(20).filter(|line| line.trim_start().starts_with('#'));
    let mut is_certain = promises.into_iter().any(|comment| comment.to_ascii_lowercase().contains("relationship"));
    for (at, (_, entry)) in entries(&text.all).enumerate() {
        if is_certain && at >= 20 {
            break;
        }
        let fields: Vec<&str> = entry.split_whitespace().take(4).collect();
        match fields[..] {
            [a, b, "-1" | "0" | "1" | "2"] if a.parse::<u32>().is_ok() && b.parse::<u32>().is_ok() => {
                is_certain |= fields[2] == "-1";
            }
            _ => return false,
        }
    }
    is_certain
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut links = AsLinks::new();
    for (line, entry) in entries(&text.all) {
        let mut fields = entry.split_whitespace();
        let (Some(from), Some(to), Some(word), None) = (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            let why = "two systems and a relationship with blanks between them are expected";
            return Err(Unreadable::at(line, format!("{why}, not {}", quoted(entry))));
        };
        let relationship = match word {
            "-1" => Relationship::Customer,
            "0" => Relationship::Peer,
            "1" => Relationship::Provider,
            "2" => Relationship::Sibling,
            _ => {
                let why = "a relationship is -1 (customer of), 0 (peer of), 1 (provider of) or 2 (sibling of)";
                return Err(Unreadable::at(line, format!("{why}, not {}", quoted(word))));
            }
        };
        links.add(system(from, line)?, system(to, line)?, relationship, word);
    }
    Ok(links.finish(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Format, read};

    #[test]
    fn the_first_of_a_line_with_minus_one_is_the_customer() {
        let text = b"# FromNodeId\tToNodeId\tRelationship\n7\t1\t-1\n1\t7\t1\n1\t2\t0\n2\t1\t0\n2\t3\t2\n3\t2\t2\n4\t1\t-1\n";
        let (format, map) = read(text, None, "").unwrap();
        assert_eq!(format.name(), "as_snap");
        let links: Vec<_> = map.links.iter().map(|link| (link.from, link.to, link.relationship.unwrap())).collect();
        assert_eq!(
            links,
            [
                (0, 1, Relationship::Customer),
                (1, 2, Relationship::Peer),
                (2, 3, Relationship::Sibling),
                (4, 1, Relationship::Customer)
            ]
        );
        assert_eq!((map.remarks.len(), map.remarks[0].what, map.remarks[0].count), (1, "one_way", 1));
    }

    #[test]
    fn a_list_of_links_with_weights_is_none() {
        for text in ["1 2 1\n2 3 1\n", "1 2 1\n2 3 5\n", "1 2 -1\n2 3 -5\n", "1 2\n2 3\n"] {
            let text = Text::new(text.as_bytes()).unwrap();
            assert!(!recognises(&text), "{}", text.all);
        }
    }

    #[test]
    fn what_is_no_such_line_is_refused_with_its_number() {
        for bad in ["1 2", "1 2 3", "1 2 0 0", "1|2|0", "-1 2 0", "1 4294967296 0"] {
            let wrong = read(format!("1 2 -1\n{bad}\n").as_bytes(), Some(Format::AsSnap), "").unwrap_err();
            assert_eq!(wrong.line, Some(2), "{bad}");
        }
    }
}
