//! What the two forms of SNDlib, XML and native, share: networks with capacities to be bought and demands to be met.
//!
//! - A link has a capacity that is there already ("preinstalled"), and modules that may be bought on top of it. Its rate
//!   is the preinstalled capacity if that is more than 0, else that of its first module, else none; how many were taken
//!   which way is remarked on. Prices and routing costs are about buying and are not kept: in nearly all files the
//!   routing cost is 0.
//! - A demand of `value` units, each worth its "routing unit", asks for their product.
//! - Capacities and demands are in the unit that the file names (`MBITPERSEC`). Where it names none, capacities are taken
//!   as Mbps, as the unit of demands is.
//!
//! Orlowski, Pioro, Tomaszewski and Wessaely, "SNDlib 1.0 - Survivable Network Design Library", Networks 55(3), 2010.

use std::collections::BTreeMap;

use sim_core::units::Rate;

use crate::Place;
use crate::import::lines::quoted;
use crate::import::{LinkFacts, Map, MapDemand, MapLink, MapNode, Unreadable};

/// A network on its way.
#[derive(Default)]
pub(super) struct Network {
    map: Map,
    nodes: BTreeMap<String, u32>,
    /// Bits per second of a capacity or demand of 1.
    unit: Option<f64>,
    preinstalled: u64,
    by_module: u64,
    without_capacity: u64,
    too_large: u64,
}

/// A link as it is written.
pub(super) struct Link<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'a str,
    pub(super) target: &'a str,
    pub(super) preinstalled: f64,
    /// The capacities of its modules, in the order of the file.
    pub(super) modules: &'a [f64],
}

/// A demand as it is written.
pub(super) struct Demand<'a> {
    pub(super) source: &'a str,
    pub(super) target: &'a str,
    pub(super) routing_unit: f64,
    pub(super) value: f64,
    /// How many ways it may go, all if none is listed.
    pub(super) admissible_paths: u64,
}

impl Network {
    /// What the file calls the network.
    pub(super) fn title(&mut self, title: &str) {
        self.map.title = Some(title.to_owned()).filter(|title| !title.is_empty());
    }

    /// The unit of capacities and demands, which must be known before the links: `MBITPERSEC`.
    pub(super) fn unit(&mut self, name: &str) {
        self.unit = unit(name);
        let text = format!("its unit {} is not known", quoted(name));
        self.map.remark("unit", u64::from(self.unit.is_none()), text);
    }

    pub(super) fn node(&mut self, line: u64, id: &str, place: Option<Place>) -> Result<(), Unreadable> {
        let number = self.map.nodes.len() as u32;
        if self.nodes.insert(id.to_owned(), number).is_some() {
            return Err(Unreadable::at(line, format!("there are two nodes {}", quoted(id))));
        }
        self.map.nodes.push(MapNode { place, ..MapNode::new(id) });
        Ok(())
    }

    pub(super) fn link(&mut self, line: u64, link: Link<'_>) -> Result<(), Unreadable> {
        let (from, to) = (self.end(line, link.source)?, self.end(line, link.target)?);
        let module = link.modules.first().copied().unwrap_or(0.0);
        let capacity = if link.preinstalled > 0.0 {
            self.preinstalled += 1;
            link.preinstalled
        } else if module > 0.0 {
            self.by_module += 1;
            module
        } else {
            self.without_capacity += 1;
            0.0
        };
        let bps = capacity * self.unit.unwrap_or(1e6);
        let rate = (0.5..=1e14).contains(&bps).then(|| Rate::from_bps(libm::round(bps) as u64));
        self.too_large += u64::from(bps > 1e14);
        let name = Some(link.id.to_owned()).filter(|id| !id.is_empty());
        self.map.links.push(MapLink::new(from, to).with(LinkFacts { name, rate, ..LinkFacts::default() }));
        self.map.count("sum_preinstalled", link.preinstalled);
        self.map.count("modules", link.modules.len() as f64);
        Ok(())
    }

    pub(super) fn demand(&mut self, line: u64, demand: Demand<'_>) -> Result<(), Unreadable> {
        let (from, to) = (self.end(line, demand.source)?, self.end(line, demand.target)?);
        let value = demand.routing_unit * demand.value;
        if !value.is_finite() {
            return Err(Unreadable::at(line, "the routing unit times the value of the demand is out of range"));
        }
        self.map.demands.push(MapDemand { from, to, value });
        self.map.count("sum_demand", value);
        self.map.count("admissible_paths", demand.admissible_paths as f64);
        Ok(())
    }

    /// Ways that a demand may go, where they stand apart from it.
    pub(super) fn admissible_paths(&mut self, count: u64) {
        self.map.count("admissible_paths", count as f64);
    }

    pub(super) fn remark(&mut self, what: &'static str, count: u64, text: impl Into<String>) {
        self.map.remark(what, count, text);
    }

    pub(super) fn finish(mut self) -> Map {
        let Network { preinstalled, by_module, without_capacity, too_large, .. } = self;
        let map = &mut self.map;
        map.demand_unit = self.unit.filter(|bps| *bps >= 1.0).map(|bps| Rate::from_bps(bps as u64));
        if self.unit.is_none() {
            let text = "the file has no unit for its capacities: taken as Mbps";
            map.remark("capacity_unit", preinstalled + by_module, text);
        }
        let text = format!("bandwidths of {preinstalled} links are their preinstalled capacities");
        map.remark("preinstalled", preinstalled, text);
        let text = format!("bandwidths of {by_module} links without preinstalled capacity are their first modules");
        map.remark("first_module", by_module, text);
        map.remark("no_capacity", without_capacity, format!("{without_capacity} links have no capacity at all"));
        map.remark("large_capacity", too_large, format!("{too_large} capacities are above 100 Tbps and were left out"));
        self.map
    }

    fn end(&self, line: u64, id: &str) -> Result<u32, Unreadable> {
        let end = self.nodes.get(id).copied();
        end.ok_or_else(|| Unreadable::at(line, format!("there is no node {}", quoted(id))))
    }
}

/// Bits per second in a unit as SNDlib spells it: `MBITPERSEC`, `BITSPERSEC`.
fn unit(name: &str) -> Option<f64> {
    let name = name.trim().to_ascii_uppercase();
    let prefix = name.strip_suffix("BITPERSEC").or_else(|| name.strip_suffix("BITSPERSEC"))?;
    match prefix {
        "" => Some(1.0),
        "K" => Some(1e3),
        "M" => Some(1e6),
        "G" => Some(1e9),
        "T" => Some(1e12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(unit: Option<&str>, capacities: &[(f64, &[f64])]) -> Map {
        let mut network = Network::default();
        if let Some(unit) = unit {
            network.unit(unit);
        }
        network.node(1, "a", None).unwrap();
        network.node(1, "b", None).unwrap();
        for &(preinstalled, modules) in capacities {
            network.link(1, Link { id: "", source: "a", target: "b", preinstalled, modules }).unwrap();
        }
        network.finish()
    }

    #[test]
    fn a_rate_is_what_is_there_else_the_first_module_else_nothing() {
        let map = links(Some("MBITPERSEC"), &[(622.0, &[155.0]), (0.0, &[155.0, 622.0]), (0.0, &[]), (1e300, &[])]);
        let rates: Vec<_> = map.links.iter().map(|link| Some(link.facts.as_deref()?.rate?.bps())).collect();
        assert_eq!(rates, [Some(622_000_000), Some(155_000_000), None, None]);
        assert_eq!((map.tally["modules"], map.demand_unit), (3.0, Some(Rate::from_mbps(1))));
        let remarks: Vec<_> = map.remarks.iter().map(|remark| (remark.what, remark.count)).collect();
        assert_eq!(remarks, [("preinstalled", 2), ("first_module", 1), ("no_capacity", 1), ("large_capacity", 1)]);
    }

    #[test]
    fn without_a_unit_capacities_are_mbps_and_demands_are_left_to_the_options() {
        let map = links(None, &[(10.0, &[])]);
        assert_eq!(map.links[0].facts.as_deref().unwrap().rate, Some(Rate::from_mbps(10)));
        assert_eq!(map.demand_unit, None);
        assert_eq!(map.remarks[0].what, "capacity_unit");
    }

    #[test]
    fn units_are_spelled_in_one_word() {
        for (name, bps) in [("MBITPERSEC", 1e6), ("BITSPERSEC", 1.0), ("gbitspersec", 1e9)] {
            assert_eq!(unit(name), Some(bps), "{name}");
        }
        assert_eq!(unit("VC4"), None);
    }
}
