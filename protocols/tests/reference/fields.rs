//! Reading JSON so that nothing is passed over: every field is taken, or reported.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is wrong with a file of cases: where, and what.
pub(crate) type Fault = String;

/// An object of which every field must be taken.
pub(crate) struct Fields<'a> {
    place: String,
    left: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Fields<'a> {
    /// `place` is how messages call it.
    pub(crate) fn of(place: &str, value: &'a Value) -> Result<Self, Fault> {
        let object = value.as_object().ok_or_else(|| format!("{place}: an object is expected here, not {value}"))?;
        let left = object.iter().map(|(name, value)| (name.as_str(), value)).collect();
        Ok(Fields { place: place.to_owned(), left })
    }

    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Fault> {
        self.maybe(name)?.ok_or_else(|| format!("{}: the field `{name}` is missing", self.place))
    }

    /// None if the field is missing or null.
    pub(crate) fn maybe<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Fault> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let read = serde_json::from_value(value.clone());
        read.map(Some).map_err(|error| format!("{}.{name}: {error}", self.place))
    }

    /// None if the field is missing or null.
    pub(crate) fn raw(&mut self, name: &str) -> Option<&'a Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    /// Passes over fields that only tell a reader something.
    pub(crate) fn forget(&mut self, names: &[&str]) {
        self.left.retain(|name, _| !names.contains(name));
    }

    /// Passes over all texts: they tell, and ask nothing.
    pub(crate) fn forget_texts(&mut self) {
        self.left.retain(|_, value| !value.is_string());
    }

    /// Whether any field was not taken.
    pub(crate) fn done(self) -> Result<(), Fault> {
        match self.left.first_key_value() {
            None => Ok(()),
            Some((name, value)) => Err(format!("{}: the field `{name}` is unknown here (it is {value})", self.place)),
        }
    }
}
