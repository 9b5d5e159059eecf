//! Optimal transport: two samples in, numbers written to where they are wanted.

use crate::memory::{slice, write};
use crate::refusal::status;
use crate::spec::Spec;
use kantorovich_kernels::Error;
use kantorovich_transport::{
    Cost, Metric, PairMetric, SinkhornOptions, Weighted, dependency_w1, sinkhorn,
    sinkhorn_divergence, wasserstein1,
};

/// A row-major matrix in memory with a weight a row, or null where all weigh the same.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct WeightedTable {
    at: *const f32,
    rows: usize,
    cols: usize,
    weights: *const f64,
    weight_count: usize,
}

impl WeightedTable {
    /// # Safety
    /// `at` must be valid for reading `rows * cols` numbers while the sample is used, `weights`
    /// null or valid for reading `weight_count`.
    unsafe fn read<'a>(self, name: &str) -> Result<Weighted<'a>, Error> {
        // SAFETY: as the caller vouches.
        let (points, weights) = unsafe {
            (slice(self.at, self.rows * self.cols), slice(self.weights, self.weight_count))
        };
        let weights = (!self.weights.is_null()).then_some(weights);
        Weighted::new(name, points, self.rows, self.cols, weights)
    }
}

/// The value that `key` names.
fn named<T: Copy>(spec: &Spec<'_>, key: &str, values: &[(&str, T)]) -> Result<T, Error> {
    let name = spec.text(key)?;
    let found = values.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = values.iter().map(|(known, _)| *known).collect();
        Error::options(format!("{key} must be {}, got {name}", known.join(" or ")))
    })
}

/// The exact Wasserstein-1 distance; 0, or 1 where refused. Keys: metric.
///
/// `out` receives the value, its lower bound, and the potential at the points of a, then of b.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `items` for two samples (a, b), each of them as
/// it says, and `out` for writing `2 + n + m` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn transport_wasserstein1(
    spec: *const u8,
    length: usize,
    items: *const [WeightedTable; 2],
    out: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [a, b]) = unsafe { (Spec::read(spec, length)?, *items) };
        // SAFETY: as the caller vouches.
        let (a, b) = unsafe { (a.read("a")?, b.read("b")?) };
        let metrics = [("euclidean", Metric::Euclidean), ("manhattan", Metric::Manhattan)];
        let found = wasserstein1(&a, &b, named(&spec, "metric", &metrics)?)?;
        // SAFETY: as the caller vouches.
        unsafe {
            write(out, &[found.value, found.lower]);
            write(out.add(2), &found.potential);
        }
        Ok(())
    };
    status(run())
}

/// The exact Wasserstein-1 distance of pairs and combinations; 0, or 1 where refused. Keys: metric.
///
/// `out` receives the value, its lower bound, and the n x n scores of an optimal critic.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `items` for two samples (x, y), each of them as
/// it says, and `out` for writing `2 + n * n` numbers, n being the rows of x.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn transport_dependency(
    spec: *const u8,
    length: usize,
    items: *const [WeightedTable; 2],
    out: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [x, y]) = unsafe { (Spec::read(spec, length)?, *items) };
        // SAFETY: as the caller vouches.
        let (x, y) = unsafe { (x.read("x")?, y.read("y")?) };
        let metrics = [("sum", PairMetric::Sum), ("l2", PairMetric::L2)];
        let found = dependency_w1(&x, &y, named(&spec, "metric", &metrics)?)?;
        // SAFETY: as the caller vouches.
        unsafe {
            write(out, &[found.value, found.lower]);
            write(out.add(2), &found.scores);
        }
        Ok(())
    };
    status(run())
}

/// Entropic transport, or its divergence; 0, or 1 where refused. Keys: cost, maxIterations,
/// debiased.
///
/// `out` receives the value, the transport cost, the marginal error, the iterations and 1 where
/// they converged.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, `numbers` three numbers (epsilon, tolerance,
/// scaling), `items` two samples (a, b), each of them as it says, and `out` for writing five
/// numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn transport_sinkhorn(
    spec: *const u8,
    length: usize,
    numbers: *const [f64; 3],
    items: *const [WeightedTable; 2],
    out: *mut f64,
) -> u32 {
    let run = || {
        // SAFETY: as the caller vouches.
        let (spec, [epsilon, tolerance, scaling], [a, b]) =
            unsafe { (Spec::read(spec, length)?, *numbers, *items) };
        // SAFETY: as the caller vouches.
        let (a, b) = unsafe { (a.read("a")?, b.read("b")?) };
        let costs = [("euclidean", Cost::Euclidean), ("squared-euclidean", Cost::SquaredEuclidean)];
        let options = SinkhornOptions {
            epsilon,
            cost: named(&spec, "cost", &costs)?,
            tolerance,
            max_iterations: spec.parse("maxIterations")?,
            scaling,
        };
        let found = if spec.parse("debiased")? {
            let found = sinkhorn_divergence(&a, &b, &options)?;
            (found.value, found.cost, found.marginal_error, found.iterations, found.converged)
        } else {
            let found = sinkhorn(&a, &b, &options)?;
            (found.value, found.cost, found.marginal_error, found.iterations, found.converged)
        };
        let (value, cost, error, iterations, converged) = found;
        let report = [value, cost, error, iterations as f64, f64::from(converged)];
        // SAFETY: as the caller vouches.
        unsafe { write(out, &report) };
        Ok(())
    };
    status(run())
}
