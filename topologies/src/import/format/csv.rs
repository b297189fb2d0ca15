//! Lists of links as tables: a line for each, with commas, semicolons, tabs or blanks between the fields.
//!
//! ```text
//! source;target;bandwidth_mbps;delay (ms)        # beginning a line marks a comment
//! Rome;Milan;1000;4.5                            "Rome, Italy" is one field
//! ```
//!
//! - With a header, its names say what a column is: `from`, `source`, `src`, `a` or another of `FROM` for one end, `to`,
//!   `target`, `dst`, `b` or another of `TO` for the other; the rest is read by the words of
//!   `import/attributes`. If no name means an end, the first two columns are the ends.
//! - Without a header the first two columns are the ends, and a third, which must be a number, is the cost. `a b {'cost':
//!   3}`, as networkx writes it, is read too.
//! - `a,b` alone is a link between `a` and `b`, and no header.
//!
//! All lines must have as many fields as the first. A line that repeats another is a link beside it. The separator is the
//! first of tab, semicolon and comma that the first two lines have equally often, else blanks.

use indexmap::IndexSet;

use crate::import::attributes::{Link, LinkWord, Oddities, number_in};
use crate::import::lines::{amount, entries, quoted};
use crate::import::{LinkFacts, Map, MapLink, MapNode, Text, Unreadable};

/// Its name.
pub const NAME: &str = "csv";
/// What it holds.
pub const SUMMARY: &str = "links as a table: two ends a line, with a cost or named columns";
/// Where it is described.
pub const SOURCE: &str = "docs/topology-files.md";

/// What the column of one end is called, in small letters and without marks.
const FROM: &[&str] = &["from", "source", "src", "a", "u", "fromnode", "fromnodeid", "sourceid", "node1", "nodea", "start"];
/// What the column of the other end is called.
const TO: &[&str] =
    &["to", "target", "dst", "dest", "destination", "b", "v", "tonode", "tonodeid", "targetid", "node2", "nodeb", "end"];

pub(super) fn recognises(text: &Text<'_>) -> bool {
    // These begin other formats, which may be broken.
    if text.start().starts_with(['<', '{', '[', '?', '|']) {
        return false;
    }
    let mut rows = Vec::new();
    let separator = separator(&text.all);
    let is_table = each_row(&text.all, separator, |_, fields| {
        rows.push(fields.iter().map(|field| (*field).to_owned()).collect::<Vec<String>>());
        // Two are enough to know.
        if rows.len() < 2 { Ok(()) } else { Err(Unreadable::whole("")) }
    });
    // With blanks between fields, brackets are the marks of other formats.
    let marks: &[char] = if separator.is_none() { &['\n', '{', '}', '[', ']', '<', '>'] } else { &['\n'] };
    let is_plain = |field: &String| !field.is_empty() && !field.contains(marks);
    match &rows[..] {
        [] => false,
        [first, ..] if Columns::of_header(first).is_some() => true,
        // A single line may be anything.
        [first] => is_table.is_ok() && first.len() == 3 && number_in(&first[2]).is_some(),
        [first, second, ..] => {
            let ends = || first.iter().take(2).chain(second.iter().take(2));
            let is_list = first.len() == 2 || (first.len() == 3 && (number_in(&first[2]).is_some() || is_dict(&first[2])));
            is_list && first.len() == second.len() && ends().all(is_plain)
        }
    }
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut table = Table::default();
    each_row(&text.all, separator(&text.all), |line, fields| table.row(line, fields))?;
    let Table { mut map, odd, columns, .. } = table;
    odd.tell(&mut map);
    if let Some(Columns { unknown, .. }) = columns
        && !unknown.is_empty()
    {
        let names: Vec<String> = unknown.iter().take(10).map(|name| quoted(name)).collect();
        let more = if unknown.len() > 10 { ", …" } else { "" };
        let text = format!("columns that mean nothing here were left out: {}{more}", names.join(", "));
        map.remark("unknown_columns", unknown.len() as u64, text);
    }
    Ok(map)
}

/// A table on its way.
#[derive(Default)]
struct Table {
    map: Map,
    /// Ids of nodes, numbered in the order of the file. A million lines look up two each, and a tree of texts would take
    /// most of the time.
    nodes: IndexSet<Box<str>>,
    odd: Oddities,
    /// Of the header, if there is one.
    columns: Option<Columns>,
    /// How many fields the first line has.
    width: Option<usize>,
}

/// What the columns of a table are.
struct Columns {
    from: usize,
    to: usize,
    /// Names and meanings of the others that have one.
    words: Vec<(usize, String, LinkWord)>,
    unknown: Vec<String>,
}

impl Columns {
    /// What a header says, if these fields are one.
    fn of_header<S: AsRef<str>>(fields: &[S]) -> Option<Columns> {
        let plain = |field: &S| -> String {
            field.as_ref().chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let plain: Vec<String> = fields.iter().map(plain).collect();
        let find = |names: &[&str]| plain.iter().position(|field| names.contains(&field.as_str()));
        let ends = find(FROM).zip(find(TO));
        let is_other = |at: usize| ends.is_none_or(|(from, to)| at != from && at != to);
        let (known, unknown): (Vec<_>, Vec<_>) = fields
            .iter()
            .enumerate()
            .filter(|(at, _)| is_other(*at) && (ends.is_some() || *at >= 2))
            .map(|(at, field)| (at, field.as_ref().to_owned(), LinkWord::of(field.as_ref())))
            .partition(|(_, _, word)| word.is_some());
        let is_header = match ends {
            Some((from, to)) => !known.is_empty() || plain[from].len() > 1 || plain[to].len() > 1,
            None => !known.is_empty(),
        };
        let (from, to) = ends.unwrap_or((0, 1));
        is_header.then(|| Columns {
            from,
            to,
            words: known.into_iter().filter_map(|(at, name, word)| Some((at, name, word?))).collect(),
            unknown: unknown.into_iter().map(|(_, name, _)| name).collect(),
        })
    }
}

impl Table {
    fn row(&mut self, line: u64, fields: &[&str]) -> Result<(), Unreadable> {
        let Some(width) = self.width else {
            self.width = Some(fields.len());
            self.columns = Columns::of_header(fields);
            return if self.columns.is_some() { Ok(()) } else { self.link(line, fields) };
        };
        if fields.len() != width {
            let fields = fields.len();
            let why = format!("the line has {fields} fields, where the first has {width}");
            return Err(Unreadable::at(line, why));
        }
        self.link(line, fields)
    }

    fn link(&mut self, line: u64, fields: &[&str]) -> Result<(), Unreadable> {
        let (from, to, (facts, relationship)) = match &self.columns {
            Some(columns) => {
                let mut link = Link::default();
                for (at, name, word) in &columns.words {
                    link.take(*word, name, fields[*at], &mut self.odd);
                }
                (fields[columns.from], fields[columns.to], link.finish(&mut self.odd))
            }
            None => match *fields {
                [from, to] => (from, to, (LinkFacts::default(), None)),
                [from, to, dict] if is_dict(dict) => {
                    let mut link = Link::default();
                    for (name, value) in dict[1..dict.len() - 1].split(',').filter_map(|pair| pair.split_once(':')) {
                        let unquoted = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
                        link.take_named(&unquoted(name), &unquoted(value), &mut self.odd);
                    }
                    (from, to, link.finish(&mut self.odd))
                }
                [from, to, cost] => {
                    let cost = amount(cost, line, "the third column, which is a cost where no header names it,")?;
                    (from, to, (LinkFacts { cost: Some(cost), ..LinkFacts::default() }, None))
                }
                [_] | [] => return Err(Unreadable::at(line, "two ends are expected, and there is one field")),
                _ => {
                    let why = "a table of more than three columns needs a first line with their names";
                    return Err(Unreadable::at(line, format!("{why}: from, to, and what is known of the links")));
                }
            },
        };
        let [from, to] = [self.node(line, from)?, self.node(line, to)?];
        self.map.links.push(MapLink { relationship, ..MapLink::new(from, to).with(facts) });
        Ok(())
    }

    fn node(&mut self, line: u64, id: &str) -> Result<u32, Unreadable> {
        if id.is_empty() {
            return Err(Unreadable::at(line, "an end of the link is missing"));
        }
        if let Some(number) = self.nodes.get_index_of(id) {
            return Ok(number as u32);
        }
        let (number, _) = self.nodes.insert_full(id.into());
        self.map.nodes.push(MapNode::new(id));
        Ok(number as u32)
    }
}

/// Whether a field holds the attributes of a link as Python writes them.
fn is_dict(field: &str) -> bool {
    field.starts_with('{') && field.ends_with('}') && field.len() > 1
}

/// What separates the fields; nothing stands for blanks.
fn separator(text: &str) -> Option<u8> {
    let count = |line: &str, separator: u8| {
        let mut is_quoted = false;
        let outside = line.bytes().filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && *byte == separator
        });
        outside.count()
    };
    let mut lines = entries(text).map(|(_, line)| line);
    let first = lines.next()?;
    let second = lines.next().unwrap_or(first);
    // Blanks in Python's braces are no sign of anything, nor are commas there.
    let outside = |line| -> &str { str::split(line, '{').next().unwrap_or(line) };
    let (first, second) = (outside(first), outside(second));
    let candidates = || b"\t;,".iter().copied().filter(|separator| count(first, *separator) > 0);
    candidates().find(|separator| count(first, *separator) == count(second, *separator)).or_else(|| candidates().next())
}

/// Calls `row` with the fields of each line that has some, and the number of the line.
fn each_row(
    text: &str,
    separator: Option<u8>,
    mut row: impl FnMut(u64, &[&str]) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let Some(separator) = separator else {
        for (line, entry) in entries(text) {
            let fields = words(line, entry)?;
            row(line, &fields)?;
        }
        return Ok(());
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().clone();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(Unreadable::at(start.line(), error.to_string())),
        }
        // The reader steps over blank lines and comments before the record without a word.
        let skipped = text[start.byte() as usize..].lines().take_while(|line| line.is_empty() || line.starts_with('#'));
        let line = start.line() + skipped.count() as u64;
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.iter().any(|field| field.contains('\n')) {
            return Err(Unreadable::at(line, "a quotation mark is not closed on its line"));
        }
        row(line, &record.iter().collect::<Vec<&str>>())?;
    }
}

/// The fields of a line with blanks between them: `a "b c" 3`; what stands in braces at its end is one.
fn words(line: u64, entry: &str) -> Result<Vec<&str>, Unreadable> {
    let mut words = Vec::with_capacity(3);
    let mut rest = entry;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((word, after)) = quoted.split_once('"') else {
                return Err(Unreadable::at(line, "a quotation mark is not closed on its line"));
            };
            words.push(word);
            rest = after.trim_start();
        } else if words.len() == 2 && is_dict(rest) {
            words.push(std::mem::take(&mut rest));
        } else {
            let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            words.push(word);
            rest = after.trim_start();
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use sim_core::time::Duration;
    use sim_core::units::Rate;

    use super::*;
    use crate::import::{Format, read};

    fn map(text: &str) -> Map {
        let (format, map) = read(text.as_bytes(), None, "").unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        assert_eq!(format, Format::Csv, "{text}");
        map
    }

    fn links(map: &Map) -> Vec<(&str, &str)> {
        let id = |node: u32| map.nodes[node as usize].id.as_str();
        map.links.iter().map(|link| (id(link.from), id(link.to))).collect()
    }

    #[test]
    fn two_columns_are_links_with_any_separator() {
        for text in ["a b\nb c\n", "a,b\r\nb,c\r\n", "a;b\nb;c", "a\tb\nb\tc", "# x\n\na  b\n# y\n b\t c \n", "a, b\nb, c\n"] {
            assert_eq!(links(&map(text)), [("a", "b"), ("b", "c")], "{text}");
        }
    }

    #[test]
    fn a_third_column_is_the_cost() {
        for text in ["a b 3\nb c 2.5\n", "a,b,3\nb,c,2.5\n", "a b {'weight': 3}\nb c {\"cost\": 2.5, 'x': 1}\n"] {
            let costs: Vec<_> = map(text).links.iter().map(|link| link.facts.as_deref().unwrap().cost).collect();
            assert_eq!(costs, [Some(3.0), Some(2.5)], "{text}");
        }
        assert_eq!(links(&map("a b {}\nb c {}\n")), [("a", "b"), ("b", "c")]);
    }

    #[test]
    fn a_header_says_what_the_columns_are() {
        let map = map("id;Target;Source;Bandwidth_Mbps;delay (ms)\n1;b;a;1000;4.5\n2;c;b;;2\n");
        assert_eq!(links(&map), [("a", "b"), ("b", "c")]);
        let facts = map.links[0].facts.as_deref().unwrap();
        assert_eq!((facts.rate, facts.delay), (Some(Rate::from_mbps(1000)), Some(Duration::from_micros(4500))));
        assert_eq!(map.links[1].facts.as_deref().unwrap().rate, None);
        assert_eq!((map.remarks[0].what, map.remarks[0].count), ("unknown_columns", 1));
        assert!(map.remarks[0].text.ends_with(": `id`"));
    }

    #[test]
    fn where_no_name_means_an_end_the_first_two_columns_are() {
        let map = map("router,peer,cost\nx,y,7\n");
        assert_eq!(links(&map), [("x", "y")]);
        assert_eq!(map.links[0].facts.as_deref().unwrap().cost, Some(7.0));
    }

    #[test]
    fn nodes_called_a_and_b_are_no_header() {
        assert_eq!(links(&map("a,b\na,c\n")), [("a", "b"), ("a", "c")]);
        assert_eq!(links(&map("a,b,cost\na,c,1\n")), [("a", "c")]);
        assert_eq!(links(&map("from,to\na,c\n")), [("a", "c")]);
    }

    #[test]
    fn quotes_hold_separators() {
        assert_eq!(links(&map("\"Rome, Italy\",b\nb,\"c \"\"x\"\"\"\n")), [("Rome, Italy", "b"), ("b", "c \"x\"")]);
        assert_eq!(links(&map("\"New York\" b\nb c\n")), [("New York", "b"), ("b", "c")]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let check = |text: &str, line: u64, why: &str| {
            let wrong = read(text.as_bytes(), Some(Format::Csv), "").unwrap_err();
            assert_eq!(wrong.line, Some(line), "{text}: {wrong}");
            assert!(wrong.why.contains(why), "{wrong}");
        };
        check("a b\nb c\nc\n", 3, "1 fields, where the first has 2");
        check("# x\na,b\n\nb,c,4\n", 4, "3 fields, where the first has 2");
        check("a\n", 1, "two ends are expected");
        check("a,b,3\nb,c,x\n", 2, "must be a number");
        check("a,b,3\nb,c,-1\n", 2, "must not be negative");
        check("a,b,3\nb,c,1e400\n", 2, "must be a number");
        check("a,b\nb,\n", 2, "an end of the link is missing");
        check("a,b\nb,\"c\nd,e\n", 2, "not closed");
        check("a b\nb \"c\nd e\n", 2, "not closed");
        check("a,b,c,d\n", 1, "needs a first line with their names");
        check(&format!("a,b\n{}\n", "x".repeat(1_000_000)), 2, "1 fields");
    }

    #[test]
    fn other_things_are_no_table() {
        for text in ["hello, world", "<a b>\n<c d>", "{ \"a\": 1,\n\"b\": 2 }", "graph [\nnode [\n", "word\nword\n"] {
            assert!(!recognises(&Text::new(text.as_bytes()).unwrap()), "{text}");
        }
    }
}
