//! Rectangles on a plane, filled as bars are: counts per interval of time, stacked where there are several kinds.

use std::collections::BTreeMap;

use crate::legend::draw_hatch;
use crate::plane::Plane;
use crate::style;
use crate::svg::{Rect, Svg};
use crate::ticks::short;

/// Narrower blocks than this, in pixels, have neither hatch nor outline: they would be nothing but that.
const LEAST_HATCHED: f64 = 6.0;

/// Rectangles of one kind.
///
/// ```
/// use plots::{Axis, Blocks, Chart, Size};
///
/// // Two kinds of events in intervals of a second, one stacked on the other.
/// let [first, second] = Blocks::stacked([("a", vec![3.0, 1.0]), ("b", vec![0.0, 2.0])], &[0.0, 1.0, 2.0]);
/// assert_eq!(first.areas, [(0.0, 1.0, 0.0, 3.0), (1.0, 2.0, 0.0, 1.0)]);
/// assert_eq!(second.areas, [(1.0, 2.0, 1.0, 3.0)]);
/// let chart = Chart::new("Events", Axis::new("time (s)"), Axis::new("events per second")).with(first).with(second);
/// assert!(chart.to_svg(Size::default()).contains("<rect"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blocks {
    /// Their name in the legend.
    pub label: String,
    /// From where to where each reaches: x, x, y, y.
    pub areas: Vec<(f64, f64, f64, f64)>,
    /// Which colour and hatch, counted from 0 as with bars.
    pub pattern: usize,
}

impl Blocks {
    /// Heights stacked in the order of the kinds, from kind to kind with the next pattern. `edges` are the ends of the
    /// intervals: one more than there are heights. Heights that are not above zero have no block.
    pub fn stacked<const N: usize>(kinds: [(&str, Vec<f64>); N], edges: &[f64]) -> [Blocks; N] {
        let mut stacked =
            Self::stack(kinds.map(|(label, heights)| (label.to_owned(), heights)).into(), edges).into_iter();
        std::array::from_fn(|_| stacked.next().unwrap_or_default())
    }

    /// As [`stacked`](Blocks::stacked), of any number of kinds.
    pub fn stack(kinds: Vec<(String, Vec<f64>)>, edges: &[f64]) -> Vec<Blocks> {
        let mut tops = vec![0.0; edges.len().saturating_sub(1)];
        let mut stacked = Vec::new();
        for (pattern, (label, heights)) in kinds.into_iter().enumerate() {
            let mut areas = Vec::new();
            for ((ends, top), height) in edges.windows(2).zip(&mut tops).zip(heights) {
                if height > 0.0 && height.is_finite() {
                    areas.push((ends[0], ends[1], *top, *top + height));
                    *top += height;
                }
            }
            stacked.push(Blocks { label, areas, pattern });
        }
        stacked
    }

    /// In words: how much there is of it.
    pub(crate) fn summary(&self) -> String {
        let sum: f64 = self.areas.iter().map(|area| area.3 - area.2).filter(|height| height.is_finite()).sum();
        format!("{}: {} in all.", self.label, short(sum))
    }

    /// Draws those that lie on the plane, cut off at its edges.
    pub(crate) fn draw(&self, svg: &mut Svg, plane: &Plane) {
        // What shares a column of pixels is drawn as its highest: a run of any length has a small picture.
        let mut columns: BTreeMap<(i64, i64), (f64, f64)> = BTreeMap::new();
        for &(from, to, low, high) in &self.areas {
            let (from, to) = (from.max(plane.x.low), to.min(plane.x.high));
            let (low, high) = (low.max(plane.y.low), high.min(plane.y.high));
            let is_seen = from < to && low < high;
            if !is_seen {
                continue;
            }
            let tenths = |x: f64| libm::round(plane.x_px(x) * 10.0) as i64;
            let (left, right) = (tenths(from), tenths(to));
            let (left, right) = if right - left < 10 { (left / 10 * 10, left / 10 * 10 + 10) } else { (left, right) };
            let held = columns.entry((left, right)).or_insert((low, high));
            *held = (held.0.min(low), held.1.max(high));
        }
        for ((left, right), (low, high)) in columns {
            let (top, bottom) = (plane.y_px(high), plane.y_px(low));
            let (x, width) = (left as f64 / 10.0, (right - left) as f64 / 10.0);
            let area = Rect { x, y: top, width, height: bottom - top };
            if width < LEAST_HATCHED {
                svg.rect(area, &style::series_colour(self.pattern).hex(), "");
            } else {
                svg.rect(area, &style::bar_fill(self.pattern).hex(), "");
                draw_hatch(svg, area, self.pattern);
            }
        }
    }
}
