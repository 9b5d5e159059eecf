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

use super::jsd::{JensenShannon, LARGEST_CLIP};
use super::{Objective, ObjectiveOptions};
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::Visit;
use kantorovich_kernels::{Decimal, Error};

/// JSD's critic, reported by a clipped Donsker-Varadhan bound.
pub struct Smile(JensenShannon);

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
        let limits = [-clip, clip].map(libm::exp);
        Ok(Self(JensenShannon::new(pairs, "smile", limits)?))
    }
}

impl Objective for Smile {
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        self.0.differentiate(panel)
    }

    fn sums(&mut self, visit: Visit<'_>) {
        self.0.sums(visit);
    }

    fn estimate(&self) -> Option<f64> {
        let [joint, off] = self.0.means();
        Some(joint - libm::log(off))
    }
}
