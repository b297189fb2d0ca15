//! SNDlib's networks in XML.
//!
//! ```text
//! network
//!   meta                          unit, granularity, time, origin
//!   networkStructure
//!     nodes coordinatesType="geographical"
//!       node id="…"               coordinates: x y
//!     links
//!       link id="…"               source target, preInstalledModule: capacity cost, routingCost, setupCost,
//!                                 additionalModules: addModule: capacity cost
//!   demands
//!     demand id="…"               source target routingUnit demandValue maxPathLength,
//!                                 admissiblePaths: admissiblePath: linkId …
//! ```
//!
//! Capacities and demands are taken as `format/sndlib.rs` says. Geographical coordinates have the longitude for x
//! and the latitude for y; others are places on a drawing. Admissible paths are counted, and the longest way a demand may
//! go is not kept. Whether links and demands have a direction is not in the file: links go both ways.

use super::sndlib::{Demand, Link, Network};
use crate::Place;
use crate::import::attributes::number_in;
use crate::import::lines::quoted;
use crate::import::xml::{Piece, Tag, Xml, root};
use crate::import::{Map, Text, Unreadable};
use crate::place::{Earth, Plane};

/// Its name.
pub const NAME: &str = "sndlib_xml";
/// What it holds.
pub const SUMMARY: &str = "networks with capacities and demands, in XML";
/// Where it is described.
pub const SOURCE: &str = "SNDlib, http://sndlib.zib.de/network";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    let is_network = |root: &Tag<'_>| root.name() == "network";
    root(&text.all).is_some_and(|root| {
        is_network(&root) && (root.mentions("sndlib") || text.all.contains("networkStructure"))
    })
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut reader =
        Reader { xml: Xml::new(&text.all), network: Network::default(), is_earth: false, bad_coordinates: 0 };
    match reader.xml.next()? {
        Piece::Open(root) if root.name() == "network" => reader.network()?,
        Piece::Open(_) | Piece::Close | Piece::Text(_) | Piece::End => {
            return Err(Unreadable::whole("the outermost element of SNDlib's XML is `network`"));
        }
    }
    // Nothing may follow.
    while !matches!(reader.xml.next()?, Piece::End) {}
    let count = reader.bad_coordinates;
    let text = format!("coordinates of {count} nodes are no place and were left out");
    reader.network.remark("bad_coordinates", count, text);
    Ok(reader.network.finish())
}

struct Reader<'a> {
    xml: Xml<'a>,
    network: Network,
    /// Coordinates are degrees.
    is_earth: bool,
    bad_coordinates: u64,
}

/// What stands in a link or a demand, both of which join two nodes.
#[derive(Default)]
struct Fields {
    source: String,
    target: String,
    preinstalled: f64,
    modules: Vec<f64>,
    routing_unit: Option<f64>,
    value: f64,
    admissible_paths: u64,
}

impl<'a> Reader<'a> {
    fn wrong(&self, at: u64, why: impl Into<String>) -> Unreadable {
        Unreadable::at(self.xml.line(at), why)
    }

    /// The next element within the one that is open, or none at its end.
    fn child(&mut self) -> Result<Option<Tag<'a>>, Unreadable> {
        loop {
            match self.xml.next()? {
                Piece::Open(tag) => return Ok(Some(tag)),
                Piece::Text(_) => {}
                Piece::Close | Piece::End => return Ok(None),
            }
        }
    }

    fn network(&mut self) -> Result<(), Unreadable> {
        while let Some(tag) = self.child()? {
            match tag.name() {
                "meta" => self.meta()?,
                "networkStructure" => self.structure()?,
                "demands" => {
                    while let Some(tag) = self.child()? {
                        self.demand(&tag)?;
                    }
                }
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn meta(&mut self) -> Result<(), Unreadable> {
        while let Some(tag) = self.child()? {
            let text = self.xml.text()?;
            match tag.name() {
                "unit" => self.network.unit(&text),
                "name" | "title" => self.network.title(text.trim()),
                _ => {}
            }
        }
        Ok(())
    }

    fn structure(&mut self) -> Result<(), Unreadable> {
        while let Some(tag) = self.child()? {
            match tag.name() {
                "nodes" => {
                    self.is_earth = tag.attribute("coordinatesType")?.as_deref() == Some("geographical");
                    while let Some(tag) = self.child()? {
                        self.node(&tag)?;
                    }
                }
                "links" => {
                    while let Some(tag) = self.child()? {
                        self.link(&tag)?;
                    }
                }
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn node(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let id = tag.required("id")?;
        let mut coordinates = [None; 2];
        let mut has_coordinates = false;
        while let Some(inner) = self.child()? {
            if inner.name() != "coordinates" {
                self.xml.skip()?;
                continue;
            }
            has_coordinates = true;
            while let Some(inner) = self.child()? {
                let text = self.xml.text()?;
                match inner.name() {
                    "x" => coordinates[0] = number_in(&text),
                    "y" => coordinates[1] = number_in(&text),
                    _ => {}
                }
            }
        }
        let place = match coordinates {
            [Some(x), Some(y)] if self.is_earth => Earth::new(y, x).map(Place::Earth),
            [Some(x), Some(y)] => Some(Place::Plane(Plane { x, y })),
            [_, _] => None,
        };
        self.bad_coordinates += u64::from(has_coordinates && place.is_none());
        self.network.node(self.xml.line(tag.at), &id, place)
    }

    fn link(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let fields = self.fields(tag)?;
        let id = tag.attribute("id")?.unwrap_or_default();
        let Fields { source, target, preinstalled, modules, .. } = &fields;
        let link = Link { id: &id, source, target, preinstalled: *preinstalled, modules };
        self.network.link(self.xml.line(tag.at), link)
    }

    fn demand(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let Fields { source, target, routing_unit, value, admissible_paths, .. } = &self.fields(tag)?;
        let routing_unit = routing_unit.unwrap_or(1.0);
        let demand = Demand { source, target, routing_unit, value: *value, admissible_paths: *admissible_paths };
        self.network.demand(self.xml.line(tag.at), demand)
    }

    /// Reads a link or a demand to its end.
    fn fields(&mut self, tag: &Tag<'_>) -> Result<Fields, Unreadable> {
        let mut fields = Fields::default();
        while let Some(inner) = self.child()? {
            match inner.name() {
                "source" => fields.source = self.xml.text()?.trim().to_owned(),
                "target" => fields.target = self.xml.text()?.trim().to_owned(),
                "demandValue" => fields.value = self.amount(inner.at)?,
                "routingUnit" => fields.routing_unit = Some(self.amount(inner.at)?),
                "preInstalledModule" => fields.preinstalled = self.capacity()?.unwrap_or(0.0),
                "additionalModules" => {
                    while self.child()?.is_some() {
                        fields.modules.extend(self.capacity()?);
                    }
                }
                "admissiblePaths" => {
                    while self.child()?.is_some() {
                        fields.admissible_paths += 1;
                        self.xml.skip()?;
                    }
                }
                _ => self.xml.skip()?,
            }
        }
        for (end, name) in [(&fields.source, "source"), (&fields.target, "target")] {
            if end.is_empty() {
                return Err(self.wrong(tag.at, format!("a `{}` has no `{name}`", tag.name())));
            }
        }
        Ok(fields)
    }

    /// The capacity of the module that is open, to its end.
    fn capacity(&mut self) -> Result<Option<f64>, Unreadable> {
        let mut capacity = None;
        while let Some(inner) = self.child()? {
            match inner.name() {
                "capacity" => capacity = Some(self.amount(inner.at)?),
                _ => self.xml.skip()?,
            }
        }
        Ok(capacity)
    }

    /// A number that is not negative.
    fn amount(&mut self, at: u64) -> Result<f64, Unreadable> {
        let text = self.xml.text()?;
        let amount = number_in(&text).filter(|amount| *amount >= 0.0);
        amount.ok_or_else(|| self.wrong(at, format!("{} is no number from 0 on", quoted(text.trim()))))
    }
}

#[cfg(test)]
mod tests {
    use sim_core::units::Rate;

    use super::*;
    use crate::import::{Format, MapDemand, read};

    const SMALL: &str = "<?xml version='1.0' encoding='ISO-8859-1'?>
<network xmlns='http://sndlib.zib.de/network' version='1.0'>
 <meta><granularity>1day</granularity><unit>MBITPERSEC</unit></meta>
 <networkStructure>
  <nodes coordinatesType='geographical'>
   <node id='Rome'><coordinates><x>12.48</x><y>41.89</y></coordinates></node>
   <node id='Oslo'><coordinates><x>10.75</x><y>159.91</y></coordinates></node>
   <node id='Bern'/>
  </nodes>
  <links>
   <link id='L1'><source>Rome</source><target>Oslo</target>
    <preInstalledModule><capacity>9920.0</capacity><cost>0.0</cost></preInstalledModule>
    <additionalModules><addModule><capacity>40000.0</capacity><cost>133.0</cost></addModule></additionalModules></link>
   <link id='L2'><source> Oslo </source><target>Bern</target><routingCost>7</routingCost><setupCost>156.0</setupCost>
    <additionalModules><addModule><capacity>155.0</capacity><cost>1</cost></addModule>
     <addModule><capacity>622.0</capacity><cost>3</cost></addModule></additionalModules></link>
  </links>
 </networkStructure>
 <demands>
  <demand id='D1'><source>Rome</source><target>Bern</target><routingUnit>2</routingUnit><demandValue>195.5</demandValue>
   <maxPathLength>4</maxPathLength><admissiblePaths><admissiblePath id='P1'><linkId>L1</linkId><linkId>L2</linkId>
   </admissiblePath><admissiblePath id='P2'/></admissiblePaths></demand>
  <demand id='D2'><source>Bern</source><target>Rome</target><demandValue>3</demandValue></demand>
 </demands>
</network>";

    fn map(text: &str) -> Map {
        let (format, map) = read(text.as_bytes(), None, "").unwrap();
        assert_eq!(format, Format::SndlibXml);
        map
    }

    #[test]
    fn a_network_is_read_with_its_capacities_and_demands() {
        let map = map(SMALL);
        let places: Vec<Option<Place>> = map.nodes.iter().map(|node| node.place).collect();
        assert_eq!(places, [Some(Place::Earth(Earth { latitude: 41.89, longitude: 12.48 })), None, None]);
        let links: Vec<_> = map
            .links
            .iter()
            .map(|link| (link.from, link.to, link.facts.as_deref().unwrap()))
            .map(|(from, to, facts)| (from, to, facts.name.as_deref(), facts.rate.map(Rate::bps), facts.cost))
            .collect();
        assert_eq!(links, [(0, 1, Some("L1"), Some(9_920_000_000), None), (1, 2, Some("L2"), Some(155_000_000), None)]);
        let demands = [MapDemand { from: 0, to: 2, value: 391.0 }, MapDemand { from: 2, to: 0, value: 3.0 }];
        assert_eq!((&*map.demands, map.demand_unit), (&demands[..], Some(Rate::from_mbps(1))));
        let tally: Vec<(&str, f64)> = map.tally.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
        let expected = [("admissible_paths", 2.0), ("modules", 3.0), ("sum_demand", 394.0), ("sum_preinstalled", 9920.0)];
        assert_eq!(tally, expected);
        let remarks: Vec<&str> = map.remarks.iter().map(|remark| remark.what).collect();
        assert!(remarks.contains(&"bad_coordinates") && remarks.contains(&"preinstalled"), "{remarks:?}");
    }

    #[test]
    fn pixels_are_no_degrees() {
        let map = map(&SMALL.replace("geographical", "pixel"));
        assert_eq!(map.nodes[1].place, Some(Place::Plane(Plane { x: 10.75, y: 159.91 })));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_its_line() {
        let check = |from: &str, to: &str, line: u64, why: &str| {
            let error = read(SMALL.replacen(from, to, 1).as_bytes(), None, "").unwrap_err();
            assert_eq!(error.line, Some(line), "{error}");
            assert!(error.why.contains(why), "{error}");
        };
        check("<target>Oslo", "<target>Paris", 11, "Paris");
        check("<node id='Oslo'>", "<node id='Rome'>", 7, "two nodes `Rome`");
        check("<source>Rome</source>", "", 11, "a `link` has no `source`");
        check(">195.5<", ">many<", 20, "`many` is no number");
        check(">9920.0<", ">-1<", 12, "`-1` is no number from 0 on");
        let other = read(b"<network><a/></network>", Some(Format::SndlibXml), "");
        assert!(other.unwrap_err().why.contains("not a single node"));
    }
}
