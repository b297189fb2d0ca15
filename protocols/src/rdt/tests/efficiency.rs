//! Efficiency under random loss, against the formulas of the textbooks.
//!
//! Time is counted in slots of one packet's transmission. Data packets are lost independently with probability p, ACKs
//! never and take no time to transmit; an ACK comes N = 1 + 2a slots after the transmission of its packet began, where a is
//! the propagation delay in slots (Stallings' a). The timeout is exactly N slots from the beginning of a transmission,
//! the earliest moment at which a sender can know of a loss; senders are paced, so that a timer starts with its packet's
//! transmission and not with its wait for the link.
//!
//! Efficiency is the share of slots whose packet was accepted for the first time. Between two losses lies a cycle: G
//! accepted packets, P(G = g) = p (1 - p)^g, which take T(g) slots, the loss and what follows from it included. Where
//! cycles are independent, the efficiency is E[G] / E[T], and that of m cycles deviates from it by
//! sd(G - U T) / (E[T] sqrt(m)) (renewal reward theorem). A run may be off by four of these, and one cycle for its ends.

use sim_core::LinkSpec;
use sim_core::loss::{LossSpec, bernoulli};
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::time::Duration;
use sim_core::units::Rate;

use super::engine::{Config, Transfer};
use crate::rdt::{self, AckNames, GoBackN, SelectiveRepeat, StopAndWait, Timeout, TimerRuns};

/// 1000 bytes at 8 Mbps.
const SLOT: Duration = Duration::from_millis(1);

/// The share of slots in which a packet was accepted for the first time.
fn measure(seed: u64, config: impl FnOnce(rdt::Transfer) -> Config, n: u64, p: f64, slots: u64) -> f64 {
    let rate = Rate::from_mbps(8);
    let link = |probability| LinkSpec {
        bandwidth: rate,
        // N slots are one of transmission and twice the delay.
        delay: SLOT * (n - 1) / 2,
        queue: QueueSpec::DropTail(QueueLimit::Unlimited),
        loss: Some(LossSpec::Bernoulli(bernoulli::Config { probability })),
        ..LinkSpec::default()
    };
    let transfer = rdt::Transfer { timeout: Timeout::Fixed(SLOT * n), pace: Some(rate), ..rdt::Transfer::default() };
    let mut transfer = Transfer::new(seed, &config(transfer), &link(p), &link(0.0));
    transfer.run_until(SLOT * slots);
    transfer.receiver().delivered_messages as f64 / slots as f64
}

fn stop_and_wait(transfer: rdt::Transfer) -> Config {
    Config::StopAndWait(StopAndWait { transfer, ..StopAndWait::default() })
}

fn go_back_n(window: u64, timer: TimerRuns) -> impl Fn(rdt::Transfer) -> Config {
    move |transfer| {
        let (window, ack_names) = (window as u32, AckNames::default());
        Config::GoBackN(GoBackN { window, sequence_space: None, ack_names, timer, transfer })
    }
}

fn selective_repeat(window: u64) -> impl Fn(rdt::Transfer) -> Config {
    move |transfer| {
        Config::SelectiveRepeat(SelectiveRepeat { window: window as u32, transfer, ..SelectiveRepeat::default() })
    }
}

/// Efficiency and what a run of so many slots may be off, for cycles of `slots_of(g)` slots.
fn renewal(p: f64, slots: u64, slots_of: impl Fn(u64) -> u64) -> (f64, f64) {
    // Beyond this many packets in a row without a loss, the rest is less than 1e-12.
    let most = (30.0 / p) as u64;
    let mut weights = Vec::new();
    let mut weight = p;
    for g in 0..most {
        weights.push((weight, g as f64, slots_of(g) as f64));
        weight *= 1.0 - p;
    }
    let mean = |of: &dyn Fn(f64, f64) -> f64| weights.iter().map(|&(w, g, t)| w * of(g, t)).sum::<f64>();
    let (packets, time) = (mean(&|g, _| g), mean(&|_, t| t));
    let efficiency = packets / time;
    let deviation = mean(&|g, t| (g - efficiency * t) * (g - efficiency * t)).sqrt();
    let cycles = slots as f64 / time;
    (efficiency, 4.0 * deviation / (time * cycles.sqrt()) + time / slots as f64)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

const SLOTS: u64 = 60_000;

/// U = (1 - p) / (1 + 2a): exact, as each transmission costs 1 + 2a slots whether it is lost or not.
#[test]
fn stop_and_wait_is_as_efficient_as_the_formula_says() {
    for (n, p) in [(3, 0.1), (3, 0.5), (11, 0.01), (11, 0.1), (11, 0.3)] {
        let (expected, within) = renewal(p, SLOTS, |g| (g + 1) * n);
        assert!(close(expected, (1.0 - p) / n as f64), "{expected}");
        let measured = measure(1, stop_and_wait, n, p, SLOTS);
        assert!((measured - expected).abs() < within, "N {n}, p {p}: {measured}, not {expected} within {within}");
    }
}

/// W >= 1 + 2a: U = (1 - p) / (1 + 2a p) (Stallings; Bertsekas and Gallager). A loss costs its own slot and the 2a
/// after it, whatever was sent in them.
#[test]
fn go_back_n_with_a_full_pipe_is_as_efficient_as_the_formula_says() {
    for (n, window, p) in [(3, 3, 0.1), (3, 6, 0.3), (11, 11, 0.01), (11, 11, 0.1), (11, 22, 0.1), (11, 15, 0.3)] {
        let (expected, within) = renewal(p, SLOTS, |g| g + n);
        assert!(close(expected, (1.0 - p) / (1.0 + (n as f64 - 1.0) * p)), "{expected}");
        let measured = measure(2, go_back_n(window, TimerRuns::SinceSending), n, p, SLOTS);
        let what = format!("N {n}, window {window}, p {p}");
        assert!((measured - expected).abs() < within, "{what}: {measured}, not {expected} within {within}");
    }
}

/// W < 1 + 2a: the textbooks say U = W (1 - p) / ((1 + 2a) (1 - p + W p)). They take a packet for 1/W of a round trip;
/// but a window leaves in a row, then the sender waits, and after a loss a new row begins. So exactly, g packets take
/// g slots and N - W more after each W of them. The share of packets at a row's end is then p q^(W-1) / (1 - q^W), with
/// q = 1 - p, and not 1/W: the formula is too low, by a share of at most (W - 1) p / 2.
#[test]
fn go_back_n_with_a_small_window_is_as_efficient_as_rows_of_packets_are() {
    for (n, window, p) in [(11, 2, 0.01), (11, 4, 0.01), (11, 4, 0.1), (11, 8, 0.05), (31, 10, 0.01)] {
        let (expected, within) = renewal(p, SLOTS, |g| g + g / window * (n - window) + n);
        let w = window as f64;
        let textbook = w * (1.0 - p) / (n as f64 * (1.0 - p + w * p));
        assert!(textbook < expected && expected < textbook * (1.0 + (w - 1.0) * p / 2.0), "{textbook}, {expected}");
        let measured = measure(3, go_back_n(window, TimerRuns::SinceSending), n, p, SLOTS);
        let what = format!("N {n}, window {window}, p {p}");
        assert!((measured - expected).abs() < within, "{what}: {measured}, not {expected} within {within}");
    }
}

/// The timer of Kurose & Ross, figure 3.20, is restarted by each ACK: a loss is noticed N slots after the ACK of the
/// packet before, which comes N - 1 slots after the loss. So a loss costs 2N - 1 slots, but only N if it follows a
/// timeout at once, whose timer no ACK has restarted.
#[test]
fn a_timer_restarted_by_acks_costs_nearly_another_round_trip() {
    for (n, window, p) in [(3, 5, 0.1), (11, 11, 0.01), (11, 21, 0.1), (11, 15, 0.3)] {
        let (expected, within) = renewal(p, SLOTS, |g| if g == 0 { n } else { g + 2 * n - 1 });
        let measured = measure(4, go_back_n(window, TimerRuns::SinceAck), n, p, SLOTS);
        let what = format!("N {n}, window {window}, p {p}");
        assert!((measured - expected).abs() < within, "{what}: {measured}, not {expected} within {within}");
    }
}

/// U = 1 - p: every slot is used, for something new or for what was lost. The formula takes the window for endless. With
/// one of 16 round trips the sender stalls only when a packet is lost 16 times in a row, in a share p^15 of cases.
#[test]
fn selective_repeat_with_a_large_window_loses_only_what_is_lost() {
    for (n, p) in [(3, 0.01), (3, 0.3), (11, 0.01), (11, 0.1), (11, 0.3), (31, 0.1)] {
        let measured = measure(5, selective_repeat(16 * n), n, p, SLOTS);
        // Accepted packets among so many slots are binomial; those of the last round trip are still under way.
        let within = 4.0 * (p * (1.0 - p) / SLOTS as f64).sqrt() + n as f64 / SLOTS as f64;
        assert!((measured - (1.0 - p)).abs() < within, "N {n}, p {p}: {measured} within {within}");
    }
}

/// With W < 1 + 2a the textbooks say U = W (1 - p) / (1 + 2a): each packet of the window its own stop-and-wait. But the
/// window moves only with its oldest packet, and others wait for it. Exactly, if W is small beside N: a round sends
/// what is missing of the window, each packet arrives with probability 1 - p, and the window moves to the first that
/// has not. The set of those that have is a Markov chain; its mean move by N is the efficiency, and the formula an upper
/// bound that one packet alone attains.
///
/// A round takes N slots, and up to W - 1 more when the window moves by several and they leave in a row: so much lower a
/// run may be, beside four standard errors over eight seeds.
#[test]
fn selective_repeat_with_a_small_window_waits_for_the_oldest_packet() {
    let n = 401;
    for (window, p) in [(1, 0.3), (2, 0.1), (2, 0.3), (4, 0.1), (4, 0.3)] {
        let expected = mean_move(window, p) / n as f64;
        let formula = window as f64 * (1.0 - p) / n as f64;
        assert!(if window == 1 { close(expected, formula) } else { expected < formula }, "{expected}, {formula}");
        let slots = 1_000 * n;
        let runs: Vec<f64> = (0..8).map(|seed| measure(seed, selective_repeat(window), n, p, slots)).collect();
        let mean = runs.iter().sum::<f64>() / 8.0;
        let variance = runs.iter().map(|run| (run - mean) * (run - mean)).sum::<f64>() / 7.0;
        let error = 4.0 * (variance / 8.0).sqrt();
        let lower = expected * n as f64 / (n + window - 1) as f64;
        let what = format!("window {window}, p {p}: {mean}, not {lower} to {expected}");
        assert!(lower - error < mean && mean < expected + error, "{what}, formula {formula}");
    }
}

/// By how many packets the window moves in a round, in the mean.
fn mean_move(window: u64, p: f64) -> f64 {
    // A state is a set of packets that have arrived: bit i is the i-th of the window. The oldest never has.
    let states = 1_usize << window;
    let mut share = vec![0.0; states];
    share[0] = 1.0;
    let mut mean = 0.0;
    for _ in 0..2_000 {
        let mut after = vec![0.0; states];
        mean = 0.0;
        for (arrived, &weight) in share.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            for now in (0..states).filter(|now| now & arrived == arrived) {
                let new = (now & !arrived).count_ones() as i32;
                let missing = window as i32 - (now.count_ones() as i32);
                let chance = weight * (1.0 - p).powi(new) * p.powi(missing);
                let moved = (!now).trailing_zeros().min(window as u32);
                mean += chance * f64::from(moved);
                after[now >> moved] += chance;
            }
        }
        share = after;
    }
    mean
}
