//! From what a run measured to what its user sees: the summary, the tables, the folder, the terminal.
//!
//! What is written is decided in pure functions that give bytes ([`summary`], [`tables`], [`documents`]); only [`folder`]
//! touches the file system and only [`clock`] looks at the clock. Two runs of one file give the same bytes in every
//! file but `manifest.json`.

pub mod clock;
pub mod documents;
pub mod folder;
pub mod manifest;
pub mod progress;
pub mod summary;
pub mod sweep;
pub mod table;
pub mod tables;

#[cfg(test)]
pub(crate) mod fixture;

use plots::si;
use sim_core::packet::DropReason;

use crate::file::expect::Metric;
use crate::run::outcome::{LinkOutcome, Outcome};

/// Stands where there is nothing to say.
pub(crate) const NOTHING: &str = "–";

/// A value of a metric as a person writes it: `4.82 Mbps`, `42.1 ms`, `0.998`.
pub(crate) fn in_words(metric: Metric, value: f64) -> String {
    match metric.unit() {
        "" => plain(value),
        "packets" if value == 1.0 => "1 packet".to_owned(),
        "packets" => format!("{} packets", plain(value)),
        "s" => seconds(value),
        unit => si::format(value, unit),
    }
}

/// A time span: `1.2 ms`, `45 s`, and `3600 s` rather than 3.6 ks.
pub(crate) fn seconds(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0} s") } else { si::format(value, "s") }
}

/// A number without a unit: whole ones whole, others to four digits after the point.
pub(crate) fn plain(value: f64) -> String {
    if value.fract() == 0.0 {
        return format!("{value}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share as a percentage: `0.37 %`, `98.2 %`, `100 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        small if small < 1.0 => 2,
        medium if medium < 99.95 => 1,
        _ => 0,
    };
    let text = format!("{percent:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// The link that holds the flows back: of those about as busy as the busiest, the one whose queue was full most often,
/// or where packets wait longest. `None` if no link carried anything.
pub fn bottleneck(outcome: &Outcome) -> Option<&LinkOutcome> {
    const ABOUT_AS_BUSY: f64 = 0.9;
    let busiest = outcome.links.iter().map(|link| link.utilization).fold(0.0, f64::max);
    let busy = outcome.links.iter().filter(|link| link.packets > 0 && link.utilization >= ABOUT_AS_BUSY * busiest);
    let full = |link: &LinkOutcome| link.dropped.get(DropReason::QueueFull);
    // The first of equals: `max_by` alone would take the last.
    busy.rev().max_by(|a, b| full(a).cmp(&full(b)).then(a.queueing_delay_mean_s.total_cmp(&b.queueing_delay_mean_s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottleneck_is_where_packets_wait() {
        let outcome = fixture::two_flows();
        assert_eq!(bottleneck(&outcome).unwrap().name, "r1->r2");
    }

    #[test]
    fn measured_values_are_said_with_their_units() {
        assert_eq!(in_words(Metric::Goodput, 4_821_000.0), "4.82 Mbps");
        assert_eq!(in_words(Metric::RttMean, 0.0421), "42.1 ms");
        assert_eq!(in_words(Metric::Completion, 3600.4), "3600 s");
        assert_eq!(in_words(Metric::Jain, 0.99821), "0.9982");
        assert_eq!(in_words(Metric::Dropped, 12.0), "12 packets");
    }

    #[test]
    fn shares_are_said_in_percent() {
        for (share, text) in [(0.0, "0 %"), (0.0037, "0.37 %"), (0.982, "98.2 %"), (0.9999, "100 %"), (0.5, "50 %")] {
            assert_eq!(percent(share), text);
        }
    }
}
