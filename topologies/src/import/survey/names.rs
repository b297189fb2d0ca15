//! Names that are unique, and that can be names.

use std::collections::{BTreeMap, BTreeSet};

use super::{SurveyedLink, Surveyor};
use crate::NameFault;
use crate::import::spec::Names;
use crate::import::{Action, Report};
use crate::problem::clean_name;

impl Surveyor<'_> {
    /// Keeps names of links that can be names and that no other has.
    pub(super) fn name_links(&mut self, links: &mut [SurveyedLink]) {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut unnamed = 0;
        for more in links.iter_mut().filter_map(|link| link.more.as_mut()) {
            let Some(name) = more.name.take() else { continue };
            if NameFault::of_cable(&name).is_none() && taken.insert(name.clone()) {
                more.name = Some(name);
            } else {
                unnamed += 1;
            }
        }
        let text =
            format!("{unnamed} links whose names others have, or that cannot be names, are called by their ends");
        self.report.add(Action::Renamed, "links", unnamed, text);
    }
}

/// Gives nodes names that are unique, and that can be names.
#[derive(Default)]
pub(super) struct Namer {
    taken: BTreeSet<String>,
    /// How often a name was asked for.
    asked: BTreeMap<String, u32>,
    repeated: u64,
    cleaned: u64,
    without: u64,
    labelled: u64,
}

impl Namer {
    pub(super) fn name(&mut self, label: Option<&str>, id: &str, names: Names) -> String {
        let label = label.filter(|label| names == Names::Label && !label.trim().is_empty());
        self.without += u64::from(names == Names::Label && label.is_none());
        self.labelled += u64::from(label.is_some());
        let wanted = label.unwrap_or(id);
        let clean = clean_name(wanted);
        self.cleaned += u64::from(clean != wanted);
        let clean = if clean.is_empty() { "node".to_owned() } else { clean };
        let asked = self.asked.entry(clean.clone()).or_insert(0);
        let name = loop {
            *asked += 1;
            let name = if *asked == 1 { clean.clone() } else { format!("{clean} ({asked})") };
            if self.taken.insert(name.clone()) {
                break name;
            }
        };
        self.repeated += u64::from(name != clean);
        name
    }

    pub(super) fn report(&self, report: &mut Report) {
        let Namer { repeated, cleaned, without, .. } = *self;
        let text = format!("{without} nodes without a label are called by their id");
        // Where none has a label, the ids are the names.
        let without = if self.labelled > 0 { without } else { 0 };
        report.add(Action::Renamed, "unlabelled", without, text);
        let text =
            format!("{cleaned} nodes whose label cannot be a name: blanks, `->` and `#` were replaced, long ones cut");
        report.add(Action::Renamed, "cleaned", cleaned, text);
        let text = format!("{repeated} nodes whose label another has, as in `Rome (2)`");
        report.add(Action::Renamed, "repeated", repeated, text);
    }
}
