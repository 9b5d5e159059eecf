//! The Wasserstein dependency measure in its dual form (Ozair et al. 2019, eq. 4), for a critic
//! that is Lipschitz; without that constraint it is no Wasserstein quantity.
//!
//! ```text
//! off:  1/n Σ_i Σ_p w_ip S_ip - mean of S over the off pairs of all rows      (unbiased)
//! all:  1/n Σ_i [ Σ_p w_ip S_ip - mean_{j in K_i} S_ij ]
//! ```
//!
//! Both are linear in the scores: one weight a row for every pair, and corrections for the few
//! pairs that are positive or excluded. A critic whose scores are inner products then needs no
//! score matrix at all.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Error, F32x8, LANES, rows};

/// Fixed weights on scores: `Σ_i r_i Σ_j S_ij + Σ_(i, j) c_ij S_ij`.
pub struct Linear {
    /// `r_i`, a weight for every pair of row i.
    pub row_weights: Vec<f64>,
    /// The same in single precision, padded with zeros to whole panels.
    pub row_lanes: Vec<f32>,
    /// `(i, j, c_ij)`, corrections of single pairs, by rows.
    pub corrections: Vec<(u32, u32, f64)>,
    /// Where the corrections of each row begin.
    offsets: Vec<usize>,
}

/// The Wasserstein dependency measure.
pub struct Wdm {
    linear: Linear,
}

impl Wdm {
    /// Over the off pairs: the unbiased form.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn off(pairs: &Pairs) -> Result<Self, Error> {
        pairs.check_off("wdm")?;
        let weight = -1.0 / pairs.off_count() as f64;
        Ok(Self { linear: Linear::new(pairs, |_| weight, -weight) })
    }

    /// Over all kept pairs, the positives among them.
    pub fn all(pairs: &Pairs) -> Self {
        let n = pairs.queries() as f64;
        Self { linear: Linear::new(pairs, |i| -1.0 / (n * pairs.kept(i) as f64), 0.0) }
    }
}

impl Linear {
    /// `Σ_p w_ip S_ip / n + positive_correction S_ip` for positives, `row_weight(i)` for kept pairs.
    fn new(pairs: &Pairs, row_weight: impl Fn(usize) -> f64, positive_correction: f64) -> Self {
        let inverse_rows = 1.0 / pairs.queries() as f64;
        let mut corrections = Vec::new();
        let mut offsets = vec![0];
        for i in 0..pairs.queries() {
            let positives = pairs.positives(i).iter();
            corrections.extend(positives.map(|(j, weight)| {
                (i as u32, *j, *weight as f64 * inverse_rows + positive_correction)
            }));
            let excluded = pairs.excluded(i).iter();
            corrections.extend(excluded.map(|j| (i as u32, *j, -row_weight(i))));
            offsets.push(corrections.len());
        }
        let row_weights: Vec<f64> = (0..pairs.queries()).map(row_weight).collect();
        let mut row_lanes: Vec<f32> = row_weights.iter().map(|weight| *weight as f32).collect();
        row_lanes.resize(pairs.queries().div_ceil(LANES) * LANES, 0.0);
        Self { row_weights, row_lanes, corrections, offsets }
    }

    fn corrections_of(&self, i: usize) -> &[(u32, u32, f64)] {
        &self.corrections[self.offsets[i]..self.offsets[i + 1]]
    }
}

impl Objective for Wdm {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let linear = &self.linear;
        let sums = rows::sum(panel.scores);
        let mut value = 0.0;
        for (lane, sum) in sums.iter().enumerate().take(panel.rows()) {
            value += linear.row_weights[panel.first + lane] * sum;
            for (_, j, weight) in linear.corrections_of(panel.first + lane) {
                value += weight * panel.scores[*j as usize * LANES + lane] as f64;
            }
        }
        let weights = F32x8::load(&linear.row_lanes[panel.first..]);
        panel.scores.chunks_exact_mut(LANES).for_each(|column| weights.store(column));
        for lane in 0..panel.rows() {
            let i = panel.first + lane;
            for (_, j, weight) in linear.corrections_of(i) {
                let total = linear.row_weights[i] + weight;
                panel.scores[*j as usize * LANES + lane] = total as f32;
            }
        }
        value
    }

    fn linear(&self) -> Option<&Linear> {
        Some(&self.linear)
    }
}
