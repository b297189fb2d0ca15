//! Labels above the plotting area: events and shaded intervals, in rows so that none overlaps.

use crate::text::{Weight, shorten, width};

/// Height of a row of labels in pixels.
pub(crate) const ROW_HEIGHT: f64 = 21.0;
/// Font size of the labels in pixels.
pub(crate) const FONT_SIZE: f64 = 16.0;
/// More rows would take the room of the picture.
const MAX_ROWS: usize = 6;
/// More labels than this cannot be told apart anyway.
const MAX_LABELS: usize = 60;
/// Space between neighbouring labels, and between a label and its line, in pixels.
const GAP: f64 = 10.0;
/// A label takes at most this share of the width.
const MOST_SHARE: f64 = 0.45;
const LEADER_GAP: f64 = 5.0;

/// A label to place; positions are pixels.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) label: String,
    pub(crate) anchor: MarkAnchor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MarkAnchor {
    /// Beside a line at x that rises from the plot to the label.
    Line(f64),
    /// Centred over an interval.
    Interval(f64, f64),
}

/// A placed label: its text from `left` to `right` in `row`, counted from the top.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) label: String,
    pub(crate) row: usize,
    pub(crate) left: f64,
    pub(crate) right: f64,
    /// Where a line rises from the plot to this row.
    pub(crate) leader: Option<f64>,
}

/// Rows used and labels placed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) count: usize,
    pub(crate) labels: Vec<Placed>,
}

/// Places as many labels as possible in as few rows as possible between `left` and `right`.
pub(crate) fn place(marks: &[Mark], left: f64, right: f64) -> Rows {
    let mut marks: Vec<Mark> =
        marks.iter().filter(|mark| !mark.label.trim().is_empty()).take(MAX_LABELS).cloned().collect();
    // Lines first: they have less choice.
    let order = |mark: &Mark| match mark.anchor {
        MarkAnchor::Line(x) => (0, x),
        MarkAnchor::Interval(from, _) => (1, from),
    };
    marks.sort_by(|a, b| {
        let ((kind_a, x_a), (kind_b, x_b)) = (order(a), order(b));
        kind_a.cmp(&kind_b).then(x_a.total_cmp(&x_b))
    });
    let mut best = Rows::default();
    for count in 1..=MAX_ROWS {
        let labels = place_in(&marks, count, left, right);
        if labels.len() > best.labels.len() {
            best = Rows { count, labels };
        }
        if best.labels.len() == marks.len() {
            break;
        }
    }
    best
}

fn place_in(marks: &[Mark], rows: usize, left: f64, right: f64) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    for mark in marks {
        let label = shorten(&mark.label, (right - left) * MOST_SHARE, FONT_SIZE, Weight::Regular);
        let width = width(&label, FONT_SIZE, Weight::Regular);
        let (starts, leader) = match mark.anchor {
            MarkAnchor::Line(x) => (vec![x + LEADER_GAP, x - LEADER_GAP - width], Some(x)),
            MarkAnchor::Interval(from, to) => {
                let centre = (from + to) / 2.0 - width / 2.0;
                (vec![centre.clamp(left, (right - width).max(left))], None)
            }
        };
        // A line crosses the rows below its label, so early labels stand high; an interval's
        // label crosses nothing and stands near the plot.
        let order: Vec<usize> = match leader {
            Some(_) => (0..rows).collect(),
            None => (0..rows).rev().collect(),
        };
        let candidates = order.iter().flat_map(|&row| starts.iter().map(move |&start| (row, start)));
        let free = candidates
            .map(|(row, start)| Placed { label: label.clone(), row, left: start, right: start + width, leader })
            .filter(|candidate| candidate.left >= left - 1.0 && candidate.right <= right + 1.0)
            .find(|candidate| placed.iter().all(|other| !are_in_conflict(candidate, other)));
        placed.extend(free);
    }
    placed
}

fn are_in_conflict(a: &Placed, b: &Placed) -> bool {
    let texts_overlap = a.row == b.row && a.left < b.right + GAP && b.left < a.right + GAP;
    texts_overlap || is_crossed(a, b) || is_crossed(b, a)
}

/// Whether the line of `b` runs through the text of `a`.
fn is_crossed(a: &Placed, b: &Placed) -> bool {
    b.leader.is_some_and(|x| b.row <= a.row && x > a.left - 3.0 && x < a.right + 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(label: &str, x: f64) -> Mark {
        Mark { label: label.into(), anchor: MarkAnchor::Line(x) }
    }

    #[test]
    fn labels_far_apart_share_one_row() {
        let rows = place(&[event("link down", 100.0), event("link up", 600.0)], 0.0, 1000.0);
        assert_eq!(rows.count, 1);
        assert_eq!(rows.labels.len(), 2);
    }

    #[test]
    fn neighbouring_labels_are_staggered_and_never_overlap() {
        let marks: Vec<Mark> = (0..6).map(|i| event("flow starts", 400.0 + 30.0 * f64::from(i))).collect();
        let rows = place(&marks, 0.0, 1000.0);
        assert!(rows.count > 1);
        for (i, a) in rows.labels.iter().enumerate() {
            for b in &rows.labels[..i] {
                assert!(!are_in_conflict(a, b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_label_at_the_right_edge_stands_left_of_its_line() {
        let rows = place(&[event("the end", 995.0)], 0.0, 1000.0);
        assert!(rows.labels[0].right < 995.0);
    }
}
