//! How busy one flow that halves its window keeps a link, by the size of the buffer.
//!
//! ```text
//! b ≥ 1:  U = 1
//! b < 1:  U = (3/4) · (1 + b)² / (1 + b + b²),   b = buffer / (bandwidth-delay product P)
//! ```
//!
//! The rule of one bandwidth-delay product: Appenzeller, Keslassy & McKeown, "Sizing Router Buffers", 2004, section 2.
//! The expression below it follows from the same sawtooth. The window runs from (1 + b)P/2 to (1 + b)P, one packet more
//! a round. A round with window W carries W packets, (3/8)·(1 + b)²P² in all. It takes P transmission times while the
//! pipe is not full (W < P; (1 - b)P/2 rounds), and W after that (((1 + b)² - 1)P²/2 together). The ratio of packets
//! to transmission times is U; without a buffer it is 3/4. With acknowledgements of two packets there are twice as many
//! rounds of each kind, and the ratio is the same.

use super::{Gives, Inputs};

/// One line for lists.
pub const SUMMARY: &str = "utilization of a link by one AIMD flow against the buffer";
/// Where it is from.
pub const SOURCE: &str = "Appenzeller, Keslassy & McKeown 2004, section 2; the part below 1 BDP derived here";
/// Its name in legends.
pub const LABEL: &str = "¾·(1+b)² / (1+b+b²), at most 1";
/// What it is a formula of.
pub const GIVES: Gives = Gives::Utilization;

/// Share of the time in which the link transmits.
pub fn formula(inputs: &Inputs) -> f64 {
    let b = inputs.buffer_bdp;
    if b >= 1.0 { 1.0 } else { 0.75 * (1.0 + b) * (1.0 + b) / (1.0 + b + b * b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(buffer_bdp: f64) -> f64 {
        formula(&Inputs { buffer_bdp, ..Inputs::UNKNOWN })
    }

    #[test]
    fn no_buffer_leaves_three_quarters_and_one_product_leaves_nothing_idle() {
        assert_eq!(at(0.0), 0.75);
        assert_eq!(at(1.0), 1.0);
        assert_eq!(at(4.0), 1.0);
    }

    #[test]
    fn it_is_what_a_sawtooth_of_rounds_comes_to() {
        // Played round by round with P = 1000 packets; rounds take P, or W when W is more.
        for b in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let pipe = 1000.0;
            let (mut packets, mut time) = (0.0, 0.0);
            let mut window = (1.0 + b) * pipe / 2.0;
            while window <= (1.0 + b) * pipe {
                packets += window;
                time += f64::max(pipe, window);
                window += 1.0;
            }
            assert!((at(b) - packets / time).abs() < 1e-3, "b {b}: {} and {}", at(b), packets / time);
        }
    }
}
