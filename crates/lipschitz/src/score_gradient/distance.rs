//! The distance critics: with r = g - h, w = u_g - u_h and r^ = r / |r|,
//!
//! ```text
//! s = -|r| / τ     v = (-r^, r^) / τ        ∇²s u = (-c, c),  c = (w - r^ (r^ · w)) / (|r| τ)
//! s = -|r|² / τ    v = (-2 r, 2 r) / τ      ∇²s u = (-c, c),  c = 2 w / τ
//! ```
//!
//! Where embeddings coincide, v and c of the first are taken as 0, as the critic itself does.

use super::{ScoreGradient, add_scaled, temperature};
use kantorovich_kernels::{LANES, PanelsMut, PanelsRef, rows};

/// The power of the distance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    One,
    Two,
}

pub(super) struct Distance {
    power: Power,
}

impl Distance {
    pub(super) fn new(power: Power) -> Self {
        Self { power }
    }
}

impl ScoreGradient for Distance {
    fn differentiate(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [mut v_g, mut v_h]: [PanelsMut<'_>; 2],
    ) {
        let temperature = temperature(parameters);
        add_scaled(g, h, -1.0, v_g.reborrow());
        match self.power {
            Power::One => {
                for p in 0..v_g.panel_count() {
                    let panel = v_g.panel_mut(p);
                    let factor = rows::norm(panel).map(|norm| -inverse(norm) / temperature);
                    rows::scale(panel, factor);
                }
            }
            Power::Two => v_g.scale(-2.0 / temperature),
        }
        v_h.copy_scaled(v_g.as_ref(), -1.0);
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        [g, h]: [PanelsRef<'_>; 2],
        [u_g, u_h]: [PanelsRef<'_>; 2],
        [mut d_g, mut d_h]: [PanelsMut<'_>; 2],
        _: &mut [f32],
    ) {
        let temperature = temperature(parameters);
        add_scaled(u_g, u_h, -1.0, d_g.reborrow());
        match self.power {
            Power::One => {
                add_scaled(g, h, -1.0, d_h.reborrow());
                for p in 0..d_g.panel_count() {
                    project_out(d_h.panel_mut(p), d_g.panel_mut(p), temperature);
                }
            }
            Power::Two => d_g.scale(-2.0 / temperature),
        }
        d_h.copy_scaled(d_g.as_ref(), -1.0);
    }
}

/// `w <- -(w - r^ (r^ · w)) / (|r| τ)`, r is scaled to r^.
fn project_out(r: &mut [f32], w: &mut [f32], temperature: f32) {
    let inverses = rows::norm(r).map(inverse);
    rows::scale(r, inverses);
    let along = rows::dot(r, w);
    for (r, w) in r.chunks_exact(LANES).zip(w.chunks_exact_mut(LANES)) {
        for lane in 0..LANES {
            let across = w[lane] - r[lane] * along[lane] as f32;
            w[lane] = -across * inverses[lane] / temperature;
        }
    }
}

/// `1 / norm`, 0 at 0.
fn inverse(norm: f32) -> f32 {
    if norm > 0.0 { 1.0 / norm } else { 0.0 }
}
