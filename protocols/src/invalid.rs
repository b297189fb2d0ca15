//! Parameters that a protocol cannot work with.

use std::fmt;

/// A field that a protocol cannot work with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidConfig {
    /// The field, as a JSON pointer (RFC 6901) without its first slash.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

impl InvalidConfig {
    /// The first of the rules that does not hold: whether it does, which field it is about, and why it must.
    pub(crate) fn first_broken(rules: &[(bool, &'static str, &'static str)]) -> Result<(), InvalidConfig> {
        match rules.iter().find(|(holds, ..)| !holds) {
            None => Ok(()),
            Some(&(_, field, why)) => Err(InvalidConfig { field, why }),
        }
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.why)
    }
}

impl std::error::Error for InvalidConfig {}
