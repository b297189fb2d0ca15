//! Networks written for others and for ourselves: in our own JSON, as GraphML, as Graphviz dot.
//!
//! What is written can be read again: our own form gives the same network with all there is to it, the other two the
//! same nodes, places, cables, rates, delays, costs and relationships. They know nothing of queues and losses.

mod dot;
mod graphml;
mod json;

use sim_core::LinkSpec;

use crate::{Cable, Topology};

/// The forms in which a network can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Our own: the `topology` of an experiment.
    Json,
    /// GraphML, as NetworkX, Gephi and yEd read it.
    GraphMl,
    /// Graphviz.
    Dot,
}

impl Topology {
    /// The network as a text in this form.
    pub fn written(&self, form: Form) -> String {
        match form {
            Form::Json => json::write(self),
            Form::GraphMl => graphml::write(self),
            Form::Dot => dot::write(self),
        }
    }
}

impl Cable {
    /// Its name, if it is not the customary one.
    fn own_name(&self) -> Option<&str> {
        // Only a cable with a name of its own has it in front of its directions'.
        self.forward_name.strip_prefix(self.name.as_str())?.starts_with(':').then_some(self.name.as_str())
    }

    /// What other forms say of it: attributes by the names under which they are read again.
    fn attributes(&self) -> Vec<(&'static str, String)> {
        let LinkSpec { bandwidth, delay, cost, .. } = &self.forward;
        let mut attributes =
            vec![("bandwidth", bandwidth.to_string()), ("delay", delay.to_string()), ("cost", cost.to_string())];
        if self.backward.bandwidth != *bandwidth {
            attributes.push(("reverse_bandwidth", self.backward.bandwidth.to_string()));
        }
        if self.backward.delay != *delay {
            attributes.push(("reverse_delay", self.backward.delay.to_string()));
        }
        if self.backward.cost != *cost {
            attributes.push(("reverse_cost", self.backward.cost.to_string()));
        }
        if let Some(relationship) = self.relationship {
            attributes.push(("relationship", relationship.name().to_owned()));
        }
        attributes.extend(self.own_name().map(|name| ("name", name.to_owned())));
        attributes
    }
}

#[cfg(test)]
mod tests;
