//! InfoNCE, the objective of contrastive predictive coding (van den Oord et al. 2018, eq. 4), and
//! with a Lipschitz critic that of Wasserstein predictive coding (Ozair et al. 2019, eq. 6).
//!
//! ```text
//! value = 1/n Σ_i [ Σ_p w_ip S_ip - ln Σ_{j in K_i} e^S_ij + ln |K_i| ]      at most ln |K_i|
//! dS_ij = 1/n ( w_ij - e^S_ij / Σ_{k in K_i} e^S_ik )
//! ```

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{LANES, rows};

/// InfoNCE over the rows of the score matrix.
pub struct InfoNce {
    inverse_rows: f64,
    /// The scores of a panel's positives, row after row; their exponentials later.
    positives: Vec<f64>,
}

impl InfoNce {
    /// For these pairs.
    pub fn new(pairs: &Pairs) -> Self {
        let positives = vec![0.0; pairs.most_positives_of_a_panel()];
        Self { inverse_rows: 1.0 / pairs.queries() as f64, positives }
    }
}

impl Objective for InfoNce {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let mut value = panel.positive_sum();
        panel.fill_excluded(f32::NEG_INFINITY);
        panel.fill_padding(0.0);
        let shift = rows::max(panel.scores);
        panel.read_positives(&mut self.positives);
        panel.fill_positives(f32::NEG_INFINITY);
        let others = rows::exp_shifted(panel.scores, shift);
        let mut totals = others;
        let mut positives = self.positives.iter_mut();
        for lane in 0..panel.rows() {
            let i = panel.first + lane;
            for power in positives.by_ref().take(panel.pairs.positives(i).len()) {
                *power = libm::exp(*power - shift[lane] as f64);
                totals[lane] += *power;
            }
            value -= shift[lane] as f64 + libm::log(totals[lane] / panel.pairs.kept(i) as f64);
        }
        rows::scale(
            panel.scores,
            panel.lanes(|i| (-self.inverse_rows / totals[i - panel.first]) as f32),
        );
        self.differentiate_positives(panel, &others, &totals);
        value * self.inverse_rows
    }
}

impl InfoNce {
    /// `w - e / total` as `(w others + (w (total - others) - e)) / total`: for a single positive the
    /// second term is 0 and nothing cancels, however sure the softmax is.
    fn differentiate_positives(
        &self,
        panel: &mut Panel<'_>,
        others: &[f64; LANES],
        totals: &[f64; LANES],
    ) {
        let mut rest = &self.positives[..];
        for lane in 0..panel.rows() {
            let i = panel.first + lane;
            let (powers, after) = rest.split_at(panel.pairs.positives(i).len());
            rest = after;
            let own: f64 = powers.iter().sum();
            for ((j, weight), power) in panel.pairs.positives(i).iter().zip(powers) {
                let weight = *weight as f64;
                let slope = (weight * others[lane] + (weight * own - power)) / totals[lane];
                panel.scores[*j as usize * LANES + lane] = (slope * self.inverse_rows) as f32;
            }
        }
    }
}
