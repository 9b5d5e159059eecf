//! What makes a critic Lipschitz, and what certifies that it is.
//!
//! - [`spectral`]: the spectral norm by power iteration, the projection by it, and an upper bound
//!   that is never below it;
//! - [`spectral_ball`]: the nearest matrix of bounded spectral norm; [`norm_balls`]: those of bounded
//!   l1, l∞ and Frobenius norms, and of bounded entries; [`ball`]: all by
//!   name;
//! - [`convolution`]: the same for convolutions, through the convolution itself;
//! - [`orthonormal`]: the nearest (semi-)orthonormal matrix, by Björck or Newton and Schulz;
//! - [`penalty`]: the rule of the gradient penalty, [`interpolation`]: the points at which it is
//!   taken, [`score_gradient`]: the critic's own part of the gradient there;
//! - [`certificate`]: a critic's Lipschitz constant over a named metric, or why it has none, and
//!   the bound on W₁ that follows.
//!
//! Nothing here knows of encoders: matrices come as panels, and a trainer joins the two. The
//! iterative methods return what they reached: iterations, residual, whether it has converged.
#![forbid(unsafe_code)]

pub mod ball;
pub mod certificate;
pub mod convolution;
mod eigen;
pub mod interpolation;
pub mod norm_balls;
pub mod orthonormal;
pub mod penalty;
pub mod score_gradient;
pub mod spectral;
pub mod spectral_ball;

pub use ball::{Ball, BallProjection};
pub use certificate::{
    Certificate, CriticForm, Metric, critic_slopes, encoder_constant, w1_lower_bound,
};
pub use convolution::{ConvolutionPower, convolution_upper_bound, overlap, project_convolution};
pub use interpolation::{Interpolation, Point};
pub use orthonormal::{Convergence, Orthonormaliser};
pub use penalty::{Penalty, PenaltyValue, Sides};
pub use score_gradient::{ScoreGradient, build as build_score_gradient};
pub use spectral::{PowerIteration, SpectralNorm, certified_upper_bound, project_spectral};
pub use spectral_ball::{Clipped, SpectralBall};
