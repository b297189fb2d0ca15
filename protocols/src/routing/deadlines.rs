//! Many timers of one process: those of neighbours and routes, ordered by time.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::time::Time;

/// Deadlines by key. Setting one again moves it; of equal times the lesser key is due first.
///
/// ```
/// # use protocols::routing::deadlines::Deadlines;
/// # use sim_core::time::Time;
/// let mut deadlines = Deadlines::default();
/// deadlines.set("update", Time::from_picos(5));
/// deadlines.set("expiry", Time::from_picos(7));
/// deadlines.set("update", Time::from_picos(9));
/// assert_eq!(deadlines.next(), Time::from_picos(7));
/// assert_eq!(deadlines.take_due(Time::from_picos(8)), Some("expiry"));
/// assert_eq!(deadlines.take_due(Time::from_picos(8)), None);
/// ```
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    by_key: BTreeMap<K, Time>,
    by_time: BTreeSet<(Time, K)>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Copy + Ord> Deadlines<K> {
    /// Sets `key` to be due at `time`.
    pub fn set(&mut self, key: K, time: Time) {
        self.cancel(key);
        self.by_key.insert(key, time);
        self.by_time.insert((time, key));
    }

    /// Forgets `key`.
    pub fn cancel(&mut self, key: K) {
        if let Some(time) = self.by_key.remove(&key) {
            self.by_time.remove(&(time, key));
        }
    }

    /// When `key` is due, if it is set.
    pub fn get(&self, key: K) -> Option<Time> {
        self.by_key.get(&key).copied()
    }

    /// When the first is due, [`Time::NEVER`] without any.
    pub fn next(&self) -> Time {
        self.by_time.first().map_or(Time::NEVER, |&(time, _)| time)
    }

    /// Takes out the first that is due at `now`.
    pub fn take_due(&mut self, now: Time) -> Option<K> {
        let &(time, key) = self.by_time.first().filter(|&&(time, _)| time <= now)?;
        self.by_time.remove(&(time, key));
        self.by_key.remove(&key);
        Some(key)
    }
}
