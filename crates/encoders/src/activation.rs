//! The activations, and the multiplication by their Jacobians.
//!
//! [`apply_pattern`] carries tangents forward through a layer, [`apply_transposed_pattern`] gradients
//! back. A diagonal of slopes and a swap of pairs are symmetric; sorting four channels is not.

use kantorovich_kernels::{F32x8, LANES, lanes::Mask};

use crate::Activation;
use crate::spec::LEAKY_SLOPE;

/// Writes `activation(pre)` to `post`; both are panels of the same shape. NaN stays NaN.
pub(crate) fn activate(activation: Activation, pre: &[f32], post: &mut [f32]) {
    match activation {
        Activation::Relu => map(pre, post, |z| leak(z, F32x8::splat(0.0))),
        Activation::LeakyRelu => map(pre, post, |z| leak(z, z * F32x8::splat(LEAKY_SLOPE))),
        Activation::MaxMin => {
            for (z, out) in pre.chunks_exact(16).zip(post.chunks_exact_mut(16)) {
                let (even, odd) = (F32x8::load(z), F32x8::load(&z[8..]));
                let swapped = odd.gt(even);
                F32x8::select(swapped, odd, even).store(out);
                F32x8::select(swapped, even, odd).store(&mut out[8..]);
            }
        }
        Activation::GroupSort => {
            post.copy_from_slice(pre);
            permute(pre, post, false);
        }
    }
}

/// Multiplies each row of `values` by the activation's Jacobian at the same row of `pre`.
pub(crate) fn apply_pattern(activation: Activation, pre: &[f32], values: &mut [f32]) {
    match activation {
        Activation::GroupSort => permute(pre, values, false),
        other => apply_transposed_pattern(other, pre, values),
    }
}

/// Multiplies each row of `values` by the transposed Jacobian.
pub(crate) fn apply_transposed_pattern(activation: Activation, pre: &[f32], values: &mut [f32]) {
    match activation {
        Activation::Relu => scale_below(pre, values, 0.0),
        Activation::LeakyRelu => scale_below(pre, values, LEAKY_SLOPE),
        Activation::MaxMin => {
            for (z, pair) in pre.chunks_exact(16).zip(values.chunks_exact_mut(16)) {
                let swapped = F32x8::load(&z[8..]).gt(F32x8::load(z));
                let (even, odd) = (F32x8::load(pair), F32x8::load(&pair[8..]));
                F32x8::select(swapped, odd, even).store(pair);
                F32x8::select(swapped, even, odd).store(&mut pair[8..]);
            }
        }
        Activation::GroupSort => permute(pre, values, true),
    }
}

/// The exchanges that sort four numbers, each the lower place first; none happens at a tie.
const NETWORK: [(usize, usize); 5] = [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)];

/// Makes on `values` the exchanges that sort `keys`; `back` makes them the other way round, which is
/// the transposed permutation, each exchange being its own inverse.
fn permute(keys: &[f32], values: &mut [f32], back: bool) {
    const GROUP: usize = 4 * LANES;
    let load = |from: &[f32]| [0, 1, 2, 3].map(|at| F32x8::load(&from[at * LANES..]));
    for (keys, values) in keys.chunks_exact(GROUP).zip(values.chunks_exact_mut(GROUP)) {
        let (mut z, mut v) = (load(keys), load(values));
        let swapped = NETWORK.map(|(low, high)| {
            let swapped = z[high].gt(z[low]);
            (z[low], z[high]) = exchange(swapped, z[low], z[high]);
            swapped
        });
        for step in 0..NETWORK.len() {
            let at = if back { NETWORK.len() - 1 - step } else { step };
            let (low, high) = NETWORK[at];
            (v[low], v[high]) = exchange(swapped[at], v[low], v[high]);
        }
        for (v, to) in v.into_iter().zip(values.chunks_exact_mut(LANES)) {
            v.store(to);
        }
    }
}

fn exchange(swapped: Mask, a: F32x8, b: F32x8) -> (F32x8, F32x8) {
    (F32x8::select(swapped, b, a), F32x8::select(swapped, a, b))
}

fn map(pre: &[f32], post: &mut [f32], function: impl Fn(F32x8) -> F32x8) {
    for (z, out) in pre.chunks_exact(8).zip(post.chunks_exact_mut(8)) {
        function(F32x8::load(z)).store(out);
    }
}

/// `z`, or `below` where z is under 0. Asked this way round so that NaN comes through.
fn leak(z: F32x8, below: F32x8) -> F32x8 {
    F32x8::select(F32x8::splat(0.0).gt(z), below, z)
}

fn scale_below(pre: &[f32], values: &mut [f32], slope: f32) {
    let (zero, slope) = (F32x8::splat(0.0), F32x8::splat(slope));
    for (z, value) in pre.chunks_exact(8).zip(values.chunks_exact_mut(8)) {
        let upstream = F32x8::load(value);
        F32x8::select(F32x8::load(z).gt(zero), upstream, upstream * slope).store(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Panels;

    fn run(activation: Activation, row: &[f32]) -> Vec<f32> {
        let pre = Panels::from_row_major(1, row.len(), row);
        let mut post = Panels::zeros(1, row.len());
        activate(activation, pre.as_slice(), post.as_mut_slice());
        post.to_row_major()
    }

    fn pattern(activation: Activation, row: &[f32], upstream: &[f32]) -> Vec<f32> {
        let pre = Panels::from_row_major(1, row.len(), row);
        let mut values = Panels::from_row_major(1, row.len(), upstream);
        apply_pattern(activation, pre.as_slice(), values.as_mut_slice());
        values.to_row_major()
    }

    #[test]
    fn l8_f_maxmin_permutes_and_keeps_the_norm() {
        let out = run(Activation::MaxMin, &[3.0, 1.0, 2.0, 5.0]);
        assert_eq!(out, [3.0, 1.0, 5.0, 2.0]);
        let norm = out.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        assert!((norm - 6.244997998398398).abs() < 1e-12);
    }

    #[test]
    fn l8_f_a_tie_keeps_its_order_and_the_gradients_norm() {
        assert_eq!(run(Activation::MaxMin, &[2.0, 2.0]), [2.0, 2.0]);
        assert_eq!(pattern(Activation::MaxMin, &[2.0, 2.0], &[1.0, -1.0]), [1.0, -1.0]);
        assert_eq!(pattern(Activation::MaxMin, &[1.0, 2.0], &[1.0, -1.0]), [-1.0, 1.0]);
    }

    #[test]
    fn relus_scale_what_is_below_zero() {
        assert_eq!(run(Activation::Relu, &[-2.0, 0.0, 3.0]), [0.0, 0.0, 3.0]);
        assert_eq!(run(Activation::LeakyRelu, &[-2.0, 0.0, 3.0]), [-0.02, 0.0, 3.0]);
        assert_eq!(pattern(Activation::Relu, &[-2.0, 0.0, 3.0], &[1.0; 3]), [0.0, 0.0, 1.0]);
        assert_eq!(pattern(Activation::LeakyRelu, &[-2.0, 0.0, 3.0], &[1.0; 3]), [0.01, 0.01, 1.0]);
    }

    #[test]
    fn groupsort_sorts_and_its_transpose_undoes_it() {
        // Every order of four numbers, and of four with a tie.
        for at in 0..256 {
            let row: [f32; 4] = core::array::from_fn(|i| (at >> (2 * i) & 3) as f32);
            let mut sorted = row;
            sorted.sort_by(|a, b| b.total_cmp(a));
            assert_eq!(run(Activation::GroupSort, &row), sorted);
            let upstream = [1.0, 2.0, 3.0, 4.0];
            let carried = pattern(Activation::GroupSort, &row, &upstream);
            let pre = Panels::from_row_major(1, 4, &row);
            let mut back = Panels::from_row_major(1, 4, &carried);
            apply_transposed_pattern(Activation::GroupSort, pre.as_slice(), back.as_mut_slice());
            assert_eq!(back.to_row_major(), upstream);
        }
    }

    #[test]
    fn nan_is_not_hidden() {
        for activation in
            [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin, Activation::GroupSort]
        {
            assert!(run(activation, &[f32::NAN, 1.0, 0.0, 2.0]).iter().any(|value| value.is_nan()));
        }
    }
}
