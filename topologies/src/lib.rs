//! Network shapes: lines, stars, dumbbells, fat trees.
