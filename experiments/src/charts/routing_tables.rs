//! What routers knew, as the tables of their protocol's lesson, with what has changed since the time before.

use std::collections::{BTreeMap, BTreeSet};

use plots::{Cell, Tables, TextTable};
use protocols::routing::tables::Table;

use super::{About, Figure};
use crate::file::charts::RoutingTables;
use crate::results::seconds;
use crate::run::outcome::Outcome;
use crate::run::routing::View;
use crate::run::routing::views::wanted;

/// Texts of more letters than this begin at the same place in each row; shorter ones stand in the middle.
const LONG: usize = 12;

/// The tables of the routers and times asked for.
pub(super) fn routing_tables(outcome: &Outcome, about: &About, options: &RoutingTables) -> Option<Figure> {
    let routing = outcome.routing.as_ref()?;
    let network = about.network.as_ref()?;
    let names: Vec<&str> = routing.nodes.iter().map(String::as_str).collect();
    let moments = wanted(options, &names, &routing.routers, &network.event_times(), outcome.simulated);
    let mut drawn = Vec::new();
    let mut before: BTreeMap<(usize, &str), &Table> = BTreeMap::new();
    for (router, time) in moments {
        let t_s = time.as_secs_f64();
        let Some(view) = routing.views.iter().find(|view| view.router == router && view.t_s == t_s) else { continue };
        let moment = if time < outcome.simulated { network.moment(time) } else { seconds(t_s) };
        drawn.extend(tables_of(view, &format!("{} at {moment}", names[router]), &mut before));
    }
    if drawn.is_empty() {
        return None;
    }
    let figure = Tables {
        subtitle: about.subtitle.clone(),
        tables: drawn,
        lit_word: "changed since the time before".into(),
        ..Tables::new("What routers know")
    };
    Some(Figure::Tables(figure))
}

/// The tables of one view, beside each other, compared with those of the same router before.
fn tables_of<'a>(view: &'a View, group: &str, before: &mut BTreeMap<(usize, &'a str), &'a Table>) -> Vec<TextTable> {
    if view.tables.is_empty() {
        return vec![TextTable {
            group: group.into(),
            heading: "nothing is known here".into(),
            ..TextTable::default()
        }];
    }
    let draw = |(at, table): (usize, &'a Table)| {
        let old = before.insert((view.router, table.title.as_str()), table);
        TextTable {
            group: if at == 0 { group.to_owned() } else { String::new() },
            heading: table.title.clone(),
            columns: table.columns.clone(),
            rows: table.rows.iter().map(|row| cells(table, row, old)).chain(gone(table, old)).collect(),
            left_columns: (0..table.columns.len()).filter(|&column| is_long(table, column)).collect(),
        }
    };
    view.tables.iter().enumerate().map(draw).collect()
}

/// Whether a column holds sentences, lists, or the sets of Dijkstra's algorithm.
fn is_long(table: &Table, column: usize) -> bool {
    let is_long = |row: &Vec<String>| row.get(column).is_some_and(|cell| cell.chars().count() > LONG);
    table.columns[column] == "N'" || table.rows.iter().any(is_long)
}

/// The columns by which a row is known: the first, and where that does not tell rows apart, whom it was heard from.
fn key(table: &Table, other: &Table) -> Vec<String> {
    let is_unique = |table: &Table| {
        let firsts: BTreeSet<&String> = table.rows.iter().filter_map(|row| row.first()).collect();
        firsts.len() == table.rows.len()
    };
    let is_alone = is_unique(table) && is_unique(other);
    let names = table.columns.iter().enumerate().filter(|(at, name)| *at == 0 || (!is_alone && *name == "via"));
    names.map(|(_, name)| name.clone()).collect()
}

/// What a row says in these columns.
fn said<'a>(table: &Table, row: &'a [String], columns: &[String]) -> Vec<Option<&'a String>> {
    let cell = |name: &String| row.get(table.columns.iter().position(|column| column == name)?);
    columns.iter().map(cell).collect()
}

/// The rows of the table `old` that the table has no more: nothing but what they said.
fn gone(table: &Table, old: Option<&Table>) -> Vec<Vec<Cell>> {
    let Some(old) = old.filter(|_| is_comparable(table)) else { return Vec::new() };
    let key = key(table, old);
    let is_here = |row: &&Vec<String>| table.rows.iter().any(|now| said(table, now, &key) == said(old, row, &key));
    let cell = |text: Option<&String>| text.map_or(Cell::default(), |text| Cell::default().lit(text));
    let row = |row: &Vec<String>| said(old, row, &table.columns).into_iter().map(cell).collect();
    old.rows.iter().filter(|row| !is_here(row)).map(row).collect()
}

/// The steps of an algorithm are numbered anew each time: to compare them would say nothing.
fn is_comparable(table: &Table) -> bool {
    table.columns.first().is_some_and(|name| name != "step")
}

/// The cells of a row, lit where the table `old` says otherwise: a row is known by its key, a column by its name.
fn cells(table: &Table, row: &[String], old: Option<&Table>) -> Vec<Cell> {
    let Some(old) = old.filter(|_| is_comparable(table)) else { return row.iter().map(Cell::new).collect() };
    let key = key(table, old);
    let wanted = said(table, row, &key);
    let old_row = old.rows.iter().find(|candidate| said(old, candidate, &key) == wanted);
    let cell = |(column, text): (usize, &String)| {
        let old_column = old.columns.iter().position(|name| Some(name) == table.columns.get(column));
        match old_row.and_then(|row| row.get(old_column?)) {
            Some(same) if same == text => Cell::new(text),
            Some(other) => Cell::new(text).lit(other),
            None => Cell::new(text).lit(""),
        }
    };
    row.iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;

    #[test]
    fn a_cell_is_lit_if_the_table_before_said_otherwise() {
        let outcome = fixture::count_to_infinity();
        let views = &outcome.routing.as_ref().unwrap().views;
        let mut before = BTreeMap::new();
        let first = tables_of(&views[0], "y at 10 s", &mut before);
        assert_eq!((first[0].group.as_str(), first[0].heading.as_str()), ("y at 10 s", "distances"));
        assert!(first[0].rows.iter().flatten().all(|cell| !cell.is_lit), "there is nothing to compare with");
        let second = tables_of(&views[1], "y at 40 s", &mut before);
        assert_eq!(second[0].rows[0], [Cell::new("x"), Cell::new("∞"), Cell::new("∞").lit("1")]);
        assert_eq!(second[0].rows[1], [Cell::new("z"), Cell::new("1"), Cell::new("1")]);
    }

    fn table(columns: &[&str], rows: &[&[&str]]) -> Table {
        let texts = |row: &[&str]| row.iter().map(|&cell| cell.to_owned()).collect::<Vec<String>>();
        Table { title: "t".into(), columns: texts(columns), rows: rows.iter().map(|row| texts(row)).collect() }
    }

    #[test]
    fn rows_and_columns_are_known_by_their_names_wherever_they_stand() {
        let old = table(&["to", "via a", "via b"], &[&["x", "1", "2"], &["y", "3", "4"]]);
        let new = table(&["to", "via b"], &[&["y", "4"], &["x", "7"], &["z", "9"]]);
        let lit = |row: usize| cells(&new, &new.rows[row], Some(&old));
        assert_eq!(lit(0), [Cell::new("y"), Cell::new("4")]);
        assert_eq!(lit(1), [Cell::new("x"), Cell::new("7").lit("2")]);
        assert!(lit(2).iter().all(|cell| cell.is_lit && cell.before.is_empty()), "a new row");
    }

    #[test]
    fn of_several_rows_to_one_prefix_those_from_one_neighbor_are_compared() {
        let columns = ["prefix", "path", "via"];
        let old = table(&columns, &[&["p", "a c", "a"], &["p", "b c", "b"]]);
        let new = table(&columns, &[&["p", "b d c", "b"], &["p", "a c", "a"]]);
        let lit = |row: usize| cells(&new, &new.rows[row], Some(&old));
        assert_eq!(lit(0), [Cell::new("p"), Cell::new("b d c").lit("b c"), Cell::new("b")]);
        assert_eq!(lit(1), ["p", "a c", "a"].map(Cell::new));
        // Where there is one row to each, another neighbour is a change.
        let old = table(&columns, &[&["p", "a c", "a"]]);
        let new = table(&columns, &[&["p", "b c", "b"]]);
        assert!(cells(&new, &new.rows[0], Some(&old))[2].is_lit);
    }

    #[test]
    fn rows_that_are_gone_are_struck_through() {
        let old = table(&["prefix", "path", "via"], &[&["p", "a c", "a"], &["p", "b c", "b"], &["q", "a", "a"]]);
        let new = table(&["prefix", "path", "via"], &[&["p", "b c", "b"]]);
        let was = |texts: [&str; 3]| texts.map(|text| Cell::default().lit(text)).to_vec();
        assert_eq!(gone(&new, Some(&old)), [was(["p", "a c", "a"]), was(["q", "a", "a"])]);
        assert!(gone(&new, None).is_empty());
    }

    #[test]
    fn steps_of_an_algorithm_are_not_compared() {
        let old = table(&["step", "N'"], &[&["0", "u"]]);
        let new = table(&["step", "N'"], &[&["0", "w"]]);
        assert!(cells(&new, &new.rows[0], Some(&old)).iter().all(|cell| !cell.is_lit));
        assert!(gone(&table(&["step", "N'"], &[]), Some(&old)).is_empty());
    }
}
