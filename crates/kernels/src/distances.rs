//! Euclidean distances by direct differences, and what their gradients need.
//!
//! `|a|² + |b|² - 2 a·b` would be a matrix product, and would lose the distance of points that lie
//! near each other and far from the origin; a difference taken first is exact there.

use crate::lanes::F32x8;
use crate::panels::{LANES, PanelsMut, PanelsRef};
use crate::product::{Into, finish};

/// Depth of a block: its partial sums are added to the result in order.
const DEPTH: usize = 256;

/// Points whose distances are computed at a time, each to eight others.
const POINTS: usize = 4;

/// Coordinates whose differences are weighed at a time, each of eight points.
const COORDINATES: usize = 2;

/// `C[i, j] = Σ_k (A[i, k] - B[j, k])²`, where A is n x k, B m x k and C n x m.
pub fn squared_distances(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>) {
    assert!(a.cols() == b.cols(), "squared_distances: depth");
    assert!(c.rows() == a.rows() && c.cols() == b.rows(), "squared_distances: shape of C");
    let width = b.rows();
    for k0 in (0..a.cols()).step_by(DEPTH) {
        let k = k0 * LANES..a.cols().min(k0 + DEPTH) * LANES;
        for q in 0..b.panel_count() {
            let points = &b.panel(q)[k.clone()];
            for p in 0..a.panel_count() {
                let lanes = &a.panel(p)[k.clone()];
                let to = &mut c.panel_mut(p)[q * LANES * LANES..width.min((q + 1) * LANES) * LANES];
                for (half, to) in to.chunks_mut(POINTS * LANES).enumerate() {
                    squares(&points[half * POINTS..], lanes, to, k0 > 0);
                }
            }
        }
    }
}

/// `to[r] (+)= Σ_k (lanes[k] - points[8 k + r])²` for up to four points.
#[inline(always)]
fn squares(points: &[f32], lanes: &[f32], to: &mut [f32], add: bool) {
    let (depth, count) = (lanes.len() / LANES, to.len() / LANES);
    assert!(depth > 0 && points.len() >= (depth - 1) * LANES + count);
    assert!((1..=POINTS).contains(&count));
    // SAFETY: step k reads points[8 k + r] with r < count and lanes[8 k..8 k + 8], both checked
    // above; `to` holds `count` groups of eight.
    unsafe {
        let (a, b, c) = (points.as_ptr(), lanes.as_ptr(), to.as_mut_ptr());
        match count {
            4 => microkernel_squares::<4>(depth, a, b, c, add),
            3 => microkernel_squares::<3>(depth, a, b, c, add),
            2 => microkernel_squares::<2>(depth, a, b, c, add),
            _ => microkernel_squares::<1>(depth, a, b, c, add),
        }
    }
}

/// # Safety
/// `points` must be readable at `8 k + r` for k < depth and r < R, `lanes` for `8 depth` numbers,
/// and `to` writable for `8 R`.
#[inline(never)]
unsafe fn microkernel_squares<const R: usize>(
    depth: usize,
    mut points: *const f32,
    mut lanes: *const f32,
    to: *mut f32,
    add: bool,
) {
    // SAFETY: as the caller vouches; the pointers advance by one group a step.
    unsafe {
        let mut sums = [F32x8::zero(); R];
        for _ in 0..depth {
            let x = F32x8::load_from(lanes);
            for (r, sum) in sums.iter_mut().enumerate() {
                let difference = x - F32x8::splat_from(points.add(r));
                *sum = difference.mul_add(difference, *sum);
            }
            points = points.wrapping_add(LANES);
            lanes = lanes.wrapping_add(LANES);
        }
        finish(&sums, to, add);
    }
}

/// `C[i, c] = Σ_j T[i, j] (A[i, c] - B[j, c])`, with Bᵀ given; T is n x m, A and C n x d, Bᵀ d x m.
///
/// The gradient of a function of distances: T holds its derivative by each, over the distance.
pub fn weighted_differences(
    t: PanelsRef<'_>,
    a: PanelsRef<'_>,
    b_transposed: PanelsRef<'_>,
    mut c: PanelsMut<'_>,
    into: Into,
) {
    let shape = (a.rows(), a.cols());
    assert!((t.rows(), b_transposed.rows()) == shape, "weighted_differences: shapes");
    assert!(
        t.cols() == b_transposed.cols() && (c.rows(), c.cols()) == shape,
        "weighted_differences: shapes"
    );
    for p in 0..t.panel_count() {
        let c = c.panel_mut(p);
        for j0 in (0..t.cols()).step_by(DEPTH) {
            let j = j0 * LANES..t.cols().min(j0 + DEPTH) * LANES;
            let add = into == Into::Add || j0 > 0;
            for (k, c) in c.chunks_mut(COORDINATES * LANES).enumerate() {
                let k = k * COORDINATES;
                let points = &b_transposed.panel(k / LANES)[j.clone()];
                let a = &a.panel(p)[k * LANES..][..c.len()];
                differences(&t.panel(p)[j.clone()], a, &points[k % LANES..], c, add);
            }
        }
    }
}

/// `to[r] (+)= Σ_j weights[j] (a[r] - points[8 j + r])` for up to two coordinates.
#[inline(always)]
fn differences(weights: &[f32], a: &[f32], points: &[f32], to: &mut [f32], add: bool) {
    let (depth, count) = (weights.len() / LANES, to.len() / LANES);
    assert!(depth > 0 && a.len() == to.len() && points.len() >= (depth - 1) * LANES + count);
    assert!((1..=COORDINATES).contains(&count));
    // SAFETY: step j reads weights[8 j..8 j + 8] and points[8 j + r] with r < count, both checked
    // above; `a` and `to` hold `count` groups of eight.
    unsafe {
        let (w, b, c) = (weights.as_ptr(), points.as_ptr(), to.as_mut_ptr());
        match count {
            2 => microkernel_differences::<2>(depth, w, a.as_ptr(), b, c, add),
            _ => microkernel_differences::<1>(depth, w, a.as_ptr(), b, c, add),
        }
    }
}

/// # Safety
/// `weights` must be readable for `8 depth` numbers, `points` at `8 j + r` for j < depth and r < R,
/// `a` for `8 R` numbers, and `to` writable for as many.
#[inline(never)]
unsafe fn microkernel_differences<const R: usize>(
    depth: usize,
    mut weights: *const f32,
    a: *const f32,
    mut points: *const f32,
    to: *mut f32,
    add: bool,
) {
    // SAFETY: as the caller vouches; the pointers advance by one group a step.
    unsafe {
        let lanes: [F32x8; R] = core::array::from_fn(|r| F32x8::load_from(a.add(r * LANES)));
        let mut sums = [F32x8::zero(); R];
        for _ in 0..depth {
            let weight = F32x8::load_from(weights);
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = weight.mul_add(lanes[r] - F32x8::splat_from(points.add(r)), *sum);
            }
            weights = weights.wrapping_add(LANES);
            points = points.wrapping_add(LANES);
        }
        finish(&sums, to, add);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panels::Panels;
    use crate::random::Random;
    use crate::transpose::transpose;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn distances_and_weighted_differences_are_those_of_naive_loops(n in 1usize..20, m in 1usize..300, d in 1usize..20, seed in 0u64..100) {
            let mut random = Random::new(seed);
            let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| random.normal()).collect() };
            let (a, b, t) = (draw(n * d), draw(m * d), draw(n * m));
            let [pa, pb, pt] = [(n, d, &a), (m, d, &b), (n, m, &t)].map(|(r, c, v)| Panels::from_row_major(r, c, v));
            let mut squares = Panels::zeros(n, m);
            squared_distances(pa.view(), pb.view(), squares.view_mut());
            let mut bt = Panels::zeros(d, m);
            transpose(pb.view(), bt.view_mut());
            let mut sums = Panels::zeros(n, d);
            weighted_differences(pt.view(), pa.view(), bt.view(), sums.view_mut(), Into::Write);
            for i in 0..n {
                for j in 0..m {
                    let right: f64 = (0..d).map(|k| (a[i * d + k] as f64 - b[j * d + k] as f64).powi(2)).sum();
                    prop_assert!((squares.get(i, j) as f64 - right).abs() < 1e-5 * (1.0 + right));
                }
                for k in 0..d {
                    let right: f64 = (0..m).map(|j| t[i * m + j] as f64 * (a[i * d + k] as f64 - b[j * d + k] as f64)).sum();
                    prop_assert!((sums.get(i, k) as f64 - right).abs() < 2e-5 * m as f64);
                }
            }
        }
    }

    #[test]
    fn k3_distances_far_from_the_origin_are_exact() {
        let a = Panels::from_row_major(2, 2, &[1000.0, 1000.0, 1000.5, 1000.0]);
        let b = Panels::from_row_major(2, 2, &[1000.0, 1000.25, 1000.0, 1000.0]);
        let mut squares = Panels::zeros(2, 2);
        squared_distances(a.view(), b.view(), squares.view_mut());
        assert_eq!(squares.to_row_major(), [0.0625, 0.0, 0.3125, 0.25]);
    }
}
