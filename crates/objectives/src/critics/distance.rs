//! The distance critics, `S_ij = -|g_i - h_j| / τ` and `S_ij = -|g_i - h_j|² / τ`.
//!
//! With 1-Lipschitz encoders the first is Lipschitz by construction: `√2 / τ` in the Euclidean
//! metric on (x, y), `1 / τ` in the sum metric. The second is not.
//!
//! Differences are taken before they are squared, in the gradients too. Where two embeddings
//! coincide the derivative of the distance is taken as 0, one of its subgradients.

use super::{Critic, CriticGradients, CriticShape};
use crate::partials::{Sums, Visit};
use kantorovich_kernels::distances::{squared_distances, weighted_differences};
use kantorovich_kernels::{
    BLOCK_ROWS, F32x8, Into, LANES, Panels, PanelsMut, PanelsRef, panel_len, rows, transpose,
};

/// The power of the distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// The distance itself.
    One,
    /// Its square.
    Two,
}

/// A critic that is the negative distance, or its square.
pub struct Distance {
    power: Power,
    temperature: f32,
    queries: Panels,
    candidates: Panels,
    candidates_transposed: Panels,
    queries_block_transposed: Panels,
    weights: Panels,
    weights_transposed: Panels,
    d_queries: Panels,
    d_candidates: Panels,
    d_temperature: f64,
    with_candidates: bool,
}

impl Distance {
    /// For these sizes.
    pub fn new(power: Power, shape: CriticShape, with_candidates: bool) -> Self {
        let CriticShape { queries, candidates, query_dim: d, .. } = shape;
        let block = BLOCK_ROWS.min(queries);
        let (kept, transposed) = if with_candidates { (candidates, block) } else { (0, 0) };
        Self {
            power,
            temperature: 1.0,
            queries: Panels::zeros(queries, d),
            candidates: Panels::zeros(candidates, d),
            candidates_transposed: Panels::zeros(d, candidates),
            queries_block_transposed: Panels::zeros(d, transposed),
            weights: Panels::zeros(block, candidates),
            weights_transposed: Panels::zeros(kept, transposed),
            d_queries: Panels::zeros(queries, d),
            d_candidates: Panels::zeros(kept, d),
            d_temperature: 0.0,
            with_candidates,
        }
    }

    /// Writes `T`, so that the derivative by g_i is `Σ_j T_ij (g_i - h_j)`.
    fn weigh(&mut self, scores: &[f32], d_scores: &[f32]) {
        let temperature = F32x8::splat(self.temperature);
        let twice = F32x8::splat(-2.0 / self.temperature);
        let groups = scores.chunks_exact(LANES).zip(d_scores.chunks_exact(LANES));
        for (to, (s, d_s)) in self.weights.as_mut_slice().chunks_exact_mut(LANES).zip(groups) {
            let (s, d_s) = (F32x8::load(s), F32x8::load(d_s));
            let weight = match self.power {
                // -dS / (τ distance), and distance = -τ S.
                Power::One => {
                    let apart = F32x8::zero().gt(s);
                    let divisor =
                        F32x8::select(apart, s * temperature * temperature, F32x8::splat(1.0));
                    F32x8::select(apart, d_s / divisor, F32x8::zero())
                }
                Power::Two => d_s * twice,
            };
            weight.store(to);
        }
    }

    fn add_to_candidates(&mut self, start: usize, weights: PanelsRef<'_>) {
        let (rows, cols) = (weights.rows(), self.queries.cols());
        let (candidates, block) = (weights.cols(), rows);
        let transposed =
            &mut self.weights_transposed.as_mut_slice()[..panel_len(candidates, block)];
        let mut transposed = PanelsMut::new(candidates, block, transposed);
        transpose(weights, transposed.reborrow());
        let points = &mut self.queries_block_transposed.as_mut_slice()[..panel_len(cols, block)];
        let mut points = PanelsMut::new(cols, block, points);
        transpose(self.queries.view().row_block(start, rows), points.reborrow());
        weighted_differences(
            transposed.as_ref(),
            self.candidates.view(),
            points.as_ref(),
            self.d_candidates.view_mut(),
            Into::Add,
        );
    }
}

impl Critic for Distance {
    fn prepare(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: Option<PanelsRef<'_>>,
        parameters: &[f32],
    ) {
        self.temperature = parameters[0];
        self.queries.view_mut().copy_from(queries);
        if let Some(candidates) = candidates {
            self.candidates.view_mut().copy_from(candidates);
            transpose(candidates, self.candidates_transposed.view_mut());
        }
    }

    fn scores(&mut self, start: usize, mut out: PanelsMut<'_>) {
        let queries = self.queries.view().row_block(start, out.rows());
        squared_distances(queries, self.candidates.view(), out.reborrow());
        let factor = F32x8::splat(-1.0 / self.temperature);
        let power = self.power;
        for group in out.as_mut_slice().chunks_exact_mut(LANES) {
            let square = F32x8::load(group);
            let distance = if power == Power::One { square.sqrt() } else { square };
            (distance * factor).store(group);
        }
    }

    fn needs_scores(&self) -> bool {
        true
    }

    fn accumulate(&mut self, start: usize, scores: &[f32], d_scores: PanelsRef<'_>) {
        for p in 0..d_scores.panel_count() {
            let length = d_scores.cols() * LANES;
            let sums = rows::dot(&scores[p * length..][..length], d_scores.panel(p));
            // Padding lanes may hold distances that overflowed, and infinity times 0 is no number.
            let real = LANES.min(d_scores.rows() - p * LANES);
            self.d_temperature -= sums[..real].iter().sum::<f64>() / self.temperature as f64;
        }
        self.weigh(scores, d_scores.as_slice());
        let weights = std::mem::take(&mut self.weights);
        let used = &weights.as_slice()[..d_scores.as_slice().len()];
        let view = PanelsRef::new(d_scores.rows(), d_scores.cols(), used);
        let (queries, d_queries) = (&self.queries, &mut self.d_queries);
        weighted_differences(
            view,
            queries.view().row_block(start, view.rows()),
            self.candidates_transposed.view(),
            d_queries.view_mut().row_block(start, view.rows()),
            Into::Write,
        );
        if self.with_candidates {
            self.add_to_candidates(start, view);
        }
        self.weights = weights;
    }

    fn by_query(&self) -> PanelsRef<'_> {
        self.d_queries.view()
    }

    fn sums(&mut self, visit: Visit<'_>) {
        visit(Sums::Single(self.d_candidates.as_mut_slice()));
        visit(Sums::Double(core::slice::from_mut(&mut self.d_temperature)));
    }

    fn finish(&mut self, _parameters: &[f32], gradients: CriticGradients<'_>) {
        if let Some(mut d_queries) = gradients.queries {
            d_queries.copy_from(self.d_queries.view());
        }
        if let Some(mut d_candidates) = gradients.candidates {
            d_candidates.copy_from(self.d_candidates.view());
        }
        if let Some(d_parameters) = gradients.parameters {
            d_parameters[0] = self.d_temperature as f32;
        }
    }
}
