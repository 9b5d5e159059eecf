//! The Jensen-Shannon objective (Nowozin et al. 2016; Poole et al. 2019, section 2.4), reported by NWJ.
//!
//! ```text
//! climbed:   1/n Σ_i Σ_p -w_ip ln(1 + e^-S_ip) - mean over off pairs of ln(1 + e^S)
//! reported:  1 + 1/n Σ_i Σ_p w_ip S_ip - mean over off pairs of e^S
//! ```
//!
//! What is climbed has its optimum at the logarithm of the density ratio, NWJ at that plus 1: the
//! report is NWJ of S + 1, a lower bound in nats that no gradient follows. Off scores above 80 count as
//! 80 in the report, so that it stays finite where only slopes are needed.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::{self, Visit};
use kantorovich_kernels::{Error, Exponential, F32x8, LANES};

/// Up to here exponentials, and sums of 64 of them, stay within single precision.
pub const LARGEST_CLIP: f64 = 80.0;

/// What JSD and SMILE share: what is climbed, and the sums that they report from.
pub struct JensenShannon {
    inverse_rows: f64,
    inverse_off: f64,
    /// The scores of a panel's positives, row after row; their derivatives later.
    positives: Vec<f64>,
    /// The least and the largest that an exponential counts as.
    limits: [f32; 2],
    /// The positives' mean score and the off pairs' mean exponential, as far as they were seen.
    means: [f64; 2],
}

/// Sums over the scores of off pairs.
#[derive(Default)]
struct Sums {
    /// `Σ ln(1 + e^S)`
    softplus: f64,
    /// `Σ e^S`, within the limits.
    exponential: f64,
}

impl JensenShannon {
    /// For these pairs, on behalf of `objective`; exponentials are reported within `limits`.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs, objective: &str, limits: [f64; 2]) -> Result<Self, Error> {
        pairs.check_off(objective)?;
        Ok(Self {
            inverse_rows: 1.0 / pairs.queries() as f64,
            inverse_off: 1.0 / pairs.off_count() as f64,
            positives: vec![0.0; pairs.most_positives_of_a_panel()],
            limits: limits.map(|limit| limit as f32),
            means: [0.0; 2],
        })
    }

    /// [`Objective::differentiate`].
    pub fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        self.means[0] += self.inverse_rows * panel.positive_sum();
        panel.read_positives(&mut self.positives);
        let mut joint = 0.0;
        let mut scores = self.positives.iter_mut();
        panel.each_positive(|_, _, weight| {
            if let Some(score) = scores.next() {
                let weight = weight as f64 * self.inverse_rows;
                let power = libm::exp(-score.abs());
                joint -= weight * ((-*score).max(0.0) + libm::log(1.0 + power));
                let numerator = if *score > 0.0 { power } else { 1.0 };
                *score = weight * numerator / (1.0 + power);
            }
        });
        panel.keep_off_pairs();
        let off = differentiate_softplus(panel.scores, -self.inverse_off as f32, self.limits);
        self.means[1] += self.inverse_off * off.exponential;
        panel.write_positives(&self.positives);
        joint - self.inverse_off * off.softplus
    }

    /// The positives' mean score and the off pairs' mean exponential of the evaluation that ends.
    pub fn means(&self) -> [f64; 2] {
        self.means
    }

    /// Shows both, as sums over panels.
    pub fn sums(&mut self, visit: Visit<'_>) {
        visit(partials::Sums::Double(&mut self.means));
    }
}

/// Replaces each score by `factor / (1 + e^-S)`; minus infinity, which marks what is no off pair,
/// is in no sum.
fn differentiate_softplus(scores: &mut [f32], factor: f32, limits: [f32; 2]) -> Sums {
    let (zero, one) = (F32x8::zero(), F32x8::splat(1.0));
    let none = F32x8::splat(f32::NEG_INFINITY);
    let [least, largest] = limits.map(F32x8::splat);
    let factor = F32x8::splat(factor);
    let exp = Exponential::load();
    let mut sums = Sums::default();
    for chunk in scores.chunks_mut(64 * LANES) {
        let (mut linear, mut product, mut exponential) = (zero, one, zero);
        for column in chunk.chunks_exact_mut(LANES) {
            let s = F32x8::load(column);
            let power = exp.of(-s.abs());
            let above = s.gt(zero);
            // The logarithm of a product of 64 numbers from 1 to 2, in place of 64 logarithms.
            linear += s.max(zero);
            product = product * (one + power);
            let e = F32x8::select(above, one / power, power).max(least).min(largest);
            exponential += F32x8::select(s.gt(none), e, zero);
            let numerator = F32x8::select(above, one, power);
            (numerator * factor / (one + power)).store(column);
        }
        for lane in product.to_array() {
            sums.softplus += libm::log(lane as f64);
        }
        sums.softplus += linear.sum() as f64;
        for lane in exponential.to_array() {
            sums.exponential += lane as f64;
        }
    }
    sums
}

/// Jensen-Shannon, reported by NWJ.
pub struct Jsd(JensenShannon);

impl Jsd {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        let limits = [0.0, libm::exp(LARGEST_CLIP)];
        Ok(Self(JensenShannon::new(pairs, "jsd", limits)?))
    }
}

impl Objective for Jsd {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        self.0.differentiate(panel)
    }

    fn sums(&mut self, visit: Visit<'_>) {
        self.0.sums(visit);
    }

    fn estimate(&self) -> Option<f64> {
        let [joint, off] = self.0.means();
        Some(1.0 + joint - off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_softplus_its_slope_and_the_exponential_hold_at_both_ends_and_in_between() {
        let limits = [1e-3, 1e30];
        let softplus = |x: f64| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
        for score in [-1e30, -80.0, -20.0, -0.5, 0.0, 0.5, 30.0, 1e30] {
            let mut scores = [f32::NEG_INFINITY; LANES];
            scores[3] = score;
            let sums = differentiate_softplus(&mut scores, 1.0, limits);
            let close = |found: f64, right: f64, tolerance: f64| {
                assert!((found - right).abs() <= tolerance, "{score}: {found} and {right}");
            };
            let score = score as f64;
            let slope = 1.0 / (1.0 + libm::exp(-score));
            close(scores[3] as f64, slope, 1e-6 * slope);
            close(sums.softplus, softplus(score), 2e-7 * (1.0 + softplus(score)));
            let power = libm::exp(score).clamp(limits[0] as f64, limits[1] as f64);
            close(sums.exponential, power, 1e-6 * power);
        }
    }
}
