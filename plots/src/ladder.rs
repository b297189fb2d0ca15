//! Space-time diagrams: time runs downwards, places stand side by side, and what travels between them is a band whose
//! slope is the time on the way and whose thickness is the time of sending.
//!
//! ```text
//!   title
//!   subtitle
//!   heading of the first ladder            heading of the second
//!            sender        receiver                 sender   receiver
//!   0 s  |pkt 1 |\\___            |             pkt 1 |\\___     |
//!        |      |    \\___        |                   |    x lost|
//!        |      |        \\| ACK 1|                   |          |
//!   legend
//!   footnote: how many labels were left out
//! ```

use crate::chart::Size;
use crate::figure::{MARGIN, TICK_SIZE, draw_header};
use crate::style::{self, ALERT, GRID, INK, Rgb, SECOND_INK, WHITE};
use crate::svg::{Anchor, Svg, TextStyle, px};
use crate::text::{Weight, shorten, width};
use crate::ticks::{self, short};

/// Ladders side by side over one time axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladders {
    /// What the picture shows, in one line.
    pub title: String,
    /// Where it comes from.
    pub subtitle: String,
    /// The unit of time: `"ms"`.
    pub unit: String,
    /// The first moment shown, in that unit.
    pub from: f64,
    /// The last moment shown.
    pub until: f64,
    /// From left to right.
    pub ladders: Vec<Ladder>,
}

/// One diagram: at least two places, and what goes on between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// What heads it. Empty for none.
    pub heading: String,
    /// Names of the places, from left to right.
    pub places: Vec<String>,
    /// What travels.
    pub bands: Vec<Travel>,
    /// Spans of time at the first place.
    pub brackets: Vec<Bracket>,
    /// Texts left of the first place.
    pub left: Vec<Label>,
    /// Texts right of the last place.
    pub right: Vec<Label>,
    /// Texts in a column of their own, further left. Empty for none.
    pub left_notes: Vec<Label>,
    /// What that column holds.
    pub left_notes_heading: String,
    /// Texts in a column of their own, further right. Empty for none.
    pub right_notes: Vec<Label>,
    /// What that column holds.
    pub right_notes_heading: String,
}

/// Something that travels from one place to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Travel {
    /// Where it leaves, as a number among the places.
    pub from: usize,
    /// Where it is bound.
    pub to: usize,
    /// When its beginning and its end leave.
    pub leaves: (f64, f64),
    /// When its beginning and its end arrive, or would have.
    pub arrives: (f64, f64),
    /// How much of the way it came: 1 is all.
    pub reach: f64,
    /// How it is drawn.
    pub style: TravelStyle,
    /// A cross at its end, with a word. `None` if all went well.
    pub mishap: Option<String>,
    /// What a browser shows when the pointer rests on it.
    pub label: String,
}

/// How something that travels is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TravelStyle {
    /// Sent for the first time: plain.
    First,
    /// Sent again: hatched.
    Again,
    /// An answer: a thin arrow.
    Answer,
    /// An answer that says nothing new: a thin dashed arrow.
    AnswerAgain,
}

/// A span of time at the first place: a timer that ran out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bracket {
    /// When it was set.
    pub from: f64,
    /// When it ran out.
    pub until: f64,
}

/// A text at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// When.
    pub at: f64,
    /// What.
    pub text: String,
    /// Whether it is about something that went wrong: drawn strongly, and the last to be left out.
    pub is_important: bool,
}

impl Label {
    /// A text at a moment.
    pub fn new(at: f64, text: impl Into<String>) -> Self {
        Label { at, text: text.into(), is_important: false }
    }

    /// The same text, drawn strongly and the last to be left out.
    pub fn important(self) -> Self {
        Label { is_important: true, ..self }
    }
}

const FONT: f64 = 15.0;
const HEADING: f64 = 18.0;
/// Labels stand at least this far apart, in pixels.
const PITCH: f64 = 17.0;
/// A label may stand this far from its moment, in pixels.
const MOST_SHIFT: f64 = 26.0;
/// Between a place's line and the labels beside it: room for brackets and leaders.
const GUTTER: f64 = 22.0;
const PLACE_GAP: f64 = 270.0;
const LADDER_GAP: f64 = 44.0;
/// Bands thinner than this are drawn as arrows.
const THIN: f64 = 2.5;
const LEGEND_ROW: f64 = 26.0;
/// Text columns take at most this much each, in pixels.
const MOST_TEXT: f64 = 260.0;

/// Where the parts of a ladder stand.
struct Lanes {
    left: f64,
    left_notes: f64,
    /// Right end of the labels at the left.
    labels_end: f64,
    first: f64,
    last: f64,
    labels_start: f64,
    right_notes: f64,
    right: f64,
}

impl Ladders {
    /// Ladders without any content.
    pub fn new(title: impl Into<String>, unit: impl Into<String>, from: f64, until: f64) -> Self {
        Ladders { title: title.into(), unit: unit.into(), from, until, ..Ladders::default() }
    }

    /// The picture as an SVG document. It is as wide as its ladders need, at least `size.width`.
    pub fn to_svg(&self, size: Size) -> String {
        let span = self.until - self.from;
        let (from, span) = match span.is_finite() && span > 0.0 && self.from.is_finite() {
            true => (self.from, span),
            false => (0.0, 1.0),
        };
        let ticks = ticks::linear(from, from + span, (f64::from(size.height) / 70.0).clamp(4.0, 24.0) as usize);
        let unit = format!("time ({})", self.unit);
        let widest = ticks.iter().map(|tick| width(&tick.label, TICK_SIZE, Weight::Regular)).fold(0.0, f64::max);
        let tick_width = widest.max(width(&unit, FONT, Weight::Regular)) + 12.0;
        let least: f64 = self.ladders.iter().map(Ladder::least_width).sum();
        let gaps = LADDER_GAP * self.ladders.len().saturating_sub(1) as f64;
        let total_width = f64::from(size.width).max(2.0 * MARGIN + tick_width + least + gaps).min(20_000.0);
        let spare = (total_width - 2.0 * MARGIN - tick_width - least - gaps) / self.ladders.len().max(1) as f64;

        let mut svg = Svg::default();
        svg.raw(&style::hatch_definition(AGAIN));
        let header_bottom = draw_header(&mut svg, &self.title, &self.subtitle, total_width);
        let has_headings = self.ladders.iter().any(|ladder| !ladder.heading.is_empty());
        let top = header_bottom + if has_headings { 62.0 } else { 34.0 };
        let height = f64::from(size.height).clamp(240.0, 20_000.0);
        let bottom = top + height;
        let y = |t: f64| top + (t - from) / span * height;

        svg.text(MARGIN, top - 12.0, TextStyle::new(FONT).colour(SECOND_INK), &unit);
        for tick in &ticks {
            let at = y(tick.value);
            svg.line((MARGIN + tick_width, at), (total_width - MARGIN, at), GRID, 1.0, "");
            let style = TextStyle::new(TICK_SIZE).colour(SECOND_INK).anchor(Anchor::End);
            svg.text(MARGIN + tick_width - 8.0, at + 6.0, style, &tick.label);
        }
        let mut x = MARGIN + tick_width;
        let mut left_out = 0;
        for ladder in &self.ladders {
            let lanes = ladder.lanes(x, spare);
            left_out += ladder.draw(&mut svg, &lanes, (top, bottom), &y);
            x = lanes.right + LADDER_GAP;
        }
        let legend_bottom = self.draw_legend(&mut svg, bottom + 18.0, total_width);
        let mut end = legend_bottom;
        if left_out > 0 {
            let text = match left_out {
                1 => "One label is left out: it would overlap others.".to_owned(),
                many => format!("{many} labels are left out: they would overlap others."),
            };
            svg.text(MARGIN, end + 16.0, TextStyle::new(FONT).colour(SECOND_INK), &text);
            end += 24.0;
        }
        svg.into_document(total_width, end + 10.0, &self.title, &self.describe())
    }

    fn describe(&self) -> String {
        let mut parts = vec![self.subtitle.clone()];
        for ladder in &self.ladders {
            let count = |style: TravelStyle| ladder.bands.iter().filter(|band| band.style == style).count();
            parts.push(format!(
                "{}: between {}, {} packets, {} of them sent again, {} answers, {} mishaps, {} timeouts.",
                if ladder.heading.is_empty() { "Ladder" } else { &ladder.heading },
                ladder.places.join(", "),
                count(TravelStyle::First) + count(TravelStyle::Again),
                count(TravelStyle::Again),
                count(TravelStyle::Answer) + count(TravelStyle::AnswerAgain),
                ladder.bands.iter().filter(|band| band.mishap.is_some()).count(),
                ladder.brackets.len(),
            ));
        }
        parts.push(format!("Time from {} to {} {}.", short(self.from), short(self.until), self.unit));
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }

    /// Draws samples of what occurs; returns where the rest may begin.
    fn draw_legend(&self, svg: &mut Svg, top: f64, total_width: f64) -> f64 {
        let bands = || self.ladders.iter().flat_map(|ladder| &ladder.bands);
        let has = |style: TravelStyle| bands().any(|band| band.style == style);
        let mut entries: Vec<(Sample, &str)> = Vec::new();
        for (style, name) in [
            (TravelStyle::First, "sent"),
            (TravelStyle::Again, "sent again"),
            (TravelStyle::Answer, "acknowledgement"),
            (TravelStyle::AnswerAgain, "acknowledges nothing new"),
        ] {
            if has(style) {
                entries.push((Sample::Travel(style), name));
            }
        }
        if bands().any(|band| band.mishap.is_some()) {
            entries.push((Sample::Cross, "did not get through"));
        }
        if self.ladders.iter().any(|ladder| !ladder.brackets.is_empty()) {
            entries.push((Sample::Bracket, "timer, from setting to timeout"));
        }
        let (mut x, mut y) = (MARGIN, top);
        for (sample, name) in entries {
            let entry_width = 54.0 + width(name, FONT, Weight::Regular) + 30.0;
            if x > MARGIN && x + entry_width > total_width - MARGIN {
                (x, y) = (MARGIN, y + LEGEND_ROW);
            }
            draw_sample(svg, sample, x, y);
            svg.text(x + 54.0, y + 18.0, TextStyle::new(FONT), name);
            x += entry_width;
        }
        y + LEGEND_ROW + 4.0
    }
}

#[derive(Clone, Copy)]
enum Sample {
    Travel(TravelStyle),
    Cross,
    Bracket,
}

fn draw_sample(svg: &mut Svg, sample: Sample, x: f64, y: f64) {
    match sample {
        Sample::Travel(style @ (TravelStyle::First | TravelStyle::Again)) => {
            polygon(svg, &[(x, y + 3.0), (x + 44.0, y + 9.0), (x + 44.0, y + 21.0), (x, y + 15.0)], style, "");
        }
        Sample::Travel(style @ (TravelStyle::Answer | TravelStyle::AnswerAgain)) => {
            arrow(svg, (x + 44.0, y + 6.0), (x, y + 17.0), style, true);
        }
        Sample::Cross => cross(svg, x + 22.0, y + 12.0),
        Sample::Bracket => bracket(svg, x + 30.0, y + 3.0, y + 21.0),
    }
}

/// The style of what is sent for the first time, and of what is sent again.
const FIRST: usize = 0;
const AGAIN: usize = 1;

impl Ladder {
    fn least_width(&self) -> f64 {
        let lanes = self.lanes(0.0, 0.0);
        lanes.right - lanes.left
    }

    fn lanes(&self, left: f64, spare: f64) -> Lanes {
        let room =
            |labels: &[Label]| labels.iter().map(|label| label_width(label) + 4.0).fold(0.0, f64::max).min(MOST_TEXT);
        let notes = |labels: &[Label], heading: &str| match labels.is_empty() {
            true => 0.0,
            false => room(labels).max(width(heading, FONT, Weight::Regular)) + 18.0,
        };
        let name = |at: usize| self.places.get(at).map_or(0.0, |name| width(name, FONT, Weight::Bold));
        let left_notes = left;
        let labels = left_notes + notes(&self.left_notes, &self.left_notes_heading);
        let labels_end = labels + room(&self.left).max(name(0) / 2.0 - GUTTER);
        let first = labels_end + GUTTER;
        let steps = self.places.len().saturating_sub(1).max(1) as f64;
        // With many places each gap is smaller.
        let last = first + steps * (PLACE_GAP / steps.sqrt()) + spare;
        let labels_start = last + GUTTER * 0.6;
        let labels_right = labels_start + room(&self.right).max(name(self.places.len().saturating_sub(1)) / 2.0);
        let right_notes = labels_right + 18.0;
        let right = labels_right + notes(&self.right_notes, &self.right_notes_heading);
        Lanes { left, left_notes, labels_end, first, last, labels_start, right_notes, right }
    }

    /// Draws all; returns how many labels found no room.
    fn draw(&self, svg: &mut Svg, lanes: &Lanes, (top, bottom): (f64, f64), y: &dyn Fn(f64) -> f64) -> usize {
        let steps = self.places.len().saturating_sub(1).max(1) as f64;
        let place_x = |at: usize| lanes.first + (lanes.last - lanes.first) * at as f64 / steps;
        let heading = shorten(&self.heading, lanes.right - lanes.left, HEADING, Weight::Bold);
        svg.text(lanes.left.max(lanes.labels_end - 120.0), top - 38.0, TextStyle::new(HEADING).bold(), &heading);
        let clip = format!("plots-ladder-{}-{}", lanes.left as i64, top as i64);
        svg.raw(&format!(
            "<clipPath id=\"{clip}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n<g clip-path=\"url(#{clip})\">\n",
            px(lanes.first - GUTTER),
            px(top - 1.0),
            px(lanes.last - lanes.first + 2.0 * GUTTER),
            px(bottom - top + 2.0),
        ));
        let is_answer = |band: &&Travel| matches!(band.style, TravelStyle::Answer | TravelStyle::AnswerAgain);
        // Answers are thin: over the bands.
        for band in self.bands.iter().filter(|band| !is_answer(band)).chain(self.bands.iter().filter(is_answer)) {
            self.draw_band(svg, band, &place_x, y);
        }
        for timer in &self.brackets {
            bracket(svg, lanes.first - 9.0, y(timer.from), y(timer.until));
        }
        svg.raw("</g>\n");
        for (at, name) in self.places.iter().enumerate() {
            let x = place_x(at);
            let is_end = at == 0 || at + 1 == self.places.len();
            let dashes = if is_end { "" } else { " stroke-dasharray=\"6 4\"" };
            svg.line((x, top), (x, bottom), INK, if is_end { 2.2 } else { 1.6 }, dashes);
            let name = shorten(name, 200.0, FONT, Weight::Bold);
            svg.text(x, top - 12.0, TextStyle::new(FONT).bold().anchor(Anchor::Middle), &name);
        }
        let mut words: Vec<(f64, f64)> = Vec::new();
        for band in self.bands.iter().filter(|band| band.mishap.is_some()) {
            self.draw_mishap(svg, band, &place_x, y, (top, bottom), &mut words);
        }
        let shown = |labels: &[Label]| -> Vec<Label> {
            let mut shown: Vec<Label> =
                labels.iter().filter(|label| (top..=bottom).contains(&y(label.at))).cloned().collect();
            shown.sort_by(|a, b| a.at.total_cmp(&b.at));
            shown
        };
        let mut left_out = 0;
        let leader = |svg: &mut Svg, from: f64, to: f64, label_y: f64, at: f64| {
            svg.line((from, label_y), (to, at), SECOND_INK, 1.0, "");
        };
        let column = |svg: &mut Svg, labels: &[Label], x: f64, anchor: Anchor, leads_to: Option<f64>| -> usize {
            let labels = shown(labels);
            let wanted: Vec<(f64, bool)> = labels.iter().map(|label| (y(label.at), label.is_important)).collect();
            let places = place(&wanted, top - 2.0, bottom + 2.0);
            let mut missing = 0;
            for (label, found) in labels.iter().zip(&places) {
                let Some(label_y) = found else {
                    missing += 1;
                    continue;
                };
                if let Some(to) = leads_to {
                    let from = if to > x { x + 3.0 } else { x - 3.0 };
                    leader(svg, from, to, *label_y, y(label.at));
                }
                let mut style = TextStyle::new(FONT).anchor(anchor);
                if label.is_important {
                    style = style.bold().colour(ALERT);
                }
                let weight = style.weight;
                svg.text(x, label_y + 5.0, style, &shorten(&label.text, MOST_TEXT, FONT, weight));
            }
            missing
        };
        left_out += column(svg, &self.left, lanes.labels_end, Anchor::End, Some(lanes.first - 1.0));
        left_out += column(svg, &self.right, lanes.labels_start + 3.0, Anchor::Start, Some(lanes.last + 1.0));
        for (notes, heading, x) in [
            (&self.left_notes, &self.left_notes_heading, lanes.left_notes),
            (&self.right_notes, &self.right_notes_heading, lanes.right_notes),
        ] {
            if !notes.is_empty() {
                svg.text(x, top - 12.0, TextStyle::new(FONT).colour(SECOND_INK), heading);
                left_out += column(svg, notes, x, Anchor::Start, None);
            }
        }
        left_out
    }

    fn draw_band(&self, svg: &mut Svg, band: &Travel, place_x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) {
        let (x1, x2) = (place_x(band.from), place_x(band.to));
        let reach = band.reach.clamp(0.02, 1.0);
        let cut = |leaves: f64, arrives: f64| y(leaves + (arrives - leaves) * reach);
        let end_x = x1 + (x2 - x1) * reach;
        let (early, late) = (y(band.leaves.0), y(band.leaves.1));
        let (arrive_early, arrive_late) = (cut(band.leaves.0, band.arrives.0), cut(band.leaves.1, band.arrives.1));
        let is_answer = matches!(band.style, TravelStyle::Answer | TravelStyle::AnswerAgain);
        if is_answer || late - early < THIN {
            arrow(svg, (x1, late), (end_x, arrive_late), band.style, reach >= 1.0);
            return;
        }
        let mut corners = vec![(x1, early), (end_x, arrive_early)];
        if reach < 1.0 {
            // A torn end.
            let (height, step) = (arrive_late - arrive_early, (x2 - x1).signum() * 5.0);
            corners.push((end_x + step, arrive_early + height * 0.33));
            corners.push((end_x - step, arrive_early + height * 0.66));
        }
        corners.extend([(end_x, arrive_late), (x1, late)]);
        polygon(svg, &corners, band.style, &band.label);
    }

    fn draw_mishap(
        &self,
        svg: &mut Svg,
        band: &Travel,
        place_x: &dyn Fn(usize) -> f64,
        y: &dyn Fn(f64) -> f64,
        (top, bottom): (f64, f64),
        words: &mut Vec<(f64, f64)>,
    ) {
        /// Words this near to each other, in pixels, would overlap: one then stands for both crosses.
        const NEAR: (f64, f64) = (110.0, PITCH);
        let (x1, x2) = (place_x(band.from), place_x(band.to));
        let reach = band.reach.clamp(0.02, 1.0);
        let middle = |pair: (f64, f64)| (pair.0 + pair.1) / 2.0;
        let at = y(middle(band.leaves) + (middle(band.arrives) - middle(band.leaves)) * reach);
        if !(top..=bottom).contains(&at) {
            return;
        }
        let direction = (x2 - x1).signum();
        let gap = if reach < 1.0 { 12.0 } else { -12.0 };
        let x = x1 + (x2 - x1) * reach + direction * gap;
        cross(svg, x, at);
        let is_near = |other: &(f64, f64)| (other.0 - x).abs() < NEAR.0 && (other.1 - at).abs() < NEAR.1;
        if let Some(word) = band.mishap.as_ref().filter(|_| !words.iter().any(is_near)) {
            words.push((x, at));
            // Beside the cross, towards where there is room; over the bands, so with a halo.
            let is_rightwards = (direction > 0.0) == (reach < 1.0);
            let (text_x, anchor) = if is_rightwards { (x + 11.0, Anchor::Start) } else { (x - 11.0, Anchor::End) };
            svg.text(text_x, at + 5.0, TextStyle::new(FONT).bold().colour(ALERT).anchor(anchor).halo(), word);
        }
    }
}

fn label_width(label: &Label) -> f64 {
    let weight = if label.is_important { Weight::Bold } else { Weight::Regular };
    width(&label.text, FONT, weight)
}

/// Places labels near the heights they want so that none overlaps and none overtakes another; important ones first.
fn place(wanted: &[(f64, bool)], top: f64, bottom: f64) -> Vec<Option<f64>> {
    let mut places: Vec<Option<f64>> = vec![None; wanted.len()];
    let shifts = (0..=(MOST_SHIFT as i32 / 2)).flat_map(|step| [f64::from(2 * step), f64::from(-2 * step)]);
    let shifts: Vec<f64> = shifts.collect();
    for important in [true, false] {
        for (at, &(height, is_important)) in wanted.iter().enumerate() {
            if is_important != important {
                continue;
            }
            let free = |candidate: &f64| {
                let above = places[..at].iter().flatten().all(|other| candidate - other >= PITCH);
                let below = places[at + 1..].iter().flatten().all(|other| other - candidate >= PITCH);
                (top..=bottom).contains(candidate) && above && below
            };
            places[at] = shifts.iter().map(|shift| height + shift).find(free);
        }
    }
    places
}

fn colours(style: TravelStyle) -> (Rgb, f64) {
    match style {
        TravelStyle::First => (style::series_colour(FIRST), 0.2),
        TravelStyle::Again => (style::series_colour(AGAIN), 0.14),
        TravelStyle::Answer | TravelStyle::AnswerAgain => (SECOND_INK, 0.0),
    }
}

fn polygon(svg: &mut Svg, corners: &[(f64, f64)], style: TravelStyle, label: &str) {
    let (colour, strength) = colours(style);
    let points: Vec<String> = corners.iter().map(|&(x, y)| format!("{},{}", px(x), px(y))).collect();
    let points = points.join(" ");
    let title = match label.is_empty() {
        true => String::new(),
        false => format!("<title>{}</title>", crate::text::escape(label)),
    };
    svg.raw(&format!(
        "<g>{title}<polygon points=\"{points}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/>",
        colour.tint(strength).hex(),
        colour.hex()
    ));
    if style == TravelStyle::Again
        && let Some(id) = style::hatch_id(AGAIN)
    {
        svg.raw(&format!("<polygon points=\"{points}\" fill=\"url(#{id})\"/>"));
    }
    svg.raw("</g>\n");
}

fn arrow(svg: &mut Svg, from: (f64, f64), to: (f64, f64), style: TravelStyle, has_head: bool) {
    let (colour, _) = colours(style);
    let (dashes, thick) = match style {
        TravelStyle::First => ("", 2.4),
        TravelStyle::Again => (" stroke-dasharray=\"9 4\"", 2.8),
        TravelStyle::Answer => ("", 1.6),
        TravelStyle::AnswerAgain => (" stroke-dasharray=\"4 4\"", 1.6),
    };
    svg.line(from, to, colour, thick, dashes);
    if has_head {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let corner = |along: f64, across: f64| {
            format!("{},{}", px(to.0 - ux * along - uy * across), px(to.1 - uy * along + ux * across))
        };
        let points = [corner(0.0, 0.0), corner(9.0, 3.5), corner(9.0, -3.5)].join(" ");
        svg.raw(&format!("<polygon points=\"{points}\" fill=\"{}\"/>\n", colour.hex()));
    }
}

fn cross(svg: &mut Svg, x: f64, y: f64) {
    for (colour, thick) in [(WHITE, 6.0), (ALERT, 3.0)] {
        svg.line((x - 6.0, y - 6.0), (x + 6.0, y + 6.0), colour, thick, "");
        svg.line((x - 6.0, y + 6.0), (x + 6.0, y - 6.0), colour, thick, "");
    }
}

fn bracket(svg: &mut Svg, x: f64, from: f64, until: f64) {
    svg.line((x, from), (x, until), ALERT, 2.0, "");
    svg.line((x, from), (x + 7.0, from), ALERT, 2.0, "");
    arrow_head(svg, x + 8.0, until);
    svg.line((x, until), (x + 3.0, until), ALERT, 2.0, "");
}

/// An arrow head that points to the right.
fn arrow_head(svg: &mut Svg, x: f64, y: f64) {
    let points = format!("{},{} {},{} {},{}", px(x), px(y), px(x - 7.0), px(y - 4.0), px(x - 7.0), px(y + 4.0));
    svg.raw(&format!("<polygon points=\"{points}\" fill=\"{}\"/>\n", ALERT.hex()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(at: f64, style: TravelStyle) -> Travel {
        Travel {
            from: 0,
            to: 1,
            leaves: (at, at + 1.0),
            arrives: (at + 2.0, at + 3.0),
            reach: 1.0,
            style,
            mishap: None,
            label: "pkt".into(),
        }
    }

    fn ladder() -> Ladder {
        Ladder { places: vec!["sender".into(), "receiver".into()], ..Ladder::default() }
    }

    #[test]
    fn labels_never_overlap_and_important_ones_stay() {
        let mut wanted: Vec<(f64, bool)> = (0..40).map(|i| (100.0 + f64::from(i), false)).collect();
        wanted[20].1 = true;
        let places = place(&wanted, 0.0, 1000.0);
        assert_eq!(places[20], Some(120.0));
        let kept: Vec<f64> = places.into_iter().flatten().collect();
        assert!((3..12).contains(&kept.len()), "{kept:?}");
        assert!(kept.windows(2).all(|pair| pair[1] - pair[0] >= PITCH), "{kept:?}");
    }

    #[test]
    fn a_footnote_says_how_many_labels_are_missing() {
        let mut one = ladder();
        one.left = (0..100).map(|i| Label::new(f64::from(i) / 100.0, format!("pkt {i}"))).collect();
        let ladders = Ladders { ladders: vec![one], ..Ladders::new("t", "s", 0.0, 10.0) };
        assert!(ladders.to_svg(Size::new(600, 500)).contains("labels are left out: "));
        let few = Ladders { ladders: vec![ladder()], ..Ladders::new("t", "s", 0.0, 10.0) };
        assert!(!few.to_svg(Size::new(600, 500)).contains("labels are left out"));
    }

    #[test]
    fn the_legend_names_only_what_occurs() {
        let mut one = ladder();
        one.bands = vec![travel(0.0, TravelStyle::First)];
        let svg = Ladders { ladders: vec![one.clone()], ..Ladders::new("t", "s", 0.0, 5.0) }.to_svg(Size::default());
        assert!(svg.contains(">sent<") && !svg.contains(">sent again<") && !svg.contains(">did not get through<"));
        one.bands.push(Travel { mishap: Some("lost".into()), reach: 0.6, ..travel(2.0, TravelStyle::Again) });
        let svg = Ladders { ladders: vec![one], ..Ladders::new("t", "s", 0.0, 5.0) }.to_svg(Size::default());
        assert!(svg.contains(">sent again<") && svg.contains(">did not get through<"));
    }

    #[test]
    fn any_input_gives_a_picture() {
        for (from, until) in [(0.0, 0.0), (f64::NAN, 1.0), (5.0, 1.0), (0.0, f64::INFINITY)] {
            let svg =
                Ladders { ladders: vec![ladder()], ..Ladders::new("t", "s", from, until) }.to_svg(Size::default());
            assert!(svg.starts_with("<svg") && !svg.contains("NaN"), "{from} {until}");
        }
        assert!(Ladders::default().to_svg(Size::default()).starts_with("<svg"));
    }
}
