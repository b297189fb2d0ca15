//! What a router knows, as tables: Dijkstra's algorithm step by step, and the database it works on.

use std::collections::BTreeSet;

use sim_core::ids::NodeId;

use super::LinkState;
use super::messages::number;
use crate::routing::names::Names;
use crate::routing::process::Table;

impl LinkState {
    /// The table of Kurose & Ross 5.2.1 for the paths from this router, on the database as it is: a row for each router
    /// that joins N', a column for each other router in the order of names.
    pub(super) fn dijkstra_table(&self, names: &Names) -> Table {
        let mut table = Table {
            title: "Dijkstra's algorithm".to_owned(),
            columns: vec!["step".to_owned(), "N'".to_owned()],
            rows: Vec::new(),
        };
        let Some(view) = self.view() else { return table };
        let name = |router: NodeId| names.node(view.lsas[router.index()].node);
        let mut others: Vec<NodeId> = (0..view.lsas.len() as u32).map(NodeId).filter(|&at| at != view.own).collect();
        others.sort_by_key(|&router| name(router));
        table.columns.extend(others.iter().map(|&router| format!("D({0}),p({0})", name(router))));
        // The book writes uxy for letters; longer names need a space between them.
        let are_letters = view.lsas.iter().all(|lsa| names.node(lsa.node).chars().count() == 1);
        let between = if are_letters { "" } else { " " };
        let mut is_settled = BTreeSet::new();
        let mut settled: Vec<&str> = Vec::new();
        for (step, row) in view.graph.table_from(view.own).into_iter().enumerate() {
            is_settled.insert(row.settled);
            settled.push(name(row.settled));
            let cell = |router: &NodeId| match row.labels[router.index()] {
                _ if is_settled.contains(router) => String::new(),
                None => "∞".to_owned(),
                Some(label) => {
                    let before = label.via.map_or(view.own, |edge| edge.from);
                    format!("{},{}", label.cost, name(before))
                }
            };
            let mut cells = vec![step.to_string(), settled.join(between)];
            cells.extend(others.iter().map(cell));
            table.rows.push(cells);
        }
        table
    }

    /// The link-state database, in the order of names. LSAs that wait to be forgotten are left out.
    pub(super) fn database_table(&self, names: &Names) -> Table {
        let mut lsas: Vec<_> = self.lsdb.entries().filter(|entry| !entry.is_flushed).map(|entry| &entry.lsa).collect();
        lsas.sort_by_key(|lsa| names.node(lsa.node));
        let words = |lsa: &super::Lsa| {
            let links = lsa.links.iter().map(|link| format!("{} {}", names.node(link.node), link.cost));
            let stubs = lsa.stubs.iter().map(|stub| format!("{} {}", names.destination(stub.destination), stub.cost));
            [links.collect::<Vec<_>>().join(", "), stubs.collect::<Vec<_>>().join(", ")]
        };
        let row = |lsa: &&std::sync::Arc<super::Lsa>| {
            let [links, stubs] = words(lsa);
            vec![names.node(lsa.node).to_owned(), number(lsa).to_string(), links, stubs]
        };
        Table {
            title: "Link-state database".to_owned(),
            columns: ["router", "LSA", "links", "stub networks"].map(str::to_owned).into(),
            rows: lsas.iter().map(row).collect(),
        }
    }
}
