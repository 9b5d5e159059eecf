//! Masses as whole numbers, so that flows are exact.

/// Units of mass of every source and sink, with the same sum on both sides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Masses {
    pub sources: Vec<i64>,
    pub sinks: Vec<i64>,
}

/// Units into which weights that are no simple fractions are cut, at most: the error of a weight is half
/// a unit and that of a value at most `(n + m) / 2` units of the largest cost.
const MOST_UNITS: i64 = 1 << 46;

/// What the sum of all masses may be, times the sources and one more, as the network simplex perturbs them.
const MOST_FLOW: i64 = 1 << 62;

impl Masses {
    /// `n` equal sources and `m` equal sinks, exactly.
    pub fn uniform(n: usize, m: usize) -> Self {
        let common = greatest_common_divisor(n, m);
        Self { sources: vec![(m / common) as i64; n], sinks: vec![(n / common) as i64; m] }
    }

    /// Shares that sum to 1 on either side, rounded to whole units.
    pub fn from_shares(sources: &[f64], sinks: &[f64]) -> Self {
        let all = MOST_UNITS.min(MOST_FLOW / (sources.len() as i64 + 1) - 1);
        Self { sources: units(sources, all), sinks: units(sinks, all) }
    }

    /// All units.
    pub fn total(&self) -> i64 {
        self.sources.iter().sum()
    }
}

fn units(shares: &[f64], all: i64) -> Vec<i64> {
    let mut units: Vec<i64> =
        shares.iter().map(|share| libm::round(share * all as f64) as i64).collect();
    let missing = all - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += missing;
    }
    units
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_the_same_sum() {
        let six = Masses::uniform(4, 6);
        assert_eq!((six.sources[0], six.sinks[0], six.total()), (3, 2, 12));
        let cut = Masses::from_shares(&[1.0 / 3.0; 3], &[1e-30, 0.3, 0.7]);
        assert_eq!(cut.total(), cut.sinks.iter().sum::<i64>());
        assert_eq!((cut.total(), cut.sinks[0]), (1 << 46, 0));
    }

    #[test]
    fn many_sources_get_fewer_units_so_that_perturbed_flows_fit() {
        for count in [1usize << 15, 1 << 17, 1 << 20] {
            let cut = Masses::from_shares(&vec![1.0 / count as f64; count], &[0.5, 0.5]);
            assert_eq!(cut.total(), cut.sinks.iter().sum::<i64>());
            let perturbed = cut.total().checked_mul(count as i64 + 1).unwrap() + count as i64;
            assert!(perturbed <= MOST_FLOW && perturbed > MOST_FLOW / 4, "{count}");
        }
    }
}
