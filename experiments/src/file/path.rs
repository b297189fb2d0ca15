//! Where a value stands in an experiment file: `flows[2].tcp.congestion_control`.

use std::fmt;
use std::str::FromStr;

/// One step down from a value to what it contains.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a field of an object.
    Field(String),
    /// Into an element of a list, counted from 0.
    Index(usize),
}

/// The steps from the root of a file to a value; empty for the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The root of the file.
    pub fn root() -> Self {
        Path::default()
    }

    /// The field `name` of the value at this path.
    pub fn field(&self, name: &str) -> Path {
        self.then(Step::Field(name.to_owned()))
    }

    /// The element `index` of the list at this path.
    pub fn index(&self, index: usize) -> Path {
        self.then(Step::Index(index))
    }

    /// One more step.
    pub fn then(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// This path, then `below`.
    pub fn join(&self, below: &Path) -> Path {
        Path(self.0.iter().chain(&below.0).cloned().collect())
    }

    /// Reads a JSON pointer (RFC 6901) such as `/links/2/queue`.
    pub fn from_pointer(pointer: &str) -> Path {
        let steps = pointer.split('/').skip(1).map(|part| {
            let part = part.replace("~1", "/").replace("~0", "~");
            part.parse().map_or(Step::Field(part), Step::Index)
        });
        Path(steps.collect())
    }

    /// What the value is called in a sentence: `congestion control`, or `chart` for an element of `charts`.
    pub fn noun(&self) -> String {
        let field = self.0.iter().enumerate().rev().find_map(|(at, step)| match step {
            Step::Field(name) => Some((at, name)),
            Step::Index(_) => None,
        });
        let Some((at, name)) = field else { return "value".into() };
        let spoken = name.replace('_', " ");
        match spoken.strip_suffix('s') {
            Some(one) if at + 1 < self.0.len() => one.to_owned(),
            _ => spoken,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = String;

    /// Reads `flows[0].start`, `flows.0.start` or, with an element's name in place of its index, `flows.A.start`.
    fn from_str(text: &str) -> Result<Path, String> {
        let malformed =
            || format!("`{text}` is no path to a field: write it as `topology.bottleneck.delay` or `flows[0].start`");
        let mut steps = Vec::new();
        for part in text.trim().split('.') {
            let (name, mut rest) = part.find('[').map_or((part, ""), |at| part.split_at(at));
            match name.parse() {
                Ok(index) => steps.push(Step::Index(index)),
                Err(_) if !name.is_empty() => steps.push(Step::Field(name.to_owned())),
                Err(_) => return Err(malformed()),
            }
            while !rest.is_empty() {
                let (inside, after) = rest.strip_prefix('[').and_then(|r| r.split_once(']')).ok_or_else(malformed)?;
                match inside.trim().parse() {
                    Ok(index) => steps.push(Step::Index(index)),
                    Err(_) if !inside.is_empty() => steps.push(Step::Field(inside.trim_matches('"').to_owned())),
                    Err(_) => return Err(malformed()),
                }
                rest = after;
            }
        }
        Ok(Path(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_printed() {
        for text in ["topology.bottleneck.delay", "flows[0].start", "events[12]", "a[0][1].b"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        assert_eq!("flows.0.start".parse::<Path>().unwrap().to_string(), "flows[0].start");
        assert_eq!("flows[\"A\"].start".parse::<Path>().unwrap().to_string(), "flows.A.start");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", ".", "a..b", "a[", "a[]", "a[0]b", "a."] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }

    #[test]
    fn json_pointers_become_paths() {
        assert_eq!(Path::from_pointer("/links/2/queue").to_string(), "links[2].queue");
        assert_eq!(Path::from_pointer(""), Path::root());
    }

    #[test]
    fn a_value_is_spoken_of_by_its_field() {
        assert_eq!("flows[1].tcp.congestion_control".parse::<Path>().unwrap().noun(), "congestion control");
        assert_eq!("charts[0]".parse::<Path>().unwrap().noun(), "chart");
    }
}
