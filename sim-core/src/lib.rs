//! Time, events, packets, queues, links and nodes: the engine of netsim.
