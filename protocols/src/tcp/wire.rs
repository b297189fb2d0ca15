//! Segments as packets: flags, options and their sizes on the wire.

use sim_core::packet::{Body, Endpoints, IPV4_HEADER, Packet, SynOptions, TCP_HEADER, TcpFlags, TcpHeader};

/// Bytes of options, padded to whole words: of a SYN 4 of MSS, 3 of window scale, 2 of SACK-permitted, 10 of time stamps
/// (RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2); else the SACK blocks and time stamps.
#[inline]
fn option_bytes(header: &TcpHeader) -> u32 {
    let Some(SynOptions { window_scale, sack_permitted, .. }) = header.syn else { return header.sack.wire_bytes() };
    let scale = if window_scale.is_some() { 3 } else { 0 };
    let sack = if sack_permitted { 2 } else { 0 };
    let stamps = if header.sack.timestamps().is_some() { 10 } else { 0 };
    (4_u32 + scale + sack + stamps).next_multiple_of(4)
}

/// A packet of `header` and `len` bytes of data.
#[inline]
pub fn packet(ends: &Endpoints, header: TcpHeader, len: u32) -> Packet {
    Packet::new(ends, IPV4_HEADER + TCP_HEADER + option_bytes(&header) + len, Body::Tcp(header))
}

/// The bytes of data in a packet with `header`.
#[inline]
pub fn data_len(size: u32, header: &TcpHeader) -> u32 {
    size.saturating_sub(IPV4_HEADER + TCP_HEADER + option_bytes(header))
}

/// What a SYN and a FIN count for beside the data (RFC 9293 §3.4, SEG.LEN).
#[inline]
pub(super) fn sequence_len(header: &TcpHeader, data_len: u32) -> u32 {
    data_len + u32::from(header.flags.has(TcpFlags::SYN)) + u32::from(header.flags.has(TcpFlags::FIN))
}

/// The answer to a segment of no connection, none to a RST (RFC 9293 §3.10.7.1).
pub(super) fn reset_for(ends: &Endpoints, header: &TcpHeader, data_len: u32) -> Option<Packet> {
    if header.flags.has(TcpFlags::RST) {
        return None;
    }
    let reset = if header.flags.has(TcpFlags::ACK) {
        TcpHeader { sequence: header.acknowledgment, flags: TcpFlags::RST, ..TcpHeader::default() }
    } else {
        TcpHeader {
            sequence: 0,
            acknowledgment: header.sequence.wrapping_add(sequence_len(header, data_len)),
            flags: TcpFlags::RST | TcpFlags::ACK,
            ..TcpHeader::default()
        }
    };
    Some(packet(ends, reset, 0))
}

#[cfg(test)]
mod tests {
    use sim_core::packet::Timestamps;

    use super::*;

    #[test]
    fn options_take_whole_words() {
        let syn = |window_scale, sack_permitted, has_stamps| {
            let syn = Some(SynOptions { mss: 1_460, window_scale, sack_permitted });
            let mut header = TcpHeader { syn, ..TcpHeader::default() };
            if has_stamps {
                header.sack.set_timestamps(Timestamps { value: 1, echo: 0 });
            }
            option_bytes(&header)
        };
        assert_eq!(syn(None, false, false), 4);
        assert_eq!(syn(None, true, false), 8);
        assert_eq!(syn(Some(7), false, false), 8);
        assert_eq!(syn(Some(7), true, false), 12);
        // 4 + 10 and 4 + 3 + 2 + 10: 20 bytes are what Linux sends.
        assert_eq!(syn(None, false, true), 16);
        assert_eq!(syn(Some(7), true, true), 20);
    }
}
