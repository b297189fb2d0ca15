//! The experiment file, running it, its results, and the netsim command line.
