//! A network as a picture: dots at their places, joined by lines.

use plots::{Diagram, DiagramEdge, DiagramForm, DiagramNode, DiagramWords, Diagrams, NodeShape, Size};
use topologies::place::{Earth, Plane, fill_from_neighbors};
use topologies::{NodeKind, Place};

use super::Look;

/// Larger networks are not drawn where nodes have places: their files would be larger than any viewer likes.
pub const MOST_NODES: usize = 20_000;
const MOST_CABLES: usize = 60_000;
/// Larger networks without places are not laid out: work and memory grow with the square.
pub const MOST_LAID_OUT: usize = 1_200;

/// The drawing as SVG.
///
/// # Errors
/// Says why a network is too large to be drawn.
pub fn draw(look: &Look, name: &str) -> Result<String, String> {
    let (nodes, cables) = (look.nodes.len(), look.cables.len());
    if nodes > MOST_NODES || cables > MOST_CABLES {
        let limits = format!("at most {MOST_NODES} nodes and {MOST_CABLES} cables are");
        return Err(format!("{nodes} nodes and {cables} cables are too many for a picture; {limits} drawn"));
    }
    let ends: Vec<(u32, u32)> = look.cables.iter().map(|cable| cable.ends).collect();
    let places = project(&look.nodes.iter().map(|node| node.place).collect::<Vec<_>>(), &ends);
    if places.is_none() && nodes > MOST_LAID_OUT {
        return Err(format!("{nodes} nodes without coordinates; at most {MOST_LAID_OUT} such are laid out"));
    }
    let drawn = look.nodes.iter().enumerate().map(|(at, node)| DiagramNode {
        name: node.name.clone(),
        shape: match node.kind {
            NodeKind::Router => NodeShape::Round,
            NodeKind::Host => NodeShape::Angular,
        },
        place: places.as_ref().map(|places| places[at]),
        ..DiagramNode::default()
    });
    let edge =
        |&(from, to): &(u32, u32)| DiagramEdge { from: from as usize, to: to as usize, ..DiagramEdge::default() };
    let diagram = Diagram { heading: String::new(), nodes: drawn.collect(), edges: ends.iter().map(edge).collect() };
    let title = look.report.as_ref().and_then(|report| report.title.as_deref()).unwrap_or(name);
    let words = DiagramWords { round: "router".into(), angular: "host".into(), ..DiagramWords::default() };
    let subtitle = format!("{nodes} nodes, {cables} cables");
    let form = DiagramForm::Map;
    Ok(Diagrams { subtitle, diagrams: vec![diagram], words, form, ..Diagrams::new(title) }.to_svg(Size::default()))
}

/// Places on paper, y downwards: of Earth in the equirectangular projection that keeps lengths in the middle of the
/// map; of nodes without a place near their neighbours. None if no node has a place, or some cannot be given one.
pub fn project(places: &[Option<Place>], cables: &[(u32, u32)]) -> Option<Vec<(f64, f64)>> {
    let mut places = places.to_vec();
    fill_from_neighbors(&mut places, cables);
    // Nodes that reach no placed one would stand anywhere: below all others, in a row.
    let lost = places.iter().filter(|place| place.is_none()).count();
    if lost == places.len() {
        return None;
    }
    let earth = || {
        places.iter().flatten().filter_map(|place| match place {
            Place::Earth(earth) => Some(*earth),
            Place::Plane(_) => None,
        })
    };
    let west = western_edge(earth().map(|earth| earth.longitude).collect());
    let count = earth().count().max(1) as f64;
    let middle = earth().map(|earth| earth.latitude).sum::<f64>() / count;
    let squeeze = libm::cos(middle.to_radians()).max(0.1);
    let on_paper = |place: Place| match place {
        Place::Earth(Earth { latitude, longitude }) => {
            let east = if longitude < west { longitude + 360.0 } else { longitude };
            (east * squeeze, -latitude)
        }
        Place::Plane(Plane { x, y }) => (x, -y),
    };
    let known: Vec<(f64, f64)> = places.iter().flatten().map(|place| on_paper(*place)).collect();
    let limits = |of: fn(&(f64, f64)) -> f64| {
        known.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (limits(|p| p.0), limits(|p| p.1));
    let step = (right - left).max(1e-6) / lost.max(1) as f64;
    let below = bottom + ((bottom - top).max(right - left) * 0.12).max(1e-6);
    let mut next = 0.0;
    let placed = places.iter().map(|place| match place {
        Some(place) => on_paper(*place),
        None => {
            next += 1.0;
            (left + (next - 0.5) * step, below)
        }
    });
    Some(placed.collect())
}

/// The longitude from which a map goes east: behind the widest gap, so that a network around the Pacific is not torn.
fn western_edge(mut longitudes: Vec<f64>) -> f64 {
    longitudes.sort_by(f64::total_cmp);
    let (Some(&first), Some(&last)) = (longitudes.first(), longitudes.last()) else { return -180.0 };
    let around = (first + 360.0 - last, first);
    let gaps = longitudes.windows(2).map(|pair| (pair[1] - pair[0], pair[1]));
    gaps.fold(around, |widest, gap| if gap.0 > widest.0 { gap } else { widest }).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Option<Place> {
        Earth::new(latitude, longitude).map(Place::Earth)
    }

    #[test]
    fn north_is_up_and_east_is_right() {
        let places = project(&[at(0.0, 0.0), at(10.0, 10.0)], &[]).unwrap();
        assert!(places[1].0 > places[0].0 && places[1].1 < places[0].1, "{places:?}");
    }

    #[test]
    fn a_network_around_the_pacific_is_not_torn() {
        // Tokyo, Auckland and San Francisco, from west to east.
        let places = project(&[at(35.7, 139.7), at(-36.8, 174.8), at(37.8, -122.4)], &[]).unwrap();
        assert!(places[0].0 < places[1].0 && places[1].0 < places[2].0, "{places:?}");
    }

    #[test]
    fn nodes_without_a_place_stand_near_their_neighbours_or_below_all() {
        let places = project(&[at(0.0, 0.0), at(0.0, 10.0), None, None], &[(0, 2), (2, 1)]).unwrap();
        assert_eq!(places[2], (5.0, 0.0));
        assert!(places[3].1 > 0.0);
        assert_eq!(project(&[None, None], &[(0, 1)]), None);
    }
}
