//! Entropic transport by Sinkhorn's iteration on potentials, and the divergence free of its bias.

use crate::relaxation::Relaxation;
use crate::softmin::{Cloud, Cost, Frame, Softmin};
use crate::weighted::{Weighted, same_dimension};
use kantorovich_kernels::{Decimal, Error};

/// How an entropic problem is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SinkhornOptions {
    /// Strength of smoothing, in the cost's unit.
    pub epsilon: f64,
    /// What moving costs.
    pub cost: Cost,
    /// Iteration ends once `Σ_j |(Pᵀ1)_j - b_j|` is no more than this.
    pub tolerance: f64,
    /// Updates of both potentials, at most.
    pub max_iterations: usize,
    /// Smoothing starts as large as the largest cost and shrinks by this factor each iteration
    /// until it is epsilon; 1 starts at epsilon.
    pub scaling: f64,
}

/// An entropic transport from a to b.
///
/// The plan P has a's masses exactly, and b's up to the error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entropic {
    /// `<P, C> + ε KL(P | a bᵀ)`, by its dual: never above the true minimum but for rounding.
    pub value: f64,
    /// `<P, C>`.
    pub cost: f64,
    /// `Σ_j |(Pᵀ1)_j - b_j|`.
    pub marginal_error: f64,
    /// Updates of both potentials.
    pub iterations: usize,
    /// Whether the error is within the tolerance.
    pub converged: bool,
}

/// The largest cost over epsilon up to which `f32` serves: exponents are then right to 1e-3.
const FAST: f64 = 16384.0;

/// What rounding to `f32` may leave of the marginal error, times the largest cost over epsilon.
const ROUNDING: f64 = 4e-7;

/// The least smoothing, over the largest cost, that `f64` resolves.
const LEAST: f64 = 1e-9;

/// `min_P <P, C> + ε KL(P | a bᵀ)` over plans between a and b (Cuturi 2013), by updates of its
/// potentials in the log domain.
///
/// Lanes of `f32` work until their rounding shows, `f64` goes on from there; what is returned is
/// evaluated in `f64`. Costs are never stored: `O(n + m)` memory beside the points.
///
/// # Errors
///
/// A shape error where the points differ in dimension, an options error on an option outside its
/// range or an epsilon below 1e-9 of the largest cost.
pub fn sinkhorn(
    a: &Weighted<'_>,
    b: &Weighted<'_>,
    options: &SinkhornOptions,
) -> Result<Entropic, Error> {
    let frame = checked(a, b, options)?;
    let (a, b) = (Cloud::new(a, &frame), Cloud::new(b, &frame));
    Ok(Iteration::new(&a, &b, &frame, options, false).run())
}

/// A divergence with the states of the three problems that it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// By values, with the KL term.
    pub value: f64,
    /// By transport costs alone.
    pub cost: f64,
    /// The largest of the three.
    pub marginal_error: f64,
    /// The sum of the three.
    pub iterations: usize,
    /// Whether all three did.
    pub converged: bool,
}

/// `OT(a, b) - OT(a, a) / 2 - OT(b, b) / 2` (Genevay et al. 2018, Feydy et al. 2019): 0 for equal
/// samples, and by its values at least 0.
///
/// # Errors
///
/// Those of [`sinkhorn`].
pub fn sinkhorn_divergence(
    a: &Weighted<'_>,
    b: &Weighted<'_>,
    options: &SinkhornOptions,
) -> Result<Divergence, Error> {
    let frame = checked(a, b, options)?;
    let same = a.points() == b.points() && a.shares() == b.shares();
    let (a, b) = (Cloud::new(a, &frame), Cloud::new(b, &frame));
    let run = |a, b, same| Iteration::new(a, b, &frame, options, same).run();
    let [ab, aa, bb] = [run(&a, &b, same), run(&a, &a, true), run(&b, &b, true)];
    Ok(Divergence {
        value: ab.value - 0.5 * (aa.value + bb.value),
        cost: ab.cost - 0.5 * (aa.cost + bb.cost),
        marginal_error: ab.marginal_error.max(aa.marginal_error).max(bb.marginal_error),
        iterations: ab.iterations + aa.iterations + bb.iterations,
        converged: ab.converged && aa.converged && bb.converged,
    })
}

fn checked(a: &Weighted<'_>, b: &Weighted<'_>, options: &SinkhornOptions) -> Result<Frame, Error> {
    same_dimension(a, b)?;
    let SinkhornOptions { epsilon, tolerance, max_iterations, scaling, cost } = *options;
    for (name, value, allowed, range) in [
        ("epsilon", epsilon, epsilon > 0.0 && epsilon.is_finite(), "a finite number above 0"),
        (
            "tolerance",
            tolerance,
            tolerance > 0.0 && tolerance.is_finite(),
            "a finite number above 0",
        ),
        ("scaling", scaling, scaling > 0.0 && scaling <= 1.0, "above 0 and at most 1"),
        ("maxIterations", max_iterations as f64, max_iterations > 0, "at least 1"),
    ] {
        if !allowed {
            return Err(Error::options(format!(
                "{name} must be {range}, {} given",
                Decimal(value)
            )));
        }
    }
    let frame = Frame::around([a, b]);
    let least = LEAST * cost.of_square(frame.square);
    if epsilon < least {
        return Err(Error::options(format!(
            "epsilon must be at least {}, 1e-9 of the largest cost, {} given",
            Decimal(least),
            Decimal(epsilon)
        )));
    }
    Ok(frame)
}

struct Iteration<'a> {
    a: &'a Cloud<'a>,
    b: &'a Cloud<'a>,
    frame: &'a Frame,
    options: &'a SinkhornOptions,
    /// a is b, and the potentials are one.
    same: bool,
    f: Vec<f64>,
    g: Vec<f64>,
    next: Vec<f64>,
    iterations: usize,
}

impl<'a> Iteration<'a> {
    fn new(
        a: &'a Cloud<'a>,
        b: &'a Cloud<'a>,
        frame: &'a Frame,
        options: &'a SinkhornOptions,
        same: bool,
    ) -> Self {
        let (f, g, next) = (vec![0.0; a.len()], vec![0.0; b.len()], vec![0.0; b.len()]);
        Self { a, b, frame, options, same, f, g, next, iterations: 0 }
    }

    fn run(mut self) -> Entropic {
        let SinkhornOptions { epsilon: last, tolerance, scaling, .. } = *self.options;
        let largest = self.options.cost.of_square(self.frame.square);
        if scaling < 1.0 {
            let mut epsilon = largest;
            while epsilon > last && self.may_go_on() {
                self.step(epsilon, largest / epsilon <= FAST, 1.0);
                epsilon *= scaling;
            }
        }
        let mut relaxation = Relaxation::new();
        if largest / last <= FAST {
            let enough = tolerance.max(ROUNDING * largest / last);
            while self.may_go_on() {
                let error = self.step(last, true, relaxation.factor());
                if error <= enough {
                    break;
                }
                relaxation.observe(error);
            }
        }
        loop {
            let found = self.evaluate();
            if found.converged || !self.may_go_on() {
                return found;
            }
            let error = self.step(last, false, relaxation.factor());
            relaxation.observe(error);
        }
    }

    fn may_go_on(&self) -> bool {
        self.iterations < self.options.max_iterations
    }

    fn softmin(&self, epsilon: f64) -> Softmin<'a> {
        Softmin { cost: self.options.cost, epsilon, frame: self.frame }
    }

    /// Updates both potentials, going beyond their targets by `factor`; the error of b's masses
    /// before g was.
    fn step(&mut self, epsilon: f64, fast: bool, factor: f64) -> f64 {
        let softmin = self.softmin(epsilon);
        self.iterations += 1;
        let minima = |from: &Cloud<'_>, to: &Cloud<'_>, potential: &[f64], out: &mut Vec<f64>| {
            out.resize(from.len(), 0.0);
            if fast {
                softmin.fast(from, to, potential, out);
            } else {
                softmin.exact(from, to, potential, |i, row| out[i] = row.minimum);
            }
        };
        let towards = |potential: &mut [f64], targets: &[f64], factor: f64| {
            for (at, target) in potential.iter_mut().zip(targets) {
                *at += factor * (target - *at);
            }
        };
        if self.same {
            minima(self.a, self.b, &self.g, &mut self.next);
        } else {
            minima(self.a, self.b, &self.g, &mut self.next);
            towards(&mut self.f, &self.next, factor);
            minima(self.b, self.a, &self.f, &mut self.next);
        }
        let parts = self.g.iter().zip(&self.next).zip(&self.b.shares);
        let error = parts
            .map(|((g, next), share)| share * libm::fabs(1.0 - libm::exp((g - next) / epsilon)))
            .sum();
        // Alone with itself the iteration would swing; its mean with the last converges fast.
        towards(&mut self.g, &self.next, if self.same { 0.5 } else { factor });
        error
    }

    /// The plan of g and of the f that gives it a's masses.
    fn evaluate(&self) -> Entropic {
        let mut columns = vec![0.0; self.b.len()];
        let (mut value, mut cost) = (0.0, 0.0);
        let shares = &self.a.shares;
        self.softmin(self.options.epsilon).exact(self.a, self.b, &self.g, |i, row| {
            value += shares[i] * row.minimum;
            let mut mean = 0.0;
            for ((column, part), moved) in columns.iter_mut().zip(row.spread).zip(row.costs) {
                *column += shares[i] * part;
                mean += part * moved;
            }
            cost += shares[i] * mean;
        });
        value += self.b.shares.iter().zip(&self.g).map(|(share, g)| share * g).sum::<f64>();
        let errors =
            columns.iter().zip(&self.b.shares).map(|(column, share)| (column - share).abs());
        let marginal_error = errors.sum();
        let converged = marginal_error <= self.options.tolerance;
        Entropic { value, cost, marginal_error, iterations: self.iterations, converged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{ErrorKind, Random};
    use proptest::prelude::*;

    const OPTIONS: SinkhornOptions = SinkhornOptions {
        epsilon: 0.1,
        cost: Cost::Euclidean,
        tolerance: 1e-6,
        max_iterations: 2000,
        scaling: 0.5,
    };

    fn sample<'a>(points: &'a [f32], cols: usize, weights: Option<&[f64]>) -> Weighted<'a> {
        Weighted::new("a", points, points.len() / cols, cols, weights).unwrap()
    }

    fn close(found: f64, right: f64, within: f64) {
        assert!((found - right).abs() <= within, "{found} for {right}");
    }

    #[test]
    fn t1_a_small_epsilon_stays_right() {
        let (x, y) = ([0.0, 0.2, 1.0], [0.1, 0.5, 0.9]);
        let (a, b) = (sample(&x, 1, None), sample(&y, 1, None));
        for (epsilon, value, cost, within) in [
            (0.1, 0.2544332312531, 0.18939853883302, 1e-5),
            (0.001, 0.16776527895533477, 1.0 / 6.0, 1e-4),
            (0.0001, 0.16677652789553346, 1.0 / 6.0, 1e-4),
        ] {
            let options = SinkhornOptions { epsilon, ..OPTIONS };
            let found = sinkhorn(&a, &b, &options).unwrap();
            close(found.value, value, within);
            close(found.cost, cost, within);
        }
    }

    #[test]
    fn t1_b_zero_weights() {
        let line = [0.0, 1.0, 2.0];
        let a = sample(&line, 1, Some(&[0.5, 0.5, 0.0]));
        let b = sample(&line, 1, Some(&[0.0, 0.25, 0.75]));
        for epsilon in [0.1, 0.01] {
            let found = sinkhorn(&a, &b, &SinkhornOptions { epsilon, ..OPTIONS }).unwrap();
            close(found.cost, 1.25, 1e-5);
        }
    }

    #[test]
    fn t1_c_what_has_not_converged_says_so() {
        let (x, y) = ([0.0, 0.2, 1.0], [0.1, 0.5, 0.9]);
        let run = |max_iterations| {
            let options =
                SinkhornOptions { epsilon: 0.001, max_iterations, scaling: 1.0, ..OPTIONS };
            sinkhorn(&sample(&x, 1, None), &sample(&y, 1, None), &options).unwrap()
        };
        let short = run(10);
        assert!(!short.converged && short.iterations == 10 && short.marginal_error > 1e-3);
        // The plain alternation would be left with 1/300 here.
        let long = run(100);
        assert!(long.converged && long.iterations < 100 && long.marginal_error <= 1e-6);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn lanes_and_f64_find_the_same_potentials(n in 1usize..150, m in 1usize..600, cols in 1usize..9, seed in 0u64..1000, far in 0.0f32..1e4) {
            let random = &mut Random::new(seed);
            let mut draw = |count: usize| -> Vec<f32> { (0..count * cols).map(|_| far + random.normal()).collect() };
            let (x, y) = (draw(n), draw(m));
            let (x, y) = (sample(&x, cols, None), sample(&y, cols, None));
            let frame = Frame::around([&x, &y]);
            let (a, b) = (Cloud::new(&x, &frame), Cloud::new(&y, &frame));
            let heights: Vec<f64> = (0..m).map(|j| 0.01 * j as f64).collect();
            for cost in [Cost::Euclidean, Cost::SquaredEuclidean] {
                let softmin = Softmin { cost, epsilon: 0.3, frame: &frame };
                let mut fast = vec![0.0; n];
                softmin.fast(&a, &b, &heights, &mut fast);
                let largest = cost.of_square(frame.square);
                softmin.exact(&a, &b, &heights, |i, row| {
                    assert!((fast[i] - row.minimum).abs() < 1e-6 * (1.0 + largest), "{} {}", fast[i], row.minimum);
                });
            }
        }

        #[test]
        fn the_divergence_is_symmetric_and_not_negative(n in 1usize..12, m in 1usize..12, seed in 0u64..1000, epsilon in 0.05f64..2.0) {
            let random = &mut Random::new(seed);
            let mut draw = |count: usize| -> Vec<f32> { (0..count * 2).map(|_| random.normal()).collect() };
            let (x, y) = (draw(n), draw(m));
            let (a, b) = (sample(&x, 2, None), sample(&y, 2, None));
            let options = SinkhornOptions { epsilon, ..OPTIONS };
            let (there, back) = (sinkhorn_divergence(&a, &b, &options).unwrap(), sinkhorn_divergence(&b, &a, &options).unwrap());
            prop_assert!(there.value >= -1e-7);
            prop_assert!((there.value - back.value).abs() < 1e-6, "{there:?} {back:?}");
        }
    }

    #[test]
    fn t3_the_divergence_is_the_one_that_its_docs_name() {
        let x = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0];
        let moved = |dx: f32, dy: f32| [dx, dy, 1.0 + dx, dy, dx, 2.0 + dy];
        let y = moved(0.3, -0.4);
        let (a, b) = (sample(&x, 2, None), sample(&y, 2, None));
        let squared = SinkhornOptions { cost: Cost::SquaredEuclidean, ..OPTIONS };
        for epsilon in [1.0, 0.1, 0.01] {
            let found =
                sinkhorn_divergence(&a, &b, &SinkhornOptions { epsilon, ..squared }).unwrap();
            close(found.value, 0.25, 1e-5);
        }
        let euclidean = SinkhornOptions { epsilon: 1.0, ..OPTIONS };
        let found = sinkhorn_divergence(&a, &b, &euclidean).unwrap();
        close(found.value, 0.3522989855377, 1e-5);
        close(found.cost, 0.4813581843942, 1e-5);
        let found = sinkhorn(&a, &b, &euclidean).unwrap();
        close(found.value, 1.1138340268726, 1e-5);
        close(found.cost, 0.8956753354391, 1e-5);
        let (near, finer) = (moved(0.001, 0.0), SinkhornOptions { epsilon: 0.05, ..OPTIONS });
        let found = sinkhorn_divergence(&a, &sample(&near, 2, None), &finer).unwrap();
        close(found.value, 0.001, 1e-5);
        let found = sinkhorn_divergence(&a, &a, &finer).unwrap();
        assert_eq!((found.value, found.cost), (0.0, 0.0));
        let two = [0.0, 1.0];
        let found = sinkhorn(&sample(&two, 1, None), &sample(&two, 1, None), &euclidean).unwrap();
        close(found.cost, 0.2689414213699951, 1e-5);
        close(found.value, 0.3798854930417225, 1e-5);
    }

    #[test]
    fn a_smaller_epsilon_comes_nearer_to_the_exact_cost_from_above() {
        let random = &mut Random::new(7);
        let mut draw =
            |count: usize| -> Vec<f32> { (0..count * 2).map(|_| random.normal()).collect() };
        let (x, y) = (draw(30), draw(40));
        let (a, b) = (sample(&x, 2, None), sample(&y, 2, None));
        let exact = crate::wasserstein1(&a, &b, crate::Metric::Euclidean).unwrap().value;
        let mut last = f64::INFINITY;
        for epsilon in [1.0, 0.1, 0.01, 0.001] {
            let options = SinkhornOptions { epsilon, tolerance: 1e-4, ..OPTIONS };
            let found = sinkhorn(&a, &b, &options).unwrap().value;
            assert!(found >= exact && found < last, "{found} {exact} {last}");
            last = found;
        }
        close(last, exact, 0.02);
    }

    #[test]
    fn options_outside_their_range_are_refused_by_name() {
        let line = [0.0, 1.0];
        let a = sample(&line, 1, None);
        for (name, options) in [
            ("epsilon", SinkhornOptions { epsilon: 0.0, ..OPTIONS }),
            ("epsilon", SinkhornOptions { epsilon: 1e-12, ..OPTIONS }),
            ("tolerance", SinkhornOptions { tolerance: f64::NAN, ..OPTIONS }),
            ("maxIterations", SinkhornOptions { max_iterations: 0, ..OPTIONS }),
            ("scaling", SinkhornOptions { scaling: 1.5, ..OPTIONS }),
        ] {
            let error = sinkhorn(&a, &a, &options).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Options);
            assert!(error.message.starts_with(name), "{error}");
        }
    }
}
