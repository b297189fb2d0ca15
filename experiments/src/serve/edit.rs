//! Changes to the text of an experiment that leave everything else as it was written: comments, blank lines, the order of
//! fields.
//!
//! The tree knows where each value stands, so a change is a few insertions and replacements at these places. What is
//! inserted looks like the rest of the gallery: an event on a line of its own, `{ "at": "20 s", "link_down": "A-B" }`.
//! (jsonc-parser has an editable tree, but that spreads every inserted object over several lines.)

use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use sim_core::LinkSpec;
use sim_core::time::Duration;

use crate::file::path::{Path, Step};
use crate::file::spec::Event;
use crate::file::tree::{Member, Node, Origin, Value, parse};

/// Lines of lists that were one line become several beyond this length.
const LONGEST_LINE: usize = 120;

/// A change that somebody makes by clicking.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Something happens at a time: an element of `events`, in the form that it has in the file.
    Event(Json),
    /// The event of this index no longer happens.
    RemoveEvent(usize),
    /// A value is replaced, or a field is added.
    Set {
        /// Names of fields and indices of elements, from the root.
        path: Vec<PathStep>,
        /// The new value.
        value: Json,
    },
    /// A cable of an explicit topology is another from the start.
    Link(LinkEdit),
}

/// A step of a path as JSON has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum PathStep {
    /// An element of a list.
    Index(usize),
    /// A field.
    Field(String),
}

/// A change of a cable in `topology.links`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkEdit {
    /// Its index there.
    pub index: usize,
    /// Its ends, as they were when it was clicked: the text may have changed since.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// One direction only.
    #[serde(default)]
    pub direction: Option<Way>,
    /// What changes.
    pub field: LinkField,
    /// Its new value.
    pub value: Json,
}

/// A direction of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From `from` to `to`.
    Forward,
    /// From `to` to `from`.
    Backward,
}

/// What of a cable can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkField {
    /// Its bit rate.
    Bandwidth,
    /// Its propagation delay.
    Delay,
    /// Its cost for routing.
    Cost,
}

impl LinkField {
    fn name(self) -> &'static str {
        match self {
            LinkField::Bandwidth => "bandwidth",
            LinkField::Delay => "delay",
            LinkField::Cost => "cost",
        }
    }
}

/// A text after a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// All of it.
    pub text: String,
    /// What is new in it, in bytes.
    pub changed: Range<usize>,
}

impl Edit {
    /// Makes the change in `text`.
    ///
    /// # Errors
    /// Says why it cannot be made.
    pub fn apply(&self, text: &str) -> Result<Edited, String> {
        let tree = parse(text).map_err(|said| {
            let why = said.first().map(|one| one.message.as_str()).unwrap_or_default();
            format!("the text is not JSON yet ({why}): mend that first")
        })?;
        let sheet = Sheet { text, tree: &tree };
        let splices = match self {
            Edit::Event(event) => sheet.add_event(event)?,
            Edit::RemoveEvent(index) => sheet.remove_event(*index)?,
            Edit::Set { path, value } => {
                let step = |step: &PathStep| match step {
                    PathStep::Index(index) => Step::Index(*index),
                    PathStep::Field(name) => Step::Field(name.clone()),
                };
                sheet.set(&Path(path.iter().map(step).collect()), value)?
            }
            Edit::Link(edit) => sheet.change_link(edit)?,
        };
        Ok(spliced(text, splices))
    }
}

/// A replacement of a stretch of the text.
#[derive(Clone, Debug)]
struct Splice {
    range: Range<usize>,
    with: String,
}

impl Splice {
    fn insert(at: usize, with: String) -> Self {
        Splice { range: at..at, with }
    }
}

/// Makes replacements, which must not overlap; of those at one place the first comes first.
fn spliced(text: &str, mut splices: Vec<Splice>) -> Edited {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut edited = String::with_capacity(text.len() + 128);
    let mut until = 0;
    let mut changed: Option<Range<usize>> = None;
    for Splice { range, with } in splices {
        edited.push_str(&text[until..range.start]);
        let from = edited.len();
        edited.push_str(&with);
        // The comma that an insertion needs before it is not what anyone looks for.
        if with != "," || changed.is_none() {
            let lead = with.len() - with.trim_start_matches([',', ' ', '\n']).len();
            changed = Some(from + lead..edited.len());
        }
        until = range.end;
    }
    edited.push_str(&text[until..]);
    let end = edited.len();
    Edited { text: edited, changed: changed.unwrap_or(end..end) }
}

/// Where a value stands. A text that was parsed has no other origins.
fn range_of(origin: &Origin) -> Range<usize> {
    match origin {
        Origin::File(range) => range.clone(),
        Origin::Argument(_) => 0..0,
    }
}

fn of_member(member: &Member) -> Range<usize> {
    range_of(&member.name_origin).start..range_of(&member.node.origin).end
}

/// A text and its tree.
struct Sheet<'a> {
    text: &'a str,
    tree: &'a Node,
}

impl Sheet<'_> {
    fn add_event(&self, event: &Json) -> Result<Vec<Splice>, String> {
        let event: Event =
            serde_json::from_value(event.clone()).map_err(|error| format!("this is no event: {error}"))?;
        let new = serde_json::to_value(&event).expect("an event is JSON");
        let new =
            new.as_object().filter(|new| new.len() == 2).ok_or("an event needs a time and one thing that happens")?;
        let (verb, target) = new.iter().find(|(name, _)| *name != "at").ok_or("say what happens")?;
        let item = in_house(&Json::Object(new.clone()));
        let Some(events) = self.tree.get("events") else { return self.add_first_event(&item) };
        if !matches!(events.value, Value::Array(_)) {
            return Err("`events` is not a list".into());
        }
        let time = |element: &Node| element.get("at")?.as_str()?.parse::<Duration>().ok();
        for element in events.elements().iter().filter(|element| time(element) == Some(event.at)) {
            if let Some(splices) = instead(element, verb, target)? {
                return Ok(splices);
            }
        }
        let elements = events.elements();
        let position = match self.sweeps_over_events() {
            true => elements.len(),
            false => elements.iter().rposition(|element| time(element) <= Some(event.at)).map_or(0, |at| at + 1),
        };
        let items: Vec<Range<usize>> = elements.iter().map(|element| range_of(&element.origin)).collect();
        Ok(self.insert(&range_of(&events.origin), &items, position, &item, Empty::OnLinesOfItsOwn))
    }

    /// The list of events itself, behind the flows.
    fn add_first_event(&self, item: &str) -> Result<Vec<Splice>, String> {
        let members = self.tree.members();
        let behind = ["events", "flows", "routing", "topology"]
            .iter()
            .find_map(|name| members.iter().position(|member| member.name == *name));
        let position = behind.map_or(members.len(), |at| at + 1);
        let indent = members.first().map_or("  ".into(), |member| self.indent(of_member(member).start));
        let list = format!("\"events\": [\n{indent}  {item}\n{indent}]");
        self.insert_member(self.tree, position, &list)
    }

    fn remove_event(&self, index: usize) -> Result<Vec<Splice>, String> {
        let events = self.tree.get("events").filter(|events| index < events.elements().len());
        let events = events.ok_or_else(|| format!("there is no event {index}"))?;
        if self.sweeps_over_events() {
            return Err(
                "the sweep of this experiment speaks of events by their number, which would change: remove the \
                        event in the text"
                    .into(),
            );
        }
        let items: Vec<Range<usize>> = events.elements().iter().map(|element| range_of(&element.origin)).collect();
        Ok(self.remove(&range_of(&events.origin), &items, index))
    }

    /// Whether a sweep replaces values of events, by their index.
    fn sweeps_over_events(&self) -> bool {
        let lists = ["grid", "zip"].into_iter().filter_map(|list| self.tree.get("sweep")?.get(list));
        lists.flat_map(Node::members).any(|member| member.name.starts_with("events"))
    }

    fn set(&self, path: &Path, value: &Json) -> Result<Vec<Splice>, String> {
        let new = in_house(value);
        if let Some(node) = self.tree.at(path) {
            return Ok(vec![Splice { range: range_of(&node.origin), with: new }]);
        }
        let Some((Step::Field(name), above)) = path.0.split_last() else {
            return Err(format!("there is no `{path}`"));
        };
        let above = Path(above.to_vec());
        match self.tree.at(&above) {
            Some(object @ Node { value: Value::Object(members), .. }) => {
                self.insert_member(object, members.len(), &format!("{}: {new}", Json::from(name.as_str())))
            }
            Some(_) => Err(format!("`{above}` has no fields")),
            None if above.0.is_empty() => Err("the text is not an experiment".into()),
            None => self.set(&above, &json!({ name: value })),
        }
    }

    fn change_link(&self, edit: &LinkEdit) -> Result<Vec<Splice>, String> {
        let at = Path::root().field("topology").field("links").index(edit.index);
        let (from, to) = (edit.from.as_str(), edit.to.as_str());
        let is_it = |entry: &&Node| {
            let end = |name: &str| entry.get(name).and_then(Node::as_str);
            end("from") == Some(from) && end("to") == Some(to)
        };
        let entry = self.tree.at(&at).filter(is_it);
        let entry =
            entry.ok_or_else(|| format!("the text no longer lists a cable from `{from}` to `{to}` at this place"))?;
        let field = edit.field.name();
        let (forward, backward) = (at.field(field), at.field("reverse").field(field));
        let has_own_way_back = self.tree.at(&backward).is_some();
        match edit.direction {
            None if has_own_way_back => {
                Ok([self.set(&forward, &edit.value)?, self.set(&backward, &edit.value)?].concat())
            }
            None => self.set(&forward, &edit.value),
            Some(Way::Backward) => self.set(&backward, &edit.value),
            Some(Way::Forward) if has_own_way_back => self.set(&forward, &edit.value),
            Some(Way::Forward) => {
                // The way back stays as it is, so from now on it must say so itself.
                let usual = || serde_json::to_value(LinkSpec::default()).expect("a link is JSON")[field].clone();
                let was = entry.get(field).map_or_else(usual, Node::to_json);
                match (entry.get(field), entry.get("reverse")) {
                    (None, None) => {
                        let both =
                            format!("{}, {}", member(field, &edit.value), member("reverse", &json!({ field: was })));
                        self.insert_member(entry, entry.members().len(), &both)
                    }
                    (Some(_), _) | (None, Some(_)) => {
                        Ok([self.set(&forward, &edit.value)?, self.set(&backward, &was)?].concat())
                    }
                }
            }
        }
    }

    fn insert_member(&self, object: &Node, position: usize, member: &str) -> Result<Vec<Splice>, String> {
        if !matches!(object.value, Value::Object(_)) {
            return Err("the text is not an experiment".into());
        }
        let items: Vec<Range<usize>> = object.members().iter().map(of_member).collect();
        Ok(self.insert(&range_of(&object.origin), &items, position, member, Empty::OnOneLine))
    }

    /// Inserts an element or a field before `items[position]`, or behind all. `outer` is what stands around them, with its
    /// brackets.
    fn insert(
        &self,
        outer: &Range<usize>,
        items: &[Range<usize>],
        position: usize,
        new: &str,
        if_empty: Empty,
    ) -> Vec<Splice> {
        let text = self.text;
        let (open, close) = (outer.start + 1, outer.end - 1);
        let outside = self.indent(outer.start);
        let Some(first) = items.first() else {
            let inside = text[open..close].trim_end();
            let tail = open + inside.len()..close;
            let with = match if_empty {
                Empty::OnOneLine if inside.is_empty() => format!(" {new} "),
                Empty::OnOneLine | Empty::OnLinesOfItsOwn => format!("\n{outside}  {new}\n{outside}"),
            };
            return vec![Splice { range: tail, with }];
        };
        let is_on_lines = text[open..first.start].contains('\n');
        if is_on_lines {
            let indent = self.indent(first.start);
            let Some(before) = position.checked_sub(1).map(|before| &items[before]) else {
                return vec![Splice::insert(self.end_of_line(open), format!("\n{indent}{new},"))];
            };
            let comma = self.comma_after(before.end);
            let place = self.end_of_line(comma.unwrap_or(before.end));
            return match comma {
                Some(_) => vec![Splice::insert(place, format!("\n{indent}{new},"))],
                None => vec![Splice::insert(before.end, ",".into()), Splice::insert(place, format!("\n{indent}{new}"))],
            };
        }
        let line_start = text[..outer.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[outer.end..].find('\n').map_or(text.len(), |at| outer.end + at);
        let is_short = line_end - line_start + new.len() + 2 <= LONGEST_LINE;
        let is_list = text[outer.start..].starts_with('[');
        if is_list && !is_short && self.has_only_values(outer, items) {
            let mut all: Vec<&str> = items.iter().map(|item| &text[item.clone()]).collect();
            all.insert(position, new);
            let lines: Vec<String> = all.iter().map(|item| format!("\n{outside}  {item}")).collect();
            return vec![Splice { range: open..close, with: format!("{}\n{outside}", lines.join(",")) }];
        }
        match items.get(position) {
            Some(next) => vec![Splice::insert(next.start, format!("{new}, "))],
            None => vec![Splice::insert(items[items.len() - 1].end, format!(", {new}"))],
        }
    }

    /// Takes an item out, and its line if nothing else stands there. Comments stay.
    fn remove(&self, outer: &Range<usize>, items: &[Range<usize>], index: usize) -> Vec<Splice> {
        let text = self.text;
        let nothing = |range: Range<usize>| Splice { range, with: String::new() };
        if items.len() == 1 && self.has_only_values(outer, items) {
            return vec![nothing(outer.start + 1..outer.end - 1)];
        }
        let item = &items[index];
        let comma = self.comma_after(item.end);
        let mut range = item.start..comma.unwrap_or(item.end);
        let start = text[..range.start].trim_end_matches([' ', '\t']).len();
        let end = range.end + (text[range.end..].len() - text[range.end..].trim_start_matches([' ', '\t']).len());
        let begins_line = text[..start].ends_with('\n');
        if begins_line && (text[end..].starts_with('\n') || text[end..].starts_with("\r\n")) {
            // The line break before it goes too.
            range = text[..start - 1].trim_end_matches('\r').len()..end;
        } else if !begins_line {
            range.end = end;
        }
        let mut splices = Vec::new();
        if index + 1 == items.len() && comma.is_none() && index > 0 {
            let before = &items[index - 1];
            if let Some(end) = self.comma_after(before.end) {
                splices.push(nothing(end - 1..end));
            }
            if !begins_line {
                range = text[..range.start].trim_end_matches([' ', '\t']).len()..item.end;
            }
        }
        splices.push(nothing(range));
        splices
    }

    /// Whether nothing but commas and white space stands between the items.
    fn has_only_values(&self, outer: &Range<usize>, items: &[Range<usize>]) -> bool {
        let starts = std::iter::once(outer.start + 1).chain(items.iter().map(|item| item.end));
        let ends = items.iter().map(|item| item.start).chain(std::iter::once(outer.end - 1));
        starts.zip(ends).all(|(start, end)| self.text[start..end].chars().all(|c| c == ',' || c.is_whitespace()))
    }

    /// The end of the comma that follows, if one does, behind white space and comments.
    fn comma_after(&self, at: usize) -> Option<usize> {
        let mut rest = &self.text[at..];
        loop {
            rest = rest.trim_start();
            let comment_end = match (rest.starts_with("//"), rest.starts_with("/*")) {
                (true, _) => rest.find('\n'),
                (_, true) => rest.find("*/").map(|end| end + 2),
                (false, false) => break,
            };
            rest = &rest[comment_end?..];
        }
        rest.starts_with(',').then(|| self.text.len() - rest.len() + 1)
    }

    /// The end of this line if at most a comment stands there, else the place itself.
    fn end_of_line(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let line = rest.split('\n').next().unwrap_or_default().trim_end();
        let said = line.trim_start();
        let is_whole_comment = |said: &str| said.starts_with("/*") && said.find("*/") == Some(said.len() - 2);
        if said.starts_with("//") || is_whole_comment(said) { at + line.len() } else { at }
    }

    /// The white space that begins the line of this place.
    fn indent(&self, at: usize) -> String {
        let line = &self.text[self.text[..at].rfind('\n').map_or(0, |at| at + 1)..];
        line.chars().take_while(|c| *c == ' ' || *c == '\t').collect()
    }
}

/// How the first item of an empty list or object is written.
#[derive(Clone, Copy)]
enum Empty {
    OnOneLine,
    OnLinesOfItsOwn,
}

/// What to replace if `element`, an event of the same time, says something about the same thing: the cable that is cut is
/// not cut but repaired, the new cost is another. None if it is about something else.
fn instead(element: &Node, verb: &str, target: &Json) -> Result<Option<Vec<Splice>>, String> {
    const OPPOSITES: [[&str; 2]; 2] = [["link_down", "link_up"], ["router_down", "router_up"]];
    let already = || Err("that is in the experiment already".to_owned());
    if let Some(pair) = OPPOSITES.iter().find(|pair| pair.contains(&verb)) {
        let same = |member: &&Member| pair.contains(&member.name.as_str()) && member.node.to_json() == *target;
        let Some(member) = element.members().iter().find(same) else { return Ok(None) };
        if member.name == verb {
            return already();
        }
        return Ok(Some(vec![Splice { range: range_of(&member.name_origin), with: format!("\"{verb}\"") }]));
    }
    let Some(said) = element.get(verb) else { return Ok(None) };
    if said.to_json() == *target {
        return already();
    }
    let is_same_link =
        target.get("link").is_some_and(|link| said.get("link").map(Node::to_json).as_ref() == Some(link));
    let fields = target.as_object().filter(|_| is_same_link).into_iter().flatten().filter(|(name, _)| *name != "link");
    let replaced = fields
        .filter_map(|(name, value)| Some(Splice { range: range_of(&said.get(name)?.origin), with: in_house(value) }));
    let replaced: Vec<Splice> = replaced.collect();
    Ok((!replaced.is_empty()).then_some(replaced))
}

fn member(name: &str, value: &Json) -> String {
    format!("{}: {}", Json::from(name), in_house(value))
}

/// JSON on one line, with spaces where the gallery has them.
fn in_house(value: &Json) -> String {
    let mut text = String::new();
    let listed = |text: &mut String, brackets: [&str; 2], parts: Vec<String>| {
        let _ = match parts.is_empty() {
            true => write!(text, "{}{}", brackets[0], brackets[1]),
            false => write!(text, "{} {} {}", brackets[0], parts.join(", "), brackets[1]),
        };
    };
    match value {
        Json::Array(elements) => listed(&mut text, ["[", "]"], elements.iter().map(in_house).collect()),
        Json::Object(fields) => {
            listed(&mut text, ["{", "}"], fields.iter().map(|(name, value)| member(name, value)).collect());
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => text = value.to_string(),
    }
    text
}

#[cfg(test)]
mod tests;
