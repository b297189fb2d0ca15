//! Checks a tree against a JSON schema and says everything that is wrong at once.
//!
//! The schema is the one that `schemars` makes from our types, so this understands what `schemars` writes for them,
//! not all of JSON Schema: structs that refuse unknown fields, enums tagged from inside (`"shape": "dumbbell"`) and
//! from outside (`{ "red": { … } }`), untagged choices, options, lists, maps, numbers with ranges, and texts with one
//! of our own formats (`rate`, `duration`, `bytes`, `queue_limit`).

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use sim_core::queue::QueueLimit;
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};

use super::diagnostic::{Diagnostic, nearest};
use super::path::Path;
use super::tree::{Member, Node, Value, shortened};

/// Everything in `tree` that `schema` does not allow.
pub fn check(tree: &Node, schema: &Json) -> Vec<Diagnostic> {
    let mut walk = Walk { definitions: schema.get("$defs").and_then(Json::as_object), problems: Vec::new() };
    walk.value(tree, schema, &Path::root());
    walk.problems
}

/// A text format of ours: what it is called, and how to try it.
type Format = (&'static str, &'static str, fn(&str) -> Result<(), String>);

const FORMATS: &[Format] = &[
    ("rate", "a bit rate such as \"10 Mbps\"", |text| text.parse::<Rate>().map(drop).map_err(|e| e.to_string())),
    ("duration", "a time such as \"20 ms\"", |text| text.parse::<Duration>().map(drop).map_err(|e| e.to_string())),
    ("bytes", "a size such as \"64 kB\"", |text| text.parse::<Bytes>().map(drop).map_err(|e| e.to_string())),
    ("queue_limit", "a limit such as \"50 packets\", \"64 kB\" or \"1 bdp\"", |text| {
        text.parse::<QueueLimit>().map(drop).map_err(|e| e.to_string())
    }),
];

struct Walk<'s> {
    definitions: Option<&'s Map<String, Json>>,
    problems: Vec<Diagnostic>,
}

/// One way in which a value may be right: schema objects that must all hold, none of them a choice.
#[derive(Clone, Debug, Default)]
struct Shape<'s> {
    layers: Vec<&'s Map<String, Json>>,
    /// Whether it is one of the variants of an enum.
    is_variant: bool,
}

impl<'s> Shape<'s> {
    fn keyword(&self, name: &str) -> Option<&'s Json> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.keyword(name).and_then(Json::as_f64)
    }

    fn format(&self) -> Option<&'s str> {
        self.keyword("format").and_then(Json::as_str)
    }

    fn accepts_type(&self, name: &str) -> bool {
        match self.keyword("type") {
            Some(Json::String(only)) => includes(only, name),
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).any(|one| includes(one, name)),
            _ => match self.constants() {
                Some(constants) => constants.iter().any(|one| type_of(one) == name),
                None => self.keyword("properties").is_none() || name == "object",
            },
        }
    }

    /// The only values allowed, if there is such a list.
    fn constants(&self) -> Option<Vec<&'s Json>> {
        if let Some(only) = self.keyword("const") {
            return Some(vec![only]);
        }
        self.keyword("enum").and_then(Json::as_array).map(|all| all.iter().collect())
    }

    fn properties(&self) -> BTreeMap<&'s str, &'s Json> {
        let layers = self.layers.iter().filter_map(|layer| layer.get("properties")?.as_object());
        layers.flatten().map(|(name, schema)| (name.as_str(), schema)).collect()
    }

    /// Names of the fields in the order of the type, for a reader.
    fn property_names(&self) -> Vec<&'s str> {
        let layers = self.layers.iter().filter_map(|layer| layer.get("properties")?.as_object());
        layers.flat_map(|properties| properties.keys().map(String::as_str)).collect()
    }

    fn required(&self) -> Vec<&'s str> {
        let layers = self.layers.iter().filter_map(|layer| layer.get("required")?.as_array());
        layers.flatten().filter_map(Json::as_str).collect()
    }

    fn is_closed(&self) -> bool {
        let refuses = |layer: &Map<String, Json>, keyword| layer.get(keyword) == Some(&Json::Bool(false));
        self.layers
            .iter()
            .any(|layer| refuses(layer, "additionalProperties") || refuses(layer, "unevaluatedProperties"))
    }

    /// The field that alone makes this shape, as in `{ "red": { … } }`.
    fn outer_tag(&self) -> Option<&'s str> {
        match (self.property_names()[..].as_ref(), self.required()[..].as_ref()) {
            ([one], [same]) if one == same => Some(one),
            _ => None,
        }
    }

    /// The constant text a field must have, as in `"shape": "dumbbell"`.
    fn inner_tag(&self, field: &str) -> Option<&'s str> {
        self.properties().get(field)?.get("const")?.as_str()
    }
}

/// Whether every value of the type `narrow` is one of the type `wide`.
fn includes(wide: &str, narrow: &str) -> bool {
    wide == narrow || (wide == "number" && narrow == "integer")
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn type_of_node(node: &Node) -> &'static str {
    match &node.value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl<'s> Walk<'s> {
    /// All the ways in which a value may satisfy `schema`.
    fn shapes(&self, schema: &'s Json) -> Vec<Shape<'s>> {
        // `true` allows anything.
        let Json::Object(layer) = schema else { return vec![Shape::default()] };
        let mut shapes = vec![Shape { layers: vec![layer], is_variant: false }];
        let mut combine = |alternatives: Vec<Shape<'s>>| {
            let joined = |a: &Shape<'s>, b: &Shape<'s>| Shape {
                layers: a.layers.iter().chain(&b.layers).copied().collect(),
                is_variant: a.is_variant || b.is_variant,
            };
            shapes = shapes.iter().flat_map(|a| alternatives.iter().map(move |b| joined(a, b))).collect();
        };
        if let Some(target) = layer.get("$ref").and_then(Json::as_str) {
            let name = target.rsplit('/').next().unwrap_or_default();
            if let Some(definition) = self.definitions.and_then(|all| all.get(name)) {
                combine(self.shapes(definition));
            }
        }
        for part in layer.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            combine(self.shapes(part));
        }
        if let Some(branches) = layer.get("oneOf").and_then(Json::as_array) {
            let variants = branches.iter().flat_map(|branch| self.shapes(branch));
            combine(variants.map(|shape| Shape { is_variant: true, ..shape }).collect());
        }
        if let Some(branches) = layer.get("anyOf").and_then(Json::as_array) {
            combine(branches.iter().flat_map(|branch| self.shapes(branch)).collect());
        }
        shapes
    }

    fn value(&mut self, node: &Node, schema: &'s Json, path: &Path) {
        let before = self.problems.len();
        self.value_itself(node, schema, path);
        // What the field is for helps with a wrong value of it, not with what is wrong deeper inside.
        if let Some(about) = schema.get("description").and_then(Json::as_str)
            && let [problem] = &mut self.problems[before..]
            && problem.path == *path
            && problem.known.is_empty()
        {
            problem.help.push(format!("{}: {}", path.noun(), about.replace('\n', " ")));
        }
    }

    fn value_itself(&mut self, node: &Node, schema: &'s Json, path: &Path) {
        let shapes = self.shapes(schema);
        let fitting: Vec<&Shape<'s>> = shapes.iter().filter(|shape| shape.accepts_type(type_of_node(node))).collect();
        if fitting.is_empty() {
            return self.wrong_type(node, &shapes, path);
        }
        match &node.value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                let complaints: Vec<String> = fitting.iter().filter_map(|shape| complaint(number, shape)).collect();
                if complaints.len() == fitting.len() {
                    self.say(path, node, complaints.into_iter().next().expect("one for each shape"));
                }
            }
            Value::String(text) => self.text(node, text, &fitting, &shapes, path),
            Value::Array(elements) => self.list(node, elements, fitting[0], path),
            Value::Object(members) => {
                if let Some(shape) = self.choose(node, members, &fitting, path) {
                    self.object(node, members, &shape, path);
                }
            }
        }
    }

    fn say(&mut self, path: &Path, node: &Node, message: String) -> &mut Diagnostic {
        self.problems.push(Diagnostic::error(path.clone(), node.origin.clone(), message));
        self.problems.last_mut().expect("just pushed")
    }

    fn say_unknown(&mut self, path: &Path, node: &Node, name: &str, known: &[&str]) {
        let message = format!("unknown {} `{}`", path.noun(), shortened(name));
        let problem = Diagnostic::error(path.clone(), node.origin.clone(), message);
        self.problems.push(problem.known(name, known.iter().copied()));
    }

    fn wrong_type(&mut self, node: &Node, shapes: &[Shape<'s>], path: &Path) {
        let expected = expected(shapes);
        let message = format!("expected {expected}, found {}", node.spoken());
        let names = names(shapes);
        let problem = self.say(path, node, message);
        problem.known = names.into_iter().map(str::to_owned).collect();
    }

    fn text(&mut self, node: &Node, text: &str, fitting: &[&Shape<'s>], shapes: &[Shape<'s>], path: &Path) {
        let mut complaints = Vec::new();
        let mut is_name = false;
        for shape in fitting {
            if let Some(constants) = shape.constants() {
                if constants.iter().any(|one| one.as_str() == Some(text)) {
                    return;
                }
                is_name = true;
                continue;
            }
            let known = shape.format().and_then(|format| FORMATS.iter().find(|(name, ..)| *name == format));
            let complaint = match known {
                Some((_, _, parse)) => parse(text).err(),
                None if text.is_empty() && shape.number("minLength") >= Some(1.0) => Some("must not be empty".into()),
                None => None,
            };
            match complaint {
                None => return,
                Some(complaint) => complaints.push(complaint),
            }
        }
        let names = names(shapes);
        let starts_a_quantity = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match complaints.into_iter().next() {
            // A choice between names and a quantity: the message follows what it looks like.
            Some(complaint) if !is_name || starts_a_quantity => {
                self.say(path, node, complaint);
            }
            _ => {
                let needs_parameters = shapes.iter().any(|shape| shape.outer_tag() == Some(text));
                if needs_parameters {
                    let message = format!("`{text}` needs its parameters");
                    self.say(path, node, message).help.push(format!("write {{ \"{text}\": … }}"));
                } else {
                    self.say_unknown(path, node, text, &names);
                }
            }
        }
    }

    fn list(&mut self, node: &Node, elements: &[Node], shape: &Shape<'s>, path: &Path) {
        let length = elements.len() as f64;
        if let Some(least) = shape.number("minItems").filter(|&least| length < least) {
            self.say(path, node, format!("needs at least {least} element(s), has {length}"));
        }
        if let Some(most) = shape.number("maxItems").filter(|&most| length > most) {
            self.say(path, node, format!("may have at most {most} element(s), has {length}"));
        }
        let first = shape.keyword("prefixItems").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let rest = shape.keyword("items");
        for (index, element) in elements.iter().enumerate() {
            if let Some(schema) = first.get(index).or(rest) {
                self.value(element, schema, &path.index(index));
            }
        }
    }

    /// Which of several shapes an object is meant to have; `None` when that has been complained about.
    fn choose(&mut self, node: &Node, members: &[Member], fitting: &[&Shape<'s>], path: &Path) -> Option<Shape<'s>> {
        if fitting.iter().all(|shape| shape.is_variant && shape.outer_tag().is_some()) {
            return self.choose_by_outer_tag(node, members, fitting, path);
        }
        if let [only] = fitting {
            return Some((*only).clone());
        }
        if let Some(tag) = self.inner_tag(fitting) {
            let tagged = |value: &str| fitting.iter().find(|shape| shape.inner_tag(tag) == Some(value));
            match node.get(tag) {
                Some(value) => {
                    let known: Vec<&str> = fitting.iter().filter_map(|shape| shape.inner_tag(tag)).collect();
                    let tag_path = path.field(tag);
                    match value.as_str() {
                        Some(name) if tagged(name).is_some() => return tagged(name).map(|shape| (*shape).clone()),
                        Some(name) => self.say_unknown(&tag_path, value, name, &known),
                        None => {
                            let message =
                                format!("expected the name of a {}, found {}", tag_path.noun(), value.spoken());
                            self.say(&tag_path, value, message).known = known.into_iter().map(str::to_owned).collect();
                        }
                    }
                    return None;
                }
                None if fitting.iter().all(|shape| shape.inner_tag(tag).is_some()) => {
                    let known = fitting.iter().filter_map(|shape| shape.inner_tag(tag));
                    let written = members.iter().map(|member| member.name.as_str());
                    let misspelt = written.clone().find(|name| nearest(name, [tag]).is_some());
                    let message = format!("the field `{tag}` is missing");
                    let problem = self.say(path, node, message);
                    problem.known = known.map(str::to_owned).collect();
                    problem.help.extend(misspelt.map(|name| format!("did you write `{name}` for `{tag}`?")));
                    return None;
                }
                None => {}
            }
        }
        // Untagged: the shape that knows most of the fields, with values of the right type; then with any; among
        // equals the one that misses least.
        let score = |shape: &&&Shape<'s>| {
            let properties = shape.properties();
            let known: Vec<(&Member, &'s Json)> =
                members.iter().filter_map(|member| Some((member, *properties.get(member.name.as_str())?))).collect();
            let accepts = |member: &Member, schema: &'s Json| {
                self.shapes(schema).iter().any(|shape| shape.accepts_type(type_of_node(&member.node)))
            };
            let right = known.iter().filter(|(member, schema)| accepts(member, schema)).count();
            let missing = shape.required().iter().filter(|name| node.get(name).is_none()).count();
            (right, known.len(), std::cmp::Reverse(missing))
        };
        // `max_by_key` would take the last of equals.
        fitting.iter().rev().max_by_key(score).map(|shape| (*shape).clone())
    }

    /// The field whose constant tells most of `fitting` apart.
    fn inner_tag(&self, fitting: &[&Shape<'s>]) -> Option<&'s str> {
        let mut names = fitting.iter().flat_map(|shape| shape.property_names());
        names.find(|name| fitting.iter().filter(|shape| shape.inner_tag(name).is_some()).count() >= 2)
    }

    fn choose_by_outer_tag(
        &mut self,
        node: &Node,
        members: &[Member],
        fitting: &[&Shape<'s>],
        path: &Path,
    ) -> Option<Shape<'s>> {
        let known: Vec<&str> = fitting.iter().filter_map(|shape| shape.outer_tag()).collect();
        let meant = |member: &&Member| known.contains(&member.name.as_str());
        let mut meant_members = members.iter().filter(meant);
        let first = meant_members.next();
        if let Some(second) = meant_members.next() {
            let first = first.expect("it comes before the second");
            let message = format!("`{}` and `{}` exclude each other: give one of them", first.name, second.name);
            let at = path.field(&second.name);
            self.problems.push(Diagnostic::error(at, second.name_origin.clone(), message));
            return None;
        }
        match (first, members) {
            (Some(first), _) => {
                fitting.iter().find(|shape| shape.outer_tag() == Some(&first.name)).map(|s| (*s).clone())
            }
            (None, []) => {
                let message = format!("which {}? This object is empty", path.noun());
                self.say(path, node, message).known = known.into_iter().map(str::to_owned).collect();
                None
            }
            (None, [wrong, ..]) => {
                let message = format!("unknown {} `{}`", path.noun(), shortened(&wrong.name));
                let problem = Diagnostic::error(path.field(&wrong.name), wrong.name_origin.clone(), message);
                self.problems.push(problem.known(&wrong.name, known));
                None
            }
        }
    }

    fn object(&mut self, node: &Node, members: &[Member], shape: &Shape<'s>, path: &Path) {
        let properties = shape.properties();
        let others = shape.keyword("additionalProperties").filter(|schema| schema.is_object());
        let required: std::collections::BTreeSet<&str> = shape.required().into_iter().collect();
        // A misspelt required field is one mistake, not two.
        let mut excused: Vec<&str> = Vec::new();
        for member in members {
            let path = path.field(&member.name);
            match (properties.get(member.name.as_str()).copied(), others) {
                (Some(schema), _) | (None, Some(schema)) => self.value(&member.node, schema, &path),
                (None, None) if shape.is_closed() => {
                    let message = format!("unknown field `{}`", shortened(&member.name));
                    let absent = shape.property_names().into_iter().filter(|name| node.get(name).is_none());
                    let mut problem = Diagnostic::error(path, member.name_origin.clone(), message);
                    problem.suggestion = nearest(&member.name, absent).map(str::to_owned);
                    problem.known = shape.property_names().into_iter().map(str::to_owned).collect();
                    excused.extend(required.iter().filter(|name| problem.suggestion.as_deref() == Some(**name)));
                    self.problems.push(problem);
                }
                (None, None) => {}
            }
        }
        for name in required {
            if node.get(name).is_none() && !excused.contains(&name) {
                let wanted = properties.get(name).map_or(String::new(), |schema| self.wanted(schema));
                self.say(path, node, format!("the field `{name}` is missing{wanted}"));
            }
        }
    }

    fn wanted(&self, schema: &'s Json) -> String {
        match expected(&self.shapes(schema)).as_str() {
            "a value" => String::new(),
            what => format!(": {what}"),
        }
    }
}

/// What is wrong with `number`, if `shape` wants another.
fn complaint(number: &serde_json::Number, shape: &Shape<'_>) -> Option<String> {
    if let Some(constants) = shape.constants() {
        let allowed = constants.iter().any(|one| one.as_f64() == number.as_f64());
        return (!allowed).then(|| format!("{number} is not among the numbers allowed"));
    }
    let value = number.as_f64()?;
    let (lowest, highest) = match shape.format() {
        Some("uint8") => (Some(0.0), Some(f64::from(u8::MAX))),
        Some("uint16") => (Some(0.0), Some(f64::from(u16::MAX))),
        Some("uint32") => (Some(0.0), Some(f64::from(u32::MAX))),
        Some("uint64" | "uint") => (Some(0.0), Some(u64::MAX as f64)),
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        _ => (None, None),
    };
    let tighter = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (a, b) => a.or(b),
    };
    let lowest = tighter(lowest, shape.number("minimum"), f64::max);
    let highest = tighter(highest, shape.number("maximum"), f64::min);
    if lowest.is_some_and(|lowest| value < lowest) || highest.is_some_and(|highest| value > highest) {
        return Some(match (lowest, highest) {
            (Some(lowest), Some(highest)) if highest < 1e15 => {
                format!("must be from {lowest} to {highest}, found {number}")
            }
            (Some(lowest), _) if value < lowest => format!("must be at least {lowest}, found {number}"),
            (_, Some(highest)) => format!("must be at most {highest}, found {number}"),
            _ => format!("{number} is out of range"),
        });
    }
    if let Some(bound) = shape.number("exclusiveMinimum").filter(|&bound| value <= bound) {
        return Some(format!("must be more than {bound}, found {number}"));
    }
    if let Some(bound) = shape.number("exclusiveMaximum").filter(|&bound| value >= bound) {
        return Some(format!("must be less than {bound}, found {number}"));
    }
    None
}

/// Names that `shapes` accept as a text, or as the one field of an object.
fn names<'s>(shapes: &[Shape<'s>]) -> Vec<&'s str> {
    let mut names = Vec::new();
    for shape in shapes {
        match shape.constants() {
            Some(constants) => names.extend(constants.iter().filter_map(|one| one.as_str())),
            None => names.extend(shape.outer_tag()),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// What `shapes` accept, in words.
fn expected(shapes: &[Shape<'_>]) -> String {
    let mut words: Vec<String> = Vec::new();
    for shape in shapes {
        let types = match shape.keyword("type") {
            Some(Json::String(one)) => vec![one.as_str()],
            Some(Json::Array(several)) => several.iter().filter_map(Json::as_str).collect(),
            _ => match shape.constants() {
                Some(constants) => constants.into_iter().map(type_of).collect(),
                None if shape.keyword("properties").is_some() => vec!["object"],
                None => vec!["value"],
            },
        };
        for name in types {
            let known = shape.format().and_then(|format| FORMATS.iter().find(|(name, ..)| *name == format));
            let word = match (name, known) {
                ("string", Some((_, word, _))) => (*word).to_owned(),
                ("string", None) if shape.constants().is_some() => "a name".to_owned(),
                ("string", None) => "a text".to_owned(),
                ("integer", _) => "a whole number".to_owned(),
                ("number", _) => "a number".to_owned(),
                ("boolean", _) => "true or false".to_owned(),
                ("array", _) => "a list".to_owned(),
                ("object", _) => "an object".to_owned(),
                // Leaving an optional field out is the better way to say nothing.
                ("null", _) => continue,
                _ => "a value".to_owned(),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    match words.split_last() {
        None => "a value".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tree::parse;

    #[derive(schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the schema of it is used")]
    struct Toy {
        delay: Duration,
        rate: Option<Rate>,
        count: u8,
        #[serde(default)]
        shape: Option<Shapely>,
        #[serde(default)]
        queues: Vec<Queue>,
    }

    /// Tagged from inside.
    #[derive(schemars::JsonSchema)]
    #[serde(tag = "shape", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only the schema of it is used")]
    enum Shapely {
        /// A line.
        Line { nodes: u32 },
        /// A dumbbell.
        Dumbbell { pairs: u32, delay: Option<Duration> },
    }

    /// Tagged from outside.
    #[derive(schemars::JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only the schema of it is used")]
    enum Queue {
        /// Nothing to set.
        Unbounded,
        /// With a limit.
        DropTail(QueueLimit),
    }

    fn check_toy(text: &str) -> Vec<String> {
        let schema = serde_json::to_value(schemars::schema_for!(Toy)).unwrap();
        let problems = check(&parse(text).unwrap(), &schema);
        let line = |problem: &Diagnostic| {
            let meant = problem.suggestion.as_ref().map_or(String::new(), |name| format!(" ({name}?)"));
            format!("{}: {}{meant}", problem.path, problem.message)
        };
        problems.iter().map(line).collect()
    }

    #[test]
    fn what_is_right_passes() {
        let text = r#"{ "delay": "20 ms", "rate": null, "count": 255,
            "shape": { "shape": "dumbbell", "pairs": 3 },
            "queues": [ "unbounded", { "drop_tail": "1 bdp" } ] }"#;
        assert_eq!(check_toy(text), [""; 0]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let text = r#"{ "delay": 20, "rate": "fast", "count": 256, "colour": 1,
            "shape": { "shape": "dumbell", "pairs": 3 }, "queues": [ { "drop_tial": "1 bdp" }, "drop_tail", 7 ] }"#;
        assert_eq!(
            check_toy(text),
            [
                "delay: expected a time such as \"20 ms\", found the number 20",
                "rate: `fast`: expected a bit rate such as \"10 Mbps\"",
                "count: must be from 0 to 255, found 256",
                "colour: unknown field `colour`",
                "shape.shape: unknown shape `dumbell` (dumbbell?)",
                "queues[0].drop_tial: unknown queue `drop_tial` (drop_tail?)",
                "queues[1]: `drop_tail` needs its parameters",
                "queues[2]: expected a name or an object, found the number 7",
            ]
        );
    }

    #[test]
    fn a_misspelt_required_field_is_one_mistake() {
        assert_eq!(
            check_toy(r#"{ "dealy": "20 ms" }"#),
            ["dealy: unknown field `dealy` (delay?)", ": the field `count` is missing: a whole number"]
        );
    }

    #[test]
    fn the_fields_of_the_chosen_shape_are_checked() {
        let text = r#"{ "delay": "1 s", "count": 1, "shape": { "shape": "line", "node": 3 } }"#;
        assert_eq!(check_toy(text), ["shape.node: unknown field `node` (nodes?)"]);
    }

    #[test]
    fn two_kinds_at_once_exclude_each_other() {
        let text = r#"{ "delay": "1 s", "count": 1, "queues": [ { "drop_tail": "1 bdp", "drop_tail2": 1 } ] }"#;
        assert_eq!(check_toy(text), ["queues[0].drop_tail2: unknown field `drop_tail2`"]);
    }
}
