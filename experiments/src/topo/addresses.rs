//! A plan of addresses in words: the block of every site and cable, and what aggregation makes of a router's table.

use std::fmt::Write as _;

use sim_core::ids::NodeId;
use topologies::addressing::{AddressPlan, Hop, Table};
use topologies::{NodeKind, Topology};

/// The plan, and the table of `router` before and after aggregation.
pub fn in_words(topology: &Topology, plan: &AddressPlan, router: NodeId) -> String {
    let name = |node: NodeId| topology.nodes[node.index()].name.as_str();
    let mut text =
        format!("{} sites and {} cables between them in {}\n\nsites\n", plan.sites.len(), plan.links.len(), plan.block);
    let sites = plan.sites.iter().map(|site| {
        let nodes: Vec<String> =
            site.nodes.iter().map(|node| format!("{} {}", name(*node), plan.addresses[node.index()])).collect();
        (site.prefix.to_string(), nodes.join(", "))
    });
    text += &rows(&sites.collect::<Vec<_>>());
    if !plan.links.is_empty() {
        text += "\ncables\n";
        let links = plan.links.iter().map(|link| {
            let cable = &topology.cables[link.cable as usize];
            (link.prefix.to_string(), format!("{}  {} to {}", cable.name, link.from, link.to))
        });
        text += &rows(&links.collect::<Vec<_>>());
    }
    let (full, aggregated) = (plan.table(router), plan.aggregated(router));
    for (what, table) in [("every site", &full), ("aggregated", &aggregated)] {
        let count = table.entries.len();
        let _ = write!(text, "\ntable of {}, {what}: {count} entries\n", name(router));
        text += &rows(&hops(table, &name));
    }
    let routers = (0..).map(NodeId).zip(&topology.nodes).filter(|(_, node)| node.kind == NodeKind::Router);
    let sums = routers.fold((0, 0), |sums, (router, _)| {
        (sums.0 + plan.table(router).entries.len(), sums.1 + plan.aggregated(router).entries.len())
    });
    let _ = write!(text, "\nall routers: {} entries, {} aggregated\n", sums.0, sums.1);
    text
}

fn hops<'a>(table: &Table, name: &impl Fn(NodeId) -> &'a str) -> Vec<(String, String)> {
    let hop = |hop: Hop| match hop {
        Hop::Via(node) => format!("via {}", name(node)),
        Hop::Local => "here".to_owned(),
        Hop::Unreachable => "unreachable".to_owned(),
    };
    table.entries.iter().map(|entry| (entry.prefix.to_string(), hop(entry.hop))).collect()
}

fn rows(rows: &[(String, String)]) -> String {
    let width = rows.iter().map(|(prefix, _)| prefix.len()).max().unwrap_or(0);
    rows.iter().map(|(prefix, what)| format!("  {prefix:width$}  {what}\n")).collect()
}
