//! The distance table, as the lesson has it: what each destination costs by each neighbour, and the vectors that this
//! was computed from.
//!
//! ```text
//! to   via y       via z       D_x        from  x  y  z
//! y    2 + 0 = 2   7 + 1 = 8   2 via y    x     0  2  3
//! z    2 + 1 = 3   7 + 0 = 7   3 via y    y     2  0  1
//!                                         z     7  1  0
//! ```

use sim_core::ids::InterfaceId;

use super::super::names::Names;
use super::super::process;
use super::process::DistanceVector;
use super::table::{Row, Slot, Standing, Via};

const INFINITE: &str = "∞";

/// The distance table of a router, and the vectors it was computed from.
pub(super) fn tables(router: &DistanceVector, names: &Names) -> Vec<process::Table> {
    let (table, me) = (&router.table, names.node(router.node));
    let mut slots: Vec<(&str, Slot)> =
        table.rows.iter().enumerate().map(|(slot, row)| (names.destination(row.destination), slot)).collect();
    slots.sort_unstable();
    let mut neighbors: Vec<(&str, u32, InterfaceId)> = (0..)
        .zip(&table.neighbors)
        .filter(|(_, neighbor)| neighbor.is_up)
        .map(|(at, neighbor)| (names.node(neighbor.node), neighbor.rank, InterfaceId(at)))
        .collect();
    neighbors.sort_unstable();
    let name_of = |over: InterfaceId| names.node(table.neighbor(over).node);

    let way = |row: &Row| match row.now {
        Standing::Best { cost, via: Via::Own } => cost.to_string(),
        Standing::Best { cost, via: Via::Over(over) } => format!("{cost} via {}", name_of(over)),
        Standing::Lost | Standing::Unknown => INFINITE.to_owned(),
    };
    let by = |over: InterfaceId, slot: Slot| match table.neighbor(over).metric(slot) {
        Some(metric) => format!("{} + {metric} = {}", table.neighbor(over).cost, table.neighbor(over).cost + metric),
        None => INFINITE.to_owned(),
    };
    let row_to = |&(name, slot): &(&str, Slot)| {
        let cells = neighbors.iter().map(|&(_, _, over)| by(over, slot));
        std::iter::once(name.to_owned()).chain(cells).chain([way(&table.rows[slot])]).collect()
    };
    let others = slots.iter().filter(|&&(_, slot)| table.rows[slot].own != Some(0));
    let distances = process::Table {
        title: "distances: c(x,v) + D_v(y)".to_owned(),
        columns: std::iter::once("to".to_owned())
            .chain(neighbors.iter().map(|(name, ..)| format!("via {name}")))
            .chain([format!("D_{me}")])
            .collect(),
        rows: others.map(row_to).collect(),
    };

    let cost = |row: &Row| match row.now {
        Standing::Best { cost, .. } => cost.to_string(),
        Standing::Lost | Standing::Unknown => INFINITE.to_owned(),
    };
    let own = slots.iter().map(|&(_, slot)| cost(&table.rows[slot]));
    let vector_of = |&(name, _, over): &(&str, u32, InterfaceId)| {
        let metric = |slot| table.neighbor(over).metric(slot);
        let cells =
            slots.iter().map(|&(_, slot)| metric(slot).map_or(INFINITE.to_owned(), |metric| metric.to_string()));
        std::iter::once(name.to_owned()).chain(cells).collect()
    };
    let vectors = process::Table {
        title: "vectors: own and neighbours'".to_owned(),
        columns: std::iter::once("from".to_owned()).chain(slots.iter().map(|(name, _)| (*name).to_owned())).collect(),
        rows: std::iter::once(std::iter::once(me.to_owned()).chain(own).collect())
            .chain(neighbors.iter().map(vector_of))
            .collect(),
    };
    vec![distances, vectors]
}
