//! Charts as SVG and PNG, without system fonts.
//!
//! Series of numbers go in, a picture comes out; what the numbers mean is the caller's business.
//!
//! - [`Chart`]: lines, reference values, markers, bands, shaded intervals and events over two axes.
//! - [`Panels`]: several charts over one horizontal axis.
//! - [`BarChart`]: grouped or stacked bars.
//! - [`Ladders`]: space-time diagrams, time downwards, side by side.
//! - [`Diagrams`]: graphs, with ways along their edges.
//! - [`Tables`]: tables of texts, with what has changed in them.
//! - [`layout`]: places for the nodes of a graph that has none.
//! - [`si`]: prefixes, so that an axis can say "Mbit/s".
//! - `to_png`: any of these as pixels (cargo feature `png`, on by default).
//!
//! The same input gives the same bytes on every machine. Whatever the input (nothing at all, NaN,
//! a name of a thousand characters), a picture results: drawing cannot fail.
//!
//! Plotters draws grids, lines and areas; texts, legends and hatches are written here, because
//! dashes, a legend outside of the plot and a text width without a font are not its strength.
//! The font is DejaVu Sans where it is installed, Verdana or another sans serif elsewhere.

mod axis;
mod bars;
mod blocks;
mod chart;
mod diagram;
mod figure;
mod ladder;
pub mod layout;
mod legend;
mod marks;
mod plane;
#[cfg(feature = "png")]
mod png;
pub mod si;
mod style;
mod svg;
mod table;
mod text;
mod thin;
mod ticks;

pub use axis::{Axis, Scale};
pub use bars::{Arrangement, BarChart, BarSeries};
pub use blocks::Blocks;
pub use chart::{
    Band, Chart, Direction, EventMark, Layer, Line, LineShape, MarkerShape, Markers, Panels, Reference, Shading, Size,
    Trajectory, VerticalSpan, Whiskers,
};
pub use diagram::{
    Diagram, DiagramEdge, DiagramForm, DiagramNode, DiagramWords, Diagrams, NodeLook, NodeShape, WayStyle,
};
pub use ladder::{Bracket, Label, Ladder, Ladders, Travel, TravelStyle};
#[cfg(feature = "png")]
pub use png::{PlotError, to_png};
pub use style::Tint;
pub use table::{Cell, Tables, TextTable};
