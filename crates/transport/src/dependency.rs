//! The Wasserstein-1 distance between the joint distribution of pairs and the product of its
//! marginals.

use crate::ground::{Costs, Ground};
use crate::masses::Masses;
use crate::simplex::solve;
use crate::weighted::Weighted;
use kantorovich_kernels::Error;

/// Pairs, at most: n^2 (n - 1) arcs are gone round.
const MOST_PAIRS: usize = 256;

/// The distance of (x, y) and (x', y').
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairMetric {
    /// `|x - x'| + |y - y'|`.
    Sum,
    /// `√(|x - x'|² + |y - y'|²)`.
    L2,
}

impl PairMetric {
    #[inline(always)]
    fn join(self, dx: f64, dy: f64) -> f64 {
        match self {
            Self::Sum => dx + dy,
            Self::L2 => (dx * dx + dy * dy).sqrt(),
        }
    }

    /// The distances of pairs whose first halves lie `dx` apart and second halves `dy`. A call of
    /// bounded length, so that V8 can replace its baseline code between calls.
    #[inline(never)]
    fn microkernel_joined(self, dx: f64, dy: &[f64], out: &mut [f64]) {
        let pairs = out.iter_mut().zip(dy);
        match self {
            Self::Sum => pairs.for_each(|(to, dy)| *to = Self::Sum.join(dx, *dy)),
            Self::L2 => pairs.for_each(|(to, dy)| *to = Self::L2.join(dx, *dy)),
        }
    }
}

/// The distance of joint and product, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// The cost of the cheapest transport that was found.
    pub value: f64,
    /// The mean score of the pairs less that of all combinations: equal to `value` but for
    /// rounding.
    pub lower: f64,
    /// n x n: the scores `f(x_i, y_j)` of an optimal critic, 1-Lipschitz in the metric.
    pub scores: Vec<f64>,
}

/// `W_1` between the n pairs (x_i, y_i) and the n² combinations (x_i, y_j): the Wasserstein
/// dependency measure of the sample (Ozair et al. 2019).
///
/// A share 1/n² of the mass lies on each pair in both distributions and, the cost being a metric,
/// stays there; what is left goes from n pairs to n² - n combinations. Costs are never stored.
///
/// # Errors
///
/// A shape error on different numbers of rows, or more than 256.
pub fn dependency_w1(
    x: &Weighted<'_>,
    y: &Weighted<'_>,
    metric: PairMetric,
) -> Result<Dependency, Error> {
    let n = x.rows();
    if y.rows() != n || n > MOST_PAIRS {
        return Err(Error::shape(format!(
            "as many rows of y as of x, and at most {MOST_PAIRS}, expected, {n} rows of x and {} of y given",
            y.rows()
        )));
    }
    let costs = Combinations { n, dx: distances(x), dy: distances(y), metric };
    if n == 1 {
        return Ok(Dependency { value: 0.0, lower: 0.0, scores: vec![0.0] });
    }
    let masses = Masses { sources: vec![n as i64 - 1; n], sinks: vec![1; n * (n - 1)] };
    let found = solve(&costs, &masses);
    let moved = (n - 1) as f64 / n as f64;
    // The least 1-Lipschitz function that is at least the prices at the pairs.
    let mut scores = vec![f64::NEG_INFINITY; n * n];
    let mut slope = vec![0.0; n];
    for (a, row) in scores.chunks_exact_mut(n).enumerate() {
        for (i, price) in found.prices[0].iter().enumerate() {
            metric.microkernel_joined(costs.dx[i * n + a], &costs.dy[i * n..], &mut slope);
            for (score, distance) in row.iter_mut().zip(&slope) {
                *score = score.max(price - distance);
            }
        }
    }
    let pairs = scores.iter().step_by(n + 1).sum::<f64>() / n as f64;
    let all = scores.iter().sum::<f64>() / (n * n) as f64;
    Ok(Dependency { value: found.cost * moved, lower: pairs - all, scores })
}

fn distances(sample: &Weighted<'_>) -> Vec<f64> {
    let points: Vec<&[f32]> = sample.iter().collect();
    let mut all = vec![0.0; points.len() * points.len()];
    for (row, point) in all.chunks_exact_mut(points.len()).zip(&points) {
        Ground::Euclidean.microkernel_costs(point, &points, row);
    }
    all
}

/// From each pair to the combinations (a, b) with b != a, in the order of a, then b.
struct Combinations {
    n: usize,
    dx: Vec<f64>,
    dy: Vec<f64>,
    metric: PairMetric,
}

impl Costs for Combinations {
    fn sources(&self) -> usize {
        self.n
    }

    fn sinks(&self) -> usize {
        self.n * (self.n - 1)
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        let (a, b) = (j / (self.n - 1), j % (self.n - 1));
        let b = b + usize::from(b >= a);
        self.metric.join(self.dx[i * self.n + a], self.dy[i * self.n + b])
    }

    fn row(&self, i: usize, first: usize, out: &mut [f64]) {
        let width = self.n - 1;
        let [dx, dy] = [&self.dx, &self.dy].map(|d| &d[i * self.n..][..self.n]);
        let (mut a, mut from, mut out) = (first / width, first % width, out);
        while !out.is_empty() {
            let count = (width - from).min(out.len());
            let (now, rest) = out.split_at_mut(count);
            // The combinations before b = a, then those after it.
            let before = a.saturating_sub(from).min(count);
            let (early, late) = now.split_at_mut(before);
            self.metric.microkernel_joined(dx[a], &dy[from..], early);
            self.metric.microkernel_joined(dx[a], &dy[from + before + 1..], late);
            (out, a, from) = (rest, a + 1, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::Dense;
    use kantorovich_kernels::{ErrorKind, Random};
    use proptest::prelude::*;

    fn sample(points: &[f32], cols: usize) -> Weighted<'_> {
        Weighted::new("x", points, points.len() / cols, cols, None).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn it_is_the_transport_of_all_mass_and_its_scores_are_lipschitz(n in 1usize..9, cols in 1usize..4, grid in any::<bool>(), seed in 0u64..1000) {
            let random = &mut Random::new(seed);
            let mut draw = || -> Vec<f32> {
                (0..n * cols).map(|_| if grid { random.below(3) as f32 } else { random.normal() }).collect()
            };
            let (x, y) = (draw(), draw());
            let (x, y) = (sample(&x, cols), sample(&y, cols));
            let (dx, dy) = (distances(&x), distances(&y));
            for metric in [PairMetric::Sum, PairMetric::L2] {
                let distance = |(a, b): (usize, usize), (c, d): (usize, usize)| metric.join(dx[a * n + c], dy[b * n + d]);
                let costs = (0..n * n * n).map(|at| distance((at / (n * n), at / (n * n)), (at / n % n, at % n))).collect();
                let right = solve(&Dense::new(n * n, costs), &Masses::uniform(n, n * n)).cost;
                let found = dependency_w1(&x, &y, metric).unwrap();
                prop_assert!((found.value - right).abs() < 1e-12, "{found:?} {right}");
                prop_assert!((found.value - found.lower).abs() < 1e-12);
                for (p, high) in found.scores.iter().enumerate() {
                    for (q, low) in found.scores.iter().enumerate() {
                        prop_assert!(high - low <= distance((p / n, p % n), (q / n, q % n)) + 1e-12);
                    }
                }
            }
        }

        #[test]
        fn a_row_of_costs_is_its_costs_one_by_one(n in 2usize..12, from in 0.0f64..1.0, to in 0.0f64..1.0, seed in 0u64..100) {
            let random = &mut Random::new(seed);
            let mut draw = || (0..n * n).map(|_| f64::from(random.uniform())).collect();
            let costs = Combinations { n, dx: draw(), dy: draw(), metric: PairMetric::L2 };
            let first = (from * (costs.sinks() - 1) as f64) as usize;
            let count = ((costs.sinks() - first) as f64 * to) as usize;
            for i in 0..n {
                let mut row = vec![0.0; count];
                costs.row(i, first, &mut row);
                for (at, cost) in row.iter().enumerate() {
                    prop_assert_eq!(*cost, costs.at(i, first + at));
                }
            }
        }
    }

    #[test]
    fn equal_pairs_at_mutual_distance_1_are_1_less_their_share_apart() {
        for n in [1, 2, 3, 7, 20] {
            // Corners of a simplex, √2 / √2 apart.
            let mut corners = vec![0.0f32; n * n];
            (0..n).for_each(|i| corners[i * n + i] = core::f32::consts::FRAC_1_SQRT_2);
            let x = sample(&corners, n);
            let found = dependency_w1(&x, &x, PairMetric::Sum).unwrap();
            assert!((found.value - (1.0 - 1.0 / n as f64)).abs() < 1e-7, "{n} {}", found.value);
        }
    }

    #[test]
    fn l9_two_points_are_half_apart_and_independence_is_none() {
        let two = [0.0, 1.0];
        let value = |x: &[f32], y: &[f32], metric| {
            dependency_w1(&sample(x, 1), &sample(y, 1), metric).unwrap().value
        };
        assert!((value(&two, &two, PairMetric::Sum) - 0.5).abs() < 1e-12);
        let (x, y) = ([0.0, 0.0, 3.0, 3.0], [1.0, 5.0, 1.0, 5.0]);
        for metric in [PairMetric::Sum, PairMetric::L2] {
            assert_eq!(value(&x, &y, metric), 0.0);
        }
    }

    #[test]
    fn other_numbers_of_rows_and_too_many_are_refused() {
        let points = [0.0; 257];
        for (x, y) in [(&points[..3], &points[..2]), (&points, &points)] {
            let error = dependency_w1(&sample(x, 1), &sample(y, 1), PairMetric::Sum).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Shape);
            assert!(error.message.contains(&format!("{} of y given", y.len())), "{error}");
        }
    }
}
