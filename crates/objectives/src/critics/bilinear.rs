//! The bilinear critic of contrastive predictive coding, `S_ij = g_iᵀ W h_j / τ`
//! (van den Oord et al. 2018, eq. 3).
//!
//! W never meets the score matrix: `P = G W / τ` comes before it, `dW = Gᵀ dP / τ` after.

use super::inner_product::{FeatureGradients, Features};
use super::{CriticGradients, CriticShape};
use kantorovich_kernels::{Into, Panels, PanelsMut, PanelsRef, nn, nt, panel_len, transpose};

/// Features are `G W / τ` and H.
pub struct Bilinear {
    query_dim: usize,
    candidate_dim: usize,
    queries_transposed: Panels,
}

impl Bilinear {
    /// For these sizes.
    pub fn new(shape: CriticShape) -> Self {
        Self {
            query_dim: shape.query_dim,
            candidate_dim: shape.candidate_dim,
            queries_transposed: Panels::zeros(shape.query_dim, shape.queries),
        }
    }

    /// The weights and the temperature.
    fn split<'a>(&self, parameters: &'a [f32]) -> (PanelsRef<'a>, f32) {
        let (weights, temperature) =
            parameters.split_at(panel_len(self.query_dim, self.candidate_dim));
        (PanelsRef::new(self.query_dim, self.candidate_dim, weights), temperature[0])
    }
}

impl Features for Bilinear {
    fn queries(&mut self, queries: PanelsRef<'_>, parameters: &[f32], mut p: PanelsMut<'_>) {
        let (weights, temperature) = self.split(parameters);
        nn(queries, weights, p.reborrow(), Into::Write);
        p.scale(1.0 / temperature);
        transpose(queries, self.queries_transposed.view_mut());
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        features: FeatureGradients<'_>,
        out: CriticGradients<'_>,
    ) {
        let (weights, temperature) = self.split(parameters);
        if let Some(mut d_queries) = out.queries {
            nt(features.d_p, weights, d_queries.reborrow(), Into::Write);
            d_queries.scale(1.0 / temperature);
        }
        if let (Some(mut d_candidates), Some(d_q)) = (out.candidates, features.d_q) {
            d_candidates.copy_from(d_q);
        }
        if let Some(d_parameters) = out.parameters {
            let (d_weights, d_temperature) = d_parameters.split_at_mut(weights.as_slice().len());
            let mut d_weights = PanelsMut::new(self.query_dim, self.candidate_dim, d_weights);
            nn(self.queries_transposed.view(), features.d_p, d_weights.reborrow(), Into::Write);
            d_weights.scale(1.0 / temperature);
            d_temperature[0] = features.by_temperature(temperature);
        }
    }
}
