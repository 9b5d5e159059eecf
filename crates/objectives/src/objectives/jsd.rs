//! The Jensen-Shannon objective (Nowozin et al. 2016; Poole et al. 2019, section 2.4), reported by NWJ.
//!
//! ```text
//! climbed:   1/n Σ_i Σ_p -w_ip ln(1 + e^-S_ip) - mean over off pairs of ln(1 + e^S)
//! reported:  1 + 1/n Σ_i Σ_p w_ip S_ip - mean over off pairs of e^S
//! ```
//!
//! What is climbed has its optimum at the logarithm of the density ratio, NWJ at that plus 1: the
//! report is NWJ of S + 1, a lower bound in nats that no gradient follows. Exponentials of the
//! report are summed in double precision, so that it holds for scores of up to 700.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Error, Exponential, F32x8, LANES, rows};

/// What is climbed by JSD and SMILE alike.
pub struct JensenShannon {
    pub(super) inverse_rows: f64,
    pub(super) inverse_off: f64,
    /// The scores of a panel's positives, row after row; their derivatives later.
    positives: Vec<f64>,
}

impl JensenShannon {
    /// For these pairs, on behalf of `objective`.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs, objective: &str) -> Result<Self, Error> {
        pairs.check_off(objective)?;
        Ok(Self {
            inverse_rows: 1.0 / pairs.queries() as f64,
            inverse_off: 1.0 / pairs.off_count() as f64,
            positives: vec![0.0; pairs.most_positives_of_a_panel()],
        })
    }

    /// [`Objective::differentiate`], where `observe` sees the off pairs' scores, minus infinity
    /// elsewhere, before they become derivatives.
    pub fn differentiate(&mut self, panel: &mut Panel<'_>, observe: impl FnOnce(&[f32])) -> f64 {
        panel.read_positives(&mut self.positives);
        let mut joint = 0.0;
        let mut scores = self.positives.iter_mut();
        panel.each_positive(|_, _, weight| {
            if let Some(score) = scores.next() {
                let weight = weight as f64 * self.inverse_rows;
                joint -= weight * softplus(-*score);
                *score = weight / (1.0 + libm::exp(*score));
            }
        });
        panel.keep_off_pairs();
        observe(panel.scores);
        let off = differentiate_softplus(panel.scores, -self.inverse_off as f32);
        panel.write_positives(&self.positives);
        joint - self.inverse_off * off
    }
}

/// `ln(1 + e^x)`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// Replaces each score by `factor / (1 + e^-S)`, and returns `Σ ln(1 + e^S)`.
fn differentiate_softplus(scores: &mut [f32], factor: f32) -> f64 {
    let (zero, one) = (F32x8::zero(), F32x8::splat(1.0));
    let factor = F32x8::splat(factor);
    let exp = Exponential::load();
    let mut sum = 0.0;
    for chunk in scores.chunks_mut(64 * LANES) {
        let mut partial = zero;
        for column in chunk.chunks_exact_mut(LANES) {
            let s = F32x8::load(column);
            let power = exp.of(-s.abs());
            partial += s.max(zero) + (one + power).ln();
            let numerator = F32x8::select(zero.gt(s), power, one);
            (numerator * factor / (one + power)).store(column);
        }
        sum += partial.sum() as f64;
    }
    sum
}

/// Jensen-Shannon, reported by NWJ.
pub struct Jsd {
    climbed: JensenShannon,
    joint: f64,
    off: f64,
}

impl Jsd {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        Ok(Self { climbed: JensenShannon::new(pairs, "jsd")?, joint: 0.0, off: 0.0 })
    }
}

impl Objective for Jsd {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        self.joint += panel.positive_sum();
        let (rows, off) = (panel.rows(), &mut self.off);
        self.climbed.differentiate(panel, |scores| {
            let sums = rows::log_sum_exp(scores);
            *off += sums[..rows].iter().map(|sum| libm::exp(*sum)).sum::<f64>();
        })
    }

    fn take_estimate(&mut self) -> Option<f64> {
        let JensenShannon { inverse_rows, inverse_off, .. } = self.climbed;
        let estimate = 1.0 + inverse_rows * self.joint - inverse_off * self.off;
        (self.joint, self.off) = (0.0, 0.0);
        Some(estimate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_softplus_and_its_slope_hold_at_both_ends_and_in_between() {
        let scores = [-1e30, -80.0, -20.0, -0.5, 0.0, 0.5, 30.0, 1e30];
        let mut slopes = scores;
        differentiate_softplus(&mut slopes, 1.0);
        for (score, slope) in scores.into_iter().zip(slopes) {
            let right = 1.0 / (1.0 + libm::exp(-score as f64));
            assert!((slope as f64 - right).abs() <= 1e-6 * right, "{score}: {slope} and {right}");
            let mut alone = [f32::NEG_INFINITY; LANES];
            alone[3] = score;
            let (found, right) = (differentiate_softplus(&mut alone, 1.0), softplus(score as f64));
            assert!((found - right).abs() <= 2e-7 * (1.0 + right), "{score}: {found} and {right}");
        }
    }
}
