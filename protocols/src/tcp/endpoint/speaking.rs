//! An application that writes little by little.

use super::*;
use crate::tcp::app::Hearing;

impl Endpoint {
    /// The connection is established: who speaks first does so at this instant, after the handshake's ACK.
    pub(super) fn begin_speaking(&mut self, ctx: &mut Ctx<'_>) {
        if self.speaker.as_ref().is_some_and(|speaker| speaker.begins()) {
            ctx.set_timer(Timer::Speak, ctx.now());
        }
    }

    /// The application's time to write has come.
    pub(super) fn on_speak(&mut self, ctx: &mut Ctx<'_>) {
        let Some(speaker) = &mut self.speaker else { return };
        let turn = speaker.on_time(ctx.now());
        let mut pieces = turn.pieces().peekable();
        while let Some(bytes) = pieces.next() {
            self.sender.write_more(bytes);
            // The FIN goes with the last byte.
            if turn.is_last && pieces.peek().is_none() && self.rare.workload.then == Then::Close {
                self.sender.close();
            }
            self.flush(ctx, Progress::None);
        }
        if let Some(wait) = turn.next {
            ctx.set_timer(Timer::Speak, ctx.now() + wait);
        }
        self.close_after_peer();
        self.flush(ctx, Progress::None);
    }

    /// The application has read `bytes`. Few applications answer: this stays out of the way of those that only read.
    #[cold]
    pub(super) fn on_heard(&mut self, ctx: &mut Ctx<'_>, bytes: u64) {
        let Some(speaker) = &mut self.speaker else { return };
        match speaker.on_read(bytes, ctx.now(), &mut self.stats.responses) {
            Hearing::Nothing => {}
            Hearing::Speak(wait) => ctx.set_timer(Timer::Speak, ctx.now() + wait),
            Hearing::Satisfied => {
                if self.rare.workload.then == Then::Close {
                    self.sender.close();
                }
            }
        }
    }
}
