//! The largest singular value σ₁ of a matrix: an estimate from below that is cheap when warm,
//! the projection by it, and a certificate from above.
//!
//! The estimate is power iteration on WᵀW, never on W (case L1). The certificate is Gram iteration
//! (Delattre, Barthélemy, Araujo and Allauzen 2023, arXiv:2305.16173, algorithm 1) in f64.

use kantorovich_kernels::{F32x8, LANES, PanelsMut, PanelsRef, Random};

use crate::eigen::dot;

/// What a power iteration has reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpectralNorm {
    /// At most σ₁ but for rounding; no certificate.
    pub estimate: f64,
    /// `|WᵀW v - s² v| / s²` at the last vector v with s = |W v|: some singular value lies that
    /// near, which need not be the largest.
    pub residual: f64,
    /// Iterations made.
    pub iterations: usize,
    /// Whether the residual is within the tolerance.
    pub converged: bool,
}

/// The share of a fixed random vector that joins the warm start, so that an exact singular vector
/// that isn't the first one doesn't pass for it (case L3 A). It changes a converged estimate by
/// its square.
pub(crate) const PROBE: f32 = 1e-3;

/// Power iteration on WᵀW from where the last call ended.
#[derive(Clone, Debug)]
pub struct PowerIteration {
    /// v, a unit vector as long as W has columns.
    right: Vec<f32>,
    /// The fixed random unit vector.
    probe: Vec<f32>,
    /// W v, padded to panels.
    left: Vec<f32>,
    /// Wᵀ u, eight partial sums a column.
    partial: Vec<f32>,
}

impl PowerIteration {
    /// For matrices of this shape, starting from a random vector that is the same in every run.
    pub fn new(rows: usize, cols: usize) -> Self {
        let mut random = Random::new(0x5eed);
        let mut probe: Vec<f32> = (0..cols).map(|_| random.normal()).collect();
        normalise(&mut probe);
        Self {
            right: probe.clone(),
            probe,
            left: vec![0.0; rows.div_ceil(LANES) * LANES],
            partial: vec![0.0; cols * LANES],
        }
    }

    /// The vector from which the next call starts, for a checkpoint.
    pub fn start(&self) -> &[f32] {
        &self.right
    }

    /// Takes up a vector that [`PowerIteration::start`] gave; panics at another length.
    pub fn set_start(&mut self, start: &[f32]) {
        self.right.copy_from_slice(start);
    }

    /// Iterates until the residual is at most `tolerance` (1e-3 is the least that one warm
    /// iteration can reach), at least once and at most `max_iterations` times. Cost: 4 rows x
    /// cols flops an iteration.
    ///
    /// # Panics
    ///
    /// When `w` has another shape than given to [`PowerIteration::new`].
    pub fn run(&mut self, w: PanelsRef<'_>, max_iterations: usize, tolerance: f64) -> SpectralNorm {
        assert!(w.cols() == self.right.len(), "power iteration: columns");
        assert!(w.panel_count() * LANES == self.left.len(), "power iteration: rows");
        for (value, probe) in self.right.iter_mut().zip(&self.probe) {
            *value += PROBE * probe;
        }
        normalise(&mut self.right);
        let mut reached =
            SpectralNorm { estimate: 0.0, residual: 0.0, iterations: 0, converged: false };
        while !reached.converged && reached.iterations < max_iterations.max(1) {
            let (estimate, residual) = self.iterate(w);
            let iterations = reached.iterations + 1;
            let converged = residual <= tolerance;
            reached = SpectralNorm { estimate, residual, iterations, converged };
        }
        reached
    }

    /// One iteration; the estimate is `sqrt(|WᵀW v|)`, which lies between |W v| and σ₁.
    fn iterate(&mut self, w: PanelsRef<'_>) -> (f64, f64) {
        multiply(w, &self.right, &mut self.left);
        let length = normalise(&mut self.left);
        if length == 0.0 {
            // Only a zero matrix is known to have this norm; v may also lie in the null space.
            let zero = w.as_slice().iter().all(|value| *value == 0.0);
            return (0.0, if zero { 0.0 } else { f64::INFINITY });
        }
        multiply_transposed(w, &self.left, &mut self.partial);
        let mut difference = 0.0;
        let mut square = 0.0;
        for (value, partial) in self.right.iter_mut().zip(self.partial.chunks_exact(LANES)) {
            let image = F32x8::load(partial).sum();
            difference += (f64::from(image) / length - f64::from(*value)).powi(2);
            square += f64::from(image) * f64::from(image);
            *value = image;
        }
        normalise(&mut self.right);
        (libm::sqrt(length * libm::sqrt(square)), libm::sqrt(difference))
    }
}

/// `W <- W min(1, c / σ₁)` with σ₁ as `power` estimates it; returns the estimate of before. Below
/// the radius c, W stays as it is, bit for bit. This is a scaling, not the nearest matrix in the
/// spectral ball (case L1).
pub fn project_spectral(
    mut w: PanelsMut<'_>,
    radius: f64,
    power: &mut PowerIteration,
    max_iterations: usize,
    tolerance: f64,
) -> SpectralNorm {
    let norm = power.run(w.as_ref(), max_iterations, tolerance);
    if norm.estimate > radius {
        let scale = F32x8::splat((radius / norm.estimate) as f32);
        for group in w.as_mut_slice().chunks_exact_mut(LANES) {
            (F32x8::load(group) * scale).store(group);
        }
    }
    norm
}

/// An upper bound on σ₁, tight to 1e-5 relative, that never lies below it; infinite
/// where an entry isn't finite. Allocates; changes nothing, so that evaluating twice gives the
/// same number (case L3 B, C).
///
/// ```text
/// A₀ = WᵀW or WWᵀ, the smaller,  Aₜ₊₁ = (Aₜ / fₜ)²,  fₜ = min(|Aₜ|_F, |Aₜ|_∞)
/// σ₁² <= f₀ f₁^(1/2) f₂^(1/4) ... f_T^(1/2^T)
/// ```
///
/// In f64, with room for its rounding. Cost: D h² + T h³ multiplications, h the fewer of rows and
/// columns and D the others; T is 0 for orthonormal matrices and rarely above 10.
pub fn certified_upper_bound(w: PanelsRef<'_>) -> f64 {
    bound_above(w, 0.0)
}

/// [`certified_upper_bound`], or some less tight bound where that is at most `floor` already.
pub(crate) fn bound_above(w: PanelsRef<'_>, floor: f64) -> f64 {
    if !w.as_slice().iter().all(|value| value.is_finite()) {
        return f64::INFINITY;
    }
    let mut gram = Symmetric::gram(w);
    let mut square = gram.clone();
    let (mut log, mut weight) = (0.0, 1.0);
    for _ in 0..MAX_SQUARINGS {
        let (upper, lower) = (gram.norm_from_above(), gram.norm_from_below());
        if upper == 0.0 {
            return 0.0;
        }
        let reached = libm::exp(0.5 * (log + weight * libm::log(upper)));
        if weight * libm::log(upper / lower) <= 2.0 * TIGHTNESS || reached <= floor {
            break;
        }
        gram.scale(1.0 / upper);
        gram.square_into(&mut square);
        core::mem::swap(&mut gram, &mut square);
        log += weight * libm::log(upper);
        weight *= 0.5;
    }
    let norm = libm::exp(0.5 * (log + weight * libm::log(gram.norm_from_above())));
    let size = (w.rows() + w.cols()) as f64;
    norm * (1.0 + 4.0 * size * libm::sqrt(size) * f64::EPSILON)
}

/// Relative distance between bound and norm at which Gram iteration stops.
const TIGHTNESS: f64 = 1e-5;

/// Enough for any rank to reach [`TIGHTNESS`].
const MAX_SQUARINGS: usize = 32;

/// A symmetric positive semi-definite matrix in f64, row-major.
#[derive(Clone)]
struct Symmetric {
    size: usize,
    entries: Vec<f64>,
}

impl Symmetric {
    /// WWᵀ, or WᵀW where W has fewer columns than rows.
    fn gram(w: PanelsRef<'_>) -> Self {
        let (size, length) = (w.rows().min(w.cols()), w.rows().max(w.cols()));
        let entry = |i: usize, k: usize| {
            f64::from(if w.rows() <= w.cols() { w.get(i, k) } else { w.get(k, i) })
        };
        let vectors: Vec<f64> =
            (0..size * length).map(|at| entry(at / length, at % length)).collect();
        let mut gram = Self { size, entries: vec![0.0; size * size] };
        kantorovich_kernels::gram(&vectors, length, &mut gram.entries);
        gram
    }

    fn square_into(&self, out: &mut Self) {
        kantorovich_kernels::gram(&self.entries, self.size, &mut out.entries);
    }

    fn scale(&mut self, factor: f64) {
        self.entries.iter_mut().for_each(|entry| *entry *= factor);
    }

    fn frobenius(&self) -> f64 {
        libm::sqrt(dot(&self.entries, &self.entries))
    }

    /// The smaller of the Frobenius norm and the largest absolute row sum: each is at least the
    /// largest eigenvalue, the second equal to it at the identity.
    fn norm_from_above(&self) -> f64 {
        let row_sum = |row: &[f64]| row.iter().map(|entry| entry.abs()).sum::<f64>();
        let largest = self.entries.chunks(self.size.max(1)).map(row_sum).fold(0.0, f64::max);
        self.frobenius().min(largest)
    }

    /// `Σλ² / Σλ`, at most the largest eigenvalue.
    fn norm_from_below(&self) -> f64 {
        let trace: f64 = self.entries.iter().step_by(self.size + 1).sum();
        dot(&self.entries, &self.entries) / trace
    }
}

/// Scales to length 1 and returns the length of before; zero stays zero.
fn normalise(vector: &mut [f32]) -> f64 {
    let square: f64 = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    let length = libm::sqrt(square);
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    length
}

/// `out = W v`, `out` padded to panels.
fn multiply(w: PanelsRef<'_>, v: &[f32], out: &mut [f32]) {
    for (p, out) in out.chunks_exact_mut(LANES).enumerate() {
        let mut sum = F32x8::zero();
        for (column, factor) in w.panel(p).chunks_exact(LANES).zip(v) {
            sum = F32x8::load(column).mul_add(F32x8::splat(*factor), sum);
        }
        sum.store(out);
    }
}

/// `Wᵀ u` as eight partial sums a column, `u` padded to panels.
fn multiply_transposed(w: PanelsRef<'_>, u: &[f32], partial: &mut [f32]) {
    partial.fill(0.0);
    for (p, u) in u.chunks_exact(LANES).enumerate() {
        let u = F32x8::load(u);
        for (column, sum) in w.panel(p).chunks_exact(LANES).zip(partial.chunks_exact_mut(LANES)) {
            F32x8::load(column).mul_add(u, F32x8::load(sum)).store(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Panels;
    use proptest::prelude::*;

    fn diagonal(values: &[f32]) -> Panels {
        let mut w = Panels::zeros(values.len(), values.len());
        values.iter().enumerate().for_each(|(i, value)| w.set(i, i, *value));
        w
    }

    fn random(rows: usize, cols: usize, seed: u64) -> Panels {
        let mut random = Random::new(seed);
        let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
        Panels::from_row_major(rows, cols, &values)
    }

    #[test]
    fn l1_the_norm_is_a_singular_value_and_scaling_divides_by_it() {
        let mut w = Panels::from_row_major(2, 2, &[2.0, 2.0, 0.0, 2.0]);
        let mut power = PowerIteration::new(2, 2);
        let untouched = w.clone();
        project_spectral(w.view_mut(), 4.0, &mut power, 100, 1e-6);
        assert_eq!(w, untouched);
        let bound = certified_upper_bound(w.view());
        assert!((3.236067977499789..3.2361).contains(&bound), "{bound}");
        let norm = project_spectral(w.view_mut(), 1.0, &mut power, 100, 1e-6);
        assert!(norm.converged && (norm.estimate - 3.23606797749979).abs() < 1e-5, "{norm:?}");
        for (found, expected) in w.to_row_major().iter().zip([
            0.6180339887498948,
            0.6180339887498948,
            0.0,
            0.6180339887498948,
        ]) {
            assert!((f64::from(*found) - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn l3_a_the_wrong_singular_vector_is_left() {
        let w = diagonal(&[0.5, 3.0]);
        let mut power = PowerIteration::new(2, 2);
        power.set_start(&[1.0, 0.0]);
        assert!(!power.run(w.view(), 1, 1e-3).converged);
        power.set_start(&[1.0, 0.0]);
        let norm = power.run(w.view(), 100, 1e-3);
        assert!(norm.converged && (norm.estimate - 3.0).abs() < 1e-4, "{norm:?}");
        let bound = certified_upper_bound(w.view());
        assert!((3.0..=3.03).contains(&bound), "{bound}");
    }

    #[test]
    fn l3_b_the_certificate_is_not_below_a_slow_iterations_norm() {
        let values: Vec<f32> = (0..64).map(|i| 1.0 - 0.001 * i as f32).collect();
        let w = diagonal(&values);
        let norm = PowerIteration::new(64, 64).run(w.view(), 1, 1e-3);
        assert!(norm.estimate < 1.0 && !norm.converged, "{norm:?}");
        let bound = certified_upper_bound(w.view());
        assert!((1.0..1.0001).contains(&bound), "{bound}");
    }

    #[test]
    fn l3_c_evaluation_changes_nothing() {
        let w = random(13, 7, 5);
        let first = certified_upper_bound(w.view());
        assert!((0..20).all(|_| certified_upper_bound(w.view()).to_bits() == first.to_bits()));
        let mut power = PowerIteration::new(13, 7);
        power.run(w.view(), 10, 1e-3);
        let mut restored = PowerIteration::new(13, 7);
        restored.set_start(power.start());
        assert_eq!(restored.run(w.view(), 3, 1e-9), power.run(w.view(), 3, 1e-9));
    }

    #[test]
    fn extreme_matrices_have_their_norms() {
        for scale in [1e-15f32, 1e-30, 1e15, 1e30] {
            let w = diagonal(&[scale, 0.5 * scale, 0.0]);
            let expected = f64::from(scale);
            let norm = PowerIteration::new(3, 3).run(w.view(), 50, 1e-5);
            assert!((norm.estimate / expected - 1.0).abs() < 1e-5, "{norm:?}");
            let bound = certified_upper_bound(w.view());
            assert!(bound >= expected && bound < expected * 1.00001, "{bound}");
        }
        let zero = Panels::zeros(5, 3);
        assert_eq!(certified_upper_bound(zero.view()), 0.0);
        let norm = PowerIteration::new(5, 3).run(zero.view(), 5, 1e-3);
        assert!(norm.converged && norm.estimate == 0.0);
        let bad = diagonal(&[1.0, f32::NAN]);
        assert_eq!(certified_upper_bound(bad.view()), f64::INFINITY);
        assert!(!PowerIteration::new(2, 2).run(bad.view(), 5, 1e-3).converged);
    }

    proptest! {
        #[test]
        fn estimate_and_certificate_enclose_the_norm(rows in 1usize..30, cols in 1usize..30, seed in 0u64..1000) {
            let w = random(rows, cols, seed);
            let norm = PowerIteration::new(rows, cols).run(w.view(), 10_000, 1e-5);
            let bound = certified_upper_bound(w.view());
            // The estimate comes from below, by rounding to 1e-6 above.
            prop_assert!(norm.converged, "{norm:?}");
            prop_assert!(bound >= norm.estimate * (1.0 - 1e-6), "{bound} {norm:?}");
            prop_assert!(bound <= norm.estimate * (1.0 + 1e-3), "{bound} {norm:?}");
        }

        #[test]
        fn a_projection_is_idempotent_and_lands_in_the_ball(rows in 1usize..12, cols in 1usize..12, seed in 0u64..1000, radius in 0.1f64..4.0) {
            let mut w = random(rows, cols, seed);
            let mut power = PowerIteration::new(rows, cols);
            project_spectral(w.view_mut(), radius, &mut power, 10_000, 1e-5);
            prop_assert!(certified_upper_bound(w.view()) <= radius * (1.0 + 1e-3));
            let once = w.to_row_major();
            project_spectral(w.view_mut(), radius, &mut power, 10_000, 1e-5);
            for (one, two) in once.iter().zip(w.to_row_major()) {
                prop_assert!((one - two).abs() <= 1e-5 * one.abs());
            }
        }
    }
}
