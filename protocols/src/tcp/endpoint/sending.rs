//! What goes out: data, acknowledgments, and the timer that waits for the answer.

use super::*;

impl Endpoint {
    /// Sends what may be sent, sets the timer, and sees to the acknowledgment.
    #[inline]
    pub(super) fn flush(&mut self, ctx: &mut Ctx<'_>, progress: Progress) {
        // A duplicate ACK says so only if it carries no data (RFC 5681 §2), and data leaves no room for SACK blocks.
        if self.owed == AckNeed::Now && self.receiver.has_gaps() {
            self.send_ack(ctx);
        }
        // An end that only receives has nothing to look after here.
        let is_busy = self.wait != Wait::Nothing || !self.sender.is_idle();
        if is_busy && self.may_send() {
            while let Some(segment) = self.sender.next_segment(ctx.now()) {
                self.send_segment(ctx, segment);
            }
            self.update_wait(ctx, progress);
            if let Some(release) = self.sender.release()
                && !self.is_pacing
            {
                self.is_pacing = true;
                ctx.set_timer(Timer::Pace, release);
            }
        }
        match self.owed {
            AckNeed::Never => {}
            AckNeed::Now => self.send_ack(ctx),
            AckNeed::Soon => match self.ack_delay {
                None => self.send_ack(ctx),
                Some(delay) if !self.is_ack_delayed => {
                    self.is_ack_delayed = true;
                    ctx.set_timer(Timer::DelayedAck, ctx.now() + delay);
                }
                Some(_) => {}
            },
        }
    }

    #[inline]
    pub(super) fn may_send(&self) -> bool {
        match self.state {
            State::Established | State::CloseWait | State::FinWait1 | State::Closing | State::LastAck => true,
            State::Closed | State::Listen | State::SynSent | State::SynReceived | State::FinWait2 | State::TimeWait => {
                false
            }
        }
    }

    #[inline]
    pub(super) fn update_wait(&mut self, ctx: &mut Ctx<'_>, progress: Progress) {
        if self.sender.awaits_ack() {
            // RFC 6298, rules 5.1 and 5.3.
            let is_waiting = match self.wait {
                Wait::Acknowledgment | Wait::Reordering | Wait::Probe => true,
                Wait::Nothing | Wait::Window | Wait::Quiet => false,
            };
            let starts = !is_waiting || progress == Progress::Acked;
            if self.sender.detects_by_time() {
                self.update_early_wait(ctx, starts);
            } else if starts {
                self.set_wait(ctx, Wait::Acknowledgment, self.rto());
            }
        } else if self.sender.awaits_window() {
            if self.wait != Wait::Window || progress == Progress::Acked {
                // The first probe comes after one RTO, then ever more rarely (RFC 9293 §3.8.6.1).
                let config = &self.rare.config;
                let patience = (self.rto() * (1 << self.probes.min(16))).min(config.max_rto);
                self.set_wait(ctx, Wait::Window, patience);
            }
        } else if self.wait != Wait::Nothing {
            // RFC 6298, rule 5.2.
            self.clear_wait(ctx);
        }
        if self.wait != Wait::Window {
            self.probes = 0;
        }
    }

    /// The retransmission timeout, or what is to be done before it (RFC 8985 §8: one timer for all).
    fn update_early_wait(&mut self, ctx: &mut Ctx<'_>, rto_starts: bool) {
        if rto_starts {
            self.rto_at = ctx.now() + self.rto();
        }
        let (wait, until) = match self.sender.early_wait() {
            // A probe replaces a retransmission timeout that is nearer (RFC 8985 §7.2).
            Some((Wait::Probe, until)) => (Wait::Probe, until.min(self.rto_at)),
            Some((wait, until)) if until < self.rto_at => (wait, until),
            Some(_) | None => (Wait::Acknowledgment, self.rto_at),
        };
        if (wait, until) != (self.wait, self.wait_until) || rto_starts {
            self.wait_until = until;
            self.set_wait(ctx, wait, until.since(ctx.now()));
        }
    }

    #[inline]
    pub(super) fn set_wait(&mut self, ctx: &mut Ctx<'_>, wait: Wait, span: Duration) {
        self.wait = wait;
        ctx.set_timer(Timer::Wait, ctx.now() + span);
    }

    pub(super) fn clear_wait(&mut self, ctx: &mut Ctx<'_>) {
        self.wait = Wait::Nothing;
        ctx.cancel_timer(Timer::Wait);
    }

    #[inline]
    pub(super) fn send_segment(&mut self, ctx: &mut Ctx<'_>, segment: Outgoing) {
        let flags = if segment.has_fin { TcpFlags::ACK | TcpFlags::FIN } else { TcpFlags::ACK };
        let (ecn, cut) = self.sender.marks_of(&segment);
        let header = self.header(ctx, segment.start, flags | cut);
        let mut packet = wire::packet(&self.ends, header, segment.len);
        packet.ecn = ecn;
        packet.copy = segment.copy;
        if segment.len > 0 {
            packet.segment = (1 + (segment.start - 1) / self.sender.mss()) as u32;
            self.stats.data_packets_sent += 1;
            self.stats.data_bytes_sent += u64::from(segment.len);
        }
        if segment.copy > 1 {
            self.stats.retransmitted_packets += 1;
            self.stats.retransmitted_bytes += u64::from(segment.len);
        }
        self.stats.packets_sent += 1;
        ctx.send(packet);
        if segment.has_fin {
            match self.state {
                State::Established => self.state = State::FinWait1,
                State::CloseWait => self.state = State::LastAck,
                // Sent again.
                State::FinWait1 | State::Closing | State::LastAck => {}
                State::Closed
                | State::Listen
                | State::SynSent
                | State::SynReceived
                | State::FinWait2
                | State::TimeWait => unreachable!("a FIN is sent while sending is allowed"),
            }
        }
    }

    /// A segment that only acknowledges.
    pub(super) fn send_ack(&mut self, ctx: &mut Ctx<'_>) {
        let mut header = self.header(ctx, self.sender.max(), TcpFlags::ACK);
        if self.receiver.has_gaps() && self.rare.config.sack && self.rare.peer.sack_permitted {
            self.receiver.report_gaps(&mut header.sack);
        }
        self.stats.packets_sent += 1;
        ctx.send(wire::packet(&self.ends, header, 0));
    }

    /// The header of a segment at `start`, which acknowledges all there is to acknowledge.
    #[inline]
    pub(super) fn header(&mut self, ctx: &mut Ctx<'_>, start: u64, flags: TcpFlags) -> TcpHeader {
        self.owed = AckNeed::Never;
        if self.is_ack_delayed {
            self.is_ack_delayed = false;
            ctx.cancel_timer(Timer::DelayedAck);
        }
        let mut sack = SackBlocks::default();
        if self.stamps.is_on {
            sack.set_timestamps(self.stamps.option(ctx.now()));
        }
        TcpHeader {
            sequence: self.sender.numbering.wire(start),
            acknowledgment: self.receiver.numbering.wire(self.receiver.next()),
            window: self.receiver.advertise(),
            flags: flags | self.echo.flags(),
            syn: None,
            sack,
        }
    }

    /// Answers a segment that belongs to no connection of ours.
    pub(super) fn refuse(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32) {
        if let Some(reset) = wire::reset_for(&self.ends, header, len) {
            self.stats.packets_sent += 1;
            ctx.send(reset);
        }
    }
}
