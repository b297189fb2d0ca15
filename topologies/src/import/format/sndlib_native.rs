//! SNDlib's native form of networks.
//!
//! ```text
//! ?SNDlib native format; type: network; version: 1.0
//! NODES (
//!   Gdansk ( 18.60 54.20 )
//! )
//! LINKS (     # id ( ends ) preinstalled capacity, its cost, routing cost, setup cost ( capacity and cost of modules )
//!   L1 ( Gdansk Warsaw ) 0.00 0.00 0.00 156.00 ( 155.00 156.00 622.00 468.00 )
//! )
//! DEMANDS (   # id ( ends ) routing unit, value, most links on its way
//!   D1 ( Gdansk Warsaw ) 1 195.00 UNLIMITED
//! )
//! ADMISSIBLE_PATHS ( D1 ( P1 ( L1 ) ) )
//! ```
//!
//! Capacities and demands are taken as `format/sndlib.rs` says. The form does not tell degrees from places on a
//! drawing: coordinates are taken as the latter, and `"coordinates": "geographic"` says otherwise. Admissible paths are
//! counted, and the longest way a demand may go is not kept. Whether links and demands have a direction is not in the
//! file either: links go both ways.

use super::sndlib::{Demand, Link, Network};
use crate::Place;
use crate::import::lines::{amount, number, quoted};
use crate::import::{Map, Text, Unreadable};
use crate::place::Plane;

/// Its name.
pub const NAME: &str = "sndlib_native";
/// What it holds.
pub const SUMMARY: &str = "networks with capacities and demands, as text";
/// Where it is described.
pub const SOURCE: &str = "SNDlib, native format, version 1.0";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    text.start().starts_with("?SNDlib")
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut words = Words::new(&text.all);
    let mut network = Network::default();
    if recognises(text) {
        let (line, header) = words.rest_of_line();
        if !header.to_ascii_lowercase().contains("type: network") {
            return Err(Unreadable::at(line, format!("a file of type `network` is needed, this is {}", quoted(header))));
        }
    }
    let mut without_place = true;
    while let Some((line, section)) = words.next() {
        words.open(section)?;
        match section {
            "META" => meta(&mut words, &mut network)?,
            "NODES" => {
                while let Some((line, id)) = words.item()? {
                    let place = if words.is_next("(") { Some(plane(&mut words)?) } else { None };
                    without_place &= place.is_none();
                    network.node(line, id, place)?;
                }
            }
            "LINKS" => {
                while let Some((line, id)) = words.item()? {
                    link(&mut words, &mut network, line, id)?;
                }
            }
            "DEMANDS" => {
                while let Some((line, _)) = words.item()? {
                    let (source, target) = words.ends()?;
                    let routing_unit = words.amount("a routing unit")?;
                    let value = words.amount("the value of a demand")?;
                    words.word("the most links on the way of a demand, or UNLIMITED")?;
                    let demand = Demand { source, target, routing_unit, value, admissible_paths: 0 };
                    network.demand(line, demand)?;
                }
            }
            "ADMISSIBLE_PATHS" => {
                while words.item()?.is_some() {
                    words.open("a demand")?;
                    while words.item()?.is_some() {
                        words.open("a path")?;
                        while words.item()?.is_some() {}
                        network.admissible_paths(1);
                    }
                }
            }
            _ => {
                let known = "META, NODES, LINKS, DEMANDS, ADMISSIBLE_PATHS";
                return Err(Unreadable::at(line, format!("{} is no section; known are {known}", quoted(section))));
            }
        }
    }
    let text = "coordinates are taken as places on a drawing; `\"coordinates\": \"geographic\"` takes them as degrees";
    network.remark("coordinates", u64::from(!without_place), text);
    Ok(network.finish())
}

/// Lines of a name, `=` and a text that goes to the end of the line.
fn meta(words: &mut Words<'_>, network: &mut Network) -> Result<(), Unreadable> {
    loop {
        let (line, text) = words.rest_of_line();
        if text == ")" {
            return Ok(());
        }
        if words.is_at_end() {
            return Err(Unreadable::at(line, "the file ends within its section META"));
        }
        match text.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some(("unit", unit)) => network.unit(unit),
            Some(("name" | "title", title)) => network.title(title),
            Some(_) | None => {}
        }
    }
}

fn plane(words: &mut Words<'_>) -> Result<Place, Unreadable> {
    words.open("a place")?;
    let x = words.number("a coordinate")?;
    let y = words.number("a coordinate")?;
    words.close()?;
    Ok(Place::Plane(Plane { x, y }))
}

fn link(words: &mut Words<'_>, network: &mut Network, line: u64, id: &str) -> Result<(), Unreadable> {
    let (source, target) = words.ends()?;
    let preinstalled = words.amount("a preinstalled capacity")?;
    for cost in ["a preinstalled capacity's cost", "a routing cost", "a setup cost"] {
        words.number(cost)?;
    }
    words.open("a list of modules")?;
    let mut modules = Vec::new();
    while let Some((line, capacity)) = words.item()? {
        modules.push(amount(capacity, line, "the capacity of a module")?);
        words.number("the cost of a module")?;
    }
    network.link(line, Link { id, source, target, preinstalled, modules: &modules })
}

/// The words of a file, brackets on their own, each with its line; without comments, which begin with `#`.
struct Words<'a> {
    rest: &'a str,
    line: u64,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Words { rest: text, line: 1 }
    }

    /// Goes to the next word.
    fn skip(&mut self) {
        loop {
            let start = self.rest.trim_start();
            let skipped = &self.rest[..self.rest.len() - start.len()];
            self.line += skipped.bytes().filter(|byte| *byte == b'\n').count() as u64;
            self.rest = start;
            if !start.starts_with('#') {
                return;
            }
            self.rest = &start[start.find('\n').unwrap_or(start.len())..];
        }
    }

    fn is_at_end(&self) -> bool {
        self.rest.trim().is_empty()
    }

    fn is_next(&mut self, word: &str) -> bool {
        self.skip();
        self.rest.starts_with(word)
    }

    fn next(&mut self) -> Option<(u64, &'a str)> {
        self.skip();
        let is_bracket = |c: char| c == '(' || c == ')';
        let end = match self.rest.find(|c: char| c.is_whitespace() || is_bracket(c) || c == '#') {
            None => self.rest.len(),
            Some(0) => 1,
            Some(end) => end,
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some((self.line, word))
    }

    /// The next line that is not blank and no comment, or what is left of this one.
    fn rest_of_line(&mut self) -> (u64, &'a str) {
        self.skip();
        let (text, rest) = self.rest.split_at(self.rest.find('\n').unwrap_or(self.rest.len()));
        self.rest = rest;
        (self.line, text.trim())
    }

    /// The next word, which is no bracket.
    fn word(&mut self, what: &str) -> Result<(u64, &'a str), Unreadable> {
        match self.next() {
            Some((line, word @ ("(" | ")"))) => Err(Unreadable::at(line, format!("{what} is expected, not `{word}`"))),
            Some(word) => Ok(word),
            None => Err(Unreadable::at(self.line, format!("the file ends where {what} is expected"))),
        }
    }

    /// What a list holds next, or nothing at its end.
    fn item(&mut self) -> Result<Option<(u64, &'a str)>, Unreadable> {
        if self.is_next(")") {
            self.next();
            return Ok(None);
        }
        self.word("an entry or `)`").map(Some)
    }

    fn bracket(&mut self, bracket: &str, place: &str) -> Result<(), Unreadable> {
        match self.next() {
            Some((_, word)) if word == bracket => Ok(()),
            Some((line, word)) => {
                Err(Unreadable::at(line, format!("`{bracket}` is expected{place}, not {}", quoted(word))))
            }
            None => Err(Unreadable::at(self.line, format!("the file ends where `{bracket}` is expected{place}"))),
        }
    }

    fn open(&mut self, what: &str) -> Result<(), Unreadable> {
        self.bracket("(", &format!(" for {}", quoted(what)))
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        self.bracket(")", "")
    }

    fn ends(&mut self) -> Result<(&'a str, &'a str), Unreadable> {
        self.open("both ends")?;
        let (_, source) = self.word("a node")?;
        let (_, target) = self.word("a node")?;
        self.close()?;
        Ok((source, target))
    }

    fn number(&mut self, what: &str) -> Result<f64, Unreadable> {
        let (line, word) = self.word(what)?;
        number(word, line, what)
    }

    fn amount(&mut self, what: &str) -> Result<f64, Unreadable> {
        let (line, word) = self.word(what)?;
        amount(word, line, what)
    }
}

#[cfg(test)]
mod tests {
    use sim_core::units::Rate;

    use super::*;
    use crate::import::{FileSpec, read};

    const TRIANGLE: &str = "?SNDlib native format; type: network; version: 1.0
META (
  unit = MBITPERSEC
  origin = by hand # (no comment)
)
NODES ( # three
  Ada ( 10.0 50.0 )
  Bob ( 11.0 51.0 )
  Cyd
)
LINKS (
  L1 ( Ada Bob ) 40.00 0.00 1.00 0.00 ( 155.00 1.00 622.00 2.00 )
  L2 ( Bob Cyd ) 0.00 0.00 0.00 0.00 ( 155.00 1.00 )
  L3(Cyd Ada)0 0 0 0()
)
DEMANDS (
  D1 ( Ada Bob ) 1 5.00 UNLIMITED
  D2 ( Cyd Ada ) 2 3.50 4
)
ADMISSIBLE_PATHS (
  D1 ( P_0 ( L1 ) P_1 ( L3 L2 ) )
)
";

    #[test]
    fn capacities_demands_and_paths_are_read() {
        let (format, map) = read(TRIANGLE.as_bytes(), None, "").unwrap();
        assert_eq!((format.name(), map.nodes.len()), ("sndlib_native", 3));
        let rates: Vec<_> = map.links.iter().map(|link| link.facts.as_deref().unwrap().rate).collect();
        assert_eq!(rates, [Some(Rate::from_mbps(40)), Some(Rate::from_mbps(155)), None]);
        let demands: Vec<_> = map.demands.iter().map(|demand| (demand.from, demand.to, demand.value)).collect();
        assert_eq!(demands, [(0, 1, 5.0), (2, 0, 7.0)]);
        let tally = ["modules", "sum_preinstalled", "sum_demand", "admissible_paths"].map(|what| map.tally[what]);
        assert_eq!(tally, [3.0, 40.0, 12.0, 2.0]);
    }

    #[test]
    fn coordinates_are_degrees_only_if_asked_for() {
        let (_, map) = read(TRIANGLE.as_bytes(), None, "").unwrap();
        assert_eq!(map.nodes[0].place, Some(Place::Plane(Plane { x: 10.0, y: 50.0 })));
        assert!(map.remarks.iter().any(|remark| remark.what == "coordinates"));
        let spec: FileSpec = serde_json::from_str(r#"{ "file": "x", "coordinates": "geographic" }"#).unwrap();
        let survey = spec.survey(TRIANGLE.as_bytes()).unwrap();
        assert_eq!(survey.nodes[0].place, crate::place::Earth::new(50.0, 10.0).map(Place::Earth));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let check = |from: &str, to: &str, line: u64, why: &str| {
            assert!(TRIANGLE.contains(from), "{from}");
            let wrong = read(TRIANGLE.replacen(from, to, 1).as_bytes(), None, "").unwrap_err();
            assert_eq!(wrong.line, Some(line), "{to}: {wrong}");
            assert!(wrong.why.contains(why), "{wrong}");
        };
        check("D2 ( Cyd", "D2 ( Eve", 18, "there is no node `Eve`");
        check("L2 ( Bob", "L2 ( Eve", 13, "there is no node `Eve`");
        check("Cyd\n", "Ada\n", 9, "there are two nodes `Ada`");
        check("40.00", "NaN", 12, "a preinstalled capacity must be a number");
        check("40.00", "-1", 12, "must not be negative");
        check(" 5.00 U", " 1e400 U", 17, "must be a number");
        check("2 3.50", "1e300 1e300", 18, "out of range");
        check("DEMANDS", "DEMAND", 16, "`DEMAND` is no section");
        check("622.00 2.00", "622.00", 12, "the cost of a module is expected");
        check("type: network", "type: solution", 1, "`network` is needed");
    }
}
