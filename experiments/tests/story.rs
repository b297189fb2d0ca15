//! What became of packets, and why: as recorded for the report.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use experiments::file::plan::{RunPoint, Traffic};
use experiments::report::causes::{About, Explainer, Fact};
use experiments::report::clock::Clock;
use experiments::report::packets::{section, thinned};
use experiments::run::measure::{Recording, run, run_recording};
use experiments::run::outcome::Outcome;
use experiments::run::story::Story;
use experiments::run::story::trips::{FROM_START, Fate, STRETCH};
use experiments::run::story::turns::CutFor;
use sim_core::packet::DropReason;
use sim_core::time::{Duration, Time};
use support::{gallery, plan};

const FOR_REPORT: Recording = Recording { charts: false, report: true };

fn recorded(point: &RunPoint) -> Outcome {
    run_recording(point, &mut (), FOR_REPORT).expect("a run that ends")
}

fn story(outcome: &Outcome) -> &Story {
    outcome.story.as_ref().expect("it was recorded")
}

fn first(file: &str, set: &[&str]) -> (RunPoint, Outcome) {
    let point = gallery(file, set).swap_remove(0);
    let outcome = recorded(&point);
    (point, outcome)
}

/// Files of the gallery in which much goes wrong, and what makes them short.
const FILES: &[(&str, &[&str])] = &[
    ("fairness.json", &["duration=30 s", "flows[2].start=25 s", "flows[2].stop=28 s", "expect=[]", "lecture=[]"]),
    ("tahoe_reno_newreno_sack.json", &[]),
    ("lost_ack.json", &[]),
    ("dctcp_incast.json", &["expect=[]"]),
    ("udp_versus_tcp.json", &["duration=6 s", "flows[1].start=1 s", "flows[1].stop=5 s", "expect=[]"]),
    ("go_back_n_vs_selective_repeat.json", &[]),
    ("cellular_download.json", &["duration=8 s", "expect=[]", "sweep.zip={\"seed\": [1]}"]),
    ("cubic_vs_reno.json", &["duration=4 s", "expect=[]"]),
    ("slow_reader.json", &[]),
    ("handshake_and_teardown.json", &[]),
    ("count_to_infinity.json", &[]),
    ("micro_loop.json", &[]),
    ("hijack_more_specific.json", &[]),
];

fn each(mut check: impl FnMut(&str, &RunPoint, &Outcome)) {
    for (file, set) in FILES {
        for point in gallery(file, set).iter().take(4) {
            check(file, point, &recorded(point));
        }
    }
}

/// 1500 bytes take 1.2 ms at 10 Mbps and 12 ms at 1 Mbps.
const TWO_HOPS: &str = r#"{
    "title": "two hops", "duration": "1 s",
    "topology": { "nodes": [ "a", { "name": "r", "kind": "router", "processing_delay": "0.1 ms" }, "b" ],
      "links": [ { "from": "a", "to": "r", "bandwidth": "10 Mbps", "delay": "5 ms" },
                 { "from": "r", "to": "b", "bandwidth": "1 Mbps", "delay": "20 ms" } ] },
    "flows": [ { "name": "x", "from": "a", "to": "b",
                 "udp": { "scheduled": { "times": [ "0 s", "0 s", "0.6 s" ], "packet_size": "1500 B" } } } ],
    "events": [ { "at": "0.5 s", "set_delay": { "link": "r-b", "delay": "30 ms" } } ]
}"#;

#[test]
fn the_four_delays_of_each_hop_are_those_worked_out_by_hand() {
    let point = plan(TWO_HOPS).swap_remove(0);
    let outcome = recorded(&point);
    let micros: Vec<Vec<[u64; 4]>> = (story(&outcome).trips.iter())
        .map(|trip| {
            let hop = |hop: &experiments::run::story::links::Hop| {
                [hop.queueing, hop.transmission, hop.propagation, hop.processing].map(|delay| delay.picos() / 1_000_000)
            };
            trip.hops.iter().map(hop).collect()
        })
        .collect();
    // The second waits 1.2 ms for the first, and comes to r 1.2 ms behind it: there it waits the other 10.8 ms.
    let first = vec![[0, 1_200, 5_000, 100], [0, 12_000, 20_000, 0]];
    let second = vec![[1_200, 1_200, 5_000, 100], [10_800, 12_000, 20_000, 0]];
    // By then the cable to b has become longer.
    let third = vec![[0, 1_200, 5_000, 100], [0, 12_000, 30_000, 0]];
    assert_eq!(micros, [first, second, third]);
}

#[test]
fn delays_add_up_to_the_time_on_the_way() {
    let (_, outcome) = first(
        "fairness.json",
        &[
            "duration=3 s",
            "flows=[{\"name\": \"A\", \"from\": \"left1\", \"to\": \"right1\", \"tcp\": {}}]",
            "expect=[]",
            "lecture=[]",
        ],
    );
    let json = serde_json::to_value(section(story(&outcome), Clock::new(100_000_000))).unwrap();
    let mut sent = 0;
    let mut arrived: BTreeMap<u64, u64> = BTreeMap::new();
    for trip in json["trips"].as_array().unwrap() {
        sent += trip[3].as_u64().unwrap();
        let hops: Vec<u64> = trip[8].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
        let took: u64 = hops.chunks(5).map(|hop| hop[1..].iter().sum::<u64>()).sum();
        if trip[9][0] == 0 && trip[1] == 1 {
            // Packets of one flow over one way do not overtake each other.
            arrived.insert(sent, sent + took);
        }
    }
    let arrivals: Vec<u64> = arrived.into_values().collect();
    assert!(arrivals.len() > 1_000 && arrivals.is_sorted(), "{}", arrivals.len());
}

#[test]
fn recording_changes_nothing_else() {
    each(|file, point, outcome| {
        let plain = run(point, &mut ()).expect("a run that ends");
        let told = |outcome: &Outcome| {
            let flows: Vec<_> = outcome.flows.iter().map(|flow| (flow.sent_packets, flow.delivered_bytes)).collect();
            (outcome.fingerprint, outcome.events, outcome.packets, flows, outcome.series.times_s.len())
        };
        assert_eq!(told(outcome), told(&plain), "{file}");
        assert!(plain.story.is_none());
    });
}

#[test]
fn every_drop_is_recorded_with_its_place() {
    let mut reasons = BTreeSet::new();
    each(|file, _, outcome| {
        let story = story(outcome);
        assert_eq!(story.drops_left_out, 0, "{file}");
        let recorded = story.drops.len() as u64 + story.messages_dropped;
        assert_eq!(recorded, outcome.packets.dropped.total(), "{file}");
        for (at, link) in outcome.links.iter().enumerate() {
            let here = story.drops.iter().filter(|drop| drop.link().is_some_and(|link| link.index() == at)).count();
            let of_messages = if story.messages_dropped > 0 { story.messages_dropped } else { 0 };
            let counted = link.dropped.total();
            assert!((counted - of_messages.min(counted)..=counted).contains(&(here as u64)), "{file}: {}", link.name);
        }
        reasons.extend(story.drops.iter().map(|drop| drop.why));
    });
    for why in [
        DropReason::QueueFull,
        DropReason::Lost,
        DropReason::LinkDown,
        DropReason::NoRoute,
        DropReason::TtlExpired,
        DropReason::BlackHole,
    ] {
        assert!(reasons.contains(&why), "{why:?}");
    }
}

#[test]
fn what_is_sent_again_and_why_windows_are_cut_agrees_with_the_counters() {
    let mut total = [0; 3];
    each(|file, point, outcome| {
        let story = story(outcome);
        for (at, (flow, planned)) in outcome.flows.iter().zip(&point.flows).enumerate() {
            let is_own = |end: experiments::run::story::End| end.flow == at && end.is_forward;
            let again = story.again.iter().filter(|again| is_own(again.packet.end)).count() as u64;
            assert_eq!(again, flow.retransmitted_packets, "{file}: {}", flow.name);
            let cuts = story.cuts.iter().filter(|cut| is_own(cut.end));
            let count = |is_it: fn(&CutFor) -> bool| cuts.clone().filter(|cut| is_it(&cut.what)).count() as u64;
            let fast = count(|what| *what == CutFor::FastRetransmit);
            let timeouts = count(|what| matches!(what, CutFor::Timeout(_)));
            let expiries = story.expiries.iter().filter(|expiry| is_own(expiry.end)).count() as u64;
            assert_eq!(fast, flow.fast_retransmits, "{file}: {}", flow.name);
            match planned.traffic {
                Traffic::Tcp { .. } => assert_eq!(timeouts, flow.timeouts, "{file}: {}", flow.name),
                Traffic::Rdt(_) => assert_eq!(expiries, flow.timeouts, "{file}: {}", flow.name),
                Traffic::Udp(_) | Traffic::Ping(_) => assert_eq!((timeouts, expiries), (0, 0)),
            }
            total[0] += again;
            total[1] += fast;
            total[2] += timeouts + expiries;
        }
    });
    assert!(total.iter().all(|&count| count > 10), "{total:?}");
}

#[test]
fn a_chart_of_the_window_and_the_report_see_the_same_cuts() {
    let point = gallery(
        "fairness.json",
        &["duration=30 s", "flows[2].start=25 s", "flows[2].stop=28 s", "expect=[]", "lecture=[]"],
    )
    .swap_remove(0);
    let both = run_recording(&point, &mut (), Recording::FOR_ALL).expect("a run that ends");
    let alone = recorded(&point);
    assert!(!both.windows.is_empty(), "the chart was asked for");
    let (both, alone) = (story(&both), story(&alone));
    assert_eq!(both.cuts, alone.cuts);
    assert_eq!(both.stretches, alone.stretches);
    assert_eq!(both.trips, alone.trips);
}

#[test]
fn trips_are_shown_in_stretches_and_the_rest_is_said_to_be_thinned() {
    let (_, outcome) = first("fairness.json", &[]);
    let story = story(&outcome);
    let shown = |from: Time, until: Time| {
        let within = story.trips.iter().filter(|trip| (from..until).contains(&trip.sent));
        within.map(|trip| 1 + trip.hops.len()).sum::<usize>()
    };
    let all: usize = story.trips.iter().map(|trip| 1 + trip.hops.len()).sum();
    // Hops of what was on its way at the end of a stretch come on top.
    let on_top = FROM_START / 10;
    assert!((FROM_START..FROM_START + on_top + 20 * (STRETCH + on_top)).contains(&all), "{all}");
    let first = story.hidden.first().expect("two minutes are too long");
    assert!((FROM_START..FROM_START + on_top).contains(&shown(Time::ZERO, first.from)));
    for hidden in &story.hidden {
        assert_eq!(shown(hidden.from, hidden.until), 0);
    }
    // Flows start at 20 s and 40 s, and one stops at 90 s.
    for second in [20, 40, 90] {
        let moment = Time::ZERO + Duration::from_secs(second);
        assert!(story.hidden.iter().all(|hidden| !(hidden.from..hidden.until).contains(&moment)), "{second}");
    }
    // Nothing shown ends halfway, but for what is on its way when the run ends.
    let halfway = story.trips.iter().filter(|trip| trip.fate == Fate::OnItsWay);
    assert!(halfway.clone().count() < 200, "{}", halfway.count());
    let told = thinned(story, Clock::new(1));
    assert_eq!(told.len(), story.hidden.len());
    assert!(
        told[0].2.starts_with("packets are shown until ") && told[0].2.ends_with(", and for a while after each event")
    );
}

#[test]
fn a_run_that_is_short_is_shown_whole() {
    let (_, outcome) = first("lost_ack.json", &[]);
    let story = story(&outcome);
    assert_eq!(story.hidden, []);
    assert_eq!(story.trips.len() as u64, outcome.packets.sent);
}

/// Every drop, packet sent again, cut and change, with its chain.
fn chains(point: &RunPoint, outcome: &Outcome, mut check: impl FnMut(&Explainer<'_>, &[About])) {
    let explainer = Explainer::new(point, outcome).expect("it was recorded");
    for about in explainer.notable() {
        check(&explainer, &explainer.chain(about));
    }
}

/// Where a chain may end: at the script, a start, a property of a link, or what nobody sent.
fn is_root(about: &About) -> bool {
    match about {
        About::Script(_) => true,
        About::Fact(fact) => matches!(
            fact,
            Fact::FlowStart(_)
                | Fact::AtOnce(_)
                | Fact::Offered(..)
                | Fact::Loss(_)
                | Fact::BitErrors(_)
                | Fact::Mtu(_)
                | Fact::NobodyListens(..)
                | Fact::NoEntry(..)
                | Fact::Step(_)
        ),
        About::Drop(_) | About::Again(_) | About::Cut(_) | About::Change(_) => false,
    }
}

#[test]
fn every_chain_goes_back_in_time_and_ends_at_a_root() {
    each(|file, point, outcome| {
        chains(point, outcome, |explainer, chain| {
            let words = || chain.iter().map(|about| explainer.words(about)).collect::<Vec<_>>();
            let times: Vec<Time> = chain.iter().map(|about| explainer.time(about)).collect();
            assert!(times.is_sorted_by(|effect, cause| cause <= effect), "{file}: {:?}", words());
            let root = chain.last().expect("something is caused by itself at least");
            assert!(is_root(root), "{file}: {root:?}: {:#?}", words());
            if let About::Fact(Fact::Step(step)) = root {
                let steps = &outcome.routing.as_ref().expect("a step is of routing").steps;
                let cause = steps[*step].cause;
                assert_eq!(cause, experiments::run::routing::steps::StepCause::Started, "{file}: {:#?}", words());
            }
        });
    });
}

#[test]
fn the_list_of_causes_tells_each_once_and_causes_before_effects() {
    each(|file, point, outcome| {
        let explainer = Explainer::new(point, outcome).expect("it was recorded");
        let all = explainer.all();
        let told: BTreeSet<&About> = all.iter().map(|cause| &cause.about).collect();
        assert_eq!(told.len(), all.len(), "{file}: something is told twice");
        assert!(explainer.notable().all(|about| told.contains(&about)), "{file}: something is missing");
        for (at, cause) in all.iter().enumerate() {
            assert!(cause.cause.is_none_or(|before| before < at), "{file}: {}", cause.words);
            assert!(
                !cause.words.is_empty() && !cause.words.ends_with('.'),
                "{file}: {:?}: {}",
                cause.about,
                cause.words
            );
        }
        assert!(all.is_sorted_by_key(|cause| cause.time), "{file}");
    });
}

/// Tells the chain of what begins with `words`, the `nth` of these from 0, and compares it with what a reader would say.
fn check_chain(point: &RunPoint, words: &str, nth: usize, expected: &[&str]) {
    let outcome = recorded(point);
    let explainer = Explainer::new(point, &outcome).expect("it was recorded");
    let mut found = explainer.notable().filter(|about| explainer.words(about).starts_with(words));
    let about = found.nth(nth).unwrap_or_else(|| panic!("nothing begins with {words:?}"));
    let told: Vec<String> = explainer.chain(about).iter().map(|about| explainer.words(about)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_lost_acknowledgement_is_told_from_lost_data() {
    let point = gallery("lost_ack.json", &[]).swap_remove(0);
    // The window is that of the beginning: four segments never filled it, so it did not grow.
    check_chain(
        &point,
        "the last one sent",
        0,
        &[
            "the last one sent segment 4 again: its timer of 1 s expired",
            "the last one's timer of 1 s expired: its window fell from 10 to 1 packet",
            "segment 4 was not lost: its ACK was",
            "an ACK of the last one was lost on d->c",
            "d->c was made to lose packet 5 that it carries",
        ],
    );
}

#[test]
fn reno_waits_for_its_timer_when_two_are_lost() {
    let point = gallery("tahoe_reno_newreno_sack.json", &[]).swap_remove(1);
    // The partial ACK for 14 ends fast recovery with half of 15 packets. What is under way then gives no third duplicate.
    check_chain(
        &point,
        "reno sent segment 28",
        0,
        &[
            "reno sent segment 28 again: its timer of 1 s expired",
            "reno's timer of 1 s expired: its window fell from 7.5 to 1 packet",
            "reno's segment 28 was lost on s2->r2",
            "s2->r2 was made to lose segment 14 of reno and segment 28 of reno",
        ],
    );
    // NewReno's recovery goes on until 28 is repaired, too.
    check_chain(
        &point,
        "newreno sent segment 28",
        0,
        &[
            "newreno sent segment 28 again: it was missing, too",
            "newreno's segment 28 was lost on s3->r3",
            "s3->r3 was made to lose segment 14 of newreno and segment 28 of newreno",
        ],
    );
}

#[test]
fn slow_start_fills_path_and_queue() {
    let point = gallery(
        "fairness.json",
        &[
            "duration=1 s",
            "flows[1].start=0.9 s",
            "flows[2].start=0.9 s",
            "flows[2].stop=1 s",
            "expect=[]",
            "lecture=[]",
        ],
    )
    .swap_remove(0);
    // There and back 44 ms, and 1.48 ms for the bits: 45.48 ms at 10 Mbps are 37 packets of 1500 bytes. 1 bdp is 44 ms at
    // 10 Mbps: 55 kB, or 36 packets. The first of more than 73 is dropped; an ACK for two lets slow start grow by a half
    // in the round trip until that is noticed: to 112.
    check_chain(
        &point,
        "A sent",
        0,
        &[
            "A sent segment 204 again: three duplicate ACKs",
            "A cut its window from 112 to 55 packets: three duplicate ACKs",
            "A's segment 204 was dropped at r1->r2: its queue was full (36 packets waited, at most 55 kB may)",
            "A was in slow start: its window doubled each round trip, to 112 packets; the path holds 37 and the queue 36",
            "A started at 0 s, and sends as much as it may",
        ],
    );
}

#[test]
fn two_routers_count_to_infinity_step_by_step() {
    let point = gallery("count_to_infinity.json", &[]).swap_remove(0);
    check_chain(
        &point,
        "B's cost to c came to infinity",
        0,
        &[
            "B's cost to c came to infinity, because A said 15",
            "A's cost to c became 15 by B, because B said 14",
            "B's cost to c became 14 by A, because A said 13",
            "A's cost to c became 13 by B, because B said 12",
            "B's cost to c became 12 by A, because A said 11",
            "A's cost to c became 11 by B, because B said 10",
            "B's cost to c became 10 by A, because A said 9",
            "A's cost to c became 9 by B, because B said 8",
            "B's cost to c became 8 by A, because A said 7",
            "A's cost to c became 7 by B, because B said 6",
            "B's cost to c became 6 by A, because A said 5",
            "A's cost to c became 5 by B, because B said 4",
            "B's cost to c became 4 by A: it had lost its neighbour C",
            "B noticed that its link to C was cut",
            "B-C was cut",
        ],
    );
    // The circle was closed when B turned to A, not by what was counted afterwards.
    check_chain(
        &point,
        "voice's datagram 900 ",
        0,
        &[
            "voice's datagram 900 was dropped at B: its time to live had run out",
            "packets to c went in a circle A -> B -> A …: A's table led to B, and B's to A",
            "B's cost to c became 4 by A: it had lost its neighbour C",
            "B noticed that its link to C was cut",
            "B-C was cut",
        ],
    );
    // The host at the start of it all: C tells B, and B tells A.
    check_chain(
        &point,
        "A's cost to c became 3",
        0,
        &[
            "A's cost to c became 3 by B, because B said 2",
            "B's cost to c became 2 by C, because C said 1",
            "c is attached to C, at cost 1",
            "C began to work",
        ],
    );
}

#[test]
fn news_of_links_are_followed_from_router_to_router() {
    let point = gallery("micro_loop.json", &[]).swap_remove(0);
    // B is next to C. A hears of D's end of the cable first: D is next to it.
    check_chain(
        &point,
        "B computed its ways anew: to d by A",
        0,
        &[
            "B computed its ways anew: to d by A, cost 41",
            "B heard from C that its links had changed",
            "C noticed that its link to D was cut",
            "C-D was cut",
        ],
    );
    check_chain(
        &point,
        "stream's datagram 5000 ",
        0,
        &["stream's datagram 5000 was sent into C->D, which was down", "C-D was cut"],
    );
}

#[test]
fn a_hijacked_packet_is_explained_by_the_route_that_lured_it() {
    let point = gallery("hijack_more_specific.json", &[]).swap_remove(0);
    // Level3 hears of the /24 from NTT at 80 ms, over 40 + 20 + 20 ms, and from PCCW itself at 100 ms, over 40 + 60.
    check_chain(
        &point,
        "Chicago's datagram 502 ",
        0,
        &[
            "Chicago's datagram 502 was thrown away at PakistanTelecom: its table says that packets to 208.65.153.0/24 end there",
            "at Comcast the route to 208.65.153.0/24 wins over that to 208.65.152.0/22: the longest prefix does",
            "Comcast learned a path to 208.65.153.0/24: Level3 NTT PCCW PakistanTelecom",
            "Level3 learned a path to 208.65.153.0/24: NTT PCCW PakistanTelecom",
            "NTT learned a path to 208.65.153.0/24: PCCW PakistanTelecom",
            "PCCW learned a path to 208.65.153.0/24: PakistanTelecom",
            "PakistanTelecom announced 208.65.153.0/24",
            "PakistanTelecom was told to announce 208.65.153.0/24",
        ],
    );
    check_chain(
        &point,
        "Level3 took the path PCCW",
        0,
        &[
            "Level3 took the path PCCW PakistanTelecom to 208.65.153.0/24 rather than NTT PCCW PakistanTelecom, by local preference",
            "PCCW learned a path to 208.65.153.0/24: PakistanTelecom",
            "PakistanTelecom announced 208.65.153.0/24",
            "PakistanTelecom was told to announce 208.65.153.0/24",
        ],
    );
}

#[test]
fn many_flows_at_once_are_named_together() {
    let point = gallery("dctcp_incast.json", &["expect=[]"]).swap_remove(1);
    check_chain(
        &point,
        "answer3's segment 11 ",
        0,
        &[
            "answer3's segment 11 was dropped at r1->r2: its queue was full (150 of 150 waited)",
            "150 packets of 36 flows waited at r1->r2",
            "36 flows sent at once: answer1, answer5, answer6 and 33 others, all of them in slow start",
        ],
    );
    // Marks come when the window of slow start has grown beyond what the path holds.
    let point = gallery("dctcp_incast.json", &["expect=[]"]).swap_remove(0);
    let outcome = recorded(&point);
    let explainer = Explainer::new(&point, &outcome).expect("it was recorded");
    let about = explainer.notable().find(|about| matches!(about, About::Cut(_))).expect("windows are cut for marks");
    let told: Vec<String> = explainer.chain(about).iter().map(|about| explainer.words(about)).collect();
    assert!(told[0].ends_with("packets had been marked (ECN)"), "{told:?}");
    assert_eq!(told[1], "r1->r2 marks packets that find more than 20 packets waiting (ECN)");
    assert!(told[2].contains("was in slow start"), "{told:?}");
}

/// Two nodes, `link` between them, and a flow `x`.
fn pair(link: &str, flow: &str, more: &str) -> RunPoint {
    let text = format!(
        r#"{{ "title": "a pair", "duration": "10 s", "topology": {{ "nodes": [ "a", "b" ], "links": [
             {{ "from": "a", "to": "b", "bandwidth": "10 Mbps", "delay": "5 ms", {link} }} ] }},
             "flows": [ {{ "name": "x", "from": "a", "to": "b", {flow} }} ] {more} }}"#
    );
    plan(&text).swap_remove(0)
}

#[test]
fn what_a_link_or_an_application_does_by_itself_is_a_root() {
    check_chain(
        &pair(
            r#""queue": { "drop_tail": "5 packets" }"#,
            r#""udp": { "constant": { "rate": "12 Mbps", "packet_size": "1500 B" } }"#,
            "",
        ),
        "x's datagram",
        0,
        // One comes each millisecond and takes 1.2: n finds ⌈n/6⌉ - 1 waiting, and 31 is the first to find five.
        &[
            "x's datagram 31 was dropped at a->b: its queue was full (5 of 5 waited)",
            "x sends 12 Mbps, more than the 10 Mbps that a->b carries",
        ],
    );
    check_chain(
        &pair(
            r#""loss": { "bernoulli": { "probability": 1 } }"#,
            r#""udp": { "constant": { "rate": "1 Mbps", "packet_size": "1500 B" } }"#,
            "",
        ),
        "x's datagram",
        0,
        &["x's datagram 0 was lost on a->b", "a->b loses packets at random, 100 % of them"],
    );
    check_chain(
        &pair(
            r#""bit_error_rate": 0.01"#,
            r#""udp": { "constant": { "rate": "1 Mbps", "packet_size": "1500 B" } }"#,
            "",
        ),
        "x's datagram",
        0,
        &["x's datagram 0 came to b with flipped bits, as its checksum showed", "a->b flips bits at random"],
    );
}

#[test]
fn a_syn_and_its_answer_can_be_lost_too() {
    check_chain(
        &pair(
            r#""queue": { "drop_tail": "5 packets" }, "loss": { "chosen": { "packets": [1] } }, "reverse": {}"#,
            r#""tcp": { "size": "3 kB" }"#,
            "",
        ),
        "x sent its SYN again",
        0,
        &[
            "x sent its SYN again: its timer of 1 s expired",
            "x's timer of 1 s expired: its SYN was not answered",
            "x's SYN was lost on a->b",
            "a->b was made to lose packet 1 that it carries",
        ],
    );
    check_chain(
        &pair(r#""reverse": { "loss": { "chosen": { "packets": [1] } } }"#, r#""tcp": { "size": "3 kB" }"#, ""),
        "x sent its SYN again",
        0,
        &[
            "x sent its SYN again: its timer of 1 s expired",
            "x's timer of 1 s expired: its SYN was not answered",
            "SYN was not lost: its ACK was",
            "x's SYN-ACK was lost on b->a",
            "b->a was made to lose packet 1 that it carries",
        ],
    );
}

#[test]
fn a_cable_that_is_cut_explains_what_it_took_and_what_found_no_way() {
    let cut = r#", "events": [ { "at": "1 s", "link_down": "a-b" } ]"#;
    let udp = r#""udp": { "constant": { "rate": "1 Mbps", "packet_size": "1250 B" } }"#;
    // One each 10 ms, and a millisecond to send it: that of 1 s would be sent into the cable, which the oracle knows.
    check_chain(
        &pair(r#""mtu": "1500 B""#, udp, cut),
        "x's datagram",
        0,
        &["x's datagram 100 was dropped at a: its table had no way to b", "a-b was cut"],
    );
}

#[test]
fn go_back_n_sends_all_again_for_one() {
    let point = gallery("go_back_n_vs_selective_repeat.json", &[]).swap_remove(0);
    check_chain(
        &point,
        "go-back-n sent packet 201 again",
        0,
        &[
            "go-back-n sent packet 201 again: all is sent again from packet 199 on",
            "go-back-n's timer of 59.5 ms expired: packet 199 was not acknowledged",
            "go-back-n's packet 199 was lost on alice->bob",
            "alice->bob was made to lose segment 200 of go-back-n, segment 500 of go-back-n and segment 800 of go-back-n",
        ],
    );
}

fn why(arguments: &[&str]) -> (i32, String, String) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::cargo_bin("netsim").unwrap().current_dir(folder).arg("why").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn why_tells_one_sentence_and_the_chain() {
    let (code, told, complaint) = why(&["lost_ack.json", "--flow", "the last one"]);
    assert_eq!((code, complaint.as_str()), (0, ""));
    let expected = "\
the last one sent segment 4 again: its timer of 1 s expired. In the end: d->c was made to lose packet 5 that it carries.

1. 1.200037 s  the last one sent segment 4 again: its timer of 1 s expired
2. 1.200037 s  the last one's timer of 1 s expired: its window fell from 10 to 1 packet
3. 0.200049 s  segment 4 was not lost: its ACK was
4. 0.200049 s  an ACK of the last one was lost on d->c
5. 0.000000 s  d->c was made to lose packet 5 that it carries
";
    assert_eq!(told, expected);
    // Before the timer expired the last thing was the loss.
    let (code, told, _) = why(&["lost_ack.json", "--flow", "the last one", "--at", "1 s"]);
    assert!(code == 0 && told.starts_with("An ACK of the last one was lost on d->c. In the end: "), "{told}");
}

#[test]
fn why_explains_a_route_as_json() {
    let (code, told, _) =
        why(&["count_to_infinity.json", "--router", "B", "--destination", "c", "--at", "20.5s", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&told).unwrap();
    let words: Vec<&str> =
        document["chain"].as_array().unwrap().iter().map(|link| link["words"].as_str().unwrap()).collect();
    assert_eq!(code, 0);
    assert_eq!(words[0], "B's cost to c became 6 by A, because A said 5");
    assert_eq!((words.last(), words.len()), (Some(&"B-C was cut"), 5));
    assert_eq!((&document["at_s"], &document["router"]), (&serde_json::json!(20.5), &serde_json::json!("B")));
}

#[test]
fn why_says_when_there_is_nothing_to_explain() {
    let nothing = |arguments: &[&str], expected: &str| {
        let (code, told, complaint) = why(arguments);
        assert_eq!((code, told.as_str(), complaint.as_str()), (0, expected, ""), "{arguments:?}");
    };
    nothing(
        &["lost_ack.json", "--flow", "the last one", "--at", "100 ms"],
        "Nothing of the last one was dropped, sent again or cut until 100 ms.\n",
    );
    nothing(&["lost_ack.json", "--at", "100 ms"], "Nothing was dropped, sent again, cut or rerouted until 100 ms.\n");
    nothing(
        &[
            "udp_versus_tcp.json",
            "--router",
            "r1",
            "--set",
            "duration=1 s",
            "--set",
            "flows[1].start=0.5 s",
            "--set",
            "flows[1].stop=0.6 s",
            "--set",
            "expect=[]",
        ],
        "In this experiment routers do not tell each other of routes: their tables are given to them.\n",
    );
}

#[test]
fn why_refuses_what_there_is_not_and_says_what_is_near() {
    let refused = |arguments: &[&str], code: i32, expected: &str| {
        let (ended, told, complaint) = why(arguments);
        assert_eq!((ended, told.as_str()), (code, ""), "{arguments:?}: {complaint}");
        assert!(complaint.contains(expected), "{arguments:?}: {complaint}");
    };
    refused(&["lost_ack.json", "--flow", "the last on"], 2, "unknown flow `the last on`, did you mean `the last one`?");
    refused(&["count_to_infinity.json", "--router", "b"], 2, "unknown router `b`, did you mean `B`?");
    refused(&["count_to_infinity.json", "--router", "B", "--destination", "cc"], 2, "unknown destination `cc`");
    refused(&["lost_ack.json", "--at", "3 s"], 2, "3 s is beyond the end of the run, 2 s");
    refused(&["lost_ack.json", "--at", "soon"], 2, "expected a time");
    refused(&["lost_ack.json", "--destination", "a"], 2, "--router");
    refused(&["lost_ack.json", "--set", "duration=now"], 3, "duration");
    refused(&["no_such_file.json"], 4, "no_such_file.json");
}

#[test]
fn of_a_very_long_chain_people_get_the_ends_and_programs_all() {
    let file = ["bgp_bad_gadget.json", "--router", "1"];
    let (code, said, _) = why(&file);
    assert_eq!(code, 0);
    // A sentence, an empty line, twenty links, how many are left out, twenty links.
    assert_eq!(said.lines().count(), 2 + 20 + 1 + 20, "{said}");
    let (_, document, _) = why(&[&file[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let links = document["chain"].as_array().expect("a chain").len();
    assert!(links > 100 && said.contains(&format!("… {} more", links - 40)), "{links} links");
}
