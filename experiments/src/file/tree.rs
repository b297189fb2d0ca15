//! A JSON document whose every value remembers where it was written.
//!
//! Serde forgets positions as soon as a type is tagged, untagged or flattened. This tree keeps them, so that any
//! later complaint about a field, by the schema, by serde or by a rule across fields, points at the text.

use std::ops::Range;
use std::sync::Arc;

use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions, ast};
use serde_json::Number;

use super::diagnostic::Diagnostic;
use super::path::{Path, Step};

/// Deeper nesting is refused: no experiment needs it, and recursion must stay bounded.
pub const DEEPEST: usize = 64;

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Bytes of the file.
    File(Range<usize>),
    /// An argument of the command line, such as `--set seed=2`.
    Argument(Arc<str>),
}

impl Origin {
    /// The start of the file, for complaints about the file as a whole.
    pub fn start() -> Self {
        Origin::File(0..0)
    }
}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Origin {
    /// As a reader meets them: the file from top to bottom, then the arguments.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Origin::File(a), Origin::File(b)) => (a.start, a.end).cmp(&(b.start, b.end)),
            (Origin::File(_), Origin::Argument(_)) => std::cmp::Ordering::Less,
            (Origin::Argument(_), Origin::File(_)) => std::cmp::Ordering::Greater,
            (Origin::Argument(a), Origin::Argument(b)) => a.cmp(b),
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value itself.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
}

/// A JSON value whose parts remember where they were written.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object, its fields in the order of the file.
    Object(Vec<Member>),
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where the name was written.
    pub name_origin: Origin,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// The field `name`, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members().iter().find(|member| member.name == name).map(|member| &member.node)
    }

    /// The fields, if this is an object.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The elements, if this is a list.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value at `path`.
    pub fn at(&self, path: &Path) -> Option<&Node> {
        path.0.iter().try_fold(self, |node, step| node.child(step))
    }

    /// The value at `path` or, where that is missing, the innermost value around it.
    pub fn nearest(&self, path: &Path) -> &Node {
        let mut node = self;
        for step in &path.0 {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    fn child(&self, step: &Step) -> Option<&Node> {
        match step {
            Step::Field(name) => self.get(name),
            Step::Index(index) => self.elements().get(*index),
        }
    }

    /// The same value without positions.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => number.clone().into(),
            Value::String(text) => text.clone().into(),
            Value::Array(elements) => elements.iter().map(Node::to_json).collect(),
            Value::Object(members) => {
                serde_json::Value::Object(members.iter().map(|m| (m.name.clone(), m.node.to_json())).collect())
            }
        }
    }

    /// What this is, in a sentence: `the number 20`.
    pub fn spoken(&self) -> String {
        match &self.value {
            Value::Null => "null".into(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => format!("the number {number}"),
            Value::String(text) => format!("the text \"{}\"", shortened(text)),
            Value::Array(_) => "a list".into(),
            Value::Object(_) => "an object".into(),
        }
    }
}

/// `text`, cut where it becomes too long for a message.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads JSON with comments and trailing commas.
///
/// # Errors
/// Everything that is wrong with the text as JSON: one error of syntax, or all duplicate fields, unreadable numbers
/// and too deep nesting.
pub fn parse(text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder { text, argument: None, problems: Vec::new() };
    let node = builder.parse()?;
    if builder.problems.is_empty() { Ok(node) } else { Err(builder.problems) }
}

/// Reads a value given on the command line: JSON if it is JSON, else the text itself. Every part of it remembers the
/// argument as its origin.
pub fn parse_argument(text: &str, argument: &Arc<str>) -> Node {
    let mut builder = Builder { text, argument: Some(argument.clone()), problems: Vec::new() };
    match builder.parse() {
        Ok(node) if builder.problems.is_empty() => node,
        _ => Node { value: Value::String(text.to_owned()), origin: Origin::Argument(argument.clone()) },
    }
}

struct Builder<'t> {
    text: &'t str,
    argument: Option<Arc<str>>,
    problems: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn parse(&mut self) -> Result<Node, Vec<Diagnostic>> {
        let text = self.text;
        let options = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
            let range = error.range();
            let kind = error.kind();
            let (range, message, help) = match kind {
                // The parser names everything from the opening bracket to the end; the bracket alone is the point.
                ParseErrorKind::UnterminatedObject => {
                    (range.start..range.start + 1, "this `{` is never closed".into(), None)
                }
                ParseErrorKind::UnterminatedArray => {
                    (range.start..range.start + 1, "this `[` is never closed".into(), None)
                }
                ParseErrorKind::NestingDepthExceeded => (range.start..range.start + 1, too_deep(), None),
                ParseErrorKind::ExpectedComma => (range.start..range.end, "a comma is missing here".to_owned(), None),
                ParseErrorKind::UnexpectedWord | ParseErrorKind::ExpectedStringObjectProperty => (
                    range.start..range.end,
                    format!("not JSON: {}", lower_first(&kind.to_string())),
                    Some("names and texts stand in double quotes"),
                ),
                ParseErrorKind::ExpectedColonAfterObjectKey => {
                    (range.start..range.end, "a colon is missing after the name of this field".to_owned(), None)
                }
                ParseErrorKind::ExpectedObjectValue => {
                    (range.start..range.end, "a value is missing after the colon".to_owned(), None)
                }
                _ => (range.start..range.end, format!("not JSON: {}", lower_first(&kind.to_string())), None),
            };
            let origin = self.origin(within(text, range));
            let mut diagnostic = Diagnostic::error(Path::root(), origin, message);
            diagnostic.help.extend(help.map(str::to_owned));
            vec![diagnostic]
        })?;
        let Some(value) = parsed.value else {
            let problem =
                Diagnostic::error(Path::root(), self.origin(0..0), "there is no experiment in this file".into())
                    .help("start from a commented one: netsim new NAME");
            return Err(vec![problem]);
        };
        Ok(self.node(&value, &Path::root()))
    }

    fn origin(&self, range: Range<usize>) -> Origin {
        match &self.argument {
            Some(argument) => Origin::Argument(argument.clone()),
            None => Origin::File(range),
        }
    }

    fn node(&mut self, value: &ast::Value<'_>, path: &Path) -> Node {
        use jsonc_parser::common::Ranged;
        let range = value.range();
        let origin = self.origin(range.start..range.end);
        let inner = match value {
            ast::Value::Array(_) | ast::Value::Object(_) if path.0.len() >= DEEPEST => {
                // Said once, for the outermost value that is too deep.
                let start = self.origin(range.start..range.start + 1);
                self.problems.push(Diagnostic::error(Path(path.0[..4].to_vec()), start, too_deep()));
                Value::Null
            }
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
            ast::Value::StringLit(literal) => {
                self.check_printable(range.start..range.end, path);
                Value::String(literal.value.clone().into_owned())
            }
            ast::Value::NumberLit(literal) => Value::Number(self.number(literal.value, &origin, path)),
            ast::Value::Array(array) => Value::Array(
                array
                    .elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| self.node(element, &path.index(index)))
                    .collect(),
            ),
            ast::Value::Object(object) => Value::Object(self.members(object, path)),
        };
        Node { value: inner, origin }
    }

    /// JSON wants control characters in texts escaped (RFC 8259, section 7): a raw line break is mostly a forgotten quote.
    fn check_printable(&mut self, range: Range<usize>, path: &Path) {
        let Some((at, found)) = self.text[range.clone()].char_indices().find(|&(_, c)| c < ' ') else { return };
        let message = match found {
            '\n' | '\r' => "a line break inside a text: close the quotes, or write \\n".to_owned(),
            '\t' => "a tab inside a text: write \\t".to_owned(),
            other => format!("a control character inside a text: write \\u{:04x}", u32::from(other)),
        };
        let origin = self.origin(range.start + at..range.start + at + 1);
        self.problems.push(Diagnostic::error(path.clone(), origin, message));
    }

    fn number(&mut self, text: &str, origin: &Origin, path: &Path) -> Number {
        text.parse().unwrap_or_else(|_| {
            let message = match text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok() {
                true => format!("the number {} is not one that JSON and netsim can hold", shortened(text)),
                false => format!("`{}` is not a number", shortened(text)),
            };
            self.problems.push(Diagnostic::error(path.clone(), origin.clone(), message));
            Number::from(0)
        })
    }

    fn members(&mut self, object: &ast::Object<'_>, path: &Path) -> Vec<Member> {
        use jsonc_parser::common::Ranged;
        let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
        let mut names = std::collections::BTreeSet::new();
        for property in &object.properties {
            let range = property.name.range();
            let name_origin = self.origin(range.start..range.end);
            let name = match &property.name {
                ast::ObjectPropName::String(literal) => literal.value.clone().into_owned(),
                ast::ObjectPropName::Word(word) => word.value.to_owned(),
            };
            let path = path.field(&name);
            self.check_printable(range.start..range.end, &path);
            if !names.insert(name.clone()) {
                let message = format!("the field `{}` is given twice", shortened(&name));
                self.problems.push(Diagnostic::error(path, name_origin, message));
                continue;
            }
            let node = self.node(&property.value, &path);
            members.push(Member { name, name_origin, node });
        }
        members
    }
}

fn too_deep() -> String {
    format!("nested more than {DEEPEST} levels deep")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// `range`, moved onto whole characters inside `text`.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
