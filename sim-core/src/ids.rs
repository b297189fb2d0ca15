//! Typed numbers of the parts of a network, given when it is built, in the order it is described.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index into a table of all of them.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A host or a router.
    NodeId
);
id!(
    /// One direction of a cable.
    LinkId
);
id!(
    /// An endpoint or a routing process living on a node.
    AgentId
);
id!(
    /// A node's end of a cable: the links there and back. Counted at each node on its own, in the order of its links.
    InterfaceId
);
/// What routes lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// A node that can be sent to, by its number among them.
    Endpoint(u32),
    /// A set of addresses, by its number among the network's prefixes.
    Prefix(u32),
}

id!(
    /// A flow of an experiment; both its endpoints and all its packets carry the number.
    FlowId
);
