//! Relative predictive coding (Tsai et al. 2021, eq. 3).
//!
//! ```text
//! climbed:   1/n Σ_i Σ_p w_ip (S_ip - β/2 S_ip²) - mean over off pairs of (α S + γ/2 S²)
//! reported:  1/n Σ_i Σ_p w_ip ln r(S_ip),   r(s) = (γ s + α) / (1 - β s)
//! ```
//!
//! The optimum of what is climbed is `S = (r - α) / (β r + γ)` with r the density ratio, so that the
//! report is its mean logarithm over the joint: the mutual information in nats where the critic is
//! optimal, and no bound elsewhere. Scores beyond `(-α/γ, 1/β)` belong to no ratio: its numerator
//! and denominator count as at least 1e-4, as in the authors' code. They report the logarithm of the
//! ratio at the mean score, which is larger by Jensen's inequality.

use super::{Objective, ObjectiveOptions};
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::{Sums, Visit};
use kantorovich_kernels::{Decimal, Error, F32x8, LANES, rows};

/// The least that numerator and denominator of a ratio count as.
const LEAST: f64 = 1e-4;

/// Relative predictive coding.
pub struct Rpc {
    alpha: f64,
    beta: f64,
    gamma: f64,
    inverse_rows: f64,
    inverse_off: f64,
    /// The scores of a panel's positives, row after row; their derivatives later.
    positives: Vec<f64>,
    log_ratios: f64,
}

impl Rpc {
    /// For these pairs and `alpha`, `beta` and `gamma` of the options.
    ///
    /// # Errors
    ///
    /// `Options` unless α and β are at least 0 and γ is above 0, all of them finite; `Data` where
    /// there is no off pair.
    pub fn new(pairs: &Pairs, options: ObjectiveOptions) -> Result<Self, Error> {
        let ObjectiveOptions { alpha, beta, gamma, .. } = options;
        if !(alpha >= 0.0 && beta >= 0.0 && gamma > 0.0 && (alpha + beta + gamma).is_finite()) {
            return Err(Error::options(format!(
                "rpc needs alpha and beta of at least 0 and a gamma above 0, got {}, {} and {}",
                Decimal(alpha),
                Decimal(beta),
                Decimal(gamma)
            )));
        }
        pairs.check_off("rpc")?;
        Ok(Self {
            alpha,
            beta,
            gamma,
            inverse_rows: 1.0 / pairs.queries() as f64,
            inverse_off: 1.0 / pairs.off_count() as f64,
            positives: vec![0.0; pairs.most_positives_of_a_panel()],
            log_ratios: 0.0,
        })
    }

    /// `ln r` of a score.
    fn log_ratio(&self, score: f64) -> f64 {
        let numerator = (self.gamma * score + self.alpha).max(LEAST);
        libm::log(numerator / (1.0 - self.beta * score).max(LEAST))
    }

    /// Turns the scores of positives into derivatives; returns their share of what is climbed.
    fn differentiate_positives(&mut self, panel: &Panel<'_>) -> f64 {
        panel.read_positives(&mut self.positives);
        let mut positives = core::mem::take(&mut self.positives);
        let (mut joint, mut log_ratios) = (0.0, 0.0);
        let mut scores = positives.iter_mut();
        panel.each_positive(|_, _, weight| {
            if let Some(score) = scores.next() {
                let weight = weight as f64 * self.inverse_rows;
                log_ratios += weight * self.log_ratio(*score);
                joint += weight * *score * (1.0 - 0.5 * self.beta * *score);
                *score = weight * (1.0 - self.beta * *score);
            }
        });
        self.log_ratios += log_ratios;
        self.positives = positives;
        joint
    }
}

impl Objective for Rpc {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let joint = self.differentiate_positives(panel);
        leave_off_pairs(panel);
        let sum: f64 = rows::sum(panel.scores).iter().sum();
        let squares: f64 = rows::dot(panel.scores, panel.scores).iter().sum();
        let slope = F32x8::splat((-self.gamma * self.inverse_off) as f32);
        let start = F32x8::splat((-self.alpha * self.inverse_off) as f32);
        for column in panel.scores.chunks_exact_mut(LANES) {
            F32x8::load(column).mul_add(slope, start).store(column);
        }
        leave_off_pairs(panel);
        panel.write_positives(&self.positives);
        joint - self.inverse_off * (self.alpha * sum + 0.5 * self.gamma * squares)
    }

    fn sums(&mut self, visit: Visit<'_>) {
        visit(Sums::Double(core::slice::from_mut(&mut self.log_ratios)));
    }

    fn estimate(&self) -> Option<f64> {
        Some(self.log_ratios)
    }
}

/// Sets to 0 what is no off pair.
fn leave_off_pairs(panel: &mut Panel<'_>) {
    panel.fill_excluded(0.0);
    panel.fill_positives(0.0);
    panel.fill_padding(0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_inverts_the_optimal_critic() {
        let options = ObjectiveOptions { alpha: 0.5, beta: 0.01, gamma: 2.0, clip: 1.0 };
        let rpc = Rpc::new(&Pairs::diagonal(2, 2).unwrap(), options).unwrap();
        for ratio in [1e-3, 0.2, 1.0, 7.0, 1e4] {
            let optimum = (ratio - 0.5) / (0.01 * ratio + 2.0);
            assert!((rpc.log_ratio(optimum) - libm::log(ratio)).abs() < 1e-9, "{ratio}");
        }
        assert!(rpc.log_ratio(-1e3).is_finite() && rpc.log_ratio(1e3).is_finite());
    }
}
