//! Policies by hand: what wins over what, and who is told what.

use super::*;

/// A configuration with these rules besides what [`announcing`] makes.
fn with_rules(base: Config, import: &[(&str, &[Rule])], export: &[(&str, &[Rule])]) -> Config {
    let list = |all: &[(&str, &[Rule])]| all.iter().map(|(name, rules)| ((*name).to_owned(), rules.to_vec())).collect();
    Config { import: list(import), export: list(export), ..base }
}

/// Names of a path.
fn names(path: &[&str]) -> Option<Vec<String>> {
    Some(path.iter().map(|&name| name.to_owned()).collect())
}

/// S reaches D over L (S L D), or over M and N (S M N D).
const DETOUR: [&str; 5] = ["D", "L", "M", "N", "S"];
const DETOUR_PAIRS: [(u32, u32); 5] = [(0, 1), (1, 4), (0, 3), (3, 2), (2, 4)];

fn detour(import: &[(&str, &[Rule])], export: &[(&str, &[Rule])]) -> Option<String> {
    let config = with_rules(announcing(&DETOUR, &[("D", "20.4.0.0/16")]), import, export);
    let mut lab = lab(&DETOUR, &DETOUR_PAIRS, &config, &[]);
    lab.run_until(seconds(20));
    path(&lab, 4, FIRST)
}

#[test]
fn local_preference_wins_over_length() {
    assert_eq!(detour(&[], &[]).as_deref(), Some("S L D"));
    let prefer = Rule { neighbor: Some("M".into()), local_preference: Some(101), ..Rule::default() };
    assert_eq!(detour(&[("S", &[prefer])], &[]).as_deref(), Some("S M N D"));
    let avoid = Rule { path_contains: Some("L".into()), local_preference: Some(99), ..Rule::default() };
    assert_eq!(detour(&[("S", &[avoid])], &[]).as_deref(), Some("S M N D"));
}

#[test]
fn a_system_on_the_path_more_than_once_makes_it_longer() {
    // D puts itself on the path to L once or twice more: 2 + 1 = 3 is as long as over M and N, 2 + 2 is longer.
    let prepend = |times| Rule { neighbor: Some("L".into()), prepend: times, ..Rule::default() };
    // Of equal length, L has the lower id.
    assert_eq!(detour(&[], &[("D", &[prepend(1)])]).as_deref(), Some("S L D"));
    assert_eq!(detour(&[], &[("D", &[prepend(2)])]).as_deref(), Some("S M N D"));
    // Also where the route is let in.
    let longer = Rule { neighbor: Some("L".into()), prepend: 2, ..Rule::default() };
    assert_eq!(detour(&[("S", &[longer])], &[]).as_deref(), Some("S M N D"));
}

#[test]
fn rules_match_by_the_whole_path_its_beginning_its_systems_and_its_prefix() {
    let reject = |rule: Rule| [Rule { then: Verdict::Reject, ..rule }];
    let both = "S M N D";
    let one = "S L D";
    let cases = [
        (Rule { path: names(&["L", "D"]), ..Rule::default() }, both),
        (Rule { path: names(&["L"]), ..Rule::default() }, one),
        (Rule { path_begins: names(&["L"]), ..Rule::default() }, both),
        (Rule { path_begins: names(&["D"]), ..Rule::default() }, one),
        (Rule { path_contains: Some("L".into()), ..Rule::default() }, both),
        (Rule { path_contains: Some("N".into()), ..Rule::default() }, one),
        (Rule { neighbor: Some("L".into()), prefix: Some("20.4.0.0/16".into()), ..Rule::default() }, both),
        (Rule { neighbor: Some("L".into()), prefix: Some("20.0.0.0/8".into()), ..Rule::default() }, one),
        (Rule { neighbor: Some("L".into()), within: Some("20.0.0.0/8".into()), ..Rule::default() }, both),
        (Rule { neighbor: Some("L".into()), within: Some("20.4.0.0/17".into()), ..Rule::default() }, one),
    ];
    for (rule, expected) in cases {
        assert_eq!(detour(&[("S", &reject(rule.clone()))], &[]).as_deref(), Some(expected), "{rule:?}");
    }
}

#[test]
fn the_first_rule_that_matches_decides_unless_it_says_next() {
    let accept = Rule { neighbor: Some("L".into()), ..Rule::default() };
    let reject = Rule { then: Verdict::Reject, ..Rule::default() };
    assert_eq!(detour(&[("S", &[accept.clone(), reject.clone()])], &[]).as_deref(), Some("S L D"));
    let next = Rule { then: Verdict::Next, ..accept };
    assert_eq!(detour(&[("S", &[next, reject])], &[]), None);
}

#[test]
fn a_neighbour_that_is_told_nothing_learns_nothing() {
    let hide = Rule { neighbor: Some("S".into()), then: Verdict::Reject, ..Rule::default() };
    assert_eq!(detour(&[], &[("L", &[hide])]).as_deref(), Some("S M N D"));
    // One's own destinations have an empty path when they are told.
    let own_alone =
        [Rule { path: Some(Vec::new()), ..Rule::default() }, Rule { then: Verdict::Reject, ..Rule::default() }];
    assert_eq!(detour(&[], &[("L", &own_alone), ("M", &own_alone)]), None);
    assert_eq!(detour(&[], &[("D", &own_alone)]).as_deref(), Some("S L D"));
}

/// ```text
///      ==== B ----
///     /           \
///    A             D      A has two cables to B and one to C; all ways to D are two links long.
///     \           /
///      ---- C ----
/// ```
/// B asks for its second cable; C's discriminator is the lowest of all, but C is another system than B.
#[test]
fn the_discriminator_chooses_among_cables_to_one_neighbour_only() {
    let names = ["A", "B", "C", "D"];
    let pairs = [(0, 1), (0, 1), (0, 2), (1, 3), (2, 3)];
    let med = |neighbor: &str, cable, med| Rule {
        neighbor: Some(neighbor.to_owned()),
        cable: Some(cable),
        med: Some(med),
        ..Rule::default()
    };
    // The interface of A that is used: 0 and 1 to B, 2 to C; and what decided.
    let best = |always_compare_med, meds: bool| {
        let base = Config { always_compare_med, ..announcing(&names, &[("D", "20.4.0.0/16")]) };
        let (of_b, of_c) = ([med("A", 1, 20), med("A", 2, 10)], [med("A", 1, 5)]);
        let config = if meds { with_rules(base, &[], &[("B", &of_b), ("C", &of_c)]) } else { base };
        let mut lab = lab(&names, &pairs, &config, &[]);
        lab.run_until(seconds(10));
        let used = lab.router(0).routes()[&FIRST].interfaces()[0].0;
        (used, lab.router(0).tables(&lab.names)[1].rows[0][3].clone())
    };
    assert_eq!(best(false, false), (0, "peer_address".to_owned()));
    // The second of B's cables, by the discriminator against the first, by the id against C.
    assert_eq!(best(false, true), (1, "router_id".to_owned()));
    assert_eq!(best(true, true), (2, "med".to_owned()));
}

/// ```text
///   P --- Q       P and Q are peers, each with customers: P has C, Q has D. E pays both C and D.
///   |     |
///   C     D
///    \   /
///      E
/// ```
const HIERARCHY: [&str; 5] = ["C", "D", "E", "P", "Q"];
const HIERARCHY_PAIRS: [(u32, u32); 5] = [(3, 4), (3, 0), (4, 1), (0, 2), (1, 2)];

fn hierarchy(origin: &str) -> Config {
    let transit = |provider: &str, customer: &str| Relationship::Transit {
        provider: provider.to_owned(),
        customer: customer.to_owned(),
    };
    let peers = Relationship::Peering { peers: ["P".to_owned(), "Q".to_owned()] };
    Config {
        policy: Preset::GaoRexford,
        relationships: vec![peers, transit("P", "C"), transit("Q", "D"), transit("C", "E"), transit("D", "E")],
        ..announcing(&HIERARCHY, &[(origin, "20.1.0.0/16")])
    }
}

#[test]
fn nobody_carries_packets_between_two_whom_it_pays() {
    // From C to D the way over E is as short as any, but E would pay both for it.
    let mut lab = lab(&HIERARCHY, &HIERARCHY_PAIRS, &hierarchy("D"), &[]);
    lab.run_until(seconds(10));
    assert_eq!(paths(&lab), expected(&["C P Q D", "D", "E D", "P Q D", "Q D"]));
}

#[test]
fn a_rule_that_accepts_leaks_what_the_policy_would_keep() {
    let leak = with_rules(hierarchy("D"), &[], &[("E", &[Rule::default()])]);
    let mut lab = lab(&HIERARCHY, &HIERARCHY_PAIRS, &leak, &[]);
    lab.run_until(seconds(10));
    // C prefers what it hears from its customer E, and tells it to its provider P, who prefers it to its peer's.
    assert_eq!(paths(&lab), expected(&["C E D", "D", "E D", "P C E D", "Q D"]));
}

#[test]
fn own_prefixes_end_here_and_attached_addresses_do_not() {
    let names = ["A", "B"];
    let config = announcing(&names, &[("A", "20.1.0.0/16")]);
    let mut lab = lab(&names, &[(0, 1)], &config, &[]);
    lab.run_until(seconds(5));
    let route = &lab.router(0).routes()[&FIRST];
    assert_eq!((route.cost, &route.way), (0, &crate::routing::route::Way::Here));
    // A lists its networks, so it is not announced itself; B announces nothing at all.
    assert_eq!(lab.router(1).routes().len(), 1);
}

#[test]
fn messages_speak_in_words() {
    let names = ["A", "B", "C"];
    let config = announcing(&names, &[("A", "20.1.0.0/16")]);
    let script = [(seconds(5), say(0, RouterCommand::Withdraw(FIRST)))];
    let mut lab = lab(&names, &[(0, 1), (1, 2)], &config, &script);
    lab.run_until(seconds(6));
    let said: Vec<String> = sent(&mut lab, 1).iter().filter_map(|(_, message)| describe(message, &lab.names)).collect();
    // B opens to C and is opened to by A; both sessions begin alike.
    assert_eq!(said[..4], ["open id 2 hold 90 s", "open id 2 hold 90 s", "keepalive", "keepalive"]);
    assert_eq!(said[4..], ["announce 20.1.0.0/16 path B A", "withdraw 20.1.0.0/16"]);
}
