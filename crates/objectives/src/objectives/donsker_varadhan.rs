//! The bound of Donsker and Varadhan, the objective of MINE (Belghazi et al. 2018, eq. 5).
//!
//! ```text
//! value = 1/n Σ_i Σ_p w_ip S_ip - ln mean over off pairs of e^S
//! ```

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Error, LANES, rows};

/// The Donsker-Varadhan bound.
pub struct DonskerVaradhan {
    inverse_rows: f64,
    off_count: f64,
    /// `ln Σ e^S` over off pairs as `max + ln(sum)`.
    max: f64,
    sum: f64,
}

impl DonskerVaradhan {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        pairs.check_off("dv")?;
        let inverse_rows = 1.0 / pairs.queries() as f64;
        Ok(Self { inverse_rows, off_count: pairs.off_count() as f64, max: 0.0, sum: 0.0 })
    }

    fn log_total(&self) -> f64 {
        self.max + libm::log(self.sum)
    }
}

impl Objective for DonskerVaradhan {
    fn needs_statistics(&self) -> bool {
        true
    }

    fn begin(&mut self, _bound: f64) {
        (self.max, self.sum) = (f64::MIN, 0.0);
    }

    fn observe(&mut self, panel: &mut Panel<'_>) {
        panel.keep_off_pairs();
        for row in &rows::log_sum_exp(panel.scores)[..panel.rows()] {
            if *row > self.max {
                self.sum *= libm::exp(self.max - row);
                self.max = *row;
            }
            self.sum += libm::exp(row - self.max);
        }
    }

    fn constant(&self) -> f64 {
        libm::log(self.off_count) - self.log_total()
    }

    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let positives = panel.positive_sum();
        panel.keep_off_pairs();
        rows::exp_shifted(panel.scores, [self.log_total() as f32; LANES]);
        rows::scale(panel.scores, panel.lanes(|_| -1.0));
        panel.add_to_positives(self.inverse_rows as f32);
        self.inverse_rows * positives
    }
}
