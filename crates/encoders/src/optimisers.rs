//! SGD with momentum, Adam and AdamW, with PyTorch's conventions, in one pass over memory.
//!
//! ```text
//! sgd:    g += λ p;  m = μ m + g;  p -= η m
//! adam:   g += λ p;  m = β₁ m + (1-β₁) g;  v = β₂ v + (1-β₂) g²
//!         p -= η / (1-β₁ᵗ) m / (√v / √(1-β₂ᵗ) + ε)
//! adamw:  p -= η λ p, then adam with λ = 0
//! ```
//!
//! Kingma and Ba 2015, algorithm 1, with ε outside the root of the corrected second moment;
//! Loshchilov and Hutter 2019, algorithm 2.

use std::ops::Range;

use kantorovich_kernels::{Decimal, Error, F32x8};

/// Which update, and its constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent; `momentum` from 0 (none) to below 1.
    Sgd {
        /// μ.
        momentum: f64,
    },
    /// Adam; weight decay is part of the gradient.
    Adam {
        /// β₁ and β₂, each from 0 to below 1.
        betas: (f64, f64),
        /// ε, above 0.
        epsilon: f64,
    },
    /// AdamW; weight decay shrinks the weights directly.
    AdamW {
        /// β₁ and β₂, each from 0 to below 1.
        betas: (f64, f64),
        /// ε, above 0.
        epsilon: f64,
    },
}

impl Rule {
    /// The rule of this name, `sgd`, `adam` or `adamw`, with PyTorch's defaults (β 0.9 and 0.999,
    /// ε 1e-8), and momentum 0.9.
    ///
    /// # Errors
    ///
    /// `Options`, naming what was given.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let (betas, epsilon) = ((0.9, 0.999), 1e-8);
        match name {
            "sgd" => Ok(Self::Sgd { momentum: 0.9 }),
            "adam" => Ok(Self::Adam { betas, epsilon }),
            "adamw" => Ok(Self::AdamW { betas, epsilon }),
            _ => Err(Error::options(format!(
                "optimiser must be sgd, adam or adamw, found \"{name}\""
            ))),
        }
    }

    fn validate(self) -> Result<(), Error> {
        let fraction = |name: &str, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(Error::options(format!(
                "{name} must be from 0 to below 1, found {}",
                Decimal(value)
            ))),
        };
        match self {
            Self::Sgd { momentum } => fraction("momentum", momentum),
            Self::Adam { betas, epsilon } | Self::AdamW { betas, epsilon } => {
                fraction("beta1", betas.0)?;
                fraction("beta2", betas.1)?;
                match epsilon.is_finite() && epsilon > 0.0 {
                    true => Ok(()),
                    false => Err(Error::options(format!(
                        "epsilon must be finite and above 0, found {}",
                        Decimal(epsilon)
                    ))),
                }
            }
        }
    }
}

/// A rule with its state: the moments, laid out as the parameters are, and the step count.
#[derive(Clone, Debug)]
pub struct Optimiser {
    rule: Rule,
    /// Contiguous parts that cover the parameters, with the weight decay of each.
    parts: Vec<(Range<usize>, f64)>,
    steps: u64,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Optimiser {
    /// An optimiser of `len` parameters, with `weight_decay` on those of the ranges `decayed`
    /// (in order, apart; see [`crate::Layout::decayed`]) and none elsewhere: biases and
    /// temperatures don't decay. `len` and the ranges' ends are multiples of 8.
    ///
    /// # Errors
    ///
    /// `Options` for a constant out of its range, naming it.
    pub fn new(
        rule: Rule,
        len: usize,
        weight_decay: f64,
        decayed: impl IntoIterator<Item = Range<usize>>,
    ) -> Result<Self, Error> {
        rule.validate()?;
        if !(weight_decay.is_finite() && weight_decay >= 0.0) {
            return Err(Error::options(format!(
                "weight decay must be finite and at least 0, found {}",
                Decimal(weight_decay)
            )));
        }
        let second = if matches!(rule, Rule::Sgd { .. }) { 0 } else { len };
        let parts = parts(len, weight_decay, decayed);
        Ok(Self { rule, parts, steps: 0, first: vec![0.0; len], second: vec![0.0; second] })
    }

    /// From now on steps move only the parameters in `owned` (in order, apart, in eights).
    pub fn restrict(&mut self, owned: &[Range<usize>]) {
        let parts = core::mem::take(&mut self.parts);
        for own in owned {
            let common = parts
                .iter()
                .map(|(part, decay)| (part.start.max(own.start)..part.end.min(own.end), *decay));
            self.parts.extend(common.filter(|(part, _)| part.start < part.end));
        }
    }

    /// Moves `params` one step **down** `gradient` (to go up, give its negative), whose norm is `norm`,
    /// scaled to at most `max_norm` if that is given. The gradient is zero afterwards, ready for the
    /// next one to be added up.
    ///
    /// # Panics
    ///
    /// When a length isn't that of [`Optimiser::new`].
    pub fn step(
        &mut self,
        params: &mut [f32],
        gradient: &mut [f32],
        learning_rate: f64,
        norm: f64,
        max_norm: Option<f64>,
    ) {
        assert!(params.len() == self.first.len(), "optimiser: length of the parameters");
        assert!(gradient.len() == self.first.len(), "optimiser: length of the gradient");
        let scale = max_norm.filter(|max| norm > *max).map_or(1.0, |max| max / norm);
        self.steps += 1;
        match self.rule {
            Rule::Sgd { momentum } => {
                self.descend(params, gradient, scale, learning_rate, momentum);
            }
            Rule::Adam { betas, epsilon } => {
                let update = AdamUpdate::new(betas, epsilon, self.steps, learning_rate, scale);
                self.adam(params, gradient, &update, |decay| (decay, 1.0));
            }
            Rule::AdamW { betas, epsilon } => {
                let update = AdamUpdate::new(betas, epsilon, self.steps, learning_rate, scale);
                self.adam(params, gradient, &update, |decay| (0.0, 1.0 - learning_rate * decay));
            }
        }
    }

    /// The steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The first moments (momentum) and the second ones (empty for SGD), for a checkpoint.
    pub fn moments(&self) -> (&[f32], &[f32]) {
        (&self.first, &self.second)
    }

    /// Takes up the state that [`Optimiser::steps`] and [`Optimiser::moments`] gave.
    ///
    /// # Errors
    ///
    /// `Shape` when a length isn't this optimiser's; nothing is then changed.
    pub fn restore(&mut self, steps: u64, first: &[f32], second: &[f32]) -> Result<(), Error> {
        let expected = (self.first.len(), self.second.len());
        let found = (first.len(), second.len());
        if expected != found {
            return Err(Error::shape(format!(
                "the optimiser's moments must have {} and {} entries, found {} and {}",
                expected.0, expected.1, found.0, found.1
            )));
        }
        self.steps = steps;
        self.first.copy_from_slice(first);
        self.second.copy_from_slice(second);
        Ok(())
    }

    fn descend(
        &mut self,
        params: &mut [f32],
        gradient: &mut [f32],
        scale: f64,
        learning_rate: f64,
        momentum: f64,
    ) {
        let (scale, momentum) = (F32x8::splat(scale as f32), F32x8::splat(momentum as f32));
        let rate = F32x8::splat(-learning_rate as f32);
        for (part, decay) in &self.parts {
            let decay = F32x8::splat(*decay as f32);
            let gradient = gradient[part.clone()].chunks_exact_mut(8);
            let first = self.first[part.clone()].chunks_exact_mut(8);
            for ((p, g), m) in params[part.clone()].chunks_exact_mut(8).zip(gradient).zip(first) {
                let param = F32x8::load(p);
                let g = decay.mul_add(param, take(g) * scale);
                let moment = momentum.mul_add(F32x8::load(m), g);
                moment.store(m);
                rate.mul_add(moment, param).store(p);
            }
        }
    }

    /// `split` makes of a part's weight decay what joins the gradient, and the factor that
    /// shrinks the weights.
    fn adam(
        &mut self,
        params: &mut [f32],
        gradient: &mut [f32],
        update: &AdamUpdate,
        split: impl Fn(f64) -> (f64, f64),
    ) {
        for (part, decay) in &self.parts {
            let (joined, shrink) = split(*decay);
            let (joined, shrink) = (F32x8::splat(joined as f32), F32x8::splat(shrink as f32));
            let gradient = gradient[part.clone()].chunks_exact_mut(8);
            let first = self.first[part.clone()].chunks_exact_mut(8);
            let second = self.second[part.clone()].chunks_exact_mut(8);
            let params = params[part.clone()].chunks_exact_mut(8);
            for (((p, g), m), v) in params.zip(gradient).zip(first).zip(second) {
                let param = F32x8::load(p);
                let g = joined.mul_add(param, take(g) * update.scale);
                let change = update.change(g, m, v);
                (param * shrink + change).store(p);
            }
        }
    }
}

/// Eight numbers, zeros left in their place.
#[inline(always)]
fn take(from: &mut [f32]) -> F32x8 {
    let taken = F32x8::load(from);
    F32x8::zero().store(from);
    taken
}

/// One step's constants in lanes; biases are corrected in f64.
struct AdamUpdate {
    scale: F32x8,
    beta1: F32x8,
    beta2: F32x8,
    fresh1: F32x8,
    fresh2: F32x8,
    root_correction: F32x8,
    epsilon: F32x8,
    rate: F32x8,
}

impl AdamUpdate {
    fn new(betas: (f64, f64), epsilon: f64, step: u64, learning_rate: f64, scale: f64) -> Self {
        let lanes = |value: f64| F32x8::splat(value as f32);
        let correction = |beta: f64| 1.0 - beta.powi(step as i32);
        Self {
            scale: lanes(scale),
            beta1: lanes(betas.0),
            beta2: lanes(betas.1),
            fresh1: lanes(1.0 - betas.0),
            fresh2: lanes(1.0 - betas.1),
            root_correction: lanes(1.0 / libm::sqrt(correction(betas.1))),
            epsilon: lanes(epsilon),
            rate: lanes(-learning_rate / correction(betas.0)),
        }
    }

    /// Updates eight moments of each kind and returns what to add to the parameters.
    #[inline(always)]
    fn change(&self, g: F32x8, first: &mut [f32], second: &mut [f32]) -> F32x8 {
        let m = self.beta1.mul_add(F32x8::load(first), self.fresh1 * g);
        let v = self.beta2.mul_add(F32x8::load(second), self.fresh2 * g * g);
        m.store(first);
        v.store(second);
        self.rate * m / v.sqrt().mul_add(self.root_correction, self.epsilon)
    }
}

/// Covers `0..len` with contiguous parts, those of `decayed` with the weight decay.
fn parts(
    len: usize,
    weight_decay: f64,
    decayed: impl IntoIterator<Item = Range<usize>>,
) -> Vec<(Range<usize>, f64)> {
    let mut parts = Vec::new();
    let mut end = 0;
    for range in decayed {
        assert!(end <= range.start && range.end <= len, "optimiser: ranges in order");
        parts.push((end..range.start, 0.0));
        end = range.end;
        parts.push((range, weight_decay));
    }
    parts.push((end..len, 0.0));
    parts.retain(|(range, _)| !range.is_empty());
    for (range, _) in &parts {
        assert!(range.start % 8 == 0 && range.end % 8 == 0, "optimiser: ranges in eights");
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{ErrorKind, Random};
    use proptest::prelude::*;

    const GRADIENTS: [f32; 3] = [0.1, -0.2, 0.3];

    fn adam(epsilon: f64) -> Rule {
        Rule::Adam { betas: (0.9, 0.999), epsilon }
    }

    fn adamw() -> Rule {
        Rule::AdamW { betas: (0.9, 0.999), epsilon: 1e-8 }
    }

    /// The parameter after each step from 1, of one that is the first of a padded eight.
    fn path(rule: Rule, weight_decay: f64, gradients: [f32; 3]) -> Vec<f64> {
        let mut optimiser = Optimiser::new(rule, 8, weight_decay, std::iter::once(0..8)).unwrap();
        let mut params = [1.0; 8];
        let step = |gradient: f32| {
            optimiser.step(&mut params, &mut [gradient; 8], 0.1, 0.0, None);
            f64::from(params[0])
        };
        gradients.into_iter().map(step).collect()
    }

    fn assert_close(found: &[f64], expected: [f64; 3]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }

    #[test]
    fn a1_adam_as_pytorch_has_it() {
        let expected = [0.900000009999999, 0.9366103603884888, 0.9022862539477428];
        assert_close(&path(adam(1e-8), 0.0, GRADIENTS), expected);
        let outside = [0.95, 0.9724278580726168, 0.9489628392449653];
        assert_close(&path(adam(0.1), 0.0, GRADIENTS), outside);
    }

    #[test]
    fn a1_adamw_decays_apart_from_the_gradient() {
        assert_close(&path(adamw(), 0.01, [0.0; 3]), [0.999, 0.998001, 0.997002999]);
        let with = [0.899000009999999, 0.9347113603784888, 0.8994525425773643];
        assert_close(&path(adamw(), 0.01, GRADIENTS), with);
        let joined = [0.9000000999999, 0.8004124317800861, 0.7015865830642429];
        assert_close(&path(adam(1e-8), 0.01, [0.0; 3]), joined);
    }

    #[test]
    fn sgd_gathers_momentum() {
        // m = 0.1, -0.11, 0.201: by hand.
        let expected = [0.99, 1.001, 0.9809];
        assert_close(&path(Rule::Sgd { momentum: 0.9 }, 0.0, GRADIENTS), expected);
    }

    #[test]
    fn a1_only_the_ranges_given_decay() {
        let mut optimiser = Optimiser::new(adamw(), 24, 0.5, std::iter::once(8..16)).unwrap();
        let mut params = [1.0; 24];
        optimiser.step(&mut params, &mut [0.0; 24], 0.1, 0.0, None);
        assert_eq!(params[..8], [1.0; 8]);
        assert_eq!(params[8..16], [0.95; 8]);
        assert_eq!(params[16..], [1.0; 8]);
    }

    #[test]
    fn a2_a_restored_optimiser_goes_on_bit_for_bit() {
        let mut whole = Optimiser::new(adam(1e-8), 8, 0.0, None).unwrap();
        let mut params = [1.0; 8];
        for gradient in &GRADIENTS[..2] {
            whole.step(&mut params, &mut [*gradient; 8], 0.1, 0.0, None);
        }
        let mut resumed = Optimiser::new(adam(1e-8), 8, 0.0, None).unwrap();
        let (first, second) = whole.moments();
        resumed.restore(whole.steps(), first, second).unwrap();
        let mut after = params;
        whole.step(&mut params, &mut [0.3; 8], 0.1, 0.0, None);
        resumed.step(&mut after, &mut [0.3; 8], 0.1, 0.0, None);
        assert_eq!(params, after);
        assert!((f64::from(after[0]) - 0.9022862539477428).abs() < 1e-6);
        assert_eq!(resumed.restore(1, &[0.0; 8], &[]).unwrap_err().kind, ErrorKind::Shape);
    }

    #[test]
    fn a_restricted_optimiser_moves_what_it_owns_and_nothing_else() {
        for rule in [adam(1e-8), adamw(), Rule::Sgd { momentum: 0.9 }] {
            let built = || Optimiser::new(rule, 40, 0.1, std::iter::once(8..24)).unwrap();
            let mut after = [1.0; 40];
            built().step(&mut after, &mut [0.5; 40], 0.1, 1.0, None);
            let (mut params, mut optimiser) = ([1.0; 40], built());
            optimiser.restrict(&[0..16, 32..40]);
            optimiser.step(&mut params, &mut [0.5; 40], 0.1, 1.0, None);
            assert_eq!((&params[..16], &params[32..]), (&after[..16], &after[32..]));
            assert_eq!(params[16..32], [1.0; 16]);
        }
    }

    #[test]
    fn refusals_name_the_argument() {
        let refusal = |rule, decay| Optimiser::new(rule, 8, decay, None).unwrap_err().message;
        assert!(refusal(Rule::Sgd { momentum: 1.0 }, 0.0).contains("momentum"));
        let rule = Rule::Adam { betas: (0.9, f64::NAN), epsilon: 1e-8 };
        assert!(refusal(rule, 0.0).contains("beta2 must be from 0 to below 1, found NaN"));
        assert!(refusal(adam(0.0), 0.0).contains("epsilon"));
        assert!(refusal(adamw(), -1.0).contains("weight decay"));
        assert!(Rule::from_name("lion").unwrap_err().message.contains("\"lion\""));
    }

    proptest! {
        #[test]
        fn clipping_within_the_step_is_clipping_before_it(seed in 0u64..1000, max_norm in 0.1f64..3.0) {
            let mut random = Random::new(seed);
            let gradient: Vec<f32> = (0..16).map(|_| random.normal()).collect();
            let mut clipped = gradient.clone();
            crate::clip_global_norm(&mut clipped, max_norm).unwrap();
            let after = |gradient: &[f32], max_norm| {
                let rule = Rule::Sgd { momentum: 0.0 };
                let mut optimiser = Optimiser::new(rule, 16, 0.0, None).unwrap();
                let mut params = vec![0.0; 16];
                let mut gradient = gradient.to_vec();
                let norm = crate::global_norm(&gradient).unwrap();
                optimiser.step(&mut params, &mut gradient, 1.0, norm, max_norm);
                assert_eq!(gradient, [0.0; 16]);
                params
            };
            for (one, two) in after(&gradient, Some(max_norm)).iter().zip(after(&clipped, None)) {
                prop_assert!((one - two).abs() < 1e-6);
            }
        }
    }
}
