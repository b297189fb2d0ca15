use std::cell::Cell;
use std::sync::Arc;

use sim_core::ids::InterfaceId;
use sim_core::packet::Message;

use super::super::process::Effort;
use super::super::router::Router;
use super::*;

/// Has two tables, of rows that are a number each.
#[derive(Clone, Debug, Default)]
struct Numbers {
    columns: &'static str,
    narrow: Vec<u32>,
    wide: Vec<u32>,
    revision: Option<u64>,
}

impl Process for Numbers {
    fn on_start(&mut self, _router: &mut Router<'_, '_>) {}

    fn on_message(&mut self, _router: &mut Router<'_, '_>, _over: InterfaceId, _message: &Arc<dyn Message>) {}

    fn on_interface_change(&mut self, _router: &mut Router<'_, '_>, _interface: InterfaceId) {}

    fn effort(&self) -> Effort {
        Effort::default()
    }

    fn write_tables(&self, to: &mut TableWriter<'_>) {
        for (title, width, rows) in [("narrow", Width::Narrow, &self.narrow), ("wide", Width::Wide, &self.wide)] {
            if to.begin(title, width, self.revision) {
                to.columns(self.columns, || vec![self.columns.to_owned()]);
                for row in rows {
                    to.row(row, || vec![row.to_string()]);
                }
            }
        }
    }
}

fn numbers(narrow: &[u32]) -> Numbers {
    Numbers { columns: "n", narrow: narrow.to_vec(), ..Numbers::default() }
}

/// Looks at a process: place, rows removed and rows added, of each change of the first table.
fn look(follower: &mut Follower, process: &Numbers) -> Vec<(usize, usize, Vec<u32>)> {
    let number = |row: &Words| row[0].parse().expect("a number");
    let (splices, _) = follower.look(Some(process), &Names::default(), Wanted::All);
    let first = splices.iter().filter(|splice| splice.table == 0);
    first.map(|splice| (splice.at, splice.removed, splice.rows.iter().map(number).collect())).collect()
}

/// Rows before and after, and what is told of the change.
#[track_caller]
fn check(before: &[u32], after: &[u32], expected: &[(usize, usize, &[u32])]) {
    let mut follower = Follower::default();
    look(&mut follower, &numbers(before));
    let told = look(&mut follower, &numbers(after));
    let expected: Vec<_> = expected.iter().map(|&(at, removed, rows)| (at, removed, rows.to_vec())).collect();
    assert_eq!(told, expected);
    let mut rows = before.to_vec();
    for (at, removed, new) in told {
        rows.splice(at..at + removed, new);
    }
    assert_eq!(rows, after, "what is told leads from the one to the other");
}

#[test]
fn only_rows_that_changed_are_told() {
    check(&[1, 2, 3, 4], &[1, 2, 3, 4], &[]);
    check(&[1, 2, 3, 4], &[1, 7, 3, 8], &[(1, 1, &[7]), (3, 1, &[8])]);
    check(&[1, 2, 3, 4], &[1, 2, 9, 3, 4], &[(2, 0, &[9])]);
    check(&[1, 2, 3, 4], &[1, 4], &[(1, 2, &[])]);
    check(&[1, 1, 1], &[1, 1], &[(2, 1, &[])]);
    check(&[], &[5, 6], &[(0, 0, &[5, 6])]);
    check(&[5, 6], &[], &[(0, 2, &[])]);
    check(&[1, 2, 3], &[2, 3, 1], &[(0, 3, &[2, 3, 1])]);
}

#[test]
fn words_are_made_only_for_new_facts() {
    let made = Cell::new(0);
    let mut follower = Follower::default();
    let mut write = |rows: &[u32]| {
        made.set(0);
        follower.written = 0;
        follower.begin("numbers", None);
        for row in rows {
            follower.row(identity(row), || {
                made.set(made.get() + 1);
                vec![row.to_string()]
            });
        }
        follower.finish_table();
        made.get()
    };
    assert_eq!(write(&[1, 2, 3, 4, 5]), 5);
    assert_eq!(write(&[1, 2, 3, 4, 5]), 0);
    assert_eq!(write(&[1, 7, 3, 4, 5]), 1);
    assert_eq!(write(&[7, 8, 3, 5, 6]), 2);
}

#[test]
fn a_new_column_is_told_even_without_rows() {
    let mut follower = Follower::default();
    let mut process = numbers(&[]);
    look(&mut follower, &process);
    process.columns = "m";
    let (splices, _) = follower.look(Some(&process), &Names::default(), Wanted::Narrow);
    let head: Words = ["narrow", "m"].map(str::to_owned).into();
    assert_eq!(splices[0], Splice { table: 0, head: Some(head), at: 0, removed: 0, rows: Vec::new() });
}

#[test]
fn a_table_of_the_same_revision_is_not_compared() {
    let mut follower = Follower::default();
    let mut process = Numbers { revision: Some(1), ..numbers(&[1, 2]) };
    look(&mut follower, &process);
    process.narrow[0] = 3;
    assert_eq!(look(&mut follower, &process), [], "the process says that nothing has changed");
    process.revision = Some(2);
    assert_eq!(look(&mut follower, &process), [(0, 1, vec![3])]);
}

#[test]
fn when_the_process_is_gone_so_are_its_tables() {
    let mut follower = Follower::default();
    look(&mut follower, &numbers(&[1, 2]));
    let gone = |table: usize, removed: usize| Splice { table, head: None, at: 0, removed, rows: Vec::new() };
    let (splices, _) = follower.look(None, &Names::default(), Wanted::All);
    assert_eq!(splices, [gone(0, 2), gone(1, 0)]);
    look(&mut follower, &numbers(&[1]));
    follower.forget();
    let (splices, _) = follower.look(Some(&numbers(&[1])), &Names::default(), Wanted::Narrow);
    assert_eq!(splices[..2], [gone(0, 1), gone(1, 0)], "another process: all is new");
    assert_eq!(splices.len(), 3);
}

#[test]
fn wide_tables_can_be_spared() {
    let process = Numbers { wide: vec![1], ..numbers(&[2]) };
    let titles = |wanted: Wanted| -> Vec<String> {
        tables(&process, &Names::default(), wanted).into_iter().map(|table| table.title).collect()
    };
    assert_eq!(titles(Wanted::All), ["narrow", "wide"]);
    assert_eq!(titles(Wanted::Narrow), ["narrow"]);
    assert!(titles(Wanted::Nothing).is_empty());
}

#[test]
fn facts_that_differ_have_other_identities() {
    let all = [identity(0_u32), identity((0_u32, 0_u32)), identity(()), identity(1_u32), identity((1_u32, 0_u32))];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[..at].contains(one), "{at}");
    }
}
