//! A Lagrangian that keeps an encoder from pulling pairs further apart than they are, with a learnt
//! multiplier: no second derivative, and any encoder (METRA: Park, Rybkin and Levine 2024,
//! arXiv:2310.08887, eq. 9).
//!
//! ```text
//! c_k = min(ε, |a_k - b_k|² - |φ(a_k) - φ(b_k)|²)       on pairs of rows of the batch, each side
//! loss += -λ mean_k c_k,          d(ln λ) = mean_k c_k
//! ```
//!
//! λ is held fixed in the first line and grows while the constraint is broken. On the pairs that
//! were seen only, and only as far as the multiplier has pressed: no certificate.

use kantorovich_encoders::{Tape, Tensor};
use kantorovich_kernels::{Decimal, Error, LANES, Panels, PanelsMut, PanelsRef, Random};

use crate::TrainerSpec;
use crate::parameters::Parameters;

/// The Lagrangian's constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LagrangianSpec {
    /// Pairs a side and step, at least 1.
    pub pairs: usize,
    /// ε, above 0: beyond it, keeping the constraint earns nothing.
    pub slack: f64,
    /// Where λ starts, above 0.
    pub multiplier: f64,
}

impl LagrangianSpec {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if self.pairs == 0 {
            return Err(Error::options("the Lagrangian needs at least one pair a step, found 0"));
        }
        for (name, value) in [("slack", self.slack), ("multiplier", self.multiplier)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::options(format!(
                    "the Lagrangian's {name} must be finite and above 0, found {}",
                    Decimal(value)
                )));
            }
        }
        Ok(())
    }
}

/// The plan of a step's Lagrangian; running it allocates nothing.
pub(crate) struct Lagrangian {
    slack: f64,
    multiplier: f64,
    log_multiplier: Tensor,
    rows: u32,
    /// Of each side.
    pairs: [Vec<(u32, u32)>; 2],
}

impl Lagrangian {
    /// For the batch of `spec` and the multiplier's slot in `parameters`.
    pub(crate) fn new(
        spec: &TrainerSpec,
        lagrangian: LagrangianSpec,
        parameters: &Parameters,
    ) -> Option<Self> {
        Some(Self {
            slack: lagrangian.slack,
            multiplier: lagrangian.multiplier,
            log_multiplier: parameters.log_multiplier()?.clone(),
            rows: spec.batch as u32,
            pairs: [(); 2].map(|()| vec![(0, 0); lagrangian.pairs]),
        })
    }

    /// Writes ln λ as training starts.
    pub(crate) fn initialise(&self, params: &mut [f32]) {
        params[self.log_multiplier.offset] = libm::log(self.multiplier) as f32;
    }

    /// Draws pairs of different rows for each side.
    pub(crate) fn draw(&mut self, random: &mut Random) {
        for pair in self.pairs.iter_mut().flatten() {
            let first = random.below(self.rows);
            let other = random.below(self.rows - 1);
            *pair = (first, if other >= first { other + 1 } else { other });
        }
    }

    /// The pairs as last drawn, of x and of y.
    pub(crate) fn pairs(&self) -> &[Vec<(u32, u32)>; 2] {
        &self.pairs
    }

    /// Adds the gradient by the batch's embeddings to `d_out` and that by ln λ to `gradient`;
    /// returns `-λ Σ_sides mean_k c_k`.
    pub(crate) fn add_gradient(
        &self,
        params: &[f32],
        batch: [PanelsRef<'_>; 2],
        tapes: &[Tape; 2],
        d_out: &mut [Panels; 2],
        gradient: &mut [f32],
    ) -> f64 {
        let multiplier = libm::exp(f64::from(params[self.log_multiplier.offset]));
        let share = 1.0 / self.pairs[0].len() as f64;
        let mut total = 0.0;
        for (side, pairs) in self.pairs.iter().enumerate() {
            let embeddings = tapes[side].output();
            for &(a, b) in pairs {
                let (a, b) = (a as usize, b as usize);
                let gap = squared_distance(batch[side], a, b) - squared_distance(embeddings, a, b);
                total += share * gap.min(self.slack);
                if gap < self.slack {
                    let factor = (2.0 * multiplier * share) as f32;
                    add_difference(embeddings, a, b, factor, d_out[side].view_mut());
                }
            }
        }
        gradient[self.log_multiplier.offset] += total as f32;
        -multiplier * total
    }
}

fn squared_distance(rows: PanelsRef<'_>, a: usize, b: usize) -> f64 {
    let entries = rows.row(a).zip(rows.row(b));
    entries.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
}

/// Adds `factor (φ_a - φ_b)` to row a of `out` and its negative to row b.
fn add_difference(
    embeddings: PanelsRef<'_>,
    a: usize,
    b: usize,
    factor: f32,
    mut out: PanelsMut<'_>,
) {
    for k in 0..embeddings.cols() {
        let step = factor * (embeddings.get(a, k) - embeddings.get(b, k));
        for (row, step) in [(a, step), (b, -step)] {
            out.panel_mut(row / LANES)[k * LANES + row % LANES] += step;
        }
    }
}
