//! What was made of a file: nothing is repaired in silence.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// What was read from a file, and everything that was done to it on the way to a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The file's name as it stands in the experiment.
    pub file: String,
    /// The name of its format.
    pub format: &'static str,
    /// What the file calls the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Nodes in the file.
    pub nodes_read: u64,
    /// Links as written in the file.
    pub links_read: u64,
    /// Demands in the file.
    pub demands_read: u64,
    /// Counts and sums of what only this format has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tally: BTreeMap<String, f64>,
    /// Nodes of the network, hosts that were added not counted.
    pub nodes: u64,
    /// Cables of the network, those of added hosts not counted.
    pub cables: u64,
    /// What was done, in the order in which it was done.
    pub entries: Vec<Entry>,
}

/// Something that was done to what a file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What kind of thing.
    pub action: Action,
    /// What exactly, in words with underscores, for programs.
    pub what: String,
    /// To how many nodes, links or demands.
    pub count: u64,
    /// In a sentence, with the count.
    pub text: String,
}

/// Kinds of things that are done to what a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Something was taken from the file that it says in a roundabout way.
    Read,
    /// Something the file does not say was filled in.
    Default,
    /// Several became one.
    Merged,
    /// Something was left out.
    Dropped,
    /// Something has another name than in the file.
    Renamed,
    /// Something is odd, and was left as it is.
    Noted,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Default => "default",
            Action::Merged => "merged",
            Action::Dropped => "dropped",
            Action::Renamed => "renamed",
            Action::Noted => "noted",
        }
    }
}

impl Report {
    /// Adds an entry, unless it would be about nothing.
    pub(crate) fn add(&mut self, action: Action, what: &str, count: u64, text: impl Into<String>) {
        if count > 0 {
            self.entries.push(Entry { action, what: what.to_owned(), count, text: text.into() });
        }
    }
}

impl fmt::Display for Report {
    /// Several lines, each with its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title.as_deref().map(|title| format!(", {title}")).unwrap_or_default();
        writeln!(f, "{} ({}{title})", self.file, self.format)?;
        let demands = match self.demands_read {
            0 => String::new(),
            count => format!(", {count} demands"),
        };
        writeln!(f, "  {:<8} {} nodes, {} links{demands}", "file", self.nodes_read, self.links_read)?;
        for (what, amount) in &self.tally {
            writeln!(f, "  {:<8} {what} {amount}", "")?;
        }
        for entry in &self.entries {
            writeln!(f, "  {:<8} {}", entry.action.word(), entry.text)?;
        }
        writeln!(f, "  {:<8} {} nodes, {} cables", "network", self.nodes, self.cables)
    }
}
