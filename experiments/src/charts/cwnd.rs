//! Congestion windows over time, with what the sender was about and every loss it noticed.
//!
//! Up to four flows have a panel each, drawn from every change of the window; of more, or where a run recorded none,
//! samples are drawn.

use plots::{Axis, Chart, Line, MarkerShape, Markers, Panels, Shading, Tint, si};

use super::flows::{lines_or_range, with_data};
use super::{About, Figure, Points, largest, marks, over_time, time_axis, with_all};
use crate::results::seconds;
use crate::run::outcome::{FlowSeries, Outcome};
use crate::run::record::{MOST_FLOWS, SenderPhase, WindowRecord};

/// How the phases are shaded, in the order of the legend.
const PHASES: [(SenderPhase, &str, Option<usize>); 4] = [
    (SenderPhase::SlowStart, "slow start", Some(0)),
    (SenderPhase::CongestionAvoidance, "congestion avoidance", None),
    (SenderPhase::FastRecovery, "fast recovery", Some(1)),
    (SenderPhase::TimeoutRecovery, "recovery after timeout", Some(3)),
];

/// What to divide seconds and bytes by.
#[derive(Clone, Copy)]
struct Scales {
    time: f64,
    window: f64,
}

/// Congestion window and slow start threshold of each TCP flow over time.
pub(super) fn cwnd(outcome: &Outcome, about: &About) -> Option<Figure> {
    let flows = with_data(outcome, |series| &series.cwnd_bytes);
    if flows.is_empty() {
        return None;
    }
    let (time_scale, time) = time_axis(outcome);
    let recorded = |index: usize| outcome.windows.get(&index).filter(|record| !record.changes.is_empty());
    let highest = (flows.iter())
        .filter_map(|(index, _)| recorded(*index))
        .flat_map(|record| record.changes.iter().map(|change| change.cwnd_bytes))
        .fold(largest(flows.iter().map(|(_, series)| &series.cwnd_bytes[..])), f64::max);
    let (scale, prefix) = si::axis(highest);
    let axis = || Axis::new(format!("window ({prefix}B)"));
    let title = "Congestion window over time";
    if flows.len() > MOST_FLOWS {
        let chart = Chart::new(title, time, axis()).subtitle(about.subtitle(None));
        let window = |series: &FlowSeries| over_time(outcome, time_scale, &series.cwnd_bytes, scale);
        let lines = flows.iter().map(|&(index, series)| (index, window(series))).collect();
        let chart = lines_or_range(chart, outcome, lines);
        return Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))));
    }
    let top = highest / scale;
    let scales = Scales { time: time_scale, window: scale };
    let panel = |&(index, series): &(usize, &FlowSeries)| {
        let drawn = match recorded(index) {
            Some(record) => from_changes(outcome, record, series, scales),
            None => from_samples(outcome, series, scales),
        };
        let mut chart = Chart::new(heading(outcome, index, flows.len()), time.clone(), axis().to(1.08 * top));
        for (phase, label, pattern) in PHASES {
            let intervals: Vec<(f64, f64)> =
                drawn.phases.iter().filter(|one| one.0 == phase).map(|one| (one.1, one.2)).collect();
            if !intervals.is_empty() {
                chart = chart.with(Shading::new(label, pattern, intervals));
            }
        }
        chart = chart.with(Line { shape: drawn.shape, ..Line::new("cwnd", drawn.cwnd).style(0) });
        // Until the first loss the threshold may be anything, even far above every window: it is cut at the top.
        let threshold: Points =
            drawn.ssthresh.into_iter().map(|(t, y)| (t, if y > 1.05 * top { f64::NAN } else { y })).collect();
        if threshold.iter().any(|(_, y)| y.is_finite()) {
            chart = chart.with(Line::new("ssthresh", threshold).step().style(1));
        }
        if !drawn.repeated.is_empty() {
            let markers = Markers::new(drawn.repeated_label, MarkerShape::Triangle, drawn.repeated);
            chart = chart.with(markers.tint(Tint::Series(3)));
        }
        if !drawn.timeouts.is_empty() {
            chart = chart.with(Markers::new("timeout", MarkerShape::Cross, drawn.timeouts));
        }
        chart
    };
    let mut subtitle = about.subtitle(None);
    let cut = flows.iter().filter_map(|(index, _)| recorded(*index)?.ended_s).fold(f64::INFINITY, f64::min);
    if cut.is_finite() {
        subtitle += &format!(" · every change until {}, then samples", seconds(cut));
    }
    if let [only] = &flows[..] {
        let chart = Chart { title: title.into(), ..panel(only) }.subtitle(subtitle);
        return Some(Figure::Chart(with_all(chart, marks(outcome, time_scale))));
    }
    let panels = Panels::new(title, time.clone()).subtitle(subtitle);
    let panels = flows.iter().map(panel).fold(panels, Panels::with);
    Some(Figure::Panels(marks(outcome, time_scale).fold(panels, Panels::event)))
}

/// What heads a flow's panel; nothing if it is alone.
fn heading(outcome: &Outcome, index: usize, flows: usize) -> String {
    let flow = &outcome.flows[index];
    match flow.congestion_control {
        _ if flows == 1 => String::new(),
        Some(control) => format!("{} ({control})", flow.name),
        None => flow.name.clone(),
    }
}

/// A panel's content, in the units of its axes.
#[derive(Default)]
struct Drawn {
    cwnd: Points,
    shape: plots::LineShape,
    ssthresh: Points,
    phases: Vec<(SenderPhase, f64, f64)>,
    repeated: Points,
    repeated_label: &'static str,
    timeouts: Points,
}

/// From every change of the window; from samples where so many were made that recording stopped.
fn from_changes(outcome: &Outcome, record: &WindowRecord, series: &FlowSeries, scales: Scales) -> Drawn {
    let mut drawn = Drawn { shape: plots::LineShape::Step, repeated_label: "fast retransmit", ..Drawn::default() };
    let end = record.ended_s.unwrap_or(outcome.simulated.as_secs_f64());
    let missing = |bytes: f64| if bytes > 0.0 { bytes / scales.window } else { f64::NAN };
    for change in &record.changes {
        let t = change.at_s / scales.time;
        drawn.cwnd.push((t, missing(change.cwnd_bytes)));
        drawn.ssthresh.push((t, change.ssthresh_bytes / scales.window));
        let before = (t, change.before_bytes / scales.window);
        if change.is_fast_retransmit {
            drawn.repeated.push(before);
        }
        if change.expired_s.is_some() && change.before_bytes > 0.0 {
            drawn.timeouts.push(before);
        }
    }
    let ends = record.changes.iter().skip(1).map(|next| next.at_s).chain([end]);
    for (change, until_s) in record.changes.iter().zip(ends) {
        let (from, until) = (change.at_s / scales.time, until_s / scales.time);
        match drawn.phases.last_mut() {
            Some((phase, _, last)) if *phase == change.phase && *last == from => *last = until,
            Some(_) | None => drawn.phases.push((change.phase, from, until)),
        }
    }
    let last = record.changes.last().map_or(f64::NAN, |last| last.cwnd_bytes);
    match record.ended_s {
        None => {
            drawn.cwnd.push((end / scales.time, missing(last)));
            let threshold = drawn.ssthresh.last().map_or(f64::NAN, |last| last.1);
            drawn.ssthresh.push((end / scales.time, if last > 0.0 { threshold } else { f64::NAN }));
        }
        Some(ended_s) => {
            let sampled = from_samples(outcome, series, scales);
            let later = |point: &(f64, f64)| point.0 > ended_s / scales.time;
            drawn.cwnd.extend(sampled.cwnd.into_iter().filter(later));
            drawn.ssthresh.extend(sampled.ssthresh.into_iter().filter(later));
            drawn.repeated.extend(sampled.repeated.into_iter().filter(later));
            drawn.timeouts.extend(sampled.timeouts.into_iter().filter(later));
        }
    }
    drawn
}

/// From samples: where the sender began to repeat packets, and where its timer ran out, at the window it had before.
fn from_samples(outcome: &Outcome, series: &FlowSeries, scales: Scales) -> Drawn {
    let mut drawn = Drawn {
        cwnd: over_time(outcome, scales.time, &series.cwnd_bytes, scales.window),
        ssthresh: over_time(outcome, scales.time, &series.ssthresh_bytes, scales.window),
        repeated_label: "retransmission",
        ..Drawn::default()
    };
    let at = |values: &[f64], index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    for (index, t) in outcome.series.times_s.iter().enumerate() {
        let before = index.checked_sub(1);
        let window = at(&series.cwnd_bytes, index).max(before.map_or(f64::NAN, |b| at(&series.cwnd_bytes, b)));
        let point = (t / scales.time, window / scales.window);
        if at(&series.timeouts, index) > 0.0 {
            drawn.timeouts.push(point);
        } else if at(&series.retransmits, index) > 0.0 && !before.is_some_and(|b| at(&series.retransmits, b) > 0.0) {
            drawn.repeated.push(point);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture;
    use crate::run::record::WindowChange;

    fn change(at_s: f64, cwnd_bytes: f64, phase: SenderPhase) -> WindowChange {
        WindowChange {
            at_s,
            cwnd_bytes,
            before_bytes: 0.0,
            ssthresh_bytes: f64::NAN,
            phase,
            is_fast_retransmit: false,
            expired_s: None,
        }
    }

    #[test]
    fn phases_last_from_change_to_change_and_the_last_to_the_end() {
        let outcome = fixture::two_flows();
        let record = WindowRecord {
            changes: vec![
                change(1.0, 1e3, SenderPhase::SlowStart),
                change(2.0, 2e3, SenderPhase::SlowStart),
                WindowChange {
                    before_bytes: 2e3,
                    is_fast_retransmit: true,
                    ..change(5.0, 1e3, SenderPhase::FastRecovery)
                },
                change(6.0, 1e3, SenderPhase::CongestionAvoidance),
            ],
            ended_s: None,
        };
        let drawn = from_changes(&outcome, &record, &outcome.series.flows[0], Scales { time: 1.0, window: 1e3 });
        let expected = [
            (SenderPhase::SlowStart, 1.0, 5.0),
            (SenderPhase::FastRecovery, 5.0, 6.0),
            (SenderPhase::CongestionAvoidance, 6.0, 60.0),
        ];
        assert_eq!(drawn.phases, expected);
        assert_eq!(drawn.repeated, [(5.0, 2.0)], "at the window before the loss");
        assert_eq!(drawn.cwnd.last(), Some(&(60.0, 1.0)));
    }

    #[test]
    fn after_too_many_changes_samples_go_on() {
        let outcome = fixture::two_flows();
        let record = WindowRecord { changes: vec![change(1.0, 1e3, SenderPhase::SlowStart)], ended_s: Some(50.0) };
        let drawn = from_changes(&outcome, &record, &outcome.series.flows[0], Scales { time: 1.0, window: 1.0 });
        // One change, and the samples from 50.1 s to 60 s.
        assert_eq!(drawn.cwnd.len(), 1 + 100);
    }
}
