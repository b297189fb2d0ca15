mod checking;
mod model;

/// Counts messages from a later one on.
pub(super) trait Forget {
    /// Forgets the first `messages`: message `messages` becomes message 0.
    fn forget(&mut self, messages: u64);
}
