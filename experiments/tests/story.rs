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

/// The chain of the first thing that `is_it`, in words.
fn told(point: &RunPoint, outcome: &Outcome, is_it: impl Fn(&Explainer<'_>, &About) -> bool) -> Vec<String> {
    let explainer = Explainer::new(point, outcome).expect("it was recorded");
    let about = explainer.notable().find(|about| is_it(&explainer, about)).expect("there is one");
    explainer.chain(about).iter().map(|about| explainer.words(about)).collect()
}

#[test]
#[ignore = "prints chains to look at: LOOK names files"]
fn look() {
    let files = std::fs::read_to_string("/tmp/look").unwrap_or_default();
    for file in files.split_whitespace() {
        for point in gallery(file, &[]).iter().take(4) {
            let outcome = recorded(point);
            let explainer = Explainer::new(point, &outcome).expect("it was recorded");
            println!("== {file}");
            let mut kinds: BTreeMap<&str, Vec<About>> = BTreeMap::new();
            for about in explainer.notable() {
                if about.name() != "change" || explainer.time(&about) > Time::ZERO + Duration::from_secs(20) {
                    kinds.entry(about.name()).or_default().push(about);
                }
            }
            for list in kinds.values() {
                for at in [0, 1, list.len() / 4, list.len() / 3, list.len() / 2, list.len() - 1] {
                    let Some(about) = list.get(at) else { continue };
                    for about in explainer.chain(about.clone()) {
                        println!("   {:.6} {}", explainer.time(&about).as_secs_f64(), explainer.words(&about));
                    }
                    println!();
                }
            }
        }
    }
}

fn why(arguments: &[&str]) -> (i32, String, String) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::cargo_bin("netsim").unwrap().current_dir(folder).arg("why").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
