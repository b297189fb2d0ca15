//! The network of an experiment: laid out, from files of others where it names one; and the same for the command line,
//! where a network stands alone.

use std::collections::BTreeSet;
use std::path::Path as FilePath;
use std::sync::Arc;

use protocols::routing;
use protocols::routing::path_vector::{Preset, Relationship};
use serde_json::{Value as Json, json};
use sim_core::ids::NodeId;
use topologies::addressing::{AddressPlan, AddressingSpec};
use topologies::{Fault, Problem, Topology, TopologySpec};

use super::diagnostic::{Diagnostic, Diagnostics, Report};
use super::load::{Surroundings, bytes, deserialize, read_beside};
use super::path::Path;
use super::spec::{Experiment, Routing};
use super::tree::Node;
use super::{edit, schema, traces, tree, walk};

/// Larger files of others are refused: a million links of the wordiest format have room.
const LARGEST_MAP: u64 = 512 * 1024 * 1024;

/// The bytes of a file of others that an experiment names.
///
/// # Errors
/// Says why there are none.
pub fn read_map(path: &FilePath) -> Result<Vec<u8>, String> {
    bytes(path, LARGEST_MAP, "a topology").map_err(|unread| unread.problem.message)
}

/// A network as a command line describes it: `topology` as in an experiment, with what `--set` changes in it.
///
/// # Errors
/// Everything that is wrong with it, as for an experiment.
pub fn spec_from(topology: &Json, set: &[String]) -> Result<TopologySpec, Diagnostics> {
    let text: Arc<str> = json!({ "title": "A network", "duration": "1 s", "topology": topology }).to_string().into();
    let said = |problems| Diagnostics::new("command line", text.clone(), problems);
    let mut tree = tree::parse(&text).map_err(said)?;
    let changes = set.iter().map(|argument| edit::set_within(&mut tree, &Path::root().field("topology"), argument));
    let mut problems: Vec<Diagnostic> = changes.filter_map(Result::err).map(|problem| *problem).collect();
    problems.extend(walk::check(&tree, schema::schema()));
    let experiment: Option<Experiment> = if problems.is_empty() { deserialize(&tree, &mut problems) } else { None };
    experiment.map(|experiment| experiment.topology).ok_or_else(|| said(problems))
}

/// Fills in who pays whom from the network, where path vector follows a policy that needs to know and the file does not
/// say: maps of autonomous systems have it at their links. Siblings are left out: no policy knows them, and the check of
/// the policy then names them.
pub(super) fn relate(experiment: &mut Experiment, topology: &Topology) {
    let Routing::Protocol(routing::Config::PathVector(config)) = &mut experiment.routing else { return };
    if config.policy != Preset::GaoRexford || !config.relationships.is_empty() {
        return;
    }
    let mut seen: BTreeSet<(NodeId, NodeId)> = BTreeSet::new();
    for cable in &topology.cables {
        let Some(relationship) = cable.relationship else { continue };
        if !seen.insert((cable.from.min(cable.to), cable.from.max(cable.to))) {
            continue;
        }
        let [from, to] = [cable.from, cable.to].map(|node| topology.nodes[node.index()].name.clone());
        config.relationships.extend(match relationship {
            topologies::Relationship::Provider => Some(Relationship::Transit { provider: from, customer: to }),
            topologies::Relationship::Customer => Some(Relationship::Transit { provider: to, customer: from }),
            topologies::Relationship::Peer => Some(Relationship::Peering { peers: [from, to] }),
            topologies::Relationship::Sibling => None,
        });
    }
}

/// The network laid out, its links with their traces.
pub(super) fn lay_out(
    experiment: &Experiment,
    around: &Surroundings,
    tree: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Option<Arc<Topology>> {
    let root = Path::root().field("topology");
    let said = |problem: &Problem| {
        let path = root.join(&Path::from_pointer(&problem.at));
        let origin = tree.nearest(&path).origin.clone();
        let diagnostic = Diagnostic::error(path, origin, problem.fault.to_string());
        match &problem.fault {
            topologies::Fault::UnknownNode { name, .. } => {
                diagnostic.known(name, problem.known().iter().map(String::as_str))
            }
            topologies::Fault::Empty
            | topologies::Fault::TooManyNodes { .. }
            | topologies::Fault::TooManyCables { .. }
            | topologies::Fault::OutOfRange { .. }
            | topologies::Fault::Odd { .. }
            | topologies::Fault::WrongLength { .. }
            | topologies::Fault::BadName { .. }
            | topologies::Fault::DuplicateName { .. }
            | topologies::Fault::SelfLink { .. }
            | topologies::Fault::Place { .. }
            | topologies::Fault::Parameter { .. }
            | topologies::Fault::File { .. } => diagnostic,
        }
    };
    let laid_out = Topology::with(&experiment.topology, experiment.seed, |name| read_map(&around.path(name)?));
    let mut laid_out = laid_out.map_err(|all| problems.extend(all.iter().map(said))).ok()?;
    if let Some(addressing) = &experiment.addressing
        && let Err(problem) = give_addresses(addressing, &mut laid_out)
    {
        let path = Path::root().field("addressing").join(&Path::from_pointer(&problem.at));
        let origin = tree.nearest(&path).origin.clone();
        problems.push(Diagnostic::error(path, origin, problem.fault.to_string()));
    }
    let mut report = Report::new(tree);
    traces::attach(&traces::traces(tree, |name| read_beside(around, name, "a trace"), &mut report), &mut laid_out);
    problems.append(&mut report.list);
    Some(Arc::new(laid_out))
}

/// Plans the addresses of a network, and gives them to its nodes.
fn give_addresses(addressing: &AddressingSpec, topology: &mut Topology) -> Result<(), Box<Problem>> {
    let plan = AddressPlan::new(topology, addressing).map_err(Box::new)?;
    // The engine tells nodes without an address by number, from 10.0.0.1 on.
    if plan.addresses.iter().any(|address| address.octets()[0] == 10) {
        let why = "10.0.0.1 and on are what nodes have without a plan: give another block, such as 172.16.0.0/12";
        return Err(Box::new(Problem::new("/block", Fault::Parameter { why: why.to_owned() })));
    }
    plan.assign(topology);
    Ok(())
}
