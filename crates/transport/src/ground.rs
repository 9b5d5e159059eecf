//! What moving costs: from each of n sources to each of m sinks.

/// Costs between sources and sinks, all finite and at least 0.
pub(crate) trait Costs {
    /// Sources.
    fn sources(&self) -> usize;

    /// Sinks.
    fn sinks(&self) -> usize;

    /// From source `i` to sink `j`.
    fn at(&self, i: usize, j: usize) -> f64;

    /// From source `i` to the sinks from `first` on, as many as `out` has places.
    fn row(&self, i: usize, first: usize, out: &mut [f64]);
}

/// Costs kept as a matrix.
pub(crate) struct Dense {
    sinks: usize,
    costs: Vec<f64>,
}

impl Dense {
    /// A source a row.
    pub fn new(sinks: usize, costs: Vec<f64>) -> Self {
        Self { sinks, costs }
    }
}

impl Costs for Dense {
    fn sources(&self) -> usize {
        self.costs.len() / self.sinks
    }

    fn sinks(&self) -> usize {
        self.sinks
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.costs[i * self.sinks + j]
    }

    fn row(&self, i: usize, first: usize, out: &mut [f64]) {
        out.copy_from_slice(&self.costs[i * self.sinks + first..][..out.len()]);
    }
}

/// What moving from one point to another costs, in `f64` from the differences of coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    Euclidean,
    SquaredEuclidean,
    Manhattan,
}

impl Ground {
    /// From `x` to `y`.
    #[inline(always)]
    pub fn between(self, x: &[f32], y: &[f32]) -> f64 {
        let differences = x.iter().zip(y).map(|(x, y)| f64::from(*x) - f64::from(*y));
        match self {
            Self::Euclidean => differences.map(|gap| gap * gap).sum::<f64>().sqrt(),
            Self::SquaredEuclidean => differences.map(|gap| gap * gap).sum(),
            Self::Manhattan => differences.map(f64::abs).sum(),
        }
    }

    /// From `x` to each of `others`. A call of bounded length, so that V8 can replace its baseline
    /// code between calls.
    #[inline(never)]
    pub fn microkernel_costs(self, x: &[f32], others: &[&[f32]], out: &mut [f64]) {
        let pairs = out.iter_mut().zip(others);
        match self {
            Self::Euclidean => pairs.for_each(|(to, y)| *to = Self::Euclidean.between(x, y)),
            Self::SquaredEuclidean => {
                pairs.for_each(|(to, y)| *to = Self::SquaredEuclidean.between(x, y));
            }
            Self::Manhattan => pairs.for_each(|(to, y)| *to = Self::Manhattan.between(x, y)),
        }
    }
}
