//! Colours, dashes and hatches: told apart on a projector, in grey and by colour-blind readers.
//!
//! Colour never speaks alone. A line has a colour and a dash pattern, a bar a colour and a hatch,
//! a marker a colour and a shape.

use plotters::style::RGBColor;

/// Text and axes.
pub(crate) const INK: Rgb = Rgb(0x16, 0x19, 0x1d);
/// Subtitles, tick labels and reference lines.
pub(crate) const SECOND_INK: Rgb = Rgb(0x45, 0x4c, 0x54);
/// Grid lines: seen when looked for.
pub(crate) const GRID: Rgb = Rgb(0xe1, 0xe3, 0xe6);
/// Grid lines between the powers of ten.
pub(crate) const MINOR_GRID: Rgb = Rgb(0xf1, 0xf2, 0xf4);
/// The ground of what has changed, and its lower edge.
pub(crate) const LIT: Rgb = Rgb(0xff, 0xe3, 0x8a);
pub(crate) const LIT_EDGE: Rgb = Rgb(0x8a, 0x61, 0x00);
/// Losses, timeouts, loops.
pub(crate) const ALERT: Rgb = Rgb(0xb0, 0x12, 0x3b);
pub(crate) const WHITE: Rgb = Rgb(0xff, 0xff, 0xff);

/// A colour without transparency: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Rgb {
    pub(crate) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Mixed with white: 0 is white, 1 is the colour itself.
    pub(crate) fn tint(self, strength: f64) -> Rgb {
        let mix = |c: u8| (255.0 - (255.0 - f64::from(c)) * strength) as u8;
        Rgb(mix(self.0), mix(self.1), mix(self.2))
    }
}

impl From<Rgb> for RGBColor {
    fn from(colour: Rgb) -> Self {
        RGBColor(colour.0, colour.1, colour.2)
    }
}

/// The eight series colours; each has a contrast of at least 3 to 1 against white.
const SERIES: [Rgb; 8] = [
    Rgb(0x0b, 0x5c, 0xad), // blue
    Rgb(0xc4, 0x55, 0x00), // orange
    Rgb(0x00, 0x70, 0x5c), // teal
    Rgb(0x8a, 0x2c, 0x78), // plum
    Rgb(0x7d, 0x72, 0x00), // olive
    Rgb(0x2b, 0x31, 0x37), // slate
    Rgb(0x4a, 0x90, 0xd9), // sky
    Rgb(0xd1, 0x4f, 0x8b), // rose
];

/// Dash patterns in pixels, stroke and gap in turn; the empty one is a solid line.
const DASHES: [&[u32]; 8] =
    [&[], &[12, 5], &[14, 5, 2, 5], &[7, 4], &[24, 6], &[2, 4], &[14, 4, 2, 4, 2, 4], &[24, 5, 7, 5]];

/// How one line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineStyle {
    pub(crate) colour: Rgb,
    /// Stroke and gap in turn, in pixels; empty is solid.
    pub(crate) dashes: &'static [u32],
}

/// The style of a line. From the ninth on the colours come again with other dash patterns;
/// the first 64 are all different.
pub(crate) fn line(index: usize) -> LineStyle {
    LineStyle { colour: series_colour(index), dashes: DASHES[(turned(index)) % DASHES.len()] }
}

/// Each time the colours begin anew, the pattern turns by one: 64 pairs of colour and pattern.
fn turned(index: usize) -> usize {
    let index = index % (SERIES.len() * DASHES.len());
    index + index / SERIES.len()
}

pub(crate) fn series_colour(index: usize) -> Rgb {
    SERIES[index % SERIES.len()]
}

/// The colour of a marker, a band or a shaded interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tint {
    /// The colour of the line with this style index, counted from 0.
    Series(usize),
    /// Something went wrong here: a loss, a timeout, a link down.
    Alert,
    /// Neither good nor bad.
    #[default]
    Neutral,
}

impl Tint {
    pub(crate) fn colour(self) -> Rgb {
        match self {
            Tint::Series(index) => series_colour(index),
            Tint::Alert => ALERT,
            Tint::Neutral => SECOND_INK,
        }
    }
}

/// Pixels between two strokes of a hatch.
const HATCH_CELL: u32 = 10;

/// The strokes of one cell of each hatch, as SVG path data. The first kind is plain.
const HATCHES: [&str; 8] = [
    "",
    "M-2,12 L12,-2 M-2,2 L2,-2 M8,12 L12,8",
    "M5,3.2 a1.8,1.8 0 1,0 .01,0 z",
    "M-2,-2 L12,12 M8,-2 L12,2 M-2,8 L2,12",
    "M0,5 L10,5",
    "M5,0 L5,10",
    "M0,5 L10,5 M5,0 L5,10",
    "M-2,12 L12,-2 M-2,-2 L12,12 M-2,2 L2,-2 M8,12 L12,8 M8,-2 L12,2 M-2,8 L2,12",
];

/// The id of the hatch of a bar series, or none when it is plain.
///
/// The same id always names the same drawing: several charts may stand in one page.
pub(crate) fn hatch_id(index: usize) -> Option<String> {
    let (colour, kind) = (index % SERIES.len(), hatch_kind(index));
    (kind > 0).then(|| format!("plots-hatch-{colour}-{kind}"))
}

fn hatch_kind(index: usize) -> usize {
    (turned(index)) % HATCHES.len()
}

/// The `<pattern>` of a bar series, or nothing when it is plain.
pub(crate) fn hatch_definition(index: usize) -> String {
    let Some(id) = hatch_id(index) else {
        return String::new();
    };
    let (path, colour) = (HATCHES[hatch_kind(index)], series_colour(index).hex());
    format!(
        "<pattern id=\"{id}\" width=\"{HATCH_CELL}\" height=\"{HATCH_CELL}\" patternUnits=\"userSpaceOnUse\">\
         <path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/></pattern>\n"
    )
}

/// The fill under the hatch. Strong and weak fills take turns, so that neighbours differ in grey.
pub(crate) fn bar_fill(index: usize) -> Rgb {
    let strength = if hatch_kind(index) == 0 { 0.78 } else { [0.14, 0.3][index % 2] };
    series_colour(index).tint(strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Rgb) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
    }

    #[test]
    fn the_first_eight_styles_differ_without_colour() {
        for a in 0..8 {
            for b in 0..a {
                assert_ne!(line(a).dashes, line(b).dashes, "styles {a} and {b}");
            }
        }
    }

    #[test]
    fn the_first_64_styles_are_all_different() {
        for a in 0..64 {
            for b in 0..a {
                assert_ne!(line(a), line(b), "styles {a} and {b}");
            }
        }
    }

    #[test]
    fn any_index_has_a_style() {
        assert_eq!(line(64), line(0));
        assert_eq!(line(usize::MAX), line(63));
    }

    #[test]
    fn every_series_colour_stands_out_from_white() {
        for colour in SERIES {
            let contrast = 1.05 / (luminance(colour) + 0.05);
            assert!(contrast >= 3.0, "{} has {contrast}", colour.hex());
        }
    }

    #[test]
    fn every_bar_of_eight_has_its_own_hatch() {
        let ids: std::collections::BTreeSet<_> = (0..8).map(hatch_kind).collect();
        assert_eq!(ids.len(), 8);
    }
}
