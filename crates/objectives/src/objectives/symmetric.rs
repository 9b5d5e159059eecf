//! Symmetric InfoNCE: half the sum of InfoNCE over rows and over columns (CLIP, Radford et al. 2021).
//!
//! ```text
//! columns = 1/c Σ_j [ Σ_i v_ij S_ij - ln Σ_{i in K_j} e^S_ij + ln |K_j| ]
//! ```
//!
//! over the c columns that have a positive; `v_ij` is `w_ij` scaled to sum to 1 in its column, and
//! K_j are the queries for which candidate j is not excluded.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::columns::LogSumExp;
use kantorovich_kernels::{F32x8, LANES, rows};

/// InfoNCE over rows and columns alike.
pub struct SymmetricInfoNce {
    half_inverse_rows: f64,
    half_inverse_columns: f64,
    /// Sum of the weights of each column's positives; 0 for a column without one.
    column_weights: Vec<f64>,
    /// |K_j|.
    column_kept: Vec<usize>,
    statistics: LogSumExp,
    /// `ln Σ_i e^S_ij` of each column; infinity for a column without a positive, so that its
    /// softmax is 0.
    normalisers: Vec<f32>,
    column_constant: f64,
}

impl SymmetricInfoNce {
    /// For these pairs.
    pub fn new(pairs: &Pairs) -> Self {
        let mut column_weights = vec![0.0; pairs.candidates()];
        let mut column_kept = vec![pairs.queries(); pairs.candidates()];
        for i in 0..pairs.queries() {
            pairs.excluded(i).iter().for_each(|j| column_kept[*j as usize] -= 1);
            for (j, weight) in pairs.positives(i) {
                column_weights[*j as usize] += *weight as f64;
            }
        }
        let used = column_weights.iter().filter(|weight| **weight > 0.0).count();
        Self {
            half_inverse_rows: 0.5 / pairs.queries() as f64,
            half_inverse_columns: 0.5 / used as f64,
            column_weights,
            column_kept,
            statistics: LogSumExp::new(pairs.candidates()),
            normalisers: vec![0.0; pairs.candidates()],
            column_constant: 0.0,
        }
    }

    /// `v_ij / c / 2` of a positive.
    fn column_weight(&self, j: u32, weight: f32) -> f64 {
        match self.column_weights[j as usize] {
            total if total > 0.0 => self.half_inverse_columns * weight as f64 / total,
            _ => 0.0,
        }
    }
}

impl Objective for SymmetricInfoNce {
    fn needs_statistics(&self) -> bool {
        true
    }

    fn observe(&mut self, panel: &mut Panel<'_>) {
        if panel.first == 0 {
            self.statistics.reset();
        }
        panel.fill_excluded(f32::NEG_INFINITY);
        panel.fill_padding(f32::NEG_INFINITY);
        self.statistics.observe(panel.scores);
    }

    fn conclude(&mut self) {
        self.column_constant = 0.0;
        for j in 0..self.normalisers.len() {
            if self.column_weights[j] == 0.0 {
                self.normalisers[j] = f32::INFINITY;
                continue;
            }
            let normaliser = self.statistics.value(j);
            self.normalisers[j] = normaliser as f32;
            let ceiling = libm::log(self.column_kept[j] as f64);
            self.column_constant += self.half_inverse_columns * (ceiling - normaliser);
        }
    }

    fn constant(&self) -> f64 {
        self.column_constant
    }

    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let mut value = self.positive_value(panel);
        panel.fill_excluded(f32::NEG_INFINITY);
        panel.fill_padding(f32::NEG_INFINITY);
        let normalisers = rows::log_sum_exp(panel.scores);
        for (lane, normaliser) in normalisers.iter().enumerate().take(panel.rows()) {
            let kept = panel.pairs.kept(panel.first + lane) as f64;
            value -= self.half_inverse_rows * (normaliser - libm::log(kept));
        }
        let shift = F32x8::from_array(panel.lanes(|i| normalisers[i - panel.first] as f32));
        let row_factor = F32x8::splat(-self.half_inverse_rows as f32);
        let column_factor = F32x8::splat(-self.half_inverse_columns as f32);
        let columns = panel.scores.chunks_exact_mut(LANES).zip(&self.normalisers);
        for (column, normaliser) in columns {
            let s = F32x8::load(column);
            let by_row = (s - shift).exp() * row_factor;
            let by_column = (s - F32x8::splat(*normaliser)).exp();
            by_column.mul_add(column_factor, by_row).store(column);
        }
        self.add_to_positives(panel);
        value
    }
}

impl SymmetricInfoNce {
    fn positive_value(&self, panel: &Panel<'_>) -> f64 {
        let mut value = 0.0;
        for lane in 0..panel.rows() {
            for (j, weight) in panel.pairs.positives(panel.first + lane) {
                let score = panel.scores[*j as usize * LANES + lane] as f64;
                value += score
                    * (self.half_inverse_rows * *weight as f64 + self.column_weight(*j, *weight));
            }
        }
        value
    }

    fn add_to_positives(&self, panel: &mut Panel<'_>) {
        for lane in 0..panel.rows() {
            for (j, weight) in panel.pairs.positives(panel.first + lane) {
                let by_column = self.column_weight(*j, *weight);
                let total = self.half_inverse_rows * *weight as f64 + by_column;
                panel.scores[*j as usize * LANES + lane] += total as f32;
            }
        }
    }
}
