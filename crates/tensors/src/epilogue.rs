//! What is done to a product on its way out: a bias a column, then an activation.

use kantorovich_kernels::{F32x8, LANES, exponential::Exponential};

/// A function of each element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation<'a> {
    /// x.
    Linear,
    /// max(0, x).
    Relu,
    /// min(max(0, x), 6).
    Relu6,
    /// x, below 0 times a number.
    LeakyRelu(f32),
    /// x, below 0 times a number of its column's own.
    Prelu(&'a [f32]),
    /// x, below 0 e^x - 1.
    Elu,
    /// 1 / (1 + e^-x).
    Sigmoid,
}

/// `activation(x + bias)`, with a bias a column or none.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<'a> {
    /// A number a column.
    pub bias: Option<&'a [f32]>,
    /// What follows it.
    pub activation: Activation<'a>,
}

impl Epilogue<'_> {
    /// Nothing at all.
    pub const NONE: Self = Self { bias: None, activation: Activation::Linear };

    /// Writes tiles, the columns of a matrix in lanes, as its rows of `cols` numbers.
    pub(crate) fn store(&self, tiles: &[f32], cols: usize, out: &mut [f32]) {
        let zero = F32x8::zero();
        // Comparisons, never `min` and `max`, which a relaxed build lets swallow NaN.
        let below = |x: F32x8, other: F32x8| F32x8::select(zero.gt(x), other, x);
        match self.activation {
            Activation::Linear => self.map(tiles, cols, out, |x, _| x),
            Activation::Relu => self.map(tiles, cols, out, |x, _| below(x, zero)),
            Activation::Relu6 => {
                let six = F32x8::splat(6.0);
                self.map(tiles, cols, out, |x, _| {
                    let x = below(x, zero);
                    F32x8::select(x.gt(six), six, x)
                });
            }
            Activation::LeakyRelu(slope) => {
                let slope = F32x8::splat(slope);
                self.map(tiles, cols, out, |x, _| below(x, x * slope));
            }
            Activation::Prelu(slopes) => {
                self.map(tiles, cols, out, |x, column| below(x, x * lanes(slopes, column)));
            }
            Activation::Elu => {
                let exp = Exponential::load();
                self.map(tiles, cols, out, |x, _| below(x, exp_m1(&exp, x)));
            }
            Activation::Sigmoid => {
                let (exp, one) = (Exponential::load(), F32x8::splat(1.0));
                self.map(tiles, cols, out, |x, _| keep_nan(x, one / (one + exp.of(zero - x))));
            }
        }
    }

    /// `function` gets eight columns of a row, and the first one's index.
    #[inline(always)]
    fn map(
        &self,
        tiles: &[f32],
        cols: usize,
        out: &mut [f32],
        function: impl Fn(F32x8, usize) -> F32x8,
    ) {
        let rows = out.len() / cols;
        for (q, panel) in tiles.chunks_exact(rows * LANES).enumerate() {
            let column = q * LANES;
            let bias = self.bias.map_or(F32x8::zero(), |bias| lanes(bias, column));
            let count = LANES.min(cols - column);
            for (group, row) in panel.chunks_exact(LANES).zip(out.chunks_exact_mut(cols)) {
                let value = function(F32x8::load(group) + bias, column);
                if count == LANES {
                    value.store(&mut row[column..][..LANES]);
                } else {
                    row[column..].copy_from_slice(&value.to_array()[..count]);
                }
            }
        }
    }
}

/// `to`, but NaN where `x` is: the exponential's own clamp may lose it in a relaxed build.
#[inline(always)]
fn keep_nan(x: F32x8, to: F32x8) -> F32x8 {
    let zero = F32x8::zero();
    // No comparison with NaN holds.
    F32x8::select(x.gt(zero), to, F32x8::select(zero.gt(x), to, x + to))
}

/// `e^x - 1` of what is not above 0, to a few units in the last place.
///
/// Down to -1/2 by its Taylor series, whose next term is below 4e-10 of the sum: `e^x` would lose there what 1 takes
/// away again.
#[inline(always)]
fn exp_m1(exp: &Exponential, x: F32x8) -> F32x8 {
    let number = F32x8::splat;
    let series =
        [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5]
            .into_iter()
            .fold(number(1.0 / 362_880.0), |sum, term| sum.mul_add(x, number(term)));
    let near = (series * x).mul_add(x, x);
    let far = exp.of(x) - number(1.0);
    F32x8::select(number(-0.5).gt(x), far, near)
}

/// Eight numbers from `first` on, and zeros where there are fewer.
fn lanes(values: &[f32], first: usize) -> F32x8 {
    let there = &values[first..values.len().min(first + LANES)];
    let mut lanes = [0.0; LANES];
    lanes[..there.len()].copy_from_slice(there);
    F32x8::from_array(lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of one number.
    fn apply(activation: Activation<'_>, x: f32) -> f32 {
        let mut tile = [0.0; LANES];
        tile[0] = x;
        let mut out = [0.0];
        Epilogue { bias: None, activation }.store(&tile, 1, &mut out);
        out[0]
    }

    #[test]
    fn nan_stays() {
        let slopes = [0.5];
        let kinds = [
            Activation::Linear,
            Activation::Relu,
            Activation::Relu6,
            Activation::LeakyRelu(0.2),
            Activation::Prelu(&slopes),
            Activation::Elu,
            Activation::Sigmoid,
        ];
        for kind in kinds {
            assert!(apply(kind, f32::NAN).is_nan(), "{kind:?}");
        }
    }

    #[test]
    fn sigmoid_is_one_half_at_zero_and_ends_at_zero_and_one() {
        for (x, right) in [(0.0, 0.5), (-0.0, 0.5), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, 0.0)]
        {
            assert_eq!(apply(Activation::Sigmoid, x), right);
        }
    }

    proptest! {
        #[test]
        fn elu_is_exact_to_the_last_digits(exponent in -30.0f64..6.0) {
            let x = -exponent.exp2() as f32;
            let right = f64::from(x).exp_m1();
            let found = f64::from(apply(Activation::Elu, x));
            prop_assert!((found - right).abs() <= 1e-6 * right.abs(), "{x}: {found} against {right}");
        }
    }
}
