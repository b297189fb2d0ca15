//! The macro that lists the algorithms once, and makes of the list the enums, the file format and its schema.

/// Makes [`AnyCongestionControl`](super::AnyCongestionControl), [`Spec`](super::Spec) and [`KNOWN`](super::KNOWN)
/// from lines `Type => module`. A module has `Config`, the type with `new(&Config, &Start)`, `SUMMARY` and `SOURCE`;
/// its name is the algorithm's name in files. Exported for the test of the guide, which makes a registry of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! registry {
    ($($Algorithm:ident => $module:ident),* $(,)?) => {
        /// Any of the algorithms: a choice made once for a connection, without a virtual call for every ACK.
        #[derive(Clone, Debug)]
        pub enum AnyCongestionControl {
            $(#[doc = concat!("[`", stringify!($module), "`].")] $Algorithm($module::$Algorithm)),*
        }

        impl CongestionControl for AnyCongestionControl {
            #[inline]
            fn cwnd(&self) -> u64 {
                match self { $(Self::$Algorithm(it) => it.cwnd()),* }
            }

            #[inline]
            fn ssthresh(&self) -> u64 {
                match self { $(Self::$Algorithm(it) => it.ssthresh()),* }
            }

            #[inline]
            fn pacing_rate(&self) -> Option<Rate> {
                match self { $(Self::$Algorithm(it) => it.pacing_rate()),* }
            }

            #[inline]
            fn fast_recovery(&self) -> FastRecovery {
                match self { $(Self::$Algorithm(it) => it.fast_recovery()),* }
            }

            #[inline]
            fn wants_rate_samples(&self) -> bool {
                match self { $(Self::$Algorithm(it) => it.wants_rate_samples()),* }
            }

            fn on_open(&mut self, opening: &Opening) {
                match self { $(Self::$Algorithm(it) => it.on_open(opening)),* }
            }

            #[inline]
            fn on_ack(&mut self, ack: &AckEvent) {
                match self { $(Self::$Algorithm(it) => it.on_ack(ack)),* }
            }

            #[inline]
            fn on_delivery(&mut self, delivery: &Delivery) {
                match self { $(Self::$Algorithm(it) => it.on_delivery(delivery)),* }
            }

            fn on_loss(&mut self, lost: &LostSegment) {
                match self { $(Self::$Algorithm(it) => it.on_loss(lost)),* }
            }

            fn on_congestion(&mut self, congestion: &CongestionEvent) {
                match self { $(Self::$Algorithm(it) => it.on_congestion(congestion)),* }
            }

            fn on_exit_recovery(&mut self, exit: &RecoveryExit) {
                match self { $(Self::$Algorithm(it) => it.on_exit_recovery(exit)),* }
            }

            fn on_timeout(&mut self, timeout: &TimeoutEvent) {
                match self { $(Self::$Algorithm(it) => it.on_timeout(timeout)),* }
            }

            fn on_restart(&mut self, restart: &RestartEvent) {
                match self { $(Self::$Algorithm(it) => it.on_restart(restart)),* }
            }

            fn on_wake(&mut self, now: Time) {
                match self { $(Self::$Algorithm(it) => it.on_wake(now)),* }
            }
        }

        /// Which algorithm, with its parameters: `"new_reno"` or `{ "fixed_window": { "segments": 4 } }`.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Spec {
            $(#[doc = concat!("[`", stringify!($module), "`].")] $Algorithm($module::Config)),*
        }

        /// Every algorithm: its name in files, what it does in one line, and where it is from.
        pub const KNOWN: &[(&str, &str, &str)] = &[
            $((stringify!($module), $module::SUMMARY, $module::SOURCE)),*
        ];

        impl Spec {
            const NAMES: &'static [&'static str] = &[$(stringify!($module)),*];

            /// The name in files.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Algorithm(_) => stringify!($module)),* }
            }

            /// The algorithm at the start of a connection.
            pub fn build(&self, start: &Start) -> AnyCongestionControl {
                match self {
                    $(Self::$Algorithm(config) => {
                        AnyCongestionControl::$Algorithm($module::$Algorithm::new(config, start))
                    }),*
                }
            }

            /// The algorithm called `name` with its customary parameters.
            pub fn by_name(name: &str) -> Option<Spec> {
                match name {
                    $(stringify!($module) => Some(Self::$Algorithm($module::Config::default())),)*
                    _ => None,
                }
            }
        }

        impl serde::Serialize for Spec {
            /// An algorithm without parameters is its name alone.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                match self {
                    $(Self::$Algorithm(_) if size_of::<$module::Config>() == 0 => {
                        serializer.serialize_str(stringify!($module))
                    }
                    Self::$Algorithm(config) => {
                        let mut map = serializer.serialize_map(Some(1))?;
                        map.serialize_entry(stringify!($module), config)?;
                        map.end()
                    })*
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for Spec {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct SpecVisitor;

                impl<'de> serde::de::Visitor<'de> for SpecVisitor {
                    type Value = Spec;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("the name of a congestion control, or an object with the name as its one key")
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Spec, E> {
                        Spec::by_name(name).ok_or_else(|| E::unknown_variant(name, Spec::NAMES))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Spec, A::Error> {
                        use serde::de::Error;
                        let name = map.next_key::<String>()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                        let spec = match name.as_str() {
                            $(stringify!($module) => Spec::$Algorithm(map.next_value()?),)*
                            _ => return Err(A::Error::unknown_variant(&name, Spec::NAMES)),
                        };
                        match map.next_key::<String>()? {
                            None => Ok(spec),
                            Some(_) => Err(A::Error::invalid_length(2, &self)),
                        }
                    }
                }

                deserializer.deserialize_any(SpecVisitor)
            }
        }

        impl schemars::JsonSchema for Spec {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "CongestionControl".into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let alternatives = vec![
                    $(
                        schemars::json_schema!({
                            "const": stringify!($module),
                            "description": $module::SUMMARY
                        }),
                        schemars::json_schema!({
                            "type": "object",
                            "description": $module::SUMMARY,
                            "properties": { stringify!($module): generator.subschema_for::<$module::Config>() },
                            "required": [stringify!($module)],
                            "additionalProperties": false
                        }),
                    )*
                ];
                schemars::json_schema!({
                    "description": "A congestion control: its name, or an object with the name as key and its parameters.",
                    "oneOf": alternatives
                })
            }
        }
    };
}
