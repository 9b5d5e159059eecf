//! The bound of Fenchel, Legendre and FLO (Guo et al. 2022, eq. 9), at its best u.
//!
//! ```text
//! FLO:    1/n Σ_i Σ_p w_ip [ 1 - u_ip - e^-u_ip mean_{j off in row i} e^(S_ij - S_ip) ]
//! value:  1/n Σ_i [ Σ_p w_ip S_ip - ln mean_{j off in row i} e^S_ij ]
//! ```
//!
//! The paper learns u as a second output of the network. Here each `u_ip` is the number that makes
//! FLO largest on the batch, `ln mean_j e^(S_ij - S_ip)`, which leaves the second line: Donsker and
//! Varadhan's bound a row at a time, InfoNCE without the positive in its denominator (the decoupled
//! loss of Yeh et al. 2022). It is not capped at ln n, and a u fitted to the batch that it is
//! measured on makes it an over-estimate in the mean, as with DV. Rows without an off pair are left out.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Error, LANES, rows};

/// FLO with the best u of each pair.
pub struct Flo {
    /// 1 over the number of rows with an off pair.
    inverse_rows: f64,
}

impl Flo {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        pairs.check_off("flo")?;
        let rows = (0..pairs.queries()).filter(|i| pairs.off(*i) > 0).count();
        Ok(Self { inverse_rows: 1.0 / rows as f64 })
    }
}

impl Objective for Flo {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let pairs = panel.pairs;
        let off: [usize; LANES] = core::array::from_fn(|lane| match panel.first + lane {
            i if i < pairs.queries() => pairs.off(i),
            _ => 0,
        });
        let mut value = 0.0;
        panel.each_positive(|at, _, weight| {
            if off[at % LANES] > 0 {
                value += weight as f64 * panel.scores[at] as f64;
            }
        });
        panel.keep_off_pairs();
        let totals = rows::log_sum_exp(panel.scores);
        rows::exp_shifted(panel.scores, totals.map(|total| rows::finite_shift(total as f32)));
        rows::scale(panel.scores, [-self.inverse_rows as f32; LANES]);
        for (lane, off) in off.into_iter().enumerate().filter(|(_, off)| *off > 0) {
            value -= totals[lane] - libm::log(off as f64);
            for (j, weight) in pairs.positives(panel.first + lane) {
                panel.scores[*j as usize * LANES + lane] = self.inverse_rows as f32 * weight;
            }
        }
        value * self.inverse_rows
    }
}
