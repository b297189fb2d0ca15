//! Charts of links over time: queues and utilization.

use plots::{Axis, Chart, Line, MarkerShape, Markers, Panels, Reference};

use super::{About, Figure, marks, means, samples_per_mean, time_axis, with_all};
use crate::run::outcome::{LinkOutcome, LinkSeries, Outcome};

/// The queues of at most this many links are drawn.
const MOST_QUEUES: usize = 3;
/// The utilization of at most this many links is drawn.
const MOST_LINES: usize = 8;
/// Links less used than this are not drawn where there are busier ones.
const HARDLY_USED: f64 = 0.01;

/// Packets waiting at each congested link over time, its limit and its drops.
pub(super) fn queue(outcome: &Outcome, about: &About) -> Option<Figure> {
    let mut links: Vec<(&LinkOutcome, &LinkSeries)> = outcome.links.iter().zip(&outcome.series.links).collect();
    links.retain(|(link, series)| link.queue_packets_max > 0 && !series.queue_packets.is_empty());
    links.sort_by(|(a, _), (b, _)| {
        let drops = b.dropped.total().cmp(&a.dropped.total());
        drops.then(b.queue_packets_mean.total_cmp(&a.queue_packets_mean))
    });
    links.truncate(MOST_QUEUES);
    // Beside a queue that is often there, one that hardly ever was tells nothing.
    let most = links.first()?.0;
    links.retain(|(link, _)| link.dropped.total() > 0 || link.queue_packets_mean > 0.02 * most.queue_packets_mean);
    let place = |(link, _): &(&LinkOutcome, &LinkSeries)| outcome.links.iter().position(|one| one.name == link.name);
    links.sort_by_key(place);
    let (time_scale, time) = time_axis(outcome);
    let panel = |(link, series): &(&LinkOutcome, &LinkSeries)| {
        let times = outcome.series.times_s.iter().map(|t| t / time_scale);
        let points = times.clone().zip(series.queue_packets.iter().map(|&packets| f64::from(packets))).collect();
        let chart = Chart::new(link.name.as_str(), time.clone(), Axis::new("queue (packets)"))
            .with(Line::new(if links.len() == 1 { link.name.as_str() } else { "waiting" }, points).step().style(0));
        let drops: Vec<(f64, f64)> = (times.zip(&series.drops).enumerate())
            .filter(|(_, (_, drops))| **drops > 0)
            .map(|(index, (t, _))| {
                let before = series.queue_packets[index.saturating_sub(1)];
                (t, f64::from(series.queue_packets[index].max(before)))
            })
            .collect();
        let chart = match drops.is_empty() {
            true => chart,
            false => chart.with(Markers::new("drops", MarkerShape::Cross, drops)),
        };
        match limit(link) {
            Some((label, packets)) => chart.with(Reference::horizontal(label, packets)),
            None => chart,
        }
    };
    let title = "Packets waiting over time";
    if let [only] = &links[..] {
        let chart = Chart { title: title.into(), ..panel(only) }.subtitle(about.subtitle(None));
        return Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))));
    }
    let panels = Panels::new(title, time.clone()).subtitle(about.subtitle(None));
    let panels = links.iter().map(panel).fold(panels, Panels::with);
    Some(Figure::Panels(marks(outcome, time_scale).fold(panels, Panels::event)))
}

/// The limit of a queue in packets, with its label; in packets of mean size if it is in bytes. Nothing if the queue
/// never came near it (the line would only flatten the curve), or held more than that because packets differ in size.
fn limit(link: &LinkOutcome) -> Option<(String, f64)> {
    const NEAR: f64 = 4.0;
    let most = link.queue_packets_max as f64;
    let (label, packets) = match (link.limit_packets, link.limit_bytes) {
        (Some(packets), _) => (format!("limit {packets}"), packets as f64),
        (None, Some(bytes)) if link.packets > 0 => {
            let packets = bytes as f64 * link.packets as f64 / link.bytes as f64;
            (format!("limit {}", plots::si::format(bytes as f64, "B")), packets)
        }
        (None, Some(_) | None) => return None,
    };
    (most - 1.0..=NEAR * most).contains(&packets).then_some((label, packets))
}

/// Utilization of each link over time.
pub(super) fn utilization(outcome: &Outcome, about: &About) -> Option<Figure> {
    let mut links: Vec<(&LinkOutcome, &LinkSeries)> = outcome.links.iter().zip(&outcome.series.links).collect();
    links.retain(|(link, series)| link.packets > 0 && !series.utilization.is_empty());
    // Stable: equally busy links stay in their order.
    links.sort_by(|(a, _), (b, _)| b.utilization.total_cmp(&a.utilization));
    let busiest = links.first()?.0.utilization;
    let used = links.len();
    links.retain(|(link, _)| link.utilization >= HARDLY_USED.min(busiest));
    links.truncate(MOST_LINES);
    let (time_scale, time) = time_axis(outcome);
    let group = samples_per_mean(outcome);
    let window = (group > 1).then_some(group as f64 * outcome.series.interval_s);
    let mut subtitle = about.subtitle(window);
    if links.len() < used {
        subtitle += &format!(" · the {} busiest of {used} links", links.len());
    }
    let line = |(link, series): &(&LinkOutcome, &LinkSeries)| {
        let percent: Vec<f64> = series.utilization.iter().map(|&share| f64::from(share) * 100.0).collect();
        Line::new(link.name.as_str(), means(outcome, time_scale, &percent, 1.0, group))
    };
    let chart = Chart::new("Utilization of links over time", time, Axis::new("utilization (%)").from(0.0).to(108.0))
        .subtitle(subtitle);
    let chart = with_all(chart, links.iter().map(line));
    Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))))
}
