//! `C = op(A) op(B)` of row-major matrices, where op is nothing or a transposition.

use crate::epilogue::Epilogue;
use crate::pack::Operand;
use crate::scratch::{Buffer, Scratch};
use core::ops::Range;
use kantorovich_kernels::{Error, Into, PanelsMut, PanelsRef, nt, panel_len};

/// Rows of C that are made at a time.
const ROWS: usize = 64;

/// The shape of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixProduct {
    /// Rows of C.
    pub rows: usize,
    /// Columns of C.
    pub cols: usize,
    /// Terms of each sum.
    pub depth: usize,
    /// Whether A and B lie transposed: `depth` x `rows` and `cols` x `depth`.
    pub transposed: [bool; 2],
}

impl MatrixProduct {
    /// Writes C.
    ///
    /// # Errors
    ///
    /// `Shape` where a slice is not as long as its matrix.
    pub fn apply(
        &self,
        a: &[f32],
        b: &[f32],
        epilogue: &Epilogue<'_>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let Self { rows, cols, depth, transposed } = *self;
        fits("A", a, rows, depth)?;
        fits("B", b, depth, cols)?;
        fits("C", out, rows, cols)?;
        if out.is_empty() {
            return Ok(());
        }
        let left = if transposed[0] { Operand::columns(a, rows) } else { Operand::rows(a, depth) };
        let right = if transposed[1] { Operand::rows(b, depth) } else { Operand::columns(b, cols) };
        let right = right.pack(cols, depth, &mut scratch.right)?;
        for block in blocks(rows, ROWS) {
            let left = left.starting_at(block.start).pack(block.len(), depth, &mut scratch.left)?;
            let out = &mut out[block.start * cols..block.end * cols];
            multiply(left, right, epilogue, out, &mut scratch.tiles)?;
        }
        Ok(())
    }
}

/// The rows of `C = L Rᵀ`, row-major.
///
/// # Errors
///
/// `Shape` where memory has no room for tiles.
pub(crate) fn multiply(
    left: PanelsRef<'_>,
    right: PanelsRef<'_>,
    epilogue: &Epilogue<'_>,
    out: &mut [f32],
    tiles: &mut Buffer,
) -> Result<(), Error> {
    let tiles = tiles.take(panel_len(right.rows(), left.rows()))?;
    nt(right, left, PanelsMut::new(right.rows(), left.rows(), tiles), Into::Write);
    epilogue.store(tiles, right.rows(), out);
    Ok(())
}

/// `0..end` in ranges of `step`.
pub(crate) fn blocks(end: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    (0..end).step_by(step).map(move |start| start..end.min(start + step))
}

/// That a slice is as long as a matrix.
pub(crate) fn fits(name: &str, values: &[f32], rows: usize, cols: usize) -> Result<(), Error> {
    if rows.checked_mul(cols) == Some(values.len()) {
        return Ok(());
    }
    let length = values.len();
    Err(Error::shape(format!("{name} has {length} numbers, expected {rows} x {cols}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    fn normals(length: usize, random: &mut Random) -> Vec<f32> {
        (0..length).map(|_| random.normal()).collect()
    }

    /// The formula of an activation at column `j`.
    fn activated(activation: &Activation<'_>, x: f64, j: usize) -> f64 {
        let below = |other: f64| if x < 0.0 { other } else { x };
        match activation {
            Activation::Linear => x,
            Activation::Relu => x.max(0.0),
            Activation::Relu6 => x.clamp(0.0, 6.0),
            Activation::LeakyRelu(slope) => below(x * f64::from(*slope)),
            Activation::Prelu(slopes) => below(x * f64::from(slopes[j])),
            Activation::Elu => below(x.exp() - 1.0),
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(120))]

        #[test]
        fn a_product_is_the_sum_of_products(
            shape in (1usize..80, 1usize..40, 0usize..70),
            transposed in any::<[bool; 2]>(),
            (activation, biased) in (0usize..7, any::<bool>()),
            seed in 0u64..1000,
        ) {
            let (rows, cols, depth) = shape;
            let mut random = Random::new(seed);
            let (a, b) = (normals(rows * depth, &mut random), normals(depth * cols, &mut random));
            let (bias, slopes) = (normals(cols, &mut random), normals(cols, &mut random));
            let kinds = [
                Activation::Linear, Activation::Relu, Activation::Relu6, Activation::LeakyRelu(0.2),
                Activation::Prelu(&slopes), Activation::Elu, Activation::Sigmoid,
            ];
            let epilogue =
                Epilogue { bias: biased.then_some(&bias[..]), activation: kinds[activation] };
            let mut out = vec![f32::NAN; rows * cols];
            let mut scratch = Scratch::default();
            // What an earlier operation left does not matter.
            scratch.left.take(3000).unwrap().fill(f32::NAN);
            scratch.right.take(3000).unwrap().fill(f32::NAN);
            let product = MatrixProduct { rows, cols, depth, transposed };
            product.apply(&a, &b, &epilogue, &mut out, &mut scratch).unwrap();
            for (at, found) in out.iter().enumerate() {
                let (i, j) = (at / cols, at % cols);
                let a = |k: usize| f64::from(a[if transposed[0] { k * rows + i } else { i * depth + k }]);
                let b = |k: usize| f64::from(b[if transposed[1] { j * depth + k } else { k * cols + j }]);
                let bias = if biased { f64::from(bias[j]) } else { 0.0 };
                let x = bias + (0..depth).map(|k| a(k) * b(k)).sum::<f64>();
                let size = bias.abs() + (0..depth).map(|k| (a(k) * b(k)).abs()).sum::<f64>();
                let right = activated(&kinds[activation], x, j);
                // No activation here is steeper than the steepest slope.
                let bound = (depth as f64 + 4.0) * 6e-8 * size * slopes.iter().fold(1.0f64, |m, s| m.max(f64::from(s.abs())));
                prop_assert!((f64::from(*found) - right).abs() <= bound + 3e-7, "{found} against {right}");
            }
        }
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let product = MatrixProduct { rows: 2, cols: 3, depth: 4, transposed: [false; 2] };
        let mut out = [0.0; 6];
        let error = product
            .apply(&[0.0; 8], &[0.0; 11], &Epilogue::NONE, &mut out, &mut Scratch::default())
            .unwrap_err();
        assert_eq!(error.message, "B has 11 numbers, expected 4 x 3");
    }
}
