//! The cosine critic, `S_ij = g_i · h_j / (τ |g_i| |h_j|)`: SimCLR's NT-Xent, CLIP.
//!
//! The cosine with a zero vector is 0, and so is its derivative. Norms are taken after scaling by
//! the largest magnitude, so that no square overflows or vanishes.

use super::inner_product::{FeatureGradients, Features};
use super::{CriticGradients, CriticShape};
use kantorovich_kernels::{F32x8, LANES, PanelsMut, PanelsRef, rows};

/// Features are unit vectors, those of queries over τ.
pub struct Cosine {
    query_norms: Vec<f32>,
    candidate_norms: Vec<f32>,
}

impl Cosine {
    /// For these sizes.
    pub fn new(shape: CriticShape) -> Self {
        let lanes = |count: usize| vec![0.0; count.div_ceil(LANES) * LANES];
        Self { query_norms: lanes(shape.queries), candidate_norms: lanes(shape.candidates) }
    }
}

impl Features for Cosine {
    fn queries(&mut self, queries: PanelsRef<'_>, parameters: &[f32], p: PanelsMut<'_>) {
        normalise(queries, 1.0 / parameters[0], p, &mut self.query_norms);
    }

    fn candidates(&mut self, candidates: PanelsRef<'_>, q: PanelsMut<'_>) {
        normalise(candidates, 1.0, q, &mut self.candidate_norms);
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        features: FeatureGradients<'_>,
        out: CriticGradients<'_>,
    ) {
        let temperature = parameters[0];
        if let Some(d_queries) = out.queries {
            let p = (features.p, features.d_p);
            normalise_backward(p, temperature, &self.query_norms, d_queries);
        }
        if let (Some(d_candidates), Some(d_q)) = (out.candidates, features.d_q) {
            normalise_backward((features.q, d_q), 1.0, &self.candidate_norms, d_candidates);
        }
        if let Some(d_parameters) = out.parameters {
            d_parameters[0] = features.by_temperature(temperature);
        }
    }
}

/// `out = length a / |a|` by rows; 0 for a zero row.
fn normalise(a: PanelsRef<'_>, length: f32, mut out: PanelsMut<'_>, norms: &mut [f32]) {
    for (p, norms) in norms.chunks_exact_mut(LANES).enumerate() {
        let norm = rows::norm(a.panel(p));
        norms.copy_from_slice(&norm);
        // A zero row over 1 stays zero.
        let divisor = F32x8::from_array(norm.map(|x| if x > 0.0 { x } else { 1.0 }));
        let to = out.panel_mut(p).chunks_exact_mut(LANES);
        for (to, from) in to.zip(a.panel(p).chunks_exact(LANES)) {
            (F32x8::load(from) / divisor * F32x8::splat(length)).store(to);
        }
    }
}

/// `dA = (dU / t - (U·dU) t U) / |A|` for `U = A / (t |A|)`; 0 for a zero row.
fn normalise_backward(
    (u, d_u): (PanelsRef<'_>, PanelsRef<'_>),
    t: f32,
    norms: &[f32],
    mut out: PanelsMut<'_>,
) {
    for (p, norms) in norms.chunks_exact(LANES).enumerate() {
        let along = rows::dot(u.panel(p), d_u.panel(p));
        let along =
            F32x8::from_array(core::array::from_fn(|lane| (-along[lane] * t as f64) as f32));
        let zero = F32x8::load(norms).gt(F32x8::zero());
        let divisor = F32x8::select(zero, F32x8::load(norms), F32x8::splat(f32::INFINITY));
        let inverse = F32x8::splat(1.0 / t);
        let groups = u.panel(p).chunks_exact(LANES).zip(d_u.panel(p).chunks_exact(LANES));
        for ((u, d_u), to) in groups.zip(out.panel_mut(p).chunks_exact_mut(LANES)) {
            let across = F32x8::load(u).mul_add(along, F32x8::load(d_u) * inverse);
            (across / divisor).store(to);
        }
    }
}
