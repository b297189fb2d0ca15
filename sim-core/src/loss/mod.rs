//! Loss models: which packets a wire loses.
//!
//! A loss model is one file beside this one, with `Config`, the struct and its tests, and one line in the registry below.
//! The wire draws at the moment of arrival, in the order of its packets.

pub mod bernoulli;
pub mod chosen;
pub mod gilbert_elliott;

use crate::ids::FlowId;
use crate::packet::Packet;
use crate::random::Random;

/// Decides the fate of each packet that a wire carries.
///
/// ```
/// use sim_core::loss::LossModel;
/// use sim_core::packet::Packet;
/// use sim_core::random::Random;
///
/// /// Loses every tenth packet.
/// #[derive(Clone, Debug, Default)]
/// struct EveryTenth(u64);
///
/// impl LossModel for EveryTenth {
///     fn loses(&mut self, _packet: &Packet, _random: &mut Random) -> bool {
///         self.0 += 1;
///         self.0.is_multiple_of(10)
///     }
/// }
/// ```
pub trait LossModel {
    /// Whether this packet, the next in order on the wire, is lost.
    fn loses(&mut self, packet: &Packet, random: &mut Random) -> bool;
}

/// Makes the enum of all loss models and the enum of their configurations.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        /// Any loss model the simulator knows.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each variant is documented in its module")]
        pub enum AnyLoss {
            $($variant($module::$variant),)*
        }

        /// How packets are lost on a wire.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum LossSpec {
            $($(#[$doc])* $variant($module::Config),)*
        }

        impl LossSpec {
            /// The model described. `flow_named` finds the number of a flow by its name.
            pub fn build(&self, flow_named: &dyn Fn(&str) -> Option<FlowId>) -> AnyLoss {
                match self {
                    $(LossSpec::$variant(config) => AnyLoss::$variant($module::$variant::new(config, flow_named)),)*
                }
            }
        }

        impl LossModel for AnyLoss {
            fn loses(&mut self, packet: &Packet, random: &mut Random) -> bool {
                match self {
                    $(AnyLoss::$variant(model) => model.loses(packet, random),)*
                }
            }
        }

        /// Name, meaning and source of every loss model.
        pub const KNOWN: &[(&str, &str, &str)] = &[$(($module::NAME, $module::SUMMARY, $module::SOURCE),)*];
    };
}

registry! {
    /// Each packet is lost with the same probability, independently.
    Bernoulli => bernoulli,
    /// Losses come in bursts: a good and a bad state, each with its own loss probability.
    GilbertElliott => gilbert_elliott,
    /// Exactly the packets listed are lost.
    Chosen => chosen,
}
