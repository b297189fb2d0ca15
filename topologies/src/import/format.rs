//! The formats, and how they are told apart.

use super::Map;
use super::text::{Text, Unreadable};

mod as_links;
mod rocketfuel;
mod sndlib;

/// Makes the enum of all formats.
macro_rules! registry {
    ($($(#[$doc:meta])* $variant:ident => $module:ident,)*) => {
        $(pub mod $module;)*

        /// A format of files of others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[schemars(rename = "MapFormat")]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// All, in the order in which they are tried: the more particular before the more general.
            const ALL: &[Format] = &[$(Format::$variant,)*];

            /// Its name in files.
            pub fn name(self) -> &'static str {
                match self {
                    $(Format::$variant => $module::NAME,)*
                }
            }

            fn recognises(self, text: &Text<'_>) -> bool {
                match self {
                    $(Format::$variant => $module::recognises(text),)*
                }
            }

            fn read(self, text: &Text<'_>) -> Result<Map, Unreadable> {
                match self {
                    $(Format::$variant => $module::read(text),)*
                }
            }
        }

        /// Name, meaning and source of every format.
        pub const KNOWN: &[(&str, &str, &str)] = &[$(($module::NAME, $module::SUMMARY, $module::SOURCE),)*];
    };
}

registry! {
    /// A list of cables as it stands in experiment files.
    Netsim => netsim,
    /// GraphML, as of the Topology Zoo, networkx, igraph and yEd.
    Graphml => graphml,
    /// GML, as of the Topology Zoo, networkx, igraph and yEd.
    Gml => gml,
    /// Networks of SNDlib in XML.
    SndlibXml => sndlib_xml,
    /// Node-link JSON, of TopoHub and networkx.
    Topohub => topohub,
    /// Weights of Rocketfuel.
    RocketfuelWeights => rocketfuel_weights,
    /// Latencies of Rocketfuel.
    RocketfuelLatencies => rocketfuel_latencies,
    /// Router maps of Rocketfuel.
    RocketfuelCch => rocketfuel_cch,
    /// Relationships of autonomous systems, of CAIDA.
    AsRelationships => as_relationships,
    /// Relationships of autonomous systems, of SNAP.
    AsSnap => as_snap,
    /// Networks of SNDlib in its native form.
    SndlibNative => sndlib_native,
    /// Graphs of Graphviz.
    Dot => dot,
    /// A table of links: the most general, so the last.
    Csv => csv,
}

/// Reads a file: as `format`, or as what its content says it is. Its name, which may be empty, breaks ties only, between
/// formats that look alike.
///
/// # Errors
/// What is wrong with it, and on which line.
pub fn read(bytes: &[u8], format: Option<Format>, name: &str) -> Result<(Format, Map), Unreadable> {
    let text = Text { name, ..Text::new(bytes)? };
    let format = format.or_else(|| Format::ALL.iter().copied().find(|format| format.recognises(&text)));
    let Some(format) = format else {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _, _)| *name).collect();
        return Err(Unreadable::whole(format!("this is none of the formats known: {}", known.join(", "))));
    };
    let mut map = format.read(&text)?;
    if map.nodes.is_empty() {
        return Err(Unreadable::whole(format!("read as {}, it has not a single node", format.name())));
    }
    if let Some(encoding) = text.encoding {
        map.remark("encoding", 1, format!("the file is not in UTF-8 and was read as {encoding}"));
    }
    Ok((format, map))
}
