//! `s = g · h / τ`: `v = (h, g) / τ`, and the Hessian swaps the sides in the same way.

use super::{ScoreGradient, temperature};
use kantorovich_kernels::{PanelsMut, PanelsRef};

pub(super) struct Separable;

impl ScoreGradient for Separable {
    fn differentiate(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [mut v_g, mut v_h]: [PanelsMut<'_>; 2],
    ) {
        let inverse = 1.0 / temperature(parameters);
        v_g.copy_scaled(h, inverse);
        v_h.copy_scaled(g, inverse);
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        _: [PanelsRef<'_>; 2],
        u: [PanelsRef<'_>; 2],
        d: [PanelsMut<'_>; 2],
        _: &mut [f32],
    ) {
        self.differentiate(parameters, u, d);
    }
}
