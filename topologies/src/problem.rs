//! What can be wrong with the description of a network.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::{MOST_CABLES, MOST_NODES};

/// Something wrong in a description, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a JSON pointer (RFC 6901) from the topology's own object: `/links/2/to`. Empty for the whole.
    pub at: String,
    /// What is wrong with it; prints as one sentence with a remedy.
    pub fault: Fault,
}

impl Problem {
    /// A fault at a field.
    pub fn new(at: impl Into<String>, fault: Fault) -> Self {
        Problem { at: at.into(), fault }
    }

    /// The names among which the user may have meant one, when a name is unknown.
    pub fn known(&self) -> &[String] {
        match &self.fault {
            Fault::UnknownNode { known, .. } => known,
            Fault::Empty
            | Fault::TooManyNodes { .. }
            | Fault::TooManyCables { .. }
            | Fault::OutOfRange { .. }
            | Fault::Odd { .. }
            | Fault::WrongLength { .. }
            | Fault::BadName { .. }
            | Fault::DuplicateName { .. }
            | Fault::SelfLink { .. }
            | Fault::Place { .. }
            | Fault::Parameter { .. }
            | Fault::File { .. } => &[],
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() { self.fault.fmt(f) } else { write!(f, "{}: {}", spoken(&self.at), self.fault) }
    }
}

/// The field at `pointer` as it is called in messages: `topology.nodes[0]` for `/nodes/0`.
fn spoken(pointer: &str) -> String {
    let step = |part: &str| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{part}"),
    };
    std::iter::once("topology".to_owned()).chain(pointer.split('/').skip(1).map(step)).collect()
}

/// What is wrong with a field of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is not a single node.
    Empty,
    /// More nodes than [`MOST_NODES`].
    TooManyNodes {
        /// How many there are.
        given: u64,
    },
    /// More cables than [`MOST_CABLES`].
    TooManyCables {
        /// How many there are, or are to be expected.
        given: u64,
    },
    /// A count outside its limits.
    OutOfRange {
        /// The count in the file.
        given: u64,
        /// The smallest that makes sense.
        least: u64,
        /// The largest that is accepted.
        most: u64,
    },
    /// A count that must be even.
    Odd {
        /// The count in the file.
        given: u64,
    },
    /// A list that must have one entry for each of something.
    WrongLength {
        /// Entries in the file.
        given: u64,
        /// Entries there should be.
        expected: u64,
        /// One entry is for each of these.
        each: &'static str,
    },
    /// A name that could be mistaken for something else.
    BadName {
        /// The name in the file.
        name: String,
        /// What is wrong with it.
        why: NameFault,
    },
    /// A name given before.
    DuplicateName {
        /// The name in the file.
        name: String,
        /// JSON pointer to the entry that has the name already.
        first: String,
    },
    /// A cable ends at a node that is not listed.
    UnknownNode {
        /// The name in the file.
        name: String,
        /// All nodes there are, for suggestions.
        known: Arc<[String]>,
    },
    /// Both ends of a cable are the same node.
    SelfLink {
        /// The node.
        name: String,
    },
    /// A place that is not on Earth, or not a place.
    Place {
        /// What is wrong with it.
        why: String,
    },
    /// A parameter that makes no sense.
    Parameter {
        /// What is wrong with it, with a remedy.
        why: String,
    },
    /// A file of others that cannot be read or understood.
    File {
        /// Its name, as it stands in the description.
        name: String,
        /// What is wrong with it, with the line where there is one.
        why: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Empty => f.write_str("the topology is empty: list a link, or a node"),
            Fault::TooManyNodes { given } => write!(f, "{given} nodes; netsim takes at most {MOST_NODES}"),
            Fault::TooManyCables { given } => write!(f, "{given} cables; netsim takes at most {MOST_CABLES}"),
            Fault::OutOfRange { given, least, most } => write!(f, "{given} is out of range: from {least} to {most}"),
            Fault::Odd { given } => write!(f, "{given} is odd; an even number is needed"),
            Fault::WrongLength { given, expected, each } => {
                write!(f, "has {given} entries, but needs {expected}: one for each {each}")
            }
            Fault::BadName { name, why } => write!(f, "`{name}` cannot be a name: {why}"),
            Fault::DuplicateName { name, first } => write!(f, "the name `{name}` is taken by {}", spoken(first)),
            Fault::UnknownNode { name, .. } => write!(f, "unknown node `{name}`"),
            Fault::SelfLink { name } => write!(f, "both ends are `{name}`; a link joins two different nodes"),
            Fault::Place { why } | Fault::Parameter { why } => f.write_str(why),
            Fault::File { name, why } => write!(f, "{name}: {why}"),
        }
    }
}

/// Why a text cannot be the name of a node or a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// There is nothing to read.
    Empty,
    /// It begins or ends with a blank, which nobody sees.
    OuterBlank,
    /// It has a line break, a tab, or another character that does not print.
    Control,
    /// It has `->`, which stands in the names of directions.
    Arrow,
    /// It has `#`, which numbers parallel cables.
    Number,
    /// It is longer than 64 characters: no table or drawing has room for it.
    Long,
}

impl NameFault {
    /// What is wrong with `name` as the name of a node, if anything.
    pub(crate) fn of_node(name: &str) -> Option<NameFault> {
        if name.contains('#') { Some(NameFault::Number) } else { NameFault::of_cable(name) }
    }

    /// What is wrong with `name` as the name of a cable, if anything. `a-b#2` is fine for a cable.
    pub(crate) fn of_cable(name: &str) -> Option<NameFault> {
        if name.is_empty() {
            Some(NameFault::Empty)
        } else if name.trim() != name {
            Some(NameFault::OuterBlank)
        } else if name.chars().any(char::is_control) {
            Some(NameFault::Control)
        } else if name.contains("->") {
            Some(NameFault::Arrow)
        } else if name.chars().count() > 64 {
            Some(NameFault::Long)
        } else {
            None
        }
    }
}

/// `text` as it can be the name of a node: blanks are single, `->` and `#` are replaced, and what is too long is cut. May
/// be empty.
pub(crate) fn clean_name(text: &str) -> String {
    // Room for a number behind it.
    const LONGEST: usize = 56;
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let clean = words.join(" ").replace("->", "→").replace('#', "no.");
    match clean.chars().count() > LONGEST {
        true => clean.chars().take(LONGEST - 1).collect::<String>().trim_end().to_owned() + "…",
        false => clean,
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameFault::Empty => "it is empty",
            NameFault::OuterBlank => "it begins or ends with a blank",
            NameFault::Control => "it has a line break or another character that does not print",
            NameFault::Arrow => "`->` is kept for the directions of links",
            NameFault::Number => "`#` is kept for the numbers of parallel cables",
            NameFault::Long => "it is longer than 64 characters",
        })
    }
}

/// Reports a count outside `range`. Returns whether it lies inside.
pub fn check_count(problems: &mut Vec<Problem>, at: &str, given: u32, range: RangeInclusive<u32>) -> bool {
    let fits = range.contains(&given);
    if !fits {
        let (least, most) = (u64::from(*range.start()), u64::from(*range.end()));
        problems.push(Problem::new(at, Fault::OutOfRange { given: u64::from(given), least, most }));
    }
    fits
}

/// Reports more nodes or cables than netsim takes, as following from the field `at`. Returns whether there is room.
pub fn check_size(problems: &mut Vec<Problem>, at: &str, nodes: u128, cables: u128) -> bool {
    let given = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    if nodes > u128::from(MOST_NODES) {
        problems.push(Problem::new(at, Fault::TooManyNodes { given: given(nodes) }));
    } else if cables > u128::from(MOST_CABLES) {
        problems.push(Problem::new(at, Fault::TooManyCables { given: given(cables) }));
    } else {
        return true;
    }
    false
}

/// Reports a number outside `range`, or none at all. Returns whether it lies inside.
pub fn check_number(problems: &mut Vec<Problem>, at: &str, given: f64, range: RangeInclusive<f64>) -> bool {
    let fits = range.contains(&given);
    if !fits {
        let why = format!("{given} is out of range: from {} to {}", range.start(), range.end());
        problems.push(Problem::new(at, Fault::Parameter { why }));
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_called_in_messages_as_they_are_in_files() {
        let fault = Fault::DuplicateName { name: "a".into(), first: "/nodes/0".into() };
        assert_eq!(fault.to_string(), "the name `a` is taken by topology.nodes[0]");
        let problem = Problem::new("/links/2/to", Fault::SelfLink { name: "a".into() });
        assert!(problem.to_string().starts_with("topology.links[2].to: both ends"));
    }
}
