//! Rules for events: one thing each, within the run, on links and routers that exist.

use sim_core::Prefix;
use sim_core::ids::NodeId;

use super::Facts;
use crate::file::diagnostic::Report;
use crate::file::path::Path;
use crate::file::plan::{Change, Happening, PlannedEvent};
use crate::file::spec::{Announcement, Event, Routing};

/// What happens to a router.
type OfRouter = fn(NodeId) -> Happening;

/// What a router does with a prefix.
type OfPrefix = fn(NodeId, Prefix) -> Happening;

impl Facts<'_> {
    /// What happens to links and routers, in the order of time; of one time, in the order of the file.
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
            if let Some(link) = &event.end_loss {
                changes.push(("end_loss", at.field("end_loss"), link, Change::NoLoss));
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
                let traced = links.iter().find(|link| link.spec(self.topology).bandwidth_trace.is_some());
                if let (Change::Bandwidth(_), Some(link)) = (change, traced) {
                    let name = link.name(self.topology);
                    report.error(&place, format!("the bandwidth of `{name}` follows its trace: it cannot be set"));
                }
                planned.push(PlannedEvent { at: event.at, what: Happening::Link { links, change } });
            }
            for (verb, what) in self.router_events(&at, event, report) {
                verbs.push(verb);
                planned.extend(what.map(|what| PlannedEvent { at: event.at, what }));
            }
            match verbs[..] {
                [] => {
                    let known = [
                        "start",
                        "stop",
                        "link_down",
                        "link_up",
                        "end_loss",
                        "router_down",
                        "router_up",
                        "set_cost",
                        "set_bandwidth",
                        "set_delay",
                        "announce",
                        "withdraw",
                    ];
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

    /// What an event does to routers: the verb, and what is planned if nothing is wrong with it.
    fn router_events(
        &self,
        at: &Path,
        event: &Event,
        report: &mut Report<'_>,
    ) -> Vec<(&'static str, Option<Happening>)> {
        let mut given = Vec::new();
        let failures: [(_, _, OfRouter); 2] = [
            ("router_down", &event.router_down, Happening::RouterDown),
            ("router_up", &event.router_up, Happening::RouterUp),
        ];
        for (verb, name, happening) in failures {
            let Some(name) = name else { continue };
            let node = self.nodes.get(name.as_str()).copied();
            if node.is_none() {
                report.unknown(&at.field(verb), "node", name, self.nodes.keys().copied());
            }
            given.push((verb, node.map(happening)));
        }
        let announcements: [(_, _, OfPrefix); 2] =
            [("announce", &event.announce, Happening::Announce), ("withdraw", &event.withdraw, Happening::Withdraw)];
        for (verb, announcement, happening) in announcements {
            let Some(Announcement { router, prefix }) = announcement else { continue };
            let at = at.field(verb);
            if !matches!(self.experiment.routing, Routing::Protocol(_)) {
                let message = format!("with `{}` nobody would hear of it", self.experiment.routing.name());
                report.error(&at, message).help.push("choose a routing protocol, such as `path_vector`".into());
            }
            let node = self.router_named(&at.field("router"), router, report);
            let prefix = prefix.parse().map_err(|why: String| report.error(&at.field("prefix"), why).help.len()).ok();
            given.push((verb, node.zip(prefix).map(|(node, prefix)| happening(node, prefix))));
        }
        given
    }
}
