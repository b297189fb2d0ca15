//! A look at a network: its counts, in words and as JSON, its [`drawing`], and its [`addresses`].
//!
//! Of a file of others only what is needed for that is made, and not the network itself with its hundreds of bytes a
//! cable: half a million links are counted in seconds.

pub mod addresses;
pub mod drawing;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};
use sim_core::time::Duration;
use sim_core::units::Rate;
use topologies::import::Report;
use topologies::import::census::Census;
use topologies::{NodeKind, Place, Problem, Topology, TopologySpec};

use crate::results::seconds;

/// What there is to see of a network.
#[derive(Clone, Debug)]
pub struct Look {
    /// The nodes.
    pub nodes: Vec<SeenNode>,
    /// The cables.
    pub cables: Vec<SeenCable>,
    /// How many demands came with it, and what they come to in bits per second.
    pub demands: (u64, u128),
    /// What was made of a file of others.
    pub report: Option<Report>,
    /// The counts.
    pub census: Census,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenNode {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: NodeKind,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenCable {
    /// Indices of the nodes at its ends.
    pub ends: (u32, u32),
    /// What the way forward carries.
    pub rate: Rate,
    /// How long a signal takes on the way forward.
    pub delay: Duration,
}

/// Why there is no network to look at.
#[derive(Clone, Debug)]
pub struct Problems {
    /// What is wrong.
    pub list: Vec<Problem>,
    /// Whether a file could not even be read.
    pub is_unreadable: bool,
}

impl Look {
    /// Looks at what `spec` describes; `read` gets the bytes of files.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub fn at(
        spec: &TopologySpec,
        seed: u64,
        read: impl Fn(&Path) -> Result<Vec<u8>, String>,
    ) -> Result<Look, Problems> {
        let mut is_unreadable = false;
        let mut read = |name: &str| read(Path::new(name)).inspect_err(|_| is_unreadable = true);
        let looked = match spec {
            // Hosts that are added are part of the network, and only the network itself has them.
            TopologySpec::File(file) if file.hosts.per_router == 0 => file.survey_file(&mut read).map(Look::of_survey),
            TopologySpec::File(_) | TopologySpec::Shape(_) | TopologySpec::Explicit(_) => {
                Topology::with(spec, seed, &mut read).map(Look::of_topology)
            }
        };
        looked.map_err(|list| Problems { list, is_unreadable })
    }

    fn of_topology(topology: Topology) -> Look {
        let cables = topology.cables.iter().map(|cable| SeenCable {
            ends: (cable.from.0, cable.to.0),
            rate: cable.forward.bandwidth,
            delay: cable.forward.delay,
        });
        let cables = cables.collect();
        let nodes = topology.nodes.into_iter();
        let nodes = nodes.map(|node| SeenNode { name: node.name, kind: node.kind, place: node.place }).collect();
        let demands = topology.demands.iter().map(|demand| demand.rate);
        Look::new(nodes, cables, demands, topology.report)
    }

    fn of_survey(survey: topologies::import::Survey) -> Look {
        let cables = survey.links.iter().map(|link| SeenCable {
            ends: (link.from, link.to),
            rate: link.forward.rate,
            delay: link.forward.delay,
        });
        let cables = cables.collect();
        drop(survey.links);
        let nodes = survey.nodes.into_iter();
        let nodes = nodes.map(|node| SeenNode { name: node.name, kind: node.kind, place: node.place }).collect();
        let demands = survey.demands.iter().map(|demand| demand.2);
        Look::new(nodes, cables, demands, Some(survey.report))
    }

    fn new(
        nodes: Vec<SeenNode>,
        cables: Vec<SeenCable>,
        demands: impl Iterator<Item = Rate>,
        report: Option<Report>,
    ) -> Look {
        let count = u32::try_from(nodes.len()).expect("a network has at most a million nodes");
        let census = Census::new(count, cables.iter().map(|cable| cable.ends));
        let demands = demands.fold((0, 0), |(count, sum), rate| (count + 1, sum + u128::from(rate.bps())));
        Look { nodes, cables, demands, report, census }
    }

    fn hosts(&self) -> usize {
        self.nodes.iter().filter(|node| node.kind == NodeKind::Host).count()
    }

    fn placed(&self) -> usize {
        self.nodes.iter().filter(|node| node.place.is_some()).count()
    }

    /// Least and most of something about all cables.
    fn range<T: Ord + Copy>(&self, of: impl Fn(&SeenCable) -> T) -> Option<(T, T)> {
        let values = || self.cables.iter().map(&of);
        Some((values().min()?, values().max()?))
    }

    fn mean_degree(&self) -> f64 {
        2.0 * self.cables.len() as f64 / self.nodes.len().max(1) as f64
    }

    /// The counts as lines of text, after the report if there is one.
    pub fn in_words(&self, drawing: Option<&str>) -> String {
        let census = &self.census;
        let mut lines: Vec<(&str, String)> = Vec::new();
        let hosts = self.hosts();
        lines.push(("nodes", format!("{} ({} routers, {hosts} hosts)", census.nodes, self.nodes.len() - hosts)));
        lines.push(("cables", census.links.to_string()));
        if census.parallel > 0 {
            lines.push(("parallel", format!("{} cables beside others between the same two nodes", census.parallel)));
        }
        let (least, most) = (census.degrees.keys().next(), census.degrees.keys().next_back());
        if let (Some(least), Some(most)) = (least, most) {
            lines.push(("degree", format!("{least} to {most}, mean {:.2}", self.mean_degree())));
        }
        let exact = if census.is_exact { "" } else { "at least " };
        let within = if census.components > 1 { " in the largest component" } else { "" };
        lines.push(("diameter", format!("{exact}{} hops{within}", census.diameter)));
        if let Some(sum) = census.hops_sum.filter(|_| census.largest_component > 1) {
            let pairs = census.largest_component * (census.largest_component - 1);
            lines.push(("mean way", format!("{:.2} hops", sum as f64 / pairs as f64)));
        }
        let components = match census.components {
            1 => "1".to_owned(),
            many => format!("{many}, the largest of {} nodes", census.largest_component),
        };
        lines.push(("components", components));
        lines.push((
            "weak points",
            match (census.bridges, census.cut_nodes) {
                (0, 0) => "none: no cable and no node alone holds it together".to_owned(),
                (cables, nodes) => format!("{cables} cables and {nodes} nodes whose loss would split it"),
            },
        ));
        let spread = |(least, most): (String, String)| if least == most { least } else { format!("{least} to {most}") };
        if let Some((least, most)) = self.range(|cable| cable.rate) {
            lines.push(("bandwidth", spread((least.to_string(), most.to_string()))));
        }
        if let Some((least, most)) = self.range(|cable| cable.delay) {
            lines.push(("delay", spread((seconds(least.as_secs_f64()), seconds(most.as_secs_f64())))));
        }
        if self.demands.0 > 0 {
            let (count, sum) = self.demands;
            lines.push(("demands", format!("{count}, {} in all", plots::si::format(sum as f64, "bit/s"))));
        }
        if self.placed() > 0 {
            lines.push(("places", format!("{} nodes have one", self.placed())));
        }
        lines.extend(drawing.map(|path| ("drawing", path.to_owned())));
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let text: String = lines.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect();
        match &self.report {
            Some(report) => format!("{report}\n{text}"),
            None => text,
        }
    }

    /// The counts as a document.
    pub fn as_json(&self, drawing: Option<&str>) -> Json {
        let degrees: BTreeMap<String, u64> =
            self.census.degrees.iter().map(|(degree, nodes)| (degree.to_string(), *nodes)).collect();
        json!({
            "nodes": self.census.nodes,
            "hosts": self.hosts(),
            "cables": self.census.links,
            "parallel": self.census.parallel,
            "components": self.census.components,
            "largest_component": self.census.largest_component,
            "diameter_hops": self.census.diameter,
            "diameter_is_exact": self.census.is_exact,
            "hops_sum": self.census.hops_sum,
            "bridges": self.census.bridges,
            "cut_nodes": self.census.cut_nodes,
            "degrees": degrees,
            "mean_degree": self.mean_degree(),
            "bandwidth_bps": self.range(|cable| cable.rate.bps()).map(|(least, most)| json!([least, most])),
            "delay_s": self.range(|cable| cable.delay).map(|(a, b)| json!([a.as_secs_f64(), b.as_secs_f64()])),
            "demands": self.demands.0,
            "demands_bps": self.demands.1 as f64,
            "placed_nodes": self.placed(),
            "import": self.report,
            "drawing": drawing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(json: &str) -> Look {
        let spec: TopologySpec = serde_json::from_str(json).unwrap();
        Look::at(&spec, 1, |_| Err("no files here".into())).unwrap()
    }

    #[test]
    fn a_dumbbell_is_counted_by_hand() {
        // Two routers and two pairs: h-r-r-h is the longest way, and 2 · 5 cables end at six nodes.
        let text = look(r#"{ "shape": "dumbbell", "pairs": 2 }"#).in_words(None);
        for line in [
            "nodes        6 (2 routers, 4 hosts)",
            "cables       5",
            "degree       1 to 3, mean 1.67",
            "diameter     3 hops",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn what_differs_is_given_as_a_range() {
        let list = r#"{ "links": [ { "from": "a", "to": "b", "bandwidth": "1 Mbps", "delay": "1 ms" },
                                   { "from": "c", "to": "d", "bandwidth": "9 Mbps", "delay": "1 ms" } ] }"#;
        let text = look(list).in_words(Some("x.svg"));
        assert!(text.contains("bandwidth    1 Mbps to 9 Mbps\n") && text.contains("delay        1 ms\n"), "{text}");
        assert!(text.contains("components   2, the largest of 2 nodes\n") && text.ends_with("drawing      x.svg\n"));
    }

    #[test]
    fn a_missing_file_is_a_failure_of_the_file_system() {
        let spec: TopologySpec = serde_json::from_str(r#"{ "file": "none.gml" }"#).unwrap();
        let problems = Look::at(&spec, 1, |_| Err("there is no such file".into())).unwrap_err();
        assert!(problems.is_unreadable && problems.list[0].to_string().contains("none.gml: there is no such file"));
    }
}
