//! Charts as SVG and PNG, without system fonts.
