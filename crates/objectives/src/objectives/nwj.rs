//! The bound of Nguyen, Wainwright and Jordan (2010); Poole et al. 2019, eq. 6.
//!
//! ```text
//! value = 1/n Σ_i Σ_p w_ip S_ip - mean over off pairs of e^(S - 1)
//! ```

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Error, LANES, rows};

/// The NWJ bound.
pub struct Nwj {
    inverse_rows: f64,
    inverse_off: f64,
}

impl Nwj {
    /// For these pairs.
    ///
    /// # Errors
    ///
    /// `Data` where there is no off pair.
    pub fn new(pairs: &Pairs) -> Result<Self, Error> {
        pairs.check_off("nwj")?;
        Ok(Self {
            inverse_rows: 1.0 / pairs.queries() as f64,
            inverse_off: 1.0 / pairs.off_count() as f64,
        })
    }
}

impl Objective for Nwj {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let positives = panel.positive_sum();
        panel.keep_off_pairs();
        let sums = rows::exp_shifted(panel.scores, [1.0; LANES]);
        let off: f64 = sums[..panel.rows()].iter().sum();
        rows::scale(panel.scores, panel.lanes(|_| -self.inverse_off as f32));
        panel.add_to_positives(self.inverse_rows as f32);
        self.inverse_rows * positives - self.inverse_off * off
    }
}
