//! Link-state advertisements and the database of them that every router keeps.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use sim_core::ids::{Destination, NodeId};
use sim_core::time::{Duration, Time};

/// The number of a router's first LSA (RFC 2328, 12.1.6: InitialSequenceNumber, 0x80000001).
pub(super) const INITIAL_SEQUENCE: i32 = -i32::MAX;

/// Of two instances alike but for their ages, the younger counts as newer only if it is younger by more than this
/// (appendix B: MaxAgeDiff).
const MAX_AGE_DIFF: Duration = Duration::from_secs(15 * 60);

/// What a router says of itself: its router-LSA (RFC 2328, A.4.2). The order of fields is that of comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsa {
    /// Router id of the one it is about, who alone makes it.
    pub router: u32,
    /// Counts what that router has said.
    pub sequence: i32,
    /// To its neighbours, by their ids.
    pub links: Vec<Link>,
    /// What is here: the router itself, attached hosts, announced prefixes.
    pub stubs: Vec<Stub>,
    /// The router itself, for those who look on.
    pub node: NodeId,
}

/// A link of a router to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Router id of the neighbour.
    pub neighbor: u32,
    /// Which of several links (Link Data): the rank of the link's name, which decides between equal paths.
    pub rank: u32,
    /// What it costs to send over it.
    pub cost: u64,
    /// The neighbour itself, for those who look on.
    pub node: NodeId,
}

/// Something a router leads to by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stub {
    /// What it costs from the router.
    pub cost: u64,
    /// What it is.
    pub destination: Destination,
}

impl Lsa {
    /// Whether it says the same as another.
    pub(super) fn says_the_same(&self, other: &Lsa) -> bool {
        (&self.links, &self.stubs) == (&other.links, &other.stubs)
    }

    /// Whether it tells of a link to that router.
    pub(super) fn leads_to(&self, router: u32) -> bool {
        let at = self.links.partition_point(|link| link.neighbor < router);
        self.links.get(at).is_some_and(|link| link.neighbor == router)
    }
}

/// An LSA as a message carries it, or its header: with its age at the time of sending.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What it says. Where only the header is meant, this stands for the checksum, which tells contents apart.
    pub lsa: Arc<Lsa>,
    /// How long ago it was made, at most MaxAge.
    pub age: Duration,
}

impl Instance {
    /// Which of two instances of a router's LSA is newer: the greater (RFC 2328, 13.1).
    pub(super) fn compare(&self, other: &Instance, max_age: Duration) -> Ordering {
        let is_old = |instance: &Instance| instance.age >= max_age;
        let by_contents =
            || if Arc::ptr_eq(&self.lsa, &other.lsa) { Ordering::Equal } else { self.lsa.cmp(&other.lsa) };
        let by_age = || {
            let is_close = self.age.abs_diff(other.age) <= MAX_AGE_DIFF;
            if is_close { Ordering::Equal } else { other.age.cmp(&self.age) }
        };
        let by_number = self.lsa.sequence.cmp(&other.lsa.sequence);
        by_number.then_with(by_contents).then_with(|| is_old(self).cmp(&is_old(other))).then_with(by_age)
    }
}

/// The link-state database.
#[derive(Clone, Debug, Default)]
pub(super) struct Lsdb {
    /// By router id: ids are places among all routers by name, so few are missing.
    entries: Vec<Option<Entry>>,
    /// Links and stubs of all entries.
    size: u64,
    /// Routers whose LSAs have reached MaxAge, and stay until all neighbours know.
    flushed: BTreeSet<u32>,
    /// Counts changes, for those who look on.
    revision: u64,
}

/// An LSA in the database.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub lsa: Arc<Lsa>,
    /// When it reaches MaxAge.
    pub expires: Time,
    /// When it came here by flooding; none if this router made it or has asked for it.
    pub flooded: Option<Time>,
    /// It has reached MaxAge, and stays until all neighbours know.
    pub is_flushed: bool,
    /// Which change of the database brought it.
    pub revision: u64,
}

/// How an instance came to a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A neighbour sent it because it was new.
    Flooding,
    /// It was made here, or asked for.
    Other,
}

impl Entry {
    /// It with its age now.
    pub(super) fn instance(&self, now: Time, max_age: Duration) -> Instance {
        let age = if self.is_flushed { max_age } else { max_age.saturating_sub(self.expires.since(now)) };
        Instance { lsa: self.lsa.clone(), age }
    }
}

impl Lsdb {
    pub(super) fn get(&self, router: u32) -> Option<&Entry> {
        self.entries.get(router as usize)?.as_ref()
    }

    /// All entries, by router id.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten()
    }

    /// Links and stubs of all entries.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Puts an instance in the place of an older one. Returns whether paths may be others now (13.2).
    pub(super) fn install(&mut self, now: Time, instance: &Instance, origin: Origin, max_age: Duration) -> bool {
        let flooded = match origin {
            Origin::Flooding => Some(now),
            Origin::Other => None,
        };
        let is_flushed = instance.age >= max_age;
        let expires = now + max_age.saturating_sub(instance.age);
        self.revision += 1;
        let entry = Entry { lsa: instance.lsa.clone(), expires, flooded, is_flushed, revision: self.revision };
        self.size += weight(&entry);
        if is_flushed {
            self.flushed.insert(instance.lsa.router);
        } else {
            self.flushed.remove(&instance.lsa.router);
        }
        let at = instance.lsa.router as usize;
        if self.entries.len() <= at {
            self.entries.resize(at + 1, None);
        }
        match self.entries[at].replace(entry) {
            Some(before) => {
                self.size -= weight(&before);
                before.is_flushed != is_flushed || !before.lsa.says_the_same(&instance.lsa)
            }
            None => !is_flushed,
        }
    }

    /// How often it has changed.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Routers whose LSAs are being flushed.
    pub(super) fn flushed(&self) -> &BTreeSet<u32> {
        &self.flushed
    }

    pub(super) fn remove(&mut self, router: u32) {
        self.flushed.remove(&router);
        self.revision += 1;
        if let Some(entry) = self.entries.get_mut(router as usize).and_then(Option::take) {
            self.size -= weight(&entry);
        }
    }

    /// Marks what has reached MaxAge, except `own`. Returns these routers, and when the next will.
    pub(super) fn expire(&mut self, now: Time, own: u32) -> (Vec<u32>, Time) {
        let (mut expired, mut next) = (Vec::new(), Time::NEVER);
        for entry in self.entries.iter_mut().flatten() {
            let router = entry.lsa.router;
            if entry.is_flushed || router == own {
                continue;
            }
            if entry.expires <= now {
                entry.is_flushed = true;
                self.revision += 1;
                self.flushed.insert(router);
                expired.push(router);
            } else {
                next = next.min(entry.expires);
            }
        }
        (expired, next)
    }
}

fn weight(entry: &Entry) -> u64 {
    (entry.lsa.links.len() + entry.lsa.stubs.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_AGE: Duration = Duration::from_secs(3600);

    fn instance(sequence: i32, cost: u64, age_s: u64) -> Instance {
        let links = vec![Link { neighbor: 2, rank: 0, cost, node: NodeId(1) }];
        let lsa = Lsa { router: 1, sequence, links, stubs: Vec::new(), node: NodeId(0) };
        Instance { lsa: Arc::new(lsa), age: Duration::from_secs(age_s) }
    }

    #[track_caller]
    fn check(newer: &Instance, older: &Instance, expected: Ordering) {
        assert_eq!(newer.compare(older, MAX_AGE), expected);
        assert_eq!(older.compare(newer, MAX_AGE), expected.reverse());
    }

    #[test]
    fn the_newer_instance_is_found_by_number_then_contents_then_max_age_then_age() {
        check(&instance(-5, 1, 3600), &instance(-6, 9, 0), Ordering::Greater);
        check(&instance(1, 1, 0), &instance(-1, 1, 0), Ordering::Greater);
        check(&instance(3, 2, 0), &instance(3, 1, 3600), Ordering::Greater);
        check(&instance(3, 1, 3600), &instance(3, 1, 3599), Ordering::Greater);
        // Fifteen minutes are close enough, a second more is not.
        check(&instance(3, 1, 0), &instance(3, 1, 900), Ordering::Equal);
        check(&instance(3, 1, 0), &instance(3, 1, 901), Ordering::Greater);
    }

    #[test]
    fn an_entry_grows_old_and_is_marked_once() {
        let second = |s| Time::ZERO + Duration::from_secs(s);
        let mut lsdb = Lsdb::default();
        assert!(lsdb.install(second(10), &instance(1, 1, 600), Origin::Other, MAX_AGE));
        assert_eq!(lsdb.get(1).unwrap().instance(second(40), MAX_AGE).age, Duration::from_secs(630));
        assert_eq!(lsdb.expire(second(3009), 7), (vec![], second(3010)));
        assert_eq!(lsdb.expire(second(3010), 1), (vec![], Time::NEVER));
        assert_eq!(lsdb.expire(second(3010), 7), (vec![1], Time::NEVER));
        assert_eq!(lsdb.expire(second(3010), 7), (vec![], Time::NEVER));
        assert_eq!(lsdb.get(1).unwrap().instance(second(5000), MAX_AGE).age, MAX_AGE);
    }

    #[test]
    fn a_refresh_that_says_the_same_changes_no_path() {
        let mut lsdb = Lsdb::default();
        assert!(lsdb.install(Time::ZERO, &instance(1, 1, 0), Origin::Other, MAX_AGE));
        assert!(!lsdb.install(Time::ZERO, &instance(2, 1, 0), Origin::Other, MAX_AGE));
        assert!(lsdb.install(Time::ZERO, &instance(3, 2, 0), Origin::Other, MAX_AGE));
        assert!(lsdb.install(Time::ZERO, &instance(3, 2, 3600), Origin::Other, MAX_AGE));
        assert_eq!(lsdb.size(), 1);
        lsdb.remove(1);
        assert_eq!(lsdb.size(), 0);
    }
}
