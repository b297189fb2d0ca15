//! A port nobody listens on.

use sim_core::agent::{Agent, Ctx};
use sim_core::packet::{Body, Endpoints, Packet};

use super::wire;

/// Answers every segment but a RST with a RST (RFC 9293 §3.10.7.1). A host puts one behind all its unused ports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClosedPort {
    packets: u64,
    bytes: u64,
}

impl ClosedPort {
    /// Packets that have arrived, and their bytes at the network layer.
    pub fn received(&self) -> (u64, u64) {
        (self.packets, self.bytes)
    }
}

impl Agent for ClosedPort {
    fn on_packet(&mut self, ctx: &mut Ctx<'_>, packet: Packet) {
        self.packets += 1;
        self.bytes += u64::from(packet.size);
        let Body::Tcp(header) = &packet.body else { return };
        let ends = Endpoints {
            flow: packet.flow,
            local: packet.destination,
            local_port: packet.destination_port,
            remote: packet.source,
            remote_port: packet.source_port,
            flow_hash: packet.flow_hash,
        };
        if let Some(reset) = wire::reset_for(&ends, header, wire::data_len(packet.size, header)) {
            ctx.send(reset);
        }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::harness::Harness;
    use sim_core::ids::FlowId;
    use sim_core::packet::{Address, SynOptions, TcpFlags, TcpHeader};

    use super::*;

    fn answer(header: TcpHeader, data: u32) -> Option<TcpHeader> {
        let ends = Endpoints {
            flow: FlowId(1),
            local: Address(1),
            local_port: 4_000,
            remote: Address(2),
            remote_port: 80,
            flow_hash: 7,
        };
        let mut bench = Harness::new();
        let sent = bench.call(|ctx| ClosedPort::default().on_packet(ctx, wire::packet(&ends, header, data)));
        assert!(sent.iter().all(|packet| packet.destination == Address(1) && packet.destination_port == 4_000));
        sent.first().map(|packet| match &packet.body {
            Body::Tcp(header) => *header,
            Body::Udp(_) | Body::Rdt(_) | Body::Control(_) => panic!("TCP answers with TCP"),
        })
    }

    #[test]
    fn a_syn_is_answered_by_a_reset_that_acknowledges_it() {
        let syn = TcpHeader {
            sequence: u32::MAX,
            flags: TcpFlags::SYN,
            syn: Some(SynOptions::default()),
            ..TcpHeader::default()
        };
        let reset = answer(syn, 0).unwrap();
        assert_eq!((reset.flags, reset.sequence, reset.acknowledgment), (TcpFlags::RST | TcpFlags::ACK, 0, 0));
    }

    #[test]
    fn a_segment_with_an_ack_is_answered_by_a_reset_at_that_number() {
        let data = TcpHeader {
            sequence: 5,
            acknowledgment: 900,
            flags: TcpFlags::ACK | TcpFlags::PSH,
            ..TcpHeader::default()
        };
        let reset = answer(data, 100).unwrap();
        assert_eq!((reset.flags, reset.sequence), (TcpFlags::RST, 900));
    }

    #[test]
    fn a_reset_is_never_answered() {
        assert_eq!(answer(TcpHeader { flags: TcpFlags::RST, ..TcpHeader::default() }, 0), None);
    }
}
