//! The matrix products `C = A Bᵀ`, `C = A B` and `C = Aᵀ B`, over one 4 x 8 microkernel.
//!
//! ```text
//! nt:  C[i, j] = Σ_k A[i, k] B[j, k]     layers (X Wᵀ), scores (G Hᵀ)
//! nn:  C[i, c] = Σ_j A[i, j] B[j, c]     dX = dY W,  dHᵀ = Gᵀ dS
//! tn:  C[k, c] = Σ_i A[i, k] B[i, c]     dW = dYᵀ X
//! ```
//!
//! Lanes are rows of A in the first two, so a tile of C is 32 numbers in a row. `nt` reads both operands
//! where they lie; `nn` turns some columns of B at a time, which every panel of A then uses. The
//! contraction is cut into blocks whose sums join in order: for `nn` of 64 rows, the unit of every
//! sum over a batch.

mod microkernel;
mod wide;

use crate::BLOCK_ROWS;
use crate::panels::{LANES, PanelsMut, PanelsRef, panel_len};
use crate::transpose::{transpose_columns, turn_panel};
use core::ops::Range;
pub(crate) use microkernel::finish;
use microkernel::{multiply, multiply_wide};
pub use wide::set_wide;
use wide::{PRESENT, runs};

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

/// Rows and columns of B that `nn` turns at a time: 16 KiB, half of L1, read in runs of 1 KiB.
const TURNED: (usize, usize) = (2 * BLOCK_ROWS, 4 * LANES);

/// Rows of C that a microkernel computes, each eight lanes wide.
const TILE: usize = 4;

/// `C = A Bᵀ` (or `C += A Bᵀ`), where A is n x k, B m x k and C n x m.
///
/// Panics where the shapes do not fit. Row i of C depends on row i of A only, bit for bit.
pub fn nt(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>, into: Into) {
    assert!(a.cols() == b.cols(), "nt: depth");
    assert!(c.rows() == a.rows() && c.cols() == b.rows(), "nt: shape of C");
    clear_if_empty(a.cols(), &mut c, into);
    for depth in steps(a.cols(), DEPTH) {
        let add = into == Into::Add || depth.start > 0;
        for q in 0..b.panel_count() {
            let rows = &b.panel(q)[depth.start * LANES..depth.end * LANES];
            for panels in runs(0..a.panel_count()) {
                Run::of(a, &depth, &mut c, panels).columns(rows, q, DEPTH, add);
            }
        }
    }
}

/// `C = A B` (or `C += A B`), where A is n x k, B k x m and C n x m.
///
/// The sum over k runs in blocks of [`BLOCK_ROWS`], each block's sum added to C in order. Panics
/// where the shapes do not fit.
pub fn nn(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>, into: Into) {
    assert!(a.cols() == b.rows(), "nn: depth");
    assert!(c.rows() == a.rows() && c.cols() == b.cols(), "nn: shape of C");
    clear_if_empty(a.cols(), &mut c, into);
    let mut turned = [0.0; TURNED.0 * TURNED.1];
    for depth in steps(a.cols(), TURNED.0) {
        for cols in steps(b.cols(), TURNED.1) {
            turn(b, depth.clone(), cols.clone(), &mut turned);
            let add = into == Into::Add || depth.start > 0;
            let groups = cols.len().div_ceil(LANES);
            for panels in runs(0..a.panel_count()) {
                let mut run = Run::of(a, &depth, &mut c, panels);
                let first = cols.start / LANES;
                for (at, rows) in turned.chunks(depth.len() * LANES).take(groups).enumerate() {
                    run.columns(rows, first + at, BLOCK_ROWS, add);
                }
            }
        }
    }
}

/// `C = Aᵀ B` (or `C += Aᵀ B`), where A is n x k, B n x m and C k x m: sums over a batch.
///
/// As [`nn`] with A transposed in `turned`, of at least [`tn_scratch`] numbers.
pub fn tn(a: PanelsRef<'_>, b: PanelsRef<'_>, c: PanelsMut<'_>, into: Into, turned: &mut [f32]) {
    assert!(c.rows() == a.cols(), "tn: shape of C");
    tn_rows(a, 0, b, c, into, turned);
}

/// The rows of [`tn`]'s C from `first` on, a multiple of eight, as many as `c` has: bit for bit those
/// of the whole.
pub fn tn_rows(
    a: PanelsRef<'_>,
    first: usize,
    b: PanelsRef<'_>,
    mut c: PanelsMut<'_>,
    into: Into,
    turned: &mut [f32],
) {
    assert!(a.rows() == b.rows(), "tn: depth");
    assert!(c.cols() == b.cols(), "tn: shape of C");
    clear_if_empty(a.rows(), &mut c, into);
    for rows in steps(a.rows(), TURNED.0) {
        let turned = &mut turned[..panel_len(c.rows(), rows.len())];
        let (a, b) = (a.row_block(rows.start, rows.len()), b.row_block(rows.start, rows.len()));
        transpose_columns(a, first, PanelsMut::new(c.rows(), rows.len(), turned));
        let left = PanelsRef::new(c.rows(), rows.len(), turned);
        let into = if rows.start > 0 { Into::Add } else { into };
        nn(left, b, c.reborrow(), into);
    }
}

/// The scratch that [`tn`] takes for an A of up to `rows` x `cols`.
pub const fn tn_scratch(rows: usize, cols: usize) -> usize {
    panel_len(cols, if rows < TURNED.0 { rows } else { TURNED.0 })
}

/// Blocks on and below the diagonal, as [`lower_nt`], but for some panels of rows of C only: `c` is
/// the whole matrix.
pub fn lower_nt_panels(
    a: PanelsRef<'_>,
    b: PanelsRef<'_>,
    mut c: PanelsMut<'_>,
    into: Into,
    rows: Range<usize>,
) {
    assert!(a.rows() == b.rows() && a.cols() == b.cols(), "lower_nt: shape of B");
    assert!(c.rows() == a.rows() && c.cols() == a.rows(), "lower_nt: shape of C");
    clear_if_empty(a.cols(), &mut c, into);
    for depth in steps(a.cols(), BLOCK_ROWS) {
        let add = into == Into::Add || depth.start > 0;
        for q in 0..b.panel_count().min(rows.end) {
            let lanes = &b.panel(q)[depth.start * LANES..depth.end * LANES];
            for panels in runs(q.max(rows.start)..rows.end) {
                Run::of(a, &depth, &mut c, panels).columns(lanes, q, DEPTH, add);
            }
        }
    }
}

/// The blocks on and below the diagonal of `C = A Bᵀ` (or `C += A Bᵀ`), for products that are
/// symmetric, as `A Aᵀ` is: half the work of [`nt`]. A and B are n x k, C is n x n.
///
/// The sum over k runs in blocks of [`BLOCK_ROWS`]. Blocks are eight by eight; [`mirror`] gives the
/// others. Panics where the shapes do not fit.
pub fn lower_nt(a: PanelsRef<'_>, b: PanelsRef<'_>, c: PanelsMut<'_>, into: Into) {
    lower_nt_panels(a, b, c, into, 0..a.panel_count());
}

/// Copies the blocks below the diagonal of a square matrix to above it, transposed.
pub fn mirror(mut c: PanelsMut<'_>) {
    assert!(c.rows() == c.cols(), "mirror: a square matrix");
    for p in 0..c.panel_count() {
        let count = LANES.min(c.rows() - p * LANES);
        for q in 0..p {
            let mut block = [0.0; LANES * LANES];
            turn_panel(&c.panel_mut(p)[q * LANES * LANES..], &mut block[..count * LANES]);
            let to = &mut c.panel_mut(q)[p * LANES * LANES..][..count * LANES];
            to.copy_from_slice(&block[..count * LANES]);
        }
    }
}

fn clear_if_empty(depth: usize, c: &mut PanelsMut<'_>, into: Into) {
    if depth == 0 && into == Into::Write {
        c.clear();
    }
}

/// `0..end` in ranges of `step`.
fn steps(end: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    (0..end).step_by(step).map(move |start| start..end.min(start + step))
}

/// Copies some rows and columns of B so that rows lie down the lanes of a panel, eight columns after
/// eight: `turned[(c / 8 * rows + k) * 8 + c % 8] = B[k, c]`, counted from the first of each.
fn turn(b: PanelsRef<'_>, rows: Range<usize>, cols: Range<usize>, turned: &mut [f32]) {
    for k in rows.clone().step_by(LANES) {
        let count = LANES.min(rows.end - k);
        for (at, column) in cols.clone().step_by(LANES).enumerate() {
            let to = &mut turned[(at * rows.len() + k - rows.start) * LANES..][..count * LANES];
            turn_panel(&b.panel(k / LANES)[column * LANES..], to);
        }
    }
}

/// One panel of A, over some depth, and of C; or two.
struct Run<'a> {
    lanes: &'a [f32],
    c: &'a mut [f32],
    second: Option<(&'a [f32], &'a mut [f32])>,
}

impl<'a> Run<'a> {
    #[inline(always)]
    fn of(
        a: PanelsRef<'a>,
        depth: &Range<usize>,
        c: &'a mut PanelsMut<'_>,
        panels: Range<usize>,
    ) -> Self {
        let lanes = |p: usize| &a.panel(p)[depth.start * LANES..depth.end * LANES];
        let p = panels.start;
        if PRESENT && panels.len() == 2 {
            let (first, second) = c.two_panels_mut(p);
            return Self { lanes: lanes(p), c: first, second: Some((lanes(p + 1), second)) };
        }
        Self { lanes: lanes(p), c: c.panel_mut(p), second: None }
    }

    /// The eight columns of C from `8 q` on, or what there is of them, a sum of its own every `block`
    /// steps: `c[8 j..] (+)= Σ_k rows[8 k + j] lanes[8 k..8 k + 8]`.
    #[inline(always)]
    fn columns(&mut self, rows: &[f32], q: usize, block: usize, add: bool) {
        let c = group_of(self.c, q);
        if let Some((lanes, second)) = &mut self.second {
            let second = group_of(second, q);
            if c.len() == LANES * LANES {
                return wide(rows, [self.lanes, *lanes], [c, second], block, add);
            }
            narrow(rows, lanes, second, block, add);
        }
        narrow(rows, self.lanes, c, block, add);
    }
}

#[inline(always)]
fn narrow(rows: &[f32], lanes: &[f32], c: &mut [f32], block: usize, add: bool) {
    for (half, tile) in c.chunks_mut(TILE * LANES).enumerate() {
        multiply(&rows[half * TILE..], lanes, tile, block, add);
    }
}

#[inline(always)]
fn wide(rows: &[f32], lanes: [&[f32]; 2], c: [&mut [f32]; 2], block: usize, add: bool) {
    let [first, second] = c.map(|c| c.chunks_exact_mut(TILE * LANES));
    for (half, (first, second)) in first.zip(second).enumerate() {
        multiply_wide(&rows[half * TILE..], lanes, [first, second], block, add);
    }
}

/// The eight columns, or what there is of them, from `8 q` on.
#[inline(always)]
fn group_of(panel: &mut [f32], q: usize) -> &mut [f32] {
    let end = panel.len().min((q + 1) * LANES * LANES);
    &mut panel[q * LANES * LANES..end]
}

/// One call of the microkernel, `tile[r] += Σ_k rows[8 k + r] lanes[8 k..8 k + 8]` for four rows: on
/// operands that stay in L1, the limit of what a product can reach. With two panels of lanes, the
/// wide one.
pub fn tiles(rows: &[f32], lanes: [&[f32]; 2], tiles: &mut [[f32; TILE * LANES]; 2], wide: bool) {
    let [low, high] = tiles;
    if wide && PRESENT {
        multiply_wide(rows, lanes, [low, high], DEPTH, true);
    } else {
        multiply(rows, lanes[0], low, DEPTH, true);
        multiply(rows, lanes[1], high, DEPTH, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use crate::random::Random;
    use crate::transpose::transpose;
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
        fn tn_is_nn_of_the_transpose_bit_for_bit(n in 0usize..300, k in 1usize..20, m in 1usize..20, seed in 0u64..1000) {
            let (a, b) = (random(n, k, seed), random(n, m, seed + 1));
            let (pa, pb) = (Panels::from_row_major(n, k, &a), Panels::from_row_major(n, m, &b));
            let mut turned = Panels::zeros(k, n);
            transpose(pa.view(), turned.view_mut());
            let (mut c, mut expected) = (Panels::zeros(k, m), Panels::zeros(k, m));
            let mut scratch = vec![f32::NAN; tn_scratch(n, k)];
            for into in [Into::Write, Into::Add] {
                let before = c.clone();
                tn(pa.view(), pb.view(), c.view_mut(), into, &mut scratch);
                nn(turned.view(), pb.view(), expected.view_mut(), into);
                prop_assert_eq!(&c, &expected);
                for first in (0..k).step_by(8) {
                    let mut part = before.clone();
                    let rows = part.view_mut().row_block(first, (k - first).min(8));
                    tn_rows(pa.view(), first, pb.view(), rows, into, &mut scratch);
                    prop_assert_eq!(part.view().rows_in(first..k.min(first + 8)), c.view().rows_in(first..k.min(first + 8)));
                }
            }
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

    proptest! {
        #[test]
        fn lower_blocks_and_their_mirror_are_the_symmetric_product(n in 1usize..40, k in 1usize..150, seed in 0u64..1000) {
            let a = Panels::from_row_major(n, k, &random(n, k, seed));
            let (mut whole, mut half) = (Panels::zeros(n, n), Panels::zeros(n, n));
            nt(a.view(), a.view(), whole.view_mut(), Into::Write);
            lower_nt(a.view(), a.view(), half.view_mut(), Into::Write);
            let mut parts = Panels::zeros(n, n);
            let panels = n.div_ceil(8);
            for part in [0..panels / 3, panels / 3..panels] {
                lower_nt_panels(a.view(), a.view(), parts.view_mut(), Into::Write, part);
            }
            prop_assert_eq!(&parts, &half);
            mirror(half.view_mut());
            let expected: Vec<f64> = whole.to_row_major().iter().map(|x| *x as f64).collect();
            assert_close(&half.to_row_major(), &expected, k);
            let unpadded = Panels::from_row_major(n, n, &half.to_row_major());
            prop_assert_eq!(&half, &unpadded, "padding is zero");
            for i in 0..n {
                for j in 0..i {
                    prop_assert_eq!(half.get(i, j), half.get(j, i));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn two_panels_at_a_time_are_the_same_bits(n in 1usize..60, k in 1usize..300, m in 1usize..30, seed in 0u64..1000) {
            let a = Panels::from_row_major(n, k, &random(n, k, seed));
            let (b, bt) = (random(m, k, seed + 1), random(k, m, seed + 2));
            let (b, bt) = (Panels::from_row_major(m, k, &b), Panels::from_row_major(k, m, &bt));
            let run = |wide: bool| {
                set_wide(wide);
                let (mut c, mut d, mut e) = (Panels::zeros(n, m), Panels::zeros(n, m), Panels::zeros(n, n));
                for into in [Into::Write, Into::Add] {
                    nt(a.view(), b.view(), c.view_mut(), into);
                    nn(a.view(), bt.view(), d.view_mut(), into);
                    lower_nt(a.view(), a.view(), e.view_mut(), into);
                }
                set_wide(false);
                (c, d, e)
            };
            prop_assert_eq!(run(true), run(false));
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
