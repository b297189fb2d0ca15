//! `netsim topo`: networks without experiments. Shapes and files of others are looked at, drawn and converted.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use topologies::addressing::{AddressPlan, AddressingSpec, explain};
use topologies::export::Form;
use topologies::{Node, NodeKind, Topology, TopologySpec};

use super::check::show;
use super::{Exit, terminal};
use crate::file::diagnostic::{Diagnostics, nearest};
use crate::file::network::{read_map, spec_from};
use crate::results::folder::write_whole;
use crate::topo::{Look, addresses, drawing};

/// What can be done with a network.
#[derive(Debug, Subcommand)]
pub(super) enum Topo {
    /// Lay out a shape, and print it as a list of nodes and links.
    Generate {
        /// The shape, as `netsim list shapes` has them.
        shape: String,
        #[command(flatten)]
        changes: NetworkChanges,
        #[command(flatten)]
        output: Output,
    },
    /// Read a file of others, and say all that was made of it.
    Import {
        /// The file: Topology Zoo, SNDlib, Rocketfuel, CAIDA and others, as `netsim list formats` has them.
        file: PathBuf,
        #[command(flatten)]
        changes: NetworkChanges,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
        /// Write the network here, in the form that the ending says: .json, .graphml or .dot.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Write a network in another form.
    Convert {
        /// A file of others, or a shape.
        network: String,
        #[command(flatten)]
        changes: NetworkChanges,
        #[command(flatten)]
        output: Output,
    },
    /// Count and draw a network.
    Show {
        /// A file of others, or a shape.
        network: String,
        #[command(flatten)]
        changes: NetworkChanges,
        /// Print the counts as JSON.
        #[arg(long)]
        json: bool,
        /// Where the drawing goes, as .svg or .png [default: results/topo/NAME.svg].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Draw nothing.
        #[arg(long, conflicts_with = "out")]
        no_drawing: bool,
    },
    /// Plan the addresses of a network, and show the table of a router before and after aggregation.
    Addresses {
        /// A file of others, or a shape.
        network: String,
        #[command(flatten)]
        changes: NetworkChanges,
        /// What all addresses come from.
        #[arg(long, value_name = "PREFIX", default_value = "10.0.0.0/8")]
        block: String,
        /// The router whose table is shown; the first if not said.
        #[arg(long, value_name = "NAME")]
        router: Option<String>,
    },
    /// Say what an address or a prefix is: its network, hosts, class and special use.
    ExplainIp {
        /// Such as 10.1.2.0/23, 192.0.2.7 or 2001:db8::/32.
        address: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What the command line says of a network.
#[derive(Debug, clap::Args)]
pub(super) struct NetworkChanges {
    /// A parameter, as in `k=4`, `link.bandwidth="10 Gbps"` or `delays.route_factor=1.5`.
    #[arg(long, value_name = "PATH=VALUE", value_parser = super::setting)]
    set: Vec<String>,
    /// The seed of random shapes.
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,
}

/// Where a network goes.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// The form; told by the ending of `--out` if not said.
    #[arg(long, value_enum)]
    to: Option<FormName>,
    /// The file, rather than standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Names of forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormName {
    /// Our own: the `topology` of an experiment.
    Json,
    /// GraphML.
    #[value(name = "graphml")]
    GraphMl,
    /// Graphviz.
    Dot,
}

impl FormName {
    fn form(self) -> Form {
        match self {
            FormName::Json => Form::Json,
            FormName::GraphMl => Form::GraphMl,
            FormName::Dot => Form::Dot,
        }
    }

    /// The form that a file's ending says.
    fn of(path: &Path) -> Option<FormName> {
        match path.extension()?.to_str()? {
            "json" => Some(FormName::Json),
            "graphml" | "xml" => Some(FormName::GraphMl),
            "dot" | "gv" => Some(FormName::Dot),
            _ => None,
        }
    }
}

/// Why a command ended early: with what, after all was said.
struct Stop(Exit);

impl From<Diagnostics> for Stop {
    fn from(diagnostics: Diagnostics) -> Self {
        show(&diagnostics);
        Stop(if diagnostics.is_unreadable { Exit::Failed } else { Exit::Invalid })
    }
}

/// Says why, and stops.
fn stop(exit: Exit, why: &str) -> Stop {
    terminal::message(&format!("error: {why}"));
    Stop(exit)
}

/// Does what is asked.
pub(super) fn topo(what: Topo) -> Exit {
    let done = match what {
        Topo::Generate { shape, changes, output } => {
            shape_spec(&shape, &changes).and_then(|spec| write(&lay_out(&spec, &changes)?, &output))
        }
        Topo::Convert { network, changes, output } => {
            spec(&network, &changes).and_then(|spec| write(&lay_out(&spec, &changes)?, &output))
        }
        Topo::Import { file, changes, json, out } => import(&file, &changes, json, out.as_deref()),
        Topo::Show { network, changes, json, out, no_drawing } => {
            look(&network, &changes, json, (!no_drawing).then_some(out))
        }
        Topo::Addresses { network, changes, block, router } => {
            plan_addresses(&network, &changes, block, router.as_deref())
        }
        Topo::ExplainIp { address, json } => explain_ip(&address, json),
    };
    done.unwrap_or_else(|Stop(exit)| exit)
}

fn shape_spec(shape: &str, changes: &NetworkChanges) -> Result<TopologySpec, Stop> {
    Ok(spec_from(&json!({ "shape": shape }), &changes.set)?)
}

fn file_spec(file: &Path, changes: &NetworkChanges) -> Result<TopologySpec, Stop> {
    let Some(name) = file.to_str() else {
        return Err(stop(Exit::Failed, &format!("{}: the name of this file is no text", file.display())));
    };
    Ok(spec_from(&json!({ "file": name }), &changes.set)?)
}

/// A shape by its name, or else a file.
fn spec(network: &str, changes: &NetworkChanges) -> Result<TopologySpec, Stop> {
    let is_shape = topologies::shape::KNOWN.iter().any(|(name, ..)| *name == network);
    if is_shape && !Path::new(network).exists() {
        return shape_spec(network, changes);
    }
    if !is_shape && !network.contains(['.', '/', '\\']) && !Path::new(network).exists() {
        // Neither: the complaint about a shape has the nearest name.
        return shape_spec(network, changes);
    }
    file_spec(Path::new(network), changes)
}

fn lay_out(spec: &TopologySpec, changes: &NetworkChanges) -> Result<Topology, Stop> {
    let mut is_unreadable = false;
    let read = |name: &str| read_map(Path::new(name)).inspect_err(|_| is_unreadable = true);
    let laid_out = Topology::with(spec, changes.seed, read);
    laid_out.map_err(|problems| {
        for problem in &problems {
            terminal::message(&format!("error: {problem}"));
        }
        Stop(if is_unreadable { Exit::Failed } else { Exit::Invalid })
    })
}

fn write(topology: &Topology, output: &Output) -> Result<Exit, Stop> {
    let told = output.out.as_deref().and_then(FormName::of);
    let Some(form) = output.to.or(told).or(output.out.is_none().then_some(FormName::Json)) else {
        return Err(stop(
            Exit::Usage,
            "the ending of --out is none of .json, .graphml and .dot: say the form with --to",
        ));
    };
    let text = topology.written(form.form());
    match &output.out {
        None => Ok(terminal::print(&text)),
        Some(path) => {
            save(path, text.as_bytes())?;
            let (nodes, cables) = (topology.nodes.len(), topology.cables.len());
            Ok(terminal::print(&format!("wrote {}: {nodes} nodes, {cables} cables\n", path.display())))
        }
    }
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    write_whole(path, bytes).map_err(|error| stop(Exit::Failed, &error.to_string()))
}

fn import(file: &Path, changes: &NetworkChanges, json: bool, out: Option<&Path>) -> Result<Exit, Stop> {
    let spec = file_spec(file, changes)?;
    let look = Look::at(&spec, changes.seed, read_map).map_err(stopped)?;
    let report = look.report.as_ref().expect("a file of others comes with a report");
    let printed = match json {
        true => terminal::print(&(serde_json::to_string_pretty(report).expect("a report is JSON") + "\n")),
        false => terminal::print(&report.to_string()),
    };
    if let Some(path) = out {
        let Some(form) = FormName::of(path) else {
            return Err(stop(Exit::Usage, "the ending of --out is none of .json, .graphml and .dot"));
        };
        save(path, lay_out(&spec, changes)?.written(form.form()).as_bytes())?;
    }
    Ok(printed)
}

/// Says what is wrong with a network, and stops.
fn stopped(problems: crate::topo::Problems) -> Stop {
    for problem in &problems.list {
        terminal::message(&format!("error: {problem}"));
    }
    Stop(if problems.is_unreadable { Exit::Failed } else { Exit::Invalid })
}

/// Plans the addresses of a network, and prints them with the table of a router.
fn plan_addresses(network: &str, changes: &NetworkChanges, block: String, router: Option<&str>) -> Result<Exit, Stop> {
    let topology = lay_out(&spec(network, changes)?, changes)?;
    let plan = AddressPlan::new(&topology, &AddressingSpec { block, ..AddressingSpec::default() })
        .map_err(|problem| stop(Exit::Invalid, &problem.fault.to_string()))?;
    let is_router = |node: &&Node| node.kind == NodeKind::Router;
    let name = router.or_else(|| Some(topology.nodes.iter().find(is_router)?.name.as_str()));
    let Some(name) = name else { return Err(stop(Exit::Invalid, "this network has no routers")) };
    let Some(router) = topology.node_named(name) else {
        let nearest = nearest(name, topology.nodes.iter().filter(is_router).map(|node| node.name.as_str()));
        let hint = nearest.map(|nearest| format!(", did you mean `{nearest}`?")).unwrap_or_default();
        return Err(stop(Exit::Invalid, &format!("unknown router `{name}`{hint}")));
    };
    Ok(terminal::print(&addresses::in_words(&topology, &plan, router)))
}

/// Explains an address or a prefix.
fn explain_ip(address: &str, json: bool) -> Result<Exit, Stop> {
    let explanation = explain(address).map_err(|why| stop(Exit::Invalid, &why))?;
    Ok(match json {
        true => terminal::print(&(serde_json::to_string_pretty(&explanation).expect("this is JSON") + "\n")),
        false => {
            let lines = explanation.lines();
            let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            let line = |(name, value): &(&str, String)| format!("{name:width$}  {value}\n");
            terminal::print(&lines.iter().map(line).collect::<String>())
        }
    })
}

/// Counts a network, and draws it unless `drawing_to` is none.
fn look(
    network: &str,
    changes: &NetworkChanges,
    json: bool,
    drawing_to: Option<Option<PathBuf>>,
) -> Result<Exit, Stop> {
    let spec = spec(network, changes)?;
    let look = Look::at(&spec, changes.seed, read_map).map_err(stopped)?;
    let name = Path::new(network).file_stem().map_or("network".into(), |name| name.to_string_lossy().into_owned());
    let mut drawn = None;
    if let Some(out) = drawing_to {
        let is_asked_for = out.is_some();
        let path = out.unwrap_or_else(|| Path::new("results/topo").join(format!("{name}.svg")));
        match drawing::draw(&look, &name) {
            Ok(svg) => {
                let bytes = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("svg") => svg.into_bytes(),
                    Some("png") => plots::to_png(&svg, 2.0).map_err(|error| stop(Exit::Failed, &error.to_string()))?,
                    _ => return Err(stop(Exit::Usage, "the ending of --out is neither .svg nor .png")),
                };
                if let Some(folder) = path.parent().filter(|_| !is_asked_for) {
                    let made = fs::create_dir_all(folder);
                    made.map_err(|error| stop(Exit::Failed, &format!("cannot create {}: {error}", folder.display())))?;
                }
                save(&path, &bytes)?;
                drawn = Some(path);
            }
            Err(why) if is_asked_for => return Err(stop(Exit::Failed, &why)),
            Err(why) => terminal::message(&format!("not drawn: {why}")),
        }
    }
    let drawn = drawn.map(|path| path.display().to_string());
    Ok(match json {
        true => {
            let document = look.as_json(drawn.as_deref());
            terminal::print(&(serde_json::to_string_pretty(&document).expect("this is JSON") + "\n"))
        }
        false => terminal::print(&look.in_words(drawn.as_deref())),
    })
}
