//! A window of W packets keeps the sender busy for W transmissions of each round trip.
//!
//! ```text
//! U = min(1, W · (L/R) / (RTT + L/R))
//! ```
//!
//! Kurose & Ross 3.4 has the acknowledgement without size; here its transmission is part of the round-trip time.
//! Not in it: losses, and queues that a window above the pipe fills.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "utilization of a link by a window of packets, without loss";
/// Where it is from.
pub const SOURCE: &str = "Kurose & Ross 3.4";
/// Its name in legends.
pub const LABEL: &str = "W·(L/R) / (RTT + L/R), at most 1";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Utilization;

/// Share of the time in which the sender transmits.
pub fn formula(inputs: &Inputs) -> f64 {
    let share = inputs.window / inputs.full_window();
    // `min` alone would make 1 of what is not known.
    if share.is_nan() { share } else { share.min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbooks_sender_is_nearly_always_idle() {
        // Kurose & Ross 3.4: 1000 bytes, 1 Gbps, 15 ms one way. 0.008/30.008 for one packet, three times that for three.
        let check = |window: f64, expected: f64| {
            let inputs = Inputs { window, packet_bits: 8000.0, rate_bps: 1e9, rtt_s: 0.030, ..Inputs::UNKNOWN };
            assert!((formula(&inputs) / expected - 1.0).abs() < 1e-6, "window {window}: {}", formula(&inputs));
        };
        check(1.0, 0.000_266_595_57);
        check(3.0, 0.000_799_786_72);
        check(3751.0, 1.0);
        check(5000.0, 1.0);
    }
}
