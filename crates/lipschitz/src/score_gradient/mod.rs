//! A critic's gradient with respect to the embeddings, point by point, and what a penalty's
//! gradient makes of it on the way back: the critic's part of the exact penalty.
//!
//! At each point, for the score s(g, h):
//!
//! ```text
//! v = (∂s/∂g, ∂s/∂h)
//! ```
//!
//! and with u = (u_g, u_h) the penalty's gradient by v, held fixed:
//!
//! ```text
//! (dg, dh) = ∇²s u,    dW = ∂<u, v>/∂W    (W the critic's weights, where it has any)
//! ```
//!
//! All scores are some function over τ, so v and all that follows are as well; the derivative by τ
//! is `-<u, v> / τ` for every critic and is left to the caller. A new critic is one file here and
//! one line in [`build`].

mod bilinear;
mod cosine;
mod distance;
mod joint;
mod separable;

use distance::Power;
use kantorovich_kernels::{Error, F32x8, LANES, PanelsMut, PanelsRef};

/// The first and second derivatives of a score at a fixed number of points; rows are points,
/// `[g, h]` are K x dim g and K x dim h, and `parameters` are the critic's as a loss takes them
/// (weights in panels, then τ). No call allocates.
pub trait ScoreGradient {
    /// Writes v.
    fn differentiate(
        &mut self,
        parameters: &[f32],
        embeddings: [PanelsRef<'_>; 2],
        v: [PanelsMut<'_>; 2],
    );

    /// Writes `d = ∇²s u`, and adds to `d_weights` (as long as `parameters` without τ) what <u, v>
    /// gives.
    fn backward(
        &mut self,
        parameters: &[f32],
        embeddings: [PanelsRef<'_>; 2],
        u: [PanelsRef<'_>; 2],
        d: [PanelsMut<'_>; 2],
        d_weights: &mut [f32],
    );
}

/// The derivatives of the critic called `name` (with the joint critic's `hidden` layers, each of at
/// least 1 unit) on embeddings of these widths, at so many points.
///
/// # Errors
///
/// `Options` on a name that is no critic.
pub fn build(
    name: &str,
    hidden: &[usize],
    widths: [usize; 2],
    points: usize,
) -> Result<Box<dyn ScoreGradient>, Error> {
    Ok(match name {
        "separable" => Box::new(separable::Separable),
        "bilinear" => Box::new(bilinear::Bilinear::new(widths)),
        "cosine" => Box::new(cosine::Cosine),
        "distance" => Box::new(distance::Distance::new(Power::One)),
        "squared-distance" => Box::new(distance::Distance::new(Power::Two)),
        "joint" => Box::new(joint::Joint::new(hidden, widths, points)),
        _ => {
            return Err(Error::options(format!("the \"{name}\" critic has no gradient penalty")));
        }
    })
}

/// τ, the last of a critic's parameters.
fn temperature(parameters: &[f32]) -> f32 {
    parameters[parameters.len() - 1]
}

/// `out = a + b factor`.
fn add_scaled(a: PanelsRef<'_>, b: PanelsRef<'_>, factor: f32, mut out: PanelsMut<'_>) {
    let factor = F32x8::splat(factor);
    let terms = a.as_slice().chunks_exact(LANES).zip(b.as_slice().chunks_exact(LANES));
    for (to, (a, b)) in out.as_mut_slice().chunks_exact_mut(LANES).zip(terms) {
        F32x8::load(b).mul_add(factor, F32x8::load(a)).store(to);
    }
}

#[cfg(test)]
mod tests;
