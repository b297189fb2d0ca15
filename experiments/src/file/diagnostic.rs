//! What can be said about an experiment file: errors that stop it, warnings that teach.
//!
//! Collecting is apart from rendering (see [`super::render`]).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::path::Path;
use super::tree::{Node, Origin, shortened};

/// Whether a diagnostic stops the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The experiment cannot run.
    Error,
    /// The experiment runs, but may not show what it is meant to.
    Warning,
}

/// One remark on an experiment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the experiment.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The field it is about; empty for the file as a whole.
    pub path: Path,
    /// Where that was written.
    pub origin: Origin,
    /// The known spelling nearest to what was written.
    pub suggestion: Option<String>,
    /// All that would have been accepted.
    pub known: Vec<String>,
    /// What else helps.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error about the value at `path`.
    pub fn error(path: Path, origin: Origin, message: String) -> Self {
        Diagnostic {
            severity: Severity::Error,
            message,
            path,
            origin,
            suggestion: None,
            known: Vec::new(),
            help: Vec::new(),
        }
    }

    /// The same remark as a warning.
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// With one more line of help.
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// With the list of known names, and the one nearest to `written`.
    pub fn known<'a>(mut self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.known = known.into_iter().map(str::to_owned).collect();
        self.suggestion = nearest(written, self.known.iter().map(String::as_str)).map(str::to_owned);
        self
    }
}

/// All remarks on one file, with what is needed to show them.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The file's name as the user gave it.
    pub file: String,
    /// Its text, if it could be read.
    pub source: Arc<str>,
    /// The remarks, in the order of the file.
    pub list: Vec<Diagnostic>,
    /// Whether the file could not even be read: a failure of the file system, not of the experiment.
    pub is_unreadable: bool,
}

impl Diagnostics {
    /// Remarks on `file`, sorted as a reader meets them and each said once.
    pub fn new(file: &str, source: Arc<str>, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by(|a, b| (&a.origin, &a.path).cmp(&(&b.origin, &b.path)));
        let mut said = BTreeSet::new();
        list.retain(|one| said.insert((one.message.clone(), one.origin.clone(), one.path.clone())));
        Diagnostics { file: file.to_owned(), source, list, is_unreadable: false }
    }

    /// Whether nothing stops the experiment.
    pub fn is_clean(&self) -> bool {
        self.list.iter().all(|one| one.severity == Severity::Warning)
    }
}

/// The name in `known` that `written` most probably meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long garbage resembles nothing, and comparing it would take long.
    if written.len() > 80 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let written = plain(written);
    let known: Vec<&str> = known.into_iter().collect();
    let scored = known.iter().map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), *name));
    let (distance, name) = scored.min_by_key(|&(distance, _)| distance)?;
    let longest = written.chars().count().max(name.chars().count());
    // Two edits in five letters; half of them when it begins alike: `jane` for `jain`.
    let begins_alike = written.chars().next() == plain(name).chars().next();
    if distance * 5 <= longest * 2 || (begins_alike && longest >= 4 && distance * 2 <= longest) {
        return Some(name);
    }
    // `fixed` for `fixed_window`, and `rena` for `new_reno`.
    let resembles_part = |name: &&&str| {
        let plain = plain(name);
        let near = |part: &str| part.len() >= 4 && strsim::damerau_levenshtein(&written, part) <= 1;
        written.len() >= 3 && (plain.starts_with(&written) || plain.split('_').any(near))
    };
    known.iter().find(resembles_part).copied()
}

/// Collects remarks while rules look at a tree.
#[derive(Debug)]
pub struct Report<'a> {
    tree: &'a Node,
    /// What has been said so far.
    pub list: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    /// Nothing said yet about `tree`.
    pub fn new(tree: &'a Node) -> Self {
        Report { tree, list: Vec::new() }
    }

    /// Says that the value at `path` is wrong; returns the remark to add help to it.
    pub fn error(&mut self, path: &Path, message: impl Into<String>) -> &mut Diagnostic {
        let origin = self.tree.nearest(path).origin.clone();
        self.list.push(Diagnostic::error(path.clone(), origin, message.into()));
        self.list.last_mut().expect("just pushed")
    }

    /// Says that the value at `path` may not do what is meant.
    pub fn warning(&mut self, path: &Path, message: impl Into<String>) -> &mut Diagnostic {
        let said = self.error(path, message);
        said.severity = Severity::Warning;
        said
    }

    /// Says that the name at `path` is not one of `known`.
    pub fn unknown<'k>(&mut self, path: &Path, what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) {
        let message = format!("unknown {what} `{}`", shortened(name));
        let said = self.error(path, message).clone().known(name, known);
        *self.list.last_mut().expect("just pushed") = said;
    }

    /// Whether an error was said.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|one| one.severity == Severity::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        let known = ["reno", "new_reno", "cubic", "fixed_window"];
        assert_eq!(nearest("rena", known), Some("reno"));
        assert_eq!(nearest("NewReno", known), Some("new_reno"));
        assert_eq!(nearest("new-reno", known), Some("new_reno"));
        assert_eq!(nearest("fixed", known), Some("fixed_window"));
        assert_eq!(nearest("rena", ["new_reno", "fixed_window"]), Some("new_reno"));
        assert_eq!(nearest("vegas", known), None);
    }
}
