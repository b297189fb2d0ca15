//! What the neighbours have told, and which of it is best: Adj-RIBs-In, Loc-RIB and the decision process
//! (RFC 4271 §3.2, §9.1).

use std::cmp::Ordering;
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId, NodeId};

use super::messages::Attributes;

/// The steps of the decision process, in their order (RFC 4271 §9.1.1, §9.1.2.2). Left out are those that tell internal
/// sessions from external ones (d) and compare interior costs (e): here all sessions are external.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    /// The destination is here.
    Own,
    /// There is no other path.
    OnlyPath,
    /// The higher local preference.
    LocalPreference,
    /// The shorter AS path (a).
    PathLength,
    /// The lower ORIGIN (b).
    Origin,
    /// The lower MULTI_EXIT_DISC of paths from one neighbour (c).
    Med,
    /// The lower BGP Identifier of the neighbour (f).
    RouterId,
    /// Of several sessions with one neighbour that whose cable comes first by name, in place of the lowest address (g).
    PeerAddress,
}

impl Rule {
    /// The name in results.
    pub(super) fn name(self) -> &'static str {
        match self {
            Rule::Own => "own",
            Rule::OnlyPath => "only_path",
            Rule::LocalPreference => "local_preference",
            Rule::PathLength => "path_length",
            Rule::Origin => "origin",
            Rule::Med => "med",
            Rule::RouterId => "router_id",
            Rule::PeerAddress => "peer_address",
        }
    }
}

/// A session as the decision process sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The interface it runs over; one session each.
    pub(super) over: InterfaceId,
    pub(super) neighbor: NodeId,
    /// Which of the cables to that neighbour it is, from 1, in the order of their names.
    pub(super) cable: u32,
    pub(super) router_id: u32,
    pub(super) rank: u32,
}

/// What became of a route on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes part in the decision, with this local preference.
    Eligible(u32),
    /// This router is on its path: it would lead in a circle (§9.1.2).
    Loop,
    /// The policy does not let it in.
    Refused,
}

/// A route in an Adj-RIB-In.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) source: Source,
    pub(super) attributes: Arc<Attributes>,
    pub(super) standing: Standing,
}

/// A destination's place in the order in which this router first heard of them: no order of numbers, so that what is
/// sent does not depend on how nodes are numbered.
pub(super) type Place = usize;

/// All that is known of a destination.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) destination: Destination,
    /// Whether it is here.
    pub(super) is_own: bool,
    /// What each neighbour told of it last, by interface.
    pub(super) candidates: Vec<Candidate>,
    pub(super) best: Option<Best>,
    /// Which change of entries was the last of this one.
    pub(super) revision: u64,
}

/// The route in the Loc-RIB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Best {
    /// Where it was learned; none if the destination is here.
    pub(super) source: Option<Source>,
    /// As neighbours are told of it, with this router at the front of the path.
    pub(super) told: Arc<Attributes>,
}

/// What the decision process found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// The best of the candidates.
    pub(super) best: usize,
    pub(super) rule: Rule,
    /// What came second.
    pub(super) second: Option<usize>,
}

impl Candidate {
    fn preference(&self) -> Option<u32> {
        match self.standing {
            Standing::Eligible(preference) => Some(preference),
            Standing::Loop | Standing::Refused => None,
        }
    }

    pub(super) fn is_eligible(&self) -> bool {
        self.preference().is_some()
    }

    /// An absent discriminator counts as the lowest (§9.1.2.2 c).
    fn med(&self) -> u32 {
        self.attributes.med.unwrap_or(0)
    }

    /// The steps before the discriminator: less is better.
    fn before_med(&self, other: &Candidate) -> (Ordering, Rule) {
        let by_preference = other.preference().cmp(&self.preference());
        let by_length = self.attributes.path.len().cmp(&other.attributes.path.len());
        let by_origin = self.attributes.origin.cmp(&other.attributes.origin);
        first([(by_preference, Rule::LocalPreference), (by_length, Rule::PathLength), (by_origin, Rule::Origin)])
    }

    /// The steps behind it.
    fn after_med(&self, other: &Candidate) -> (Ordering, Rule) {
        let by_id = self.source.router_id.cmp(&other.source.router_id);
        first([(by_id, Rule::RouterId), (self.source.rank.cmp(&other.source.rank), Rule::PeerAddress)])
    }

    /// Which of two is better, and by which rule.
    pub(super) fn against(&self, other: &Candidate, always_compare_med: bool) -> (Ordering, Rule) {
        let by_med = if always_compare_med || self.source.neighbor == other.source.neighbor {
            self.med().cmp(&other.med())
        } else {
            Ordering::Equal
        };
        first([self.before_med(other), (by_med, Rule::Med), self.after_med(other)])
    }
}

/// The first comparison that decides.
fn first<const N: usize>(steps: [(Ordering, Rule); N]) -> (Ordering, Rule) {
    steps.into_iter().find(|(order, _)| order.is_ne()).unwrap_or(steps[N - 1])
}

impl Entry {
    pub(super) fn new(destination: Destination) -> Self {
        Entry { destination, is_own: false, candidates: Vec::new(), best: None, revision: 0 }
    }

    /// Where the route from an interface stands, or would stand.
    pub(super) fn position(&self, over: InterfaceId) -> Result<usize, usize> {
        self.candidates.binary_search_by_key(&over, |candidate| candidate.source.over)
    }

    /// Compares all. `steps` counts the paths looked at.
    pub(super) fn decide(&self, always_compare_med: bool, steps: &mut u64) -> Option<Choice> {
        *steps += self.candidates.len() as u64;
        let eligible = || (0..self.candidates.len()).filter(|&at| self.candidates[at].is_eligible());
        if always_compare_med || eligible().all(|at| self.candidates[at].attributes.med.is_none()) {
            // Then the order is total, and one look at each is enough.
            let order = |&a: &usize, &b: &usize| self.candidates[a].against(&self.candidates[b], always_compare_med).0;
            let best = eligible().min_by(order)?;
            let second = eligible().filter(|&at| at != best).min_by(order);
            return Some(self.choice(best, second, always_compare_med));
        }
        // The discriminator strikes out what is worse than another path of the same neighbour, and says nothing of paths
        // of different ones: "better" may go in a circle, so the paths are struck out step by step.
        let least = eligible().min_by(|&a, &b| self.candidates[a].before_med(&self.candidates[b]).0)?;
        let is_level = |&at: &usize| self.candidates[at].before_med(&self.candidates[least]).0.is_eq();
        let level: Vec<usize> = eligible().filter(is_level).collect();
        let is_struck_out = |&at: &usize| {
            let beaten_by = |&other: &usize| {
                let [this, other] = [at, other].map(|at| &self.candidates[at]);
                this.source.neighbor == other.source.neighbor && other.med() < this.med()
            };
            level.iter().any(beaten_by)
        };
        let (out, left): (Vec<usize>, Vec<usize>) = level.iter().partition(|at| is_struck_out(at));
        let order = |&a: &usize, &b: &usize| self.candidates[a].after_med(&self.candidates[b]).0;
        let best = left.iter().copied().min_by(order)?;
        let second = left.iter().copied().filter(|&at| at != best).min_by(order);
        if let Some(second) = second {
            let rule = self.candidates[best].after_med(&self.candidates[second]).1;
            return Some(Choice { best, rule, second: Some(second) });
        }
        if let Some(second) = out.into_iter().min_by(order) {
            return Some(Choice { best, rule: Rule::Med, second: Some(second) });
        }
        let worse = eligible().filter(|at| !is_level(at));
        let second = worse.min_by(|&a, &b| self.candidates[a].before_med(&self.candidates[b]).0);
        Some(self.choice(best, second, false))
    }

    fn choice(&self, best: usize, second: Option<usize>, always_compare_med: bool) -> Choice {
        let against = |second: usize| self.candidates[best].against(&self.candidates[second], always_compare_med).1;
        Choice { best, rule: second.map_or(Rule::OnlyPath, against), second }
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages::Origin;
    use super::*;

    /// A path of `length` through neighbour `neighbor`, over the interface of number `over`.
    fn candidate(over: u32, neighbor: u32, length: u32) -> Candidate {
        let path = std::iter::once(neighbor).chain((1..length).map(|hop| 100 + hop)).map(NodeId).collect();
        Candidate {
            source: Source {
                over: InterfaceId(over),
                neighbor: NodeId(neighbor),
                cable: 1,
                router_id: neighbor,
                rank: over,
            },
            attributes: Arc::new(Attributes { origin: Origin::Igp, path, med: None }),
            standing: Standing::Eligible(100),
        }
    }

    fn with_med(mut candidate: Candidate, med: u32) -> Candidate {
        Arc::make_mut(&mut candidate.attributes).med = Some(med);
        candidate
    }

    /// Interface of the best, the rule, interface of the second.
    fn decide(candidates: &[Candidate], always_compare_med: bool) -> Option<(u32, Rule, Option<u32>)> {
        let entry = Entry { candidates: candidates.to_vec(), ..Entry::new(Destination::Prefix(0)) };
        let choice = entry.decide(always_compare_med, &mut 0)?;
        let over = |at: usize| candidates[at].source.over.0;
        Some((over(choice.best), choice.rule, choice.second.map(over)))
    }

    #[test]
    fn the_steps_decide_in_the_order_of_the_rfc() {
        // Each pair differs in one step and, the other way round, in all behind it.
        let worse_id = candidate(0, 9, 2);
        let better_id = candidate(1, 2, 2);
        assert_eq!(decide(&[worse_id.clone(), better_id.clone()], false), Some((1, Rule::RouterId, Some(0))));
        let mut worse_origin = better_id.clone();
        Arc::make_mut(&mut worse_origin.attributes).origin = Origin::Egp;
        assert_eq!(decide(&[worse_id.clone(), worse_origin.clone()], false), Some((0, Rule::Origin, Some(1))));
        let mut longer = candidate(0, 9, 3);
        assert_eq!(decide(&[longer.clone(), worse_origin.clone()], false), Some((1, Rule::PathLength, Some(0))));
        longer.standing = Standing::Eligible(101);
        assert_eq!(decide(&[longer, worse_origin], false), Some((0, Rule::LocalPreference, Some(1))));
        assert_eq!(decide(&[worse_id], false), Some((0, Rule::OnlyPath, None)));
        assert_eq!(decide(&[], false), None);
    }

    #[test]
    fn of_two_cables_to_one_neighbour_the_first_by_name_wins() {
        let (mut one, mut other) = (candidate(0, 5, 2), candidate(1, 5, 2));
        (one.source.rank, other.source.rank) = (8, 3);
        assert_eq!(decide(&[one, other], false), Some((1, Rule::PeerAddress, Some(0))));
    }

    #[test]
    fn loops_and_what_policy_refuses_take_no_part() {
        let mut circle = candidate(0, 1, 1);
        circle.standing = Standing::Loop;
        let mut refused = candidate(1, 2, 1);
        refused.standing = Standing::Refused;
        assert_eq!(
            decide(&[circle.clone(), refused.clone(), candidate(2, 3, 9)], false),
            Some((2, Rule::OnlyPath, None))
        );
        assert_eq!(decide(&[circle, refused], false), None);
    }

    #[test]
    fn the_discriminator_is_compared_among_paths_of_one_neighbour() {
        // Two cables to 5, one to 3. Of those to 5 the second is out by its discriminator; 3 wins by its id, though its
        // own discriminator is the worst of all.
        let paths =
            [with_med(candidate(0, 5, 2), 10), with_med(candidate(1, 5, 2), 20), with_med(candidate(2, 3, 2), 99)];
        assert_eq!(decide(&paths, false), Some((2, Rule::RouterId, Some(0))));
        assert_eq!(decide(&paths[..2], false), Some((0, Rule::Med, Some(1))));
        assert_eq!(decide(&paths, true), Some((0, Rule::Med, Some(1))));
        // None given counts as zero.
        assert_eq!(
            decide(&[with_med(candidate(0, 5, 2), 1), candidate(1, 5, 2)], false),
            Some((1, Rule::Med, Some(0)))
        );
        // Shorter comes first, whatever the discriminator.
        let longer = [with_med(candidate(0, 5, 3), 0), with_med(candidate(1, 5, 2), 7)];
        assert_eq!(decide(&longer, false), Some((1, Rule::PathLength, Some(0))));
    }

    #[test]
    fn the_discriminator_can_make_better_go_in_a_circle_and_still_there_is_one_best() {
        // a beats b by its discriminator, b beats c by the id, c beats a by the id: RFC 4271 strikes out b first.
        let mut a = with_med(candidate(0, 5, 2), 1);
        let mut b = with_med(candidate(1, 5, 2), 2);
        let c = candidate(2, 3, 2);
        (a.source.router_id, b.source.router_id) = (9, 1);
        assert_eq!(decide(&[a, b, c], false), Some((2, Rule::RouterId, Some(0))));
    }
}
