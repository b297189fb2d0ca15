//! Attributes of links.

use sim_core::time::Duration;
use sim_core::units::Rate;

use super::quantity::{self, Quantity, Unquantified, number_in, si_prefix};
use super::{Best, Oddities, Words};
use crate::Relationship;
use crate::import::LinkFacts;

/// What an attribute of a link means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LinkWord {
    what: What,
    /// It is about the way back.
    is_back: bool,
}

/// With the rank of the name, and the unit of a bare number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Name,
    Rate(u8, Option<f64>),
    /// A rate whose unit is in [`What::SpeedUnits`].
    Speed,
    SpeedUnits,
    /// A text in which a rate may stand.
    Text(u8),
    Length(u8, Option<f64>),
    Delay(u8, Option<f64>),
    Cost(u8),
    Relationship,
}

impl LinkWord {
    /// A text in which a rate may stand.
    pub(crate) const LABEL: LinkWord = LinkWord { what: What::Text(1), is_back: false };

    /// What an attribute of this name means, if that is known.
    pub(crate) fn of(name: &str) -> Option<LinkWord> {
        let (words, is_back) = Words::new(name).without("reverse");
        let (words, _) = words.without("link");
        let (words, _) = words.without("edge");
        What::of(&words).map(|what| LinkWord { what, is_back })
    }

    /// The same as a quantity in this unit, for formats that define it; of other things nothing changes.
    pub(crate) fn in_unit(self, unit: &str) -> LinkWord {
        let what = match self.what {
            What::Rate(rank, None) => What::Rate(rank, Quantity::Rate.unit(unit)),
            What::Length(rank, None) => What::Length(rank, Quantity::Length.unit(unit)),
            What::Delay(rank, None) => What::Delay(rank, Quantity::Delay.unit(unit)),
            other => other,
        };
        LinkWord { what, ..self }
    }
}

impl What {
    fn of(words: &Words<'_>) -> Option<What> {
        const NAMES: &[(&str, What)] = &[
            ("name", What::Name),
            // In bits per second, by the Topology Zoo.
            ("speed raw", What::Rate(0, Some(1.0))),
            ("speed", What::Speed),
            ("speed units", What::SpeedUnits),
            ("speed unit", What::SpeedUnits),
            ("label", What::Text(1)),
            ("type", What::Text(2)),
            ("note", What::Text(3)),
            ("relationship", What::Relationship),
            ("rel", What::Relationship),
        ];
        const RATES: &[&str] =
            &["bandwidth", "bw", "capacity", "data rate", "datarate", "bit rate", "bitrate", "rate", "speed"];
        const DELAYS: &[&str] = &["delay", "propagation delay", "latency"];
        const LENGTHS: &[&str] = &["length", "distance", "dist"];
        const COSTS: &[&str] = &[
            "cost",
            "metric",
            "igp cost",
            "igp metric",
            "igp weight",
            "ospf cost",
            "isis metric",
            "routing cost",
            "weight",
        ];
        if let Some((_, what)) = NAMES.iter().find(|(name, _)| words.are(name)) {
            return Some(*what);
        }
        if let Some((rank, unit)) = words.quantity(Quantity::Rate, RATES) {
            return Some(What::Rate(rank + 1, unit));
        }
        if let Some((rank, unit)) = words.quantity(Quantity::Delay, DELAYS) {
            return Some(What::Delay(rank, unit));
        }
        if let Some((rank, unit)) = words.quantity(Quantity::Length, LENGTHS) {
            return Some(What::Length(rank, unit));
        }
        (0..).zip(COSTS).find(|(_, name)| words.are(name)).map(|(rank, _)| What::Cost(rank))
    }
}

/// A link on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    there: Way,
    back: Way,
    name: Option<String>,
    texts: [Option<String>; 4],
    relationship: Option<Relationship>,
}

/// One way over it.
#[derive(Clone, Debug, Default)]
struct Way {
    rate: Best<Rate>,
    speed: Option<String>,
    speed_units: Option<String>,
    length_km: Best<f64>,
    delay: Best<Duration>,
    cost: Best<f64>,
}

impl Link {
    /// Takes an attribute, if its name is known.
    pub(crate) fn take_named(&mut self, name: &str, value: &str, odd: &mut Oddities) {
        if let Some(word) = LinkWord::of(name) {
            self.take(word, name, value, odd);
        }
    }

    /// Takes an attribute that means `word`; its name is for the remarks.
    pub(crate) fn take(&mut self, word: LinkWord, name: &str, value: &str, odd: &mut Oddities) {
        let value = value.trim();
        // Tables and JSON have fields without a value.
        if value.is_empty() {
            return;
        }
        let way = if word.is_back { &mut self.back } else { &mut self.there };
        let taken = match word.what {
            What::Name => {
                // A number says less than the names of both ends.
                self.name = Some(value.to_owned()).filter(|name| number_in(name).is_none());
                Ok(())
            }
            What::Rate(rank, unit) => quantity::rate(value, unit).map(|rate| way.rate.offer(rank, rate)),
            What::Speed => {
                way.speed = Some(value.to_owned());
                Ok(())
            }
            What::SpeedUnits => {
                way.speed_units = Some(value.to_owned());
                Ok(())
            }
            What::Text(at) => {
                self.texts[usize::from(at)].get_or_insert_with(|| value.to_owned());
                Ok(())
            }
            What::Length(rank, unit) => quantity::length_km(value, unit).map(|km| way.length_km.offer(rank, km)),
            What::Delay(rank, unit) => quantity::delay(value, unit).map(|delay| way.delay.offer(rank, delay)),
            What::Cost(rank) => match number_in(value).filter(|cost| *cost >= 0.0) {
                Some(cost) => {
                    way.cost.offer(rank, cost);
                    Ok(())
                }
                None => Err(Unquantified::Wrong),
            },
            What::Relationship => match relationship(value) {
                Some(relationship) => {
                    self.relationship = Some(relationship);
                    Ok(())
                }
                None => Err(Unquantified::Wrong),
            },
        };
        if let Err(why) = taken {
            odd.note(name, value, why);
        }
    }

    /// What is known of it, and what its first end is to the second.
    pub(crate) fn finish(self, odd: &mut Oddities) -> (LinkFacts, Option<Relationship>) {
        let Link { there, back, name, mut texts, relationship } = self;
        texts[0] = there.speed_text();
        let there = there.finish(odd);
        let back = back.finish(odd);
        let mut facts = LinkFacts { name, texts: texts.into_iter().flatten().collect(), ..there };
        if back != LinkFacts::default() {
            // Only what is different is written; the rest is as on the way there.
            let back = LinkFacts {
                rate: back.rate.or(facts.rate),
                length_km: back.length_km.or(facts.length_km),
                delay: back.delay.or(facts.delay),
                cost: back.cost.or(facts.cost),
                texts: if back.rate.is_some() { Vec::new() } else { facts.texts.clone() },
                ..LinkFacts::default()
            };
            facts.back = Some(Box::new(back));
        }
        (facts, relationship)
    }
}

impl Way {
    /// The speed where it is a text rather than a number.
    fn speed_text(&self) -> Option<String> {
        self.speed.clone().filter(|speed| number_in(speed).is_none())
    }

    fn finish(mut self, odd: &mut Oddities) -> LinkFacts {
        if let Some(speed) = self.speed {
            let prefix = self.speed_units.as_deref().map(str::to_ascii_lowercase);
            let unit = prefix.and_then(|unit| si_prefix(&unit).or_else(|| Quantity::Rate.unit(&unit)));
            match quantity::rate(&speed, unit) {
                // Behind all others: LinkSpeedRaw has the same number in full.
                Ok(rate) => self.rate.offer(u8::MAX, rate),
                Err(why) if number_in(&speed).is_some() && self.rate.0.is_none() => odd.note("speed", &speed, why),
                // A text such as "OC-48" is read on request.
                Err(_) => {}
            }
        }
        LinkFacts {
            rate: self.rate.get(),
            length_km: self.length_km.get(),
            delay: self.delay.get(),
            cost: self.cost.get(),
            ..LinkFacts::default()
        }
    }
}

/// What the first end is to the second, by its name or as `p2c`: provider to customer.
fn relationship(value: &str) -> Option<Relationship> {
    Some(match &*value.to_ascii_lowercase() {
        "provider" | "p2c" => Relationship::Provider,
        "customer" | "c2p" => Relationship::Customer,
        "peer" | "p2p" => Relationship::Peer,
        "sibling" | "s2s" => Relationship::Sibling,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Map;

    fn link(attributes: &[(&str, &str)]) -> (LinkFacts, Option<Relationship>, Vec<&'static str>) {
        let (mut link, mut odd, mut map) = (Link::default(), Oddities::default(), Map::default());
        for (name, value) in attributes {
            if let Some(word) = LinkWord::of(name) {
                link.take(word, name, value, &mut odd);
            }
        }
        let (facts, relationship) = link.finish(&mut odd);
        odd.tell(&mut map);
        (facts, relationship, map.remarks.iter().map(|remark| remark.what).collect())
    }

    fn rate(attributes: &[(&str, &str)]) -> Option<u64> {
        link(attributes).0.rate.map(Rate::bps)
    }

    #[test]
    fn the_zoo_s_raw_speed_counts_before_its_speed_and_unit() {
        let check = |attributes: &[(&str, &str)], bps| assert_eq!(rate(attributes), bps, "{attributes:?}");
        check(&[("LinkSpeed", "2.5"), ("LinkSpeedUnits", "G"), ("LinkSpeedRaw", "2500000000.0")], Some(2_500_000_000));
        check(&[("LinkSpeed", "3"), ("LinkSpeedUnits", "G"), ("LinkSpeedRaw", "2e9")], Some(2_000_000_000));
        check(&[("LinkSpeedUnits", "K"), ("LinkSpeed", "64")], Some(64_000));
        check(&[("LinkSpeedUnits", "Mbps"), ("LinkSpeed", "64")], Some(64_000_000));
        check(&[("LinkSpeed", "64")], None);
        check(&[("LinkSpeed", "10 Gbps")], Some(10_000_000_000));
    }

    #[test]
    fn texts_are_kept_for_those_who_ask() {
        let (facts, ..) =
            link(&[("LinkLabel", "OC-48"), ("LinkNote", " leased "), ("LinkSpeed", "STM-16"), ("type", "")]);
        assert_eq!((facts.rate, facts.texts), (None, vec!["STM-16".to_owned(), "OC-48".into(), "leased".into()]));
    }

    #[test]
    fn common_names_are_read_with_the_unit_in_the_name_or_the_value() {
        let (facts, relationship, odd) = link(&[
            ("name", "backbone"),
            ("bandwidth_mbps", "100"),
            ("latency (ms)", "2.5"),
            ("dist_km", "500"),
            ("weight", "7"),
            ("metric", "3"),
            ("relationship", "Provider"),
            ("key", "0"),
        ]);
        let expected = LinkFacts {
            name: Some("backbone".into()),
            rate: Some(Rate::from_mbps(100)),
            delay: Some(Duration::from_micros(2_500)),
            length_km: Some(500.0),
            cost: Some(3.0),
            ..LinkFacts::default()
        };
        assert_eq!((facts, relationship, odd), (expected, Some(Relationship::Provider), vec![]));
        assert_eq!(rate(&[("capacity", "1 Gbps"), ("bw", "10 Mbps")]), Some(10_000_000));
    }

    #[test]
    fn a_number_without_a_unit_is_left_out_and_told() {
        for name in ["bandwidth", "delay", "distance"] {
            let (facts, _, odd) = link(&[(name, "10")]);
            assert_eq!((facts, odd), (LinkFacts::default(), vec!["without_unit"]), "{name}");
        }
        for (name, value) in [("cost", "-1"), ("delay", "soon"), ("capacity_mbps", "0"), ("rel", "friend")] {
            assert_eq!(link(&[(name, value)]).2, ["wrong_value"], "{name}");
        }
        // Other things that begin alike.
        for name in ["delay_model", "rate_limit", "capacity type", "weights"] {
            assert_eq!(link(&[(name, "10")]).2.len(), 0, "{name}");
        }
    }

    #[test]
    fn a_format_may_define_the_unit() {
        let (mut link, mut odd) = (Link::default(), Oddities::default());
        let word = LinkWord::of("dist").unwrap().in_unit("km");
        link.take(word, "dist", "12.5", &mut odd);
        assert_eq!(link.finish(&mut odd).0.length_km, Some(12.5));
    }

    #[test]
    fn the_way_back_is_as_the_way_there_where_nothing_else_is_said() {
        let (facts, ..) = link(&[
            ("bandwidth", "10 Mbps"),
            ("delay", "5 ms"),
            ("cost", "2"),
            ("reverse_bandwidth", "1 Mbps"),
            ("reverse_cost", "9"),
        ]);
        let back = LinkFacts {
            rate: Some(Rate::from_mbps(1)),
            delay: Some(Duration::from_millis(5)),
            cost: Some(9.0),
            ..LinkFacts::default()
        };
        assert_eq!(facts.back.as_deref(), Some(&back));
        assert_eq!((facts.rate, facts.cost), (Some(Rate::from_mbps(10)), Some(2.0)));
    }
}
