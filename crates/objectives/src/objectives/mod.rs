//! Objectives: rules from scores to a value and its derivative by each score.
//!
//! All are maximised; a loss is the negative. A new one is one file here and one line in [`build`].
//!
//! Most report what they climb. Some climb a *surrogate* whose optimal critic is known, and report an
//! *estimate* of the mutual information that they read off that critic: JSD, SMILE, RPC. Their
//! derivatives are the surrogate's, their value is the estimate.

pub mod donsker_varadhan;
pub mod flo;
pub mod info_nce;
pub mod jsd;
pub mod nwj;
pub mod rpc;
pub mod smile;
pub mod symmetric;
pub mod wdm;

use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::Visit;
use kantorovich_kernels::Error;
use wdm::Linear;

/// A rule from scores to a value and its derivatives.
///
/// The driver shows it the score matrix once (or twice, where [`Objective::needs_statistics`]),
/// panel by panel, and lets it replace the scores by derivatives in place.
pub trait Objective {
    /// Whether the whole matrix must be observed before any derivative is known.
    fn needs_statistics(&self) -> bool {
        false
    }

    /// Starts the first pass over scores of at most `bound` in magnitude.
    fn begin(&mut self, _bound: f64) {}

    /// Sees a panel on the first pass; may overwrite the scores of a copy.
    fn observe(&mut self, _panel: &mut Panel<'_>) {}

    /// Shows what [`Objective::observe`] has gathered since the last [`Objective::join`]; whoever is
    /// shown it may put another group's in its place before it is joined.
    fn statistics(&mut self, _visit: Visit<'_>) {}

    /// Joins what was gathered of a group of rows to that of the groups before, and begins another.
    fn join(&mut self) {}

    /// Ends the first pass.
    fn conclude(&mut self) {}

    /// Replaces scores by derivatives of what is climbed, and returns the panel's share of that.
    ///
    /// Derivatives in lanes past the last query are zero.
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64;

    /// Shows what [`Objective::differentiate`] adds up over panels beside what it returns; whoever is
    /// shown it may change it between panels.
    fn sums(&mut self, _visit: Visit<'_>) {}

    /// A part of what is climbed that no panel has.
    fn constant(&self) -> f64 {
        0.0
    }

    /// Ends an evaluation: what is reported of it, where that isn't what is climbed.
    fn estimate(&self) -> Option<f64> {
        None
    }

    /// The objective as fixed weights on scores, where it is linear in them.
    fn linear(&self) -> Option<&Linear> {
        None
    }
}

/// Numbers that fix some objectives; the others don't look at them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectiveOptions {
    /// SMILE's τ, above 0: where scores are clipped in the partition function of what is reported.
    pub clip: f64,
    /// RPC's weight of the scores of mismatched pairs, at least 0.
    pub alpha: f64,
    /// RPC's weight of the squares of positives' scores, at least 0.
    pub beta: f64,
    /// RPC's weight of the squares of mismatched pairs' scores, above 0.
    pub gamma: f64,
}

impl Default for ObjectiveOptions {
    /// SMILE's τ 5 (Song and Ermon 2020), RPC's α 1, β 1e-4, γ 1.
    fn default() -> Self {
        Self { clip: 5.0, alpha: 1.0, beta: 1e-4, gamma: 1.0 }
    }
}

/// The objective called `name`, for these pairs.
///
/// # Errors
///
/// `Options` on an unknown name and options out of range, `Data` where it needs mismatched pairs and
/// there are none.
pub fn build(
    name: &str,
    options: ObjectiveOptions,
    pairs: &Pairs,
) -> Result<Box<dyn Objective>, Error> {
    Ok(match name {
        "cpc" | "wpc" => Box::new(info_nce::InfoNce::new(pairs)),
        "cpc-symmetric" | "wpc-symmetric" => Box::new(symmetric::SymmetricInfoNce::new(pairs)),
        "wdm" => Box::new(wdm::Wdm::off(pairs)?),
        "wdm-all" => Box::new(wdm::Wdm::all(pairs)),
        "nwj" => Box::new(nwj::Nwj::new(pairs)?),
        "dv" => Box::new(donsker_varadhan::DonskerVaradhan::new(pairs)?),
        "jsd" => Box::new(jsd::Jsd::new(pairs)?),
        "smile" => Box::new(smile::Smile::new(pairs, options)?),
        "rpc" => Box::new(rpc::Rpc::new(pairs, options)?),
        "flo" => Box::new(flo::Flo::new(pairs)?),
        _ => {
            return Err(Error::options(format!(
                "unknown objective \"{name}\": expected cpc, cpc-symmetric, wpc, wpc-symmetric, wdm, wdm-all, nwj, dv, jsd, smile, rpc or flo"
            )));
        }
    })
}
