mod checking;
mod efficiency;
mod engine;
mod known_answers;
mod model;
mod properties;

/// Counts messages from a later one on.
pub(super) trait Forget {
    /// Forgets the first `messages`: message `messages` becomes message 0.
    fn forget(&mut self, messages: u64);
}
