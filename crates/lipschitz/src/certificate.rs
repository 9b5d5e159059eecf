//! A critic's Lipschitz constant over a named metric on pairs, or why it has none, and the bound
//! on W₁ that follows from it.
//!
//! ```text
//! encoder:   L_g = Π_l σ₁(W_l), each from above; the activations are 1-Lipschitz
//! distance:  -|g(x) - h(y)| / τ has   max(L_g, L_h) / τ         over |x - x'| + |y - y'|
//!                                     sqrt(L_g² + L_h²) / τ     over sqrt(|x - x'|² + |y - y'|²)
//! ```
//!
//! Distances are between inputs as the encoder sees them, standardised if they are. A dot product
//! is not Lipschitz, whatever its factors: nothing bounds the embeddings (case L9).

use kantorovich_kernels::{Decimal, Error, PanelsRef};

use crate::spectral::certified_upper_bound;

/// The distance between pairs over which a constant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// `|x - x'| + |y - y'|`.
    Sum,
    /// `sqrt(|x - x'|² + |y - y'|²)`.
    L2,
}

impl Metric {
    /// `sum` or `l2`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::L2 => "l2",
        }
    }
}

/// What a critic does with two embeddings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CriticForm {
    /// g . h / τ.
    Separable,
    /// gᵀ W h / τ.
    Bilinear,
    /// The cosine over τ.
    Cosine,
    /// -|g - h| / τ.
    Distance,
    /// -|g - h|² / τ.
    SquaredDistance,
}

/// A Lipschitz constant, or the reason that there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Certificate {
    /// The critic is `constant`-Lipschitz over `metric`.
    Lipschitz {
        /// L, never below the smallest one.
        constant: f64,
        /// Over which distance.
        metric: Metric,
    },
    /// Nothing is certified.
    None {
        /// Why, in words for a user.
        reason: &'static str,
    },
}

impl Certificate {
    /// The certificate of a critic at `temperature` whose encoders have the constants `x` and `y`
    /// (of [`encoder_constant`]).
    pub fn new(critic: CriticForm, x: f64, y: f64, temperature: f64, metric: Metric) -> Self {
        let reason = match critic {
            CriticForm::Distance => return Self::distance(x, y, temperature, metric),
            CriticForm::Separable => {
                "a dot product is not Lipschitz on unbounded embeddings, even where both encoders are"
            }
            CriticForm::Bilinear => "a bilinear form is not Lipschitz on unbounded embeddings",
            CriticForm::Cosine => "a cosine is not Lipschitz near embeddings of length 0",
            CriticForm::SquaredDistance => {
                "a squared distance is not Lipschitz on unbounded embeddings"
            }
        };
        Self::None { reason }
    }

    fn distance(x: f64, y: f64, temperature: f64, metric: Metric) -> Self {
        let constant = match metric {
            Metric::Sum => x.max(y) / temperature,
            Metric::L2 => libm::hypot(x, y) / temperature,
        };
        // max and hypot may lose a NaN.
        if x.is_finite() && y.is_finite() && constant.is_finite() {
            return Self::Lipschitz { constant, metric };
        }
        Self::None { reason: "the product of the layers' norms is not finite" }
    }

    /// The constant, if there is one.
    pub fn constant(&self) -> Option<f64> {
        match self {
            Self::Lipschitz { constant, .. } => Some(*constant),
            Self::None { .. } => None,
        }
    }
}

/// The Lipschitz constant of a perceptron with these weights and 1-Lipschitz activations between
/// them, from above: the product of the layers' [`certified_upper_bound`]s.
pub fn encoder_constant<'a>(weights: impl IntoIterator<Item = PanelsRef<'a>>) -> f64 {
    weights.into_iter().map(certified_upper_bound).product()
}

/// A lower bound on W₁ between a sample's empirical joint and the product of its marginals: the
/// all-pairs WDM of an L-Lipschitz critic on that sample over L, and 0 where that is negative.
/// `None` without a constant above 0. The off-diagonal WDM would certify too much.
///
/// # Errors
///
/// `Data` when the WDM isn't finite.
pub fn w1_lower_bound(wdm_all: f64, certificate: &Certificate) -> Result<Option<f64>, Error> {
    if !wdm_all.is_finite() {
        return Err(Error::data(format!("the WDM must be finite, found {}", Decimal(wdm_all))));
    }
    let constant = certificate.constant().filter(|constant| *constant > 0.0);
    Ok(constant.map(|constant| (wdm_all / constant).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{Panels, Random, nt};
    use proptest::prelude::*;

    const FORMS: [CriticForm; 5] = [
        CriticForm::Separable,
        CriticForm::Bilinear,
        CriticForm::Cosine,
        CriticForm::Distance,
        CriticForm::SquaredDistance,
    ];

    #[test]
    fn l9_only_a_certified_critic_bounds_w1() {
        let weight = Panels::from_row_major(1, 1, &[10.0]);
        let constant = encoder_constant([weight.view()]);
        let certify = |form, metric| Certificate::new(form, constant, constant, 1.0, metric);
        for form in FORMS.into_iter().filter(|form| *form != CriticForm::Distance) {
            let certificate = certify(form, Metric::Sum);
            assert!(matches!(certificate, Certificate::None { .. }));
            assert_eq!(w1_lower_bound(25.0, &certificate).unwrap(), None);
        }
        for (metric, expected, bound) in
            [(Metric::Sum, 10.0, 0.5), (Metric::L2, 14.142135623730951, 0.35355339059327373)]
        {
            let certificate = certify(CriticForm::Distance, metric);
            assert!((certificate.constant().unwrap() - expected).abs() < 1e-6);
            let found = w1_lower_bound(5.0, &certificate).unwrap().unwrap();
            assert!(found <= 0.5 && (found - bound).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn what_is_not_finite_certifies_nothing() {
        for bad in [f64::NAN, f64::INFINITY] {
            for metric in [Metric::Sum, Metric::L2] {
                let certificate = Certificate::new(CriticForm::Distance, bad, 1.0, 1.0, metric);
                assert_eq!(certificate.constant(), None);
            }
        }
        let certificate = Certificate::new(CriticForm::Distance, 0.0, 0.0, 1.0, Metric::Sum);
        assert_eq!(w1_lower_bound(0.0, &certificate).unwrap(), None);
        assert!(w1_lower_bound(f64::NAN, &certificate).is_err());
    }

    proptest! {
        #[test]
        fn scores_move_no_faster_than_the_constant(
            widths in (1usize..6, 1usize..6, 1usize..6), temperature in 0.1f64..3.0, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let mut draw = |rows: usize, cols: usize| {
                let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
                Panels::from_row_major(rows, cols, &values)
            };
            let (x_width, y_width, shared) = widths;
            let (g, h) = (draw(shared, x_width), draw(shared, y_width));
            let (x, y) = (draw(2, x_width), draw(2, y_width));
            let embed = |weight: &Panels, inputs: &Panels| {
                let mut out = Panels::zeros(2, shared);
                nt(inputs.view(), weight.view(), out.view_mut(), kantorovich_kernels::Into::Write);
                out
            };
            let (g_x, h_y) = (embed(&g, &x), embed(&h, &y));
            let length = |a: &Panels, b: &Panels, i: usize, j: usize| {
                (0..a.cols()).map(|k| f64::from(a.get(i, k) - b.get(j, k)).powi(2)).sum::<f64>().sqrt()
            };
            let score = |i: usize| -length(&g_x, &h_y, i, i) / temperature;
            let moved = (score(0) - score(1)).abs();
            let (d_x, d_y) = (length(&x, &x, 0, 1), length(&y, &y, 0, 1));
            let (l_g, l_h) = (encoder_constant([g.view()]), encoder_constant([h.view()]));
            for (metric, distance) in [(Metric::Sum, d_x + d_y), (Metric::L2, d_x.hypot(d_y))] {
                let certificate = Certificate::new(CriticForm::Distance, l_g, l_h, temperature, metric);
                prop_assert!(moved <= certificate.constant().unwrap() * distance * (1.0 + 1e-5));
            }
        }
    }
}
