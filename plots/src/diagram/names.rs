//! Names beside dots, as on a map: where each finds room, and dots that would cover each other moved apart.

use super::lines::{Line, crosses, overlap};
use crate::layout::Point;
use crate::svg::Rect;
use crate::text::{Weight, shorten, width};

/// Height of letters of a name on a map.
pub(super) const MAP_NAME: f64 = 14.0;
/// Side of a dot on a map.
pub(super) const DOT: f64 = 12.0;
/// Free space between two dots.
const GAP: f64 = 4.0;
/// A name one step farther from its dot is as bad as one that crosses so many edges.
const STEP_COST: f64 = 1.5;
/// More dots than this are not moved apart: nobody could tell them apart anyway.
const MOST_MOVED: usize = 2_000;

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlacedName {
    pub(super) text: String,
    pub(super) area: Rect,
}

/// Moves dots of this side apart that are nearer than can be seen. Places that agree fan out in the order of the nodes.
pub(super) fn apart(spots: &mut [Point], side: f64) {
    const ROUNDS: usize = 30;
    let least = side + GAP;
    if spots.len() > MOST_MOVED {
        return;
    }
    let mut order: Vec<usize> = (0..spots.len()).collect();
    for _ in 0..ROUNDS {
        let mut has_moved = false;
        order.sort_by(|&a, &b| spots[a].0.total_cmp(&spots[b].0).then(a.cmp(&b)));
        for at in 0..order.len() {
            for next in at + 1..order.len() {
                let (a, b) = (order[at].min(order[next]), order[at].max(order[next]));
                if (spots[order[next]].0 - spots[order[at]].0).abs() >= least {
                    break;
                }
                let (dx, dy) = (spots[b].0 - spots[a].0, spots[b].1 - spots[a].1);
                let distance = (dx * dx + dy * dy).sqrt();
                if distance >= least - 0.01 {
                    continue;
                }
                has_moved = true;
                let (ux, uy) = if distance > 0.5 {
                    (dx / distance, dy / distance)
                } else {
                    // One direction for each pair, none preferred.
                    let angle = (a * 7 + b * 13) as f64;
                    (libm::cos(angle), libm::sin(angle))
                };
                let push = (least - distance) / 2.0;
                spots[a] = (spots[a].0 - ux * push, spots[a].1 - uy * push);
                spots[b] = (spots[b].0 + ux * push, spots[b].1 + uy * push);
            }
        }
        if !has_moved {
            return;
        }
    }
}

/// A place for each name that covers no dot, no other name and nothing `taken`, within `frame`; beside as few edges as can be. None where
/// there is no room.
pub(super) fn beside(
    names: &[Option<&str>],
    dots: &[Rect],
    taken: &[Rect],
    lines: &[Option<Line>],
    frame: Rect,
) -> Vec<Option<PlacedName>> {
    let mut taken: Vec<Rect> = dots.iter().chain(taken).copied().collect();
    let mut placed: Vec<Option<PlacedName>> = vec![None; names.len()];
    // Those with the most others around choose first.
    let crowd = |at: usize| {
        let middle = super::lines::middle(&dots[at]);
        let near = |other: &&Rect| {
            let there = super::lines::middle(other);
            (middle.0 - there.0).abs() < 90.0 && (middle.1 - there.1).abs() < 45.0
        };
        dots.iter().filter(near).count()
    };
    let mut order: Vec<(usize, usize)> =
        (0..names.len()).filter(|at| names[*at].is_some()).map(|at| (crowd(at), at)).collect();
    order.sort_by_key(|&(crowd, at)| (std::cmp::Reverse(crowd), at));
    for (_, at) in order {
        let text = shorten(names[at].unwrap_or_default(), 190.0, MAP_NAME, Weight::Regular);
        let (w, h) = (width(&text, MAP_NAME, Weight::Regular) + 4.0, MAP_NAME + 3.0);
        let (x, y) = super::lines::middle(&dots[at]);
        let candidates = [2.0, 8.0, 16.0].into_iter().zip(0..).flat_map(|(gap, step)| {
            let gap = gap + dots[at].width / 2.0;
            // Right, left, above, below, then the corners: as maps have them.
            [
                (x + gap, y - h / 2.0),
                (x - gap - w, y - h / 2.0),
                (x - w / 2.0, y - gap - h),
                (x - w / 2.0, y + gap),
                (x + gap * 0.7, y - gap * 0.7 - h),
                (x + gap * 0.7, y + gap * 0.7),
                (x - gap * 0.7 - w, y - gap * 0.7 - h),
                (x - gap * 0.7 - w, y + gap * 0.7),
            ]
            .map(|corner| (corner, f64::from(step) * STEP_COST))
        });
        let areas = candidates.map(|((x, y), cost)| (Rect { x, y, width: w, height: h }, cost));
        let is_free = |(area, _): &(Rect, f64)| {
            area.x >= frame.x
                && area.right() <= frame.right()
                && area.y >= frame.y
                && area.bottom() <= frame.bottom()
                && taken.iter().all(|other| !overlap(area, other))
        };
        let crossed = |area: &Rect| lines.iter().flatten().filter(|line| crosses(line, area)).count() as f64;
        let best = areas.filter(is_free).map(|(area, cost)| (cost + crossed(&area), area));
        if let Some((_, area)) = best.min_by(|a, b| a.0.total_cmp(&b.0)) {
            taken.push(area);
            placed[at] = Some(PlacedName { text, area });
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot((x, y): Point) -> Rect {
        Rect { x: x - DOT / 2.0, y: y - DOT / 2.0, width: DOT, height: DOT }
    }

    #[test]
    fn dots_at_one_place_are_moved_apart() {
        let mut spots = [(100.0, 100.0), (100.0, 100.0), (100.0, 100.0), (300.0, 50.0)];
        apart(&mut spots, DOT);
        for (at, a) in spots.iter().enumerate() {
            for b in &spots[..at] {
                assert!((a.0 - b.0).hypot(a.1 - b.1) > DOT, "{spots:?}");
            }
        }
        assert_eq!(spots[3], (300.0, 50.0));
    }

    #[test]
    fn names_cover_neither_dots_nor_each_other_and_stay_inside() {
        let spots: Vec<Point> =
            (0..25).map(|at| (60.0 + f64::from(at % 5) * 70.0, 40.0 + f64::from(at / 5) * 40.0)).collect();
        let dots: Vec<Rect> = spots.into_iter().map(dot).collect();
        let names: Vec<String> = (0..25).map(|at| format!("Town {at}")).collect();
        let named: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
        let frame = Rect { x: 0.0, y: 0.0, width: 420.0, height: 240.0 };
        let placed: Vec<Rect> =
            beside(&named, &dots, &[], &[], frame).into_iter().flatten().map(|name| name.area).collect();
        assert_eq!(placed.len(), 25);
        for (at, area) in placed.iter().enumerate() {
            assert!(area.x >= 0.0 && area.right() <= 420.0);
            assert!(dots.iter().chain(&placed[..at]).all(|other| !overlap(area, other)), "{at}");
        }
    }

    #[test]
    fn a_name_stands_where_it_covers_no_edge_if_it_can() {
        let edge = Line { a: (100.0, 100.0), b: (200.0, 100.0) };
        let frame = Rect { x: 0.0, y: 0.0, width: 300.0, height: 200.0 };
        let placed = beside(&[Some("A")], &[dot((100.0, 100.0))], &[], &[Some(edge)], frame);
        assert!(placed[0].as_ref().unwrap().area.right() < 100.0, "to the left, as the edge leads to the right");
    }
}
