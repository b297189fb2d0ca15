//! What goes wrong is logged where it went wrong, of all flows, and logging changes nothing.

mod support;

use sim_core::ids::{FlowId, LinkId};
use sim_core::loss::{LossSpec, chosen};
use sim_core::network::DropTailForm;
use sim_core::packet::DropReason;
use sim_core::queue::{QueueLimit, QueueSpec};
use sim_core::script::Action;
use sim_core::simulation::Simulation;
use sim_core::time::{Duration, Time};
use sim_core::trace::{MishapLog, Mishaps, Place, What};
use sim_core::units::Rate;
use support::{Builder, Script, link};

/// Time, flow, packet, reason and place.
type Row = (u64, u32, u32, DropReason, Place);

fn rows(mishaps: &Mishaps) -> Vec<Row> {
    let row = |record: &sim_core::trace::Record| match record.what {
        What::Dropped { why, place } => {
            let millis = record.time.since(Time::ZERO).picos() / 1_000_000_000;
            Some((millis, record.flow.0, record.packet.number, why, place))
        }
        What::Sent | What::Arrived { .. } | What::Delivered => None,
    };
    mishaps.records.iter().filter_map(row).collect()
}

/// Two flows of `burst` packets at once, 1000 bytes each, over 1 Mbps and 10 ms into a queue of three. The cable is cut
/// at `cut`.
fn two_bursts(burst: usize, form: DropTailForm, cut: Option<Duration>, log: MishapLog) -> Simulation {
    let mut net = Builder::new(1);
    net.host("a");
    net.host("b");
    let queue = QueueSpec::DropTail(QueueLimit::Packets(3));
    let spec = sim_core::LinkSpec { queue, ..link(Rate::from_mbps(1), Duration::from_millis(10)) };
    net.cable("a", "b", &spec);
    for (flow, start) in [(0, 0), (1, 1)] {
        let departures = vec![(Duration::ZERO, 1000); burst];
        let start = Duration::from_millis(start);
        let ends = net.ends(flow, "a", "b");
        net.flow("a", "b", start, |_| Script { ends, departures, next: 0, started: Time::ZERO });
    }
    if let Some(cut) = cut {
        net.network.at(Time::ZERO + cut, Action::LinkDown(net.links["a->b"]));
    }
    net.network.set_drop_tail_form(form);
    let mut simulation = net.network.build().expect("a valid network");
    simulation.set_mishap_log(log);
    simulation.run_until(Time::ZERO + Duration::from_secs(1)).expect("time passes");
    simulation
}

#[test]
fn a_drop_names_its_queue_and_how_many_waited_there() {
    for form in [DropTailForm::Computed, DropTailForm::Explicit] {
        let mut simulation = two_bursts(3, form, None, MishapLog::On);
        let mishaps = simulation.take_mishaps();
        // Of the first burst one is transmitted and two wait; the second finds room for one more.
        let place = Place::Link { link: LinkId(0), waiting: 3 };
        let full = DropReason::QueueFull;
        assert_eq!(rows(&mishaps), [(1, 1, 1, full, place), (1, 1, 2, full, place)]);
        let [crowd] = &mishaps.crowds[..] else { panic!("one look is enough for drops in a row: {mishaps:?}") };
        assert_eq!((crowd.link, &crowd.flows[..]), (LinkId(0), &[(FlowId(0), 2), (FlowId(1), 1)][..]));
    }
}

#[test]
fn a_cut_logs_what_waited_and_what_was_being_sent() {
    for form in [DropTailForm::Computed, DropTailForm::Explicit] {
        let mut simulation = two_bursts(2, form, Some(Duration::from_millis(12)), MishapLog::On);
        let dropped = rows(&simulation.take_mishaps());
        // The first had left after 8 ms and arrives; the second was being sent, two more waited.
        let link = Some(LinkId(0));
        let told: Vec<_> = dropped.iter().map(|row| (row.0, row.1, row.2, row.3, row.4.link())).collect();
        let down = DropReason::LinkDown;
        assert_eq!(told, [(12, 0, 1, down, link), (12, 1, 0, down, link), (12, 1, 1, down, link)]);
    }
}

#[test]
fn a_loss_names_its_wire() {
    let mut net = Builder::new(1);
    net.host("a");
    net.host("b");
    let loss = LossSpec::Chosen(chosen::Config { packets: vec![2], ..chosen::Config::default() });
    let spec = sim_core::LinkSpec { loss: Some(loss), ..link(Rate::from_mbps(1), Duration::from_millis(10)) };
    net.cable("a", "b", &spec);
    let departures = vec![(Duration::ZERO, 1000); 3];
    net.flow("a", "b", Duration::ZERO, |ends| Script { ends, departures, next: 0, started: Time::ZERO });
    let mut simulation = net.network.build().expect("a valid network");
    simulation.set_mishap_log(MishapLog::On);
    simulation.run_until(Time::ZERO + Duration::from_secs(1)).expect("time passes");
    assert_eq!(rows(&simulation.take_mishaps()), [(26, 0, 1, DropReason::Lost, Place::Wire(LinkId(0)))]);
}

#[test]
fn logging_changes_nothing_and_off_logs_nothing() {
    let mut off = two_bursts(5, DropTailForm::Computed, None, MishapLog::Off);
    let mut on = two_bursts(5, DropTailForm::Computed, None, MishapLog::On);
    assert_eq!(off.fingerprint(), on.fingerprint());
    assert_eq!(off.take_mishaps(), Mishaps::default());
    assert_eq!(rows(&on.take_mishaps()).len() as u64, on.packets().dropped.total());
}
