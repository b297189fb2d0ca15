//! The end of a connection: FIN, RST, TIME-WAIT (RFC 9293 §3.6).

use super::*;

impl Endpoint {
    pub(super) fn on_fin_acked(&mut self, ctx: &mut Ctx<'_>) {
        match self.state {
            State::FinWait1 => {
                self.state = State::FinWait2;
                self.clear_wait(ctx);
            }
            State::Closing => self.enter_time_wait(ctx),
            State::LastAck => self.end(ctx, CloseReason::Finished),
            State::Closed
            | State::Listen
            | State::SynSent
            | State::SynReceived
            | State::Established
            | State::FinWait2
            | State::CloseWait
            | State::TimeWait => {}
        }
    }

    pub(super) fn enter_time_wait(&mut self, ctx: &mut Ctx<'_>) {
        self.state = State::TimeWait;
        self.stats.closed_at = Some(ctx.now());
        self.stats.close_reason = Some(CloseReason::Finished);
        self.set_wait(ctx, Wait::Quiet, self.rare.config.time_wait);
    }

    pub(super) fn on_reset(&mut self, ctx: &mut Ctx<'_>) {
        match self.state {
            State::SynReceived => self.give_up_opening(ctx, CloseReason::Refused),
            State::TimeWait => self.end(ctx, CloseReason::Finished),
            State::Closed
            | State::Listen
            | State::SynSent
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck => self.end(ctx, CloseReason::Reset),
        }
    }

    pub(super) fn end(&mut self, ctx: &mut Ctx<'_>, reason: CloseReason) {
        self.state = State::Closed;
        self.stats.closed_at = self.stats.closed_at.or(Some(ctx.now()));
        self.stats.close_reason = self.stats.close_reason.or(Some(reason));
        self.owed = AckNeed::Never;
        self.is_ack_delayed = false;
        self.is_reading = false;
        self.is_pacing = false;
        self.clear_wait(ctx);
        ctx.cancel_timer(Timer::DelayedAck);
        ctx.cancel_timer(Timer::Read);
        ctx.cancel_timer(Timer::Pace);
        ctx.cancel_timer(Timer::Speak);
        self.speaker = None;
    }
}
