//! The link files of Rocketfuel, `weights.intra` and `latencies.intra`: a line holds two routers and a number, and each
//! link has a line for each direction.
//!
//! ```text
//! London,+UnitedKingdom209 New+York,+NY239 29
//! ```
//!
//! A router is called by its city, where `+` stands for a blank, and a number of its own behind it. Both lines of a link
//! become one cable; where they differ, the second is its way back. The files look alike, and hold the same links:
//!
//! - Weights were inferred from the routes seen (Mahajan, Spring, Wetherall and Anderson, "Inferring Link Weights using
//!   End-to-End Measurements", 2002), in steps of a half. They are taken as costs.
//! - Latencies were inferred from distances: whole milliseconds, and 1 between any two routers in one city. They are
//!   taken as delays.
//!
//! So a file with a fraction, or with anything but 1 within a city, holds weights. If neither decides, then the name of
//! the file does if it has `weight` or `latenc` in it; else these are latencies, if any link is within a city.
//! No file says anything about bandwidths. Taking both files of one network together is not possible here.

use std::collections::BTreeMap;

use sim_core::time::Duration;

use crate::import::lines::{Nodes, amount, entries, quoted};
use crate::import::{LinkFacts, Map, MapLink, MapNode, Text, Unreadable};

/// What the numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Weights,
    Latencies,
}

/// No signal travels for longer than a day on Earth.
const LONGEST_MS: f64 = 86_400_000.0;

/// What a file holds, if it is one of the two.
pub(super) fn numbers_in(text: &Text<'_>) -> Option<Numbers> {
    // What the first lines promise is enough; reading says what is wrong further down.
    let first: Option<Vec<_>> = entries(&text.all).take(20).map(|(_, line)| values(line)).collect();
    let first = first.filter(|first| {
        let names = || first.iter().flat_map(|(from, to, _)| [*from, *to]);
        names().all(|(_, id)| !id.is_empty()) && names().any(|(city, _)| city.contains(",+"))
    });
    first?;
    let mut in_city = false;
    for (from, to, number) in entries(&text.all).filter_map(|(_, line)| values(line)) {
        let is_in_city = from.0 == to.0;
        in_city |= is_in_city;
        if number != libm::trunc(number) || (is_in_city && number != 1.0) {
            return Some(Numbers::Weights);
        }
    }
    let name = text.name.to_ascii_lowercase();
    match (name.contains("weight"), name.contains("latenc")) {
        (true, false) => Some(Numbers::Weights),
        (false, true) => Some(Numbers::Latencies),
        (true, true) | (false, false) if in_city => Some(Numbers::Latencies),
        (true, true) | (false, false) => Some(Numbers::Weights),
    }
}

/// A router: its city and its number.
type Router<'a> = (&'a str, &'a str);

/// The routers and the value of a line, if it is one of the two files'.
fn values(line: &str) -> Option<(Router<'_>, Router<'_>, f64)> {
    let [from, to, number] = fields(line)?;
    Some((city_and_number(from), city_and_number(to), number.parse().ok()?))
}

fn fields(line: &str) -> Option<[&str; 3]> {
    let mut fields = line.split_whitespace();
    let three = [fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(three)
}

fn city_and_number(router: &str) -> Router<'_> {
    router.split_at(router.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

/// `New York, NY (12)` for the city `New+York,+NY` and the number `12`.
pub(super) fn label(city: &str, number: &str) -> String {
    match (city.replace('+', " "), number) {
        (city, "") => city,
        (city, number) => format!("{city} ({number})"),
    }
}

/// A link of which at least one line was read.
struct Known {
    at: usize,
    from: u32,
    is_both_ways: bool,
}

pub(super) fn read(text: &Text<'_>, numbers: Numbers) -> Result<Map, Unreadable> {
    let mut map = Map::default();
    let mut nodes = Nodes::new();
    let mut links: BTreeMap<(u32, u32), Known> = BTreeMap::new();
    let mut repeated = 0;
    for (line, entry) in entries(&text.all) {
        map.count("lines", 1.0);
        let [from, to, value] = fields(entry).ok_or_else(|| {
            let why = format!("two routers and a number with blanks between them are expected, not {}", quoted(entry));
            Unreadable::at(line, why)
        })?;
        let facts = match numbers {
            Numbers::Weights => LinkFacts { cost: Some(amount(value, line, "a weight")?), ..LinkFacts::default() },
            Numbers::Latencies => LinkFacts { delay: Some(latency(value, line)?), ..LinkFacts::default() },
        };
        let [from, to] = [from, to].map(|router| {
            let (city, id) = city_and_number(router);
            nodes.number(&mut map, router, || MapNode { label: Some(label(city, id)), ..MapNode::new(router) })
        });
        match links.get_mut(&(from.min(to), from.max(to))) {
            None => {
                let known = Known { at: map.links.len(), from, is_both_ways: false };
                links.insert((from.min(to), from.max(to)), known);
                map.links.push(MapLink::new(from, to).with(facts));
            }
            Some(known) if !known.is_both_ways && (known.from == to) => {
                known.is_both_ways = true;
                let there = map.links[known.at].facts.as_deref_mut().expect("every link has a number");
                there.back = (*there != facts).then(|| Box::new(facts));
            }
            Some(_) => repeated += 1,
        }
    }
    let one_way = links.values().filter(|link| !link.is_both_ways).count() as u64;
    map.remark("one_way", one_way, format!("{one_way} links are listed in one direction only, and taken for both"));
    map.remark("repeated", repeated, format!("{repeated} lines repeat a link, and were left out"));
    Ok(map)
}

fn latency(text: &str, line: u64) -> Result<Duration, Unreadable> {
    let milliseconds = amount(text, line, "a latency in milliseconds")?;
    if milliseconds > LONGEST_MS {
        return Err(Unreadable::at(line, format!("a latency of {} milliseconds is more than a day", quoted(text))));
    }
    Ok(Duration::from_picos(libm::round(milliseconds * 1e9) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::read;

    const WEIGHTS: &str = "New+York,+NY12 Paris7 2.5\nParis7 New+York,+NY12 2.5\nParis7 Paris8 4\nParis8 Paris7 5\n";

    fn format_of(text: &str, name: &str) -> &'static str {
        read(text.as_bytes(), None, name).unwrap().0.name()
    }

    #[test]
    fn both_lines_of_a_link_are_one_cable() {
        let (_, map) = read(WEIGHTS.as_bytes(), None, "").unwrap();
        assert_eq!(map.tally["lines"], 4.0);
        let labels: Vec<&str> = map.nodes.iter().filter_map(|node| node.label.as_deref()).collect();
        assert_eq!(labels, ["New York, NY (12)", "Paris (7)", "Paris (8)"]);
        let costs = |link: &MapLink| {
            let facts = link.facts.as_deref().unwrap();
            (link.from, link.to, facts.cost, facts.back.as_deref().and_then(|back| back.cost))
        };
        let links: Vec<_> = map.links.iter().map(costs).collect();
        assert_eq!(links, [(0, 1, Some(2.5), None), (1, 2, Some(4.0), Some(5.0))]);
        assert_eq!(map.remarks, []);
    }

    #[test]
    fn a_fraction_or_more_than_one_within_a_city_tells_weights_from_latencies() {
        assert_eq!(format_of(WEIGHTS, "latencies.intra"), "rocketfuel_weights");
        assert_eq!(format_of("Rome,+Italy1 Rome,+Italy2 3\n", ""), "rocketfuel_weights");
        assert_eq!(format_of("Rome,+Italy1 Rome,+Italy2 1\n", ""), "rocketfuel_latencies");
    }

    #[test]
    fn the_name_of_the_file_decides_only_where_its_content_does_not() {
        let either = "Rome,+Italy1 Paris,+France2 3\n";
        assert_eq!(format_of(either, "1221/latencies.intra"), "rocketfuel_latencies");
        assert_eq!(format_of(either, "1221/weights.intra"), "rocketfuel_weights");
        assert_eq!(format_of(either, ""), "rocketfuel_weights");
    }

    #[test]
    fn what_repeats_or_goes_one_way_is_counted() {
        let text = "A,+X1 B,+Y2 3\nA,+X1 B,+Y2 4\nB,+Y2 C,+Z3 1\nC,+Z3 B,+Y2 1\n";
        let (_, map) = read(text.as_bytes(), None, "latencies.intra").unwrap();
        let remarks: Vec<(&str, u64)> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
        assert_eq!(remarks, [("one_way", 1), ("repeated", 1)]);
        let delay = map.links[0].facts.as_deref().unwrap().delay;
        assert_eq!(delay, Some(Duration::from_millis(3)));
    }

    #[test]
    fn what_is_no_such_line_is_refused_with_its_number() {
        let check = |bad: &str, why: &str| {
            let wrong = read(format!("{WEIGHTS}{bad}").as_bytes(), Some(crate::import::Format::RocketfuelWeights), "");
            let wrong = wrong.unwrap_err();
            assert_eq!(wrong.line, Some(5), "{bad}");
            assert!(wrong.why.contains(why), "{}", wrong.why);
        };
        check("A,+X1 B,+Y2", "two routers and a number");
        check("A,+X1;B,+Y2;3", "two routers and a number");
        check("A,+X1 B,+Y2 3 4", "two routers and a number");
        check("A,+X1 B,+Y2 NaN", "must be a number");
        check("A,+X1 B,+Y2 1e400", "must be a number");
        check("A,+X1 B,+Y2 -1", "must not be negative");
    }
}
