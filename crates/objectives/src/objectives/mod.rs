//! Objectives: rules from scores to a value and its derivative by each score.
//!
//! All are maximised; a loss is the negative. A new one is one file here and one line in [`build`].

pub mod donsker_varadhan;
pub mod info_nce;
pub mod nwj;
pub mod symmetric;
pub mod wdm;

use crate::pairs::Pairs;
use crate::panel::Panel;
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

    /// Ends the first pass.
    fn conclude(&mut self) {}

    /// Replaces scores by derivatives of the value, and returns the panel's share of the value.
    ///
    /// Derivatives in lanes past the last query are zero.
    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64;

    /// A part of the value that no panel has.
    fn constant(&self) -> f64 {
        0.0
    }

    /// The objective as fixed weights on scores, where it is linear in them.
    fn linear(&self) -> Option<&Linear> {
        None
    }
}

/// The objective called `name`, for these pairs.
///
/// # Errors
///
/// `Options` on an unknown name, `Data` where it needs mismatched pairs and there are none.
pub fn build(name: &str, pairs: &Pairs) -> Result<Box<dyn Objective>, Error> {
    Ok(match name {
        "cpc" | "wpc" => Box::new(info_nce::InfoNce::new(pairs)),
        "cpc-symmetric" | "wpc-symmetric" => Box::new(symmetric::SymmetricInfoNce::new(pairs)),
        "wdm" => Box::new(wdm::Wdm::off(pairs)?),
        "wdm-all" => Box::new(wdm::Wdm::all(pairs)),
        "nwj" => Box::new(nwj::Nwj::new(pairs)?),
        "dv" => Box::new(donsker_varadhan::DonskerVaradhan::new(pairs)?),
        _ => {
            return Err(Error::options(format!(
                "unknown objective \"{name}\": expected cpc, cpc-symmetric, wpc, wpc-symmetric, wdm, wdm-all, nwj or dv"
            )));
        }
    })
}
