//! Graphviz: graphs in the DOT language.
//!
//! ```text
//! graph backbone {
//!   edge [bandwidth="10 Gbps"]
//!   rome [label="Rome", pos="12.5,41.9!"]
//!   rome -- milan -- { paris lyon } [delay="4 ms"]
//! }
//! ```
//!
//! Attributes are read by the words of `import/attributes`; `pos` is a place on a drawing, and the
//! label of the graph its title. Defaults (`node [...]`, `edge [...]`) hold for what is named first after them, within
//! their braces, as in Graphviz. A link from or to a subgraph is one to each node in it. `strict` graphs have one link
//! between two nodes, the first. The links of a `digraph` go both ways here as well; where it lists both directions, the
//! survey makes one cable of two. Not read: ports, what subgraphs are called, further graphs in the file.
//!
//! Subgraphs may stand in each other to a depth of `DEEPEST`, and may multiply to few more links than the file has
//! characters. The parser is our own: of those there are one has a licence that ours cannot take in, and none both reads
//! `{ a b } -> c` and names beyond ASCII and is safe from deep nesting.
//!
//! Source: "DOT Language", graphviz.org.

mod lexer;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::lexer::{Keyword, Lexer, Token};
use crate::import::attributes::{Link, LinkWord, Node, NodeWord, Oddities};
use crate::import::lines::quoted;
use crate::import::{Map, MapLink, MapNode, Text, Unreadable};

/// Its name.
pub const NAME: &str = "dot";
/// What it holds.
pub const SUMMARY: &str = "graphs of Graphviz, attributes by common names";
/// Where it is described.
pub const SOURCE: &str = "graphviz.org, DOT Language";

/// How deep subgraphs may stand in each other.
const DEEPEST: usize = 250;
/// How many known attributes a node, a link or a default may have.
const MOST_ATTRIBUTES: usize = 64;
/// Longer values are cut: names are shorter, and a default is copied to all that it holds for.
const LONGEST_VALUE: usize = 100;

pub(super) fn recognises(text: &Text<'_>) -> bool {
    header(&mut Lexer::new(&text.all)).is_ok()
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    let mut lexer = Lexer::new(&text.all);
    let (is_strict, is_directed) = header(&mut lexer)?;
    let mut reader = Reader {
        lexer,
        is_directed,
        one_link: is_strict.then(BTreeSet::new),
        most_links: 100_000 + text.all.len(),
        map: Map::default(),
        numbers: BTreeMap::new(),
        nodes: Vec::new(),
        scopes: vec![Scope::default()],
        odd: Oddities::default(),
        merged: 0,
    };
    reader.statements()?;
    let further = u64::from(reader.lexer.peek().is_ok_and(|next| next.is_some()));
    let Reader { mut map, nodes, mut odd, merged, .. } = reader;
    for (at, attributes) in nodes.into_iter().enumerate() {
        let id = std::mem::take(&mut map.nodes[at].id);
        map.nodes[at] = attributes.finish(id, &mut odd);
    }
    odd.tell(&mut map);
    map.remark("strict", merged, format!("{merged} links repeat others of a strict graph and were left out"));
    map.remark("further_graphs", further, "something follows the graph, and was left out");
    Ok(map)
}

/// Whether the graph is strict and directed; the words to its opening brace are read.
fn header(lexer: &mut Lexer<'_>) -> Result<(bool, bool), Unreadable> {
    let mut next = lexer.next()?;
    let is_strict = next == Some(Token::Keyword(Keyword::Strict));
    if is_strict {
        next = lexer.next()?;
    }
    let is_directed = match next {
        Some(Token::Keyword(Keyword::Graph)) => false,
        Some(Token::Keyword(Keyword::Digraph)) => true,
        _ => return Err(Unreadable::at(lexer.line, "`graph` or `digraph` is expected")),
    };
    let mut next = lexer.next()?;
    if let Some(Token::Id(_)) = next {
        next = lexer.next()?;
    }
    match next {
        Some(Token::Mark('{')) => Ok((is_strict, is_directed)),
        _ => Err(Unreadable::at(lexer.line, "`{` is expected")),
    }
}

/// Attributes by name, the known ones only.
type Attributes<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// What holds within braces.
#[derive(Clone, Default)]
struct Scope<'a> {
    node_defaults: Rc<Attributes<'a>>,
    edge_defaults: Rc<Attributes<'a>>,
    /// The nodes named in it.
    members: Vec<u32>,
    /// The ends of the statement that is being read.
    chain: Vec<End>,
}

/// One end of links.
#[derive(Clone)]
enum End {
    Node(u32),
    Subgraph(Vec<u32>),
}

impl End {
    fn nodes(&self) -> &[u32] {
        match self {
            End::Node(node) => std::slice::from_ref(node),
            End::Subgraph(nodes) => nodes,
        }
    }
}

/// What is known of a node.
struct NodeAttributes<'a> {
    /// Those that held when it was first named.
    defaults: Rc<Attributes<'a>>,
    own: Attributes<'a>,
}

impl NodeAttributes<'_> {
    fn finish(self, id: String, odd: &mut Oddities) -> MapNode {
        let mut node = Node::default();
        let inherited = self.defaults.iter().filter(|(name, _)| !self.own.iter().any(|(own, _)| own == name));
        for (name, value) in inherited.chain(&self.own) {
            // The label that nodes have by themselves.
            if let Some(word) = NodeWord::of(name).filter(|_| value != "\\N") {
                node.take(word, name, shown(value, &id).trim(), odd);
            }
        }
        node.finish(id, odd)
    }
}

/// A text as a drawing shows it, on one line: `\N` stands for the node's own id, `\n`, `\l` and `\r` break lines, and a
/// backslash before anything else is dropped (the type `escString` of Graphviz).
fn shown(text: &str, id: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            shown.push(letter);
            continue;
        }
        match letters.next() {
            Some('N') => shown.push_str(id),
            Some('n' | 'l' | 'r') => shown.push(' '),
            Some(other) => shown.push(other),
            None => {}
        }
    }
    shown
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    is_directed: bool,
    /// The pairs of nodes that have a link, where they may have one only.
    one_link: Option<BTreeSet<(u32, u32)>>,
    most_links: usize,
    map: Map,
    numbers: BTreeMap<String, u32>,
    nodes: Vec<NodeAttributes<'a>>,
    /// Open braces, the innermost last.
    scopes: Vec<Scope<'a>>,
    odd: Oddities,
    merged: u64,
}

impl<'a> Reader<'a> {
    /// Statements to the brace that closes the graph. Subgraphs are kept in a list rather than on the stack.
    fn statements(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.lexer.next()? {
                None => return Err(self.wrong("the file ends before the graph does: a `}` is missing")),
                Some(Token::Mark(';')) => {}
                Some(Token::Mark('}')) => {
                    let Some(closed) = self.scopes.pop().filter(|_| !self.scopes.is_empty()) else { return Ok(()) };
                    let mut seen = BTreeSet::new();
                    let members: Vec<u32> = closed.members.into_iter().filter(|node| seen.insert(*node)).collect();
                    if self.scopes.len() > 1 {
                        self.scope().members.extend(&members);
                    }
                    self.scope().chain.push(End::Subgraph(members));
                    self.rest_of_chain()?;
                }
                Some(token @ (Token::Mark('{') | Token::Keyword(Keyword::Subgraph))) => self.open(&token)?,
                Some(Token::Keyword(keyword @ (Keyword::Node | Keyword::Edge | Keyword::Graph))) => {
                    self.defaults(keyword)?;
                }
                Some(Token::Id(name)) => {
                    if self.lexer.peek()? == Some(&Token::Mark('=')) {
                        self.lexer.next()?;
                        let value = self.id()?;
                        self.graph_attribute(&name, &value);
                        continue;
                    }
                    let node = self.node(name)?;
                    self.scope().chain.push(End::Node(node));
                    self.rest_of_chain()?;
                }
                Some(token) => return Err(self.unexpected(Some(&token), "a node, a link or `}`")),
            }
        }
    }

    fn scope(&mut self) -> &mut Scope<'a> {
        self.scopes.last_mut().expect("the graph itself is open until it is closed")
    }

    fn wrong(&self, why: impl Into<String>) -> Unreadable {
        Unreadable::at(self.lexer.line, why)
    }

    fn unexpected(&self, token: Option<&Token<'_>>, expected: &str) -> Unreadable {
        let found = match token {
            None => "the end of the file".to_owned(),
            Some(Token::Id(id)) => quoted(id),
            Some(Token::Keyword(keyword)) => format!("`{}`", format!("{keyword:?}").to_ascii_lowercase()),
            Some(Token::Mark(mark)) => format!("`{mark}`"),
            Some(Token::Arrow) => "`->`".to_owned(),
            Some(Token::Line) => "`--`".to_owned(),
        };
        self.wrong(format!("{expected} is expected, not {found}"))
    }

    fn id(&mut self) -> Result<Cow<'a, str>, Unreadable> {
        match self.lexer.next()? {
            Some(Token::Id(id)) => Ok(id),
            other => Err(self.unexpected(other.as_ref(), "a name, a number or a text")),
        }
    }

    /// Opens a subgraph, whose first word is `token`.
    fn open(&mut self, token: &Token<'_>) -> Result<(), Unreadable> {
        if *token == Token::Keyword(Keyword::Subgraph) {
            let mut next = self.lexer.next()?;
            if let Some(Token::Id(_)) = next {
                next = self.lexer.next()?;
            }
            if next != Some(Token::Mark('{')) {
                return Err(self.unexpected(next.as_ref(), "`{`"));
            }
        }
        if self.scopes.len() > DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} subgraphs stand in each other")));
        }
        let Scope { node_defaults, edge_defaults, .. } = self.scope();
        let inner = Scope {
            node_defaults: Rc::clone(node_defaults),
            edge_defaults: Rc::clone(edge_defaults),
            ..Scope::default()
        };
        self.scopes.push(inner);
        Ok(())
    }

    /// The rest of a statement whose first end, or a further one, was read.
    fn rest_of_chain(&mut self) -> Result<(), Unreadable> {
        while let Some(operator @ (Token::Arrow | Token::Line)) = self.lexer.peek()? {
            if (*operator == Token::Arrow) != self.is_directed {
                let why = if self.is_directed { "links of a `digraph` are `->`" } else { "links of a `graph` are `--`" };
                return Err(self.wrong(why));
            }
            self.lexer.next()?;
            match self.lexer.next()? {
                Some(Token::Id(name)) => {
                    let node = self.node(name)?;
                    self.scope().chain.push(End::Node(node));
                }
                // The chain goes on when it is closed.
                Some(token @ (Token::Mark('{') | Token::Keyword(Keyword::Subgraph))) => return self.open(&token),
                other => return Err(self.unexpected(other.as_ref(), "the other end of a link")),
            }
        }
        let chain = std::mem::take(&mut self.scope().chain);
        if let [end] = &chain[..] {
            let attributes = self.attributes(|name| NodeWord::of(name).is_some())?;
            if let End::Node(node) = end {
                let line = self.lexer.line;
                let own = &mut self.nodes[*node as usize].own;
                attributes.into_iter().try_for_each(|(name, value)| set(own, name, value, line))?;
            }
            return Ok(());
        }
        self.links(&chain)
    }

    /// Links along a chain of ends, all alike.
    fn links(&mut self, chain: &[End]) -> Result<(), Unreadable> {
        let own = self.attributes(|name| LinkWord::of(name).is_some())?;
        let defaults = Rc::clone(&self.scope().edge_defaults);
        let mut link = Link::default();
        let inherited = defaults.iter().filter(|(name, _)| !own.iter().any(|(own, _)| own == name));
        for (name, value) in inherited.chain(&own) {
            link.take_named(name, &shown(value, ""), &mut self.odd);
        }
        let (facts, relationship) = link.finish(&mut self.odd);
        for pair in chain.windows(2) {
            let (froms, tos) = (pair[0].nodes(), pair[1].nodes());
            if self.map.links.len() + froms.len() * tos.len() > self.most_links {
                let (froms, tos) = (froms.len(), tos.len());
                return Err(self.wrong(format!("links from each of {froms} nodes to each of {tos} are too many")));
            }
            for (from, to) in froms.iter().flat_map(|from| tos.iter().map(|to| (*from, *to))) {
                let ends = if self.is_directed { (from, to) } else { (from.min(to), from.max(to)) };
                if self.one_link.as_mut().is_none_or(|known| known.insert(ends)) {
                    let link = MapLink::new(from, to).with(facts.clone());
                    self.map.links.push(MapLink { relationship, ..link });
                } else {
                    self.merged += 1;
                }
            }
        }
        Ok(())
    }

    /// A node, which may be new, with the port behind its name.
    fn node(&mut self, name: Cow<'a, str>) -> Result<u32, Unreadable> {
        for _ in 0..2 {
            if self.lexer.peek()? == Some(&Token::Mark(':')) {
                self.lexer.next()?;
                self.id()?;
            }
        }
        let number = match self.numbers.get(&*name) {
            Some(number) => *number,
            None => {
                let number = self.map.nodes.len() as u32;
                let defaults = Rc::clone(&self.scope().node_defaults);
                self.nodes.push(NodeAttributes { defaults, own: Vec::new() });
                self.map.nodes.push(MapNode::new(&*name));
                self.numbers.insert(name.into_owned(), number);
                number
            }
        };
        if self.scopes.len() > 1 {
            self.scope().members.push(number);
        }
        Ok(number)
    }

    fn defaults(&mut self, keyword: Keyword) -> Result<(), Unreadable> {
        if self.lexer.peek()? != Some(&Token::Mark('[')) {
            let next = self.lexer.next()?;
            return Err(self.unexpected(next.as_ref(), "`[`"));
        }
        let attributes = self.attributes(|name| match keyword {
            Keyword::Node => NodeWord::of(name).is_some(),
            Keyword::Edge => LinkWord::of(name).is_some(),
            Keyword::Graph | Keyword::Digraph | Keyword::Subgraph | Keyword::Strict => name == "label",
        })?;
        let line = self.lexer.line;
        for (name, value) in attributes {
            match keyword {
                Keyword::Node => set(Rc::make_mut(&mut self.scope().node_defaults), name, value, line)?,
                Keyword::Edge => set(Rc::make_mut(&mut self.scope().edge_defaults), name, value, line)?,
                Keyword::Graph | Keyword::Digraph | Keyword::Subgraph | Keyword::Strict => {
                    self.graph_attribute(&name, &value);
                }
            }
        }
        Ok(())
    }

    fn graph_attribute(&mut self, name: &str, value: &str) {
        if self.scopes.len() == 1 && name.eq_ignore_ascii_case("label") {
            let title = shown(value, "");
            self.map.title = Some(title.trim().chars().take(LONGEST_VALUE).collect()).filter(|title: &String| !title.is_empty());
        }
    }

    /// Lists of attributes in brackets, if any follow: those of a known name.
    fn attributes(&mut self, is_known: impl Fn(&str) -> bool) -> Result<Attributes<'a>, Unreadable> {
        let mut attributes = Vec::new();
        while self.lexer.peek()? == Some(&Token::Mark('[')) {
            self.lexer.next()?;
            loop {
                let name = match self.lexer.next()? {
                    Some(Token::Mark(']')) => break,
                    Some(Token::Mark(';' | ',')) => continue,
                    Some(Token::Id(name)) => name,
                    other => return Err(self.unexpected(other.as_ref(), "the name of an attribute or `]`")),
                };
                // Without a value it is true.
                let mut value = Cow::Borrowed("true");
                if self.lexer.peek()? == Some(&Token::Mark('=')) {
                    self.lexer.next()?;
                    value = self.id()?;
                }
                if is_known(&name) {
                    if let Some((end, _)) = value.char_indices().nth(LONGEST_VALUE) {
                        value.to_mut().truncate(end);
                    }
                    let line = self.lexer.line;
                    set(&mut attributes, name, value, line)?;
                }
            }
        }
        Ok(attributes)
    }
}

/// Sets an attribute, in place of one of the same name.
fn set<'a>(list: &mut Attributes<'a>, name: Cow<'a, str>, value: Cow<'a, str>, line: u64) -> Result<(), Unreadable> {
    match list.iter().position(|(known, _)| *known == name) {
        Some(at) => list[at].1 = value,
        None if list.len() < MOST_ATTRIBUTES => list.push((name, value)),
        None => return Err(Unreadable::at(line, format!("more than {MOST_ATTRIBUTES} attributes in one place"))),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
