//! Axes: what the caller says about them, and the range of values they end up showing.

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::figure::TICK_SIZE;
use crate::text::{Weight, shorten};
use crate::ticks::{self, Tick};

/// Larger magnitudes are not measurements; they count as missing, so that no range overflows.
const MAX_MAGNITUDE: f64 = 1e140;
/// The smallest range shown, relative to the magnitude of its ends.
const MIN_RELATIVE_SPAN: f64 = 1e-9;
/// Room between the largest value and the end of the axis, as a fraction of the range.
const HEADROOM: f64 = 0.05;
/// A longer name at a tick is shortened, in pixels.
const MOST_NAME: f64 = 180.0;

/// An axis: its label, its scale and, if the data shall not decide, its range.
///
/// A linear axis contains zero unless told otherwise: cutting the foot off a curve exaggerates
/// its changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit: `"throughput (Mbit/s)"`.
    pub label: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// The lowest value shown, in the unit of the data. `None` lets the data decide.
    pub min: Option<f64>,
    /// The highest value shown, in the unit of the data. `None` lets the data decide.
    pub max: Option<f64>,
    /// Names of the places 1, 2, 3, … instead of numbers. Empty: numbers.
    pub names: Vec<String>,
}

/// How values become distances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far apart.
    #[default]
    Linear,
    /// Equal ratios are equally far apart. Zero and negative values cannot be shown and count as
    /// missing.
    Log,
}

impl Axis {
    /// A linear axis whose range the data decide.
    pub fn new(label: impl Into<String>) -> Self {
        Axis { label: label.into(), ..Axis::default() }
    }

    /// The same axis with a logarithmic scale.
    pub fn log(self) -> Self {
        Axis { scale: Scale::Log, ..self }
    }

    /// The same axis beginning at `min`.
    pub fn from(self, min: f64) -> Self {
        Axis { min: Some(min), ..self }
    }

    /// The same axis ending at `max`.
    pub fn to(self, max: f64) -> Self {
        Axis { max: Some(max), ..self }
    }

    /// The same axis with names in place of the numbers 1, 2, 3, …, half a place of air around them.
    pub fn named(self, names: Vec<String>) -> Self {
        let max = names.len() as f64 + 0.5;
        Axis { min: Some(0.5), max: Some(max), names, ..self }
    }

    /// The names as ticks, if there are any.
    pub(crate) fn name_ticks(&self) -> Option<Vec<Tick>> {
        let tick = |(at, name): (usize, &String)| Tick {
            value: (at + 1) as f64,
            label: shorten(name, MOST_NAME, TICK_SIZE, Weight::Regular),
        };
        (!self.names.is_empty()).then(|| self.names.iter().enumerate().map(tick).collect())
    }

    /// Whether this axis has a place for `value`.
    pub(crate) fn can_show(&self, value: f64) -> bool {
        value.abs() <= MAX_MAGNITUDE
            && match self.scale {
                Scale::Linear => true,
                Scale::Log => value >= 1.0 / MAX_MAGNITUDE,
            }
    }

    /// The range that shows all `values`, with room at the ends if `ends` says so.
    pub(crate) fn resolve(&self, values: impl Iterator<Item = f64>, ends: Ends) -> Range {
        let (mut low, mut high) = values
            .filter(|&value| self.can_show(value))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let has_values = low <= high;
        match self.scale {
            Scale::Linear => {
                (low, high) = if has_values { (low.min(0.0), high.max(0.0)) } else { (0.0, 1.0) };
                if low == high {
                    high = low + 1.0;
                }
                let room = match ends {
                    Ends::Tight => 0.0,
                    Ends::Roomy => HEADROOM * (high - low),
                };
                // Zero needs no headroom: it is where a bar or an area stands.
                low -= if low < 0.0 { room } else { 0.0 };
                high += if high > 0.0 { room } else { 0.0 };
            }
            Scale::Log => {
                (low, high) = if has_values { (low, high) } else { (1.0, 10.0) };
                let room = match ends {
                    Ends::Tight => 1.0,
                    Ends::Roomy => libm::pow(high / low, HEADROOM).clamp(1.05, 1e3),
                };
                (low, high) = if high / low < 1.2 { (low / 3.0, high * 3.0) } else { (low / room, high * room) };
            }
        }
        self.override_range(low, high)
    }

    fn override_range(&self, low: f64, high: f64) -> Range {
        let usable = |value: &f64| self.can_show(*value);
        let (min, max) = match (self.min.filter(usable), self.max.filter(usable)) {
            (Some(min), Some(max)) if min > max => (Some(max), Some(min)),
            ends => ends,
        };
        let (mut low, mut high) = (min.unwrap_or(low), max.unwrap_or(high));
        match self.scale {
            Scale::Linear => {
                let least = (low.abs().max(high.abs()) * MIN_RELATIVE_SPAN).max(1.0 / MAX_MAGNITUDE);
                if high - low < least {
                    // The end that was asked for stays.
                    let span = low.abs().max(high.abs()).max(1.0);
                    (low, high) = if max.is_some() && min.is_none() { (high - span, high) } else { (low, low + span) };
                }
            }
            Scale::Log => {
                if high / low < 1.0 + 1e-6 {
                    (low, high) = if max.is_some() && min.is_none() { (high / 10.0, high) } else { (low, low * 10.0) };
                }
            }
        }
        Range { low, high, scale: self.scale }
    }
}

/// Whether the data may touch the ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Time: the axis ends where the data end.
    Tight,
    /// Quantities: a peak is seen to be one.
    Roomy,
}

/// The values an axis shows; `low < high`, both finite, both positive on a logarithmic scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) scale: Scale,
}

impl Range {
    /// Where `value` stands between the ends: 0 at the low end, 1 at the high end.
    pub(crate) fn fraction(self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => {
                let (low, high) = (libm::log10(self.low), libm::log10(self.high));
                (libm::log10(value) - low) / (high - low)
            }
        }
    }

    pub(crate) fn contains(self, value: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.fraction(value))
    }

    /// About `wanted` labelled ticks.
    pub(crate) fn ticks(self, wanted: usize) -> Vec<Tick> {
        match self.scale {
            Scale::Linear => ticks::linear(self.low, self.high, wanted),
            Scale::Log => ticks::logarithmic(self.low, self.high, wanted),
        }
    }

    /// Positions of fine grid lines between the ticks.
    pub(crate) fn minor_ticks(self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => Vec::new(),
            Scale::Log => ticks::logarithmic_minor(self.low, self.high),
        }
    }
}

/// How plotters places values on our axes.
impl Ranged for Range {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        // Far outside of the picture is far enough: the clamp keeps integers from overflowing.
        let fraction = self.fraction(*value).clamp(-50.0, 50.0);
        limit.0 + libm::round(fraction * f64::from(limit.1 - limit.0)) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Plotters asks for the bold lines first and for the light ones, bold included, later.
        let wanted = hint.bold_points();
        let mut values: Vec<f64> = self.ticks(wanted).into_iter().map(|tick| tick.value).collect();
        if hint.weight().allow_light_points() {
            values.extend(self.minor_ticks());
        }
        values
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(axis: &Axis, values: &[f64]) -> (f64, f64) {
        let range = axis.resolve(values.iter().copied(), Ends::Roomy);
        (range.low, range.high)
    }

    #[test]
    fn an_axis_of_positive_data_starts_at_zero_and_leaves_headroom() {
        assert_eq!(resolve(&Axis::new("y"), &[40.0, 100.0]), (0.0, 105.0));
    }

    #[test]
    fn an_axis_of_mixed_data_leaves_room_at_both_ends() {
        assert_eq!(resolve(&Axis::new("y"), &[-100.0, 100.0]), (-110.0, 110.0));
    }

    #[test]
    fn the_caller_may_set_either_end() {
        assert_eq!(resolve(&Axis::new("y").from(20.0), &[40.0, 100.0]), (20.0, 105.0));
        assert_eq!(resolve(&Axis::new("y").from(20.0).to(50.0), &[40.0, 100.0]), (20.0, 50.0));
        assert_eq!(resolve(&Axis::new("y").from(50.0).to(20.0), &[40.0]), (20.0, 50.0));
        assert_eq!(resolve(&Axis::new("y").from(f64::NAN), &[100.0]), (0.0, 105.0));
    }

    #[test]
    fn values_that_cannot_be_shown_do_not_stretch_the_axis() {
        assert_eq!(resolve(&Axis::new("y"), &[f64::INFINITY, 1e300, f64::NAN, 100.0]), (0.0, 105.0));
        assert_eq!(resolve(&Axis::new("y"), &[]), (0.0, 1.05));
        assert_eq!(resolve(&Axis::new("y").log(), &[0.0, -1.0, 10.0]), (10.0 / 3.0, 30.0));
    }

    #[test]
    fn names_stand_at_one_two_three_with_air_around_them() {
        let axis = Axis::new("").named(vec!["x".into(), "y".into()]);
        assert_eq!(resolve(&axis, &[1.0, 2.0]), (0.5, 2.5));
        let ticks = axis.name_ticks().unwrap();
        let said: Vec<(f64, &str)> = ticks.iter().map(|tick| (tick.value, tick.label.as_str())).collect();
        assert_eq!(said, [(1.0, "x"), (2.0, "y")]);
    }

    #[test]
    fn a_decade_is_as_long_as_the_next() {
        let range = Range { low: 1.0, high: 100.0, scale: Scale::Log };
        assert!((range.fraction(10.0) - 0.5).abs() < 1e-12);
    }
}
