//! `s = gᵀ W h / τ`: `v = (W h, Wᵀ g) / τ`, the Hessian does the same to u, and
//! `dW = Σ_k (u_g hᵀ + g u_hᵀ) / τ`.

use super::{ScoreGradient, temperature};
use kantorovich_kernels::{BLOCK_ROWS, Into, PanelsMut, PanelsRef, nn, nt, panel_len, transpose};

pub(super) struct Bilinear {
    widths: [usize; 2],
    /// One block of a side, transposed.
    transposed: Vec<f32>,
}

impl Bilinear {
    pub(super) fn new(widths: [usize; 2]) -> Self {
        Self { widths, transposed: vec![0.0; panel_len(widths[0], BLOCK_ROWS)] }
    }

    /// Adds `Σ_k a_k b_kᵀ / τ`.
    fn add_outer(
        &mut self,
        a: PanelsRef<'_>,
        b: PanelsRef<'_>,
        inverse_temperature: f32,
        mut d_w: PanelsMut<'_>,
    ) {
        for start in (0..a.rows()).step_by(BLOCK_ROWS) {
            let rows = BLOCK_ROWS.min(a.rows() - start);
            let block = &mut self.transposed[..panel_len(a.cols(), rows)];
            let mut left = PanelsMut::new(a.cols(), rows, block);
            transpose(a.row_block(start, rows), left.reborrow());
            left.scale(inverse_temperature);
            nn(left.as_ref(), b.row_block(start, rows), d_w.reborrow(), Into::Add);
        }
    }
}

impl ScoreGradient for Bilinear {
    fn differentiate(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [mut v_g, mut v_h]: [PanelsMut<'_>; 2],
    ) {
        let [rows, cols] = self.widths;
        let w = PanelsRef::new(rows, cols, &parameters[..parameters.len() - 1]);
        nt(h, w, v_g.reborrow(), Into::Write);
        nn(g, w, v_h.reborrow(), Into::Write);
        let inverse = 1.0 / temperature(parameters);
        v_g.scale(inverse);
        v_h.scale(inverse);
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [u_g, u_h]: [PanelsRef<'_>; 2],
        d: [PanelsMut<'_>; 2],
        d_weights: &mut [f32],
    ) {
        self.differentiate(parameters, [u_g, u_h], d);
        let inverse = 1.0 / temperature(parameters);
        let [rows, cols] = self.widths;
        let mut d_w = PanelsMut::new(rows, cols, d_weights);
        self.add_outer(u_g, h, inverse, d_w.reborrow());
        self.add_outer(g, u_h, inverse, d_w);
    }
}
