//! A critic's gradient with respect to the embeddings, point by point, and what a penalty's
//! gradient makes of it on the way back: the critic's part of the exact penalty.
//!
//! ```text
//! separable  s = g . h / τ       v_g = h / τ       v_h = g / τ
//! bilinear   s = gᵀ W h / τ      v_g = W h / τ     v_h = Wᵀ g / τ
//! ```
//!
//! v is linear in the other side's embedding, so with u_g, u_h the penalty's gradients of v_g and
//! v_h (an encoder's `upstream`):
//!
//! ```text
//! dh = u_g / τ,    dg = u_h / τ                       (separable)
//! dh = Wᵀ u_g / τ, dg = W u_h / τ, dW = Σ_k (u_g hᵀ + g u_hᵀ) / τ    (bilinear)
//! ```

use kantorovich_kernels::{
    BLOCK_ROWS, F32x8, Into, LANES, PanelsMut, PanelsRef, nn, nt, panel_len, transpose,
};

/// The pieces for one critic; rows are points.
#[derive(Clone, Debug)]
pub struct ScoreGradient {
    inverse_temperature: f32,
    /// One block of a side, transposed and scaled (bilinear only).
    transposed: Vec<f32>,
}

impl ScoreGradient {
    /// For the separable or bilinear critic at `temperature` τ over embeddings of up to `width`
    /// numbers.
    pub fn new(temperature: f32, width: usize) -> Self {
        let transposed = vec![0.0; panel_len(width, BLOCK_ROWS)];
        Self { inverse_temperature: 1.0 / temperature, transposed }
    }

    /// Moves to another τ, for a critic that learns it.
    pub fn set_temperature(&mut self, temperature: f32) {
        self.inverse_temperature = 1.0 / temperature;
    }

    /// Separable: `v_g = h / τ` and `v_h = g / τ`; also the way back, `dh = u_g / τ` and
    /// `dg = u_h / τ`, since it is its own adjoint. Writes `out`, of the shape of `other`.
    pub fn separable(&self, other: PanelsRef<'_>, mut out: PanelsMut<'_>) {
        out.copy_from(other);
        self.divide(out);
    }

    /// Bilinear: `v_g = W h / τ` a row (and `dg` from u_h). `w` is dim g x dim h.
    pub fn bilinear_g(&self, w: PanelsRef<'_>, h: PanelsRef<'_>, mut out: PanelsMut<'_>) {
        nt(h, w, out.reborrow(), Into::Write);
        self.divide(out);
    }

    /// Bilinear: `v_h = Wᵀ g / τ` a row (and `dh` from u_g).
    pub fn bilinear_h(&self, w: PanelsRef<'_>, g: PanelsRef<'_>, mut out: PanelsMut<'_>) {
        nn(g, w, out.reborrow(), Into::Write);
        self.divide(out);
    }

    /// Bilinear: adds `Σ_k a_k b_kᵀ / τ` to `d_w`: once with (u_g, h), once with (g, u_h).
    pub fn add_bilinear_weights(
        &mut self,
        a: PanelsRef<'_>,
        b: PanelsRef<'_>,
        mut d_w: PanelsMut<'_>,
    ) {
        for start in (0..a.rows()).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(a.rows() - start);
            let block = &mut self.transposed[..panel_len(a.cols(), rows)];
            let mut left = PanelsMut::new(a.cols(), rows, block);
            transpose(a.row_block(start, rows), left.reborrow());
            scale(left.as_mut_slice(), self.inverse_temperature);
            nn(left.as_ref(), b.row_block(start, rows), d_w.reborrow(), Into::Add);
        }
    }

    fn divide(&self, mut out: PanelsMut<'_>) {
        scale(out.as_mut_slice(), self.inverse_temperature);
    }
}

fn scale(values: &mut [f32], factor: f32) {
    let factor = F32x8::splat(factor);
    for group in values.chunks_exact_mut(LANES) {
        (F32x8::load(group) * factor).store(group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{Panels, Random};
    use proptest::prelude::*;

    fn product(a: &Panels, b: &Panels) -> f64 {
        a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    proptest! {
        #[test]
        fn bilinear_pieces_are_each_others_adjoints(
            points in 1usize..90, g_width in 1usize..9, h_width in 1usize..9, seed in 0u64..1000,
        ) {
            let mut generator = Random::new(seed);
            let mut draw = |rows: usize, cols: usize| {
                let values: Vec<f32> = (0..rows * cols).map(|_| generator.normal()).collect();
                Panels::from_row_major(rows, cols, &values)
            };
            let (w, g, h) = (draw(g_width, h_width), draw(points, g_width), draw(points, h_width));
            let (u_g, u_h) = (draw(points, g_width), draw(points, h_width));
            let temperature = 0.5f32;
            let mut pieces = ScoreGradient::new(temperature, g_width.max(h_width));
            let mut v_g = Panels::zeros(points, g_width);
            let mut v_h = Panels::zeros(points, h_width);
            pieces.bilinear_g(w.view(), h.view(), v_g.view_mut());
            pieces.bilinear_h(w.view(), g.view(), v_h.view_mut());
            for k in 0..points {
                for i in 0..g_width {
                    let naive: f64 = (0..h_width).map(|j| f64::from(w.get(i, j)) * f64::from(h.get(k, j))).sum();
                    prop_assert!((f64::from(v_g.get(k, i)) - 2.0 * naive).abs() < 1e-4);
                }
            }
            // One number, as a function of h (through v_g), of g (through v_h), and of W (both).
            let close = |a: f64, b: f64| (a - b).abs() < 1e-3 * (1.0 + a.abs());
            let mut d_h = Panels::zeros(points, h_width);
            pieces.bilinear_h(w.view(), u_g.view(), d_h.view_mut());
            prop_assert!(close(product(&v_g, &u_g), product(&h, &d_h)));
            let mut d_g = Panels::zeros(points, g_width);
            pieces.bilinear_g(w.view(), u_h.view(), d_g.view_mut());
            prop_assert!(close(product(&v_h, &u_h), product(&g, &d_g)));
            let mut d_w = Panels::zeros(g_width, h_width);
            pieces.add_bilinear_weights(u_g.view(), h.view(), d_w.view_mut());
            prop_assert!(close(product(&v_g, &u_g), product(&w, &d_w)));
            pieces.add_bilinear_weights(g.view(), u_h.view(), d_w.view_mut());
            let both = product(&v_g, &u_g) + product(&v_h, &u_h);
            prop_assert!(close(both, product(&w, &d_w)));
        }
    }

    #[test]
    fn the_separable_critics_gradient_is_the_other_embedding() {
        let h = Panels::from_row_major(1, 3, &[1.0, -2.0, 3.0]);
        let mut v = Panels::zeros(1, 3);
        ScoreGradient::new(0.5, 3).separable(h.view(), v.view_mut());
        assert_eq!(v.to_row_major(), [2.0, -4.0, 6.0]);
    }
}
