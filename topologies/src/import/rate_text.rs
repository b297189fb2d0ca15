//! Rates in the words of carriers: "OC-48", "STM-16", "45 Mbps DS-3", "2x10Gb/s".
//!
//! Units of the digital hierarchies: OC-n is n · 51.84 Mbit/s and STM-n is n · 155.52 Mbit/s (ITU-T G.707); DS1 or T1 is
//! 1.544, E1 2.048, E3 34.368, DS3 or T3 44.736 Mbit/s (ITU-T G.702). A range, or "<" or "up to" before a number, is no
//! rate. Of a text with several rates that agree within 5 % ("OC192/STM64", "45 Mbps DS-3") the first counts; of one
//! with several that do not agree none does.

use sim_core::units::Rate;

/// The rate that a text names, if it names one.
pub(crate) fn rate_in(text: &str) -> Option<Rate> {
    let text = text.trim().to_ascii_lowercase();
    if text.contains(['<', '>', '~', '?']) || text.contains("up to") {
        return None;
    }
    let mut found: Option<f64> = None;
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        rest = &rest[start..];
        let Some((bps, after)) = word(rest) else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
            // A number without a unit that a bar joins to another is the lower end of a range.
            if rest[..end].parse::<f64>().is_ok() && rest[end..].trim_start().starts_with(['-', '–']) {
                return None;
            }
            rest = &rest[end..];
            continue;
        };
        match found {
            Some(before) if (bps - before).abs() > 0.05 * before => return None,
            Some(_) => {}
            None => found = Some(bps),
        }
        if after.trim_start().starts_with(['-', '–']) && after.trim_start()[1..].trim_start().starts_with(digit) {
            return None;
        }
        rest = after;
    }
    let bps = found.filter(|bps| (1.0..=1e15).contains(bps))?;
    Some(Rate::from_bps(libm::round(bps) as u64))
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The rate that `text` begins with, in bits per second, and what follows it.
fn word(text: &str) -> Option<(f64, &str)> {
    if let Some((count, after)) = number(text) {
        let after = after.trim_start();
        // "2x10Gb/s", "4 x STM-1"
        if let Some(each) = after.strip_prefix(['x', '*', '×']) {
            let (bps, after) = word(each.trim_start())?;
            return Some((count * bps, after));
        }
        return unit(after).map(|(factor, after)| (count * factor, after));
    }
    hierarchy(text)
}

/// A number at the beginning, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number = text[..end].parse().ok().filter(|number: &f64| *number > 0.0)?;
    Some((number, &text[end..]))
}

/// The unit at the beginning: `mbps`, `gb/s`, `kbit/s`, `m`, `gig`, `gbe`.
fn unit(text: &str) -> Option<(f64, &str)> {
    let factor = match text.as_bytes().first()? {
        b'k' => 1e3,
        b'm' => 1e6,
        b'g' => 1e9,
        b't' => 1e12,
        _ => return None,
    };
    let end = text.find(|c: char| !c.is_ascii_alphabetic() && c != '/').unwrap_or(text.len());
    let word = text[1..end].trim_end_matches('/');
    const KNOWN: &[&str] = &[
        "", "b", "bps", "b/s", "bit", "bits", "bit/s", "bits/s", "bits/sec", "b/sec", "bit/sec", "be", "ig", "ige",
        "igabit", "egabit", "egabits", "igabits", "bs", "eg", "eps", "ilobit", "ilobits",
    ];
    KNOWN.contains(&word).then(|| (factor, &text[end..]))
}

/// A level of a digital hierarchy at the beginning: `oc-48`, `stm16`, `ds3`, `t1`, `e3`.
fn hierarchy(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let after = text[end..].trim_start_matches([' ', '-']);
    let (level, rest) = number(after)?;
    // "oc-48c" is the same, carried in one piece.
    let rest = rest.strip_prefix('c').unwrap_or(rest);
    let is = |known: f64| level == known;
    let bps = match &text[..end] {
        "oc" | "sts" => level * 51.84e6,
        "stm" => level * 155.52e6,
        "ds" | "t" if is(1.0) => 1.544e6,
        "ds" | "t" if is(3.0) => 44.736e6,
        "ds" if is(0.0) => 64e3,
        "e" if is(1.0) => 2.048e6,
        "e" if is(3.0) => 34.368e6,
        _ => return None,
    };
    Some((bps, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_carriers_are_rates() {
        let check = |text: &str, bps: u64| assert_eq!(rate_in(text).map(Rate::bps), Some(bps), "{text}");
        check("OC-3", 155_520_000);
        check("OC192/STM64", 9_953_280_000);
        check("OC-48c", 2_488_320_000);
        check("STM-16", 2_488_320_000);
        check("45 Mbps DS-3", 45_000_000);
        check("T3", 44_736_000);
        check("E1", 2_048_000);
        check("2x10Gb/s", 20_000_000_000);
        check("4 x STM-1", 622_080_000);
        check("10 Gbps", 10_000_000_000);
        check("155 Mbit/s", 155_000_000);
        check("1 GigE", 1_000_000_000);
        check("10GbE", 10_000_000_000);
        check("64 kbps", 64_000);
        check("2.5G", 2_500_000_000);
    }

    #[test]
    fn ranges_limits_and_other_words_are_none() {
        for text in
            ["< 2.5 Gbps", "10-34 Mb/s", "34 Mb/s - 155 Mb/s", "", "Dark fibre", "5", "100 km", "up to 10 Gbps", "T2"]
        {
            assert_eq!(rate_in(text), None, "{text}");
        }
        // Two rates that disagree.
        assert_eq!(rate_in("10 Gbps, protected by 155 Mbps"), None);
    }
}
