//! Routers strewn over a square, of which near ones are joined more often than far ones.
//!
//! Waxman, "Routing of Multipoint Connections", 1988. Two routers at distance d are joined with probability
//!
//! ```text
//! beta · exp(-d / (alpha · L))         L: the diagonal of the square, the largest distance there can be
//! ```
//!
//! A larger `beta` gives more cables, a larger `alpha` more long ones. Other tools call these two the other way round:
//! compare the formula, not the letters. Pairs are drawn by square cells: for two cells the nearest that two of their
//! routers can be bounds the probability, geometric skips choose by the bound, and each choice is kept by what the
//! true distance leaves of it. So the work grows with the cables rather than with n².

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::LinkSpec;
use sim_core::random::Random;
use sim_core::time::Duration;

use super::draw::{AllPairs, Pair, Skips};
use super::{Shape, near};
use crate::hosts::HostNames;
use crate::problem::{check_count, check_number, check_size};
use crate::{Hosts, Plan, Problem};

/// Its name in files.
pub const NAME: &str = "waxman";
/// What it looks like.
pub const SUMMARY: &str = "random: routers r1, r2, ... on a square, joined with beta * exp(-d / (alpha * L))";
/// Where it is described.
pub const SOURCE: &str = "Waxman 1988";

/// The most routers.
pub const MOST_ROUTERS: u32 = 50_000;
/// How long a signal takes over a kilometre of fibre, at 200 000 km/s.
const PICOS_PER_KM: f64 = 5_000_000.0;
/// The least delay that follows from a distance.
const LEAST_DELAY: Duration = Duration::from_micros(10);

/// Routers on a square, joined with probability beta exp(-d / (alpha L)), where L is the diagonal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many routers there are.
    #[schemars(range(min = 2, max = MOST_ROUTERS))]
    pub nodes: u32,
    /// How far cables reach, as a share of the diagonal.
    #[serde(default = "usual_alpha")]
    #[schemars(range(min = 0.000_001, max = 1000.0))]
    pub alpha: f64,
    /// How probable a cable is between routers at one place.
    #[serde(default = "usual_beta")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub beta: f64,
    /// The side of the square in kilometres. The delays of cables then follow from their lengths at 200 000 km/s, with at
    /// least 10 us. Without it all have the delay of `link`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 40_000.0))]
    pub width_km: Option<f64>,
    /// Whether as few cables as needed are added, each between a router and the nearest of another part, until all reach
    /// each other.
    #[serde(default)]
    pub connected: bool,
    /// What the draws come from: with another the network is another. Without it the seed of the experiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Hosts `h1`, `h2`, … at every router.
    #[serde(default, skip_serializing_if = "Hosts::is_default")]
    pub hosts: Hosts,
    /// Every cable between routers.
    #[serde(default)]
    pub link: LinkSpec,
    /// How long a router takes over each packet.
    #[serde(default)]
    pub processing_delay: Duration,
}

/// Together with [`usual_beta`] about a twentieth of all pairs.
fn usual_alpha() -> f64 {
    0.1
}

fn usual_beta() -> f64 {
    0.4
}

impl Shape for Config {
    fn check(&self, problems: &mut Vec<Problem>) {
        let mut fits = check_count(problems, "/nodes", self.nodes, 2..=MOST_ROUTERS);
        fits &= check_number(problems, "/alpha", self.alpha, 0.000_001..=1000.0);
        fits &= check_number(problems, "/beta", self.beta, 0.0..=1.0);
        fits &= self.width_km.is_none_or(|width| check_number(problems, "/width_km", width, 0.0..=40_000.0));
        if !fits {
            return;
        }
        // The mean of exp(-d / (alpha L)) over a plane around a router is at most 2π (alpha L)² / L² · 2, as the
        // square has half the area of that on its diagonal.
        let near = (4.0 * std::f64::consts::PI * self.alpha * self.alpha).min(1.0);
        let nodes = f64::from(self.nodes);
        let most = self.beta * near * nodes * (nodes - 1.0) / 2.0;
        if check_size(problems, "/nodes", u128::from(self.nodes), most as u128) {
            self.hosts.check(problems, u64::from(self.nodes), u64::from(self.nodes));
        }
    }

    fn build(&self, plan: &mut Plan) {
        let mut random = plan.random(self.seed, NAME);
        // On a square with side 1.
        let places: Vec<(f64, f64)> = (0..self.nodes).map(|_| (random.unit(), random.unit())).collect();
        let mut pairs = self.pairs(&places, &mut random);
        if self.connected {
            near::join(&places, &mut pairs);
        }
        let routers = plan.routers(self.nodes, self.processing_delay);
        // In kilometres, or so that routers are about one apart.
        let scale = self.width_km.unwrap_or(libm::sqrt(f64::from(self.nodes)));
        for (&router, (x, y)) in routers.iter().zip(&places) {
            plan.place(router, x * scale, y * scale);
        }
        for (a, b) in pairs {
            let link = match self.width_km {
                None => self.link.clone(),
                Some(width) => {
                    let km = near::distance(places[a as usize], places[b as usize]) * width;
                    let delay = Duration::from_picos(libm::round(km * PICOS_PER_KM) as u64).max(LEAST_DELAY);
                    LinkSpec { delay, ..self.link.clone() }
                }
            };
            plan.cable(routers[a as usize], routers[b as usize], &link);
        }
        self.hosts.attach(plan, &routers, HostNames::Counted);
    }
}

impl Config {
    /// Draws which two are joined; sorted.
    fn pairs(&self, places: &[(f64, f64)], random: &mut Random) -> Vec<Pair> {
        let cells = near::Cells::new(places, (libm::sqrt(places.len() as f64) as usize / 2).clamp(1, 24));
        let reach = self.alpha * std::f64::consts::SQRT_2;
        let mut pairs = Vec::new();
        for (at, one) in cells.all() {
            for (_, other) in cells.all().skip_while(|(other, _)| *other < at) {
                let is_same = std::ptr::eq(one, other);
                let nearest = if is_same { 0.0 } else { cells.gap(one, other) };
                let bound = self.beta * libm::exp(-nearest / reach);
                let (rows, columns) = (one.nodes.len() as u64, other.nodes.len() as u64);
                let total = if is_same { rows * rows.saturating_sub(1) / 2 } else { rows * columns };
                let mut skips = Skips::new(total, bound);
                let mut all = AllPairs::default();
                while let Some(chosen) = skips.next(random) {
                    let (a, b) = match is_same {
                        true => all.at(chosen),
                        false => (chosen / columns, chosen % columns),
                    };
                    let (a, b) = (one.nodes[a as usize], other.nodes[b as usize]);
                    let farther = near::distance(places[a as usize], places[b as usize]) - nearest;
                    if random.chance(libm::exp(-farther / reach)) {
                        pairs.push((a.min(b), a.max(b)));
                    }
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Topology, TopologySpec};

    fn network(json: &str) -> Topology {
        Topology::new(&serde_json::from_str::<TopologySpec>(json).unwrap()).unwrap()
    }

    fn at(network: &Topology, id: sim_core::ids::NodeId) -> (f64, f64) {
        match network.nodes[id.index()].place {
            Some(Place::Plane(place)) => (place.x, place.y),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pairs_are_joined_as_often_as_the_formula_says_at_every_distance() {
        // All pairs of many networks by distance, in tenths of the diagonal, against the sum of their probabilities.
        let (alpha, beta) = (0.2, 0.6);
        let (mut joined, mut expected, mut variance) = ([0.0; 10], [0.0; 10], [0.0; 10]);
        for seed in 0..30 {
            let json = format!(
                r#"{{ "shape": "waxman", "nodes": 150, "alpha": {alpha}, "beta": {beta}, "width_km": 1000, "seed": {seed} }}"#
            );
            let network = network(&json);
            let diagonal = 1000.0 * 2_f64.sqrt();
            let places: Vec<_> = (0..150).map(|node| at(&network, sim_core::ids::NodeId(node))).collect();
            for (a, one) in places.iter().enumerate() {
                for other in &places[..a] {
                    let share = (one.0 - other.0).hypot(one.1 - other.1) / diagonal;
                    let probability = beta * libm::exp(-share / alpha);
                    expected[(share * 10.0) as usize] += probability;
                    variance[(share * 10.0) as usize] += probability * (1.0 - probability);
                }
            }
            for cable in &network.cables {
                let (one, other) = (at(&network, cable.from), at(&network, cable.to));
                joined[((one.0 - other.0).hypot(one.1 - other.1) / diagonal * 10.0) as usize] += 1.0;
            }
        }
        for ((joined, expected), variance) in joined.iter().zip(expected).zip(variance) {
            let off: f64 = joined - expected;
            assert!(off.abs() <= 4.0 * f64::sqrt(variance) + 1.0, "{joined} for {expected}");
        }
    }

    #[test]
    fn delays_follow_from_lengths_in_kilometres() {
        let wide =
            network(r#"{ "shape": "waxman", "nodes": 30, "beta": 1.0, "alpha": 1000.0, "width_km": 3000, "seed": 4 }"#);
        assert!(wide.cables.len() > 400);
        for cable in &wide.cables {
            let (one, other) = (at(&wide, cable.from), at(&wide, cable.to));
            let km = (one.0 - other.0).hypot(one.1 - other.1);
            // 5 us a kilometre.
            let micros = cable.forward.delay.picos() as f64 / 1e6;
            assert!((micros - (5.0 * km).max(10.0)).abs() < 0.001, "{km} km: {micros} us");
        }
        let flat = network(r#"{ "shape": "waxman", "nodes": 30, "beta": 1.0, "link": { "delay": "7 ms" } }"#);
        assert!(flat.cables.iter().all(|cable| cable.forward.delay == Duration::from_millis(7)));
    }

    #[test]
    fn parts_are_joined_by_one_cable_less_than_there_are_of_them() {
        let json = |connected| {
            format!(
                r#"{{ "shape": "waxman", "nodes": 400, "alpha": 0.02, "beta": 0.3, "seed": 5, "connected": {connected} }}"#
            )
        };
        let (apart, whole) = (network(&json(false)), network(&json(true)));
        let count = apart.components().len();
        assert!(count > 20, "{count}");
        assert!(whole.is_connected());
        assert_eq!(whole.cables.len(), apart.cables.len() + count - 1);
        let kept = whole.cables.iter().filter(|cable| apart.cables.contains(cable)).count();
        assert_eq!(kept, apart.cables.len());
    }
}
