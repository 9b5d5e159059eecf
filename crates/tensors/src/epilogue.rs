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
        let below = |x: F32x8, other: F32x8| F32x8::select(zero.gt(x), other, x);
        match self.activation {
            Activation::Linear => self.map(tiles, cols, out, |x, _| x),
            Activation::Relu => self.map(tiles, cols, out, |x, _| x.max(zero)),
            Activation::Relu6 => {
                let six = F32x8::splat(6.0);
                self.map(tiles, cols, out, |x, _| x.max(zero).min(six));
            }
            Activation::LeakyRelu(slope) => {
                let slope = F32x8::splat(slope);
                self.map(tiles, cols, out, |x, _| below(x, x * slope));
            }
            Activation::Prelu(slopes) => {
                self.map(tiles, cols, out, |x, column| below(x, x * lanes(slopes, column)));
            }
            Activation::Elu => {
                let (exp, one) = (Exponential::load(), F32x8::splat(1.0));
                self.map(tiles, cols, out, |x, _| below(x, exp.of(x) - one));
            }
            Activation::Sigmoid => {
                let (exp, one) = (Exponential::load(), F32x8::splat(1.0));
                self.map(tiles, cols, out, |x, _| one / (one + exp.of(zero - x)));
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

/// Eight numbers from `first` on, and zeros where there are fewer.
fn lanes(values: &[f32], first: usize) -> F32x8 {
    let there = &values[first..values.len().min(first + LANES)];
    let mut lanes = [0.0; LANES];
    lanes[..there.len()].copy_from_slice(there);
    F32x8::from_array(lanes)
}
