//! Projections on balls of norms that need no singular values, each to the nearest matrix in the
//! Frobenius norm, in one to a few passes over the entries. A matrix inside stays bit for bit.
//!
//! ```text
//! l∞ -> l∞:  max_i Σ_k |W_ik|     rows on the l1 ball          (Duchi et al. 2008)
//! l1 -> l1:  max_k Σ_i |W_ik|     columns on the l1 ball
//! Frobenius: sqrt(Σ W_ik²)        a scaling; at least the spectral norm
//! box:       max |W_ik|           entries clipped (Arjovsky et al. 2017)
//! ```

use kantorovich_kernels::{LANES, PanelsMut, PanelsRef};

/// A norm within this share above the radius counts as inside: what rounding leaves.
const SLACK: f64 = 1e-6;

/// The operator norm from l∞ to l∞: the largest sum of a row's magnitudes.
pub fn infinity_norm(w: PanelsRef<'_>) -> f64 {
    (0..w.rows()).map(|i| length(w.row(i).copied())).fold(0.0, larger)
}

/// The operator norm from l1 to l1: the largest sum of a column's magnitudes.
pub fn one_norm(w: PanelsRef<'_>) -> f64 {
    (0..w.cols()).map(|k| length(column(w, k))).fold(0.0, larger)
}

/// The square root of the sum of squares.
pub fn frobenius_norm(w: PanelsRef<'_>) -> f64 {
    let square = |value: &f32| f64::from(*value) * f64::from(*value);
    libm::sqrt(w.as_slice().iter().map(square).sum())
}

/// The largest magnitude.
pub fn largest_entry(w: PanelsRef<'_>) -> f64 {
    w.as_slice().iter().map(|value| f64::from(value.abs())).fold(0.0, larger)
}

/// The nearest matrix whose [`infinity_norm`] is at most `radius`: each row alone.
pub fn project_infinity_norm(mut w: PanelsMut<'_>, radius: f64) {
    for i in 0..w.rows() {
        let threshold = threshold(|| w.as_ref().row(i).copied(), radius);
        shrink(w.row_mut(i), threshold);
    }
}

/// The nearest matrix whose [`one_norm`] is at most `radius`: each column alone.
pub fn project_one_norm(mut w: PanelsMut<'_>, radius: f64) {
    let (cols, panels) = (w.cols(), w.panel_count());
    for k in 0..cols {
        let threshold = threshold(|| column(w.as_ref(), k), radius);
        for p in 0..panels {
            shrink(w.panel_mut(p)[k * LANES..][..LANES].iter_mut(), threshold);
        }
    }
}

/// The nearest matrix whose [`frobenius_norm`] is at most `radius`.
pub fn project_frobenius(mut w: PanelsMut<'_>, radius: f64) {
    let norm = frobenius_norm(w.as_ref());
    if norm > radius * (1.0 + SLACK) {
        w.scale((radius / norm) as f32);
    }
}

/// The nearest matrix whose entries are at most `bound` in magnitude.
pub fn clip_box(mut w: PanelsMut<'_>, bound: f64) {
    let bound = bound as f32;
    for value in w.as_mut_slice().iter_mut().filter(|value| value.abs() > bound) {
        *value = bound.copysign(*value);
    }
}

/// What is to be taken from each magnitude so that their sum is `radius`, 0 where it is not above:
/// Michelot's iteration (1986), which drops what falls to zero until nothing does.
fn threshold<I: Iterator<Item = f32>>(entries: impl Fn() -> I, radius: f64) -> f64 {
    let total = length(entries());
    if !(total > radius * (1.0 + SLACK) && total.is_finite()) {
        return 0.0;
    }
    let mut threshold = 0.0;
    loop {
        let kept = entries().map(|value| f64::from(value.abs())).filter(|size| *size > threshold);
        let (sum, count) = kept.fold((0.0, 0.0), |(sum, count), size| (sum + size, count + 1.0));
        let next = (sum - radius) / count;
        // From below, and by a finite number of steps: equal once nothing more is dropped.
        if count == 0.0 || next <= threshold {
            return threshold;
        }
        threshold = next;
    }
}

fn shrink<'a>(entries: impl Iterator<Item = &'a mut f32>, threshold: f64) {
    if threshold > 0.0 {
        for value in entries {
            let size = (f64::from(value.abs()) - threshold).max(0.0);
            *value = (size as f32).copysign(*value);
        }
    }
}

/// The entries of column k, padding (zero) included.
fn column(w: PanelsRef<'_>, k: usize) -> impl Iterator<Item = f32> + '_ {
    (0..w.panel_count()).flat_map(move |p| w.panel(p)[k * LANES..][..LANES].iter().copied())
}

fn length(entries: impl Iterator<Item = f32>) -> f64 {
    entries.map(|value| f64::from(value.abs())).sum()
}

/// The larger; NaN stays.
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certified_upper_bound;
    use kantorovich_kernels::{Panels, Random};
    use proptest::prelude::*;

    type Ball = (fn(PanelsRef<'_>) -> f64, fn(PanelsMut<'_>, f64));

    const BALLS: [Ball; 4] = [
        (infinity_norm, project_infinity_norm),
        (one_norm, project_one_norm),
        (frobenius_norm, project_frobenius),
        (largest_entry, clip_box),
    ];

    fn gap(a: &Panels, b: &Panels) -> f64 {
        let pairs = a.as_slice().iter().zip(b.as_slice());
        pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn a_row_on_the_l1_ball_by_hand() {
        let mut w = Panels::from_row_major(2, 3, &[3.0, -2.0, 0.5, 0.25, 0.25, 0.0]);
        project_infinity_norm(w.view_mut(), 2.0);
        assert_eq!(w.to_row_major(), [1.5, -0.5, 0.0, 0.25, 0.25, 0.0]);
        let mut w = Panels::from_row_major(3, 2, &[3.0, 0.25, -2.0, 0.25, 0.5, 0.0]);
        project_one_norm(w.view_mut(), 2.0);
        assert_eq!(w.to_row_major(), [1.5, 0.25, -0.5, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn zero_matrices_stay_and_broken_ones_are_seen() {
        for (norm, project) in BALLS {
            let mut zero = Panels::zeros(3, 2);
            project(zero.view_mut(), 0.5);
            assert_eq!(norm(zero.view()), 0.0);
        }
        let w = Panels::from_row_major(1, 2, &[f32::NAN, 1.0]);
        assert!(infinity_norm(w.view()).is_nan() && one_norm(w.view()).is_nan());
    }

    proptest! {
        #[test]
        fn each_is_idempotent_nearest_and_lowers_its_norm(
            rows in 1usize..20, cols in 1usize..20, radius in 0.05f64..6.0, seed in 0u64..1000,
        ) {
            let mut random = Random::new(seed);
            let mut draw = || {
                let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
                Panels::from_row_major(rows, cols, &values)
            };
            let (w, other) = (draw(), draw());
            for (norm, project) in BALLS {
                let mut nearest = w.clone();
                project(nearest.view_mut(), radius);
                prop_assert!(norm(nearest.view()) <= radius.min(norm(w.view())) * (1.0 + 2e-6));
                let mut twice = nearest.clone();
                project(twice.view_mut(), radius);
                prop_assert_eq!(&twice, &nearest);
                let mut inside = other.clone();
                project(inside.view_mut(), radius);
                for share in [0.01f32, 0.3, 1.0] {
                    let mut between = nearest.clone();
                    for (to, from) in between.as_mut_slice().iter_mut().zip(inside.as_slice()) {
                        *to += share * (from - *to);
                    }
                    prop_assert!(gap(&between, &w) >= gap(&nearest, &w) - 1e-5);
                }
            }
        }

        #[test]
        fn they_bound_the_spectral_norm(rows in 1usize..20, cols in 1usize..20, seed in 0u64..1000) {
            let mut random = Random::new(seed);
            let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
            let w = Panels::from_row_major(rows, cols, &values);
            let sigma = certified_upper_bound(w.view()) * (1.0 - 1e-4);
            let (one, infinity) = (one_norm(w.view()), infinity_norm(w.view()));
            prop_assert!(sigma <= (one * infinity).sqrt());
            prop_assert!(sigma <= frobenius_norm(w.view()));
            prop_assert!(sigma <= largest_entry(w.view()) * ((rows * cols) as f64).sqrt());
        }
    }
}
