//! What attributes of nodes and links are called in formats that leave that to whoever writes the file: GraphML, GML,
//! node-link JSON, CSV, Graphviz.
//!
//! A name is taken apart into words where capitals, underscores and other marks divide it: `LinkSpeedRaw`,
//! `link_speed_raw` and `delay (ms)` are `link speed raw` and `delay ms`. What stands behind the word of a quantity is
//! its unit. Where a file has several names of one meaning, the one that stands first in the tables here counts.
//!
//! The names are listed in `docs/topology-files.md`.

mod link;
mod node;
mod quantity;

use std::collections::BTreeMap;

use super::Map;

pub(crate) use link::{Link, LinkWord};
pub(crate) use node::{Node, NodeWord};
pub(crate) use quantity::{Quantity, Unquantified, number_in};

/// The words of an attribute's name.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn new(name: &'a str) -> Self {
        let mut words = Vec::new();
        for part in name.split(|c: char| !c.is_alphanumeric() && c != '/') {
            let mut start = 0;
            let mut was_small = false;
            for (at, c) in part.char_indices() {
                if c.is_uppercase() && was_small {
                    words.push(&part[start..at]);
                    start = at;
                }
                was_small = c.is_lowercase();
            }
            words.push(&part[start..]);
        }
        words.retain(|word| !word.is_empty());
        Words(words)
    }

    /// Without a word at the beginning, if it is there and others follow.
    fn without(mut self, first: &str) -> (Self, bool) {
        let is_there = self.0.len() > 1 && self.0[0].eq_ignore_ascii_case(first);
        if is_there {
            self.0.remove(0);
        }
        (self, is_there)
    }

    /// Whether these are the words, in any capitals.
    fn are(&self, words: &str) -> bool {
        self.after(words).is_some_and(|rest| rest.is_empty())
    }

    /// What stands behind these words, put together, if the name begins with them.
    fn after(&self, words: &str) -> Option<String> {
        let mut rest = self.0.iter();
        for word in words.split(' ') {
            rest.next().filter(|is| is.eq_ignore_ascii_case(word))?;
        }
        Some(rest.copied().collect())
    }

    /// A quantity under one of these names: where in the list it stands, and its unit. Names whose end is no unit are
    /// something else: `delay_model`.
    fn quantity(&self, quantity: Quantity, names: &[&str]) -> Option<(u8, Option<f64>)> {
        (0..).zip(names).find_map(|(rank, name)| match &*self.after(name)? {
            "" => Some((rank, None)),
            unit => quantity.unit(unit).map(|unit| (rank, Some(unit))),
        })
    }
}

/// What names of attributes mean, each looked up once.
pub(crate) struct Vocabulary<W> {
    known: BTreeMap<Box<str>, Option<W>>,
    of: fn(&str) -> Option<W>,
}

impl<W: Copy> Vocabulary<W> {
    pub(crate) fn new(of: fn(&str) -> Option<W>) -> Self {
        Vocabulary { known: BTreeMap::new(), of }
    }

    pub(crate) fn get(&mut self, name: &str) -> Option<W> {
        if let Some(word) = self.known.get(name) {
            return *word;
        }
        let word = (self.of)(name);
        self.known.insert(name.into(), word);
        word
    }
}

/// A value, and how good the name under which it stood is: 0 is best.
#[derive(Clone, Debug)]
struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Best(None)
    }
}

impl<T> Best<T> {
    /// Of two under equally good names the first counts.
    fn offer(&mut self, rank: u8, value: T) {
        if self.0.as_ref().is_none_or(|(before, _)| rank < *before) {
            self.0 = Some((rank, value));
        }
    }

    fn get(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// Whether an attribute of a whole graph is its title; of several the one with the least number counts.
fn title_rank(name: &str) -> Option<u8> {
    // The Topology Zoo's `label` is the name of the file, and `Network` that of the network.
    const NAMES: &[&str] = &["network", "title", "name", "label"];
    (0..).zip(NAMES).find(|(_, known)| name.eq_ignore_ascii_case(known)).map(|(rank, _)| rank)
}

/// The title among the attributes of a graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title(Best<String>);

impl Title {
    /// Takes an attribute of the graph, if it is a title.
    pub(crate) fn take(&mut self, name: &str, value: &str) {
        if let Some(rank) = title_rank(name).filter(|_| !value.trim().is_empty()) {
            self.0.offer(rank, value.trim().to_owned());
        }
    }

    pub(crate) fn finish(self) -> Option<String> {
        self.0.get()
    }
}

/// Values of attributes that could not be taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oddities {
    /// By the attribute's name: how many, and the first of them.
    without_unit: BTreeMap<String, (u64, String)>,
    wrong: BTreeMap<String, (u64, String)>,
    bad_coordinates: u64,
}

impl Oddities {
    /// Notes why a value was not taken.
    fn note(&mut self, name: &str, value: &str, why: Unquantified) {
        let kind = match why {
            Unquantified::WithoutUnit => &mut self.without_unit,
            Unquantified::Wrong => &mut self.wrong,
        };
        match kind.get_mut(name) {
            Some((count, _)) => *count += 1,
            None => {
                let first: String = value.trim().chars().take(30).collect();
                kind.insert(name.to_owned(), (1, first));
            }
        }
    }

    /// Notes coordinates that are none.
    pub(crate) fn bad_coordinates(&mut self, count: u64) {
        self.bad_coordinates += count;
    }

    /// Tells of all that was left out.
    pub(crate) fn tell(self, map: &mut Map) {
        let nodes = self.bad_coordinates;
        map.remark("bad_coordinates", nodes, format!("coordinates of {nodes} nodes are no place and were left out"));
        /// A file with thousands of names gets no report of thousands of lines.
        const MOST: usize = 10;
        let mut further = 0;
        for (at, (name, (count, first))) in self.without_unit.into_iter().enumerate() {
            if at >= MOST {
                further += count;
                continue;
            }
            let text = format!(
                "{count} values of `{name}` have no unit and were left out, the first `{first}`: a unit belongs behind the \
                 number, or into the name"
            );
            map.remark("without_unit", count, text);
        }
        for (at, (name, (count, first))) in self.wrong.into_iter().enumerate() {
            if at >= MOST {
                further += count;
                continue;
            }
            let text = format!("{count} values of `{name}` make no sense and were left out, the first `{first}`");
            map.remark("wrong_value", count, text);
        }
        map.remark("further_values", further, format!("{further} values of further attributes were left out likewise"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_into_words() {
        let check = |name: &str, expected: &[&str]| assert_eq!(Words::new(name).0, expected, "{name}");
        check("LinkSpeedRaw", &["Link", "Speed", "Raw"]);
        check("delay (ms)", &["delay", "ms"]);
        check("bandwidth_MB/s", &["bandwidth", "MB/s"]);
        check("capacityMbps", &["capacity", "Mbps"]);
        check("__", &[]);
        check("LÄNGE", &["LÄNGE"]);
    }

    #[test]
    fn values_left_out_are_told_by_name_and_at_most_ten_names() {
        let mut odd = Oddities::default();
        for number in 0..15 {
            odd.note(&format!("delay{number:02}"), "5", Unquantified::WithoutUnit);
        }
        odd.note("delay00", "7", Unquantified::WithoutUnit);
        odd.note("bandwidth", "fast", Unquantified::Wrong);
        let mut map = Map::default();
        odd.tell(&mut map);
        assert_eq!(map.remarks.len(), 12);
        assert!(map.remarks[0].text.starts_with("2 values of `delay00` have no unit and were left out, the first `5`"));
        assert!(map.remarks[10].text.contains("the first `fast`"));
        assert_eq!((map.remarks[11].what, map.remarks[11].count), ("further_values", 5));
    }
}
