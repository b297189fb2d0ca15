//! Flooding: what is new goes out over every interface, until it is acknowledged (RFC 2328, sections 12.4, 13 and 14).

use std::cmp::Ordering;
use std::sync::Arc;

use sim_core::time::{Duration, Time};

use super::adjacency::State;
use super::lsdb::{Instance, Link, Lsa, Origin, Stub};
use super::messages::{OspfBody, headers_in, updates};
use super::{LinkState, Timer};
use crate::routing::router::Router;

/// What a hop adds to the age of an LSA (C.3: InfTransDelay, at least one second).
const INF_TRANS_DELAY: Duration = Duration::from_secs(1);

/// An LSA that a neighbour has been sent and has not acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Unacknowledged {
    lsa: Arc<Lsa>,
    /// Whether it was sent with MaxAge: then it has to be acknowledged as such.
    is_flushed: bool,
    sent: Time,
}

impl LinkState {
    /// LSAs have come (13).
    pub(super) fn on_update(&mut self, router: &mut Router<'_, '_>, port: usize, instances: &[Instance]) {
        for instance in instances {
            if !self.speaks_with(port) {
                return;
            }
            self.on_lsa(router, port, instance);
        }
    }

    fn on_lsa(&mut self, router: &mut Router<'_, '_>, port: usize, instance: &Instance) {
        let (now, max_age) = (router.now(), self.config.max_age);
        let key = instance.lsa.router;
        let own = self.lsdb.get(key).map(|entry| (entry.instance(now, max_age), entry.flooded));
        // Step 4: what is flushed and unknown need not be known.
        if instance.age >= max_age && own.is_none() && !self.is_exchanging() {
            self.ports[port].acks.push(instance.clone());
            if let Some(neighbor) = &mut self.ports[port].neighbor {
                neighbor.requests.remove(&key);
            }
            return;
        }
        let order = own.as_ref().map(|(own, _)| instance.compare(own, max_age));
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        match (order, own) {
            // Step 5: it is new.
            (None | Some(Ordering::Greater), own) => {
                let flooded = own.and_then(|(_, flooded)| flooded);
                if flooded.is_some_and(|at| now.since(at) < self.config.min_ls_arrival) {
                    return;
                }
                let origin = if neighbor.requests.contains_key(&key) { Origin::Other } else { Origin::Flooding };
                neighbor.delayed_acks.push(instance.clone());
                if self.deadlines.get(Timer::Ack(port)).is_none() {
                    self.deadlines.set(Timer::Ack(port), now + self.config.ack_delay);
                }
                self.install(router, instance, origin);
                self.flood(router, instance, Some(port));
                if key == self.id {
                    self.outdo(router, instance.lsa.sequence);
                }
            }
            // Step 6: it should have been newer.
            (Some(_), _) if neighbor.requests.contains_key(&key) => self.exchange_anew(router, port),
            // Step 7: a duplicate acknowledges what this router has sent, or has to be acknowledged itself.
            (Some(Ordering::Equal), _) => {
                if neighbor.unacknowledged.remove(&key).is_some() {
                    self.on_acknowledged(port);
                } else {
                    self.ports[port].acks.push(instance.clone());
                }
            }
            // Step 8: the neighbour is behind.
            (Some(Ordering::Less), own) => {
                let own = own.expect("there was something to compare with").0;
                self.ports[port].updates.push(own);
            }
        }
    }

    /// Puts an instance into the database (13.2).
    fn install(&mut self, router: &mut Router<'_, '_>, instance: &Instance, origin: Origin) {
        let now = router.now();
        if self.lsdb.install(now, instance, origin, self.config.max_age) {
            self.schedule_spf(router);
        }
        if instance.lsa.router != self.id {
            let expires = now + self.config.max_age.saturating_sub(instance.age);
            if self.deadlines.get(Timer::MaxAge).is_none_or(|next| expires < next) {
                self.deadlines.set(Timer::MaxAge, expires);
            }
        }
    }

    /// Sends an instance to all neighbours but the one it came from (13.3), and takes older ones off all lists.
    fn flood(&mut self, router: &mut Router<'_, '_>, instance: &Instance, from: Option<usize>) {
        let (now, max_age, key) = (router.now(), self.config.max_age, instance.lsa.router);
        let mut is_listed = false;
        for at in 0..self.ports.len() {
            let Some(neighbor) = self.ports[at].neighbor.as_mut().filter(|it| it.state >= State::Exchange) else {
                continue;
            };
            let wanted = neighbor.requests.get(&key).map(|wanted| instance.compare(wanted, max_age));
            if wanted.is_some_and(Ordering::is_ge) {
                neighbor.requests.remove(&key);
            }
            // It has this instance already, or a newer one.
            let has_it = Some(at) == from || wanted.is_some_and(Ordering::is_le);
            if has_it {
                neighbor.unacknowledged.remove(&key);
            } else {
                self.send_reliably(now, at, instance.clone());
                is_listed = true;
            }
        }
        if instance.age >= max_age && !is_listed {
            self.forget_flushed();
        }
    }

    /// Sends an instance to a neighbour until it is acknowledged.
    pub(super) fn send_reliably(&mut self, now: Time, port: usize, instance: Instance) {
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        let is_flushed = instance.age >= self.config.max_age;
        let unacknowledged = Unacknowledged { lsa: instance.lsa.clone(), is_flushed, sent: now };
        neighbor.unacknowledged.insert(instance.lsa.router, unacknowledged);
        if self.deadlines.get(Timer::Resend(port)).is_none() {
            self.deadlines.set(Timer::Resend(port), now + self.config.retransmit_interval);
        }
        self.ports[port].updates.push(instance);
    }

    /// Sends again what has not been acknowledged for too long (13.6).
    pub(super) fn resend(&mut self, router: &mut Router<'_, '_>, port: usize) {
        let (now, interval) = (router.now(), self.config.retransmit_interval);
        let Some(neighbor) = &mut self.ports[port].neighbor else { return };
        let (mut due, mut next) = (Vec::new(), Time::NEVER);
        for (&key, entry) in &mut neighbor.unacknowledged {
            if entry.sent + interval <= now {
                entry.sent = now;
                due.push(key);
            }
            next = next.min(entry.sent + interval);
        }
        for key in due {
            if let Some(entry) = self.lsdb.get(key) {
                self.ports[port].updates.push(entry.instance(now, self.config.max_age));
            }
        }
        if next < Time::NEVER {
            self.deadlines.set(Timer::Resend(port), next);
        }
    }

    /// Acknowledgements have come (13.7).
    pub(super) fn on_ack(&mut self, _router: &mut Router<'_, '_>, port: usize, headers: &[Instance]) {
        let max_age = self.config.max_age;
        let Some(neighbor) = self.ports[port].neighbor.as_mut().filter(|it| it.state >= State::Exchange) else {
            return;
        };
        let mut is_flushing = false;
        for header in headers {
            let is_flushed = header.age >= max_age;
            let is_this = |sent: &Unacknowledged| sent.is_flushed == is_flushed && sent.lsa == header.lsa;
            if neighbor.unacknowledged.get(&header.lsa.router).is_some_and(is_this) {
                neighbor.unacknowledged.remove(&header.lsa.router);
                is_flushing |= is_flushed;
            }
        }
        if neighbor.unacknowledged.is_empty() {
            self.deadlines.cancel(Timer::Resend(port));
        }
        if is_flushing {
            self.forget_flushed();
        }
    }

    fn on_acknowledged(&mut self, port: usize) {
        if self.ports[port].neighbor.as_ref().is_some_and(|neighbor| neighbor.unacknowledged.is_empty()) {
            self.deadlines.cancel(Timer::Resend(port));
        }
        self.forget_flushed();
    }

    /// Sends the acknowledgements that waited for others (13.5).
    pub(super) fn send_delayed_acks(&mut self, _router: &mut Router<'_, '_>, port: usize) {
        if let Some(neighbor) = &mut self.ports[port].neighbor {
            let acks = std::mem::take(&mut neighbor.delayed_acks);
            self.ports[port].acks.extend(acks);
        }
    }

    /// Sends what the event has made this router say: as few packets as it fits into.
    pub(super) fn flush(&mut self, router: &mut Router<'_, '_>) {
        let most = self.max_packet();
        // What was asked of one neighbour may have come from another, so all are looked at.
        for at in 0..self.ports.len() {
            self.ask_if_idle(router, at);
        }
        for at in 0..self.ports.len() {
            let port = &mut self.ports[at];
            let (mut instances, acks) = (std::mem::take(&mut port.updates), std::mem::take(&mut port.acks));
            for instance in &mut instances {
                instance.age = (instance.age + INF_TRANS_DELAY).min(self.config.max_age);
            }
            for update in updates(instances, most) {
                self.send(router, at, OspfBody::LinkStateUpdate(update));
            }
            for headers in acks.chunks(headers_in(most)) {
                self.send(router, at, OspfBody::LinkStateAck(headers.to_vec()));
            }
        }
    }

    /// Speaks of this router's links, if there is anything new to say and MinLSInterval is over (12.4).
    pub(super) fn originate(&mut self, router: &mut Router<'_, '_>) {
        let lsa = self.own_lsa(router);
        if self.lsdb.get(self.id).is_some_and(|entry| entry.lsa.says_the_same(&lsa) && !entry.is_flushed) {
            return self.deadlines.cancel(Timer::Originate);
        }
        match self.originated.map(|last| last + self.config.min_ls_interval) {
            Some(earliest) if router.now() < earliest => self.deadlines.set(Timer::Originate, earliest),
            Some(_) | None => self.announce(router, lsa),
        }
    }

    /// LSRefreshTime is over: says it anew, changed or not.
    pub(super) fn refresh(&mut self, router: &mut Router<'_, '_>) {
        let lsa = self.own_lsa(router);
        self.announce(router, lsa);
    }

    /// An LSA of this router's from before it started anew is about: counts on from there, at once (13.4).
    fn outdo(&mut self, router: &mut Router<'_, '_>, sequence: i32) {
        self.sequence = sequence;
        let lsa = self.own_lsa(router);
        self.announce(router, lsa);
    }

    fn announce(&mut self, router: &mut Router<'_, '_>, mut lsa: Lsa) {
        self.sequence += 1;
        lsa.sequence = self.sequence;
        self.originated = Some(router.now());
        self.deadlines.cancel(Timer::Originate);
        let wait = self.jittered(router, self.config.refresh_interval);
        self.deadlines.set(Timer::Refresh, router.now() + wait);
        let instance = Instance { lsa: Arc::new(lsa), age: Duration::ZERO };
        self.install(router, &instance, Origin::Other);
        self.flood(router, &instance, None);
    }

    /// What there is to say now: adjacencies that are complete, and what is here (12.4.1).
    fn own_lsa(&self, router: &Router<'_, '_>) -> Lsa {
        let full = self.ports.iter().filter_map(|port| {
            let neighbor = port.neighbor.as_ref().filter(|neighbor| neighbor.state == State::Full)?;
            let cost = router.interface(port.interface).cost.max(1);
            Some(Link { neighbor: neighbor.id, rank: port.rank, cost, node: neighbor.node })
        });
        let mut links: Vec<Link> = full.collect();
        links.sort_unstable();
        let mut stubs: Vec<Stub> =
            router.own_destinations().into_iter().map(|(destination, cost)| Stub { cost, destination }).collect();
        stubs.sort_unstable();
        Lsa { router: self.id, sequence: self.sequence, links, stubs, node: self.node }
    }

    /// What has reached MaxAge is flooded once more, for all to forget it (14).
    pub(super) fn expire(&mut self, router: &mut Router<'_, '_>) {
        let (now, max_age) = (router.now(), self.config.max_age);
        let (expired, next) = self.lsdb.expire(now, self.id);
        if next < Time::NEVER {
            self.deadlines.set(Timer::MaxAge, next);
        }
        for key in expired {
            if let Some(instance) = self.lsdb.get(key).map(|entry| entry.instance(now, max_age)) {
                self.flood(router, &instance, None);
            }
            self.schedule_spf(router);
        }
    }

    /// Forgets what is being flushed and waits for no neighbour (14).
    pub(super) fn forget_flushed(&mut self) {
        if self.lsdb.flushed().is_empty() || self.is_exchanging() {
            return;
        }
        let is_awaited = |key: &u32| {
            let mut neighbors = self.ports.iter().filter_map(|port| port.neighbor.as_ref());
            neighbors.any(|neighbor| neighbor.unacknowledged.contains_key(key))
        };
        let settled: Vec<u32> = self.lsdb.flushed().iter().copied().filter(|key| !is_awaited(key)).collect();
        for key in settled {
            self.lsdb.remove(key);
        }
    }

    /// Whether any neighbour is in Exchange or Loading.
    fn is_exchanging(&self) -> bool {
        let mut neighbors = self.ports.iter().filter_map(|port| port.neighbor.as_ref());
        neighbors.any(|neighbor| matches!(neighbor.state, State::Exchange | State::Loading))
    }
}
