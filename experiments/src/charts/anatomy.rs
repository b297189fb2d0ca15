//! Where packets spend their time: the four delays of Kurose & Ross 1.4, hop by hop.

use plots::{Axis, BarChart, BarSeries, si};

use super::{About, Figure};
use crate::run::outcome::{HopAnatomy, Outcome};

/// At most this many hops are drawn.
const MOST_HOPS: usize = 16;

/// A part of the delay at a hop.
type Part = fn(&HopAnatomy) -> f64;

/// The four delays, in the order of the textbook.
const PARTS: [(&str, Part); 4] = [
    ("processing", |hop| hop.processing_s),
    ("queueing", |hop| hop.queueing_s),
    ("transmission", |hop| hop.transmission_s),
    ("propagation", |hop| hop.propagation_s),
];

/// Transmission, propagation, queueing and processing delay of each flow.
pub(super) fn delay_anatomy(outcome: &Outcome, about: &About) -> Option<Figure> {
    let with_packets = outcome.anatomy.iter().filter(|flow| flow.packets > 0);
    let hops: Vec<(&str, &HopAnatomy)> =
        with_packets.clone().flat_map(|flow| flow.hops.iter().map(|hop| (flow.flow.as_str(), hop))).collect();
    let shown = &hops[..hops.len().min(MOST_HOPS)];
    let total = |hop: &HopAnatomy| hop.processing_s + hop.queueing_s + hop.transmission_s + hop.propagation_s;
    let largest = shown.iter().map(|(_, hop)| total(hop)).fold(0.0, f64::max);
    if largest == 0.0 {
        return None;
    }
    let (scale, prefix) = si::axis(largest);
    let is_alone = with_packets.clone().count() == 1;
    let categories = shown.iter().map(|(flow, hop)| match is_alone {
        true => hop.link.clone(),
        false => format!("{flow}: {}", hop.link),
    });
    let mut subtitle = about.subtitle.clone();
    if shown.len() < hops.len() {
        subtitle += &format!(" · the first {} of {} hops", shown.len(), hops.len());
    }
    let packets: u64 = with_packets.map(|flow| flow.packets).sum();
    let value = Axis::new(format!("mean delay over {packets} packets ({prefix}s)"));
    let chart = BarChart::new("Where packets spend their time", value, categories).subtitle(subtitle).stacked();
    let series = PARTS.into_iter().enumerate().map(|(style, (name, of))| {
        BarSeries::new(name, shown.iter().map(|(_, hop)| of(hop) / scale).collect()).style(style)
    });
    let present = series.filter(|series| series.values.iter().any(|&value| value > 0.0));
    Some(Figure::Bars(present.fold(chart, BarChart::with)))
}
