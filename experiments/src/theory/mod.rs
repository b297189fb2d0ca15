//! Formulas of textbooks and papers, to be drawn beside the points of a sweep.
//!
//! A formula is one file beside this one: `SUMMARY`, `SOURCE`, `LABEL` for legends, `GIVES` for what it is a formula
//! of, and `formula`, a pure function of [`Inputs`]; then a line in the registry below. [`Inputs::of`] reads what the
//! formulas speak of from the plan of a run: its first flow, the way of that flow, and the slowest link on it.

pub mod aimd_buffer;
pub mod go_back_n;
mod inputs;
pub mod mathis;
pub mod pftk;
pub mod pipelining;
pub mod selective_repeat;
pub mod stop_and_wait;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::file::charts::SweepFigure;
pub use inputs::Inputs;

/// What a formula is a formula of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Share of the time in which the slowest link transmits, where nothing is sent twice.
    Utilization,
    /// Share of the slowest link's time in which it transmits what is needed.
    Efficiency,
    /// Payload per second, in bits.
    Goodput,
}

/// Makes the enum of formulas and its table.
macro_rules! theories {
    ($($Variant:ident => $module:ident,)*) => {
        /// A formula drawn beside the points of a sweep.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant is documented in its module")]
        pub enum Theory {
            $($Variant,)*
        }

        impl Theory {
            /// Every formula, in the order of the table.
            pub const ALL: &[Theory] = &[$(Theory::$Variant,)*];
            /// Name, meaning and source of every formula.
            pub const KNOWN: &[(&str, &str, &str)] = &[$((stringify!($module), $module::SUMMARY, $module::SOURCE),)*];

            /// Its name in files.
            pub fn name(self) -> &'static str {
                match self { $(Theory::$Variant => stringify!($module),)* }
            }

            /// Its name in legends.
            pub fn label(self) -> &'static str {
                match self { $(Theory::$Variant => $module::LABEL,)* }
            }

            /// What it is a formula of.
            pub fn gives(self) -> Gives {
                match self { $(Theory::$Variant => $module::GIVES,)* }
            }

            /// Its value; NaN where an input is missing.
            pub fn formula(self, inputs: &Inputs) -> f64 {
                match self { $(Theory::$Variant => $module::formula(inputs),)* }
            }
        }
    };
}

theories! {
    Pipelining => pipelining,
    StopAndWait => stop_and_wait,
    GoBackN => go_back_n,
    SelectiveRepeat => selective_repeat,
    Mathis => mathis,
    Pftk => pftk,
    AimdBuffer => aimd_buffer,
}

impl Theory {
    /// Its value as a figure that sweeps compare, in SI units; `None` if it says nothing of that figure.
    pub fn value(self, figure: SweepFigure, inputs: &Inputs) -> Option<f64> {
        let value = self.formula(inputs);
        // What the slowest link delivers when it carries nothing but full packets of this flow.
        let most = inputs.rate_bps * inputs.payload_bits / inputs.packet_bits;
        match (self.gives(), figure) {
            (Gives::Utilization, SweepFigure::Utilization | SweepFigure::Efficiency)
            | (Gives::Efficiency, SweepFigure::Efficiency)
            | (Gives::Goodput, SweepFigure::Goodput) => Some(value),
            (Gives::Utilization | Gives::Efficiency, SweepFigure::Goodput) => Some(value * most),
            (Gives::Goodput, SweepFigure::Efficiency) => Some(value / most),
            (Gives::Efficiency | Gives::Goodput, SweepFigure::Utilization)
            | (_, SweepFigure::Rtt | SweepFigure::Loss | SweepFigure::Jain | SweepFigure::Completion) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_called_alike_everywhere() {
        for (&theory, (name, ..)) in Theory::ALL.iter().zip(Theory::KNOWN) {
            assert_eq!(theory.name(), *name);
            assert_eq!(serde_json::to_value(theory).unwrap(), *name);
        }
    }

    #[test]
    fn a_formula_without_its_inputs_gives_no_value() {
        for &theory in Theory::ALL {
            assert!(theory.formula(&Inputs::UNKNOWN).is_nan(), "{}", theory.name());
        }
    }

    #[test]
    fn utilization_becomes_goodput_by_the_share_of_payload() {
        // A full link of 1 Mbps with 1000 bytes of payload in packets of 1250 bytes.
        let inputs = Inputs {
            window: 1e6,
            packet_bits: 10_000.0,
            payload_bits: 8_000.0,
            rate_bps: 1e6,
            rtt_s: 0.1,
            ..Inputs::UNKNOWN
        };
        assert_eq!(Theory::Pipelining.value(SweepFigure::Goodput, &inputs), Some(800_000.0));
        assert_eq!(Theory::Pipelining.value(SweepFigure::Jain, &inputs), None);
        assert_eq!(Theory::GoBackN.value(SweepFigure::Utilization, &inputs), None);
    }
}
