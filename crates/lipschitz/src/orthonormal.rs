//! The nearest (semi-)orthonormal matrix: rows orthonormal, or columns where there are fewer.
//!
//! ```text
//! V <- (3/2 I - 1/2 V Vᵀ) V        (Björck and Bowie 1971, order 1; Anil et al. 2019, eq. 4)
//! ```
//!
//! with V the matrix W, or Wᵀ where W is tall: h x D, h the fewer. It converges to the orthogonal
//! polar factor from any singular values in (0, sqrt 3), so V is first scaled by a bound on its
//! norm where that bound is not near 1. Two ways of computing the same iteration:
//!
//! - Björck's, on V itself: 3 D h² flops an iteration, each correcting the last one's rounding;
//! - Newton and Schulz in Gram space: with q = 3/2 I - 1/2 G, iterate G <- q G q and P <- q P from
//!   G = V Vᵀ, P = I, then V <- P V once: 3 D h² flops, and 3 h³ an iteration. Squaring V's
//!   singular values costs half of the digits, so the small ones want a second round.
//!
//! Neither can repair lost rank: the residual then stays, and says so (case L8 E).

use kantorovich_kernels::{
    Into, LANES, PanelsMut, PanelsRef, lower_nt, mirror, nn, panel_len, transpose,
};

/// What an orthonormalisation has reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Iterations made.
    pub iterations: usize,
    /// The Frobenius norm of `V Vᵀ - I`; infinite for a matrix that isn't finite.
    pub residual: f64,
    /// Whether the residual is within the tolerance.
    pub converged: bool,
}

/// Iterations in Gram space between two looks at V: rounding's small negative eigenvalues grow by
/// 9/4 an iteration and must not come near 1.
const GRAM_ITERATIONS: usize = 8;

/// The buffers for matrices of one shape. No call allocates.
#[derive(Clone, Debug)]
pub struct Orthonormaliser {
    rows: usize,
    cols: usize,
    /// V and P V, h x D.
    vectors: Vec<f32>,
    image: Vec<f32>,
    /// G, q, P and a product, h x h.
    gram: Vec<f32>,
    factor: Vec<f32>,
    polynomial: Vec<f32>,
    scratch: Vec<f32>,
}

impl Orthonormaliser {
    /// For matrices of this shape.
    pub fn new(rows: usize, cols: usize) -> Self {
        let (fewer, length) = (rows.min(cols), rows.max(cols));
        let vectors = || vec![0.0; panel_len(fewer, length)];
        let square = || vec![0.0; panel_len(fewer, fewer)];
        Self {
            rows,
            cols,
            vectors: vectors(),
            image: vectors(),
            gram: square(),
            factor: square(),
            polynomial: square(),
            scratch: square(),
        }
    }

    /// Replaces `w` by its orthogonal polar factor, by whichever way is cheaper for its shape,
    /// until the residual, measured on the result, is at most `tolerance` (f32 reaches about 1e-7
    /// h) or `max_iterations` have been made. A matrix within the tolerance stays bit for bit.
    ///
    /// # Panics
    ///
    /// When `w` has another shape than given to [`Orthonormaliser::new`].
    pub fn orthonormalise(
        &mut self,
        w: PanelsMut<'_>,
        max_iterations: usize,
        tolerance: f64,
    ) -> Convergence {
        let (fewer, length) = self.shape();
        if length >= 2 * fewer {
            self.newton_schulz(w, max_iterations, tolerance)
        } else {
            self.bjorck(w, max_iterations, tolerance)
        }
    }

    /// [`Orthonormaliser::orthonormalise`] by Björck's iteration.
    pub fn bjorck(
        &mut self,
        w: PanelsMut<'_>,
        max_iterations: usize,
        tolerance: f64,
    ) -> Convergence {
        self.repeat(w, max_iterations, tolerance, |this, scale, _| {
            this.form_factor();
            this.polynomial.copy_from_slice(&this.factor);
            this.apply_polynomial(scale);
            1
        })
    }

    /// [`Orthonormaliser::orthonormalise`] by Newton and Schulz in Gram space, a round at a time.
    pub fn newton_schulz(
        &mut self,
        w: PanelsMut<'_>,
        max_iterations: usize,
        tolerance: f64,
    ) -> Convergence {
        self.repeat(w, max_iterations, tolerance, |this, scale, left| {
            this.round(scale, GRAM_ITERATIONS.min(left), tolerance).iterations
        })
    }

    /// One round of Newton and Schulz, which is all that a matrix near the manifold needs between
    /// training steps: 3 D h² flops and a few h³. Its residual is that of the iteration in Gram
    /// space, rounding aside; it isn't measured on the result.
    ///
    /// # Panics
    ///
    /// As [`Orthonormaliser::orthonormalise`].
    pub fn refresh(&mut self, w: PanelsMut<'_>, tolerance: f64) -> Convergence {
        let scaled = self.take(w.as_ref());
        self.form_gram();
        let residual = self.residual();
        if residual <= tolerance || !residual.is_finite() {
            self.give(w, scaled);
            return Convergence { iterations: 0, residual, converged: residual <= tolerance };
        }
        let scale = self.scale_gram(residual);
        let reached = self.round(scale, GRAM_ITERATIONS, tolerance);
        self.give(w, true);
        reached
    }

    /// Measures V and calls `step`, which is given the factor by which V is to be scaled and the
    /// iterations that are left and returns how many it has made, until V is within the tolerance.
    fn repeat(
        &mut self,
        w: PanelsMut<'_>,
        max_iterations: usize,
        tolerance: f64,
        step: impl Fn(&mut Self, f32, usize) -> usize,
    ) -> Convergence {
        let scaled = self.take(w.as_ref());
        let mut iterations = 0;
        loop {
            self.form_gram();
            let residual = self.residual();
            let converged = residual <= tolerance;
            if converged || !residual.is_finite() || iterations >= max_iterations {
                self.give(w, scaled || iterations > 0);
                return Convergence { iterations, residual, converged };
            }
            // One iteration brings all singular values to at most 1, whatever a bound says.
            let scale = if iterations == 0 { self.scale_gram(residual) } else { 1.0 };
            iterations += step(self, scale, max_iterations - iterations);
        }
    }

    /// At most `max_iterations` in Gram space from G as it lies there, that of V times `scale`;
    /// then V <- P V.
    fn round(&mut self, scale: f32, max_iterations: usize, tolerance: f64) -> Convergence {
        let mut residual = self.residual();
        let mut iterations = 0;
        while iterations == 0 || (residual > tolerance && iterations < max_iterations) {
            self.form_factor();
            self.multiply_polynomial(iterations == 0);
            iterations += 1;
            // An eigenvalue 1 + e of G becomes 1 - 3/4 e² + 1/4 e³.
            let next = 0.75 * residual * residual + 0.25 * residual * residual * residual;
            if next <= tolerance {
                residual = next;
                break;
            }
            self.advance_gram();
            residual = self.residual();
        }
        self.apply_polynomial(scale);
        Convergence { iterations, residual, converged: residual <= tolerance }
    }

    /// The fewer and the other dimension.
    fn shape(&self) -> (usize, usize) {
        (self.rows.min(self.cols), self.rows.max(self.cols))
    }

    /// V from W; says whether it was scaled because squares could leave the range of f32.
    fn take(&mut self, w: PanelsRef<'_>) -> bool {
        assert!(w.rows() == self.rows && w.cols() == self.cols, "orthonormaliser: shape");
        let (fewer, length) = self.shape();
        let mut vectors = PanelsMut::new(fewer, length, &mut self.vectors);
        if self.rows <= self.cols {
            vectors.copy_from(w);
        } else {
            transpose(w, vectors.reborrow());
        }
        let largest = w.as_slice().iter().fold(0f32, |max, value| max.max(value.abs()));
        let extreme = largest.is_normal() && !(1e-6..1e6).contains(&largest);
        if extreme {
            vectors.as_mut_slice().iter_mut().for_each(|value| *value /= largest);
        }
        extreme
    }

    /// V back to W.
    fn give(&self, mut w: PanelsMut<'_>, changed: bool) {
        let (fewer, length) = self.shape();
        let vectors = PanelsRef::new(fewer, length, &self.vectors);
        if !changed {
            return;
        }
        if self.rows <= self.cols {
            w.copy_from(vectors);
        } else {
            transpose(vectors, w);
        }
    }

    /// G = V Vᵀ.
    fn form_gram(&mut self) {
        let (fewer, length) = self.shape();
        let vectors = PanelsRef::new(fewer, length, &self.vectors);
        let mut gram = PanelsMut::new(fewer, fewer, &mut self.gram);
        lower_nt(vectors, vectors, gram.reborrow(), Into::Write);
        mirror(gram);
    }

    /// The Frobenius norm of G - I, in f64.
    fn residual(&self) -> f64 {
        let (fewer, _) = self.shape();
        let gram = PanelsRef::new(fewer, fewer, &self.gram);
        let mut square = 0.0;
        for p in 0..gram.panel_count() {
            let rows = LANES.min(fewer - p * LANES);
            for (k, group) in gram.panel(p).chunks_exact(LANES).enumerate() {
                for (i, value) in group[..rows].iter().enumerate() {
                    let identity = if p * LANES + i == k { 1.0 } else { 0.0 };
                    square += (f64::from(*value) - identity).powi(2);
                }
            }
        }
        if square.is_finite() { libm::sqrt(square) } else { f64::INFINITY }
    }

    /// A bound on G's norm: the smaller of its Frobenius norm and its largest absolute row sum.
    fn gram_bound(&self) -> f64 {
        let (fewer, _) = self.shape();
        let gram = PanelsRef::new(fewer, fewer, &self.gram);
        let mut largest = 0f64;
        let mut square = 0.0;
        for p in 0..gram.panel_count() {
            let mut sums = [0.0; LANES];
            for group in gram.panel(p).chunks_exact(LANES) {
                for (sum, value) in sums.iter_mut().zip(group) {
                    *sum += f64::from(value.abs());
                    square += f64::from(*value) * f64::from(*value);
                }
            }
            largest = sums.iter().copied().fold(largest, f64::max);
        }
        libm::sqrt(square).min(largest)
    }

    /// Scales G so that its norm is at most 1, unless it is known to lie near 1 already (up to 2,
    /// well inside 3, where the iteration would turn), and returns the factor for V. The residual
    /// |G - I| gives a bound too, the best one for a matrix that has drifted a little.
    fn scale_gram(&mut self, residual: f64) -> f32 {
        let bound = self.gram_bound().min(1.0 + residual);
        if bound == 0.0 || (0.5..=2.0).contains(&bound) {
            return 1.0;
        }
        let scale = (1.0 / bound) as f32;
        self.gram.iter_mut().for_each(|value| *value *= scale);
        libm::sqrt(1.0 / bound) as f32
    }

    /// q = 3/2 I - 1/2 G.
    fn form_factor(&mut self) {
        let (fewer, _) = self.shape();
        for (factor, gram) in self.factor.iter_mut().zip(&self.gram) {
            *factor = -0.5 * gram;
        }
        for i in 0..fewer {
            self.factor[(i / LANES * fewer + i) * LANES + i % LANES] += 1.5;
        }
    }

    /// P <- q P, from P = I at first. All these matrices are symmetric and commute.
    fn multiply_polynomial(&mut self, first: bool) {
        if first {
            self.polynomial.copy_from_slice(&self.factor);
            return;
        }
        product(&self.factor, &self.polynomial, &mut self.scratch, self.rows.min(self.cols));
        core::mem::swap(&mut self.polynomial, &mut self.scratch);
    }

    /// G <- q G q.
    fn advance_gram(&mut self) {
        for _ in 0..2 {
            product(&self.factor, &self.gram, &mut self.scratch, self.rows.min(self.cols));
            core::mem::swap(&mut self.gram, &mut self.scratch);
        }
    }

    /// V <- P V times `scale`.
    fn apply_polynomial(&mut self, scale: f32) {
        let (fewer, length) = self.shape();
        if scale != 1.0 {
            self.polynomial.iter_mut().for_each(|value| *value *= scale);
        }
        let polynomial = PanelsRef::new(fewer, fewer, &self.polynomial);
        let vectors = PanelsRef::new(fewer, length, &self.vectors);
        let image = PanelsMut::new(fewer, length, &mut self.image);
        nn(polynomial, vectors, image, Into::Write);
        core::mem::swap(&mut self.vectors, &mut self.image);
    }
}

/// The product of two symmetric matrices that commute, which is symmetric too: half the work.
fn product(a: &[f32], b: &[f32], out: &mut [f32], size: usize) {
    let (a, b) = (PanelsRef::new(size, size, a), PanelsRef::new(size, size, b));
    let mut out = PanelsMut::new(size, size, out);
    lower_nt(a, b, out.reborrow(), Into::Write);
    mirror(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{Panels, Random};
    use proptest::prelude::*;

    const TOLERANCE: f64 = 1e-5;

    /// A way of orthonormalising, as the public methods have it.
    type Way = fn(&mut Orthonormaliser, PanelsMut<'_>, usize, f64) -> Convergence;
    const WAYS: [Way; 3] =
        [Orthonormaliser::bjorck, Orthonormaliser::newton_schulz, Orthonormaliser::orthonormalise];

    fn run(way: Way, w: &mut Panels, max_iterations: usize) -> Convergence {
        way(&mut Orthonormaliser::new(w.rows(), w.cols()), w.view_mut(), max_iterations, TOLERANCE)
    }

    fn random(rows: usize, cols: usize, seed: u64) -> Panels {
        let mut random = Random::new(seed);
        let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
        Panels::from_row_major(rows, cols, &values)
    }

    /// `A Bᵀ` in f64 of V-shaped matrices: rows are the fewer.
    fn products(a: &Panels, b: &Panels) -> Vec<Vec<f64>> {
        let tall = a.rows() > a.cols();
        let entry = |w: &Panels, i: usize, k: usize| {
            f64::from(if tall { w.get(k, i) } else { w.get(i, k) })
        };
        let (fewer, length) = (a.rows().min(a.cols()), a.rows().max(a.cols()));
        let product =
            |i: usize, j: usize| (0..length).map(|k| entry(a, i, k) * entry(b, j, k)).sum();
        (0..fewer).map(|i| (0..fewer).map(|j| product(i, j)).collect()).collect()
    }

    /// The Frobenius norm of `V Vᵀ - I`.
    fn deviation(w: &Panels) -> f64 {
        let gram = products(w, w);
        let square = |i: usize, j: usize| (gram[i][j] - if i == j { 1.0 } else { 0.0 }).powi(2);
        (0..gram.len())
            .flat_map(|i| (0..gram.len()).map(move |j| (i, j)))
            .map(|(i, j)| square(i, j))
            .sum::<f64>()
            .sqrt()
    }

    #[test]
    fn l8_orthonormalisation_outside_its_range() {
        let half = [-0.514495755427527, 0.857492925712544, 0.857492925712544, 0.514495755427527];
        let cases = [
            ("A", 2, vec![2.0, 0.0, 0.0, 0.1], vec![1.0, 0.0, 0.0, 1.0]),
            ("B", 2, vec![1.8, -2.4, 2.4, 1.8], vec![0.6, -0.8, 0.8, 0.6]),
            ("C", 2, vec![1.0, 2.0, 3.0, 4.0], half.to_vec()),
            ("D", 1, vec![3.0, 4.0, 0.0], vec![0.6, 0.8, 0.0]),
        ];
        for (name, rows, values, expected) in cases {
            for way in WAYS {
                let mut w = Panels::from_row_major(rows, values.len() / rows, &values);
                let reached = run(way, &mut w, 40);
                assert!(reached.converged, "{name} {reached:?}");
                for (found, expected) in w.to_row_major().iter().zip(&expected) {
                    assert!(
                        (f64::from(*found) - expected).abs() < 1e-4,
                        "{name}: {found} for {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn l8_a_small_singular_values_take_the_steps_they_take() {
        for (way, steps) in WAYS.into_iter().flat_map(|way| [(way, 5), (way, 10)]) {
            let mut w = Panels::from_row_major(2, 2, &[2.0, 0.0, 0.0, 0.1]);
            let reached = run(way, &mut w, steps);
            let expected = if steps == 5 { 0.36582028 } else { 0.99953182 };
            assert!((f64::from(w.get(1, 1)) - expected).abs() < 1e-4, "{}", w.get(1, 1));
            assert_eq!((reached.iterations, reached.converged), (steps, false));
        }
    }

    #[test]
    fn a_large_square_matrix_is_scaled_once() {
        // Its smallest singular value is some 1e-3 of the largest, and 3/2 of itself each step.
        let mut w = random(128, 128, 1);
        let reached = run(Orthonormaliser::bjorck, &mut w, 40);
        assert!(reached.converged && reached.iterations <= 30, "{reached:?}");
    }

    #[test]
    fn l8_e_lost_rank_is_reported() {
        for way in WAYS {
            let mut w = Panels::from_row_major(2, 2, &[1.0; 4]);
            let reached = run(way, &mut w, 30);
            assert!(!reached.converged && (reached.residual - 1.0).abs() < 1e-3, "{reached:?}");
            assert!(w.to_row_major().iter().all(|value| (value - 0.5).abs() < 1e-4));
            let mut zero = Panels::zeros(3, 5);
            assert!(!run(way, &mut zero, 30).converged);
            let mut bad = Panels::from_row_major(1, 2, &[f32::NAN, 1.0]);
            assert_eq!(run(way, &mut bad, 30).residual, f64::INFINITY);
            assert_eq!(bad.get(0, 1), 1.0);
        }
    }

    #[test]
    fn l8_any_scale_has_the_same_polar_factor() {
        let mut expected = random(5, 9, 3);
        run(Orthonormaliser::bjorck, &mut expected, 60);
        for scale in [1e-30f32, 1e-12, 1e-3, 30.0, 1e12, 1e30] {
            for way in WAYS {
                let mut w = random(5, 9, 3);
                w.as_mut_slice().iter_mut().for_each(|value| *value *= scale);
                assert!(run(way, &mut w, 60).converged);
                for (one, two) in w.as_slice().iter().zip(expected.as_slice()) {
                    assert!((one - two).abs() < 1e-5, "{scale}: {one} {two}");
                }
            }
        }
        // A multiple of the identity so small that it is scaled to the identity at once.
        let mut tiny = Panels::from_row_major(2, 2, &[1e-9, 0.0, 0.0, 1e-9]);
        run(Orthonormaliser::bjorck, &mut tiny, 10);
        assert_eq!(tiny.to_row_major(), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_refresh_brings_a_drifted_matrix_back_at_once() {
        for (rows, cols) in [(24, 100), (100, 24), (40, 40)] {
            let mut workspace = Orthonormaliser::new(rows, cols);
            let mut w = random(rows, cols, 1);
            workspace.orthonormalise(w.view_mut(), 100, TOLERANCE);
            for (value, noise) in w.as_mut_slice().iter_mut().zip(random(rows, cols, 2).as_slice())
            {
                *value += 0.01 * noise;
            }
            assert!(deviation(&w) > 0.1);
            let reached = workspace.refresh(w.view_mut(), TOLERANCE);
            assert!(reached.converged && reached.iterations <= 4, "{reached:?}");
            assert!(deviation(&w) < 2.0 * TOLERANCE, "{}", deviation(&w));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_result_is_the_orthogonal_polar_factor(
            fewer in 1usize..40, more in 0usize..60, tall in any::<bool>(), way in 0usize..3, seed in 0u64..1000,
        ) {
            let (rows, cols) = if tall { (fewer + more, fewer) } else { (fewer, fewer + more) };
            let w = random(rows, cols, seed);
            let mut q = w.clone();
            let reached = run(WAYS[way], &mut q, 200);
            prop_assert!(reached.converged, "{reached:?}");
            prop_assert!((reached.residual - deviation(&q)).abs() < TOLERANCE);
            // V = S Q with S symmetric and positive semi-definite.
            let s = products(&w, &q);
            let scale = 1e-4 * (rows + cols) as f64;
            for (i, row) in s.iter().enumerate() {
                for (j, value) in row.iter().enumerate() {
                    prop_assert!((value - s[j][i]).abs() < scale, "{value} {}", s[j][i]);
                }
                prop_assert!(row[i] > -scale);
            }
            let padding: f32 = q.as_slice().iter().map(|value| value.abs()).sum();
            let entries: f32 = q.to_row_major().iter().map(|value| value.abs()).sum();
            prop_assert!((padding - entries).abs() <= 1e-4 * entries, "padding is zero");
        }

        #[test]
        fn an_orthonormal_matrix_stays_bit_for_bit(rows in 1usize..20, cols in 1usize..20, seed in 0u64..1000) {
            let mut once = random(rows, cols, seed);
            prop_assert!(run(Orthonormaliser::orthonormalise, &mut once, 200).converged);
            let mut twice = once.clone();
            let reached = run(Orthonormaliser::orthonormalise, &mut twice, 200);
            prop_assert_eq!(reached.iterations, 0);
            prop_assert_eq!(once, twice);
        }
    }
}
