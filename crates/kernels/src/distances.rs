//! Euclidean distances by direct differences, and what their gradients need.
//!
//! `|a|² + |b|² - 2 a·b` would be a matrix product, and would lose the distance of points that lie
//! near each other and far from the origin; a difference taken first is exact there.

use crate::lanes::F32x8;
use crate::panels::{LANES, PanelsMut, PanelsRef};
use crate::product::Into;

/// Depth of a block: its partial sums are added to the result in order.
const DEPTH: usize = 256;

/// `C[i, j] = Σ_k (A[i, k] - B[j, k])²`, where A is n x k, B m x k and C n x m.
pub fn squared_distances(a: PanelsRef<'_>, b: PanelsRef<'_>, mut c: PanelsMut<'_>) {
    assert_eq!(a.cols(), b.cols(), "squared_distances: depth");
    assert_eq!((c.rows(), c.cols()), (a.rows(), b.rows()), "squared_distances: shape of C");
    let width = b.rows();
    for k0 in (0..a.cols()).step_by(DEPTH) {
        let k = k0 * LANES..a.cols().min(k0 + DEPTH) * LANES;
        for q in 0..b.panel_count() {
            let points = &b.panel(q)[k.clone()];
            for p in 0..a.panel_count() {
                let lanes = &a.panel(p)[k.clone()];
                let to = &mut c.panel_mut(p)[q * LANES * LANES..width.min((q + 1) * LANES) * LANES];
                for (half, to) in to.chunks_mut(4 * LANES).enumerate() {
                    square_tile(&points[half * 4..], lanes, to, k0 > 0);
                }
            }
        }
    }
}

/// `to[r] (+)= Σ_k (lanes[k] - points[8 k + r])²` for up to four points.
#[inline(never)]
fn square_tile(points: &[f32], lanes: &[f32], to: &mut [f32], add: bool) {
    let mut sums = [F32x8::zero(); 4];
    for (point, lanes) in points.chunks(LANES).zip(lanes.chunks_exact(LANES)) {
        let lanes = F32x8::load(lanes);
        for (sum, x) in sums.iter_mut().zip(&point[..4]) {
            let difference = lanes - F32x8::splat(*x);
            *sum = difference.mul_add(difference, *sum);
        }
    }
    for (sum, to) in sums.iter().zip(to.chunks_exact_mut(LANES)) {
        let sum = if add { F32x8::load(to) + *sum } else { *sum };
        sum.store(to);
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
    assert_eq!((t.rows(), b_transposed.rows()), shape, "weighted_differences: shapes");
    assert_eq!(
        (t.cols(), (c.rows(), c.cols())),
        (b_transposed.cols(), shape),
        "weighted_differences: shapes"
    );
    for p in 0..t.panel_count() {
        let c = c.panel_mut(p);
        for j0 in (0..t.cols()).step_by(DEPTH) {
            let j = j0 * LANES..t.cols().min(j0 + DEPTH) * LANES;
            let add = into == Into::Add || j0 > 0;
            for k in (0..a.cols()).step_by(2) {
                let points = &b_transposed.panel(k / LANES)[j.clone()];
                let count = 2.min(a.cols() - k) * LANES;
                let (a, c) = (&a.panel(p)[k * LANES..][..count], &mut c[k * LANES..][..count]);
                difference_tile(&t.panel(p)[j.clone()], a, &points[k % LANES..], c, add);
            }
        }
    }
}

/// `to[r] (+)= Σ_j weights[j] (a[r] - points[8 j + r])` for up to two coordinates.
#[inline(never)]
fn difference_tile(weights: &[f32], a: &[f32], points: &[f32], to: &mut [f32], add: bool) {
    let second = a.len() / LANES - 1;
    let lanes = [F32x8::load(a), F32x8::load(&a[second * LANES..])];
    let mut sums = [F32x8::zero(); 2];
    for (weight, point) in weights.chunks_exact(LANES).zip(points.chunks(LANES)) {
        let weight = F32x8::load(weight);
        for (r, sum) in sums.iter_mut().enumerate() {
            *sum = weight.mul_add(lanes[r] - F32x8::splat(point[r.min(second)]), *sum);
        }
    }
    for (sum, to) in sums.iter().zip(to.chunks_exact_mut(LANES)) {
        let sum = if add { F32x8::load(to) + *sum } else { *sum };
        sum.store(to);
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
