//! A plotting area. The only module that speaks to plotters: grid, lines, areas and markers are
//! drawn by its SVG backend; dashes and clipping come from the groups around its output.
//!
//! The backend knows whole pixels only, so it draws ten times as large and a `viewBox` scales the
//! result down: coordinates are exact to a tenth of a pixel.

use std::collections::BTreeSet;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Circle, EmptyElement, PathElement, Polygon, Rectangle, TriangleMarker};
use plotters::prelude::{IntoDrawingArea, SVGBackend};
use plotters::series::LineSeries;
use plotters::style::{Color, RGBColor, ShapeStyle};

use crate::axis::Range;
use crate::chart::{LineShape, MarkerShape};
use crate::style::{GRID, INK, LineStyle, MINOR_GRID, Rgb};
use crate::svg::{Rect, px};
use crate::text::escape;
use crate::thin::{MAX_POINTS, thin};

/// Backend units per pixel.
const FINE: f64 = 10.0;
/// Lines may leave the plotting area by half of their width, in pixels.
const OVERHANG: f64 = 2.0;
const LINE_WIDTH: f64 = 2.5;
/// Half of the width of a marker, in pixels.
const MARKER_RADIUS: f64 = 6.0;
const DOT_RADIUS: f64 = 4.0;

const INFALLIBLE: &str = "drawing into a string cannot fail";

type Canvas<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Range, Range>>;

/// Two axes and the rectangle between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    pub(crate) x: Range,
    pub(crate) y: Range,
    pub(crate) area: Rect,
}

impl Plane {
    /// Where an x value stands, in pixels from the left edge of the picture.
    pub(crate) fn x_px(&self, x: f64) -> f64 {
        self.area.x + self.x.fraction(x).clamp(-50.0, 50.0) * self.area.width
    }

    /// Where a y value stands, in pixels from the top edge of the picture.
    pub(crate) fn y_px(&self, y: f64) -> f64 {
        self.area.bottom() - self.y.fraction(y).clamp(-50.0, 50.0) * self.area.height
    }

    /// Grid lines at the ticks; as many as asked for on each axis.
    pub(crate) fn grid(&self, x_ticks: usize, y_ticks: usize) -> String {
        self.paint(|canvas| {
            canvas
                .configure_mesh()
                .disable_axes()
                .x_labels(x_ticks)
                .y_labels(y_ticks)
                .bold_line_style(stroke(GRID, 1.0))
                .light_line_style(stroke(MINOR_GRID, 1.0))
                .draw()
                .expect(INFALLIBLE);
        })
    }

    /// The left and the lower edge, and the zero line if it lies between the ends.
    pub(crate) fn axes(&self) -> String {
        let (x, y) = (self.x, self.y);
        self.paint(|canvas| {
            let edges = vec![(x.low, y.high), (x.low, y.low), (x.high, y.low)];
            let zero = (y.low < 0.0 && y.high > 0.0).then(|| vec![(x.low, 0.0), (x.high, 0.0)]);
            let paths = std::iter::once(edges).chain(zero);
            canvas.draw_series(paths.map(|path| PathElement::new(path, stroke(INK, 1.5)))).expect(INFALLIBLE);
        })
    }

    /// A curve; `runs` are its unbroken parts.
    pub(crate) fn curve(&self, label: &str, runs: &[Vec<(f64, f64)>], style: LineStyle, shape: LineShape) -> String {
        let is_thinned = is_thinned(runs);
        let lines = self.paint(|canvas| {
            for run in runs {
                let points = match is_thinned {
                    true => thin(run, |x| libm::floor(self.x_px(x)) as i64),
                    false => run.clone(),
                };
                let path = match shape {
                    LineShape::Straight => points,
                    LineShape::Step => staircase(&points),
                };
                canvas.draw_series(LineSeries::new(path, stroke(style.colour, LINE_WIDTH))).expect(INFALLIBLE);
            }
        });
        group(label, &format!(" stroke-linejoin=\"round\"{}", dash_attribute(style.dashes, FINE)), &lines)
    }

    /// The dots of a curve: all points if asked for, else those that stand alone and have no line.
    pub(crate) fn dots(&self, label: &str, runs: &[Vec<(f64, f64)>], style: LineStyle, all: bool) -> String {
        let all = all && !is_thinned(runs);
        let points = runs.iter().filter(|run| all || run.len() == 1).flatten().copied();
        let shown = points.filter(|point| self.x.contains(point.0) && self.y.contains(point.1));
        let circles = shown.map(|point| Circle::new(point, fine(DOT_RADIUS), filled(style.colour)));
        let dots = self.paint(|canvas| {
            canvas.draw_series(circles).expect(INFALLIBLE);
        });
        group(label, "", &dots)
    }

    /// A straight line across the area, thin and dashed.
    pub(crate) fn rule(&self, label: &str, from: (f64, f64), to: (f64, f64), colour: Rgb, dashes: &[u32]) -> String {
        let line = self.paint(|canvas| {
            canvas.draw_series([PathElement::new(vec![from, to], stroke(colour, 1.6))]).expect(INFALLIBLE);
        });
        group(label, &dash_attribute(dashes, FINE), &line)
    }

    /// The area between two curves; `runs` are its unbroken parts as `(x, lower, upper)`.
    pub(crate) fn band(&self, label: &str, runs: &[Vec<(f64, f64, f64)>], colour: Rgb) -> String {
        let total: usize = runs.iter().map(Vec::len).sum();
        let edge = |points: Vec<(f64, f64)>| match total > MAX_POINTS {
            true => thin(&points, |x| libm::floor(self.x_px(x)) as i64),
            false => points,
        };
        let areas = self.paint(|canvas| {
            for run in runs {
                let lower = edge(run.iter().map(|p| (p.0, p.1)).collect());
                let upper = edge(run.iter().map(|p| (p.0, p.2)).collect());
                let outline: Vec<(f64, f64)> = upper.into_iter().chain(lower.into_iter().rev()).collect();
                canvas.draw_series([Polygon::new(outline, RGBColor::from(colour).mix(0.2))]).expect(INFALLIBLE);
            }
        });
        group(label, "", &areas)
    }

    /// A light rectangle from `from` to `to` over the whole height.
    pub(crate) fn shade(&self, label: &str, from: f64, to: f64, colour: Rgb) -> String {
        let corners = [(from, self.y.high), (to, self.y.low)];
        let rectangle = self.paint(|canvas| {
            let style = RGBColor::from(colour).mix(0.12).filled();
            canvas.draw_series([Rectangle::new(corners, style)]).expect(INFALLIBLE);
        });
        group(label, "", &rectangle)
    }

    /// Markers at those points that lie within the axes.
    pub(crate) fn markers(&self, label: &str, points: &[(f64, f64)], shape: MarkerShape, colour: Rgb) -> String {
        let mut seen = BTreeSet::new();
        let pixel = |v: f64| (v / 2.0) as i64;
        let points: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|point| self.x.contains(point.0) && self.y.contains(point.1))
            .filter(|point| seen.insert((pixel(self.x_px(point.0)), pixel(self.y_px(point.1)))))
            .collect();
        let r = (MARKER_RADIUS * FINE) as i32;
        let drawn = self.paint(|canvas| match shape {
            MarkerShape::Cross => {
                let style = stroke(colour, 2.6);
                let crosses = points.iter().map(|&point| {
                    EmptyElement::at(point)
                        + PathElement::new(vec![(-r, -r), (r, r)], style)
                        + PathElement::new(vec![(-r, r), (r, -r)], style)
                });
                canvas.draw_series(crosses).expect(INFALLIBLE);
            }
            MarkerShape::Triangle => {
                let triangles = points.iter().map(|&point| TriangleMarker::new(point, r + 15, filled(colour)));
                canvas.draw_series(triangles).expect(INFALLIBLE);
            }
            MarkerShape::Circle => {
                let rings = points.iter().map(|&point| Circle::new(point, r, stroke(colour, 2.4)));
                canvas.draw_series(rings).expect(INFALLIBLE);
            }
            MarkerShape::Square => {
                let squares = points.iter().map(|&point| {
                    let corners = [(-r, -r), (r, -r), (r, r), (-r, r), (-r, -r), (r, -r)];
                    EmptyElement::at(point) + PathElement::new(corners.to_vec(), stroke(colour, 2.4))
                });
                canvas.draw_series(squares).expect(INFALLIBLE);
            }
        });
        group(label, "", &drawn)
    }

    /// Intervals with a short bar at each end.
    pub(crate) fn whiskers(&self, label: &str, intervals: &[(f64, f64, f64)], colour: Rgb) -> String {
        let style = stroke(colour, 1.8);
        let half = (5.0 * FINE) as i32;
        let drawn = self.paint(|canvas| {
            for &(x, low, high) in intervals {
                canvas.draw_series([PathElement::new(vec![(x, low), (x, high)], style)]).expect(INFALLIBLE);
                let caps = [low, high]
                    .map(|y| EmptyElement::at((x, y)) + PathElement::new(vec![(-half, 0), (half, 0)], style));
                canvas.draw_series(caps).expect(INFALLIBLE);
            }
        });
        group(label, "", &drawn)
    }

    /// Strokes from lower to upper ends. So many that are next to each other need no more than this many.
    pub(crate) fn strokes(&self, label: &str, intervals: &[(f64, f64, f64)], colour: Rgb) -> String {
        const MOST: usize = 20_000;
        let style = stroke(colour, 2.2);
        let drawn = self.paint(|canvas| {
            for &(x, low, high) in intervals.iter().take(MOST) {
                canvas.draw_series([PathElement::new(vec![(x, low), (x, high)], style)]).expect(INFALLIBLE);
            }
        });
        group(label, "", &drawn)
    }

    /// A filled rectangle between two corners in axis units.
    pub(crate) fn bar(&self, label: &str, from: (f64, f64), to: (f64, f64), fill: Rgb) -> String {
        let rectangle = self.paint(|canvas| {
            canvas.draw_series([Rectangle::new([from, to], filled(fill))]).expect(INFALLIBLE);
        });
        group(label, "", &rectangle)
    }

    /// Places what this plane drew, cut off at the edges of the area.
    pub(crate) fn clipped(&self, drawing: &str) -> String {
        self.place(drawing, OVERHANG, "")
    }

    /// Places what this plane drew, also where it reaches over the edges.
    pub(crate) fn unclipped(&self, drawing: &str) -> String {
        self.place(drawing, 0.0, " overflow=\"visible\"")
    }

    fn place(&self, drawing: &str, overhang: f64, attributes: &str) -> String {
        if drawing.is_empty() {
            return String::new();
        }
        let Rect { x, y, width, height } = self.area;
        format!(
            "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"{} {} {} {}\"{attributes}>\n{drawing}</svg>\n",
            px(x - overhang),
            px(y - overhang),
            px(width + 2.0 * overhang),
            px(height + 2.0 * overhang),
            px(-overhang * FINE),
            px(-overhang * FINE),
            px((width + 2.0 * overhang) * FINE),
            px((height + 2.0 * overhang) * FINE),
        )
    }

    /// Lets plotters draw into a fresh picture of the area and returns the elements drawn.
    fn paint(&self, draw: impl FnOnce(&mut Canvas<'_, '_>)) -> String {
        let mut document = String::new();
        {
            let size = ((self.area.width * FINE) as u32 + 1, (self.area.height * FINE) as u32 + 1);
            let root = SVGBackend::with_string(&mut document, size).into_drawing_area();
            let mut canvas = ChartBuilder::on(&root).build_cartesian_2d(self.x, self.y).expect(INFALLIBLE);
            draw(&mut canvas);
            root.present().expect(INFALLIBLE);
        }
        let start = document.find('\n').map_or(0, |end_of_tag| end_of_tag + 1);
        let end = document.rfind("</svg>").unwrap_or(document.len());
        document[start..end].to_owned()
    }
}

fn is_thinned(runs: &[Vec<(f64, f64)>]) -> bool {
    runs.iter().map(Vec::len).sum::<usize>() > MAX_POINTS
}

/// `drawing` in a group; a browser shows the label when the pointer rests on it.
fn group(label: &str, attributes: &str, drawing: &str) -> String {
    if drawing.is_empty() {
        return String::new();
    }
    let title = match label.is_empty() {
        true => String::new(),
        false => format!("<title>{}</title>", escape(label)),
    };
    format!("<g{attributes}>{title}\n{drawing}</g>\n")
}

/// The dash pattern as an attribute; `scale` is the number of units per pixel.
pub(crate) fn dash_attribute(dashes: &[u32], scale: f64) -> String {
    if dashes.is_empty() {
        return String::new();
    }
    let lengths: Vec<String> = dashes.iter().map(|&length| px(f64::from(length) * scale)).collect();
    format!(" stroke-dasharray=\"{}\"", lengths.join(" "))
}

/// The corners of a staircase: each value holds until the next point.
fn staircase(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::with_capacity(2 * points.len());
    for &(x, y) in points {
        if let Some(&(_, held)) = corners.last() {
            corners.push((x, held));
        }
        corners.push((x, y));
    }
    corners
}

fn stroke(colour: Rgb, width: f64) -> ShapeStyle {
    RGBColor::from(colour).stroke_width(fine(width) as u32)
}

fn filled(colour: Rgb) -> ShapeStyle {
    RGBColor::from(colour).filled()
}

fn fine(pixels: f64) -> i32 {
    libm::round(pixels * FINE) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staircase_holds_each_value_until_the_next() {
        assert_eq!(staircase(&[(0.0, 1.0), (2.0, 5.0)]), [(0.0, 1.0), (2.0, 1.0), (2.0, 5.0)]);
    }
}
