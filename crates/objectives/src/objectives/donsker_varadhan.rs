//! The bound of Donsker and Varadhan, the objective of MINE (Belghazi et al. 2018, eq. 5).
//!
//! ```text
//! value = 1/n Σ_i Σ_p w_ip S_ip - ln mean over off pairs of e^S
//! ```

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::{Sums, Visit};
use kantorovich_kernels::{Error, LANES, rows};

/// The Donsker-Varadhan bound.
pub struct DonskerVaradhan {
    inverse_rows: f64,
    off_count: f64,
    /// `ln Σ e^S` over all off pairs, and over those of a group of rows.
    total: LogSum,
    group: LogSum,
}

/// The logarithm of a sum as `max + ln(sum)`: the two numbers.
struct LogSum([f64; 2]);

impl LogSum {
    const EMPTY: Self = Self([f64::MIN, 0.0]);

    /// Adds `factor e^other`.
    fn add(&mut self, other: f64, factor: f64) {
        let Self([max, sum]) = self;
        if other > *max {
            *sum *= libm::exp(*max - other);
            *max = other;
        }
        *sum += factor * libm::exp(other - *max);
    }

    fn value(&self) -> f64 {
        let Self([max, sum]) = self;
        max + libm::log(*sum)
    }
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
        let off_count = pairs.off_count() as f64;
        Ok(Self { inverse_rows, off_count, total: LogSum::EMPTY, group: LogSum::EMPTY })
    }
}

impl Objective for DonskerVaradhan {
    fn needs_statistics(&self) -> bool {
        true
    }

    fn begin(&mut self, _bound: f64) {
        (self.total, self.group) = (LogSum::EMPTY, LogSum::EMPTY);
    }

    fn observe(&mut self, panel: &mut Panel<'_>) {
        panel.keep_off_pairs();
        for row in &rows::log_sum_exp(panel.scores)[..panel.rows()] {
            self.group.add(*row, 1.0);
        }
    }

    fn statistics(&mut self, visit: Visit<'_>) {
        visit(Sums::Double(&mut self.group.0));
    }

    fn join(&mut self) {
        let [max, sum] = self.group.0;
        self.total.add(max, sum);
        self.group = LogSum::EMPTY;
    }

    fn constant(&self) -> f64 {
        libm::log(self.off_count) - self.total.value()
    }

    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let positives = panel.positive_sum();
        panel.keep_off_pairs();
        rows::exp_shifted(panel.scores, [self.total.value() as f32; LANES]);
        rows::scale(panel.scores, panel.lanes(|_| -1.0));
        panel.add_to_positives(self.inverse_rows as f32);
        self.inverse_rows * positives
    }
}
