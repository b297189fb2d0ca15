//! Rules for events: one thing each, within the run, on links that exist.

use super::Facts;
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{Change, PlannedEvent};

impl Facts<'_> {
    /// What happens to links, in the order of time; of one time, in the order of the file.
    pub(super) fn events(&self, report: &mut Report<'_>) -> Vec<PlannedEvent> {
        let mut planned = Vec::new();
        for (index, event) in self.experiment.events.iter().enumerate() {
            let at = Path::root().field("events").index(index);
            self.check_within_run(&at.field("at"), event.at, report);
            let flows = [("start", event.start.is_some()), ("stop", event.stop.is_some())];
            let mut verbs: Vec<&str> = flows.into_iter().filter(|(_, given)| *given).map(|(verb, _)| verb).collect();
            let mut changes = Vec::new();
            if let Some(link) = &event.link_down {
                changes.push(("link_down", at.field("link_down"), link, Change::Down));
            }
            if let Some(link) = &event.link_up {
                changes.push(("link_up", at.field("link_up"), link, Change::Up));
            }
            if let Some(set) = &event.set_cost {
                changes.push(("set_cost", at.field("set_cost").field("link"), &set.link, Change::Cost(set.cost)));
            }
            if let Some(set) = &event.set_bandwidth {
                let change = Change::Bandwidth(set.bandwidth);
                changes.push(("set_bandwidth", at.field("set_bandwidth").field("link"), &set.link, change));
            }
            if let Some(set) = &event.set_delay {
                changes.push(("set_delay", at.field("set_delay").field("link"), &set.link, Change::Delay(set.delay)));
            }
            for (verb, place, name, change) in changes {
                verbs.push(verb);
                let links = self.links_named(&place, name, report);
                planned.push(PlannedEvent { at: event.at, links, change });
            }
            match verbs[..] {
                [] => {
                    let known = ["start", "stop", "link_down", "link_up", "set_cost", "set_bandwidth", "set_delay"];
                    report.error(&at, "nothing happens here: say what").known = known.map(str::to_owned).to_vec();
                }
                [_] => {}
                [first, second, ..] => {
                    let message = format!("`{first}` and `{second}` in one event: make two of it");
                    report.error(&at.field(second), message);
                }
            }
        }
        planned.sort_by_key(|event| event.at);
        planned
    }
}
