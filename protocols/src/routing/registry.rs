//! The macro that lists the routing protocols once, and makes of the list the enum, the file format and its schema.

/// Makes [`Config`](super::Config) and [`KNOWN`](super::KNOWN) from lines `Protocol => module`. A module has a `Config`
/// that implements [`Protocol`](super::protocol::Protocol) and has a `Default`, `SUMMARY`, `SOURCE`, and a function
/// `describe` that puts its messages into words; its name is the protocol's name in files. Exported for the test of the guide, which makes a registry of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! routing_registry {
    ($($Protocol:ident => $module:ident),* $(,)?) => {
        /// Which routing protocol all routers speak, with its parameters.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum Config {
            $(
                #[doc = concat!("[`", stringify!($module), "`].")]
                #[schemars(description = $module::SUMMARY)]
                $Protocol($module::Config)
            ),*
        }

        /// Every protocol: its name in files, what it does in one line, and where it is from.
        pub const KNOWN: &[(&str, &str, &str)] = &[
            $((stringify!($module), $module::SUMMARY, $module::SOURCE)),*
        ];

        /// The name of a protocol alone: with its customary parameters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(inline)]
        pub enum Name {
            $(
                #[doc = concat!("[`", stringify!($module), "`].")]
                #[schemars(description = $module::SUMMARY)]
                $Protocol
            ),*
        }

        impl Config {
            /// The name in files.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Protocol(_) => stringify!($module)),* }
            }

            /// What an experiment asks of the configuration.
            pub fn protocol(&self) -> &dyn $crate::routing::protocol::Protocol {
                match self { $(Self::$Protocol(config) => config),* }
            }
        }

        /// A message in words, if one of the protocols knows it; else its kind.
        pub fn describe(
            message: &dyn sim_core::packet::Message,
            names: &$crate::routing::names::Names,
        ) -> String {
            let known = [$($module::describe(message, names)),*];
            known.into_iter().flatten().next().unwrap_or_else(|| message.kind().to_owned())
        }

        impl From<Name> for Config {
            fn from(name: Name) -> Self {
                match name { $(Name::$Protocol => Self::$Protocol($module::Config::default())),* }
            }
        }
    };
}
