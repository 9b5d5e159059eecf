//! The nearest matrix of bounded spectral norm: every singular value above the radius becomes the
//! radius.
//!
//! ```text
//! min |P - W|_F  subject to  σ₁(P) <= c:   P = Σ_k min(σ_k, c) u_k v_kᵀ
//! ```
//!
//! With V the matrix W, or Wᵀ where W is tall (h x D, h the fewer), and `V Vᵀ = Σ λ_k e_k e_kᵀ`:
//! `P = V + Σ_{λ_k > c²} (c / sqrt(λ_k) - 1) e_k e_kᵀ V`. Squaring costs digits of small singular
//! values only, and those stay as they are.

use kantorovich_kernels::{Into, LANES, PanelsMut, PanelsRef, lower_nt, nn, panel_len, transpose};

use crate::eigen::Eigen;

/// Room for rounding: a norm within it of the radius counts as inside, so that projecting twice
/// changes nothing.
const SLACK: f64 = 4e-6;

/// The norm, in radii, from which rounding in proportion to it wants a second pass.
const FAR: f64 = 4.0;

/// What a projection on the spectral ball did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// The largest singular value of before, to 1e-6; infinite where the matrix isn't finite, and
    /// then it was left alone.
    pub norm: f64,
    /// How many singular values were clipped.
    pub count: usize,
}

/// The buffers for matrices of one shape. No call allocates.
#[derive(Clone, Debug)]
pub struct SpectralBall {
    rows: usize,
    cols: usize,
    /// V and P, h x D.
    vectors: Vec<f32>,
    image: Vec<f32>,
    /// V Vᵀ, then P's factor.
    gram: Vec<f32>,
    exact: Vec<f64>,
    eigen: Eigen,
}

impl SpectralBall {
    /// For matrices of this shape.
    pub fn new(rows: usize, cols: usize) -> Self {
        let (fewer, length) = (rows.min(cols), rows.max(cols));
        let vectors = || vec![0.0; panel_len(fewer, length)];
        Self {
            rows,
            cols,
            vectors: vectors(),
            image: vectors(),
            gram: vec![0.0; panel_len(fewer, fewer)],
            exact: vec![0.0; fewer * fewer],
            eigen: Eigen::new(fewer),
        }
    }

    /// Replaces `w` by the nearest matrix whose spectral norm is at most `radius` (by rounding up
    /// to 4e-6 above). A matrix inside stays bit for bit. Cost: 2 D h² flops for the Gram matrix, 9
    /// h³ in f64, and where something is clipped 2 D h² more; twice that where the norm was far
    /// above the radius, whose rounding then has to be clipped.
    ///
    /// # Panics
    ///
    /// When `w` has another shape than given to [`SpectralBall::new`].
    pub fn project(&mut self, mut w: PanelsMut<'_>, radius: f64) -> Clipped {
        let found = self.pass(w.reborrow(), radius);
        if found.count > 0 && found.norm > FAR * radius {
            self.pass(w, radius);
        }
        found
    }

    fn pass(&mut self, mut w: PanelsMut<'_>, radius: f64) -> Clipped {
        let scale = self.take(w.as_ref());
        if !self.decompose() {
            return Clipped { norm: f64::INFINITY, count: 0 };
        }
        let limit = radius / f64::from(scale);
        let largest = self.eigen.values.iter().copied().fold(0.0, f64::max);
        let norm = libm::sqrt(largest) * f64::from(scale);
        if libm::sqrt(largest) <= limit * (1.0 + SLACK) {
            return Clipped { norm, count: 0 };
        }
        let count = self.form_factor(limit);
        let (fewer, length) = self.shape();
        let vectors = PanelsRef::new(fewer, length, &self.vectors);
        let mut image = PanelsMut::new(fewer, length, &mut self.image);
        image.copy_from(vectors);
        nn(PanelsRef::new(fewer, fewer, &self.gram), vectors, image.reborrow(), Into::Add);
        image.scale(scale);
        match self.rows <= self.cols {
            true => w.copy_from(image.as_ref()),
            false => transpose(image.as_ref(), w),
        }
        Clipped { norm, count }
    }

    /// The fewer and the other dimension.
    fn shape(&self) -> (usize, usize) {
        (self.rows.min(self.cols), self.rows.max(self.cols))
    }

    /// V from W over its largest magnitude, which is returned, so that no square leaves f32.
    fn take(&mut self, w: PanelsRef<'_>) -> f32 {
        assert!(w.rows() == self.rows && w.cols() == self.cols, "spectral ball: shape");
        let (fewer, length) = self.shape();
        let mut vectors = PanelsMut::new(fewer, length, &mut self.vectors);
        match self.rows <= self.cols {
            true => vectors.copy_from(w),
            false => transpose(w, vectors.reborrow()),
        }
        let largest = w.as_slice().iter().fold(0f32, |max, value| max.max(value.abs()));
        let largest = largest.max(f32::MIN_POSITIVE);
        vectors.as_mut_slice().iter_mut().for_each(|value| *value /= largest);
        largest
    }

    fn decompose(&mut self) -> bool {
        let (fewer, length) = self.shape();
        let vectors = PanelsRef::new(fewer, length, &self.vectors);
        let mut gram = PanelsMut::new(fewer, fewer, &mut self.gram);
        lower_nt(vectors, vectors, gram.reborrow(), Into::Write);
        let gram = gram.as_ref();
        for i in 0..fewer {
            for (k, value) in gram.row(i).take(i + 1).enumerate() {
                self.exact[i * fewer + k] = f64::from(*value);
                self.exact[k * fewer + i] = f64::from(*value);
            }
        }
        let finite = self.exact.iter().all(|value| value.is_finite());
        finite && self.eigen.decompose(&mut self.exact)
    }

    /// `Σ (c / sqrt(λ_k) - 1) e_k e_kᵀ` over the eigenvalues above c²; returns their number.
    fn form_factor(&mut self, limit: f64) -> usize {
        let (fewer, _) = self.shape();
        self.exact.fill(0.0);
        let mut count = 0;
        for (value, vector) in self.eigen.values.iter().zip(self.eigen.vectors.chunks(fewer)) {
            if *value <= limit * limit {
                continue;
            }
            count += 1;
            let factor = limit / libm::sqrt(*value) - 1.0;
            for (row, own) in self.exact.chunks_mut(fewer).zip(vector) {
                row.iter_mut()
                    .zip(vector)
                    .for_each(|(entry, other)| *entry += factor * own * other);
            }
        }
        for (i, row) in self.exact.chunks(fewer).enumerate() {
            let place = &mut self.gram[(i / LANES * fewer) * LANES + i % LANES..];
            for (to, value) in place.iter_mut().step_by(LANES).zip(row) {
                *to = *value as f32;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certified_upper_bound;
    use kantorovich_kernels::{Panels, Random};
    use proptest::prelude::*;

    fn project(w: &mut Panels, radius: f64) -> Clipped {
        SpectralBall::new(w.rows(), w.cols()).project(w.view_mut(), radius)
    }

    #[test]
    fn l1_the_nearest_matrix_is_no_scaling() {
        for (radius, expected) in [
            (
                1.0,
                [0.8944271909999159, 0.4472135954999579, -0.4472135954999579, 0.8944271909999159],
            ),
            (2.0, [1.4472135954999579, 1.105572809000084, -0.3416407864998737, 1.4472135954999579]),
        ] {
            let mut w = Panels::from_row_major(2, 2, &[2.0, 2.0, 0.0, 2.0]);
            let clipped = project(&mut w, radius);
            assert!((clipped.norm - 3.23606797749979).abs() < 1e-5);
            assert_eq!(clipped.count, if radius == 1.0 { 2 } else { 1 });
            for (found, expected) in w.to_row_major().iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-5);
            }
        }
        let mut w = Panels::from_row_major(2, 2, &[2.0, 2.0, 0.0, 2.0]);
        let before = w.clone();
        assert_eq!(project(&mut w, 4.0).count, 0);
        assert_eq!(w, before);
    }

    #[test]
    fn extreme_zero_thin_and_broken_matrices() {
        for scale in [1e-30f32, 1e30] {
            let mut w = Panels::from_row_major(2, 1, &[3.0 * scale, 4.0 * scale]);
            project(&mut w, f64::from(scale));
            let row = w.to_row_major();
            assert!((row[0] / scale - 0.6).abs() < 1e-6 && (row[1] / scale - 0.8).abs() < 1e-6);
        }
        let mut zero = Panels::zeros(3, 5);
        assert_eq!(project(&mut zero, 1.0), Clipped { norm: 0.0, count: 0 });
        for bad in [f32::NAN, f32::INFINITY] {
            let mut w = Panels::from_row_major(1, 2, &[bad, 1.0]);
            assert_eq!(project(&mut w, 1.0), Clipped { norm: f64::INFINITY, count: 0 });
            assert_eq!(w.get(0, 1), 1.0);
        }
    }

    proptest! {
        #[test]
        fn it_is_idempotent_and_no_other_matrix_of_the_ball_is_nearer(
            rows in 1usize..20, cols in 1usize..20, radius in 0.1f64..4.0, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let mut draw = || {
                let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
                Panels::from_row_major(rows, cols, &values)
            };
            let w = draw();
            let mut nearest = w.clone();
            project(&mut nearest, radius);
            prop_assert!(certified_upper_bound(nearest.view()) <= radius * (1.0 + 3e-5));
            let mut twice = nearest.clone();
            prop_assert_eq!(project(&mut twice, radius).count, 0);
            prop_assert_eq!(&twice, &nearest);
            let gap = |a: &Panels, b: &Panels| -> f64 {
                let pairs = a.as_slice().iter().zip(b.as_slice());
                pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
            };
            // Towards any other point of a convex set, the distance grows at once.
            let mut other = draw();
            project(&mut other, radius);
            for share in [0.01f32, 0.3, 1.0] {
                let mut between = nearest.clone();
                for (to, from) in between.as_mut_slice().iter_mut().zip(other.as_slice()) {
                    *to += share * (from - *to);
                }
                prop_assert!(gap(&between, &w) >= gap(&nearest, &w) - 1e-4);
            }
        }
    }
}
