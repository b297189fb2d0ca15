//! Traces of bandwidth that links name: read, checked, and handed to the links.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::delivery::DeliveryTrace;
use topologies::Topology;

use super::diagnostic::Report;
use super::path::Path;
use super::plan::LinkRef;
use super::rules::visit;
use super::tree::Node;

/// The traces of a file, by the names it calls them.
type Traces = BTreeMap<String, Arc<DeliveryTrace>>;

/// The field of a link that names a trace, and the one that it stands for.
const TRACE: &str = "bandwidth_trace";
const BANDWIDTH: &str = "bandwidth";

/// Reads the traces that the links in `tree` name, each file once. `read` gets the text of a file.
pub(super) fn traces(tree: &Node, read: impl Fn(&str) -> Result<String, String>, report: &mut Report<'_>) -> Traces {
    let mut known: BTreeMap<String, Result<Arc<DeliveryTrace>, String>> = BTreeMap::new();
    let Some(topology) = tree.get("topology") else { return Traces::new() };
    visit(topology, &Path::root().field("topology"), &mut |path, node| {
        let Some(name) = node.get(TRACE).and_then(Node::as_str) else { return };
        let at = path.field(TRACE);
        if node.get(BANDWIDTH).is_some() {
            report.error(&at, format!("`{BANDWIDTH}` and `{TRACE}` exclude each other: give one of them"));
        }
        let made = known.entry(name.to_owned()).or_insert_with(|| {
            let trace = DeliveryTrace::parse(&read(name)?).map_err(|fault| match fault.line {
                Some(line) => format!("{name}:{line}: {}", fault.message),
                None => format!("{name}: {}", fault.message),
            });
            trace.map(Arc::new)
        });
        if let Err(message) = made {
            report.error(&at, message.as_str());
        }
    });
    known.into_iter().filter_map(|(name, made)| Some((name, made.ok()?))).collect()
}

/// Gives the links their traces, and as their bandwidth the mean.
pub(super) fn attach(traces: &Traces, topology: &mut Topology) {
    if traces.is_empty() {
        return;
    }
    for link in LinkRef::all(topology).collect::<Vec<_>>() {
        let spec = link.spec_mut(topology);
        if let Some(trace) = spec.bandwidth_trace.as_ref().and_then(|name| traces.get(name)) {
            spec.bandwidth = trace.mean_rate();
            spec.deliveries = Some(trace.clone());
        }
    }
}
