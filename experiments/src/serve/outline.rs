//! What the page shows of an experiment's text: all that is wrong with it, and the network it describes.

use std::sync::{Arc, Mutex, PoisonError};

use plots::layout;
use serde_json::{Value as Json, json};
use topologies::{Cable, NodeKind, Topology, TopologySpec};

use super::http::Refusal;
use crate::file::diagnostic::Diagnostics;
use crate::file::spec::Event;
use crate::file::tree::Origin;
use crate::file::{Checked, Overrides, Surroundings, load_text_in, render};
use crate::topo::drawing::{MOST_LAID_OUT, project};

/// Larger networks are not drawn in the page, nor listed.
const MOST_DRAWN: usize = 400;
/// Width by height of the drawing.
const ASPECT: f64 = 1.6;

/// Checks the text of the experiment `file`.
pub(super) fn check(around: &Surroundings, file: &str, text: &str) -> Result<Checked, Diagnostics> {
    let name = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".json");
    load_text_in(around, file, name, text.into(), &Overrides::default())
}

/// The remarks as `netsim check --json` has them, with the stretch of the text that each is about: `from` and `to`, in
/// UTF-16 units as browsers count.
pub(super) fn remarks(said: &Diagnostics) -> Vec<Json> {
    let place = |(mut remark, one): (Json, &crate::file::diagnostic::Diagnostic)| {
        if let Origin::File(range) = &one.origin {
            remark["from"] = utf16(&said.source, range.start).into();
            remark["to"] = utf16(&said.source, range.end).into();
        }
        remark
    };
    render::to_json(said).into_iter().zip(&said.list).map(place).collect()
}

/// Where a byte of `text` is for a browser.
pub(super) fn utf16(text: &str, byte: usize) -> usize {
    text[..byte.min(text.len())].encode_utf16().count()
}

/// The last drawing: most changes of a text leave the network as it is.
#[derive(Debug, Default)]
pub(super) struct Drawings {
    last: Mutex<Option<(Graph, Places)>>,
}

/// The nodes' own places, and the edges.
type Graph = (Vec<Option<topologies::Place>>, Vec<(u32, u32)>);
type Places = Arc<Vec<(f64, f64)>>;

impl Drawings {
    /// Places from 0 to 1 in width, on one scale, y downwards. None for networks too large to be drawn.
    fn places(&self, topology: &Topology) -> Option<Places> {
        let own: Vec<_> = topology.nodes.iter().map(|node| node.place).collect();
        let edges: Vec<(u32, u32)> = topology.cables.iter().map(|cable| (cable.from.0, cable.to.0)).collect();
        if own.is_empty() || own.len() > MOST_DRAWN.min(MOST_LAID_OUT) {
            return None;
        }
        let graph = (own, edges);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, places)) = last.as_ref().filter(|(known, _)| *known == graph) {
            return Some(places.clone());
        }
        let (own, edges) = &graph;
        let places = project(own, edges).unwrap_or_else(|| {
            let edges: Vec<(usize, usize)> = edges.iter().map(|&(a, b)| (a as usize, b as usize)).collect();
            layout::places(own.len(), &edges, ASPECT)
        });
        let places = Arc::new(fitted(&places));
        *last = Some((graph, places.clone()));
        Some(places)
    }
}

/// Moves places so that the lesser of their extents fits into 1 by 1 / [`ASPECT`].
fn fitted(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let limits = |of: fn(&(f64, f64)) -> f64| {
        places.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (limits(|place| place.0), limits(|place| place.1));
    let scale = 1.0 / (right - left).max((bottom - top) * ASPECT).max(1e-9);
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    let round = |x: f64| (x * 1e4).round() / 1e4;
    let place =
        |&(x, y): &(f64, f64)| (round((x - middle.0) * scale + 0.5), round((y - middle.1) * scale + 0.5 / ASPECT));
    places.iter().map(place).collect()
}

/// The outline of an experiment: what the panels of the page show.
pub(super) fn outline(checked: &Checked, drawings: &Drawings) -> Json {
    let Checked { experiment, topology, plan, .. } = checked;
    let places = drawings.places(topology);
    let is_router = plan.first().map(|point| point.network.is_router.as_slice()).unwrap_or_default();
    let node = |(at, node): (usize, &topologies::Node)| {
        let place = places.as_ref().map(|places| places[at]);
        json!({
            "name": node.name,
            "router": node.kind == NodeKind::Router || is_router.get(at) == Some(&true),
            "place": place,
        })
    };
    let is_listed = matches!(experiment.topology, TopologySpec::Explicit(_));
    let cable = |(at, cable): (usize, &Cable)| {
        let way = |name: &str, spec: &sim_core::LinkSpec| {
            json!({
                "name": name,
                "bandwidth": spec.bandwidth.to_string(),
                "traced": spec.bandwidth_trace.is_some(),
                "delay": spec.delay.to_string(),
                "cost": spec.cost,
            })
        };
        json!({
            "name": cable.name,
            "from": cable.from.index(),
            "to": cable.to.index(),
            "listed": is_listed.then_some(at),
            "forward": way(&cable.forward_name, &cable.forward),
            "backward": way(&cable.backward_name, &cable.backward),
        })
    };
    let event = |event: &Event| {
        let mut said = serde_json::to_value(event).expect("an event is JSON");
        said["seconds"] = event.at.as_secs_f64().into();
        said
    };
    let is_shown = topology.nodes.len() <= MOST_DRAWN;
    let (nodes, cables) = if is_shown { (&topology.nodes[..], &topology.cables[..]) } else { (&[][..], &[][..]) };
    json!({
        "title": experiment.title,
        "teaches": experiment.teaches,
        "runs": plan.len(),
        "duration": experiment.duration.to_string(),
        "seconds": experiment.duration.as_secs_f64(),
        "routing": experiment.routing.name(),
        "cost": experiment.routing.link_cost(),
        "counts": { "nodes": topology.nodes.len(), "cables": topology.cables.len() },
        "nodes": nodes.iter().enumerate().map(node).collect::<Vec<_>>(),
        "cables": cables.iter().enumerate().map(cable).collect::<Vec<_>>(),
        "flows": experiment.flows.iter().map(|flow| flow.name.as_str()).collect::<Vec<_>>(),
        "events": experiment.events.iter().map(event).collect::<Vec<_>>(),
    })
}

/// What the page gets for a text.
pub(super) fn document(around: &Surroundings, file: &str, text: &str, drawings: &Drawings) -> Result<Json, Refusal> {
    let checked = check(around, file, text);
    let said = checked.as_ref().map_or_else(|errors| errors, |checked| &checked.warnings);
    Ok(json!({
        "ok": checked.is_ok(),
        "remarks": remarks(said),
        "outline": checked.as_ref().ok().map(|checked| outline(checked, drawings)),
    }))
}
