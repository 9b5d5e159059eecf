//! The gradient penalty's rule: from the norms of a critic's gradients to a value and the slopes
//! that its exact gradient needs (Gulrajani et al. 2017, eq. 3; one-sided: Petzka et al. 2018).
//!
//! ```text
//! two-sided:  c mean_k (n_k - t)²        one-sided:  c mean_k max(0, n_k - t)²
//! n_k = sqrt(|∇ₓf|² + |∇_yf|²) at point k: one norm an example, over all of x and y (case L6)
//! ```

use kantorovich_kernels::{Decimal, Error};

/// Which deviations from the target cost anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Norms above the target.
    One,
    /// Norms above and below it.
    Two,
}

/// The rule and its constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Penalty {
    sides: Sides,
    target: f64,
    coefficient: f64,
}

/// What a rule makes of the norms at all points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PenaltyValue {
    /// The penalty, coefficient included.
    pub value: f64,
    /// The mean of the norms.
    pub mean_norm: f64,
    /// The largest of the norms.
    pub largest_norm: f64,
}

impl Penalty {
    /// A rule with a target norm and a coefficient.
    ///
    /// # Errors
    ///
    /// `Options` when the target or the coefficient isn't finite and at least 0.
    pub fn new(sides: Sides, target: f64, coefficient: f64) -> Result<Self, Error> {
        for (name, value) in [("target", target), ("coefficient", coefficient)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::options(format!(
                    "the penalty's {name} must be finite and at least 0, found {}",
                    Decimal(value)
                )));
            }
        }
        Ok(Self { sides, target, coefficient })
    }

    /// The penalty on one norm, without the coefficient.
    pub fn value(&self, norm: f64) -> f64 {
        self.excess(norm).powi(2)
    }

    /// `P'(n) / n` of [`Penalty::value`]; 0 at n = 0, which is a subgradient's choice that leaves
    /// a flat critic as it is (case L7).
    pub fn slope(&self, norm: f64) -> f64 {
        if norm == 0.0 { 0.0 } else { 2.0 * self.excess(norm) / norm }
    }

    /// The penalty over all points, from the squared norms of each side, and into `slopes` what
    /// multiplies each point's gradient in the penalty's own gradient: `c P'(n_k) / (K n_k)`.
    ///
    /// # Panics
    ///
    /// When lengths differ, or there is no point.
    pub fn evaluate(
        &self,
        squared_x: &[f64],
        squared_y: &[f64],
        slopes: &mut [f32],
    ) -> PenaltyValue {
        let points = slopes.len();
        assert!(points > 0, "penalty: at least one point");
        assert!(squared_x.len() == points && squared_y.len() == points, "penalty: lengths");
        let (mut value, mut total, mut largest) = (0.0, 0.0, 0f64);
        let share = self.coefficient / points as f64;
        for ((x, y), slope) in squared_x.iter().zip(squared_y).zip(slopes) {
            let norm = libm::sqrt(x + y);
            value += share * self.value(norm);
            total += norm;
            largest = if norm > largest || norm.is_nan() { norm } else { largest };
            *slope = (share * self.slope(norm)) as f32;
        }
        PenaltyValue { value, mean_norm: total / points as f64, largest_norm: largest }
    }

    fn excess(&self, norm: f64) -> f64 {
        let excess = norm - self.target;
        if self.sides == Sides::One && excess < 0.0 { 0.0 } else { excess }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(sides: Sides, target: f64) -> Penalty {
        Penalty::new(sides, target, 1.0).unwrap()
    }

    #[test]
    fn l6_a_the_norm_is_over_all_coordinates_of_x_and_y() {
        // f = 3 x1 + 4 x2 + 12 y2 at two points.
        let (x, y) = ([25.0; 2], [144.0; 2]);
        for (sides, target, expected) in [
            (Sides::Two, 1.0, 144.0),
            (Sides::One, 1.0, 144.0),
            (Sides::One, 20.0, 0.0),
            (Sides::Two, 20.0, 49.0),
        ] {
            let mut slopes = [f32::NAN; 2];
            let found = rule(sides, target).evaluate(&x, &y, &mut slopes);
            assert_eq!((found.value, found.mean_norm, found.largest_norm), (expected, 13.0, 13.0));
            let slope = if expected == 0.0 { 0.0 } else { (13.0 - target) / 13.0 };
            assert!(slopes.iter().all(|found| (f64::from(*found) - slope).abs() < 1e-7));
        }
    }

    #[test]
    fn l7_a_norm_of_zero_has_a_penalty_and_no_slope() {
        let mut slopes = [f32::NAN];
        let two = Penalty::new(Sides::Two, 1.0, 10.0).unwrap();
        assert_eq!(two.evaluate(&[0.0], &[0.0], &mut slopes).value, 10.0);
        assert_eq!(slopes, [0.0]);
        assert_eq!(rule(Sides::Two, 1.0).evaluate(&[0.0], &[0.0], &mut slopes).value, 1.0);
        assert_eq!(rule(Sides::One, 1.0).evaluate(&[0.0], &[0.0], &mut slopes).value, 0.0);
    }

    #[test]
    fn refusals_name_the_argument() {
        let error = Penalty::new(Sides::One, f64::NAN, 1.0).unwrap_err();
        assert!(error.message.contains("target") && error.message.contains("NaN"));
        let error = Penalty::new(Sides::One, 1.0, -2.0).unwrap_err();
        assert!(error.message.contains("coefficient") && error.message.contains("-2"));
    }

    proptest! {
        #[test]
        fn slopes_are_the_derivative_over_the_norm(norm in 0.01f64..30.0, target in 0.0f64..20.0, two in any::<bool>()) {
            let rule = rule(if two { Sides::Two } else { Sides::One }, target);
            let step = 1e-6;
            let difference = (rule.value(norm + step) - rule.value(norm - step)) / (2.0 * step);
            prop_assert!((rule.slope(norm) * norm - difference).abs() < 1e-5);
        }
    }
}
