//! The weights of Rocketfuel, `weights.intra`: see `format/rocketfuel.rs`.

use super::rocketfuel::{self, Numbers};
use crate::import::{Map, Text, Unreadable};

/// Its name.
pub const NAME: &str = "rocketfuel_weights";
/// What it holds.
pub const SUMMARY: &str = "links between routers with the costs that explain the routes seen";
/// Where it is described.
pub const SOURCE: &str = "Mahajan, Spring, Wetherall and Anderson, IMW 2002";

pub(super) fn recognises(text: &Text<'_>) -> bool {
    rocketfuel::numbers_in(text) == Some(Numbers::Weights)
}

pub(super) fn read(text: &Text<'_>) -> Result<Map, Unreadable> {
    rocketfuel::read(text, Numbers::Weights)
}
