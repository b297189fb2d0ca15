//! A small SVG writer for what surrounds the drawing: texts, swatches, the document itself.

use std::fmt::Write as _;

use crate::style::{INK, Rgb, WHITE};
use crate::text::{Weight, escape};

/// Found on most machines; the second is as wide as the first.
const FONT_FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// A rectangle in pixels, `y` downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }
}

/// Which point of a text stands at its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks; `size` is in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TextStyle {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) anchor: Anchor,
    pub(crate) colour: Rgb,
    /// Whether a white outline keeps the text readable over lines and hatches.
    pub(crate) has_halo: bool,
}

impl TextStyle {
    pub(crate) fn new(size: f64) -> Self {
        TextStyle { size, weight: Weight::Regular, anchor: Anchor::Start, colour: INK, has_halo: false }
    }

    pub(crate) fn bold(self) -> Self {
        TextStyle { weight: Weight::Bold, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        TextStyle { anchor, ..self }
    }

    pub(crate) fn colour(self, colour: Rgb) -> Self {
        TextStyle { colour, ..self }
    }

    pub(crate) fn halo(self) -> Self {
        TextStyle { has_halo: true, ..self }
    }
}

/// The body of a drawing, written from back to front.
#[derive(Debug, Default)]
pub(crate) struct Svg {
    body: String,
}

impl Svg {
    /// Markup that is already valid.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// A line of text whose baseline is at `y`.
    pub(crate) fn text(&mut self, x: f64, y: f64, style: TextStyle, content: &str) {
        if content.is_empty() {
            return;
        }
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = match style.weight {
            Weight::Regular => "",
            Weight::Bold => " font-weight=\"bold\"",
        };
        let halo = match style.has_halo {
            true => " stroke=\"#ffffff\" stroke-width=\"5\" stroke-linejoin=\"round\" paint-order=\"stroke\"",
            false => "",
        };
        self.write(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}{halo}>{}</text>\n",
            px(x),
            px(y),
            px(style.size),
            style.colour.hex(),
            escape(content),
        ));
    }

    /// A straight line; `attributes` are written as they are.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Rgb, width: f64, attributes: &str) {
        self.write(format_args!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{attributes}/>\n",
            px(from.0),
            px(from.1),
            px(to.0),
            px(to.1),
            colour.hex(),
            px(width),
        ));
    }

    /// A rectangle; `fill` is a colour or a reference to a pattern.
    pub(crate) fn rect(&mut self, area: Rect, fill: &str, attributes: &str) {
        self.write(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"{attributes}/>\n",
            px(area.x),
            px(area.y),
            px(area.width.max(0.0)),
            px(area.height.max(0.0)),
        ));
    }

    fn write(&mut self, markup: std::fmt::Arguments<'_>) {
        self.body.write_fmt(markup).expect("a string takes every text");
    }

    /// The whole document: `width` by `height` pixels, white, with a title and a description for
    /// those who cannot see the picture.
    pub(crate) fn into_document(self, width: f64, height: f64, title: &str, description: &str) -> String {
        // Documents inlined into one page need ids of their own, unless they say the same.
        let id = format!("{:016x}", fnv1a(&[title, "\u{0}", description]));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             role=\"img\" aria-labelledby=\"plots-title-{id} plots-desc-{id}\" font-family=\"{FONT_FAMILY}\">\n\
             <title id=\"plots-title-{id}\">{}</title>\n\
             <desc id=\"plots-desc-{id}\">{}</desc>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n{}</svg>\n",
            escape(title),
            escape(description),
            WHITE.hex(),
            self.body,
            w = px(width),
            h = px(height),
        )
    }
}

/// A coordinate with at most one decimal: a tenth of a pixel is enough.
pub(crate) fn px(value: f64) -> String {
    let tenths = libm::round(value * 10.0) as i64;
    match tenths % 10 {
        0 => format!("{}", tenths / 10),
        _ => format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10),
    }
}

/// The 64-bit FNV-1a hash: the same everywhere, unlike the standard library's hasher.
fn fnv1a(parts: &[&str]) -> u64 {
    parts
        .iter()
        .flat_map(|part| part.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_at_most_one_decimal() {
        for (value, text) in [(1.0, "1"), (0.25, "0.3"), (-0.34, "-0.3"), (-12.04, "-12"), (0.1 + 0.2, "0.3")] {
            assert_eq!(px(value), text);
        }
    }

    #[test]
    fn the_document_is_labelled_by_its_title_and_description() {
        let document = Svg::default().into_document(100.0, 50.0, "a < b", "c & d");
        assert!(document.contains("role=\"img\""));
        assert!(document.contains("viewBox=\"0 0 100 50\""));
        assert!(document.contains(">a &lt; b</title>"));
        assert!(document.contains(">c &amp; d</desc>"));
    }
}
