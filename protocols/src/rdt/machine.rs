//! What the three protocols have in common: the calls that a sender and a receiver answer, and what they may ask for.
//!
//! The machines know neither time nor packets. A message is its index, from 0, in what the application writes; on the
//! wire it is a sequence number. A simulation gives them a clock and a network, the model checker in the tests every order
//! of events that there can be.

/// The sending side of a protocol.
///
/// The textbook's `rdt_send` is split in two: the application writes messages ahead, and the surroundings ask for the
/// next packet whenever they can take one. A sender that may send at once whatever its window allows is asked until it
/// answers `None`.
pub trait Sender {
    /// How many timers it runs.
    const TIMERS: TimerKind;

    /// The message of the next packet to transmit, if there is one now; `written` messages are there to be sent.
    fn next_packet(&mut self, written: u64, timers: &mut impl Timers) -> Option<u64>;

    /// An ACK with this number has arrived. Returns the message it newly acknowledges, the last of them if several.
    fn on_ack(&mut self, number: u32, timers: &mut impl Timers) -> Option<u64>;

    /// The timer started for `message` has expired.
    fn on_timeout(&mut self, message: u64, timers: &mut impl Timers);

    /// The oldest message that is not acknowledged (`send_base`): all before it are.
    fn base(&self) -> u64;

    /// How many messages have been transmitted at least once (`nextseqnum`).
    fn sent(&self) -> u64;

    /// The sequence number of a message.
    fn number(&self, message: u64) -> u32;
}

/// How many timers a sender runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// One: starting it again moves it, whatever message it is for.
    One,
    /// One for each message.
    PerMessage,
}

/// What a sender asks of its clock.
pub trait Timers {
    /// `start_timer`: for a message, from now. Starting a running timer starts it afresh.
    fn start(&mut self, message: u64);
    /// `stop_timer`.
    fn stop(&mut self, message: u64);
}

/// The receiving side of a protocol.
pub trait Receiver {
    /// A packet with this number has arrived. `data` is the message it really carries, which only the application and
    /// the tests look at.
    fn on_packet(&mut self, number: u32, data: u64, upper: &mut impl Upper) -> Verdict;

    /// How many messages it has given to the application.
    fn delivered(&self) -> u64;
}

/// What a receiver asks of its surroundings.
pub trait Upper {
    /// `deliver_data`: hands a message to the application.
    fn deliver(&mut self, data: u64);
    /// `udt_send` of an ACK with this number, which stands for `message`.
    fn acknowledge(&mut self, number: u32, message: u64);
}

/// What a receiver did with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Handed to the application, with what waited behind it.
    Delivered,
    /// Kept until what is missing before it has come.
    Buffered,
    /// Thrown away: it had come before.
    Repeated,
    /// Thrown away: not the packet expected, whichever it is.
    Unexpected,
}
