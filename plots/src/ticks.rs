//! Where ticks stand and how numbers are written.
//!
//! A tick is an integer multiple of 1, 2 or 5 times a power of ten and is printed with a fixed
//! number of decimals, so that 0.30000000000000004 cannot appear.

/// A labelled position on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// No axis needs more; it also bounds the loops below whatever the range.
const MAX_TICKS: usize = 24;

/// About `wanted` evenly spaced ticks from `low` to `high`.
pub(crate) fn linear(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let (mantissa, exponent) = nice_step((high - low) / wanted.max(1) as f64);
    let step = f64::from(mantissa) * power_of_ten(exponent);
    // A range that is tiny beside its own position, for example 1e16 to 1e16 + 2.
    let slack = 1e-9 * step;
    let first = libm::ceil((low - slack) / step);
    (0..MAX_TICKS)
        .map(|i| first + i as f64)
        .map(|multiple| multiple * f64::from(mantissa))
        .map(|multiple| Tick {
            // Dividing by a power of ten is exact where multiplying by 0.1 is not.
            value: if exponent < 0 { multiple / power_of_ten(-exponent) } else { multiple * power_of_ten(exponent) },
            label: write_multiple(multiple, exponent),
        })
        .take_while(|tick| tick.value <= high + slack)
        .collect()
}

/// Ticks of a logarithmic axis: powers of ten, thinned to about `wanted`; with 2 and 5 between
/// them when there are few. `low` is positive.
pub(crate) fn logarithmic(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let decades = libm::log10(high) - libm::log10(low);
    if decades < 0.7 {
        return linear(low, high, wanted).into_iter().filter(|tick| tick.value > 0.0).collect();
    }
    let mantissas: &[u32] = match decades * 3.0 <= wanted as f64 {
        true => &[1, 2, 5],
        false => &[1],
    };
    let stride = libm::ceil(decades / wanted.clamp(1, MAX_TICKS) as f64).max(1.0) as i32;
    let first = libm::floor(libm::log10(low)) as i32;
    let last = libm::ceil(libm::log10(high)) as i32;
    // One way of writing along the whole axis.
    let write = match low < 0.9e-3 || high > 1.1e5 {
        true => write_power,
        false => write_multiple,
    };
    (first..=last)
        .filter(|exponent| exponent.rem_euclid(stride) == 0)
        .flat_map(|exponent| mantissas.iter().map(move |&mantissa| (mantissa, exponent)))
        .map(|(mantissa, exponent)| Tick {
            value: f64::from(mantissa) * power_of_ten(exponent),
            label: write(f64::from(mantissa), exponent),
        })
        .filter(|tick| tick.value >= low * (1.0 - 1e-9) && tick.value <= high * (1.0 + 1e-9))
        .collect()
}

/// Unlabelled positions between the powers of ten: 2, 3, … 9 of each decade.
pub(crate) fn logarithmic_minor(low: f64, high: f64) -> Vec<f64> {
    let decades = libm::log10(high) - libm::log10(low);
    if decades > 8.0 {
        return Vec::new();
    }
    let first = libm::floor(libm::log10(low)) as i32;
    let last = libm::ceil(libm::log10(high)) as i32;
    (first..=last)
        .flat_map(|exponent| (2..10).map(move |m| f64::from(m) * power_of_ten(exponent)))
        .filter(|&value| value > low && value < high)
        .collect()
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`, as (mantissa, exponent).
fn nice_step(rough: f64) -> (u32, i32) {
    let exponent = libm::floor(libm::log10(rough)) as i32;
    let fraction = rough / power_of_ten(exponent);
    // log10 may land just beside an integer: 9.9999 counts as 10.
    match fraction {
        f if f <= 1.0 + 1e-9 => (1, exponent),
        f if f <= 2.0 + 1e-9 => (2, exponent),
        f if f <= 5.0 + 1e-9 => (5, exponent),
        _ => (1, exponent + 1),
    }
}

fn power_of_ten(exponent: i32) -> f64 {
    libm::pow(10.0, f64::from(exponent))
}

/// Writes `multiple` × 10^`exponent`; `multiple` is a whole number.
fn write_multiple(multiple: f64, exponent: i32) -> String {
    if multiple == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(multiple.abs()) + 1e-9) as i32 + exponent;
    if (-4..7).contains(&magnitude) && exponent > -9 {
        let value = if exponent < 0 { multiple / power_of_ten(-exponent) } else { multiple * power_of_ten(exponent) };
        return plain(value, (-exponent).max(0) as usize);
    }
    write_power(multiple, exponent)
}

/// Writes `multiple` × 10^`exponent` as a power of ten: 25 × 10⁸ becomes 2.5×10⁹.
fn write_power(multiple: f64, exponent: i32) -> String {
    let magnitude = libm::floor(libm::log10(multiple.abs()) + 1e-9) as i32 + exponent;
    let shift = magnitude - exponent;
    let mantissa = plain(multiple / power_of_ten(shift), shift.clamp(0, 12) as usize);
    let mantissa = without_trailing_zeros(&mantissa);
    match mantissa {
        "1" => format!("10{}", superscript(magnitude)),
        "−1" => format!("−10{}", superscript(magnitude)),
        _ => format!("{mantissa}×10{}", superscript(magnitude)),
    }
}

/// A number for reading, with three significant digits and grouped thousands: `"12.3"`, `"45 600"`.
pub(crate) fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(value.abs()) + 1e-9) as i32;
    if (-4..9).contains(&magnitude) {
        let text = plain(value, (2 - magnitude).max(0) as usize);
        return without_trailing_zeros(&text).to_owned();
    }
    let mantissa = plain(value / power_of_ten(magnitude), 2);
    format!("{}×10{}", without_trailing_zeros(&mantissa), superscript(magnitude))
}

/// Fixed decimals, a true minus sign, thousands grouped from five digits on.
fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut written = String::new();
    let is_zero = text.bytes().all(|b| b == b'0' || b == b'.');
    if value < 0.0 && !is_zero {
        written.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if whole.len() > 4 && i > 0 && (whole.len() - i).is_multiple_of(3) {
            written.push('\u{202f}');
        }
        written.push(digit);
    }
    written + fraction
}

fn without_trailing_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

fn superscript(exponent: i32) -> String {
    let digit = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        _ => char::from_u32(0x2070 + (c as u32 - '0' as u32)).expect("the superscript digits are characters"),
    };
    exponent.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn tick_labels_carry_no_float_noise() {
        assert_eq!(labels(&linear(0.0, 0.52, 5)), ["0", "0.2", "0.4"]);
        assert_eq!(
            labels(&linear(0.0, 0.52, 6)),
            ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"].map(|t| if t == "0.0" { "0" } else { t })
        );
        assert_eq!(labels(&linear(-0.3, 0.3, 6)), ["−0.3", "−0.2", "−0.1", "0", "0.1", "0.2", "0.3"]);
        assert_eq!(linear(0.0, 0.5, 5)[3].value, 0.3);
    }

    #[test]
    fn large_and_small_ticks_stay_short() {
        assert_eq!(labels(&linear(0.0, 20_000.0, 4)), ["0", "5000", "10\u{202f}000", "15\u{202f}000", "20\u{202f}000"]);
        assert_eq!(labels(&linear(0.0, 3e9, 3)), ["0", "10⁹", "2×10⁹", "3×10⁹"]);
        assert_eq!(labels(&linear(0.0, 5e-7, 2)), ["0", "5×10⁻⁷"]);
        assert_eq!(labels(&linear(0.0, 2.5e9, 5)), ["0", "5×10⁸", "10⁹", "1.5×10⁹", "2×10⁹", "2.5×10⁹"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(&logarithmic(0.001, 100.0, 5)), ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(labels(&logarithmic(1.0, 100.0, 6)), ["1", "2", "5", "10", "20", "50", "100"]);
        assert_eq!(labels(&logarithmic(1.0, 1e8, 4)), ["10⁰", "10²", "10⁴", "10⁶", "10⁸"]);
    }

    #[test]
    fn any_range_gives_a_bounded_number_of_ticks() {
        for (low, high) in [(1e16, 1e16 + 4.0), (0.0, 1e-140), (-1e140, 1e140), (0.0, 1.0)] {
            assert!(linear(low, high, 6).len() <= MAX_TICKS);
        }
        assert!(!logarithmic(1e-140, 1e140, 6).is_empty());
    }

    #[test]
    fn short_numbers_have_three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.2345, "1.23"),
            (0.1 + 0.2, "0.3"),
            (45_600.4, "45\u{202f}600"),
            (-2.5, "−2.5"),
            (1e-7, "1×10⁻⁷"),
            (-0.0, "0"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text);
        }
    }
}
