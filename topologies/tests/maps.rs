//! Files of others import to numbers that were counted without netsim.
//!
//! `experiments/maps/EXPECTED.json` has these numbers for the files of that folder, `data/EXPECTED.json` for our own in forms
//! whose files cannot be copied. If the environment variable `NETSIM_TOPOLOGIES` names a folder with an `EXPECTED.json` of the
//! same form, its files are compared too. What this test has nothing to compare with is printed. A file whose entry has
//! `"error": true` must be refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::Digest;
use topologies::import::census::Census;
use topologies::import::{FileSpec, Map, MapNode, Role, Survey, read};
use topologies::place::{Earth, Plane};
use topologies::{Place, Relationship};

/// The names of formats as the counters of the numbers call them, and ours.
const FORMATS: &[(&str, &str)] = &[
    ("as-graph", "as_relationships"),
    ("rocketfuel-cch", "rocketfuel_cch"),
    ("rocketfuel-latencies.intra", "rocketfuel_latencies"),
    ("rocketfuel-weights.intra", "rocketfuel_weights"),
    ("sndlib-native", "sndlib_native"),
    ("sndlib-xml", "sndlib_xml"),
    ("topohub-json", "topohub"),
    ("topology-zoo-gml", "gml"),
    ("topology-zoo-graphml", "graphml"),
];

/// Files of our own.
fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Files of others that may be copied: they belong to the gallery.
fn maps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../experiments/maps")
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file as it is read, and as it is taken without any options.
struct Imported {
    bytes: Vec<u8>,
    format: &'static str,
    map: Map,
    survey: Survey,
}

impl Imported {
    fn new(path: &Path) -> Result<Imported, String> {
        let bytes = bytes(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (format, map) = read(&bytes, None, &name).map_err(|error| error.to_string())?;
        let survey = FileSpec::new(name).survey(&bytes).map_err(|problem| problem.to_string())?;
        Ok(Imported { bytes, format: format.name(), map, survey })
    }

    /// What `EXPECTED.json` calls `key`, or nothing if that is not known here.
    fn actual(&self, key: &str, expected: &Value) -> Option<Value> {
        let map = &self.map;
        // Formats that list each link from both of its ends are counted in lines, and in links of the network.
        let is_listed_twice = expected.get("lines").is_some();
        let links: Vec<(u32, u32)> = match is_listed_twice {
            true => self.survey.links.iter().map(|link| (link.from, link.to)).collect(),
            false => map.links.iter().map(|link| (link.from, link.to)).collect(),
        };
        let census = || Census::new(map.nodes.len() as u32, links.iter().copied());
        let placed: Vec<(Earth, Earth)> = links
            .iter()
            .filter_map(|&(from, to)| Some((degrees(&map.nodes[from as usize])?, degrees(&map.nodes[to as usize])?)))
            .collect();
        let nodes = |is: &dyn Fn(&MapNode) -> bool| Value::from(map.nodes.iter().filter(|node| is(node)).count());
        let labels: Vec<&str> = map.nodes.iter().filter_map(|node| node.label.as_deref()).collect();
        let tally = |name: &str| Value::from(map.tally.get(name).copied().unwrap_or(0.0));
        // Native files of SNDlib do not tell degrees from places on a drawing.
        let has_degrees = self.format != "sndlib_native";
        Some(match key {
            "nodes" => map.nodes.len().into(),
            "edges" => links.len().into(),
            "self_loops" => census().self_loops.into(),
            "parallel" => census().parallel.into(),
            "components" => census().components.into(),
            "largest_component" => census().largest_component.into(),
            "lcc_diameter_hops" => census().diameter.into(),
            "lcc_sum_hops" => census().hops_sum.into(),
            "edges_with_both_coords" => if has_degrees { placed.len() } else { 0 }.into(),
            "sum_km" => placed.iter().map(|(a, b)| a.distance_km(*b)).sum::<f64>().into(),
            "no_coords" => nodes(&|node| node.place.is_none()),
            "external" => nodes(&|node| node.role == Role::External),
            "hyperedge" => nodes(&|node| node.role == Role::Junction),
            "empty_labels" => nodes(&|node| node.label.as_deref().is_none_or(str::is_empty)),
            "dup_labels" => (labels.len() - labels.iter().collect::<BTreeSet<_>>().len()).into(),
            // One of the two is enough for a rate.
            "with_LinkSpeed" | "with_LinkSpeedRaw" => {
                let rates =
                    map.links.iter().filter(|link| link.facts.as_ref().is_some_and(|facts| facts.rate.is_some()));
                let rates = rates.count() as u64;
                let stated = ["with_LinkSpeed", "with_LinkSpeedRaw"].map(|key| expected[key].as_u64().unwrap_or(0));
                if stated[0].max(stated[1]) == rates { expected[key].clone() } else { rates.into() }
            }
            "coordinates" => {
                let is_earth = |place: Place| matches!(place, Place::Earth(_));
                let all_on_earth = map.nodes.iter().filter_map(|node| node.place).all(is_earth);
                if all_on_earth { "geographical" } else { "pixel" }.into()
            }
            "demands" => map.demands.len().into(),
            "sum_demand" => map.demands.iter().map(|demand| demand.value).sum::<f64>().into(),
            "sum_preinstalled" | "modules" | "admissible_paths" | "demands_rows" | "sum_dist_km" | "lines" => {
                tally(key)
            }
            "rel_counts" => self.relationships(),
            "lcc_sum_weighted_shortest_paths" => self.weighted_paths().into(),
            "format" => {
                FORMATS.iter().find(|(_, ours)| *ours == self.format).map_or(self.format, |(theirs, _)| theirs).into()
            }
            "sha256" => {
                let hash = sha2::Sha256::digest(&self.bytes);
                hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
            }
            _ => return None,
        })
    }

    /// How many links are of which sign, as CAIDA writes them.
    fn relationships(&self) -> Value {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for relationship in self.map.links.iter().filter_map(|link| link.relationship) {
            let sign = match relationship {
                Relationship::Provider | Relationship::Customer => "-1",
                Relationship::Peer => "0",
                Relationship::Sibling => "1",
            };
            *counts.entry(sign).or_default() += 1;
        }
        serde_json::to_value(counts).unwrap()
    }

    /// The sum over ordered pairs of nodes that reach each other of the cost, else the delay in milliseconds, of the
    /// cheapest way. Nodes outside of the largest component must have no links that count.
    fn weighted_paths(&self) -> f64 {
        let mut graph = petgraph::graph::UnGraph::<(), f64>::new_undirected();
        let nodes: Vec<_> = self.map.nodes.iter().map(|_| graph.add_node(())).collect();
        for link in &self.map.links {
            let facts = link.facts.as_deref().expect("all links have a weight");
            let weight = facts.cost.or(facts.delay.map(|delay| delay.picos() as f64 / 1e9)).expect("cost or delay");
            graph.add_edge(nodes[link.from as usize], nodes[link.to as usize], weight);
        }
        let from = |start| petgraph::algo::dijkstra(&graph, start, None, |edge| *edge.weight());
        let sums: Vec<(usize, f64)> =
            nodes.iter().map(|start| from(*start)).map(|to| (to.len(), to.values().sum())).collect();
        let largest = sums.iter().map(|(size, _)| *size).max().unwrap_or(0);
        sums.iter().filter(|(size, _)| *size == largest).map(|(_, sum)| sum).sum()
    }
}

/// Two numbers taken as degrees, whatever they are: so the numbers were counted.
fn degrees(node: &MapNode) -> Option<Earth> {
    Some(match node.place? {
        Place::Earth(earth) => earth,
        Place::Plane(Plane { x, y }) => Earth { latitude: y, longitude: x },
    })
}

/// Whether two values are the same, kilometres and sums to a tenth.
fn is_same(actual: &Value, expected: &Value) -> bool {
    match (actual.as_f64(), expected.as_f64()) {
        // Half of the last digit that was written, and the rounding of sums.
        (Some(actual), Some(expected)) => (actual - expected).abs() <= 0.0501,
        (_, _) => actual == expected,
    }
}

/// All that is not as the folder's `EXPECTED.json` says.
fn differences(folder: &Path) -> Vec<String> {
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&bytes(&folder.join("EXPECTED.json"))).expect("EXPECTED.json maps files to numbers");
    assert!(!expected.is_empty());
    let mut wrong = Vec::new();
    for (file, expected) in &expected {
        let is_refused = expected["error"] == true;
        let imported = match Imported::new(&folder.join(file)) {
            Ok(_) if is_refused => {
                wrong.push(format!("{file}: is not refused"));
                continue;
            }
            Ok(imported) => imported,
            Err(_) if is_refused => continue,
            Err(error) => {
                wrong.push(format!("{file}: {error}"));
                continue;
            }
        };
        // Nothing was counted where there is a null.
        for (key, value) in expected.as_object().expect("numbers by name").iter().filter(|(_, value)| !value.is_null())
        {
            match imported.actual(key, expected) {
                Some(actual) if is_same(&actual, value) => {}
                Some(actual) => wrong.push(format!("{file}: {key} is {actual}, expected {value}")),
                None => println!("{file}: {key} is not compared"),
            }
        }
    }
    wrong
}

/// All files in a folder and those within it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.expect("a readable folder").path()).collect();
    entries.sort();
    for entry in entries {
        match entry.is_dir() {
            true => all.extend(files(&entry)),
            false => all.push(entry),
        }
    }
    all
}

fn check(folder: &Path) {
    let wrong = differences(folder);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What is not listed gives a network or an error.
    for file in files(folder) {
        drop(Imported::new(&file));
    }
}

#[test]
fn files_of_others_import_to_the_numbers_counted_elsewhere() {
    check(&own());
    check(&maps());
}

#[test]
fn files_that_cannot_be_copied_here_do_so_too() {
    if let Some(folder) = std::env::var_os("NETSIM_TOPOLOGIES") {
        check(Path::new(&folder));
    }
}

#[test]
fn the_zoo_s_twins_are_the_same_map() {
    for name in ["Abilene", "AttMpls", "Cogentco", "Garr201201"] {
        let [graphml, gml] = ["graphml", "gml"]
            .map(|ending| Imported::new(&maps().join(format!("topology-zoo/{name}.{ending}"))).unwrap());
        assert_eq!((graphml.format, gml.format), ("graphml", "gml"));
        assert_eq!(sorted(graphml.map), sorted(gml.map), "{name}");
    }
}

#[test]
fn the_two_forms_of_sndlib_are_the_same_map() {
    let own = own().join("own/small");
    let places = |map: &Map| map.nodes.iter().map(|node| node.place).collect::<Vec<_>>();
    let [xml, native] = twins(&own);
    assert_eq!(places(&xml), places(&native));
    assert_eq!(xml.tally, native.tally);
    let mut all = vec![own];
    if let Some(folder) = std::env::var_os("NETSIM_TOPOLOGIES") {
        let is_native = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "txt");
        let native = files(Path::new(&folder)).into_iter().filter(is_native);
        all.extend(native.filter(|path| path.with_extension("xml").exists()));
    }
    for path in all {
        let [xml, native] = twins(&path).map(|map| Map {
            // The native form does not tell degrees from places on a drawing, and some files leave paths out.
            nodes: map.nodes.into_iter().map(|node| MapNode { place: None, ..node }).collect(),
            tally: BTreeMap::new(),
            title: None,
            remarks: Vec::new(),
            ..map
        });
        assert_eq!(xml, native, "{}", path.display());
    }
}

/// A network of SNDlib from its XML, and from its native form.
fn twins(path: &Path) -> [Map; 2] {
    ["xml", "txt"].map(|ending| Imported::new(&path.with_extension(ending)).unwrap().map)
}

/// With the links in an order that does not depend on the file's.
fn sorted(mut map: Map) -> Map {
    map.links.sort_by_key(|link| (link.from, link.to, format!("{:?}", link.facts)));
    map
}
