//! PNG from SVG, with a font of our own: no system font is looked for.

use std::fmt;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The family that the charts name first.
const FAMILY: &str = "DejaVu Sans";
/// Longer sides than this, in pixels, are refused.
const MAX_SIDE: f32 = 32_000.0;

/// Why a picture could not be converted.
#[derive(Clone, Debug, PartialEq)]
pub enum PlotError {
    /// The text is not an SVG document; the parser's words follow.
    NotSvg(String),
    /// The scale is not a positive number, or the picture would be larger than 32 000 pixels.
    Size {
        /// The scale asked for: pixels of the PNG per pixel of the SVG.
        scale: f32,
    },
    /// The picture could not be compressed; the encoder's words follow.
    Encoding(String),
}

impl fmt::Display for PlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlotError::NotSvg(reason) => write!(f, "not an SVG document: {reason}"),
            PlotError::Size { scale } => {
                write!(f, "a scale of {scale} gives no usable picture: choose one between 0.1 and 10")
            }
            PlotError::Encoding(reason) => write!(f, "the PNG could not be written: {reason}"),
        }
    }
}

impl std::error::Error for PlotError {}

/// Draws an SVG document as a PNG file.
///
/// `scale` is the number of PNG pixels per SVG pixel: 2 suits fine screens and print. Texts are set
/// in DejaVu Sans, which is part of the program.
///
/// ```
/// use plots::{Axis, Chart, Size};
///
/// let chart = Chart::new("Nothing yet", Axis::new("time (s)"), Axis::new("queue (packets)"));
/// let png = plots::to_png(&chart.to_svg(Size::default()), 1.0)?;
/// assert!(png.starts_with(b"\x89PNG"));
/// # Ok::<(), plots::PlotError>(())
/// ```
///
/// # Errors
///
/// When `svg` cannot be parsed or `scale` leads to no picture of reasonable size.
pub fn to_png(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::new(fonts()), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| PlotError::NotSvg(error.to_string()))?;
    let (width, height) = (tree.size().width() * scale, tree.size().height() * scale);
    let is_usable = |side: f32| (1.0..=MAX_SIDE).contains(&side);
    if !is_usable(width) || !is_usable(height) {
        return Err(PlotError::Size { scale });
    }
    let pixmap = Pixmap::new(width.round() as u32, height.round() as u32);
    let mut pixmap = pixmap.ok_or(PlotError::Size { scale })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|error| PlotError::Encoding(error.to_string()))
}

fn fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    for face in [dejavu::sans::regular(), dejavu::sans::bold()] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family(FAMILY);
    fonts
}

#[cfg(test)]
mod tests;
