//! From UPDATE to UPDATE: what a neighbour says changes what is known, that changes what is best, and that is told on
//! (RFC 4271 §9).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::ids::{Destination, InterfaceId};
use smallvec::SmallVec;

use super::config::Limited;
use super::messages::{AsPath, Attributes, BgpMessage, LONGEST, Origin, Update, nlri_len};
use super::rib::{Best, Candidate, Choice, Entry, Place, Rule, Standing};
use super::session::{State, Timer};
use super::{PathVector, jittered};
use crate::routing::journal::Reason;
use crate::routing::route::{Route, Way};
use crate::routing::router::{Peer, Router};

/// What the decision process found.
enum Finding {
    /// What was best is best.
    Unchanged,
    /// This is best now, if anything is.
    Now(Option<Choice>),
}

impl PathVector {
    fn place(&mut self, destination: Destination) -> Place {
        *self.places.entry(destination).or_insert_with(|| {
            self.entries.push(Entry::new(destination));
            self.entries.len() - 1
        })
    }

    /// Brings what is here in step with what the router says is here.
    pub(super) fn refresh_own(&mut self, router: &mut Router<'_, '_>) {
        let mut own: Vec<Destination> = Vec::new();
        if self.setup.announces_hosts {
            own.push(router.own_destination());
            let mut cables: Vec<_> = router.interfaces().iter().filter(|cable| cable.is_up).collect();
            cables.sort_unstable_by_key(|cable| cable.rank);
            own.extend(cables.iter().filter_map(|cable| match cable.peer {
                Peer::Host(host) => Some(host),
                Peer::Router => None,
            }));
        }
        own.extend_from_slice(router.announced());
        let places: Vec<Place> = own.into_iter().map(|destination| self.place(destination)).collect();
        let mut is_own = vec![false; self.entries.len()];
        places.into_iter().for_each(|place| is_own[place] = true);
        for (place, is_own) in is_own.into_iter().enumerate() {
            if self.entries[place].is_own != is_own {
                self.entries[place].is_own = is_own;
                self.decide(router, place, None, &Reason::Announced);
            }
        }
    }

    /// A neighbour has sent an UPDATE.
    pub(super) fn on_update(&mut self, router: &mut Router<'_, '_>, at: usize, update: &Update) {
        let source = self.sessions[at].source;
        for &destination in &update.withdrawn {
            let place = self.place(destination);
            if let Ok(position) = self.entries[place].position(source.over) {
                self.entries[place].candidates.remove(position);
                self.decide(router, place, Some(source.over), &Reason::Withdrawn);
            }
        }
        let Some((told, destinations)) = &update.announced else { return };
        for &destination in destinations {
            // Its own system on the path (RFC 4271 §9.1.2).
            let is_loop = told.path.contains(&self.setup.node);
            let imported = if is_loop { None } else { self.setup.policy.import(destination, &source, told) };
            let (attributes, standing) = match imported {
                Some(imported) => (imported.attributes, Standing::Eligible(imported.local_preference)),
                None => (told.clone(), if is_loop { Standing::Loop } else { Standing::Refused }),
            };
            self.knows_meds |= attributes.med.is_some();
            let candidate = Candidate { source, attributes, standing };
            let place = self.place(destination);
            let entry = &mut self.entries[place];
            // What was said before is withdrawn by it (§3.1).
            match entry.position(source.over) {
                Ok(position) => entry.candidates[position] = candidate,
                Err(position) => entry.candidates.insert(position, candidate),
            }
            self.decide(router, place, Some(source.over), &Reason::Withdrawn);
        }
    }

    /// Forgets all that was learned over an interface.
    pub(super) fn forget(&mut self, router: &mut Router<'_, '_>, over: InterfaceId, cause: &Reason) {
        for place in 0..self.entries.len() {
            if let Ok(position) = self.entries[place].position(over) {
                self.entries[place].candidates.remove(position);
                self.decide(router, place, Some(over), cause);
            }
        }
    }

    /// What is best now, after the path over `changed` has changed; without it, after anything has.
    fn choose(&self, router: &mut Router<'_, '_>, entry: &Entry, changed: Option<InterfaceId>) -> Finding {
        let always = self.setup.always_compare_med;
        let current = entry.best.as_ref().and_then(|best| best.source).map(|source| source.over);
        let current = current.and_then(|over| entry.position(over).ok());
        // Where one comparison is enough: a path other than the best has changed, and "better" is a total order.
        if let (Some(changed), Some(current)) = (changed, current)
            && entry.candidates[current].source.over != changed
            && (always || !self.knows_meds)
        {
            let eligible = |&at: &usize| entry.candidates[at].is_eligible();
            let Some(new) = entry.position(changed).ok().filter(eligible) else { return Finding::Unchanged };
            router.count_steps(1);
            let (order, rule) = entry.candidates[new].against(&entry.candidates[current], always);
            return match order {
                Ordering::Less => Finding::Now(Some(Choice { best: new, rule, second: Some(current) })),
                Ordering::Equal | Ordering::Greater => Finding::Unchanged,
            };
        }
        let mut steps = 0;
        let choice = entry.decide(always, &mut steps);
        router.count_steps(steps);
        Finding::Now(choice)
    }

    /// What is known of a destination has changed: chooses the best path to it. If there is none, `cause` is why.
    fn decide(&mut self, router: &mut Router<'_, '_>, place: Place, changed: Option<InterfaceId>, cause: &Reason) {
        self.revision += 1;
        self.entries[place].revision = self.revision;
        let entry = &self.entries[place];
        let node = self.setup.node;
        let with_own = |path: &[_]| -> AsPath { std::iter::once(node).chain(path.iter().copied()).collect() };
        let (best, reason) = if entry.is_own {
            let told = Arc::new(Attributes { origin: Origin::Igp, path: with_own(&[]), med: None });
            (Some(Best { source: None, told }), Reason::Announced)
        } else {
            match self.choose(router, entry, changed) {
                Finding::Unchanged => return,
                Finding::Now(None) => (None, cause.clone()),
                Finding::Now(Some(Choice { best, rule, second })) => {
                    let Candidate { source, attributes, .. } = &entry.candidates[best];
                    // The discriminator goes no further than to the neighbours of who gave it (§5.1.4).
                    let told = Attributes { origin: attributes.origin, path: with_own(&attributes.path), med: None };
                    let over = second.map(|at| with_own(&entry.candidates[at].attributes.path));
                    let reason = match rule {
                        Rule::OnlyPath if entry.best.is_none() => Reason::Learned,
                        rule => Reason::Preferred { rule: rule.name(), over },
                    };
                    (Some(Best { source: Some(*source), told: Arc::new(told) }), reason)
                }
            }
        };
        if entry.best == best {
            return;
        }
        router.set_route(entry.destination, best.as_ref().map(route), reason);
        self.entries[place].best = best;
        for (at, session) in self.sessions.iter_mut().enumerate() {
            if session.state == State::Established {
                session.changed.insert(place);
                self.awake.insert(at);
            }
        }
    }

    /// Tells a neighbour what has changed, as far as it may be told now.
    pub(super) fn flush(&mut self, router: &mut Router<'_, '_>, at: usize) {
        let is_held = self.deadlines.get((at, Timer::Mrai)).is_some();
        let session = &mut self.sessions[at];
        let may_speak = !is_held || self.setup.mrai_for == Limited::Announcements;
        if session.state != State::Established || session.changed.is_empty() || !may_speak {
            return;
        }
        let mut withdrawn: Vec<Destination> = Vec::new();
        let mut announced: Vec<(Arc<Attributes>, Vec<Destination>)> = Vec::new();
        // Only looked up in: the order of messages is that of places.
        let mut groups: BTreeMap<Arc<Attributes>, usize> = BTreeMap::new();
        for place in std::mem::take(&mut session.changed) {
            let Entry { destination, ref best, .. } = self.entries[place];
            let wanted = best.as_ref().and_then(|best| {
                let learned_from = best.source.map(|source| source.neighbor);
                self.setup.policy.export(destination, &session.source, learned_from, &best.told)
            });
            match wanted {
                None => {
                    if session.told.remove(&place).is_some() {
                        withdrawn.push(destination);
                    }
                }
                Some(wanted) if session.told.get(&place) == Some(&wanted) => {}
                Some(_) if is_held => {
                    session.changed.insert(place);
                }
                Some(wanted) => {
                    session.told.insert(place, wanted.clone());
                    let group = *groups.entry(wanted.clone()).or_insert_with(|| {
                        announced.push((wanted, Vec::new()));
                        announced.len() - 1
                    });
                    announced[group].1.push(destination);
                }
            }
        }
        let is_limited = match self.setup.mrai_for {
            Limited::All => !withdrawn.is_empty() || !announced.is_empty(),
            Limited::Announcements => !announced.is_empty(),
        };
        for update in self.updates(withdrawn, announced) {
            self.send(router, at, Arc::new(BgpMessage::Update(update)));
        }
        if is_limited && !self.setup.mrai.is_zero() {
            let interval = jittered(router, self.setup.mrai, self.setup.jitter);
            self.deadlines.set((at, Timer::Mrai), router.now() + interval);
        }
    }

    /// UPDATEs that say this, none longer than may be.
    fn updates(&self, withdrawn: Vec<Destination>, announced: Vec<(Arc<Attributes>, Vec<Destination>)>) -> Vec<Update> {
        let size = |destination: Destination| match destination {
            Destination::Endpoint(_) => nlri_len(32),
            Destination::Prefix(at) => nlri_len(self.setup.prefix_lengths[at as usize]),
        };
        let mut updates = Vec::new();
        for (len, withdrawn) in parts(withdrawn, Update::FIXED, size) {
            updates.push(Update { len, withdrawn, announced: None });
        }
        for (attributes, destinations) in announced {
            for (len, destinations) in parts(destinations, Update::FIXED + attributes.len(), size) {
                updates.push(Update {
                    len,
                    withdrawn: Vec::new(),
                    announced: Some((attributes.clone(), destinations)),
                });
            }
        }
        updates
    }
}

/// Divides destinations among messages that have `fixed` bytes without any. Each with its length.
fn parts(all: Vec<Destination>, fixed: u32, size: impl Fn(Destination) -> u32) -> Vec<(u32, Vec<Destination>)> {
    let mut parts: Vec<(u32, Vec<Destination>)> = Vec::new();
    for destination in all {
        let bytes = size(destination);
        match parts.last_mut().filter(|(len, _)| len + bytes <= LONGEST) {
            Some((len, part)) => {
                *len += bytes;
                part.push(destination);
            }
            None => parts.push((fixed + bytes, vec![destination])),
        }
    }
    parts
}

/// The best path as a route: the systems on the way, each once however often it has put itself on the path. The cost is
/// the length of the path that neighbours told, repetitions included.
fn route(best: &Best) -> Route {
    let mut path = best.told.path.to_vec();
    path.dedup();
    let way = match best.source {
        Some(source) => Way::Over(SmallVec::from_slice(&[source.over])),
        None => Way::Here,
    };
    Route { cost: best.told.path.len() as u64 - 1, way, path: Some(path.into()) }
}
