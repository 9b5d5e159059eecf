//! `s = c / τ`, c the cosine. With g^ = g / |g|, h^ = h / |h|:
//!
//! ```text
//! τ v_g = (h^ - c g^) / |g|
//! dc    = (h^ · u_g - c g^ · u_g) / |g| + (g^ · u_h - c h^ · u_h) / |h|      (along u)
//! τ dg  = u_h / (|g| |h|) - c u_g / |g|² - (h^ · u_h / (|g| |h|) + g^ · u_g / |g|²) h^
//!         + (2 c g^ · u_g / |g|² - dc / |g|) g^
//! ```
//!
//! and the same with the sides exchanged. With a zero vector all is 0.

use super::{ScoreGradient, temperature};
use kantorovich_kernels::{F32x8, LANES, PanelsMut, PanelsRef, rows};

pub(super) struct Cosine;

impl ScoreGradient for Cosine {
    fn differentiate(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [mut v_g, mut v_h]: [PanelsMut<'_>; 2],
    ) {
        let temperature = f64::from(temperature(parameters));
        for p in 0..g.panel_count() {
            let (v_g, v_h) = (v_g.panel_mut(p), v_h.panel_mut(p));
            let (a, b) = (unit(g.panel(p), v_g), unit(h.panel(p), v_h));
            let c = rows::dot(v_g, v_h);
            let to = |inverse: [f64; LANES]| inverse.map(|inverse| inverse / temperature);
            let (a, b) = (to(a), to(b));
            let (own_g, own_h) = (product(c, a), product(c, b));
            for (v_g, v_h) in v_g.chunks_exact_mut(LANES).zip(v_h.chunks_exact_mut(LANES)) {
                let (g, h) = (F32x8::load(v_g), F32x8::load(v_h));
                (h * lanes(a) - g * lanes(own_g)).store(v_g);
                (g * lanes(b) - h * lanes(own_h)).store(v_h);
            }
        }
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [u_g, u_h]: [PanelsRef<'_>; 2],
        [mut d_g, mut d_h]: [PanelsMut<'_>; 2],
        _: &mut [f32],
    ) {
        let temperature = f64::from(temperature(parameters));
        for p in 0..g.panel_count() {
            let (d_g, d_h) = (d_g.panel_mut(p), d_h.panel_mut(p));
            let (u_g, u_h) = (u_g.panel(p), u_h.panel(p));
            let (a, b) = (unit(g.panel(p), d_g), unit(h.panel(p), d_h));
            let (c, g_u, h_u) = (rows::dot(d_g, d_h), rows::dot(d_g, u_g), rows::dot(d_h, u_h));
            let (g_other, h_other) = (rows::dot(d_g, u_h), rows::dot(d_h, u_g));
            let dc = core::array::from_fn(|i| {
                (h_other[i] - c[i] * g_u[i]) * a[i] + (g_other[i] - c[i] * h_u[i]) * b[i]
            });
            let side = |a, b, g_u, h_u| Coefficients::new(c, dc, [a, b], [g_u, h_u], temperature);
            let (by_g, by_h) = (side(a, b, g_u, h_u), side(b, a, h_u, g_u));
            let u = u_g.chunks_exact(LANES).zip(u_h.chunks_exact(LANES));
            let d = d_g.chunks_exact_mut(LANES).zip(d_h.chunks_exact_mut(LANES));
            for ((d_g, d_h), (u_g, u_h)) in d.zip(u) {
                let units = [F32x8::load(d_g), F32x8::load(d_h)];
                let u = [F32x8::load(u_g), F32x8::load(u_h)];
                by_g.combine(units[0], units[1], u[0], u[1]).store(d_g);
                by_h.combine(units[1], units[0], u[1], u[0]).store(d_h);
            }
        }
    }
}

/// What multiplies the four vectors in one side's part of the Hessian's product, a lane a point.
struct Coefficients {
    own_unit: [f64; LANES],
    other_unit: [f64; LANES],
    own_u: [f64; LANES],
    other_u: [f64; LANES],
}

impl Coefficients {
    fn new(
        c: [f64; LANES],
        dc: [f64; LANES],
        [own, other]: [[f64; LANES]; 2],
        [own_along, other_along]: [[f64; LANES]; 2],
        temperature: f64,
    ) -> Self {
        let each = |f: &dyn Fn(usize) -> f64| core::array::from_fn(|i| own[i] * f(i) / temperature);
        Self {
            own_unit: each(&|i| 2.0 * c[i] * own_along[i] * own[i] - dc[i]),
            other_unit: each(&|i| -other_along[i] * other[i] - own_along[i] * own[i]),
            own_u: each(&|i| -c[i] * own[i]),
            other_u: each(&|i| other[i]),
        }
    }

    fn combine(&self, own: F32x8, other: F32x8, own_u: F32x8, other_u: F32x8) -> F32x8 {
        own * lanes(self.own_unit)
            + other * lanes(self.other_unit)
            + own_u * lanes(self.own_u)
            + other_u * lanes(self.other_u)
    }
}

/// Writes the unit vectors of a panel's rows, zero for zero ones; returns `1 / norm`, then 0.
fn unit(from: &[f32], to: &mut [f32]) -> [f64; LANES] {
    let norms = rows::norm(from);
    to.copy_from_slice(from);
    rows::scale(to, norms.map(|norm| if norm > 0.0 { 1.0 / norm } else { 0.0 }));
    norms.map(|norm| if norm > 0.0 { 1.0 / f64::from(norm) } else { 0.0 })
}

fn product(a: [f64; LANES], b: [f64; LANES]) -> [f64; LANES] {
    core::array::from_fn(|i| a[i] * b[i])
}

fn lanes(values: [f64; LANES]) -> F32x8 {
    F32x8::from_array(values.map(|value| value as f32))
}
