//! Tables of the textbook, from the database that the running protocol has gathered.

use super::*;
use crate::routing::tables::Table;

fn table_at(router: usize, cables: &str) -> Table {
    let (names, cables) = lettered(cables);
    let mut lab = lab(&names, &cables, &Config::default(), &[]);
    lab.run_until(seconds(30));
    lab.router(router).tables(&lab.names).swap_remove(0)
}

#[track_caller]
fn check(table: &Table, expected: &[[&str; 7]]) {
    let columns = ["step", "N'", "D(v),p(v)", "D(w),p(w)", "D(x),p(x)", "D(y),p(y)", "D(z),p(z)"];
    assert_eq!(table.columns, columns);
    let rows: Vec<Vec<&str>> = table.rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_table_of_the_lecture_slides_comes_out_row_by_row() {
    // The second example of the slides to Kurose & Ross 5.2, as used at Cornell (CS 4410).
    check(
        &table_at(0, "uv 7, uw 3, ux 5, wv 3, wx 4, wy 8, vy 4, xy 7, xz 9, yz 2"),
        &[
            ["0", "u", "7,u", "3,u", "5,u", "∞", "∞"],
            ["1", "uw", "6,w", "", "5,u", "11,w", "∞"],
            ["2", "uwx", "6,w", "", "", "11,w", "14,x"],
            ["3", "uwxv", "", "", "", "10,v", "14,x"],
            ["4", "uwxvy", "", "", "", "", "12,y"],
            ["5", "uwxvyz", "", "", "", "", ""],
        ],
    );
}

#[test]
fn the_table_of_kurose_and_ross_comes_out_with_ties_by_name() {
    // Figure 5.3 and table 5.1. Where v and y are equally near, the book takes y first; here the link u->v comes before
    // x->y. Costs and predecessors are the book's.
    check(
        &table_at(0, "uv 2, ux 1, uw 5, vx 2, vw 3, xw 3, xy 1, wy 1, wz 5, yz 2"),
        &[
            ["0", "u", "2,u", "5,u", "1,u", "∞", "∞"],
            ["1", "ux", "2,u", "4,x", "", "2,x", "∞"],
            ["2", "uxv", "", "4,x", "", "2,x", "∞"],
            ["3", "uxvy", "", "3,y", "", "", "4,y"],
            ["4", "uxvyw", "", "", "", "", "4,y"],
            ["5", "uxvywz", "", "", "", "", ""],
        ],
    );
}

#[test]
fn before_any_neighbor_is_known_the_table_has_one_row() {
    let (names, cables) = lettered("ab 1");
    let mut lab = lab(&names, &cables, &Config::default(), &[]);
    lab.run_until(Duration::from_millis(1));
    let tables = lab.router(0).tables(&lab.names);
    assert_eq!(
        (&tables[0].columns, &tables[0].rows),
        (&vec!["step".to_owned(), "N'".to_owned()], &vec![vec!["0".to_owned(), "a".to_owned()]],)
    );
    assert_eq!(tables[1].rows, [["a", "1", "", "a 0"]]);
}

#[test]
fn the_database_of_any_router_lists_what_all_say() {
    let (names, cables) = lettered("ab 5, bc 7");
    let mut lab = lab(&names, &cables, &Config::default(), &[]);
    lab.run_until(seconds(30));
    let table = &lab.router(2).tables(&lab.names)[1];
    assert_eq!(table.columns, ["router", "LSA", "links", "stub networks"]);
    let said: Vec<[&str; 3]> = table.rows.iter().map(|row| [&*row[0], &*row[2], &*row[3]]).collect();
    assert_eq!(said, [["a", "b 5", "a 0"], ["b", "a 5, c 7", "b 0"], ["c", "b 7", "c 0"]]);
}
