//! The rate of a TCP that also suffers timeouts.
//!
//! ```text
//!                                MSS
//! rate = -----------------------------------------------------------
//!        RTT·√(2bp/3) + T0 · min(1, 3·√(3bp/8)) · p · (1 + 32p²)
//! ```
//!
//! Padhye, Firoiu, Towsley & Kurose, "Modeling TCP Throughput", 1998: the approximate model, without the receiver's
//! window; RFC 5348 §3.1 has it too. T0 is the timeout, at least the smallest one configured. It counts what is sent,
//! so a share p of it does not arrive. Not in it: SACK (it is of Reno, which answers several losses in a window by a
//! timeout).

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "rate of TCP against loss, with timeouts";
/// Where it is from.
pub const SOURCE: &str = "Padhye et al. 1998, the approximate model; RFC 5348 section 3.1";
/// Its name in legends.
pub const LABEL: &str = "PFTK, with timeouts";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Goodput;

/// Payload sent, in bits per second.
pub fn formula(inputs: &Inputs) -> f64 {
    let (p, b) = (inputs.loss, inputs.packets_per_ack);
    let rtt_s = inputs.rtt_s + inputs.transmission_s();
    let by_duplicates = rtt_s * (2.0 * b * p / 3.0).sqrt();
    let share = 3.0 * (3.0 * b * p / 8.0).sqrt();
    let by_timeouts = inputs.timeout_s * share.min(1.0) * p * (1.0 + 32.0 * p * p);
    inputs.payload_bits / (by_duplicates + by_timeouts)
}

#[cfg(test)]
mod tests {
    use super::super::mathis;
    use super::super::mathis::tests::path;
    use super::*;

    #[test]
    fn a_tenth_lost_costs_most_of_what_the_square_root_law_promises() {
        // By hand, b = 1, RTT 0.1 s, T0 1 s, p = 0.1: 0.1·√(0.0667) = 0.025820; 3·√(0.0375) = 0.580948, times 0.1 times
        // 1.32 = 0.076685; 11680 bit / 0.102505 s = 113 946 bit/s.
        let found = formula(&path(0.1, 1.0));
        assert!((found / 113_946.0 - 1.0).abs() < 1e-4, "{found}");
        assert!(found < 0.3 * mathis::formula(&path(0.1, 1.0)));
    }

    #[test]
    fn where_losses_are_rare_it_is_the_square_root_law() {
        let ratio = formula(&path(1e-6, 1.0)) / mathis::formula(&path(1e-6, 1.0));
        assert!((0.97..1.0).contains(&ratio), "{ratio}");
    }
}
