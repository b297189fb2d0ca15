//! Text from users: measured, shortened, made safe.
//!
//! Widths are those of DejaVu Sans, kept here as a small table so that the layout needs no font
//! and is the same with and without the `png` feature. Verdana, the first substitute, is as wide.

/// Advance widths of `' '` to `'~'` in DejaVu Sans, in thousandths of the font size.
#[rustfmt::skip]
const ASCII_WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// Letters beyond ASCII are taken as this wide.
const LETTER_WIDTH: f64 = 0.66;
/// Ideographs, emoji and other symbols are taken as this wide.
const WIDE_WIDTH: f64 = 1.05;
/// Bold letters, relative to regular ones.
const BOLD: f64 = 1.13;

/// How heavy letters are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// The width in pixels of `text` at a font size in pixels.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let ems: f64 = text.chars().map(char_width).sum();
    match weight {
        Weight::Regular => ems * size,
        Weight::Bold => ems * size * BOLD,
    }
}

fn char_width(c: char) -> f64 {
    match c {
        ' '..='~' => f64::from(ASCII_WIDTHS[c as usize - 32]) / 1000.0,
        '\u{2009}' | '\u{202f}' => 0.2,
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        '²' | '³' | '¹' | '⁰'..='⁹' => 0.401,
        '−' | '×' | '→' => 0.838,
        c if (c as u32) < 0x2000 => LETTER_WIDTH,
        _ => WIDE_WIDTH,
    }
}

/// `text` on one line and no wider than `max_width` pixels; what is too long ends in an ellipsis.
pub(crate) fn shorten(text: &str, max_width: f64, size: f64, weight: Weight) -> String {
    // Nobody reads a thousand characters: measuring stops early on absurd input.
    let clean: String = text.chars().map(visible).take(1000).collect();
    let clean = clean.trim();
    if width(clean, size, weight) <= max_width {
        return clean.to_owned();
    }
    let room = max_width - width("…", size, weight);
    let mut kept = String::new();
    let mut used = 0.0;
    for c in clean.chars() {
        used += width(c.encode_utf8(&mut [0; 4]), size, weight);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// Line breaks and tabs become spaces; what XML cannot carry becomes the replacement character.
fn visible(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => '\u{fffd}',
        // They would turn the rest of the line around.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c => c,
    }
}

/// `text` as XML character data, also safe inside a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().map(visible) {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_name_is_escaped() {
        assert_eq!(escape(r#"<b a="1">&'</b>"#), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;&lt;/b&gt;");
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        assert_eq!(escape("a\u{0}b\nc\u{ffff}"), "a\u{fffd}b c\u{fffd}");
    }

    #[test]
    fn a_long_name_ends_in_an_ellipsis_and_fits() {
        let long = "a very long experiment name that somebody typed ".repeat(40);
        let short = shorten(&long, 200.0, 18.0, Weight::Regular);
        assert!(short.ends_with('…'), "{short}");
        assert!(width(&short, 18.0, Weight::Regular) <= 200.0);
        assert_eq!(shorten("flow 1", 200.0, 18.0, Weight::Regular), "flow 1");
    }

    #[test]
    fn no_room_at_all_leaves_the_ellipsis() {
        assert_eq!(shorten("flow 1", 0.0, 18.0, Weight::Regular), "…");
    }
}
