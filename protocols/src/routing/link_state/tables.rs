//! What a router knows, as tables: Dijkstra's algorithm step by step, and the database it works on.

use sim_core::ids::NodeId;
use smallvec::SmallVec;

use super::adjacency::State;
use super::messages::number;
use super::{LinkState, Lsa};
use crate::routing::tables::{TableWriter, Width, identity};

/// A cell of Dijkstra's table.
#[derive(Clone, Copy, Debug, Hash)]
enum Cell {
    /// The router is in N'.
    Settled,
    /// No way to it is known yet.
    Infinite,
    /// D(v) and p(v).
    Known(u64, NodeId),
}

impl LinkState {
    /// The table of Kurose & Ross 5.2.1 for the paths from this router, on the database as it is: a row for each router
    /// that joins N', a column for each other router in the order of names.
    pub(super) fn write_dijkstra(&self, to: &mut TableWriter<'_>) {
        let neighbors = self.ports.iter().map(|port| port.neighbor.as_ref());
        let full: SmallVec<[bool; 16]> =
            neighbors.map(|neighbor| neighbor.is_some_and(|neighbor| neighbor.state == State::Full)).collect();
        let revision = identity((self.lsdb.revision(), full));
        if !to.begin("Dijkstra's algorithm", Width::Wide, Some(revision)) {
            return;
        }
        let names = to.names();
        let view = self.view();
        let node = |router: NodeId| view.as_ref().map_or(router, |view| view.lsas[router.index()].node);
        let mut others: Vec<NodeId> = match &view {
            Some(view) => (0..view.lsas.len() as u32).map(NodeId).filter(|&at| at != view.own).collect(),
            None => Vec::new(),
        };
        others.sort_by_key(|&router| names.node_rank(node(router)));
        let nodes: Vec<NodeId> = others.iter().map(|&router| node(router)).collect();
        to.columns(&nodes, || {
            let costs = nodes.iter().map(|&node| names.node(node)).map(|name| format!("D({name}),p({name})"));
            ["step".to_owned(), "N'".to_owned()].into_iter().chain(costs).collect()
        });
        let Some(view) = &view else { return };
        // The book writes uxy for letters; longer names need a space between them.
        let are_letters = view.lsas.iter().all(|lsa| names.node(lsa.node).chars().count() == 1);
        let between = if are_letters { "" } else { " " };
        let mut is_settled = vec![false; view.lsas.len()];
        let mut settled: Vec<NodeId> = Vec::new();
        for (step, row) in view.graph.table_from(view.own).into_iter().enumerate() {
            is_settled[row.settled.index()] = true;
            settled.push(node(row.settled));
            let cell = |router: &NodeId| match row.labels[router.index()] {
                _ if is_settled[router.index()] => Cell::Settled,
                None => Cell::Infinite,
                Some(label) => Cell::Known(label.cost, node(label.via.map_or(view.own, |edge| edge.from))),
            };
            let cells: Vec<Cell> = others.iter().map(cell).collect();
            to.row((step, between, &settled, &cells), || {
                let joined: Vec<&str> = settled.iter().map(|&node| names.node(node)).collect();
                let words = cells.iter().map(|cell| match *cell {
                    Cell::Settled => String::new(),
                    Cell::Infinite => "∞".to_owned(),
                    Cell::Known(cost, before) => format!("{cost},{}", names.node(before)),
                });
                [step.to_string(), joined.join(between)].into_iter().chain(words).collect()
            });
        }
    }

    /// The link-state database, in the order of names. LSAs that wait to be forgotten are left out.
    pub(super) fn write_database(&self, to: &mut TableWriter<'_>) {
        if !to.begin("Link-state database", Width::Narrow, Some(self.lsdb.revision())) {
            return;
        }
        let names = to.names();
        to.columns((), || ["router", "LSA", "links", "stub networks"].map(str::to_owned).into());
        let mut entries: Vec<_> = self.lsdb.entries().filter(|entry| !entry.is_flushed).collect();
        entries.sort_by_key(|entry| names.node_rank(entry.lsa.node));
        let words = |lsa: &Lsa| {
            let links = lsa.links.iter().map(|link| format!("{} {}", names.node(link.node), link.cost));
            let stubs = lsa.stubs.iter().map(|stub| format!("{} {}", names.destination(stub.destination), stub.cost));
            [links.collect::<Vec<_>>().join(", "), stubs.collect::<Vec<_>>().join(", ")]
        };
        for entry in entries {
            to.row(entry.revision, || {
                let [links, stubs] = words(&entry.lsa);
                vec![names.node(entry.lsa.node).to_owned(), number(&entry.lsa).to_string(), links, stubs]
            });
        }
    }
}
