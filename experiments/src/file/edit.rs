//! Changes a tree before it is checked: `--set path=value`, and the points of a sweep.
//!
//! A change may create fields that the file left out; whether the schema knows them is for the check afterwards, which
//! sees where each field came from and points there.

use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::path::{Path, Step};
use super::tree::{Member, Node, Origin, Value, parse_argument, shortened};

/// Applies `--set path=value` to `tree`.
///
/// # Errors
/// When the argument is malformed or its path leads nowhere.
pub fn set_argument(tree: &mut Node, argument: &str) -> Result<(), Box<Diagnostic>> {
    set_within(tree, &Path::root(), argument)
}

/// Applies `--set path=value`, where the path begins at `root`.
///
/// # Errors
/// When the argument is malformed or its path leads nowhere.
pub fn set_within(tree: &mut Node, root: &Path, argument: &str) -> Result<(), Box<Diagnostic>> {
    let spelled: Arc<str> = format!("--set {argument}").into();
    let origin = Origin::Argument(spelled.clone());
    let (path, value) = split_argument(argument).map_err(|why| {
        let problem = Diagnostic::error(Path::root(), origin.clone(), why);
        problem.help("for example --set flows[0].start=\"5 s\"")
    })?;
    set(tree, &root.join(&path), parse_argument(value.trim(), &spelled), &origin)
}

/// The path and the value of `path=value`.
///
/// # Errors
/// When it is not of this form, whatever the file.
pub fn split_argument(argument: &str) -> Result<(Path, &str), String> {
    let (path, value) = argument.split_once('=').ok_or("`=` is missing: write --set path=value")?;
    Ok((path.parse()?, value))
}

/// Puts `value` at `path`, creating objects on the way. `origin` is where the path was written.
///
/// # Errors
/// When the path leads through something that has no such part.
pub fn set(tree: &mut Node, path: &Path, value: Node, origin: &Origin) -> Result<(), Box<Diagnostic>> {
    let mut node = tree;
    let mut walked = Path::root();
    for step in &path.0 {
        let step = by_name(node, step);
        let at = walked.then(step.clone());
        let whole = if walked.0.is_empty() { "the experiment".to_owned() } else { format!("`{walked}`") };
        let lost = |message: String| Box::new(Diagnostic::error(at.clone(), origin.clone(), message));
        let is = node.spoken();
        node = match (&mut node.value, &step) {
            (Value::Object(members), Step::Field(name)) => {
                let index = members.iter().position(|member| member.name == *name).unwrap_or_else(|| {
                    let node = Node { value: Value::Object(Vec::new()), origin: origin.clone() };
                    members.push(Member { name: name.clone(), name_origin: origin.clone(), node });
                    members.len() - 1
                });
                &mut members[index].node
            }
            (Value::Array(elements), Step::Index(index)) => {
                let length = elements.len();
                elements.get_mut(*index).ok_or_else(|| {
                    lost(format!("{whole} has {length} element(s), counted from 0: there is no [{index}]"))
                })?
            }
            (Value::Array(elements), Step::Field(name)) => {
                let names: Vec<&str> = elements.iter().filter_map(|element| element.get("name")?.as_str()).collect();
                let message = format!("{whole} is a list, and none of its elements is called `{}`", shortened(name));
                return Err(Box::new(lost(message).known(name, names)));
            }
            (Value::Object(_), Step::Index(index)) => {
                return Err(lost(format!("{whole} is an object, not a list: it has no [{index}]")));
            }
            (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {
                return Err(lost(format!("{whole} is {is}: it has no parts to set")));
            }
        };
        walked = at;
    }
    *node = value;
    Ok(())
}

/// An element of a list may be called by its name: `flows.A` for `flows[0]`.
fn by_name(node: &Node, step: &Step) -> Step {
    match step {
        Step::Field(wanted) => {
            let named = |element: &Node| element.get("name").and_then(Node::as_str) == Some(wanted);
            node.elements().iter().position(named).map_or_else(|| step.clone(), Step::Index)
        }
        Step::Index(_) => step.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tree::parse;

    fn edited(text: &str, arguments: &[&str]) -> Result<String, String> {
        let mut tree = parse(text).unwrap();
        for argument in arguments {
            set_argument(&mut tree, argument).map_err(|problem| problem.message)?;
        }
        Ok(tree.to_json().to_string())
    }

    #[test]
    fn fields_are_set_by_index_and_by_name() {
        let text = r#"{ "flows": [ { "name": "A", "start": "0 s" } ] }"#;
        for path in ["flows[0].start", "flows.0.start", "flows.A.start"] {
            let set = format!("{path}=5 s");
            assert_eq!(edited(text, &[&set]).unwrap(), r#"{"flows":[{"name":"A","start":"5 s"}]}"#);
        }
    }

    #[test]
    fn values_are_json_or_else_text() {
        let set = ["a=1", "b=[1, 2]", "c=20 ms", "d=true", "e=\"3\"", "f="];
        assert_eq!(edited("{}", &set).unwrap(), r#"{"a":1,"b":[1,2],"c":"20 ms","d":true,"e":"3","f":""}"#);
    }

    #[test]
    fn objects_on_the_way_are_created() {
        assert_eq!(edited("{}", &["a.b.c=1"]).unwrap(), r#"{"a":{"b":{"c":1}}}"#);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        let text = r#"{ "title": "t", "flows": [ { "name": "A" } ] }"#;
        assert!(edited(text, &["flows[1].start=1"]).unwrap_err().contains("has 1 element(s)"));
        assert!(edited(text, &["flows.B.start=1"]).unwrap_err().contains("called `B`"));
        assert!(edited(text, &["title.x=1"]).unwrap_err().contains("no parts to set"));
        assert!(edited(text, &["title[0]=1"]).unwrap_err().contains("no parts to set"));
        assert!(edited(text, &["title"]).unwrap_err().contains("`=` is missing"));
        assert!(edited(text, &["=1"]).unwrap_err().contains("is no path"));
    }
}
