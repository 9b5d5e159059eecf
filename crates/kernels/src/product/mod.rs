//! The two matrix products, `C = A Bᵀ` and `C = A B`, over one 4 x 8 microkernel.
//!
//! ```text
//! nt:  C[i, j] = Σ_k A[i, k] B[j, k]     layers (X Wᵀ), scores (G Hᵀ)
//! nn:  C[i, c] = Σ_j A[i, j] B[j, c]     dX = dY W,  dW = dYᵀ X,  dHᵀ = Gᵀ dS
//! ```
//!
//! Lanes are rows of A in both, so a tile of C is 32 numbers in a row. `nt` reads B down its rows'
//! lanes, `nn` along them; both read A and B where they lie. The contraction is cut into blocks
//! whose partial sums join in order: for `nn` of 64 rows, the unit of every sum over a batch.

mod microkernel;

use crate::BLOCK_ROWS;
use crate::panels::{LANES, PanelsMut, PanelsRef};
use microkernel::{Tile, across_lanes, down_lanes};

/// What happens to the numbers that are in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// They are overwritten.
    Write,
    /// The product is added to them.
    Add,
}

/// Depth of a block of `nt`: two operand panels of 8 KiB stay in L1.
const DEPTH: usize = 256;

/// Rows of C that a microkernel computes, each eight lanes wide.
const TILE: usize = 4;

/// `C = A Bᵀ` (or `C += A Bᵀ`), where A is n x k, B m x k and C n x m.
///
/// Panics where the shapes do not fit. Row i of C depends on row i of A only, bit for bit.
pub fn nt(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>, into: Into) {
    assert_eq!(a.cols(), b.cols(), "nt: depth");
    assert_eq!((c.rows(), c.cols()), (a.rows(), b.rows()), "nt: shape of C");
    if a.cols() == 0 && into == Into::Write {
        c.clear();
    }
    let (depth, width) = (a.cols(), b.rows());
    for k0 in (0..depth).step_by(DEPTH) {
        let k1 = depth.min(k0 + DEPTH);
        let add = into == Into::Add || k0 > 0;
        for q in 0..b.panel_count() {
            let rows = &b.panel(q)[k0 * LANES..k1 * LANES];
            for p in 0..a.panel_count() {
                let lanes = &a.panel(p)[k0 * LANES..k1 * LANES];
                let c = c.panel_mut(p);
                for j in (0..LANES.min(width - q * LANES)).step_by(TILE) {
                    let first = q * LANES + j;
                    let tile = Tile::of(c, first, width, add);
                    down_lanes(&rows[j..], lanes, tile);
                }
            }
        }
    }
}

/// `C = A B` (or `C += A B`), where A is n x k, B k x m and C n x m.
///
/// The sum over k runs in blocks of [`BLOCK_ROWS`], each block's sum added to C in order. Panics
/// where the shapes do not fit.
pub fn nn(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>, into: Into) {
    assert_eq!(a.cols(), b.rows(), "nn: depth");
    assert_eq!((c.rows(), c.cols()), (a.rows(), b.cols()), "nn: shape of C");
    if a.cols() == 0 && into == Into::Write {
        c.clear();
    }
    let (depth, width) = (a.cols(), b.cols());
    for k0 in (0..depth).step_by(BLOCK_ROWS) {
        let k1 = depth.min(k0 + BLOCK_ROWS);
        let rows = b.row_block(k0, k1 - k0).as_slice();
        let add = into == Into::Add || k0 > 0;
        for p in 0..a.panel_count() {
            let lanes = &a.panel(p)[k0 * LANES..k1 * LANES];
            let c = c.panel_mut(p);
            for first in (0..width).step_by(TILE) {
                let tile = Tile::of(c, first, width, add);
                across_lanes(&rows[first * LANES..], width * LANES, lanes, tile);
            }
        }
    }
}

/// One call of the 4 x 8 microkernel, `tile[r] += Σ_k rows[8 k + r] lanes[8 k..8 k + 8]` for four
/// rows: on operands that stay in L1, the limit of what a product can reach.
pub fn tile(rows: &[f32], lanes: &[f32], tile: &mut [f32; TILE * LANES]) {
    down_lanes(rows, lanes, Tile::of(tile, 0, TILE, true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use crate::random::Random;
    use proptest::prelude::*;

    /// `C[i, j] = start + Σ_k A(i, k) B(j, k)` in float64, from row-major operands.
    fn naive(
        n: usize,
        m: usize,
        a: impl Fn(usize) -> Vec<f32>,
        b: impl Fn(usize) -> Vec<f32>,
    ) -> Vec<f64> {
        let dot = |x: Vec<f32>, y: Vec<f32>| {
            x.iter().zip(&y).map(|(x, y)| *x as f64 * *y as f64).sum::<f64>()
        };
        (0..n * m).map(|at| dot(a(at / m), b(at % m))).collect()
    }

    fn random(rows: usize, cols: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..rows * cols).map(|_| random.normal()).collect()
    }

    fn assert_close(found: &[f32], expected: &[f64], depth: usize) {
        let tolerance = 2e-6 * (depth as f64 + 4.0);
        for (found, expected) in found.iter().zip(expected) {
            assert!((*found as f64 - expected).abs() <= tolerance, "{found} against {expected}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn nt_is_the_product_with_the_transpose(n in 1usize..30, m in 1usize..30, k in 1usize..300, seed in 0u64..1000) {
            let (a, b) = (random(n, k, seed), random(m, k, seed + 1));
            let (pa, pb) = (Panels::from_row_major(n, k, &a), Panels::from_row_major(m, k, &b));
            let mut c = Panels::zeros(n, m);
            nt(pa.view(), pb.view(), c.view_mut(), Into::Write);
            let expected = naive(n, m, |i| a[i * k..][..k].to_vec(), |j| b[j * k..][..k].to_vec());
            assert_close(&c.to_row_major(), &expected, k);
            nt(pa.view(), pb.view(), c.view_mut(), Into::Add);
            let twice: Vec<f64> = expected.iter().map(|x| 2.0 * x).collect();
            assert_close(&c.to_row_major(), &twice, 2 * k);
        }

        #[test]
        fn nn_is_the_product(n in 1usize..30, m in 1usize..30, k in 1usize..200, seed in 0u64..1000) {
            let (a, b) = (random(n, k, seed), random(k, m, seed + 1));
            let (pa, pb) = (Panels::from_row_major(n, k, &a), Panels::from_row_major(k, m, &b));
            let mut c = Panels::zeros(n, m);
            nn(pa.view(), pb.view(), c.view_mut(), Into::Write);
            let column = |c: usize| (0..k).map(|j| b[j * m + c]).collect();
            let expected = naive(n, m, |i| a[i * k..][..k].to_vec(), column);
            assert_close(&c.to_row_major(), &expected, k);
            nn(pa.view(), pb.view(), c.view_mut(), Into::Add);
            let twice: Vec<f64> = expected.iter().map(|x| 2.0 * x).collect();
            assert_close(&c.to_row_major(), &twice, 2 * k);
        }
    }

    #[test]
    fn k4_integer_recipe_is_exact_at_every_size_up_to_17() {
        let mut totals = (0.0, 0.0, 0.0);
        for n in 1..=17usize {
            for d in 1..=17usize {
                let fill = |f: &dyn Fn(usize, usize) -> i64| -> Vec<f32> {
                    (0..n * d).map(|at| f(at / d, at % d) as f32).collect()
                };
                let g = fill(&|i, k| ((3 * i + 5 * k) % 7) as i64 - 3);
                let h = fill(&|j, k| ((2 * j + 7 * k) % 5) as i64 - 2);
                let mut s = Panels::zeros(n, n);
                let (g, h) = (Panels::from_row_major(n, d, &g), Panels::from_row_major(n, d, &h));
                nt(g.view(), h.view(), s.view_mut(), Into::Write);
                let s = s.to_row_major();
                totals.0 += s.iter().sum::<f32>();
                totals.1 += s.iter().map(|x| x.abs()).sum::<f32>();
                totals.2 += (0..n).map(|i| s[i * n + i]).sum::<f32>();
            }
        }
        assert_eq!(totals, (1568.0, 190062.0, 1515.0));
    }

    #[test]
    fn e2_a_row_does_not_depend_on_the_rows_beside_it() {
        let (n, k, m) = (13, 301, 9);
        let (a, b) = (random(n, k, 1), random(m, k, 2));
        let b = Panels::from_row_major(m, k, &b);
        let mut whole = Panels::zeros(n, m);
        nt(Panels::from_row_major(n, k, &a).view(), b.view(), whole.view_mut(), Into::Write);
        for i in 0..n {
            let mut alone = Panels::zeros(1, m);
            let row = Panels::from_row_major(1, k, &a[i * k..][..k]);
            nt(row.view(), b.view(), alone.view_mut(), Into::Write);
            assert_eq!(alone.to_row_major(), whole.to_row_major()[i * m..][..m]);
        }
    }
}
