//! GML, the Graph Modelling Language: the Topology Zoo, networkx, igraph, yEd.
//!
//! ```text
//! graph [
//!   directed 0
//!   node [ id 1 label "New York" graphics [ x 10 y 20 ] ]
//!   node [ id 2 label "Chicago" ]
//!   edge [ source 1 target 2 LinkSpeedRaw 10000000000.0 ]
//! ]
//! ```
//!
//! Himsolt, "GML: A portable Graph File Format", 1997: lists of keys, each with a number, a string or a list. Nodes are
//! told by their `id`; labels may repeat, and so may edges, whether the file says `multigraph 1` or not. In strings the
//! entities of HTML are replaced. Places in `graphics` have y downwards, as programs that draw write them.
//!
//! Not read: graphs after the first, what stands in further lists, the direction of edges.
//!
//! The tokens are read here: a crate that is still maintained and takes repeated keys, which are the whole of GML, was
//! not found.

use std::borrow::Cow;

use crate::import::attributes::{Link, LinkWord, Node, NodeWord, Oddities, Title, Vocabulary, number_in};
use crate::import::draft::Draft;
use crate::import::lines::quoted;
use crate::import::{Map, MapLink, Text, Unreadable};
use crate::place::Plane;

/// Its name.
pub const NAME: &str = "gml";
/// What it holds.
pub const SUMMARY: &str = "GML, as of the Topology Zoo, networkx, igraph and yEd";
/// Where it is described.
pub const SOURCE: &str = "Himsolt, GML: A portable Graph File Format, 1997";

/// Lists deeper than this are in no file that means well.
const DEEPEST: usize = 64;

pub(super) fn recognises(text: &Text<'_>) -> bool {
    // Other lists and keys may stand before the graph: `Creator "yFiles"`, `Version "2.2"`.
    let mut tokens = Tokens::new(&text.all);
    for _ in 0..20 {
        match tokens.next() {
            Ok(Some(Token::Key("graph"))) => return matches!(tokens.next(), Ok(Some(Token::Open))),
            Ok(Some(Token::Key(_))) => match tokens.next() {
                Ok(Some(Token::Number(_) | Token::Text(_))) => {}
                Ok(Some(Token::Open | Token::Close | Token::Key(_)) | None) | Err(_) => return false,
            },
            Ok(Some(Token::Open | Token::Close | Token::Number(_) | Token::Text(_)) | None) | Err(_) => return false,
        }
    }
    false
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut reader = Reader::new(&text.all);
    while let Some((key, value)) = reader.entry(Until::End)? {
        match (key, value) {
            ("graph", Value::List) if !reader.has_graph => reader.graph()?,
            ("graph", Value::List) => {
                reader.further_graphs += 1;
                reader.tokens.skip_list()?;
            }
            (_, Value::List) => reader.tokens.skip_list()?,
            (_, Value::Number(_) | Value::Text(_)) => {}
        }
    }
    reader.finish()
}

/// What stands behind a key.
enum Value<'a> {
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A list begins.
    List,
}

/// Where the entries that are read end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// At the end of the list.
    Close,
    /// At the end of the file.
    End,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    node_words: Vocabulary<NodeWord>,
    link_words: Vocabulary<LinkWord>,
    draft: Draft,
    odd: Oddities,
    title: Title,
    has_graph: bool,
    is_directed: bool,
    further_graphs: u64,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader {
            tokens: Tokens::new(text),
            node_words: Vocabulary::new(NodeWord::of),
            link_words: Vocabulary::new(LinkWord::of),
            draft: Draft::default(),
            odd: Oddities::default(),
            title: Title::default(),
            has_graph: false,
            is_directed: false,
            further_graphs: 0,
        }
    }

    /// The next key with its value, up to the end of the list or file.
    fn entry(&mut self, until: Until) -> Result<Option<(&'a str, Value<'a>)>, Unreadable> {
        let wrong = |line: u64, why: &str| Err(Unreadable::at(line, why));
        let key = match self.tokens.next()? {
            Some(Token::Key(key)) => key,
            Some(Token::Close) if until == Until::Close => return Ok(None),
            None if until == Until::End => return Ok(None),
            None => return wrong(self.tokens.line, "the file ends in the middle: a `]` is missing"),
            Some(Token::Close) => return wrong(self.tokens.line, "a `]` too many"),
            Some(Token::Open | Token::Number(_) | Token::Text(_)) => {
                return wrong(self.tokens.line, "a key is missing: each value has one before it");
            }
        };
        let value = match self.tokens.next()? {
            Some(Token::Number(number)) => Value::Number(number),
            Some(Token::Text(text)) => Value::Text(decoded(text)),
            Some(Token::Open) => Value::List,
            // Not in the grammar, and common: NAN, INF, true.
            Some(Token::Key(word)) => Value::Text(Cow::Borrowed(word)),
            Some(Token::Close) | None => {
                let why = format!("{} has no value", quoted(key));
                return wrong(self.tokens.line, &why);
            }
        };
        Ok(Some((key, value)))
    }

    fn graph(&mut self) -> Result<(), Unreadable> {
        self.has_graph = true;
        while let Some((key, value)) = self.entry(Until::Close)? {
            match (key, value) {
                ("node", Value::List) => self.node()?,
                ("edge", Value::List) => self.edge()?,
                (_, Value::List) => self.tokens.skip_list()?,
                ("directed", Value::Number(number)) => self.is_directed = number_in(number) == Some(1.0),
                (name, Value::Number(value)) => self.title.take(name, value),
                (name, Value::Text(value)) => self.title.take(name, &value),
            }
        }
        Ok(())
    }

    fn node(&mut self) -> Result<(), Unreadable> {
        let line = self.tokens.line;
        let (mut id, mut node) = (None, Node::default());
        let (mut has_x, mut is_group) = (false, false);
        while let Some((key, value)) = self.entry(Until::Close)? {
            let value = match value {
                Value::List if key == "graphics" => {
                    self.graphics(&mut node)?;
                    continue;
                }
                Value::List => {
                    self.tokens.skip_list()?;
                    continue;
                }
                Value::Number(number) => Cow::Borrowed(number),
                Value::Text(text) => text,
            };
            match key {
                "id" => id = Some(value.trim().to_owned()),
                "isGroup" => is_group = number_in(&value) == Some(1.0),
                _ => match self.node_words.get(key) {
                    // networkx writes each number of a position under the same key.
                    Some(NodeWord::Position) if number_in(&value).is_some() => {
                        let word = if has_x { NodeWord::Y } else { NodeWord::X };
                        has_x = true;
                        node.take(word, key, &value, &mut self.odd);
                    }
                    Some(word) => node.take(word, key, &value, &mut self.odd),
                    None => {}
                },
            }
        }
        let Some(id) = id else { return Err(Unreadable::at(line, "a node has no `id`")) };
        let node = node.finish(id, &mut self.odd);
        let number = self.draft.node(node).map_err(|why| Unreadable::at(line, why))?;
        if is_group {
            self.draft.frame(number);
        }
        Ok(())
    }

    /// How a program that draws shows a node.
    fn graphics(&mut self, node: &mut Node) -> Result<(), Unreadable> {
        let (mut x, mut y) = (None, None);
        while let Some((key, value)) = self.entry(Until::Close)? {
            match (key, value) {
                ("x", Value::Number(number)) => x = number_in(number),
                ("y", Value::Number(number)) => y = number_in(number),
                (_, Value::List) => self.tokens.skip_list()?,
                (_, Value::Number(_) | Value::Text(_)) => {}
            }
        }
        if let (Some(x), Some(y)) = (x, y) {
            node.put(Plane { x, y: -y });
        }
        Ok(())
    }

    fn edge(&mut self) -> Result<(), Unreadable> {
        let line = self.tokens.line;
        let (mut from, mut to, mut link) = (None, None, Link::default());
        while let Some((key, value)) = self.entry(Until::Close)? {
            let value = match value {
                Value::List => {
                    self.tokens.skip_list()?;
                    continue;
                }
                Value::Number(number) => Cow::Borrowed(number),
                Value::Text(text) => text,
            };
            match key {
                "source" => from = Some(value),
                "target" => to = Some(value),
                _ => {
                    if let Some(word) = self.link_words.get(key) {
                        link.take(word, key, &value, &mut self.odd);
                    }
                }
            }
        }
        let missing = |end: &str| Unreadable::at(line, format!("an edge has no `{end}`"));
        let (from, to) = (from.ok_or_else(|| missing("source"))?, to.ok_or_else(|| missing("target"))?);
        let (facts, relationship) = link.finish(&mut self.odd);
        self.draft.link(from.trim(), to.trim(), line, |link| MapLink { relationship, ..link.with(facts) });
        Ok(())
    }

    fn finish(self) -> Result<Map, Unreadable> {
        let Reader { draft, odd, title, has_graph, is_directed, further_graphs, .. } = self;
        if !has_graph {
            return Err(Unreadable::whole("there is no `graph [ … ]`"));
        }
        let mut map = draft.finish(Unreadable::at)?;
        map.title = title.finish();
        odd.tell(&mut map);
        map.remark("further_graphs", further_graphs, format!("{further_graphs} graphs after the first were left out"));
        let directed = if is_directed { map.links.len() as u64 } else { 0 };
        map.remark("directed", directed, format!("{directed} edges have a direction: cables carry both ways"));
        Ok(map)
    }
}

/// A string with its entities replaced; what is none stays.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        all.push_str(&rest[..start]);
        rest = &rest[start..];
        // The longest name of an entity has 31 letters.
        let end = rest.bytes().take(40).position(|byte| byte == b';');
        let replacement = end.and_then(|end| entity(&rest[1..end]).map(|replacement| (end, replacement)));
        match replacement {
            Some((end, replacement)) => {
                all.push_str(&replacement);
                rest = &rest[end + 1..];
            }
            None => {
                all.push('&');
                rest = &rest[1..];
            }
        }
    }
    all.push_str(rest);
    Cow::Owned(all)
}

fn entity(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return quick_xml::escape::resolve_html5_entity(name).map(Cow::Borrowed);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
        None => number.parse().ok()?,
    };
    // A zero is no text.
    char::from_u32(code).filter(|character| *character != '\0').map(|character| Cow::Owned(character.to_string()))
}

/// A token of GML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Key(&'a str),
    Number(&'a str),
    /// A string as it is written.
    Text(&'a str),
    Open,
    Close,
}

/// The tokens of a text.
struct Tokens<'a> {
    rest: &'a str,
    /// The line of the last token, from 1.
    line: u64,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Tokens { rest: text, line: 1 }
    }

    /// Cuts off `count` bytes.
    fn cut(&mut self, count: usize) -> &'a str {
        let (cut, rest) = self.rest.split_at(count);
        self.rest = rest;
        self.line += cut.bytes().filter(|byte| *byte == b'\n').count() as u64;
        cut
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, Unreadable> {
        loop {
            let blanks = self.rest.len() - self.rest.trim_start().len();
            self.cut(blanks);
            if !self.rest.starts_with('#') {
                break;
            }
            // A comment, to the end of the line.
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.cut(end);
        }
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        Ok(Some(match first {
            '[' => {
                self.cut(1);
                Token::Open
            }
            ']' => {
                self.cut(1);
                Token::Close
            }
            '"' => {
                let Some(end) = self.rest[1..].find('"') else {
                    return Err(Unreadable::at(self.line, "a string has no end: a `\"` is missing"));
                };
                let text = self.cut(end + 2);
                Token::Text(&text[1..=end])
            }
            _ => {
                let end = self.rest.find(|c: char| c.is_whitespace() || "[]\"#".contains(c));
                let word = self.cut(end.unwrap_or(self.rest.len()));
                match first {
                    '0'..='9' | '+' | '-' | '.' => Token::Number(word),
                    _ if first.is_alphabetic() || first == '_' => Token::Key(word),
                    _ => {
                        let why = format!("{} is neither a key nor a number, a string or a list", quoted(word));
                        return Err(Unreadable::at(self.line, why));
                    }
                }
            }
        }))
    }

    /// Reads on to the end of the list whose beginning was the last token.
    fn skip_list(&mut self) -> Result<(), Unreadable> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Some(Token::Open) if depth == DEEPEST => {
                    return Err(Unreadable::at(self.line, format!("lists are nested deeper than {DEEPEST}")));
                }
                Some(Token::Open) => depth += 1,
                Some(Token::Close) => depth -= 1,
                Some(Token::Key(_) | Token::Number(_) | Token::Text(_)) => {}
                None => return Err(Unreadable::at(self.line, "the file ends in the middle: a `]` is missing")),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
