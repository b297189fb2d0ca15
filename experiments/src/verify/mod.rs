//! Known answers of the textbook, replayed: what must come out beside what does.
//!
//! Each [`Case`] states a fact of a course on networks, runs it, and compares. The expected values are worked out from
//! the statement alone; the arithmetic stands beside each. Cases called A… are numbers that lectures print, cases called
//! E… settle what slides were found to say wrongly.

mod reliable_transfer;
mod routing;
mod scenario;
mod sharing;
mod tcp;
mod tcp_rules;

use serde::Serialize;

use self::scenario::Failure;

/// A known answer.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// `A1`, `E13`.
    pub id: &'static str,
    /// What is claimed.
    pub statement: &'static str,
    /// Where it is explained.
    pub source: &'static str,
    replay: fn() -> Result<Vec<Line>, Failure>,
}

/// One comparison of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What is compared.
    pub what: String,
    /// What must come out.
    pub expected: String,
    /// What came out.
    pub measured: String,
    /// Whether that is the same, within the tolerance.
    pub is_met: bool,
}

/// A case with what came out.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// As in [`Case`].
    pub id: &'static str,
    /// As in [`Case`].
    pub statement: &'static str,
    /// As in [`Case`].
    pub source: &'static str,
    /// Whether all lines are met.
    pub is_met: bool,
    /// The comparisons.
    pub lines: Vec<Line>,
}

/// Every case, in the order of the textbook.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [reliable_transfer::CASES, tcp::CASES, tcp_rules::CASES, sharing::CASES, routing::CASES].into_iter().flatten()
}

impl Case {
    /// Runs the case.
    pub fn verdict(&self) -> Verdict {
        let lines = (self.replay)().unwrap_or_else(|failure| {
            vec![Line {
                what: "the experiment runs".to_owned(),
                expected: "to its end".to_owned(),
                measured: failure.0,
                is_met: false,
            }]
        });
        let is_met = !lines.is_empty() && lines.iter().all(|line| line.is_met);
        Verdict { id: self.id, statement: self.statement, source: self.source, is_met, lines }
    }
}

impl Line {
    /// Two numbers that may differ by `tolerance`, a share of the expected one.
    fn near(what: impl Into<String>, expected: f64, measured: f64, tolerance: f64) -> Self {
        // Not a number is met by nothing.
        let is_met = (measured - expected).abs() <= tolerance * expected.abs();
        Line { what: what.into(), expected: significant(expected), measured: significant(measured), is_met }
    }

    /// Two values that must be the same.
    fn equal<T: PartialEq + std::fmt::Debug>(what: impl Into<String>, expected: T, measured: T) -> Self {
        let is_met = measured == expected;
        Line { what: what.into(), expected: spoken(&expected), measured: spoken(&measured), is_met }
    }

    /// A number that must be at least so large.
    fn at_least(what: impl Into<String>, bound: f64, measured: f64) -> Self {
        Line {
            what: what.into(),
            expected: format!("≥ {}", significant(bound)),
            measured: significant(measured),
            is_met: measured >= bound,
        }
    }
}

/// As Rust prints it, but texts without quotes.
fn spoken<T: std::fmt::Debug>(value: &T) -> String {
    format!("{value:?}").replace('"', "")
}

/// A number with five significant digits.
fn significant(value: f64) -> String {
    const DIGITS: i32 = 5;
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (DIGITS - 1 - magnitude).max(0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_not_met() {
        assert!(Line::near("", 100.0, 101.0, 0.01).is_met);
        assert!(!Line::near("", 100.0, 101.1, 0.01).is_met);
        assert!(!Line::near("", 100.0, f64::NAN, 0.01).is_met);
        assert!(!Line::equal("", [1, 2], [1, 3]).is_met);
        assert!(!Line::at_least("", 0.98, 0.97).is_met);
    }

    #[test]
    fn a_case_that_cannot_run_or_compares_nothing_is_not_met() {
        let case = |replay| Case { id: "T", statement: "", source: "", replay };
        assert!(!case(|| Err(Failure("no such file".to_owned()))).verdict().is_met);
        assert!(!case(|| Ok(Vec::new())).verdict().is_met);
        assert!(!case(|| Ok(vec![Line::equal("", 1, 1), Line::equal("", 1, 2)])).verdict().is_met);
        assert!(case(|| Ok(vec![Line::equal("", 1, 1)])).verdict().is_met);
    }

    #[test]
    fn numbers_have_five_digits() {
        assert_eq!(significant(0.000_266_595_57), "0.00026660");
        assert_eq!(significant(266_595.57), "266596");
        assert_eq!(significant(121.75), "121.75");
        assert_eq!(significant(0.0), "0");
    }

    #[test]
    fn every_case_has_its_own_name() {
        let mut ids: Vec<_> = cases().map(|case| case.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
