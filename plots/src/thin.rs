//! Fewer points for long lines: what falls into one pixel column is drawn as its extremes.

/// Longer lines are thinned before drawing.
pub(crate) const MAX_POINTS: usize = 4000;

/// Keeps the first, lowest, highest and last of the consecutive points that share a column.
///
/// On the screen nothing changes: a column is one pixel wide, and every peak and dip survives.
/// The order stays, so this is right for curves that turn back as well.
pub(crate) fn thin(points: &[(f64, f64)], column: impl Fn(f64) -> i64) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let here = column(points[start].0);
        let len = points[start..].iter().take_while(|point| column(point.0) == here).count();
        keep_extremes(&points[start..start + len], &mut kept);
        start += len;
    }
    kept
}

fn keep_extremes(column: &[(f64, f64)], kept: &mut Vec<(f64, f64)>) {
    let by_y = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
    let lowest = (0..column.len()).min_by(by_y).unwrap_or(0);
    let highest = (0..column.len()).max_by(by_y).unwrap_or(0);
    let mut indexes = vec![0, lowest, highest, column.len() - 1];
    indexes.sort_unstable();
    indexes.dedup();
    kept.extend(indexes.into_iter().map(|index| column[index]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_every_spike() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), 1.0)).collect();
        points[12_345].1 = 99.0;
        points[77_777].1 = -5.0;
        let thinned = thin(&points, |x| (x / 100.0) as i64);
        assert!(thinned.len() <= 4000, "{}", thinned.len());
        assert!(thinned.contains(&(12_345.0, 99.0)));
        assert!(thinned.contains(&(77_777.0, -5.0)));
    }

    #[test]
    fn thinning_keeps_the_ends_and_the_order() {
        let points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), f64::from(i % 7))).collect();
        let thinned = thin(&points, |x| (x / 50.0) as i64);
        assert_eq!(thinned.first(), points.first());
        assert_eq!(thinned.last(), points.last());
        assert!(thinned.is_sorted_by(|a, b| a.0 < b.0));
    }
}
