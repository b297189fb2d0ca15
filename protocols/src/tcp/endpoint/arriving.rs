//! Segments of a connection that is being opened, used or closed (RFC 9293 §3.10.7.4).

use super::*;

impl Endpoint {
    /// RFC 9293 §3.10.7.4: all states from SYN-RECEIVED on.
    #[inline]
    pub(super) fn on_segment(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, len: u32, ecn: Ecn) {
        let flags = header.flags;
        if self.stamps.is_on && !self.has_good_stamps(ctx, header) {
            return;
        }
        // First, the sequence number.
        let start = self.receiver.numbering.position(header.sequence, self.receiver.next());
        let sequence_len = u64::from(wire::sequence_len(header, len));
        let Some(start) = start.filter(|&start| self.receiver.is_acceptable(start, sequence_len)) else {
            self.on_unacceptable(ctx, header, start, len);
            return;
        };
        if self.stamps.is_on
            && let Some(stamps) = header.sack.timestamps()
        {
            self.stamps.on_segment(stamps.value, start, self.receiver.last_ack_sent(), ctx.now());
        }
        // Second, RST: only the exact number resets; others may be forged (RFC 5961 §3.2).
        if flags.has(TcpFlags::RST) {
            if start == self.receiver.next() {
                self.on_reset(ctx);
            } else {
                self.send_ack(ctx);
            }
            return;
        }
        // Fourth, a SYN in the window: a challenge ACK (RFC 5961 §4.2).
        if flags.has(TcpFlags::SYN) {
            self.send_ack(ctx);
            return;
        }
        // Fifth, the ACK field.
        if !flags.has(TcpFlags::ACK) {
            return;
        }
        let is_pure = sequence_len == 0;
        let Some(progress) = self.on_acknowledgment(ctx, header, start, is_pure) else { return };
        // Seventh, the data, and eighth, the FIN.
        if !is_pure {
            let ends_run = len > 0 && self.echo.is_on() && self.note_marks(ctx, ecn, flags);
            self.on_data(ctx, start, len, flags.has(TcpFlags::FIN));
            if ends_run {
                self.owed = AckNeed::Now;
            }
        }
        self.flush(ctx, progress);
    }

    /// What a segment with data does to the echo of marks. True if a run of marked or unmarked segments ends before it.
    fn note_marks(&mut self, ctx: &mut Ctx<'_>, ecn: Ecn, flags: TcpFlags) -> bool {
        let turn = self.echo.turn(ecn);
        if turn == Turn::Run && !self.receiver.is_acked() {
            self.send_ack(ctx);
        }
        self.echo.on_data(ecn, flags);
        turn == Turn::Run
    }

    /// Whether a segment may be looked at. A RST always may: no stamp is needed to end a connection (RFC 7323 §5.2).
    fn has_good_stamps(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader) -> bool {
        if header.flags.has(TcpFlags::RST) {
            return true;
        }
        // One without the option that was agreed on is dropped in silence (§3.2).
        let Some(stamps) = header.sack.timestamps() else { return false };
        if self.stamps.is_old(stamps.value, ctx.now()) {
            self.stats.old_packets += 1;
            self.send_ack(ctx);
            return false;
        }
        true
    }

    pub(super) fn on_unacceptable(&mut self, ctx: &mut Ctx<'_>, header: &TcpHeader, start: Option<u64>, len: u32) {
        let flags = header.flags;
        if flags.has(TcpFlags::RST) {
            return;
        }
        if len > 0 {
            self.stats.duplicate_packets += 1;
        }
        // A FIN again: its acknowledgment was lost (RFC 9293 §3.10.7.4, eighth).
        if self.state == State::TimeWait && flags.has(TcpFlags::FIN) {
            self.set_wait(ctx, Wait::Quiet, self.rare.config.time_wait);
        }
        // With a closed window no data is acceptable, but its ACK field is (RFC 9293 §3.10.7.4, first).
        let is_probe = start == Some(self.receiver.next()) && !flags.has(TcpFlags::SYN) && flags.has(TcpFlags::ACK);
        self.owed = AckNeed::Now;
        if is_probe {
            let next = self.receiver.next();
            if let Some(progress) = self.on_acknowledgment(ctx, header, next, false) {
                self.flush(ctx, progress);
            }
        } else {
            self.send_ack(ctx);
        }
    }

    /// None if the segment is not to be looked at further.
    #[inline]
    pub(super) fn on_acknowledgment(
        &mut self,
        ctx: &mut Ctx<'_>,
        header: &TcpHeader,
        sequence: u64,
        is_pure: bool,
    ) -> Option<Progress> {
        let ack = self.sender.numbering.position(header.acknowledgment, self.sender.una());
        if self.state == State::SynReceived {
            if ack != Some(1) {
                self.refuse(ctx, header, 0);
                return None;
            }
            let window = u64::from(header.window) << self.peer_shift();
            self.on_established(ctx, sequence, window, Some(header.window));
            return Some(Progress::Acked);
        }
        // One from before our SYN is as old as can be.
        let ack = ack.unwrap_or(0);
        if ack > self.sender.highest_sent() {
            self.send_ack(ctx);
            return None;
        }
        // Only of new data they measure anything.
        let measures = self.stamps.is_on && ack > self.sender.una();
        let stamps = if measures { header.sack.timestamps() } else { None };
        let acknowledgment = Acknowledgment {
            ack,
            sequence,
            window: header.window,
            sack: &header.sack,
            is_pure,
            has_echo: header.flags.has(TcpFlags::ECE),
            stamp_age: stamps.map(|stamps| self.stamps.age(stamps.echo, ctx.now())),
            one_way_delay: stamps.and_then(|stamps| self.stamps.one_way_delay(stamps)),
        };
        let progress = self.sender.on_ack(&acknowledgment, ctx.now(), &mut self.stats);
        if progress == Progress::Acked {
            self.probes = 0;
            self.note_completion(ctx.now());
            if self.sender.is_fin_acked() {
                self.on_fin_acked(ctx);
            }
        }
        Some(progress)
    }

    pub(super) fn peer_shift(&self) -> u8 {
        let scales = self.rare.config.window_scaling;
        self.rare.peer.window_scale.filter(|_| scales).unwrap_or(0).min(14)
    }

    #[inline]
    pub(super) fn note_completion(&mut self, now: Time) {
        if self.stats.completed_at.is_none() && self.sender.is_complete() {
            self.stats.completed_at = Some(now);
        }
    }

    #[inline]
    pub(super) fn on_data(&mut self, ctx: &mut Ctx<'_>, start: u64, len: u32, has_fin: bool) {
        match self.state {
            State::Established | State::FinWait1 | State::FinWait2 => {}
            // The peer has sent its FIN: nothing can follow it.
            State::Closed
            | State::Listen
            | State::SynSent
            | State::SynReceived
            | State::CloseWait
            | State::Closing
            | State::LastAck
            | State::TimeWait => {
                self.owed = AckNeed::Now;
                return;
            }
        }
        let arrival = self.receiver.on_segment(start, start + u64::from(len), has_fin);
        self.owed = self.owed.max(arrival.need);
        match arrival.kind {
            ArrivalKind::InOrder(bytes) => self.on_in_order(ctx, bytes),
            ArrivalKind::OutOfOrder => self.stats.out_of_order_packets += u64::from(len > 0),
            ArrivalKind::Duplicate => self.stats.duplicate_packets += u64::from(len > 0),
        }
    }

    pub(super) fn on_in_order(&mut self, ctx: &mut Ctx<'_>, bytes: u64) {
        match self.reader {
            Reader::AtOnce => self.read(ctx, bytes),
            Reader::AtRate(_) => self.read_later(ctx),
            Reader::Never => {}
        }
        if self.receiver.has_fin() {
            match self.state {
                State::Established => self.state = State::CloseWait,
                State::FinWait1 => self.state = State::Closing,
                State::FinWait2 => self.enter_time_wait(ctx),
                State::Closed
                | State::Listen
                | State::SynSent
                | State::SynReceived
                | State::CloseWait
                | State::Closing
                | State::LastAck
                | State::TimeWait => {}
            }
            self.close_after_peer();
        }
    }

    #[inline]
    pub(super) fn read(&mut self, ctx: &mut Ctx<'_>, most: u64) {
        let now = ctx.now();
        let bytes = self.receiver.read(most);
        if bytes > 0 {
            self.stats.delivered_bytes += bytes;
            self.stats.first_delivery = self.stats.first_delivery.or(Some(now));
            self.stats.last_delivery = Some(now);
            if self.speaker.is_some() {
                self.on_heard(ctx, bytes);
            }
        }
    }

    /// The slow reader takes the time a segment has at its rate.
    pub(super) fn read_later(&mut self, ctx: &mut Ctx<'_>) {
        let chunk = self.receiver.unread().min(self.sender.mss());
        if let Reader::AtRate(rate) = self.reader
            && chunk > 0
            && !self.is_reading
        {
            self.is_reading = true;
            ctx.set_timer(Timer::Read, ctx.now() + rate.serialization_delay(sim_core::units::Bytes(chunk)));
        }
    }

    /// The application has read all, and the end: one that waits for its peer closes now.
    pub(super) fn close_after_peer(&mut self) {
        let workload = self.rare.workload;
        let owes = self.speaker.as_ref().is_some_and(|speaker| speaker.owes());
        if self.receiver.has_fin() && self.receiver.unread() == 0 && workload.then == Then::KeepOpen && !owes {
            self.sender.close();
        }
    }
}
