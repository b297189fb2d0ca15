//! GraphML: the Topology Zoo, networkx, igraph, yEd, and `netsim topo convert`.
//!
//! Brandes, Eiglsperger, Herman, Himsolt and Marshall, "GraphML Progress Report", 2001, and the schema 1.1 at
//! graphml.graphdrawing.org. Attributes are known by the `attr.name` of their key, never by its id, and the same name may
//! be declared apart for nodes, edges and the graph; a key without a name, or one that is not declared, has its id for a
//! name. `attr.type` says nothing that the value does not.
//!
//! Graphs within nodes are taken as parts of the one network; a node that holds a graph, and to which no edge leads, is a
//! frame and left out. A directed edge is a cable as any other. Of yEd's own elements the label and the place count.
//!
//! Not read: hyperedges (the elements; the Zoo's `hyperedge` is an attribute of nodes, and is read), ports, edges that go
//! to a graph within an edge, graphs after the first.

use std::collections::BTreeMap;

use crate::import::attributes::{Link, LinkWord, Node, NodeWord, Oddities, Title, number_in};
use crate::import::draft::Draft;
use crate::import::xml::{Piece, Tag, Xml, root};
use crate::import::{Map, MapLink, Text, Unreadable};
use crate::place::Plane;

/// Its name.
pub const NAME: &str = "graphml";
/// What it holds.
pub const SUMMARY: &str = "GraphML, as of the Topology Zoo, networkx, igraph and yEd";
/// Where it is described.
pub const SOURCE: &str = "http://graphml.graphdrawing.org, http://www.topology-zoo.org";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    root(&text.all).is_some_and(|root| root.name() == "graphml")
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    if !recognises(text) {
        return Err(Unreadable::whole("the outermost element of GraphML is `graphml`"));
    }
    let mut reader = Reader { xml: Xml::new(&text.all), ..Reader::default() };
    reader.all()?;
    reader.finish()
}

/// What the keys of one kind of element mean.
struct Keys<W> {
    by_id: BTreeMap<Box<str>, Key<W>>,
    /// For elements that do not give them: the key's number is its place here.
    defaults: Vec<(W, Box<str>, String)>,
}

struct Key<W> {
    name: Box<str>,
    word: Option<W>,
    /// Its number among those with a default.
    default: Option<usize>,
}

/// A set of numbers of keys that have a default.
type Given = u128;

impl<W: Copy> Keys<W> {
    fn new() -> Self {
        Keys { by_id: BTreeMap::new(), defaults: Vec::new() }
    }

    /// Declares a key, the first of its id. Returns whether there are too many with a default.
    fn declare(&mut self, id: &str, name: &str, word: Option<W>, default: Option<&str>) -> bool {
        if self.by_id.contains_key(id) {
            return false;
        }
        let default = word.zip(default).map(|(word, value)| {
            self.defaults.push((word, name.into(), value.to_owned()));
            self.defaults.len() - 1
        });
        self.by_id.insert(id.into(), Key { name: name.into(), word, default });
        self.defaults.len() > Given::BITS as usize
    }

    /// The key of this id; one that was not declared has its id for a name.
    fn get(&mut self, id: &str, word: impl Fn(&str) -> Option<W>) -> &Key<W> {
        if !self.by_id.contains_key(id) {
            self.declare(id, id, word(id), None);
        }
        &self.by_id[id]
    }
}

/// An element that holds others, and is not at its end yet.
enum Open {
    Graphml,
    Graph { is_directed: bool },
    Node(Box<OpenNode>),
}

struct OpenNode {
    id: String,
    at: u64,
    node: Node,
    given: Given,
    /// It holds a graph.
    is_frame: bool,
}

/// What a `data` element holds.
#[derive(Default)]
struct Data {
    text: String,
    /// A label as yEd writes it.
    label: Option<String>,
    /// A place as yEd writes it.
    place: Option<Plane>,
}

struct Reader<'a> {
    xml: Xml<'a>,
    of_nodes: Keys<NodeWord>,
    of_links: Keys<LinkWord>,
    of_graphs: BTreeMap<Box<str>, Box<str>>,
    open: Vec<Open>,
    draft: Draft,
    odd: Oddities,
    title: Title,
    graphs: u64,
    inner_graphs: u64,
    further_graphs: u64,
    directed: u64,
    ports: u64,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Reader {
            xml: Xml::new(""),
            of_nodes: Keys::new(),
            of_links: Keys::new(),
            of_graphs: BTreeMap::new(),
            open: Vec::new(),
            draft: Draft::default(),
            odd: Oddities::default(),
            title: Title::default(),
            graphs: 0,
            inner_graphs: 0,
            further_graphs: 0,
            directed: 0,
            ports: 0,
        }
    }
}

impl<'a> Reader<'a> {
    fn wrong(&self, at: u64, why: impl Into<String>) -> Unreadable {
        Unreadable::at(self.xml.line(at), why)
    }

    fn all(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.xml.next()? {
                Piece::Open(tag) => self.element(&tag)?,
                Piece::Close => match self.open.pop() {
                    Some(Open::Node(node)) => self.end_node(*node)?,
                    Some(Open::Graphml | Open::Graph { .. }) | None => {}
                },
                Piece::Text(_) => {}
                Piece::End => return Ok(()),
            }
        }
    }

    fn element(&mut self, tag: &Tag<'a>) -> Result<(), Unreadable> {
        match (tag.name(), self.open.last_mut()) {
            ("graphml", None) => self.open.push(Open::Graphml),
            ("key", Some(Open::Graphml)) => self.key(tag)?,
            ("graph", Some(Open::Graphml)) if self.graphs > 0 => {
                self.further_graphs += 1;
                self.xml.skip()?;
            }
            ("graph", Some(Open::Graphml)) => {
                self.graphs += 1;
                self.graph(tag)?;
            }
            ("graph", Some(Open::Node(node))) => {
                self.inner_graphs += 1;
                node.is_frame = true;
                self.graph(tag)?;
            }
            ("node", Some(Open::Graph { .. })) => {
                let id = tag.required("id")?.into_owned();
                let node = OpenNode { id, at: tag.at, node: Node::default(), given: 0, is_frame: false };
                self.open.push(Open::Node(Box::new(node)));
            }
            ("edge", Some(Open::Graph { is_directed })) => {
                let is_directed = *is_directed;
                self.edge(tag, is_directed)?;
            }
            ("hyperedge", Some(Open::Graph { .. })) => {
                return Err(self.wrong(
                    tag.at,
                    "a hyperedge joins any number of nodes, and a cable two: make it a node, with an edge to each",
                ));
            }
            ("port", Some(Open::Node(_))) => {
                self.ports += 1;
                self.xml.skip()?;
            }
            ("data", Some(Open::Node(_))) => self.node_data(tag)?,
            ("data", Some(Open::Graph { .. })) if self.inner_graphs == 0 => {
                let id = tag.required("key")?;
                let value = self.xml.text()?;
                let name = self.of_graphs.get(&*id).map_or(&*id, |name| name);
                self.title.take(name, &value);
            }
            // Descriptions, data of inner graphs, and what is not of GraphML.
            (_, _) => self.xml.skip()?,
        }
        Ok(())
    }

    fn graph(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let is_directed = tag.attribute("edgedefault")?.as_deref() == Some("directed");
        self.open.push(Open::Graph { is_directed });
        Ok(())
    }

    fn key(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let id = tag.required("id")?;
        let name = tag.attribute("attr.name")?.unwrap_or_else(|| id.clone());
        let whose = tag.attribute("for")?;
        let default = self.key_default()?;
        let default = default.as_deref();
        let (of_nodes, of_links, of_graphs) = match whose.as_deref() {
            Some("node") => (true, false, false),
            Some("edge") => (false, true, false),
            Some("graph") => (false, false, true),
            Some("port" | "hyperedge" | "endpoint" | "graphml") => (false, false, false),
            // `all`, and what some tools make of it.
            Some(_) | None => (true, true, true),
        };
        let mut too_many = false;
        if of_nodes {
            too_many |= self.of_nodes.declare(&id, &name, NodeWord::of(&name), default);
        }
        if of_links {
            too_many |= self.of_links.declare(&id, &name, LinkWord::of(&name), default);
        }
        if of_graphs {
            self.of_graphs.entry((*id).into()).or_insert((*name).into());
        }
        if too_many {
            return Err(self.wrong(tag.at, format!("more than {} keys have a default", Given::BITS)));
        }
        Ok(())
    }

    /// Reads a key to its end.
    fn key_default(&mut self) -> Result<Option<String>, Unreadable> {
        let mut default = None;
        loop {
            match self.xml.next()? {
                Piece::Open(tag) if tag.name() == "default" => default = Some(self.xml.text()?),
                Piece::Open(_) => self.xml.skip()?,
                Piece::Text(_) => {}
                Piece::Close | Piece::End => return Ok(default),
            }
        }
    }

    /// Reads a `data` element to its end.
    fn data(&mut self) -> Result<Data, Unreadable> {
        let mut data = Data::default();
        let mut depth = 0;
        loop {
            match self.xml.next()? {
                Piece::Open(tag) if matches!(tag.name(), "NodeLabel" | "EdgeLabel") => {
                    let label = self.xml.text()?;
                    data.label.get_or_insert(label);
                }
                Piece::Open(tag) => {
                    depth += 1;
                    if tag.name() == "Geometry" && data.place.is_none() {
                        let number = |name| Ok(tag.attribute(name)?.as_deref().and_then(number_in));
                        // The file's y goes downwards.
                        let place = number("x")?.zip(number("y")?);
                        data.place = place.map(|(x, y)| Plane { x, y: -y });
                    }
                }
                Piece::Text(text) if depth == 0 => data.text.push_str(&text),
                Piece::Text(_) => {}
                Piece::Close if depth > 0 => depth -= 1,
                Piece::Close | Piece::End => return Ok(data),
            }
        }
    }

    fn node_data(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let id = tag.required("key")?;
        let data = self.data()?;
        let key = self.of_nodes.get(&id, NodeWord::of);
        let Some(Open::Node(open)) = self.open.last_mut() else { return Ok(()) };
        if let Some(number) = key.default {
            open.given |= 1 << number;
        }
        if let Some(label) = data.label {
            open.node.take(NodeWord::Label(0), "label", &label, &mut self.odd);
        }
        if let Some(place) = data.place {
            open.node.put(place);
        }
        if let Some(word) = key.word {
            open.node.take(word, &key.name, &data.text, &mut self.odd);
        }
        Ok(())
    }

    fn end_node(&mut self, mut open: OpenNode) -> Result<(), Unreadable> {
        for (number, (word, name, value)) in self.of_nodes.defaults.iter().enumerate() {
            if open.given & (1 << number) == 0 {
                open.node.take(*word, name, value, &mut self.odd);
            }
        }
        let node = open.node.finish(open.id, &mut self.odd);
        let number = self.draft.node(node).map_err(|why| Unreadable::at(self.xml.line(open.at), why))?;
        if open.is_frame {
            self.draft.frame(number);
        }
        Ok(())
    }

    fn edge(&mut self, tag: &Tag<'_>, is_directed: bool) -> Result<(), Unreadable> {
        let (from, to) = (tag.required("source")?, tag.required("target")?);
        self.directed += u64::from(match tag.attribute("directed")?.as_deref() {
            Some(own) => own == "true",
            None => is_directed,
        });
        let mut link = Link::default();
        let mut given: Given = 0;
        loop {
            match self.xml.next()? {
                Piece::Open(inner) if inner.name() == "data" => {
                    let id = inner.required("key")?;
                    let data = self.data()?;
                    let key = self.of_links.get(&id, LinkWord::of);
                    if let Some(number) = key.default {
                        given |= 1 << number;
                    }
                    if let Some(label) = &data.label {
                        link.take(LinkWord::LABEL, "label", label, &mut self.odd);
                    }
                    if let Some(word) = key.word {
                        link.take(word, &key.name, &data.text, &mut self.odd);
                    }
                }
                Piece::Open(_) => self.xml.skip()?,
                Piece::Text(_) => {}
                Piece::Close | Piece::End => break,
            }
        }
        for (number, (word, name, value)) in self.of_links.defaults.iter().enumerate() {
            if given & (1 << number) == 0 {
                link.take(*word, name, value, &mut self.odd);
            }
        }
        let (facts, relationship) = link.finish(&mut self.odd);
        self.draft.link(&from, &to, tag.at, |link| MapLink { relationship, ..link.with(facts) });
        Ok(())
    }

    fn finish(self) -> Result<Map, Unreadable> {
        let Reader { xml, draft, odd, title, inner_graphs, further_graphs, directed, ports, .. } = self;
        let mut map = draft.finish(|at, why| Unreadable::at(xml.line(at), why))?;
        map.title = title.finish();
        odd.tell(&mut map);
        let text = format!("{inner_graphs} graphs within nodes were taken as parts of the one network");
        map.remark("inner_graphs", inner_graphs, text);
        map.remark("further_graphs", further_graphs, format!("{further_graphs} graphs after the first were left out"));
        map.remark("directed", directed, format!("{directed} edges have a direction: cables carry both ways"));
        map.remark("ports", ports, format!("{ports} ports of nodes were left out: edges lead to the node"));
        Ok(map)
    }
}

#[cfg(test)]
mod tests;
