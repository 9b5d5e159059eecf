//! The balls that weights can be projected on, by name, with the buffers that a projection needs.

use kantorovich_kernels::{Decimal, Error, PanelsMut};

use crate::norm_balls::{clip_box, project_frobenius, project_infinity_norm, project_one_norm};
use crate::spectral_ball::SpectralBall;

/// A norm whose ball is projected on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// σ₁, by clipping singular values.
    Spectral,
    /// From l1 to l1.
    One,
    /// From l∞ to l∞.
    Infinity,
    /// The root of the sum of squares.
    Frobenius,
    /// The largest magnitude of an entry.
    Box,
}

/// A ball around zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    norm: Norm,
    radius: f64,
}

impl Ball {
    /// The ball called `name`: `spectral-ball`, `l1`, `l-infinity`, `frobenius` or `box`.
    ///
    /// # Errors
    ///
    /// `Options` on another name, or a radius that isn't finite and above 0.
    pub fn new(name: &str, radius: f64) -> Result<Self, Error> {
        let norm = match name {
            "spectral-ball" => Norm::Spectral,
            "l1" => Norm::One,
            "l-infinity" => Norm::Infinity,
            "frobenius" => Norm::Frobenius,
            "box" => Norm::Box,
            _ => {
                return Err(Error::options(format!(
                    "unknown constraint \"{name}\": expected none, gradient-penalty, lagrangian, orthonormal, spectral, spectral-ball, l1, l-infinity, frobenius or box"
                )));
            }
        };
        if !(radius.is_finite() && radius > 0.0) {
            return Err(Error::options(format!(
                "the radius must be finite and above 0, found {}",
                Decimal(radius)
            )));
        }
        Ok(Self { norm, radius })
    }
}

/// The projection on a ball for matrices of one shape. No call allocates.
#[derive(Clone, Debug)]
pub struct BallProjection {
    ball: Ball,
    spectral: Option<SpectralBall>,
}

impl BallProjection {
    /// For matrices of this shape.
    pub fn new(ball: Ball, rows: usize, cols: usize) -> Self {
        let spectral = (ball.norm == Norm::Spectral).then(|| SpectralBall::new(rows, cols));
        Self { ball, spectral }
    }

    /// Replaces `w` by the nearest matrix of the ball.
    ///
    /// # Panics
    ///
    /// When `w` has another shape than given to [`BallProjection::new`].
    pub fn project(&mut self, w: PanelsMut<'_>) {
        let radius = self.ball.radius;
        match (self.ball.norm, &mut self.spectral) {
            (Norm::One, _) => project_one_norm(w, radius),
            (Norm::Infinity, _) => project_infinity_norm(w, radius),
            (Norm::Frobenius, _) => project_frobenius(w, radius),
            (Norm::Box, _) => clip_box(w, radius),
            (Norm::Spectral, plan) => {
                if let Some(plan) = plan {
                    plan.project(w, radius);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certified_upper_bound;
    use crate::norm_balls::{frobenius_norm, infinity_norm, largest_entry, one_norm};
    use kantorovich_kernels::{Panels, PanelsRef, Random};

    #[test]
    fn each_name_is_its_norm() {
        let values: Vec<f32> = {
            let mut random = Random::new(3);
            (0..7 * 5).map(|_| random.normal()).collect()
        };
        type Function = fn(PanelsRef<'_>) -> f64;
        let norms: [(&str, Function); 5] = [
            ("spectral-ball", certified_upper_bound),
            ("l1", one_norm),
            ("l-infinity", infinity_norm),
            ("frobenius", frobenius_norm),
            ("box", largest_entry),
        ];
        for (name, norm) in norms {
            let mut w = Panels::from_row_major(7, 5, &values);
            let mut plan = BallProjection::new(Ball::new(name, 0.25).unwrap(), 7, 5);
            plan.project(w.view_mut());
            let found = norm(w.view());
            assert!((found - 0.25).abs() < 1e-5, "{name}: {found}");
        }
    }

    #[test]
    fn refusals_name_what_was_given() {
        assert!(Ball::new("l2", 1.0).unwrap_err().message.contains("\"l2\""));
        for radius in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Ball::new("box", radius).unwrap_err().message.contains("radius"));
        }
    }
}
