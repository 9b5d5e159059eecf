//! A critic's Lipschitz constant over a named metric on pairs, or why it has none, and the bound
//! on W₁ that follows from it.
//!
//! ```text
//! encoder:   L_g = Π_l σ₁(W_l), each from above; the activations are 1-Lipschitz
//! critic:    c_g, c_h: how fast a score moves with one embedding, the other held fixed
//! f(x, y):   max(c_g L_g, c_h L_h)              over |x - x'| + |y - y'|
//!            sqrt((c_g L_g)² + (c_h L_h)²)      over sqrt(|x - x'|² + |y - y'|²)
//! ```
//!
//! since `|∇ₓf| <= c_g L_g` and `|∇_yf| <= c_h L_h`. With |g| <= R_g and |h| <= R_h:
//!
//! ```text
//! distance -|g - h| / τ        c = 1 / τ, whatever the embeddings
//! separable g . h / τ          c_g = R_h / τ,        c_h = R_g / τ
//! bilinear gᵀ W h / τ          c_g = σ₁(W) R_h / τ,  c_h = σ₁(W) R_g / τ
//! squared distance             c = 2 (R_g + R_h) / τ
//! joint MLP([g; h]) / τ        c_g = σ₁(W_g) Π_l σ₁(W_l) / τ,  c_h likewise, whatever the embeddings
//! cosine                       none: it turns at will near embeddings of length 0
//! ```
//!
//! Without such bounds only the first and the joint critic are Lipschitz: nothing bounds the embeddings of unbounded
//! inputs (case L9). Where inputs lie within |x| <= R they follow, `R_g = |g(0)| + L_g R`, and f is
//! Lipschitz on that ball, which suffices for a sample that lies in it: a Lipschitz function on
//! a part extends to the whole (McShane 1934). Distances are between inputs as the encoder sees
//! them, standardised if they are.

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CriticForm {
    /// g . h / τ.
    Separable,
    /// gᵀ W h / τ.
    Bilinear {
        /// σ₁(W), from above.
        norm: f64,
    },
    /// The cosine over τ.
    Cosine,
    /// -|g - h| / τ.
    Distance,
    /// -|g - h|² / τ.
    SquaredDistance,
    /// A perceptron on [g; h], over τ.
    Joint {
        /// The product of its layers' norms, the first one's of its part for g and for h, from
        /// above.
        norms: [f64; 2],
    },
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

/// How fast a critic at temperature `τ` moves with each embedding alone, `[c_g, c_h]`, where the
/// embeddings are at most as long as `radii` say, or why nothing bounds that.
pub fn critic_slopes(
    critic: CriticForm,
    temperature: f64,
    radii: Option<[f64; 2]>,
) -> Result<[f64; 2], &'static str> {
    let slopes = match (critic, radii) {
        (CriticForm::Distance, _) => [1.0, 1.0],
        (CriticForm::Joint { norms }, _) => norms,
        (CriticForm::Separable, Some([g, h])) => [h, g],
        (CriticForm::Bilinear { norm }, Some([g, h])) => [norm * h, norm * g],
        (CriticForm::SquaredDistance, Some([g, h])) => [2.0 * (g + h); 2],
        (CriticForm::Cosine, _) => {
            return Err("a cosine is not Lipschitz near embeddings of length 0");
        }
        (CriticForm::Separable, None) => {
            return Err(
                "a dot product is not Lipschitz on unbounded embeddings, even where both encoders are",
            );
        }
        (CriticForm::Bilinear { .. }, None) => {
            return Err("a bilinear form is not Lipschitz on unbounded embeddings");
        }
        (CriticForm::SquaredDistance, None) => {
            return Err("a squared distance is not Lipschitz on unbounded embeddings");
        }
    };
    Ok(slopes.map(|slope| slope / temperature))
}

impl Certificate {
    /// The certificate of a critic with these slopes (of [`critic_slopes`]) over encoders with these
    /// constants (of [`encoder_constant`]), x and y each.
    pub fn new(slopes: Result<[f64; 2], &'static str>, encoders: [f64; 2], metric: Metric) -> Self {
        let slopes = match slopes {
            Ok(slopes) => slopes,
            Err(reason) => return Self::None { reason },
        };
        let [x, y] = [slopes[0] * encoders[0], slopes[1] * encoders[1]];
        let constant = match metric {
            Metric::Sum => x.max(y),
            Metric::L2 => libm::hypot(x, y),
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
        CriticForm::Bilinear { norm: 2.0 },
        CriticForm::Cosine,
        CriticForm::Distance,
        CriticForm::SquaredDistance,
    ];

    #[test]
    fn l9_only_a_certified_critic_bounds_w1() {
        let weight = Panels::from_row_major(1, 1, &[10.0]);
        let constants = [encoder_constant([weight.view()]); 2];
        let certify =
            |form, metric| Certificate::new(critic_slopes(form, 1.0, None), constants, metric);
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
                let slopes = critic_slopes(CriticForm::Distance, 1.0, None);
                assert_eq!(Certificate::new(slopes, [bad, 1.0], metric).constant(), None);
            }
        }
        let slopes = critic_slopes(CriticForm::Distance, 1.0, None);
        let certificate = Certificate::new(slopes, [0.0, 0.0], Metric::Sum);
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
            let length = |a: &Panels, i: usize| row(a, i).map(|a| a * a).sum::<f64>().sqrt();
            let gap = |a: &Panels| {
                row(a, 0).zip(row(a, 1)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
            };
            let largest = |a: &Panels| length(a, 0).max(length(a, 1));
            let score = |form, i: usize| {
                let both = || row(&g_x, i).zip(row(&h_y, i));
                let square: f64 = both().map(|(g, h)| (g - h).powi(2)).sum();
                let dot: f64 = both().map(|(g, h)| g * h).sum();
                match form {
                    CriticForm::Distance => -square.sqrt() / temperature,
                    CriticForm::SquaredDistance => -square / temperature,
                    // W = -2 I.
                    CriticForm::Bilinear { norm } => -norm * dot / temperature,
                    _ => dot / temperature,
                }
            };
            let constants = [encoder_constant([g.view()]), encoder_constant([h.view()])];
            let (d_x, d_y) = (gap(&x), gap(&y));
            for form in FORMS.into_iter().filter(|form| *form != CriticForm::Cosine) {
                let moved = (score(form, 0) - score(form, 1)).abs();
                let radii = [largest(&g_x), largest(&h_y)];
                let slopes = critic_slopes(form, temperature, Some(radii));
                for (metric, distance) in [(Metric::Sum, d_x + d_y), (Metric::L2, d_x.hypot(d_y))] {
                    let certificate = Certificate::new(slopes, constants, metric);
                    prop_assert!(moved <= certificate.constant().unwrap() * distance * (1.0 + 1e-5) + 1e-5);
                }
            }
        }
    }

    fn row(a: &Panels, i: usize) -> impl Iterator<Item = f64> + '_ {
        (0..a.cols()).map(move |k| f64::from(a.get(i, k)))
    }
}
