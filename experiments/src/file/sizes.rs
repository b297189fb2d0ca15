//! Distributions of sizes: read from a file or from parameters, their means, and draws from them.

use sim_core::random::Random;

use super::arrivals::{CdfSizes, Interpolation, Scale, SizeUnit, Sizes};

/// A distribution of sizes in bytes, checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// All alike.
    Fixed(f64),
    /// Exponential, with this mean.
    Exponential(f64),
    /// Pareto.
    Pareto {
        /// The smallest.
        minimum: f64,
        /// The exponent of the tail.
        shape: f64,
        /// The largest.
        maximum: Option<f64>,
    },
    /// A cumulative distribution.
    Cdf(Cdf),
}

/// Points of a cumulative distribution: neither sizes nor shares ever fall, and the last share is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Cdf {
    /// Bytes, and the share of flows that are not larger.
    points: Vec<(f64, f64)>,
    interpolation: Interpolation,
}

/// What is wrong with a distribution, and on which line of its text or at which of its points, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The line or point; none if it is about the whole.
    pub at: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    fn at(at: usize, message: impl Into<String>) -> Self {
        Fault { at: Some(at), message: message.into() }
    }

    fn whole(message: impl Into<String>) -> Self {
        Fault { at: None, message: message.into() }
    }
}

/// How far the last share may be from 1: the files have up to nine digits.
const TOLERANCE: f64 = 1e-6;
/// Sizes beyond this are taken for a mistake: a petabyte.
const LARGEST: f64 = 1e15;

/// One row of a distribution: the line it stands on, size and share as written.
type Row = (usize, f64, f64);

/// The rows of a text.
///
/// # Errors
/// Names the first line that is no row.
pub fn rows(text: &str) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    let mut may_be_mean = true;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let cells: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || c == ',').filter(|cell| !cell.is_empty()).collect();
        let number_in = |cell: &str| {
            let value: Option<f64> = cell.parse().ok().filter(|value: &f64| value.is_finite());
            value.ok_or_else(|| Fault::at(number, format!("`{cell}` is not a number")))
        };
        match cells.as_slice() {
            [] => continue,
            [mean] if may_be_mean => drop(number_in(mean)?),
            [size, share] => rows.push((number, number_in(size)?, number_in(share)?)),
            other => {
                let message = format!("a size and a share are expected, not {} values", other.len());
                return Err(Fault::at(number, message));
            }
        }
        may_be_mean = false;
    }
    Ok(rows)
}

impl Cdf {
    /// From rows as written, of which sizes count `unit_bytes` each.
    ///
    /// # Errors
    /// Names the first row that breaks the order, or what is missing.
    pub fn new(
        rows: &[Row],
        scale: Option<Scale>,
        unit_bytes: f64,
        interpolation: Interpolation,
    ) -> Result<Self, Fault> {
        let Some(&(last_line, _, last)) = rows.last() else { return Err(Fault::whole("has no points")) };
        let near = |full: f64| (last - full).abs() <= TOLERANCE * full;
        let full = match scale {
            Some(Scale::Fraction) => 1.0,
            Some(Scale::Percent) => 100.0,
            None if near(100.0) => 100.0,
            None => 1.0,
        };
        if !near(full) {
            let wanted = if scale.is_some() { format!("{full}") } else { "1 or 100".to_owned() };
            return Err(Fault::at(last_line, format!("the last share must be {wanted}, not {last}")));
        }
        let mut points: Vec<(f64, f64)> = Vec::new();
        for &(line, size, share) in rows {
            let (size, share) = (size * unit_bytes, (share / full).min(1.0));
            if !(0.0..=LARGEST).contains(&size) {
                return Err(Fault::at(line, format!("a size of {size} bytes cannot be: from 0 to {LARGEST:e} can")));
            }
            if share < 0.0 {
                return Err(Fault::at(line, "a share cannot be negative"));
            }
            if let Some(&(size_before, share_before)) = points.last() {
                if size < size_before {
                    return Err(Fault::at(line, format!("the size {size} is less than {size_before} before it")));
                }
                if share < share_before {
                    let (share, before) = (share * full, share_before * full);
                    return Err(Fault::at(line, format!("the share {share} is less than {before} before it")));
                }
            }
            points.push((size, share));
        }
        points.last_mut().expect("there is a row").1 = 1.0;
        let cdf = Cdf { points, interpolation };
        if cdf.mean() <= 0.0 {
            return Err(Fault::whole("all sizes are zero"));
        }
        Ok(cdf)
    }

    /// Bytes, and the share of flows that are not larger.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The mean in bytes. What lies at or below the first point is all of its size.
    pub fn mean(&self) -> f64 {
        let (first, share) = self.points[0];
        let pieces = self.points.windows(2).map(|pair| {
            let [(from, below), (to, share)] = [pair[0], pair[1]];
            let size = match self.interpolation {
                Interpolation::Linear => (from + to) / 2.0,
                Interpolation::Step => to,
            };
            size * (share - below)
        });
        first * share + pieces.sum::<f64>()
    }

    /// The size below which a share `u`, from [0, 1), of all flows lies.
    fn quantile(&self, u: f64) -> f64 {
        // The first point whose share is more than `u`: one of equal shares is never reached.
        let above = self.points.partition_point(|&(_, share)| share <= u);
        let (to, share) = self.points[above.min(self.points.len() - 1)];
        let Some(&(from, below)) = above.checked_sub(1).and_then(|at| self.points.get(at)) else { return to };
        match self.interpolation {
            Interpolation::Step => to,
            Interpolation::Linear => from + (to - from) * ((u - below) / (share - below)),
        }
    }
}

impl Distribution {
    /// From what the file says. `mss` is the size of a packet, and `read` gets the text of a file.
    ///
    /// # Errors
    /// Says what makes no sense, and in which field below `sizes`.
    pub fn new(
        sizes: &Sizes,
        mss: u64,
        read: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<Self, (Vec<&'static str>, String)> {
        let positive = |bytes: u64, field: Vec<&'static str>| match bytes {
            0 => Err((field, "a flow of nothing: give at least 1 B".to_owned())),
            bytes => Ok(bytes as f64),
        };
        match sizes {
            Sizes::Fixed(bytes) => positive(bytes.get(), vec!["fixed"]).map(Distribution::Fixed),
            Sizes::Exponential(sizes) => {
                positive(sizes.mean.get(), vec!["exponential", "mean"]).map(Distribution::Exponential)
            }
            Sizes::Pareto(sizes) => {
                let minimum = positive(sizes.minimum.get(), vec!["pareto", "minimum"])?;
                let maximum = sizes.maximum.map(|bytes| bytes.get() as f64);
                if maximum.is_some_and(|maximum| maximum <= minimum) {
                    return Err((vec!["pareto", "maximum"], "must be more than the minimum".to_owned()));
                }
                if maximum.is_none() && sizes.shape <= 1.0 {
                    let message = "a shape of at most 1 has no mean: give more, or a `maximum`";
                    return Err((vec!["pareto", "shape"], message.to_owned()));
                }
                Ok(Distribution::Pareto { minimum, shape: sizes.shape, maximum })
            }
            Sizes::Cdf(sizes) => cdf(sizes, mss, read).map(Distribution::Cdf),
        }
    }

    /// The mean in bytes, before rounding to whole ones.
    pub fn mean(&self) -> f64 {
        match *self {
            Distribution::Fixed(bytes) | Distribution::Exponential(bytes) => bytes,
            Distribution::Pareto { minimum, shape, maximum: None } => shape * minimum / (shape - 1.0),
            Distribution::Pareto { minimum, shape, maximum: Some(maximum) } => {
                let ratio = minimum / maximum;
                if (shape - 1.0).abs() < 1e-9 {
                    return minimum * libm::log(maximum / minimum) / (1.0 - ratio);
                }
                let cut = 1.0 - libm::pow(ratio, shape);
                shape * minimum / (shape - 1.0) * (1.0 - libm::pow(ratio, shape - 1.0)) / cut
            }
            Distribution::Cdf(ref cdf) => cdf.mean(),
        }
    }

    /// A size in whole bytes, by inversion.
    pub fn draw(&self, random: &mut Random) -> u64 {
        let size = match *self {
            Distribution::Fixed(bytes) => bytes,
            Distribution::Exponential(mean) => random.exponential(mean),
            Distribution::Pareto { minimum, shape, maximum } => {
                let cut = maximum.map_or(1.0, |maximum| 1.0 - libm::pow(minimum / maximum, shape));
                minimum / libm::pow(1.0 - random.unit() * cut, 1.0 / shape)
            }
            Distribution::Cdf(ref cdf) => cdf.quantile(random.unit()),
        };
        libm::round(size.min(LARGEST)).max(1.0) as u64
    }
}

fn cdf(
    sizes: &CdfSizes,
    mss: u64,
    read: impl FnOnce(&str) -> Result<String, String>,
) -> Result<Cdf, (Vec<&'static str>, String)> {
    let unit_bytes = match sizes.unit {
        SizeUnit::Bytes => 1.0,
        SizeUnit::Packets => mss as f64,
    };
    let make = |rows: &[Row]| Cdf::new(rows, sizes.scale, unit_bytes, sizes.interpolation);
    match (&sizes.file, &sizes.points) {
        (Some(_), Some(_)) => {
            Err((vec!["cdf", "points"], "`file` and `points` exclude each other: give one of them".to_owned()))
        }
        (None, None) => Err((vec!["cdf"], "where are its points? Give `file` or `points`".to_owned())),
        (Some(file), None) => {
            let field = vec!["cdf", "file"];
            let text = read(file).map_err(|message| (field.clone(), message))?;
            rows(&text).and_then(|rows| make(&rows)).map_err(|fault| {
                let place = fault.at.map_or(format!("{file}:"), |line| format!("{file}:{line}:"));
                (field, format!("{place} {}", fault.message))
            })
        }
        (None, Some(points)) => {
            let rows: Vec<Row> = (1..).zip(points).map(|(number, &(size, share))| (number, size, share)).collect();
            make(&rows).map_err(|fault| {
                let place = fault.at.map_or(String::new(), |point| format!("point {point}: "));
                (vec!["cdf", "points"], format!("{place}{}", fault.message))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::arrivals::ParetoSizes;
    use sim_core::units::Bytes;

    fn read(text: &str, interpolation: Interpolation) -> Result<Cdf, Fault> {
        rows(text).and_then(|rows| Cdf::new(&rows, None, 1.0, interpolation))
    }

    fn linear(text: &str) -> Cdf {
        read(text, Interpolation::Linear).unwrap()
    }

    fn web_search(interpolation: Interpolation) -> Cdf {
        let text = include_str!("../../workloads/web_search.txt");
        read(text, interpolation).unwrap()
    }

    /// Mean of many draws, and its standard error.
    fn drawn(distribution: &Distribution) -> (f64, f64) {
        let mut random = Random::stream(1, "sizes", "test");
        let count = 200_000;
        let draws: Vec<f64> = (0..count).map(|_| distribution.draw(&mut random) as f64).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(count);
        let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / f64::from(count - 1);
        (mean, (variance / f64::from(count)).sqrt())
    }

    fn check_mean(distribution: &Distribution, expected: f64) {
        assert!((distribution.mean() - expected).abs() < 1e-6 * expected, "{} for {expected}", distribution.mean());
        let (mean, error) = drawn(distribution);
        assert!((mean - expected).abs() <= 3.0 * error, "{mean} +- {error} for {expected}");
    }

    /// By hand, linear: 0.15 · 5 000 + 0.05 · 15 000 + 0.1 · 25 000 + 0.1 · 40 000 + 0.13 · 65 000 + 0.07 · 140 000
    /// + 0.1 · 600 000 + 0.1 · 1 500 000 + 0.1 · 3 500 000 + 0.07 · 7 500 000 + 0.03 · 20 000 000 = 1 711 250.
    #[test]
    fn the_web_search_workload_has_the_published_means() {
        check_mean(&Distribution::Cdf(web_search(Interpolation::Linear)), 1_711_250.0);
        check_mean(&Distribution::Cdf(web_search(Interpolation::Step)), 2_434_900.0);
    }

    #[test]
    fn percent_and_fractions_give_the_same_sampler() {
        assert_eq!(linear("0 0\n10 25\n30 100\n"), linear("0 0\n10 0.25\n30 1\n"));
    }

    #[test]
    fn a_first_line_with_one_number_is_a_mean_and_one_with_two_is_a_point() {
        assert_eq!(linear("17.5\n10 0.25\n20 1").points(), [(10.0, 0.25), (20.0, 1.0)]);
        assert_eq!(linear("0 0\n20 1").points(), [(0.0, 0.0), (20.0, 1.0)]);
        assert_eq!(read("10 0.25\n17.5\n20 1", Interpolation::Linear).unwrap_err().at, Some(2));
    }

    #[test]
    fn packets_are_full_segments() {
        let rows = rows("1 0.5\n2 1").unwrap();
        let cdf = Cdf::new(&rows, None, 1_460.0, Interpolation::Step).unwrap();
        assert_eq!(cdf.points(), [(1_460.0, 0.5), (2_920.0, 1.0)]);
    }

    #[test]
    fn quantiles_lie_on_the_line_or_on_the_step() {
        // Half of all flows have 10 bytes, the rest lies evenly between 10 and 30; nothing lies between 30 and 40.
        let text = "10 0.5\n30 1\n40 1";
        let line = linear(text);
        assert_eq!([0.0, 0.49, 0.5, 0.75].map(|u| line.quantile(u)), [10.0, 10.0, 10.0, 20.0]);
        let step = read(text, Interpolation::Step).unwrap();
        assert_eq!([0.0, 0.49, 0.5, 0.75].map(|u| step.quantile(u)), [10.0, 10.0, 30.0, 30.0]);
        assert_eq!((line.mean(), step.mean()), (15.0, 20.0));
    }

    #[test]
    fn a_repeated_size_is_a_jump() {
        let cdf = linear("0 0\n10 0.2\n10 0.8\n20 1");
        assert_eq!([0.1, 0.3, 0.7, 0.9].map(|u| libm::round(cdf.quantile(u))), [5.0, 10.0, 10.0, 15.0]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let check = |text: &str, at: Option<usize>, part: &str| {
            let fault = read(text, Interpolation::Linear).unwrap_err();
            assert!(fault.at == at && fault.message.contains(part), "{text:?}: {fault:?}");
        };
        check("0 0\n10 0.5\n5 1", Some(3), "the size 5 is less than 10");
        check("0 0\n10 0.5\n20 0.4\n30 1", Some(3), "the share 0.4 is less than 0.5");
        check("0 0\n10 0.5", Some(2), "must be 1 or 100, not 0.5");
        check("0 0\nten 1", Some(2), "`ten` is not a number");
        check("0 0\n10 0.5 7\n20 1", Some(2), "not 3 values");
        check("0 0\n-1 1", Some(2), "cannot be");
        check("# nothing\n", None, "no points");
        check("0 1", None, "zero");
    }

    #[test]
    fn pareto_sizes_have_the_mean_of_the_textbook() {
        // shape · minimum / (shape - 1) = 2.5 · 1000 / 1.5.
        check_mean(&Distribution::Pareto { minimum: 1_000.0, shape: 2.5, maximum: None }, 5_000.0 / 3.0);
        // Cut at 100 000 with shape 1: minimum · ln(ratio) / (1 - 1 / ratio) = 1000 · 4.60517 / 0.99.
        let cut = Distribution::Pareto { minimum: 1_000.0, shape: 1.0, maximum: Some(100_000.0) };
        check_mean(&cut, 1_000.0 * 4.605_170_186 / 0.99);
        // The general formula next to it.
        let near = Distribution::Pareto { minimum: 1_000.0, shape: 1.000_01, maximum: Some(100_000.0) };
        assert!((near.mean() - cut.mean()).abs() < 0.1);
    }

    #[test]
    fn exponential_and_fixed_sizes_have_their_mean() {
        check_mean(&Distribution::Fixed(1_234.0), 1_234.0);
        check_mean(&Distribution::Exponential(50_000.0), 50_000.0);
    }

    #[test]
    fn what_makes_no_sense_names_its_field() {
        let field =
            |sizes: Sizes| Distribution::new(&sizes, 1_460, |_| Err("no such file".into())).unwrap_err().0.join(".");
        let pareto = |shape, maximum| {
            Sizes::Pareto(ParetoSizes { minimum: Bytes(10), shape, maximum: Option::map(maximum, Bytes) })
        };
        assert_eq!(field(Sizes::Fixed(Bytes(0))), "fixed");
        assert_eq!(field(pareto(1.0, None)), "pareto.shape");
        assert_eq!(field(pareto(1.0, Some(10))), "pareto.maximum");
        let cdf = |file: Option<&str>| CdfSizes {
            file: file.map(str::to_owned),
            points: None,
            unit: SizeUnit::Bytes,
            scale: None,
            interpolation: Interpolation::Linear,
        };
        assert_eq!(field(Sizes::Cdf(cdf(None))), "cdf");
        assert_eq!(field(Sizes::Cdf(cdf(Some("x")))), "cdf.file");
    }
}
