//! Where nodes stand, and how far it is between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a node stands: on Earth, or somewhere on a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Place {
    /// On Earth.
    Earth(Earth),
    /// On a drawing, in units of its own: nothing follows about distances.
    Plane(Plane),
}

/// A place on Earth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Earth {
    /// Degrees north of the equator.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub latitude: f64,
    /// Degrees east of Greenwich.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub longitude: f64,
}

/// A place on a drawing: x to the right, y upwards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
}

/// The mean radius of the Earth in kilometres.
const EARTH_RADIUS_KM: f64 = 6371.0;

impl Earth {
    /// The place at these degrees, if there is one.
    pub fn new(latitude: f64, longitude: f64) -> Option<Earth> {
        let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_on_earth.then_some(Earth { latitude, longitude })
    }

    /// Kilometres along the great circle, by the haversine formula, which is exact for near points and needs no care at
    /// the poles or where the longitude jumps (Sinnott, "Virtues of the Haversine", 1984).
    pub fn distance_km(self, other: Earth) -> f64 {
        let [a, b] = [self, other].map(|place| place.latitude.to_radians());
        let half = |difference: f64| {
            let sine = libm::sin(difference / 2.0);
            sine * sine
        };
        let longitudes = (other.longitude - self.longitude).to_radians();
        let haversine = half(b - a) + libm::cos(a) * libm::cos(b) * half(longitudes);
        // Rounding may leave a little more than 1 at the antipodes.
        2.0 * EARTH_RADIUS_KM * libm::asin(libm::sqrt(haversine.clamp(0.0, 1.0)))
    }
}

impl Place {
    /// What is wrong with numbers that are no place, if anything.
    pub(crate) fn fault(self) -> Option<String> {
        match self {
            Place::Earth(earth) => (Earth::new(earth.latitude, earth.longitude).is_none())
                .then(|| "latitudes go from -90 to 90, longitudes from -180 to 180".to_owned()),
            Place::Plane(plane) => {
                (!(plane.x.is_finite() && plane.y.is_finite())).then(|| "x and y must be finite".to_owned())
            }
        }
    }
}

/// Gives nodes without a place the mean of those of their neighbours, from the placed ones outwards. Nodes that no placed
/// one reaches stay without. Work is nodes plus links.
pub fn fill_from_neighbors(places: &mut [Option<Place>], links: &[(u32, u32)]) {
    let mut neighbors: Vec<Vec<u32>> = vec![Vec::new(); places.len()];
    for &(a, b) in links.iter().filter(|(a, b)| a != b) {
        neighbors[a as usize].push(b);
        neighbors[b as usize].push(a);
    }
    let is_placed = |places: &[Option<Place>], node: u32| places[node as usize].is_some();
    let mut row: Vec<u32> = (0..).take(places.len()).filter(|node| is_placed(places, *node)).collect();
    while !row.is_empty() {
        let mut next: Vec<u32> = row.iter().flat_map(|node| &neighbors[*node as usize]).copied().collect();
        next.retain(|node| !is_placed(places, *node));
        next.sort_unstable();
        next.dedup();
        // All of a row at once, from the rows before.
        let means: Vec<Option<Place>> = next
            .iter()
            .map(|node| mean(neighbors[*node as usize].iter().filter_map(|other| places[*other as usize])))
            .collect();
        for (node, place) in next.iter().zip(means) {
            places[*node as usize] = place;
        }
        row = next;
    }
}

/// The middle of places; on Earth that of degrees, which is good enough for neighbours.
fn mean(places: impl Iterator<Item = Place>) -> Option<Place> {
    let (mut count, mut sum, mut is_earth) = (0.0, (0.0, 0.0), true);
    let mut first_longitude = None;
    for place in places {
        let (x, y) = match place {
            Place::Earth(Earth { latitude, longitude }) => {
                // On the same side of the antimeridian as the first.
                let first = *first_longitude.get_or_insert(longitude);
                let turn = if longitude - first > 180.0 {
                    -360.0
                } else if first - longitude > 180.0 {
                    360.0
                } else {
                    0.0
                };
                (longitude + turn, latitude)
            }
            Place::Plane(Plane { x, y }) => {
                is_earth = false;
                (x, y)
            }
        };
        count += 1.0;
        sum = (sum.0 + x, sum.1 + y);
    }
    let (x, y) = (sum.0 / count, sum.1 / count);
    match (count > 0.0, is_earth) {
        (false, _) => None,
        (true, false) => Some(Place::Plane(Plane { x, y })),
        (true, true) => {
            let longitude = if x > 180.0 {
                x - 360.0
            } else if x < -180.0 {
                x + 360.0
            } else {
                x
            };
            Earth::new(y, longitude).map(Place::Earth)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: (f64, f64), b: (f64, f64), km: f64, tolerance: f64) {
        let [a, b] = [a, b].map(|(latitude, longitude)| Earth::new(latitude, longitude).unwrap());
        for distance in [a.distance_km(b), b.distance_km(a)] {
            assert!((distance - km).abs() <= tolerance, "{distance} for {km}");
        }
    }

    #[test]
    fn great_circles_have_the_lengths_of_geometry() {
        // A quarter of the meridian: πR/2. Half of the equator: πR.
        check((0.0, 10.0), (90.0, -70.0), std::f64::consts::PI * 6371.0 / 2.0, 1e-6);
        check((0.0, 0.0), (0.0, 180.0), std::f64::consts::PI * 6371.0, 1e-3);
        check((12.0, 34.0), (12.0, 34.0), 0.0, 0.0);
    }

    #[test]
    fn the_way_across_the_antimeridian_is_the_short_one() {
        // Two degrees of the equator: 2πR/180.
        check((0.0, 179.0), (0.0, -179.0), std::f64::consts::PI * 6371.0 / 90.0, 1e-6);
    }

    #[test]
    fn new_york_and_chicago_are_1145_kilometres_apart() {
        check((40.71427, -74.00597), (41.85003, -87.65005), 1145.8, 0.05);
    }

    #[test]
    fn nodes_without_a_place_stand_between_their_neighbours() {
        let at = |latitude, longitude| Earth::new(latitude, longitude).map(Place::Earth);
        // 0 and 1 are placed across the antimeridian; 2 is between them, 3 behind 2, 4 alone.
        let mut places = [at(10.0, 178.0), at(20.0, -178.0), None, None, None];
        fill_from_neighbors(&mut places, &[(0, 2), (2, 1), (2, 3), (4, 4)]);
        assert_eq!(places[2..], [at(15.0, 180.0), at(15.0, 180.0), None]);
    }

    #[test]
    fn there_is_no_place_beyond_the_poles_nor_at_nan() {
        for (latitude, longitude) in [(90.1, 0.0), (0.0, -180.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Earth::new(latitude, longitude), None);
        }
    }
}
