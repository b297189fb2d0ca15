//! Tables as pictures: a heading, a row of column names, cells. A cell that is new has a tinted ground, a thick lower
//! edge and bold letters, and the value before it struck through: readable in grey.
//!
//! Tables stand side by side as long as there is room, then below each other.

use crate::chart::Size;
use crate::figure::{MARGIN, draw_header};
use crate::style::{GRID, INK, LIT, LIT_EDGE, SECOND_INK};
use crate::svg::{Anchor, Rect, Svg, TextStyle, px};
use crate::text::{Weight, shorten, width};

/// Tables in one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// What the picture shows, in one line.
    pub title: String,
    /// Where it comes from.
    pub subtitle: String,
    /// In the order of reading. Those with the same `group` as the one before stand beside it, if there is room.
    pub tables: Vec<TextTable>,
    /// What a tinted cell means. Empty: the legend is silent about it.
    pub lit_word: String,
}

/// A table of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextTable {
    /// What heads it and those beside it. A new group begins a new row of tables; an empty one continues.
    pub group: String,
    /// What it shows.
    pub heading: String,
    /// A word for each column.
    pub columns: Vec<String>,
    /// The cells, row by row. Missing ones are empty.
    pub rows: Vec<Vec<Cell>>,
    /// Columns whose texts begin at the same place rather than stand in the middle; by number.
    pub left_columns: Vec<usize>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Whether it is lit: it has changed.
    pub is_lit: bool,
    /// What it said before: struck through beside it. Empty for nothing.
    pub before: String,
}

impl Cell {
    /// A plain cell.
    pub fn new(text: impl Into<String>) -> Self {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// The same cell, lit, with what it said before.
    pub fn lit(self, before: impl Into<String>) -> Self {
        Cell { is_lit: true, before: before.into(), ..self }
    }
}

const FONT: f64 = 18.0;
const SMALL: f64 = 15.0;
const GROUP_FONT: f64 = 20.0;
const ROW: f64 = 32.0;
const PADDING: f64 = 12.0;
const GAP: f64 = 44.0;
const GROUP_HEIGHT: f64 = 36.0;
const HEADING_HEIGHT: f64 = 30.0;
/// A longer text is shortened, in pixels.
const MOST_CELL: f64 = 420.0;
/// More rows and columns are left out, and the picture says so.
const MOST_ROWS: usize = 40;
const MOST_COLUMNS: usize = 26;

impl Tables {
    /// Without any table.
    pub fn new(title: impl Into<String>) -> Self {
        Tables { title: title.into(), ..Tables::default() }
    }

    /// The picture as an SVG document. It is as high and as wide as its tables need; side by side they stand as long as
    /// that is within `size.width`.
    pub fn to_svg(&self, size: Size) -> String {
        let measured: Vec<Measured<'_>> = self.tables.iter().map(Measured::new).collect();
        let most_width = f64::from(size.width).clamp(480.0, 20_000.0);
        let used = rows(&measured, most_width - 2.0 * MARGIN);
        let widest = used.iter().map(|row| row_width(row)).fold(0.0, f64::max);
        let title = width(&self.title, 26.0, Weight::Bold).max(width(&self.subtitle, 18.0, Weight::Regular));
        let total_width = (widest.max(title.min(most_width - 2.0 * MARGIN)) + 2.0 * MARGIN).clamp(480.0, 20_000.0);
        let mut svg = Svg::default();
        let mut row_bottom = draw_header(&mut svg, &self.title, &self.subtitle, total_width);
        for row in &used {
            let mut y = row_bottom;
            if let Some(group) = row.first().map(|table| &table.table.group).filter(|group| !group.is_empty()) {
                let group = shorten(group, total_width - 2.0 * MARGIN, GROUP_FONT, Weight::Bold);
                svg.text(MARGIN, y + 24.0, TextStyle::new(GROUP_FONT).bold(), &group);
                y += GROUP_HEIGHT;
            }
            let mut x = MARGIN;
            for table in row.iter() {
                table.draw(&mut svg, x, y);
                x += table.width() + GAP;
                row_bottom = row_bottom.max(y + table.height() + 18.0);
            }
        }
        if self.tables.is_empty() {
            svg.text(MARGIN, row_bottom + 24.0, TextStyle::new(FONT).colour(SECOND_INK), "no data");
            row_bottom += 40.0;
        }
        let has_lit = self.tables.iter().flat_map(|table| table.rows.iter().flatten()).any(|cell| cell.is_lit);
        if has_lit && !self.lit_word.is_empty() {
            light(&mut svg, Rect { x: MARGIN, y: row_bottom, width: 44.0, height: 22.0 });
            svg.text(MARGIN + 54.0, row_bottom + 16.0, TextStyle::new(SMALL), &self.lit_word);
            row_bottom += 34.0;
        }
        svg.into_document(total_width, row_bottom + 12.0, &self.title, &self.describe())
    }

    fn describe(&self) -> String {
        let mut parts = vec![self.subtitle.clone()];
        for table in &self.tables {
            parts.extend([&table.group, &table.heading].into_iter().filter(|text| !text.is_empty()).cloned());
            parts.push(format!("{}.", table.columns.join(" | ")));
            for row in table.rows.iter().take(MOST_ROWS) {
                let cell = |cell: &Cell| match cell.is_lit && !cell.before.is_empty() {
                    true => format!("{}, was {}", cell.text, cell.before),
                    false => cell.text.clone(),
                };
                parts.push(format!("{}.", row.iter().map(cell).collect::<Vec<_>>().join(" | ")));
            }
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}

/// The tables that stand beside each other: a new group begins a new row, and so does what finds no room.
fn rows<'m, 't>(tables: &'m [Measured<'t>], room: f64) -> Vec<&'m [Measured<'t>]> {
    let mut rows = Vec::new();
    let mut begin = 0;
    for at in 1..=tables.len() {
        let is_over = match tables.get(at) {
            None => true,
            Some(table) => !table.table.group.is_empty() || row_width(&tables[begin..=at]) > room,
        };
        if is_over {
            rows.push(&tables[begin..at]);
            begin = at;
        }
    }
    rows
}

fn row_width(tables: &[Measured<'_>]) -> f64 {
    tables.iter().map(Measured::width).sum::<f64>() + GAP * tables.len().saturating_sub(1) as f64
}

/// A table with the widths of its columns.
struct Measured<'a> {
    table: &'a TextTable,
    columns: Vec<f64>,
}

impl<'a> Measured<'a> {
    fn new(table: &'a TextTable) -> Self {
        let columns = (table.columns.iter().take(MOST_COLUMNS).enumerate())
            .map(|(at, name)| {
                let cells = table.rows.iter().take(MOST_ROWS).filter_map(|row| row.get(at)).map(cell_width);
                cells.fold(width(name, FONT, Weight::Bold), f64::max).min(MOST_CELL) + 2.0 * PADDING
            })
            .collect();
        Measured { table, columns }
    }

    fn width(&self) -> f64 {
        let heading = width(&self.table.heading, FONT, Weight::Regular).min(600.0);
        self.columns.iter().sum::<f64>().max(heading)
    }

    fn heading_height(&self) -> f64 {
        if self.table.heading.is_empty() { 0.0 } else { HEADING_HEIGHT }
    }

    fn height(&self) -> f64 {
        let rows = self.table.rows.len().min(MOST_ROWS) + 1;
        self.heading_height() + rows as f64 * ROW + if self.left_out().is_some() { 24.0 } else { 0.0 }
    }

    /// What there is no room for, in words.
    fn left_out(&self) -> Option<String> {
        let rows = self.table.rows.len().saturating_sub(MOST_ROWS);
        let columns = self.table.columns.len().saturating_sub(MOST_COLUMNS);
        match (rows, columns) {
            (0, 0) => None,
            (rows, 0) => Some(format!("and {rows} more rows")),
            (0, columns) => Some(format!("and {columns} more columns")),
            (rows, columns) => Some(format!("and {rows} more rows, {columns} more columns")),
        }
    }

    fn draw(&self, svg: &mut Svg, left: f64, top: f64) {
        let heading = shorten(&self.table.heading, self.width() + 1.0, FONT, Weight::Regular);
        svg.text(left, top + 20.0, TextStyle::new(FONT).colour(SECOND_INK), &heading);
        let top = top + self.heading_height();
        let right = left + self.columns.iter().sum::<f64>();
        let rows = self.table.rows.len().min(MOST_ROWS);
        let mut x = left;
        for (at, (name, &wide)) in self.table.columns.iter().zip(&self.columns).enumerate() {
            let is_left = self.table.left_columns.contains(&at);
            let (text_x, anchor) =
                if is_left { (x + PADDING, Anchor::Start) } else { (x + wide / 2.0, Anchor::Middle) };
            let text = shorten(name, wide - 2.0 * PADDING + 1.0, FONT, Weight::Bold);
            svg.text(text_x, top + 22.0, TextStyle::new(FONT).bold().anchor(anchor), &text);
            for (number, row) in self.table.rows.iter().take(rows).enumerate() {
                let area = Rect { x, y: top + (number + 1) as f64 * ROW, width: wide, height: ROW };
                if let Some(cell) = row.get(at) {
                    draw_cell(svg, cell, area, is_left);
                }
            }
            x += wide;
        }
        for number in 1..rows {
            let y = top + (number + 1) as f64 * ROW;
            svg.line((left, y), (right, y), GRID, 1.0, "");
        }
        for y in [top + ROW, top + (rows + 1) as f64 * ROW] {
            svg.line((left, y), (right, y), INK, 1.6, "");
        }
        if let Some(text) = self.left_out() {
            let y = top + (rows + 1) as f64 * ROW + 19.0;
            svg.text(left, y, TextStyle::new(SMALL).colour(SECOND_INK), &text);
        }
    }
}

/// Between a value and the one before it.
const BESIDE: f64 = 10.0;

fn cell_width(cell: &Cell) -> f64 {
    let weight = if cell.is_lit { Weight::Bold } else { Weight::Regular };
    width(&cell.text, FONT, weight) + before_width(cell)
}

/// The room for what a cell said before. Where both are long, only what it says now is shown.
fn before_width(cell: &Cell) -> f64 {
    let before = width(&cell.before, SMALL, Weight::Regular) + BESIDE;
    let fits = before + width(&cell.text, FONT, Weight::Bold) <= MOST_CELL;
    if cell.is_lit && !cell.before.is_empty() && fits { before } else { 0.0 }
}

fn draw_cell(svg: &mut Svg, cell: &Cell, area: Rect, is_left: bool) {
    if cell.is_lit {
        light(svg, Rect { x: area.x + 1.0, y: area.y + 2.0, width: area.width - 2.0, height: area.height - 3.0 });
    }
    let (weight, style) = match cell.is_lit {
        true => (Weight::Bold, TextStyle::new(FONT).bold()),
        false => (Weight::Regular, TextStyle::new(FONT)),
    };
    let before = before_width(cell);
    // A pixel more than measured: sums of widths are not exact.
    let text = shorten(&cell.text, area.width - 2.0 * PADDING - before + 1.0, FONT, weight);
    let wide = width(&text, FONT, weight);
    let start = match is_left {
        true => area.x + PADDING,
        false => area.x + (area.width - wide - before) / 2.0,
    };
    let baseline = area.y + 22.0;
    if before > 0.0 {
        let colour = SECOND_INK.hex();
        svg.text(start, baseline, TextStyle::new(SMALL).colour(SECOND_INK), &cell.before);
        let y = px(baseline - 5.0);
        let until = px(start + before - BESIDE);
        svg.raw(&format!("<path d=\"M{},{y} H{until}\" stroke=\"{colour}\" stroke-width=\"1.6\"/>\n", px(start)));
    }
    match is_left || before > 0.0 {
        true => svg.text(start + before, baseline, style, &text),
        false => svg.text(area.x + area.width / 2.0, baseline, style.anchor(Anchor::Middle), &text),
    }
}

/// The ground of what has changed.
fn light(svg: &mut Svg, area: Rect) {
    svg.rect(area, &LIT.hex(), "");
    svg.rect(Rect { y: area.bottom() - 3.0, height: 3.0, ..area }, &LIT_EDGE.hex(), "");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: Vec<Vec<Cell>>) -> TextTable {
        let columns = ["to", "via y", "via z"].map(str::to_owned).to_vec();
        TextTable { columns, rows, ..TextTable::default() }
    }

    fn picture(tables: Vec<TextTable>) -> String {
        let tables = Tables { tables, lit_word: "changed".into(), ..Tables::new("t") };
        tables.to_svg(Size::default())
    }

    fn x_of(svg: &str, text: &str) -> f64 {
        let line = svg.lines().find(|line| line.ends_with(&format!(">{text}</text>"))).expect("the text");
        line.split('"').nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn a_changed_cell_is_lit_and_tells_what_it_was() {
        let plain = picture(vec![table(vec![vec![Cell::new("x"), Cell::new("4"), Cell::new("6")]])]);
        assert!(!plain.contains(&LIT.hex()) && !plain.contains(">changed<"));
        let svg = picture(vec![table(vec![vec![Cell::new("x"), Cell::new("60").lit("4"), Cell::new("6")]])]);
        assert!(svg.contains(&LIT.hex()) && svg.contains(">changed<"));
        assert!(svg.contains(">4</text>") && svg.contains("60, was 4"));
        assert_eq!(svg.matches("<path").count(), 1, "one value is struck through");
    }

    #[test]
    fn cells_of_a_column_are_centred_under_its_name() {
        let svg = picture(vec![table(vec![vec![Cell::new("x"), Cell::new("abc"), Cell::new("7")]])]);
        // All are anchored in the middle.
        assert_eq!(x_of(&svg, "abc"), x_of(&svg, "via y"));
        assert_eq!(x_of(&svg, "7"), x_of(&svg, "via z"));
        assert!(x_of(&svg, "7") > x_of(&svg, "abc"));
    }

    #[test]
    fn tables_of_a_group_stand_beside_each_other_and_groups_below() {
        let heading = |group: &str, heading: &str| TextTable {
            group: group.into(),
            heading: heading.into(),
            ..table(vec![vec![Cell::new("x"), Cell::new("1"), Cell::new("2")]])
        };
        let svg = picture(vec![heading("x at 1 s", "A"), heading("", "B"), heading("x at 2 s", "C")]);
        let y = |text: &str| -> f64 {
            let line = svg.lines().find(|line| line.ends_with(&format!(">{text}</text>"))).unwrap();
            line.split('"').nth(3).unwrap().parse().unwrap()
        };
        assert!(x_of(&svg, "B") > x_of(&svg, "A") && y("A") == y("B"));
        assert!(x_of(&svg, "C") == x_of(&svg, "A") && y("C") > y("A"));
    }

    #[test]
    fn where_both_are_long_only_what_a_cell_says_now_is_shown() {
        let (before, now) = ("Seattle Denver KansasCity Houston", "Seattle Sunnyvale LosAngeles");
        let svg = picture(vec![table(vec![vec![Cell::new(now).lit(before)]])]);
        assert!(svg.contains(&format!(">{now}<")) && !svg.contains("<path"), "nothing is struck through");
        assert!(svg.contains(&format!("{now}, was {before}")), "the description says it");
    }

    #[test]
    fn no_text_is_shortened_while_there_is_room() {
        let names = ["step", "N'", "D(v),p(v)", "to", "from", "∞"];
        let columns: Vec<String> = names.map(str::to_owned).into();
        let rows = vec![names.map(Cell::new).into(), names.map(|name| Cell::new(name).lit("before")).into()];
        let svg = picture(vec![TextTable { columns, rows, ..TextTable::default() }]);
        assert!(!svg.contains('…'), "{svg}");
    }

    #[test]
    fn too_many_rows_are_counted() {
        let rows = (0..100).map(|at| vec![Cell::new(format!("n{at}"))]).collect();
        let svg = picture(vec![table(rows)]);
        assert!(svg.contains(">n39<") && !svg.contains(">n40<") && svg.contains(">and 60 more rows<"));
    }

    #[test]
    fn any_input_gives_a_picture() {
        let empty = TextTable::default();
        let ragged = table(vec![vec![], vec![Cell::new("a".repeat(5_000)); 9]]);
        for tables in [vec![], vec![empty], vec![ragged]] {
            let svg = picture(tables);
            assert!(svg.starts_with("<svg") && !svg.contains("NaN"));
        }
    }
}
