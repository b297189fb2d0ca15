//! What a router knows, in the rows of the textbook: the paths its neighbours told, and the best of them.

use super::PathVector;
use super::messages::path;
use super::rib::{Candidate, Choice, Entry, Rule, Standing};
use crate::routing::names::Names;
use crate::routing::tables::{TableWriter, Width};

impl PathVector {
    /// What was heard, and why it is best or not.
    pub(super) fn write_adj_ribs_in(&self, to: &mut TableWriter<'_>) {
        if !to.begin("Adj-RIBs-In", Width::Narrow, Some(self.revision)) {
            return;
        }
        let names = to.names();
        let columns = ["prefix", "path", "local preference", "MED", "via", "best", "why"];
        to.columns((), || columns.map(str::to_owned).into());
        for entry in self.by_name(names) {
            let best = entry.best.as_ref().and_then(|best| best.source);
            for (place, candidate) in entry.candidates.iter().enumerate() {
                to.row((entry.revision, place), || {
                    let is_best = best.is_some_and(|best| best.over == candidate.source.over);
                    let preference = match candidate.standing {
                        Standing::Eligible(preference) => preference.to_string(),
                        Standing::Loop | Standing::Refused => String::new(),
                    };
                    vec![
                        names.destination(entry.destination).to_owned(),
                        path(&candidate.attributes.path, names),
                        preference,
                        candidate.attributes.med.map_or_else(String::new, |med| med.to_string()),
                        names.node(candidate.source.neighbor).to_owned(),
                        if is_best { ">" } else { "" }.to_owned(),
                        self.why(entry, candidate),
                    ]
                });
            }
        }
    }

    /// What is best.
    pub(super) fn write_loc_rib(&self, to: &mut TableWriter<'_>) {
        if !to.begin("Loc-RIB", Width::Narrow, Some(self.revision)) {
            return;
        }
        let names = to.names();
        to.columns((), || ["prefix", "path", "via", "chosen by", "over"].map(str::to_owned).into());
        for entry in self.by_name(names) {
            let Some(best) = &entry.best else { continue };
            to.row(entry.revision, || {
                let via = best.source.map_or("", |source| names.node(source.neighbor));
                let choice = self.choice(entry);
                let second = choice.and_then(|choice| choice.second).map(|at| &entry.candidates[at].attributes.path);
                vec![
                    names.destination(entry.destination).to_owned(),
                    path(&best.told.path, names),
                    via.to_owned(),
                    choice.map_or(Rule::Own, |choice| choice.rule).name().to_owned(),
                    second.map_or_else(String::new, |second| path(second, names)),
                ]
            });
        }
    }

    fn by_name(&self, names: &Names) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| names.destination_rank(entry.destination));
        entries
    }

    /// Which of the neighbours' paths is best and why; none if the destination is here.
    fn choice(&self, entry: &Entry) -> Option<Choice> {
        if entry.is_own { None } else { entry.decide(self.setup.always_compare_med, &mut 0) }
    }

    /// Why a path is best, or is not.
    fn why(&self, entry: &Entry, candidate: &Candidate) -> String {
        match candidate.standing {
            Standing::Loop => return "loop".to_owned(),
            Standing::Refused => return "refused".to_owned(),
            Standing::Eligible(_) => {}
        }
        let Some(best) = &entry.best else { return String::new() };
        let Some(source) = best.source else { return Rule::Own.name().to_owned() };
        if source.over == candidate.source.over {
            return self.choice(entry).map_or("", |choice| choice.rule.name()).to_owned();
        }
        let winner = entry.position(source.over).map(|at| &entry.candidates[at]);
        // The discriminator may have struck it out in favour of another path of its own neighbour.
        let rule = winner.map(|winner| winner.against(candidate, self.setup.always_compare_med).1);
        rule.map_or_else(|_| String::new(), |rule| rule.name().to_owned())
    }
}
