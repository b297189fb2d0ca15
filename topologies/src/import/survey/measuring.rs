//! What each link is like: its rates, delays and costs, and where they come from.

use std::collections::BTreeMap;

use sim_core::time::Duration;
use sim_core::units::Rate;

use super::{Line, More, SurveyedLink, Surveyor};
use crate::Place;
use crate::import::rate_text::rate_in;
use crate::import::spec::{Costs, DelaySource, Delays, Rates};
use crate::import::{Action, LinkFacts, MapLink};

/// How many links have their rate, delay or cost from where.
type Sources = BTreeMap<(&'static str, &'static str), u64>;

/// Of most links nothing is known.
static NOTHING: LinkFacts = LinkFacts {
    name: None,
    rate: None,
    texts: Vec::new(),
    length_km: None,
    delay: None,
    cost: None,
    back: None,
    spec: None,
};

impl Surveyor<'_> {
    /// Rates, delays and costs of all links.
    pub(super) fn measure(&mut self) -> Vec<SurveyedLink> {
        let spec = self.spec;
        self.cost_factor = match spec.costs {
            Costs::File => self.cost_factor(),
            Costs::Hops | Costs::InverseCapacity | Costs::Delay => 1.0,
        };
        let mut sources: Sources = BTreeMap::new();
        let links = std::mem::take(&mut self.map.links);
        let fastest = match spec.costs {
            Costs::InverseCapacity => self.fastest(&links),
            Costs::File | Costs::Hops | Costs::Delay => 1,
        };
        let surveyed = links.into_iter().map(|link| {
            let facts = link.facts.as_deref();
            let line = |facts: Option<&LinkFacts>, sources: Option<&mut Sources>| {
                let mut line = self.line(&link, facts.unwrap_or(&NOTHING), sources);
                match spec.costs {
                    Costs::File | Costs::Hops => {}
                    Costs::InverseCapacity => line.cost = whole_cost(fastest as f64 / line.rate.bps() as f64),
                    Costs::Delay => line.cost = whole_cost(line.delay.picos() as f64 / 1e6),
                }
                line
            };
            let forward = line(facts, Some(&mut sources));
            let back = facts.and_then(|facts| facts.back.as_deref());
            let backward = back.map(|back| line(Some(back), None)).filter(|back| *back != forward);
            let facts = link.facts.map(|facts| *facts).unwrap_or_default();
            let more = More { backward, name: facts.name, spec: facts.spec.map(|spec| *spec) };
            let more = (more != More::default()).then(|| Box::new(more));
            SurveyedLink { from: link.from, to: link.to, relationship: link.relationship, forward, more }
        });
        let surveyed = surveyed.collect();
        self.report_sources(&sources);
        surveyed
    }

    /// The largest rate of all links, in bits per second.
    fn fastest(&self, links: &[MapLink]) -> u64 {
        let rates = links.iter().flat_map(|link| {
            let facts = link.facts.as_deref().unwrap_or(&NOTHING);
            let back = facts.back.as_deref().map(|back| self.line(link, back, None).rate);
            [Some(self.line(link, facts, None).rate), back]
        });
        rates.flatten().map(Rate::bps).max().unwrap_or(1)
    }

    /// One way over a link. Counts where its values come from.
    fn line(&self, link: &MapLink, facts: &LinkFacts, sources: Option<&mut Sources>) -> Line {
        let spec = self.spec;
        if let Some(both) = &facts.spec {
            return Line { rate: both.0.bandwidth, delay: both.0.delay, cost: both.0.cost };
        }
        let in_file = facts.rate.filter(|_| spec.rates != Rates::Constant).map(|rate| (rate, "file"));
        let in_text = || {
            let texts = facts.texts.iter().filter(|_| spec.rates == Rates::Text);
            texts.into_iter().find_map(|text| rate_in(text)).map(|rate| (rate, "text"))
        };
        let scaled = |(rate, source): (Rate, &'static str)| {
            let bps = libm::round(rate.bps() as f64 * spec.rate_factor).clamp(1.0, 1e18);
            (if spec.rate_factor == 1.0 { rate } else { Rate::from_bps(bps as u64) }, source)
        };
        let (rate, rate_source) = in_file.or_else(in_text).map_or((spec.link.bandwidth, "default"), scaled);

        let places = [link.from, link.to].map(|node| self.map.nodes[node as usize].place);
        let great_circle = || match places {
            [Some(Place::Earth(a)), Some(Place::Earth(b))] => Some(a.distance_km(b)),
            _ => None,
        };
        let by_delay = || facts.delay.map(|delay| (delay, "file"));
        let by_distance = || {
            let given = facts.length_km.map(|km| (km, "length"));
            let (km, source) = given.or_else(|| great_circle().map(|km| (km, "great_circle")))?;
            let seconds = km * spec.delays.route_factor / spec.delays.speed_km_s;
            let delay = Duration::from_picos(libm::round(seconds * 1e12) as u64);
            Some(if delay < spec.delays.floor { (spec.delays.floor, "floor") } else { (delay, source) })
        };
        let (delay, delay_source) = match spec.delays.from {
            DelaySource::Best => by_delay().or_else(by_distance),
            DelaySource::File => by_delay(),
            DelaySource::Distance => by_distance(),
            DelaySource::Constant => None,
        }
        .unwrap_or((spec.link.delay, "default"));

        let (cost, cost_source) = match (spec.costs, facts.cost) {
            (Costs::File, Some(cost)) => (whole_cost(cost * self.cost_factor), "file"),
            (Costs::File, None) => (spec.link.cost, "default"),
            // The other two are known when all rates and delays are.
            (Costs::Hops | Costs::InverseCapacity | Costs::Delay, _) => (1, "rule"),
        };
        if let Some(sources) = sources {
            for of in [("rate", rate_source), ("delay", delay_source), ("cost", cost_source)] {
                *sources.entry(of).or_default() += 1;
            }
        }
        Line { rate, delay, cost }
    }

    /// The smallest of 1, 2, 4, 5, 10, 100, … that makes all costs of the file whole numbers, as far as there is one.
    fn cost_factor(&self) -> f64 {
        let facts = self.map.links.iter().filter_map(|link| link.facts.as_deref());
        let costs: Vec<f64> = facts
            .flat_map(|facts| [facts.cost, facts.back.as_deref().and_then(|back| back.cost)])
            .flatten()
            .filter(|cost| *cost > 0.0)
            .collect();
        let is_whole = |value: f64| (value - libm::round(value)).abs() < 1e-9 * value.max(1.0);
        let factors = [1.0, 2.0, 4.0, 5.0, 10.0, 100.0, 1_000.0];
        factors.into_iter().find(|factor| costs.iter().all(|cost| is_whole(cost * factor))).unwrap_or(1_000.0)
    }

    fn report_sources(&mut self, sources: &Sources) {
        let spec = self.spec;
        let Delays { speed_km_s: speed, route_factor: factor, floor, .. } = spec.delays;
        let how = match factor == 1.0 {
            true => format!("at {speed} km/s"),
            false => format!("times {factor}, at {speed} km/s"),
        };
        let times = match spec.rate_factor {
            1.0 => String::new(),
            factor => format!(", times {factor}"),
        };
        for (&(of, source), &count) in sources {
            let (action, text) = match (of, source) {
                ("rate", "file") => (Action::Read, format!("bandwidths of {count} links: numbers in the file{times}")),
                ("rate", "text") => (Action::Read, format!("bandwidths of {count} links: words in labels{times}")),
                ("rate", _) => (Action::Default, format!("bandwidths of {count} links: {}", spec.link.bandwidth)),
                ("delay", "file") => (Action::Read, format!("delays of {count} links: in the file")),
                ("delay", "length") => (Action::Read, format!("delays of {count} links: lengths in the file, {how}")),
                ("delay", "great_circle") => (Action::Read, format!("delays of {count} links: great circles, {how}")),
                ("delay", "floor") => (Action::Default, format!("delays of {count} links: at least {floor}")),
                ("delay", _) => (Action::Default, format!("delays of {count} links: {}", spec.link.delay)),
                ("cost", "file") if self.cost_factor != 1.0 => {
                    let factor = self.cost_factor;
                    (Action::Read, format!("costs of {count} links: in the file, times {factor} to be whole numbers"))
                }
                ("cost", "file") => (Action::Read, format!("costs of {count} links: in the file")),
                ("cost", "rule") => (Action::Read, format!("costs of {count} links: {}", rule(spec.costs))),
                (_, _) => (Action::Default, format!("costs of {count} links: {}", spec.link.cost)),
            };
            self.report.add(action, &format!("{of}_{source}"), count, text);
        }
    }
}

/// The rule of how costs follow, in words.
fn rule(costs: Costs) -> &'static str {
    match costs {
        Costs::File => "in the file",
        Costs::Hops => "1 each",
        Costs::InverseCapacity => "the bandwidth of the fastest, divided by their own",
        Costs::Delay => "their delay in microseconds",
    }
}

/// A cost as routing has it: whole, and at least 1.
fn whole_cost(cost: f64) -> u32 {
    libm::round(cost).clamp(1.0, f64::from(u32::MAX)) as u32
}
