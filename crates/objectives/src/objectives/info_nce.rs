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
use kantorovich_kernels::rows;

/// InfoNCE over the rows of the score matrix.
pub struct InfoNce {
    inverse_rows: f64,
}

impl InfoNce {
    /// For these pairs.
    pub fn new(pairs: &Pairs) -> Self {
        Self { inverse_rows: 1.0 / pairs.queries() as f64 }
    }
}

impl Objective for InfoNce {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let mut value = panel.positive_sum();
        panel.fill_excluded(f32::NEG_INFINITY);
        panel.fill_padding(0.0);
        let shift = rows::max(panel.scores);
        let sums = rows::exp_shifted(panel.scores, shift);
        for lane in 0..panel.rows() {
            let kept = panel.pairs.kept(panel.first + lane) as f64;
            value -= shift[lane] as f64 + libm::log(sums[lane] / kept);
        }
        let factors = panel.lanes(|i| (-self.inverse_rows / sums[i - panel.first]) as f32);
        rows::scale(panel.scores, factors);
        panel.add_to_positives(self.inverse_rows as f32);
        value * self.inverse_rows
    }
}
