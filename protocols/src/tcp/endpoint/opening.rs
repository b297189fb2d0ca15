//! The handshake (RFC 9293 §3.5).

use super::*;

impl Endpoint {
    /// The number of our SYN.
    pub(super) fn choose_isn(&mut self, ctx: &mut Ctx<'_>) {
        let isn = self.rare.config.isn.unwrap_or_else(|| ctx.random().bits() as u32);
        self.sender = Sender::new(Numbering { isn: SeqNum(isn) }, &self.rare.config);
        let workload = self.rare.workload;
        self.sender.write(workload.bytes);
        if workload.bytes.is_some() && workload.dialogue.is_none() && workload.then == Then::Close {
            self.sender.close();
        }
        self.stats.opened_at = Some(ctx.now());
    }

    pub(super) fn send_syn(&mut self, ctx: &mut Ctx<'_>) {
        let config = &self.rare.config;
        let is_answer = self.state == State::SynReceived;
        // What the peer's SYN did not offer is not answered (RFC 7323 §2.2, RFC 2018 §2).
        let peer = &self.rare.peer;
        let offers_scale = config.window_scaling && (!is_answer || peer.window_scale.is_some());
        let offers_sack = config.sack && (!is_answer || peer.sack_permitted);
        let takes_marks = config.ecn_mode() != EcnMode::Off;
        let flags = if is_answer {
            let accepts = takes_marks && self.rare.peer_takes_marks;
            TcpFlags::SYN | TcpFlags::ACK | if accepts { TcpFlags::ECE } else { TcpFlags::default() }
        } else {
            TcpFlags::SYN | if takes_marks { ecn::OFFER } else { TcpFlags::default() }
        };
        let mut sack = SackBlocks::default();
        if config.timestamps && (!is_answer || self.stamps.is_on) {
            sack.set_timestamps(self.stamps.option(ctx.now()));
        }
        let header = TcpHeader {
            sequence: self.sender.numbering.wire(0),
            acknowledgment: if is_answer { self.receiver.numbering.wire(self.receiver.next()) } else { 0 },
            // Never scaled in a SYN (RFC 7323 §2.2).
            window: config.receive_buffer.get().min(UNSCALED_WINDOW) as u16,
            flags,
            syn: Some(SynOptions {
                mss: config.mss.get() as u16,
                window_scale: offers_scale.then(|| config.window_shift()),
                sack_permitted: offers_sack,
            }),
            sack,
        };
        self.stats.packets_sent += 1;
        let mut packet = wire::packet(&self.ends, header, 0);
        packet.copy = u8::try_from(1 + self.rare.syn_retransmissions).unwrap_or(u8::MAX);
        ctx.send(packet);
        self.set_wait(ctx, Wait::Acknowledgment, self.rto());
    }

    /// A SYN arrived: the peer's stream begins.
    pub(super) fn on_syn(&mut self, now: Time, header: &TcpHeader) {
        let flags = header.flags;
        self.rare.peer_takes_marks =
            if flags.has(TcpFlags::ACK) { ecn::is_acceptance(flags) } else { ecn::is_offer(flags) };
        let config = &self.rare.config;
        self.rare.peer = header.syn.unwrap_or_default();
        let scales = config.window_scaling && self.rare.peer.window_scale.is_some();
        let stamps = header.sack.timestamps().filter(|_| config.timestamps);
        self.stamps.is_on = stamps.is_some();
        if let Some(stamps) = stamps {
            self.stamps.take(stamps.value, now);
        }
        let mss = effective_mss(config, &self.rare.peer, self.stamps.is_on);
        let numbering = Numbering { isn: SeqNum(header.sequence) };
        self.receiver = Receiver::new(numbering, receiver_setup(config, mss, scales));
    }

    /// RFC 9293 §3.10.7.2.
    pub(super) fn on_packet_in_listen(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        let flags = header.flags;
        if flags.has(TcpFlags::RST) {
            return;
        }
        if flags.has(TcpFlags::ACK) {
            self.refuse(ctx, header, len);
        } else if flags.has(TcpFlags::SYN) {
            self.choose_isn(ctx);
            self.on_syn(ctx.now(), header);
            self.state = State::SynReceived;
            self.rare.syn_sent_at = ctx.now();
            self.send_syn(ctx);
        }
    }

    /// RFC 9293 §3.10.7.3.
    pub(super) fn on_packet_in_syn_sent(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        let flags = header.flags;
        let has_ack = flags.has(TcpFlags::ACK);
        if has_ack && self.sender.numbering.position(header.acknowledgment, 1) != Some(1) {
            self.refuse(ctx, header, len);
            return;
        }
        if flags.has(TcpFlags::RST) {
            if has_ack {
                self.end(ctx, CloseReason::Refused);
            }
            return;
        }
        if !flags.has(TcpFlags::SYN) {
            return;
        }
        self.on_syn(ctx.now(), header);
        if has_ack {
            // The window of a SYN-ACK is not scaled, nor to be compared with later ones.
            self.on_established(ctx, 0, u64::from(header.window), None);
            self.owed = AckNeed::Now;
            self.flush(ctx, Progress::Acked);
        } else {
            // Both opened at once (RFC 9293 §3.5, figure 7).
            self.state = State::SynReceived;
            self.send_syn(ctx);
        }
    }

    /// Our SYN was acknowledged by a segment at `sequence` with this `window`.
    pub(super) fn on_established(&mut self, ctx: &mut Ctx<'_>, sequence: u64, window: u64, field: Option<u16>) {
        let seed = if self.sender.control().wants_rate_samples() { ctx.random().bits() } else { 0 };
        let rare = &self.rare;
        let resent = rare.syn_retransmissions;
        let scales = rare.config.window_scaling && rare.peer.window_scale.is_some();
        let ecn = if rare.peer_takes_marks { rare.config.ecn_mode() } else { EcnMode::Off };
        self.echo = Echo::new(ecn);
        let setup = SenderSetup {
            ecn,
            mss: effective_mss(&rare.config, &rare.peer, self.stamps.is_on),
            sack: rare.config.sack && rare.peer.sack_permitted,
            // 14 is the largest shift allowed (RFC 7323 §2.3).
            shift: rare.peer.window_scale.filter(|_| scales).unwrap_or(0).min(14),
            syn_retransmissions: resent,
            syn_rtt: (resent == 0).then(|| ctx.now() - rare.syn_sent_at),
            now: ctx.now(),
            seed,
            sequence,
            ack: 1,
            window,
            field,
        };
        self.sender.on_established(&setup, &rare.config);
        self.state = State::Established;
        self.stats.established_at = Some(ctx.now());
        self.clear_wait(ctx);
        self.begin_speaking(ctx);
    }

    pub(super) fn on_syn_timeout(&mut self, ctx: &mut Ctx<'_>) {
        let rare = &mut self.rare;
        rare.syn_retransmissions += 1;
        if rare.syn_retransmissions > rare.config.max_syn_retries {
            return self.give_up_opening(ctx, CloseReason::TimedOut);
        }
        self.stats.timeouts += 1;
        self.stats.syn_retransmissions += 1;
        self.sender.back_off();
        self.send_syn(ctx);
    }

    /// A passive open goes back to where it came from (RFC 9293 §3.10.7.4, second).
    pub(super) fn give_up_opening(&mut self, ctx: &mut Ctx<'_>, reason: CloseReason) {
        if self.rare.was_listening {
            self.clear_wait(ctx);
            self.rare.syn_retransmissions = 0;
            self.state = State::Listen;
        } else {
            self.end(ctx, reason);
        }
    }
}
