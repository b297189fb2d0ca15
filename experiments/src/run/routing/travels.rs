//! The way of every packet of the flows: whether it comes to a node again, and how long it takes from end to end.

use std::collections::BTreeMap;

use sim_core::ids::{FlowId, NodeId};
use sim_core::packet::PacketId;
use sim_core::time::Time;
use sim_core::trace::{Record, What};
use smallvec::SmallVec;

/// What a record tells that phases want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A packet came again to a node, over so many hops; whether for the first time.
    Loop { hops: u64, is_first: bool },
    /// Nothing worth noting.
    Nothing,
}

/// The packets under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Travels {
    packets: BTreeMap<PacketId, Travel>,
    /// Sum of the times from end to end in picoseconds, and how many.
    latency: (u128, u64),
    /// The last packet's time of each flow and sender, for the differences between two in a row.
    last: BTreeMap<(FlowId, u32), u64>,
    /// Sum of these differences in picoseconds, and how many.
    jitter: (u128, u64),
}

/// A packet under way.
#[derive(Clone, Debug)]
struct Travel {
    sent: Time,
    /// The nodes it came by, with circles taken out.
    way: SmallVec<[NodeId; 8]>,
    has_looped: bool,
}

impl Travels {
    /// Takes the next record.
    pub(crate) fn on_record(&mut self, record: &Record) -> Told {
        match record.what {
            What::Sent => {
                let way = SmallVec::from_slice(&[record.node]);
                self.packets.insert(record.packet, Travel { sent: record.time, way, has_looped: false });
            }
            What::Arrived { .. } => return self.on_arrival(record),
            What::Delivered => {
                if let Some(travel) = self.packets.remove(&record.packet) {
                    let took = record.time.since(travel.sent).picos();
                    self.latency.0 += u128::from(took);
                    self.latency.1 += 1;
                    if let Some(before) = self.last.insert((record.flow, record.packet.origin), took) {
                        self.jitter.0 += u128::from(took.abs_diff(before));
                        self.jitter.1 += 1;
                    }
                }
            }
            What::Dropped { .. } => {
                self.packets.remove(&record.packet);
            }
        }
        Told::Nothing
    }

    fn on_arrival(&mut self, record: &Record) -> Told {
        let Some(travel) = self.packets.get_mut(&record.packet) else { return Told::Nothing };
        match travel.way.iter().position(|&node| node == record.node) {
            None => travel.way.push(record.node),
            // A copy made by a link that duplicates: the packet has not moved.
            Some(at) if at + 1 == travel.way.len() => {}
            Some(at) => {
                let hops = (travel.way.len() - at) as u64;
                travel.way.truncate(at + 1);
                let is_first = !std::mem::replace(&mut travel.has_looped, true);
                return Told::Loop { hops, is_first };
            }
        }
        Told::Nothing
    }

    /// Mean time from end to end, and mean difference between two packets in a row, in seconds.
    pub(crate) fn means(&self) -> (Option<f64>, Option<f64>) {
        let mean = |(sum, count): (u128, u64)| (count > 0).then(|| sum as f64 / count as f64 / 1e12);
        (mean(self.latency), mean(self.jitter))
    }
}

#[cfg(test)]
mod tests {
    use sim_core::ids::LinkId;
    use sim_core::packet::{DropReason, UdpHeader, UdpKind};
    use sim_core::trace::{Header, Place};

    use super::*;

    fn record(micros: u64, node: u32, what: What) -> Record {
        let header = UdpHeader { sequence: 0, timestamp: Time::ZERO, kind: UdpKind::Data };
        Record {
            time: Time::from_picos(micros * 1_000_000),
            node: NodeId(node),
            what,
            packet: PacketId { origin: 7, number: 0 },
            flow: FlowId(0),
            segment: 0,
            copy: 0,
            size: 100,
            corrupted: false,
            header: Header::Udp(header),
        }
    }

    fn arrived(micros: u64, node: u32) -> Record {
        record(micros, node, What::Arrived { link: LinkId(0), queued_at: Time::ZERO })
    }

    #[test]
    fn circles_are_counted_by_the_hops_they_waste() {
        // 0 -> 1 -> 2 -> 1 -> 2 -> 3: from 1 to 2 and back is a circle of two hops.
        let mut travels = Travels::default();
        let records = [record(0, 0, What::Sent), arrived(1, 1), arrived(2, 2), arrived(3, 1), arrived(4, 2)];
        let told: Vec<Told> = records.iter().map(|record| travels.on_record(record)).collect();
        assert_eq!(told[..3], [Told::Nothing; 3]);
        assert_eq!(told[3..], [Told::Loop { hops: 2, is_first: true }, Told::Nothing]);
        assert_eq!(travels.on_record(&arrived(5, 3)), Told::Nothing);
        travels.on_record(&record(5, 3, What::Delivered));
        assert_eq!(travels.means(), (Some(5e-6), None));
    }

    #[test]
    fn jitter_is_the_mean_difference_of_packets_in_a_row() {
        let mut travels = Travels::default();
        for (sent, arrived) in [(0, 10), (20, 34), (40, 52)] {
            travels.on_record(&record(sent, 0, What::Sent));
            travels.on_record(&record(arrived, 1, What::Delivered));
        }
        // 10, 14 and 12 µs: differences 4 and 2.
        assert_eq!(travels.means(), (Some(12e-6), Some(3e-6)));
    }

    #[test]
    fn a_dropped_packet_is_forgotten() {
        let mut travels = Travels::default();
        travels.on_record(&record(0, 0, What::Sent));
        travels.on_record(&record(1, 0, What::Dropped { why: DropReason::NoRoute, place: Place::Node }));
        assert!(travels.packets.is_empty());
    }
}
