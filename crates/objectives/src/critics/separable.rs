//! The separable critic, `S_ij = g_i · h_j / τ`: the inner product.

use super::CriticGradients;
use super::inner_product::{FeatureGradients, Features};
use kantorovich_kernels::{PanelsMut, PanelsRef};

/// Features are the embeddings, those of queries over τ.
pub struct Separable;

impl Features for Separable {
    fn queries(&mut self, queries: PanelsRef<'_>, parameters: &[f32], mut p: PanelsMut<'_>) {
        p.copy_scaled(queries, 1.0 / parameters[0]);
    }

    fn backward(
        &mut self,
        parameters: &[f32],
        features: FeatureGradients<'_>,
        out: CriticGradients<'_>,
    ) {
        let temperature = parameters[0];
        if let Some(mut d_queries) = out.queries {
            d_queries.copy_scaled(features.d_p, 1.0 / temperature);
        }
        if let (Some(mut d_candidates), Some(d_q)) = (out.candidates, features.d_q) {
            d_candidates.copy_from(d_q);
        }
        if let Some(d_parameters) = out.parameters {
            d_parameters[0] = features.by_temperature(temperature);
        }
    }
}
