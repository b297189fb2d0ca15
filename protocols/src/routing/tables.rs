//! The tables of a protocol's lesson: rows of Dijkstra's algorithm, the vectors of the neighbours, paths. They can be read
//! as they are, or followed: what changed since the last look, and only that in words.
//!
//! Words are costly and tables are many, so a process gives the facts beside them. Where the facts are those of the last
//! look, nobody asks for the words.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sim_core::hash::hash64;

use super::names::Names;
use super::process::Process;

/// A table of a protocol's lesson, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What it shows: `Dijkstra's algorithm`, `distance vectors`.
    pub title: String,
    /// A word for each column.
    pub columns: Vec<String>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// How wide a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A few columns, or one for each neighbour.
    Narrow,
    /// A column for every router or destination: in a large network too much to read, and to follow.
    Wide,
}

/// Which tables are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    #[default]
    All,
    /// Those that are not wide.
    Narrow,
    /// None.
    Nothing,
}

/// Title and columns of a table, or the cells of a row.
pub type Words = Arc<[String]>;

/// A change of one of a router's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Which table, from 0.
    pub table: usize,
    /// Its title and columns now; none if the table is gone.
    pub head: Option<Words>,
    /// The first row that changed.
    pub at: usize,
    /// How many rows were there that are no more.
    pub removed: usize,
    /// The rows that are there now.
    pub rows: Vec<Words>,
}

/// Tables of a process, as they are.
pub fn tables(process: &dyn Process, names: &Names, wanted: Wanted) -> Vec<Table> {
    let mut tables = Vec::new();
    process.write_tables(&mut TableWriter { names, wanted, to: To::Words(&mut tables) });
    tables
}

/// A number that facts have. Others have another, but for one chance in 2^64.
pub fn identity(facts: impl Hash) -> u64 {
    let mut identity = Identity::default();
    facts.hash(&mut identity);
    identity.finish()
}

/// What a process writes its tables to: a table is begun, its columns follow, then its rows from top to bottom.
///
/// ```
/// # use protocols::routing::tables::{TableWriter, Width};
/// fn write(costs: &[(&str, u64)], to: &mut TableWriter<'_>) {
///     if to.begin("distances", Width::Narrow, None) {
///         to.columns((), || vec!["to".to_owned(), "cost".to_owned()]);
///         for (name, cost) in costs {
///             to.row((name, cost), || vec![(*name).to_owned(), cost.to_string()]);
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct TableWriter<'a> {
    names: &'a Names,
    wanted: Wanted,
    to: To<'a>,
}

#[derive(Debug)]
enum To<'a> {
    Words(&'a mut Vec<Table>),
    Follower(&'a mut Follower),
}

impl<'a> TableWriter<'a> {
    /// Names for what tables say.
    pub fn names(&self) -> &'a Names {
        self.names
    }

    /// Begins a table. Returns whether its columns and rows are wanted. `revision` is a number that is another whenever
    /// the table may have changed since the process was made; if there is none, rows are compared one by one.
    pub fn begin(&mut self, title: &str, width: Width, revision: Option<u64>) -> bool {
        let is_wanted = match (self.wanted, width) {
            (Wanted::All, _) | (Wanted::Narrow, Width::Narrow) => true,
            (Wanted::Narrow, Width::Wide) | (Wanted::Nothing, _) => false,
        };
        if !is_wanted {
            return false;
        }
        match &mut self.to {
            To::Words(tables) => {
                tables.push(Table { title: title.to_owned(), columns: Vec::new(), rows: Vec::new() });
                true
            }
            To::Follower(follower) => follower.begin(title, revision),
        }
    }

    /// The columns of the table. `facts` are all that their words follow from.
    pub fn columns(&mut self, facts: impl Hash, words: impl FnOnce() -> Vec<String>) {
        match &mut self.to {
            To::Words(tables) => tables.last_mut().expect("a table was begun").columns = words(),
            To::Follower(follower) => follower.columns(identity(facts), words),
        }
    }

    /// The next row of the table. `facts` are all that its words follow from.
    pub fn row(&mut self, facts: impl Hash, words: impl FnOnce() -> Vec<String>) {
        match &mut self.to {
            To::Words(tables) => tables.last_mut().expect("a table was begun").rows.push(words()),
            To::Follower(follower) => follower.row(identity(facts), words),
        }
    }
}

/// Follows the tables of one router.
#[derive(Clone, Debug, Default)]
pub(super) struct Follower {
    /// As they were at the last look.
    tables: Vec<Followed>,
    /// How many have been written in this look, the one being written included.
    written: usize,
    is_writing: bool,
    splices: Vec<Splice>,
    /// Rows compared in this look.
    compared: usize,
}

/// A table that is followed, with the identities of what is in it.
#[derive(Clone, Debug)]
struct Followed {
    revision: Option<u64>,
    head: (u64, Words),
    rows: Vec<(u64, Words)>,
    /// While it is written: the rows of the last look, the next of them that is expected, and whether the head changed.
    before: Vec<(u64, Words)>,
    expected: usize,
    has_new_head: bool,
}

impl Follower {
    /// Looks at the tables of a process; none are there if it has failed. Returns what changed since the last look, and
    /// how many rows were compared for that.
    pub(super) fn look(
        &mut self,
        process: Option<&dyn Process>,
        names: &Names,
        wanted: Wanted,
    ) -> (Vec<Splice>, usize) {
        (self.written, self.compared) = (0, 0);
        if let Some(process) = process {
            process.write_tables(&mut TableWriter { names, wanted, to: To::Follower(self) });
        }
        self.finish_table();
        for (place, gone) in self.tables.drain(self.written..).enumerate() {
            let (table, removed) = (self.written + place, gone.rows.len());
            self.splices.push(Splice { table, head: None, at: 0, removed, rows: Vec::new() });
        }
        (std::mem::take(&mut self.splices), self.compared)
    }

    /// The process is another, whose facts say nothing about those of the last: all tables are gone.
    pub(super) fn forget(&mut self) {
        for (table, gone) in self.tables.drain(..).enumerate() {
            self.splices.push(Splice { table, head: None, at: 0, removed: gone.rows.len(), rows: Vec::new() });
        }
    }

    fn begin(&mut self, title: &str, revision: Option<u64>) -> bool {
        self.finish_table();
        self.written += 1;
        let Some(table) = self.tables.get_mut(self.written - 1) else {
            self.tables.push(Followed::new(title, revision));
            self.is_writing = true;
            return true;
        };
        if table.head.1[0] != title {
            *table = Followed { before: std::mem::take(&mut table.rows), ..Followed::new(title, revision) };
        } else if revision.is_some() && table.revision == revision {
            return false;
        } else {
            table.revision = revision;
            table.before = std::mem::take(&mut table.rows);
            table.expected = 0;
        }
        self.is_writing = true;
        true
    }

    fn columns(&mut self, identity: u64, words: impl FnOnce() -> Vec<String>) {
        let table = self.tables.get_mut(self.written - 1).expect("a table was begun");
        let (before, head) = &table.head;
        if head.len() > 1 && *before == identity {
            return;
        }
        let title = head[0].clone();
        table.head = (identity, std::iter::once(title).chain(words()).collect());
        table.has_new_head = true;
    }

    fn row(&mut self, identity: u64, words: impl FnOnce() -> Vec<String>) {
        /// So far one looks for a row that has moved up because others are gone.
        const AHEAD: usize = 16;
        self.compared += 1;
        let table = self.tables.get_mut(self.written - 1).expect("a table was begun");
        let mut rest = table.before.iter().skip(table.expected).take(AHEAD);
        let row = match rest.position(|(known, _)| *known == identity) {
            Some(place) => {
                table.expected += place + 1;
                table.before[table.expected - 1].1.clone()
            }
            None => words().into(),
        };
        table.rows.push((identity, row));
    }

    /// The table being written is complete: finds what changed in it.
    fn finish_table(&mut self) {
        if !std::mem::take(&mut self.is_writing) {
            return;
        }
        let at = self.written - 1;
        let table = &mut self.tables[at];
        let (before, head) = (std::mem::take(&mut table.before), &table.head.1);
        let mut is_told = false;
        differences(&before, &table.rows, |place, removed, rows| {
            let rows = rows.iter().map(|(_, words)| words.clone()).collect();
            self.splices.push(Splice { table: at, head: Some(head.clone()), at: place, removed, rows });
            is_told = true;
        });
        if std::mem::take(&mut table.has_new_head) && !is_told {
            self.splices.push(Splice { table: at, head: Some(head.clone()), at: 0, removed: 0, rows: Vec::new() });
        }
    }
}

impl Followed {
    fn new(title: &str, revision: Option<u64>) -> Self {
        Followed {
            revision,
            head: (0, Arc::new([title.to_owned()])),
            rows: Vec::new(),
            before: Vec::new(),
            expected: 0,
            has_new_head: true,
        }
    }
}

/// Calls `tell` with every stretch of rows that is not as before: its place, how many rows it replaces, and its rows.
fn differences(before: &[(u64, Words)], after: &[(u64, Words)], mut tell: impl FnMut(usize, usize, &[(u64, Words)])) {
    // Other facts may come to the same words.
    let is_same = |(a, b): &(&(u64, Words), &(u64, Words))| a.0 == b.0 || a.1 == b.1;
    if before.len() == after.len() {
        let mut at = 0;
        while at < after.len() {
            let same = before[at..].iter().zip(&after[at..]).take_while(is_same).count();
            let from = at + same;
            let changed = before[from..].iter().zip(&after[from..]).take_while(|pair| !is_same(pair)).count();
            at = from + changed;
            if changed > 0 {
                tell(from, changed, &after[from..at]);
            }
        }
        return;
    }
    let start = before.iter().zip(after).take_while(is_same).count();
    let most = before.len().min(after.len()) - start;
    let end = before.iter().rev().zip(after.iter().rev()).take(most).take_while(is_same).count();
    tell(start, before.len() - end - start, &after[start..after.len() - end]);
}

/// Tells facts apart, quickly. Two that differ in one number never have the same identity: every step can be undone.
#[derive(Clone, Debug)]
pub struct Identity(u64);

/// Not zero, so that zeros in front count.
impl Default for Identity {
    fn default() -> Self {
        Identity(1)
    }
}

impl Identity {
    fn add(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        for eight in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..eight.len()].copy_from_slice(eight);
            self.add(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.add(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.add(value as u64);
    }

    fn finish(&self) -> u64 {
        hash64(self.0)
    }
}

#[cfg(test)]
mod tests;
