//! The distance table, as the lesson has it: what each destination costs by each neighbour, and the vectors that this
//! was computed from.
//!
//! ```text
//! to   via y       via z       D_x        from  x  y  z
//! y    2 + 0 = 2   7 + 1 = 8   2 via y    x     0  2  3
//! z    2 + 1 = 3   7 + 0 = 7   3 via y    y     2  0  1
//!                                         z     7  1  0
//! ```

use std::cell::LazyCell;

use sim_core::ids::InterfaceId;
use smallvec::SmallVec;

use super::super::names::Names;
use super::super::tables::{TableWriter, Width};
use super::process::DistanceVector;
use super::table::{Slot, Standing, Table, Via};

const INFINITE: &str = "∞";

/// The order of rows and columns: by names.
struct Order<'a> {
    slots: Vec<(&'a str, Slot)>,
    neighbors: Vec<(&'a str, InterfaceId)>,
}

impl<'a> Order<'a> {
    fn new(table: &Table, names: &'a Names) -> Self {
        let destination = |slot: Slot| table.rows[slot].destination;
        let mut slots: Vec<Slot> = (0..table.rows.len()).collect();
        slots.sort_by_key(|&slot| names.destination_rank(destination(slot)));
        let neighbor = |over: InterfaceId| table.neighbor(over);
        let all = (0..table.neighbors.len() as u32).map(InterfaceId);
        let mut neighbors: Vec<InterfaceId> = all.filter(|&over| neighbor(over).is_up).collect();
        neighbors.sort_by_key(|&over| (names.node_rank(neighbor(over).node), neighbor(over).rank));
        Order {
            slots: slots.into_iter().map(|slot| (names.destination(destination(slot)), slot)).collect(),
            neighbors: neighbors.into_iter().map(|over| (names.node(neighbor(over).node), over)).collect(),
        }
    }
}

/// The distance table of a router, and the vectors it was computed from.
pub(super) fn write(router: &DistanceVector, to: &mut TableWriter<'_>) {
    let (names, table) = (to.names(), &router.table);
    let order = LazyCell::new(|| Order::new(table, names));
    let revision = Some(table.identity());
    if to.begin("distances: c(x,v) + D_v(y)", Width::Narrow, revision) {
        write_distances(router, &order, to);
    }
    if to.begin("vectors: own and neighbours'", Width::Wide, revision) {
        write_vectors(router, &order, to);
    }
}

fn write_distances(router: &DistanceVector, order: &Order<'_>, to: &mut TableWriter<'_>) {
    let (names, table) = (to.names(), &router.table);
    let who: Vec<InterfaceId> = order.neighbors.iter().map(|&(_, over)| over).collect();
    to.columns(&who, || {
        let ways = order.neighbors.iter().map(|(name, _)| format!("via {name}"));
        let own = format!("D_{}", names.node(router.node));
        std::iter::once("to".to_owned()).chain(ways).chain([own]).collect()
    });
    let way = |standing: Standing| match standing {
        Standing::Best { cost, via: Via::Own } => cost.to_string(),
        Standing::Best { cost, via: Via::Over(over) } => {
            format!("{cost} via {}", names.node(table.neighbor(over).node))
        }
        Standing::Lost | Standing::Unknown => INFINITE.to_owned(),
    };
    for &(name, slot) in order.slots.iter().filter(|&&(_, slot)| table.rows[slot].own != Some(0)) {
        // c(x,v) and D_v(y).
        let sum = |&over: &InterfaceId| Some((table.neighbor(over).cost, table.neighbor(over).metric(slot)?));
        let sums: SmallVec<[Option<(u64, u64)>; 8]> = who.iter().map(sum).collect();
        let standing = table.rows[slot].now;
        to.row((slot, &who, &sums, standing), || {
            let cells = sums.iter().map(|sum| match sum {
                Some((cost, metric)) => format!("{cost} + {metric} = {}", cost + metric),
                None => INFINITE.to_owned(),
            });
            std::iter::once(name.to_owned()).chain(cells).chain([way(standing)]).collect()
        });
    }
}

fn write_vectors(router: &DistanceVector, order: &Order<'_>, to: &mut TableWriter<'_>) {
    let (names, table) = (to.names(), &router.table);
    let slots: Vec<Slot> = order.slots.iter().map(|&(_, slot)| slot).collect();
    to.columns(&slots, || {
        std::iter::once("from".to_owned()).chain(order.slots.iter().map(|(name, _)| (*name).to_owned())).collect()
    });
    let own = |&slot: &Slot| match table.rows[slot].now {
        Standing::Best { cost, .. } => Some(cost),
        Standing::Lost | Standing::Unknown => None,
    };
    let mut row = |whose: Option<InterfaceId>, name: &str, costs: Vec<Option<u64>>| {
        to.row((whose, &slots, &costs), || {
            let words = costs.iter().map(|cost| cost.map_or(INFINITE.to_owned(), |cost| cost.to_string()));
            std::iter::once(name.to_owned()).chain(words).collect()
        });
    };
    row(None, names.node(router.node), slots.iter().map(own).collect());
    for &(name, over) in &order.neighbors {
        row(Some(over), name, slots.iter().map(|&slot| table.neighbor(over).metric(slot)).collect());
    }
}
