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

fn off_pairs(pairs: &Pairs, i: usize) -> usize {
    pairs.kept(i) - pairs.positives(i).len()
}

impl Flo {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        pairs.check_off("flo")?;
        let rows = (0..pairs.queries()).filter(|i| off_pairs(pairs, *i) > 0).count();
        Ok(Self { inverse_rows: 1.0 / rows as f64 })
    }
}

impl Objective for Flo {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let pairs = panel.pairs;
        let counts = panel.lanes(|i| off_pairs(pairs, i) as f32);
        let mut value = 0.0;
        panel.each_positive(|at, _, weight| {
            if counts[at % LANES] > 0.0 {
                value += weight as f64 * panel.scores[at] as f64;
            }
        });
        panel.keep_off_pairs();
        let shift = rows::max(panel.scores).map(rows::finite_shift);
        let sums = rows::exp_shifted(panel.scores, shift);
        let mut factors = [0.0; LANES];
        for lane in (0..panel.rows()).filter(|lane| counts[*lane] > 0.0) {
            value -= shift[lane] as f64 + libm::log(sums[lane] / counts[lane] as f64);
            factors[lane] = (-self.inverse_rows / sums[lane]) as f32;
        }
        rows::scale(panel.scores, factors);
        for lane in (0..panel.rows()).filter(|lane| counts[*lane] > 0.0) {
            for (j, weight) in pairs.positives(panel.first + lane) {
                panel.scores[*j as usize * LANES + lane] = self.inverse_rows as f32 * weight;
            }
        }
        value * self.inverse_rows
    }
}
