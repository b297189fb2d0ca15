//! SI prefixes: 12 300 000 bit/s read better as 12.3 Mbit/s.

/// Prefixes with the power of ten that each stands for.
const PREFIXES: [(f64, &str); 8] =
    [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")];

/// The prefix for an axis whose largest absolute value is `max`, as `(factor, prefix)`.
///
/// Divide each value by `factor` and write `prefix` before the unit.
/// The prefix is the largest that leaves `max` at least 1; zero, NaN and infinity need none.
///
/// ```
/// let (factor, prefix) = plots::si::axis(9_600_000.0);
/// assert_eq!(prefix, "M");
/// assert_eq!(4_800_000.0 / factor, 4.8);
/// assert_eq!(format!("throughput ({prefix}bit/s)"), "throughput (Mbit/s)");
/// ```
pub fn axis(max: f64) -> (f64, &'static str) {
    let max = max.abs();
    if max == 0.0 || !max.is_finite() {
        return (1.0, "");
    }
    let smallest = PREFIXES[PREFIXES.len() - 1];
    PREFIXES.into_iter().find(|&(factor, _)| max >= factor).unwrap_or(smallest)
}

/// A value with its unit and a fitting prefix, to three significant digits: `"4.82 Mbit/s"`.
///
/// ```
/// assert_eq!(plots::si::format(4_821_000.0, "bit/s"), "4.82 Mbit/s");
/// assert_eq!(plots::si::format(0.0012, "s"), "1.2 ms");
/// ```
pub fn format(value: f64, unit: &str) -> String {
    let (factor, prefix) = axis(value);
    // 999 999 rounds to 1000 k, which is 1 M.
    let (factor, prefix) = match (value.abs() / factor) >= 999.5 {
        true => axis(factor * 1000.0),
        false => (factor, prefix),
    };
    format!("{} {prefix}{unit}", crate::ticks::short(value / factor)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_leaves_the_largest_value_between_one_and_a_thousand() {
        for (max, prefix) in [
            (0.0, ""),
            (f64::NAN, ""),
            (f64::INFINITY, ""),
            (1.0, ""),
            (999.0, ""),
            (1000.0, "k"),
            (-2.5e6, "M"),
            (1e10, "G"),
            (3e13, "T"),
            (0.012, "m"),
            (4e-6, "µ"),
            (1e-12, "n"),
        ] {
            assert_eq!(axis(max).1, prefix, "{max}");
        }
    }

    #[test]
    fn a_value_that_rounds_up_to_a_thousand_takes_the_next_prefix() {
        assert_eq!(format(999_999.0, "bit/s"), "1 Mbit/s");
        assert_eq!(format(999.0, "B"), "999 B");
        assert_eq!(format(0.0, "B"), "0 B");
    }
}
