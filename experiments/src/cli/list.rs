//! `netsim list`: what there is to choose from, one line each.

use super::{Exit, terminal};
use crate::file::expect::Metric;
use crate::file::spec::{ChartKind, Routing};
use crate::theory::Theory;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// Queue disciplines.
    Queues,
    /// Congestion controls of TCP.
    CongestionControls,
    /// Ways to fill the routing tables.
    Routing,
    /// Ways to lose packets.
    LossModels,
    /// Shapes of networks.
    Shapes,
    /// Formats of networks in files of others.
    Formats,
    /// Charts of the results.
    Charts,
    /// Formulas to draw beside the points of a sweep.
    Theories,
    /// What expectations can be about.
    Metrics,
}

/// Name, meaning, and source or unit.
type Line = (&'static str, &'static str, &'static str);

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Kind::Queues => "Queues",
            Kind::CongestionControls => "Congestion controls",
            Kind::Routing => "Routing",
            Kind::LossModels => "Loss models",
            Kind::Shapes => "Shapes",
            Kind::Formats => "Formats",
            Kind::Charts => "Charts",
            Kind::Theories => "Theories",
            Kind::Metrics => "Metrics",
        }
    }

    fn lines(self) -> Vec<Line> {
        match self {
            Kind::Queues => sim_core::queue::KNOWN.to_vec(),
            Kind::CongestionControls => protocols::congestion::KNOWN.to_vec(),
            Kind::Routing => Routing::known(),
            Kind::LossModels => sim_core::loss::KNOWN.to_vec(),
            Kind::Shapes => topologies::shape::KNOWN.to_vec(),
            Kind::Formats => topologies::import::format::KNOWN.to_vec(),
            Kind::Charts => ChartKind::KNOWN.iter().map(|&(name, meaning)| (name, meaning, "")).collect(),
            Kind::Theories => Theory::KNOWN.to_vec(),
            Kind::Metrics => Metric::KNOWN.to_vec(),
        }
    }
}

/// Lists one kind, or all under their titles.
pub(super) fn list(what: Option<Kind>) -> Exit {
    let text = match what {
        Some(kind) => table(&kind.lines(), ""),
        None => {
            let all = <Kind as clap::ValueEnum>::value_variants().iter();
            let sections: Vec<String> =
                all.map(|kind| format!("{}\n{}", kind.title(), table(&kind.lines(), "  "))).collect();
            sections.join("\n")
        }
    };
    terminal::print(&text)
}

fn table(lines: &[Line], indent: &str) -> String {
    let width = lines.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let line = |(name, meaning, source): &Line| {
        // Doc comments end with a period, registries' summaries do not.
        let meaning = meaning.trim().trim_end_matches('.');
        let source = if source.is_empty() { String::new() } else { format!(" ({source})") };
        format!("{indent}{name:width$}  {meaning}{source}\n")
    };
    lines.iter().map(line).collect()
}
