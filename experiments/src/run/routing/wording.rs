//! What tables say, each text and each row kept once.

use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use indexmap::IndexSet;
use protocols::routing::tables::{Identity, Splice, Table, Words};
use smallvec::SmallVec;

/// Things by number, in the order of their first coming.
type Set<T> = IndexSet<T, BuildHasherDefault<Identity>>;

/// Heads, rows and cells of tables, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wording {
    /// Titles, with the columns behind them.
    pub heads: Set<Box<[String]>>,
    /// Texts of cells.
    pub cells: Set<String>,
    /// Rows, as numbers of cells.
    pub rows: Set<Box<[u32]>>,
    /// The last head of each table of each router, which mostly is the next one's too.
    last: BTreeMap<(usize, usize), (Words, usize)>,
}

/// A table, as numbers of its head and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordedTable {
    /// Title and columns.
    pub head: usize,
    /// From top to bottom.
    pub rows: Vec<usize>,
}

/// A change of one of a router's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSplice {
    /// Which table of the router, from 0.
    pub table: usize,
    /// Its head now; none if the table is gone.
    pub head: Option<usize>,
    /// The first row that changed.
    pub at: usize,
    /// How many rows were there that are no more.
    pub removed: usize,
    /// Those that are there now.
    pub rows: Vec<usize>,
}

impl Wording {
    /// A table.
    pub fn table(&mut self, table: &Table) -> WordedTable {
        let head: Box<[String]> = std::iter::once(&table.title).chain(&table.columns).cloned().collect();
        WordedTable { head: self.head(&head), rows: table.rows.iter().map(|row| self.row(row)).collect() }
    }

    pub(super) fn splice(&mut self, router: usize, splice: &Splice) -> TableSplice {
        let Splice { table, ref head, at, removed, ref rows } = *splice;
        let head = head.as_ref().map(|head| match self.last.get(&(router, table)) {
            Some((last, number)) if Arc::ptr_eq(last, head) => *number,
            Some(_) | None => {
                let number = self.head(head);
                self.last.insert((router, table), (head.clone(), number));
                number
            }
        });
        TableSplice { table, head, at, removed, rows: rows.iter().map(|row| self.row(row)).collect() }
    }

    fn head(&mut self, words: &[String]) -> usize {
        self.heads.get_index_of(words).unwrap_or_else(|| self.heads.insert_full(words.into()).0)
    }

    fn row(&mut self, words: &[String]) -> usize {
        let cell = |word: &String| {
            let known = self.cells.get_index_of(word);
            known.unwrap_or_else(|| self.cells.insert_full(word.clone()).0) as u32
        };
        let row: SmallVec<[u32; 16]> = words.iter().map(cell).collect();
        self.rows.get_index_of(&row[..]).unwrap_or_else(|| self.rows.insert_full(row[..].into()).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_before_has_its_number() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = |rows: &[[&str; 2]]| Table {
            title: "distances".into(),
            columns: row(["to", "cost"]),
            rows: rows.iter().map(|&cells| row(cells)).collect(),
        };
        let mut wording = Wording::default();
        let first = wording.table(&table(&[["x", "1"], ["y", "2"]]));
        let second = wording.table(&table(&[["y", "2"], ["x", "2"], ["x", "1"]]));
        assert_eq!(first, WordedTable { head: 0, rows: vec![0, 1] });
        assert_eq!(second, WordedTable { head: 0, rows: vec![1, 2, 0] });
        assert_eq!(wording.cells.iter().collect::<Vec<_>>(), ["x", "1", "y", "2"]);
        assert_eq!(*wording.rows[2], [0, 3]);
    }
}
