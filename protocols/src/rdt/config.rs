//! The parameters of the three protocols, as experiment files give them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::time::Duration;
use sim_core::units::{Bytes, Rate};

use super::numbers::{AckNames, LARGEST_SPACE, Numbers};
use crate::invalid::InvalidConfig;
use crate::tcp;

/// Stop-and-wait.
// Serde cannot refuse unknown fields beside a flattened struct; the schema does, before serde sees the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct StopAndWait {
    /// How many different sequence numbers there are. Two are enough over a channel that keeps the order (the
    /// alternating bit); with one, old data is taken for new.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub sequence_space: u64,
    /// What the number in an ACK names.
    pub ack_names: AckNames,
    /// What is sent, and how.
    #[serde(flatten)]
    pub transfer: Transfer,
}

impl Default for StopAndWait {
    fn default() -> Self {
        StopAndWait { sequence_space: 2, ack_names: AckNames::default(), transfer: Transfer::default() }
    }
}

/// Go-Back-N.
// See `StopAndWait` for unknown fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct GoBackN {
    /// Most packets sent and not acknowledged.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub window: u32,
    /// How many different sequence numbers there are; null is 2^32. Fewer than the window and one are taken, too: then old
    /// data is taken for new.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub sequence_space: Option<u64>,
    /// What the number in an ACK names.
    pub ack_names: AckNames,
    /// From when the one timer runs.
    pub timer: TimerRuns,
    /// What is sent, and how.
    #[serde(flatten)]
    pub transfer: Transfer,
}

impl Default for GoBackN {
    fn default() -> Self {
        GoBackN {
            window: DEFAULT_WINDOW,
            sequence_space: None,
            ack_names: AckNames::default(),
            timer: TimerRuns::default(),
            transfer: Transfer::default(),
        }
    }
}

/// Selective Repeat.
// See `StopAndWait` for unknown fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct SelectiveRepeat {
    /// Length of the window, of the sender and of the receiver: from the oldest packet not acknowledged to the newest sent.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub window: u32,
    /// How many different sequence numbers there are; null is 2^32. Fewer than twice the window are taken, too: then old
    /// data is taken for new.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub sequence_space: Option<u64>,
    /// What is sent, and how.
    #[serde(flatten)]
    pub transfer: Transfer,
}

impl Default for SelectiveRepeat {
    fn default() -> Self {
        SelectiveRepeat { window: DEFAULT_WINDOW, sequence_space: None, transfer: Transfer::default() }
    }
}

/// The window of the textbook's figures.
const DEFAULT_WINDOW: u32 = 4;
/// What a 16-bit length allows (RFC 791).
const LARGEST_PACKET: u64 = 65_535;

/// What is sent, and how: the same for all three protocols.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Transfer {
    /// How much data is sent. If neither this nor `packets` is said, there is no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// How many packets of data are sent, those sent again not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub packets: Option<u64>,
    /// Size of a packet of data, header included. The last one of a `size` may be shorter.
    pub packet_size: Bytes,
    /// How much of a packet of data is header; the textbook has none.
    pub data_header: Bytes,
    /// Size of an ACK; nothing, as in the textbook's formulas, takes no time to transmit.
    pub ack_size: Bytes,
    /// When a packet that is not acknowledged is sent again.
    pub timeout: Timeout,
    /// Transmit no faster than this, packet by packet, as a sender does that drives the link itself; a timer then runs from
    /// the transmission. If null, what the window allows is handed over at once and waits in the host's queue, its timer
    /// running.
    pub pace: Option<Rate>,
    /// The sequence number of the first packet.
    pub first_number: u32,
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer {
            size: None,
            packets: None,
            packet_size: Bytes(1_000),
            data_header: Bytes(0),
            ack_size: Bytes(0),
            timeout: Timeout::default(),
            pace: None,
            first_number: 0,
        }
    }
}

impl Transfer {
    /// Bytes of data in a full packet.
    pub(crate) fn payload(&self) -> u64 {
        self.packet_size.get().saturating_sub(self.data_header.get()).max(1)
    }

    /// How many messages there are; none without end.
    pub fn messages(&self) -> Option<u64> {
        self.packets.or(self.size.map(|size| size.get().div_ceil(self.payload())))
    }

    /// The bytes of data of a message.
    pub(crate) fn bytes_of(&self, message: u64) -> u64 {
        match self.size {
            Some(size) => size.get().saturating_sub(message * self.payload()).min(self.payload()),
            None => self.payload(),
        }
    }
}

/// When a packet that is not acknowledged is sent again: `{ "fixed": "50 ms" }`, or `"adaptive"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "TimeoutInFile", into = "TimeoutInFile")]
#[schemars(with = "TimeoutInFile")]
pub enum Timeout {
    /// Always after the same time.
    Fixed(Duration),
    /// By the round-trip times measured (RFC 6298).
    Adaptive(Adaptive),
}

impl Default for Timeout {
    fn default() -> Self {
        Timeout::Adaptive(Adaptive::default())
    }
}

/// By the round-trip times measured: SRTT + 4 RTTVAR, doubled by each timeout (RFC 6298; Kurose & Ross 3.5.3). Packets
/// sent twice are not measured (Karn).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "RdtAdaptive")]
pub struct Adaptive {
    /// Before the first measurement.
    pub initial: Duration,
    /// The least.
    pub min: Duration,
    /// The most.
    pub max: Duration,
}

impl Default for Adaptive {
    fn default() -> Self {
        let tcp = tcp::Config::default();
        Adaptive { initial: tcp.initial_rto, min: tcp.min_rto, max: tcp.max_rto }
    }
}

/// When a packet that is not acknowledged is sent again: `{ "fixed": "50 ms" }`, `"adaptive"`, or
/// `{ "adaptive": { … } }` with parameters.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "RdtTimeout")]
enum TimeoutInFile {
    Name(TimeoutName),
    Configured(TimeoutConfigured),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum TimeoutName {
    /// By the round-trip times measured (RFC 6298).
    Adaptive,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum TimeoutConfigured {
    /// Always after the same time.
    Fixed(Duration),
    /// By the round-trip times measured (RFC 6298).
    Adaptive(Adaptive),
}

impl From<TimeoutInFile> for Timeout {
    fn from(file: TimeoutInFile) -> Self {
        match file {
            TimeoutInFile::Name(TimeoutName::Adaptive) => Timeout::default(),
            TimeoutInFile::Configured(TimeoutConfigured::Fixed(after)) => Timeout::Fixed(after),
            TimeoutInFile::Configured(TimeoutConfigured::Adaptive(config)) => Timeout::Adaptive(config),
        }
    }
}

impl From<Timeout> for TimeoutInFile {
    fn from(timeout: Timeout) -> Self {
        TimeoutInFile::Configured(match timeout {
            Timeout::Fixed(after) => TimeoutConfigured::Fixed(after),
            Timeout::Adaptive(config) => TimeoutConfigured::Adaptive(config),
        })
    }
}

/// From when the one timer of Go-Back-N runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "GoBackNTimer")]
pub enum TimerRuns {
    /// From the last ACK of something new: it is restarted then (Kurose & Ross, figure 3.20). A loss in a busy window is
    /// noticed one timeout after the ACK of the packet before it.
    #[default]
    SinceAck,
    /// From the sending of the oldest packet not acknowledged: each packet is given exactly the timeout, as the efficiency
    /// formulas assume.
    SinceSending,
}

impl Transfer {
    /// Whether anything can be sent with these values.
    ///
    /// # Errors
    /// Names the first field that makes no sense, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let adaptive = match &self.timeout {
            Timeout::Adaptive(adaptive) => adaptive.clone(),
            Timeout::Fixed(_) => Adaptive::default(),
        };
        let rules = [
            (
                self.size.is_none() || self.packets.is_none(),
                "packets",
                "`size` and `packets` exclude each other: give one of them",
            ),
            (self.size != Some(Bytes(0)), "size", "a transfer of nothing: give at least 1 B, or leave it out"),
            (self.packets != Some(0), "packets", "a transfer of nothing: give at least 1, or leave it out"),
            (self.packet_size.get() <= LARGEST_PACKET, "packet_size", "a packet can have at most 65535 bytes"),
            (self.ack_size.get() <= LARGEST_PACKET, "ack_size", "a packet can have at most 65535 bytes"),
            (
                self.data_header < self.packet_size,
                "packet_size",
                "must be more than `data_header`, or no data is carried",
            ),
            (self.timeout != Timeout::Fixed(Duration::ZERO), "timeout", "must be more than zero"),
            (!adaptive.initial.is_zero(), "timeout/adaptive/initial", "must be more than zero"),
            (!adaptive.min.is_zero(), "timeout/adaptive/min", "must be more than zero"),
            (adaptive.min <= adaptive.max, "timeout/adaptive/max", "must not be less than min"),
            (adaptive.initial <= adaptive.max, "timeout/adaptive/max", "must not be less than initial"),
        ];
        InvalidConfig::first_broken(&rules)
    }
}

/// Whether a window and a sequence space are some at all.
fn check_window(window: u32, space: u64) -> Result<(), InvalidConfig> {
    if window == 0 {
        Err(InvalidConfig { field: "window", why: "must be at least one packet" })
    } else if !(1..=LARGEST_SPACE).contains(&space) {
        Err(InvalidConfig { field: "sequence_space", why: "must be from 1 to 4294967296" })
    } else {
        Ok(())
    }
}

impl StopAndWait {
    /// Whether it can work with these values; a sequence space that is too small is no mistake.
    ///
    /// # Errors
    /// Names the first field it cannot work with, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        check_window(1, self.sequence_space)?;
        self.transfer.check()
    }

    pub(super) fn numbers(&self) -> Numbers {
        Numbers::new(self.sequence_space, self.transfer.first_number)
    }

    /// The least sequence space with which it is reliable over a channel that keeps the order.
    pub fn least_space(&self) -> u64 {
        2
    }
}

impl GoBackN {
    /// Whether it can work with these values; a sequence space that is too small is no mistake.
    ///
    /// # Errors
    /// Names the first field it cannot work with, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        check_window(self.window, self.space())?;
        self.transfer.check()
    }

    /// How many different sequence numbers there are.
    pub fn space(&self) -> u64 {
        self.sequence_space.unwrap_or(LARGEST_SPACE)
    }

    pub(super) fn numbers(&self) -> Numbers {
        Numbers::new(self.space(), self.transfer.first_number)
    }

    /// The least sequence space with which it is reliable over a channel that keeps the order.
    pub fn least_space(&self) -> u64 {
        u64::from(self.window) + 1
    }
}

impl SelectiveRepeat {
    /// Whether it can work with these values; a sequence space that is too small is no mistake.
    ///
    /// # Errors
    /// Names the first field it cannot work with, and why.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        check_window(self.window, self.space())?;
        self.transfer.check()
    }

    /// How many different sequence numbers there are.
    pub fn space(&self) -> u64 {
        self.sequence_space.unwrap_or(LARGEST_SPACE)
    }

    pub(super) fn numbers(&self) -> Numbers {
        Numbers::new(self.space(), self.transfer.first_number)
    }

    /// The least sequence space with which it is reliable over a channel that keeps the order.
    pub fn least_space(&self) -> u64 {
        2 * u64::from(self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_survive_writing_and_reading() {
        let config = SelectiveRepeat::default();
        assert_eq!(
            (config.check(), GoBackN::default().check(), StopAndWait::default().check()),
            (Ok(()), Ok(()), Ok(()))
        );
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SelectiveRepeat>(&text).unwrap(), config, "{text}");
    }

    #[test]
    fn a_timeout_is_fixed_or_adaptive() {
        let read = |text: &str| serde_json::from_str::<Timeout>(text).unwrap();
        assert_eq!(read(r#"{ "fixed": "50 ms" }"#), Timeout::Fixed(Duration::from_millis(50)));
        assert_eq!(read(r#""adaptive""#), Timeout::default());
        let Timeout::Adaptive(adaptive) = read(r#"{ "adaptive": { "min": "10 ms" } }"#) else { panic!("it adapts") };
        assert_eq!((adaptive.initial, adaptive.min), (Duration::from_secs(1), Duration::from_millis(10)));
    }

    #[test]
    fn what_makes_no_sense_is_named_but_a_small_sequence_space_makes_sense() {
        let field = |json: &str| serde_json::from_str::<GoBackN>(json).unwrap().check().map_err(|error| error.field);
        assert_eq!(field(r#"{ "window": 0 }"#), Err("window"));
        assert_eq!(field(r#"{ "sequence_space": 0 }"#), Err("sequence_space"));
        assert_eq!(field(r#"{ "packet_size": "40 B", "data_header": "40 B" }"#), Err("packet_size"));
        assert_eq!(field(r#"{ "timeout": { "fixed": "0 s" } }"#), Err("timeout"));
        assert_eq!(field(r#"{ "size": "1 MB", "packets": 3 }"#), Err("packets"));
        assert_eq!(field(r#"{ "window": 8, "sequence_space": 1 }"#), Ok(()));
    }

    #[test]
    fn a_size_is_cut_into_messages_and_the_last_may_be_shorter() {
        let transfer = Transfer { size: Some(Bytes(2_500)), data_header: Bytes(100), ..Transfer::default() };
        assert_eq!(transfer.messages(), Some(3));
        assert_eq!([0, 1, 2, 3].map(|message| transfer.bytes_of(message)), [900, 900, 700, 0]);
    }
}
