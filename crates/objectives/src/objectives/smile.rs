//! SMILE (Song and Ermon 2020, eq. 10): the critic of JSD, reported by Donsker and Varadhan's bound with
//! bounded exponentials.
//!
//! ```text
//! climbed:   as by JSD
//! reported:  1/n Σ_i Σ_p w_ip S_ip - ln mean over off pairs of e^clip(S, -τ, τ)
//! ```
//!
//! Clipping bounds the variance of the partition function, and makes the report no bound: it may be
//! above the mutual information.

use super::jsd::JensenShannon;
use super::{Objective, ObjectiveOptions};
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{Decimal, Error, Exponential, F32x8, LANES};

/// Up to here exponentials, and the sums of 64 of them, stay within single precision.
const LARGEST_CLIP: f64 = 80.0;

/// JSD's critic, reported by a clipped Donsker-Varadhan bound.
pub struct Smile {
    climbed: JensenShannon,
    clip: f32,
    joint: f64,
    off: f64,
}

impl Smile {
    /// For these pairs and [`ObjectiveOptions::clip`].
    ///
    /// # Errors
    ///
    /// `Options` where τ is not above 0 and at most 80, `Data` where there is no off pair.
    pub fn new(pairs: &Pairs, options: ObjectiveOptions) -> Result<Self, Error> {
        let clip = options.clip;
        if !(clip > 0.0 && clip <= LARGEST_CLIP) {
            return Err(Error::options(format!(
                "smile clips scores at a number above 0 and at most {}, got {}",
                Decimal(LARGEST_CLIP),
                Decimal(clip)
            )));
        }
        let climbed = JensenShannon::new(pairs, "smile")?;
        Ok(Self { climbed, clip: clip as f32, joint: 0.0, off: 0.0 })
    }
}

/// `Σ e^clip(S, -clip, clip)`, without the scores that are minus infinity.
fn clipped_exponentials(scores: &[f32], clip: f32) -> f64 {
    let (highest, lowest) = (F32x8::splat(clip), F32x8::splat(-clip));
    let none = F32x8::splat(f32::NEG_INFINITY);
    let exp = Exponential::load();
    let mut sum = 0.0;
    for chunk in scores.chunks(64 * LANES) {
        let mut partial = F32x8::zero();
        for column in chunk.chunks_exact(LANES) {
            let s = F32x8::load(column);
            let power = exp.of(s.max(lowest).min(highest));
            partial += F32x8::select(s.gt(none), power, F32x8::zero());
        }
        sum += partial.to_array().iter().map(|lane| *lane as f64).sum::<f64>();
    }
    sum
}

impl Objective for Smile {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        self.joint += panel.positive_sum();
        let (clip, off) = (self.clip, &mut self.off);
        self.climbed.differentiate(panel, |scores| *off += clipped_exponentials(scores, clip))
    }

    fn take_estimate(&mut self) -> Option<f64> {
        let JensenShannon { inverse_rows, inverse_off, .. } = self.climbed;
        let estimate = inverse_rows * self.joint - libm::log(inverse_off * self.off);
        (self.joint, self.off) = (0.0, 0.0);
        Some(estimate)
    }
}
