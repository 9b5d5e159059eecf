//! Critics whose scores are inner products of features, `S = P Qᵀ`.
//!
//! Separable, bilinear and cosine critics differ only in how embeddings become features; the
//! products with n x m matrices, and the way round them for linear objectives, are shared here:
//!
//! ```text
//! dP = dS Q        dQᵀ = Pᵀ dS  (a block of 64 rows of P at a time, in order)
//! ```

use super::{Critic, CriticGradients, CriticShape};
use crate::objectives::wdm::Linear;
use crate::partials::{Sums, Visit};
use kantorovich_kernels::columns::weighted_sum;
use kantorovich_kernels::{
    BLOCK_ROWS, F32x8, Into, LANES, Panels, PanelsMut, PanelsRef, nn, nt, panel_len, rows,
    transpose,
};

/// How embeddings become features, and derivatives by features those by embeddings.
pub trait Features {
    /// Writes the features P (n x d) of queries.
    fn queries(&mut self, queries: PanelsRef<'_>, parameters: &[f32], p: PanelsMut<'_>);

    /// Writes the features Q (m x d) of candidates, which no parameter has a part in.
    fn candidates(&mut self, candidates: PanelsRef<'_>, mut q: PanelsMut<'_>) {
        q.copy_from(candidates);
    }

    /// Writes derivatives by embeddings and parameters, given those by features.
    fn backward(
        &mut self,
        parameters: &[f32],
        features: FeatureGradients<'_>,
        out: CriticGradients<'_>,
    );
}

/// Features and the derivatives by them.
#[derive(Clone, Copy)]
pub struct FeatureGradients<'a> {
    /// P.
    pub p: PanelsRef<'a>,
    /// Q.
    pub q: PanelsRef<'a>,
    /// The derivative by P.
    pub d_p: PanelsRef<'a>,
    /// The derivative by Q, where it was computed.
    pub d_q: Option<PanelsRef<'a>>,
}

impl FeatureGradients<'_> {
    /// The derivative by the temperature of scores that are all divided by it: `-Σ dS S / τ`.
    pub fn by_temperature(&self, temperature: f32) -> f32 {
        let panels = (0..self.p.panel_count()).map(|at| (self.p.panel(at), self.d_p.panel(at)));
        let sum: f64 = panels.flat_map(|(p, d_p)| rows::dot(p, d_p)).sum();
        (-sum / temperature as f64) as f32
    }
}

/// A critic `S = P Qᵀ` over features.
pub struct InnerProduct {
    features: Box<dyn Features>,
    p: Panels,
    q: Panels,
    /// Qᵀ, written when a derivative asks for it.
    q_transposed: Panels,
    /// Whether it holds those of the last candidates.
    is_transposed: bool,
    p_block_transposed: Panels,
    d_p: Panels,
    d_q: Panels,
    d_q_transposed: Panels,
    with_candidates: bool,
    /// Whether `d_q` was written without a score matrix.
    is_spread: bool,
    ones: Vec<f32>,
    row_sums: Vec<f64>,
    candidate_sums: Vec<f64>,
}

impl InnerProduct {
    /// For these sizes; features are as long as a candidate's embedding.
    pub fn new(features: Box<dyn Features>, shape: CriticShape, with_candidates: bool) -> Self {
        let CriticShape { queries, candidates, candidate_dim: d, .. } = shape;
        let (kept, block) =
            if with_candidates { (candidates, BLOCK_ROWS.min(queries)) } else { (0, 0) };
        Self {
            features,
            p: Panels::zeros(queries, d),
            q: Panels::zeros(candidates, d),
            q_transposed: Panels::zeros(d, candidates),
            is_transposed: false,
            p_block_transposed: Panels::zeros(d, block),
            d_p: Panels::zeros(queries, d),
            d_q: Panels::zeros(kept, d),
            d_q_transposed: Panels::zeros(d, kept),
            with_candidates,
            is_spread: false,
            ones: ones(candidates),
            row_sums: vec![0.0; d],
            candidate_sums: vec![0.0; d],
        }
    }

    /// The weighted row sum of P and the sum of Q: all that a linear objective needs of most pairs.
    fn add_up(&mut self, linear: &Linear) {
        weighted_sum(self.p.view(), &linear.row_lanes, &mut self.row_sums);
        weighted_sum(self.q.view(), &self.ones, &mut self.candidate_sums);
    }

    fn product(&self, i: usize, j: usize) -> f64 {
        let pairs = self.p.view().row(i).zip(self.q.view().row(j));
        pairs.map(|(p, q)| *p as f64 * *q as f64).sum()
    }

    /// Writes the derivatives of `Σ_i r_i Σ_j P_i·Q_j`.
    fn spread(&mut self, linear: &Linear) {
        self.is_spread = true;
        outer_product(&linear.row_lanes, &self.candidate_sums, self.d_p.view_mut());
        if self.with_candidates {
            outer_product(&self.ones, &self.row_sums, self.d_q.view_mut());
        }
    }

    /// Adds the derivatives of `weight P_i·Q_j`.
    fn correct(&mut self, i: usize, j: usize, weight: f32) {
        let (mut d_p, mut d_q) = (self.d_p.view_mut(), self.d_q.view_mut());
        d_p.row_mut(i).zip(self.q.view().row(j)).for_each(|(to, from)| *to += weight * from);
        if self.with_candidates {
            d_q.row_mut(j).zip(self.p.view().row(i)).for_each(|(to, from)| *to += weight * from);
        }
    }
}

/// A one for each row, zeros for padding.
fn ones(rows: usize) -> Vec<f32> {
    let mut ones = vec![1.0; rows];
    ones.resize(rows.div_ceil(LANES) * LANES, 0.0);
    ones
}

/// `out[i, k] = column[i] row[k]`; `column` holds zeros for padding.
fn outer_product(column: &[f32], row: &[f64], mut out: PanelsMut<'_>) {
    for (p, column) in column.chunks_exact(LANES).enumerate() {
        let column = F32x8::load(column);
        for (to, x) in out.panel_mut(p).chunks_exact_mut(LANES).zip(row) {
            (column * F32x8::splat(*x as f32)).store(to);
        }
    }
}

/// The largest norm of a row; infinity where a square overflows.
fn largest_norm(a: PanelsRef<'_>) -> f64 {
    let panels = (0..a.panel_count()).map(|p| a.panel(p));
    let squares = panels.flat_map(|panel| rows::dot(panel, panel));
    libm::sqrt(squares.fold(0.0, f64::max))
}

impl Critic for InnerProduct {
    fn prepare(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: Option<PanelsRef<'_>>,
        parameters: &[f32],
    ) {
        self.features.queries(queries, parameters, self.p.view_mut());
        if let Some(candidates) = candidates {
            self.features.candidates(candidates, self.q.view_mut());
            self.is_transposed = false;
        }
        self.is_spread = false;
    }

    fn bound(&self) -> f64 {
        largest_norm(self.p.view()) * largest_norm(self.q.view())
    }

    fn scores(&mut self, start: usize, out: PanelsMut<'_>) {
        nt(self.p.view().row_block(start, out.rows()), self.q.view(), out, Into::Write);
    }

    fn accumulate(&mut self, start: usize, _scores: &[f32], d_scores: PanelsRef<'_>) {
        let rows = d_scores.rows();
        if !self.is_transposed {
            transpose(self.q.view(), self.q_transposed.view_mut());
            self.is_transposed = true;
        }
        let d_p = self.d_p.view_mut().row_block(start, rows);
        nt(d_scores, self.q_transposed.view(), d_p, Into::Write);
        if self.with_candidates {
            let cols = self.p.cols();
            let length = panel_len(cols, rows);
            let block = &mut self.p_block_transposed.as_mut_slice()[..length];
            let mut block = PanelsMut::new(cols, rows, block);
            transpose(self.p.view().row_block(start, rows), block.reborrow());
            nn(block.as_ref(), d_scores, self.d_q_transposed.view_mut(), Into::Add);
        }
    }

    fn by_query(&self) -> PanelsRef<'_> {
        self.d_p.view()
    }

    fn sums(&mut self, visit: Visit<'_>) {
        visit(Sums::Single(self.d_q_transposed.as_mut_slice()));
    }

    fn finish(&mut self, parameters: &[f32], gradients: CriticGradients<'_>) {
        if self.with_candidates && !self.is_spread {
            transpose(self.d_q_transposed.view(), self.d_q.view_mut());
        }
        let d_q = if self.with_candidates { Some(self.d_q.view()) } else { None };
        let features =
            FeatureGradients { p: self.p.view(), q: self.q.view(), d_p: self.d_p.view(), d_q };
        self.features.backward(parameters, features, gradients);
    }

    fn is_linear(&self) -> bool {
        true
    }

    fn linear(&mut self, objective: &Linear, differentiate: bool) -> Option<f64> {
        self.add_up(objective);
        if differentiate {
            self.spread(objective);
        }
        let pairs = self.row_sums.iter().zip(&self.candidate_sums);
        let mut value: f64 = pairs.map(|(p, q)| p * q).sum();
        for (i, j, weight) in &objective.corrections {
            let (i, j) = (*i as usize, *j as usize);
            value += weight * self.product(i, j);
            if differentiate {
                self.correct(i, j, *weight as f32);
            }
        }
        Some(value)
    }
}
